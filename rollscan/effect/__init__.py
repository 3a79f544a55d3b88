"""Effects: each module of this package declares one, with its settings. None imports NumPy.

To add an effect, add a module; `shared_settings.py` has the settings that several have. An effect's
settings become options, controls and parts of recipes. So do those of effects that are declared
elsewhere: by a script, in a file that is loaded, or by an installed package, which names their
classes as entry points of the group "rollscan.effects".
"""

from __future__ import annotations

import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ..checks import brief
from ..composers.extent import Extent as Extent  # effects import it from here
from ..errors import ArgumentError
from ..kinds import movable
from ..setting import Configured, Setting, document, settings_of
from .moving import moving_field

if TYPE_CHECKING:
    from ..composers.composer import Composer
    from ..composers.field import Field
    from ..frames import Frame, Source


ToSee = Literal["subject", "luma", "motion"] | Path


class Effect(Configured):
    """A way to compose a picture from several moments.

    Subclasses are frozen dataclasses, whose fields are settings. One that has a name is registered:
    looks can choose it. Defining a class again replaces the first one.

    name: the word that chooses it, of lower-case letters, digits and dashes. help: what it does, in
    one clause. rank: its position in lists of effects, from 0. group: the section of the help that
    has its options: "slit", "look", "effect" or "loop". usual: about the seconds that composing a
    frame of a million pixels takes. bounded: whether its depth may not be longer than the loop.
    reads_once: whether it keeps every frame of a loop, so that each is read once. sees: what a
    survey of the video has to see for it, if anything, see Extent.seen.
    followed: the settings that may move, see kinds.movable, and whose paths the field follows
    itself. Of others that move, it has the values that they have in one frame.
    loops_composed: whether a loop is made of composed frames, and not of source frames. `looping`
    then composes them, and frames of the field are numbered as those of the source.
    digest: the SHA-256 of the file that the class comes from, if that is loaded from a file or an
    installed package.

    Raises ArgumentError for a name that no effect may have, or that another effect has.
    """

    name: ClassVar[str]
    help: ClassVar[str] = ""
    digest: ClassVar[str] = ""
    rank: ClassVar[int] = 100
    group: ClassVar[str] = "effect"
    usual: ClassVar[float] = 0.03
    bounded: ClassVar[bool] = False
    reads_once: ClassVar[bool] = False
    sees: ClassVar[ToSee | None] = None
    followed: ClassVar[tuple[str, ...]] = ()
    loops_composed: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "name" in vars(cls):
            _register(cls)

    def to_see(self) -> ToSee | None:
        """What a survey has to see for it, with these settings; a Path is another video."""
        return self.sees

    @property
    def is_smooth(self) -> bool:
        """Whether it interpolates between frames."""
        return bool(getattr(self, "smooth", False))

    def field(self, extent: Extent) -> Field:
        """Which pixel of which source frame each pixel of a composed frame shows.

        Settings that move have the values of one frame, but for those that are `followed`.
        Raises ArgumentError if the settings do not suit the extent.
        """
        raise NotImplementedError

    def moving_field(self, extent: Extent) -> Field:
        """The field, with all that moves. In frame k it is that of the settings of frame k."""
        return moving_field(self, extent)

    def unmixed(self) -> Effect:
        """The effect without a soft edge between history and the live picture.

        Where history is shown alone, its alpha has that edge, and its colours are history's own.
        """
        return self

    def history(self, extent: Extent) -> int:
        """How many frames before frame 0 it needs, so that a loop shows no beginning."""
        return self.full(extent)

    def full(self, extent: Extent) -> int:
        """The number of the first composed frame with a full history, without a pre-roll."""
        return self.moving_field(extent).history

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
        from ..composers.field_composer import FieldComposer

        return FieldComposer(
            frames,
            extent.rate,
            field=self.moving_field(extent),
            pre_roll=pre_roll,
            smooth=self.is_smooth,
        )


_registered: list[type[Effect]] = []  # every registered effect, in order of rank


_GROUP = "rollscan.effects"  # of the entry points of installed packages
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_is_loaded: set[str] = set()  # has _GROUP once the effects of installed packages are loaded


def effects() -> Mapping[str, type[Effect]]:
    """The effects by name, in order of rank.

    Raises ArgumentError where an installed package has an effect that cannot be loaded.
    """
    own_effects()
    _load_installed()
    return {each.name: each for each in _registered}


@cache
def own_effects() -> tuple[type[Effect], ...]:
    """The effects of this package, in order of rank."""
    for module in pkgutil.iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    own = tuple(each for each in _registered if _is_own(each))
    for each in own:
        document(each, settings_of(each))
    return own


@contextmanager
def kept_on_success() -> Iterator[None]:
    """Forget the effects that were registered in the block if an exception ends it."""
    before = [*_registered]
    try:
        yield
    except BaseException:
        _registered[:] = before
        raise


def _register(effect: type[Effect]) -> None:
    """Register an effect, in place of one of the same module and class."""
    if not (isinstance(effect.name, str) and _NAME.fullmatch(effect.name)):
        raise ArgumentError(
            f"the name of the effect {effect.__name__} is {brief(effect.name)}: give a word of"
            " lower-case letters, digits and dashes, as in name = 'wobble'"
        )
    if not _is_own(effect):
        own_effects()
    for other in [each for each in _registered if each.name == effect.name]:
        if (other.__module__, other.__qualname__) != (effect.__module__, effect.__qualname__):
            raise ArgumentError(
                f"two effects are called {effect.name}, {_whereabouts(other)} and"
                f" {_whereabouts(effect)}: give one another name"
            )
        _registered.remove(other)
    _registered.append(effect)
    _registered.sort(key=lambda each: each.rank)


def _is_own(effect: type[Effect]) -> bool:
    return effect.__module__.startswith(f"{__name__}.")


def _whereabouts(effect: type[Effect]) -> str:
    """Where an effect is declared, for an error."""
    file = effect.__module__ if _is_own(effect) else _file_of(effect)
    return f"{effect.__qualname__} of {file or 'here'}"


def _file_of(effect: type[Effect]) -> str | None:
    """The file of the module that declares an effect, if there is one."""
    return getattr(sys.modules.get(effect.__module__), "__file__", None)


def _load_installed() -> None:
    """Load the effects that installed packages name as entry points."""
    if _GROUP in _is_loaded:
        return
    _is_loaded.add(_GROUP)  # now, as a package that is loaded may ask for effects itself
    if not any(map(_may_have_entries, sys.path)):
        return
    from importlib.metadata import entry_points  # a quarter of the time that --help takes

    try:
        for entry in entry_points(group=_GROUP):
            with kept_on_success():
                _load_entry(entry)
    except BaseException:
        _is_loaded.clear()
        raise


def _may_have_entries(folder: str) -> bool:
    """Whether a folder of sys.path, or an archive, may hold packages that name effects."""
    if Path(folder).is_file():
        return True
    with suppress(OSError), os.scandir(folder or ".") as found:
        for each in found:
            if each.name.endswith((".dist-info", ".egg-info")):
                with suppress(OSError):
                    if _GROUP in Path(each.path, "entry_points.txt").read_text(
                        encoding="utf-8", errors="replace"
                    ):
                        return True
    return False


def _load_entry(entry: Any) -> None:
    """Load an effect that a package names. Raises ArgumentError where that fails."""
    package = entry.dist.name if entry.dist else entry.value
    try:
        effect = entry.load()
        if not (isinstance(effect, type) and issubclass(effect, Effect) and effect in _registered):
            raise ArgumentError(f"{brief(effect)} is no Effect with a name")
    except Exception as error:  # a package may raise anything
        why = " ".join(f"{type(error).__name__}: {error}".split())
        raise ArgumentError(
            f"the effect {entry.name} of the package {package} cannot be loaded ({why}): mend it,"
            f" or pip uninstall {package}"
        ) from error
    with suppress(OSError):  # of a package in an archive
        if file := _file_of(effect):
            effect.digest = digest_of(Path(file).read_bytes())


def digest_of(source: bytes) -> str:
    """The SHA-256 of a file."""
    import hashlib  # only for effects that are not our own

    return hashlib.sha256(source).hexdigest()


def effect_settings(effects: Mapping[str, type[Effect]]) -> dict[str, Setting]:
    """The settings of these effects by name.

    One that effects share is as the first of them declares it, with the choices of all, and with
    the defaults of those that have another one. Raises ArgumentError for effects that share a name
    of settings that are not alike.
    """
    found: dict[str, Setting] = {}
    for name, effect in effects.items():
        if not hasattr(effect, "__dataclass_fields__"):
            raise ArgumentError(
                f"the effect {name} is no dataclass: write @dataclass(frozen=True) before class"
                f" {effect.__name__}"
            )
        for each, declared in settings_of(effect).items():
            own = declared.belonging("effect", name, effect.group, "effect")
            found[each] = _shared(found[each], own) if each in found else own
    return found


def _shared(first: Setting, other: Setting) -> Setting:
    """A setting that several effects share, with one more that has it too."""
    (owner,) = other.effects
    if _nature(first) != _nature(other):
        raise ArgumentError(
            f"{first.name} of the effect {owner} is not the {first.name} of"
            f" {' or '.join(first.effects)}: give it another name, or the same kind"
        )
    needs = (*first.needs[:-1], replace(first.needs[-1], values=(*first.effects, owner)))
    help, kind, defaults = first.help, first.kind, dict(first.defaults)
    if other.help not in first.help:
        help = f"{first.help}. For {owner}: {other.help}"
    still_with = first.still_with
    if other.kind.moves and not kind.moves:
        kind, still_with = movable(kind), first.effects
    elif kind.moves and not other.kind.moves:
        still_with += (owner,)
    if other.default != first.default:
        defaults[owner] = other.default
    if more := [word for word in other.kind.choices if word not in kind.choices]:
        kind = kind.with_choices(other.kind, more)
    return replace(
        first, needs=needs, help=help, kind=kind, defaults=defaults, still_with=still_with
    )


def _nature(setting: Setting) -> tuple[Any, ...]:
    """What two settings must have in common to share a name, and so an option."""
    kind = setting.kind
    typed = getattr(kind.parse, "__qualname__", "")
    return setting.option, kind.is_switch, kind.metavar, typed, bool(kind.choices)
