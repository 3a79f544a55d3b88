"""Owns the reading of ffmpeg's packet lists: when each is shown, how long, and if all are whole."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

_FLAGS = re.compile(rb"F=0x([0-9A-Fa-f]+)")
_CORRUPT = 2  # AV_PKT_FLAG_CORRUPT
_NO_TIME = -(2**63)  # AV_NOPTS_VALUE
_PICTURE = 0  # the stream whose every packet counts; of the others only the end does


@dataclass
class Stream:
    """The packets of one stream: 16 bytes for each one of the picture, none for the others."""

    tick: Fraction = Fraction(1)  # seconds
    untimed: bool = False  # whether some packets have no time of their own
    _first: tuple[int, int] | None = None  # decoded, shown, in ticks
    _last_decoded: tuple[int, int] = (_NO_TIME, 0)  # when, and how long it lasts
    _last_shown: tuple[int, int] = (_NO_TIME, 0)
    _decoded: array[int] = field(default_factory=lambda: array("q"))
    _shown: array[int] = field(default_factory=lambda: array("q"))
    _last_line: bytes = b""

    def take(self, line: bytes, *, every: bool) -> None:
        """Note the packet that a line describes; every: its times too."""
        _, *ticks = line.split(b",", 4)[:4]
        decoded, shown, lasts = map(int, ticks)
        self._first = self._first or (decoded, shown)
        self.untimed = self.untimed or shown == _NO_TIME
        self._last_decoded = max(self._last_decoded, (decoded, lasts))
        self._last_shown = max(self._last_shown, (shown, lasts))
        self._last_line = line
        if every:
            self._decoded.append(decoded)
            self._shown.append(shown)

    def times(self) -> list[float]:
        """When each packet is shown, in seconds, ascending, no time twice.

        Where some have no time of their own (bare H.264, MPEG-PS), the times of decoding stand in
        for all of them: they are the same times, counted from another one, in another order.
        """
        if not self.untimed:
            return [float(shown * self.tick) for shown in sorted(set(self._shown))]
        return [float((at + self._later) * self.tick) for at in sorted(set(self._decoded))]

    @property
    def end(self) -> float:
        """When the packet shown last goes, in seconds.

        Not the latest of all ends: in MP4 a packet lasts until the next is decoded, which with
        B-frames is not the next one shown.
        """
        at, lasts = self._last_shown
        if self.untimed:
            at, lasts = self._last_decoded
            at += self._later
        return float((at + lasts) * self.tick)

    @property
    def whole(self) -> bool:
        """Whether the last packet is; broken ones on the way are not the end."""
        flags = _FLAGS.search(self._last_line)
        return not (flags and int(flags[1], 16) & _CORRUPT)

    @property
    def _later(self) -> int:
        """Ticks from decoding to showing, where only some packets or none say when to show them."""
        assert self._first is not None
        decoded, shown = self._first
        return -decoded if shown == _NO_TIME else shown - decoded


def listed(framecrc: Iterable[bytes]) -> dict[int, Stream]:
    """The streams that have packets, by their number, from the lines of a packet list.

    Raises ValueError for lines that are no such list.
    """
    ticks: dict[int, Fraction] = {}
    streams: dict[int, Stream] = {}
    for line in framecrc:
        if line.startswith(b"#tb"):
            number, tick = line[3:].decode().split(":")
            ticks[int(number)] = Fraction(tick.strip())
        elif not line.startswith(b"#"):
            number_ = int(line[: line.index(b",")])
            if number_ not in streams:
                if number_ not in ticks:
                    raise ValueError(f"stream {number_} is not announced")
                streams[number_] = Stream(ticks[number_])
            streams[number_].take(line, every=number_ == _PICTURE)
    return streams
