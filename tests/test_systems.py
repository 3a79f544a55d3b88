"""What differs from system to system, in a folder with a name that little else can take.

Windows and macOS are simulated in child processes, see simulated/sitecustomize.py.
"""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LOSSY, MakeVideo, command, ffmpeg, names, rollscan, without_main_module
from PIL import Image

from rollscan import ArgumentError, Job, systems
from rollscan.checks import is_url
from rollscan.cli import main
from rollscan.errors import explained
from rollscan.files import discard, same_file_key
from rollscan.many import cores
from rollscan.many.stores import check_url
from rollscan.outputs import checked_targets
from rollscan.parser import parser
from rollscan.safe_names import safe_name
from rollscan.studio.frame_cache import CachedFrames, Counter, Frames
from rollscan.systems import command_line
from rollscan.video.failures import has_error, lacks
from rollscan.video.input import Input

AWKWARD = "O'Neil, [x] é"

# Command lines, and what each writes into the current folder. Between them they have every option
# that is given a file, and all that sets something aside in the temporary folder.
LINES = {
    "film.mp4 --gif a.gif --mp4 a.mp4 --poster p.png --still s.png --sound": "a.gif a.mp4 p.png s.png",
    "film.mp4 --steady --deflicker --mp4 steady.mp4 --sound tone.wav": "steady.mp4",
    "film.mp4 --mp4 small.mp4 --max-size 9KB --webm small.webm --max-frames 99": "small.mp4 small.webm",
    "film.mp4 --webp a.webp --avif a.avif --apng a.apng": "a.webp a.avif a.apng",
    "film.mp4 --looks sheet.png": "sheet.png",
    "film.mp4 --gif map.gif --effect displace --map map.png --depth 0.2": "map.gif",
    "film.mp4 --gif own.gif --effect late.py:Late": "own.gif",
    "a.gif --gif like.gif --like a.gif": "like.gif",
    "film.mp4 --gif place.gif --for mine --platforms own.toml": "place.gif",
    "film.mp4 --still long.png --strip film": "long.png",
    "clips --gif loops/ --report report.jsonl --jobs 2": "loops report.jsonl",
}
LATE = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from rollscan import Effect, TimeDisplacer

@dataclass(frozen=True)
class Late(Effect):
    name: ClassVar[str] = "late"
    help: ClassVar[str] = "every pixel is a frame late"

    def full(self, extent):
        return 1

    def composer(self, frames, extent, *, pre_roll=0):
        late = np.ones(extent.size[::-1])
        return TimeDisplacer(frames, extent.rate, map=late, depth=1 / extent.rate)
"""


@pytest.fixture(scope="module")
def film(make_video: MakeVideo) -> Path:
    """Ten frames of a picture that is not flat, and a tone."""
    rng = np.random.default_rng(1)
    scene = np.kron(rng.integers(0, 255, (10, 14, 3), np.uint8), np.ones((10, 10, 1), np.uint8))
    seen = [scene[4 + k % 3 : 76 + k % 3, 4 + k % 2 : 100 + k % 2] for k in range(10)]
    tone = ("-f", "lavfi", "-i", "sine=d=0.4", "-c:a", "aac")
    return make_video("film.mp4", seen, *tone, *LOSSY)


@pytest.fixture
def room(film: Path, tmp_path: Path) -> Path:
    """A folder of an awkward name with all that LINES read, and folders for what is temporary."""
    room = tmp_path / AWKWARD
    for name in ("temporary", "home", "clips"):
        (room / name).mkdir(parents=True)
    for name in ("film.mp4", "clips/é 日本.mp4", "clips/two.mp4"):
        shutil.copyfile(film, room / name)
    ffmpeg("-i", film, "-vn", room / "tone.wav")
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(room / "map.png")
    (room / "late.py").write_text(LATE, encoding="utf-8")
    (room / "own.toml").write_text('[mine]\nformat = "gif"\n', encoding="utf-8")
    return room


def check_written(room: Path, before: list[str]) -> None:
    """All that LINES write is there, and nothing else."""
    written = [name for line in LINES.values() for name in line.split()]
    assert names(room) == sorted({*before, *written})
    assert names(room / "loops") == ["two.gif", "é 日本.gif"]
    assert names(room / "temporary") == names(room / "home") == []


def test_every_option_that_is_given_a_file_is_tried() -> None:
    tried = {word for line in LINES for word in line.split()}
    for action in parser()._actions:
        reads_or_writes = any(part in str(action.metavar) for part in ("FILE", "OUT.", "SHEET."))
        if reads_or_writes and not action.dest.startswith("tls_"):  # these go to Dask as they are
            assert tried & {*action.option_strings}, action.option_strings


@pytest.mark.usefixtures("many_here", "registry")
def test_a_folder_of_any_name_does_for_all_files_and_nothing_is_left_there(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(room / "temporary"))
    monkeypatch.setenv("HOME", str(room / "home"))
    before = names(room)
    for line in LINES:
        ran = rollscan(*line.split(), cwd=room)
        assert (line, ran.status, ran.err) == (line, 0, "")
    check_written(room, before)


DRIVER = (
    "import json, sys; from rollscan.cli import main;"
    " sys.exit(max(map(main, json.load(open(sys.argv[1], encoding='utf-8')))))"
)


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """simulated("win32"): processes that are started from now on take the system for this one."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("only Linux tells which files others have open")

    def begin(system: str) -> None:
        monkeypatch.setenv("SIMULATED", system)
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "simulated"))
        monkeypatch.setenv("PYTHONIOENCODING", "cp1252" if system == "win32" else "utf-8")

    return begin


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_another_system_leaves_no_more_behind(
    system: str, room: Path, simulated: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated(system)
    for name, folder in (("TMPDIR", "temporary"), ("HOME", "home")):
        monkeypatch.setenv(name, str(room / folder))
    (lines := room.parent / "lines.json").write_text(
        json.dumps([line.split() for line in LINES]), encoding="utf-8"
    )
    before = names(room)
    run = [sys.executable, "-c", DRIVER, str(lines)]
    ran = subprocess.run(run, cwd=room, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"two.gif" in ran.stdout
    check_written(room, before)
