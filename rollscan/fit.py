"""Owns the fitting of a look to a clip: which of its settings suit the clip, and their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .effect import effects
from .effect.fits import Fitting
from .effect.moving import still
from .look import Look, effect_of, extent_of, is_set_to_clips, loop_of, settled, spread
from .path import is_moving
from .setting import Setting, settings_of

if TYPE_CHECKING:
    from .loop.moving import Moving


def fittable(look: Look) -> tuple[str, ...]:
    """The names of the settings of a look that may be fitted: by a rule, or to a brief clip."""
    by_rule = tuple(name for name, each in _declared(look).items() if each.fits)
    return (*by_rule, "loop", *settings_of(type(loop_of(look))))


def to_fit(look: Look | str | None, settings: Mapping[str, Any], *, fit: bool) -> tuple[str, ...]:
    """The names of the settings to fit of a look that a script gives, which are () unless by name.

    settings: that override the look, and stay. fit: whether any are to be fitted.
    """
    if not (fit and isinstance(look, str) and is_set_to_clips(look)):
        return ()
    return tuple(name for name in fittable(settled(look, settings)) if name not in spread(settings))


def fitted(
    look: Look, names: Iterable[str], moving: Moving, count: int, size: tuple[int, int]
) -> Look:
    """The look with the values of these settings that suit a clip. The others stay.

    moving: what moves in the clip. count: how many frames it has. size: at which it is composed,
    width and height in pixels.
    """
    rate = moving.rate
    declared, chosen = _declared(look), set(names)
    kept = [name for name in look.declared() if name not in chosen]
    extent = extent_of(shortened(look, kept, count, rate), size, rate, count)
    found = look
    for name, each in declared.items():
        if name in chosen and each.fits and not is_moving(getattr(found, name)):
            to = Fitting(moving, extent, still(effect_of(found), 0, extent))
            found = found.over(**{name: each.fits(getattr(found, name), to)})
    return shortened(found, kept, count, rate)


def shortened(look: Look, given: Iterable[str], count: int, rate: float) -> Look:
    """The look, with its durations shortened to suit a clip of `count` frames.

    given: settings of the user, which are not changed. rate: frames per second.
    """
    given = set(given)
    loop = loop_of(look).fitted(count, rate)
    fits: dict[str, Any] = {"rgb": min(look.rgb, count // 2 / rate)}
    fits |= {"loop": loop.name, **vars(loop)}
    shorter = look.over(**_without(fits, given))
    loop = loop_of(shorter)
    if not loop.cyclic:  # without a loop, depth may be longer than the clip
        return shorter
    if loop.bounds:
        count = round(min(count, max(1.0, loop.bounds[0] * rate)))
    seconds = loop.period(count, rate) / rate
    if effect_of(look).bounded and not is_moving(look.depth):
        shorter = shorter.over(**_without({"depth": min(look.depth, seconds)}, given))
    return shorter


def asked_for(look: Look, names: Iterable[str]) -> str:
    """A text that tells what was asked for: a look of which these settings are to be fitted."""
    return " ".join([look.recipe, *sorted(names)])


def told(asked: Look, found: Look) -> str:
    """What was chosen for a clip, in words: "slit 43%, depth 1.5 s"; "" for nothing."""
    declared = _declared(found)
    return ", ".join(
        declared[name].label + ("" if value is True else f" {declared[name].kind.in_words(value)}")
        for name, value in found.settings.items()
        if value != getattr(asked, name) and name in declared and declared[name].fits
    )


def _declared(look: Look) -> Mapping[str, Setting]:
    """The settings that apply to a look, by name, as its effect declares them."""
    general = {name: each for name, each in look.declared().items() if not each.effects}
    return {**general, **settings_of(effects()[look.effect])}


def _without(settings: Mapping[str, Any], given: Iterable[str]) -> dict[str, Any]:
    """The settings without those that are in `given`."""
    return {name: value for name, value in settings.items() if name not in given}
