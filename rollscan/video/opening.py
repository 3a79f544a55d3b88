"""Owns the opening of a video that was probed: a file, or pictures."""

from __future__ import annotations

from ..kinds import Crop
from ..tracker import SILENT, Tracker
from .facts import Facts
from .size import checked_framing
from .source import Video


def open_video(
    facts: Facts,
    *,
    scale: float | None = None,
    width: int | None = None,
    fit: int | None = None,
    crop: Crop | None = None,
    steady: bool = False,
    deflicker: bool = False,
    tracker: Tracker = SILENT,
) -> Video:
    """Open a video that was probed, at a size set by at most one of `scale`, `width` and `fit`.

    facts: from `Probe.facts`. scale: a factor on the video's size, after rotation and with square
    pixels. width: of the frames in pixels; the height keeps the shape. fit: the most pixels that
    the longer side may have; a smaller video is not enlarged. Without any, the video's own size.
    crop: the part of the picture that is shown, to which the size refers; None for all of it. It is
    left, top, width and height as fractions, or the ratio of a part in the middle, as "16:9".
    steady: whether to remove camera shake and enlarge what is left of the picture. deflicker:
    whether to even out its brightness. tracker: of the job.
    Raises ArgumentError for a scale or a width that is no number in range, for both of them
    together, and for a size with a side of under 2 or over 65,535 pixels, or of too many in all.
    """
    framing = checked_framing(facts, scale=scale, width=width, fit=fit, crop=crop)
    source = Video
    if facts.pictures:
        from .picture_video import PictureVideo

        source = PictureVideo
    return source(facts, framing, steady=steady, deflicker=deflicker, tracker=tracker)
