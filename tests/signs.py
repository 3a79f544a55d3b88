"""Frames that spell their number in stripes under patches of colour, and runs that read them back.

The truth of a test of real files is what is read from the file that the command line writes: which
frame is shown when, how long all lasts, and the colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from conftest import Picture, rollscan
from PIL import Image, ImageSequence

WIDTH, HEIGHT = 96, 64
MOST = 64  # numbers that six stripes can spell
COLOURS = [
    (230, 30, 30),
    (0, 190, 0),
    (30, 30, 220),
    (128, 128, 128),
    (240, 230, 0),
    (255, 200, 170),
]
NEAR = 26  # levels from the truth, after lossy codecs and a GIF's palette
_PATCH, _STRIPE = WIDTH // len(COLOURS), WIDTH // 8
_MIDDLE = slice(HEIGHT // 2 + 8, HEIGHT - 8)


def sign(number: int) -> Picture:
    """Frame `number`, (64, 96, 3) uint8: patches over a light stripe, a dark one and bits."""
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    frame[: HEIGHT // 2] = np.repeat(np.array(COLOURS, np.uint8), _PATCH, axis=0)
    bits = [1, 0, *(number >> bit & 1 for bit in range(6))]
    frame[HEIGHT // 2 :] = np.repeat([20 + 215 * bit for bit in bits], _STRIPE)[None, :, None]
    return frame


def signs(count: int, first: int = 0) -> list[Picture]:
    """Frames `first` to `first + count - 1`."""
    return [sign(first + k) for k in range(count)]


def number(frame: Picture) -> int:
    """The number that a frame spells; a blend of two frames is an error."""
    stripes = frame[_MIDDLE].mean(axis=(0, 2)).reshape(8, _STRIPE)[:, 3:-3].mean(axis=1)
    light, dark, *bits = stripes
    places = (np.array(bits) - dark) / (light - dark)
    assert light - dark > 100, "no stripes"
    assert np.minimum(abs(places), abs(places - 1)).max() < 0.35, "a blend of two frames"
    return sum(1 << place for place, at in enumerate(places) if at > 0.5)


def off(frame: Picture) -> int:
    """How far the patch that is furthest from its colour is, in levels."""
    patches = frame[8 : HEIGHT // 2 - 8].reshape(-1, len(COLOURS), _PATCH, 3)[:, :, 4:-4]
    return int(np.abs(patches.mean(axis=(0, 2)) - COLOURS).max())


@dataclass(frozen=True)
class Shown:
    """What a written GIF shows."""

    times: dict[int, float]  # when each number is first seen, in seconds, in their order
    numbers: list[int]  # in turn, without repeats
    seconds: float
    off: int  # levels from the colours of the patches, at most


def shown(path: Path) -> Shown:
    """Read a GIF of signs."""
    frames, delays = [], []
    with Image.open(path) as gif:
        for frame in ImageSequence.Iterator(gif):
            delays.append(frame.info["duration"] / 1000)
            frames.append(
                np.array(frame.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BOX))
            )
    read = [number(frame) for frame in frames]
    begins = np.cumsum([0, *delays])
    times: dict[int, float] = {}
    for at, which in zip(begins, read, strict=False):
        times.setdefault(which, round(float(at), 3))
    return Shown(
        times, [which for which, _ in groupby(read)], float(begins[-1]), max(map(off, frames))
    )


def made(path: Path, *options: str, folder: Path | None = None) -> Shown:
    """What `rollscan path --gif` shows of a clip, with nothing but live rows."""
    out = (folder or path.parent) / "made.gif"
    ran = rollscan(path, "--gif", out, "--loop", "cut", "--slit", "0", *options)
    assert (ran.status, ran.err) == (0, ""), ran.err
    return shown(out)


def check(found: Shown, times: Sequence[float], seconds: float, first: int = 0) -> None:
    """See that frame k is first seen at times[k], and all lasts `seconds`, within 45 ms."""
    expected = dict(enumerate(times, first))
    assert found.numbers == list(expected)
    assert max(abs(found.times[k] - at) for k, at in expected.items()) <= 0.045
    assert abs(found.seconds - seconds) <= 0.045
    assert found.off <= NEAR
