"""Owns a batch: an order for each clip, checked for conflicts before any work begins."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ..checks import is_url
from ..deliver.formats import FORMATS
from ..errors import ArgumentError, OutputError
from ..files import same_file_key
from ..job import Job
from ..limits import current_limits
from ..look import Look
from ..outputs import outputs_of
from ..video.sequence import is_picture
from .names import Clip, Pattern
from .order import Order
from .stores import check_url

# Stands for the name of every clip, to find out how its files' names end; with %d for pictures.
_STEM = "clip%d"


class Batch:
    """The orders of all clips, each made when it is iterated over: memory holds only the names.

    Raises ArgumentError for settings that make no job, where two clips would write the same file,
    and where a clip would be overwritten; OutputError where a folder is missing.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        outputs: Mapping[str, str],
        settings: Job,
        *,
        look: str | None = None,
        resume: bool = False,
        public_only: bool = False,
        here: bool = True,
    ) -> None:
        """outputs: patterns or folders as given, by the field of Job.

        settings: those of every job; its own input and outputs are not used. look: the name of the
        look that was chosen, if it was chosen by name. resume: whether a clip whose files are up to
        date is skipped. public_only: whether addresses of private networks, and of this machine,
        are refused. here: whether paths are those of this machine, so that their folders can be
        made or found missing.
        """
        self._clips = clips
        self._patterns = [Pattern.of(field, given) for field, given in outputs.items()]
        self._look = look or ""
        self._resume, self._public_only = resume, public_only
        for pattern in self._patterns:
            if pattern.uses("look") and not look:
                raise ArgumentError(
                    f"{pattern.option} is {pattern.text!r}, and {{look}} is the name of a look:"
                    " choose one with --look, or leave {look} out",
                    pattern.option,
                )
        named: dict[str, Any] = {
            pattern.option: Path(_STEM + Path(pattern.text).suffix) for pattern in self._patterns
        }
        self._settings = settings.over(**named)
        self._endings = {
            field: tuple(path.name.removeprefix(_STEM) for path in paths)
            for field, paths in outputs_of(self._settings).items()
        }
        self._within = {pattern.option: pattern.within for pattern in self._patterns}
        for url in filter(is_url, [*outputs.values(), *(clip.input for clip in clips)]):
            check_url(url)
        for field, given in outputs.items():
            if is_url(given) and field in FORMATS and not FORMATS[field].is_one_file:
                raise ArgumentError(
                    f"{field} is {given}, and numbered pictures are written to folders of this"
                    " machine only: give one",
                    field,
                )
        if resume and not settings.recipe:
            raise ArgumentError(
                "--resume tells by the look in a file what is done: leave out --no-recipe, or"
                " --resume"
            )
        if here:
            self._make_folders(outputs)
        self._check_names()

    @property
    def look(self) -> Look:
        """The look of all clips."""
        return self._settings.look

    def __len__(self) -> int:
        return len(self._clips)

    def __iter__(self) -> Iterator[Order]:
        for clip in self._clips:
            outputs = {
                pattern.option: pattern.filled(clip, self._look) for pattern in self._patterns
            }
            yield Order(
                clip.input,
                outputs,
                self._settings,
                self._endings,
                self._within,
                resume=self._resume,
                limits=current_limits(),
                public_only=self._public_only,
            )

    @cached_property
    def _inputs(self) -> set[int]:
        return {hash(_key(clip.input)) for clip in self._clips}

    def check_apart(self, path: str) -> None:
        """Raise ArgumentError if the path is that of a clip or of a file to be made."""
        key = _key(path)
        for order in self:
            if key in {_key(order.input), *(_key(name) for _, name in order.files())}:
                raise ArgumentError(f"{path} is a clip or a file to be made: give another name")

    def _make_folders(self, outputs: Mapping[str, str]) -> None:
        """Make each missing folder whose name was given with a slash at its end.

        Raises OutputError for any other missing folder, and where one cannot be made.
        """
        for field, folder in self._within.items():
            if is_url(folder) or Path(folder).is_dir():
                continue
            try:
                if not outputs[field].endswith(("/", os.sep)):
                    raise FileNotFoundError
                Path(folder).mkdir(exist_ok=True)
            except OSError as error:
                why = error.strerror or "it is not there"
                raise OutputError(
                    f"{outputs[field]} cannot be written, the folder {folder} cannot be used"
                    f" ({why}): make it"
                ) from None

    def _check_names(self) -> None:
        """Raise ArgumentError where two clips would write one file, or a clip be overwritten."""
        seen: set[int] = set()  # hashes, as a million of them take less memory than the names
        for order in self:
            for _, name in order.files():
                key = _key(name)
                if hash(key) in seen and (other := self._earlier_writer(key, order)):
                    remedy = "give a folder, or put {name}, {ext} or {folder} into the name"
                    if is_picture(other) and is_picture(order.input):
                        remedy += "; to make one video of the pictures, give their folder, or a"
                        remedy += " pattern in quotes, as '*.jpg'"
                    raise ArgumentError(
                        f"{other} and {order.input} would both be written to {name}: {remedy}"
                    )
                seen.add(hash(key))
                if hash(key) in self._inputs and (clip := self._clip_at(key)):
                    raise ArgumentError(
                        f"{name} would be made, and is a clip as well ({clip}): give another"
                        " folder, or leave that clip out"
                    )

    def _earlier_writer(self, key: str, last: Order) -> str | None:
        """The clip that writes the file of `key` before `last` does, or `last` if it does twice."""
        count = 0
        for order in self:
            count += sum(_key(name) == key for _, name in order.files())
            if count and (order.input != last.input or count > 1):
                return order.input
            if order.input == last.input:
                return None
        return None

    def _clip_at(self, key: str) -> str | None:
        """The clip whose file has that key, if there is one."""
        return next((clip.input for clip in self._clips if _key(clip.input) == key), None)


def _key(name: str) -> str:
    """A text that is the same for all names of one file."""
    return name if is_url(name) else same_file_key(name)
