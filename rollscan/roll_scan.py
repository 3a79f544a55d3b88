"""Owns RollScan, the MoviePy effect that turns any clip into a RollingClip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moviepy import VideoClip
from moviepy.Clip import Clip  # in `moviepy`, type checkers find modules of these names
from moviepy.Effect import Effect

from .checks import brief, check_rate, check_seconds
from .clip import RollingClip, audio_of
from .clip_source import ClipFrames, sound_of_clip
from .composers.history_alpha import product
from .errors import ArgumentError, RollscanError
from .fit import to_fit
from .look import LIVE, Look, loop_of, settled
from .sound import looped
from .survey import Survey

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .typed import LookSettings

_ACROSS = ("pos", "relative_pos", "layer_index")  # the attributes that are copied to the new clip


@dataclass(init=False)
class RollScan(Effect):
    """The rolling slit-scan of any MoviePy clip: clip.with_effects([RollScan()]).

    It returns a RollingClip. Each frame of the clip, at the fps of the clip, is taken in once. A
    mask is composed in the same way. Sound is looped as the picture is; where the loop does not
    play the frames as they are, it is held in memory, 23 MB a minute. Effects with equal looks, of
    which the same settings are set to each clip, are equal.

    look: how the picture is made, a Look or the name of one; default Look(). settings: of a Look;
        they override `look`. fit: whether a look that is given by its name is set to each clip, see
        RollingClip.open.

    Raises ArgumentError for a value out of range, and for a setting that the effect of the look
    does not have.

    >>> from moviepy import VideoFileClip
    >>> with VideoFileClip("dance.mp4").subclipped(0, 1).resized(0.1) as clip:
    ...     rolling = clip.with_effects([RollScan(direction="out", slit_width=2)])
    ...     type(rolling).__name__, rolling.n_frames
    ('RollingClip', 25)
    """

    look: Look
    fits: tuple[str, ...] = field(repr=False)  # the settings of the look that are set to each clip

    def __init__(
        self, look: Look | str | None = None, *, fit: bool = True, **settings: Unpack[LookSettings]
    ) -> None:
        self.fits = to_fit(look, settings, fit=fit)
        self.look = settled(look, settings)

    def apply(self, clip: Clip) -> RollingClip:
        """The composition of a clip.

        Raises ArgumentError for a clip that has no pictures, no fps or no duration, or is closed.
        """
        _check_clip(clip)
        for name in ("steady", "deflicker"):
            if getattr(self.look, name):
                raise ArgumentError(f"{name} needs a file: RollingClip.open(path, {name}=True)")
        frames = ClipFrames(clip, clip, self.look.crop)
        survey = Survey(frames, clip.fps)
        look = survey.fitted(self.look, self.fits, None, frames.size)
        loop = loop_of(look)
        rolling = RollingClip.of(frames, look, clip.fps, survey=survey)
        for kept in _ACROSS:
            setattr(rolling, kept, getattr(clip, kept))
        part = rolling.part or (0, len(frames))
        if clip.audio is None or (not rolling.part and loop.table(len(frames), clip.fps).is_plain):
            rolling.audio = clip.audio
        else:
            samples, seconds = sound_of_clip(clip.audio, clip.duration), rolling.duration
            count, rate = len(frames), clip.fps
            sound = looped(samples, loop, part, count=count, rate=rate, seconds=seconds)
            rolling.audio = audio_of(sound, seconds)
        if clip.mask is not None:
            mask = ClipFrames(clip.mask, clip, self.look.crop)
            own = RollingClip.of(
                *(mask, look.over(background=LIVE), clip.fps),
                part=rolling.part,
                survey=survey,
                like=rolling,
            )
            own.is_mask = True
            rolling._owned += (own,)
            if rolling.mask is not None:  # which tells what is history
                both = product(own.get_frame, rolling.mask.get_frame)
                own = VideoClip(both, is_mask=True, duration=rolling.duration)
            rolling.mask = own
        rolling.start = clip.start
        rolling.end = clip.start + rolling.duration
        return rolling


def _check_clip(clip: Clip) -> None:
    """Raise ArgumentError unless the clip has frames, fps and a duration."""
    if not isinstance(clip, VideoClip):
        raise ArgumentError(f"the clip is {brief(clip)}: give one that has pictures")
    for needed, example in (("fps", "with_fps(25)"), ("duration", "with_duration(5)")):
        if not getattr(clip, needed, None):
            raise ArgumentError(f"the clip's {needed} is not set: give it one, as in {example}")
    check_rate("the clip's fps", clip.fps)
    check_seconds("the clip's duration", clip.duration)
    try:
        clip.get_frame(0)
    except RollscanError:
        raise
    except Exception as error:  # the reader of a closed clip may raise anything
        raise ArgumentError(
            f"the clip gives no frame ({brief(error)}): give one that is open"
        ) from error
