"""Owns the leading frames of open groups of pictures, and where decoding must begin for them.

A leading frame is shown before the keyframe that comes before it in the file. It is made of that
keyframe and of frames before it, so that its decoding has to begin at the keyframe before that one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

_AFTER = 2e-3  # seconds; ffmpeg, asked for this much more than a keyframe's time, begins there


@dataclass
class LeadingFrames:
    """The leading frames among packets that are noted in the order of the file; times in ticks."""

    _keyframe: int | None = None  # when the last one is shown
    _before: int | None = None  # and the one before it
    _found: list[tuple[int, int | None]] = field(default_factory=list)  # a frame, its `_before`

    def take(self, shown: int, *, is_key: bool) -> None:
        """Note a packet, by its presentation time."""
        if is_key:
            self._before, self._keyframe = self._keyframe, shown
        elif self._keyframe is not None and shown < self._keyframe:
            self._found.append((shown, self._before))

    def seeks(self, tick: Fraction) -> list[tuple[float, float]]:
        """Each leading frame's time and the time to seek to for it, in seconds, ascending.

        tick: the time base, in seconds.
        """
        return sorted(
            (float(shown * tick), 0.0 if before is None else float(before * tick) + _AFTER)
            for shown, before in self._found
        )


def seek_for(time: float, seeks: Sequence[tuple[float, float]], tolerance: float) -> float:
    """The time to seek to for the frame at a time, in seconds: that of a leading frame in `seeks`,
    which are as `LeadingFrames.seeks` has them, or else its own.
    """
    i = bisect_left(seeks, (time - tolerance, 0.0))
    is_leading = i < len(seeks) and seeks[i][0] <= time + tolerance
    return min(time, seeks[i][1]) if is_leading else time
