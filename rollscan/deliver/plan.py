"""Owns what a job writes: its targets, and every check that needs no look at the video."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..checks import check_rate
from ..errors import ArgumentError, OutputError
from ..job import Job
from ..video.input import check_readable
from .output import check_writable, is_device
from .platforms import load
from .targets import Target, targets_of


def planned(job: Job) -> list[Target]:
    """The moving pictures to write, once all that can be known to be wrong has been looked for.

    Raises ArgumentError or OutputError for the first thing found.
    """
    moving = {"gif": job.gif, "mp4": job.mp4, "webm": job.webm, "webp": job.webp}
    asked = [path for path in (*moving.values(), job.poster, job.still, job.looks) if path]
    if not asked:
        raise ArgumentError("no output asked for: add --gif out.gif or --still out.png")
    for path in asked:
        check_writable(path)
    check_rate("speed", job.speed)
    if job.fps is not None:
        check_rate("fps", job.fps, most=50)
    if job.poster_first and job.look.loop == "cut":
        raise ArgumentError(
            "poster_first needs a loop without a beginning, and with loop 'cut' history begins"
            " empty: give --loop wrap, boomerang, crossfade or match",
            "poster_first",
        )
    if isinstance(job.sound, Path):
        check_readable(job.sound)
    known = load(job.platforms) if job.names or job.platforms else {}
    targets = targets_of(moving, job.names, known, job.max_bytes)
    stills = [path for path in (job.poster, job.still, job.looks) if path]
    _check_names(job.input, [*(target.path for target in targets), *stills])
    for kind, target in moving.items():
        if (
            target
            and not (kind == "gif" and is_device(target))
            and target.suffix.lower() != f".{kind}"
        ):
            other = _other(target, moving)
            raise ArgumentError(
                f"{target} ends in {target.suffix!r}: give a name in .{kind}{other}"
            )
    return targets


def _other(target: Path, moving: Iterable[str]) -> str:
    """The option that does write files of such a name."""
    kind = target.suffix.lower().lstrip(".")
    if kind in moving:
        return f", or say --{kind} {target}"
    return f", or say --still {target}" if kind in ("png", "jpg", "jpeg") else ""


def _check_names(source: Path, paths: list[Path]) -> None:
    for path in paths:
        if path.exists() and source.exists() and path.samefile(source):
            raise OutputError(f"{path} is the input itself: give the output another name")
    real = [os.path.realpath(path) for path in paths]
    for k, path in enumerate(paths):
        if real[k] in real[:k]:
            raise ArgumentError(f"{path} is asked for twice: give each output its own name")
