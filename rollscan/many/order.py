"""Owns what is asked of one clip among many, and what came of it. Does nothing."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..job import Job
from ..limits import DEFAULTS, Limits
from ..result import Written

Outcomes = Generator["Outcome", None, None]  # as they end; to close it ends all that is under way
Tick = Callable[[float], None]  # is told how many of the clips under way are done, in all
Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True)
class Order:
    """One clip, and what to make of it. All but `input` and `outputs` is shared by many."""

    input: str  # a path or a URL, as it was given
    outputs: Mapping[str, str]  # by the field of Job: a path or a URL
    how: Job  # all else that is asked for; its own input and outputs are those of no clip
    endings: Mapping[str, tuple[str, ...]]  # by field, those of the files: one, or each platform's
    within: Mapping[str, str]  # by field: the folder that must be there; those below it are made
    resume: bool = False  # whether a clip whose files are there is left alone
    limits: Limits = DEFAULTS  # on what it may take, wherever it is done
    public_only: bool = False  # whether addresses of private networks are refused

    def job(self, source: Path, outputs: Mapping[str, Path]) -> Job:
        """The job that reads `source` and writes `outputs`, by field."""
        paths: dict[str, Any] = {"input": source, **outputs}
        return self.how.over(**paths)

    def renamed(self, rename: Callable[[str], str]) -> Order:
        """The order with other names for the same files."""
        outputs = {field: rename(name) for field, name in self.outputs.items()}
        within = {field: rename(name) for field, name in self.within.items()}
        return replace(self, input=rename(self.input), outputs=outputs, within=within)

    def files(self) -> Iterator[tuple[str, str]]:
        """The field and the name of every file that comes of it."""
        for field, name in self.outputs.items():
            stem = name[: len(name) - len(Path(name).suffix)]
            for ending in self.endings[field]:
                yield field, stem + ending


@dataclass(frozen=True)
class Certificates:
    """The files, in PEM, with which a cluster is joined by TLS."""

    ca_file: str  # of the authority that the cluster's certificates are of
    cert: str
    key: str | None = None  # None where the certificate's file holds it


@dataclass(frozen=True)
class Outcome:
    """What came of one clip."""

    input: str
    status: Status
    seconds: float = 0  # that it took
    files: tuple[str, ...] = ()  # where each file is: a path or a URL
    written: tuple[Written, ...] = ()  # what each is; nothing is known of those skipped
    error: str = ""  # why it failed, in one line

    def renamed(self, order: Order, rename: Callable[[str], str]) -> Outcome:
        """The outcome of a renamed order, with the names that the order itself has."""
        given = {rename(name): name for _, name in order.files()}
        files = tuple(given[name] for name in self.files)
        error = self.error.replace(rename(order.input), order.input)
        return replace(self, input=order.input, files=files, error=error)
