"""Owns the measure of how much of a look is seen on a clip, from small frames composed with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from functools import reduce
from itertools import islice

import numpy as np
import numpy.typing as npt

from .composing import Listed, composed
from .fit import shortened
from .frames import Frame
from .look import Look, belongs, effect_of, loop_of

Seen = npt.NDArray[np.int16]

HARDLY = 1.0  # a look of less strength is hardly seen

WIDTH = 64  # pixels, about, of the frames in which it is measured
_RATE = 12.0  # frames per second, about, that are composed
_COMPARED = 16  # composed frames, at most
_MOST = 80  # source frames, at most, with which each is compared
_VISIBLE = 14 * 9  # 14 levels of 255, in sums of 3 x 3 pixels: less is not seen
_WINDOWS = 3  # are as wide as the picture, and as high
# The share of the picture that has to differ for strength 1: at least, and in proportion to the
# share by which two frames of the video differ.
_LEAST, _OF_MOTION = 0.002, 0.035


def strength(look: Look, frames: Sequence[Frame], rate: float) -> float:
    """How much of a look is seen; with less than HARDLY, next to nothing.

    Each window of a composed frame is compared with that frame of the video which it is most like
    there, and each pixel with those next to it. So what is only late, in all of the picture or by
    and by from one side to the other, or is bent by less than a pixel, looks like the video itself;
    what is torn, bent, repeated or parted in its colours does not.

    frames: small frames of the part that is shown, (H, W, 3) uint8, at least one. rate: frames per
    second. Composed are about 12 frames a second of them, without what lies between frames.
    """
    step = max(1, round(rate / _RATE))
    source, rate = Listed(frames[::step]), rate / step
    small = look.over(smooth=False)
    if belongs("slit_width", look.effect):  # it is in pixels of a larger picture
        small = small.over(slit_width="auto", feather=0)
    small = shortened(small, (), len(source), rate)
    made = composed(
        source,
        effect_of(small),
        loop_of(small),
        rate,
        rgb=small.rgb,
        part=(0, len(source)),
        is_portion=True,  # of so few frames, the loop may be a little shorter
    )
    period = made.loop.period
    numbers = set(_spread(period, _COMPARED))
    with closing(made.composer), closing(made.loop):
        pictures = [
            _seen(picture)
            for number, picture in enumerate(islice(made.composer, period))
            if number in numbers
        ]
    lives = np.stack([_seen(frame) for frame in source.frames()])
    lives = lives[_spread(len(lives), _MOST)]
    around = _of_nine(lives, np.minimum), _of_nine(lives, np.maximum)
    changed = np.mean([_least_share(_differs(picture, *around)) for picture in pictures])
    some = lives[_spread(len(lives), _COMPARED)]
    moved = np.mean([_differs(live, lives, lives).mean() for live in some])
    return float(changed / max(_LEAST, _OF_MOTION * moved))


def _spread(count: int, most: int) -> list[int]:
    """Numbers from 0 up to `count`, at most `most`, evenly spread."""
    return sorted({round(number) for number in np.linspace(0, count - 1, min(count, most))})


def _seen(frame: Frame) -> Seen:
    """The frame without its finest detail: the sums of 3 x 3 pixels, (5, H, W).

    The planes are red, green, blue, and how far red and blue are from green, in which it shows
    where colours part.
    """
    sums = _of_nine(frame.transpose(2, 0, 1).astype(np.int16), np.add)
    return np.concatenate([sums, sums[[0, 2]] - sums[1]])


def _of_nine(planes: Seen, of_two: Callable[[Seen, Seen], Seen]) -> Seen:
    """What a function of two makes of each pixel and those next to it: the last axes are (H, W)."""
    height, width = planes.shape[-2:]
    padded = np.pad(planes, [(0, 0)] * (planes.ndim - 2) + [(1, 1)] * 2, "edge")
    rows = reduce(of_two, (padded[..., k : k + height, :] for k in range(3)))
    return reduce(of_two, (rows[..., k : k + width] for k in range(3)))


def _differs(picture: Seen, least: Seen, most: Seen) -> npt.NDArray[np.bool_]:
    """Where the picture differs visibly from each of the frames: (N, H, W).

    least, most: of the frames, (N, 5, H, W); a pixel between these is like the frame.
    """
    outside = (picture < least - _VISIBLE) | (picture > most + _VISIBLE)
    return np.asarray(outside.any(axis=1))


def _least_share(differs: npt.NDArray[np.bool_]) -> float:
    """The share of the windows that differs, each from the frame that is most like it there."""
    height, width = (max(1, round(length / _WINDOWS)) for length in differs.shape[1:])
    sums = np.pad(differs, ((0, 0), (1, 0), (1, 0))).cumsum(1, np.int32).cumsum(2, np.int32)
    rows = sums[:, height:] - sums[:, :-height]
    counts = rows[:, :, width:] - rows[:, :, :-width]
    return float(counts.min(axis=0).mean() / (height * width))
