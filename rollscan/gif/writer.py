"""Owns the chain from frames and delays to a GIF file: windows, palettes, images, container."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .colour import U8, Mask
from .container import LONGEST_SIDE, GifContainer
from .limits import DEFAULT_QUALITY, MOST_COLORS, MOST_LOOPS, SHORTEST_CS
from .matching import Matcher
from .pipeline import Job, images
from .timing import split_delay
from .window import matcher_for

_DEFAULT, _FALL = 24.0, 1.8  # the tolerance at quality 80; by what factor it falls for 10 more
# Alpha up to which a pixel is transparent, in squares of 4 x 4 (Bayer, 1973): soft edges get dots.
_LEVELS = np.array(
    [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.uint8
) * np.uint8(16)
_WINDOW_BYTES = 16 << 20  # of frames that are read ahead of the one that is written
_WINDOW_FRAMES = 24


@dataclass(frozen=True)
class GifSummary:
    """What was written.

    frames: how many. width, height: in pixels. bytes: the size of the file. duration_cs: the
    playing time in centiseconds.
    """

    frames: int
    width: int
    height: int
    bytes: int
    duration_cs: int


def write_gif(
    file: BinaryIO | str | os.PathLike[str],
    frames: Iterable[U8],
    delays_cs: Iterable[int],
    *,
    loop: int = 0,
    quality: int = DEFAULT_QUALITY,
    colors: int = MOST_COLORS,
    comment: str = "",
) -> GifSummary:
    """Write frames (H, W, 3) uint8, each shown for its delay in centiseconds, as a GIF.

    Frames may also be (H, W, 4), with alpha: a GIF's pixel is opaque or not, so that what is half
    transparent becomes dots. Each is then stored as a whole, with 255 colours at most.

    Frames are taken from the iterable as they are needed, at most a window of 24 frames or 16 MiB
    ahead of what is painted, and must not change afterwards. One image is written for each, so
    frame k of the file is frame k given; only a delay over 65535 cs is spread over more images.
    With the compiled kernel, up to 8 frames are painted and compressed at a time, in threads.

    file: open for writing in binary mode, or the name of a file, which appears when it is complete.
    delays_cs: 2 or more each; at least as many as there are frames, further ones are not used.
    loop: how many times the file plays, default 0: for ever. quality: 1 to 100, default 80; 100 is
    exact for up to 256 colours. colors: the most that a palette may have, 2 to 256, default 256.
    comment: text that the file holds and viewers do not show, default none.
    Raises ValueError for anything else, for no frames at all, and for ROLLSCAN_THREADS in the
    environment that is not 1 to 64; OSError if the file cannot be written.

    >>> frames = [np.full((2, 3, 3), grey, np.uint8) for grey in (0, 128, 255)]
    >>> summary = write_gif("greys.gif", frames, [50, 50, 100])
    >>> summary.frames, summary.duration_cs
    (3, 200)
    """
    if isinstance(file, str | os.PathLike):
        with _appearing(file) as opened:
            return write_gif(
                opened,
                frames,
                delays_cs,
                loop=loop,
                quality=quality,
                colors=colors,
                comment=comment,
            )
    if not hasattr(file, "write"):
        raise ValueError(f"file is {file!r}, must be the name of a file, or one that is open")
    _check("loop", loop, 0, MOST_LOOPS)
    _check("quality", quality, 1, 100)
    _check("colors", colors, 2, MOST_COLORS)
    tolerance, container = _tolerance(quality), GifContainer(file)
    jobs = _jobs(_validated(frames), iter(delays_cs), colors, tolerance)
    count = duration = height = width = 0
    with closing(images(jobs, tolerance)) as made:
        for image in made:
            if not count:
                width, height = image.size  # nothing was shown, so all of the frame is painted
                container.start(width, height, image.table, loop)
                container.comment(comment)
            for k, part in enumerate(split_delay(image.delay_cs)):
                if image.blocks is None or (k and not image.clears):
                    container.hold(part)
                    continue
                about = image.corner, image.size, part, image.table
                container.image(image.blocks, *about, clears=image.clears)
            count += 1
            duration += image.delay_cs
    if not count:
        raise ValueError("frames is empty, must give at least 1 frame")
    container.end()
    return GifSummary(count, width, height, container.bytes, duration)


@contextmanager
def _appearing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` at the end of the block.

    After an exception it is removed. A device or a pipe is written directly.
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        with open(target, "wb") as device:
            yield device
        return
    beside = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with open(beside, "xb") as file:
            yield file
        beside.replace(os.path.realpath(target))  # a link stays one
    finally:
        beside.unlink(missing_ok=True)


def _jobs(
    frames: Iterator[U8], delays_cs: Iterator[int], colors: int, tolerance: float
) -> Iterator[Job]:
    """Each frame with its palette and its delay."""
    matcher: Matcher | None = None
    has_alpha = False
    for k, (frame, window) in enumerate(_with_windows(frames)):
        if window:
            if has_alpha := frame.shape[2] == 4:  # which takes an entry of the palette
                window, colors = list(map(_colours, window)), min(colors, MOST_COLORS - 1)
            matcher = matcher_for(window, matcher, colors, tolerance)
        assert matcher is not None  # the first frame starts a window
        delay = _delay(next(delays_cs, None), k)
        if has_alpha:
            yield Job(_colours(frame), matcher, delay, _clear(frame[..., 3]))
        else:
            yield Job(frame, matcher, delay)


def _colours(frame: U8) -> U8:
    """The colours of a frame with alpha."""
    return np.ascontiguousarray(frame[..., :3])


def _clear(alpha: U8) -> Mask:
    """Which pixels are transparent, (H, W): of what is half transparent, every other one."""
    height, width = alpha.shape
    tiled = np.tile(_LEVELS, (-(-height // 4), -(-width // 4)))[:height, :width]
    clear: Mask = alpha <= tiled
    return clear


def _tolerance(quality: int) -> float:
    """The squared error that holding a pixel may add.

    It is 24 at quality 80, and 1.8 times as much for every 10 less; from 13 at 90 it falls to 0.
    """
    if quality > 90:
        return _DEFAULT / _FALL * ((100 - quality) / 10) ** 2
    return float(_DEFAULT * _FALL ** ((DEFAULT_QUALITY - quality) / 10))


def _with_windows(frames: Iterator[U8]) -> Iterator[tuple[U8, list[U8]]]:
    """Each frame, with all frames of its window if it is the first one of it, else with none.

    Once a window is filled, one frame is taken for each that is given, so that whoever makes the
    frames never waits for a whole window to be written.
    """
    ahead: deque[U8] = deque()
    left = size = 0  # frames left in the window; frames of a full window
    for frame in frames:
        size = size or max(1, min(_WINDOW_FRAMES, _WINDOW_BYTES // frame.nbytes))
        ahead.append(frame)
        if len(ahead) < size:
            continue
        window = [] if left else list(ahead)
        left = (left or size) - 1
        yield ahead.popleft(), window
    while ahead:
        window = [] if left else list(ahead)
        left = (left or len(ahead)) - 1
        yield ahead.popleft(), window


def _validated(frames: Iterable[U8]) -> Iterator[U8]:
    shape: tuple[int, ...] | None = None
    for k, frame in enumerate(frames):
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] not in (3, 4):
            raise ValueError(f"frame {k} is {frame.shape} {frame.dtype}, must be (H, W, 3) uint8")
        if not 0 < min(frame.shape) <= max(frame.shape) <= LONGEST_SIDE:
            raise ValueError(f"frame {k} is {frame.shape}, sides must be 1 to {LONGEST_SIDE}")
        if shape is not None and frame.shape != shape:
            raise ValueError(f"frame {k} is {frame.shape}, must be {shape} like those before")
        shape = frame.shape
        yield np.ascontiguousarray(frame)


def _delay(delay_cs: int | None, k: int) -> int:
    if delay_cs is None:
        raise ValueError(f"delays_cs ends before frame {k}, must give a delay for every frame")
    if delay_cs < SHORTEST_CS:
        raise ValueError(f"delay of frame {k} is {delay_cs} cs, must be at least {SHORTEST_CS}")
    return delay_cs


def _check(name: str, value: object, lowest: int, highest: int) -> None:
    if not (isinstance(value, Integral) and lowest <= int(value) <= highest):
        raise ValueError(f"{name} is {value!r}, must be {lowest} to {highest}")
