"""Owns RollingClip: a MoviePy VideoClip of the slit-scan, which writes good GIFs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

import numpy as np
import proglog
from moviepy import VideoClip

from . import gif
from .checks import Seconds, check_rate, check_whole, plain
from .compose.composer import Composer
from .compose.rgb import OutOfStep, OutOfStepSource, lag_of
from .deliver.attempts import gif_encoder, write_within
from .deliver.budget import Settings, describe_reductions
from .deliver.composition import Composition, duration_of, frames_shown
from .deliver.geometry import Fitted
from .deliver.output import written_beside
from .errors import ArgumentError, RollscanError
from .frames import Frame, Part, SizedSource, Span
from .look import Look, effect_of, extent_of, loop_of, settled
from .loop.cyclic import Cyclic
from .loop.seam import SeamMeter
from .loop.sound import RATE
from .loop.spool import Spool
from .sound import as_floats, check_sound, sound_of
from .stages import COMPOSING, ENCODING, FILLING
from .survey import Survey
from .tracker import SILENT, Tracker
from .video.probe import Probe
from .video.source import open_video

if TYPE_CHECKING:
    from moviepy import AudioClip
    from typing_extensions import Self, Unpack

    from .typed import LookSettings
    from .video.facts import Facts

_ENDLESS = "the clip never ends: give it a length, as in clip.with_duration(5)"


class RollingClip(VideoClip):
    """A MoviePy clip whose frames are composed by an effect, and which writes good GIFs.

    Close it, or use it in a `with` block: a clip that was opened from a file runs an ffmpeg. Copies
    and what MoviePy derives from it (subclipped, with_effects, …) show its frames as long as it is
    open; to close one of them closes nothing else. Threads may share a clip. It can be neither
    pickled nor deeply copied.

    composer: gives the frames, as a FrameComposer does. n_frames: how many, None if they never end.
    fps: frames per second at which the clip is shown and written; default the composer's.
    cyclic: whether frame n_frames is frame 0 again, so that GIFs should close the circle exactly.
    part: which frames of its source a matched loop takes, (first, stop); None: all.
    full_from: seconds after which the history side is full.
    look: how the frames are made; GIFs written carry it.
    owned: what to close with the clip.

    seam: how much the last GIF written jumps where it starts over, see loop.SeamMeter; measured on
        the frames before any are given up for a budget.
    given_up: what that GIF had to give up to fit, as "quality 80→71, 25→20 fps"; "" if nothing.

    Raises ArgumentError for a number of frames or a rate out of range. In a notebook a clip shows
    itself as a small looping video.

    >>> with RollingClip.open("dance.mp4", width=64, end=1, slit=0.4) as clip:
    ...     clip.size, clip.n_frames, clip.get_frame(0.5).shape
    ((64, 80), 25, (80, 64, 3))
    """

    def __init__(
        self,
        composer: Composer,
        n_frames: int | None,
        *,
        fps: float | None = None,
        cyclic: bool = False,
        part: Span | None = None,
        full_from: float = 0,
        look: Look | None = None,
        owned: tuple[Any, ...] = (),
    ) -> None:
        if n_frames is not None:
            check_whole("n_frames", n_frames, least=1)
        if fps is not None:
            check_rate("fps", fps)
        duration = None if n_frames is None else duration_of(n_frames, composer.fps)
        super().__init__(composer.make_frame, duration=duration)
        self.fps = composer.fps if fps is None else plain(fps)
        self.part = part
        self.full_from = full_from
        self.look = look
        self.seam: float | None = None
        self.given_up = ""
        self._period = self.duration if cyclic else None  # seconds
        self._owned = (composer, *owned)

    @property
    def filled(self) -> float:
        """How much of its side the history covers in the end, 0 to 1."""
        if self.duration is None or self.duration >= self.full_from:
            return 1.0
        return float(self.duration / self.full_from)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __copy__(self) -> Self:
        twin: Self = super().__copy__()
        twin._owned = ()
        return twin

    copy = __copy__  # which MoviePy calls wherever it derives a clip

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise ArgumentError(
            f"a {type(self).__name__} holds frames that are under way, so it can be neither pickled"
            " nor deeply copied: open it again there, or take clip.copy()"
        )

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        look: Look | None = None,
        scale: float | None = None,
        width: int | None = None,
        fps: float | None = None,
        speed: float = 1.0,
        start: Seconds = 0,
        end: Seconds | None = None,
        audio: bool = False,
        **settings: Unpack[LookSettings],
    ) -> Self:
        """The rolling slit-scan of a video file; every frame of the video is taken in.

        look: how the picture is made; settings of a Look beside it win, see Look.
        scale or width: the picture's size, as a factor or in pixels; default the video's own.
        fps: frames per second of the clip; default the video's (times speed).
        speed: how many times faster than in the video time passes.
        start, end: the part of the video, in seconds or 'hh:mm:ss.s'; default all of it.
        audio: whether the clip has the video's sound, looped as the picture is; it has none
        otherwise. It is held in memory, 23 MB a minute.
        Raises SourceError if the video cannot be read, ArgumentError for a value out of range,
        and where the loop asked for cannot be made of the part.

        >>> with RollingClip.open("dance.mp4", look=Look.named("pour"), width=64, end=1) as clip:
        ...     clip.look.direction
        'down'
        """
        look = settled(look, settings)
        check_rate("speed", speed)
        facts = Probe(path, start, end).facts()
        if audio:
            check_sound(facts)
        video = open_video(
            facts,
            scale=scale,
            width=width,
            steady=look.steady,
            deflicker=look.deflicker,
        )
        try:
            clip = cls.of(video, look, float(video.rate * plain(speed)), fps=fps)
            if audio:
                clip.audio = _audio(clip, facts, look, plain(speed))
            return clip
        except BaseException:
            video.close()
            raise

    @classmethod
    def of(
        cls,
        source: SizedSource,
        look: Look,
        rate: float,
        *,
        fps: float | None = None,
        frames: Iterator[Frame] | None = None,
        part: Span | None = None,
        tracker: Tracker = SILENT,
    ) -> Self:
        """The rolling clip of a source, which is closed with the clip.

        rate: the source's frames per second. fps: those of the clip, default the same.
        frames: the source's, if they are under way already; they pass once, so only for a loop that
            shows them so, see Loop.passes_once.
        part: the part that loops best, (first, stop), where it is known already. tracker: of the
            job that the clip is made for.
        Raises ArgumentError where the look cannot be had of these frames.
        """
        if fps is not None:
            check_rate("fps", fps)
        kind = loop_of(look)
        if kind.bounds and not part:
            part = Survey(source, rate, tracker).match(*kind.bounds)
        cyclic = Part(source, *part) if part else source
        effect, extent = effect_of(look), extent_of(look, source.size, rate, len(cyclic))
        lag = lag_of(look.rgb, rate, len(cyclic))
        circling = effect.looping(cyclic, extent)
        if lag and circling is not cyclic:  # compositions, whose frames must be out of step before
            circling, lag = effect.looping(OutOfStepSource(cyclic, lag), extent), 0
        history = effect.history(extent) + 2 * lag
        loop = Cyclic(circling, kind, history, rate=rate)
        early = 2 * lag if loop.pre_roll else 0
        taken: Iterable[Frame] = loop if frames is None else frames
        if lag:
            taken = OutOfStep(taken, lag, cyclic=early > 0)
        pre_roll = loop.pre_roll - early
        taken = tracker.passing(taken, of=(FILLING, COMPOSING))
        # Up to the first frame, which MoviePy asks for.
        with tracker.stage(FILLING, amount=pre_roll + 1, label=COMPOSING):
            composer = effect.composer(taken, extent, pre_roll=pre_roll)
            return cls(
                composer,
                loop.period,
                fps=fps,
                cyclic=kind.cyclic,
                part=part,
                full_from=(effect.full(extent) - pre_roll) / rate,
                look=look,
                owned=(loop, source),
            )

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
        recipe: bool = True,
        tracker: Tracker = SILENT,
    ) -> gif.GifSummary:
        """Write the clip as a GIF, which is in place under `filename` only when it is whole.

        fps: frames per second, up to 50; default the clip's, at most 50. A cyclic clip takes the
        nearest rate that divides its period. loop: how many times the GIF plays, 0 for ever.
        logger: "bar", None, or a proglog logger. quality: 1 to 100. colors: 2 to 256 in a palette.
        max_bytes: give up frame rate, size and quality until the file fits, see budget.fit.
        recipe: whether the file carries the clip's look, for Look.of. tracker: of the job that the
        GIF is written in.
        Raises ArgumentError for a value out of range, OutputError if the file cannot be written,
        BudgetError, an OutputError too, if it cannot be made to fit.

        >>> with RollingClip.open("dance.mp4", width=64, end=1) as clip:
        ...     clip.write_gif("rolling.gif", fps=10, logger=None).frames
        10
        """
        check_whole("loop", loop, least=0, most=gif.MOST_LOOPS)
        check_whole("quality", quality, least=1, most=100)
        check_whole("colors", colors, least=2, most=256)
        if max_bytes is not None:
            check_whole("max_bytes", max_bytes, least=1)
        self.given_up = ""
        options: dict[str, Any] = {"loop": loop, "quality": quality, "colors": colors}
        options["comment"] = self.look.recipe if recipe and self.look else ""
        meter = SeamMeter()
        frames, n_frames, fps = self._shown(fps, logger)
        frames = meter.watch(_until_composed(frames, tracker))
        with written_beside(filename) as temporary:
            if max_bytes is None:
                delays = tracker.passing(gif.constant_delays(fps))
                tracker.amount(n_frames)
                with open(temporary, "wb") as file:
                    summary = gif.write_gif(file, frames, delays, **options)
            else:
                encoder, whole = gif_encoder(**options, tracker=tracker), Fitted.whole(self.size)
                with closing(Spool(frames)) as spool:
                    composition = Composition(spool, range(n_frames), fps, whole)
                    written = write_within(
                        max_bytes, temporary, composition, encoder, tracker=tracker
                    )
                summary, _, settings = written
                self.given_up = describe_reductions(Settings(quality, fps, self.w), settings)
        self.seam = meter.score
        return summary

    def write_images_sequence(
        self,
        name_format: str,
        fps: float | None = None,
        with_mask: bool = True,
        logger: Any = "bar",
    ) -> list[str]:
        """Write the frames that iter_frames gives, at least one, as pictures; the files' names.

        name_format: such as "frame%03d.png". fps: frames per second; default the clip's.
        with_mask: whether the mask, if there is one, is the pictures' alpha channel.
        logger: "bar", None, or a proglog logger.
        Raises ArgumentError for a rate out of range, and for a clip that never ends.
        """
        fps = self.fps if fps is None else fps
        check_rate("fps", fps)
        if self.duration is None:
            raise ArgumentError(_ENDLESS)
        # MoviePy counts the frames up to the clip's end with np.arange, which is one too many where
        # the end is a hair past the last frame's; half a frame before it there is no doubt.
        n_frames = max(1, int(self.duration * fps))
        sure = self.with_duration((n_frames - 0.5) / fps)
        names: list[str] = super(RollingClip, sure).write_images_sequence(
            name_format, plain(fps), with_mask=with_mask, logger=logger
        )
        return names

    def set_aside(
        self,
        fps: float | None = None,
        logger: Any = "bar",
        *,
        watch: Callable[[Iterator[Frame]], Iterator[Frame]] = iter,
    ) -> Composition:
        """The frames that a GIF would show, composed now and set aside, to be written many times.

        fps, logger: as in write_gif. watch: passes the frames on, and may look at them.
        Raises ArgumentError for a rate out of range, and for a clip that never ends; OutputError
        where the temporary folder is full.
        """
        meter = SeamMeter()
        frames, n_frames, fps = self._shown(fps, logger)
        spool = Spool(watch(meter.watch(frames)))
        self._owned += (spool,)
        spool.fill()
        whole = Fitted.whole(self.size)
        return Composition(spool, range(n_frames), fps, whole, seam=meter.score)

    def _repr_html_(self) -> str | None:
        """A small looping video, for notebooks; None, which leaves it to text, for a mask."""
        from . import notebook

        if self.is_mask:
            return None
        clip = self if self.duration is not None else self.with_duration(notebook.LONGEST)
        try:
            n_frames, fps = clip._gif_frames(min(clip.fps, notebook.FASTEST))
            return notebook.video_html(lambda k: clip._picture(k / fps), n_frames, fps)
        except RollscanError as error:
            return notebook.message_html(str(error))

    def _shown(self, fps: float | None, logger: Any) -> tuple[Iterator[Frame], int, float]:
        """The frames of a GIF of about `fps` frames a second, how many, and its exact rate."""
        n_frames, fps = self._gif_frames(min(self.fps, gif.FASTEST_FPS) if fps is None else fps)
        progress = proglog.default_bar_logger(logger).iter_bar(frame_index=range(n_frames))
        return (self._picture(k / fps) for k in progress), n_frames, fps

    def _picture(self, t: float) -> Frame:
        picture: Frame = self.get_frame(t).astype(np.uint8, copy=False)
        return picture

    def _gif_frames(self, fps: float) -> tuple[int, float]:
        """How many frames a GIF of about `fps` frames per second has, and its exact rate."""
        check_rate("fps", fps, most=gif.FASTEST_FPS)
        if self.duration is None:
            raise ArgumentError(_ENDLESS)
        return frames_shown(self.duration, plain(fps), cyclic=self.duration == self._period)


def _audio(clip: RollingClip, facts: Facts, look: Look, speed: float) -> AudioClip:
    """The video's sound, for as long as the clip."""
    from moviepy.audio.AudioClip import AudioArrayClip

    heard = sound_of(facts, look, speed=speed, seconds=clip.duration, part=clip.part)
    return AudioArrayClip(as_floats(heard, clip.duration), RATE)


def _until_composed(frames: Iterator[Frame], tracker: Tracker) -> Iterator[Frame]:
    """The same frames; after the last one, a job's stage only encodes."""
    yield from frames
    tracker.relabel(ENCODING)
