"""Owns the strip of small frames under the picture: the whole clip at a glance."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from ..frames import Picture
from ..video.source import Video, open_video
from .clip import preview
from .frame_cache import asked
from .session import Session

_HEIGHT = 72  # pixels


async def strip(session: Session, count: int) -> bytes:
    """A JPEG of so many frames, evenly spread over the clip, side by side.

    Where the whole clip is shown they are those; else each is looked for in the file.
    """
    clip = session.open_clip
    total = clip.whole.n_frames
    numbers = [(2 * k + 1) * total // (2 * count) for k in range(count)]
    if preview(clip.whole)[1] == total:
        reel, _ = await session.reel()
        with reel.held():
            await reel.finished()
            there = (reel.frame(k) for k in numbers)
            return await asyncio.to_thread(_drawn, there, reel.video.size)
    width, height = open_video(clip.whole).size
    with Video(clip.whole, (max(2, round(width * _HEIGHT / height)), _HEIGHT)) as video:
        frames = _sought(video, numbers) if clip.whole.seekable else _passing(video, numbers)
        asked_for = asked(frames, session.over)
        return await asyncio.to_thread(_drawn, asked_for, video.size)


def _sought(video: Video, numbers: Sequence[int]) -> Iterator[Picture]:
    """The frames of these numbers, each found by seeking."""
    for number in numbers:
        yield from video.frames(number, number + 1)


def _passing(video: Video, numbers: Sequence[int]) -> Iterator[Picture]:
    """The frames of these numbers, as all pass by."""
    for k, frame in enumerate(video.frames(0, numbers[-1] + 1)):
        yield from [frame] * numbers.count(k)


def _drawn(frames: Iterable[Picture], size: tuple[int, int]) -> bytes:
    """The frames, of this width and height, beside each other."""
    small = [
        Image.fromarray(frame).resize((max(1, round(size[0] * _HEIGHT / size[1])), _HEIGHT))
        for frame in frames
    ]
    picture = np.concatenate([np.asarray(image) for image in small], axis=1)
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return file.getvalue()
