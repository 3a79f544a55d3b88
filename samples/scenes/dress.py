"""A silk skirt on a tailor's dummy spins twice, and rises where it is fastest."""

import math

import bpy
from scene import (
    RATE,
    Colour,
    Point,
    camera,
    coloured_by_vertex,
    grid,
    light,
    material,
    mesh,
    mixed,
    render,
    room,
    smooth_profile,
    start,
    turned,
)

scene = start(400, 500, 4 * RATE)

TURNS = 2
ROWS, AROUND, PLEATS = 60, 720, 18
WAIST, LONG = 2.45, 1.95  # the height of the waist, the length of the skirt
RED, GOLD, INK = (0.36, 0.006, 0.02), (0.72, 0.32, 0.02), (0.02, 0.02, 0.06)

BUST = smooth_profile(
    [
        *((0.30, WAIST - 0.06), (0.31, WAIST + 0.05), (0.40, 2.78), (0.47, 3.02), (0.42, 3.3)),
        *((0.26, 3.5), (0.13, 3.58), (0.12, 3.78), (0.10, 3.82), (0.0, 3.83)),
    ]
)


def silk(turn: float, down: float) -> Colour:
    """Return the cloth's colour: a gold panel in three of red, with a dark band above the hem."""
    panel = math.cos(3 * math.tau * turn) - 0.62
    colour = mixed(RED, GOLD, 0.5 + 9 * panel)
    return mixed(colour, INK, 0.5 - (abs(down - 0.90) - 0.025) / 0.012)


def skirt_at(lift: float, drag: float) -> list[Point]:
    """Return the skirt's points: its hem raised by `lift`, and `drag` turns behind the waist."""
    points = []
    for row in range(ROWS):
        down = row / (ROWS - 1)
        radius = 0.31 + (0.55 + 0.75 * lift) * down**1.15
        height = WAIST - LONG * (down - 0.33 * lift * down**2.2)
        for step in range(AROUND):
            turn = step / AROUND
            fold = math.cos(PLEATS * math.tau * turn)
            fold += 0.6 * math.cos(5 * math.tau * turn + 4 * lift)
            wave = 0.09 * lift * down**2 * math.cos(3 * math.tau * turn + 1.3)
            angle = math.tau * (turn - drag * down**1.6)
            out = radius + 0.075 * (1 - 0.5 * lift) * down * fold
            points.append((out * math.cos(angle), out * math.sin(angle), height + wave))
    return points


colours = [silk(step / AROUND, row / (ROWS - 1)) for row in range(ROWS) for step in range(AROUND)]
cloth = coloured_by_vertex("silk", roughness=0.5, sheen=0.05)
skirt = mesh("skirt", skirt_at(0, 0), grid(ROWS, AROUND), cloth, colours)
linen = material("linen", (0.62, 0.55, 0.45), 0.85, sheen=0.3)
dummy = [turned("bust", BUST, linen, around=96)]
dummy[0].scale = (1.0, 0.74, 1.0)
pole = [(0.05, 0.0), (0.05, WAIST)]
turned("pole", pole, material("brass", (0.7, 0.45, 0.15), 0.25, metallic=1.0), around=32)
iron = material("iron", (0.03, 0.02, 0.02), 0.3)
turned("foot", [(0.5, 0.0), (0.5, 0.06), (0.0, 0.08)], iron, around=64)
room(material("floor", (0.10, 0.12, 0.16), 0.25), material("wall", (0.05, 0.09, 0.16), 0.9))
light((-4, -4, 5), (0, 0, 1.8), 2.2, 620, (1.0, 0.93, 0.84))
light((4.5, -2, 3.5), (0, 0, 1.8), 2.0, 260, (0.6, 0.75, 1.0))
light((0, 3.2, 4.6), (0, 0, 2), 1.5, 180, (1.0, 0.9, 0.8))
camera((0, -12, 2.3), (0, 0, 1.86), 92, (0, -0.6, 1.9), 2.2)


def move(t: float) -> None:
    """Turn the dummy, and let the skirt follow."""
    speed = 1 - 0.45 * math.cos(TURNS * math.tau * t)  # as a share of the mean
    turned_by = TURNS * t - 0.45 * math.sin(TURNS * math.tau * t) / math.tau
    lift = 0.55 - 0.4 * math.cos(TURNS * math.tau * (t - 0.12))  # a little after the speed
    _set(skirt, skirt_at(lift, 0.05 * speed))
    for thing in (skirt, *dummy):
        thing.rotation_euler.z = math.tau * turned_by


def _set(thing: bpy.types.Object, points: list[Point]) -> None:
    thing.data.vertices.foreach_set("co", [c for point in points for c in point])
    thing.data.update()


render(scene, move, times=TURNS)
