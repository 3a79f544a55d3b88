"""The constant rate that suits a video's frames, whenever they are shown."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest

from rollscan.video.colours import Colours, Pixels
from rollscan.video.facts import Facts, constant_rate
from rollscan.video.input import Input

NTSC = Fraction(30000, 1001)
CLOCK = Fraction(1000)  # what ffmpeg guesses of a variable rate


def shown(*steps: float) -> list[float]:
    """When each frame is shown, so many seconds after the one before."""
    return [0.0, *accumulate(steps)]


@pytest.mark.parametrize(
    "steps, seconds, guess, rate",
    [
        ([0.04] * 99, 4.0, Fraction(25), 25),
        ([0.04] * 99, 4.0, None, 25),
        ([1001 / 30000] * 99, 100 * 1001 / 30000, NTSC, NTSC),
        ([0.033, 0.034, 0.033] * 30, 3.03, NTSC, NTSC),  # in whole milliseconds
        ([0.04] * 99, 4.0, CLOCK, 25),
        ([0.04] * 99, 4.0, Fraction(26), 26),  # within a twentieth of the usual step
        ([0.04] * 99, 4.0, Fraction(27), 25),
        # Pauses: what is usual, so that no frame is lost, and not the average, 12.5.
        (([0.04] * 9 + [0.44]) * 10, 8.04, CLOCK, 25),
        # Bursts: as fast as they are, so that no frame is lost.
        (([0.001] * 4 + [0.496]) * 10, 5.1, None, 1000),
        ([], 4.0, None, Fraction(1, 4)),
        ([], 0.001, None, 25),  # one frame is shown no shorter than that
        ([3600.0] * 3, 14_400.0, None, Fraction(1, 3600)),
    ],
)
def test_the_rate_is_that_at_which_every_frame_keeps_its_place(
    steps: list[float], seconds: float, guess: Fraction | None, rate: Fraction
) -> None:
    assert constant_rate(shown(*steps), seconds, guess) == rate


@pytest.mark.parametrize("begins", range(4))
@pytest.mark.parametrize("guess", [Fraction(30_000, 1001), Fraction(25), None])
def test_film_on_video_has_the_rate_of_film(begins: int, guess: Fraction | None) -> None:
    """Whichever field it begins with, and in whole milliseconds too."""
    fields = np.cumsum([0, *np.tile([3, 2], 60)])[begins:]
    times = np.round(fields * 1001 / 60_000, 3)
    rate = constant_rate(list(times - times[0]), times[-1] - times[0] + 0.04, guess)
    assert float(rate) == pytest.approx(24_000 / 1001, rel=0.005)


@pytest.mark.parametrize(
    "times, end, frames",
    [
        ([0.0, 0.1, 0.2], 0.3, 3),
        ([0.0, 0.1, 0.2], 0.2, 3),  # the last frame too, which the file says lasts no time
        ([0.0, 0.1, 0.2], 0.7, 7),  # and for as long as it stays
        ([0.0, 0.1, 0.5], 0.6, 6),
        ([0.4, 0.5], 0.6, 2),
        ([0.0, 0.1, 0.2], 0.35, 4),  # halves go up
        ([0.0], 0.04, 1),
    ],
)
def test_a_video_has_a_frame_for_each_step_of_its_rate(
    times: list[float], end: float, frames: int
) -> None:
    clip = Input(Path("a.mp4"), Path("a.mp4"))
    facts = Facts(
        clip,
        (64, 48),
        pixel_aspect=Fraction(1),
        rate=Fraction(10),
        times=times,
        first=times[0],
        end=end,
        interlaced=False,
        pixels=Pixels(Colours(), alpha=False, is_yuv=True),
        decoder=None,
        start=3.0,
        limit=None,
        seekable=True,
    )
    assert facts.n_frames == frames
    assert facts.time_of(2) == pytest.approx(3.2 + times[0])
