"""Compares ways to fit a GIF into a byte budget: rollscan's, quality alone, and size alone.

usage: python benchmarks/budgets.py CLIP ... [--width 480] [--seconds 6] [--shares 0.5 0.2 0.07]

The budgets are shares of the bytes at full settings. The score is the mean SSIMULACRA2 of eight
frames shown, each against the composed frame it stands for, both at the size asked for. Prints
Markdown. needs: pip install rollscan ssimulacra2
"""

from __future__ import annotations

import argparse
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

from rollscan import OutputError, RollingClip
from rollscan.deliver.attempts import gif_encoder, write_within
from rollscan.deliver.budget import PICTURES, Settings, describe_reductions
from rollscan.deliver.composition import Composition
from rollscan.deliver.geometry import Fitted
from rollscan.gif import DEFAULT_QUALITY, constant_delays, write_gif

FULL, FLOOR = Settings(1, 1, 1), 0.0
WAYS = {
    "rollscan": PICTURES.stages,
    "quality alone": (FULL, Settings(FLOOR, 1, 1)),
    "size alone": (FULL, Settings(1, 1, FLOOR)),
}
SCORED_FRAMES = 8


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", metavar="CLIP")
    parser.add_argument("--width", type=int, default=480)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--shares", type=float, nargs="+", default=(0.5, 0.2, 0.07))
    args = parser.parse_args()
    print("| clip | budget | " + " | ".join(WAYS) + " | given up |")
    print("|---|--:|" + "--:|" * len(WAYS) + "---|")
    for clip in args.clips:
        with RollingClip.open(clip, width=args.width, end=args.seconds) as rolling:
            fps = min(rolling.fps, 25)
            frames = list(rolling.iter_frames(fps=fps, dtype="uint8"))
        whole = io.BytesIO()
        write_gif(whole, iter(frames), constant_delays(fps))
        for share in args.shares:
            budget = int(share * whole.tell())
            cells = [_tried(way, frames, fps, budget) for way in WAYS.values()]
            scores = " | ".join(score for score, _ in cells)
            print(f"| {Path(clip).name} | {budget / 1e3:.0f} kB | {scores} | {cells[0][1]} |")


def _tried(
    way: tuple[Settings, ...], frames: list[np.ndarray], fps: float, budget: int
) -> tuple[str, str]:
    """The score of one way of giving up, and what it gave up."""
    encoder = gif_encoder(loop=0, quality=DEFAULT_QUALITY, colors=256, comment="")
    encoder = replace(encoder, way=replace(PICTURES, stages=way))
    height, width, _ = frames[0].shape
    composition = Composition(frames, range(len(frames)), fps, Fitted.whole((width, height)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tried.gif")
        try:
            *_, settings = write_within(budget, file, composition, encoder)
        except OutputError:
            return "does not fit", ""
        full = Settings(DEFAULT_QUALITY, fps, width)
        return f"{_score(frames, file):.1f}", describe_reductions(full, settings)


def _score(frames: list[np.ndarray], file: Path) -> float:
    scores = []
    with tempfile.TemporaryDirectory() as folder, Image.open(file) as gif:
        a, b = f"{folder}/a.png", f"{folder}/b.png"
        for k in np.linspace(gif.n_frames // 8, gif.n_frames - 1, SCORED_FRAMES).astype(int):
            gif.seek(k)
            reference = Image.fromarray(frames[k * len(frames) // gif.n_frames])
            reference.save(a, compress_level=1)
            shown = gif.convert("RGB").resize(reference.size, Image.Resampling.BICUBIC)
            shown.save(b, compress_level=1)
            scores.append(compute_ssimulacra2(a, b))
    return float(np.mean(scores))


if __name__ == "__main__":
    main()
