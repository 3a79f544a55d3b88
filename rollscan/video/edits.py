"""Owns the parts of a video that an edit list puts together: which of its frames each shows.

ffmpeg hands a decoder the packets of one part after those of another, as if nothing were between
them. Where groups of pictures are open, or keyframes do not begin the decoder anew, frames then
come in the wrong order. So each part is decoded by itself, without the edit list.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..tracker import Tracker
from .bounds import with_frame_limit
from .containers import WITHOUT_EDIT_LIST, one_file
from .facts import Clock
from .ffmpeg import start_ffmpeg
from .input import Input
from .leading import LeadingFrames
from .listing import flags_of, picture_listing
from .packets import HIDDEN, KEY

# Of keyframes with the same bytes, as many are tried for the beginning of a run. Which of them is
# taken does not matter to the picture, and a still video may have nothing else.
_MOST_PLACES = 50


@dataclass(frozen=True)
class _Packet:
    """A packet: when its frame is decoded and shown, in ticks; its flags; its size and checksum."""

    decoded: int
    shown: int
    flags: int
    content: tuple[bytes, bytes]


@dataclass(frozen=True)
class Edits:
    """The parts of a video, in turn, and what is needed to begin to decode at any of its frames.

    parts: clocks whose `shown` are the times of frames without the edit list; none of a video that
    is not put together. leading: the leading frames, as `LeadingFrames.seeks` has them, at those
    times where there are parts. delay: by how much decoding is ahead of showing, at most, in
    seconds.
    """

    parts: Sequence[Clock]
    leading: Sequence[tuple[float, float]]
    delay: float


def parts_of(source: Input, stream: str, due: Sequence[float], tracker: Tracker) -> Edits | None:
    """Find the parts of a video; None where its packets do not tell.

    due: the times at which its frames are shown, ascending, in seconds. stream: ffmpeg's specifier
    of it. tracker: of the job.
    """
    tick, film = _packets(source, stream, tracker, is_edited=False)
    _, edited = _packets(source, stream, tracker, is_edited=True)
    leading, parts, used = LeadingFrames(), list[Clock](), 0
    for packet in film:
        leading.take(packet.shown, is_key=bool(packet.flags & KEY))
    for shown in _shown_in_turn(film, edited):
        if shown is None or used + len(shown) > len(due):
            return None
        times = [float(time * tick) for time in shown]
        parts.append(Clock(times, due[used : used + len(shown)]))
        used += len(shown)
    if used < len(due):
        return None
    delay = max((packet.shown - packet.decoded for packet in film), default=0)
    return Edits(parts, leading.seeks(tick), float(delay * tick))


def _packets(
    source: Input, stream: str, tracker: Tracker, *, is_edited: bool
) -> tuple[Fraction, list[_Packet]]:
    """The time base of a stream, in seconds, and its packets in the order of decoding.

    is_edited: whether an edit list is applied; decoding times are then without meaning.
    """
    options = () if is_edited else WITHOUT_EDIT_LIST
    listing = picture_listing(stream, keeps_decoded=not is_edited)
    arguments = ["-v", "quiet", *options, *one_file(source.opened), *listing]
    tick, packets = Fraction(1), []
    with start_ffmpeg(arguments, source, stdout=subprocess.PIPE, tracker=tracker) as ffmpeg:
        for line in with_frame_limit(ffmpeg.lines(), source.path):
            if line.startswith(b"#tb 0: "):
                tick = Fraction(line[7:].decode())
            elif not line.startswith(b"#"):
                _, decoded, shown, _, size, checksum, *_ = line.strip().split(b",", 6)
                times = int(decoded), int(shown)
                packets.append(_Packet(*times, flags_of(line), (size, checksum)))
    return tick, packets


def _shown_in_turn(
    film: Sequence[_Packet], edited: Sequence[_Packet]
) -> Iterator[list[int] | None]:
    """Find the packets of an edited film in the film, run by run, each from a keyframe on.

    Yields, for each stretch of frames that are shown one after another in both, their times in the
    film, ascending; and None where there is no such packet.
    """
    places: dict[tuple[bytes, bytes], list[int]] = {}
    for place, packet in enumerate(film):
        if packet.flags & KEY:
            places.setdefault(packet.content, []).append(place)
    begin = 0
    while begin < len(edited):
        starts = places.get(edited[begin].content, [])[:_MOST_PLACES]
        counts = {at: _common(film, at, edited, begin) for at in starts}
        if not counts:
            yield None
            return
        at = max(counts, key=lambda at: counts[at])
        count = counts[at]
        run = zip(film[at : at + count], edited[begin : begin + count], strict=True)
        stretch: list[int] = []
        for time, is_hidden in sorted((f.shown, bool(e.flags & HIDDEN)) for f, e in run):
            if not is_hidden:
                stretch.append(time)
            elif stretch:
                yield stretch
                stretch = []
        if stretch:
            yield stretch
        begin += count


def _common(film: Sequence[_Packet], at: int, edited: Sequence[_Packet], begin: int) -> int:
    """How many packets from these indices on are the same."""
    count, most = 0, min(len(film) - at, len(edited) - begin)
    while count < most and film[at + count].content == edited[begin + count].content:
        count += 1
    return count
