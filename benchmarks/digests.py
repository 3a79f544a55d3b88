"""Prints digests of what rollscan makes, by its public doors: for changes that must not show.

usage: python benchmarks/digests.py [CLIP ...]       print them
       python benchmarks/digests.py --write FILE     write them
       python benchmarks/digests.py --against FILE   list what changed since; status 1 if any did

Every effect, loop, look, format, budget and platform, small and short, on clips drawn here and on
samples/; or on the CLIPs named. PYTHONPATH chooses which rollscan. The digests are those of one
machine with one set of packages.

A line says what was run, then what came of it. Of each file: its size, its frames, a digest of its
decoded pictures and sound with their times, its recipe; of a GIF and a strip photograph, whose
bytes are certain, a digest of the file too. Then what was said of it, but for bytes and time taken.
What is run stands in digest_cases.py.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import hashlib
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from digest_cases import DOORS, OF_ANY, OF_DRAWN, PLACES, SMOOTH
from PIL import Image, ImageSequence

import rollscan
from rollscan.cli import main as rollscan_main

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SIZE, FRAMES, RATE = (144, 96), 40, 25  # of the clip drawn
UNSURE = re.compile(r", [\d.,]+ (bytes|[kKM]?B)\b|, (took|in) [\d.]+ s")


def main() -> int:
    """Print, write or compare the digests."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*", metavar="CLIP", type=Path)
    parser.add_argument("--only", metavar="WORD", default="", help="run what has this in its line")
    result = parser.add_mutually_exclusive_group()
    result.add_argument("--write", metavar="FILE", type=Path)
    result.add_argument("--against", metavar="FILE", type=Path)
    args = parser.parse_args()
    before = args.against.read_text("utf-8").splitlines() if args.against else []
    before = [line for line in before if args.only in line.partition(" => ")[0]]
    clips = [clip.resolve() for clip in args.clips]
    where = (args.write or Path()).resolve()
    lines = []
    for line in _lines(clips, args.only):
        lines.append(line)
        if not (args.write or args.against):
            print(line, flush=True)
    if args.write:
        where.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    if not args.against:
        return 0
    changed = [
        line
        for line in difflib.unified_diff(before, lines, n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    print(*changed, f"{len(lines)} lines, {len(changed)} changed", sep="\n")
    return 1 if changed else 0


def _lines(clips: Sequence[Path], only: str) -> Iterator[str]:
    """Of each case that has the word in it: what was run, and what came of it."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        drawn = _draw(folder)
        jobs = [(clip, options) for clip in clips for options in OF_ANY]
        if not clips:
            jobs += [(drawn, options) for options in (*OF_ANY, *OF_DRAWN)]
            jobs += [
                (SAMPLES / "dancer.mp4", f"{options} --width 96 --start 1 --end 3")
                for options in OF_ANY
            ]
        if find_spec("cv2"):
            jobs += [(clip, options) for clip in clips or [drawn] for options in SMOOTH]
        else:
            print("without OpenCV: nothing of --smooth", file=sys.stderr)
        for clip, options in jobs:
            case = f"{clip.name} {options}"
            if only in case:
                yield from (f"{case} => {line}" for line in _made(folder, clip, options))
        for name, door in () if clips else DOORS.items():
            if only in name:
                with _inside(folder):
                    try:
                        found = _digest(door(drawn))
                    except Exception as error:
                        found = repr(error)
                yield f"{name} => {found}"


def _draw(folder: Path) -> Path:
    """A clip with sound, held shakily in light that flickers: a bar turns before blocks. Its path.

    Beside it the picture and the platforms that some cases ask for.
    """
    (width, height), random = SIZE, np.random.default_rng(20)
    blocks = (
        random.integers(40, 200, (height // 8 + 4, width // 8 + 4, 3)).repeat(8, 0).repeat(8, 1)
    )
    y, x = np.indices((height, width))
    frames = []
    for k, (down, right) in enumerate(random.integers(0, 4, (FRAMES, 2))):
        frame = blocks[down : down + height, right : right + width] * (1 + 0.1 * (k % 2))
        turn = 2 * np.pi * k / FRAMES
        across = (x - width / 2) * np.sin(turn) - (y - height / 2) * np.cos(turn)
        frame[np.abs(across) < 6] = (250, 220 - 4 * k, 30 + 4 * k)
        frames.append(frame.astype(np.uint8).tobytes())
    clip = folder / "drawn.mov"
    command = [
        *(FFMPEG, "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
        *("-r", str(RATE), "-i", "pipe:0", "-f", "lavfi", "-i", "sine=frequency=330:beep_factor=4"),
        *("-shortest", "-c:v", "libx264", "-qp", "0", "-g", "10", "-pix_fmt", "yuv420p"),
        *("-c:a", "pcm_s16le", str(clip)),
    ]
    subprocess.run(command, input=b"".join(frames), check=True)
    Image.fromarray((x * 255 // width * (y > height // 3)).astype(np.uint8)).save(
        folder / "map.png"
    )
    (folder / "places.toml").write_text(re.sub(r"(?m)^(?=\[)", "\n", PLACES), "utf-8")
    return clip


def _made(folder: Path, clip: Path, options: str) -> Iterator[str]:
    """Run the command line in the folder, and tell of each file it makes, and what it said."""
    there = set(folder.iterdir())
    said = io.StringIO()
    with (
        _inside(folder),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            status: object = rollscan_main([os.path.relpath(clip, folder), *options.split()])
        except Exception as error:
            status = repr(error)
    for path in sorted(set(folder.iterdir()) - there):
        yield f"{path.name} {_told(path)}"
        path.unlink()
    yield f"status {status}: {UNSURE.sub('', ' | '.join(said.getvalue().splitlines()))}"


def _told(path: Path) -> str:
    """What a file holds."""
    content = path.read_bytes()
    told = _film(path) if path.suffix in (".mp4", ".webm") else _pictures(path)
    try:
        told += f", recipe {rollscan.Look.of(path).recipe}"
    except rollscan.SourceError:
        told += ", no recipe"
    if path.suffix in (".gif", ".png"):
        told += f", file {hashlib.sha256(content).hexdigest()[:12]}"
    return told


def _film(path: Path) -> str:
    """Of a video: the digest of what ffmpeg decodes, every stream, with times."""
    command = [FFMPEG, "-v", "error", "-i", path, "-map", "0", "-f", "framehash", "-"]
    hashes = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (size,) = re.findall(r"#dimensions 0: (\S+)", hashes)
    frames = len(re.findall(r"(?m)^0,", hashes))
    lines = [line for line in hashes.splitlines() if not line.startswith("#software")]
    return f"{size} {frames} frames {_digest(lines)}"


def _pictures(path: Path) -> str:
    """Of a picture that may move: the digest of what Pillow decodes, with times."""
    with Image.open(path) as image:
        parts: list[Any] = [image.info.get("loop")]
        for frame in ImageSequence.Iterator(image):
            picture = np.asarray(frame.convert("RGBA"))
            parts += [frame.info.get("duration"), picture]
        width, height = image.size
        return f"{width}x{height} {len(parts) // 2} frames {_digest(parts)}"


def _digest(parts: Iterator[Any] | Sequence[Any]) -> str:
    """Of arrays, with their shapes and dtypes, and of whatever else can be told as text."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            digest.update(f"{part.shape} {part.dtype.str}".encode())
            digest.update(np.ascontiguousarray(part).tobytes())
        else:
            digest.update(repr(part).encode())
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """With the folder as the working one."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


if __name__ == "__main__":
    sys.exit(main())
