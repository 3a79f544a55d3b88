"""Owns pictures between two frames, made along the motion there. Needs OpenCV."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ArgumentError
from ..frames import Frame

Shares = npt.NDArray[np.float32]  # (H, W): of the way from the frame before, 0, to that after, 1
Flow = npt.NDArray[np.float32]  # (h, w, 2): where each pixel goes, in pixels: across, down

BYTES_A_PIXEL = 64  # of memory, about, to make a picture

_FLOW_SIDE = 480  # pixels; of a larger picture the motion is looked for in a smaller one
_LEAST_HALVED = 64  # pixels; the motion in a smaller picture is looked for in all of it
_LEAST_SIDE = 32  # pixels; OpenCV 5 crashes below 16, so what is smaller is padded
_STRICT = 2.0  # how much less a pixel counts whose flows miss each other, by a pixel squared
_FAST = 0.05  # a miss is measured in pixels, or for fast motion in so much of its square
# Two frames are two shots where the mean trust in the flows is below the first of these; or below
# the second, or their greys further apart than the third, where the flow explains hardly any of it.
# Measured: cuts 0 to 0.1 (in small pictures to 0.4), a slow fade 0.44, any motion over 0.65.
_CUT = 0.25
_DOUBT = 0.4
_FLASH = 24.0  # grey levels
_UNEXPLAINED = 0.8  # of their difference
_TRUST_LEAST = 1e-3  # so that where neither flow is to be trusted, time alone decides
_WHOLE = 1024.0  # the sum of two weights: blendLinear adds 1e-5 to it, which must not show


class Between:
    """Pictures between two frames, in which each pixel has its own share of the way.

    share: (H, W) floats, 0 for the frame before, 1 for the one after. Raises ArgumentError if
    there is no OpenCV.

    The flow is found both ways by dense inverse search (Kroeger, Timofte, Dai and Van Gool, 2016).
    Each pixel is traced back to where it was before, and on to where it will be; the two colours
    there are weighted by time, and by how well the flows cancel out where they come from: they do
    not where something is hidden in one of the frames. Two frames that are two shots, or a flash
    apart, have nothing between them: there each pixel is that of the nearer one, halfway the older.
    """

    def __init__(self, share: npt.NDArray[Any]) -> None:
        self._cv = opencv()
        self._share: Shares = share.astype(np.float32)
        height, width = share.shape
        factor = max(
            2 if min(height, width) >= _LEAST_HALVED else 1, max(share.shape) // _FLOW_SIDE
        )
        self._size = -(-width // factor), -(-height // factor)  # of the pictures for the flow
        self._small = self._resized(self._share, self._size)
        self._grid, self._small_grid = _grid((width, height)), _grid(self._size)
        self._flow = self._cv.DISOpticalFlow_create(self._cv.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def __call__(self, before: Frame, after: Frame) -> Frame:
        """The picture between these two frames, (H, W, ...) of their dtype, new."""
        if np.array_equal(before, after):
            return after.copy()
        old, new = self._grey(before), self._grey(after)
        on, back = self._flows(old, new)
        trust_on, trust_back = self._trust(on, back), self._trust(back, on)
        if self._is_cut(old, new, on, trust_on):
            shown = self._share.reshape(*self._share.shape, *[1] * (after.ndim - 2)) > 0.5
            nearest: Frame = np.where(shown, after, before)
            return nearest
        share, small = self._share, self._small
        here, trust_here = self._traced(before, on, trust_on, share, small)
        there, trust_there = self._traced(after, back, trust_back, 1 - share, 1 - small)
        return self._blend(here, there, (1 - share) * trust_here, share * trust_there, after)

    def _flows(self, old: Frame, new: Frame) -> tuple[Flow, Flow]:
        """The flow from the one to the other, and back."""
        width, height = self._size
        pad = [(0, max(0, _LEAST_SIDE - side)) for side in (height, width)]
        if any(more for _, more in pad):
            old, new = np.pad(old, pad, mode="edge"), np.pad(new, pad, mode="edge")
        flows = self._flow.calc(old, new, None), self._flow.calc(new, old, None)
        on, back = (np.ascontiguousarray(flow[:height, :width]) for flow in flows)
        return on, back

    def _trust(self, flow: Flow, back: Flow) -> Shares:
        """How far each pixel comes back to where it set out, 1 for exactly."""
        miss = flow + self._at(back, self._small_grid + flow)
        squared, fast = (miss * miss).sum(axis=2), (flow * flow).sum(axis=2)
        trust: Shares = np.exp(-_STRICT * squared / (1 + _FAST * fast))
        return trust

    def _is_cut(self, old: Frame, new: Frame, on: Flow, trust: Shares) -> bool:
        """Whether there is no motion that leads from the one picture to the other."""
        trusted = float(trust.mean())
        left = float(self._cv.absdiff(self._at(new, self._small_grid + on), old).mean())
        unexplained = left > _UNEXPLAINED * float(self._cv.absdiff(new, old).mean())
        return trusted < _CUT or (unexplained and (trusted < _DOUBT or left > _FLASH))

    def _traced(
        self, frame: Frame, flow: Flow, trust: Shares, share: Shares, small: Shares
    ) -> tuple[Frame, Shares]:
        """What a frame shows where each pixel comes from, with the trust in that.

        share: of the flow that the pixel has come along, small: the same as large as the flow.
        """
        rough = self._small_grid - small[..., None] * flow  # as if the flow were the same there
        come, trusted = self._at(flow, rough), self._at(trust, rough)
        width, height = share.shape[::-1]
        come = self._resized(come, (width, height))
        come *= -np.array((width / self._size[0], height / self._size[1]), np.float32)
        come *= share[..., None]
        come += self._grid  # in place, all of it: these are the largest arrays there are
        pixels = frame if frame.dtype == np.uint8 else frame.astype(np.float32)
        shown = self._at(pixels, come)
        return shown, self._resized(trusted, (width, height)) + np.float32(_TRUST_LEAST)

    def _blend(
        self, here: Frame, there: Frame, weight_here: Shares, weight_there: Shares, like: Frame
    ) -> Frame:
        whole = np.float32(_WHOLE) / (weight_here + weight_there)
        blend = self._cv.blendLinear(here, there, weight_here * whole, weight_there * whole)
        if like.dtype.kind != "f":
            blend = np.rint(blend)
        shown: Frame = blend.reshape(like.shape).astype(like.dtype, copy=False)
        return shown

    def _grey(self, frame: Frame) -> Frame:
        """The greys of a frame, (h, w) uint8, as large as the flow."""
        if frame.dtype == np.uint8 and frame.ndim == 3 and frame.shape[2] == 3:
            grey: Frame = self._cv.cvtColor(np.ascontiguousarray(frame), self._cv.COLOR_RGB2GRAY)
        else:
            levels = frame.mean(axis=2) if frame.ndim == 3 else frame
            white = 255 if frame.dtype.kind == "f" else 1
            grey = np.clip(levels * white, 0, 255).astype(np.uint8)
        if grey.shape[::-1] == self._size:
            return grey
        small: Frame = self._cv.resize(grey, self._size, interpolation=self._cv.INTER_AREA)
        return small

    def _at(self, values: Frame, places: Flow) -> Frame:
        """The values at these places, in between the pixels; beyond the edge those of the edge."""
        border = self._cv.BORDER_REPLICATE
        found: Frame = self._cv.remap(
            values, places, None, self._cv.INTER_LINEAR, borderMode=border
        )
        return found

    def _resized(self, values: Frame, size: tuple[int, int]) -> Frame:
        resized: Frame = self._cv.resize(values, size, interpolation=self._cv.INTER_LINEAR)
        return resized


def opencv() -> Any:
    """OpenCV. Raises ArgumentError if it is not there, saying how to get it."""
    try:
        import cv2
    except ImportError as error:
        raise ArgumentError(
            f"smooth needs OpenCV, which cannot be had ({error}): pip install 'rollscan[smooth]'"
        ) from error
    return cv2


def _grid(size: tuple[int, int]) -> Flow:
    """Each pixel's own place."""
    return np.dstack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in size)))
