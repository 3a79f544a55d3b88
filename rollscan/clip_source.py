"""Owns what is read of a MoviePy clip: its frames, as a source that can be composed; its sound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from moviepy import AudioClip
from moviepy.Clip import Clip

from .counting import whole_floor
from .frames import Frame, thinned
from .kinds import Crop
from .loop.sound import RATE, Samples, blank
from .video.size import cropped_pixels

_CHUNK = 1024  # samples: MoviePy's readers lose what is more than half of their buffer


def sound_of_clip(audio: AudioClip, seconds: float) -> Samples:
    """The first `seconds` of the sound of a MoviePy clip, on disk: (n, 2) int16 at RATE."""
    rate = float(audio.fps or RATE)
    seconds = min(seconds, audio.duration or seconds)
    last = max(0, whole_floor(seconds * rate) - 1)  # sample of the clip
    sound = blank(max(1, round(seconds * RATE)))
    for start in range(0, len(sound), _CHUNK):
        at = np.arange(start, min(start + _CHUNK, len(sound))) / RATE * rate
        read = np.arange(min(int(at[0]), last), min(int(at[-1]) + 1, last) + 1)
        channels = np.reshape(audio.get_frame(read / rate), (len(read), -1)).T
        for side in (0, 1):  # a single channel is on both
            levels = np.interp(at, read, channels[min(side, len(channels) - 1)])
            piece = np.clip(np.rint(levels * 32_768), -32_768, 32_767)
            sound[start : start + len(at), side] = piece
    return sound


class ClipFrames:
    """The frames of a MoviePy clip, or of its mask.

    timed: the clip, with its fps and duration. crop: the part of its picture that is taken.
    """

    def __init__(self, clip: Clip, timed: Clip, crop: Crop | None = None) -> None:
        self._where = None if crop is None else cropped_pixels(crop, tuple(clip.size))
        self.size: tuple[int, int] = tuple(clip.size)
        if self._where:
            rows, columns = self._where
            self.size = columns.stop - columns.start, rows.stop - rows.start
        self._clip = clip
        self._fps = timed.fps
        self._count = max(1, whole_floor(timed.duration * timed.fps))

    def __len__(self) -> int:
        return self._count

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop`."""
        for k in range(first, self._count if stop is None else stop):
            frame = self._clip.get_frame(k / self._fps)
            frame = frame[self._where] if self._where else frame
            yield frame if self._clip.is_mask else frame.astype(np.uint8, copy=False)

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, subsampled to about `width` pixels."""
        return thinned(self, width)

    def close(self) -> None:
        """Do nothing, as the caller owns the clip."""
