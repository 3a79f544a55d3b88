"""Owns a batch: the order of every clip, and the refusal of what would go wrong before any work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import ArgumentError, OutputError
from ..job import Job
from ..limits import current_limits
from ..look import Look
from ..outputs import outputs_of
from .names import Clip, Pattern
from .order import Order
from .stores import check_url, is_url

_STEM = "clip"


class Batch:
    """The orders of all clips, each made when it is asked for: a million names are held, no more.

    Raises ArgumentError for what no job could be made of, and where two clips would write one file
    or a clip would be written over; OutputError where a folder is missing.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        outputs: Mapping[str, str],
        how: Job,
        *,
        look: str | None = None,
        resume: bool = False,
        public_only: bool = False,
        here: bool = True,
    ) -> None:
        """outputs: as given, by the field of Job. look: the name of the look chosen, if it has one.

        public_only: whether addresses of private networks, and of this machine, are refused.
        here: whether paths are this machine's, so that their folders can be looked for.
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
        self._how = how.over(**named)
        self._endings = {
            field: tuple(path.name.removeprefix(_STEM) for path in paths)
            for field, paths in outputs_of(self._how).items()
        }
        self._within = {pattern.option: pattern.within for pattern in self._patterns}
        for url in filter(is_url, [*outputs.values(), *(clip.input for clip in clips)]):
            check_url(url)
        if resume and not how.recipe:
            raise ArgumentError(
                "--resume tells by the look in a file what is done: leave out --no-recipe, or"
                " --resume"
            )
        if here:
            self._make_folders(outputs)
        self._check_names()

    @property
    def look(self) -> Look:
        """The look of all."""
        return self._how.look

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
                self._how,
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
        """Raise ArgumentError where the path is one of a clip or of a file to be made."""
        key = _key(path)
        for order in self:
            if key in {_key(order.input), *(_key(name) for _, name in order.files())}:
                raise ArgumentError(f"{path} is a clip or a file to be made: give another name")

    def _make_folders(self, outputs: Mapping[str, str]) -> None:
        """Make the folders that are named as such and not there. Raises OutputError where not."""
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
        """Raise ArgumentError for two clips with one file between them, and for clips lost."""
        seen: set[int] = set()  # hashes, which a million of take less than their names
        for order in self:
            for _, name in order.files():
                key = _key(name)
                if hash(key) in seen and (other := self._first_with(key, order)):
                    raise ArgumentError(
                        f"{other} and {order.input} would both be written to {name}: give a folder,"
                        " or put {name}, {ext} or {folder} into the name"
                    )
                seen.add(hash(key))
                if hash(key) in self._inputs and (clip := self._clip_at(key)):
                    raise ArgumentError(
                        f"{name} would be made, and is a clip as well ({clip}): give another"
                        " folder, or leave that clip out"
                    )

    def _first_with(self, key: str, last: Order) -> str | None:
        """The clip before, or the same one, that writes the file of that key."""
        count = 0
        for order in self:
            count += sum(_key(name) == key for _, name in order.files())
            if count and (order.input != last.input or count > 1):
                return order.input
            if order.input == last.input:
                return None
        return None

    def _clip_at(self, key: str) -> str | None:
        return next((clip.input for clip in self._clips if _key(clip.input) == key), None)


def _key(name: str) -> str:
    """What is the same for two names of one file."""
    if is_url(name):
        return name
    key = os.path.normcase(os.path.realpath(name))
    return key.casefold() if sys.platform == "darwin" else key
