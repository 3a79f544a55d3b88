"""Owns what the names of inputs tell: which are videos, and which pictures make one together.

A folder, or a pattern of names, stands for the pictures of one video where it holds pictures. A
folder that holds a video stands for its videos instead: pictures beside them are not looked at.
"""

from __future__ import annotations

import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from ..errors import SourceError
from ..safe_names import lies_within

# The endings of videos that folders are searched for. GIF and WebP, which rollscan writes itself,
# are not among them.
VIDEOS = frozenset(
    {"3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "m1v", "m2t", "m2ts", "m2v", "m4v"}
    | {"mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "ogm", "ogv", "qt", "rm", "rmvb"}
    | {"ts", "vob", "webm", "wmv", "y4m"}
)
# The endings of pictures, each with what those of one kind have in common.
PICTURES = {
    **dict.fromkeys(("jpg", "jpeg"), "jpg"),
    **dict.fromkeys(("tif", "tiff"), "tif"),
    **dict.fromkeys(("ppm", "pgm", "pbm", "pnm"), "ppm"),
    **{ending: ending for ending in ("png", "webp", "bmp")},
}
_NUMBER = re.compile(r"%(0\d{1,2})?d")  # in a pattern, as of printf: %d, %04d
_DIGITS = re.compile(r"(\d+)", re.ASCII)


def is_video(name: str) -> bool:
    """Whether the name is that of a video, and not hidden."""
    return _ending(name) in VIDEOS


def is_picture(name: str) -> bool:
    """Whether the name is that of a picture, and not hidden."""
    return _ending(name) in PICTURES


def is_sequence(name: str | os.PathLike[str]) -> bool:
    """Whether an INPUT stands for pictures that make one video together.

    It is a folder that holds pictures and no video, or a pattern of pictures, with %d or %04d for
    their numbers, or with *, ? or [] for any part of their names.
    """
    path = Path(name)
    try:
        if path.is_dir():
            found = [each.name for each in path.iterdir()]
            return any(map(is_picture, found)) and not any(map(is_video, found))
        is_url = "://" in os.fspath(name)
        return not is_url and is_pattern(os.fspath(name)) and not os.path.lexists(path)
    except (OSError, ValueError):
        return False


def is_pattern(name: str) -> bool:
    """Whether a name is a pattern of the names of pictures. Files are not looked at."""
    base = name.replace("\\", "/").rpartition("/")[2]
    has_number = len(_NUMBER.findall(base)) == 1
    return _ending(base) in PICTURES and (has_number or glob.has_magic(name))


def name_of(sequence: str | os.PathLike[str]) -> str:
    """The name of a video that is made of pictures, for files that are named after it.

    It is that of the folder, or what the names of a pattern begin with, if that is a word.
    """
    path = Path(sequence).absolute()
    if path.is_dir():
        return path.name or "pictures"
    begins = re.split(r"[%*?\[]", path.stem)[0].rstrip("-_. ")
    return begins or re.split(r"[*?\[]", path.parent.name)[0] or "pictures"


def in_natural_order(files: Iterable[Path]) -> list[Path]:
    """The files in order, in which numbers count as such: shot2.png comes before shot10.png."""
    return sorted(files, key=lambda file: (_natural(str(file)), file))


@dataclass(frozen=True)
class PictureSequence:
    """The pictures that make a video. path: the folder, or the pattern, that stands for them.

    >>> PictureSequence(Path("shot_%04d.png")).takes(Path("shot_0012.png"))
    True
    """

    path: Path

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """The pictures in order.

        Those of a folder, or of a pattern with * or ?, are in natural order. Links that lead out
        of a folder, and what is no regular file, are not among them.
        Raises SourceError where there are none, where a folder has several kinds of them, and where
        a number is missing of a pattern with %d.
        """
        path = self.path
        if path.is_dir():
            top = os.path.realpath(path)
            found = [each for each in path.iterdir() if is_picture(each.name)]
            found = in_natural_order(each for each in found if not why_left_out(each, top))
            self._check_kinds(found)
        elif self._numbered:
            found = self._with_numbers()
        else:
            matching = glob.glob(str(path), recursive=True)  # noqa: PTH207 (Path.glob: relative)
            found = in_natural_order(each for each in map(Path, matching) if each.is_file())
        if not found:
            raise SourceError(f"no picture is called {path}: check the name, and where it begins")
        return tuple(found)

    @property
    def modified(self) -> float | None:
        """When the latest change of a picture, or of their folder, was: seconds since the epoch.

        None where that cannot be told.
        """
        try:
            folders = {each.parent for each in self.files}
            return max(each.stat().st_mtime for each in (*self.files, *folders))
        except (OSError, SourceError):
            return None

    @property
    def gaps(self) -> str:
        """Where numbers are missing between pictures whose numbers go up by one; "" if nowhere."""
        numbers = [_last_number(each) for each in self.files]
        steps = [after - before for before, after in pairwise(numbers)]
        found = [pair for pair, step in zip(pairwise(self.files), steps, strict=True) if step > 1]
        is_by_one = steps and Counter(steps).most_common(1)[0][0] == 1
        if -1 in numbers or not (is_by_one and found):
            return ""
        before, after = found[0]
        more = f", and in {len(found) - 1} more places" if len(found) > 1 else ""
        return f"pictures are missing between {before.name} and {after.name}{more}"

    def takes(self, output: Path) -> bool:
        """Whether a file of this name would be taken for one of the pictures, or replace one.

        output: a file, or a pattern of numbered pictures.
        """
        if self.path.is_dir():
            beside = os.path.realpath(output.parent) == os.path.realpath(self.path)
            return beside and (is_picture(output.name) or is_video(output.name))
        if os.path.realpath(output.parent) != os.path.realpath(self.path.parent):
            return False
        if names := pattern_of(output.name):
            return any(names.fullmatch(each.name) for each in self.files)
        if self._numbered:
            return self._numbered.fullmatch(output.name) is not None
        return output.match(self.path.name)

    @cached_property
    def _numbered(self) -> re.Pattern[str] | None:
        """What the names of a pattern with %d match."""
        if self.path.is_dir() or glob.has_magic(_NUMBER.sub("", str(self.path))):
            return None
        return pattern_of(self.path.name)

    def _with_numbers(self) -> list[Path]:
        """The pictures of a pattern with %d, none of whose numbers may be missing."""
        assert self._numbered
        by_number, folder = {}, self.path.parent
        for each in folder.iterdir() if folder.is_dir() else ():
            if found := self._numbered.fullmatch(each.name):
                by_number[int(found[1])] = each
        numbers = sorted(by_number)
        for before, after in pairwise(numbers):
            if after - before > 1:
                missing = self.path.with_name(numbered_name(self.path.name, before + 1))
                anyhow = _NUMBER.sub("*", str(self.path))
                raise SourceError(
                    f"{missing} is missing, and {by_number[after].name} is there: put it back, or"
                    f" take what is there with '{anyhow}'"
                )
        return [by_number[number] for number in numbers]

    def _check_kinds(self, found: list[Path]) -> None:
        """Raise SourceError for a folder with several kinds of pictures, hardly of one video."""
        first: dict[str, str] = {}
        for each in found:
            first.setdefault(PICTURES[_ending(each.name)], _ending(each.name))
        if len(first) > 1:
            one, other = sorted(first.values())[:2]
            pattern = self.path / f"*.{one}"
            raise SourceError(
                f"{self.path} holds .{one} and .{other} pictures: give those that make one video,"
                f" as in '{pattern}'"
            )


def pattern_of(name: str) -> re.Pattern[str] | None:
    """What the names match that a pattern with one %d or %04d stands for; None for another name.

    The number is its only group.
    """
    parts = _NUMBER.split(name)
    if len(parts) != 3:
        return None
    before, width, after = parts
    digits = rf"(\d{{{int(width)}}}|[1-9]\d{{{int(width)},}})" if width else r"(0|[1-9]\d*)"
    before, after = (re.escape(part.replace("%%", "%")) for part in (before, after))
    return re.compile(before + digits + after, re.ASCII)


def numbered_name(name: str, number: int) -> str:
    """The name that a pattern with one %d or %04d stands for.

    >>> numbered_name("shot_%04d.png", 12)
    'shot_0012.png'
    """
    before, width, after = _NUMBER.split(name)
    return f"{before}{number:{width or ''}d}{after}".replace("%%", "%")


def why_left_out(path: Path, top: str) -> str:
    """Why a file that was found in a folder is left out; "" for one that is not.

    It is what is no regular file, such as a pipe, which could block for ever; and a link that leads
    out of the folder, to a file that nobody named. top: the real path of the folder.
    """
    try:
        if path.is_symlink() and not lies_within(os.path.realpath(path), top):
            return "is a link that leads out of the folder"
        if not stat.S_ISREG(path.stat().st_mode):
            return "is no regular file"
    except OSError:  # whoever reads it will report it
        pass
    return ""


def _ending(name: str) -> str:
    """The ending of a file's name, in lower case; "" for a hidden one."""
    base = name.replace("\\", "/").rpartition("/")[2]
    return "" if base.startswith(".") else base.rpartition(".")[2].lower()


def _natural(name: str) -> list[str | int]:
    parts: list[str | int] = list(_DIGITS.split(name))
    parts[1::2] = map(int, parts[1::2])
    return parts


def _last_number(file: Path) -> int:
    """The last number in the name of a file, without its ending; -1 if there is none."""
    found = _DIGITS.findall(file.stem)
    return int(found[-1]) if found else -1
