"""Owns what a person is told of a finished file, beyond what it is: what would help it."""

from __future__ import annotations

from .job import Written
from .look import Look, named_looks

_WELL_FILLED = 0.5  # of the history side: less disappoints
_JUMP = 5.0  # a seam that everybody sees


def advice_for(made: Written, look: Look) -> str:
    """What would help, once, where history hardly shows or the loop jumps."""
    troubles = []
    if made.filled < _WELL_FILLED:
        troubles.append(f"history fills {made.filled:.0%} of its side")
    if made.seam is not None and made.seam > _JUMP:
        troubles.append("the loop jumps")
    if not troubles:
        return ""
    help_ = "--loop boomerang"
    if look == Look():
        help_ = f"--look {next(iter(named_looks()))}"
    elif made.filled < _WELL_FILLED:
        help_ = "--slit-width auto --loop boomerang"
    return f"; {' and '.join(troubles)}: try {help_}"
