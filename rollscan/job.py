"""Owns the Job: what to make of a video, and every setting of it and its Look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .checks import Seconds, brief, check_choice, either
from .deliver.formats import FITS, FORMATS
from .errors import ArgumentError
from .fit import fittable
from .gif import DEFAULT_QUALITY, FASTEST_FPS, MOST_COLORS, MOST_LOOPS
from .kinds import (
    Kind,
    Position,
    byte_count,
    called,
    choice,
    comma_list,
    file_name,
    moment,
    number,
    optional,
    own_or_file,
    pixels,
    point,
    position,
    rate,
    seconds,
    several,
    switch,
    whole,
    word_or,
)
from .look import Look, Registered, as_look, is_set_to_clips, registered
from .loop.loops import LOOPS
from .setting import Need, Record, Setting, document, setting, settings_of
from .strip import FILM, FITTED, STRIPS

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .typed import JobSettings

# The fields of a Job that name a moving picture; each has the name of its format.
MOVING = tuple(FORMATS)
LIMITED = tuple(name for name, format in FORMATS.items() if format.is_limited)
OUTPUTS = (*MOVING, "poster", "still", "looks")  # the fields that name a file to write
COMPOSED = (*MOVING, "poster", "looks")  # the outputs that show the effect of the look

AUTO, ALL = "auto", "all"  # lengths of the part of the video that is shown
LONG = 15.0  # seconds: of a longer video, a part is shown where the length is AUTO
USUAL_PART = (6.0, 8.0)  # seconds of that part, at least and at most

# The settings of a look that a strip photograph uses, whatever the effect is.
STRIP = ("slit", "direction", "slit_width", "smooth", "crop", "steady", "deflicker")


_RETURNING = tuple(name for name, loop in LOOPS.items() if loop.returns)


def _settings_of_looks(name: str, value: Any) -> tuple[str, ...]:
    """Names of settings of looks. Raises ArgumentError for anything else."""
    if not isinstance(value, list | tuple):
        raise ArgumentError(f"{name} is {brief(value)}: give names of settings, as a tuple", name)
    for each in value:
        check_choice(name, each, list(Look.declared()))
    return tuple(value)


def _titles_with(name: str) -> str:
    """The formats that a setting is for, for its help: "GIF or WebP"."""
    return either([each.title for each in FORMATS.values() if name in each.uses])


def _titles_of_sound() -> str:
    """The formats that hold sound, for the help."""
    return either([each.title for each in FORMATS.values() if each.sound])


def _usual_sizes() -> str:
    """Into how many pixels each format is fitted, for the help."""
    titles: dict[int, list[str]] = {}
    for format in FORMATS.values():
        titles.setdefault(format.longest(None), []).append(format.title)
    sizes = (f"{side} pixels for {either(names)}" for side, names in titles.items())
    return f"at most {', '.join(sizes)}"


@dataclass(frozen=True)
class _Settings:
    """The settings of a Job besides its moving pictures."""

    input: Path = setting(
        None, file_name("INPUT"), "the video: a file, or a folder or pattern of pictures", option=""
    )
    poster: Path | None = setting(
        None,
        optional(file_name("OUT.png")),
        "a still frame for places where the loop does not play: the most detailed one of those with"
        " the fullest history; .png, .jpg or .webp",
        group="outputs",
    )
    still: Path | None = setting(
        None,
        optional(file_name("OUT.png")),
        "the strip photograph: the slit of every frame side by side; .png, .jpg or .webp",
        group="outputs",
    )
    looks: Path | None = setting(
        None,
        optional(file_name("SHEET.png")),
        "every look on this video side by side, to choose from: .png, .jpg or .webp, or .gif or"
        " .mp4, which move",
        group="look",
    )
    scale: float | None = setting(
        None,
        optional(number(metavar="S")),
        f"size as a factor of the video's; default: {_usual_sizes()};"
        " a strip photograph has full size",
        group="size",
        excludes="size",
    )
    width: int | None = setting(
        None,
        optional(pixels(1, metavar="PX", slider=(64, 1280, 2), unit="px"), "fit"),
        "width in pixels; the height follows",
        group="size",
        excludes="size",
        section="out",
    )
    fps: float | None = setting(
        None,
        optional(rate(most=FASTEST_FPS, slider=(5, FASTEST_FPS, 1)), "auto"),
        f"frames per second, up to {FASTEST_FPS}; default: the video's, at most 25, or 50 where"
        " editors want every frame",
        group="size",
        needs=(Need("writes", (*MOVING, "poster")),),
        section="out",
    )
    speed: float = setting(
        1.0,
        number(slider=(0.25, 4, 0.05)),
        "play X times faster",
        group="size",
        needs=(Need("writes", COMPOSED),),
        section="loop",
    )
    start: Seconds = setting(
        0, moment(), "begin T into the video: seconds or hh:mm:ss.s", group="size"
    )
    end: Seconds | None = setting(None, optional(moment()), "end T into the video", group="size")
    source_fps: float | None = setting(
        None,
        optional(rate()),
        "of pictures that make the video, how many of them there are in a second; default 25",
        group="size",
    )
    length: float | str | None = setting(
        None,
        optional(word_or(seconds(slider=(0.5, LONG, 0.1)), AUTO, ALL)),
        "how much of the video is shown. A number: exactly so many seconds of the finished loop,"
        f" where most moves or where it loops best. {ALL}: the whole video. {AUTO}: of a video of"
        f" more than {LONG:g} s, without --start and --end, a part of {USUAL_PART[0]:g} to"
        f" {USUAL_PART[1]:g} s within one scene, or less for an emoji or a sticker. The default is"
        f" {AUTO} with --look or --for, and otherwise {ALL}",
        group="size",
        needs=(Need("writes", (*MOVING, "poster")),),
        section="loop",
    )
    strip: str = setting(
        FITTED,
        choice(*STRIPS),
        "how long the strip photograph is. fit: as long as the video is wide, for which frames are"
        " skipped or repeated; film: as long as the film, as every frame adds its slit; moving:"
        " every frame adds as much as things moved at the slit, so that nothing is stretched, for"
        " trains, streets and pans. The default is film with --pace, and otherwise fit",
        group="size",
        needs=(Need("writes", ("still",)),),
        section="out",
    )
    pace: int | None = setting(
        None,
        optional(pixels(1, metavar="PX", slider=(10, 1000, 5), unit="px/s"), "a slit a frame"),
        "pixels per second of a strip photograph as long as the film: every frame adds an equally"
        " wide slice around the slit",
        group="size",
        needs=(Need("writes", ("still",)), Need("strip", (FILM,))),
        section="out",
    )
    slits: tuple[Position, ...] = setting(
        (),
        several(position()),
        "several slits, each as slit, of whose strips the strip photograph is made, one under"
        " another in their order",
        option="--slit",
        repeats="slit",
    )
    look: Look = setting(
        Look(), Kind(lambda name, value: as_look(value, name)), "how the picture is made", option=""
    )
    fit_look: bool = setting(
        True,
        switch(),
        "leave a look as it is defined. Without this, a look given by its name is set to the clip:"
        " its slit, centre or ring to where most moves, its delays to the speed of that, and smooth"
        " on if OpenCV is installed; options that you give are kept in any case",
        group="look",
        option="--no-fit",
        section="look",
        label="set to the clip",
    )
    fits: tuple[str, ...] = setting(
        (),
        Kind(lambda name, value: _settings_of_looks(name, value)),
        "the names of the settings of the look that are set to the clip; default, with a look by"
        " its name: all that can be and are not given",
        option="",
    )
    poster_first: bool = setting(
        False,
        switch("a still picture of it is the best one"),
        "begin the loop with the poster; not with cut, where history begins empty",
        group="loop",
        section="out",
        rare=True,
        needs=(Need("writes", MOVING),),
    )
    names: tuple[str, ...] = setting(
        (),
        comma_list("NAME[,NAME...]"),
        "keep the limits of these platforms, by the names in --list-platforms: the best part"
        " of the video that fits is looped. Several platforms that take the same format make one"
        " file each, out-NAME.gif. A platform that does not take the format of the only output gets"
        " its own format instead: --gif out.gif --for reels makes out.mp4",
        group="places",
        option="--for",
    )
    fit: str = setting(
        FITS[0],
        choice(*FITS, labels={fit: fit for fit in FITS}),
        "how the picture gets a platform's shape: crop cuts off what is too much, pad adds bars,"
        " blur lays the picture over an enlarged and blurred copy of itself",
        group="places",
        needs=(Need("names"),),
        section="out",
    )
    focus: tuple[float, float] | None = setting(
        None,
        optional(point(of_crop=True), "auto"),
        "the middle of the part that --fit crop keeps, from the left and from the top, as 0.3,0.4;"
        " default: where most moves",
        group="places",
        needs=(Need("names"), Need("fit", (FITS[0],))),
        section="out",
    )
    platforms: Path | None = setting(
        None,
        optional(file_name()),
        "a TOML file with platforms of your own",
        group="places",
        needs=(Need("names", also="--list-platforms"),),
    )
    repeat: int = setting(
        0,
        called(whole(0, MOST_LOOPS, slider=(0, 10, 1)), 0, "for ever"),
        f"how many times a {_titles_with('repeat')} plays; 0 is for ever",
        group="files",
        section="out",
        label="plays",
        rare=True,
    )
    mp4_loops: int = setting(
        1,
        whole(1, MOST_LOOPS, slider=(1, 10, 1)),
        "how many times the loop is in the MP4; more if a platform asks for a longer video",
        group="files",
        section="out",
        label="loops in it",
        rare=True,
    )
    sound: Path | bool = setting(
        False,
        own_or_file("FILE"),
        f"of {_titles_of_sound()}, which have none without this: the video's own, looped as the"
        " picture is, or a FILE laid under it",
        group="files",
    )
    sound_reversed: bool = setting(
        False,
        switch(),
        "play the video's own sound backward where a boomerang goes back; without this it goes"
        " forward as long as the loop lasts",
        group="files",
        needs=(Need("sound", (True,)), Need("loop", _RETURNING)),
    )
    quality: int = setting(
        DEFAULT_QUALITY,
        whole(1, 100, metavar="1-100", slider=(1, 100, 1)),
        f"how close a {_titles_with('quality')} is to what is composed; more is closer and larger",
        group="files",
        section="out",
        rare=True,
    )
    colors: int = setting(
        MOST_COLORS,
        whole(2, MOST_COLORS, slider=(2, MOST_COLORS, 1)),
        f"colours in a GIF's palette, 2-{MOST_COLORS}",
        group="files",
        section="out",
        label="colours",
        rare=True,
    )
    recipe: bool = setting(
        True,
        switch("for dropping it here again"),
        "leave the look out of the files; --like reads it there",
        group="files",
        section="out",
        label="look inside",
        rare=True,
        option="--no-recipe",
    )
    max_bytes: int | None = setting(
        None,
        optional(byte_count(slider=(0.1, 20, 0.1)), "any"),
        "the most bytes of each file: frame rate, size and quality are reduced until it fits; a"
        " number of bytes, or KB, MB, KiB, MiB",
        group="files",
        option="--max-size",
        needs=(Need("writes", LIMITED),),
        section="out",
        label="at most",
    )


class Job(Record):
    """A video and what to make of it. All settings but `look` are options of the command line.

    {settings}

    Raises ArgumentError for a value out of range. Settings that contradict each other, or that do
    not suit the video, raise it from `render`, before any work is done.

    >>> job = Job("dance.mp4", gif="rolling.gif", width=64, end=1)
    >>> [made] = render(job)
    >>> made.path.name, made.size, made.frames
    ('rolling.gif', (64, 80), 25)
    """

    _positional = ("input",)

    if TYPE_CHECKING:
        input: Path
        look: Look

        def __init__(
            self, input: str | Path, *, look: Look | str = ..., **settings: Unpack[JobSettings]
        ) -> None: ...

    @classmethod
    def declared(cls) -> Mapping[str, Setting]:
        """The settings by name."""
        return _declared()

    def _default_of(self, name: str) -> Any:
        """The default of a setting: the length is AUTO for a place, the strip FILM with a pace."""
        if name == "strip" and self.pace is not None:
            return FILM
        return AUTO if name == "length" and self.names else super()._default_of(name)

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The checked values. A length of None is the default, AUTO with a look's name."""
        given = dict(values)
        is_named = isinstance(given.get("look"), str)
        if given.get("length") is None:
            given.pop("length", None)
            if is_named:
                given["length"] = AUTO
        checked = super()._checked(given)
        is_set = is_named and is_set_to_clips(given["look"]) and checked.get("fit_look", True)
        if is_set and "fits" not in given:
            checked["fits"] = fittable(checked["look"])
        return checked

    @property
    def has_poster(self) -> bool:
        """Whether the poster frame must be chosen, which takes the whole loop."""
        return bool(self.poster or self.poster_first)


@cache
def _declared() -> Mapping[str, Setting]:
    found = {}
    for name, each in settings_of(_Settings).items():
        users = tuple(format for format in MOVING if name in FORMATS[format].uses)
        needs = (*each.needs, Need("writes", users)) if users else each.needs
        found[name] = replace(each, needs=needs)
    moving = {
        name: Setting(
            name,
            None,
            optional(file_name(format.example.replace("out", "OUT"))),
            format.help,
            group="outputs",
            option=f"--{name}",
        )
        for name, format in FORMATS.items()
    }
    return {"input": found.pop("input"), **moving, **found}


def settings() -> Mapping[str, Setting]:
    """Every setting of a job and of its look, by name, with the conditions of its effect."""
    return _settings(registered())


@lru_cache(maxsize=4)
def _settings(registered: Registered) -> Mapping[str, Setting]:
    found = {}
    for name, each in Look.declared().items():
        if name in Job.declared():
            raise ArgumentError(
                f"{name} is a setting of the effect {' or '.join(each.effects)}, and of jobs"
                " already: give it another name"
            )
        shows = () if name in STRIP else (Need("writes", COMPOSED),)
        found[name] = replace(each, needs=(*each.needs, *shows))
    return {**found, **Job.declared()}


document(Job, Job.declared())
