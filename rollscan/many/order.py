"""Owns the order for one clip among many, and its outcome; both are only data."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ..deliver.part_names import number_of, part_name
from ..job import Job
from ..limits import DEFAULTS, Limits
from ..result import Written

Outcomes = Generator["Outcome", None, None]  # as clips end; closing it ends all work under way
Tick = Callable[[float], None]  # is called with the sum of the done shares of clips under way
Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True)
class Order:
    """One clip, and what to make of it. Orders of a batch share all but `input` and `outputs`."""

    input: str  # a path or a URL, as it was given
    outputs: Mapping[str, str]  # by the field of Job: a path or a URL
    settings: Job  # of the job; its own input and outputs are replaced by those of the order
    endings: Mapping[str, tuple[str, ...]]  # by field: of its one file, or of each platform's file
    within: Mapping[str, str]  # by field: the folder that must exist; those below it are made
    resume: bool = False  # whether the clip is skipped if its files are up to date
    limits: Limits = DEFAULTS  # on what the job may take, on whatever machine
    public_only: bool = False  # whether addresses of private networks are refused

    def job(self, source: Path, outputs: Mapping[str, Path]) -> Job:
        """The job that reads `source` and writes `outputs`, by field."""
        paths: dict[str, Any] = {"input": source, **outputs}
        return self.settings.over(**paths)

    def renamed(self, rename: Callable[[str], str]) -> Order:
        """The order with `rename` applied to the names of its clip, outputs and folders."""
        outputs = {field: rename(name) for field, name in self.outputs.items()}
        within = {field: rename(name) for field, name in self.within.items()}
        return replace(self, input=rename(self.input), outputs=outputs, within=within)

    def files(self) -> Iterator[tuple[str, str]]:
        """The field and the name of every file that the order makes."""
        for field, name in self.outputs.items():
            stem = name[: len(name) - len(Path(name).suffix)]
            for ending in self.endings[field]:
                yield field, stem + ending


@dataclass(frozen=True)
class Certificates:
    """The PEM files with which a cluster is joined over TLS."""

    ca_file: str  # certificates of the authority that has signed those of the cluster
    cert: str
    key: str | None = None  # None: the file `cert` holds the key, too


@dataclass(frozen=True)
class Outcome:
    """The result of one order."""

    input: str
    status: Status
    seconds: float = 0  # that the work took
    files: tuple[str, ...] = ()  # the path or the URL of each file
    written: tuple[Written, ...] = ()  # facts about each file; empty for a skipped clip
    error: str = ""  # why it failed, in one line

    def renamed(self, order: Order, rename: Callable[[str], str]) -> Outcome:
        """The outcome of `order.renamed(rename)` with the names of `order` itself."""
        files = tuple(
            part_name(name, number)
            for file in self.files
            for _, name in order.files()
            if (number := number_of(file, rename(name))) is not None
        )
        error = self.error.replace(rename(order.input), order.input)
        return replace(self, input=order.input, files=files, error=error)
