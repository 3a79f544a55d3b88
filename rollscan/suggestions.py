"""Owns a parser of command lines whose errors are one line, and suggest what may be meant."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from .checks import brief, nearest, one_of
from .errors import ArgumentError
from .job import OUTPUTS


class Formatter(argparse.RawDescriptionHelpFormatter):
    """A formatter of help that breaks no word, so that options can be copied from it."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False)


# The options of other programs, and their equivalents here.
_ELSEWHERE = {
    "-o": "--gif OUT.gif",
    "--out": "--gif OUT.gif",
    "--output": "--gif OUT.gif",
    "-i": "the video's name alone",
    "--input": "the video's name alone",
    "-s": "--scale",
    "--size": "--width, --scale or --max-size",
    "--height": "--width; the height follows",
    "--duration": "--start and --end",
    "-r": "--fps",
    "--reverse": "--loop boomerang, forward and then backward",
    "-q": "--quiet",
    "-v": "--version",
    "-V": "--version",
    "--platform": "--for NAME",
}


class HelpAction(argparse.Action):
    """Prints the help and exits: with the word "all" every group of options."""

    def __call__(self, parser: argparse.ArgumentParser, _: Any, word: Any, __: Any = None) -> None:
        """Print the help. Any word but "all" is passed over."""
        assert isinstance(parser, Parser)
        parser._print_message(parser.help_text(every=word == "all"), sys.stdout)
        parser.exit()


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, and suggest what may be meant.

    INPUTs may also stand between options. rare: the titles of the groups of options that only the
    help with every group has.
    """

    rare: frozenset[str] = frozenset()

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the words of a command line. Raises ArgumentError for an unknown option."""
        if args and args[0] == "help" and len(args) < 3 and not Path("help").exists():
            args = ["--help", *args[1:]]
        found, unknown = self.parse_known_args(_joined(args or ()), namespace)
        options = [word for word in unknown if word.startswith("-")]
        if options:
            raise ArgumentError(self._no_option(options[0]))
        found.input = [*found.input, *unknown]  # argparse takes only consecutive INPUTs
        self._check_inputs(found)
        return found

    def help_text(self, *, every: bool) -> str:
        """The help. every: whether it has the groups of `rare`, too."""
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        for group in self._action_groups:
            if every or group.title not in self.rare:
                formatter.start_section(group.title)
                formatter.add_text(group.description)
                formatter.add_arguments(group._group_actions)
                formatter.end_section()
        formatter.add_text(None if every else self.epilog)
        return formatter.format_help()

    def format_help(self) -> str:
        """The help that most people need."""
        return self.help_text(every=False)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Raise ArgumentError for a value that is none of the action's choices."""
        if action.choices is not None and value not in action.choices:
            name, choices = action.option_strings[-1], [str(each) for each in action.choices]
            raise ArgumentError(f"{name} is {brief(value)}: {one_of(value, choices)}")

    def error(self, message: str) -> NoReturn:
        """Raise ArgumentError where argparse would print its usage and exit."""
        message = message.removeprefix("argument ")
        raise ArgumentError(f"{message} (rollscan --help lists the options)")

    def _no_option(self, word: str) -> str:
        name = word.partition("=")[0]
        meant = _ELSEWHERE.get(name) or nearest(name, self._option_string_actions, 0.7)
        if meant:
            return f"there is no option {name}: did you mean {meant}? (rollscan --help lists them)"
        if Path(word).suffix:
            return (
                f"{word} reads as an option: for a file of that name give ./{word}, or -- before it"
            )
        return f"there is no option {name}: rollscan --help lists them"

    def _check_inputs(self, found: argparse.Namespace) -> None:
        """Raise ArgumentError if the last of several INPUTs is meant as an output: in.mp4 o.gif."""
        word = found.input[-1] if len(found.input) > 1 else ""
        kind = Path(word).suffix.lower().lstrip(".")
        output = {"png": "still", "jpg": "still", "jpeg": "still"}.get(kind, kind)
        if output not in OUTPUTS or Path(word).exists():
            return
        if not any(hasattr(found, name) for name in OUTPUTS):
            raise ArgumentError(
                f"{word} stands as another INPUT: to write it, say --{output} {word}"
            )


def _joined(words: Sequence[str]) -> list[str]:
    """The words, with a list after --for that has spaces (discord, x) joined to one word."""
    joined: list[str] = []
    for word in words:
        in_list = joined[-1:] and (joined[-1].startswith("--for=") or joined[-2:-1] == ["--for"])
        goes_on = joined[-1:] and joined[-1].endswith(",") and not word.startswith("-")
        if in_list and (goes_on or word.startswith(",")):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
