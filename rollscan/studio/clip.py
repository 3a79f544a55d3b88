"""Owns the clip that is open: what it is, its parts, and the size at which a part is shown."""

from __future__ import annotations

import math
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

from ..deliver.formats import FIT
from ..video.facts import Facts
from ..video.probe import Probe
from ..video.source import Video, open_video

BUDGET = 192 << 20  # bytes of a preview, here on disk and in the browser's memory
_LEAST_SIDE = 240  # pixels of the longer side: smaller only where 4 s would not fit
_LEAST_SECONDS = 4.0
_OUT_OF_STEP = 0.1  # of a frame: less is a clock's coarseness
_MOST_PARTS = 64  # whose facts are remembered


class Clip:
    """A video that is open in the studio. Threads may share it.

    path: what a command line would call it. whole: what a Probe found. own: whether it came from a
    browser.
    """

    def __init__(self, path: Path, whole: Facts, *, own: bool = False) -> None:
        self.path, self.whole, self.own = path, whole, own
        self.input = whole.input
        self._facts: dict[tuple[float, float | None], Facts] = {(0.0, None): whole}
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return float(self.whole.n_frames / self.whole.rate)

    @cached_property
    def is_even(self) -> bool:
        """Whether the frames come at a constant rate: so those of a part are the whole's."""
        times, rate = self.whole.times, float(self.whole.rate)
        steps = (abs((at - times[0]) * rate - k) for k, at in enumerate(times))
        return len(times) == self.whole.n_frames and max(steps) < _OUT_OF_STEP

    def part(self, start: float, end: float | None) -> tuple[float, float | None]:
        """The same part, with one name for all that reaches to the end."""
        if end is not None and end >= self.seconds - 1e-3:
            end = None
        return max(0.0, start), end

    def first(self, facts: Facts) -> int:
        """Which of the clip's frames is the first of a part."""
        since = facts.time_of(0) - self.whole.time_of(0)
        return max(0, round(since * self.whole.rate))

    def facts(self, start: float, end: float | None) -> Facts:
        """What is known of a part, in seconds of the clip (None: to its end)."""
        with self._lock:
            if (start, end) not in self._facts:
                facts = Probe(self.input, start, end).facts()
                while len(self._facts) >= _MOST_PARTS:
                    self._facts.pop(next(iter(self._facts)))
                self._facts[start, end] = facts
            return self._facts[start, end]

    def told(self) -> dict[str, Any]:
        """What the page is told of it."""
        facts, upright = self.whole, open_video(self.whole).size
        return {
            "name": self.name,
            "width": upright[0],
            "height": upright[1],
            "rate": str(facts.rate),
            "frames": facts.n_frames,
            "seconds": self.seconds,
            "hdr": facts.hdr,
            "even": self.is_even,
            "first": facts.time_of(0),
        }


def preview(
    facts: Facts, *, width: int | None = None, scale: float | None = None, **mended: Any
) -> tuple[Video, int]:
    """The part as it is shown, and how many of its frames: no more bytes than the budget.

    It has the size that a job of this width or scale (neither: fitted into 480 pixels) composes at;
    where that is too much, the picture is smaller, down to 240 pixels, then the part shorter, down
    to 4 s, then the picture smaller again. mended: as in open_video.
    """
    fit = None if width or scale else FIT
    video = open_video(facts, width=width, scale=scale, fit=fit, **mended)
    longest, size = max(video.size), _bytes(video)
    if facts.n_frames * size > BUDGET:
        side = max(_LEAST_SIDE, _side(longest, size, facts.n_frames))
        least = min(facts.n_frames, math.ceil(_LEAST_SECONDS * facts.rate))
        video = open_video(facts, fit=min(longest, side, _side(longest, size, least)), **mended)
    return video, min(facts.n_frames, max(1, BUDGET // _bytes(video)))


def _side(longest: int, size: int, count: int) -> int:
    """The longer side at which so many frames fit, of a picture of `size` bytes with this one."""
    return max(2, int(longest * math.sqrt(BUDGET / (size * count))))


def _bytes(video: Video) -> int:
    return video.size[0] * video.size[1] * 3
