"""Whether an ffmpeg has what rollscan asks of it: python benchmarks/ffmpeg_features.py [FFMPEG].

Without a name it is the ffmpeg that rollscan uses. What is asked for is found in rollscan's own
code, by the arguments that it gives ffmpeg. The exit status is 1 where something is missing. Kinds
of files that cannot be read for want of a demuxer are told, and are no failure.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from rollscan.video.containers import CONTAINERS
from rollscan.video.ffmpeg import ffmpeg
from rollscan.video.probe import ALPHA_DECODERS

_PACKAGE = Path(__file__).parents[1] / "rollscan"
_KIND_OF = {
    "-c:v": "encoders",
    "-c:a": "encoders",
    "-f": "formats",
    "-protocol_whitelist": "protocols",
}
_OPTION = re.compile(r"-[a-z][a-z_0-9]+(:[avs0-9:]+)?")
_FILTER = re.compile(r"(?:^|[],;])([a-z][a-z0-9_]*)(?:@[^=,]*)?=")
# Of texts that look like filters: those that are for bitstreams, and settings of something else.
_BITSTREAM_FILTERS = {"filter_units", "setts"}
_SETTINGS = {"color_primaries", "comment", "flags"}
# What no argument names as such: how a format's sound is encoded, filters without settings, and
# what phones, cameras and chats send.
_BESIDES = {
    "encoders": {"aac", "libopus"},
    "filters": {"deflicker", "null", "nullsink", "split"},
    "decoders": {
        *("aac", "apng", "av1", "gif", "h264", "hevc", "mjpeg", "mp3", "mpeg4", "opus", "prores"),
        *("vp8", "vp9", "webp", *ALPHA_DECODERS.values()),
    },
}


def needed() -> dict[str, set[str]]:
    """What rollscan asks of ffmpeg, by kind: what `ffmpeg -KIND` lists, and "options"."""
    found = defaultdict(set, {kind: {*names} for kind, names in _BESIDES.items()})
    for file in (
        *_PACKAGE.glob("video/*.py"),
        *_PACKAGE.glob("deliver/*.py"),
        _PACKAGE / "sound.py",
    ):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.List | ast.Tuple):
                words = list(_words(node))
                found["options"] |= {
                    word.split(":")[0] for word in words if _OPTION.fullmatch(word)
                }
                for option, value in pairwise(words):
                    if option in _KIND_OF and not value.startswith("-"):
                        found[_KIND_OF[option]] |= {*value.split(",")}
            elif isinstance(node, ast.Constant | ast.JoinedStr):
                found["filters"] |= {*_FILTER.findall(_text(node))}
    found["encoders"] -= {"copy", "..."}
    found["bsfs"] = found["filters"] & _BITSTREAM_FILTERS
    found["filters"] -= _BITSTREAM_FILTERS | _SETTINGS
    return dict(found)


def missing(program: str) -> dict[str, set[str]]:
    """What is needed that an ffmpeg does not have, by kind."""
    lacking = {}
    for kind, names in needed().items():
        if kind == "options":
            known = {*re.findall(r"^ *-([a-z_0-9]+)", _listed(program, "-h", "full"), re.M)}
            known = {f"-{no}{name}" for name in known for no in ("", "no")}  # -stats, -nostats
        else:
            known = {*re.split(r"[\s,]+", _listed(program, f"-{kind}"))}
        lacking[kind] = names - known
    return {kind: names for kind, names in lacking.items() if names}


def unread(program: str) -> set[str]:
    """The demuxers that rollscan allows, and that an ffmpeg does not have."""
    return {*CONTAINERS.split()} - {*re.split(r"[\s,]+", _listed(program, "-demuxers"))}


def _words(node: ast.List | ast.Tuple) -> Iterator[str]:
    """The texts in a list of arguments, in order; those of lists that are spread in it, too."""
    for element in node.elts:
        inner = element.value if isinstance(element, ast.Starred) else element
        if isinstance(inner, ast.List | ast.Tuple):
            yield from _words(inner)
        else:
            yield _text(inner)


def _text(node: ast.AST) -> str:
    """A text as it stands in the code, with "..." for what is put into it, and for other values."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "..."


def _listed(program: str, *arguments: str) -> str:
    asked = [program, "-hide_banner", *arguments]
    done = subprocess.run(asked, capture_output=True, stdin=subprocess.DEVNULL)
    return done.stdout.decode(errors="replace")


def _main() -> int:
    program = sys.argv[1] if len(sys.argv) > 1 else ffmpeg()
    lacking = missing(program)
    for kind, names in lacking.items():
        print(f"{program} lacks {kind}: {' '.join(sorted(names))}")
    if names := unread(program):
        print(f"{program} reads no {' '.join(sorted(names))}")
    if not lacking:
        print(f"{program} has all that rollscan asks for")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(_main())
