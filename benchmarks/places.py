"""Makes loops for every platform, decodes them, and prints what came of it beside the limits.

usage: python benchmarks/places.py CLIP[=LOOP] ... [--portrait CLIP] [--fit blur] [--for NAME,...]
       [--end T] [--keep FOLDER]

Each clip goes to all platforms in one run; LOOP is --loop, by default crossfade. --portrait makes a
phone's clip of another one: 4 s of its middle, 1080x1920 and stored lying, with a note to turn it.
What is in a file is told by ffmpeg and Pillow. The seam is the step from the last frame to the
first, over the median of the steps between frames that differ. Prints Markdown.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageSequence

from rollscan.deliver.platforms import load
from rollscan.deliver.validate import check
from rollscan.job import Job
from rollscan.look import Look
from rollscan.run import render

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def main() -> None:
    """Print one table for each clip."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*", metavar="CLIP[=LOOP]")
    parser.add_argument("--portrait", metavar="CLIP[=LOOP]")
    parser.add_argument("--fit", default="crop")
    parser.add_argument("--slit-width", default="auto")
    parser.add_argument("--for", dest="names", default=",".join(load()), metavar="NAME,...")
    parser.add_argument("--end", type=float, help="seconds of each clip, default all")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.keep or Path(scratch)
        folder.mkdir(exist_ok=True)
        clips = [clip.partition("=") for clip in args.clips]
        if args.portrait:
            name, _, loop = args.portrait.partition("=")
            clips.append((str(_portrait(Path(name), folder)), "=", loop))
        for clip, _, loop in clips:
            look = Look(loop=loop or "crossfade", slit_width=args.slit_width)
            print(f"\n{Path(clip).name}, loop {look.loop}, fit {args.fit}:\n")
            _table(Path(clip), look, args, folder)


def _table(clip: Path, look: Look, args: argparse.Namespace, folder: Path) -> None:
    platforms = [load()[name] for name in args.names.split(",")]
    out: dict[str, Any] = {one.format: folder / f"{clip.stem}.{one.format}" for one in platforms}
    names = tuple(one.name for one in platforms)
    written = render(Job(clip, **out, names=names, look=look, fit=args.fit, end=args.end))
    print("| platform | size | fps | seconds | bytes | of those allowed | part | seam | limits |")
    print("|---|--:|--:|--:|--:|--:|---|--:|---|")
    for made in written:
        name = made.path.stem.removeprefix(f"{clip.stem}-")
        platform = next(
            one
            for one in platforms
            if one.name == name or (name == clip.stem and f".{one.format}" == made.path.suffix)
        )
        size, fps, seconds, seam = _decoded(made.path)
        n_bytes = made.path.stat().st_size
        part = f"{made.part[0]:.1f} to {made.part[1]:.1f}" if made.of and made.part else "all"
        kept = "kept" if not check(made.path, platform) else "; ".join(check(made.path, platform))
        print(
            f"| {platform.name} | {size} | {fps:.3g} | {seconds:.2f} | {n_bytes / 1e3:,.0f} kB"
            f" | {n_bytes / (platform.max_bytes or n_bytes):.0%} | {part} | {seam:.2f} | {kept} |",
            flush=True,
        )


def _decoded(path: Path) -> tuple[str, float, float, float]:
    """Size, frames per second, seconds and seam of a file."""
    if path.suffix in (".gif", ".webp"):
        with Image.open(path) as image:
            size, frames, delays = image.size, [], []
            for frame in ImageSequence.Iterator(image):
                frames.append(_small(frame))
                delays.append(frame.info["duration"])
        seconds = sum(delays) / 1000
    else:
        log = subprocess.run([FFMPEG, "-i", path], stderr=subprocess.PIPE).stderr.decode()
        found = re.search(r"Video:.*?, (\d+)x(\d+)", log)
        clock = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log)
        assert found and clock
        size = (int(found[1]), int(found[2]))
        seconds = int(clock[1]) * 3600 + int(clock[2]) * 60 + float(clock[3])
        scale = ["-vf", "scale=160:160:flags=area", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
        raw = subprocess.run(
            [FFMPEG, "-v", "error", "-i", path, *scale], stdout=subprocess.PIPE, check=True
        ).stdout
        frames = list(np.frombuffer(raw, np.uint8).reshape(-1, 160, 160, 3).astype(np.int16))
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(frames)]
    usual = float(np.median([step for step in steps if step > 0.1] or [1.0]))
    seam = float(np.abs(frames[-1] - frames[0]).mean()) / usual
    return f"{size[0]}x{size[1]}", len(frames) / seconds, seconds, seam


def _small(frame: Image.Image) -> np.ndarray:
    small = frame.convert("RGB").resize((160, 160), Image.Resampling.BOX)
    return np.asarray(small).astype(np.int16)


def _portrait(clip: Path, folder: Path) -> Path:
    """The clip's middle as a phone would store it."""
    lying, path = folder / "lying.mp4", folder / "portrait.mp4"
    turned = "crop=ih*9/16:ih,scale=1080:1920,transpose=clock,fps=30"
    encoding = ["-t", "4", "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"]
    run = [FFMPEG, "-v", "error", "-y"]
    subprocess.run([*run, "-i", clip, "-an", "-vf", turned, *encoding, lying], check=True)
    stored = ["-display_rotation", "90", "-i", lying, "-c", "copy", path]
    subprocess.run([*run, *stored], check=True)
    lying.unlink()
    return path


if __name__ == "__main__":
    main()
