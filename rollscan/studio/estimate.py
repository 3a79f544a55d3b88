"""Owns the forecast of a file's size: a few short runs of it are encoded, for all the rest."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from ..clip import RollingClip
from ..deliver.audio import sound_rate
from ..deliver.composition import Composition
from ..deliver.moving import FilePart
from ..deliver.targets import Style, Take, Target
from ..frames import Frame
from ..job import Job
from ..loop.spool import Spool
from ..plan import Plan, PlannedFile, Shot, shot_of
from .frame_cache import Frames

_LEAST_RUN = 6  # frames, however large
_PLACES = 5
_APART = 0.618  # of a place's share, so that those in a boomerang's halves are not the same
_LONG, _PORTION = 1500, 500  # frames: so many of a longer clip are composed at each place
_PORTIONS = (0.1, 0.45, 0.85)  # of the way through it
_FULL = 0.95  # of a limit in bytes: what files made to fit it have


def expected(plan: Plan, shot: Shot, frames: Frames) -> list[int]:
    """The bytes to expect of each moving picture of a shot. frames: those of its part."""
    is_long = len(frames) > _LONG
    sizes = _by_portions(plan, shot, frames) if is_long else _by_runs(plan, shot, frames)
    return [
        _within(file, round(size) + _sound(file, plan.job))
        for file, size in zip(shot.files, sizes, strict=True)
    ]


def _by_portions(plan: Plan, shot: Shot, frames: Frames) -> list[float]:
    """The sizes of the pictures of a long shot, by those of some portions of it."""
    shares = []
    take = Take(shot.part, shot.targets)
    for place in _PORTIONS:
        first = int(place * (len(frames) - _PORTION))
        portion = shot_of(plan.job, take, plan.video.size, plan.rate, _PORTION)
        sizes = _by_runs(plan, portion, frames.part(first, first + _PORTION))
        shares.append(
            [size / file.n_frames for file, size in zip(portion.files, sizes, strict=True)]
        )
    means = [sum(share) / len(share) for share in zip(*shares, strict=True)]
    return [mean * file.n_frames for file, mean in zip(shot.files, means, strict=True)]


def _by_runs(plan: Plan, shot: Shot, frames: Frames) -> list[float]:
    """The sizes of the pictures, by those of some runs of their frames."""
    runs = [_runs(file.part.shown, *file.target.kind.sample) for file in shot.files]
    numbers = sorted(
        {
            file.part.shown.order[k]
            for file, places in zip(shot.files, runs, strict=True)
            for k in chain.from_iterable(places)
        }
    )
    with closing(Spool(_composed(plan, shot, frames, numbers))) as spool:
        spool.fill()
        rank = {number: k for k, number in enumerate(numbers)}  # in the spool
        sizes = []
        for (target, part), places in zip(shot.files, runs, strict=True):
            order = [rank.get(number, 0) for number in part.shown.order]  # 0: is not shown
            sample = replace(part, shown=replace(part.shown, stored=spool, order=order))
            sizes.append(_expected(target, sample, places, plan.style))
        return sizes


def _composed(plan: Plan, shot: Shot, frames: Frames, numbers: Sequence[int]) -> Iterator[Frame]:
    """The composed frames of these numbers."""
    part = (0, len(frames))  # so that a loop that chooses its part takes all of these
    clip = RollingClip.of(frames, plan.job.look, plan.rate, part=part)
    return (clip.get_frame(number / shot.shown.fps) for number in numbers)


def _runs(shown: Composition, pixels: int, longest: int) -> list[range]:
    """The frames to encode: all of a short composition, else short runs at several places.

    pixels: to encode in all. longest: of the runs, in frames.
    """
    count = len(shown)
    most = max(2 * _LEAST_RUN, pixels // (shown.size[0] * shown.size[1]))
    if count <= most:
        return [range(count)]
    places = max(2, min(_PLACES, most // longest))
    length = min(longest, most // places)
    if count <= places * length:
        return [range(count)]
    share = (count - length) / places
    firsts = [int(share * (k + (_APART * (k + 1)) % 1)) for k in range(places)]
    return [range(first, first + length) for first in firsts]


def _expected(target: Target, part: FilePart, runs: Sequence[range], style: Style) -> float:
    """The bytes of the whole, by those of its runs: what each frame adds, once it has begun."""
    shown = part.shown
    if runs[0] == range(len(shown)) and part.loops == 1:
        return _bytes_of(target, shown, style)
    begun, more = [], []
    for run in runs:
        # A video's first frame has more bytes in a longer one, as all others are made of it.
        length = len(run) // 2 if target.kind.keyframes else 1
        sizes = [
            _bytes_of(target, replace(shown, order=[shown.order[k] for k in run[:some]]), style)
            for some in (length, len(run))
        ]
        more.append((sizes[1] - sizes[0]) / (len(run) - length))
        begun.append(sizes[0] - length * more[-1])
    count = part.loops * len(shown)
    beginnings = math.ceil(count / (target.kind.keyframes or count))
    return beginnings * sum(begun) / len(begun) + count * sum(more) / len(more)


def _bytes_of(target: Target, shown: Composition, style: Style) -> int:
    """How many bytes these frames take in the target's format."""
    with tempfile.TemporaryDirectory(prefix="rollscan-") as folder:
        path = Path(folder, f"sample.{target.format}")
        target.kind.sample_bytes(path, shown, style, target.platform)
        return path.stat().st_size


def _sound(file: PlannedFile, job: Job) -> int:
    """How many bytes its sound takes."""
    if not (job.sound and file.target.sounds):
        return 0
    seconds = file.part.loops * file.part.shown.seconds
    return round(sound_rate(seconds, file.target.max_bytes) * seconds / 8)


def _within(file: PlannedFile, size: int) -> int:
    """The size, where a limit does not make it smaller."""
    target, part = file
    most = target.kind.most_bytes(part.shown, target.max_bytes, target.platform, part.loops)
    return size if most is None or size <= most * _FULL else round(most * _FULL)
