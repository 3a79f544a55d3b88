"""Owns the command line: argv to a Job, errors to exit statuses. The only module that prints."""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from . import __version__
from .errors import RollscanError

if TYPE_CHECKING:
    from .job import Written

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_EXAMPLE = """\
example:
  rollscan dancer.mp4 --gif dancer.gif --scale 0.2 --slit 0.6
      A GIF a fifth of the video's size. From a slit a little below the middle, the past
      flows up; below it the dancer stays live.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. Returns 0 done, 1 the job failed, 2 the command line is wrong."""
    for number in _SIGNALS:
        with suppress(ValueError):  # not in the main thread, where signals do not come
            signal.signal(number, _stop)
    try:
        return _run(argv)
    except KeyboardInterrupt:
        for number in _SIGNALS:  # Python forgets its handlers on the way out, but not this
            signal.signal(number, signal.SIG_IGN)
        return _complain("stopped; what was not finished was not written", 1)
    except RollscanError as error:
        return _complain(str(error), error.exit_status)
    except BrokenPipeError:
        return _complain("whoever was reading the output has stopped: let it read to the end", 1)
    except MemoryError:
        return _complain("not enough memory: give a smaller --scale", 1)
    except OSError as error:
        return _complain(f"{error.strerror or error}: {error.filename or 'check the disk'}", 1)


def _run(argv: Sequence[str] | None) -> int:
    parser = _parser()
    options = vars(parser.parse_args(argv))
    quiet = options.pop("quiet")
    if options.pop("list_platforms"):
        from .platforms import load, table

        _say(table(load(options.get("platforms"))))
        return 0
    if not options["input"]:
        parser.error("the following arguments are required: INPUT")
    from .job import Job
    from .pipeline import render

    logger = None if quiet or not sys.stderr.isatty() else "bar"
    for made in render(Job(**options), logger):
        if not quiet:
            width, height = made.size
            shown = f"{made.frames} frames, {made.seconds:.2f} s"
            if made.is_poster:
                shown = f"the frame at {made.seconds:.2f} s"
            _say(
                f"{made.path}: {width}x{height}, {shown},"
                f" {in_bytes(made.bytes)}{_notes(made)}, took {made.took:.1f} s"
            )
    return 0


def _say(line: str) -> None:
    """Print a line to whoever still reads; the work is done even if nobody does."""
    try:
        print(line, flush=True)
    except BrokenPipeError:  # and keep Python from trying again on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _notes(made: Written) -> str:
    """What the closing line says of what was given up, and of the loop."""
    given_up = f": {made.given_up}" if made.given_up else ""
    part = f", from {made.part[0]:.2f} to {made.part[1]:.2f} s" if made.part else ""
    seam = "" if made.seam is None else f", seam {made.seam:.2f}"
    return given_up + part + seam


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rollscan",
        usage="rollscan INPUT --gif OUT.gif [--still OUT.png] [options]",
        description="Turn a video into a rolling slit-scan: a slit is taken from every frame and\n"
        "flows away across the picture, while the rest stays live.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument(
        "input", metavar="INPUT", nargs="?", type=Path, default=None, help="the video"
    )

    group = parser.add_argument_group("outputs (one or more)")
    group.add_argument("--gif", metavar="OUT.gif", type=Path, help="the rolling slit-scan")
    group.add_argument("--mp4", metavar="OUT.mp4", type=Path, help="the same as H.264 video")
    group.add_argument("--webm", metavar="OUT.webm", type=Path, help="the same as VP9 video")
    group.add_argument("--webp", metavar="OUT.webp", type=Path, help="the same as animated WebP")
    group.add_argument(
        "--poster",
        metavar="OUT.png",
        type=Path,
        help="the frame to show where the loop does not play: of those with the fullest history"
        " the most detailed; .png, .jpg or .webp",
    )
    group.add_argument(
        "--still",
        metavar="OUT.png",
        type=Path,
        help="the strip photograph: the slit of every frame side by side; .png, .jpg or .webp",
    )

    group = parser.add_argument_group("size and time")
    size = group.add_mutually_exclusive_group()
    size.add_argument(
        "--scale",
        metavar="S",
        type=float,
        help="size as a factor of the video's; default: a GIF is fitted into 480 pixels, a strip"
        " photograph is full size",
    )
    size.add_argument("--width", metavar="PX", type=int, help="width in pixels; the height follows")
    group.add_argument(
        "--fps",
        metavar="F",
        type=float,
        help="frames per second, up to 50; default: the video's, at most 25",
    )
    group.add_argument("--speed", metavar="X", type=float, help="play X times faster (default 1)")
    group.add_argument("--start", metavar="T", help="begin T into the video: seconds or hh:mm:ss.s")
    group.add_argument("--end", metavar="T", help="end T into the video")

    group = parser.add_argument_group("the slit")
    group.add_argument(
        "--slit",
        metavar="P",
        type=_position,
        help="where the slit is, from 0, the top (left), to 1, the bottom (right); default 0.5."
        " 0.2:0.8 moves it from there to there, 0.2:0.8:0.2 and back",
    )
    group.add_argument(
        "--direction",
        choices=("up", "down", "left", "right", "out"),
        help="where history flows; out is up and down at once; default up, for a still left",
    )
    group.add_argument(
        "--slit-width",
        metavar="N",
        type=_width,
        help="rows taken and rolled per frame (default 1); auto fills the history in about 3 s",
    )
    group.add_argument(
        "--feather",
        metavar="N",
        type=int,
        help="rows of history next to the slit that blend into the live picture (default 0)",
    )

    group = parser.add_argument_group("the loop")
    group.add_argument(
        "--loop",
        choices=("cut", "wrap", "boomerang", "crossfade", "match"),
        help="how the end meets the beginning. cut (default): not at all, history grows from the"
        " slit. With the others it is there from the first frame on. wrap: the video as it is;"
        " boomerang: forward, then backward; crossfade: the end blends into the beginning;"
        " match: the part that loops best",
    )
    group.add_argument(
        "--fade", metavar="T", type=float, help="seconds that a crossfade takes (default 0.5)"
    )
    group.add_argument(
        "--min-loop", metavar="T", type=float, help="shortest match in seconds (default 2)"
    )
    group.add_argument(
        "--max-loop", metavar="T", type=float, help="longest match in seconds (default 10)"
    )

    group.add_argument(
        "--poster-first",
        action="store_true",
        help="begin the loop with the poster; not with cut, where history begins empty",
    )

    group = parser.add_argument_group("the files")
    group.add_argument(
        "--repeat",
        metavar="N",
        type=int,
        help="times a GIF or WebP plays; default 0, for ever",
    )
    group.add_argument(
        "--mp4-loops", metavar="N", type=int, help="times the loop is in the MP4 (default 1)"
    )
    group.add_argument(
        "--quality", metavar="1-100", type=int, help="of a GIF or WebP; more is truer and larger"
    )
    group.add_argument(
        "--colors", metavar="N", type=int, help="colours in a GIF's palette, 2-256 (default 256)"
    )
    group.add_argument(
        "--max-size",
        metavar="8MB",
        type=_bytes,
        dest="max_bytes",
        help="of a GIF, WebM or WebP: give up frame rate, size and quality until it fits; bytes,"
        " or KB, MB, KiB, MiB",
    )

    group = parser.add_argument_group("where it goes")
    group.add_argument(
        "--for",
        metavar="NAME[,NAME...]",
        type=_names,
        dest="names",
        help="keep the limits of these platforms; several make out-NAME.gif of each",
    )
    group.add_argument(
        "--fit",
        choices=("crop", "pad"),
        help="to a platform's shape: cut off what is too much (default), or add bars",
    )
    group.add_argument(
        "--platforms", metavar="FILE", type=Path, help="platforms of your own, as TOML"
    )
    group.add_argument(
        "--list-platforms",
        action="store_true",
        default=False,
        help="show the platforms and their limits, and exit",
    )

    group = parser.add_argument_group("about")
    group.add_argument("--quiet", action="store_true", default=False, help="print errors only")
    group.add_argument("--version", action="version", version=f"rollscan {__version__}")
    group.add_argument("-h", "--help", action="help", help="show this and exit")
    return parser


_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "kib": 2**10, "mib": 2**20}


def _bytes(text: str) -> int:
    """Bytes from 8MB, 256KiB, 1.5mb or plain bytes."""
    found = re.fullmatch(r"([\d.]+) *([a-z]*)", text.strip().lower())
    try:
        amount = int(float(found[1]) * _UNITS[found[2]]) if found else 0
    except (KeyError, ValueError):
        amount = 0
    if amount < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give bytes, or such as 8MB, 256KB, 2MiB")
    return amount


def _names(text: str) -> tuple[str, ...]:
    """Names with commas between."""
    return tuple(name.strip() for name in text.split(","))


def _position(text: str) -> float | tuple[float, ...]:
    """A slit position, or several with colons between."""
    try:
        points = tuple(float(point) for point in text.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: give 0.5, or 0.2:0.8, or such") from None
    return points if len(points) > 1 else points[0]


def _width(text: str) -> int | str:
    """A slit width."""
    try:
        return text if text == "auto" else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: give a whole number, or auto") from None


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        raise SystemExit(_complain(f"{message} (rollscan --help lists the options)", 2))


def _complain(message: str, status: int) -> int:
    with suppress(BrokenPipeError):
        print(f"rollscan: error: {message}", file=sys.stderr)
    return status


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Ctrl-C or a polite kill: clean up, which further ones must not disturb."""
    for each in _SIGNALS:
        signal.signal(each, _ignore)
    raise KeyboardInterrupt


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing. SIG_IGN would not do yet: a signal already noted would be complained about."""


def in_bytes(count: int) -> str:
    """A number of bytes for people: 1.39 MB."""
    if count < 1000:
        return f"{count} bytes"
    amount, unit = (count / 1e3, "kB") if count < 1e6 else (count / 1e6, "MB")
    return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"
