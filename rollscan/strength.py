"""Owns the measure of how much of a look is seen on a clip, from small frames composed with it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from itertools import islice

import numpy as np
import numpy.typing as npt

from .composing import Listed, composed
from .fit import shortened
from .frames import Frame
from .look import Look, belongs, effect_of, loop_of

Seen = npt.NDArray[np.float32]

HARDLY = 1.2  # a look of less strength is hardly seen

WIDTH = 64  # pixels, about, of the frames in which it is measured
_RATE = 12.0  # frames per second, about, that are composed
_COMPARED = 16  # composed frames, at most
_MOST = 80  # source frames, at most, with which each is compared
_VISIBLE = 14.0  # levels of 255: a lesser difference of small pixels is not seen
# The share of the picture that has to differ for strength 1: at least, and usually; and in
# proportion to the share by which two frames of the video differ.
_LEAST, _USUAL, _OF_MOTION = 0.01, 0.035, 0.15


def strength(look: Look, frames: Sequence[Frame], rate: float) -> float:
    """How much of a look is seen; with less than HARDLY, next to nothing.

    Composed frames are compared with that frame of the video which they are most like, as a
    picture that is only late looks like any other.

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
    changed = np.mean([_shares(picture, lives).min() for picture in pictures])
    moved = np.mean([_shares(lives[number], lives).mean() for number in _spread(len(lives), 16)])
    much = max(changed / _USUAL, changed / (_OF_MOTION * moved) if moved > 0 else 0.0)
    return float(min(changed / _LEAST, much))


def _spread(count: int, most: int) -> list[int]:
    """Numbers from 0 up to `count`, at most `most`, evenly spread."""
    return sorted({round(number) for number in np.linspace(0, count - 1, min(count, most))})


def _shares(picture: Seen, lives: Seen) -> npt.NDArray[np.float64]:
    """The share of the pixels that differ visibly from each of the frames: (N,)."""
    return np.asarray((np.abs(picture - lives).max(axis=-1) > _VISIBLE).mean(axis=(1, 2)))


def _seen(frame: Frame) -> Seen:
    """The frame without its finest detail: the means of 3 x 3 pixels, at every second one."""
    height, width = ((length + 1) // 2 * 2 - 1 for length in frame.shape[:2])
    padded = np.pad(frame, ((1, 1), (1, 1), (0, 0)), "edge").astype(np.float32)
    rows = sum((padded[k : k + height : 2] for k in (0, 1)), padded[2 : 2 + height : 2])
    columns = sum((rows[:, k : k + width : 2] for k in (0, 1)), rows[:, 2 : 2 + width : 2])
    return np.asarray(columns / 9)
