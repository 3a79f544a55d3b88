"""Owns the run of a batch: it chooses the engine, and keeps the report."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import Any

from ..checks import check_whole
from ..deliver.output import check_writable
from ..errors import ArgumentError
from . import cores
from .batch import Batch
from .order import Certificates, Outcomes, Tick
from .report import Report


def outcomes(batch: Batch, options: Mapping[str, Any], tick: Tick | None = None) -> Outcomes:
    """Run a batch on this machine's cores or on a cluster; yield each outcome as its clip ends.

    options: of the command line, of which jobs, cluster, report, sheet and those that begin with
    tls_ are used. tick: see order.Tick. Raises ArgumentError for a wrong one, and OutputError for a
    file that cannot be written, before any work.
    """
    jobs = min(len(batch), options.get("jobs", cores.usual_jobs()))
    if "jobs" in options:
        check_whole("jobs", options["jobs"], least=1)
    address = options.get("cluster")
    tls = _certificates(options, address)
    if "jobs" in options and address not in (None, "local"):
        raise ArgumentError(
            f"--jobs has no effect with --cluster {address}, whose workers"
            " do as many at a time as they have threads: leave it out"
        )
    report = None
    for name in ("report", "sheet"):
        if name in options:
            batch.check_apart(options[name])
    if "report" in options:
        report = Report(options["report"])
    if "sheet" in options:
        check_writable(options["sheet"])
    done = _with_report(_run_on_engine(batch, jobs, address, tls, tick), report)
    if "sheet" not in options:
        return done
    from .strip_sheet import with_sheet

    return with_sheet(done, batch, options["sheet"])


def _certificates(options: Mapping[str, Any], address: str | None) -> Certificates | None:
    """The files with which a cluster is joined over TLS; None where no option names one."""
    given = {
        field.name: options[f"tls_{field.name}"]
        for field in fields(Certificates)
        if f"tls_{field.name}" in options
    }
    if not given:
        return None
    first = f"tls_{next(iter(given))}"
    if address in (None, "local"):
        why = "without --cluster" if address is None else "with --cluster local, which has its own"
        raise ArgumentError(f"{first} has no effect {why}: leave it out", first)
    for name in ("ca_file", "cert"):
        if name not in given:
            raise ArgumentError(f"{first} needs tls_{name} as well: add that", first, f"tls_{name}")
    for name, file in given.items():
        if not Path(file).is_file():
            raise ArgumentError(f"tls_{name} is {file}, and there is no such file", f"tls_{name}")
    return Certificates(**given)


def _run_on_engine(
    batch: Batch, jobs: int, address: str | None, tls: Certificates | None, tick: Tick | None
) -> Outcomes:
    """The outcomes of a batch from its engine."""
    if address is None:
        return cores.outcomes(batch, jobs, tick)
    from . import cluster

    return cluster.outcomes(batch, address, jobs, tick, tls)


def _with_report(done: Outcomes, report: Report | None) -> Outcomes:
    """The same outcomes, each of which is in the report before it is yielded."""
    try:
        with closing(done):
            for outcome in done:
                if report:
                    report.add(outcome)
                yield outcome
    finally:
        if report:
            report.close()
