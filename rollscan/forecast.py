"""Owns what the stages of a job usually take: a first guess, which what they take corrects.

Only how one stage compares with another matters; this machine's pace is found out on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .deliver.targets import rate_for
from .job import MOVING, Job
from .look import effect_of, loop_of
from .plan import is_lone_gif
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
    from .clip import RollingClip
    from .deliver.targets import Take
    from .video.facts import Facts

# Seconds for a million pixels, measured on two cores.
_DECODE = 0.003  # of the video
_SMALL = 0.001  # beyond decoding, of the video: compared with others of its kind
_FOLLOW = 0.05  # of the video, at most: its movements
_MEND = 0.03  # beyond decoding, of the video: its picture moved back, or evened out
_SMOOTH = 0.12  # beyond what composing takes
_CHECK = 0.005
_SHEET = 0.3  # seconds for a second of a sheet of looks
_STARTING = 0.05  # seconds until an ffmpeg gives its first frame
_MORE = 1.0  # rounds after the first, where there is a budget
_AMPLE = 3  # times what is usual: a budget of so much is hardly ever too small


def forecast(
    job: Job,
    takes: Sequence[Take],
    facts: Facts,
    size: tuple[int, int],
    clip: RollingClip | None = None,
) -> list[Stage]:
    """The stages to come, once the facts of the video are known; and again once a clip is.

    takes: that are not made yet. size: of the compositions, width and height in pixels. clip: of
    the first take.
    """
    stages: list[Stage] = []
    for k, take in enumerate(takes):
        made = clip if k == 0 else None
        stages += _before(job, facts, size, k) if made is None else ()
        stages += _moving(job, take, facts, size, made)
    return [*stages, *_pictures(job, facts)]


def _before(job: Job, facts: Facts, size: tuple[int, int], number: int) -> Iterator[Stage]:
    """What must be known before anything is composed of take `number` (0-based)."""
    read = facts.n_frames * _million(facts.size)
    if job.look.steady and number == 0:
        yield Stage(STEADYING, usual=read * (_DECODE + _FOLLOW))
    if loop_of(job.look).bounds:
        yield Stage(MATCHING, usual=_STARTING + read * (_DECODE + _SMALL))
    history = _history(job, facts, size)
    readings = 1 + history // facts.n_frames
    filling = readings * _STARTING + history * _composing(job, facts, size)
    yield Stage(FILLING, usual=filling)


def _moving(
    job: Job, take: Take, facts: Facts, size: tuple[int, int], clip: RollingClip | None
) -> Iterator[Stage]:
    """What shows the composition."""
    targets = take.targets
    if not (targets or job.poster):
        return
    rate = float(facts.rate * job.speed)
    seconds = clip.duration if clip else _period(job, take, facts) / rate
    fps = clip.fps if clip else rate_for(targets, rate, job.fps)
    composing = seconds * rate * _composing(job, facts, size)
    if is_lone_gif(take, job):
        encoding = seconds * fps * _million(size) * targets[0].kind.usual
        yield Stage(ENCODING, targets[0].path, composing + encoding)
        return
    yield Stage(COMPOSING, usual=composing)
    for target in targets:
        shown = _million(size)
        if not target.one_size and job.scale is None and job.width is None:
            shown *= min(1.0, target.longest / max(size)) ** 2
        frames = seconds * fps
        if platform := target.platform:
            frames *= min((platform.max_seconds or seconds) / seconds, 1.0)
            frames *= min((platform.max_fps or fps) / fps, 1.0)
            frames = min(frames, platform.max_frames or frames)
        if "mp4_loops" in target.kind.uses:
            frames *= job.mp4_loops
        if target.platform and target.platform.exact:
            shown = _million(target.platform.exact)
        more = 0.0 if target.max_bytes is None else _MORE
        bits = target.kind.usual_bits
        if bits and _AMPLE * frames * shown * 1e6 * bits / 8 < (target.max_bytes or 0):
            more = 0.0
        usual = target.kind.starting + frames * shown * target.kind.usual
        yield Stage(ENCODING, target.path, usual, more)
        if target.platform:
            yield Stage(CHECKING, target.path, _STARTING + frames * shown * _CHECK)


def _pictures(job: Job, facts: Facts) -> Iterator[Stage]:
    """What takes a reading of its own."""
    read = facts.n_frames * _million(facts.size) * _DECODE
    alone = not loop_of(job.look).passes_once(facts.n_frames, float(facts.rate * job.speed))
    if job.still and (alone or not any(getattr(job, name) for name in MOVING)):
        yield Stage(READING, job.still, read)
    if job.looks:
        yield Stage(LOOKS, job.looks, _SHEET * min(facts.end, 10.0))


def _history(job: Job, facts: Facts, size: tuple[int, int]) -> int:
    """How many frames are taken in before the first one that is shown."""
    from .clip import extent_of  # NumPy, which is there when the facts are

    if not loop_of(job.look).cyclic:
        return 1
    rate = float(facts.rate * job.speed)
    extent = extent_of(job.look, size, rate, facts.n_frames)
    return effect_of(job.look).history(extent) + 1


def _period(job: Job, take: Take, facts: Facts) -> int:
    """About how many frames the loop has."""
    loop, rate = loop_of(job.look), float(facts.rate * job.speed)
    count = take.part[1] - take.part[0] if take.part else facts.n_frames
    if loop.bounds and not take.part:
        count = round(min(count, max(1.0, sum(loop.bounds) / 2 * rate)))
    return loop.period(count, rate)


def _composing(job: Job, facts: Facts, size: tuple[int, int]) -> float:
    """Seconds for a composed frame, with the decoding of what it takes in."""
    effect = effect_of(job.look)
    seconds = effect.usual + (_SMOOTH if effect.is_smooth else 0.0)
    mend = _MEND if job.look.steady or job.look.deflicker else 0.0
    return _million(facts.size) * (_DECODE + mend) + _million(size) * seconds


def _million(size: tuple[int, int]) -> float:
    return size[0] * size[1] / 1e6
