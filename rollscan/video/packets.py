"""Owns the reading of ffmpeg's packet lists: when each is shown, how long, and if all are whole."""

from __future__ import annotations

import re
from fractions import Fraction

_FLAGS = re.compile(r"F=0x([0-9A-Fa-f]+)")
_CORRUPT = 2  # AV_PKT_FLAG_CORRUPT
_NO_TIME = -(2**63)  # AV_NOPTS_VALUE


def packet_spans(framecrc: str) -> tuple[dict[int, list[tuple[float, float]]], bool]:
    """For each stream, when each packet is shown and how long, in seconds; and if all are whole."""
    clock: dict[int, Fraction] = {}
    packets: dict[int, list[list[int]]] = {}
    cut: dict[int, bool] = {}  # whether the last packet is; broken ones on the way are not the end
    for line in framecrc.splitlines():
        if line.startswith("#tb"):
            number, tick = line[3:].split(":")
            clock[int(number)] = Fraction(tick.strip())
        elif not line.startswith("#"):
            stream, *ticks = (int(field) for field in line.split(",")[:4])
            packets.setdefault(stream, []).append(ticks)
            flags = _FLAGS.search(line)
            cut[stream] = bool(flags and int(flags[1], 16) & _CORRUPT)
    spans = {stream: _spans(packets[stream], clock[stream]) for stream in packets}
    return spans, not any(cut.values())


def _spans(packets: list[list[int]], tick: Fraction) -> list[tuple[float, float]]:
    """When each packet is shown and how long, in seconds, from its [decoded, shown, lasts] ticks.

    Where some have no time of their own (bare H.264, MPEG-PS), the times of decoding stand in for
    all of them: they are the same times, counted from another one, in another order.
    """
    first_decoded, first_shown, _ = packets[0]
    if any(shown == _NO_TIME for _, shown, _ in packets):
        later = -first_decoded if first_shown == _NO_TIME else first_shown - first_decoded
        packets = [[decoded, decoded + later, lasts] for decoded, _, lasts in packets]
    return [(float(shown * tick), float(lasts * tick)) for _, shown, lasts in packets]
