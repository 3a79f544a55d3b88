"""Owns the delays between GIF images, in whole centiseconds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from .limits import FASTEST_FPS

LONGEST_CS = 65535  # the file holds the delay of an image in 16 bits


def constant_delays(fps: float) -> Iterator[int]:
    """Endless delays in centiseconds for a constant rate of `fps` frames per second.

    The rounding error is carried from frame to frame: the first n delays add up to 100 n / fps
    within half a centisecond, and none is shorter than 2 cs. fps: above 0, at most 50.
    Raises ValueError for any other rate.

    >>> from itertools import islice
    >>> list(islice(constant_delays(30), 6))
    [3, 4, 3, 3, 4, 3]
    """
    if not 0 < fps <= FASTEST_FPS:
        raise ValueError(f"fps is {fps}, must be above 0 and at most {FASTEST_FPS}")
    return _rounded_steps(*float(fps).as_integer_ratio())


def _rounded_steps(frames: int, seconds: int) -> Iterator[int]:
    """The steps between the rounded multiples of 100 * seconds / frames.

    They are computed in integers, so that they are exact after hours, too.
    """
    shown_until = 0
    for k in count(1):  # frames shown so far
        end = (200 * seconds * k + frames) // (2 * frames)
        yield end - shown_until
        shown_until = end


def split_delay(delay_cs: int) -> list[int]:
    """The delays of the images that together show one frame for `delay_cs` centiseconds.

    There is one image for up to 65535 cs, else as few as possible; none is shorter than 2 cs.
    """
    images = -(-delay_cs // LONGEST_CS)
    share, longer = divmod(delay_cs, images)
    return [share + 1] * longer + [share] * (images - longer)
