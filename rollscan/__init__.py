"""Rolling slit-scan loops from video.

Each name is imported when it is first used, so `import rollscan` loads neither MoviePy nor NumPy.
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
    from .compose.frame_composer import FrameComposer
    from .compose.line_scanner import LineScanner
    from .compose.time_displacer import TimeDisplacer
    from .job import Job
    from .limits import Limits
    from .look import Look
    from .result import Progress, Written
    from .roll_scan import RollScan
    from .run import render

__version__ = "0.3.0"

__all__ = [
    "ArgumentError",
    "BudgetError",
    "FrameComposer",
    "Job",
    "LimitError",
    "Limits",
    "LineScanner",
    "Look",
    "NotReplacedError",
    "OutputError",
    "Progress",
    "RewindError",
    "RollScan",
    "RollingClip",
    "RollscanError",
    "SourceError",
    "TimeDisplacer",
    "Written",
    "__version__",
    "render",
]

_HOMES = {
    "FrameComposer": ".compose.frame_composer",
    "Job": ".job",
    "LineScanner": ".compose.line_scanner",
    "Limits": ".limits",
    "Look": ".look",
    "Progress": ".result",
    "RollingClip": ".clip",
    "RollScan": ".roll_scan",
    "TimeDisplacer": ".compose.time_displacer",
    "Written": ".result",
    "render": ".run",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
