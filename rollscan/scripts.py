"""Owns the functions for scripts that do in one call what a command line does."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .effect_files import load
from .errors import ArgumentError
from .job import OUTPUTS, Job, settings
from .limits import Limits, current_limits
from .look import Look, spread
from .options import job_of
from .result import Tell, Written
from .setting import Setting, settings_of
from .strip import FILM, FITTED
from .strip import MOVING as MOVING_STRIP

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .frames import Picture
    from .strip.strips import Strips
    from .typed import Options, StillOptions

Name = str | os.PathLike[str]


def make(
    source: Name,
    *outputs: Name,
    look: Look | str | None = None,
    tell: Tell | None = None,
    **options: Unpack[Options],
) -> list[Written]:
    """Write the files that a command line writes, and return them as finished: see Written.

    source: the video. outputs: the files to write; the ending of each says what it is: that of a
        format, such as .gif and .mp4, a loop, and .png or .jpg the strip photograph, the slit of
        every frame side by side.
    look: a Look, or the name of one. tell: as in render.
    options: those of the command line, with underscores: slit_width=2, max_size="8MB", and for_=
        and no_recipe=True. The names of a Look and a Job do as well, such as max_bytes. Values are
        those of Look and Job, or text as it is typed. An effect may be an object, Roll(feather=4),
        or in a file, "wobble.py:Wobble".

    All files appear at the end, or none does. Raises RollscanError as render does, ArgumentError
    also for an option that would change nothing, TypeError for an unknown option.

    >>> [made] = make("dance.mp4", "dance.gif", look="twist", depth=0.5, width=64, end=1)
    >>> made.path.name, made.size
    ('dance.gif', (64, 80))
    """
    from .run import render

    named: dict[str, Any] = {**options}
    for name in OUTPUTS:
        if named.get(name) is not None:
            named[name] = settings()[name].kind.valued(name, named[name])
    for output in outputs:
        path = Job.declared()["gif"].kind.valued("an output", output)
        field = _field_of(path.suffix.lower(), path)
        if named.get(field) is not None:
            raise ArgumentError(
                f"{named[field]} and {output} would be one file, {field}: make one after the other"
            )
        named[field] = path
    if not any(named.get(name) for name in OUTPUTS):
        raise ArgumentError("no output asked for: name a file, as in make('a.mp4', 'a.gif')")
    job, limits = _job(source, named if look is None else {**named, "look": look}, "make")
    return render(job, tell, limits=limits)


def still(
    source: Name, *, look: Look | str | None = None, **options: Unpack[StillOptions]
) -> Picture:
    """The strip photograph of a video: the slit of every frame side by side, (H, W, 3) uint8.

    source: the video. look: a Look, or the name of one. options: as in make; those with an effect
    here are strip, pace, slit, direction, slit_width, smooth, crop, steady, deflicker, scale,
    width, start, end, and limits; and slits, a list of several slits, of whose strips the picture
    is made, one under another, or side by side if they are rows.

    Raises what `make` raises.

    >>> still("dance.mp4", width=64, slit_width="auto").shape
    (80, 64, 3)
    """
    with _strips_of(source, look, options, "still") as strips:
        strips.read()
        return strips.picture.part(0, strips.picture.length)


def strips(
    source: Name, *, look: Look | str | None = None, **options: Unpack[StillOptions]
) -> Iterator[Picture]:
    """What each frame of a video adds to a strip photograph, in the order of time.

    source, look, options: as in still, but strip is "film", which is the default, or "moving".

    Yields columns, (H, n, 3) uint8, or with direction "up", "down" and "out" rows, (n, W, 3); n may
    be 0, and the last ones may follow after the last frame. Side by side, from left to right or
    from top to bottom, they are the strip photograph of `still` for the directions "left" and "up".
    Memory does not grow. Raises what `make` raises.

    >>> [columns.shape for columns in strips("dance.mp4", width=64, end=0.12)]
    [(80, 1, 3), (80, 1, 3), (80, 1, 3)]
    """
    if options.get("strip") == FITTED:
        raise ArgumentError("strip is 'fit', which takes no slit of every frame: give 'film'")
    named: dict[str, Any] = {"strip": FILM, **options}
    if len(named.get("slits", ())) > 1 and named["strip"] == MOVING_STRIP:
        raise ArgumentError(
            "slits is given, and where things move, several slits add different widths: give one"
            " slit, or take still, whose picture has all of them"
        )
    with _strips_of(source, look, named, "strips") as strips:
        for each in strips.added():
            yield each.swapaxes(0, 1) if strips.sideways else each


@contextmanager
def _strips_of(
    source: Name, look: Look | str | None, options: Mapping[str, Any], caller: str
) -> Iterator[Strips]:
    """The strip photograph that a call is about, which has no frames yet."""
    from .plan import full_video
    from .strip_photograph import strips_of
    from .video.probe import probe_of

    for name in OUTPUTS:
        if name in options:
            raise TypeError(f"{caller}() got an unexpected keyword argument {name!r}")
    named: dict[str, Any] = {**options, "still": Path("strip.png")}
    job, limits = _job(source, named if look is None else {**named, "look": look}, caller)
    with (limits or current_limits()).in_force():
        probe = probe_of(job.input, job.start, job.end, source_fps=job.source_fps)
        video = full_video(job, probe.facts())
        with closing(video), closing(strips_of(job, video)) as strips:
            yield strips


def _field_of(ending: str, output: Name) -> str:
    """The field of a Job that a file with this ending is for."""
    from .deliver.formats import FORMATS as MOVING_FORMATS
    from .deliver.picture import FORMATS

    for name, format in MOVING_FORMATS.items():
        if format.takes(Path(output)):
            return name
    if ending in FORMATS:
        return "still"
    loops = ", ".join(format.endings[0] for format in MOVING_FORMATS.values() if format.is_limited)
    raise ArgumentError(
        f"{output} ends in {ending!r}: give {loops}, or .png or .jpg for a strip photograph"
    )


def _job(source: Name, options: Mapping[str, Any], caller: str) -> tuple[Job, Limits | None]:
    """The job that the options of a script ask for, and limits, if there are any among them."""
    load(options.get("effect"))
    found = _by_setting(spread(options), caller)
    limits = {name: found.pop(name) for name in settings_of(Limits) if name in found}
    if "look" in found and "like" in found:
        raise ArgumentError("look and like are given: give one of the two")
    path = settings()["input"].kind.valued("source", source)
    try:
        job = job_of({**found, "input": [path]})
    except ArgumentError as error:
        raise ArgumentError(_in_python(str(error)), *error.names) from error
    return job, replace(current_limits(), **limits) if limits else None


def _by_setting(options: Mapping[str, Any], caller: str) -> dict[str, Any]:
    """The options that are given, by the names of settings. Raises TypeError for unknown ones."""
    known = {**settings(), **settings_of(Limits)}
    names = {_as_keyword(each): name for name, each in known.items() if each.option}
    found: dict[str, Any] = {}
    for given, value in options.items():
        name = given if given in known or given in ("look", "like") else names.get(given)
        if name is None or name == "input":
            raise TypeError(f"{caller}() got an unexpected keyword argument {given!r}")
        if name in found:
            raise ArgumentError(f"{given} is another name of {name}: give one of the two")
        if value is None and (name not in known or known[name].default is None):
            continue
        if name != given and known[name].kind.is_switch:  # such as no_recipe
            value = not known[name].kind.valued(given, value)
        found[name] = value
    return found


def _as_keyword(setting: Setting) -> str:
    """The option of a setting as the keyword of a function: --max-size is max_size."""
    keyword = setting.option.removeprefix("--").replace("-", "_")
    return f"{keyword}_" if iskeyword(keyword) else keyword


def _in_python(message: str) -> str:
    """The message of an error, with keywords in place of options."""
    keywords = {each.option: _as_keyword(each) for each in settings().values() if each.option}
    return re.sub(r"--[a-z][a-z0-9-]*", lambda found: keywords.get(found[0], found[0]), message)
