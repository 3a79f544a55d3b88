"""Owns the command line's options: their names, their help and their values."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, NoReturn

from . import __version__
from .errors import ArgumentError
from .look import DIRECTIONS, EFFECTS, LOOPS, MAPS

_EXAMPLE = """\
example:
  rollscan dancer.mp4 --gif dancer.gif --scale 0.2 --slit 0.6
      A GIF a fifth of the video's size. From a slit a little below the middle, the past
      flows up; below it the dancer stays live.
"""


def parser() -> argparse.ArgumentParser:
    """The parser. It raises ArgumentError where argparse would exit."""
    made = _Parser(
        prog="rollscan",
        usage="rollscan INPUT... --gif OUT.gif [--still OUT.png] [options]",
        description="Turn a video into a rolling slit-scan: a slit is taken from every frame and\n"
        "flows away across the picture, while the rest stays live.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
        argument_default=argparse.SUPPRESS,
    )
    made.add_argument(
        "input",
        metavar="INPUT",
        nargs="*",
        default=(),
        help="the video, - for a pipe; or many, folders of them, and URLs",
    )
    for add in (
        *(_outputs, _size_and_time, _look, _effect, _slit, _loop),
        *(_files, _where_it_goes, _studio, _many, _about),
    ):
        add(made)
    return made


def _outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("outputs (one or more)")
    group.add_argument("--gif", metavar="OUT.gif", help="the rolling slit-scan")
    group.add_argument("--mp4", metavar="OUT.mp4", help="the same as H.264 video")
    group.add_argument("--webm", metavar="OUT.webm", help="the same as VP9 video")
    group.add_argument("--webp", metavar="OUT.webp", help="the same as animated WebP")
    group.add_argument(
        "--poster",
        metavar="OUT.png",
        help="the frame to show where the loop does not play: of those with the fullest history"
        " the most detailed; .png, .jpg or .webp",
    )
    group.add_argument(
        "--still",
        metavar="OUT.png",
        help="the strip photograph: the slit of every frame side by side; .png, .jpg or .webp",
    )


def _size_and_time(parser: argparse.ArgumentParser) -> None:
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


def _look(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it is made (options beside a look win)")
    look = group.add_mutually_exclusive_group()
    look.add_argument("--look", metavar="NAME", help="a look with a name, see --list-looks")
    look.add_argument(
        "--like", metavar="FILE", type=Path, help="the look of a file that rollscan made"
    )
    group.add_argument(
        "--smooth",
        action="store_true",
        help="make what lies between the frames, along the motion, so that history is no comb;"
        " needs pip install 'rollscan[smooth]'",
    )
    group.add_argument(
        "--steady",
        action="store_true",
        help="take out the hand's shake first; what that costs at the edges is cropped",
    )
    group.add_argument(
        "--deflicker", action="store_true", help="even out light that flickers first"
    )
    group.add_argument(
        "--rgb",
        metavar="T",
        type=float,
        help="colours out of step: green is T seconds late, blue twice as much",
    )
    group.add_argument(
        "--looks",
        metavar="SHEET.png",
        help="every look on this video side by side, to choose from: .png, .jpg, .webp; .gif and"
        " .mp4 move",
    )
    group.add_argument(
        "--list-looks", action="store_true", default=False, help="show the looks, and exit"
    )


def _effect(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the effect")
    group.add_argument(
        "--effect",
        choices=EFFECTS,
        help="roll (default): history flows away from the slit. displace: each pixel is as late as"
        " the map says, so what turns is twisted. scan: a line sweeps over the picture, and behind"
        " it the picture stays as it was when the line passed",
    )
    group.add_argument(
        "--map",
        metavar="NAME|FILE",
        help=f"of displace, where the oldest is: {', '.join(MAPS)} (default up), or a picture:"
        " black is now, white the oldest",
    )
    group.add_argument(
        "--depth", metavar="T", type=float, help="of displace, seconds to the oldest (default 1)"
    )
    group.add_argument(
        "--sweep",
        metavar="T",
        type=float,
        help="of scan, seconds in which the line passes over the picture (default: the clip's)",
    )
    group.add_argument(
        "--line", metavar="COLOUR", help="of scan, draw the line, in such as red or #ff0000"
    )


def _slit(parser: argparse.ArgumentParser) -> None:
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
        choices=DIRECTIONS,
        help="where history flows; out is up and down at once; default up, for a still left. Of"
        " scan, where the line moves; default down",
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


def _loop(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the loop")
    group.add_argument(
        "--loop",
        choices=LOOPS,
        help="how the end meets the beginning. cut (default): not at all, history grows from the"
        " slit. With the others it is there from the first frame on. wrap: the video as it is;"
        " boomerang: forward, then backward; crossfade: the end blends into the beginning;"
        " match: the part that loops best. A scan's composition is what loops: boomerang takes the"
        " line back, and what was frozen melts; crossfade dissolves it; with wrap and match the"
        " line sets out anew",
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


def _files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the files")
    group.add_argument(
        "--repeat",
        metavar="N",
        type=int,
        help="times a GIF or WebP plays; default 0, for ever",
    )
    group.add_argument(
        "--mp4-loops",
        metavar="N",
        type=int,
        help="times the loop is in the MP4; default 1, or what a place's shortest time asks for",
    )
    group.add_argument(
        "--sound",
        metavar="FILE",
        nargs="?",
        type=Path,
        const=True,
        help="of an MP4 or WebM, which have none without this: the video's own, looped as the"
        " picture is, or a FILE laid under it",
    )
    group.add_argument(
        "--quality", metavar="1-100", type=int, help="of a GIF or WebP; more is truer and larger"
    )
    group.add_argument(
        "--colors", metavar="N", type=int, help="colours in a GIF's palette, 2-256 (default 256)"
    )
    group.add_argument(
        "--no-recipe",
        dest="recipe",
        action="store_false",
        help="leave the look out of the files; --like reads it there",
    )
    group.add_argument(
        "--max-size",
        metavar="8MB",
        type=_bytes,
        dest="max_bytes",
        help="of each file: give up frame rate, size and quality until it fits; bytes, or KB, MB,"
        " KiB, MiB",
    )


def _where_it_goes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where it goes")
    group.add_argument(
        "--for",
        metavar="NAME[,NAME...]",
        type=_names,
        dest="names",
        help="keep the limits of these platforms, by the names in --list-platforms: the best part"
        " that fits is looped. Several that take the same format make out-NAME.gif of each. A"
        " place gets those of the formats asked for that it takes; where one output is named and"
        " the place does not take it, it gets its own: --gif out.gif --for reels makes out.mp4",
    )
    group.add_argument(
        "--fit",
        choices=("crop", "pad", "blur"),
        help="to a platform's shape: cut off what is too much (default), add bars, or lay the"
        " picture over itself, enlarged and blurred",
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


def _studio(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the studio")
    group.add_argument(
        "--ui",
        action="store_true",
        default=False,
        help="see it live in the browser, change it there, and make it; the other options are the"
        " starting point; needs pip install 'rollscan[ui]'",
    )
    group.add_argument("--port", metavar="N", type=int, help="of the studio; default any")
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
    group = parser.add_argument_group(
        "many clips (an output is a folder, or a name with {name}, {ext}, {folder} or {look})"
    )
    group.add_argument(
        "--recursive",
        action="store_true",
        help="look into the folders of a folder; their names are kept below an output that is one",
    )
    group.add_argument(
        "--jobs", metavar="N", type=int, help="clips at a time (default: one for each core)"
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
        "--cluster",
        metavar="ADDRESS",
        help="do them on the workers of this Dask scheduler, its address or its file; local starts"
        " one; needs pip install 'rollscan[cluster]'",
    )


def _about(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("about")
    group.add_argument("--quiet", action="store_true", default=False, help="print errors only")
    group.add_argument("--version", action="version", version=f"rollscan {__version__}")
    group.add_argument("-h", "--help", action="help", help="show this and exit")


class _Parser(argparse.ArgumentParser):
    """An ArgumentParser that complains in one line, and takes INPUTs between options too."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What is given. argparse itself takes one row of INPUTs, and leaves later ones over."""
        found, over = self.parse_known_args(args, namespace)
        if any(name.startswith("-") and name != "-" for name in over):
            self.error(f"unrecognized arguments: {' '.join(over)}")
        found.input = [*found.input, *over]
        return found

    def error(self, message: str) -> NoReturn:
        name = message.removeprefix("unrecognized arguments: ")
        if name != message and name.startswith("-") and Path(name).suffix:
            raise ArgumentError(
                f"{name} reads as an option: for a file of that name give ./{name}, or -- before it"
            )
        raise ArgumentError(f"{message} (rollscan --help lists the options)")


_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "kib": 2**10, "mib": 2**20}


def _bytes(text: str) -> int:
    """Bytes from 8MB, 256KiB, 1.5mb or plain bytes."""
    found = re.fullmatch(r"([\d.]+) *([a-z]*)", text.strip().lower())
    try:
        amount = int(float(found[1]) * _UNITS[found[2]]) if found else 0
    except (KeyError, ValueError, OverflowError):
        amount = 0
    if amount < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: give bytes, or such as 8MB, 256KB, 2MiB")
    return amount


def _names(text: str) -> tuple[str, ...]:
    """Names with commas between."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) or ("",)


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
