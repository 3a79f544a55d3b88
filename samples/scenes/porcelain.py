"""A porcelain vase with spiral stripes turns once, on a wooden table by a window."""

import math

from scene import (
    camera,
    coloured_by_vertex,
    light,
    material,
    mixed,
    render,
    room,
    smooth_profile,
    start,
    turned,
    wood,
)

scene = start(400, 500, 100)

CREAM, COBALT, CORAL = (0.83, 0.80, 0.74), (0.02, 0.07, 0.33), (0.72, 0.13, 0.06)
PROFILE = smooth_profile(
    [
        *((0.0, 0.0), (0.42, 0.0), (0.5, 0.06), (0.86, 0.75), (1.0, 1.35), (0.8, 1.95)),
        *(
            (0.42, 2.35),
            (0.34, 2.62),
            (0.5, 2.86),
            (0.53, 2.9),
            (0.48, 2.88),
            (0.3, 2.6),
            (0.3, 2.3),
        ),
    ],
    48,
)


def glaze(turn: float, height: float) -> tuple[float, float, float]:
    """Return the colour at an angle: five wide stripes that climb, with a thin one beside each."""
    across = (5 * (turn + 0.22 * height)) % 1
    wide, thin = abs(across - 0.22), abs(across - 0.68)
    colour = mixed(COBALT, mixed(CORAL, CREAM, edge(thin, 0.06)), edge(wide, 0.2))
    return mixed(COBALT, colour, edge(abs(height - 1.45), 1.35) * -1 + 1)


def edge(distance: float, at: float) -> float:
    """Return 0 inside a stripe that ends at a distance, 1 outside, with a soft step between."""
    return 0.5 + (distance - at) / 0.03


china = coloured_by_vertex("glaze", roughness=0.25, coat=1.0)
vase = turned("vase", PROFILE, china, glaze, around=900)
oak = wood("oak", (0.36, 0.19, 0.09), (0.16, 0.075, 0.03))
room(oak, material("plaster", (0.20, 0.30, 0.30), 0.9))
light((-4.5, -2.5, 4.5), (0, 0, 1.2), 3.0, 700, (1.0, 0.94, 0.86))
light((4.5, -3.5, 2.5), (0, 0, 1.2), 2.5, 130, (0.75, 0.85, 1.0))
camera((0, -9, 2.6), (0, 0, 1.42), 72, (0, -0.8, 1.4), 1.8)


def move(t: float) -> None:
    """Turn the vase once."""
    vase.rotation_euler.z = math.tau * t


render(scene, move, times=5)  # as the stripes are
