"""Owns the probing of a video before it is decoded: its size, its rate and all its frames' times.

One ffmpeg process does both: its `showinfo` filter describes the first frame as decoded (after
rotation), and a stream copy to `framecrc` lists the time of every packet without decoding any.
So a container's wrong or missing header (no duration, audio longer than the picture, variable
rate) does no harm.
"""

from __future__ import annotations

import math
import os
import subprocess
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ..checks import Seconds, check_path, in_seconds
from ..errors import ArgumentError, SourceError
from ..tracker import SILENT, Tracker
from .bounds import check_video, with_frame_limit
from .colours import Pixels, is_deep
from .containers import one_file, trim
from .description import Description, FirstFrame
from .diagnose import RequestedPart
from .edits import Edits, parts_of
from .facts import TICK, Facts, constant_rate
from .failures import ended_by
from .ffmpeg import PICTURE, ffmpeg, start_ffmpeg
from .input import Input
from .listing import NO_PICTURE, PICTURE_UNITS, frame_listing, listing, parse_listing
from .packets import Packets
from .sequence import is_sequence
from .timing import Timing, repaired_timing, timing_of

if TYPE_CHECKING:
    from .picture_probe import PictureProbe

# ffmpeg's own VP8 and VP9 decoders drop the transparency, which libvpx keeps.
ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}

_ROUNDING = 1e-3  # frames
_TRIALS, _TRIAL_STEP = 4, 0.5  # frames, seconds

# Containers with an index of keyframes. In others (MPEG-TS) ffmpeg seeks to any frame, so that the
# frames before the next keyframe do not decode.
_SEEKABLE = {"mov", "matroska", "avi", "gif"}
_SEVERAL_FRAMES_A_PACKET = {"jpegxl_anim"}


@dataclass(frozen=True)
class Manner:
    """How to look at a file, where its first listing tells that another is needed.

    codec: of a bare stream, such as "h264", where its packets without a picture are to be passed
    over. lists_frames: whether to decode the whole stream for the times of its frames, as its
    packets do not tell them. checks_clock: whether a frame that is shown for too long is an error.
    is_trial: whether only an end is tried, for an error about the file.
    """

    codec: str = ""
    lists_frames: bool = False
    checks_clock: bool = True
    is_trial: bool = False

    def listing(self, stream: str) -> list[str]:
        """ffmpeg's arguments that list the packets, or the frames; stream: as in `listing`."""
        return frame_listing(stream) if self.lists_frames else listing(stream, self.codec)


def probe_of(
    path: str | os.PathLike[str] | Input,
    start: Seconds = 0,
    end: Seconds | None = None,
    *,
    source_fps: float | None = None,
    tracker: Tracker = SILENT,
) -> Probe | PictureProbe:
    """What finds the facts about a video: a file, or pictures that a folder or a pattern names.

    source_fps: pictures per second, default 25. The other parameters are those of Probe, and so is
    what is raised. Raises ArgumentError for `source_fps` with a file, which has a rate of its own.
    """
    if not isinstance(path, Input):
        check_path("path", path)
    name = path.path if isinstance(path, Input) else path
    if is_sequence(name):
        from .picture_probe import PictureProbe  # imports NumPy

        return PictureProbe(Path(name), start, end, source_fps, tracker)
    if source_fps is not None:
        raise ArgumentError(
            f"source_fps is {source_fps:g}, and {name} is no folder or pattern of pictures, but has"
            " a rate of its own: leave --source-fps out, or change the rate with --speed",
            "source_fps",
        )
    return Probe(path, start, end, tracker=tracker)


class Probe:
    """An ffmpeg that looks at a video in the background, until `facts()` waits for the result.

    path: of the video, or its Input. start, end: the part that is wanted, in seconds from the
    file's beginning or as text such as "1:30"; None is the end of the video. stream: ffmpeg's
    specifier of the video stream. tracker: of the job. manner: how to look at the file.
    Raises ArgumentError where `end` is not after `start`, SourceError where the file cannot be
    read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | Input,
        start: Seconds = 0,
        end: Seconds | None = None,
        stream: str = PICTURE,
        tracker: Tracker = SILENT,
        manner: Manner | None = None,
    ) -> None:
        self._tracker = tracker
        self._manner = manner or Manner()
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
        self._stream = stream
        self._description = Description()
        self._ffmpeg = start_ffmpeg(
            [
                "-nostats",
                *trim(self._start, self._limit),
                *one_file(self._input.opened),
                *("-map", stream, "-frames:v", "1", "-vf", self._description.filter),
                *("-map_metadata", "-1", "-f", "null", "-"),
                *self._manner.listing(stream),
            ],
            self._input,
            stdout=subprocess.PIPE,
            note=self._description.note,
            tracker=tracker,
        )

    def facts(self) -> Facts:
        """Wait for ffmpeg, and return the facts about the video.

        Raises SourceError, with the cause, where there is no video that can be read, and
        LimitError, which is a SourceError, where it exceeds a limit.
        """
        facts = self._facts()
        check_video(facts)
        return facts

    def _listed(self) -> tuple[Packets, str]:
        """Wait for ffmpeg, and return the file's packets and ffmpeg's log."""
        path = self._input.path
        try:
            try:
                packets = parse_listing(with_frame_limit(self._ffmpeg.lines(), path))
            except ValueError as error:
                raise SourceError(
                    f"{path} could not be looked at, what {ffmpeg()} says is no list of"
                    " packets: let IMAGEIO_FFMPEG_EXE name an ffmpeg, or unset it"
                ) from error
            status = self._ffmpeg.wait()
            log = self._ffmpeg.log.text()
        finally:
            self.close()
        if self._ffmpeg.log.flooded:
            raise self._requested.too_many_tags_error()
        if ended := ended_by(status, log):
            cause, remedy = ended
            raise SourceError(f"{path} could not be looked at ({cause}): {remedy}")
        return packets, log

    def _facts(self) -> Facts:
        packets, log = self._listed()
        description = self._description
        container, picture = description.container, packets.picture
        end = None if self._limit is None else self._start + self._limit
        if self._stream == PICTURE and (better := description.better_film(packets.count)):
            return self._probe_again(self._start, end, stream=f"0:{better.number}")
        if (manner := self._manner_for(container, log)) != self._manner:
            return self._probe_again(self._start, end, manner=manner)
        # Seeking shifts times that ffmpeg derives from the first packet (AVI with B-frames), and
        # an edit list that repeats parts leaves times in no order.
        due = picture.browser_times() if container == "gif" else picture.closed_times()
        repaired = None if due else picture.repaired_times()
        is_delayed = container == "avi" and picture.untimed
        is_part = self._start > 0 or self._limit is not None
        # In these files ffmpeg stops at the first hidden packet, or counts by wrong times, so that
        # a part of them is found only from the whole.
        if is_part and (picture.interrupted or container == "gif" or is_delayed or repaired):
            return self._part_of()
        is_timed = not (picture.untimed or picture.in_parts or due or repaired)
        seekable = container in _SEEKABLE and is_timed
        if self._start > 0 and container and not seekable:
            return self._part_of(end)
        try:
            if description.frame is None:
                raise self._requested.no_video_error(log, description.duration)
            facts = self._make_facts(
                log, description.frame, packets, due, repaired, seekable=seekable
            )
        except SourceError:
            is_undecoded = description.frame is None and max(picture.times(), default=-1) > -TICK
            if is_undecoded or not (container and is_part):
                raise
            with suppress(SourceError):  # a frame from before the part may be on display in it
                return self._part_of()
            raise
        if self._needs_outer_frames(facts):
            with suppress(SourceError):
                return self._part_of()
        return facts

    def _probe_again(
        self,
        start: Seconds = 0,
        end: Seconds | None = None,
        stream: str | None = None,
        manner: Manner | None = None,
    ) -> Facts:
        """The facts about another part of the same file, about another stream, or found in another
        manner.
        """
        return Probe(
            *(self._input, start, end, stream or self._stream, self._tracker),
            manner=manner or self._manner,
        ).facts()

    def _manner_for(self, container: str, log: str) -> Manner:
        """How to look at a file of a container, after ffmpeg wrote this log about it."""
        if container in _SEVERAL_FRAMES_A_PACKET:
            return replace(self._manner, lists_frames=True)
        if NO_PICTURE in log and container in PICTURE_UNITS:
            return replace(self._manner, codec=container)
        return self._manner

    def _end_that_works(self, read: float, times: Sequence[float]) -> float | None:
        """An end up to which a file that is cut short is intact, in seconds of the file, or None.

        read: how far it can be read. times: of the frames. Both are in seconds after `start`.
        """
        # The last packet may be incomplete, and in the order of decoding it is one of the last.
        last = reversed(times[-_TRIALS:])
        for end in (read, *last, times[-1] - _TRIAL_STEP):
            end = math.floor((self._start + end) * 100 + 0.01) / 100
            if end <= self._start:
                break
            with suppress(SourceError):
                manner = replace(self._manner, is_trial=True)
                facts = self._probe_again(self._start, end, manner=manner)
                return math.floor(facts.end * 100 + 0.01) / 100 + self._start
        return None

    def _needs_outer_frames(self, facts: Facts) -> bool:
        """Whether a frame from outside the part matters to it.

        That is the frame that is on display when the part begins, or the one whose time ends the
        part's last frame.
        """
        step = float(1 / facts.rate) - TICK
        begins_late = self._start > 0 and facts.times[0] > step
        return begins_late or (self._limit is not None and facts.end < self._limit - step)

    def _make_facts(
        self,
        log: str,
        frame: FirstFrame,
        packets: Packets,
        due: list[float] | None,
        repaired: list[float] | None,
        *,
        seekable: bool,
    ) -> Facts:
        """The facts, from ffmpeg's descriptions of the first frame and of every packet.

        log: of ffmpeg. due: the right times of the frames, and the end, where ffmpeg's are wrong.
        repaired: the same, where only the order of ffmpeg's frames is right.
        Raises SourceError where the file is damaged or its colours cannot be converted.
        """
        description, picture = self._description, packets.picture
        has_alpha = description.alpha_mode or any(alpha for _, alpha in picture.alpha)
        decoder = ALPHA_DECODERS.get(picture.shown.codec) if has_alpha else None
        pixels = self._pixels(frame, alpha=decoder is not None)
        if not (due or repaired):
            self._requested.check_order(picture)
        first = None if frame.pts is None else float(frame.pts * (description.tick or 0))
        timing = (
            repaired_timing(repaired, first or 0.0)
            if repaired
            else timing_of(picture, description.container, first, due, self._requested)
        )
        rate = self._checked_rate(log, packets, timing)
        leading = picture.leading.seeks(picture.shown.tick) if seekable else ()
        edits = Edits((), leading, picture.delay if description.container == "mov" else 0.0)
        if picture.in_parts:
            found = parts_of(self._input, self._stream, timing.times, self._tracker)
            edits = found or edits
        return Facts(
            input=self._input,
            size=frame.size,
            pixel_aspect=frame.pixel_aspect or Fraction(1),
            rate=rate,
            times=timing.times,
            first=timing.first,
            end=timing.end,
            interlaced=frame.interlaced or description.fields,
            pixels=pixels,
            decoder=decoder,
            note=self._requested.note_on(description, packets.end(timing.end)),
            is_deep=is_deep(frame.pixel_format),
            start=self._start,
            limit=self._limit,
            seekable=seekable,
            decoders=[
                (float(at * picture.shown.tick), decoder if alpha else None)
                for at, alpha in picture.alpha[1:]
            ],
            sound=packets.sound,
            stream=self._stream,
            clock=timing.clock,
            leading=edits.leading,
            parts=edits.parts,
            delay=edits.delay,
            track=description.sound,
        )

    def _pixels(self, frame: FirstFrame, *, alpha: bool) -> Pixels:
        """How to read the pixels of the first frame.

        alpha: whether its decoder finds transparency. Raises SourceError where its colours cannot
        be converted.
        """
        description = self._description
        pixels = Pixels.of(description.colours, frame.pixel_format, frame.size, alpha=alpha)
        if pixels.colours.is_unsupported:
            raise self._requested.matrix_error(pixels.colours.matrix)
        if description.dolby_profile and description.colours.get("trc") == "unknown":
            raise self._requested.dolby_error(description.dolby_profile)
        return pixels

    def _checked_rate(self, log: str, packets: Packets, timing: Timing) -> Fraction:
        """The constant rate, in frames per second.

        Raises SourceError where the file is cut short, its clock is broken, or data is missing.
        """
        times, end, description = timing.times, timing.end, self._description
        read = packets.end(otherwise=end)
        if not self._requested.is_whole(log, description, packets, read):
            works = None if self._manner.is_trial else self._end_that_works(read, times)
            raise self._requested.cut_short_error(self._start + read, works)
        rate = constant_rate(times, max(end - times[0], TICK), description.rate)
        if self._manner.checks_clock:
            self._requested.check_clock(description.duration, times, end, rate)
        self._requested.check_holes(log, times, rate)
        return rate

    def _part_of(self, stop: float | None = None) -> Facts:
        """The facts about the requested part, from those about the video from its beginning on.

        stop: where to stop reading, in seconds; None: at the end of the file. Where a frame from
        before the part is on display when it begins, that frame is its first.
        """
        whole = self._probe_again(0, stop, manner=replace(self._manner, checks_clock=False))
        begin = self._start
        end = whole.end if self._limit is None else min(whole.end, begin + self._limit)
        before = [at for at in whole.times if at <= begin - TICK]
        times = array("d", (at for at in whole.times if begin - TICK < at < end - TICK))
        since = times[0] if times else begin
        until = times[0] if times else end
        if before and (until - begin) * whole.rate >= 1 - _ROUNDING:
            times.insert(0, begin)
            since = before[-1]
        if not times:
            raise self._requested.no_frame_error()
        of_whole = replace(self._requested, start=whole.start)
        of_whole.check_clock(self._description.duration, times, end, whole.rate)
        return replace(whole, times=times, end=end, since=since, note="")

    def close(self) -> None:
        """End ffmpeg, if it still runs."""
        self._ffmpeg.end()
