"""Owns the interpolation between two frames, along the motion from one to the other.

It needs OpenCV, which is imported only when it is used: see checks.check_opencv.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ArgumentError
from ..frames import Frame

Floats = npt.NDArray[Any]  # float32, or float64 if float32 cannot hold the values of a frame

_LEAST_SIDE = 32  # pixels: below that, OpenCV's dense inverse search fails or reads out of bounds
_TRUST_RANGE = 1.5  # pixels: the error of the flow there and back at which trust has fallen to 1/e
_LEAST_TRUST = 0.1  # so that where neither frame is trusted, they count by their nearness in time
# At a cut, the mean difference along the motion is at least _CUT_STEP grey levels, and at least
# _CUT_SHARE of the difference without motion, while the flows there and back agree in at most
# _CUT_AGREE of the pixels. From _FLASH_STEP grey levels on, it is a cut even if they agree.
_CUT_STEP = 16
_CUT_SHARE = 0.4
_CUT_AGREE = 0.35
_FLASH_STEP = 48


class Interpolation:
    """The pictures between two frames, interpolated along the motion.

    The optical flow is computed once in each direction by dense inverse search (Kroeger, Timofte,
    Dai and Van Gool, Fast Optical Flow using Dense Inverse Search, 2016). A pixel in between is
    sampled in both frames, at the places from which and to which it moves. The two samples are
    weighted by nearness in time, and by how well the flows there and back cancel out, so that what
    is hidden in one frame is taken from the other. At a cut or a flash, every picture in between
    is the nearer frame; halfway, it is the one before.

    before, after: (H, W) or (H, W, C) arrays of one shape and dtype, bool, integer or float.
    The flow is computed from their 8-bit grey; unless they are uint8, the grey spans the range of
    values in the two. For a part of a picture, pass as many rows around it as things may move.

    The result does not depend on the number of threads that OpenCV uses.

    Raises ArgumentError for frames of another dtype.
    """

    def __init__(self, before: Frame, after: Frame) -> None:
        self._shape, self._dtype = before.shape[2:], before.dtype
        self._before, self._after = _floats(before), _floats(after)
        self._range = _range(before, after)
        with _one_thread():
            greys = [_grey(floats, self._range) for floats in (self._before, self._after)]
            self._there, self._back = _flow(*greys), _flow(*reversed(greys))
            self.is_cut = self._looks_like_a_cut()

    def at(self, share: float) -> Frame:
        """The picture at `share`, from 0 for the frame before to 1 for the frame after."""
        height, width = self._before.shape[:2]
        y, x = np.mgrid[:height, :width].astype(np.float32)
        return self.finished(self.pixels(y, x, np.float32(share)))

    def rows(self, rows: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
        """Row `rows[i]`, which may be fractional, at `shares[i]`: (n, W) or (n, W, C) floats."""
        across = np.arange(self._before.shape[1])
        return self.pixels(np.asarray(rows)[:, None], across, np.asarray(shares)[:, None])

    def pixels(self, y: npt.ArrayLike, x: npt.ArrayLike, shares: npt.ArrayLike) -> Floats:
        """The pixels at rows `y` and columns `x`, each at a share of its own, 0 to 1.

        The three are broadcast to one shape (n, m), with n and m up to 32,766. Returns (n, m) or
        (n, m, C) floats, which `finished` rounds.
        """
        arrays = np.broadcast_arrays(y, x, shares)
        y, x, shares = (np.ascontiguousarray(array, np.float32) for array in arrays)
        if self.is_cut:
            shares = np.rint(shares)
        with _one_thread():
            x0, y0, trust0 = self._traced(self._there, self._back, x, y, shares)
            x1, y1, trust1 = self._traced(self._back, self._there, x, y, 1 - shares)
            before, after = _sampled(self._before, x0, y0), _sampled(self._after, x1, y1)
        weight0 = (1 - shares) * (trust0 + _LEAST_TRUST)
        weight1 = shares * (trust1 + _LEAST_TRUST)
        pixels = before + (after - before) * (weight1 / (weight0 + weight1))[..., None]
        return pixels.reshape(*y.shape, *self._shape)

    def finished(self, floats: Floats) -> Frame:
        """The floats in the dtype of the frames, rounded if that is not a float.

        Cubic interpolation overshoots, so they are clipped to the range of values in the frames.
        """
        low = min(self._before.min(), self._after.min())
        high = max(self._before.max(), self._after.max())
        clipped = np.clip(floats, low, high)
        if self._dtype.kind != "f":
            clipped = np.rint(clipped)
        return clipped.astype(self._dtype)

    def speed(self, row: float) -> float:
        """The fastest motion in this row, in pixels per frame."""
        row = min(int(row), len(self._there) - 1)
        return float(max(np.abs(self._there[row]).max(), np.abs(self._back[row]).max()))

    @staticmethod
    def _traced(
        flow: Floats, back: Floats, x: Floats, y: Floats, share: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Where in a frame to find what is at x, y a `share` of the way to the other frame.

        flow: from that frame to the other one. back: from the other one to it.
        Returns x, y and the trust in these, 0 to 1.
        """
        x0, y0 = x, y
        for _ in range(2):  # the flow is known only where things start, so iterate to get there
            moved = _remap(flow, x0, y0)
            x0, y0 = x - share * moved[..., 0], y - share * moved[..., 1]
        moved = _remap(flow, x0, y0)
        missed = moved + _remap(back, x0 + moved[..., 0], y0 + moved[..., 1])
        trust = np.exp(_squared(missed) / -(_TRUST_RANGE**2))
        height, width = flow.shape[:2]
        seen = (x0 > -0.5) & (x0 < width - 0.5) & (y0 > -0.5) & (y0 < height - 0.5)
        return x0, y0, trust * seen

    def _looks_like_a_cut(self) -> bool:
        """Whether no motion explains the change between the frames. Compares every eighth pixel."""
        height, width = self._before.shape[:2]
        y, x = np.mgrid[: height : 4 if height > 8 else 1, : width : 2 if width > 8 else 1]
        y, x = y.astype(np.float32), x.astype(np.float32)
        low, high = self._range
        level = 255 / (high - low or 1)
        before = _remap(self._before, x, y)
        still = np.abs(before - _remap(self._after, x, y)).mean() * level
        if still < _CUT_STEP:
            return False
        there = _remap(self._there, x, y)
        along = x + there[..., 0], y + there[..., 1]
        moving = np.abs(before - _remap(self._after, *along)).mean() * level
        missed = there + _remap(self._back, *along)
        agree = (_squared(missed) < _TRUST_RANGE**2).mean()
        if moving >= _FLASH_STEP:
            return True
        return bool(moving >= max(_CUT_STEP, _CUT_SHARE * still) and agree <= _CUT_AGREE)


def greatest_change(before: Frame, after: Frame) -> float:
    """The greatest mean change of an area of 5 x 5 sampled pixels; inf if the shapes differ."""
    cv2 = _opencv()
    if getattr(after, "shape", None) != before.shape or after.dtype != before.dtype:
        return math.inf
    rows, columns = (slice(None, None, 4 if side >= 80 else 1) for side in after.shape[:2])
    change = np.abs(_floats(before[rows, columns]) - _floats(after[rows, columns]))
    with _one_thread():
        return float(cv2.blur(_mean(change), (5, 5)).max())


@contextmanager
def _one_thread() -> Iterator[None]:
    """Limit OpenCV to one thread within the block.

    On strips as small as these, its threads wait for each other several times as long as they work.
    """
    cv2 = _opencv()
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def _opencv() -> Any:
    """OpenCV, imported when first needed. Its type stubs lack dense inverse search."""
    import cv2

    return cv2


def _floats(frame: Frame) -> Floats:
    """The frame as (H, W, C) floats that hold its values."""
    if frame.dtype.kind not in "buif":
        raise ArgumentError(f"frames holds {frame.dtype}: give real numbers, to be smooth")
    kind = np.float32 if frame.dtype.itemsize <= 2 or frame.dtype == np.float32 else np.float64
    return np.ascontiguousarray(frame, kind).reshape(*frame.shape[:2], -1)


def _range(before: Frame, after: Frame) -> tuple[float, float]:
    """The minimum and the maximum of the values in between."""
    if before.dtype == np.uint8:
        return 0, 255
    return float(min(before.min(), after.min())), float(max(before.max(), after.max()))


def _grey(floats: Floats, span: tuple[float, float]) -> npt.NDArray[np.uint8]:
    """The mean of the channels in 8 bits."""
    low, high = span
    return np.asarray((_mean(floats) - low) * (255 / (high - low or 1)), np.uint8)


def _mean(floats: Floats) -> Floats:
    """The mean of the channels. For so few of them, np.mean takes ten times as long."""
    channels = np.moveaxis(floats, -1, 0)
    return np.asarray(sum(channels[1:], channels[0]) / len(channels))


def _squared(flow: Floats) -> Floats:
    """The squared length of each vector in x and y."""
    return np.asarray(flow[..., 0] ** 2 + flow[..., 1] ** 2)


def _flow(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> Floats:
    """The optical flow from one picture to the other, pixels in x and y: (H, W, 2) float32."""
    cv2 = _opencv()
    height, width = one.shape
    padding = (0, max(0, _LEAST_SIDE - height), 0, max(0, _LEAST_SIDE - width))
    padded = [cv2.copyMakeBorder(grey, *padding, cv2.BORDER_REPLICATE) for grey in (one, other)]
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    return np.ascontiguousarray(search.calc(*padded, None)[:height, :width])


def _remap(picture: Floats, x: Floats, y: Floats, *, cubic: bool = False) -> Floats:
    """An (H, W, C) picture, interpolated at (n, m) fractional places: (n, m, C)."""
    cv2 = _opencv()
    how = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    found = cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found).reshape(*x.shape, -1)


def _sampled(picture: Floats, x: Floats, y: Floats) -> Floats:
    """The colours of a picture at these places. OpenCV takes at most four channels at a time."""
    parts = [
        _remap(np.ascontiguousarray(picture[..., c : c + 4]), x, y, cubic=True)
        for c in range(0, picture.shape[-1], 4)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)
