"""Owns the reading of ffmpeg's packet lists: when each is shown, how long, and if all are whole."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate, pairwise

_FLAGS = re.compile(rb"F=0x([0-9A-Fa-f]+)")
_KEY = 1  # AV_PKT_FLAG_KEY
_CORRUPT = 2  # AV_PKT_FLAG_CORRUPT
_HIDDEN = 4  # AV_PKT_FLAG_DISCARD: an edit list hides this packet; it is decoded and not shown
_NO_TIME = -(2**63)  # AV_NOPTS_VALUE
_REORDERED = 4  # frames that are decoded before one that is shown first, as encoders have them
_MOST_REORDERED = 16
_MOMENT = 1e-4  # seconds; longer than ffmpeg's rounding of printed times
_QUICK, _SLOW = Fraction(2, 100), Fraction(1, 10)  # seconds: of a GIF's delays
_NEVER = -(10**14)  # ticks; earlier than any packet is shown
_SHOWN, _DECODED = 0, 1  # the picture's streams in the list; of the others only the end counts


def listing(stream: str) -> list[str]:
    """ffmpeg's arguments to list every packet of a file, without decoding any.

    stream: the picture's. Where times of decoding go back (an edit list that repeats a part),
    ffmpeg changes the times of showing as well. So the picture is listed twice: with times of
    decoding so early that they never do, and with its own.
    """
    every = ("-map", "0", "-c", "copy", "-copy_unknown", "-copyinkf")
    return [
        *("-map", stream, "-map", stream, *every),
        *("-bsf:v:0", f"setts=dts=N+{10 * _NEVER}:pts=PTS", "-max_interleave_delta", "1000"),
        *("-map_metadata", "-1", "-f", "framecrc", "pipe:1"),
    ]


@dataclass
class Stream:
    """What is kept of the packets of one stream; times are in ticks."""

    tick: Fraction = Fraction(1)  # seconds
    kind: str = ""  # video, audio, ...
    codec: str = ""
    last_decoded: tuple[int, int] = (_NO_TIME, 0)  # when, and how long it lasts
    last_shown: tuple[int, int] = (_NO_TIME, 0)
    count: int = 0  # packets
    _last_flags: int = 0

    def describe(self, title: str, value: str) -> None:
        """Note what the head of the list says of the stream."""
        if title == "tb":
            self.tick = Fraction(value)
        elif title == "media_type":
            self.kind = value
        else:
            self.codec = value

    def take(self, decoded: int, shown: int, lasts: int, flags: int) -> None:
        """Note a packet."""
        self.last_decoded = max(self.last_decoded, (decoded, lasts))
        self.last_shown = max(self.last_shown, (shown, lasts))
        self._last_flags = flags
        self.count += 1

    @property
    def end(self) -> float:
        """When the last packet goes, in seconds, even where it is not shown."""
        at, lasts = self.last_shown
        if at == _NO_TIME:
            at, lasts = self.last_decoded
        return float((at + lasts) * self.tick)

    @property
    def whole(self) -> bool:
        """Whether the last packet is; broken ones on the way are not the end."""
        return not self._last_flags & _CORRUPT


@dataclass
class Picture:
    """The packets of the stream that is shown: 16 bytes for each one."""

    shown: Stream = field(default_factory=Stream)  # with the times at which packets are shown
    decoded: Stream = field(default_factory=Stream)
    untimed: bool = False  # whether some packets have no time of their own, nor does ffmpeg know it
    _guessed: bool = False  # whether some have none of their own
    interrupted: bool = False  # whether an edit list hides packets that come after others it shows
    in_parts: bool = False  # whether more that it shows come after those
    _first: tuple[int, int] | None = None  # decoded, shown, in ticks
    _hiding: bool = False  # whether a keyframe was hidden since the last packet that is shown
    _shown: array[int] = field(default_factory=lambda: array("q"))
    _decoded: array[int] = field(default_factory=lambda: array("q"))
    _lasts: array[int] = field(default_factory=lambda: array("q"))
    _parts: list[int] = field(default_factory=list)  # where they begin, among those that are shown
    _end: tuple[int, int] = (_NO_TIME, 0)  # of the packet shown last: when, and how long it lasts

    def take(self, number: int, decoded: int, shown: int, lasts: int, flags: int) -> None:
        """Note a packet of stream `number`, one of the two that are listed of the picture."""
        if number == _DECODED:
            self.decoded.take(decoded, shown, lasts, flags)
            self._first = self._first or (decoded, shown)
            self.untimed = self.untimed or shown == _NO_TIME
            self._decoded.append(decoded)
            return
        self.shown.take(decoded, shown, lasts, flags)
        if flags & _HIDDEN:
            self._hiding = self._hiding or bool(flags & _KEY)
            self.interrupted = self.interrupted or bool(self._shown)
            return
        self.in_parts = self.in_parts or self.interrupted
        if self._hiding:
            self._hiding = False
            self._parts.append(len(self._shown))
        self._guessed = self._guessed or shown < _NEVER
        self._shown.append(shown)
        self._lasts.append(lasts)
        self._end = max(self._end, (shown, lasts))

    def times(self) -> list[float]:
        """When each packet is shown, in seconds, ascending, no time twice.

        Where some have no time of their own (bare H.264, MPEG-PS), the times of decoding stand in
        for all of them: they are the same times, counted from another one, in another order.
        """
        tick = self.shown.tick
        if not (self.untimed or self._guessed):
            return [float(shown * tick) for shown in sorted(set(self._shown))]
        return [float((at + self._later) * tick) for at in sorted(set(self._decoded))]

    def delayed_times(self, first: float) -> tuple[list[float], float] | None:
        """When ffmpeg shows each frame where it takes times of decoding for those of showing.

        first: when it shows the first one, in seconds. So it does with AVI, where frames then come
        as much late as they are decoded before they are shown; that is the second value, in
        seconds. None where it does otherwise.
        """
        times = self.times()
        delay = bisect_left(times, first - _MOMENT)
        if not self.untimed or delay > _MOST_REORDERED or abs(times[delay] - first) > _MOMENT:
            return None
        step = times[-1] - times[-2] if len(times) > 1 else 0.0
        return [*times[delay:], *(times[-1] + k * step for k in range(1, delay + 1))], delay * step

    def browser_times(self) -> list[float] | None:
        """When browsers show each frame of a GIF; None where they show it as its delays say.

        They take a delay of 1/100 s, which hardly any means, for 1/10, as ffmpeg does with 0.
        """
        slow = round(_SLOW / self.shown.tick)
        lasts = [slow if last * self.shown.tick < _QUICK else last for last in self._lasts]
        if lasts == list(self._lasts):
            return None
        return [float(at * self.shown.tick) for at in accumulate(lasts, initial=0)]

    def closed_times(self) -> list[float] | None:
        """When the frames of an edit list's parts are due, and the end; None where ffmpeg is right.

        ffmpeg shows later parts as much later as frames are decoded before they are shown.
        """
        bounds = [*self._parts, len(self._shown)]
        parts = [sorted(self._shown[a:b]) for a, b in pairwise([0, *bounds]) if b > a]
        times, late, end, is_right = [], 0, None, True
        step = max(self._lasts, default=0)
        for part in parts:
            if end is not None and 0 < abs(part[0] - end) <= _REORDERED * step:
                late += part[0] - end
                is_right = False
            times += [at - late for at in part]
            end = part[-1] + step
        if is_right or len(set(times)) < len(times):
            return None
        return [float(at * self.shown.tick) for at in [*sorted(times), times[-1] + step]]

    @property
    def end(self) -> float:
        """When the packet shown last goes, in seconds.

        Not the latest of all ends: in MP4 a packet lasts until the next is decoded, which with
        B-frames is not the next one shown.
        """
        at, lasts = self._end
        if self.untimed or self._guessed:
            at, lasts = self.decoded.last_decoded
            at += self._later
        return float((at + lasts) * self.shown.tick)

    @property
    def _later(self) -> int:
        """Ticks from decoding to showing, where only some packets or none say when to show them."""
        assert self._first is not None
        decoded, shown = self._first
        return -decoded if shown == _NO_TIME else shown - decoded


@dataclass(frozen=True)
class Packets:
    """What a packet list says of a file."""

    picture: Picture
    streams: list[Stream]  # all of them, the picture too, which comes first, and second again

    @property
    def whole(self) -> bool:
        """Whether the last packet of each stream is."""
        return all(stream.whole for stream in self.streams)

    @property
    def sound(self) -> bool:
        """Whether the file has any."""
        return any(stream.kind == "audio" for stream in self.streams)

    def count(self, number: int) -> int:
        """How many packets stream `number` of the file has."""
        place = number + _DECODED + 1
        return self.streams[place].count if place < len(self.streams) else 0

    def end(self, otherwise: float) -> float:
        """When the last packet of all streams goes, in seconds; without packets, `otherwise`."""
        return max((stream.end for stream in self.streams if stream.count), default=otherwise)


def listed(lines: Iterable[bytes]) -> Packets:
    """What the lines of a packet list (see LISTING) say. Raises ValueError where it is none."""
    picture = Picture()
    streams: dict[int, Stream] = {_SHOWN: picture.shown, _DECODED: picture.decoded}
    for line in lines:
        if line.startswith(b"#"):
            name, _, value = line[1:].decode(errors="replace").partition(": ")
            title, _, number = name.partition(" ")
            if title in ("tb", "media_type", "codec_id"):
                stream = streams.setdefault(int(number), Stream())
                stream.describe(title, value.strip())
            continue
        number_, decoded, shown, lasts = map(int, line.split(b",", 4)[:4])
        found = _FLAGS.search(line)
        flags = int(found[1], 16) if found else 0
        if number_ in (_SHOWN, _DECODED):
            picture.take(number_, decoded, shown, lasts, flags)
        else:
            if number_ not in streams:
                raise ValueError(f"stream {number_} is not announced")
            streams[number_].take(decoded, shown, lasts, flags)
    return Packets(picture, [*streams.values()])
