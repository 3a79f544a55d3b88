"""Owns which clips there are: folders, patterns that no shell expanded, and names as they are."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import ArgumentError, SourceError
from .names import Clip, is_there
from .stores import is_url, listed

# What a folder is searched for. Loops as they are written here (GIF, WebP) are no videos to it.
ENDINGS = frozenset(
    {"3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "m1v", "m2t", "m2ts", "m2v", "m4v"}
    | {"mkv", "mov", "mp4", "mpe", "mpeg", "mpg", "mts", "mxf", "ogm", "ogv", "qt", "rm", "rmvb"}
    | {"ts", "vob", "webm", "wmv", "y4m"}
)


def clips_of(inputs: Sequence[str], *, recursive: bool) -> list[Clip]:
    """The clips that the INPUTs stand for, each once, in the order given; of a folder by name.

    Raises SourceError where a folder or a pattern holds no video, ArgumentError where `recursive`
    has no folder to go into.
    """
    found: dict[str, Clip] = {}
    folders = 0
    for name in inputs:
        if name == "-" and len(inputs) > 1:
            raise ArgumentError("- is a pipe, which cannot be one of many: give it alone")
        for clip, of_folder in _of(name, recursive):
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


def _of(name: str, recursive: bool) -> Iterator[tuple[Clip, bool]]:
    """The clips of one INPUT, and whether each was found in a folder."""
    if is_url(name):
        if not _may_be_folder(name):
            yield Clip(name), False
            return
        urls = listed(name, recursive=recursive)
        base = name if name.endswith("/") else f"{name}/"
        clips = [
            Clip(url, url.removeprefix(base).rpartition("/")[0] if url.startswith(base) else "")
            for url in urls
            if is_video(url)
        ]
    elif is_there(name):
        clips = list(_in_folder(Path(name), recursive))
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
        raise SourceError(f"{name} holds no video that its name tells: give the files{deeper}")
    for clip in clips:
        yield clip, True


def _in_folder(top: Path, recursive: bool) -> Iterator[Clip]:
    """The videos in a folder by name; hidden ones and links to folders are passed over."""
    for folder, below, names in os.walk(top, onerror=_unreadable):
        below[:] = sorted(name for name in below if recursive and not name.startswith("."))
        inside = Path(folder).relative_to(top).as_posix()
        for name in sorted(names):
            if is_video(name):
                yield Clip(str(Path(folder, name)), "" if inside == "." else inside)


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
