"""Owns what a job may take at most, so that no file from a stranger can take a machine.

Each limit is declared once, as a field of Limits: its option, the help, the checks and the errors
are derived from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import Field, dataclass, field, fields
from typing import Any

from .checks import check_seconds, check_whole, in_bytes
from .errors import LimitError

_LEAST_MEMORY = 64 << 20  # bytes: no ffmpeg starts with less


def _limit(default: float | None, unit: str, says: str, least: int = 1) -> Any:
    """A limit. unit: "s", "bytes", or what else it counts. says: what it is of, for people."""
    return field(default=default, metadata={"unit": unit, "says": says, "least": least})


def unit_of(limit: Field[Any]) -> str:
    """What a limit counts: "s", "bytes", "frames" or "pixels"."""
    return str(limit.metadata["unit"])


@dataclass(frozen=True)
class Limits:
    """What a job may take at most. None lifts a limit; the defaults are beyond any honest video.

    Units are bytes, seconds, frames, and pixels; docs/options.md tells what each limit is of.
    Raises ArgumentError for a value that is no limit: 0, or not a number.

    >>> Limits(max_frames=10_000).max_duration
    604800.0
    """

    max_frames: int | None = _limit(
        6_000_000, "frames", "frames of a video at its constant rate, and of a file made of it"
    )
    max_duration: float | None = _limit(7 * 86_400.0, "s", "how long a video lasts")
    max_total_pixels: int | None = _limit(
        10**14, "pixels", "pixels in all frames of a video, as it is stored and as it is made"
    )
    max_expansion: int | None = _limit(
        2_000_000, "pixels", "pixels in all frames of a video for each byte of its file"
    )
    max_stall: float | None = _limit(
        600.0, "s", "how long a video, a track or a pipe may bring nothing while it is read"
    )
    max_memory: int | None = _limit(
        16 * 10**9, "bytes", "memory of each ffmpeg, on Linux", least=_LEAST_MEMORY
    )
    max_input: int | None = _limit(
        4 * 10**9, "bytes", "what comes down a pipe and is set aside as a file"
    )
    max_temporary: int | None = _limit(
        None, "bytes", "frames and sound set aside in the temporary folder"
    )

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if value is None:
                continue
            if unit_of(limit) == "s":
                check_seconds(limit.name, value)
            else:
                check_whole(limit.name, value, least=limit.metadata["least"])

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """In the block, and in this context alone, these are the limits."""
        token = _in_force.set(self)
        try:
            yield
        finally:
            _in_force.reset(token)


DEFAULTS = Limits()

_in_force: ContextVar[Limits] = ContextVar("limits", default=DEFAULTS)


def current_limits() -> Limits:
    """The limits in force here: the defaults, where nobody gave others."""
    return _in_force.get()


def within(limits: Limits, target: Callable[..., None], *arguments: Any) -> None:
    """Call something with these limits in force: for a new process or thread, which has none."""
    with limits.in_force():
        target(*arguments)


def written(limit: Field[Any], value: float | None) -> str:
    """An amount of what the limit counts, for people: 6,000,000, 16 GB, 600 s."""
    if value is None:
        return "none"
    if unit_of(limit) == "bytes":
        return in_bytes(int(value))
    return f"{value:,.12g} s" if unit_of(limit) == "s" else f"{value:,.0f}"


def check_limit(name: str, amount: float, subject: object, says: str, remedy: str) -> None:
    """Raise LimitError where an amount is over the limit of that name which is in force.

    subject: what has or takes it, such as a file. says: how much, as in "has {} frames". remedy:
    what helps, besides a higher limit.
    """
    most = getattr(current_limits(), name)
    if most is not None and amount > most:
        (limit,) = (limit for limit in fields(Limits) if limit.name == name)
        has, may = written(limit, amount), written(limit, most)
        raise LimitError(
            f"{subject} {says.format(has)}, over {name} {may}: {remedy}, or raise that limit", name
        )
