"""Owns decoding: a video as upright frames with square pixels, at a constant rate and a given size.

Rotation, scaling, tone mapping and seeking happen inside ffmpeg, so only finished pixels cross the
pipe: each frame once, with its time. The constant rate is made here, by repeating frames that are
shown for longer and dropping those that are shown for shorter.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import count

import numpy as np

from ..errors import SourceError
from ..frames import Picture as Frame
from ..tracker import SILENT, Tracker
from .colours import Pixels
from .damage import MAX_GAP, damage_error, first_lost
from .decoding import Decoding
from .facts import TICK, Facts
from .failures import ended_by
from .filters import Cut, fields, frame_format, plain, scaled, upright
from .log import Log, why_failed
from .size import Framing
from .stabilize import Stabilizer

_MAX_RUNS = 100  # of ffmpeg for one pass through a video
_SLOWEST = 0.1  # seconds of a large video that a slow machine decodes in a second


class Video:
    """A video file as a sequence of frames, each (height, width, 3) uint8 RGB.

    Iterating decodes from the first frame; each iteration runs an ffmpeg of its own, so a Video
    can be iterated again. Close it, or use it in a `with` block, to end every ffmpeg it started.

    rate: frames per second. n_frames: how many there are, which is also its length.

    facts: of the video. framing: what of its picture is shown, and at which size. steady,
    deflicker: whether to stabilize the picture, and to even out its brightness. tracker: of the
    job.

    size: (width, height) of the frames in pixels.
    """

    def __init__(
        self,
        facts: Facts,
        framing: Framing,
        *,
        steady: bool = False,
        deflicker: bool = False,
        tracker: Tracker = SILENT,
    ) -> None:
        self._framing = framing
        self.size = framing.size  # width, height
        self.rate: Fraction = facts.rate
        self.n_frames = facts.n_frames
        self._facts = facts
        self._checked = False  # whether ffmpeg's complaints have led to a search for lost frames
        self._running: set[Decoding] = set()
        self._steady, self._deflicker = steady, deflicker
        self._tracker = tracker

    @property
    def kept(self) -> float:
        """The share of the picture's width and height that stabilization leaves, 0 to 1."""
        return self._stabilizer.kept if self._stabilizer else 1.0

    @cached_property
    def _stabilizer(self) -> Stabilizer | None:
        """What stabilizes or deflickers; made when first needed, as that may decode the video."""
        if not (self._steady or self._deflicker):
            return None
        if self._facts.parts and self._facts.leading:
            raise SourceError(
                f"{self._facts.path} is put together of {len(self._facts.parts)} parts by an edit"
                " list, between which no camera can be followed: convert it, or leave out --steady"
                " and --deflicker"
            )
        return Stabilizer(
            self._facts,
            lambda pixels, scale: [*fields(self._facts), *plain(pixels, scale)],
            self._framing.scaled,
            steady=self._steady,
            deflicker=self._deflicker,
            tracker=self._tracker,
        )

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    def __len__(self) -> int:
        return self.n_frames

    def __enter__(self) -> Video:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every ffmpeg that this video started, and remove its temporary files."""
        while self._running:
            self._running.pop().close()
        if stabilizer := self.__dict__.get("_stabilizer"):  # the property itself would make one
            stabilizer.close()

    def frames(
        self, first: int = 0, stop: int | None = None, crop: tuple[int, int, int, int] | None = None
    ) -> Iterator[Frame]:
        """Decode the frames `first` up to but not including `stop` (0-based; None: to the end).

        crop: (x, y, width, height) in pixels of the scaled picture; None for all of it.

        ffmpeg starts at once, before the first frame is asked for. Each frame is a new uint8 array
        (height, width, 3). One or two frames that are missing at the end are replaced by the last
        that decodes. Raises SourceError where more are missing, or ffmpeg fails half way.
        """
        indices = range(first, self.n_frames if stop is None else min(stop, self.n_frames))
        if not indices:
            return iter(())
        frames = self._decode(indices, crop)
        next(frames)  # starts ffmpeg, which ends when the generator is closed or garbage-collected
        return frames

    def _decode(self, indices: range, crop: tuple[int, int, int, int] | None) -> Iterator[Frame]:
        """Start ffmpeg and yield an empty array, and after that the frames at the constant rate.

        Wherever frames come whose pixels are to be read in another way, ffmpeg is started again,
        with other filters; also where another decoder is to be used.
        """
        pixels = self._facts.pixels
        for runs in count(1):
            facts, stop = self._facts_from(indices.start)
            until = range(indices.start, min(stop, indices.stop))
            seek, grace = self._seek(facts, indices.start), self._skip_seconds(facts, indices.start)
            filters = self._filters(pixels, crop, is_first=runs == 1)
            form = frame_format(pixels)
            with Decoding(facts, seek, filters, form, grace, self._tracker) as decoding:
                self._running.add(decoding)
                try:
                    if runs == 1:
                        yield np.empty(0, np.uint8)
                    index, pixels = yield from self._read(decoding, until, crop, pixels)
                finally:
                    self._running.discard(decoding)
            indices = range(index, indices.stop)
            if not indices:
                return
            if runs == _MAX_RUNS + len(self._facts.parts):
                raise SourceError(
                    f"{self._facts.path} changes its colours or its transparency over {_MAX_RUNS}"
                    " times: convert it"
                )

    def _facts_from(self, index: int) -> tuple[Facts, int]:
        """The facts with which to decode at an index, and the index up to which to use them: those
        of a part, or with another decoder.
        """
        if self._facts.parts and not self._stabilizer:
            begins = [part.due[0] for part in self._facts.parts]
            number = max(0, bisect_right(begins, self._begins(index) + TICK) - 1)
            stops = (self._facts.frame_at(at) for at in begins[number + 1 :])
            return self._facts.of_part(number), next(stops, self.n_frames)
        decoder = self._facts.decoder
        for at, other in self._facts.decoders:
            if (stop := self._facts.frame_at(at)) > index:
                break
            decoder = other
        else:
            stop = self.n_frames
        return replace(self._facts, decoder=decoder), stop

    def _read(
        self,
        decoding: Decoding,
        indices: range,
        crop: tuple[int, int, int, int] | None,
        pixels: Pixels,
    ) -> Generator[Frame, None, tuple[int, Pixels]]:
        """Yield the frames at the constant rate for as long as their pixels are these.

        Returns the index of the frame that is the next, and how its pixels are to be read.
        """
        width, height = crop[2:] if crop else self.size
        index, shown, shown_at, shown_pixels = indices.start, None, -math.inf, pixels
        last_due = self._due(indices.stop - 1)
        for at, frame in decoding.frames((height, width, 3)):
            self._check_glitches(decoding.ffmpeg.log)
            if shown is not None:
                stop = min(self._facts.frame_at(at), indices.stop)
                if stop > index and shown_pixels != pixels:
                    return index, shown_pixels
                yield from _repeated(shown, stop - index)
                index = max(index, stop)
            shown, shown_at, shown_pixels = frame, at, decoding.pixels
            if at > last_due - TICK:
                decoding.ffmpeg.end()
                decoding.ffmpeg.log.text()  # waits for complaints that are still to be read
                self._check_glitches(decoding.ffmpeg.log)
                break
        else:
            since = max(shown_at, self._due(index) - 2 * TICK)
            failed = decoding.failed_at()
            if failed and failed[1] != pixels and not self._times_between(since, failed[0]):
                # The filters could not take a frame whose pixels are to be read in another way.
                stop = min(self._facts.frame_at(failed[0]), indices.stop)
                if shown is not None:
                    yield from _repeated(shown, stop - index)
                return max(index, stop), failed[1]
            self._check_end(decoding, index, shown_at, last_due)
            if shown is None:
                shown = self._last_before(index, crop)
        if shown_pixels == pixels:
            yield from _repeated(shown, indices.stop - index)
            index = indices.stop
        return index, shown_pixels

    def small(self, width: int) -> Iterator[Frame]:
        """Decode all frames, `width` pixels wide and of the same shape."""
        small = type(self)(self._facts, self._framing.resized(width), tracker=self._tracker)
        small._stabilizer = self._stabilizer
        small._running = self._running  # so that they end with this video
        return small.frames()

    def _skip_seconds(self, facts: Facts, first: int) -> float:
        """The most seconds that ffmpeg may need to decode what comes before frame `first`.

        facts: those with which it is decoded.
        """
        if facts.seekable and not self._stabilizer:
            return 0.0
        before = facts.times[0] - facts.first + float(first / self.rate)
        return before / _SLOWEST

    def _due(self, index: int) -> float:
        """The time of the frame on display at `index`, in seconds after `facts.start`."""
        times = self._facts.times
        shown = bisect_right(times, index, key=self._facts.frame_at) - 1
        return times[max(shown, 0)]

    def _begins(self, index: int) -> float:
        """When the frame that is on display at `index` begins, in seconds after `facts.start`."""
        due = self._due(index)
        return self._facts.since if due == self._facts.times[0] else due

    def _seek(self, facts: Facts, first: int) -> float:
        """Where decoding must begin for frame `first` to come, in seconds after `facts.start`.

        facts: those with which it is decoded. Where the rate varies, the frame on display at that
        time may have begun long before.
        """
        if not facts.seekable or self._stabilizer:  # the stabilizer needs all frames before it too
            return 0.0
        return facts.seek_to(self._begins(first))

    def _filters(
        self, pixels: Pixels, crop: tuple[int, int, int, int] | None, *, is_first: bool
    ) -> list[str]:
        """ffmpeg's filters that make the video's frames of decoded ones with these pixels.

        is_first: whether all frames have these pixels, as far as is known.
        """
        scaled_size, part = self._framing.scaled, self._framing.within(crop)
        is_as_stored = scaled_size == self._facts.size and self._facts.pixel_aspect == 1
        can_cut = crop and part and is_as_stored and not self._stabilizer
        cut = Cut.around(part, scaled_size) if can_cut and part else None
        filters = upright(self._facts, pixels, scaled_size, cut)
        if self._stabilizer:
            filters = [
                *self._stabilizer.filters(pixels),
                scaled(scaled_size),
                "setsar=1",
                f"format={frame_format(pixels)}",
            ]
        if not is_first:
            filters = [*pixels.colours.assumed, *filters]
        if part and cut:
            filters += [cut.place(part)]
        elif part:
            x, y, *size = part
            filters += ["crop={}:{}:{}:{}".format(*size, x, y)]
        return filters

    def _check_end(self, decoding: Decoding, index: int, last: float, due: float) -> None:
        """Raise SourceError unless ffmpeg's frames stopped near the end of what is to be decoded.

        index: the frame at the constant rate from which on frames are missing. last: the time of
        the last decoded frame, or minus infinity. due: the time of the last frame that is to come.
        Times are in seconds after `facts.start`.
        """
        facts = self._facts
        since = max(last, self._due(index) - 2 * TICK)
        missing = self._times_between(since, due + 2 * TICK)
        index = max(index, facts.frame_at(last) + 1 if last > -math.inf else 0)
        status = decoding.ffmpeg.wait()
        log = decoding.ffmpeg.log.text()
        why, remedy = ended_by(status, log) or ("", "check the file")
        if status != 0:
            why = why or why_failed(status, log)
            raise SourceError(
                f"{facts.path} could not be read past frame {index} ({why}): {remedy}"
            )
        if missing and (index == 0 or len(missing) > MAX_GAP):
            lost = first_lost(facts, self._tracker)
            raise damage_error(facts, missing[0] if lost is None else lost, self._tracker)

    def _times_between(self, since: float, until: float) -> list[float]:
        """The times of the frames between two others, in seconds after `facts.start`."""
        return [at for at in self._facts.times if since + TICK < at < until - TICK]

    def _check_glitches(self, log: Log) -> None:
        """Raise SourceError if ffmpeg has complained and frames are lost.

        Shorter gaps (see `damage`) are bridged without a message.
        """
        if self._checked or not log:
            return
        lost = first_lost(self._facts, self._tracker)
        if lost is not None:
            raise damage_error(self._facts, lost, self._tracker)
        self._checked = True

    def _last_before(self, index: int, crop: tuple[int, int, int, int] | None) -> Frame:
        """The last frame before `index` that decodes."""
        return deque(self.frames(max(0, index - 1 - MAX_GAP), index, crop), maxlen=1)[0]


def _repeated(frame: Frame, count: int) -> Iterator[Frame]:
    """Yield the frame `count` times, each time as an array of its own."""
    for _ in range(count - 1):
        yield frame.copy()
    if count > 0:
        yield frame
