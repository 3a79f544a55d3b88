"""Owns the check of a finished file: it is decoded and compared with a platform's limits."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..checks import in_bytes
from ..errors import SourceError
from ..tracker import SILENT, Tracker
from ..video.containers import one_file
from ..video.description import Description
from ..video.ffmpeg import run_ffmpeg
from ..video.input import check_readable
from ..video.log import why_failed
from ..video.probe import Probe
from .geometry import has_shape
from .mp4_boxes import is_fast_start, level_of
from .platforms import Platform, Size, over, under

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class _Finished:
    """The facts about a finished file that decoding it has shown."""

    format: str  # as a Platform names it, or a description of any other
    size: Size
    n_frames: int
    seconds: float
    fps: float
    shortest: float  # seconds for which the shortest frame is shown
    pixels: str = ""  # the pixel format of a video: "yuv420p"
    level: float | None = None  # of H.264 in an MP4
    is_fast_start: bool = True  # whether the file plays while it is downloaded


def check(path: str | os.PathLike[str], platform: Platform, tracker: Tracker = SILENT) -> list[str]:
    """Decode a file, and describe each limit that it breaks: '11.2 MB, discord takes 10.5 MB'.

    Return [] if it breaks none. tracker: of the job, for its progress. Raises SourceError if there
    is no such file.
    """
    check_readable(Path(path))
    try:
        finished = _decoded(Path(path), tracker)
    except (SourceError, OSError, EOFError, SyntaxError, ValueError) as error:  # of Pillow, mostly
        return [f"it cannot be decoded ({error}), {platform.name} takes {platform.format}"]
    return list(_broken_limits(finished, Path(path).stat().st_size, platform))


def _decoded(path: Path, tracker: Tracker) -> _Finished:
    from PIL import UnidentifiedImageError

    from ..pictures import open_picture

    with path.open("rb") as file:  # Pillow before 10.2 cannot open the path of a nameless file
        try:
            image = open_picture(file)
        except UnidentifiedImageError:
            return _decoded_video(path, tracker)
        return _decoded_picture(image)


def _decoded_picture(image: Image.Image) -> _Finished:
    from PIL import ImageSequence

    with image:
        delays = []  # milliseconds
        for frame in ImageSequence.Iterator(image):
            frame.load()
            delays.append(frame.info.get("duration", 0))
        seconds = sum(delays) / 1000
        return _Finished(
            format=(image.format or "").lower(),
            size=image.size,
            n_frames=len(delays),
            seconds=seconds,
            fps=round(len(delays) / seconds, 3) if seconds else 0,
            shortest=min(delays) / 1000,
        )


def _decoded_video(path: Path, tracker: Tracker) -> _Finished:
    facts = Probe(path, tracker=tracker).facts()
    decoding = ["-xerror", *one_file(path), "-map", "0:v:0", "-f", "null", "-"]
    described = Description()
    status, log = run_ffmpeg(decoding, note=described.note, tracker=tracker)
    if status != 0:
        raise SourceError(why_failed(status, log))
    film = described.films[0]
    is_webm = film.codec == "vp9" and described.container == "matroska"
    is_mp4 = film.codec == "h264" and described.container == "mov"
    return _Finished(
        format="webm" if is_webm else "mp4" if is_mp4 else f"{film.codec} video",
        size=facts.size,
        n_frames=len(facts.times),
        # Containers store times in milliseconds, so further digits would be meaningless.
        seconds=round(facts.end - facts.times[0], 3),
        fps=round(float(facts.rate), 3),
        shortest=float(1 / facts.rate),
        pixels=film.pixel_format,
        level=level_of(path) if is_mp4 else None,
        is_fast_start=not is_mp4 or is_fast_start(path),
    )


def _broken_limits(file: _Finished, n_bytes: int, platform: Platform) -> Iterator[str]:
    """A description of each limit that the file breaks."""
    width, height = file.size
    takes = f"{platform.name} takes"
    if file.format != platform.format:
        yield f"{file.format}, {takes} {platform.format}"
    if platform.max_bytes is not None and n_bytes > platform.max_bytes:
        has, may = in_bytes(n_bytes), in_bytes(platform.max_bytes)
        if has == may:
            has, may = f"{n_bytes:,} bytes", f"{platform.max_bytes:,}"
        yield f"{has}, {takes} {may}"
    if platform.exact and file.size != platform.exact:
        yield f"{width}x{height}, {takes} exactly {platform.width}x{platform.height}"
    if platform.one_side and max(file.size) != platform.one_side:
        yield f"{width}x{height}, {takes} {platform.one_side} pixels on the longer side"
    if not platform.exact and not has_shape(platform, file.size):
        shape = "squares" if platform.shape == "square" else platform.shape
        yield f"{width}x{height}, {takes} {shape}"
    for number, most, unit in over(platform, file.size, file.n_frames, file.seconds, file.fps):
        yield f"{number:,} {unit}, {takes} {most:,}"
    for number, least, unit in under(platform, file.size, file.seconds, file.fps):
        yield f"{number:,} {unit}, {takes} {least:,} or more"
    if platform.min_delay is not None and file.shortest < platform.min_delay:
        shortest, least = file.shortest * 1000, platform.min_delay * 1000
        yield f"a frame of {shortest:g} ms, {takes} {least:g} or more"
    if platform.format == "mp4":
        yield from _broken_mp4_limits(file, n_bytes, platform)


def _broken_mp4_limits(file: _Finished, n_bytes: int, platform: Platform) -> Iterator[str]:
    """A description of each limit on MP4 files alone that the file breaks."""
    takes = f"{platform.name} takes"
    if file.pixels and file.pixels != "yuv420p":
        yield f"{file.pixels} pixels, {takes} yuv420p"
    if any(side % 2 for side in file.size):
        yield f"{file.size[0]}x{file.size[1]}, {takes} even sides"
    if not file.is_fast_start:
        yield f"its index at the end, {takes} it at the beginning"
    rate = n_bytes * 8 / file.seconds if file.seconds else 0
    if rate > (platform.max_bit_rate or math.inf):
        assert platform.max_bit_rate
        yield f"{rate / 1e6:.3g} Mbit/s, {takes} {platform.max_bit_rate / 1e6:g}"
    if (file.level or 0) > (platform.max_level or math.inf):
        yield f"H.264 level {file.level:g}, {takes} {platform.max_level:g}"
