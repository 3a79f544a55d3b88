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
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
from PIL import Image, ImageSequence

import rollscan
from rollscan.cli import main as rollscan_main

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SIZE, FRAMES, RATE = (144, 96), 40, 25  # of the clip drawn
EFFECTS = ("--slit-width 3 --feather 4", "--effect displace --depth 0.4", "--effect scan")
LOOPS = (
    *("--loop cut", "--loop wrap", "--loop boomerang", "--loop crossfade --fade 0.3"),
    "--loop match --min-loop 0.5 --max-loop 1",
)
DIRECTIONS = ("up", "down", "left", "right", "out")
MAPS = ("up", "down", "left", "right", "out", "in", "radial", "map.png")
LOOKS = ("ribbon", "spiral", "pour", "mirror", "finish-line", "twist", "ripple", "sweep", "ghost")
PLACES = """
[tall]
format = "mp4"
width = 64
height = 96
min_seconds = 2
min_fps = 30
max_bit_rate = 400_000
max_level = 3.1
[short]
format = "gif"
shape = "square"
max_width = 80
max_height = 80
max_seconds = 0.8
max_bytes = 60_000
[sticker]
format = "webm"
one_side = 96
max_seconds = 1
max_fps = 15
max_bytes = 30_000
sound = false
"""
SMOOTH = (
    "--gif out.gif --smooth --slit-width 4",
    "--gif out.gif --smooth --slit-width 3 --direction out --feather 3 --loop wrap",
    "--gif out.gif --smooth --effect displace --depth 0.4 --map in --loop boomerang",
    "--webp out.webp --smooth --effect displace --rgb 0.08 --loop crossfade",
)
OF_ANY = (
    *(f"--gif out.gif {effect} {loop}" for effect, loop in product(EFFECTS, LOOPS)),
    *(f"--gif out.gif {effect} --rgb 0.08 --loop {loop}" for effect, loop in (
        *product(EFFECTS, ("cut", "boomerang")), (EFFECTS[1], "wrap")
    )),
    *(f"--gif out.gif --look {look}" for look in LOOKS),
    "--gif out.gif --look twist --map left --depth 0.3",
    "--gif out.gif --steady --deflicker --slit-width 2",
    "--looks out.png",
    "--gif out.gif --mp4 out.mp4 --webm out.webm --webp out.webp --poster out.png --still strip.png"
    " --slit-width auto --loop boomerang",
)  # fmt: skip
OF_DRAWN = (
    *(f"--gif out.gif --direction {way} --slit-width 2" for way in DIRECTIONS),
    *(f"--gif out.gif --direction {way} --slit-width auto --loop wrap" for way in DIRECTIONS),
    *(f"--gif out.gif --effect displace --map {map} --depth 0.5" for map in MAPS),
    *(f"--gif out.gif --effect scan --direction {way} --sweep 0.6" for way in DIRECTIONS[:4]),
    *(f"--still out.png --direction {way} --slit-width 3" for way in DIRECTIONS),
    "--gif out.gif --slit 0",
    "--gif out.gif --slit 1 --direction down",
    "--gif out.gif --slit 0.2:0.8 --direction out --feather 5",
    "--gif out.gif --slit 0.2:0.8:0.2 --direction right --loop crossfade",
    "--gif out.gif --effect scan --line red",
    "--gif out.gif --effect scan --line white --direction left --sweep 0.4 --loop boomerang",
    "--gif out.gif --steady",
    "--webp out.webp --deflicker",
    "--gif out.gif --fps 10 --speed 2 --start 0.4 --end 1.2",
    "--gif out.gif --width 61 --fps 50 --speed 0.5",
    "--gif out.gif --scale 0.5 --quality 95 --colors 32 --repeat 3 --no-recipe",
    "--gif out.gif --quality 20 --loop wrap",
    "--gif out.gif --look ribbon --poster-first --poster out.jpg",
    "--gif out.gif --loop wrap --max-size 60KB",
    "--webp out.webp --loop wrap --max-size 30KB --quality 90",
    "--webp out.webp --repeat 2 --quality 40 --effect scan",
    "--mp4 out.mp4 --loop wrap --max-size 40KB",
    "--webm out.webm --loop wrap --max-size 30KB --sound",
    "--mp4 out.mp4 --effect displace --loop boomerang --mp4-loops 2 --sound",
    "--mp4 out.mp4 --loop crossfade --fade 0.2 --sound --speed 2",
    "--mp4 out.mp4 --loop wrap --sound drawn.mov --start 0.6",
    "--webm out.webm --effect scan --rgb 0.04 --sound",
    "--still out.png",
    "--still out.png --slit 0.2:0.8",
    "--still out.webp --slit 0.7:0.1:0.4 --slit-width auto --direction up",
    "--still out.jpg --slit 0.3 --slit-width auto --scale 0.5",
    "--poster out.webp --loop match --min-loop 0.6 --max-loop 1",
    "--looks out.gif --end 0.4",
    "--looks out.mp4 --end 0.6",
    *(f"--mp4 out.mp4 --platforms places.toml --for tall --fit {fit}" for fit in ("crop", "pad")),
    "--mp4 out.mp4 --platforms places.toml --for tall --fit blur --loop wrap --sound",
    "--gif out.gif --platforms places.toml --for short --loop match --min-loop 0.4",
    "--gif out.gif --webm out.webm --platforms places.toml --for short,sticker --depth 0.4"
    " --effect displace --loop boomerang",
    "--gif out.gif --for slack-emoji,discord,x --loop wrap",
    "--webp out.webp --for whatsapp-sticker --end 0.4 --fit pad",
    "--webm out.webm --for telegram-sticker --end 0.4",
    "--mp4 out.mp4 --for x,mastodon --look ghost",
    "drawn.mov --gif {name}-{look}.gif --look pour --jobs 1",
)
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


def _random(count: int, *shape: int) -> list[Any]:
    return list(np.random.default_rng(3).integers(0, 256, (count, *shape), dtype=np.uint8))


def _composers(clip: Path) -> Iterator[Any]:
    """Frames of every shape and dtype through the three composers."""
    for frames in (
        _random(30, 17, 23, 3),
        _random(20, 12, 16),
        [frame / 255 for frame in _random(16, 9, 14)],
    ):
        for way, slit, width, feather in product(DIRECTIONS, (0, 0.4, 1), (1, 4), (0, 3)):
            yield from rollscan.FrameComposer(
                frames, 25, slit=slit, direction=way, slit_width=width, feather=feather, pre_roll=5
            )
        yield from rollscan.FrameComposer(frames, 25, slit=lambda k: (k % 10) / 10, direction="out")
        late = np.linspace(0, 1, frames[0].shape[0])[:, None] * np.ones(frames[0].shape[1])
        for map in (*MAPS[:-1], late):
            yield from rollscan.TimeDisplacer(frames, 25, map=map, depth=0.3, pre_roll=3)
        for way in DIRECTIONS[:4]:
            yield from rollscan.LineScanner(frames, 25, direction=way, seconds=0.5, pre_roll=2)
    colours = rollscan.LineScanner(_random(20, 12, 16, 3), 10, seconds=1.5, line="#10ff20")
    yield from (colours.make_frame(t) for t in (0, 0.11, 1.2, 0.3))


def _clips(clip: Path) -> Iterator[Any]:
    """RollingClip at any time, cut, turned, with sound and written; with every loop and effect."""
    for loop, effect in product(("cut", "wrap", "boomerang", "crossfade", "match"), range(3)):
        settings = ({"slit_width": 2, "rgb": 0.04}, {"map": "in", "depth": 0.3}, {"sweep": 0.5})
        name: Any = ("roll", "displace", "scan")[effect]
        look = rollscan.Look(loop=loop, effect=name, min_loop=0.4, fade=0.2, **settings[effect])
        with rollscan.RollingClip.open(clip, look=look, width=72) as rolling:
            yield rolling.n_frames, rolling.fps, rolling.size, rolling.part, rolling.filled
            yield from (rolling.get_frame(t) for t in (0, 0.5, 0.21, 0.77))
            yield from rolling.subclipped(0.2, 0.4).iter_frames(fps=25)
    with rollscan.RollingClip.open(clip, loop="boomerang", audio=True, scale=0.5, speed=2) as whole:
        yield whole.audio.to_soundarray(fps=8000)
        for options in ({}, {"fps": 7, "quality": 60}, {"max_bytes": 40_000}, {"colors": 16}):
            summary = whole.write_gif("clip.gif", logger=None, **options)
            yield summary, whole.seam, whole.given_up, Path("clip.gif").read_bytes()
        for name in whole.write_images_sequence("clip%02d.png", fps=10, logger=None):
            yield np.asarray(Image.open(name))


def _effects(clip: Path) -> Iterator[Any]:
    """RollScan on MoviePy's clips, with a mask that rolls along."""
    from moviepy import ImageSequenceClip, VideoClip, VideoFileClip

    with VideoFileClip(str(clip)) as film:
        for settings in (
            {"direction": "out"},
            {"effect": "displace", "loop": "wrap", "depth": 0.2},
        ):
            rolling = film.subclipped(0.2, 1).with_effects([rollscan.RollScan(**settings)])
            yield from rolling.iter_frames()
            yield rolling.audio.to_soundarray(fps=8000)
    opaque, colours = _random(12, 30, 40), _random(12, 30, 40, 3)
    mask = VideoClip(lambda t: opaque[round(t * 10)] / 255, is_mask=True, duration=1.2).with_fps(10)
    both = ImageSequenceClip(colours, fps=10).with_mask(mask)
    for loop in ("cut", "crossfade"):
        rolling = both.with_effects([rollscan.RollScan(loop=loop, rgb=0.1, fade=0.3)])
        yield from rolling.iter_frames()
        yield from rolling.mask.iter_frames()


def _gifs(clip: Path) -> Iterator[Any]:
    """The GIF writer alone, with few colours, odd delays and pictures that hardly change."""
    from rollscan.gif import write_gif

    still = _random(1, 40, 50, 3)[0]
    for frames in (_random(8, 5, 7, 3), [np.roll(still, k // 2, 1) for k in range(12)]):
        for quality, colors in product((5, 60, 80, 93, 100), (2, 40, 256)):
            file = io.BytesIO()
            yield write_gif(file, frames, range(2, 40, 3), quality=quality, colors=colors)
            yield file.getvalue()


DOORS: dict[str, Callable[[Path], Iterator[Any]]] = {
    "FrameComposer, TimeDisplacer, LineScanner": _composers,
    "RollingClip": _clips,
    "RollScan": _effects,
    "write_gif": _gifs,
}


if __name__ == "__main__":
    sys.exit(main())
