"""Owns the limits on what a job may use, so that no file from a stranger can exhaust a machine.

Each limit is declared once, as a field of Limits. Its option, help, check and error are derived
from that declaration.
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

MAX_PIXELS = 1 << 26  # in a frame, or a picture that is read: 8192 x 8192
_LEAST_MEMORY = 64 << 20  # bytes: ffmpeg does not start with less


@dataclass(frozen=True)
class Limits(Configured):
    """Bounds on what a job may use. None lifts a limit. The defaults exceed any honest video.

    {settings}

    Raises ArgumentError for a value that is not a number over 0, or is below the least allowed.

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
        """Apply these limits within the block, in the current context (see contextvars) alone."""
        token = _in_force.set(self)
        try:
            yield
        finally:
            _in_force.reset(token)


document(Limits, settings_of(Limits))
DEFAULTS = Limits()

_in_force: ContextVar[Limits] = ContextVar("limits", default=DEFAULTS)


def current_limits() -> Limits:
    """The limits in force in the current context; default Limits()."""
    return _in_force.get()


def within(limits: Limits, target: Callable[..., None], *arguments: Any) -> None:
    """Call `target` with these limits in force. A new process or thread does not inherit them."""
    with limits.in_force():
        target(*arguments)


def check_limit(name: str, amount: float, subject: object, says: str, remedy: str) -> None:
    """Raise LimitError if an amount exceeds the limit in force.

    name: of a field of Limits. subject: what has the amount, such as a file. says: the predicate of
    the message, as in "has {} frames". remedy: what to do other than raise the limit.
    """
    most = getattr(current_limits(), name)
    if most is not None and amount > most:
        kind = settings_of(Limits)[name].kind
        has, may = kind.in_words(amount), kind.in_words(most)
        raise LimitError(
            f"{subject} {says.format(has)}, over {name} {may}: {remedy}, or raise that limit", name
        )
