"""Owns the forecast: how long the stages of a job usually take, before anything is measured.

Only the proportions of the stages matter, as the tracker measures the speed of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .checks import is_opencv_installed
from .job import MOVING
from .look import Look, effect_of, loop_of
from .stages import (
    CHECKING,
    COMPOSING,
    ENCODING,
    FILLING,
    LOOKS,
    MATCHING,
    READING,
    STEADYING,
    Stage,
)

if TYPE_CHECKING:
    from .effect import Extent
    from .plan import Plan, PlannedFile, Shot

# Seconds for a million pixels, measured on two cores:
_DECODE = 0.003  # decoding the video
_SMALL = 0.001  # comparing its small frames, besides decoding
_FOLLOW = 0.05  # finding its movements, at most
_MEND = 0.03  # steadying it, or evening out its light, besides decoding
_SMOOTH = 0.12  # interpolating between frames, besides composing
_CHECK = 0.005  # checking a file for a platform
_SHEET = 0.3  # seconds for each second of the sheet of looks
_SMOOTH_SHEET = 2.0  # the same, where the looks are smooth
_STARTING = 0.05  # seconds until ffmpeg returns its first frame
_LATER_ROUNDS = 1.0  # rounds after the first one, if there is a budget
_AMPLE_BUDGET = 3  # times the usual size: a budget of so much is hardly ever too small


def stages_of(plan: Plan) -> list[Stage]:
    """The stages of a plan. Those of a sketch include the survey."""
    stages = list(_survey(plan))
    for shot in plan.shots:
        stages += _shot(plan, shot)
    return [*stages, *_pictures(plan)]


def _survey(plan: Plan) -> Iterator[Stage]:
    """The stages before anything is composed."""
    read = plan.facts.n_frames * _million(plan.facts.size)
    if plan.job.look.steady and not plan.is_surveyed:
        yield Stage(STEADYING, usual=read * (_DECODE + _FOLLOW))
    searches = (plan.is_surveyed is False, plan.shots and effect_of(plan.job.look).to_see())
    for _ in filter(None, searches):
        yield Stage(MATCHING, usual=_STARTING + read * (_DECODE + _SMALL))


def _shot(plan: Plan, shot: Shot) -> Iterator[Stage]:
    """The stages that compose a shot and write its files."""
    history = frames_before(shot.look, shot.extent)
    readings = 1 + history // plan.facts.n_frames
    yield Stage(FILLING, usual=readings * _STARTING + history * _composing(plan, shot))
    composing = shot.seconds * plan.rate * _composing(plan, shot)
    if shot.streams:
        (file,) = shot.files
        yield Stage(ENCODING, file.target.path, composing + _encoding(file))
        return
    yield Stage(COMPOSING, usual=composing)
    for file in shot.files:
        target = file.target
        usual = target.kind.starting + _encoding(file)
        yield Stage(ENCODING, target.path, usual, _rounds_after_the_first(file))
        if target.platform:
            yield Stage(CHECKING, target.path, _STARTING + _million_pixels(file) * _CHECK)


def _rounds_after_the_first(file: PlannedFile) -> float:
    """The expected encodings after the first one, which a budget may take."""
    budget, bits = file.target.max_bytes, file.target.kind.usual_bits
    if budget is None:
        return 0.0
    if bits and _AMPLE_BUDGET * _million_pixels(file) * 1e6 * bits / 8 < budget:
        return 0.0
    return _LATER_ROUNDS


def _encoding(file: PlannedFile) -> float:
    """The seconds that one encoding of a file takes."""
    return _million_pixels(file) * file.target.kind.usual


def _million_pixels(file: PlannedFile) -> float:
    """How many million pixels all frames of a file have."""
    return file.n_frames * _million(file.shown.size)


def _pictures(plan: Plan) -> Iterator[Stage]:
    """The stages of pictures that read the video separately."""
    job, facts = plan.job, plan.facts
    read = facts.n_frames * _million(facts.size) * _DECODE
    alone = not loop_of(job.look).passes_once(facts.n_frames, plan.rate)
    if job.still and (alone or not any(getattr(job, name) for name in MOVING)):
        yield Stage(READING, job.still, read)
    if job.looks:
        usual = _SMOOTH_SHEET if job.fit_look and is_opencv_installed() else _SHEET
        yield Stage(LOOKS, job.looks, usual * min(facts.end, 10.0))


def frames_before(look: Look, extent: Extent) -> int:
    """How many frames are taken in up to the first composed one, that one included."""
    effect = effect_of(look)
    if not (extent.cyclic or effect.reads_once):
        return 1
    return effect.history(extent) + 1


def _composing(plan: Plan, shot: Shot) -> float:
    """The seconds for each composed frame, with the decoding of its source frame."""
    look, effect = shot.look, effect_of(shot.look)
    seconds = effect.usual + (_SMOOTH if effect.is_smooth else 0.0)
    mend = _MEND if look.steady or look.deflicker else 0.0
    return _million(plan.facts.size) * (_DECODE + mend) + _million(plan.video.size) * seconds


def _million(size: tuple[int, int]) -> float:
    return size[0] * size[1] / 1e6
