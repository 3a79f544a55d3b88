"""Three red cups are shuffled on a table: a pair changes places, then the next, six times."""

import math

from scene import camera, light, material, render, room, smooth_profile, start, turned, wood

scene = start(480, 360, 108)

SPACE = 1.75  # from one cup to the next
SWAPS = 2 * [(0, 1), (1, 2), (0, 2)]  # places; all cups look alike, and so do both halves
CUP = smooth_profile(
    [(0.0, 1.5), (0.44, 1.5), (0.47, 1.47), (0.5, 1.3), (0.64, 0.1), (0.7, 0.06)], 12
)
CUP += [(0.72, 0.04), (0.7, 0.02), (0.62, 0.03), (0.45, 1.4), (0.0, 1.42)]

plastic = material("plastic", (0.62, 0.02, 0.015), 0.22, coat=0.5)
cups = [turned(f"cup {n}", CUP, plastic, around=128) for n in range(3)]
beech = wood("beech", (0.62, 0.42, 0.24), (0.42, 0.25, 0.12))
room(beech, material("wall", (0.16, 0.22, 0.30), 0.9))
light((-4, -3, 5), (0, 0, 0.5), 2.5, 620, (1.0, 0.95, 0.88))
light((5, -2, 3), (0, 0, 0.5), 2.0, 150, (0.7, 0.82, 1.0))
camera((0, -9.5, 4.2), (0, 0, 0.5), 66, (0, -0.6, 0.8), 2.2)


def move(t: float) -> None:
    """Put each cup where it is at time t."""
    done = int(t * len(SWAPS))
    order = [0, 1, 2]  # which cup is at which place
    for a, b in SWAPS[:done]:
        order[a], order[b] = order[b], order[a]
    for place, cup in enumerate(order):
        cups[cup].location = (SPACE * (place - 1), 0, 0)
    a, b = SWAPS[done]
    share = min(1.0, (t * len(SWAPS) - done) / 0.9)  # a short rest after each
    way = 0.5 - 0.5 * math.cos(math.pi * share)
    middle, reach = SPACE * ((a + b) / 2 - 1), SPACE * (b - a) / 2
    for cup, half_turn in ((order[a], math.pi), (order[b], 0.0)):
        angle = half_turn + math.pi * way
        cups[cup].location = (middle + reach * math.cos(angle), 0.9 * math.sin(angle), 0)
        cups[cup].rotation_euler.y = 0.09 * math.sin(math.pi * way) * math.cos(half_turn)


render(scene, move, times=2)
