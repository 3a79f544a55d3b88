"""Owns the look-ups of a field: how frames are kept until the pixels looked up in them are due."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..counting import TOLERANCE
from ..frames import Frame, rounded_as, strips
from .delay_line import DelayLine
from .field import LIVE, Floats, Layer, Whole, delays, nearest, places
from .interpolate import Interpolation
from .recent_frames import RecentFrames
from .ring import BETWEEN_BYTES, FINENESS, Cuts, LookUp, part_of, size_of
from .sites import Sites, boxes_of, first_places, sites_of, taken
from .space_time import SpaceTime

_FEW = 4  # times less memory that a ring of places takes, where it is used for a delay line
_MOST_PLACES = 32_000  # that OpenCV takes in a row
_MARGIN = 48  # pixels around a slit in which things may move from one frame to the next


def look_up(
    layer: Layer,
    like: Frame,
    *,
    reach: int,
    shows_live: bool,
    smooth: bool,
    period: int | None = None,
    beside: LookUp | None = None,
) -> LookUp:
    """The look-up of a layer that needs the least memory.

    like: a frame, (H, W, ...) of any dtype, whose shape and dtype all frames have.
    reach: the greatest delay in frames. shows_live: whether what is before the first frame shows
    the live picture instead of that frame. smooth: whether moments between two frames are
    interpolated along the motion. period: see Field.
    beside: the look-up of a layer of the same frames, which takes them in before.
    """
    if layer is LIVE:
        return _Live()
    if period is not None:
        return SpaceTime(layer, like, period, smooth=smooth)
    if not layer.is_captured():
        kept = beside if isinstance(beside, RecentFrames) else None
        return RecentFrames(layer, like, reach, shows_live, smooth=smooth, beside=kept)
    late = delays(layer, 0, size_of(like))
    lags = nearest(late)
    sites = sites_of(layer, late, size_of(like), smooth=smooth)
    moments = FINENESS if smooth else 1
    least = _FEW if sites and sites.boxes.are_single else 1  # as few means are taken more quickly
    if sites and least * (int(lags.max()) + 1) * moments * sites.count < lags.sum():
        return _Slit(sites, late, like, shows_live, smooth=smooth)
    return _Captures(layer, late, like, shows_live, smooth=smooth)


class _Live(LookUp):
    """The frame itself."""

    def restart(self) -> None:
        """Do nothing: no frames are kept."""

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        self._frame = frame

    def picture(self) -> Frame:
        """A copy of the frame."""
        return self._frame.copy()


class _Captures(LookUp):
    """Delays that stand still: a frame is rearranged when it arrives, and passes a delay line."""

    def __init__(
        self, layer: Layer, late: Floats, like: Frame, shows_live: bool, *, smooth: bool
    ) -> None:
        self._layer, self._size = layer, size_of(like)
        self._boxes = boxes_of(layer, self._size)
        self._samples: tuple[Any, Any] | None = None  # of the boxes, see _rearranged
        has_places = layer.y is not None or layer.x is not None
        self._is_rearranged = has_places or not self._boxes.are_single
        self._share: npt.NDArray[np.float32] | None = None  # (H, W), see _between
        lags = nearest(late)
        if smooth:
            # A delay of n + f frames is a delay of n, in the picture at 1 - f between two frames.
            lags = np.floor(late + TOLERANCE).astype(np.intp)
            self._share = np.clip(1 - (late - lags), 0, 1).astype(np.float32)
        # What is rounded away, where places follow that.
        self._rest = late - lags if layer.follows == "moment" else 0
        self._lags = lags if shows_live else None
        self._deepest = int(lags.max())
        beside = BETWEEN_BYTES * lags.size if smooth else 0
        where = self._still_places() if self._is_rearranged and not smooth else None
        self._is_rearranged &= where is None  # or else the delay line does that
        self._line = DelayLine(lags, like, beside=beside, where=where)
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self._line.restart()
        self._count = 0
        self._before: Frame | None = None  # a copy of the latest frame, if it is interpolated

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        if self._lags is not None:
            self._frame = frame
        self._count += 1
        if self._share is None:
            self._line.take(self._rearranged(frame, number) if self._is_rearranged else frame)
            return
        self._line.take(frame if self._before is None else self._between(frame, number))
        self._before = frame.copy()

    def picture(self) -> Frame:
        """The layer as of the latest frame."""
        picture = self._line.picture()
        if self._lags is not None and self._count <= self._deepest:
            is_before = self._lags >= self._count
            picture[is_before] = self._frame[is_before]
        return picture

    def close(self) -> None:
        """Close the delay line."""
        self._line.close()

    def _still_places(self) -> Whole | None:
        """The pixel that each pixel shows, see DelayLine; None if they move or show means."""
        if callable(self._layer.y) or callable(self._layer.x) or not self._boxes.are_single:
            return None
        y, x = (nearest(place) for place in places(self._layer, 0, self._size))
        return np.broadcast_to(y * self._size[0] + x, self._size[::-1])

    def _rearranged(self, frame: Frame, number: int) -> Frame:
        """The frame with the nearest pixel in each place."""
        width, height = self._size
        y, x = self._places(number)
        if not self._boxes.are_single:
            if self._samples is None or callable(self._layer.y) or callable(self._layer.x):
                y, x = first_places(y, x, self._boxes, self._size)
                self._samples = self._boxes.samples(nearest(y), nearest(x), self._size)
            return self._boxes.means(taken(frame, *self._samples)).reshape(frame.shape)
        if y.shape[1] == x.shape[0] == 1:
            rows: Frame = frame[np.broadcast_to(nearest(y[:, 0]), height)]
            return rows[:, np.broadcast_to(nearest(x[0]), width)]
        return taken(frame, *np.broadcast_arrays(y, x)).reshape(frame.shape)

    def _places(self, number: int) -> tuple[Floats, Floats]:
        """The row and the column that each pixel shows of a frame."""
        times = number - self._rest if self._layer.follows == "moment" else number
        return places(self._layer, times, self._size)

    def _between(self, frame: Frame, number: int) -> Frame:
        """The picture with each pixel at its own share of the way from the frame before."""
        assert self._before is not None and self._share is not None
        still = np.array_equal(self._before, frame)
        if still and not self._is_rearranged:
            return frame
        between = Interpolation(self._before, frame)
        made = np.empty_like(frame)
        y, x = self._places(number)
        for rows in strips(len(frame)):
            made[rows] = self._strip(between, part_of(y, rows), part_of(x, rows), rows)
        return made

    def _strip(self, between: Interpolation, y: Floats, x: Floats, rows: slice) -> Frame:
        """Some rows of the picture between two frames."""
        assert self._share is not None
        share = self._share[rows]
        if self._boxes.are_single:
            return between.finished(between.pixels(y, x, share))
        width = self._size[0]
        around = self._boxes.some(slice(rows.start * width, rows.stop * width))
        first = first_places(y, x, around, (width, len(share)))
        y, x = around.samples(*first, self._size)
        made = _at_places(between, y, x, around.repeated(share.ravel())[None, :])[0]
        return around.means(made).reshape(*share.shape, *made.shape[1:])


class _Slit(LookUp):
    """Delays that stand still, where few different places of a frame are looked up: a ring of them.

    If it is smooth, as many moments are stored for each frame as FINENESS says. Those between two
    frames are interpolated along the motion; a delay between two moments mixes them.
    """

    def __init__(
        self, sites: Sites, late: Floats, like: Frame, shows_live: bool, *, smooth: bool
    ) -> None:
        self._sites, self._smooth = sites, smooth
        self._moments = FINENESS if smooth else 1  # for each frame
        ago = late * self._moments
        self._ago = np.floor(ago + TOLERANCE).astype(np.intp) if smooth else nearest(ago)
        self._share = np.clip(ago - self._ago, 0, 1) if smooth else None  # of the moment before
        self._lags = nearest(late) if shows_live else None
        self._deepest = int(self._ago.max()) + smooth
        # In the ring, from the newest moment on:
        self._index = sites.which - self._ago * sites.count
        self._cuts = Cuts(self._deepest // self._moments + 2)
        self._ring = np.empty((self._deepest + 1, sites.count, *like.shape[2:]), like.dtype)
        self.restart()

    def restart(self) -> None:
        """Discard all frames."""
        self._count = 0
        self._before: Frame | None = None  # a copy of the latest frame, if it is interpolated

    def take(self, frame: Frame, number: int) -> None:
        """Take in the next frame."""
        if self._before is not None:
            self._take_between(self._before, frame, number)
        else:
            self._store(self._count, taken(frame, *self._sites.of(number)))
        self._before = frame.copy() if self._smooth else None
        self._frame = frame
        self._count += 1

    def picture(self) -> Frame:
        """The layer as of the latest frame."""
        last = (self._count - 1) * self._moments
        picture = self._at(last)
        if self._share is not None:
            share = self._cuts.shares(self._share, self._ago // self._moments, self._count)
            share = share.reshape(*share.shape, *[1] * (picture.ndim - 2))
            mixed = picture * (1 - share) + self._at(last - 1) * share
            picture = rounded_as(mixed, picture)
        if self._lags is not None and last < self._deepest:
            is_before = self._lags >= self._count
            picture[is_before] = self._frame[is_before]
        return picture

    def _at(self, last: int) -> Frame:
        """The picture as of moment `last`; what is before the first moment is as in that one."""
        count, index = self._sites.count, self._index
        if last < self._deepest:
            index = self._sites.which - np.minimum(self._ago, last) * count
        index = index + last % len(self._ring) * count
        flat = self._ring.reshape(-1, *self._ring.shape[2:])
        picture: Frame = np.take(flat, index, axis=0, mode="wrap")  # as moments go round the ring
        return picture

    def _store(self, moment: int, pixels: Frame) -> None:
        """Store the means of the pixels at the sites."""
        self._ring[moment % len(self._ring)] = self._sites.boxes.means(pixels)

    def _take_between(self, before: Frame, frame: Frame, number: int) -> None:
        """Store the moments after the frame before, up to this frame."""
        (y0, x0), (y1, x1) = self._sites.of(number - 1), self._sites.of(number)
        window = tuple(
            slice(
                max(0, int(min(a.min(), b.min())) - _MARGIN), int(max(a.max(), b.max())) + _MARGIN
            )
            for a, b in ((y0, y1), (x0, x1))
        )
        shares = np.arange(1, FINENESS + 1)[:, None] / FINENESS
        y, x = ((1 - shares) * a + shares * b for a, b in ((y0, y1), (x0, x1)))
        between = Interpolation(before[window], frame[window])
        self._cuts.note(self._count + 1, between.is_cut)
        made = _at_places(between, y - window[0].start, x - window[1].start, shares)
        first = (self._count - 1) * FINENESS + 1
        for moment, pixels in enumerate(made, first):
            self._store(moment, pixels)


def _at_places(between: Interpolation, y: Floats, x: Floats, shares: Floats) -> Frame:
    """The pixels between two frames at places that broadcast to (n, m), however many: (n, m, …)."""
    y, x, shares = np.broadcast_arrays(y, x, shares)
    parts = range(0, y.shape[1], _MOST_PLACES)
    made = [between.pixels(*(a[:, k : k + _MOST_PLACES] for a in (y, x, shares))) for k in parts]
    return between.finished(np.concatenate(made, axis=1))
