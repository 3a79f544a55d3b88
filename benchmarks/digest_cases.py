"""What digests.py takes digests of: command lines, and calls of what scripts use."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import rollscan

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
