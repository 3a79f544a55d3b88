"""Owns which clips there are: folders, patterns that no shell expanded, and names as they are."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import ArgumentError, SourceError
from ..masking import masked_url
from ..safe_names import lies_within
from .names import Clip, is_there
from .stores import is_url, listed

Tell = Callable[[str], None]

# What a folder is searched for. Loops as they are written here (GIF, WebP) are no videos to it.
ENDINGS = frozenset(
    {"3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "m1v", "m2t", "m2ts", "m2v", "m4v"}
    | {"mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "ogm", "ogv", "qt", "rm", "rmvb"}
    | {"ts", "vob", "webm", "wmv", "y4m"}
)


def clips_of(
    inputs: Sequence[str],
    *,
    recursive: bool,
    public_only: bool = False,
    tell: Tell | None = None,
) -> list[Clip]:
    """The clips that the INPUTs stand for, each once, in the order given; of a folder by name.

    public_only: whether addresses of private networks are refused. tell: is told, in one line each,
    what lies in a folder, has a video's name, and is not taken.
    Raises SourceError where a folder or a pattern holds no video, ArgumentError where `recursive`
    has no folder to go into.
    """
    found: dict[str, Clip] = {}
    folders = 0
    for name in inputs:
        if name == "-" and len(inputs) > 1:
            raise ArgumentError("- is a pipe, which cannot be one of many: give it alone")
        for clip, of_folder in _of(name, recursive, public_only, tell or _unheard):
            folders += of_folder
            name = clip.input if is_url(clip.input) else os.path.normpath(clip.input)
            found.setdefault(name, clip)
    if recursive and not folders:
        raise ArgumentError(
            "--recursive has no effect without a folder: give one as INPUT, or leave it out"
        )
    return list(found.values())


def is_several(name: str) -> bool:
    """Whether one INPUT stands for any number of clips: a folder, or a pattern not expanded."""
    return is_there(name) or (glob.has_magic(name) and not os.path.lexists(name))


def _of(name: str, recursive: bool, public_only: bool, tell: Tell) -> Iterator[tuple[Clip, bool]]:
    """The clips of one INPUT, and whether each was found in a folder."""
    if is_url(name):
        if not _may_be_folder(name):
            yield Clip(name), False
            return
        urls = listed(name, recursive=recursive, public_only=public_only)
        base = name if name.endswith("/") else f"{name}/"
        clips = [
            Clip(url, url.removeprefix(base).rpartition("/")[0] if url.startswith(base) else "")
            for url in urls
            if is_video(url)
        ]
    elif is_there(name):
        clips = list(_in_folder(Path(name), recursive, tell))
    elif is_several(name):
        matching = glob.glob(name, recursive=True)  # noqa: PTH207 (which takes no absolute ones)
        clips = [Clip(path) for path in sorted(matching)]
        clips = [clip for clip in clips if not is_there(clip.input)]
        if not clips:
            raise SourceError(f"no file is called {name}: check the pattern, and where it begins")
    else:
        yield Clip(name), False
        return
    if not clips:
        deeper = "" if recursive else ", or --recursive to look into its folders"
        raise SourceError(
            f"{masked_url(name)} holds no video that its name tells: give the files{deeper}"
        )
    for clip in clips:
        yield clip, True


def _in_folder(top: Path, recursive: bool, tell: Tell) -> Iterator[Clip]:
    """The videos in a folder by name; hidden ones and links to folders are passed over.

    So is, with a word, what only its name makes a video: a pipe, which could keep the others
    waiting for ever, and a link that leads out of the folder, to a file that nobody named.
    """
    real_top = os.path.realpath(top)
    for folder, below, names in os.walk(top, onerror=_unreadable):
        below[:] = sorted(name for name in below if recursive and not name.startswith("."))
        inside = Path(folder).relative_to(top).as_posix()
        for name in sorted(names):
            if not is_video(name):
                continue
            path = Path(folder, name)
            if why := _not_taken(path, real_top):
                tell(f"{path} {why}: give it by name, if it is meant")
            else:
                yield Clip(str(path), "" if inside == "." else inside)


def _not_taken(path: Path, top: str) -> str:
    """Why a file that was found is not taken; "" for one that is."""
    try:
        if path.is_symlink() and not lies_within(os.path.realpath(path), top):
            return "is a link that leads out of the folder"
        if not stat.S_ISREG(path.stat().st_mode):
            return "is no regular file"
    except OSError:  # which its job will tell
        pass
    return ""


def _unheard(line: str) -> None:
    """Nobody is told."""


def is_video(name: str) -> bool:
    """Whether the name is a video's, and not hidden."""
    base = name.rpartition("/")[2]
    return not base.startswith(".") and base.rpartition(".")[2].lower() in ENDINGS


def _may_be_folder(url: str) -> bool:
    """Whether to ask the store what is there: a name that ends like a file's is one."""
    path = url.partition("?")[0]
    return path.endswith("/") or glob.has_magic(path) or "." not in path.rpartition("/")[2]


def _unreadable(error: OSError) -> None:
    raise SourceError(f"{error.filename} cannot be read: {error.strerror}") from error
