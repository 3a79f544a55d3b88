"""Owns RollingClip, a MoviePy VideoClip that shows a composition and writes GIFs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

import numpy as np
import proglog
from moviepy import VideoClip

from . import gif
from .checks import Seconds, check_rate, check_whole, plain
from .composers.composer import Composer
from .composers.history_alpha import with_alpha
from .composing import composed
from .counting import duration_of, frames_shown
from .deliver.attempts import gif_encoder, write_within
from .deliver.budget import Settings, describe_reductions
from .deliver.composition import Composition
from .deliver.geometry import Fitted
from .deliver.output import written_beside
from .errors import ArgumentError, RollscanError
from .fit import to_fit
from .frames import Frame, SizedSource, Span
from .look import LIVE, Look, effect_of, loop_of, mending, settled
from .loop.cyclic import Cyclic
from .loop.seam import SeamMeter
from .loop.sound import RATE
from .loop.spool import Spool
from .sound import Sound, as_floats, check_sound, sound_of
from .stages import ENCODING
from .survey import Survey
from .tracker import SILENT, Tracker
from .video.opening import open_video
from .video.probe import probe_of

if TYPE_CHECKING:
    from moviepy import AudioClip
    from typing_extensions import Self, Unpack

    from .typed import LookSettings
    from .video.facts import Facts

_ENDLESS = "the clip never ends: give it a length, as in clip.with_duration(5)"


class RollingClip(VideoClip):
    """A MoviePy clip whose frames an effect composes. It writes GIFs with its own writer.

    Close it, or use it in a `with` block, as a clip that was opened from a file runs an ffmpeg
    process. Copies, and clips that MoviePy derives from it (subclipped, with_effects, …), show its
    frames as long as it is open. Closing one of them closes nothing else. Threads may share a clip.
    It can be neither pickled nor deeply copied. In a notebook, a clip is shown as a small looping
    video.

    composer: makes the frames, such as a FrameComposer.
    n_frames: how many frames the clip has; None if they never end.
    fps: frames per second at which the clip is shown and written; default that of the composer.
    cyclic: whether frame n_frames is frame 0 again, so that a GIF has to last exactly one period.
    part: the frames of the source that a matched loop shows, (first, stop); None for all.
    full_from: seconds after which the history side is full.
    look: how the frames are made. It is stored in the GIFs that the clip writes.
    owned: objects that are closed with the clip.

    seam: how much the latest GIF jumps where it starts over, see loop.seam.SeamMeter. It is
        measured before frames are dropped for a budget. None before a GIF is written.
    given_up: what the latest GIF gave up to fit, such as "quality 80→71, 25→20 fps"; "" if nothing.

    Raises ArgumentError for a number of frames or a rate out of range.

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
        self._loop: Cyclic | None = None  # whose frames are composed

    @property
    def filled(self) -> float:
        """The share of the history side that is covered at the end of the clip, 0 to 1."""
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

    copy = __copy__  # MoviePy calls it to derive a clip

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
        look: Look | str | None = None,
        scale: float | None = None,
        width: int | None = None,
        fps: float | None = None,
        speed: float = 1.0,
        start: Seconds = 0,
        end: Seconds | None = None,
        source_fps: float | None = None,
        audio: bool = False,
        fit: bool = True,
        **settings: Unpack[LookSettings],
    ) -> Self:
        """The composition of a video file. Every frame of the video is taken in.

        path: the file, or a folder or a pattern of pictures that make the video, in the order of
            their numbers.
        look: how the picture is made, a Look or the name of one; default Look(). settings: of a
            Look; they override `look`. A map may be an array, a slit a function of the frame's
            number, an effect and a loop an object, or an effect FILE.py:NAME; see Look.
        scale, width: the size of the picture, as a factor or in pixels; default that of the video.
            At most one of them can be given.
        fps: frames per second of the clip; default those of the video times `speed`.
        speed: how many times faster than in the video time passes.
        start, end: the part of the video, in seconds or 'hh:mm:ss.s'; default all of it.
        source_fps: pictures per second of a folder or a pattern of pictures; default 25.
        audio: whether the clip has the sound of the video, looped as the picture is. It is held in
            memory, 23 MB a minute.
        fit: whether a look that is given by its name is set to the video, as by --look: its slit,
            centre or ring to where most moves, and its delays to how fast. What is in `settings`
            stays.

        Raises SourceError if the video cannot be read, and ArgumentError for a value out of range
        or a loop that cannot be made of the part.

        >>> with RollingClip.open("dance.mp4", look="pour", width=64, end=1) as clip:
        ...     clip.look.direction
        'down'
        """
        names = to_fit(look, settings, fit=fit)
        look = settled(look, settings)
        check_rate("speed", speed)
        facts = probe_of(path, start, end, source_fps=source_fps).facts()
        if audio:
            check_sound(facts)
        video = open_video(
            facts,
            scale=scale,
            width=width,
            **mending(look),
        )
        try:
            survey = Survey(video, float(video.rate * plain(speed)))
            look = survey.fitted(look, names, None, video.size)
            clip = cls.of(video, look, survey.rate, fps=fps, survey=survey)
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
        survey: Survey | None = None,
        like: Self | None = None,
        tracker: Tracker = SILENT,
        is_portion: bool = False,
    ) -> Self:
        """The composition of a source, which is closed with the clip.

        rate: frames per second of the source. fps: of the clip; default `rate`.
        frames: the frames of the source, if an iterator over them has been started already. It
            suits only a loop that reads them once, see Loop.passes_once.
        part: the part that loops best, (first, stop), if it is known already.
        survey: of the video, if it is not the source itself that has to be looked at.
        like: the clip whose mask this one is, so that in both, history switches at once where a
            crossfade dissolves.
        tracker: of the job that the clip is made for.
        is_portion: whether the source is a portion of what is shown, as a preview is, so that
            numbers that move may have times beyond the loop.

        Raises ArgumentError if the settings of the look do not suit these frames.
        """
        if fps is not None:
            check_rate("fps", fps)
        loop = loop_of(look)
        made = composed(
            source,
            effect_of(look),
            loop,
            rate,
            rgb=look.rgb,
            still_area=look.still_area,
            background=look.background,
            frames=frames,
            part=part,
            survey=survey,
            like=like._loop if like else None,
            tracker=tracker,
            is_portion=is_portion,
        )
        clip = cls(
            made.composer,
            made.loop.period,
            fps=fps,
            cyclic=loop.cyclic,
            part=made.part,
            full_from=made.full_from,
            look=look,
            owned=(made.loop, source),
        )
        clip._loop = made.loop
        if made.alpha:
            clip.mask = VideoClip(made.alpha.make_frame, is_mask=True, duration=clip.duration)
            clip.mask.fps = clip.fps
            clip._owned += (made.alpha,)
        return clip

    @property
    def _is_transparent(self) -> bool:
        """Whether what is written of it has the mask as its alpha."""
        return self.look is not None and self.look.background != LIVE and self.mask is not None

    def close(self) -> None:
        """End the ffmpeg process of the clip, if there is one, and delete frames on disk."""
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
        recipe: bool | str = True,
        tracker: Tracker = SILENT,
    ) -> gif.GifSummary:
        """Write the clip as a GIF. The file appears under `filename` only when it is complete.

        fps: frames per second, up to 50; default that of the clip, but at most 50. For a cyclic
            clip, the nearest rate that divides its period is used.
        loop: how many times the GIF plays; 0 for ever.
        logger: "bar", None, or a proglog logger.
        quality: 1 to 100. colors: the size of a palette, 2 to 256.
        max_bytes: reduce frame rate, size and quality until the file fits, see budget.fit.
        recipe: whether the look of the clip is stored in the file, for Look.of; or the text that
            is stored for it.
        tracker: of the job that the GIF is written for.

        Raises ArgumentError for a value out of range, OutputError if the file cannot be written,
        and BudgetError, which is an OutputError, if the file cannot be made small enough.

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
        text = self.look.comment_with() if recipe is True and self.look else recipe
        options["comment"] = text if isinstance(text, str) else ""
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
        """Write the frames of iter_frames, at least one, as pictures. Returns their names.

        name_format: such as "frame%03d.png". fps: frames per second; default that of the clip.
        with_mask: whether the mask, if there is one, becomes the alpha channel.
        logger: "bar", None, or a proglog logger.

        Raises ArgumentError for a rate out of range, and for a clip that never ends.
        """
        fps = self.fps if fps is None else fps
        check_rate("fps", fps)
        if self.duration is None:
            raise ArgumentError(_ENDLESS)
        # MoviePy counts frames with np.arange up to the end of the clip, which is one too many if
        # the end is rounded up. An end half a frame earlier is unambiguous.
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
        """Compose the frames that a GIF would show, and store them on disk, to be written often.

        fps, logger: as in write_gif. watch: takes an iterator over the frames, and returns one
        over the same frames. The file is deleted with close().

        Raises ArgumentError for a rate out of range, and for a clip that never ends; OutputError
        if the temporary folder is full.
        """
        meter = SeamMeter()
        frames, n_frames, fps = self._shown(fps, logger)
        spool = Spool(watch(meter.watch(frames)))
        self._owned += (spool,)
        spool.fill()
        whole = Fitted.whole(self.size)
        return Composition(spool, range(n_frames), fps, whole, seam=meter.score)

    def _repr_html_(self) -> str | None:
        """HTML with a small looping video, for notebooks; None, for plain text, for a mask."""
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
        """The frames of a GIF of about `fps` frames per second, their number and exact rate."""
        n_frames, fps = self._gif_frames(min(self.fps, gif.FASTEST_FPS) if fps is None else fps)
        progress = proglog.default_bar_logger(logger).iter_bar(frame_index=range(n_frames))
        picture = self._picture_with_alpha if self._is_transparent else self._picture
        return (picture(k / fps) for k in progress), n_frames, fps

    def _picture_with_alpha(self, t: float) -> Frame:
        return with_alpha(self._picture(t), self.mask.get_frame(t))

    def _picture(self, t: float) -> Frame:
        picture: Frame = self.get_frame(t).astype(np.uint8, copy=False)
        return picture

    def _gif_frames(self, fps: float) -> tuple[int, float]:
        """The number of frames of a GIF of about `fps` frames per second, and the exact rate."""
        check_rate("fps", fps, most=gif.FASTEST_FPS)
        if self.duration is None:
            raise ArgumentError(_ENDLESS)
        return frames_shown(self.duration, plain(fps), cyclic=self.duration == self._period)


def _audio(clip: RollingClip, facts: Facts, look: Look, speed: float) -> AudioClip:
    """The sound of the video, as long as the clip, for MoviePy."""
    heard = sound_of(facts, look, speed=speed, seconds=clip.duration, part=clip.part)
    return audio_of(heard, clip.duration)


def audio_of(sound: Sound, seconds: float) -> AudioClip:
    """The sound of a picture that lasts `seconds`, as a MoviePy clip."""
    from moviepy.audio.AudioClip import AudioArrayClip

    return AudioArrayClip(as_floats(sound, seconds), RATE)


def _until_composed(frames: Iterator[Frame], tracker: Tracker) -> Iterator[Frame]:
    """Yield the same frames, and after the last one, report the stage as encoding."""
    yield from frames
    tracker.relabel(ENCODING)
