"""Prints digests of all that rollscan makes of some clips: for changes that must not show.

usage: python benchmarks/digests.py CLIP ... >before   (then change, then again, and compare)

For each clip: a GIF with every loop, one with all that shapes the roll, and a strip photograph,
through `python -m rollscan`, so PYTHONPATH chooses which rollscan. A line: SHA-256, clip, options.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

SMALL = ("--scale", "0.2", "--end", "20")
KINDS = [
    *(("--gif", "out.gif", *SMALL, "--loop", loop) for loop in ("cut", "wrap", "boomerang")),
    *(("--gif", "out.gif", *SMALL, "--loop", loop) for loop in ("crossfade", "match")),
    ("--gif", "out.gif", *SMALL, "--direction", "out", "--slit", "0.2:0.8", "--feather", "5"),
    ("--gif", "out.gif", *SMALL, "--direction", "right", "--slit-width", "auto"),
    ("--gif", "out.gif", "--width", "200", "--end", "2", "--loop", "wrap", "--max-size", "90KB"),
    ("--still", "out.png", *SMALL),
]


def main() -> None:
    """Print the digests."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", metavar="CLIP", type=Path)
    for clip in parser.parse_args().clips:
        for options in KINDS:
            print(_digest(clip.absolute(), options), clip.name, *options, flush=True)


def _digest(clip: Path, options: tuple[str, ...]) -> str:
    """Of the one file made; or what went wrong."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "rollscan", str(clip), *options, "--quiet"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        made = [hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).iterdir()]
        return made[0] if made else f"status {done.returncode}, {done.stderr.strip()}"


if __name__ == "__main__":
    main()
