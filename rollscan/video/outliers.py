"""Owns the repair of presentation times of which a few are far off, as broken clocks leave them.

Packets come in the order in which they are decoded, in which the times of presentation only grow,
but for frames that are shown a few places earlier or later. A time that goes far away and comes
back is an outlier. Frames are decoded in the right order whatever their times are, so it is enough
to know how many frames there are, and when each of the others is shown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import median

# How many frames may lie between decoding and presentation; 16 is the most that H.264 allows.
_REORDERED = (0, 1, 2, 3, 4, 6, 8, 16)
_USUALLY_REORDERED = 3
_FAR = 4  # usual steps between frames; an outlier is farther than this from its neighbours
_NEIGHBOURS = 9  # packets on either side with which a time is compared
_FEWEST = 3  # packets after a time that is late
_SHARE = 20  # there is at most one outlier in so many frames, or three in all
_SHORTEST, _LONG = 8, 2000  # frames


def repaired(times: Sequence[int]) -> list[float] | None:
    """The times of all frames, ascending, with each outlier moved to where a frame is missing.

    times: of presentation, of packets in the order of decoding, in ticks. None means that there is
    no outlier, or too many to tell which times are right.
    """
    # Most videos are done with here. In a long one an outlier among the last frames is not sought.
    usual = _USUALLY_REORDERED if len(times) <= _LONG else _REORDERED[-1]
    if len(times) < _SHORTEST or not is_disordered(times, usual):
        return None
    step = median(b - a for a, b in pairwise(sorted(times)))
    for reordered in _REORDERED:
        outliers = _outliers(times, reordered, _FAR * step)
        if len(outliers) > max(3, len(times) // _SHARE):
            continue
        kept = [at for k, at in enumerate(times) if k not in outliers]
        if not is_disordered(kept, reordered):
            return _filled(times, sorted(kept), outliers, step) if outliers else None
    return None


def is_disordered(times: Sequence[int], reordered: int = _REORDERED[-1]) -> bool:
    """Whether a time is later than one that comes more than `reordered` packets after it."""
    later = times[reordered + 1 :]
    return any(before > at for before, at in zip(accumulate(times, max), later, strict=False))


def _outliers(times: Sequence[int], reordered: int, far: float) -> set[int]:
    """The indices of times that differ by more than `far` ticks from most neighbours on one side,
    in the wrong direction.
    """
    late, early = set(), set()
    for k, at in enumerate(times):
        after = times[k + reordered + 1 :][:_NEIGHBOURS]
        if len(after) >= _FEWEST and sum(at > each + far for each in after) > len(after) / 2:
            late.add(k)
    for k, at in enumerate(times):
        indices = range(max(0, k - reordered - _NEIGHBOURS), k - reordered)
        before = [times[j] for j in indices if j not in late]
        if before and sum(at < each - far for each in before) > len(before) / 2:
            early.add(k)
    return late | early


def _filled(
    times: Sequence[int], kept: Sequence[int], outliers: set[int], step: float
) -> list[float]:
    """The kept times, ascending, and one more for each outlier, within the gaps between them."""
    missing: dict[int, int] = {}  # how many frames are missing after each of the kept times
    for k in sorted(outliers):
        around = range(max(0, k - _NEIGHBOURS), min(k + _NEIGHBOURS + 1, len(times)))
        near = [times[j] for j in around if j not in outliers]
        first = bisect_right(kept, min(near)) - 1
        stop = bisect_right(kept, max(near)) - 1
        gaps = {j: (kept[j + 1] - kept[j]) / (missing.get(j, 0) + 1) for j in range(first, stop)}
        widest = max(gaps, key=lambda j: gaps[j], default=first)
        if not gaps or gaps[widest] < 1.5 * step:  # none is missing between others
            widest = -1 if k < len(times) / 2 else len(kept) - 1
        missing[widest] = missing.get(widest, 0) + 1
    before, after = missing.pop(-1, 0), missing.pop(len(kept) - 1, 0)
    filled = [kept[0] - (before - j) * step for j in range(before)]
    for j, at in enumerate(kept):
        filled.append(at)
        if count := missing.get(j, 0):
            filled += [at + (kept[j + 1] - at) * n / (count + 1) for n in range(1, count + 1)]
    return [*filled, *(kept[-1] + n * step for n in range(1, after + 1))]
