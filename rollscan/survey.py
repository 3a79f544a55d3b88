"""Owns the survey: what only the pixels of a video tell, found in small pictures of its frames."""

from __future__ import annotations

from .frames import SizedSource, Span
from .loop.match import best_loop, match_width
from .loop.motion import Band, liveliest
from .stages import MATCHING
from .tracker import SILENT, Tracker

_MOTION_WIDTH = 64  # pixels: of the small frames in which motion is looked for


class Survey:
    """Answers about a video that take a reading of all its frames; each is found out once.

    source: the video. rate: its frames per second, as they are played.
    """

    def __init__(self, source: SizedSource, rate: float, tracker: Tracker = SILENT) -> None:
        self.rate = rate
        self._tracker = tracker
        self._source = source
        self._found: dict[tuple[object, ...], Span] = {}

    def __len__(self) -> int:
        return len(self._source)

    def match(self, shortest: float, longest: float) -> Span:
        """The part whose end leads best into its beginning, of `shortest` to `longest` seconds.

        Raises ArgumentError where the video has none of that length, see `best_loop`.
        """
        key = "match", shortest, longest
        if key not in self._found:
            source = self._source
            small = source.small(match_width(source.size, len(source), self.rate, longest))
            with self._tracker.stage(MATCHING, amount=len(source)):
                self._found[key] = best_loop(
                    self._tracker.passing(small), self.rate, shortest, longest, self._tracker
                )
        return self._found[key]

    def liveliest(self, count: int, band: Band) -> Span:
        """The `count` frames in which most moves within a band of the picture."""
        key = "liveliest", count, band
        if key not in self._found:
            small = self._source.small(_MOTION_WIDTH)
            with self._tracker.stage(MATCHING, amount=len(self._source)):
                self._found[key] = liveliest(self._tracker.passing(small), count, band)
        return self._found[key]
