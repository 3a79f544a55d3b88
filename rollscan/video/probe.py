"""Owns what is known of a video before decoding it: size, rate, and the time of every frame.

One ffmpeg process answers: its `showinfo` filter describes the first frame as decoded (after
rotation), and a stream copy to `framecrc` lists the time of every packet without decoding any.
So containers that lie (no duration, audio longer than the picture, variable rate) do no harm.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from ..checks import Seconds, check_path, in_seconds
from ..errors import ArgumentError, SourceError
from ..tracker import SILENT, Tracker
from .bounds import check_video, with_frame_limit
from .colours import Colours
from .containers import one_file, trim
from .description import Description, FirstFrame, Track
from .diagnose import RequestedPart
from .facts import TICK, Clock, Facts, constant_rate
from .ffmpeg import PICTURE, ended_by, ffmpeg, start_ffmpeg
from .input import Input
from .packets import Packets, Picture, listed, listing

# ffmpeg's own VP8 and VP9 decoders drop the transparency that libvpx keeps.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

_HAIR = 1e-3  # of a frame
_ALPHA_FORMAT = re.compile(r"yuva|gbra|ya\d|rgba|bgra|argb|abgr|ayuv|vuya|pal8")

# Containers with an index of keyframes. In others (MPEG-TS) ffmpeg seeks to any frame, and those
# before the next keyframe are lost.
_SEEKABLE = {"mov", "matroska", "avi", "gif"}


class Probe:
    """A question to ffmpeg under way; `facts()` waits for the answer. The time between is free."""

    def __init__(
        self,
        path: str | os.PathLike[str] | Input,
        start: Seconds = 0,
        end: Seconds | None = None,
        stream: str = PICTURE,
        tracker: Tracker = SILENT,
    ) -> None:
        self._tracker = tracker
        if not isinstance(path, Input):
            check_path("path", path)
        self._start = in_seconds("start", start)
        self._limit = None if end is None else in_seconds("end", end) - self._start
        if self._limit is not None and self._limit <= 0:
            raise ArgumentError(
                f"end is {end}, not after start {start}: give a later end", "end", "start"
            )
        self._input = path if isinstance(path, Input) else Input.of(path)
        self._requested = RequestedPart(
            self._input.path, self._input.opened, self._start, self._limit
        )
        self._stream = stream  # the picture's, in ffmpeg's words
        self._described = Description()
        self._ffmpeg = start_ffmpeg(
            [
                "-nostats",
                *trim(self._start, self._limit),
                *one_file(self._input.opened),
                *("-map", stream, "-frames:v", "1", "-vf", self._described.filter),
                *("-map_metadata", "-1", "-f", "null", "-"),
                *listing(stream),
            ],
            self._input,
            stdout=subprocess.PIPE,
            note=self._described.note,
            tracker=tracker,
        )

    def facts(self) -> Facts:
        """What ffmpeg found. Raises SourceError, with the reason, where there is no video.

        Raises LimitError, a SourceError too, where the video is over a limit.
        """
        facts = self._facts()
        check_video(facts)
        return facts

    def _facts(self) -> Facts:
        path = self._input.path
        try:
            try:
                packets = listed(with_frame_limit(self._ffmpeg.lines(), path))
            except ValueError as error:
                raise SourceError(
                    f"{self._input.path} could not be looked at, what {ffmpeg()} says is no list of"
                    " packets: let IMAGEIO_FFMPEG_EXE name an ffmpeg, or unset it"
                ) from error
            status = self._ffmpeg.wait()
            said = self._ffmpeg.log.text()
        finally:
            self.close()
        if self._ffmpeg.log.flooded:
            raise self._requested.too_many_tags_error()
        if ended := ended_by(status, said):
            cause, remedy = ended
            raise SourceError(f"{self._input.path} could not be looked at ({cause}): {remedy}")
        if (better := self._better_stream(packets)) is not None:
            start, limit = self._start, self._limit
            end = None if limit is None else start + limit
            return self._again(start, end, better)
        container, picture = self._described.container, packets.picture
        # Where times are guessed from the first packet on (AVI with B-frames), seeking shifts them;
        # where parts repeat, they are in no order.
        due = picture.browser_times() if container == "gif" else picture.closed_times()
        delayed = container == "avi" and picture.untimed
        is_part = self._start > 0 or self._limit is not None
        # ffmpeg stops at what is hidden, and counts by its own clock.
        if is_part and (picture.interrupted or container == "gif" or delayed):
            return self._part_of(self._again())
        seekable = container in _SEEKABLE and not (picture.untimed or picture.in_parts or due)
        if self._start > 0 and container and not seekable:
            end = None if self._limit is None else self._start + self._limit
            return self._part_of(self._again(0, end))
        try:
            if self._described.frame is None:
                raise self._requested.no_video_error(said, self._described.duration)
            facts = self._found(said, self._described.frame, packets, due, seekable=seekable)
        except SourceError:
            undecoded = self._described.frame is None and max(picture.times(), default=-1) > -TICK
            if undecoded or not (container and is_part):
                raise
            with suppress(SourceError):  # what the part lacks may be a frame that stands still
                return self._part_of(self._again())
            raise
        if self._stands_still(facts):
            with suppress(SourceError):
                return self._part_of(self._again())
        return facts

    def _track(self) -> Track | None:
        """The sound that the file calls its default, or its first."""
        sounds = self._described.sounds
        return max(sounds, key=lambda sound: sound.is_default, default=None)

    def _again(
        self, start: Seconds = 0, end: Seconds | None = None, stream: str | None = None
    ) -> Facts:
        """What ffmpeg finds of another part, or of another stream."""
        return Probe(self._input, start, end, stream or self._stream, self._tracker).facts()

    def _better_stream(self, packets: Packets) -> str | None:
        """Another stream than the first, where it is the film: in ffmpeg's words.

        That is what the file calls its default, the largest of several; but none of a single
        picture (the still one of an AVIF) where another has more.
        """
        films = self._described.films
        if self._stream != PICTURE or len(films) < 2:
            return None
        moving = [film for film in films if packets.count(film.number) > 1] or films
        best = max(moving, key=lambda film: (film.is_default, film.pixels))
        return None if best == films[0] else f"0:{best.number}"

    def _stands_still(self, facts: Facts) -> bool:
        """Whether frames from outside the part matter to it: one on display, or the next one."""
        step = float(1 / facts.rate) - TICK
        late = self._start > 0 and facts.times[0] > step
        return late or (self._limit is not None and facts.end < self._limit - step)

    def _found(
        self,
        said: str,
        frame: FirstFrame,
        packets: Packets,
        due: list[float] | None,
        *,
        seekable: bool,
    ) -> Facts:
        """The facts, from what ffmpeg said of the first frame and of every packet.

        due: when the frames are, and the end, where that is not when ffmpeg shows them.
        """
        described, picture = self._described, packets.picture
        colours = Colours.of(described.colours, frame.pixel_format, frame.size)
        if colours.is_unsupported:
            raise self._requested.matrix_error(colours.matrix)
        first = None if frame.pts is None else float(frame.pts * (described.tick or 0))
        times, end = self._span(picture, first)
        clock = None
        if described.container == "avi" and (delayed := picture.delayed_times(times[0])):
            shown, late = delayed
            due = [at - late for at in [*shown, shown[-1] + end - times[-1]]]
            times = array("d", shown)
        if due:
            clock = Clock(times if len(times) == len(due) - 1 else (), array("d", due[:-1]))
            times, end = clock.due, due[-1]
        self._requested.check_end(said, described, packets.whole, packets.end(otherwise=end))
        rate = constant_rate(times, max(end - times[0], TICK), described.rate)
        self._requested.check_clock(described.duration, times, end, rate)
        self._requested.check_holes(said, times, rate)
        decoder = _ALPHA_DECODERS.get(picture.shown.codec) if described.alpha_mode else None
        return Facts(
            input=self._input,
            size=frame.size,
            pixel_aspect=frame.pixel_aspect or Fraction(1),
            rate=rate,
            times=times,
            first=times[0] if first is None else first,
            end=end,
            colours=colours,
            interlaced=frame.interlaced or described.fields,
            alpha=bool(decoder) or _ALPHA_FORMAT.match(frame.pixel_format) is not None,
            decoder=decoder,
            start=self._start,
            limit=self._limit,
            seekable=seekable,
            sound=packets.sound,
            stream=self._stream,
            clock=clock,
            track=self._track(),
        )

    def _span(self, picture: Picture, first: float | None) -> tuple[Sequence[float], float]:
        """When each frame that decodes is shown, and when the last one goes; see Facts.

        first: when the first one is, where it says so.
        """
        shown = picture.times()
        if first is None:
            first = min(shown[:1], default=0.0)
        limit = math.inf if self._limit is None else self._limit
        if first > limit - TICK:
            raise self._requested.no_frame_error()
        # AVI with B-frames tells times of decoding alone; ffmpeg shows its first frame later.
        later = max(first - shown[0], 0.0) if picture.untimed else 0.0
        # Decoding order brings some frames from beyond the limit.
        times = array("d", (at + later for at in shown if first - TICK < at + later < limit - TICK))
        end = picture.end + later if shown else first
        return times or array("d", [first]), min(end, limit)

    def _part_of(self, whole: Facts) -> Facts:
        """The facts of the part that was asked for, from those of the video from its beginning on.

        Where a frame stands still at the start, the part begins with it.
        """
        begin = self._start
        end = whole.end if self._limit is None else min(whole.end, begin + self._limit)
        before = [at for at in whole.times if at <= begin - TICK]
        times = array("d", (at for at in whole.times if begin - TICK < at < end - TICK))
        since = times[0] if times else begin
        until = times[0] if times else end
        if before and (until - begin) * whole.rate >= 1 - _HAIR:
            times.insert(0, begin)
            since = before[-1]
        if not times:
            raise self._requested.no_frame_error()
        return replace(whole, times=times, end=end, since=since)

    def close(self) -> None:
        """End ffmpeg if it still runs."""
        self._ffmpeg.end()
