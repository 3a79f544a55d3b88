"""Owns the command line's options: their names, their help and their values."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from . import __version__, values
from .errors import RollscanError
from .forgiving import Formatter, Parser
from .look import DIRECTIONS, EFFECTS, LOOPS, MAPS

_EXAMPLE = """\
example:
  rollscan dancer.mp4 --gif dancer.gif --scale 0.2 --slit 0.6
      A GIF a fifth of the video's size. From a slit a little below the middle, the past
      flows up; below it the dancer stays live.
"""

SHORT_HELP = """\
rollscan turns a video into a rolling slit-scan loop:

  rollscan dancer.mp4 --gif dancer.gif --look ribbon

--list-looks shows the looks, --looks sheet.png all of them on your video, --help every option."""


def parser() -> argparse.ArgumentParser:
    """The parser. It raises ArgumentError where argparse would exit."""
    made = Parser(
        prog="rollscan",
        usage="rollscan INPUT... --gif|--mp4|--webm|--webp|--poster|--still OUT [options]",
        description="Turn a video into a rolling slit-scan: a slit is taken from every frame and\n"
        "flows away across the picture, while the rest stays live.",
        epilog=_EXAMPLE,
        formatter_class=Formatter,
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
        *(_outputs, _look, _loop, _size_and_time, _slit, _effect),
        *(_where_it_goes, _files, _studio, _many, _about),
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
        type=values.factor,
        help="size as a factor of the video's; default: a GIF is fitted into 480 pixels, a strip"
        " photograph is full size",
    )
    size.add_argument(
        "--width", metavar="PX", type=values.pixels, help="width in pixels; the height follows"
    )
    group.add_argument(
        "--fps",
        metavar="F",
        type=values.rate,
        help="frames per second, up to 50; default: the video's, at most 25",
    )
    group.add_argument(
        "--speed", metavar="X", type=values.factor, help="play X times faster (default 1)"
    )
    group.add_argument(
        "--start",
        metavar="T",
        type=values.moment,
        help="begin T into the video: seconds or hh:mm:ss.s",
    )
    group.add_argument("--end", metavar="T", type=values.moment, help="end T into the video")


def _look(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("how it is made (options beside a look win)")
    look = group.add_mutually_exclusive_group()
    look.add_argument(
        "--look", metavar="NAME", type=values.word, help="a look with a name, see --list-looks"
    )
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
        type=values.seconds,
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
        type=values.word,
        choices=EFFECTS,
        help="roll (default): history flows away from the slit. displace: each pixel is as late as"
        " the map says, so what turns is twisted. scan: a line sweeps over the picture, and behind"
        " it the picture stays as it was when the line passed",
    )
    group.add_argument(
        "--map",
        metavar="NAME|FILE",
        type=values.map_name,
        help=f"of displace, where the oldest is: {', '.join(MAPS)} (default up), or a picture:"
        " black is now, white the oldest",
    )
    group.add_argument(
        "--depth",
        metavar="T",
        type=values.seconds,
        help="of displace, seconds to the oldest (default 1)",
    )
    group.add_argument(
        "--sweep",
        metavar="T",
        type=values.seconds,
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
        type=values.position,
        help="where the slit is, from 0, the top (left), to 1, the bottom (right); default 0.5."
        " 0.2:0.8 moves it from there to there, 0.2:0.8:0.2 and back",
    )
    group.add_argument(
        "--direction",
        type=values.word,
        choices=DIRECTIONS,
        help="where history flows; out is up and down at once; default up, for a still left. Of"
        " scan, where the line moves; default down",
    )
    group.add_argument(
        "--slit-width",
        metavar="N",
        type=values.slit_width,
        help="rows taken and rolled per frame (default 1); auto fills the history in about 3 s",
    )
    group.add_argument(
        "--feather",
        metavar="N",
        type=values.pixels,
        help="rows of history next to the slit that blend into the live picture (default 0)",
    )


def _loop(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the loop")
    group.add_argument(
        "--loop",
        type=values.word,
        choices=LOOPS,
        help="how the end meets the beginning. cut (default): not at all, history grows from the"
        " slit. With the others it is there from the first frame on. wrap: the video as it is;"
        " boomerang: forward, then backward; crossfade: the end blends into the beginning;"
        " match: the part that loops best. A scan's composition is what loops: boomerang takes the"
        " line back, and what was frozen melts; crossfade dissolves it; with wrap and match the"
        " line sets out anew",
    )
    group.add_argument(
        "--fade",
        metavar="T",
        type=values.seconds,
        help="seconds that a crossfade takes (default 0.5)",
    )
    group.add_argument(
        "--min-loop", metavar="T", type=values.seconds, help="shortest match in seconds (default 2)"
    )
    group.add_argument(
        "--max-loop", metavar="T", type=values.seconds, help="longest match in seconds (default 10)"
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
        type=values.whole,
        help="times a GIF or WebP plays; default 0, for ever",
    )
    group.add_argument(
        "--mp4-loops",
        metavar="N",
        type=values.whole,
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
        "--quality",
        metavar="1-100",
        type=values.whole,
        help="of a GIF or WebP; more is truer and larger",
    )
    group.add_argument(
        "--colors",
        metavar="N",
        type=values.whole,
        help="colours in a GIF's palette, 2-256 (default 256)",
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
        type=values.byte_count,
        dest="max_bytes",
        help="of each file: give up frame rate, size and quality until it fits; bytes, or KB, MB,"
        " KiB, MiB",
    )


def _where_it_goes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where it goes")
    group.add_argument(
        "--for",
        metavar="NAME[,NAME...]",
        type=values.names,
        dest="names",
        help="keep the limits of these platforms, by the names in --list-platforms: the best part"
        " that fits is looped. Several that take the same format make out-NAME.gif of each. A"
        " place gets those of the formats asked for that it takes; where one output is named and"
        " the place does not take it, it gets its own: --gif out.gif --for reels makes out.mp4",
    )
    group.add_argument(
        "--fit",
        type=values.word,
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
    group = parser.add_argument_group(
        "many clips (an output is a folder, or a name with {name}, {ext}, {folder} or {look})"
    )
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
        "--cluster",
        metavar="ADDRESS",
        help="do them on the workers of this Dask scheduler, its address or its file; local starts"
        " one; needs pip install 'rollscan[cluster]'",
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
    group.add_argument("--version", action="version", version=f"rollscan {__version__}")
    group.add_argument("-h", "--help", action="help", help="show this and exit")


def spellings() -> dict[str, str]:
    """What each option is called on the command line, by the parameter that it fills."""
    return {
        action.dest: action.option_strings[-1]
        for action in parser()._actions
        if action.option_strings
    }


def as_typed(error: RollscanError) -> str:
    """What the error says, with parameters called as their options are typed."""
    message, options = str(error), spellings()
    for name in error.names:
        option = options.get(name, name)
        message = re.sub(rf"(?<![\w-]){name}(?!\w)", option, message, count=1)
    return message
