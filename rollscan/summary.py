"""Owns the summary of a finished file: its description, and advice for a better one."""

from __future__ import annotations

import math

from .checks import in_bytes
from .job import ALL, AUTO
from .look import SUITS_ANY_CLIP, Look, belongs, built_in_looks, loop_of
from .result import JUMP, Noticed, Written
from .systems import pip_install

_WELL_FILLED = 0.5  # of the history side: with less, advice is given
_SUITS_STILLS = "stargate"  # a look that is seen where nothing moves


def closing_line(made: Written, name: str = "") -> str:
    """A line about a file: its size, its frames, what was given up. name: shown for its path."""
    width, height = made.size
    shown = f"{made.frames} frames, {made.seconds:.2f} s"
    if made.is_poster:
        shown = f"the frame at {made.seconds:.2f} s"
    elif not made.seconds:  # a sheet of looks that is a still
        shown = "one picture"
    size = f"{width}x{height}, {shown}, {in_bytes(made.bytes)}"
    return f"{name or made.path}: {size}{_notes(made)}, took {made.took:.1f} s"


def advice_for(made: Written, look: Look) -> str:
    """Advice if the loop is long, mixes scenes or jumps, or history hardly shows; else ""."""
    if made.is_long:
        return f"; it shows all of a long video: try --length {AUTO}, the part where most moves"
    if len(made.scenes) > 1:
        begin, end = max(made.scenes, key=lambda scene: scene[1] - scene[0])
        part = f"--start {math.ceil(begin * 100) / 100:g} --end {math.floor(end * 100) / 100:g}"
        return f"; it mixes {len(made.scenes)} scenes, between which the film cuts: try {part}"
    if hint := _hint(made.noticed, look):
        return f"; {hint}"
    troubles = []
    if made.filled < _WELL_FILLED:
        troubles.append(f"history fills {made.filled:.0%} of its side")
    if made.seam is not None and made.seam > JUMP and not loop_of(look).returns:
        troubles.append("the loop jumps")
    if not troubles:
        return _rest(made.noticed)
    remedy = "--loop boomerang"
    if look == Look():
        remedy = f"--look {made.noticed.better or SUITS_ANY_CLIP}"
    elif made.filled < _WELL_FILLED and belongs("slit_width", look.effect):
        remedy = "--slit-width auto --loop boomerang"
    return f"; {' and '.join(troubles)}: try {remedy}"


def _hint(noticed: Noticed, look: Look) -> str:
    """Advice for a look, or a slit, of which little is seen, or for black bars; else ""."""
    is_lacking = noticed.is_still and (noticed.hardly_seen or look == Look())
    if is_lacking and built_in_looks()[_SUITS_STILLS].look.effect != look.effect:
        return f"hardly anything moves here: try --look {_SUITS_STILLS}, whose slit goes to and fro"
    if noticed.hardly_seen:
        remedy = f"try --look {noticed.better}" if noticed.better else "try --looks sheet.png"
        return f"this look is hardly seen on this clip: {remedy}"
    if noticed.slit:
        here, there = noticed.slit
        return (
            f"little crosses the slit at {here:.0%}, and most would at {there:.0%}: try"
            f" --slit {there:.0%}"
        )
    if noticed.inside_bars:
        crop = Look.declared()["crop"].kind.write(noticed.inside_bars)
        return f"the picture has black bars: try --crop {crop}"
    return ""


def _rest(noticed: Noticed) -> str:
    """Advice for history that is torn, or a picture that is dark; else ""."""
    if noticed.is_torn and noticed.has_smooth:
        return "; things move fast, so that history is torn: try --smooth"
    if noticed.is_torn:
        return (
            f"; things move fast, so that history is torn: {pip_install('smooth')} mends that"
            " with --look, or --smooth"
        )
    if noticed.is_dark:
        return "; the picture is dark: try ffmpeg -i INPUT -vf eq=gamma=2 brighter.mp4 first"
    return ""


def _notes(made: Written) -> str:
    """The end of the closing line: what was given up, how good the loop is, what is odd."""
    given_up = f": {made.given_up}" if made.given_up else ""
    part = f", from {made.part[0]:.2f} to {made.part[1]:.2f} s" if made.part else ""
    part += f" of {made.of:.1f} s" if made.part and made.of else ""
    part += f" (--length {ALL} takes all of it)" if made.is_usual else ""
    seam = "" if made.seam is None else f", seam {made.seam:.2f} (1 is invisible)"
    part += f", set to the clip: {made.fitted}" if made.fitted else ""
    part += f", to close the loop: {made.closed}" if made.closed else ""
    steadied = f", steadied, {1 - made.kept:.1%} cropped" if made.kept < 1 else ""
    sound = ", with sound" if made.sound else ""
    note = f", {made.note}" if made.note else ""
    return sound + given_up + part + steadied + seam + note
