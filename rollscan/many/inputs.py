"""Owns the list of clips: from folders, from patterns that no shell expanded, and by name."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..checks import is_url
from ..errors import ArgumentError, SourceError
from ..masking import masked_url
from ..video.sequence import is_sequence, is_video, why_left_out
from .names import Clip, folder_exists
from .stores import list_files

Tell = Callable[[str], None]


def clips_of(
    inputs: Sequence[str],
    *,
    recursive: bool,
    public_only: bool = False,
    tell: Tell | None = None,
) -> list[Clip]:
    """The clips that the INPUTs stand for, each once, in the order given, in a folder by name.

    recursive: whether the folders in a folder are searched, too. public_only: whether addresses of
    private networks are refused. tell: is called with a line about each file in a folder that has
    the name of a video, but is left out; default: nobody is told.
    Raises SourceError where a folder holds no video or a pattern matches no file, ArgumentError for
    `recursive` without a folder.
    """
    found: dict[str, Clip] = {}
    folders = 0
    for name in inputs:
        if name == "-" and len(inputs) > 1:
            raise ArgumentError("- is a pipe, which cannot be one of many: give it alone")
        for clip, of_folder in _clips_of_input(name, recursive, public_only, tell or _ignore):
            folders += of_folder
            name = clip.input if is_url(clip.input) else os.path.normpath(clip.input)
            found.setdefault(name, clip)
    if recursive and not folders:
        raise ArgumentError(
            "--recursive has no effect without a folder: give one as INPUT, or leave it out"
        )
    return list(found.values())


def is_several(name: str) -> bool:
    """Whether an INPUT stands for any number of clips: a folder, or a pattern to expand.

    A folder or a pattern of pictures stands for one clip, see sequence.is_sequence.
    """
    if is_sequence(name):
        return False
    return folder_exists(name) or (glob.has_magic(name) and not os.path.lexists(name))


def _clips_of_input(
    name: str, recursive: bool, public_only: bool, tell: Tell
) -> Iterator[tuple[Clip, bool]]:
    """The clips of one INPUT, and whether each was found in a folder."""
    if is_url(name):
        if not _may_be_folder(name):
            yield Clip(name), False
            return
        urls = list_files(name, recursive=recursive, public_only=public_only)
        base = name if name.endswith("/") else f"{name}/"
        clips = [
            Clip(url, url.removeprefix(base).rpartition("/")[0] if url.startswith(base) else "")
            for url in urls
            if is_video(url)
        ]
    elif folder_exists(name):
        clips = list(_in_folder(Path(name), recursive, tell))
        clips = clips or list(_of_pictures(Path(name), recursive))
    elif is_several(name):
        matching = glob.glob(name, recursive=True)  # noqa: PTH207 (Path.glob takes relative ones)
        clips = [Clip(path) for path in sorted(matching)]
        clips = [clip for clip in clips if is_sequence(clip.input) or not folder_exists(clip.input)]
        if not clips:
            raise SourceError(f"no file is called {name}: check the pattern, and where it begins")
    else:
        yield Clip(name), False
        return
    if not clips:
        deeper = "" if recursive else ", or --recursive to look into its folders"
        raise SourceError(
            f"{masked_url(name)} holds no video that its name tells, and no pictures: give the"
            f" files{deeper}"
        )
    for clip in clips:
        yield clip, True


def _in_folder(top: Path, recursive: bool, tell: Tell) -> Iterator[Clip]:
    """The videos in a folder, by name, without hidden ones and those behind links to folders.

    Two kinds of file are left out, too, and `tell` is called for each: what is no regular file,
    such as a pipe, which could block for ever; and a link that leads out of the folder, to a file
    that nobody named.
    """
    real_top = os.path.realpath(top)
    for folder, below, names in os.walk(top, onerror=_raise_unreadable):
        below[:] = sorted(name for name in below if recursive and not name.startswith("."))
        inside = Path(folder).relative_to(top).as_posix()
        for name in sorted(names):
            if not is_video(name):
                continue
            path = Path(folder, name)
            if why := why_left_out(path, real_top):
                tell(f"{path} {why}: give it by name, if it is meant")
            else:
                yield Clip(str(path), "" if inside == "." else inside)


def _of_pictures(top: Path, recursive: bool) -> Iterator[Clip]:
    """The folders of pictures in a folder without videos, by name, each of which makes one video.

    They are the folder itself, where pictures lie in it, and else the folders in it; with
    `recursive`, all at any depth. Hidden ones are left out, and links to folders.
    """
    if is_sequence(top):
        yield Clip(str(top))
        if not recursive:
            return
    for folder, below, _ in os.walk(top, onerror=_raise_unreadable):
        below[:] = sorted(name for name in below if not name.startswith("."))
        inside = Path(folder).relative_to(top).as_posix()
        for name in below:
            path = Path(folder, name)
            if is_sequence(path) and not path.is_symlink():
                yield Clip(str(path), "" if inside == "." else inside)
        if not recursive:
            return


def _ignore(line: str) -> None:
    """Tell nobody."""


def _may_be_folder(url: str) -> bool:
    """Whether a URL may be a folder or a pattern, so that its store has to be asked.

    A last part with an ending is taken for the name of a file.
    """
    path = url.partition("?")[0]
    return path.endswith("/") or glob.has_magic(path) or "." not in path.rpartition("/")[2]


def _raise_unreadable(error: OSError) -> None:
    """Raise SourceError for a folder that cannot be read."""
    raise SourceError(f"{error.filename} cannot be read: {error.strerror}") from error
