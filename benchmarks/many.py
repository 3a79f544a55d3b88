"""Measures many clips: how many a minute, on cores and on a cluster, and what a long batch holds.

usage: python benchmarks/many.py [--clips 12] [--seconds 5] [--size 640x360] [--rounds 3]
       python benchmarks/many.py --simulated N

Every way is run once in each round, one after the other, so that what else the machine does harms
all alike; of the rounds stands the median. A minute counts from the line of the first clips on:
what a start takes is a column of its own. "over" is what a clip takes more than with as many plain
processes, in the same round: of time, and of the cores' time, which a busy machine changes less.

--simulated N: that many orders which do nothing go through a scheduler and a worker instead, and
the memory of the program that submits them, and of the scheduler, is looked at on the way.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import imageio_ffmpeg

from rollscan.job import Job
from rollscan.many import cluster
from rollscan.many.order import Order, Outcome

WAYS = {
    "1 process": ("--jobs", "1"),
    "2 processes": ("--jobs", "2"),
    "4 processes": ("--jobs", "4"),
    "cluster of 1": ("--jobs", "1", "--cluster", "local"),
    "cluster of 2": ("--jobs", "2", "--cluster", "local"),
}
PLAIN = {"cluster of 1": "1 process", "cluster of 2": "2 processes"}


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=int, default=12, help="at least 5")
    parser.add_argument("--seconds", type=float, default=5, help="that a clip plays")
    parser.add_argument("--size", default="640x360", help="of a clip's picture")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--simulated", type=int, metavar="N")
    options = parser.parse_args()
    if options.simulated:
        simulate(options.simulated)
        return
    with tempfile.TemporaryDirectory() as folder:
        clips = _clips(Path(folder), options.clips, options.seconds, options.size)
        rounds = [
            {way: _run(clips, Path(folder), given) for way, given in WAYS.items()}
            for _ in range(options.rounds)
        ]
    what = f"{options.clips} clips of {options.seconds:g} s, {options.size}"
    print(f"{what}, on {os.cpu_count()} cores")
    print("              clips a minute  first line after  core seconds a clip  over: time   cores")
    for way in WAYS:
        each, start, cores = (median(run[way][k] for run in rounds) for k in range(3))
        over = ""
        if plain := PLAIN.get(way):
            over = "".join(
                f"{median(run[way][k] / run[plain][k] for run in rounds) - 1:+12.1%}"
                for k in (0, 2)
            )
        print(f"{way:14} {60 / each:13.1f} {start:15.1f} s {cores:20.2f}{over}")


def _clips(folder: Path, count: int, seconds: float, size: str) -> list[Path]:
    """Clips that move all over, as a hand-held camera's do."""
    made = []
    for k in range(count):
        path = folder / f"{k}.mp4"
        source = f"testsrc2=s={size}:r=25:d={seconds},rotate=t/{k + 5}"
        line = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", source]
        subprocess.run([*line, "-pix_fmt", "yuv420p", str(path)], check=True)
        made.append(path)
    return made


def _run(clips: list[Path], folder: Path, given: tuple[str, ...]) -> tuple[float, float, float]:
    """Seconds for each clip once the first ones are done, until the first line, and of cores."""
    line = [sys.executable, "-m", "rollscan", *map(str, clips), "--gif", f"{folder}/loops/"]
    began = time.perf_counter()
    ran = subprocess.Popen([*line, *given], stdout=subprocess.PIPE)
    assert ran.stdout
    ended = [time.perf_counter() - began for said in ran.stdout if b" done: " in said]
    _, status, used = os.wait4(ran.pid, 0)
    assert status == 0 and len(ended) == len(clips)
    first = int(given[1])
    each = (ended[-1] - ended[first - 1]) / (len(clips) - first)
    return each, ended[0], (used.ru_utime + used.ru_stime) / len(clips)


def simulate(count: int) -> None:
    """Print how much memory this program and the scheduler take as orders go by."""
    how, endings, within = Job(Path("any")), {"gif": (".gif",)}, {"gif": "s3://bucket/loops"}

    def orders() -> Iterator[Order]:
        for k in range(count):
            outputs = {"gif": f"s3://bucket/loops/{k}.gif"}
            yield Order(f"s3://bucket/clips/{k}.mp4", outputs, how, endings, within)

    def nothing(order: Order, version: str) -> Outcome:
        return Outcome(order.input, "done", files=tuple(order.outputs.values()))

    cluster._attempt = nothing
    cluster._MIN_SUBMITTED = 200  # with the scheduler at a time, for speed
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        options = ["--scheduler-file", str(file), "--no-dashboard"]
        scheduler = _start("scheduler", "--host", "127.0.0.1", "--port", "0", *options)
        worker = _start("worker", "--nthreads", "8", "--no-nanny", *options)
        try:
            while not file.exists():
                time.sleep(0.1)
            began = time.perf_counter()
            for done, _ in enumerate(cluster.outcomes(orders(), str(file), 1), 1):
                if done in (1, 1000, count) or done % (count // 10) == 0:
                    print(
                        f"{done:8} orders: here {_memory(os.getpid()):6.1f} MB, scheduler"
                        f" {_memory(scheduler.pid):6.1f} MB, {time.perf_counter() - began:6.0f} s",
                        flush=True,
                    )
        finally:
            for program in (worker, scheduler):
                program.kill()
                program.wait()


def _start(kind: str, *options: str) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
    return subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _memory(pid: int) -> float:
    """Megabytes that a program holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
