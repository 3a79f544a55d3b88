"""What differs from system to system, in a folder with a name that little else can take.

Windows and macOS are simulated in child processes, see simulated/sitecustomize.py.
"""

from __future__ import annotations

import errno
import io
import json
import os
import runpy
import shlex
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FFMPEG, LOSSY, MakeVideo, ffmpeg, names, rollscan
from PIL import Image

from rollscan import ArgumentError, Job, systems
from rollscan.checks import is_url
from rollscan.cli import main
from rollscan.errors import explained
from rollscan.files import discard, same_file_key
from rollscan.many.stores import check_url
from rollscan.outputs import checked_targets
from rollscan.parser import parser
from rollscan.safe_names import safe_name
from rollscan.studio.frame_cache import CachedFrames, Counter, Frames
from rollscan.systems import command_line
from rollscan.video.failures import has_error, lacks
from rollscan.video.ffmpeg import run_ffmpeg
from rollscan.video.input import Input

ROOT = Path(__file__).parents[1]
AWKWARD = "O'Neil, [x] é"

# Command lines, and what each writes into the current folder. Between them they have every option
# that is given a file, and all that sets something aside in the temporary folder.
LINES = {
    "film.mp4 --gif a.gif --mp4 a.mp4 --poster p.png --still s.png": "a.gif a.mp4 p.png s.png",
    "film.mp4 --steady --deflicker --mp4 steady.mp4 --sound tone.wav": "steady.mp4",
    "film.mp4 --mp4 small.mp4 --webm small.webm --max-size 9KB --sound": "small.mp4 small.webm",
    "film.mp4 --webp a.webp --apng a.apng": "a.webp a.apng",
    "film.mp4 --avif a.avif": "a.avif",
    "film.mp4 --prores a.mov": "a.mov",
    "film.mp4 --looks sheet.png": "sheet.png",
    "film.mp4 --gif map.gif --effect displace --map map.png --depth 0.2": "map.gif",
    "film.mp4 --gif own.gif --effect late.py:Late": "own.gif",
    "a.gif --gif like.gif --like a.gif": "like.gif",
    "film.mp4 --gif place.gif --for mine --platforms own.toml": "place.gif",
    "film.mp4 --still long.png --strip film": "long.png",
    "clips --gif loops/ --report report.jsonl --jobs 2": "loops report.jsonl",
    "clips --still strips/ --sheet strips.png": "strips strips.png",
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


@cache
def encoders() -> str:
    """What this ffmpeg encodes: that for Windows has no encoder of AVIF, for example."""
    return subprocess.run([FFMPEG, "-v", "0", "-encoders"], capture_output=True, text=True).stdout


def lines_without(*options: str) -> dict[str, str]:
    """LINES without those that have one of these options, or need an encoder that is missing."""
    if "libsvtav1" not in encoders():
        options = (*options, "--avif")
    return {line: made for line, made in LINES.items() if not {*options} & {*line.split()}}


def check_written(room: Path, before: list[str], lines: dict[str, str]) -> None:
    """All that these lines write is there, and nothing else."""
    written = [name for line in lines.values() for name in line.split()]
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
    for line in lines_without():
        ran = rollscan(*line.split(), cwd=room)
        assert (line, ran.status, ran.err) == (line, 0, "")
    check_written(room, before, lines_without())


DRIVER = (
    "import json, sys; from rollscan.cli import main;"
    " sys.exit(max(map(main, json.load(open(sys.argv[1], encoding='utf-8')))))"
)


@pytest.mark.posix
@pytest.mark.parametrize(
    ("system", "left_out"),
    [
        ("win32", "--avif --effect --prores --sheet"),
        ("darwin", "--avif --effect --for --like --looks --max-size --prores --sheet --strip"),
    ],
)
def test_another_system_leaves_no_more_behind(
    system: str,
    left_out: str,
    room: Path,
    simulated: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated(system)
    for name, folder in (("TMPDIR", "temporary"), ("HOME", "home")):
        monkeypatch.setenv(name, str(room / folder))
    lines = lines_without(*left_out.split())
    (asked := room.parent / "lines.json").write_text(
        json.dumps([line.split() for line in lines]), encoding="utf-8"
    )
    before = names(room)
    run = [sys.executable, "-c", DRIVER, str(asked)]
    ran = subprocess.run(run, cwd=room, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert b"two.gif" in ran.stdout
    check_written(room, before, lines)


# What other systems say otherwise.


@pytest.fixture
def as_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """as_on("win32"): rollscan takes the system for this one."""
    return lambda system: monkeypatch.setattr(sys, "platform", system)


class Closed(io.TextIOWrapper):
    """A stream whose reader has gone, on Windows."""

    def write(self, text: str) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")


def test_a_pipe_that_nobody_reads_is_no_invalid_argument(
    as_on: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    as_on("win32")
    assert "has stopped" in str(explained(OSError(errno.EINVAL, "Invalid argument")))
    named = OSError(errno.EINVAL, "Invalid argument", "a?.gif")
    assert explained(named) == "Invalid argument: a?.gif"
    with Closed(open(tmp_path / "closed", "wb"), encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["--list-looks"]) == 0


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
@pytest.mark.parametrize("asked", ["--help all", "--list-looks", "--list-platforms", "-- 日本.mp4"])
def test_all_that_is_said_can_be_shown_in_an_old_encoding(
    encoding: str, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    try:
        main(asked.split())
    except SystemExit as end:
        assert end.code == 0
    sys.stdout.flush()
    sys.stderr.flush()
    assert sys.stdout.buffer.getvalue() + sys.stderr.buffer.getvalue()  # type: ignore


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("a.gif", "a.gif"),
        (r"C:\my clips\a.mp4", r'"C:\my clips\a.mp4"'),
        ("my clips\\", '"my clips\\\\"'),  # or the backslash would hide the quote
        ("0,0,96,54", '"0,0,96,54"'),  # a list, in PowerShell
        ("O'Neil, [x] é.gif", '"O\'Neil, [x] é.gif"'),
        ("a & b.mp4", '"a & b.mp4"'),
        ('say "so"', '"say \\"so\\""'),
        ("$5 it's.mp4", "'$5 it''s.mp4'"),
        ("", '""'),
    ],
)
def test_a_command_is_quoted_for_cmd_and_powershell(
    word: str, typed: str, as_on: Callable[[str], None]
) -> None:
    as_on("win32")
    assert command_line(["rollscan", word]) == f"rollscan {typed}"
    if typed.startswith('"') or typed == word:  # as programs there take their command line apart
        assert subprocess.list2cmdline([word]).strip('"') == typed.strip('"')


def test_a_drive_is_no_protocol() -> None:
    assert not is_url("C://clips/a.mp4")
    assert is_url("s3://clips/a.mp4")
    with pytest.raises(ArgumentError, match=r"s4://a.mp4 has the protocol s4"):
        check_url("s4://a.mp4")
    assert rollscan("C://clips/a.mp4", "--gif", "a.gif").err.startswith(
        "rollscan: error: C:/clips/a.mp4 does not exist: "
    )


def test_on_a_mac_names_of_one_file_are_seen_as_one(
    as_on: Callable[[str], None], tmp_path: Path
) -> None:
    two = [tmp_path / unicodedata.normalize(form, "É.gif") for form in ("NFC", "NFD")]
    assert len({same_file_key(name) for name in two}) == 2
    as_on("darwin")
    assert len({same_file_key(name) for name in (*two, tmp_path / "é.GIF")}) == 1
    job = Job(tmp_path / "a.mp4", gif=two[0], still=two[1].with_suffix(".png"))
    assert checked_targets(job)
    with pytest.raises(ArgumentError, match="is asked for twice"):
        checked_targets(Job(tmp_path / "a.mp4", poster=two[0].with_suffix(".png"), still=job.still))


def test_standard_input_that_has_no_other_name_is_copied(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "resolve", lambda path, strict=False: path)  # as on macOS
    with open(film, "rb") as file:
        read = Input.of(f"/dev/fd/{file.fileno()}")
    assert read.opened.read_bytes() == film.read_bytes()


def test_names_from_elsewhere_are_names_on_every_system() -> None:
    for name in ("con.mp4", "aux", "COM1.gif", "a:b?.mp4", "end. ", "nul .mp4"):
        safe = safe_name(name)
        assert safe_name(safe) == safe != name


def test_a_file_that_cannot_be_removed_takes_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EACCES, "open elsewhere", str(path))

    (tmp_path / "frames").write_bytes(b"x" * 1000)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(Path, "unlink", refuse)
        discard(tmp_path / "frames")
    assert (tmp_path / "frames").stat().st_size == 0
    discard(tmp_path / "frames")
    assert names(tmp_path) == []


def test_a_question_goes_on_where_its_frames_are_emptied(tmp_path: Path) -> None:
    seen = [np.full((4, 6, 3), k, np.uint8) for k in range(5)]
    (path := tmp_path / "frames").write_bytes(b"".join(frame.tobytes() for frame in seen))

    class Decoded:
        size = (6, 4)

        def __len__(self) -> int:
            return len(seen)

        def frames(self, first: int, stop: int) -> Iterator[Any]:
            return iter(seen[first:stop])

    video: Any = Decoded()
    frames = Frames(video, Counter(), CachedFrames(path, (6, 4), 0, 5)).frames()
    read = [next(frames), next(frames)]
    os.truncate(path, 0)
    assert [int(frame[0, 0, 0]) for frame in (*read, *frames)] == [0, 1, 2, 3, 4]


# What an ffmpeg, or a Python, has not.


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ("-i {film} -vf nothing=a=1 -f null -", "filter nothing"),
        ("-i {film} -c:v nothing -f null -", "encoder nothing"),
        ("-c:v nothing -i {film} -f null -", "decoder nothing"),
        ("-f nothing -i {film} -f null -", "input format nothing"),
        ("-i {film} -f nothing -", "output format nothing"),
        ("-nothing 1 -i {film} -f null -", "option nothing"),
        ("-i {film} -vf scale=nothing=1 -f null -", "option nothing"),
        ("-i {film} -c copy -bsf:v nothing -f null -", "bitstream filter nothing"),
    ],
)
def test_what_an_ffmpeg_lacks_is_named_with_the_remedy(
    arguments: str, what: str, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollscan.video.failures.version_of", lambda program: "1.0")
    monkeypatch.delenv("IMAGEIO_FFMPEG_EXE", raising=False)
    status, log = run_ffmpeg([word.format(film=film) for word in arguments.split()])
    remedy = f"{systems.ffmpeg_install()}, and let IMAGEIO_FFMPEG_EXE name it"
    assert status != 0
    assert lacks(log) == (f"ffmpeg 1.0 has no {what}", remedy)


def test_the_remedy_is_one_for_the_system(
    as_on: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for system, install in (("win32", "winget"), ("darwin", "brew"), ("linux", "apt")):
        as_on(system)
        assert systems.ffmpeg_remedy().startswith(install)
    monkeypatch.setattr(systems, "is_musl", lambda: True)
    assert systems.ffmpeg_remedy().startswith("apk")
    as_on("win32")
    monkeypatch.setattr(systems, "_machine", lambda: "ARM64")
    assert systems.opencv_remedy().startswith("use the Python for 64-bit Intel")
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    assert systems.ffmpeg_remedy().startswith("use 64-bit Python")


def test_errors_of_the_system_are_known_by_the_words_of_ffmpeg_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "strerror", lambda number: "Not enough space")  # as on Windows
    assert has_error("x: Cannot allocate memory", errno.ENOMEM)
    assert not has_error("x: Unknown error", errno.EDQUOT)


def test_this_ffmpeg_has_all_that_is_asked_of_it() -> None:
    features = runpy.run_path(str(ROOT / "benchmarks" / "ffmpeg_features.py"))
    needed = features["needed"]()
    assert {"vidstabdetect", "zscale", "bwdif"} <= needed["filters"]
    assert {"libx264", "libvpx-vp9", "libopus", "aac"} <= needed["encoders"]
    assert {"-stats_enc_pre", "-format_whitelist", "-nostdin"} <= needed["options"]
    assert features["missing"](FFMPEG) == {}


# The workflow that a maintainer may switch on.


def test_the_workflow_is_run_by_hand_and_names_what_there_is() -> None:
    yaml = pytest.importorskip("yaml", reason='pip install -e ".[docs]"')
    workflow = yaml.safe_load((ROOT / ".github/workflows/systems.yml").read_text(encoding="utf-8"))
    assert set(workflow[True]) == {"workflow_dispatch"}  # `on` is YAML's word for true
    job = workflow["jobs"]["test"]
    systems_tried = {each["os"].partition("-")[0] for each in job["strategy"]["matrix"]["include"]}
    assert systems_tried == {"windows", "macos", "ubuntu"}
    lines = [line.strip() for step in job["steps"] for line in step.get("run", "").splitlines()]
    for line in lines:
        words = shlex.split(line)
        if words[0] == "python" and words[1] != "-m":
            assert (ROOT / words[1]).is_file(), line
        if words[0] == "rollscan":
            parser().parse_args(words[1:])
    assert any(line.startswith("rollscan") for line in lines)
    pythons = [each["python"] for each in job["strategy"]["matrix"]["include"]]
    known = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert {f"Python :: {version}" in known for version in pythons} == {True}
