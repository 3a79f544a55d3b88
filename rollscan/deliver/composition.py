"""Owns the composed frames of a file: which are shown, how fast, how they are cut and scaled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from PIL import Image, ImageFilter

from ..counting import whole_floor
from ..frames import Frame
from ..loop.spool import Spool
from ..sound import Sound
from .geometry import Fitted
from .platforms import Size

_SMALL = 64  # pixels: the longer side at which a background is blurred
_BLUR = 2.5  # pixels of that small background: the radius of the blur
_DARKENED = 0.6  # of its brightness a background keeps, so that the picture stands out


def blurred(frame: Frame, size: Size) -> Frame:
    """A background of that size, filled by the middle of the frame, blurred and darkened.

    A small copy is blurred and then enlarged, which looks the same and is far faster. frame:
    (H, W, 3) uint8. size: width and height in pixels.
    """
    height, width, _ = frame.shape
    filling = min(width / size[0], height / size[1])
    across, down = size[0] * filling, size[1] * filling
    x, y = (width - across) / 2, (height - down) / 2
    small = (max(1, round(_SMALL * side / max(size))) for side in size)
    image = Image.fromarray(frame).resize(
        (next(small), next(small)), Image.Resampling.BOX, (x, y, x + across, y + down)
    )
    image = image.filter(ImageFilter.GaussianBlur(_BLUR)).point(lambda level: level * _DARKENED)
    return np.array(image.resize(size, Image.Resampling.BICUBIC))


@dataclass(frozen=True)
class Composition:
    """Composed frames that can be iterated any number of times.

    Each is (H, W, 3) uint8, or (H, W, 4) with alpha, and a new array, but one that is shown several
    times in a row is the same array. The methods return another selection of the same frames, which
    are stored only once.
    """

    stored: Spool | Sequence[Frame]  # all frames, before they are cut and scaled
    order: Sequence[int]  # the numbers of the frames that are shown (0-based)
    fps: float  # frames shown per second
    fitted: Fitted  # how they are cut and scaled
    sound: Sound | None = None
    seam: float | None = None  # how much the loop jumps where it starts over, see loop.SeamMeter

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[Frame]:
        for number, times in groupby(self.order):
            picture = self._picture(self.stored[number])
            yield from (picture for _ in times)

    def __getitem__(self, k: int) -> Frame:
        return self._picture(self.stored[self.order[k]])

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.fitted.size

    @property
    def seconds(self) -> float:
        """The playing time."""
        return len(self) / self.fps

    def beginning_with(self, first: int) -> Composition:
        """The same loop, beginning with its frame `first` (0-based)."""
        order = [*self.order[first:], *self.order[:first]]
        sound = self.sound and self.sound.beginning_at(first / self.fps)
        return replace(self, order=order, sound=sound)

    def up_to(self, seconds: float) -> Composition:
        """The first frames, as many as fit into this time, but at least one."""
        count = max(1, whole_floor(seconds * self.fps))
        return self if count >= len(self) else replace(self, order=self.order[:count], seam=None)

    def thinned(self, count: int) -> Composition:
        """`count` of the frames, spread evenly over the same time."""
        if count == len(self):
            return self
        order = [self.order[k * len(self) // count] for k in range(count)]
        return replace(self, order=order, fps=self.fps * count / len(self))

    def held(self, times: int) -> Composition:
        """Each frame shown `times` times, at as many times the rate."""
        if times == 1:
            return self
        order = [number for number in self.order for _ in range(times)]
        return replace(self, order=order, fps=self.fps * times)

    def within(self, side: float) -> Composition:
        """The frames scaled so that their longer side has at most `side` pixels."""
        if max(self.size) <= side:
            return self
        return self.fitted_to(self.fitted.narrowed(self.size[0] * side / max(self.size)))

    def fitted_to(self, fitted: Fitted) -> Composition:
        """The frames cut, scaled and padded as `fitted` says."""
        return replace(self, fitted=fitted)

    def _picture(self, frame: Frame) -> Frame:
        """A stored frame cut, scaled and padded."""
        x, y, width, height = self.fitted.crop
        picture = frame[y : y + height, x : x + width]
        if self.fitted.scaled != (width, height):
            image = Image.fromarray(picture)
            picture = np.asarray(image.resize(self.fitted.scaled, Image.Resampling.LANCZOS))
        if self.fitted.scaled == self.size:
            return picture
        canvas = np.zeros((self.size[1], self.size[0], frame.shape[2]), np.uint8)
        if self.fitted.blur and frame.shape[2] == 3:  # else the bars are transparent
            canvas = blurred(frame, self.size)
        x, y = self.fitted.at
        canvas[y : y + picture.shape[0], x : x + picture.shape[1]] = picture
        return canvas
