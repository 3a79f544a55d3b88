"""Compares rollscan with gifski, ffmpeg and MoviePy: bytes, picture and time on the same frames.

usage: python benchmarks/compare.py CLIP ... [--width 320] [--fps 20] [--seconds 6] [--runs 3]
       [--gifski PATH]

Prints one table per clip and a summary, as Markdown. All figures come from one run on one machine:
read the ratios, not the seconds.

score    mean SSIMULACRA2 of 12 frames against the composed frames in true colour (100 = identical,
         70 = high, 50 = medium).
lead     the score minus gifski's at the same bytes, along gifski's own curve of qualities.
whole    wall seconds from the video to the file, the median of --runs: for gifski and ffmpeg that
         of composing with rollscan and handing the frames over, to ffmpeg through a pipe, to gifski
         as PNG files, as it takes no pipe.
encoding wall seconds from PNG frames of the composition to the file, all in one process.
floor    starting Python, importing MoviePy, and ffmpeg decoding and scaling the clip to nowhere.
memory   the largest resident size of any process on the whole way.

needs:   pip install rollscan ssimulacra2; gifski on the PATH, or --gifski. What is not installed is
         left out, and said.
"""

from __future__ import annotations

import argparse
import importlib.util
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from PIL import Image

from rollscan import RollingClip
from rollscan.gif import DEFAULT_QUALITY

GIFSKI_QUALITIES = (60, 75, 85, 95)
OWN_QUALITIES = (60, 75, 90)
SCORED_FRAMES = 12
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()

Command = tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """One tool's GIF of one clip."""

    tool: str
    bytes: int
    score: float  # nan if it cannot be measured
    whole: float  # seconds from the video to the file
    encoding: float  # seconds from composed frames to the file; nan if that cannot be told apart
    memory: float  # MiB


def main() -> None:
    """Compare on every clip and sum up."""
    args = _arguments()
    if not importlib.util.find_spec("ssimulacra2"):
        print("ssimulacra2 is not installed: no scores", file=sys.stderr)
    if not args.gifski:
        print("gifski is not found: not compared", file=sys.stderr)
    summaries = [_compare(clip, args) for clip in args.clips]
    print("## Summary\n")
    print("| clip | lead at default | x faster than gifski: whole way | encoding alone ", end="")
    print("| than the MoviePy script | x the floor |")
    print("|---|---|---|---|---|---|")
    for clip, figures in zip(args.clips, summaries, strict=True):
        print(f"| {Path(clip).name} | " + " | ".join(figures) + " |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", metavar="CLIP")
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--fps", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--gifski", default=shutil.which("gifski"))
    return parser.parse_args()


def _compare(clip: str, args: argparse.Namespace) -> list[str]:
    """Print the clip's table; return its line of the summary."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.gif"
        with RollingClip.open(clip, width=args.width, fps=args.fps, end=args.seconds) as rolling:
            reference = list(rolling.iter_frames(fps=args.fps, dtype="uint8"))
        pngs = []
        for k, frame in enumerate(reference):
            pngs.append(f"{folder}/{k:05d}.png")
            Image.fromarray(frame).save(pngs[-1], compress_level=1)

        def run(tool: str, whole: Command, encoding: Command = ()) -> Result:
            alone = _measured(encoding, args.runs)[0] if encoding else np.nan
            seconds, memory = _measured(whole, args.runs)
            size = out.stat().st_size
            return Result(
                tool, size, _score(reference, args.fps, out, folder), seconds, alone, memory
            )

        rows, gifski = [], []
        for quality in (None, *OWN_QUALITIES):
            name = f"rollscan --quality {quality}" if quality else "rollscan"
            rows.append(run(name, *_rollscan(clip, args, quality, out, folder)))
        for quality in GIFSKI_QUALITIES if args.gifski else ():
            command = (
                args.gifski,
                "--fps",
                str(args.fps),
                "-Q",
                str(quality),
                "-o",
                str(out),
                *pngs,
            )
            whole = _composed(clip, args, folder, *command)
            gifski.append(run(f"gifski -Q {quality}", whole, command))
        height, width, _ = reference[0].shape
        for name, dither in (("ffmpeg", "sierra2_4a"), ("ffmpeg, no dithering", "none")):
            piped = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "-")
            whole = _composed(clip, args, "", *_ffmpeg(args, dither, out, *piped))
            alone = _ffmpeg(args, dither, out, "-i", f"{folder}/%05d.png")
            rows.append(run(name, whole, alone))
        script = str(Path(__file__).with_name("moviepy_script.py"))
        asked = (str(args.width), str(args.fps), str(args.seconds))
        moviepy = run("MoviePy script", (sys.executable, script, str(clip), str(out), *asked))
        floor, _ = _measured(_floor_command(clip, args), args.runs)
        print(f"## {Path(clip).name}: {len(reference)} frames of {width}x{height}\n")
        _print_table([*rows, *gifski, moviepy], gifski)
        return _summary(rows[0], gifski, moviepy, floor)


_ENCODE = """
import sys
from pathlib import Path
import numpy as np
from PIL import Image
from rollscan.gif import constant_delays, write_gif
folder, fps, quality, out = sys.argv[1:]
frames = (np.asarray(Image.open(path)) for path in sorted(Path(folder).glob("0*.png")))
with open(out, "wb") as file:
    write_gif(file, frames, constant_delays(float(fps)), quality=int(quality))
"""

_COMPOSE = """
import subprocess, sys
from PIL import Image
from rollscan import RollingClip
clip, width, fps, seconds, folder, *command = sys.argv[1:]
with RollingClip.open(clip, width=int(width), fps=float(fps), end=float(seconds)) as rolling:
    frames = rolling.iter_frames(fps=float(fps), dtype="uint8")
    if folder:
        for k, frame in enumerate(frames):
            Image.fromarray(frame).save(f"{folder}/{k:05d}.png", compress_level=1)
        status = subprocess.run(command).returncode
    else:
        tool = subprocess.Popen(command, stdin=subprocess.PIPE)
        for frame in frames:
            tool.stdin.write(frame.tobytes())
        tool.stdin.close()
        status = tool.wait()
sys.exit(status)
"""


def _rollscan(
    clip: str, args: argparse.Namespace, quality: int | None, out: Path, folder: str
) -> tuple[Command, Command]:
    """rollscan's whole way and its encoding alone; its default quality if None."""
    size = ("--width", str(args.width), "--fps", str(args.fps), "--end", str(args.seconds))
    asked = ("--quality", str(quality)) if quality else ()
    asked = ("--gif", str(out), "--quiet", *size, *asked)
    whole = (sys.executable, "-m", "rollscan", str(clip), *asked)
    settings = (str(args.fps), str(quality or DEFAULT_QUALITY), str(out))
    return whole, (sys.executable, "-c", _ENCODE, folder, *settings)


def _composed(clip: str, args: argparse.Namespace, folder: str, *command: str) -> Command:
    """Composing the clip and handing it to a command: as PNG files in a folder, or else piped."""
    asked = (str(clip), str(args.width), str(args.fps), str(args.seconds), folder)
    return (sys.executable, "-c", _COMPOSE, *asked, *command)


def _ffmpeg(args: argparse.Namespace, dither: str, out: Path, *frames: str) -> Command:
    graph = f"split[a][b];[a]palettegen[p];[b][p]paletteuse=dither={dither}"
    rate = ("-framerate", str(args.fps))
    return (FFMPEG, "-v", "error", "-y", *rate, *frames, "-vf", graph, str(out))


def _floor_command(clip: str, args: argparse.Namespace) -> Command:
    code = (
        "import subprocess, sys, moviepy;"
        "subprocess.run([sys.argv[1], '-v', 'error', '-t', sys.argv[3], '-i', sys.argv[2],"
        " '-an', '-vf', 'scale=' + sys.argv[4] + ':-2', '-f', 'null', '-'], check=True)"
    )
    return (sys.executable, "-c", code, FFMPEG, str(clip), str(args.seconds), str(args.width))


# A process is counted as large as the one that started it, at least: so a small one starts it.
_LAUNCHER = """
import os, sys, time
nowhere = os.open(os.devnull, os.O_RDWR)
streams = [(os.POSIX_SPAWN_DUP2, nowhere, stream) for stream in (1, 2)]
began = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=streams)
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - began, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
"""


def _measured(command: Command, runs: int) -> tuple[float, float]:
    """Median wall seconds, and the largest resident MiB, of the command."""
    times, peak = [], 0
    for _ in range(runs):
        launched = (sys.executable, "-S", "-c", _LAUNCHER, *command)
        seconds, memory, status = subprocess.check_output(launched, text=True).split()
        if int(status):
            raise SystemExit(f"{' '.join(command[:4])} ... ended with {status}")
        times.append(float(seconds))
        peak = max(peak, int(memory))
    return statistics.median(times), peak / 1024


def _score(reference: list[np.ndarray], fps: float, gif: Path, folder: str) -> float:
    """Mean SSIMULACRA2 of frames spread over the GIF."""
    if not importlib.util.find_spec("ssimulacra2"):
        return float("nan")
    from ssimulacra2 import compute_ssimulacra2

    count = len(reference)
    scored = set(np.linspace(count // 8, count - 1, SCORED_FRAMES).astype(int).tolist())
    a, b = f"{folder}/a.png", f"{folder}/b.png"
    scores = []
    for k, shown in enumerate(_shown(gif, fps, count)):
        if k in scored:
            Image.fromarray(reference[k]).save(a, compress_level=1)
            shown.save(b, compress_level=1)
            scores.append(compute_ssimulacra2(a, b))
    return float(np.mean(scores))


def _shown(gif: Path, fps: float, count: int) -> Iterator[Image.Image]:
    """What the GIF shows half way through the time of each of the first `count` frames at `fps`.

    By time and not by number, as some writers leave out frames that repeat the one before.
    """
    with Image.open(gif) as image:
        ends, pictures = [], []
        for k in range(getattr(image, "n_frames", 1)):
            image.seek(k)
            pictures.append(image.convert("RGB"))
            ends.append((ends[-1] if ends else 0) + image.info.get("duration", 0))
        for k in range(count):
            middle = 1000 * (k + 0.5) / fps  # milliseconds
            yield pictures[min(int(np.searchsorted(ends, middle, "right")), len(ends) - 1)]


def _along(gifski: list[Result], size: int, what: str) -> float:
    """gifski's score or seconds at `size` bytes, between its own; nan without gifski."""
    if not gifski:
        return float("nan")
    known = [getattr(result, what) for result in gifski]
    return float(np.interp(np.log(size), np.log([result.bytes for result in gifski]), known))


def _print_table(rows: list[Result], gifski: list[Result]) -> None:
    print("| | kB | score | lead | whole, s | encoding, s | MiB |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for row in rows:
        lead = row.score - _along(gifski, row.bytes, "score")
        print(
            f"| {row.tool} | {row.bytes / 1e3:.0f} | {row.score:.1f} | {lead:+.1f}"
            f" | {row.whole:.2f} | {row.encoding:.2f} | {row.memory:.0f} |"
        )
    print()


def _summary(own: Result, gifski: list[Result], moviepy: Result, floor: float) -> list[str]:
    return [
        f"{own.score - _along(gifski, own.bytes, 'score'):+.1f}",
        f"{_along(gifski, own.bytes, 'whole') / own.whole:.1f}",
        f"{_along(gifski, own.bytes, 'encoding') / own.encoding:.1f}",
        f"{moviepy.whole / own.whole:.1f}, {own.bytes / moviepy.bytes:.0%} of the bytes",
        f"{own.whole / floor:.1f}",
    ]


if __name__ == "__main__":
    main()
