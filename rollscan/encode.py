"""Owns composed frames to MP4, WebM and WebP files; GIF has its own package, gif.

Videos go raw down a pipe to one ffmpeg, WebP to Pillow. Each file is in place when it is whole.
"""

from __future__ import annotations

import errno
import math
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sized
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from .errors import ArgumentError, BudgetError, OutputError
from .output import written_beside
from .probe import start_ffmpeg

Frame = npt.NDArray[np.uint8]

MAX_FPS = 1000  # Matroska and WebP keep time in milliseconds
_MAX_WEBP_SIDE = 16_383  # pixels

# Computed with the matrix that the tags then name. Players take untagged video for whatever suits
# its size, and show shifted greens and reds where the guess is wrong.
_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,"
    "format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)
_H264 = (
    *("-c:v", "libx264", "-preset", "medium", "-crf", "18"),
    *("-movflags", "+faststart", "-f", "mp4"),
)
_VP9 = (
    *("-c:v", "libvpx-vp9", "-b:v", "0", "-deadline", "good", "-cpu-used", "2", "-row-mt", "1"),
    *("-f", "webm"),
)
VP9_CRF = 24  # of 0 to 63, where no budget asks for more; hardly told from the source
_VP9_WORST_CRF = 63
_VP9_SLOPE = 0.06  # by how much the logarithm of the size falls with each CRF, at first guess
_VP9_TRIES = 4  # two or three will mostly do
_AIM, _GOOD_USE = 0.95, 0.85  # of the bytes allowed: tried for, and not worth another try


def write_mp4(
    filename: str | os.PathLike[str], frames: Iterable[Frame], fps: float, *, loops: int = 1
) -> None:
    """Write frames as an H.264 video that plays everywhere: yuv420p, fast start, no sound.

    frames: (H, W, 3) uint8, all of one size; an odd last row or column is shown twice, as H.264
        needs even sides. fps: frames per second, up to 1000. loops: how many times the frames are
        shown, for places that do not repeat a video; with more than one, `frames` is iterated
        anew each time, so it must be a list or another object that can be, not an iterator.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    if not loops >= 1:
        raise ArgumentError(f"loops is {loops}: give 1 or more")
    if loops > 1:
        _check_again(frames, f"loops is {loops}")
    with written_beside(filename) as temporary:
        even = (_even(frame) for _ in range(loops) for frame in frames)
        _encode(temporary, even, fps, _H264, shown_as=filename)


def write_webm(
    filename: str | os.PathLike[str],
    frames: Iterable[Frame],
    fps: float,
    *,
    max_bytes: int | None = None,
    check: Callable[[Path], None] | None = None,
) -> int:
    """Write frames as a VP9 video in WebM: yuv420p, no sound. Return its CRF: less is better.

    frames, fps: as in write_mp4. max_bytes: the file is no larger, and as good as up to four tries
        make it; for these, `frames` must be an object that can be iterated again.
    check: is given the finished file, and raises where it must not be moved into place.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written, or
    not that small.
    """
    if max_bytes is not None:
        if not max_bytes >= 1:
            raise ArgumentError(f"max_bytes is {max_bytes}: give 1 or more")
        _check_again(frames, f"max_bytes is {max_bytes}")
    sizes: dict[int, int] = {}  # of the file, by CRF
    with written_beside(filename) as temporary:

        def encoded(crf: int) -> int:
            _encode(temporary, frames, fps, ("-crf", str(crf), *_VP9), shown_as=filename)
            sizes[crf] = temporary.stat().st_size
            return sizes[crf]

        if max_bytes is None:
            encoded(VP9_CRF)
        else:
            temporary.write_bytes(_best_that_fits(encoded, temporary, max_bytes))
        if check:
            check(temporary)
    return min(crf for crf, size in sizes.items() if size <= (max_bytes or size))


def write_webp(
    filename: str | os.PathLike[str],
    frames: Iterable[Frame],
    fps: float,
    *,
    quality: int = 80,
    loop: int = 0,
) -> None:
    """Write frames as an animated WebP.

    frames, fps: as in write_mp4, but up to 16,383 pixels a side. Durations are whole milliseconds
        that add up to the exact time. Equal frames in a row become one that lasts as long.
        Frames that have a length, len(frames), are taken one by one; others all at once.
    quality: 1 to 100. loop: how many times it plays, 0 for ever.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    with written_beside(filename) as temporary, open(temporary, "wb") as file:
        save_webp(file, frames, fps, quality=quality, loop=loop)


def save_webp(
    file: BinaryIO, frames: Iterable[Frame], fps: float, *, quality: int, loop: int
) -> None:
    """Write an animated WebP to an open file; see write_webp."""
    _check_fps(fps)
    if not 1 <= quality <= 100:
        raise ArgumentError(f"quality is {quality}: give 1 to 100")
    if not 0 <= loop <= 65_535:
        raise ArgumentError(f"loop is {loop}: give 0 to 65535")
    kept = frames if isinstance(frames, Sized) else list(frames)
    reel = _Reel(iter(kept), len(kept))
    if max(reel.size) > _MAX_WEBP_SIDE:
        raise ArgumentError(
            f"the frames would be {reel.size[0]}x{reel.size[1]} pixels, WebP holds"
            f" {_MAX_WEBP_SIDE}: give a --scale"
        )
    ends = [round(k * 1000 / Fraction(fps)) for k in range(len(kept) + 1)]  # milliseconds
    reel.save(
        file,
        "WEBP",
        save_all=True,
        duration=[end - start for start, end in pairwise(ends)],
        loop=loop,
        quality=quality,
        method=4,
    )


class _Reel(Image.Image):
    """Frames as one picture of many, as Pillow's writers read them, but never all in memory."""

    def __init__(self, frames: Iterable[Frame], n_frames: int) -> None:
        super().__init__()
        self.n_frames = n_frames
        self._frames = _of_one_size(frames)
        self._shown = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show frame `frame` (0-based); a film only runs forward, what is past stays so."""
        while self._shown < frame:
            picture = Image.fromarray(next(self._frames))
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
            self._shown += 1

    def tell(self) -> int:
        """Which frame is shown (0-based)."""
        return self._shown


def _best_that_fits(encoded: Callable[[int], int], file: Path, max_bytes: int) -> bytes:
    """The WebM of the lowest CRF found that is no larger than max_bytes.

    encoded: writes `file` at a CRF, and says how many bytes it has. The logarithm of the size falls
    with the CRF in nearly a straight line, so two sizes tell where the budget is met.
    """
    best, slope = b"", _VP9_SLOPE
    sizes: dict[int, int] = {}  # by CRF
    lowest, highest = VP9_CRF, _VP9_WORST_CRF  # that are worth trying
    crf = lowest
    while lowest <= highest and len(sizes) < _VP9_TRIES:
        size = sizes[crf] = encoded(crf)
        if size <= max_bytes:
            best, highest = file.read_bytes(), crf - 1
            if size >= _GOOD_USE * max_bytes:
                break
        else:
            lowest = crf + 1
        if len(sizes) > 1:
            (a, size_a), (b, size_b) = list(sizes.items())[-2:]
            slope = max(math.log(size_a / size_b) / (b - a), 0.01)
        crf += math.ceil(math.log(size / (_AIM * max_bytes)) / slope)
        crf = min(max(crf, lowest), highest)
        if not best and len(sizes) == _VP9_TRIES - 1:
            crf = _VP9_WORST_CRF
    if not best:
        raise BudgetError(
            f"max_bytes is {max_bytes}, the smallest WebM has {min(sizes.values())}: choose a"
            " smaller --scale, a lower --fps or a shorter part"
        )
    return best


def _encode(
    target: Path,
    frames: Iterable[Frame],
    fps: float,
    options: Iterable[str],
    *,
    shown_as: str | os.PathLike[str],
) -> None:
    """Have ffmpeg encode the frames to `target`, which errors call `shown_as`."""
    _check_fps(fps)
    checked = _of_one_size(frames)
    first = next(checked)
    height, width, _ = first.shape
    arguments = [
        *("-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
        *("-framerate", str(Fraction(fps).limit_denominator(1_000_000)), "-i", "pipe:0"),
        *("-vf", _BT709, *options, f"file:{target}"),
    ]
    with tempfile.TemporaryFile() as log:
        ffmpeg = start_ffmpeg(arguments, stdin=subprocess.PIPE, stderr=log)
        try:
            whole = _send(chain([first], checked), ffmpeg.stdin)
            ffmpeg.communicate()  # closes the pipe, and waits
            if not whole or ffmpeg.returncode != 0:
                raise _failure(ffmpeg.returncode, log, target, shown_as)
        finally:
            ffmpeg.kill()
            ffmpeg.communicate()


def _send(frames: Iterable[Frame], pipe: IO[bytes] | None) -> bool:
    """Write all frames down the pipe; False where ffmpeg closes it before the end."""
    assert pipe is not None
    for frame in frames:
        try:
            pipe.write(np.ascontiguousarray(frame).data)
        except OSError:  # a broken pipe; on Windows an invalid argument
            return False
    return True


def _failure(
    status: int, log: IO[bytes], target: Path, shown_as: str | os.PathLike[str]
) -> Exception:
    """Why ffmpeg failed; a full disk is left to written_beside, which knows what to say."""
    log.seek(0)
    said = log.read().decode(errors="replace").strip()
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in said:
            return OSError(number, os.strerror(number))
    cause = f"ffmpeg ended with status {status}"
    if said and status > 0:
        cause = said.splitlines()[-1].replace(str(target), str(shown_as))
    return OutputError(
        f"{shown_as} cannot be encoded ({cause}): try another --scale, or the ffmpeg that"
        " imageio-ffmpeg brings"
    )


def _of_one_size(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The same frames. Raises ArgumentError where there are none, or one is unlike the first."""
    shape = None
    for k, frame in enumerate(frames):
        shape = shape or frame.shape
        if frame.shape != shape or frame.shape[2:] != (3,) or frame.dtype != np.uint8:
            raise ArgumentError(
                f"frame {k} is {frame.shape} {frame.dtype}: give all as (height, width, 3) uint8,"
                " of one size"
            )
        yield frame
    if shape is None:
        raise ArgumentError("there are no frames: give at least one")


def _even(frame: Frame) -> Frame:
    """The frame with even sides: an odd last row or column is there twice."""
    height, width, _ = frame.shape
    if height % 2 == width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _check_fps(fps: float) -> None:
    if not 0 < fps <= MAX_FPS:
        raise ArgumentError(f"fps is {fps}: give a number over 0, up to {MAX_FPS}")


def _check_again(frames: Iterable[Frame], why: str) -> None:
    """Raise ArgumentError where the frames run only once."""
    if iter(frames) is frames:
        raise ArgumentError(f"{why}, but frames run only once: give a list, or no iterator")
