"""Owns the writing of animated WebP through Pillow, with one frame in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from fractions import Fraction
from itertools import pairwise
from typing import BinaryIO

from PIL import Image

from ..checks import check_rate, check_whole
from ..errors import ArgumentError
from ..frames import Picture, cleared
from ..recipe import as_xmp
from ..tracker import SILENT, Tracker
from .encode import of_one_size

_MAX_WEBP_SIDE = 16_383  # pixels
_MOST_LOOPS = 65_535  # the file holds the number of loops in 16 bits


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

    frames, fps: as in write_mp4, but with sides of up to 16,383 pixels, odd ones included.
        Durations are rounded to milliseconds so that they add up to the exact time. Pillow merges
        equal frames in a row. Frames that have a length, len(frames), are read one by one, others
        all at once.
    quality: 1 to 100. loop: how many times the file plays, 0 for ever. comment: text that is
        written as XMP, default none. tracker: of the job, for its progress.
    Raises ArgumentError for a value out of range.
    """
    check_rate("fps", fps)
    check_whole("quality", quality, least=1, most=100)
    check_whole("loop", loop, least=0, most=_MOST_LOOPS)
    sized_frames = frames if isinstance(frames, Sized) else list(frames)
    sequence = _FrameSequence(iter(sized_frames), len(sized_frames), tracker)
    if max(sequence.size) > _MAX_WEBP_SIDE:
        raise ArgumentError(
            f"the frames would be {sequence.size[0]}x{sequence.size[1]} pixels, WebP holds"
            f" {_MAX_WEBP_SIDE}: give a --scale"
        )
    ends = [round(k * 1000 / Fraction(fps)) for k in range(len(sized_frames) + 1)]  # milliseconds
    sequence.save(
        file,
        "WEBP",
        save_all=True,
        duration=[end - start for start, end in pairwise(ends)],
        loop=loop,
        quality=quality,
        method=4,
        xmp=as_xmp(comment) if comment else b"",
    )


class _FrameSequence(Image.Image):
    """Frames as an image sequence for Pillow's writers, of which one frame is in memory."""

    def __init__(self, frames: Iterable[Picture], n_frames: int, tracker: Tracker) -> None:
        super().__init__()
        self._tracker = tracker
        self.n_frames = n_frames
        self._frames = map(cleared, of_one_size(frames))
        self._shown = -1
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show frame `frame` (0-based). Frames only move forward: an earlier one is ignored."""
        while self._shown < frame:
            picture = Image.fromarray(next(self._frames))
            self.im, self._mode, self._size = picture.im, picture.mode, picture.size
            self._shown += 1
            self._tracker.step()

    def tell(self) -> int:
        """The number of the frame that is shown (0-based)."""
        return self._shown
