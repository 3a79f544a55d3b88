"""Owns the options of the command line: their names, help and values."""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from . import __version__, values
from .errors import ArgumentError, RollscanError
from .job import LIMITED, settings
from .limits import Limits
from .look import Registered, built_in_looks, registered
from .setting import Setting, settings_of
from .suggestions import Formatter, HelpAction, Parser
from .systems import pip_install

_DESCRIPTION = """\
Turn a video into a rolling slit-scan: a slit is taken from every frame and
flows away across the picture, while the rest stays live.

  rollscan dancer.mp4 --gif dancer.gif --look ribbon
      A GIF with a look: {shows}.
  rollscan dancer.mp4 --looks sheet.png
      Every look on your video side by side, to choose from.
  rollscan dancer.mp4 --mp4 loop.mp4 --look spiral --for instagram-reels --sound
      A video for reels, in their shape and within their limits, with its sound.
  rollscan dancer.mp4 --gif dancer.gif --look pour --slit 0.6 --max-size 8MB
      A look with a slit of your own, in a file of at most 8 MB.

{looks}"""
_MORE = "rollscan --help all tells of {} as well."

_OUTPUTS = [f"--{name}" for name in (*LIMITED, "poster", "still")]  # those that most people need

SHORT_HELP = """\
rollscan turns a video into a rolling slit-scan loop:

  rollscan dancer.mp4 --gif dancer.gif --look ribbon

--list-looks shows the looks, --looks sheet.png all of them on your video, --help the options
that most people need, --help all every option."""


# The groups of options in the help, in its order.
_GROUPS = {
    "outputs": "outputs (one or more)",
    "look": "how it is made (options beside a look win)",
    "loop": "the loop",
    "size": "size and time",
    "slit": "the slit",
    "effect": "the effect",
    "places": "where it goes",
    "files": "the files",
}
_STUDIO = "the studio"
_MANY = "many clips (an output is a folder, or a name with {name}, {ext}, {folder} or {look})"
_LIMITS = "limits (for files from strangers; your own clips are far below them)"
_RARE = {  # the groups that only --help all shows, and how it calls them
    _STUDIO: "the studio (--ui)",
    _MANY: "many clips",
    _LIMITS: "limits",
}


def parser() -> argparse.ArgumentParser:
    """The shared parser. It raises ArgumentError where argparse would exit."""
    return _parser(registered())


@lru_cache(maxsize=4)
def _parser(registered: Registered) -> argparse.ArgumentParser:
    return made_parser()


def made_parser() -> argparse.ArgumentParser:
    """A new parser, which the caller may change.

    Raises ArgumentError where a setting of an effect would have an option that is taken.
    """
    try:
        made = _made_parser()
    except argparse.ArgumentError as error:
        option = error.message.rpartition(" ")[2]
        raise ArgumentError(
            f"a setting of an effect has the option {option}, which is taken: give it another name"
        ) from error
    names = [action.dest for action in made._actions]
    for name in names:
        if names.count(name) > 1:
            raise ArgumentError(
                f"a setting of an effect is called {name}, as another is: give it another name"
            )
    return made


def _made_parser() -> argparse.ArgumentParser:
    made = Parser(
        prog="rollscan",
        usage=f"rollscan INPUT... {'|'.join(_OUTPUTS)} OUT [options]",
        description=_description(),
        epilog=_MORE.format(_listed(_RARE.values())),
        formatter_class=Formatter,
        allow_abbrev=False,
        add_help=False,
        argument_default=argparse.SUPPRESS,
    )
    made.rare = frozenset(_RARE)
    made.add_argument(
        "input",
        metavar="INPUT",
        nargs="*",
        default=(),
        help="the video, a folder or a pattern of pictures (shot_%%04d.png), or - for a pipe; or"
        " many, folders of them, and URLs",
    )
    for group, title in _GROUPS.items():
        _add_settings(made.add_argument_group(title), group)
    for add in (_studio, _many):
        add(made)
    _add(settings_of(Limits), made.add_argument_group(_LIMITS))
    _about(made)
    return made


def _listed(words: Iterable[str]) -> str:
    """Several words as a list in a sentence."""
    *some, last = words
    return f"{', '.join(some)} and {last}"


def _description() -> str:
    """What the help begins with: examples, and the names of the looks."""
    looks = built_in_looks()
    names = textwrap.fill(f"Looks: {', '.join(looks)}. --list-looks tells of each.", 79)
    return _DESCRIPTION.format(shows=looks["ribbon"].shows, looks=names)


def _add_settings(group: argparse._ArgumentGroup, name: str) -> None:
    """Add the options of a group of settings, and the options that are not settings."""
    if name == "look":
        look = group.add_mutually_exclusive_group()
        look.add_argument(
            "--look", metavar="NAME", type=values.word, help="a look with a name, see --list-looks"
        )
        look.add_argument(
            "--like", metavar="FILE", type=Path, help="the look of a file that rollscan made"
        )
    _add({each.name: each for each in settings().values() if each.group == name}, group)
    if name in _LISTS:
        group.add_argument(
            f"--list-{_LISTS[name][0]}", action="store_true", default=False, help=_LISTS[name][1]
        )


def _add(settings: Mapping[str, Setting], to: argparse._ArgumentGroup) -> None:
    """Add the options of these settings."""
    excluding: dict[str, argparse._MutuallyExclusiveGroup] = {}
    for name, each in settings.items():
        at: argparse._ActionsContainer = to
        if each.excludes:
            at = excluding.setdefault(each.excludes, to.add_mutually_exclusive_group())
        if each.option:
            options = filter(None, (each.opposite, each.option))
            at.add_argument(*options, dest=name, **_action(each))


_LISTS = {
    "look": ("looks", "show the looks, and exit"),
    "places": ("platforms", "show the platforms and their limits, and exit"),
}


def _action(setting: Setting) -> dict[str, Any]:
    """The arguments of add_argument for a setting."""
    kind = setting.kind
    about = setting.help if kind.is_switch or kind.has_opposite else setting.help_with_default
    help = about.replace("%", "%%")  # argparse formats it
    if kind.has_opposite:
        return {"action": _Switch, "nargs": 0, "help": help}
    if kind.is_switch:
        return {"action": f"store_{str(not setting.default).lower()}", "help": help}
    arguments: dict[str, Any] = {"type": kind.parse, "help": help}
    if kind.choices:
        arguments["choices"] = kind.choices
    else:
        arguments["metavar"] = kind.metavar
    if several := next(
        (each.name for each in settings().values() if each.repeats == setting.name), ""
    ):
        arguments["action"] = partial(_Repeated, several=several)
    if kind.alone is not None:
        arguments |= {"nargs": "?", "const": kind.alone}
    return arguments


def _studio(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_STUDIO)
    group.add_argument(
        "--ui",
        action="store_true",
        default=False,
        help="see it live in the browser, change it there, and make it; the other options are the"
        " starting point; needs " + pip_install("ui"),
    )
    group.add_argument("--port", metavar="N", type=values.whole, help="of the studio; default any")
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        help="where the studio listens; default 127.0.0.1, for this machine alone",
    )
    group.add_argument(
        "--no-browser",
        dest="browser",
        action="store_false",
        help="print the studio's address only",
    )
    group.add_argument(
        "--keep", action="store_true", help="go on when the studio is open in no browser any more"
    )


def _many(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(_MANY)
    group.add_argument(
        "--recursive",
        action="store_true",
        help="look into the folders of a folder; their names are kept below an output that is one",
    )
    group.add_argument(
        "--jobs",
        metavar="N",
        type=values.whole,
        help="clips at a time (default: one for each core)",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="leave out a clip whose files are there: whole, not older than it, of the same look",
    )
    group.add_argument(
        "--report", metavar="FILE", help="add a line of JSON for each clip to this file"
    )
    group.add_argument(
        "--sheet",
        metavar="SHEET.png",
        help="one picture with the strip photographs of all clips under one another, with the names"
        " of their files: .png, .jpg, .webp; with --still",
    )
    group.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="do them on the workers of this Dask scheduler, its address or its file; local starts"
        " one; needs " + pip_install("cluster"),
    )
    for name, what in (("ca-file", "authority's"), ("cert", "your"), ("key", "your")):
        kind = "key, where --tls-cert does not hold it" if name == "key" else "certificate"
        group.add_argument(
            f"--tls-{name}", metavar="FILE.pem", help=f"of a cluster with TLS: {what} {kind}"
        )
    group.add_argument(
        "--public-only",
        action="store_true",
        help="refuse addresses of private networks and of this machine, also after redirects: for"
        " services whose INPUTs come from strangers",
    )


class _Switch(argparse.Action):
    """Stores True, or False for the option that begins with --no-."""

    def __call__(
        self, _: object, namespace: argparse.Namespace, __: object, option: str | None = None
    ) -> None:
        setattr(namespace, self.dest, not (option or "").startswith("--no-"))


class _Repeated(argparse.Action):
    """Stores the first value, and where the option is given more than once, all of them.

    several: the name under which all of them are stored.
    """

    def __init__(self, *about: Any, several: str, **more: Any) -> None:
        super().__init__(*about, **more)
        self._several = several

    def __call__(
        self, _: object, namespace: argparse.Namespace, value: Any, option: str | None = None
    ) -> None:
        if not hasattr(namespace, self.dest):
            setattr(namespace, self.dest, value)
            return
        earlier = getattr(namespace, self._several, (getattr(namespace, self.dest),))
        setattr(namespace, self._several, (*earlier, value))


class _Version(argparse.Action):
    """Prints the version, and whether the compiled kernel is used, on a line of its own."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from .gif.kernel import find

        why_not = find().why_not
        used = f"without its compiled kernel: {why_not}" if why_not else "with its compiled kernel"
        parser._print_message(f"rollscan {__version__}\n{used}\n", sys.stdout)
        parser.exit()


def _about(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("about")
    group.add_argument("--quiet", action="store_true", default=False, help="print errors only")
    group.add_argument(
        "--completion",
        metavar="SHELL",
        type=values.word,
        choices=("bash", "zsh", "fish"),
        help="print what completes options on the Tab key, for bash, zsh or fish, and exit",
    )
    group.add_argument(
        "--version",
        nargs=0,
        action=_Version,
        help="show the version, and whether the compiled kernel is used, and exit",
    )
    group.add_argument(
        "-h",
        "--help",
        nargs="?",
        metavar="all",
        action=HelpAction,
        help=f"show this and exit; --help all: with {_listed(_RARE.values())}",
    )


def spellings() -> dict[str, str]:
    """Each option as it is typed, by the name of its parameter."""
    typed = {
        action.dest: action.option_strings[-1]
        for action in parser()._actions
        if action.option_strings
    }
    return typed | {each.name: each.option for each in settings().values() if each.repeats}


def as_typed(error: RollscanError) -> str:
    """The message of an error, in which options replace the names of parameters."""
    message, options = str(error), {}
    with suppress(RollscanError):  # there are no options where an effect's clash with others
        options = spellings() if error.names else {}
    for name in error.names:
        option = options.get(name, name)
        message = re.sub(rf"(?<![\w-]){name}(?!\w)", option, message, count=1)
    return message
