"""Owns the kinds of values of settings: how each is typed, checked, written, and controlled."""

from __future__ import annotations

import math
import os
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any, TypeGuard

from . import values
from .array_value import ArrayValue, is_array
from .checks import (
    brief,
    check_choice,
    check_path,
    check_rate,
    check_seconds,
    check_switch,
    check_whole,
    in_bytes,
    in_seconds,
    is_number,
    plain,
)
from .errors import ArgumentError
from .path import ValuePath, is_path, path_in
from .path import written as _number

# A fraction of the height or width, several to move through, or what moves, see `movable`.
Position = float | Sequence[float] | ValuePath | Callable[[int], float]
Width = int | str  # rows, or "auto"
Area = tuple[float, float, float, float]  # left, top, width and height: fractions of the picture
Crop = Area | str  # or a ratio, such as "16:9"
Check = Callable[[str, Any], Any]

UNNAMED_FILE = "a picture"  # replaces the name of a file in a recipe
NOT_CARRIED = object()  # stands for a value that no recipe can hold, such as a function


@dataclass(frozen=True)
class Kind:
    """The values that a setting accepts.

    check: takes the name of a setting and a value, and returns the value to store. Raises
        ArgumentError for a value that is not valid.
    parse: takes a word of a command line, and returns its value, which `check` has not seen yet.
        Raises argparse.ArgumentTypeError for a word that has none.
    write: takes a value, and returns the word that `parse` reads as exactly that value.
    metavar: stands for a value in the help; None for the list of choices.
    shown: takes a value, and returns it in words for people; None for `write`.
    choices: the words that are valid; () if the kind is not a choice.
    alone: the value of the option without a word; None if it needs one.
    control: the control in the studio, as JSON: "control" is one of "number", "choice", "switch",
        "colour", "position", "point", "area", "radius" and "angle", and the other keys are its
        parameters. Those that are places in the picture have handles there, but for an area that
        is "typed", as what it cuts off is not in the picture. None for no control.
    is_switch: whether the option takes no word, and negates the default. has_opposite: whether
        another option, --no-…, gives the default, which is not the same as giving none.
    carried: takes a value, and returns what a recipe stores of it, which never names a file, or
        NOT_CARRIED for a value that no recipe can hold.
    moves: whether a value may be a number that moves, see `movable`.
    """

    check: Check
    parse: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    metavar: str | None = None
    shown: Callable[[Any], str] | None = None
    choices: tuple[str, ...] = ()
    alone: Any = None
    control: Mapping[str, Any] | None = None
    is_switch: bool = False
    has_opposite: bool = False
    carried: Callable[[Any], Any] = lambda value: value
    moves: bool = False

    def with_choices(self, other: Kind, more: Iterable[str]) -> Kind:
        """The kind with more choices, which are those of another kind."""
        labels = {
            word: ((other.control or {}).get("choices") or {}).get(word, word) for word in more
        }
        control = self.control and {
            **self.control,
            "choices": {**self.control["choices"], **labels},
        }

        def check(name: str, value: Any) -> Any:
            return value if isinstance(value, str) and value in labels else self.check(name, value)

        return replace(self, check=check, choices=(*self.choices, *labels), control=control)

    def valued(self, name: str, value: Any) -> Any:
        """The value to store. Text is read as a word of a command line, if `parse` reads any.

        Raises ArgumentError for a value that is not valid.
        """
        if isinstance(value, ValuePath) and not self.moves:
            raise self._stands_still(name, value)
        if isinstance(value, str) and self.parse is not str:
            try:
                value = self.parse(value)
            except ArgumentTypeError as error:
                if is_path(value) and not self.moves:
                    raise self._stands_still(name, value) from None
                allowed = str(error).removeprefix(repr(value))
                raise ArgumentError(f"{name} is {brief(value)}{allowed}", name) from None
        return self.check(name, value)

    @staticmethod
    def _stands_still(name: str, value: Any) -> ArgumentError:
        return ArgumentError(
            f"{name} is {brief(value)}, and cannot move here: give one value", name
        )

    def in_words(self, value: Any) -> str:
        """A value in words for people; "none" for None."""
        return "none" if value is None else (self.shown or self.write)(value)


def number(*, most: float = 1000, metavar: str = "X", slider: Slider | None = None) -> Kind:
    """A number over 0: 0.2, 20%, 0.2x."""
    return Kind(
        _checked(lambda name, value: check_rate(name, value, most=most)),
        values.factor,
        _number,
        metavar,
        control=_slider(slider, "×", most=most),
    )


def rate(*, most: float = 1000, slider: Slider | None = None) -> Kind:
    """Frames per second: 24, 24fps."""
    control = _slider(slider, most=most)
    return replace(number(most=most, metavar="F"), parse=values.rate, control=control)


def whole(
    least: int, most: float = math.inf, *, metavar: str = "N", slider: Slider | None = None
) -> Kind:
    """A whole number: 3."""
    return Kind(
        _checked(lambda name, value: check_whole(name, value, least=least, most=most)),
        values.whole,
        _number,
        metavar,
        lambda value: f"{value:,.0f}",
        control=_slider(slider, "", least, most, whole=True),
    )


def pixels(least: int, *, metavar: str = "N", slider: Slider | None = None, unit: str = "") -> Kind:
    """A number of pixels: 480, 480px."""
    control = _slider(slider, unit, least, _MOST_SIDE, whole=True)
    return replace(whole(least, metavar=metavar), parse=values.pixels, control=control)


def seconds(*, zero: bool = False, slider: Slider | None = None) -> Kind:
    """A duration in seconds: 3, 3s, 0:03. zero: whether 0 is valid."""

    def check(name: str, value: Any) -> None:
        if not (zero and is_number(value) and value == 0):
            check_seconds(name, value)

    def shown(value: Any) -> str:
        return f"{value:,.12g} s"

    control = _slider(slider, "s", 0 if zero else _LEAST)
    return Kind(_checked(check), values.seconds, _number, "T", shown, control=control)


def moment() -> Kind:
    """A time in a video, as MoviePy takes it: 3, 3s, '0:03.5', (0, 0, 3.5). Stored as given."""

    def check(name: str, value: Any) -> Any:
        in_seconds(name, value)
        return value

    def write(value: Any) -> str:
        return ":".join(map(_number, value)) if isinstance(value, tuple) else _number(value)

    return Kind(check, values.moment, write, "T")


def choice(
    *words: str, labels: Mapping[str, str] | None = None, wide: bool = False, why: str = ""
) -> Kind:
    """One of these words.

    labels: what the studio shows for a word; default its capitalized form. wide: whether the
    control takes a whole row. why: the reason, in the error, why other words are not valid.
    """
    shown = {word: (labels or {}).get(word, word.capitalize()) for word in words}
    return Kind(
        _checked(lambda name, value: check_choice(name, value, words, why)),
        values.word,
        choices=words,
        control={"control": "choice", "choices": shown, "wide": wide},
    )


def switch(hint: str = "", *, has_opposite: bool = False) -> Kind:
    """True or False. hint: what the studio says next to it. has_opposite: see Kind."""
    control = {"control": "switch", "hint": hint}
    check = _checked(check_switch)
    return Kind(check, control=control, is_switch=True, has_opposite=has_opposite)


def movable(kind: Kind, each: Kind | None = None) -> Kind:
    """Another kind of value, or a number, or point, that moves: a path, see path.py.

    In Python, it may also be a function of the frame's number, which no recipe holds. Its values
    are checked when they are used.

    each: the kind of the values that a path has; None for `kind`.
    """
    one = each or kind

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, ValuePath):
            return value if callable(value) else kind.check(name, value)
        try:
            return value.checked(lambda each: one.check(name, each))
        except ArgumentError as error:
            why = str(error).removeprefix(f"{name} is ")
            raise ArgumentError(f"{name} is {brief(value)}, and comes to {why}", name) from None

    @wraps(kind.parse)  # two settings that are read alike may share a name
    def parse(word: str) -> Any:
        return path_in(word, one.parse) if is_path(word) else kind.parse(word)

    def write(value: Any) -> str:
        return str(value) if isinstance(value, ValuePath) else kind.write(value)

    def shown(value: Any) -> str:
        if callable(value):
            return "a function"
        return str(value) if isinstance(value, ValuePath) else kind.in_words(value)

    def carried(value: Any) -> Any:
        if callable(value):
            return NOT_CARRIED
        return str(value) if isinstance(value, ValuePath) else kind.carried(value)

    return replace(
        kind,
        check=check,
        parse=parse,
        write=write,
        shown=shown,
        carried=carried,
        moves=True,
    )


def position(*, width: str = "", direction: str = "") -> Kind:
    """A fraction from 0 to 1, 0.5 or 50%, or several to move through, 0.2:0.8, as a tuple.

    It may be a path, too, see `movable`.

    width, direction: the names of settings of what is there, which handles in the studio's picture
    set as well; "" for none.
    """

    def check(name: str, value: Any) -> Position:
        if is_fixed(value):
            check_slit(value, name)
            return plain(value)
        return slit_points(value, name)

    def write(value: Any) -> str:
        return _number(value) if is_fixed(value) else ":".join(map(_number, value))

    control = {"control": "position", "slider": (0, 1, 0.005), "least": 0, "most": 1}
    control |= {"width": width, "direction": direction}
    return movable(Kind(check, values.position, write, "P", control=control), fraction())


def fraction(
    least: float = 0, most: float = 1, *, slider: Slider | None = None, unit: str = ""
) -> Kind:
    """A share of something, 0.35 or 35%, from `least` to `most`."""

    def check(name: str, value: Any) -> None:
        if not (is_number(value) and least <= value <= most):
            allowed = f"give a fraction from {least:g} to {most:g}"
            raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)

    control = _slider(slider or (least, most, 0.01), unit, least, most)
    return Kind(_checked(check), values.factor, _number, "X", control=control)


def point(*, of_crop: bool = False) -> Kind:
    """A place in the picture, 30%,40%: fractions of the width and the height, as a tuple.

    of_crop: whether it is the middle of what a crop keeps, whose frame is then its handle in the
    studio's picture.
    """

    def check(name: str, value: Any) -> tuple[float, float]:
        found = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else ()
        if len(found) != 2 or not all(is_number(each) and 0 <= each <= 1 for each in found):
            allowed = "give x and y as fractions of the width and the height, as 0.3,0.4"
            raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)
        return plain(found[0]), plain(found[1])

    def write(value: Any) -> str:
        return ",".join(map(_number, value))

    control = {"control": "point", "ofCrop": of_crop}
    return Kind(check, values.point, write, "X,Y", control=control)


def area() -> Kind:
    """A rectangle in the picture, 30%,20%,25%,30%: its left, top, width and height as fractions.

    Its control's "most" is the greatest sum of a left and a width, or of a top and a height.
    """
    return Kind(
        check_area,
        values.area,
        lambda value: ",".join(map(_number, value)),
        "X,Y,W,H",
        control={"control": "area", "most": _ALL},
    )


def check_area(name: str, value: Any) -> Area:
    """The rectangle as a tuple. Raises ArgumentError unless it is one within the picture."""
    found = tuple(value) if isinstance(value, Iterable) and not isinstance(value, str) else ()
    if len(found) == 4 and all(is_number(each) and 0 <= each <= 1 for each in found):
        left, top, width, height = map(plain, found)
        if min(width, height) > 0 and max(left + width, top + height) <= _ALL:
            return left, top, width, height
    allowed = "give left, top, width and height, within the picture, as 0.3,0.2,0.25,0.3"
    raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)


def crop() -> Kind:
    """A part of the picture: a rectangle, see `area`, or a ratio of its width and height, 16:9.

    Its control's "typed" has an example, what is allowed in words, and the bounds of the two
    numbers of a ratio.
    """
    rectangle = area()

    def check(name: str, value: Any) -> Crop:
        if not isinstance(value, str):
            return check_area(name, value)
        return ":".join(map(_number, ratio_of(value, name)))

    def write(value: Any) -> str:
        return value if isinstance(value, str) else rectangle.write(value)

    typed = {"example": "16:9", "allowed": _CROPS, "ratio": {"least": _LEAST, "most": _MOST}}
    control = {**(rectangle.control or {}), "typed": typed}
    return Kind(check, values.crop, write, "W:H|X,Y,W,H", control=control)


def ratio_of(text: str, name: str = "crop") -> tuple[float, float]:
    """The width and the height of a ratio, 16:9. Raises ArgumentError unless both are over 0."""
    sides: list[float] = []
    with suppress(ValueError):
        sides = [float(side) for side in text.split(":")]
    if len(sides) != 2 or not all(_LEAST <= side <= _MOST for side in sides):
        raise ArgumentError(f"{name} is {brief(text)}: give {_CROPS}", name)
    return sides[0], sides[1]


def turns(*, most: float = 10, slider: Slider) -> Kind:
    """A part of a whole turn, clockwise, or several: 0.25, 90deg, -1."""

    def check(name: str, value: Any) -> None:
        if not (is_number(value) and abs(value) <= most):
            allowed = f"give turns from -{most:g} to {most:g}, as 0.25 for a quarter"
            raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)

    control = _slider(slider, "turns", -most, most)
    return Kind(_checked(check), values.turns, _number, "TURNS", control=control)


def radius(
    least: float, most: float, *, slider: Slider, centre: str = "", outline: str = ""
) -> Kind:
    """A radius in the picture, as a share of half its shorter side: 0.6 or 60%.

    centre: the name of the point around which it is; "" for the middle of the picture. outline: the
    name of the choice whose word "frame" makes it a rectangle of the picture's shape, which is then
    measured along either side; "" for a circle.
    """
    kind = fraction(least, most, slider=slider)
    control = {**(kind.control or {}), "control": "radius", "centre": centre, "outline": outline}
    return replace(kind, control=control)


def angle(*, most: float = 1, slider: Slider, centre: str = "") -> Kind:
    """A direction in the picture, in turns clockwise from the top: 0.25, 90deg.

    centre: the name of the point from which it is seen; "" for the middle of the picture.
    """
    kind = turns(most=most, slider=slider)
    return replace(kind, control={**(kind.control or {}), "control": "angle", "centre": centre})


def auto_or(kind: Kind, text: str = "auto") -> Kind:
    """Another kind of value, or the word "auto". text: what the studio calls "auto"."""

    def check(name: str, value: Any) -> Any:
        if isinstance(value, str):
            if value == "auto":
                return value
            allowed = "give a whole number, 1 or more, or 'auto'"
            raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)
        return kind.check(name, value)

    def parse(word: str) -> Any:
        return values.slit_width(word)

    def write(value: Any) -> str:
        return value if isinstance(value, str) else kind.write(value)

    control = {**(kind.control or {}), "words": [("auto", text)]}
    return replace(kind, check=check, parse=parse, write=write, control=control)


def word_or(kind: Kind, *words: str) -> Kind:
    """Another kind of value, or one of these words."""

    def check(name: str, value: Any) -> Any:
        if isinstance(value, str):
            if value in words:
                return value
            allowed = f"give {', '.join(words)} or a value such as 3"
            raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)
        return kind.check(name, value)

    def parse(word: str) -> Any:
        return values.word(word) if values.word(word) in words else kind.parse(word)

    def write(value: Any) -> str:
        return value if isinstance(value, str) else kind.write(value)

    metavar = "|".join((kind.metavar or "", *words))
    return replace(
        kind,
        check=check,
        parse=parse,
        write=write,
        shown=None,
        metavar=metavar,
        control=kind.control and {**kind.control, "words": [(word, word) for word in words]},
    )


def optional(kind: Kind, text: str = "", *, usual: str = "") -> Kind:
    """Another kind of value, or None.

    text: what the studio calls None. usual: the choice that the studio shows for None.
    """

    def check(name: str, value: Any) -> Any:
        return None if value is None else kind.check(name, value)

    more = {"words": [(None, text)]} if text else {"usual": usual} if usual else {}
    control = kind.control and {**kind.control, **more}
    return replace(kind, check=check, control=control)


def called(kind: Kind, value: Any, text: str) -> Kind:
    """The same kind, of which the studio calls one value by a text: "for ever" for 0."""
    return replace(kind, control=kind.control and {**kind.control, "words": [(value, text)]})


def or_none(kind: Kind) -> Kind:
    """Another kind of value, or None, which a command line spells "none"."""
    return replace(optional(kind), parse=values.or_none(kind.parse))


def colour() -> Kind:
    """A colour by name or as #rrggbb."""

    def check(name: str, value: Any) -> str:
        colour_of(value, name)
        return str(value)

    return Kind(check, metavar="COLOUR", control={"control": "colour", "usual": "#ffffff"})


def name_or_file(*words: str, what: str, labels: Mapping[str, str]) -> Kind:
    """One of these names in any case, or the name of a file.

    what: the kind of file, for errors. labels: what the studio shows for each name.

    In Python, it may be an array, (H, W) numbers from 0 to 1, which no recipe holds.
    """

    def check(name: str, value: Any) -> str | ArrayValue:
        if isinstance(value, os.PathLike):
            value = os.fspath(value)
        if is_array(value):
            return ArrayValue.of(name, value)
        if not (isinstance(value, str) and value):
            allowed = f"give one of {', '.join(words)}, or the name of {what}"
            raise ArgumentError(f"{name} is {brief(value)}: {allowed}", name)
        return value

    def parse(word: str) -> str:
        return values.word(word) if values.word(word) in words else word

    def carried(value: Any) -> Any:
        if not isinstance(value, str):
            return NOT_CARRIED
        return value if value in words else UNNAMED_FILE

    choices = {word: labels[word] for word in words}
    control = {"control": "choice", "choices": choices, "wide": False, "takesFile": True}
    return Kind(
        check,
        parse,
        metavar="NAME|FILE",
        control=control,
        carried=carried,
    )


def byte_count(least: int = 1, *, metavar: str = "8MB", slider: Slider | None = None) -> Kind:
    """A number of bytes: 8MB, 256KiB, 500000. slider: in megabytes."""
    return Kind(
        _checked(lambda name, value: check_whole(name, value, least=least)),
        values.byte_count,
        _byte_count,
        metavar,
        in_bytes,
        control=_byte_slider(slider),
    )


def several(kind: Kind) -> Kind:
    """Several values of a kind, as a tuple, for an option that is given several times."""

    def check(name: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ArgumentError(f"{name} is {brief(value)}: give several, as a list", name)
        return tuple(kind.valued(name, each) for each in value)

    return Kind(check, write=lambda value: ", ".join(map(kind.write, value)))


def comma_list(metavar: str) -> Kind:
    """Words that commas separate, as a tuple."""

    def check(name: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, str):
            value = [word.strip() for word in value.split(",") if word.strip()]
        if not (isinstance(value, Iterable) and all(isinstance(word, str) for word in value)):
            raise ArgumentError(f"{name} is {brief(value)}: give names, as ('discord', 'x')", name)
        return tuple(value)

    return Kind(check, values.names, ",".join, metavar)


def file_name(metavar: str = "FILE") -> Kind:
    """The name of a file, as a Path."""

    def check(name: str, value: Any) -> Path:
        check_path(name, value)
        return Path(value)

    return Kind(check, metavar=metavar)


def own_or_file(metavar: str) -> Kind:
    """True, False or the name of a file. The option without a word is True."""
    named = file_name(metavar)

    def check(name: str, value: Any) -> Any:
        return value if isinstance(value, bool) else named.check(name, value)

    return replace(named, check=check, parse=Path, alone=True)


def text(metavar: str) -> Kind:
    """Any text."""

    def check(name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise ArgumentError(f"{name} is {brief(value)}: give text", name)
        return value

    return Kind(check, metavar=metavar)


def is_fixed(slit: Any) -> TypeGuard[float]:
    """Whether a position is a single fraction, so that the slit does not move."""
    return is_number(slit)


def slit_points(slit: Any, name: str = "slit") -> tuple[float, ...]:
    """The positions that a slit moves through. Raises ArgumentError unless all are 0 to 1."""
    try:
        points = tuple(slit) if isinstance(slit, Iterable) else (slit,)
    except TypeError:  # a NumPy array without dimensions
        points = ()
    if not points or isinstance(slit, str):
        allowed = "give a position, or several to move between"
        raise ArgumentError(f"{name} is {brief(slit)}: {allowed}", name)
    for point in points:
        check_slit(point, name)
    return tuple(plain(point) for point in points)


def check_slit(slit: object, name: str = "slit") -> None:
    """Raise ArgumentError unless 0 <= slit <= 1."""
    if not (is_number(slit) and 0 <= slit <= 1):
        raise ArgumentError(f"{name} is {brief(slit)}: give a fraction from 0 to 1", name)


def colour_of(line: Any, name: str = "line") -> tuple[int, int, int]:
    """The red, green and blue, 0 to 255, of a colour. Raises ArgumentError unless it is one."""
    from PIL import ImageColor  # Pillow is imported only if a colour is given

    levels: tuple[int, ...] = ()
    with suppress(AttributeError, TypeError, ValueError):
        levels = ImageColor.getrgb(line)
    if not (len(levels) == 3 and all(0 <= level <= 255 for level in levels)):
        raise ArgumentError(f"{name} is {brief(line)}: give a colour, as red or #ff0000", name)
    red, green, blue = levels
    return red, green, blue


_ALL = 1 + 1e-6  # the sum of fractions, which may have a rounding error
_CROPS = "a ratio, as 16:9, or left, top, width and height, as 0.3,0.2,0.25,0.3"

Slider = tuple[float, float, float]  # the minimum, the maximum and the step of a slider

# Bounds of the numbers that may be typed into the studio:
_LEAST = 0.001  # of a number over 0, as the studio writes three decimals
_MOST = 1e6  # of a number that has no upper limit itself
_MOST_SIDE = 16_384  # pixels: as many as the textures of a GPU have at most


def _slider(
    slider: Slider | None,
    unit: str = "",
    least: float = _LEAST,
    most: float = _MOST,
    *,
    whole: bool = False,
) -> dict[str, Any] | None:
    """The control of a number. least, most: the bounds, inclusive, of what may be typed."""
    control = {"control": "number", "slider": slider, "unit": unit}
    return slider and {**control, "least": least, "most": min(most, _MOST), "whole": whole}


def _byte_slider(slider: Slider | None) -> dict[str, Any] | None:
    """The control of a number of bytes, which shows them as megabytes."""
    control = _slider(slider, "MB")
    return control and {**control, "least": values.LEAST_PLAIN, "most": 10**12, "times": 10**6}


def _checked(check: Callable[[str, Any], None]) -> Check:
    """A check that returns the value; a number as an int or float, as NumPy's types may round."""

    def checked(name: str, value: Any) -> Any:
        check(name, value)
        return plain(value) if is_number(value) else value

    return checked


_SIZES = {"MB": 10**6, "MiB": 2**20, "KB": 10**3, "KiB": 2**10}


def _byte_count(value: Any) -> str:
    """The shortest word for exactly this number of bytes."""
    for unit, size in _SIZES.items():
        text = f"{value / size:g}{unit}"
        if value >= size / 10 and "e" not in text and values.byte_count(text) == value:
            return text
    return _number(value)
