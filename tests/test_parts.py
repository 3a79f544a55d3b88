"""Parts: which part of a video each target shows, and where motion counts when one is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Picture, numbered

from rollscan import Job, Look
from rollscan.deliver.platforms import Platform
from rollscan.deliver.targets import Take, Target
from rollscan.look import loop_of
from rollscan.parts import best_part, takes_of
from rollscan.survey import Survey

RATE = 10.0


class Film:
    """What the choice of a part needs of a video."""

    def __init__(self, frames: list[Picture]) -> None:
        self._frames = frames
        self.size = frames[0].shape[1::-1]

    def __len__(self) -> int:
        return len(self._frames)

    def small(self, width: int) -> Any:
        """All frames, which are small already."""
        return iter(self._frames)


def target(name: str, format: str = "mp4", **limits: float) -> Target:
    """A file for a place with these limits."""
    return Target(Path(f"{name}.{format}"), format, Platform(name, format, **limits))


def takes(targets: list[Target], count: int = 50, fps: float | None = None) -> list[Take]:
    """What is composed of so many still frames, ten a second."""
    film = Film([np.zeros((4, 6, 3), np.uint8)] * count)
    return takes_of(targets, Job("a.mp4", fps=fps), Survey(film, RATE))


# Which targets share a part.


def test_a_poster_alone_is_of_the_part_that_its_loop_chooses() -> None:
    film = Film(matching(10))
    (take,) = takes_of([], Job("a.mp4", look=Look(loop="match", min_loop=0.5)), Survey(film, RATE))
    assert take.targets == () and take.part and not take.is_cut
    assert take.part[1] - take.part[0] == 10 and 40 <= take.part[0] <= 43
    assert takes_of([], Job("a.mp4"), Survey(film, RATE)) == [Take(None, ())]


def test_targets_that_take_all_of_it_share_the_whole_and_come_first() -> None:
    short, shorter = target("short", max_seconds=4), target("shorter", max_seconds=3)
    ample, plain = target("ample", max_seconds=9), Target(Path("a.gif"), "gif")
    just = target("just", max_seconds=5)  # as long as the video, to a hair
    assert takes([shorter, short, ample, plain, just]) == [
        Take(None, (ample, plain, just)),
        Take((0, 40), (short,), is_cut=True),
        Take((0, 30), (shorter,), is_cut=True),
    ]


def test_targets_with_the_same_longest_loop_share_one_part() -> None:
    one, other = target("one", max_seconds=2), target("other", "gif", max_seconds=2)
    assert takes([one, other]) == [Take((0, 20), (one, other), is_cut=True)]


def test_a_place_that_takes_few_frames_gets_a_part_by_the_rate_that_was_asked_for() -> None:
    """20 frames are 2 s of the 10 a second in the video, and all of it at 2 or 5 a second."""
    few = target("few", "gif", max_frames=20)
    assert takes([few]) == [Take((0, 20), (few,), is_cut=True)]
    assert takes([few], fps=2) == [Take(None, (few,))]
    assert takes([few], count=40, fps=5) == [Take(None, (few,))]


@pytest.mark.parametrize(
    "look, seconds",
    [
        (Look(), 5.0),
        (Look(loop="wrap"), 5.0),
        (Look(loop="boomerang"), 9.8),
        (Look(loop="crossfade", fade=1.5), 3.5),
        (Look(loop="match", max_loop=4), 4.0),
        (Look(loop="match", max_loop=8), 5.0),
    ],
)
def test_a_loop_of_fifty_frames_lasts(look: Look, seconds: float) -> None:
    assert loop_of(look).longest(50, RATE) == pytest.approx(seconds)


def test_a_boomerang_of_one_frame_lasts_one_frame() -> None:
    assert loop_of(Look(loop="boomerang")).longest(1, RATE) == pytest.approx(0.1)


# How long the part is.


@pytest.mark.parametrize(
    "look, longest, count",
    [
        (Look(), 2.5, 25),
        (Look(), 2.59, 25),
        (Look(), 0.01, 1),
        (Look(loop="boomerang"), 2.5, 13),  # whose loop has 24 frames; one of 14 would have 26
        (Look(loop="boomerang"), 2.4, 13),
        (Look(loop="crossfade", fade=0.5), 2.5, 30),
        (Look(loop="crossfade", fade=1), 2.5, 35),
        (Look(), 99, 60),
    ],
)
def test_a_part_has_as_many_frames_as_its_loop_may(look: Look, longest: float, count: int) -> None:
    frames = [np.zeros((4, 6, 3), np.uint8)] * 60
    assert best_part(look, Survey(Film(frames), RATE), longest) == (0, count)


def matching(apart: int) -> list[Picture]:
    """80 frames of noise, of which five come again, so many frames later: 40 to 44."""
    random = np.random.default_rng(5)
    frames = [random.integers(0, 256, (8, 12, 3), np.uint8) for _ in range(80)]
    frames[40 + apart : 45 + apart] = frames[40:45]
    return frames


@pytest.mark.parametrize("loop", ["wrap", "match"])
def test_a_loop_of_half_the_longest_is_looked_at(loop: Any) -> None:
    first, stop = best_part(Look(loop=loop), Survey(Film(matching(10)), RATE), 2)
    assert stop - first == 10 and 40 <= first <= 43


@pytest.mark.parametrize("loop", ["wrap", "match"])
def test_a_loop_of_less_than_half_the_longest_is_not_looked_at(loop: Any) -> None:
    first, stop = best_part(Look(loop=loop, min_loop=2), Survey(Film(matching(9)), RATE), 2)
    assert 10 <= stop - first <= 20


def test_a_match_may_be_as_short_as_it_was_asked_to_be() -> None:
    first, stop = best_part(Look(loop="match", min_loop=0.5), Survey(Film(matching(6)), RATE), 2)
    assert stop - first == 6 and 40 <= first <= 43


# Where motion counts.


def flickering(places: list[tuple[float, float]], size: tuple[int, int] = (48, 48)) -> Film:
    """Ninety frames of which thirty flicker at each place in turn, each more than that before.

    places: of the left upper corner, across and down, as shares of the picture.
    """
    width, height = size
    frames = [np.full((height, width, 3), 50, np.uint8) for _ in range(30 * len(places))]
    for k, frame in enumerate(frames):
        across, down = places[k // 30]
        x, y = round(across * width), round(down * height)
        frame[y : y + 1, x : x + 1] += np.uint8((40 + 60 * (k // 30)) * (k % 2))
    return Film(frames)


@pytest.mark.parametrize(
    "look, chosen",
    [
        (Look(slit=0.25), 0),  # a row a quarter down, all over the width
        (Look(slit=0.25, direction="down"), 0),
        (Look(slit=0.25, direction="out"), 0),
        (Look(slit=0.5), 1),
        (Look(slit=0.75, direction="left"), 0),  # a column
        (Look(slit=0.75, direction="right"), 0),
        (Look(slit=0.25, direction="left"), 1),
        (Look(slit=(0.2, 0.55)), 1),  # all that a moving slit passes
        (Look(slit=(0.2, 0.3)), 0),
        (Look(effect="displace", slit=0.25), 2),
        (Look(effect="scan", slit=0.25), 2),
    ],
)
def test_the_part_is_where_most_moves_through_the_slit(look: Look, chosen: int) -> None:
    film = flickering([(0.75, 0.25), (0.25, 0.5), (0.5, 0.9)])
    first, stop = best_part(look, Survey(film, RATE), 2)
    assert stop - first == 20
    assert 30 * chosen - 1 <= first <= 30 * chosen + 11


@pytest.mark.parametrize("direction, swapped", [("up", False), ("left", True)])
@pytest.mark.parametrize("away, counts", [(1, True), (-2, True), (4, False), (-5, False)])
def test_motion_counts_up_to_a_24th_of_the_picture_from_the_slit(
    direction: Any, swapped: bool, away: int, counts: bool
) -> None:
    """Of 48 rows that is two on each side of row 24."""
    places = [(0.3, 0.5), (0.3, (24 + away) / 48)]
    if swapped:
        places = [(down, across) for across, down in places]
    first, _ = best_part(Look(slit=0.5, direction=direction), Survey(flickering(places), RATE), 2)
    assert (first >= 29) == counts


def test_the_band_about_a_slit_at_the_edge_ends_with_the_picture() -> None:
    for slit, row in ((0.0, 0.0), (1.0, 47 / 48)):
        film = flickering([(0.5, row), (0.5, 0.5)])
        assert best_part(Look(slit=slit), Survey(film, RATE), 2)[0] <= 11


def test_a_part_of_numbered_frames_is_the_first_of_equals() -> None:
    assert best_part(Look(), Survey(Film(numbered(1, (8, 6)) * 40), RATE), 1) == (0, 10)
