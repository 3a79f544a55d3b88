"""Owns the MoviePy side: RollingClip, a VideoClip of the slit-scan, and RollScan, an Effect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import proglog
from moviepy import Clip, Effect, VideoClip

from . import gif
from .clip_source import ClipFrames, SizedSource
from .composer import Frame, FrameComposer
from .composition import Composition
from .delivery import Settings, told, write_gif_within
from .errors import ArgumentError, check_rate
from .loop import Part, SeamMeter, looped
from .match import MATCH_WIDTH, best_loop
from .output import written_beside
from .platforms import Fitted
from .probe import Probe, Seconds
from .slit import (
    Position,
    Width,
    check_direction,
    check_whole,
    filling_width,
    frames_to_fill,
    is_fixed,
    is_sideways,
    slit_path,
)
from .source import Video, open_video
from .spool import Spool

MAX_GIF_FPS = 50  # browsers play a delay under 2 cs as 10 cs


class RollingClip(VideoClip):
    """A MoviePy clip whose frames are composed by a FrameComposer, and which writes good GIFs.

    Close it, or use it in a `with` block: a clip that was opened from a file runs an ffmpeg.

    composer: gives the frames. n_frames: how many it has, None if it never ends.
    fps: frames per second at which the clip is shown and written; default the composer's.
    cyclic: whether frame n_frames is frame 0 again, so that GIFs should close the circle exactly.
    part: which frames of its source a matched loop takes, (first, stop); None: all.
    full_from: seconds after which the history side is full.
    owned: what to close with the clip.

    seam: how much the last GIF written jumps where it starts over, see loop.SeamMeter; measured on
        the frames before any are given up for a budget.
    given_up: what that GIF had to give up to fit, as "quality 80→71, 25→20 fps"; "" if nothing.
    """

    def __init__(
        self,
        composer: FrameComposer,
        n_frames: int | None,
        *,
        fps: float | None = None,
        cyclic: bool = False,
        part: tuple[int, int] | None = None,
        full_from: float = 0,
        owned: tuple[Any, ...] = (),
    ) -> None:
        # The next float up: MoviePy takes int(duration * fps) frames, which would drop the last
        # frame for n = 29, 57, 58 and others if the quotient came out a hair short.
        duration = None
        if n_frames is not None:
            duration = float(np.nextafter(n_frames / composer.fps, np.inf))
        super().__init__(composer.make_frame, duration=duration)
        self.fps = fps or composer.fps
        self.part = part
        self.full_from = full_from
        self.seam: float | None = None
        self.given_up = ""
        self._period = self.duration if cyclic else None  # seconds
        self._owned = (composer, *owned)

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        scale: float | None = None,
        width: int | None = None,
        fps: float | None = None,
        speed: float = 1.0,
        start: Seconds = 0,
        end: Seconds | None = None,
        slit: Position = 0.5,
        direction: str = "up",
        slit_width: Width = 1,
        feather: int = 0,
        loop: str = "cut",
        fade: float = 0.5,
        min_loop: float = 2.0,
        max_loop: float = 10.0,
    ) -> RollingClip:
        """The rolling slit-scan of a video file; every frame of the video is taken in.

        scale or width: the picture's size, as a factor or in pixels; default the video's own.
        fps: frames per second of the clip; default the video's (times speed).
        speed: how many times faster than in the video time passes.
        start, end: the part of the video, in seconds or 'hh:mm:ss.s'; default all of it.
        The others: see RollScan.
        Raises SourceError if the video cannot be read, ArgumentError for a value out of range.
        """
        effect = RollScan(
            slit=slit,
            direction=direction,
            slit_width=slit_width,
            feather=feather,
            loop=loop,
            fade=fade,
            min_loop=min_loop,
            max_loop=max_loop,
        )
        facts = Probe(path, start, end).facts()
        return effect.of_video(open_video(facts, scale=scale, width=width), fps=fps, speed=speed)

    def close(self) -> None:
        """End the ffmpeg behind the clip, if there is one, and let go of frames set aside."""
        for owned in self._owned:
            owned.close()

    def write_gif(
        self,
        filename: str | os.PathLike[str],
        fps: float | None = None,
        loop: int = 0,
        logger: Any = "bar",
        *,
        quality: int = gif.DEFAULT_QUALITY,
        colors: int = 256,
        max_bytes: int | None = None,
    ) -> gif.GifSummary:
        """Write the clip as a GIF, which is in place under `filename` only when it is whole.

        fps: frames per second, up to 50; default the clip's, at most 50. A cyclic clip takes the
        nearest rate that divides its period. loop: how many times the GIF plays, 0 for ever.
        logger: "bar", None, or a proglog logger. quality: 1 to 100. colors: 2 to 256 in a palette.
        max_bytes: give up frame rate, size and quality until the file fits, see delivery.fit.
        Raises ArgumentError for a value out of range, OutputError if the file cannot be written,
        BudgetError, an OutputError too, if it cannot be made to fit.
        """
        check_whole("loop", loop, least=0, most=gif.MOST_LOOPS)
        check_whole("quality", quality, least=1, most=100)
        check_whole("colors", colors, least=2, most=256)
        if max_bytes is not None:
            check_whole("max_bytes", max_bytes, least=1)
        self.given_up = ""
        meter = SeamMeter()
        frames, n_frames, fps = self._shown(fps, logger)
        frames = meter.watch(frames)
        with written_beside(filename) as temporary, open(temporary, "wb") as file:
            if max_bytes is None:
                delays = gif.constant_delays(fps)
                summary = gif.write_gif(
                    file, frames, delays, loop=loop, quality=quality, colors=colors
                )
            else:
                with closing(Spool(frames)) as spool:
                    composition = Composition(spool, range(n_frames), fps, Fitted.whole(self.size))
                    summary, settings = write_gif_within(
                        max_bytes, file, composition, loop=loop, quality=quality, colors=colors
                    )
                self.given_up = told(Settings(quality, fps, self.w), settings)
        self.seam = meter.score
        return summary

    def set_aside(
        self,
        fps: float | None = None,
        logger: Any = "bar",
        *,
        watch: Callable[[Iterator[Frame]], Iterator[Frame]] = iter,
    ) -> Composition:
        """The frames that a GIF would show, composed now and set aside, to be written many times.

        fps, logger: as in write_gif. watch: passes the frames on, and may look at them.
        """
        meter = SeamMeter()
        frames, n_frames, fps = self._shown(fps, logger)
        spool = Spool(watch(meter.watch(frames)))
        self._owned += (spool,)
        spool.fill()
        whole = Fitted.whole(self.size)
        return Composition(spool, range(n_frames), fps, whole, seam=meter.score)

    def _shown(self, fps: float | None, logger: Any) -> tuple[Iterator[Frame], int, float]:
        """The frames of a GIF of about `fps` frames a second, how many, and its exact rate."""
        n_frames, fps = self._gif_frames(min(self.fps, MAX_GIF_FPS) if fps is None else fps)
        progress = proglog.default_bar_logger(logger).iter_bar(frame_index=range(n_frames))
        frames = (self.get_frame(k / fps).astype(np.uint8, copy=False) for k in progress)
        return frames, n_frames, fps

    def _gif_frames(self, fps: float) -> tuple[int, float]:
        """How many frames a GIF of about `fps` frames per second has, and its exact rate."""
        check_rate("fps", fps, most=MAX_GIF_FPS)
        if self.duration is None:
            raise ArgumentError(
                "the clip never ends: give it a length, as in clip.with_duration(5)"
            )
        n_frames = max(1, round(self.duration * fps))
        if self.duration != self._period:
            return n_frames, fps
        if n_frames > self.duration * MAX_GIF_FPS:
            n_frames -= 1
        return n_frames, n_frames / self.duration


@dataclass
class RollScan(Effect):
    """The rolling slit-scan of any MoviePy clip: clip.with_effects([RollScan()]).

    Each frame of the clip, at the clip's fps, is taken in once. A mask rolls with its picture.
    Sound is kept for the loops that keep the clip's time, cut and wrap. Gives a RollingClip.

    slit: where the slit is, as a fraction of the height (of the width for left and right), 0 to 1;
        or several, (0.2, 0.8, 0.2), through which it moves in the course of the clip.
    direction: where history flows: "up", "down", "left", "right", or "out", up and down at once.
    slit_width: rows (columns) taken and rolled per frame; "auto" fills the history in about 3 s.
    feather: rows of history next to the slit that blend into the live picture.
    loop: how the clip is made cyclic. "cut": not at all, history starts empty. The others start
        with the history full. "wrap": as it is. "boomerang": forward, then backward. "crossfade":
        the last `fade` seconds blend into the frames before the first. "match": the part, from
        `min_loop` to `max_loop` seconds long, whose end leads best into its beginning.
    """

    slit: Position = 0.5
    direction: str = "up"
    slit_width: Width = 1
    feather: int = 0
    loop: str = "cut"
    fade: float = 0.5
    min_loop: float = 2.0
    max_loop: float = 10.0

    def apply(self, clip: Clip) -> RollingClip:
        """The rolling clip. Raises ArgumentError if the clip has no fps to take its frames at."""
        for needed, example in (("fps", "with_fps(25)"), ("duration", "with_duration(5)")):
            if not getattr(clip, needed, None):
                raise ArgumentError(f"the clip's {needed} is not set: give it one, as in {example}")
        rolling = self._roll(ClipFrames(clip, clip), clip.fps)
        for kept in ("pos", "relative_pos", "layer_index"):
            setattr(rolling, kept, getattr(clip, kept))
        if self.loop in ("cut", "wrap"):
            rolling.audio = clip.audio
        if clip.mask is not None:
            rolling.mask = self._roll(ClipFrames(clip.mask, clip), clip.fps, part=rolling.part)
            rolling.mask.is_mask = True
        rolling.start = clip.start
        rolling.end = clip.start + rolling.duration
        return rolling

    def of_video(
        self,
        video: Video,
        *,
        fps: float | None = None,
        speed: float = 1.0,
        frames: Iterator[Frame] | None = None,
    ) -> RollingClip:
        """The rolling clip of an open Video, which is closed with the clip.

        fps, speed: see RollingClip.open. frames: the video's, if they are under way already;
        they pass once, so only for loop "cut".
        """
        try:
            check_rate("speed", speed)
            check_rate("fps", fps if fps is not None else 1)
            return self._roll(video, float(video.rate * speed), fps=fps, frames=frames)
        except BaseException:
            video.close()
            raise

    def _roll(
        self,
        source: SizedSource,
        rate: float,
        *,
        fps: float | None = None,
        frames: Iterator[Frame] | None = None,
        part: tuple[int, int] | None = None,
    ) -> RollingClip:
        check_direction(self.direction)
        length = source.size[0 if is_sideways(self.direction) else 1]
        width = self.slit_width
        if isinstance(width, str):
            width = filling_width(width, self.slit, self.direction, length, rate)
        if self.loop == "match" and not part:
            part = best_loop(source.small(MATCH_WIDTH), rate, self.min_loop, self.max_loop)
        filling = frames_to_fill(self.slit, width, self.direction, length)
        cyclic = Part(source, *part) if part else source
        loop = looped(cyclic, self.loop, filling, fade=self.fade, rate=rate)
        composer = FrameComposer(
            loop if frames is None else frames,
            rate,
            slit=self.slit if is_fixed(self.slit) else slit_path(self.slit, loop.period),
            direction=self.direction,
            slit_width=width,
            pre_roll=loop.pre_roll,
            feather=self.feather,
        )
        return RollingClip(
            composer,
            loop.period,
            fps=fps,
            cyclic=self.loop != "cut",
            part=part,
            full_from=(filling - loop.pre_roll) / rate,
            owned=(loop, source),
        )
