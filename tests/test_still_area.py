"""A still area: a rectangle that stays live inside any effect, with a soft edge."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, gif_frames, rollscan
from moviepy import ImageSequenceClip, VideoClip
from test_cli import complains

from rollscan import Job, Look, RollingClip, RollScan
from rollscan.composers.still_area import StillArea
from rollscan.effect import effects
from rollscan.frames import Frame, both_of, thinned
from rollscan.look import loop_of
from rollscan.loop.cyclic import Cyclic
from rollscan.run import render

COUNT, RATE, SIZE = 14, 7.0, (40, 32)
AREA = (0.25, 0.25, 0.5, 0.5)
INSIDE = np.s_[8:24, 10:30]
FAR = np.s_[:5, :7]  # beyond the edge


class Noise:
    """Frames in which no pixel is like another."""

    size = SIZE

    def __init__(self) -> None:
        self.all = np.random.default_rng(3).integers(0, 256, (COUNT, 32, 40, 3), np.uint8)

    def __len__(self) -> int:
        return COUNT

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        return iter(self.all[first:stop])

    def small(self, width: int) -> Iterator[Frame]:
        return thinned(self, width)

    def close(self) -> None:
        pass


def composed(**settings: Any) -> list[Picture]:
    with RollingClip.of(Noise(), Look(**settings), RATE) as clip:
        assert clip.n_frames
        return [clip.get_frame((k + 1e-6) / RATE) for k in range(clip.n_frames)]


def live(**settings: Any) -> list[Frame]:
    """The frames of the loop, as the live side shows them."""
    loop = Cyclic(Noise(), loop_of(Look(**settings)), 0, rate=RATE)
    frames = [both_of(frame)[0] for frame in islice(loop, loop.period)]
    loop.close()
    return frames


@pytest.mark.parametrize("loop", ["cut", "wrap", "boomerang", "crossfade"])
@pytest.mark.parametrize("effect", effects())
def test_the_area_is_live_in_every_effect_and_loop(effect: str, loop: str) -> None:
    how = {"effect": effect, "loop": loop, "depth": 1.0}
    kept, without = composed(**how, still_area=AREA), composed(**how)
    assert len(kept) == len(without)
    for k, (frame, shown) in enumerate(zip(kept, live(**how), strict=True)):
        np.testing.assert_array_equal(frame[INSIDE], shown[INSIDE], f"frame {k}")
        np.testing.assert_array_equal(frame[FAR], without[k][FAR], f"frame {k}")


def test_the_edge_goes_from_live_to_composed_without_a_step() -> None:
    shares = StillArea((0.25, 0.25, 0.5, 0.5), (400, 320)).shares(whole=True)
    row = shares[160]
    assert (row[100:300] == 1).all()
    assert (row[:80] == 0).all() and (row[320:] == 0).all()
    assert (np.diff(row[80:102]) >= 0).all() and np.abs(np.diff(row)).max() < 0.1
    at_the_border = StillArea((0, 0, 1, 0.5), (400, 320)).shares(whole=True)
    assert (at_the_border[:160] == 1).all()  # the picture's own border has no edge


def test_colours_out_of_step_and_smooth_history_leave_the_area_live() -> None:
    pytest.importorskip("cv2")
    for how in ({"smooth": True}, {"effect": "bloom", "smooth": True, "depth": 1}):
        for frame, shown in zip(
            composed(**how, loop="wrap", still_area=AREA), live(loop="wrap"), strict=True
        ):
            np.testing.assert_array_equal(frame[INSIDE], shown[INSIDE])


def test_the_command_line_keeps_an_area_and_the_file_says_so(
    make_video: MakeVideo, out: Path
) -> None:
    frames = [np.full((48, 64, 3), 20 * k, np.uint8) for k in range(10)]
    video = make_video("levels.mp4", frames, *LOSSLESS)
    ran = rollscan(video, "--gif", out / "a.gif", "--still-area=25%,0,50%,0.4", "--loop=wrap")
    assert (ran.status, ran.err) == (0, "")
    for k, frame in enumerate(gif_frames(out / "a.gif")):
        assert np.abs(frame[:19, 16:48].astype(int) - 20 * k).max() <= 4
    assert np.ptp(gif_frames(out / "a.gif")[5][:, 2].astype(int)) > 60  # and history beside it
    assert Look.of(out / "a.gif").still_area == (0.25, 0, 0.5, 0.4)
    render(Job(video, gif=out / "b.gif", look=Look.of(out / "a.gif")))
    assert (out / "b.gif").read_bytes() == (out / "a.gif").read_bytes()


def test_a_moviepy_clip_and_its_mask_keep_the_area() -> None:
    frames = [np.full((32, 40, 3), 10 * k, np.uint8) for k in range(8)]
    mask = VideoClip(lambda t: np.full((32, 40), int(8 * t + 1e-6) / 8), is_mask=True, duration=1)
    clip = ImageSequenceClip(frames, fps=8).with_mask(mask)
    with clip.with_effects([RollScan(loop="wrap", still_area=AREA)]) as rolling:
        for k in (0, 5):
            at = (k + 1e-6) / 8
            assert (rolling.get_frame(at)[INSIDE] == 10 * k).all()
            assert (rolling.get_frame(at)[3] != 10 * k).all()
            assert np.allclose(rolling.mask.get_frame(at)[INSIDE], k / 8)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--gif {}.gif --still-area 0.3,0.4", "--still-area: '0.3,0.4': give X,Y,WIDTH,HEIGHT"),
        ("--gif {}.gif --still-area 50%,0,60%,1", "left, top, width and height, within the pic"),
        ("--gif {}.gif --still-area 0,0,0,1", "left, top, width and height, within the picture"),
        ("--still {}.png --still-area 0,0,1,1", "which has no effect without --gif"),
    ],
)
def test_an_area_that_cannot_be_is_refused(plain: Path, out: Path, words: str, said: str) -> None:
    complains([plain, *words.format(out / "a").split()], said, (2,))
