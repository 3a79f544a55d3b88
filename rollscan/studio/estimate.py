"""Owns the estimate of a file, from encoding a few short runs of its frames, and excerpts of it."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ..clip import RollingClip
from ..counting import TOLERANCE
from ..deliver.attempts import predict_within, reduced
from ..deliver.audio import sound_rate
from ..deliver.budget import Settings, describe_reductions
from ..deliver.composition import Composition
from ..deliver.formats import Encoding
from ..deliver.moving import FilePart
from ..deliver.targets import Style, Take, Target
from ..frames import Frame
from ..job import Job
from ..loop.spool import Spool
from ..plan import Plan, PlannedFile, Shot, shot_of
from .frame_cache import Frames

_LEAST_RUN = 6  # frames of a run, however large they are
_MAX_RUNS = 5
# The runs' positions within their equal shares of a file advance by this much of a share, so that
# the second half of a boomerang is not sampled at the same frames as the first.
_STAGGER = 0.618
_LONG, _PORTION = 1500, 500  # frames: of a clip longer than the first, only portions are composed
_PORTIONS = (0.1, 0.45, 0.85)  # where the portions are, as shares of the clip
_SECONDS = 4.0  # of an excerpt, at most
_FULL = 0.95  # the share of a limit in bytes that files made to fit it usually reach


class Expected(NamedTuple):
    """What a file is expected to be: its bytes, its size in pixels, its frames per second.

    settings: of its encoding, where something is given up for a limit in bytes, and what that is,
    in words.
    """

    bytes: int
    width: int
    height: int
    fps: float
    settings: Settings | None = None
    given_up: str = ""


def expected(plan: Plan, shot: Shot, frames: Frames) -> list[Expected]:
    """What each moving picture of a shot is expected to be.

    Where a budget is too small for it, that is what is likely to be left of it. frames: those of
    the shot's part of the video.
    """
    is_long = len(frames) > _LONG
    sizes = _by_portions(plan, shot, frames) if is_long else _by_runs(plan, shot, frames)
    return [
        _within_limit(file, round(size) + _sound_bytes(file, plan.job), plan.style)
        for file, size in zip(shot.files, sizes, strict=True)
    ]


def excerpt(plan: Plan, shot: Shot, frames: Frames, file: Expected, t: float) -> bytes:
    """A short excerpt of the first moving picture of a shot, written as the file will be.

    It begins at `t` seconds of the composition, or so that it ends with it. frames: those of the
    shot's part of the video. file: what the whole is expected to be.
    """
    target, part = shot.files[0]
    shown = reduced(part.shown, file.settings) if file.settings else part.shown
    pixels, _ = target.kind.sample
    most = min(len(shown), max(1, pixels // math.prod(shown.size)), math.ceil(_SECONDS * shown.fps))
    first = min(int(t * shown.fps + TOLERANCE), len(shown) - most)
    order = [shown.order[k] for k in range(first, first + most)]
    numbers = sorted(set(order))
    with closing(Spool(_composed(plan, shot, frames, numbers))) as spool:
        spool.fill()
        indices = {number: k for k, number in enumerate(numbers)}
        part_shown = replace(shown, stored=spool, order=[indices[number] for number in order])
        quality = file.settings.quality if file.settings else None
        return _encoded(target, part_shown, plan.style, quality)


def _by_portions(plan: Plan, shot: Shot, frames: Frames) -> list[float]:
    """The sizes of a long shot's pictures, in bytes, from those of a few portions of it."""
    sizes_per_frame = []
    take = Take(shot.part, shot.targets)
    for place in _PORTIONS:
        first = int(place * (len(frames) - _PORTION))
        portion = shot_of(plan.job, take, plan.video.size, plan.rate, _PORTION)
        sizes = _by_runs(plan, portion, frames.part(first, first + _PORTION))
        sizes_per_frame.append(
            [size / file.n_frames for file, size in zip(portion.files, sizes, strict=True)]
        )
    means = [sum(sizes) / len(sizes) for sizes in zip(*sizes_per_frame, strict=True)]
    return [mean * file.n_frames for file, mean in zip(shot.files, means, strict=True)]


def _by_runs(plan: Plan, shot: Shot, frames: Frames) -> list[float]:
    """The sizes of a shot's pictures, in bytes, from those of short runs of their frames."""
    runs_by_file = [_runs(file.part.shown, *file.target.kind.sample) for file in shot.files]
    numbers = sorted(
        {
            file.part.shown.order[k]
            for file, runs in zip(shot.files, runs_by_file, strict=True)
            for k in chain.from_iterable(runs)
        }
    )
    with closing(Spool(_composed(plan, shot, frames, numbers))) as spool:
        spool.fill()
        indices = {number: k for k, number in enumerate(numbers)}  # by number, in the spool
        sizes = []
        for (target, part), runs in zip(shot.files, runs_by_file, strict=True):
            # Frames outside the runs are not encoded, so any index will do for them.
            order = [indices.get(number, 0) for number in part.shown.order]
            sample = replace(part, shown=replace(part.shown, stored=spool, order=order))
            sizes.append(_expected(target, sample, runs, plan.style))
        return sizes


def _composed(plan: Plan, shot: Shot, frames: Frames, numbers: Sequence[int]) -> Iterator[Frame]:
    """The composed frames with these numbers."""
    part = (0, len(frames))  # keeps a loop from choosing a part of the part
    clip = RollingClip.of(frames, plan.job.look, plan.rate, part=part, is_portion=True)
    return (clip.get_frame(number / shot.shown.fps) for number in numbers)


def _runs(shown: Composition, pixels: int, longest: int) -> list[range]:
    """The frames to encode: all of a short composition, or else short runs at several places.

    pixels: how many to encode, about, in all runs together. longest: the most frames in a run.
    """
    count = len(shown)
    max_frames = max(2 * _LEAST_RUN, pixels // (shown.size[0] * shown.size[1]))
    if count <= max_frames:
        return [range(count)]
    n_runs = max(2, min(_MAX_RUNS, max_frames // longest))
    length = min(longest, max_frames // n_runs)
    if count <= n_runs * length:
        return [range(count)]
    share = (count - length) / n_runs
    firsts = [int(share * (k + (_STAGGER * (k + 1)) % 1)) for k in range(n_runs)]
    return [range(first, first + length) for first in firsts]


def _expected(target: Target, part: FilePart, runs: Sequence[range], style: Style) -> float:
    """The size of a file, in bytes, from those of runs of its frames.

    Each run is encoded twice, in part and in full. The difference tells how many bytes a further
    frame adds, and the rest is the cost of beginning: of the header and the keyframe.
    """
    shown = part.shown
    if runs[0] == range(len(shown)) and part.loops == 1:
        return len(_encoded(target, shown, style))
    costs_of_beginning, costs_per_frame = [], []
    for run in runs:
        # A video encoder gives a keyframe more bytes the more frames depend on it, so the shorter
        # encoding has to be of several frames too.
        length = len(run) // 2 if target.kind.keyframes else 1
        sizes = [
            len(_encoded(target, replace(shown, order=[shown.order[k] for k in run[:n]]), style))
            for n in (length, len(run))
        ]
        costs_per_frame.append((sizes[1] - sizes[0]) / (len(run) - length))
        costs_of_beginning.append(sizes[0] - length * costs_per_frame[-1])
    count = part.loops * len(shown)
    n_beginnings = math.ceil(count / (target.kind.keyframes or count))
    cost_of_beginning = n_beginnings * sum(costs_of_beginning) / len(costs_of_beginning)
    return cost_of_beginning + count * sum(costs_per_frame) / len(costs_per_frame)


def _encoded(
    target: Target, shown: Composition, style: Style, quality: float | None = None
) -> bytes:
    """A composition in the target's format. quality: that of the encoder; None: the full one."""
    with tempfile.TemporaryDirectory(prefix="rollscan-") as folder:
        path = Path(folder, f"sample{target.path.suffix}")
        target.kind.write_sample(path, shown, style, target.platform, quality)
        return path.read_bytes()


def _sound_bytes(file: PlannedFile, job: Job) -> int:
    """The bytes that the file's sound takes."""
    if not (job.sound and file.target.sounds):
        return 0
    seconds = file.part.loops * file.part.shown.seconds
    return round(sound_rate(seconds, file.target.max_bytes) * seconds / 8)


def _within_limit(file: PlannedFile, n_bytes: int, style: Style) -> Expected:
    """The file with so many bytes, or what is likely to be made of it to fit its limit."""
    target, part = file
    shown, kind, settings, given_up = part.shown, target.kind, None, ""
    limit = kind.most_bytes(shown, target.max_bytes, target.platform, part.loops)
    if limit is not None and n_bytes > limit:
        encoder = kind.encoder(Encoding(style, target.platform))
        settings = predict_within(limit, n_bytes, shown, encoder, one_size=target.one_size)
        full = Settings(encoder.quality, shown.fps, shown.size[0])
        given_up = describe_reductions(full, settings)
        shown = reduced(shown, settings)
    if limit is not None:  # files that are made to fit use most of it
        n_bytes = min(n_bytes, round(limit * _FULL))
    shown = kind.shown(shown, target.platform)
    return Expected(n_bytes, *kind.size_of(shown), shown.fps, settings, given_up)
