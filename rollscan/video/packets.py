"""Owns what a file's packets tell: when frames are shown, what is hidden, and where all ends."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise
from statistics import median

from .leading import LeadingFrames
from .outliers import is_disordered, repaired

KEY = 1  # AV_PKT_FLAG_KEY
_CORRUPT = 2  # AV_PKT_FLAG_CORRUPT
HIDDEN = 4  # AV_PKT_FLAG_DISCARD: an edit list hides this packet; it is decoded and not shown
_NO_TIME = -(2**63)  # AV_NOPTS_VALUE
_REORDERED = 4  # frames: how far decoding is ahead of presentation, at most, with usual encoders
_MAX_REORDERED = 16  # frames: the same, with any encoder
_TOLERANCE = 1e-4  # seconds; longer than ffmpeg's rounding of printed times
_QUICK, _SLOW = Fraction(2, 100), Fraction(1, 10)  # seconds: browsers show shorter delays as _SLOW
# Frames of one and the same time, at most: clocks in milliseconds give as many to 4,000 a second.
_MOST_AT_ONCE = 4
NEVER = -(10**14)  # ticks; earlier than any presentation time
# The first two streams of the list are the picture's. Of the others only the end matters.
SHOWN, DECODED = 0, 1


@dataclass
class Stream:
    """A summary of the packets of one stream; times are in ticks."""

    tick: Fraction = Fraction(1)  # the stream's time base, in seconds
    kind: str = ""  # video, audio, ...
    codec: str = ""
    last_decoded: tuple[int, int] = (_NO_TIME, 0)  # the latest decoding time, and the duration
    last_shown: tuple[int, int] = (_NO_TIME, 0)  # the latest presentation time, and the duration
    count: int = 0  # packets
    _last_flags: int = 0

    def describe(self, title: str, value: str) -> None:
        """Note a field of the list's header that is about the stream."""
        if title == "tb":
            self.tick = Fraction(value)
        elif title == "media_type":
            self.kind = value
        else:
            self.codec = value

    def take(self, decoded: int, shown: int, duration: int, flags: int) -> None:
        """Note a packet: its decoding time, presentation time, duration and flags."""
        self.last_decoded = max(self.last_decoded, (decoded, duration))
        self.last_shown = max(self.last_shown, (shown, duration))
        self._last_flags = flags
        self.count += 1

    @property
    def end(self) -> float:
        """When the last packet ends, in seconds, even if an edit list hides it."""
        at, duration = self.last_shown
        if at == _NO_TIME:
            at, duration = self.last_decoded
        return float((at + duration) * self.tick)

    @property
    def decoded_end(self) -> float:
        """When decoding of the last packet ends, in seconds: none that comes before is missing."""
        at, duration = self.last_decoded
        return float((at + duration) * self.tick)

    @property
    def is_intact(self) -> bool:
        """Whether the last packet is intact. Corrupt packets before it do not count."""
        return not self._last_flags & _CORRUPT


@dataclass
class Picture:
    """The packets of the video stream, which is listed twice (see `listing`).

    shown, decoded: the two listings. untimed: whether some packets have no presentation time, not
    even a guessed one. interrupted: whether an edit list hides packets that follow ones it shows.
    in_parts: whether it shows further packets after those. alpha: whether packets have transparency
    beside them (WebM), each time with the presentation time, in ticks, of the keyframe from which
    on that is so. leading: the leading frames.
    """

    shown: Stream = field(default_factory=Stream)
    decoded: Stream = field(default_factory=Stream)
    untimed: bool = False
    _guessed: bool = False  # whether some presentation times are ffmpeg's guesses
    interrupted: bool = False
    in_parts: bool = False
    alpha: list[tuple[int, bool]] = field(default_factory=list)
    leading: LeadingFrames = field(default_factory=LeadingFrames)
    _delay: int = 0  # ticks
    _first: tuple[int, int] | None = None  # decoding and presentation time of the first, in ticks
    _hiding: bool = False  # whether a keyframe was hidden since the last packet that is shown
    _is_cut: bool = False  # whether a packet was hidden since a part last began
    # Presentation times, decoding times and durations, in ticks. Arrays take 8 bytes a packet.
    _shown: array[int] = field(default_factory=lambda: array("q"))
    _decoded: array[int] = field(default_factory=lambda: array("q"))
    _durations: array[int] = field(default_factory=lambda: array("q"))
    _parts: list[int] = field(default_factory=list)  # indices in `_shown` where parts begin
    _end: tuple[int, int] = (_NO_TIME, 0)  # the packet shown last: its time and its duration

    def take(
        self,
        number: int,
        decoded: int,
        shown: int,
        duration: int,
        flags: int,
        *,
        size: int,
        alpha: bool,
    ) -> None:
        """Note a packet of one of the two listings, by the number of its stream in the list.

        decoded, shown, duration, flags: as in `Stream.take`. size: in bytes; 0 stands for a frame
        that was dropped: the one before it stays on display. alpha: whether the packet has
        transparency beside it.
        """
        if number == DECODED:
            self.decoded.take(decoded, shown, duration, flags)
            self._first = self._first or (decoded, shown)
            self.untimed = self.untimed or shown == _NO_TIME
            self._delay = max(self._delay, shown - decoded)
            if size:
                self._decoded.append(decoded)
            return
        self.shown.take(decoded, shown, duration, flags)
        if not size:
            self._end = max(self._end, (shown, duration))
            return
        self.leading.take(shown, is_key=bool(flags & KEY))
        if flags & HIDDEN:
            self._hiding = self._hiding or bool(flags & KEY)
            self.interrupted = self.interrupted or bool(self._shown)
            self._is_cut = bool(self._shown)
            return
        self.in_parts = self.in_parts or self.interrupted
        # A part that begins at a keyframe hides none, and may begin before the one before it ends.
        goes_back = self.interrupted and shown <= self._end[0]
        if self._hiding or (flags & KEY and (self._is_cut or goes_back)):
            self._hiding = self._is_cut = False
            self._parts.append(len(self._shown))
        self._guessed = self._guessed or shown < NEVER
        if flags & KEY and (not self.alpha or self.alpha[-1][1] != alpha):
            self.alpha.append((shown, alpha))
        self._shown.append(shown)
        self._durations.append(duration)
        self._end = max(self._end, (shown, duration))

    def times(self) -> list[float]:
        """The presentation times of the packets, in seconds, ascending and without duplicates.

        Where some packets have none (raw H.264, MPEG-PS), all are derived from the decoding times,
        which are the same times in another order, with a constant offset.
        """
        tick = self.shown.tick
        if not (self.untimed or self._guessed):
            return [float(shown * tick) for shown in sorted(set(self._shown))]
        return [float((at + self._offset) * tick) for at in sorted(set(self._decoded))]

    @property
    def delay(self) -> float:
        """By how much decoding is ahead of showing, at most, in seconds."""
        return float(self._delay * self.shown.tick)

    def delayed_times(self, first: float) -> tuple[list[float], float] | None:
        """The times at which ffmpeg shows the frames of an AVI, and how late these are, or None.

        ffmpeg takes an AVI's decoding times for presentation times, so that frames come late by the
        delay between decoding and showing. Both values are in seconds. None means that ffmpeg's
        times are no such times.

        first: the time at which ffmpeg shows the first frame, in seconds.
        """
        times = self.times()
        delay = bisect_left(times, first - _TOLERANCE)
        if not self.untimed or delay > _MAX_REORDERED or abs(times[delay] - first) > _TOLERANCE:
            return None
        step = times[-1] - times[-2] if len(times) > 1 else 0.0
        return [*times[delay:], *(times[-1] + k * step for k in range(1, delay + 1))], delay * step

    def browser_times(self) -> list[float] | None:
        """The times at which browsers show the frames of a GIF, and the end, in seconds.

        None where browsers keep to the file's delays. They play a delay of 1/100 s, which is hardly
        ever meant, as 1/10 s; ffmpeg does the same with a delay of 0.
        """
        slow = round(_SLOW / self.shown.tick)
        played = [slow if ticks * self.shown.tick < _QUICK else ticks for ticks in self._durations]
        if played == list(self._durations):
            return None
        return [float(at * self.shown.tick) for at in accumulate(played, initial=0)]

    def closed_times(self) -> list[float] | None:
        """The right times of the frames that an edit list shows, and the end, in seconds.

        None where there is one part, or ffmpeg's times are right. ffmpeg shows each further part
        too late or too early, by the delay between decoding and showing; here the gaps that this
        leaves between parts are closed.
        """
        bounds = [*self._parts, len(self._shown)]
        parts = [sorted(self._shown[a:b]) for a, b in pairwise([0, *bounds]) if b > a]
        times, delay, end, is_right = [], 0, None, True
        step = max(self._durations, default=0)
        for part in parts:
            if end is not None and 0 < abs(part[0] - end) <= _REORDERED * step:
                delay += part[0] - end
                is_right = False
            times += [at - delay for at in part]
            end = part[-1] + step
        if is_right or len(set(times)) < len(times):
            return None
        return [float(at * self.shown.tick) for at in [*sorted(times), times[-1] + step]]

    @property
    def is_disordered(self) -> bool:
        """Whether presentation times go back farther than decoding and edit lists explain."""
        return not self._is_derived and is_disordered(self._shown)

    @property
    def stands_still(self) -> bool:
        """Whether so many frames have one and the same time that the clock must have stopped."""
        most = max(Counter(self._shown).values(), default=0)
        return not self._is_derived and most > _MOST_AT_ONCE

    @property
    def _is_derived(self) -> bool:
        """Whether the times of frames are not, or not all, the presentation times of packets."""
        return self.untimed or self._guessed or self.interrupted or self.in_parts

    def repaired_times(self) -> list[float] | None:
        """The times of all frames, without outliers, and the end, in seconds; None where there are
        no outliers. ffmpeg shows the frames in this order, at times of which some are wrong.
        """
        times = None if self._is_derived else repaired(self._shown)
        if times is None:
            return None
        last = median(b - a for a, b in pairwise(times))
        return [float(at * self.shown.tick) for at in (*times, times[-1] + last)]

    @property
    def end(self) -> float:
        """When the packet that is shown last ends, in seconds.

        This is not the latest end of all packets: in MP4 the duration of a packet is the step to
        the next one in decoding order, which with B-frames is not the next one shown.
        """
        at, duration = self._end
        if self.untimed or self._guessed:
            at, duration = self.decoded.last_decoded
            at += self._offset
        return float((at + duration) * self.shown.tick)

    @property
    def _offset(self) -> int:
        """Ticks to add to decoding times where presentation times are missing."""
        assert self._first is not None
        decoded, shown = self._first
        return -decoded if shown == _NO_TIME else shown - decoded


@dataclass(frozen=True)
class Packets:
    """The packets of a file, as `listing` has them listed.

    streams: all that are listed. The first two are the two listings of the picture.
    """

    picture: Picture
    streams: list[Stream]

    @property
    def is_intact(self) -> bool:
        """Whether the last packet of each stream is intact."""
        return all(stream.is_intact for stream in self.streams)

    def reach(self, limit: float) -> bool:
        """Whether all packets of the picture and of sound were there up to a time in seconds."""
        heard = [stream for stream in self.streams if stream.kind == "audio"]
        ends = (stream.decoded_end for stream in (self.picture.decoded, *heard))
        return all(end > limit - _TOLERANCE for end in ends)

    @property
    def sound(self) -> bool:
        """Whether the file has sound."""
        return any(stream.kind == "audio" for stream in self.streams)

    def count(self, number: int) -> int:
        """How many packets stream `number` (0-based) of the file has."""
        index = number + DECODED + 1
        return self.streams[index].count if index < len(self.streams) else 0

    def end(self, otherwise: float) -> float:
        """When the last packet of all streams ends, in seconds; `otherwise` if there is none."""
        return max((stream.end for stream in self.streams if stream.count), default=otherwise)
