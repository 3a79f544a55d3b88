"""Owns RollScan, a MoviePy effect: any clip to a RollingClip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moviepy import VideoClip
from moviepy.Clip import Clip  # in moviepy itself, type checkers see the modules of these names
from moviepy.Effect import Effect

from .checks import brief, check_rate, check_seconds
from .clip import RollingClip
from .clip_source import ClipFrames
from .errors import ArgumentError, RollscanError
from .look import Look, loop_of, settled

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .typed import LookSettings

_ACROSS = ("pos", "relative_pos", "layer_index")  # what a clip keeps that becomes another


@dataclass(init=False)
class RollScan(Effect):
    """The rolling slit-scan of any MoviePy clip: clip.with_effects([RollScan()]).

    Each frame of the clip, at the clip's fps, is taken in once. A mask rolls with its picture.
    Sound is kept for the loops that keep the clip's time, cut and wrap. Gives a RollingClip.

    look: how the picture is made; settings of a Look beside it win, see Look. With equal looks
        effects are equal.
    Raises ArgumentError for a value out of range, and for a setting that the effect has not.

    >>> from moviepy import VideoFileClip
    >>> with VideoFileClip("dance.mp4").subclipped(0, 1).resized(0.1) as clip:
    ...     rolling = clip.with_effects([RollScan(direction="out", slit_width=2)])
    ...     type(rolling).__name__, rolling.n_frames
    ('RollingClip', 25)
    """

    look: Look

    def __init__(self, look: Look | None = None, **settings: Unpack[LookSettings]) -> None:
        self.look = settled(look, settings)

    def apply(self, clip: Clip) -> RollingClip:
        """The rolling clip. Raises ArgumentError for a clip without pictures, or without a rate.

        So it does for one that never ends, and for one that was closed.
        """
        _check_clip(clip)
        for name in ("steady", "deflicker"):
            if getattr(self.look, name):
                raise ArgumentError(f"{name} needs a file: RollingClip.open(path, {name}=True)")
        frames, loop = ClipFrames(clip, clip), loop_of(self.look)
        rolling = RollingClip.of(frames, self.look, clip.fps)
        for kept in _ACROSS:
            setattr(rolling, kept, getattr(clip, kept))
        if not rolling.part and loop.table(len(frames), clip.fps).is_plain:
            rolling.audio = clip.audio
        if clip.mask is not None:
            mask = ClipFrames(clip.mask, clip)
            rolling.mask = RollingClip.of(mask, self.look, clip.fps, part=rolling.part)
            rolling.mask.is_mask = True
            rolling._owned += (rolling.mask,)
        rolling.start = clip.start
        rolling.end = clip.start + rolling.duration
        return rolling


def _check_clip(clip: Clip) -> None:
    """Raise ArgumentError unless the clip has frames, an end, and a rate to take them at."""
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
    except Exception as error:  # whatever the reader of a closed clip meets
        raise ArgumentError(
            f"the clip gives no frame ({brief(error)}): give one that is open"
        ) from error
