"""Owns the strip photograph of a job: of which strips it is, and its files."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from .deliver.picture import check_picture, write_long
from .errors import ArgumentError, SourceError
from .job import COMPOSED, Job
from .result import Written
from .stages import READING
from .strip import FILM, MOVING
from .strip.strips import Strips
from .tracker import Tracker

if TYPE_CHECKING:
    from .plan import Plan
    from .video.source import Video


def strips_of(job: Job, video: Video) -> Strips:
    """The strip photograph of the job, which has no frames yet.

    Raises ArgumentError if smooth is asked for, and would change neither this nor a loop.
    """
    strips = Strips.of(video, job.look, job.strip, pace=job.pace, slits=job.slits, speed=job.speed)
    is_asked = job.look.smooth and "smooth" not in job.fits
    if is_asked and not any(getattr(job, name) for name in COMPOSED):
        _check_smooth(strips.per_frame)
    return strips


def _check_smooth(per_frame: Fraction | None) -> None:
    """Raise ArgumentError where nothing of a strip photograph lies between two frames.

    per_frame: how many columns it has for each frame; None for slices that follow the motion.
    """
    if per_frame is None:
        why, remedy = f"with --strip {MOVING}, whose slices follow the motion", ""
    elif per_frame <= 1:
        why = f"with {float(per_frame):.2g} columns for each frame, as none shows what lies between"
        remedy = f", or give more: --pace, or --strip {FILM} with --slit-width"
    else:
        return
    raise ArgumentError(f"smooth has no effect {why}: leave smooth out{remedy}", "smooth")


def checked_strips(job: Job, video: Video) -> Strips:
    """The strip photograph of a job that writes it. See strips_of.

    Raises ArgumentError also if its file cannot hold so many pixels across.
    """
    strips = strips_of(job, video)
    if job.still:
        check_picture(job.still, (strips.picture.across, strips.picture.across))
    return strips


def written_strips(
    path: Path, strips: Strips, video: Video, plan: Plan, tracker: Tracker, *, read: bool
) -> Iterator[Written]:
    """Write the strip photograph of a video. read: whether it has its frames already."""
    if not read:
        with tracker.stage(READING, path, len(video)):
            strips.read(tracker)
    if strips.empty:
        which = f"slit {strips.empty[0] + 1}" if plan.job.slits else "the slit"
        raise SourceError(
            f"nothing moves at {which} of {plan.job.input}: give another --slit, or --strip {FILM}"
        )
    seconds = float(len(video) / video.rate)
    for file, size in write_long(strips.picture, path, comment=plan.style.recipe):
        yield Written(file, size, len(video), seconds, kept=video.kept, note=plan.facts.note)
