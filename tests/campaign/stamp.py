"""Owns frames that carry their number as bright and dark blocks, and how to read it back.

Unlike a colour, a block is still read after lossy codecs, tone mapping and a GIF's palette. The
blocks lie at the bottom, on the side that stays live; above them is texture, so files are large
enough to be damaged in many places.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
WIDTH, HEIGHT = 64, 48
MOST = 64  # numbers that six blocks can tell apart
UNREADABLE = -1
_BLOCK = 8  # pixels; the first two blocks are a bright and a dark one to compare with
_ROWS = slice(36, 44)  # of the blocks, less their edges
_SHOWN = re.compile(r"\] n: *\d+ pts:.*? pts_time:(\S+) +duration: *\S+ duration_time:(\S+)")
_PATIENCE = 60  # seconds for a decoding of ours


@dataclass(frozen=True)
class Shown:
    """A decoded frame: the number it carries, when it is shown and for how long, in seconds."""

    number: int
    time: float
    lasts: float


def stamped(number: int) -> npt.NDArray[np.uint8]:
    """Frame `number`, (48, 64, 3) uint8."""
    random = np.random.default_rng(number)
    frame = random.integers(60, 200, (HEIGHT // 4, WIDTH // 4, 3), np.uint8)
    frame = frame.repeat(4, axis=0).repeat(4, axis=1)
    bits = [1, 0, *(number >> bit & 1 for bit in range(6))]
    frame[32:] = np.repeat([20 + 215 * bit for bit in bits], _BLOCK)[None, :, None]
    return frame


def shown(path: Path, *options: str) -> list[Shown]:
    """Every frame of the file that ffmpeg decodes, in order. options: for the input."""
    decoding = subprocess.run(
        [
            *(FFMPEG, "-hide_banner", "-nostdin", "-nostats", *options, "-i", f"file:{path}"),
            *("-map", "0:V:0", "-fps_mode", "passthrough"),
            *("-vf", f"showinfo=checksum=0,scale={WIDTH}:{HEIGHT}:flags=area,format=gray"),
            *("-f", "rawvideo", "pipe:1"),
        ],
        capture_output=True,
        timeout=_PATIENCE,
    )
    count = len(decoding.stdout) // (WIDTH * HEIGHT)
    pictures = np.frombuffer(decoding.stdout[: count * WIDTH * HEIGHT], np.uint8)
    times = _SHOWN.findall(decoding.stderr.decode(errors="replace"))
    frames = pictures.reshape(count, HEIGHT, WIDTH)
    return [
        Shown(number_in(frame), _seconds(at), _seconds(lasts))
        for frame, (at, lasts) in zip(frames, times, strict=False)
    ]


def number_in(frame: npt.NDArray[np.uint8]) -> int:
    """The number that a grey frame carries, or UNREADABLE."""
    blocks = frame[_ROWS].reshape(-1, WIDTH // _BLOCK, _BLOCK)[:, :, 2:-2].mean(axis=(0, 2))
    bright, dark, *bits = (float(block) for block in blocks)
    places = [(bit - dark) / max(bright - dark, 1e-9) for bit in bits]
    if bright - dark < 40 or not all(min(abs(at), abs(at - 1)) < 0.35 for at in places):
        return UNREADABLE
    return sum(1 << place for place, at in enumerate(places) if at > 0.5)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:  # NOPTS
        return 0.0
