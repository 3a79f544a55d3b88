"""Owns the run of a batch: on which engine, and that its report is kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from ..checks import check_whole
from ..errors import ArgumentError
from . import cores
from .batch import Batch
from .order import Outcomes, Tick
from .report import Report


def outcomes(batch: Batch, options: Mapping[str, Any], tick: Tick | None = None) -> Outcomes:
    """The outcome of each clip as it ends, on this machine's cores or on the cluster asked for.

    options: of the command line; jobs, cluster and report are of use. Raises ArgumentError for
    those that are wrong, before anything is done.
    """
    jobs = min(len(batch), options.get("jobs", cores.usual_jobs()))
    if "jobs" in options:
        check_whole("jobs", options["jobs"], least=1)
    address = options.get("cluster")
    if "jobs" in options and address not in (None, "local"):
        raise ArgumentError(
            f"--jobs has no effect with --cluster {address}, whose workers"
            " do as many at a time as they have threads: leave it out"
        )
    report = None
    if "report" in options:
        batch.check_apart(options["report"])
        report = Report(options["report"])
    return _reported(_done(batch, jobs, address, tick), report)


def _done(batch: Batch, jobs: int, address: str | None, tick: Tick | None) -> Outcomes:
    if address is None:
        return cores.outcomes(batch, jobs, tick)
    from . import cluster

    return cluster.outcomes(batch, address, jobs, tick)


def _reported(done: Outcomes, report: Report | None) -> Outcomes:
    """The same, each written down before anybody is told."""
    try:
        with closing(done):
            for outcome in done:
                if report:
                    report.add(outcome)
                yield outcome
    finally:
        if report:
            report.close()
