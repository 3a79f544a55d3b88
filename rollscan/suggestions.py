"""Owns a parser of command lines whose errors are one line, and suggest what may be meant."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

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


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose errors are one line, and suggest what may be meant.

    INPUTs may also stand between options.
    """

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the words of a command line. Raises ArgumentError for an unknown option."""
        if args == ["help"] and not Path("help").exists():
            args = ["--help"]
        found, unknown = self.parse_known_args(_joined(args or ()), namespace)
        options = [word for word in unknown if word.startswith("-")]
        if options:
            raise ArgumentError(self._no_option(options[0]))
        found.input = [*found.input, *unknown]  # argparse takes only consecutive INPUTs
        self._check_inputs(found)
        return found

    def error(self, message: str) -> NoReturn:
        """Raise ArgumentError where argparse would print its usage and exit."""
        message = message.removeprefix("argument ")
        raise ArgumentError(f"{message} (rollscan --help lists the options)")

    def _no_option(self, word: str) -> str:
        import difflib  # imported only for an error

        name = word.partition("=")[0]
        near = difflib.get_close_matches(name, self._option_string_actions, 1, 0.7)
        meant = _ELSEWHERE.get(name) or "".join(near)
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
