"""Draws the sample clips: each a function of the phase, which comes round again.

    python samples/make_samples.py

writes vase.mp4, dancer.mp4 and race.mp4 beside this file, the same bytes every time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

FPS = 25
FINE = 3  # drawn this much larger, then averaged: the antialiasing
TAU = 2 * math.pi

Point = tuple[float, float]  # x, y in pixels of the clip
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Clip:
    """A clip to draw: `draw(t)` gives the picture at phase t, the same at t + 1."""

    size: tuple[int, int]  # pixels, width first
    period: int  # frames until it is the same again
    frames: int
    draw: Callable[[float], Image.Image]


# Drawing: a fine picture, FINE times the size of the clip's, in the clip's coordinates.


class Sheet:
    """A fine picture to draw on, in the clip's own coordinates."""

    def __init__(self, size: tuple[int, int], colour: str) -> None:
        self.image = Image.new("RGB", (size[0] * FINE, size[1] * FINE), colour)
        self._pen = ImageDraw.Draw(self.image)

    def disc(self, at: Point, radius: float, colour: str, squash: float = 1) -> None:
        """A filled circle, or with `squash` an ellipse that much as high as wide."""
        x, y = at[0] * FINE, at[1] * FINE
        rx, ry = radius * FINE, radius * FINE * squash
        self._pen.ellipse((x - rx, y - ry, x + rx, y + ry), colour)

    def ring(self, at: Point, radius: float, width: float, colour: str) -> None:
        """A circle drawn `width` thick, inside its radius."""
        x, y, r = at[0] * FINE, at[1] * FINE, radius * FINE
        self._pen.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=round(width * FINE))

    def area(self, points: Sequence[Point], colour: str) -> None:
        """A filled polygon."""
        self._pen.polygon([(x * FINE, y * FINE) for x, y in points], colour)

    def stroke(self, points: Sequence[Point], start: float, end: float, colour: str) -> None:
        """A line with round joints whose width goes from `start` to `end`."""
        widths = np.linspace(start, end, len(points))
        for (a, b), width in zip(pairwise(points), widths, strict=False):
            ends = [(p[0] * FINE, p[1] * FINE) for p in (a, b)]
            self._pen.line(ends, colour, round(width * FINE))
        for point, width in zip(points, widths, strict=True):
            self.disc(point, width / 2, colour)


def curve(a: Point, b: Point, c: Point, steps: int = 16) -> list[Point]:
    """Points on the quadratic Bezier curve from a to c that b pulls at."""
    s = np.linspace(0, 1, steps)[:, None]
    points = (1 - s) ** 2 * np.array(a) + 2 * s * (1 - s) * np.array(b) + s**2 * np.array(c)
    return [(float(x), float(y)) for x, y in points]


def knee(hip: Point, foot: Point, bone: float) -> Point:
    """Where two bones of one length meet, bent to the right."""
    dx, dy = foot[0] - hip[0], foot[1] - hip[1]
    reach = math.hypot(dx, dy)
    out = math.sqrt(max(bone**2 - reach**2 / 4, 0)) / reach
    return (hip[0] + dx / 2 + dy * out, hip[1] + dy / 2 - dx * out)


def rgb(*colours: str) -> Floats:
    """Colours "#rrggbb" as rows of numbers from 0 to 255."""
    return np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], float)


@dataclass(frozen=True)
class Turned:
    """A thing made on a wheel: rows of circles, or of one flower shape, that turn together."""

    top: float  # y of the first row, pixels
    radius: Floats  # of each fine row from there down, pixels
    petals: int
    depth: float  # of the grooves between petals, as a share of the radius
    lit: Floats  # (colours, 3): each colour in full light
    shaded: Floats  # (colours, 3): the same colours in shade
    gloss: float

    def paint(
        self, sheet: Sheet, middle: float | Floats, turn: float, glaze: Callable[..., npt.NDArray]
    ) -> None:
        """Paint it round x = `middle` (one, or one for each row), turned by `turn` radians.

        glaze(angle, height) is the number of the colour there; height runs from 0 at the top to 1.
        """
        # One row seen from the front: for each place across it, the angle of the nearest point.
        angle = np.linspace(-math.pi, math.pi, 20_000, endpoint=False)
        reach = 1 + self.depth * np.cos(self.petals * (angle - turn))
        slope = -self.depth * self.petals * np.sin(self.petals * (angle - turn))
        nearest = np.argsort(reach * np.cos(angle))
        bins, widest = 1500, 1 + self.depth
        place = ((reach * np.sin(angle) / widest + 1) / 2 * bins).astype(int).clip(0, bins - 1)
        seen = np.full(bins, -1)
        seen[place[nearest]] = nearest  # where several fall on one place the last, nearest, stays

        rows = len(self.radius)
        first = round(self.top * FINE)
        half = math.ceil(self.radius.max() * widest * FINE)
        centre = np.broadcast_to(middle, rows) * FINE
        left, right = math.floor(centre.min()) - half, math.ceil(centre.max()) + half
        across = (np.arange(left, right) + 0.5 - centre[:, None]) / (self.radius[:, None] * FINE)
        column = ((across / widest + 1) / 2 * bins).astype(int)
        inside = (np.abs(across) < widest) & (seen[column.clip(0, bins - 1)] >= 0)
        row, _ = np.nonzero(inside)
        hit = seen[column[inside]]

        a, r, dr = angle[hit], reach[hit], slope[hit]
        normal = np.stack(
            (
                r * np.sin(a) - dr * np.cos(a),
                (np.gradient(self.radius) * FINE)[row] * -(r**2),
                dr * np.sin(a) + r * np.cos(a),
            )
        )
        normal /= np.linalg.norm(normal, axis=0)
        light = np.array((-0.55, -0.45, 0.70))
        between = light + np.array((0.0, 0.0, 1.0))  # the light and the eye
        between /= np.linalg.norm(between)
        diffuse = (0.5 + 0.62 * (light @ normal)).clip(0, 1)[:, None]
        shine = (between @ normal).clip(0, 1) ** 40
        colour = glaze((a - turn) % TAU, row / rows)
        tint = self.shaded[colour] * (1 - diffuse) + self.lit[colour] * diffuse
        tint += self.gloss * (255 - tint) * shine[:, None]

        box = (left, first, right, first + rows)
        patch = np.array(sheet.image.crop(box))
        patch[inside] = tint.round().clip(0, 255)
        sheet.image.paste(Image.fromarray(patch), box[:2])


def profile(heights: Sequence[float], radii: Sequence[float], soft: int) -> Floats:
    """The radius of each fine row through these (y, radius) corners, rounded over `soft` rows."""
    rows = round((heights[-1] - heights[0]) * FINE)
    line = np.interp(np.linspace(heights[0], heights[-1], rows), heights, radii)
    weights = np.hanning(soft + 2)[1:-1]
    return np.convolve(np.pad(line, soft // 2, "edge"), weights / weights.sum(), "valid")[:rows]


# A vase on a turntable. Its stripes twist into a column of barley sugar.

VASE = Turned(
    top=70,
    radius=profile(
        [70, 82, 120, 190, 250, 330, 400, 428, 440], [66, 58, 38, 50, 78, 122, 76, 54, 60], 61
    ),
    petals=6,
    depth=0.07,
    lit=rgb("#f6e7c8", "#e2603a", "#2f6f73", "#f0b23e"),
    shaded=rgb("#9c6a5c", "#6a1f2b", "#10293a", "#8f4a22"),
    gloss=0.75,
)


def vase_glaze(angle: Floats, height: Floats) -> npt.NDArray[np.intp]:
    """Stripes on the petals, bands and a zigzag round the belly."""
    petal = np.floor(angle / TAU * 6 + 0.5).astype(int) % 6
    along = np.abs((angle / TAU * 12) % 1 - 0.5) * 2  # 0 to 1 and back, twelve times round
    stripe = np.array([1, 0, 2, 1, 0, 2])[petal]
    zigzag = np.where((height - 0.66) / 0.16 > along, 2, 0)
    colour = np.where(height > 0.64, zigzag, stripe)
    colour = np.where(height > 0.84, 1, colour)
    for low, high, band in ((0.0, 0.045, 1), (0.61, 0.64, 3), (0.84, 0.865, 3), (0.95, 1.0, 2)):
        colour = np.where((low <= height) & (height < high), band, colour)
    return colour


@cache
def vase_room() -> Image.Image:
    """The wall, the table and the shadows on them."""
    sheet = Sheet((480, 480), "#eecb9c")
    sheet.area([(0, 396), (480, 396), (480, 480), (0, 480)], "#b5523b")
    shade = Image.new("L", sheet.image.size)
    pen = ImageDraw.Draw(shade)
    for y, radius in enumerate(VASE.radius, round(VASE.top * FINE)):
        if y < 396 * FINE:
            pen.line(((315 - radius) * FINE, y, (315 + radius) * FINE, y), 110)
    pen.ellipse([v * FINE for v in (170, 420, 400, 456)], 130)
    shade = shade.reduce(FINE).filter(ImageFilter.GaussianBlur(9)).resize(shade.size)
    return Image.composite(Image.new("RGB", shade.size, "#5a1f2b"), sheet.image, shade)


def vase(t: float) -> Image.Image:
    """The vase after half a turn times t: its pattern repeats every half turn."""
    sheet = Sheet((480, 480), "#000000")
    sheet.image.paste(vase_room())
    VASE.paint(sheet, 240, t * TAU / 2, vase_glaze)
    return sheet.image.reduce(FINE)


# A dancer who turns and sways. Her skirt flows on for ever.


def dancer(t: float) -> Image.Image:
    """The dancer at phase t of one turn."""
    sheet = Sheet((432, 540), "#1d2b4f")
    phase = TAU * t
    turn = phase + 0.5 * math.sin(phase)

    def sway(t: float) -> float:
        return 216 + 46 * math.sin(TAU * t)

    def hand(t: float, side: int) -> Point:
        around = TAU * t + 0.5 * math.sin(TAU * t) + (side * math.pi)
        lift = math.sin(2 * TAU * t + side * math.pi * 0.7)
        return (sway(t) + 104 * math.cos(around), 168 - 92 * lift)

    sheet.disc((216, 158), 128, "#f3c987")
    sheet.disc((216, 506), 150, "#16213f", 0.1)
    x, late = sway(t), sway(t - 0.05)
    skin, hair, bodice = "#a8583f", "#2a1730", "#c8323c"
    ribbon = []
    for s in np.linspace(0, 0.42, 60):
        hx, hy = hand(t - s, 0)
        ribbon.append((hx + 10 * math.sin(9 * TAU * s - 2 * phase), hy + 150 * s))
    arms = []
    for side in (0, 1):
        around = turn + side * math.pi
        shoulder = (x + 27 * math.cos(around), 142)
        end = hand(t, side)
        bow = (shoulder[0] + 75 * math.cos(around), (shoulder[1] + end[1]) / 2 + 22)
        arms.append((math.sin(around), shoulder, bow, end))
    for side, (near, shoulder, bow, end) in enumerate(arms):
        if near <= 0:
            if side == 0:
                sheet.stroke(ribbon, 5, 3, "#f0a02e")
            sheet.stroke(curve(shoulder, bow, end), 13, 7, skin)
    for side in (-1, 1):
        step = side * 12 * math.cos(turn)
        sheet.stroke([(x + step, 300), (late + step * 1.6, 410), (216 + step, 500)], 17, 9, skin)
    flare = 1 + 0.24 * math.sin(2 * phase + 0.6)
    skirt = Turned(
        top=204,
        radius=profile([204, 212, 250, 300, 405], [19, 24, 62 * flare, 90 * flare, 128], 41),
        petals=7,
        depth=0.13,
        lit=rgb("#ef5a3c", "#c8323c", "#f7dfb4", "#f2a93b"),
        shaded=rgb("#7d1f3f", "#5a1740", "#a5705a", "#a04a2a"),
        gloss=0.1,
    )
    middle = np.array([sway(t - 0.09 * s) for s in np.linspace(0, 1, len(skirt.radius))])

    def panels(angle: Floats, height: Floats) -> npt.NDArray[np.intp]:
        panel = np.floor(angle / TAU * 14).astype(int) % 14
        return np.array([0, 1, 0, 1, 2, 1, 0, 1, 0, 3, 0, 1, 0, 1])[panel]

    skirt.paint(sheet, middle, turn, panels)
    sheet.stroke([(x, 210), (x, 185), (x, 150)], 40, 44, bodice)
    sheet.stroke([arms[0][1], arms[1][1]], 18, 18, skin)
    sheet.stroke([(x, 145), (x, 118)], 13, 12, skin)
    sheet.disc((x + 3 * math.cos(turn), 100), 21, skin, 1.15)
    sheet.disc((x - 4 * math.cos(turn), 93), 22, hair, 0.95)
    sheet.disc((x - 18 * math.cos(turn), 76), 11, hair)
    for side, (near, shoulder, bow, end) in enumerate(arms):
        if near > 0:
            if side == 0:
                sheet.stroke(ribbon, 5, 3, "#f0a02e")
            sheet.stroke(curve(shoulder, bow, end), 13, 7, skin)
    return sheet.image.reduce(FINE)


# A bicycle race, seen from the side. The finish-line camera makes every speed its own shape.

WHEEL = 30  # radius of a wheel, pixels
SPOKES = 6


def rider(sheet: Sheet, at: Point, size: float, gone: float, turns: float, jersey: str) -> None:
    """A rider on the ground at `at`; the wheels have turned `gone` times, the pedals `turns`."""
    ink, skin, frame = "#2b2135", "#b86b4b", "#f7ecd4"

    def place(x: float, y: float) -> Point:
        return (at[0] + x * size, at[1] - y * size)

    bracket, hip, shoulder, grip = (-6, 32), (-24, 84), (20, 108), (40, 78)
    for x in (-44, 44):
        sheet.ring(place(x, WHEEL), WHEEL * size, 3.4 * size, ink)
        for spoke in range(SPOKES):
            a = TAU * (gone + spoke / SPOKES)
            tip = place(x + 27 * math.cos(a), WHEEL - 27 * math.sin(a))
            sheet.stroke([place(x, WHEEL), tip], 1.2 * size, 1.2 * size, ink)

    def leg(crank: float, colour: str) -> None:
        a = TAU * crank
        foot = (bracket[0] + 13 * math.cos(a), bracket[1] - 13 * math.sin(a))
        bend = knee(place(*hip), place(*foot), 34 * size)
        sheet.stroke([place(*hip), bend], 15 * size, 10 * size, ink)
        sheet.stroke([bend, place(*foot)], 9 * size, 6 * size, colour)
        toe = (foot[0] + 9, foot[1] - 2)
        sheet.stroke([place(*foot), place(*toe)], 6 * size, 5 * size, frame)

    leg(turns + 0.5, "#8a4a3a")
    for line in (
        [(-44, WHEEL), bracket, (-20, 72), (-44, WHEEL)],
        [bracket, (32, 66), (-18, 66)],
        [(44, WHEEL), (32, 72), grip],
    ):
        sheet.stroke([place(*p) for p in line], 3.4 * size, 3.4 * size, frame)
    leg(turns, skin)
    sheet.stroke([place(*hip), place(-4, 102), place(*shoulder)], 22 * size, 20 * size, jersey)
    sheet.stroke([place(*shoulder), place(26, 84), place(*grip)], 9 * size, 6 * size, skin)
    sheet.disc(place(36, 121), 11 * size, skin)
    sheet.disc(place(34, 126), 12.5 * size, jersey, 0.72)


@cache
def race_course() -> Image.Image:
    """The sky, the sun, the hills and the road."""
    sheet = Sheet((640, 360), "#f6dcae")
    sheet.disc((120, 120), 62, "#ee8a4a")
    for base, height, waves, start, colour in (
        (190, 30, 1.6, 0.1, "#eab27a"),
        (225, 24, 2.3, 0.55, "#d98258"),
    ):
        x = np.linspace(0, 640, 200)
        ridge = base - height * np.sin(TAU * (waves * x / 640 + start))
        sheet.area([*zip(x, ridge, strict=True), (640, 360), (0, 360)], colour)
    sheet.area([(0, 246), (640, 246), (640, 360), (0, 360)], "#5d4a66")
    sheet.area([(0, 240), (640, 240), (640, 247), (0, 247)], "#f7ecd4")
    return sheet.image


def race(t: float) -> Image.Image:
    """The race at phase t: every lane has moved on by a whole number of gaps when it ends."""
    sheet = Sheet((640, 360), "#000000")
    sheet.image.paste(race_course())
    for start, height in ((0.0, 40), (0.12, 66), (0.21, 50)):
        x = 560 - ((start + t) * 800 + 240) % 800
        flap = 16 * math.sin(TAU * (8 * t + start))
        for wing in (-1, 1):
            tip = (x + wing * 26, height - flap)
            bow = (x + wing * 12, height - 10 - flap / 2)
            sheet.stroke(curve((x, height), bow, tip, 8), 5, 1.5, "#2b2135")
    lanes = (  # y of the ground, size, gap between riders, gaps passed in a loop, (start, jersey)
        (268, 0.82, 400, 1, ((60, "#2f7f86"),)),
        (302, 1.0, 800, 1, ((0, "#f2b233"), (330, "#d8412f"), (560, "#3d9970"))),
        (342, 1.2, 800, 2, ((480, "#f7ecd4"),)),
    )
    for ground, size, gap, passed, riders in lanes:
        gone = gap * passed * t
        wheel = round(gap * passed / (TAU * WHEEL * size) * SPOKES) / SPOKES * t
        pedal = max(round(gap * passed / (TAU * WHEEL * size) / 2), 1) * t
        for start, jersey in riders:
            for x in range(-160, 960, gap):
                at = (x + (start + gone) % gap, ground)
                rider(sheet, at, size, wheel, pedal + start / 97, jersey)
    return sheet.image.reduce(FINE)


CLIPS = {
    "vase": Clip((480, 480), 120, 180, vase),  # goes on for half a period more, for --loop match
    "dancer": Clip((432, 540), 120, 120, dancer),
    "race": Clip((640, 360), 160, 160, race),
}


def write(clip: Clip, path: Path) -> None:
    """Write the clip as H.264, byte for byte the same with the same ffmpeg."""
    exact = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]
    file = imageio_ffmpeg.write_frames(
        str(path),
        clip.size,
        fps=FPS,
        quality=None,
        macro_block_size=2,
        output_params=["-crf", "26", "-preset", "slow", "-tune", "animation", *exact],
    )
    file.send(None)
    for k in range(clip.frames):
        file.send(clip.draw(k / clip.period).tobytes())
    file.close()


if __name__ == "__main__":
    for name, clip in CLIPS.items():
        write(clip, Path(__file__).with_name(f"{name}.mp4"))
