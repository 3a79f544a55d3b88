"""How busy the surroundings of a pixel are: the range of green in the 5 x 5 pixels around it."""

from __future__ import annotations

import numpy as np
import pytest

from rollscan.gif.busyness import busyness


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (9, 2), (5, 5), (13, 17)])
@pytest.mark.parametrize("highest", [256, 60])
def test_busyness_is_the_range_of_green_around_each_pixel(
    size: tuple[int, int], highest: int
) -> None:
    """At the edges, of those around it that there are; at most 150."""
    frame = np.random.default_rng(1).integers(0, highest, (*size, 3), np.uint8)
    busy = busyness(frame)
    assert busy.shape == size and busy.dtype == np.uint8
    for y, x in np.ndindex(*size):
        around = frame[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3, 1]
        assert busy[y, x] == min(int(around.max()) - int(around.min()), 150)
