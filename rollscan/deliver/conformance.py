"""Owns the finished file's check: decoded, against what a place takes. It reads, never writes."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SourceError
from ..video.containers import one_file
from ..video.ffmpeg import start_ffmpeg
from ..video.input import check_readable
from ..video.probe import Probe
from .platforms import Platform, Size, in_bytes, over

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True)
class _Finished:
    """What a finished file turned out to be when decoded."""

    format: str  # as a Platform names it, or what else it is
    size: Size
    n_frames: int
    seconds: float
    fps: float
    shortest: float  # seconds the briefest frame is shown


def check(path: str | os.PathLike[str], platform: Platform) -> list[str]:
    """Every limit that the file, decoded, breaks: '11.2 MB, discord takes 10.5 MB'; [] for none.

    Raises SourceError if there is no such file.
    """
    check_readable(Path(path))
    try:
        finished = _decoded(Path(path))
    except (SourceError, OSError, EOFError, SyntaxError, ValueError) as error:  # Pillow's ways
        return [f"it cannot be decoded ({error}), {platform.name} takes {platform.format}"]
    return list(_broken(finished, Path(path).stat().st_size, platform))


def _decoded(path: Path) -> _Finished:
    from PIL import Image, UnidentifiedImageError

    with path.open("rb") as file:  # Pillow before 10.2 cannot open one that has no name itself
        try:
            image = Image.open(file)
        except UnidentifiedImageError:
            return _decoded_video(path)
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


def _decoded_video(path: Path) -> _Finished:
    facts = Probe(path).facts()
    decoding = ["-xerror", *one_file(path), "-map", "0:v:0", "-f", "null", "-"]
    with start_ffmpeg(decoding, stderr=subprocess.PIPE) as ffmpeg:
        try:
            log = ffmpeg.communicate()[1].decode(errors="replace")
        finally:
            ffmpeg.kill()
    if ffmpeg.returncode != 0:
        raise SourceError(log.splitlines()[-1])
    codec = re.findall(r"Stream #0:.*Video: (\w+)", log)[0]
    is_webm = codec == "vp9" and "Input #0, matroska,webm" in log
    return _Finished(
        format="webm" if is_webm else f"{codec} video",
        size=facts.size,
        n_frames=len(facts.times),
        # Containers keep time in milliseconds, so more digits than that mean nothing.
        seconds=round(facts.end - facts.times[0], 3),
        fps=round(float(facts.rate), 3),
        shortest=float(1 / facts.rate),
    )


def _broken(file: _Finished, n_bytes: int, platform: Platform) -> Iterator[str]:
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
    if platform.shape == "square" and width != height:
        yield f"{width}x{height}, {takes} squares"
    for number, most, unit in over(platform, file.size, file.n_frames, file.seconds, file.fps):
        yield f"{number:,} {unit}, {takes} {most:,}"
    if platform.min_delay is not None and file.shortest < platform.min_delay:
        shortest, least = file.shortest * 1000, platform.min_delay * 1000
        yield f"a frame of {shortest:g} ms, {takes} {least:g} or more"
