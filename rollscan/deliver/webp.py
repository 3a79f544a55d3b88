"""Owns composed frames to animated WebP files, through Pillow, one frame in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from fractions import Fraction
from itertools import pairwise
from typing import BinaryIO

from PIL import Image

from ..checks import check_rate, check_whole
from ..errors import ArgumentError
from ..frames import Picture
from ..recipe import as_xmp
from ..tracker import SILENT, Tracker
from .encode import of_one_size

_MAX_WEBP_SIDE = 16_383  # pixels
_MOST_LOOPS = 65_535  # kept in 16 bits


def save_webp(
    file: BinaryIO,
    frames: Iterable[Picture],
    fps: float,
    *,
    quality: int,
    loop: int,
    comment: str = "",
    tracker: Tracker = SILENT,
) -> None:
    """Write frames as an animated WebP to an open file.

    frames, fps: as in write_mp4, but up to 16,383 pixels a side. Durations are whole milliseconds
        that add up to the exact time. Equal frames in a row become one that lasts as long.
        Frames that have a length, len(frames), are taken one by one; others all at once.
    quality: 1 to 100. loop: how many times it plays, 0 for ever. comment: kept as XMP.
    tracker: of the job that it is written in.
    Raises ArgumentError for a value out of range.
    """
    check_rate("fps", fps)
    check_whole("quality", quality, least=1, most=100)
    check_whole("loop", loop, least=0, most=_MOST_LOOPS)
    kept = frames if isinstance(frames, Sized) else list(frames)
    reel = _Reel(iter(kept), len(kept), tracker)
    if max(reel.size) > _MAX_WEBP_SIDE:
        raise ArgumentError(
            f"the frames would be {reel.size[0]}x{reel.size[1]} pixels, WebP holds"
            f" {_MAX_WEBP_SIDE}: give a --scale"
        )
    ends = [round(k * 1000 / Fraction(fps)) for k in range(len(kept) + 1)]  # milliseconds
    reel.save(
        file,
        "WEBP",
        save_all=True,
        duration=[end - start for start, end in pairwise(ends)],
        loop=loop,
        quality=quality,
        method=4,
        xmp=as_xmp(comment) if comment else b"",
    )


class _Reel(Image.Image):
    """Frames as one picture of many, as Pillow's writers read them, but never all in memory."""

    def __init__(self, frames: Iterable[Picture], n_frames: int, tracker: Tracker) -> None:
        super().__init__()
        self._tracker = tracker
        self.n_frames = n_frames
        self._frames = of_one_size(frames)
        self._shown = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show frame `frame` (0-based); a film only runs forward, what is past stays so."""
        while self._shown < frame:
            picture = Image.fromarray(next(self._frames))
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
            self._shown += 1
            self._tracker.step()

    def tell(self) -> int:
        """Which frame is shown (0-based)."""
        return self._shown
