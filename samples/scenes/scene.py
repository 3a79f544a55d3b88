"""What the scenes share: surfaces, a table before a wall, light, a lens, and the way to an MP4.

Scenes are built and rendered by Blender as a Python module (`pip install bpy`, for Python 3.11),
and encoded by the `ffmpeg` on the PATH. Each is a file of its own in this folder:

    python samples/scenes/porcelain.py samples/porcelain.mp4
"""

import argparse
import math
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import bpy
from mathutils import Vector

RATE = 25  # frames a second

Point = tuple[float, float, float]
Colour = tuple[float, float, float]  # linear red, green and blue, from 0 to 1


def start(width: int, height: int, frames: int, samples: int = 12) -> bpy.types.Scene:
    """Return an empty scene of so many pixels and frames, with the renderer set."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.fps = RATE
    scene.frame_start, scene.frame_end = 1, frames
    scene.render.use_persistent_data = True  # what stands still is set up once
    scene.cycles.samples = samples
    scene.cycles.use_denoising = True
    scene.cycles.max_bounces = 6
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.world = bpy.data.worlds.new("room")
    scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.55, 0.6, 0.7, 1)
    background.inputs["Strength"].default_value = 0.35
    return scene


def material(
    name: str,
    colour: Colour,
    roughness: float = 0.5,
    *,
    coat: float = 0.0,
    sheen: float = 0.0,
    metallic: float = 0.0,
) -> bpy.types.Material:
    """Return a surface of one colour; `coat` is a clear glaze, `sheen` the glow of cloth."""
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    surface = made.node_tree.nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (*colour, 1)
    surface["Roughness"].default_value = roughness
    surface["Coat Weight"].default_value = coat
    surface["Coat Roughness"].default_value = 0.03
    surface["Sheen Weight"].default_value = sheen
    surface["Metallic"].default_value = metallic
    return made


def coloured_by_vertex(name: str, **surface: float) -> bpy.types.Material:
    """Return a surface that takes its colour from the mesh's own colours, see `mesh`."""
    made = material(name, (1, 1, 1), **surface)
    tree = made.node_tree
    colours = tree.nodes.new("ShaderNodeVertexColor")
    colours.layer_name = "colour"
    tree.links.new(colours.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return made


def wood(name: str, light_grain: Colour, dark_grain: Colour) -> bpy.types.Material:
    """Return oiled boards, whose grain runs from left to right."""
    made = material(name, light_grain, 0.38)
    nodes, links = made.node_tree.nodes, made.node_tree.links
    place, stretch = nodes.new("ShaderNodeTexCoord"), nodes.new("ShaderNodeMapping")
    grain, colours = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeValToRGB")
    stretch.inputs["Scale"].default_value = (0.5, 9, 1)
    grain.inputs["Scale"].default_value, grain.inputs["Detail"].default_value = 1.6, 6
    grain.inputs["Distortion"].default_value = 0.7
    for end, colour in zip(colours.color_ramp.elements, (dark_grain, light_grain), strict=True):
        end.color = (*colour, 1)
    colours.color_ramp.elements[0].position = 0.3
    colours.color_ramp.elements[1].position = 0.7
    links.new(place.outputs["Object"], stretch.inputs["Vector"])
    links.new(stretch.outputs["Vector"], grain.inputs["Vector"])
    links.new(grain.outputs["Fac"], colours.inputs["Fac"])
    links.new(colours.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    return made


def mesh(
    name: str,
    points: list[Point],
    faces: list[tuple[int, ...]],
    surface: bpy.types.Material,
    colours: list[Colour] | None = None,
) -> bpy.types.Object:
    """Return a smooth object of points and faces, with a colour for each point if given."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(points, [], faces)
    if colours is not None:
        layer = data.color_attributes.new("colour", "FLOAT_COLOR", "POINT")
        layer.data.foreach_set("color", [c for colour in colours for c in (*colour, 1.0)])
    data.shade_smooth()
    data.materials.append(surface)
    made = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(made)
    return made


def turned(
    name: str,
    profile: list[tuple[float, float]],
    surface: bpy.types.Material,
    colour_at: Callable[[float, float], Colour] | None = None,
    around: int = 256,
) -> bpy.types.Object:
    """Return what a potter's wheel makes of a profile of (radius, height), bottom to top.

    `colour_at` tells the colour of a point from its angle in turns and its height.
    """
    points: list[Point] = []
    colours: list[Colour] = []
    for radius, height in profile:
        for step in range(around):
            angle = math.tau * step / around
            points.append((radius * math.cos(angle), radius * math.sin(angle), height))
            if colour_at is not None:
                colours.append(colour_at(step / around, height))
    return mesh(name, points, grid(len(profile), around), surface, colours or None)


def grid(rows: int, around: int) -> list[tuple[int, ...]]:
    """Return the faces between `rows` rings of `around` points each."""
    return [
        (
            row * around + step,
            row * around + (step + 1) % around,
            (row + 1) * around + (step + 1) % around,
            (row + 1) * around + step,
        )
        for row in range(rows - 1)
        for step in range(around)
    ]


def mixed(a: Colour, b: Colour, share: float) -> Colour:
    """Return a colour between two: `a` at 0, `b` at 1."""
    share = min(max(share, 0.0), 1.0)
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def smooth_profile(
    corners: list[tuple[float, float]], steps: int = 24
) -> list[tuple[float, float]]:
    """Return the Catmull-Rom curve through points, in `steps` steps from one to the next."""
    held = [corners[0], *corners, corners[-1]]
    curve = []
    for a, b, c, d in zip(held, held[1:], held[2:], held[3:], strict=False):
        for step in range(steps):
            t = step / steps
            curve.append(tuple(_catmull_rom(a[i], b[i], c[i], d[i], t) for i in (0, 1)))
    return [*curve, corners[-1]]


def _catmull_rom(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def room(table: bpy.types.Material, wall: bpy.types.Material, depth: float = 4.0) -> None:
    """Put a table top at height 0 into the scene, and a wall `depth` behind its middle."""
    mesh("table", [(-8, -6, 0), (8, -6, 0), (8, depth, 0), (-8, depth, 0)], [(0, 1, 2, 3)], table)
    mesh(
        "wall",
        [(-12, depth, -4), (12, depth, -4), (12, depth, 10), (-12, depth, 10)],
        [(0, 1, 2, 3)],
        wall,
    )


def light(at: Point, towards: Point, size: float, watts: float, colour: Colour = (1, 1, 1)) -> None:
    """Put a square light into the scene, as a window or a lamp with a shade is."""
    lamp = bpy.data.lights.new("light", "AREA")
    lamp.size, lamp.energy, lamp.color = size, watts, colour
    _add(bpy.data.objects.new("light", lamp), at, towards)


def camera(at: Point, towards: Point, millimetres: float, sharp_at: Point, stop: float) -> None:
    """Film from `at` with a lens of so many mm on 36 mm film, sharp at a point, at f/`stop`."""
    lens = bpy.data.cameras.new("camera")
    lens.lens = millimetres
    lens.dof.use_dof = True
    lens.dof.focus_distance = (Vector(sharp_at) - Vector(at)).length
    lens.dof.aperture_fstop = stop
    made = bpy.data.objects.new("camera", lens)
    _add(made, at, towards)
    bpy.context.scene.camera = made


def _add(thing: bpy.types.Object, at: Point, towards: Point) -> None:
    thing.location = at
    thing.rotation_euler = (Vector(towards) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    bpy.context.collection.objects.link(thing)


def render(scene: bpy.types.Scene, move: Callable[[float], None], times: int = 1) -> None:
    """Render the scene to what the command line names: an MP4, or one frame as a PNG.

    `move(t)` sets the scene to its time `t`, from 0 to just under 1. If it shows the same
    `times` times in that, the pictures are rendered once.
    """
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path, help="OUT.mp4, or OUT.png with --frame")
    options.add_argument("--frame", type=int, help="only this frame, from 0")
    options.add_argument("--keep", type=Path, help="a folder of frames: those there stay")
    asked = options.parse_args()
    if asked.frame is not None:
        _still(scene, move, asked.frame, asked.out)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch)
        for index in range(scene.frame_end // times):
            name = folder / f"{index:04d}.png"
            if not name.exists():
                _still(scene, move, index, Path(scratch) / "next.png")
                shutil.move(Path(scratch) / "next.png", name)
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-y"),
                *("-framerate", str(RATE), "-i", folder / "%04d.png"),
                *("-vf", f"loop={times - 1}:{scene.frame_end // times}"),
                *("-c:v", "libx264", "-preset", "veryslow", "-crf", "18", "-pix_fmt", "yuv420p"),
                *("-movflags", "+faststart", "-map_metadata", "-1", asked.out),
            ],
            check=True,
        )


def _still(scene: bpy.types.Scene, move: Callable[[float], None], index: int, out: Path) -> None:
    move(index / scene.frame_end)
    scene.render.filepath = str(out.resolve())
    bpy.ops.render.render(write_still=True)
