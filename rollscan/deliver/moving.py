"""Owns the writing of a composition to all its targets, each within its limits."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..counting import TOLERANCE
from ..errors import BudgetError, OutputError
from ..limits import check_limit
from ..result import Written
from ..stages import CHECKING, ENCODING
from ..tracker import SILENT, Tracker
from .budget import Settings, describe_reductions
from .composition import Composition
from .formats import FORMATS
from .limits import within_limits
from .output import whereabouts, written_beside
from .targets import Style, Target
from .validate import check

_AS_USUAL = 1.02  # times the usual rate: the exact rate of a loop may exceed it by that much


@dataclass(frozen=True)
class FilePart:
    """What a file shows, and how. Equal parts make equal files, but for their byte budgets."""

    shown: Composition
    format: str
    loops: int = 1
    encoding_limits: tuple[float | None, ...] | None = None  # those of its platform


@dataclass(frozen=True)
class _Made:
    """A file that has been written."""

    part: FilePart
    target: Target
    written: Written
    is_full: bool  # whether nothing was given up for its byte budget


def write_all(
    targets: Iterable[Target], composition: Composition, style: Style, tracker: Tracker = SILENT
) -> Iterator[Written]:
    """Write the composition for each target; a file appears if it is complete and within limits.

    A target that would get the same file as another one gets a copy of it. tracker: of the job, for
    its progress. Raises OutputError where a file cannot be written or breaks a limit of its
    platform, BudgetError where it cannot be small enough.
    """
    earlier: list[_Made] = []
    for target in targets:
        part = part_of(target, composition, style)
        same = next(
            (one for one in earlier if one.part == part and _is_same_file(one, target)), None
        )
        of = (target, part, composition, style, tracker)
        made = _copy(same, target, tracker) if same else _write_named(*of)
        earlier.append(made)
        yield _with_reason(made)


def write_moving(
    target: Target, composition: Composition, style: Style, tracker: Tracker = SILENT
) -> Written:
    """Write the composition for one target; see write_all."""
    return next(write_all([target], composition, style, tracker))


def _is_same_file(made: _Made, target: Target) -> bool:
    """Whether the target would get the same file as another one with an equal part."""
    if made.target.max_bytes == target.max_bytes:
        return True
    return made.is_full and (target.max_bytes is None or made.written.bytes <= target.max_bytes)


def _copy(made: _Made, target: Target, tracker: Tracker) -> _Made:
    """Copy a file for another target, and check it against the limits of that one."""
    with written_beside(target.path) as temporary:
        with open(whereabouts(made.target.path), "rb") as file, open(temporary, "wb") as copy:
            shutil.copyfileobj(file, copy)
        _check(target, temporary, tracker)
    return replace(made, target=target, written=replace(made.written, path=target.path))


def _with_reason(made: _Made) -> Written:
    """The facts about a file, with the reason if it has another format than was asked for."""
    target, written = made.target, made.written
    if not (target.instead_of and target.platform):
        return written
    asked = FORMATS[target.instead_of].title
    why = f"{target.kind.title}, as {target.platform.name} takes no {asked}"
    return replace(written, given_up=", ".join(filter(None, [why, written.given_up])))


def _at_usual_rate(target: Target, composition: Composition, style: Style) -> Composition:
    """The composition at the target's usual frame rate, unless a rate was asked for."""
    video, most = target.platform and target.kind.is_video, target.kind.most_fps
    if style.timed or video or composition.fps <= most * _AS_USUAL:
        return composition
    return composition.thinned(max(1, round(len(composition) * most / composition.fps)))


def part_of(target: Target, composition: Composition, style: Style) -> FilePart:
    """The part of the composition that the target's file shows.

    Raises LimitError where its frames exceed the limit max_frames.
    """
    shown, place = _at_usual_rate(target, composition, style), target.platform
    if place:
        shown = within_limits(shown, place, style.fit, target.focus)
    if not target.sounds:
        shown = replace(shown, sound=None)
    if not (target.one_size or style.sized):
        shown = shown.within(target.longest)
    loops = target.kind.loops(place, shown.seconds, style)
    remedy = "give a lower --mp4-loops, or another place"
    check_limit("max_frames", loops * len(shown), target.path, "would have {} frames", remedy)
    return FilePart(shown, target.format, loops, target.kind.encoding_limits(place))


def _write_named(
    target: Target, part: FilePart, composition: Composition, style: Style, tracker: Tracker
) -> _Made:
    """Write a part; a BudgetError names the platform."""
    try:
        with tracker.stage(ENCODING, target.path):
            return _write(target, part, composition, style, tracker)
    except BudgetError as error:
        if target.platform is None:
            raise
        raise BudgetError(
            f"{target.path} for {target.platform.name}: {error}", *error.names
        ) from error


def _write(
    target: Target, part: FilePart, composition: Composition, style: Style, tracker: Tracker
) -> _Made:
    """Write a part to its target, and check it."""
    requested = Settings(style.quality, part.shown.fps, part.shown.size[0])
    with target.kind.beside(target.path) as temporary:
        shown, quality, coarser = target.kind.encode(temporary, part, target, style, tracker)
        _check(target, temporary, tracker)
        n_bytes = temporary.stat().st_size if temporary.is_file() else 0
    achieved = Settings(quality, shown.fps, shown.size[0])
    full = replace(requested, fps=_at_usual_rate(target, composition, style).fps)
    cut = silent = ""
    if target.platform and not target.platform.sound and composition.sound:
        silent = f"no sound, which {target.platform.name} does not take"
    if shown.seconds < composition.seconds - TOLERANCE:
        cut = f"cut to {shown.seconds:.2f} of {composition.seconds:.2f} s"
    shown = target.kind.shown(shown, target.platform)
    written = Written(
        target.path,
        target.kind.size_of(shown),
        part.loops * len(shown),
        part.loops * shown.seconds,
        bytes=n_bytes,
        given_up=", ".join(
            filter(None, [cut, coarser, describe_reductions(full, achieved), silent])
        ),
        seam=shown.seam,
        sound=shown.sound is not None,
    )
    return _Made(part, target, written, is_full=achieved == requested and not coarser)


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
