"""Owns what a job may take at most, so that no file from a stranger can take a machine.

Each limit is declared once, as a field of Limits: its option, the help, the checks and the errors
are derived from that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from .errors import LimitError
from .kinds import byte_count, or_none, seconds, whole
from .setting import Configured, document, setting, settings_of

_LEAST_MEMORY = 64 << 20  # bytes: no ffmpeg starts with less


@dataclass(frozen=True)
class Limits(Configured):
    """What a job may take at most. None lifts a limit; the defaults are beyond any honest video.

    {settings}

    Raises ArgumentError for a value that is no limit: 0, or not a number.

    >>> Limits(max_frames=10_000).max_duration
    31622400.0
    """

    max_frames: int | None = setting(
        6_000_000,
        or_none(whole(1)),
        "frames of a video at its constant rate, and of a file made of it",
    )
    max_duration: float | None = setting(
        366 * 86_400.0, or_none(seconds()), "how long a video lasts"
    )
    max_total_pixels: int | None = setting(
        10**14,
        or_none(whole(1)),
        "pixels in all frames of a video, as it is stored and as it is made",
    )
    max_expansion: int | None = setting(
        2_000_000,
        or_none(whole(1)),
        "pixels in all frames of a video for each byte of its file",
    )
    max_stall: float | None = setting(
        600.0,
        or_none(seconds()),
        "how long a video, a track or a pipe may bring nothing while it is read",
    )
    max_memory: int | None = setting(
        16 * 10**9,
        or_none(byte_count(_LEAST_MEMORY, metavar="8GB")),
        "memory of each ffmpeg, on Linux",
    )
    max_input: int | None = setting(
        4 * 10**9,
        or_none(byte_count(metavar="8GB")),
        "what comes down a pipe and is set aside as a file",
    )
    max_fetch: int | None = setting(
        64 * 10**9,
        or_none(byte_count(metavar="8GB")),
        "what is fetched of a clip from an address: an hour of 4K as cameras record it has as many",
    )
    max_fetch_stall: float | None = setting(
        60.0, or_none(seconds()), "how long an address may bring next to nothing"
    )
    max_temporary: int | None = setting(
        None,
        or_none(byte_count(metavar="8GB")),
        "frames and sound set aside in the temporary folder",
    )

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """In the block, and in this context alone, these are the limits."""
        token = _in_force.set(self)
        try:
            yield
        finally:
            _in_force.reset(token)


document(Limits, settings_of(Limits))
DEFAULTS = Limits()

_in_force: ContextVar[Limits] = ContextVar("limits", default=DEFAULTS)


def current_limits() -> Limits:
    """The limits in force here: the defaults, where nobody gave others."""
    return _in_force.get()


def within(limits: Limits, target: Callable[..., None], *arguments: Any) -> None:
    """Call something with these limits in force: for a new process or thread, which has none."""
    with limits.in_force():
        target(*arguments)


def check_limit(name: str, amount: float, subject: object, says: str, remedy: str) -> None:
    """Raise LimitError where an amount is over the limit of that name which is in force.

    subject: what has or takes it, such as a file. says: how much, as in "has {} frames". remedy:
    what helps, besides a higher limit.
    """
    most = getattr(current_limits(), name)
    if most is not None and amount > most:
        kind = settings_of(Limits)[name].kind
        has, may = kind.in_words(amount), kind.in_words(most)
        raise LimitError(
            f"{subject} {says.format(has)}, over {name} {may}: {remedy}, or raise that limit", name
        )
