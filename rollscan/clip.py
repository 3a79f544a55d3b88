"""Owns the MoviePy side: RollingClip, a VideoClip of the slit-scan, and RollScan, an Effect."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from moviepy import Clip, Effect, VideoClip

from . import gif
from .composer import Frame, FrameComposer
from .errors import ArgumentError
from .output import written_beside
from .probe import Probe, Seconds
from .source import Video, open_video

MAX_GIF_FPS = 50  # browsers play a delay under 2 cs as 10 cs


class RollingClip(VideoClip):
    """A MoviePy clip whose frames are composed by a FrameComposer, and which writes good GIFs.

    Close it, or use it in a `with` block: a clip that was opened from a file runs an ffmpeg.

    composer: gives the frames. n_frames: how many it has, None if it never ends.
    fps: frames per second at which the clip is shown and written; default the composer's.
    """

    def __init__(
        self, composer: FrameComposer, n_frames: int | None, *, fps: float | None = None
    ) -> None:
        # The next float up: MoviePy takes int(duration * fps) frames, which would drop the last
        # frame for n = 29, 57, 58 and others if the quotient came out a hair short.
        duration = (
            None if n_frames is None else float(np.nextafter(n_frames / composer.fps, np.inf))
        )
        self.composer = composer
        super().__init__(composer.make_frame, duration=duration)
        self.fps = fps or composer.fps
        self._video: Video | None = None

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
        slit: float = 0.5,
        direction: str = "up",
        slit_width: int = 1,
    ) -> RollingClip:
        """The rolling slit-scan of a video file; every frame of the video is taken in.

        scale or width: the picture's size, as a factor or in pixels; default the video's own.
        fps: frames per second of the clip; default the video's (times speed).
        speed: how many times faster than in the video time passes, over 0.
        start, end: the part of the video, in seconds or 'hh:mm:ss.s'; default all of it.
        slit, direction, slit_width: see FrameComposer.
        Raises SourceError if the video cannot be read, ArgumentError for a value out of range.
        """
        facts = Probe(path, start, end).facts()
        video = open_video(facts, scale=scale, width=width)
        return cls.of_video(
            video, fps=fps, speed=speed, slit=slit, direction=direction, slit_width=slit_width
        )

    @classmethod
    def of_video(
        cls,
        video: Video,
        frames: Iterable[Frame] | None = None,
        *,
        fps: float | None = None,
        speed: float = 1.0,
        **roll: Any,
    ) -> RollingClip:
        """The rolling slit-scan of an open Video, which the clip closes when it is closed.

        frames: what to compose in place of the video itself, such as the video being watched.
        roll: slit, direction and slit_width, see FrameComposer.
        """
        try:
            check_rate("speed", speed)
            check_rate("fps", fps if fps is not None else 1)
            composer = FrameComposer(frames or video, float(video.rate * speed), **roll)
            clip = cls(composer, len(video), fps=fps)
        except BaseException:
            video.close()
            raise
        clip._video = video
        return clip

    def close(self) -> None:
        """End the ffmpeg behind the clip, if there is one."""
        self.composer.close()
        if self._video:
            self._video.close()

    def write_gif(
        self,
        filename: str | os.PathLike[str],
        fps: float | None = None,
        loop: int = 0,
        logger: Any = "bar",
        *,
        quality: int = gif.DEFAULT_QUALITY,
        colors: int = 256,
    ) -> gif.GifSummary:
        """Write the clip as a GIF, which is in place under `filename` only when it is whole.

        fps: frames per second, up to 50; default the clip's. loop: how many times it plays, 0 for
        ever. logger: "bar", None, or a proglog logger. quality: 1 to 100. colors: 2 to 256 in a
        palette. Raises OutputError if the file cannot be written.
        """
        fps = fps or self.fps
        check_rate("fps", fps, most=MAX_GIF_FPS)
        frames = self.iter_frames(fps=fps, dtype="uint8", logger=logger)
        with written_beside(filename) as temporary, open(temporary, "wb") as file:
            return gif.write_gif(
                file, frames, gif.constant_delays(fps), loop=loop, quality=quality, colors=colors
            )


@dataclass
class RollScan(Effect):
    """The rolling slit-scan of any MoviePy clip: clip.with_effects([RollScan()]).

    slit, direction, slit_width: see FrameComposer. Each frame of the clip, at the clip's fps, is
    taken in once. A mask rolls with its picture; sound stays as it is. Gives a RollingClip.
    """

    slit: float = 0.5
    direction: str = "up"
    slit_width: int = 1

    def apply(self, clip: Clip) -> RollingClip:
        """The rolling clip. Raises ArgumentError if the clip has no fps to take its frames at."""
        if not getattr(clip, "fps", None):
            raise ArgumentError("the clip's fps is not set: give it one, as in clip.with_fps(25)")
        rolling = self._rolled(clip)
        for kept in ("audio", "pos", "relative_pos", "layer_index", "start", "end"):
            setattr(rolling, kept, getattr(clip, kept))
        if clip.mask is not None:
            mask = clip.mask.with_fps(clip.fps).with_duration(clip.duration)
            rolling.mask = self._rolled(mask)
            rolling.mask.is_mask = True
        return rolling

    def _rolled(self, clip: Clip) -> RollingClip:
        frames = _ClipFrames(clip)
        return RollingClip(FrameComposer(frames, clip.fps, **vars(self)), frames.count)


class _ClipFrames:
    """The frames of a MoviePy clip, from the first one again at each iteration."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self.count: int | None = None
        if clip.duration is not None:
            self.count = max(1, int(clip.duration * clip.fps + 1e-6))

    def __iter__(self) -> Iterator[Frame]:
        k = 0
        while self.count is None or k < self.count:
            frame = self._clip.get_frame(k / self._clip.fps)
            yield frame if self._clip.is_mask else frame.astype(np.uint8, copy=False)
            k += 1


def check_rate(name: str, value: float, *, most: float = 1000) -> None:
    """Raise ArgumentError unless 0 < value <= most."""
    if not 0 < value <= most:
        raise ArgumentError(f"{name} is {value}: give a number over 0, up to {most}")
