"""A panel of judges for the GIF writer: beside gifski's, on the same composed frames, by time.

usage: python benchmarks/gif_panel.py CLIP ... [--width 320] [--fps 20] [--seconds 4] [--loop cut]
       [--quality 80 60] [--frames 8] [--gifski PATH]

gifski encodes the frames at -Q 40, 60, 75, 85, 95. Each GIF is decoded and compared with the frame
that should be on display at the same moment, as gifski merges frames that repeat. A lead is against
gifski at the same bytes, on its own curve over log bytes: in points for scores, in percent
less error for errors; positive is ahead, * is outside that curve.

ss2      SSIMULACRA2 (points): structure, seen close.
butter   Butteraugli, 3-norm (%): what differs at a flicker test.
flip     NVIDIA FLIP (%): what differs when two pictures alternate.
de1, de2 CIEDE2000 after a blur of 1 and 2 pixels in linear light (%): colour as seen from a normal
         distance, where palettes that mix nothing lose: flat patches of a wrong hue.
flicker  how much the blurred error in Lab changes from frame to frame (%).
ghost    99.9th percentile of the blurred error where something passed and is gone (%): trails.
pop      99.5th percentile of the error's change in static places, worst frame (%): palettes that
         switch.

needs:   pip install rollscan ssimulacra2 flip-evaluator scipy; butteraugli_main (libjxl) and gifski
         on the PATH, or --gifski. Without Butteraugli that judge is out, and said.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import flip_evaluator
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter
from ssimulacra2 import compute_ssimulacra2

import rollscan
from rollscan.gif import constant_delays, write_gif

U8 = npt.NDArray[np.uint8]  # (H, W, 3)
Lab = npt.NDArray[Any]  # (H, W, 3) or (H, W) floats

GIFSKI_QUALITIES = (40, 60, 75, 85, 95)
POINTS = ("ss2",)
JUDGES = ("ss2", "butter", "flip", "de1", "de2", "flicker", "ghost", "pop")
_level = np.arange(256) / 255
LINEAR = np.where(_level <= 0.04045, _level / 12.92, ((_level + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
    np.float32,
)
BUTTER = shutil.which("butteraugli_main") or os.environ.get("BUTTERAUGLI")


def seen(frame: U8, sigma: float) -> Lab:
    """CIELAB of an sRGB frame (H, W, 3) uint8 after a blur in linear light."""
    light = LINEAR[frame]
    if sigma:
        light = np.stack(
            [gaussian_filter(light[..., i], sigma, mode="nearest") for i in range(3)], -1
        )
    xyz = light @ (XYZ / XYZ.sum(1)[:, None]).T
    f = np.where(xyz > 0.008856, np.cbrt(np.maximum(xyz, 0)), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def ciede2000(lab1: Lab, lab2: Lab) -> Lab:
    """Sharma, Wu, Dalal: The CIEDE2000 color-difference formula (2005)."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(x, -1, 0).astype(np.float64) for x in (lab1, lab2))
    mean7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean7 / (mean7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    dh = (h2 - h1 + 180) % 360 - 180
    dh = np.where(c1 * c2 == 0, 0, dh)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh) / 2)
    hm = (h1 + dh / 2) % 360
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hm - 30))
        + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6))
        - 0.2 * np.cos(np.radians(4 * hm - 63))
    )
    sl, sc, sh = (
        1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2),
        1 + 0.045 * cm,
        1 + 0.015 * cm * t,
    )
    rt = (
        -2
        * np.sqrt(cm**7 / (cm**7 + 25.0**7))
        * np.sin(np.radians(60 * np.exp(-(((hm - 275) / 25) ** 2))))
    )
    dl, dc = (l2 - l1) / sl, (c2 - c1) / sc
    return np.sqrt(np.maximum(dl**2 + dc**2 + (hue / sh) ** 2 + rt * dc * hue / sh, 0))


def shown(gif: Path, fps: float, count: int) -> list[U8]:
    """What the GIF shows half way through each of `count` frames."""
    with Image.open(gif) as image:
        ends, pictures = [], []
        for k in range(getattr(image, "n_frames", 1)):
            image.seek(k)
            pictures.append(np.asarray(image.convert("RGB")))
            ends.append((ends[-1] if ends else 0) + image.info.get("duration", 0))
    at = [
        min(int(np.searchsorted(ends, 1000 * (k + 0.5) / fps, "right")), len(ends) - 1)
        for k in range(count)
    ]
    return [pictures[i] for i in at]


def judge(
    reference: Sequence[U8], gif: Path, fps: float, n_frames: int, work: str
) -> dict[str, float]:
    """What each judge says of a GIF; nan where there is nothing to judge."""
    decoded = shown(gif, fps, len(reference))
    found: dict[str, list[float]] = {name: [] for name in JUDGES}
    first, last = len(reference) // 8, len(reference) - 1
    for k in np.unique(np.linspace(first, last, n_frames).astype(int)):
        for name, value in _told_of_picture(reference[k], decoded[k], work):
            found[name].append(value)
    for name, value in _told_of_time(reference, decoded):
        found[name].append(value)
    found["pop"] = [max(found["pop"])] if found["pop"] else []
    return {name: float(np.mean(told)) if told else np.nan for name, told in found.items()}


def _told_of_picture(true: U8, made: U8, work: str) -> Iterator[tuple[str, float]]:
    a, b = work + "/a.png", work + "/b.png"
    Image.fromarray(true).save(a, compress_level=1)
    Image.fromarray(made).save(b, compress_level=1)
    yield "ss2", compute_ssimulacra2(a, b)
    if BUTTER:
        telling = subprocess.run([BUTTER, a, b, "--pnorm", "3"], capture_output=True, text=True)
        yield "butter", float(telling.stdout.split()[2])
    pair = (picture.astype(np.float32) / 255 for picture in (true, made))
    yield "flip", flip_evaluator.evaluate(*pair, "LDR", applyMagma=False)[1]
    for sigma in (1, 2):
        yield f"de{sigma}", float(ciede2000(seen(true, sigma), seen(made, sigma)).mean())


def _told_of_time(reference: Sequence[U8], decoded: Sequence[U8]) -> Iterator[tuple[str, float]]:
    before, age = None, np.full(reference[0].shape[:2], 99)  # frames since something moved there
    for k, (true, made) in enumerate(zip(reference, decoded, strict=True)):
        error = seen(made, 1.5) - seen(true, 1.5)
        if before is not None:
            moved = np.abs(true.astype(np.int16) - reference[k - 1]).max(-1) > 6
            age = np.where(moved, 0, age + 1)
            change = np.sqrt(((error - before) ** 2).sum(-1))
            yield "flicker", float(change.mean())
            if (age >= 1).mean() > 0.005:
                yield "pop", float(np.percentile(change[age >= 1], 99.5))
            gone = (age >= 2) & (age < 15)
            if gone.sum() > 50:
                lengths = np.sqrt((error**2).sum(-1))
                yield "ghost", float(np.percentile(lengths[gone], 99.9))
        before = error


def main() -> None:
    """Print the leads of every clip and quality, then means, worst and counts."""
    args = _arguments()
    if not BUTTER:
        print("butteraugli_main is not installed: that judge is out")
    leads: dict[int, dict[str, list[float]]] = {
        quality: {name: [] for name in JUDGES} for quality in args.quality
    }
    print(f"{'clip':22}{'q':>4}{'kB':>7}" + "".join(f"{name:>9}" for name in JUDGES))
    for clip in args.clips:
        with tempfile.TemporaryDirectory() as work:
            _compare(clip, work, args, leads)
    for quality in args.quality:
        found = leads[quality].values()
        for what, told in (
            ("mean", [f"{np.mean(v):>+8.1f} " if v else "       - " for v in found]),
            ("worst", [f"{min(v):>+8.1f} " if v else "       - " for v in found]),
            ("ahead", [f"{sum(x > 0 for x in v):>5}/{len(v):<3}" for v in found]),
        ):
            print(f"{f'{what} at {quality}':33}" + "".join(told))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--width", type=int, default=320)
    parser.add_argument("--fps", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--loop", default="cut")
    parser.add_argument("--quality", type=int, nargs="+", default=[80, 60])
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--gifski", default=shutil.which("gifski"))
    return parser.parse_args()


def _compare(
    clip: Path, work: str, args: argparse.Namespace, leads: dict[int, dict[str, list[float]]]
) -> None:
    """Print a row for each quality, and note its leads."""
    how = {"width": args.width, "fps": args.fps, "end": args.seconds, "loop": args.loop}
    with rollscan.RollingClip.open(clip, **how) as rolling:
        reference = [np.array(f) for f in rolling.iter_frames(fps=args.fps, dtype="uint8")]
    curve = _gifski_curve(reference, work, args)
    logs = np.log([size for size, _ in curve])
    for quality in args.quality:
        out = Path(work) / "r.gif"
        with out.open("wb") as file:
            write_gif(file, iter(reference), constant_delays(args.fps), quality=quality)
        size = out.stat().st_size
        ours = judge(reference, out, args.fps, args.frames, work)
        inside = logs[0] <= np.log(size) <= logs[-1]
        row = ""
        for name in JUDGES:
            theirs = float(np.interp(np.log(size), logs, [values[name] for _, values in curve]))
            lead = ours[name] - theirs
            if name not in POINTS:
                lead = 100 * (theirs - ours[name]) / theirs
            if np.isfinite(lead):
                leads[quality][name].append(lead)
            row += f"{lead:>+8.1f}" + (" " if inside else "*")
        print(f"{clip.name[:21]:22}{quality:>4}{size / 1e3:>7.0f}{row}", flush=True)


def _gifski_curve(
    reference: list[U8], work: str, args: argparse.Namespace
) -> list[tuple[int, dict[str, float]]]:
    """The bytes of gifski's GIFs at its qualities, and what the judges say of each."""
    names = []
    for k, frame in enumerate(reference):
        names.append(f"{work}/{k:05d}.png")
        Image.fromarray(frame).save(names[-1], compress_level=1)
    curve = []
    width = str(reference[0].shape[1])
    for quality in GIFSKI_QUALITIES:
        out = Path(work) / f"g{quality}.gif"
        how = ["--fps", str(args.fps), "-Q", str(quality), "-W", width, "-o", str(out)]
        subprocess.run([args.gifski, "-q", *how, *names], check=True)
        told = judge(reference, out, args.fps, args.frames, work)
        curve.append((out.stat().st_size, told))
    return curve


if __name__ == "__main__":
    main()
