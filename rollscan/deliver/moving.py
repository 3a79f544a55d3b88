"""Owns the writing of moving pictures: a composition to a file of each format, within limits."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..errors import BudgetError, OutputError
from ..limits import check_limit
from ..result import Written
from ..stages import CHECKING, ENCODING
from ..tracker import SILENT, Tracker
from .budget import Settings, describe_reductions
from .composition import Composition
from .formats import FORMATS, USUAL_FPS
from .limits import keeping
from .output import whereabouts, written_beside
from .targets import Style, Target
from .validate import check

_AS_USUAL = 1.02  # times the usual rate: a loop's exact one may be that much over


@dataclass(frozen=True)
class FilePart:
    """What a file is to show, and how; equal ones make equal files, but for their bytes."""

    shown: Composition
    format: str
    loops: int = 1
    making: tuple[float | None, ...] | None = None  # limits of a place on how it is encoded


@dataclass(frozen=True)
class _Made:
    """A file that has been written."""

    part: FilePart
    target: Target
    written: Written
    whole: bool  # whether nothing was given up for its bytes


def write_all(
    targets: Iterable[Target], composition: Composition, style: Style, tracker: Tracker = SILENT
) -> Iterator[Written]:
    """Write the composition for each target: moved into place when whole and within every limit.

    A target that would get the same file as another one gets a copy of it.
    tracker: of the job. Raises OutputError where a file cannot be written.
    """
    earlier: list[_Made] = []
    for target in targets:
        part = part_of(target, composition, style)
        like = next((one for one in earlier if one.part == part and _would_do(one, target)), None)
        of = (target, part, composition, style, tracker)
        made = _copied(like, target, tracker) if like else _named(*of)
        earlier.append(made)
        yield _noted(made)


def write_moving(
    target: Target, composition: Composition, style: Style, tracker: Tracker = SILENT
) -> Written:
    """Write the composition for one target; see write_all."""
    return next(write_all([target], composition, style, tracker))


def _would_do(made: _Made, target: Target) -> bool:
    """Whether the target would get the very file that another one has got."""
    if made.target.max_bytes == target.max_bytes:
        return True
    return made.whole and (target.max_bytes is None or made.written.bytes <= target.max_bytes)


def _copied(made: _Made, target: Target, tracker: Tracker) -> _Made:
    """A copy for the target, checked against its own limits."""
    with written_beside(target.path) as temporary:
        with open(whereabouts(made.target.path), "rb") as file, open(temporary, "wb") as copy:
            shutil.copyfileobj(file, copy)
        _check(target, temporary, tracker)
    return replace(made, target=target, written=replace(made.written, path=target.path))


def _noted(made: _Made) -> Written:
    """What was written, and why in another format than was asked for."""
    target, written = made.target, made.written
    if not (target.instead_of and target.platform):
        return written
    asked = FORMATS[target.instead_of].title
    why = f"{target.kind.title}, as {target.platform.name} takes no {asked}"
    return replace(written, given_up=", ".join(filter(None, [why, written.given_up])))


def _usual(target: Target, composition: Composition, style: Style) -> Composition:
    """The composition at the rate usual for the target, where nobody asked for another."""
    video = target.platform and target.kind.is_video
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
    loops = target.kind.loops(place, shown.seconds, style)
    remedy = "give a lower --mp4-loops, or another place"
    check_limit("max_frames", loops * len(shown), target.path, "would have {} frames", remedy)
    return FilePart(shown, target.format, loops, target.kind.making(place))


def _named(
    target: Target, part: FilePart, composition: Composition, style: Style, tracker: Tracker
) -> _Made:
    """Write a part; errors about its bytes name the platform."""
    try:
        with tracker.stage(ENCODING, target.path):
            return _made(target, part, composition, style, tracker)
    except BudgetError as error:
        if target.platform is None:
            raise
        raise BudgetError(
            f"{target.path} for {target.platform.name}: {error}", *error.names
        ) from error


def _made(
    target: Target, part: FilePart, composition: Composition, style: Style, tracker: Tracker
) -> _Made:
    """Write a part."""
    kept = Settings(style.quality, part.shown.fps, part.shown.size[0])
    with written_beside(target.path) as temporary:
        shown, quality, coarser = target.kind.encode(temporary, part, target, style, tracker)
        _check(target, temporary, tracker)
        n_bytes = temporary.stat().st_size if temporary.is_file() else 0
    less = Settings(quality, shown.fps, shown.size[0])
    full = replace(kept, fps=_usual(target, composition, style).fps)
    cut = silent = ""
    if target.platform and not target.platform.sound and composition.sound:
        silent = f"no sound, which {target.platform.name} does not take"
    if shown.seconds < composition.seconds - 1e-6:
        cut = f"cut to {shown.seconds:.2f} of {composition.seconds:.2f} s"
    shown = target.kind.shown(shown, target.platform)
    written = Written(
        target.path,
        target.kind.size_of(shown),
        part.loops * len(shown),
        part.loops * shown.seconds,
        bytes=n_bytes,
        given_up=", ".join(filter(None, [cut, coarser, describe_reductions(full, less), silent])),
        seam=shown.seam,
        sound=shown.sound is not None,
    )
    return _Made(part, target, written, whole=less == kept and not coarser)


def _check(target: Target, finished: Path, tracker: Tracker) -> None:
    """Raise OutputError where the finished file breaks a limit of its platform."""
    if not target.platform:
        return
    with tracker.stage(CHECKING, target.path):
        broken = check(finished, target.platform, tracker)
    if broken:
        raise OutputError(
            f"{target.path} is not written, as it would have {'; '.join(broken)}: give a smaller"
            " --scale, a lower --fps or an earlier --end"
        )
