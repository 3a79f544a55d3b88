"""The peer to beat: the rolling slit-scan as a plain MoviePy script writes it.

usage: python moviepy_script.py INPUT OUT.gif WIDTH FPS SECONDS
"""

from __future__ import annotations

import sys

import numpy as np
from moviepy import VideoClip, VideoFileClip


def main() -> None:
    """Roll the middle row of every frame upwards and write the GIF as MoviePy does."""
    name, out, width, fps, seconds = sys.argv[1], sys.argv[2], *map(float, sys.argv[3:])
    video = VideoFileClip(name)
    video = video.subclipped(0, min(seconds, video.duration)).resized(width=int(width))
    frames = video.iter_frames(fps=video.fps, dtype="uint8")
    slit = video.size[1] // 2
    buffer = np.zeros((video.size[1], video.size[0], 3), np.uint8)
    frame = None
    taken = 0

    def make_frame(t: float) -> np.ndarray:
        nonlocal buffer, frame, taken
        while taken <= t * video.fps + 1e-6:
            frame = next(frames, frame)
            buffer = np.roll(buffer, -1, axis=0)
            buffer[slit] = frame[slit]
            taken += 1
        history = slice(max(slit - taken + 1, 0), slit)
        picture = frame.copy()
        picture[history] = buffer[history]
        return picture

    VideoClip(make_frame, duration=video.duration).write_gif(out, fps=fps, logger=None)


if __name__ == "__main__":
    main()
