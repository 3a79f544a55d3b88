"""Measures smooth history against the truth: plain, blended, and along the motion.

usage: python benchmarks/smooth.py [CLIP ...] [--width 480] [--end 10]

Drawn: the samples, of which any moment can be drawn, at 8 times their rate. In the truth, row j of
history at a slit width of N is the mean of the moments within 1 / (2 N fps) of j / (N fps) ago.
Clips: every second frame is left out; the truth is the composition of all, one row a frame, which
a slit width of 2 must give with half of them. Frames that only repeat the one before go first.

PSNR, in dB, is of the rows of history, from their mean squared error over all that is measured;
SSIMULACRA2 is of whole pictures, the mean of a few, if the package ssimulacra2 is there. "blend" is
a fade from each frame to the next at the very moments that "smooth" shows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from statistics import mean

import numpy as np
import numpy.typing as npt
from PIL import Image

from rollscan import FrameComposer
from rollscan.composers.slit import slit_rows
from rollscan.video.opening import open_video
from rollscan.video.probe import Probe

SAMPLES = Path(__file__).parent.parent / "samples"
FINER = 8  # moments for each frame
FRAMES = 32  # of each drawn sample
EVERY = 5  # of the composed frames is measured, and of these again for SSIMULACRA2
SLITS = (0.35, 0.5, 0.65)

Picture = npt.NDArray[np.uint8]
Compose = Callable[[int], Picture]


def main() -> None:
    """Print a table of the drawn samples, and one of the clips if there are any."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="*", metavar="CLIP", type=Path)
    parser.add_argument("--width", type=int, default=480)
    parser.add_argument("--end", type=float, default=10, help="seconds of a clip")
    options = parser.parse_args()
    _head("drawn, slit width")
    sys.path.insert(0, str(SAMPLES))
    from make_samples import CLIPS

    for name, clip in CLIPS.items():
        moments = range(FRAMES * FINER)
        fine = [np.asarray(clip.draw(k / FINER / clip.period)) for k in moments]
        for width in (1, 2, 4):
            _row(f"{name}, {width}", fine[::FINER], width, lambda s, w, f=fine: _exact(f, s, w))
    if options.clips:
        _head("every second frame left out")
    for path in options.clips:
        with open_video(Probe(path, 0, options.end).facts(), width=options.width) as video:
            frames = _without_repeats(list(video))
        _row(path.stem, frames[::2], 2, lambda s, _, f=frames: _rolled(f, s, 1, every=2))


def _head(title: str) -> None:
    print(f"\n| {title} | PSNR plain | blend | smooth | SSIMULACRA2 plain | blend | smooth |")
    print("|---|" + "---:|" * 6)


def _row(
    name: str, frames: Sequence[Picture], width: int, truth: Callable[[float, int], Compose]
) -> None:
    """Print how near each kind of history comes to the truth."""
    errors: list[list[float]] = [[], [], []]
    scores: list[list[float]] = [[], [], []]
    for slit in SLITS:
        top = slit_rows(slit, width, len(frames[0])).start
        exact = truth(slit, width)
        kinds = (
            _rolled(frames, slit, width),
            _exact(_blended(frames), slit, width),
            _rolled(frames, slit, width, smooth=True),
        )
        for k in range(EVERY, len(frames), EVERY):
            rows = slice(max(0, top - width * k), top)
            true = exact(k)
            for kind, compose in enumerate(kinds):
                made = compose(k)
                errors[kind].append(float(((made[rows] - true[rows].astype(float)) ** 2).mean()))
                if slit == SLITS[1] and k % (2 * EVERY) == 0:
                    scores[kind].append(_ssimulacra2(true, made))
    psnr = [10 * np.log10(255**2 / max(mean(each), 1e-9)) for each in errors]
    cells = [*(f"{dB:.1f}" for dB in psnr), *(f"{mean(each):.0f}" for each in scores)]
    print(f"| {name} |", " | ".join(cells), "|", flush=True)


def _rolled(
    frames: Sequence[Picture], slit: float, width: int, *, every: int = 1, smooth: bool = False
) -> Compose:
    """What rollscan composes; of every so manieth frame."""
    composer = FrameComposer(frames, 1, slit=slit, slit_width=width, smooth=smooth)
    return lambda k: composer.make_frame(k * every)


def _exact(fine: Sequence[Picture], slit: float, width: int) -> Compose:
    """The composition as it is meant, from frames at FINER times the rate."""
    top = slit_rows(slit, width, len(fine[0])).start
    slits = np.array([frame[top] for frame in fine], float)
    half = FINER // (2 * width)
    weights = np.array([0.5, *[1] * (2 * half - 1), 0.5])[:, None, None] / (2 * half)

    def compose(k: int) -> Picture:
        picture = np.array(fine[k * FINER])
        for j in range(1, min(k * width, top) + 1):
            middle = k * FINER - j * FINER // width
            around = np.arange(middle - half, middle + half + 1).clip(0)
            picture[top - j] = np.rint((slits[around] * weights).sum(0))
        return picture

    return compose


def _blended(frames: Sequence[Picture]) -> list[Picture]:
    """FINER times as many frames, faded from one to the next."""
    return [
        (before * (1 - share / FINER) + after * (share / FINER)).round().astype(np.uint8)
        for before, after in zip(frames, [*frames[1:], frames[-1]], strict=True)
        for share in range(FINER)
    ]


def _without_repeats(frames: list[Picture]) -> list[Picture]:
    """The frames but for those that nearly are the one before."""
    thin = [frame[::4, ::4].astype(float) for frame in frames]
    steps = [np.abs(after - before).mean() for before, after in pairwise(thin)]
    usual = np.median([step for step in steps if step])
    return [frame for frame, step in zip(frames, [usual, *steps], strict=True) if step > usual / 10]


def _ssimulacra2(true: Picture, made: Picture) -> float:
    """The score, 100 at best; nan if there is nothing to measure it with."""
    if find_spec("ssimulacra2") is None:
        return float("nan")
    from ssimulacra2 import compute_ssimulacra2

    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder, name)) for name in ("true.png", "made.png")]
        for path, picture in zip(paths, (true, made), strict=True):
            Image.fromarray(picture).save(path)
        return float(compute_ssimulacra2(*paths))


if __name__ == "__main__":
    main()
