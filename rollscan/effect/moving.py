"""Owns the settings of an effect that move: which do, their values in a frame, how they close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..path import ValuePath, is_moving
from ..setting import settings_of

if TYPE_CHECKING:
    from ..composers.field import Field
    from . import Effect, Extent


def moving(effect: Effect) -> dict[str, Any]:
    """The values of the settings that move, by name."""
    if not hasattr(type(effect), "__dataclass_fields__"):
        return {}
    declared = settings_of(type(effect))
    values = ((name, getattr(effect, name)) for name, each in declared.items() if each.kind.moves)
    return {name: value for name, value in values if is_moving(value)}


def still(effect: Effect, k: int, extent: Extent) -> Effect:
    """The effect whose settings have the values of frame k, but for those that its field follows.

    Raises ArgumentError for a value out of range, of a function.
    """
    values = {
        name: extent.along(value)(k)
        for name, value in moving(effect).items()
        if name not in effect.followed
    }
    return replace(effect, **values) if values else effect  # type: ignore[type-var]


def check_moving(effect: Effect, extent: Extent) -> None:
    """Raise ArgumentError for a path with times beyond the loop, or without one, the clip."""
    for name, value in moving(effect).items():
        if isinstance(value, ValuePath):
            value.check_times(name, extent.period / extent.rate, cyclic=extent.cyclic)


def closed(effect: Effect, extent: Extent) -> str:
    """What of its paths is changed so that they close in the loop, in words; "" for nothing."""
    if not extent.cyclic:
        return ""
    labels: Mapping[str, str] = {n: each.label for n, each in settings_of(type(effect)).items()}
    changes = {
        name: value.change(extent.period / extent.rate)
        for name, value in moving(effect).items()
        if isinstance(value, ValuePath)
    }
    return ", ".join(f"{labels[name]} {change}" for name, change in changes.items() if change)


def band_of(effect: Effect) -> tuple[float, float, float, float]:
    """Where motion counts, see Effect.band, at any time of what moves."""
    paths = {name: each for name, each in moving(effect).items() if name not in effect.followed}
    if any(map(callable, paths.values())):  # which may lead anywhere
        return 0, 0, 1, 1
    boxes = []
    for n in range(max((len(path.values) for path in paths.values()), default=1)):
        values = {name: path.values[n % len(path.values)] for name, path in paths.items()}
        boxes.append(replace(effect, **values).band())  # type: ignore[type-var]
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


@lru_cache(maxsize=8)
def _telling_frames(values: tuple[Any, ...], extent: Extent) -> tuple[int, ...]:
    """The frames in which a number that moves is least or greatest, and the first one."""
    found = {0}
    for value in values:
        series = [*map(extent.along(value), range(extent.period))]
        is_point = isinstance(series[0], tuple)
        for each in zip(*series, strict=True) if is_point else [series]:
            numbers = list(each)
            found |= {numbers.index(min(numbers)), numbers.index(max(numbers))}
    return tuple(sorted(found))


def moving_field(effect: Effect, extent: Extent) -> Field:
    """The field of an effect with settings that move: in each frame that of the still effect.

    Its reach is that of the frames in which a number is least or greatest; no delay is longer.
    """
    from ..composers.moving_field import field_of_frames

    def of(k: int) -> Field:
        return still(effect, k, extent).field(extent)

    if set(moving(effect)) <= set(effect.followed):
        return effect.field(extent)
    still(effect, 0, extent)  # raises for a function that returns no such value
    return field_of_frames(of, _telling_frames(tuple(moving(effect).values()), extent), extent)
