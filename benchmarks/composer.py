"""Measures FrameComposer.make_frame against copying one frame, in every direction.

usage: python benchmarks/composer.py [WIDTH HEIGHT]

Sixty different frames go round, so that they come from memory, as decoded ones do.
"""

from __future__ import annotations

import sys
import timeit
from itertools import count, cycle

import numpy as np

from rollscan import FrameComposer
from rollscan.composers.directions import FLOWS

FPS, RUNS, REPEATS = 25, 300, 9


def main() -> None:
    """Print one line a direction."""
    width, height = map(int, sys.argv[1:3]) if sys.argv[1:] else (480, 270)
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(60)]
    print(f"{width}x{height}    make_frame    copy    ratio")
    for direction in FLOWS:
        composer, numbers, source = (
            FrameComposer(cycle(frames), FPS, direction=direction),
            count(),
            cycle(frames),
        )
        composed = _best(lambda: composer.make_frame(next(numbers) / FPS))  # noqa: B023
        copied = _best(lambda: next(source).copy())  # noqa: B023
        print(f"{direction:8} {composed:8.1f} us {copied:6.1f} us {composed / copied:6.2f}")


def _best(call: object) -> float:
    """Microseconds of one call, in the best of several runs."""
    return min(timeit.repeat(call, number=RUNS, repeat=REPEATS)) / RUNS * 1e6


if __name__ == "__main__":
    main()
