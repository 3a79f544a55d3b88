"""Owns the open clip: its facts, those of its parts, and the size of their previews."""

from __future__ import annotations

import math
import threading
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

from ..deliver.formats import FIT
from ..video.facts import Facts
from ..video.opening import open_video
from ..video.probe import probe_of
from ..video.source import Video

BUDGET = 192 << 20  # bytes of a preview's frames, on this disk and in the browser's memory
_LEAST_SIDE = 240  # pixels of the longer side; less only where 4 s would not fit into the budget
_LEAST_SECONDS = 4.0
_MAX_DEVIATION = 0.1  # frames: less than this is rounding by a coarse time base
_MAX_PARTS = 64  # how many parts' facts are cached


class Clip:
    """A video that is open in the studio. It is safe to use from several threads.

    path: its name as a command line would give it. whole: the facts about all of it. own: whether
    it was uploaded, and so is the studio's own file. id: differs from those of all other clips of
    the process.
    """

    _numbers = count(1)

    def __init__(self, path: Path, whole: Facts, *, own: bool = False) -> None:
        self.path, self.whole, self.own = path, whole, own
        self.input = whole.input
        self.id = str(next(self._numbers))
        self._facts: dict[tuple[float, float | None], Facts] = {(0.0, None): whole}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return self.path.name

    @property
    def seconds(self) -> float:
        """The playing time, in seconds."""
        return float(self.whole.n_frames / self.whole.rate)

    @cached_property
    def is_even(self) -> bool:
        """Whether the rate is constant, so that a part has the same frames as the clip."""
        times, rate = self.whole.times, float(self.whole.rate)
        deviations = (abs((at - times[0]) * rate - k) for k, at in enumerate(times))
        return len(times) == self.whole.n_frames and max(deviations) < _MAX_DEVIATION

    def part(self, start: float, end: float | None) -> tuple[float, float | None]:
        """The part in a canonical form, in which an end at or after the clip's is None."""
        if end is not None and end >= self.seconds - 1e-3:
            end = None
        return max(0.0, start), end

    def first(self, facts: Facts) -> int:
        """The number of the clip's frame that is the first of a part, by the part's facts."""
        since = facts.time_of(0) - self.whole.time_of(0)
        return max(0, round(since * self.whole.rate))

    def facts(self, start: float, end: float | None) -> Facts:
        """The facts about a part, given in seconds of the clip (None: to its end); cached.

        Raises SourceError where the part has no frame or cannot be read.
        """
        with self._lock:
            if (start, end) not in self._facts:
                rate = float(self.whole.rate) if self.whole.pictures else None
                facts = probe_of(self.input, start, end, source_fps=rate).facts()
                while len(self._facts) >= _MAX_PARTS:
                    self._facts.pop(next(iter(self._facts)))
                self._facts[start, end] = facts
            return self._facts[start, end]

    def describe(self) -> dict[str, Any]:
        """The clip's description for the page, as JSON values."""
        facts, upright = self.whole, open_video(self.whole).size
        return {
            "id": self.id,
            "name": self.name,
            "width": upright[0],
            "height": upright[1],
            "rate": str(facts.rate),
            "frames": facts.n_frames,
            "seconds": self.seconds,
            "hdr": facts.hdr,
            "sound": facts.sound,
            "even": self.is_even,
            "first": facts.time_of(0),
        }


def preview(
    facts: Facts, *, width: int | None = None, scale: float | None = None, **corrections: Any
) -> tuple[Video, int]:
    """The video of a part's preview, and how many of its frames fit into the budget of bytes.

    The preview has the size at which a job of this width or scale composes, which with neither is
    the size fitted into 480 pixels. Where that exceeds the budget, first the picture is made
    smaller, down to a longer side of 240 pixels, then the part shorter, down to 4 s, then the
    picture smaller again. corrections: `crop`, `steady` and `deflicker`, as in `open_video`.
    """
    fit = None if width or scale else FIT
    video = open_video(facts, width=width, scale=scale, fit=fit, **corrections)
    longest, size = max(video.size), _bytes(video)
    if facts.n_frames * size > BUDGET:
        side = max(_LEAST_SIDE, _side(longest, size, facts.n_frames))
        least = min(facts.n_frames, math.ceil(_LEAST_SECONDS * facts.rate))
        fit = min(longest, side, _side(longest, size, least))
        video = open_video(facts, fit=fit, **corrections)
    return video, min(facts.n_frames, max(1, BUDGET // _bytes(video)))


def _side(longest: int, size: int, count: int) -> int:
    """The longer side, in pixels, at which `count` frames fit into the budget.

    longest, size: the longer side of a frame in pixels, and its bytes, before it is made smaller.
    """
    return max(2, int(longest * math.sqrt(BUDGET / (size * count))))


def _bytes(video: Video) -> int:
    """The bytes of one frame."""
    return video.size[0] * video.size[1] * 3
