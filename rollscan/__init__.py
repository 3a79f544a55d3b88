"""Rolling slit-scan loops from video.

Each name is imported when it is first used, so `import rollscan` loads neither MoviePy nor NumPy.
The classes of effects and loops are found by themselves; type checkers have to be told their names.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    ArgumentError,
    BudgetError,
    LimitError,
    NotReplacedError,
    OutputError,
    RewindError,
    RollscanError,
    SourceError,
)

if TYPE_CHECKING:
    from .clip import RollingClip
    from .composers.field import Field, Layer
    from .composers.frame_composer import FrameComposer
    from .composers.line_scanner import LineScanner
    from .composers.time_displacer import TimeDisplacer
    from .composing import compose
    from .effect import Effect, Extent
    from .effect.bloom import Bloom
    from .effect.clock import Clock
    from .effect.displace import Displace
    from .effect.echo import Echo
    from .effect.kaleido import Kaleido
    from .effect.plane import Plane
    from .effect.roll import Roll
    from .effect.scan import Scan
    from .effect.stargate import Stargate
    from .effect.swapped import Swapped
    from .effect.tiles import Tiles
    from .effect.turning import Turning
    from .job import Job
    from .limits import Limits
    from .look import Look
    from .loop.loops import Boomerang, Crossfade, Cut, Match, Wrap
    from .result import Progress, Written
    from .roll_scan import RollScan
    from .run import render
    from .scripts import make, still, strips

__version__ = "0.3.0"

__all__ = [
    "ArgumentError",
    "Bloom",
    "Boomerang",
    "BudgetError",
    "Clock",
    "Crossfade",
    "Cut",
    "Displace",
    "Echo",
    "Effect",
    "Extent",
    "Field",
    "FrameComposer",
    "Job",
    "Kaleido",
    "Layer",
    "LimitError",
    "Limits",
    "LineScanner",
    "Look",
    "Match",
    "NotReplacedError",
    "OutputError",
    "Plane",
    "Progress",
    "RewindError",
    "Roll",
    "RollScan",
    "RollingClip",
    "RollscanError",
    "Scan",
    "SourceError",
    "Stargate",
    "Swapped",
    "Tiles",
    "TimeDisplacer",
    "Turning",
    "Wrap",
    "Written",
    "__version__",
    "compose",
    "make",
    "render",
    "still",
    "strips",
]

_HOMES = {
    "Effect": ".effect",
    "Extent": ".effect",
    "Field": ".composers.field",
    "FrameComposer": ".composers.frame_composer",
    "Job": ".job",
    "Layer": ".composers.field",
    "LineScanner": ".composers.line_scanner",
    "Limits": ".limits",
    "Look": ".look",
    "Progress": ".result",
    "RollingClip": ".clip",
    "RollScan": ".roll_scan",
    "TimeDisplacer": ".composers.time_displacer",
    "Written": ".result",
    "compose": ".composing",
    "make": ".scripts",
    "render": ".run",
    "still": ".scripts",
    "strips": ".scripts",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name], __name__), name)
    if name[:1].isupper():
        from .effect import own_effects
        from .loop.loops import LOOPS

        for kind in (*own_effects(), *LOOPS.values()):
            if kind.__name__ == name:
                return kind
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
