"""Four beach balls bounce on a floor, go from side to side and pass each other."""

import math

import bpy
from scene import (
    Colour,
    camera,
    coloured_by_vertex,
    light,
    material,
    mixed,
    render,
    room,
    start,
    turned,
)

scene = start(480, 400, 75)

# Each ball: colour, radius, distance behind the middle, hops in the clip, height of a hop, phase.
BALLS = [
    ((0.75, 0.05, 0.03), 0.62, -0.5, 5, 2.2, 0.00),
    ((0.02, 0.16, 0.55), 0.50, 0.7, 6, 1.9, 0.33),
    ((0.90, 0.36, 0.01), 0.42, -1.7, 7, 1.3, 0.62),
    ((0.01, 0.30, 0.16), 0.55, 1.8, 4, 2.5, 0.80),
]
REACH = 1.9  # the balls go from one side to the other and back
CREAM = (0.85, 0.80, 0.70)


def beach_ball(name: str, radius: float, colour: Colour) -> bpy.types.Object:
    """Return a ball of eight stripes from pole to pole."""

    def stripes(turn: float, _: float) -> Colour:
        return mixed(CREAM, colour, 0.5 + math.sin(4 * math.tau * turn) * 12)

    steps = [math.pi * (step / 96 - 0.5) for step in range(97)]
    profile = [(radius * math.cos(a), radius * math.sin(a)) for a in steps]
    rubber = coloured_by_vertex(name, roughness=0.3, coat=0.6)
    return turned(name, profile, rubber, stripes, around=480)


balls = [beach_ball(f"ball {n}", radius, colour) for n, (colour, radius, *_) in enumerate(BALLS)]
room(material("floor", (0.60, 0.42, 0.30), 0.35), material("wall", (0.42, 0.30, 0.26), 0.9), 5.0)
light((-4, -3, 7), (0, 0, 1), 3.0, 1100, (1.0, 0.95, 0.88))
light((5, -4, 4), (0, 0, 1), 3.0, 250, (0.75, 0.85, 1.0))
camera((0, -12, 1.9), (0, 0, 1.72), 84, (0, -0.5, 1.5), 2.0)


def move(t: float) -> None:
    """Put each ball on its way: from side to side once, with so many hops."""
    for ball, (_, radius, deep, hops, height, phase) in zip(balls, BALLS, strict=True):
        along = (t + phase) % 1
        hop = (along * hops) % 1
        up = 4 * height * hop * (1 - hop)
        squash = 1 - 0.22 * max(0.0, 1 - up / (0.35 * radius))
        ball.location = (REACH * math.cos(math.tau * along), deep, radius * squash + up)
        ball.scale = (squash**-0.5, squash**-0.5, squash)
        ball.rotation_euler = (0.9, 0, math.tau * 2 * along)  # as a ball thrown with a spin


render(scene, move)
