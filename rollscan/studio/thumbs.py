"""Owns the strip of thumbnails under the picture, which shows the whole clip at a glance."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from ..frames import Picture
from ..video.opening import open_video
from ..video.size import Framing
from ..video.source import Video
from .clip import preview
from .frame_cache import until_cancelled
from .open_clip import OpenClip

_HEIGHT = 72  # pixels


async def strip(opened: OpenClip, count: int, over: threading.Event) -> bytes:
    """A JPEG of `count` small frames side by side, evenly spaced over the clip.

    Where the preview has the whole clip, its frames are used, and otherwise the file is decoded.
    over: an event that ends the decoding.
    """
    clip = opened.clip
    total = clip.whole.n_frames
    numbers = [(2 * k + 1) * total // (2 * count) for k in range(count)]
    if preview(clip.whole)[1] == total:
        reel, _ = await opened.reel()
        with reel.in_use():
            await reel.wait_for_all()
            decoded = (reel.frame(k) for k in numbers)
            return await asyncio.to_thread(_draw, decoded, reel.video.size)
    width, height = open_video(clip.whole).size
    size = max(2, round(width * _HEIGHT / height)), _HEIGHT
    with Video(clip.whole, Framing.whole(size)) as video:
        frames = (
            _by_seeking(video, numbers) if clip.whole.seekable else _by_decoding_all(video, numbers)
        )
        decoding = until_cancelled(frames, over)
        return await asyncio.to_thread(_draw, decoding, video.size)


def _by_seeking(video: Video, numbers: Sequence[int]) -> Iterator[Picture]:
    """The frames with these numbers, each decoded alone."""
    for number in numbers:
        yield from video.frames(number, number + 1)


def _by_decoding_all(video: Video, numbers: Sequence[int]) -> Iterator[Picture]:
    """The frames with these ascending numbers, from decoding all frames up to the last."""
    for k, frame in enumerate(video.frames(0, numbers[-1] + 1)):
        yield from [frame] * numbers.count(k)


def _draw(frames: Iterable[Picture], size: tuple[int, int]) -> bytes:
    """A JPEG of frames of a size (width, height) side by side, each made small."""
    small = [
        Image.fromarray(frame).resize((max(1, round(size[0] * _HEIGHT / size[1])), _HEIGHT))
        for frame in frames
    ]
    picture = np.concatenate([np.asarray(image) for image in small], axis=1)
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return file.getvalue()
