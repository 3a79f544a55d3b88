"""Owns the writing of moving pictures: composition to GIF, MP4, WebM or WebP, within limits."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ..errors import BudgetError, OutputError
from ..gif import constant_delays, write_gif
from ..job import Written
from ..limits import check_limit
from ..progress import amount, passing, stage
from ..stages import CHECKING, ENCODING
from .budget import Settings, told, write_within
from .composition import Composition
from .conformance import check
from .encode import H264_CRF, VP9_CRF, encode_webm
from .limits import keeping, repeats
from .mp4 import Video, write_mp4_within
from .output import whereabouts, written_beside
from .targets import USUAL_FPS, Style, Target
from .webp import save_webp

_AS_USUAL = 1.02  # times the usual rate: a loop's exact one may be that much over


@dataclass(frozen=True)
class FilePart:
    """What a file is to show, and how; equal ones make equal files, but for their bytes."""

    shown: Composition
    format: str
    loops: int = 1
    limits: tuple[float | None, ...] | None = None  # of an MP4 for a place, on its making


@dataclass(frozen=True)
class _Made:
    """A file that has been written."""

    part: FilePart
    target: Target
    written: Written
    whole: bool  # whether nothing was given up for its bytes


def write_all(
    targets: Iterable[Target], composition: Composition, style: Style
) -> Iterator[Written]:
    """Write the composition for each target: moved into place when whole and within every limit.

    A target that would get the same file as another one gets a copy of it.
    Raises OutputError where a file cannot be written.
    """
    earlier: list[_Made] = []
    for target in targets:
        part = part_of(target, composition, style)
        like = next((one for one in earlier if one.part == part and _would_do(one, target)), None)
        of = (target, part, composition, style)
        made = _copied(like, target) if like else _named(*of)
        earlier.append(made)
        yield _noted(made)


def write_moving(target: Target, composition: Composition, style: Style) -> Written:
    """Write the composition for one target; see write_all."""
    return next(write_all([target], composition, style))


def _would_do(made: _Made, target: Target) -> bool:
    """Whether the target would get the very file that another one has got."""
    if made.target.max_bytes == target.max_bytes:
        return True
    return made.whole and (target.max_bytes is None or made.written.bytes <= target.max_bytes)


def _copied(made: _Made, target: Target) -> _Made:
    """A copy for the target, checked against its own limits."""
    with written_beside(target.path) as temporary:
        with open(whereabouts(made.target.path), "rb") as file, open(temporary, "wb") as copy:
            shutil.copyfileobj(file, copy)
        _check(target, temporary)
    return replace(made, target=target, written=replace(made.written, path=target.path))


def _noted(made: _Made) -> Written:
    """What was written, and why in another format than was asked for."""
    target, written = made.target, made.written
    if not (target.instead_of and target.platform):
        return written
    why = f"{target.format.upper()}, as {target.platform.name} takes no {target.instead_of.upper()}"
    return replace(written, given_up=", ".join(filter(None, [why, written.given_up])))


def _usual(target: Target, composition: Composition, style: Style) -> Composition:
    """The composition at the rate usual for the target, where nobody asked for another."""
    video = target.platform and target.format == "mp4"
    if style.timed or video or composition.fps <= USUAL_FPS * _AS_USUAL:
        return composition
    return composition.thinned(max(1, round(len(composition) * USUAL_FPS / composition.fps)))


def part_of(target: Target, composition: Composition, style: Style) -> FilePart:
    """What the target shows of the composition."""
    shown, place = _usual(target, composition, style), target.platform
    if place:
        shown = keeping(shown, place, style.fit)
    if not target.sounds:
        shown = replace(shown, sound=None)
    if not (target.one_size or style.sized):
        shown = shown.within(target.longest)
    if target.format != "mp4":
        return FilePart(shown, target.format)
    loops = repeats(place, shown.seconds, style.mp4_loops) if place else style.mp4_loops
    remedy = "give a lower --mp4-loops, or another place"
    check_limit("max_frames", loops * len(shown), target.path, "would have {} frames", remedy)
    limits = place and (place.min_fps, place.max_bit_rate, place.max_level)
    return FilePart(shown, "mp4", loops, limits or None)


def _named(target: Target, part: FilePart, composition: Composition, style: Style) -> _Made:
    """Write a part; errors about its bytes name the platform."""
    try:
        with stage(ENCODING, target.path):
            return _made(target, part, composition, style)
    except BudgetError as error:
        if target.platform is None:
            raise
        raise BudgetError(
            f"{target.path} for {target.platform.name}: {error}", *error.names
        ) from error


def _made(target: Target, part: FilePart, composition: Composition, style: Style) -> _Made:
    """Write a part."""
    kept = Settings(style.quality, part.shown.fps, part.shown.size[0])
    with written_beside(target.path) as temporary:
        shown, quality, coarser = _encoded(target, temporary, part, style)
        _check(target, temporary)
        n_bytes = temporary.stat().st_size if temporary.is_file() else 0
    less = Settings(quality, shown.fps, shown.size[0])
    full = replace(kept, fps=_usual(target, composition, style).fps)
    cut = silent = ""
    if target.platform and not target.platform.sound and composition.sound:
        silent = f"no sound, which {target.platform.name} does not take"
    if shown.seconds < composition.seconds - 1e-6:
        cut = f"cut to {shown.seconds:.2f} of {composition.seconds:.2f} s"
    size = shown.size
    if target.format == "mp4":
        shown = Video(target.platform).shown(shown)
        size = Video.size_of(shown)
    written = Written(
        target.path,
        size,
        part.loops * len(shown),
        part.loops * shown.seconds,
        bytes=n_bytes,
        given_up=", ".join(filter(None, [cut, coarser, told(full, less), silent])),
        seam=shown.seam,
        sound=shown.sound is not None,
    )
    return _Made(part, target, written, whole=less == kept and not coarser)


def _encoded(
    target: Target, file: Path, part: FilePart, style: Style
) -> tuple[Composition, float, str]:
    """Write a part to a file; what of it is in there, the quality, and how much coarser it is."""
    shown, quality = part.shown, float(style.quality)
    if target.format == "mp4":
        video = Video(target.platform, part.loops, style.recipe)
        amount(part.loops * len(video.shown(shown)))
        shown, crf = _write_video(target, file, shown, video)
        return shown, quality, f"CRF {H264_CRF:.0f}→{crf:.3g}" if crf > H264_CRF else ""
    amount(len(shown))
    if target.format == "webm":
        crf = encode_webm(
            file,
            shown,
            shown.fps,
            max_bytes=target.max_bytes,
            comment=style.recipe,
            sound=shown.sound,
            shown_as=target.path,
        )
        return shown, quality, f"CRF {VP9_CRF}→{crf}" if crf > VP9_CRF else ""
    shown, settings = _write_picture(target, file, shown, style)
    return shown, settings.quality, ""


def _write_video(
    target: Target, file: Path, shown: Composition, video: Video
) -> tuple[Composition, float]:
    """Write an MP4; return what of the composition is in it, and at which CRF."""
    budget = video.most_bytes(shown, target.max_bytes)
    if budget is None:
        video.encode(file, shown, shown_as=target.path)
        return shown, H264_CRF
    return write_mp4_within(
        budget, file, shown, video, one_size=target.one_size, shown_as=target.path
    )


def _write_picture(
    target: Target, path: Path, shown: Composition, style: Style
) -> tuple[Composition, Settings]:
    """Write a GIF or a WebP; return what of the composition is in it, and at which settings."""

    def write(file: BinaryIO, part: Composition, quality: int) -> Composition:
        if target.format == "webp":
            save_webp(file, part, part.fps, quality=quality, loop=style.loop, comment=style.recipe)
        else:
            delays = passing(constant_delays(part.fps))
            write_gif(
                file,
                part,
                delays,
                loop=style.loop,
                quality=quality,
                colors=style.colors,
                comment=style.recipe,
            )
        return part

    full = Settings(style.quality, shown.fps, shown.size[0])
    with open(path, "wb") as file:
        if target.max_bytes is None:
            return write(file, shown, style.quality), full
        return write_within(
            target.max_bytes, file, shown, style.quality, write, one_size=target.one_size
        )


def _check(target: Target, finished: Path) -> None:
    """Raise OutputError where the finished file breaks a limit of its platform."""
    if not target.platform:
        return
    with stage(CHECKING, target.path):
        broken = check(finished, target.platform)
    if broken:
        raise OutputError(
            f"{target.path} is not written, as it would have {'; '.join(broken)}: give a smaller"
            " --scale, a lower --fps or an earlier --end"
        )
