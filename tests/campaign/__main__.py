"""The command: runs cases of each kind, prints a table and every failure with its number."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from .case import line
from .kinds import KINDS, Outcome, attack
from .seeds import Seeds


def main() -> int:
    """Run the campaign. Returns 1 where a case failed."""
    asked = _parser().parse_args()
    unknown = set(asked.kinds) - set(KINDS)
    if unknown or (asked.only is not None and len(asked.kinds) != 1):
        print(f"--kinds: give some of {' '.join(KINDS)}; just one with --only", file=sys.stderr)
        return 2
    os.nice(asked.nice)
    folder = Path(tempfile.mkdtemp(prefix="campaign-"))
    print(f"seed {asked.seed}, in {folder}", flush=True)
    (folder / "seeds").mkdir()
    seeds = Seeds(folder / "seeds")
    if asked.only is not None:
        outcome = attack(asked.kinds[0], asked.only, asked.seed, folder, seeds)
        print(f"{outcome}\n{shlex.join(line(outcome.case))}\nkept in {folder}")
        return bool(outcome.why)
    outcomes = []
    for outcome in _outcomes(asked, folder, seeds):
        outcomes.append(outcome)
        if outcome.why:
            print(outcome, flush=True)
    print(_table(outcomes))
    shutil.rmtree(folder, ignore_errors=True)
    return any(outcome.why for outcome in outcomes)


def _outcomes(asked: argparse.Namespace, folder: Path, seeds: Seeds) -> Iterator[Outcome]:
    """What comes of the cases, kinds in turn, until there are enough or time is up."""
    began = time.monotonic()
    numbers = (
        (kind, k) for k in range(asked.first, asked.first + asked.count) for kind in asked.kinds
    )
    running: set[Future[Outcome]] = set()
    with ThreadPoolExecutor(asked.jobs) as pool:
        while True:
            while len(running) < asked.jobs and time.monotonic() - began < asked.seconds:
                if not (following := next(numbers, None)):
                    break
                running.add(pool.submit(attack, *following, asked.seed, folder, seeds))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _table(outcomes: list[Outcome]) -> str:
    rows = [("kind", "cases", "ok", "refused", "failed")]
    for kind in KINDS:
        of_kind = [outcome.verdict for outcome in outcomes if outcome.kind == kind]
        counts = [of_kind.count(verdict) for verdict in ("ok", "refused", "failed")]
        if of_kind:
            rows.append((kind, *map(str, [len(of_kind), *counts])))
    return "\n".join(f"{row[0]:<10}" + "".join(f"{cell:>9}" for cell in row[1:]) for row in rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), metavar="KIND")
    parser.add_argument("--count", type=int, default=100, help="cases of each kind (100)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (0)")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin none after S")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other cases (0)")
    parser.add_argument(
        "--only", type=int, metavar="NUMBER", help="repeat one case, keep its files"
    )
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time (2)")
    parser.add_argument("--nice", type=int, default=10, help="how nice to be to others (10)")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
