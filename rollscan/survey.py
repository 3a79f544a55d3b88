"""Owns the survey: the search of a video, in small copies of its frames, for parts to show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

from .effect import ToSee
from .fit import fitted
from .frames import Frame, Point, SizedSource, Span
from .look import Look
from .loop.loops import Table
from .loop.match import best_loop, match_width
from .loop.motion import Band, liveliest, liveliest_window, motion_map
from .loop.moving import Moving
from .loop.moving_map import MAP_WIDTH, OtherMap, OwnMap, grey_maps, luma_maps, motion_maps
from .loop.seen import Seen
from .loop.spool import Spool
from .loop.subject import SUBJECT_WIDTH, subject_masks
from .stages import MATCHING
from .tracker import SILENT, Tracker
from .video.opening import open_video
from .video.probe import Probe

SeenFrames = Callable[[int], Frame]
Found = TypeVar("Found")

_MOTION_WIDTH = 64  # pixels, of the small frames in which motion is measured


class Survey:
    """Finds parts of a video by reading all its frames. Every result is remembered.

    source: the video. rate: frames per second of the video as it is played.
    tracker: of the job. It counts the frames that are read.
    """

    def __init__(self, source: SizedSource, rate: float, tracker: Tracker = SILENT) -> None:
        self.rate = rate
        self._tracker = tracker
        self._source = source
        self._found: dict[tuple[object, ...], Any] = {}
        self._others: dict[Path, tuple[Spool, float]] = {}

    def __len__(self) -> int:
        return len(self._source)

    def match(self, shortest: float, longest: float) -> Span:
        """The part whose end leads best into its beginning, of `shortest` to `longest` seconds.

        Raises ArgumentError if the video has no part of that length. See `best_loop`.
        """
        width = match_width(self._source.size, len(self._source), self.rate, longest)
        return self._search(
            ("match", shortest, longest),
            width,
            lambda small: best_loop(small, self.rate, shortest, longest, self._tracker),
        )

    def liveliest(self, count: int, band: Band, *, exactly: bool = False) -> Span:
        """The `count` consecutive frames with the most motion within a band of the picture.

        exactly: whether they are so many even if no scene is. See loop.motion.liveliest.
        """
        key = ("liveliest", count, band, exactly)
        if key not in self._found:
            self._found[key] = liveliest(self._small_part(None), count, band, exactly=exactly)
        found: Span = self._found[key]
        return found

    @property
    def size(self) -> tuple[int, int]:
        """The width and the height of the video in pixels."""
        return self._source.size

    def focus(self, part: Span | None, across: float, down: float) -> Point:
        """The middle of the window in which most moves in a part of the video (None: in all of it).

        across, down: the size of the window as fractions. See loop.motion.liveliest_window.
        """
        key = ("motion", part)
        if key not in self._found:
            frames = self._small_part(part)
            self._found[key] = motion_map(frames, (0, len(self)))
        return liveliest_window(self._found[key], across, down)

    def moving(self, part: Span | None) -> Moving:
        """What moves in a part of the video (None: in all of it)."""
        key = ("moving", part)
        if key not in self._found:
            self._found[key] = Moving(self._small_part(part), self.rate)
        found: Moving = self._found[key]
        return found

    def subject(self) -> Spool:
        """The mask of what moves in each frame, see `subject_masks`."""
        width = min(SUBJECT_WIDTH, self._source.size[0])
        return self._search(("subject",), width, subject_masks)

    def seen(self, what: ToSee, first: int, table: Table, *, cyclic: bool) -> SeenFrames:
        """What an effect has to see, as a function of the number of a loop's frame.

        first: the number of the frame with which the table of the loop begins.
        """
        if isinstance(what, Path):
            maps, rate = self._other(what)
            return OtherMap(maps, rate, len(table), self.rate, cyclic=cyclic)
        if what == "subject":
            return Seen(self.subject(), first, table, cyclic=cyclic)
        width = min(MAP_WIDTH, self._source.size[0])
        maps = self._search((what,), width, {"luma": luma_maps, "motion": motion_maps}[what])
        return OwnMap(maps, first, table, cyclic=cyclic)

    def _other(self, path: Path) -> tuple[Spool, float]:
        """The grey of another video, small, and its frames per second."""
        if path not in self._others:
            facts = Probe(path, tracker=self._tracker).facts()
            with closing(open_video(facts, fit=MAP_WIDTH, tracker=self._tracker)) as video:
                with self._tracker.stage(MATCHING, amount=len(video)):
                    maps = grey_maps(self._tracker.passing(video.frames()))
                self._others[path] = maps, float(video.rate)
        return self._others[path]

    def fitted(
        self, look: Look, names: Collection[str], part: Span | None, size: tuple[int, int]
    ) -> Look:
        """The look with the values of these settings that suit a part of the video (None: all).

        size: at which it is composed, width and height in pixels. Without any names, nothing is
        read.
        """
        if not names:
            return look
        count = part[1] - part[0] if part else len(self)
        return fitted(look, names, self.moving(part), count, size)

    def _small_part(self, part: Span | None) -> Iterator[Frame]:
        """Small frames of a part. Those of the whole video are read once, and set aside."""

        def set_aside(frames: Iterable[Frame]) -> Spool:
            spool = Spool(iter(frames))
            spool.fill()
            return spool

        spool = self._search(("small",), _MOTION_WIDTH, set_aside)
        first, stop = part or (0, spool.count)
        return (spool[number] for number in range(first, min(stop, spool.count)))

    def _search(
        self, key: tuple[object, ...], width: int, find: Callable[[Iterable[Frame]], Found]
    ) -> Found:
        """What is found in small frames of this width; by the key, if it was found before."""
        if key not in self._found:
            small = self._source.small(width)
            with self._tracker.stage(MATCHING, amount=len(self._source)):
                self._found[key] = find(self._tracker.passing(small))
        found: Found = self._found[key]
        return found
