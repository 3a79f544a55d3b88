"""Smooth fields whose delays move: what lies between frames and between pixels."""

from __future__ import annotations

from itertools import pairwise, starmap
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollscan.composers.field import Field, delays, places
from rollscan.composers.field_composer import FieldComposer
from rollscan.composers.interpolate import Interpolation
from rollscan.composers.ring import FINENESS

Frame = npt.NDArray[Any]

HEIGHT, WIDTH, SPEED = 40, 96, 4


def edge(number: int) -> Frame:
    """White up to a soft edge, which moves SPEED columns a frame."""
    edge_at = 8 + SPEED * number
    across = np.clip((edge_at - np.arange(WIDTH)) / 2 + 0.5, 0, 1)
    return np.tile(np.rint(across * 255).astype(np.uint8)[None, :, None], (HEIGHT, 1, 3))


def edge_places(picture: Frame) -> npt.NDArray[np.float64]:
    """The column of the edge in each row."""
    return np.asarray(picture[..., 0].sum(axis=1) / 255.0)


def test_a_moving_edge_is_straight_where_without_smooth_it_is_a_comb() -> None:
    late = np.arange(HEIGHT)[:, None] / SPEED  # the edge is one column farther back in each row
    field = Field(delay=lambda k: late, reach=HEIGHT // SPEED)
    plain, smooth = (
        FieldComposer([edge(k) for k in range(16)], 25, field=field, smooth=each).make_frame(
            15 / 25
        )
        for each in (False, True)
    )
    assert set(np.diff(edge_places(plain)).round()) == {0, -SPEED}
    np.testing.assert_allclose(np.diff(edge_places(smooth))[2:-2], -1, atol=0.35)
    np.testing.assert_allclose(edge_places(smooth), 8 + 15 * SPEED - np.arange(HEIGHT), atol=0.6)


def drawn(count: int, height: int, width: int) -> list[Frame]:
    """Frames of soft spots that move."""
    y, x = np.mgrid[:height, :width]
    frames = []
    for k in range(count):
        levels = [np.sin(x / 2 + k / 3 + c) + np.cos(y / 2 - k / 4 + c) for c in range(3)]
        frames.append(np.rint(127 + 60 * np.stack(levels, axis=-1)).astype(np.uint8))
    return frames


def expected(frames: list[Frame], k: int, field: Field) -> Frame:
    """Composed frame k, looked up pixel by pixel among FINENESS times as many frames."""
    height, width = frames[0].shape[:2]
    fine = [b.at(n / FINENESS) for b in starmap(Interpolation, pairwise(frames)) for n in range(4)]
    cube = np.stack([*fine, frames[-1]]).astype(np.float64)
    late = delays(field, k, (width, height))
    picture = np.empty(frames[0].shape)
    for r, c in np.ndindex(height, width):
        of = max(k - int(late[r, c] + 1e-6), 0) if field.follows == "source" else k
        at = [np.broadcast_to(a, (height, width))[r, c] for a in places(field, of, (width, height))]
        place = (max((k - late[r, c]) * FINENESS, 0), *at)
        before = [int(each + 1e-6) for each in place]
        total = np.zeros(3)
        for step in np.ndindex(2, 2, 2):
            tap = tuple(map(sum, zip(before, step, strict=True)))
            share = np.prod([1 - abs(a - b) for a, b in zip(place, tap, strict=True)])
            if share > 1e-6:
                total += share * cube[tap]
        picture[r, c] = total
    return picture


@st.composite
def moving(draw: st.DrawFn, height: int, width: int) -> Field:
    """A field whose delays, and perhaps places, move."""

    def values(least: float, most: float) -> Any:
        shape = draw(st.sampled_from([(), (height, 1), (1, width), (height, width)]))
        several = np.random.default_rng(draw(st.integers(0, 99))).uniform(least, most, (3, *shape))
        return lambda k: several[k % 3]

    return Field(
        delay=values(0, 3),
        y=draw(st.sampled_from([None, values(-1, height)])),
        x=draw(st.sampled_from([None, values(-1, width)])),
        follows=draw(st.sampled_from(["source", "composed"])),
        reach=3,
    )


@given(st.data())
@settings(max_examples=15)
def test_a_smooth_field_looks_up_four_times_as_many_frames(data: st.DataObject) -> None:
    field, frames = data.draw(moving(4, 5)), drawn(5, 4, 5)
    composer = FieldComposer(list(frames), 25, field=field, smooth=True)
    for k, picture in enumerate(composer):
        np.testing.assert_allclose(picture, expected(frames, k, field), atol=0.51)


@pytest.mark.parametrize("late", [0.2, 0.6, 1.4, 1.9])
def test_nothing_is_blended_across_a_cut(late: float) -> None:
    frames = [np.full((40, 40, 3), 255 * (k > 2), np.uint8) for k in range(7)]
    field = Field(delay=lambda k: np.linspace(0, late, 40), reach=2)
    for picture in FieldComposer(frames, 25, field=field, smooth=True):
        assert set(np.unique(picture)) <= {0, 255}


def test_a_mask_is_smooth_as_well() -> None:
    masks = [edge(k)[..., 0] / 255 for k in range(3)]
    composer = FieldComposer(masks, 25, field=Field(delay=lambda k: 0.5, reach=1), smooth=True)
    halfway = composer.make_frame(2 / 25).sum(axis=1)
    np.testing.assert_allclose(halfway, 8 + 1.5 * SPEED, atol=0.6)
