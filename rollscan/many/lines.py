"""Owns the messages about a batch: a line for each clip, the progress, and the totals."""

from __future__ import annotations

import time
from collections import Counter

from ..look import Look
from ..masking import masked
from ..result import Progress
from ..summary import advice_for, closing_line
from .order import Outcome


class Lines:
    """The lines about a batch of `total` clips, numbered as they end; advice is given once."""

    def __init__(self, total: int, look: Look) -> None:
        self._total, self._look = total, look
        self._began = time.monotonic()
        self._counts: Counter[str] = Counter()
        self._advised = False

    @property
    def ended(self) -> int:
        """How many clips have ended."""
        return self._counts.total()

    @property
    def failed(self) -> int:
        """How many clips have failed."""
        return self._counts["failed"]

    def line(self, outcome: Outcome) -> str:
        """The line about a clip that has just ended, which is counted."""
        self._counts[outcome.status] += 1
        place = f"[{self.ended:>{len(str(self._total))}}/{self._total}]"
        description = masked(self._described(outcome), [outcome.input, *outcome.files])
        return f"{place} {outcome.status}: {description}"

    def _described(self, outcome: Outcome) -> str:
        """What the line says after the status."""
        if outcome.status == "failed":
            return outcome.error
        if outcome.status == "skipped":
            return f"{outcome.input}, of which there is {' and '.join(outcome.files)}"
        file_lines = [
            closing_line(made, name)
            for name, made in zip(outcome.files, outcome.written, strict=True)
        ]
        advice = "".join(advice_for(made, self._look) for made in outcome.written[:1])
        if self._advised:
            advice = ""
        self._advised = self._advised or bool(advice)
        return "; ".join(file_lines) + advice

    def progress(self, share: float) -> Progress:
        """How far the batch is. share: the sum of the shares done of the clips under way."""
        done = self.ended + share
        worked = done - self._counts["skipped"]  # skipped clips take no time
        left = None
        if worked > 0:
            left = (time.monotonic() - self._began) * (self._total - done) / worked
        stage = f"{self.ended} of {self._total} clips"
        return Progress(stage, None, min(done / self._total, 1.0), left)

    def closing(self) -> str:
        """The totals: how many clips there were, with which outcomes, and in what time."""
        counts = [
            f"{self._counts[status]} {status}"
            for status in ("done", "skipped", "failed")
            if self._counts[status]
        ]
        clips = "1 clip" if self._total == 1 else f"{self._total} clips"
        return f"{clips}: {', '.join(counts)}, in {in_words(time.monotonic() - self._began)}"


def in_words(seconds: float) -> str:
    """A duration for people: 4.2 s, 3 min 5 s, 2 h 14 min."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
