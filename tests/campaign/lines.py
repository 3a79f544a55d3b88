"""Command lines: valid and nonsense options, names of every sort, inputs and outputs of no use."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random

from .case import Case, Family, Room
from .seeds import NO_PICTURE, Seeds

_NONSENSE = (
    *("", " ", "x", "-1", "0", "nan", "inf", "-inf", "1e-300", "1e308", "9" * 309, "9" * 23, "1e9"),
    *("0x10", "1,5", "--gif", "\u0663", "1\n2", "\x1b[31m1", "None", "1:2:3:4", "0.5:", ":", "%d"),
    *("300000000", "65536", "../x", os.fsdecode(b"\xff")),
)
_VALID: dict[str, tuple[str, ...]] = {
    "--scale": ("0.5", "1", "2", "0.1"),
    "--width": ("16", "64", "101", "2"),
    "--fps": ("5", "12.5", "25", "50", "0.1"),
    "--speed": ("0.5", "2", "10", "0.01"),
    "--start": ("0", "0.1", "0:00:00.2", "0.48"),
    "--end": ("0.3", "0.04", "100", "0:00:00.4"),
    "--slit": ("0", "0.5", "1", "0.2:0.8", "0.2:0.8:0.2", "0@0s 1@0.2s", "sine(50% +- 9%, 1s)"),
    "--direction": ("up", "down", "left", "right", "out"),
    "--slit-width": ("1", "3", "auto", "48", "1@0s hold 9@0.1s"),
    "--feather": ("0", "5", "48"),
    "--loop": ("cut", "wrap", "boomerang", "crossfade", "match"),
    "--fade": ("0.1", "0.2"),
    "--min-loop": ("0.1", "0.3"),
    "--max-loop": ("0.3", "5"),
    "--rgb": ("0.04", "0", "1"),
    "--repeat": ("0", "1", "65535"),
    "--mp4-loops": ("1", "3"),
    "--quality": ("1", "50", "100"),
    "--colors": ("2", "17", "256"),
    "--max-size": ("8MB", "100KB", "20KiB", "1"),
    "--for": ("discord", "giphy", "discord,giphy", "nowhere", "Twitter , slack-emoji"),
    "--fit": ("crop", "pad", "blur"),
    "--look": ("spiral", "pour", "nothing"),
    "--poster-first": (),
    "--no-recipe": (),
    "--quiet": (),
}
_NAMES = (
    *(
        "o",
        "two\nlines",
        "\x1b[31mred\x1b[0m",
        "\u65e5\u672c\u8a9e",
        "\u0634\u0643\u0644",
        "\U0001f3ac",
    ),
    *(
        os.fsdecode(b"bytes-\xff\xfe"),
        "-lead",
        "a b  c",
        "q'\"$(x)`",
        "%03d",
        "a:b",
        "file:x",
        "n" * 240,
    ),
    *(
        "concat:a|b",
        "\u202egnp",
        "pipe:1",
        "tab\there",
        "semi;colon",
        "[0:v]",
        "\x07bell",
        "d\xe9ja",
    ),
)
_ENDINGS = {
    "gif": "gif",
    "mp4": "mp4",
    "webm": "webm",
    "webp": "webp",
    "still": "png",
    "poster": "png",
}
_MOVING = ("gif", "mp4", "webm", "webp")  # which places take
_NEEDS = {  # to have an effect
    "--fade": ("--loop", "crossfade"),
    "--min-loop": ("--loop", "match"),
    "--max-loop": ("--min-loop", "0.1", "--loop", "match"),
    "--poster-first": ("--loop", "wrap"),
}
_EXITS = ("-h", "--help", "--version", "--list-looks", "--list-platforms")


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """First the known ones, then any."""
    known = _known(room, seeds)
    if number < len(known):
        return known[number]
    source = _source(room, seeds, random)
    arguments, outputs = [source], []
    for kind in random.sample(list(_ENDINGS), random.choice((1, 1, 1, 2))):
        path = _output(kind, room, source, random)
        arguments += [f"--{kind}", path]
        outputs.append(room.out / path)
        if random.random() < 0.2 and len(path) < 250 and not outputs[-1].is_symlink():
            _old(outputs[-1])
    for option in random.sample(list(_VALID), random.randrange(6)):
        values = _VALID[option]
        value = random.choice(_NONSENSE if random.random() < 0.12 else values or _NONSENSE)
        arguments += [option, value] if values else [option]
        arguments += _NEEDS.get(option, ()) if random.random() < 0.9 else ()
    if random.random() < 0.03:
        arguments += [random.choice(_EXITS)]
    case = Case(repr(arguments[1:]), arguments, outputs)
    if set(arguments) & set(_EXITS):
        case.outputs = []
    else:
        name_by_the_program(case)
    return case


def name_by_the_program(case: Case) -> None:
    """Take from the outputs those in a folder, and those whose names the places decide.

    Many places have a file each, OUT-NAME.ENDING; one may take another format than is asked for.
    """
    source = Path(case.arguments[0])
    for path in list(case.outputs):
        inside = path.name != "" and _is_folder(path)
        moving = inside or path.suffix.lower().lstrip(".") in _MOVING
        if inside:
            case.many = True
        if inside or (moving and "--for" in case.arguments):
            stem = re.escape(source.stem if inside else path.stem)
            endings = "|".join({*_ENDINGS.values()} if inside else _MOVING)
            place = r"(-[a-z0-9-]+)?" if "--for" in case.arguments else ""
            folder = path.resolve() if inside else path.parent.resolve()
            case.outputs.remove(path)
            case.families.append(Family(path, rf"{stem}{place}\.({endings})", folder))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that is too long
        return False


def _known(room: Room, seeds: Seeds) -> list[Case]:
    """Those that went wrong once."""
    made = room.out / "o.gif"
    video = str(seeds.short())

    def case(*options: str, source: str = video, output: str = str(made), **more: object) -> Case:
        arguments = [source, "--gif", output, *options]
        return Case(repr([*options, source]), arguments, [room.out / output], **more)  # type: ignore[arg-type]

    loop = room.out / "self.gif"
    refused = (1, 2)
    cases = [
        case("--max-size", "9" * 309),
        case("--feather", "9" * 23),
        case("--feather", "300000000"),
        case("--fps", "1e-300", statuses=(2,)),
        case("--speed", "1e-300", statuses=refused),
        case("--scale", "40", source=str(room.given / "no")),
        case(output=str(loop), statuses=refused),
        case(source="-lead.mp4", statuses=(2,), says=r"--|\./"),
        case(source="two\nlines.mp4", statuses=(1,)),
        case(source="\x1b[31mred.mp4", statuses=(1,)),
        case(source=str(_pipe(room)), during=_feeding(room, seeds.short())),
        case("--platforms", str(room.given / "pipe"), during=_feeding(room, None)),
        case("--like", str(room.given / "pipe"), during=_feeding(room, None)),
        case(source="/dev/stdin"),
        case(source="/dev/null", statuses=(1,)),
        case(source="/dev/zero", statuses=(1,)),
        case(source=str(room.given), statuses=(1,)),
        case(output=video),
        *(case(source=str(seeds[name]), statuses=(1,)) for name in NO_PICTURE),
        case("--width", "1", statuses=(2,)),
        case("--still", "/dev/full"),
    ]
    loop.unlink(missing_ok=True)
    loop.symlink_to(loop)
    for each in cases:
        if "/dev/full" in each.arguments:
            each.outputs.append(Path("/dev/full"))
    return cases


def _source(room: Room, seeds: Seeds, random: Random) -> str:
    """Mostly a video under some name; else something that is none."""
    sort = random.random()
    if sort < 0.9:
        path = room.given / f"{random.choice(_NAMES)}.mp4"
        path.write_bytes(seeds.short().read_bytes())
        return str(path)
    if sort < 0.93:
        return str(seeds[random.choice(NO_PICTURE)])
    others = ("", "missing.mp4", "/dev/null", "/dev/zero", "http://127.0.0.1:9/x.mp4", "pipe:0")
    others = (*others, str(room.given), "-", "data:,x", "/proc/self/mem", "/dev/stdin", "-lead.mp4")
    return random.choice(others)


def _output(kind: str, room: Room, source: str, random: Random) -> str:
    """Mostly a name in the folder; else a place of no use."""
    ending = _ENDINGS[kind]
    sort = random.random()
    if sort < 0.85:
        return f"{random.choice(_NAMES)}-{kind}.{ending}"
    if sort < 0.87:
        return source
    if sort < 0.91:
        link = room.out / f"link-{kind}.{ending}"
        link.symlink_to(random.choice((link, room.out / f"aim.{ending}", room.out / "no" / "x")))
        return str(link)
    places = ("/dev/null", "/dev/full", f"no/folder/o.{ending}", f"/proc/o.{ending}", str(room.out))
    places = (*places, f"{'n' * 300}.{ending}", "o", "o.txt", "", f"/sys/o.{ending}", f".{ending}")
    return random.choice(places)


def _old(path: Path) -> None:
    """An old file under that name, where one can be."""
    try:
        if not path.exists():
            path.write_bytes(b"old")
    except OSError:
        return


def _pipe(room: Room) -> Path:
    """A named pipe in the room."""
    pipe = room.given / "pipe"
    os.mkfifo(pipe)
    return pipe


def _feeding(room: Room, video: Path | None) -> Callable[[subprocess.Popen[bytes]], None]:
    """Something to do meanwhile: write the video, or nothing, to the pipe once, if it is opened."""

    def write() -> None:
        try:
            with (room.given / "pipe").open("wb") as pipe:
                pipe.write(video.read_bytes() if video else b"")
        except OSError:
            return

    def feed(child: subprocess.Popen[bytes]) -> None:
        threading.Thread(target=write, daemon=True).start()

    return feed
