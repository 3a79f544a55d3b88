"""Files made to take a machine: bombs, endless texts, other people's paths, pipes, programs."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image

from .case import Case, Room
from .seeds import SEEDS, Seeds, write

_X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-pix_fmt", "yuv420p")
_LIMITED = "over --max-|cut short|stands still|no frame|not a video"
_RECIPE = 'rollscan 1 {{"effect":"displace","map":"{}"}}'
_SPECK = (  # a frame of a GIF: one pixel of it
    b"\x21\xf9\x04\0\x04\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
)


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """The sorts in turn."""
    return _SORTS[number % len(_SORTS)](room, seeds, random)


def _job(what: str, room: Room, source: Path, *options: str | Path, kind: str = "gif") -> Case:
    """A job of which the file to write is known."""
    made = room.out / f"o.{kind}"
    return Case(what, [str(source), f"--{kind}", str(made), *map(str, options)], [made])


def _screen(side: int) -> bytes:
    """How a square GIF of two colours begins."""
    return b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"


def _bursts(room: Room, seeds: Seeds, random: Random) -> Case:
    """A few frames, far apart: millions of frames at a constant rate."""
    gap = round(10 ** random.uniform(0, 6.3), 3)
    count, most = random.randrange(2, 8), random.choice((500, 5000, 20_000))
    path = room.given / random.choice(("bursts.mkv", "bursts.mp4"))
    clock = f"settb=1/1000,setpts='40*N+floor(N/10)*{round(gap * 1000)}'"
    sparse = ("-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    write(path, 10 * count, "-vf", clock, *sparse, *_X264)
    what = f"{count} bursts, {gap} s apart, {most} frames at most"
    case = _job(what, room, path, "--max-frames", str(most), "--max-duration", "100000")
    case.says = _LIMITED
    return case


def _specks(room: Room, seeds: Seeds, random: Random) -> Case:
    """A GIF of large frames, each but one pixel in the file."""
    side, count = random.choice((500, 2000, 8000, 65_000)), random.choice((20, 300, 20_000))
    path = room.given / "specks.gif"
    path.write_bytes(_screen(side) + _SPECK * count + b"\x3b")
    case = _job(f"{count} specks of {side}", room, path, "--max-total-pixels", "100000000")
    case.says = f"{_LIMITED}|pixels, .* are read at most"
    return case


def _comment(room: Room, seeds: Seeds, random: Random) -> Case:
    """A GIF with a comment of up to 40 MB, which may hold a recipe, as --like."""
    path, at = room.given / "theirs.gif", random.choice((0, 1000, 10**6))
    text = b"x" * at + b'rollscan 1 {"slit":0.3}' + b"x" * random.randrange(40 * 10**6)
    parts = (text[k : k + 255] for k in range(0, len(text), 255))  # Pillow is slow at it
    comment = b"".join(bytes([len(part)]) + part for part in parts)
    path.write_bytes(_screen(4) + b"\x21\xfe" + comment + b"\0" + _SPECK + b"\x3b")
    case = _job(f"a comment of {len(text)} bytes", room, seeds.short(), "--like", path)
    case.statuses = (0,) if at < 10**6 else (1,)
    case.says = "carries no recipe"
    return case


def _path(room: Room, seeds: Seeds, random: Random) -> Case:
    """A recipe that names a file: no word of whether it is there."""
    secret = room.given / "secret.png"
    Image.linear_gradient("L").save(secret)
    os.mkfifo(room.given / "pipe")
    named = random.choice((secret, room.given / "pipe", "/etc/passwd", "/dev/zero", "no.png"))
    recipe, path = _RECIPE.format(named).encode(), room.given / random.choice(("a.gif", "a.jpg"))
    Image.new("L", (4, 4)).save(path, comment=recipe)
    case = _job(f"a recipe with {named}", room, seeds.short(), "--like", path)
    case.statuses, case.says, case.never_says = (2,), "a recipe does not carry", str(named)
    return case


def _map(room: Room, seeds: Seeds, random: Random) -> Case:
    """A map that is a program, a bomb, a pipe, or half a picture."""
    path = room.given / "map.png"
    kind = random.choice(("eps", "large", "pipe", "half", "folder", "tables"))
    if kind == "eps":
        path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")
    elif kind == "large":
        Image.new("1", (random.randrange(8200, 30_000), 8200)).save(path)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        Image.linear_gradient("L").save(path)
        end = path.stat().st_size // 2 if kind == "half" else 40
        path.write_bytes(path.read_bytes()[:end] + random.randbytes(random.randrange(9000)))
    case = _job(f"a map, {kind}", room, seeds.short(), "--effect", "displace", "--map", path)
    case.statuses, case.says = (2,), "no picture that can be read|pixels.* are read"
    case.arguments += ["--depth", "0.1"]
    return case


def _sound(room: Room, seeds: Seeds, random: Random) -> Case:
    """A track that is hours of silence, a pipe, a device, or no sound."""
    path = room.given / "track.flac"
    kind = random.choice(("hours", "pipe", "device", "noise", "picture"))
    if kind == "hours":
        frames = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 0xFFFFFFFF, b"WAVE", b"fmt ", 16, 1, 1,
                             8000, 8000, 1, 8, b"data", 0xFFFFFFFF)  # fmt: skip
        path = path.with_suffix(".wav")
        path.write_bytes(frames)
        os.truncate(path, 8000 * 3600 * random.randrange(1, 11))  # takes no room, and is silent
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "noise":
        path.write_bytes(random.randbytes(50_000))
    elif kind == "picture":
        Image.new("L", (4, 4)).save(path, "PNG")
    else:
        path = Path(random.choice(("/dev/zero", "/dev/null")))
    case = _job(f"sound, {kind}", room, seeds.short(), "--sound", path, kind="mp4")
    case.statuses = (0,) if kind == "hours" else (1,)
    case.arguments += ["--max-temporary", "50MB"]
    return case


def _tables(room: Room, seeds: Seeds, random: Random) -> Case:
    """Platforms that are endless, deep, or no text."""
    path, kind = room.given / "own.toml", random.choice(("deep", "long", "noise", "pipe", "device"))
    if kind == "deep":
        path.write_text(random.choice(("a = " + "[" * 9999, "a" + ".a" * 9999 + " = 1")))
    elif kind == "long":
        path.write_text("[x]\nformat = 'gif'\n" + "#" * random.randrange(2 << 20, 50 << 20))
    elif kind == "noise":
        path.write_bytes(random.randbytes(9999))
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path = Path("/dev/zero")
    case = _job(f"platforms, {kind}", room, seeds.short(), "--for", "x", "--platforms", path)
    case.statuses = (2,)
    return case


def _little(room: Room, seeds: Seeds, random: Random) -> Case:
    """An honest video, with limits that are far too small for it or just large enough."""
    name, value = random.choice(
        (
            *(("frames", "9"), ("duration", "0.1"), ("total-pixels", "999"), ("expansion", "1")),
            *(("memory", f"{random.randrange(68, 400)}MB"), ("temporary", "9KB"), ("input", "9KB")),
        )
    )
    source = seeds[random.choice(list(SEEDS))]
    case = _job(f"{source.name}, --max-{name} {value}", room, source, f"--max-{name}", value)
    case.says = f"over --max-{name}|more threads or memory|more memory"
    case.never_says = "download it|check the disk"
    return case


_Sort = Callable[[Room, Seeds, Random], Case]
_SORTS: tuple[_Sort, ...] = (
    *(_bursts, _specks, _comment, _path),
    *(_map, _sound, _tables, _little),
)
