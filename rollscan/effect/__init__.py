"""Effects: each module of this package declares one, with its settings. None imports NumPy.

To add an effect, add a module. Its settings become options, controls and parts of recipes.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from ..setting import Configured, Setting, settings_of

if TYPE_CHECKING:
    from ..compose.composer import Composer
    from ..compose.field import Field
    from ..frames import Frame, Source


@dataclass(frozen=True)
class Extent:
    """What an effect may know of the frames that it composes.

    size: width and height in pixels. rate: frames per second. count: the number of source frames.
    first: the source frame with which the loop begins. period: the number of frames after which
    the loop starts over; without a loop, the number of frames. cyclic: whether there is a loop.
    """

    size: tuple[int, int]
    rate: float
    count: int
    first: int
    period: int
    cyclic: bool


class Effect(Configured):
    """A way to compose a picture from several moments.

    Subclasses are frozen dataclasses, whose fields are settings.

    name: the word that chooses it. help: what it does, in one clause. rank: its position in lists
    of effects, from 0. group: the section of the help that has its options. usual: about the
    seconds that composing a frame of a million pixels takes.
    loops_composed: whether a loop is made of composed frames, and not of source frames. `looping`
    then composes them, and frames of the field are numbered as those of the source.
    """

    name: ClassVar[str]
    help: ClassVar[str]
    rank: ClassVar[int] = 100
    group: ClassVar[str] = "effect"
    usual: ClassVar[float] = 0.03
    loops_composed: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in vars(cls):
            _registered.append(cls)
            _registered.sort(key=lambda each: each.rank)

    @property
    def is_smooth(self) -> bool:
        """Whether it interpolates between frames."""
        return bool(getattr(self, "smooth", False))

    def field(self, extent: Extent) -> Field:
        """Which pixel of which source frame each pixel of a composed frame shows.

        Raises ArgumentError if the settings do not suit the extent.
        """
        raise NotImplementedError

    def history(self, extent: Extent) -> int:
        """How many frames before frame 0 it needs, so that a loop shows no beginning."""
        return self.full(extent)

    def full(self, extent: Extent) -> int:
        """The number of the first composed frame with a full history, without a pre-roll."""
        return self.field(extent).history

    def comes_to(self, extent: Extent) -> Mapping[str, Any]:
        """The values of settings that are left to the effect, by name, as the studio shows them."""
        return {}

    @property
    def is_sideways(self) -> bool:
        """Whether its slit or line is a column, and positions are counted from the left."""
        return False

    def slit_at(self, extent: Extent) -> Callable[[int], tuple[float, float]] | None:
        """Where the slit or line is in a frame of the field; None for an effect without one.

        The function takes the number of a frame. It returns where the slit begins and where it
        ends, as fractions of the height, or of the width if the effect `is_sideways`.
        """
        return None

    def band(self) -> tuple[float, float, float, float]:
        """Where motion counts: left, top, right and bottom, as fractions of the picture."""
        return 0, 0, 1, 1

    def looping(self, source: Source, extent: Extent) -> Source:
        """The source that the loop is made of: the source itself, or composed frames."""
        return source

    def composer(self, frames: Iterable[Frame], extent: Extent, *, pre_roll: int = 0) -> Composer:
        """A composer of frames that come from the source that `looping` returned.

        It looks up the field, unless an effect has a quicker way. pre_roll: how many of the first
        frames come before frame 0. Raises ArgumentError if the settings do not suit the extent.
        """
        from ..compose.field_composer import FieldComposer

        return FieldComposer(
            frames,
            extent.rate,
            field=self.field(extent),
            pre_roll=pre_roll,
            smooth=self.is_smooth,
        )


_registered: list[type[Effect]] = []  # every registered effect, in order of rank


def effects() -> Mapping[str, type[Effect]]:
    """The effects by name, in order of rank."""
    _import_all()
    return {each.name: each for each in _registered}


@cache
def _import_all() -> None:
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")


def effect_settings() -> Mapping[str, Setting]:
    """The settings of all effects by name. One that effects share is as the first declares it."""
    found: dict[str, Setting] = {}
    for name, effect in effects().items():
        for each, declared in settings_of(effect).items():
            own = declared.belonging("effect", name, effect.group, "effect")
            found[each] = _shared(found[each], own) if each in found else own
    return found


def _shared(first: Setting, other: Setting) -> Setting:
    """A setting that two effects share, as the first of them declares it."""
    owners = (*first.needs[-1].values, *other.needs[-1].values)
    needs = (*first.needs[:-1], replace(first.needs[-1], values=owners))
    help = first.help
    if other.help != first.help:
        help = f"{first.help}. Of {other.needs[-1].values[0]}, {other.help}"
    return replace(first, needs=needs, help=help)
