"""Owns what a slit shows between two frames: columns of moments for which there is no frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil

import numpy as np

from ..composers.smooth import SmoothSlit, Steps
from ..frames import Frame, Picture
from .slits import Slit


def between(frames: Iterator[Picture], per_frame: Fraction, slit: Slit) -> Iterator[Picture]:
    """The slit at equal steps of time, of which a frame has more than one.

    Yields for each frame what the slit showed since the frame before, and then what it shows in
    the last frame, which stands as long as the others: (n, H, 3) uint8. The first frame adds
    nothing. per_frame: how many columns there are for each frame, at least 1.

    frames: of each the rows `slit.needed`, turned so that the slit is a row.
    """
    steps = Steps(frames)
    smooth = SmoothSlit(steps, _as_it_is, length=slit.length)
    done, at = 0, slit.rows(0).start
    for k, frame in enumerate(steps):
        before, at = at, slit.rows(k).start
        stop = ceil(k * per_frame)
        if stop == done:
            yield np.empty((0, *frame.shape[1:]), np.uint8)
            continue
        ago = float(k * per_frame) - np.arange(stop - 1, done - 1, -1)  # in columns
        yield smooth.at(before, at, float(per_frame), ago)[::-1]
        done = stop
    rest = ceil((k + 1) * per_frame) - done
    yield np.repeat(frame[at : at + 1], rest, axis=0)


def _as_it_is(frame: Frame) -> Frame:
    return frame
