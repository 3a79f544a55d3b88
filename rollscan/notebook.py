"""Owns the display of a clip in a notebook: a small looping video that is part of the page."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np
from PIL import Image

from .deliver.encode import encode_mp4
from .files import SharedFile, temporary_room
from .frames import Frame

LONGEST = 10  # seconds that are shown
FASTEST = 20  # frames per second
SIDES = (480, 320, 160)  # pixels on the longer side: the first one that is small enough is used
MOST_BYTES = 3_000_000  # of the video, unless its side is the last one


def video_html(picture: Callable[[int], Frame], n_frames: int, fps: float) -> str:
    """HTML with the first LONGEST seconds as a looping video, and a note if that is not all.

    picture: returns frame k, (H, W, 3) uint8. n_frames: the number of all frames. fps: frames per
    second.
    """
    count = max(1, min(n_frames, int(LONGEST * fps)))
    for side in SIDES:
        video, (width, height) = _video(map(picture, range(count)), fps, side)
        if len(video) <= MOST_BYTES:
            break
    source = base64.b64encode(video).decode("ascii")
    left_out = ""
    if count < n_frames:
        left_out = f"<br><small>the first {LONGEST} of {n_frames / fps:.1f} s</small>"
    return (
        f'<video src="data:video/mp4;base64,{source}" width="{width}" height="{height}"'
        f" autoplay loop muted playsinline controls></video>{left_out}"
    )


def message_html(message: str) -> str:
    """HTML with the reason why there is no video."""
    return f"<em>{html.escape(message)}</em>"


def _video(frames: Iterator[Frame], fps: float, side: int) -> tuple[bytes, tuple[int, int]]:
    """The frames as an MP4, and its size in pixels. side: the longer side at most."""
    first = next(frames)
    height, width = first.shape[:2]
    factor = min(1.0, side / max(width, height))
    size = (max(2, round(width * factor)), max(2, round(height * factor)))

    def small() -> Iterator[Frame]:
        for frame in chain((first,), frames):
            image = Image.fromarray(frame)
            yield np.asarray(image if image.size == size else image.resize(size))

    with temporary_room(), SharedFile(".mp4") as file:
        encode_mp4(file.path, small(), fps, shown_as="the clip")
        return file.read(), size
