"""Colour that holds from afar and in time: mixed, carried over palettes, and never boiling."""

from __future__ import annotations

import io
import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from rollscan.gif import constant_delays, write_gif
from rollscan.gif.colour import (
    Grid,
    perceived,
    perceived_cells,
    perceived_centres,
    perceived_frame,
)

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def shown(frames: list[Picture], **options: int) -> list[Picture]:
    """What a decoder shows of the frames."""
    file = io.BytesIO()
    write_gif(file, frames, constant_delays(20), **options)
    images = ImageSequence.Iterator(Image.open(file))
    return [np.asarray(image.convert("RGB")) for image in images]


def noise(shape: tuple[int, ...], seed: int = 1) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def fur(size: tuple[int, int] = (96, 64), seed: int = 5) -> Picture:
    """Fine warm and cool strands on a soft ground: many more hues than a palette has entries."""
    width, height = size
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 31 + phase) * np.cos(y / (23 + phase)) for phase in range(3)]
    strands = random.standard_normal((height, width, 3)) * (14, 8, 14)
    return (130 + 60 * np.stack(waves, axis=2) + strands).clip(0, 255).astype(np.uint8)


def from_afar(picture: Picture, side: int = 8) -> Floats:
    """The mean colour of each block of `side` pixels squared, (n, 3)."""
    height, width = (length // side for length in picture.shape[:2])
    cut = picture[: height * side, : width * side].astype(np.float64)
    return cut.reshape(height, side, width, side, 3).mean(axis=(1, 3)).reshape(-1, 3)


def hue_error(truth: Picture, seen: Picture) -> float:
    """Root mean square of how far red less green and blue less green are off, from afar."""
    gaps = from_afar(truth) - from_afar(seen)
    return float(np.sqrt(((gaps - gaps[:, 1:2]) ** 2).mean() * 1.5))


@pytest.mark.parametrize("colors, most", [(255, 1.0), (64, 2.2), (16, 5.0)])
def test_hues_are_right_from_afar(colors: int, most: float) -> None:
    picture = fur()
    assert hue_error(picture, shown([picture], colors=colors)[0]) < most


def test_what_is_held_does_not_drift_from_the_truth() -> None:
    frames = [fur()]
    for k in range(20):  # by less a frame than is worth a repaint
        warmer = fur().astype(np.int16) + np.array([k, 0, -k], np.int16)
        frames.append(warmer.clip(0, 255).astype(np.uint8))
    last = shown(frames, quality=60)[-1]
    assert hue_error(frames[-1], last) < 4.5


def test_a_place_that_does_not_change_is_shown_unchanged() -> None:
    still = fur()
    frames = []
    for k in range(30):
        frame = still.copy()
        frame[20:40, 40 + k : 60 + k] = (230, 40, 30)
        frames.append(frame)
    pictures = shown(frames)
    for before, after in itertools.pairwise(pictures):
        np.testing.assert_array_equal(before[:, :38], after[:, :38])
        np.testing.assert_array_equal(before[44:], after[44:])


def test_a_new_palette_repaints_only_what_it_betters() -> None:
    left = fur()
    frames = [np.hstack([left, left])] * 24
    other = 255 - noise(left.shape, 3) // 5 * np.uint8(3)
    frames += [np.hstack([left, other])] * 8  # another window, another palette
    pictures = shown(frames)
    changed = (pictures[0] != pictures[-1]).any(axis=2)
    width = left.shape[1]
    assert changed[:, width:].mean() > 0.9
    assert changed[:, :width].mean() < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (41, 1), (45, 33)])
def test_odd_sizes_of_many_colours(size: tuple[int, int]) -> None:
    frames = [noise((size[1], size[0], 3), seed) for seed in range(40)]
    gaps = np.array(shown(frames), np.float64) - np.array(frames)
    assert np.sqrt((gaps * gaps).mean()) < 40


def test_a_frame_is_perceived_as_its_colours_are() -> None:
    frame = noise((60, 50, 3))
    frame[:20] //= 40  # the darkest
    alone = perceived(frame.reshape(-1, 3))
    np.testing.assert_allclose(perceived_frame(frame).reshape(3, -1).T, alone, atol=0.5)


def test_every_colour_lies_in_its_perceived_cell() -> None:
    levels = np.arange(0, 256, 5, dtype=np.uint8)
    colours = perceived(np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3))
    centres = perceived_centres(perceived_cells(np.ascontiguousarray(colours.T)))
    assert np.abs(colours - centres).max() <= 1.01


@given(st.integers(4, 8), st.integers(0, 4), st.integers(0, 4), st.integers(0, 2**32))
def test_packed_cell_numbers_are_as_many_in_the_same_order(
    red: int, more_green: int, more_blue: int, seed: int
) -> None:
    grid = Grid(red, min(8, red + more_green), min(8, red + more_blue))
    colours = np.random.default_rng(seed).integers(0, 256, (200, 1, 3), np.uint8)
    numbers = np.unique(grid.numbers(colours))
    packed = grid.packed(numbers)
    assert (np.diff(packed) > 0).all()
    assert packed[-1] < 1 << (grid.red + grid.green + grid.blue)
