"""Measures strip photographs: their time over that of decoding alone, and their memory.

usage: python benchmarks/strips.py [CLIP ...] [--minutes 60]

Without a clip, one is drawn: a camera that goes past a wall at a changing speed, 1080p at 30 frames
a second, so many minutes long. Decoding alone is ffmpeg that decodes every frame and throws it
away. Times are wall times of whole processes, and memory is the peak of the largest of them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

Image.MAX_IMAGE_PIXELS = None  # strips are long, and our own

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
MODES = ("--strip fit", "--strip film", "--pace 200px", "--strip moving")
WALL = "testsrc2=s=1920x1080:r=30:d={seconds},scroll=h='0.004',noise=alls=3:allf=t"


def main() -> None:
    """Print a table of each clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*", metavar="CLIP", type=Path)
    parser.add_argument("--minutes", type=float, default=60, help="of the clip that is drawn")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for clip in options.clips or [drawn(Path(folder) / "wall.mp4", options.minutes * 60)]:
            measure(clip, Path(folder) / "strip.png")


def drawn(path: Path, seconds: float) -> Path:
    """A clip of the wall."""
    print(f"drawing {seconds:g} s", file=sys.stderr)
    codec = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-crf", "28")
    drawing = ("-f", "lavfi", "-i", WALL.format(seconds=seconds))
    subprocess.run([FFMPEG, "-v", "error", *drawing, *codec, path], check=True)
    return path


def measure(clip: Path, strip: Path) -> None:
    """Print what each kind of strip photograph of a clip takes."""
    alone, memory = taken([FFMPEG, "-v", "error", "-i", str(clip), "-an", "-f", "null", "-"])
    print(f"\n| {clip.name} | picture | s | of decoding alone | MiB |\n|---|---|---:|---:|---:|")
    print(f"| decoding alone | | {alone:.2f} | | {memory:.0f} |")
    for mode in MODES:
        words = ["-m", "rollscan", str(clip), "--still", str(strip), "--quiet", *mode.split()]
        seconds, memory = taken([sys.executable, *words])
        with Image.open(strip) as image:
            size = "{}x{}".format(*image.size)
        print(f"| {mode} | {size} | {seconds:.2f} | {seconds / alone:.2f} | {memory:.0f} |")


def taken(command: list[str]) -> tuple[float, float]:
    """The seconds that a process takes, and its peak of memory, or its children's, in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
