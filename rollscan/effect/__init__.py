"""Effects: each module of this package declares one, with its settings. None imports NumPy.

A new effect is a new module here: its settings become options, controls and part of recipes.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from ..setting import Configured, Setting, settings_of

if TYPE_CHECKING:
    from ..compose.composer import Composer
    from ..frames import Frame, Source

HAIR = 1e-6  # of a frame: a product of fractions may miss the whole number it should be


@dataclass(frozen=True)
class Extent:
    """What an effect may know of the frames that it composes.

    size: width and height in pixels. rate: frames per second. count: source frames that there are.
    first: the one with which the loop begins. period: cyclic frames after which the loop starts
    over; of a cut, its frames. cyclic: whether it is a loop.
    """

    size: tuple[int, int]
    rate: float
    count: int
    first: int
    period: int
    cyclic: bool


class Effect(Configured):
    """How a picture is composed of several moments. Subclasses are frozen dataclasses of settings.

    name: as it is chosen. help: what it does, in one clause. rank: its place in lists of effects.
    group: of its options in the help. usual: seconds that a composed frame of a million pixels
    takes, about.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    rank: ClassVar[int] = 100
    group: ClassVar[str] = "effect"
    usual: ClassVar[float] = 0.03

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in vars(cls):
            _registered.append(cls)
            _registered.sort(key=lambda each: each.rank)

    @property
    def is_smooth(self) -> bool:
        """Whether it makes what lies between two frames."""
        return bool(getattr(self, "smooth", False))

    def history(self, extent: Extent) -> int:
        """How many frames before frame 0 it takes for a composition without a beginning."""
        return self.full(extent)

    def full(self, extent: Extent) -> int:
        """The first composed frame whose history is full, if there is nothing before frame 0."""
        raise NotImplementedError

    def band(self) -> tuple[float, float, float, float]:
        """Where motion counts: left, top, right and bottom, as fractions of the picture."""
        return 0, 0, 1, 1

    def looping(self, source: Source, extent: Extent) -> Source:
        """What is to be made cyclic of a source: its frames, or compositions of them."""
        return source

    def composer(self, frames: Iterable[Frame], extent: Extent, *, pre_roll: int = 0) -> Composer:
        """The composer of these frames, which `looping` gave; `pre_roll` come before frame 0.

        Raises ArgumentError where the settings do not suit the extent.
        """
        raise NotImplementedError


_registered: list[type[Effect]] = []  # every effect there is by now, by rank


def effects() -> Mapping[str, type[Effect]]:
    """The effects by name, as lists have them."""
    _import_all()
    return {each.name: each for each in _registered}


@cache
def _import_all() -> None:
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def effect_settings() -> Mapping[str, Setting]:
    """The settings of all effects by name; one that several have is as the first declares it."""
    found: dict[str, Setting] = {}
    for name, effect in effects().items():
        for each, declared in settings_of(effect).items():
            own = declared.belonging("effect", name, effect.group, "effect")
            found[each] = _shared(found[each], own) if each in found else own
    return found


def _shared(first: Setting, other: Setting) -> Setting:
    """A setting that two effects have, as the first of them declares it."""
    owners = (*first.needs[-1].values, *other.needs[-1].values)
    needs = (*first.needs[:-1], replace(first.needs[-1], values=owners))
    help = first.help
    if other.help != first.help:
        help = f"{first.help}. Of {other.needs[-1].values[0]}, {other.help}"
    return replace(first, needs=needs, help=help)
