"""Measures strip photographs: their time over that of decoding alone, and their memory.

usage: python benchmarks/strips.py [CLIP ...] [--minutes 60]

Without a clip, two are drawn, in which the camera goes past a wall: one of 79.5 s, 768x576 at 10
frames a second, and one of so many minutes, 1080p at 30. Of the latter, one minute is drawn and
repeated. Decoding alone is ffmpeg that decodes every frame and throws it away. Seconds are those of
the clock and those of all cores together, of whole processes, after a first one that is not
counted. Memory is the peak of the largest process.
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

import imageio_ffmpeg
from PIL import Image

Image.MAX_IMAGE_PIXELS = None  # strips are long, and our own

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
MODES = ("--strip fit", "--strip film", "--pace 200px", "--strip moving")
WALL = "testsrc2=s={size}:r={rate}:d={seconds},scroll=h='0.002',noise=alls=3:allf=t"


def main() -> None:
    """Print a table of each clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*", metavar="CLIP", type=Path)
    parser.add_argument("--minutes", type=float, default=60, help="of the long clip that is drawn")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for clip in options.clips or drawn(Path(folder), options.minutes):
            measure(clip, Path(folder) / "strip.png")


def drawn(folder: Path, minutes: float) -> Iterator[Path]:
    """The two clips of the wall."""
    yield draw(folder / "short.mp4", size="768x576", rate=10, seconds=79.5)
    minute = draw(folder / "minute.mp4", size="1920x1080", rate=30, seconds=min(60, 60 * minutes))
    long = folder / "long.mp4"
    rounds = ("-stream_loop", str(max(0, round(minutes) - 1)))
    subprocess.run([FFMPEG, "-v", "error", *rounds, "-i", minute, "-c", "copy", long], check=True)
    minute.unlink()
    yield long


def draw(path: Path, **about: str | float) -> Path:
    """A clip of the wall."""
    print(f"drawing {about}", file=sys.stderr)
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-crf", "28")
    drawing = ("-f", "lavfi", "-i", WALL.format(**about))
    subprocess.run([FFMPEG, "-v", "error", *drawing, *codec, path], check=True)
    return path


def measure(clip: Path, strip: Path) -> None:
    """Print what each kind of strip photograph of a clip takes."""
    decoding = [FFMPEG, "-v", "error", "-i", str(clip), "-an", "-f", "null", "-"]
    taken(decoding)
    alone, cores, memory = taken(decoding)
    print(f"\n| {clip.name} | picture | s | of decoding | s of cores | of decoding | MiB |")
    print("|---|---|---:|---:|---:|---:|---:|")
    print(f"| decoding alone | | {alone:.2f} | | {cores:.2f} | | {memory:.0f} |", flush=True)
    for mode in MODES:
        words = ["-m", "rollscan", str(clip), "--still", str(strip), "--quiet", *mode.split()]
        seconds, of_cores, memory = taken([sys.executable, *words])
        with Image.open(strip) as image:
            size = "{}x{}".format(*image.size)
        shares = f"{seconds:.2f} | {seconds / alone:.2f} | {of_cores:.2f} | {of_cores / cores:.2f}"
        print(f"| {mode} | {size} | {shares} | {memory:.0f} |", flush=True)


def taken(command: list[str]) -> tuple[float, float, float]:
    """The seconds that a process takes, by the clock and of all cores, and its peak of memory.

    Those of its children count; of memory, in MiB, that of the largest of them.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    seconds = time.perf_counter() - began
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
