"""Owns which options matter when: one that would change nothing is refused, not passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from .errors import ArgumentError
from .job import MOVING, Job
from .look import LOOPS


@dataclass(frozen=True)
class _Scope:
    """Where an option matters: a test of the job, and what to add to pass it."""

    holds: Callable[[Job], bool]
    needs: str


def _written(*outputs: str) -> _Scope:
    """For jobs that write one of these outputs."""
    named = [f"--{output}" for output in outputs]
    needs = " or ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    return _Scope(lambda job: not _outputs(job).isdisjoint(outputs), needs)


def _outputs(job: Job) -> set[str]:
    """What the job writes: the outputs asked for, or in their stead the formats of its places."""
    asked = {name for name in (*_COMPOSED, "still") if getattr(job, name)}
    moving: dict[str, Any] = {kind: Path(f"clip.{kind}") for kind in asked.intersection(MOVING)}
    if not (job.names and moving):
        return asked
    from .deliver.plan import agreed  # which a job without a place can do without

    named = replace(job, **moving)  # whatever they are called: many clips have patterns
    return asked.difference(moving) | {target.format for target in agreed(named)}


def _looped(loop: str) -> _Scope:
    """For jobs whose loop is this one."""
    return _Scope(lambda job: job.look.loop == loop, f"--loop {loop}")


def _of_loops() -> dict[str, _Scope]:
    """For each setting of a loop, the jobs whose loop that is."""
    return {field.name: _looped(loop) for loop, kind in LOOPS.items() for field in fields(kind)}


_COMPOSED = (*MOVING, "poster", "looks")  # what shows an effect, which a strip photograph does not
_SCOPES = {  # by the field of Job or Look; those that always matter are not here
    "fps": _written(*MOVING, "poster"),
    "speed": _written(*_COMPOSED),
    "effect": _written(*_COMPOSED),
    "feather": _written(*_COMPOSED),
    "smooth": _written(*_COMPOSED),
    "rgb": _written(*_COMPOSED),
    "loop": _written(*_COMPOSED),
    **_of_loops(),
    "poster_first": _written(*MOVING),
    "repeat": _written("gif", "webp"),
    "mp4_loops": _written("mp4"),
    "quality": _written("gif", "webp"),
    "sound": _written("mp4", "webm"),
    "colors": _written("gif"),
    "max_bytes": _written(*MOVING),
    "fit": _Scope(lambda job: bool(job.names), "--for"),
    "platforms": _Scope(lambda job: bool(job.names), "--for or --list-platforms"),
}


def check_effective(given: Mapping[str, Any], options: Mapping[str, str], job: Job) -> None:
    """Raise ArgumentError for the first option given that changes nothing in the job.

    given: what was given, by the field of Job or Look. options: what each is called on the
    command line, with its dashes.
    """
    for name, scope in _SCOPES.items():
        if name in given and not scope.holds(job):
            value = "on" if given[name] is True else given[name]
            raise ArgumentError(
                f"{options[name]} is {value}, which has no effect without"
                f" {scope.needs}: add that, or leave {options[name]} out"
            )
