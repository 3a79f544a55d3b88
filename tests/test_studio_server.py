"""The studio's server over real HTTP: what it answers, whom it refuses, what it leaves behind."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote, unquote

import numpy as np
import psutil
import pytest
from conftest import (
    LOSSLESS,
    LOSSY,
    MakeVideo,
    bad_video,
    command,
    decoded,
    ffmpeg,
    gif_frames,
    names_in,
    number,
    numbered,
    rollscan,
    running_ffmpegs,
    sig,
    video_of,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from studio_here import studio_here

from rollscan import ArgumentError, Look, RollingClip
from rollscan.checks import in_seconds
from rollscan.job import Job, settings
from rollscan.loop.match import best_loop, match_width
from rollscan.options import command_of, job_of
from rollscan.parser import parser
from rollscan.run import render
from rollscan.video.probe import Probe

pytest.importorskip("starlette", reason='pip install "rollscan[ui]"')

import uvicorn

from rollscan.studio import connections
from rollscan.studio.answers import Answers
from rollscan.studio.clip import Clip
from rollscan.studio.folder import Folder
from rollscan.studio.job_request import CommandLine, parse_request
from rollscan.studio.jobs import Order
from rollscan.studio.private_link import _private_folder
from rollscan.studio.serve import _ending_on_signals, _listening_socket
from rollscan.studio.start import start

FOOTAGE = Path(__file__).parents[2] / "shared" / "data"


class Answer:
    """What came back."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Studio:
    """A studio, and what is asked of it."""

    process: subprocess.Popen[str]  # of its own, if it has one

    def __init__(self, line: str, temporary: Path) -> None:
        found = re.search(r"http://(.+):(\d+)(/.+/)", line)
        assert found, line
        self.temporary = temporary
        self.host, self.port, self.root = found[1], int(found[2]), found[3]
        self.open = ExitStack()  # connections, up to its end

    def begun(self, method: str, path: str, body: bytes = b"", *, length: int) -> None:
        """Send a request, or the beginning of its body, and read no answer."""
        connection = HTTPConnection(self.host, self.port)
        self.open.callback(connection.close)
        connection.putrequest(method, self.root + path)
        connection.putheader("Content-Length", str(length))
        connection.endheaders(body)

    def ask(
        self, method: str, path: str, body: Any = None, *, root: str | None = None, **headers: str
    ) -> Answer:
        if isinstance(body, dict):
            body = json.dumps(body)
        with closing(HTTPConnection(self.host, self.port, timeout=120)) as connection:
            address = (self.root if root is None else root) + path
            connection.request(method, address, body, headers)
            return Answer(connection.getresponse())

    def get(self, path: str = "", **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, **body: Any) -> Answer:
        return self.ask("POST", path, body)

    def plan(self, **options: Any) -> dict[str, Any]:
        answer = self.post("plan", options=options)
        assert answer.status == 200
        plan: dict[str, Any] = answer.json
        return plan

    def frames(self, **asked: Any) -> tuple[Answer, list[Any]]:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = self.get(f"frames?{query}")
        assert answer.status == 200, answer.body
        width, height = int(answer.headers["X-Width"]), int(answer.headers["X-Height"])
        return answer, list(np.frombuffer(answer.body, np.uint8).reshape(-1, height, width, 3))

    def events(self, id: str) -> Iterator[dict[str, Any]]:
        """The events of a job, to its end."""
        seen: list[Any] = []
        while not (seen and seen[-1]["type"] in ("done", "failed", "cancelled")):
            with closing(HTTPConnection(self.host, self.port, timeout=120)) as connection:
                connection.request("GET", f"{self.root}jobs/{id}/events")
                response = connection.getresponse()
                assert response.headers["Content-Type"].startswith("text/event-stream")
                for line in response:
                    if line.startswith(b"data: "):
                        seen.append(json.loads(line[6:]))
                        yield seen[-1]

    def made(self, **options: Any) -> tuple[list[dict[str, Any]], list[bytes]]:
        """Make these, and return what was written, and the files."""
        answer = self.post("jobs", options=options)
        assert answer.status == 201, answer.body
        id = answer.json["id"]
        events = list(self.events(id))
        assert events[-1]["type"] == "done", events
        written = [event for event in events if event["type"] == "written"]
        return written, [self.get(f"jobs/{id}/files/{made['index']}").body for made in written]

    def left(self) -> list[str]:
        """What is in the temporary folder."""
        return sorted(path.name for path in self.temporary.iterdir())

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def opened(temporary: Path, *arguments: str | Path) -> Iterator[Studio]:
    """A studio in this process; at its end nothing of it is left."""
    temporary.mkdir(exist_ok=True)
    with studio_here(*arguments, temporary=temporary) as address:
        studio = Studio(address, temporary)
        with studio.open:
            yield studio
    until(lambda: not [*temporary.iterdir()], lambda: str([*temporary.iterdir()]))


@contextmanager
def started(temporary: Path, *arguments: str | Path, grace: float = 0) -> Iterator[Studio]:
    """A studio in a process of its own; at its end nothing of it is left.

    grace: seconds that it waits for another page, if not as long as usual.
    """
    temporary.mkdir(exist_ok=True)
    words = (*arguments, "--ui", "--no-browser")
    process = subprocess.Popen(
        hasty(grace, *words) if grace else command(*words),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert process.stdout
    assert process.stderr
    line = process.stdout.readline()
    assert line, process.stderr.read()
    studio = Studio(line, temporary)
    studio.process = process
    try:
        yield studio
        if process.poll() is None:
            assert studio.end() == 0
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.communicate()
        studio.open.close()
    gone(temporary)


def hasty(grace: float, *arguments: str | Path) -> list[str]:
    """A command line of a rollscan whose studio waits so many seconds for another page."""
    code = (
        "import sys; from rollscan.cli import main; from rollscan.studio import shutdown\n"
        f"shutdown.GRACE = {grace}; sys.exit(main(sys.argv[1:]))"
    )
    return [sys.executable, "-c", code, *map(str, arguments)]


def gone(temporary: Path) -> None:
    """Wait until no file, and no process of a studio with this temporary folder, is left."""
    until(lambda: not [*temporary.iterdir()], lambda: str([*temporary.iterdir()]))
    until(lambda: not children(temporary), lambda: str(children(temporary)))


def children(temporary: Path) -> list[str]:
    """All processes that work in this temporary folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            said = (entry / "environ").read_bytes().split(b"\0")
            if f"TMPDIR={temporary}".encode() in said:
                found.append((entry / "cmdline").read_bytes().decode())
    return [line for line in found if line]  # a process that has ended has none


def until(true: Callable[[], bool], told: Callable[[], str] = str, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, told()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def kept_open(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with opened(tmp_path_factory.mktemp("studio"), plain, "--keep") as served:
        yield served


@pytest.fixture
def studio(kept_open: Studio, plain: Path) -> Iterator[Studio]:
    """A studio that is there already, with a clip of 50 numbered frames."""
    yield kept_open
    until(lambda: not running_ffmpegs(naming=plain))


@pytest.fixture(scope="module")
def uploads_open(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with opened(tmp_path_factory.mktemp("uploads"), "--keep") as served:
        yield served


@pytest.fixture
def uploads(uploads_open: Studio) -> Iterator[Studio]:
    """A studio that is started without a clip, and is given them from the browser."""
    yield uploads_open
    until(lambda: not running_ffmpegs(naming=uploads_open.temporary))


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As long as the clip `long`, of which to make a file takes seconds; of 160x90."""
    path = tmp_path_factory.mktemp("minute") / "minute.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=60", *LOSSY, "-crf", "30", path)
    return path


@pytest.fixture(scope="module")
def four_seconds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 frames, whose pixels take 17 MB."""
    path = tmp_path_factory.mktemp("four") / "four.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=4", *LOSSY, "-crf", "30", path)
    return path


@pytest.fixture(scope="module")
def longer_open(minute: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with opened(tmp_path_factory.mktemp("longer"), minute, "--keep") as served:
        served.frames(end=1)  # the rest is not decoded ahead
        yield served


@pytest.fixture
def longer(longer_open: Studio, minute: Path) -> Iterator[Studio]:
    """A studio whose clip takes long; of which it has decoded the first second, and no more."""
    yield longer_open
    until(lambda: not running_ffmpegs(naming=minute))


# The page, and who may ask for it.


def test_the_page_is_served_with_all_that_belongs_to_it(studio: Studio) -> None:
    page = studio.get()
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    named = re.findall(r'(?:src|href)="([\w.-]+)"', page.body.decode())
    for name in named:
        assert studio.get(name).status == 200, name


@pytest.mark.parametrize("path", ["", "state", "nothing", "frames", "jobs/9/events"])
def test_every_answer_forbids_what_it_can(studio: Studio, path: str) -> None:
    headers = studio.get(path).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("root", ["/", "/nonsense/", "//", "/%00/", "/%ff/"])
def test_a_wrong_token_opens_nothing(studio: Studio, method: str, root: str) -> None:
    for path in ("", "state", "frames", "jobs", "clip?name=a.mp4"):
        assert studio.ask(method, path, root=root).status == 404


def test_a_token_cut_short_or_longer_opens_nothing(studio: Studio) -> None:
    for root in (studio.root[:-2] + "/", studio.root[:-1] + "x/", studio.root[:-1].upper() + "/"):
        assert studio.ask("GET", "state", root=root).status == 404
    assert studio.ask("GET", "", root=studio.root[:-1]).status == 303  # to the one with a slash


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:9", 200),  # as over ssh
        ("localhost:9", 200),
        ("[::1]:80", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:80", 403),
        ("evil.example@127.0.0.1", 200),
        ("127.0.0.1@evil.example", 403),
        ("[", 403),
        ("", 403),
    ],
)
def test_a_name_that_others_lead_here_is_refused(studio: Studio, host: str, status: int) -> None:
    assert studio.get("state", Host=host).status == status


@pytest.mark.parametrize("path", ["state", "frames", "plan", "jobs"])
@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"]
)
def test_other_pages_are_refused(studio: Studio, path: str, origin: str) -> None:
    for method in ("GET", "POST"):
        assert studio.ask(method, path, {}, Origin=origin).status == 403


def test_the_page_itself_is_no_other_page(studio: Studio) -> None:
    own = f"http://{studio.host}:{studio.port}"
    assert studio.ask("POST", "plan", {"options": {"gif": "a.gif"}}, Origin=own).status == 200


@pytest.mark.parametrize("downloads", ["Downloads", None])
def test_the_file_that_leads_the_browser_is_where_it_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, downloads: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if downloads:
        (tmp_path / downloads).mkdir()
    with closing(Folder()) as folder:
        found = _private_folder(folder)
        assert found.parent == (tmp_path / downloads if downloads else folder.path)
        assert found.stat().st_mode & 0o777 == 0o700
    assert not found.exists()


def test_the_browser_is_led_by_a_private_file_that_goes_when_it_was_used(
    plain: Path, tmp_path: Path
) -> None:
    """The processes' arguments, which all users can see, have no address that is of any use."""
    downloads = "Mes téléchargements"
    seen, home, temporary = (tmp_path / name for name in ("browsers", "home", "temporary"))
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {seen}\n')
    browser.chmod(0o755)
    (home / ".config").mkdir(parents=True)
    temporary.mkdir()
    (home / downloads).mkdir()
    named = f'# a comment\nXDG_DOWNLOAD_DIR="$HOME/{downloads}"\n'
    (home / ".config" / "user-dirs.dirs").write_text(named, encoding="utf-8")
    own = {"BROWSER": f"{browser} %s", "HOME": str(home), "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        command(plain, "--ui"),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **own, "XDG_CONFIG_HOME": ""},
    )
    try:
        assert process.stdout
        studio = Studio(process.stdout.readline(), tmp_path)
        studio.process = process
        until(lambda: seen.exists() and seen.read_text() != "")
        file = Path(unquote(seen.read_text().strip().removeprefix("file://")))
        assert file.is_relative_to(home / downloads)
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.parent.stat().st_mode & 0o777 == 0o700
        (address,) = set(re.findall(r"http://[^\s\"<>]+", file.read_text(encoding="utf-8")))
        assert studio.root.strip("/") not in address
        path = "/" + address.rpartition("/")[2]
        first, second = (studio.ask("GET", "", root=path) for _ in range(2))
        assert (first.status, first.headers["Location"]) == (303, studio.root)
        assert second.status == 404
        assert not file.parent.exists()
        assert studio.end() == 0
    finally:
        process.kill()
        process.communicate()


def test_a_folder_beside_the_studio_s_goes_with_it_even_if_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib\n"
        "from rollscan.studio.folder import Folder\n"
        "folder = Folder()\n"
        "(folder.another(pathlib.Path(sys.argv[1])) / 'file').touch()\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    beside = tmp_path / "be side"
    beside.mkdir()
    subprocess.run(
        [sys.executable, "-c", code, str(beside)], env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    until(lambda: [*tmp_path.rglob("*")] == [beside])


@pytest.mark.parametrize(
    "path",
    [
        "../serve.py",
        "..%2fserve.py",
        "%2e%2e/serve.py",
        "page/../../serve.py",
        "/etc/passwd",
        "%00",
        "serve.py",
    ],
)
def test_nothing_beside_the_page_is_served(studio: Studio, path: str) -> None:
    assert studio.get(path).status == 404


# What it tells.


def test_the_state_says_what_there_is(studio: Studio, plain: Path) -> None:
    state = studio.get("state").json
    assert state["clip"].pop("id").isdigit()
    assert state["clip"] == {
        "name": plain.name,
        "width": 64,
        "height": 48,
        "rate": "25",
        "frames": 50,
        "seconds": 2.0,
        "hdr": False,
        "sound": False,
        "even": True,
        "first": 0.0,
    }
    assert state["options"] == {"gif": "plain.gif"}
    assert "ribbon" in [look["name"] for look in state["looks"]]
    assert {"discord", "slack-emoji"} <= {platform["name"] for platform in state["platforms"]}
    usual = {setting["name"]: setting["default"] for setting in state["settings"]}
    assert (usual["slit"], usual["speed"]) == (Look().slit, 1)
    assert state["limit"] == 2 << 30


NUMBERS = {each["name"]: each for each in start()["settings"] if "least" in each}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_within_the_page_s_limits_are_those_that_python_takes(name: str) -> None:
    told, kind = NUMBERS[name], settings()[name].kind
    least, most, whole = told["least"], told["most"], told.get("whole", False)
    for value in (least, (least + most) // 2 or 1, most):
        kept = kind.check(name, value)
        assert kind.check(name, kind.parse(kind.write(kept))) == kept
    outside = [least - (1 if whole else abs(least) or 1)] if name != "max_bytes" else [-1]
    outside += [most + 1] * (most < 10_000)  # beyond, Python has no limit
    outside += [least + 0.5] * whole
    for value in outside:
        with pytest.raises(ArgumentError, match=f"^{name} is "):
            kind.check(name, value)


@pytest.fixture(scope="module")
def named_open(
    plain: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Studio, Path]]:
    folder = tmp_path_factory.mktemp("named")
    like, there = folder / "like.gif", folder / "out" / "there.gif"
    there.parent.mkdir()
    assert rollscan(plain, "--gif", like, "--slit", "0.25", "--loop", "wrap").status == 0
    given = ("--gif", there, "--start", "0:01", "--like", like, "--slit-width", "2")
    with opened(folder / "t", plain, *given, "--no-recipe", "--keep") as studio:
        yield studio, there


@pytest.fixture
def named(named_open: tuple[Studio, Path], plain: Path) -> Iterator[tuple[Studio, Path]]:
    """A studio with options on its command line; and where the GIF is to be that they name."""
    yield named_open
    until(lambda: not running_ffmpegs(naming=plain))


def test_the_command_lines_options_are_the_starting_point(named: tuple[Studio, Path]) -> None:
    studio, there = named
    assert studio.get("state").json["options"] == {
        "gif": there.name,
        "start": 1.0,
        "slit": 0.25,
        "loop": "wrap",
        "slit_width": 2,
        "recipe": False,
    }


def rotated(folder: Path) -> Path:
    """Upright for people, lying in the file, as phones have it."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=192x108:r=30:d=1", *LOSSY, folder / "flat.mp4")
    turn = ("-display_rotation", "90", "-i", folder / "flat.mp4", "-c", "copy")
    ffmpeg(*turn, folder / "phone.mp4")
    return folder / "phone.mp4"


def unsteady(folder: Path) -> Path:
    """Frames that come at a variable rate."""
    frames = "testsrc2=s=128x96:r=30:d=2,select='not(mod(n,7))+lt(n,20)'"
    ffmpeg("-f", "lavfi", "-i", frames, "-fps_mode", "vfr", *LOSSY, folder / "vfr.mp4")
    return folder / "vfr.mp4"


def squashed(folder: Path) -> Path:
    """Pixels that are no squares."""
    frames = "testsrc2=s=120x96:r=25:d=1,setsar=4/3"
    ffmpeg("-f", "lavfi", "-i", frames, *LOSSY, folder / "sar.mp4")
    return folder / "sar.mp4"


@pytest.mark.parametrize("make", [rotated, unsteady, squashed])
def test_frames_are_those_of_open_video(
    make: Callable[[Path], Path], uploads: Studio, tmp_path: Path
) -> None:
    path = make(tmp_path)
    with video_of(path) as video:
        assert uploads.ask("PUT", f"clip?name={path.name}", path.read_bytes()).status == 200
        answer, frames = uploads.frames()
        assert (int(answer.headers["X-Width"]), int(answer.headers["X-Height"])) == video.size
        assert answer.headers["X-Rate"] == str(video.rate)
        assert answer.headers["X-Whole"] == "1"
        assert int(answer.headers["X-Count"]) == len(video) == len(frames)
        for one, other in zip(frames, video, strict=True):
            assert np.array_equal(one, other)
        assert uploads.get("state").json["clip"]["even"] == (make is not unsteady)


def test_a_part_is_that_part(studio: Studio, plain: Path) -> None:
    answer, frames = studio.frames(start=0.4, end=1.2)
    assert [number(frame) for frame in frames] == list(range(10, 30))
    assert answer.headers["X-First"] == "10"
    expected = decoded(plain, 0.4, 1.2, width=32)
    _, small = studio.frames(start=0.4, end=1.2, width=32)
    assert all(np.array_equal(a, b) for a, b in zip(small, expected, strict=True))


@pytest.mark.parametrize(
    "asked", ["start=x", "start=-1", "end=nan", "width=1e12", "width=1", "start=9", "end=0"]
)
def test_parts_that_are_none_are_errors(studio: Studio, asked: str) -> None:
    answer = studio.get(f"frames?{asked}")
    assert answer.status == 400
    assert "\n" not in answer.json["error"]


def test_a_preview_keeps_its_budget_by_size_then_by_length(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rollscan.studio import clip

    with video_of(plain) as video:
        facts = video._facts
    frame = 64 * 48 * 3
    sizes = {}
    for budget in (50 * frame, 20 * frame, frame):
        monkeypatch.setattr(clip, "BUDGET", budget)
        monkeypatch.setattr(clip, "_LEAST_SIDE", 40)
        shown, count = clip.preview(facts)
        assert count * shown.size[0] * shown.size[1] * 3 <= budget
        sizes[budget // frame] = (shown.size, count)
    assert sizes[50] == ((64, 48), 50)
    assert sizes[20][0][0] == 40  # and all of it
    assert sizes[20][1] == 50
    assert sizes[1][0][0] < 12  # 2 s are under the 4 s that are to be shown in any case
    assert sizes[1][1] > 40


def test_thumbs_are_a_strip_of_the_clip(studio: Studio) -> None:
    answer = studio.get("thumbs?count=5")
    assert answer.headers["Content-Type"] == "image/jpeg"
    with Image.open(BytesIO(answer.body)) as image:
        assert image.size == (5 * 96, 72)
        shown = [np.array(image)[36, 96 * k + 48].astype(int) for k in range(5)]
    for pixel, k in zip(shown, (5, 15, 25, 35, 45), strict=True):
        assert np.abs(pixel - numbered(50)[k][0, 0].astype(int)).max() <= 6
    assert studio.get("thumbs?count=0").status == 400


@pytest.mark.parametrize(
    ("options", "field", "said"),
    [
        ({"slit": 1.5}, "slit", "slit is 1.5: give a fraction from 0 to 1"),
        ({"fps": "many"}, "fps", "fps is 'many': give frames per second, such as 24"),
        ({"fps": 99}, "fps", "fps is 99"),
        ({"fade": 1}, "fade", "without loop crossfade: add that, or leave fade out"),
        ({"feather": 2, "effect": "scan"}, "feather", "roll"),
        ({"loop": "crossfade", "fade": 9}, "fade", "half the clip"),
        ({"effect": "displace", "depth": 9, "loop": "wrap"}, "depth", "the loop has 2.00 s"),
        ({"slit_width": 99}, "slit_width", "give 1 to 48"),
        ({"rgb": 5}, "rgb", "longer than the clip"),
        ({"gif": "../a.gif"}, "gif", "without folders"),
        ({"gif": "a\\b.gif"}, "gif", "without folders"),
        ({"gif": ".hidden.gif"}, "gif", "without folders"),
        ({"gif": 7}, "gif", "the name of a file"),
        ({"gif": "a.mp4"}, "gif", "a.mp4 ends in '.mp4': give a name in .gif"),
        ({"gif": None}, None, "no output asked for"),
        ({"map": "/etc/passwd", "effect": "displace"}, "map", "which is not here"),
        ({"platforms": "/etc/passwd"}, "platforms", "which is not here"),
        ({"like": "/etc/passwd"}, None, "there is no option 'like'"),
        ({"input": "/etc/passwd"}, None, "there is no option 'input'"),
        ({"ui": True}, None, "there is no option 'ui'"),
        ({"smooth": "yes"}, "smooth", "give True or False"),
        ({"slit": {"a": 1}}, "slit", "give a fraction from 0 to 1"),
        ({"line": "red\nblue", "effect": "scan"}, "line", "one line"),
        ({"names": "nowhere"}, "names", "names has 'nowhere'"),
        ({"end": 0.01, "start": 0.02}, "end", "give a later end"),
        ({"loop": "match", "min_loop": 9}, "min_loop", "this one has 2.00 s"),
    ],
)
def test_what_is_wrong_is_said_where_it_is(
    studio: Studio, options: dict[str, Any], field: str | None, said: str
) -> None:
    plan = studio.plan(**{"gif": "a.gif", **options})
    assert said in plan["error"]
    assert plan["field"] == field
    assert plan["out"] is None
    assert studio.temporary.name not in plan["error"]
    refused = studio.post("jobs", options={"gif": "a.gif", **options})
    if refused.status == 201:  # which only reading the clip can tell
        id = refused.json["id"]
        if field != "fade":  # one of these stands for all: each starts a process
            studio.ask("DELETE", f"jobs/{id}")
        *_, end = studio.events(id)
        if field == "fade":
            assert end["type"] == "failed" and said in end["message"]
    else:
        assert refused.status == 400
        assert said in refused.json["error"]


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"[" * 50_000, b"\xff", b'{"options": 1}', b"{}"]
)
@pytest.mark.parametrize("path", ["plan", "frame", "estimate", "jobs", "field"])
def test_nonsense_is_refused(studio: Studio, path: str, body: bytes) -> None:
    answer = studio.ask("POST", path, body)
    if path == "plan" and answer.status == 200:
        assert answer.json["error"]
    else:
        assert answer.status == 400
        assert answer.json["error"]
    assert studio.ask("POST", path, b" " * 100_000).status == 413


@pytest.mark.parametrize(
    "options",
    [
        {"gif": "a.gif"},
        {"gif": "a.gif", "look": "ribbon", "fps": 10},
        {"mp4": "a.mp4", "width": 33, "loop": "crossfade", "speed": 1.5, "mp4_loops": 2},
        {"webp": "a.webp", "scale": 0.5, "start": 0.4, "end": 1.44},
        {"gif": "a.gif", "names": "slack-emoji"},
        {"gif": "a.gif", "effect": "scan", "loop": "match", "min_loop": 0.3, "rgb": 0.1, "fps": 7},
    ],
)
def test_a_plan_is_what_making_gives_and_its_command_makes_the_same_bytes(
    studio: Studio, plain: Path, out: Path, options: dict[str, Any]
) -> None:
    plan = studio.plan(**options)
    assert plan["error"] is None
    (written,), (file,) = studio.made(**options)
    assert [plan["out"]["w"], plan["out"]["h"]] == written["size"]
    assert plan["out"]["frames"] == written["frames"]
    assert plan["out"]["seconds"] == pytest.approx(written["seconds"], abs=0.006)
    assert written["bytes"] == len(file)
    program, *words = shlex.split(plan["command"])
    assert (program, words[0]) == ("rollscan", str(plain))
    ran = rollscan(*words, cwd=out)
    assert (ran.status, ran.err) == (0, "")
    (made,) = out.iterdir()
    assert made.name == written["name"]
    assert made.read_bytes() == file
    if plan["match"]:
        assert plan["match"]["seam"] == pytest.approx(written["seam"], rel=0.01)


@pytest.mark.parametrize(
    "options",
    [
        {"names": "slack-emoji", "end": 20, "focus": [0.2, 0.5]},
        {"look": "sweep", "width": 32, "fps": 5},  # of a long clip, where nobody says how much
        {"length": 2.2, "width": 32, "fps": 5, "end": 20},
    ],
)
def test_the_part_that_is_taken_is_told_and_made(longer: Studio, options: dict[str, Any]) -> None:
    options = {"gif": "a.gif", **options}
    plan = longer.plan(**options)
    assert plan["error"] is None
    (written,), _ = longer.made(**options)
    match = plan["match"]
    assert written["part"] == [match["first"] / 25, match["stop"] / 25]
    assert plan["out"]["seconds"] == pytest.approx(written["seconds"], abs=0.02)


def test_the_match_is_the_one_that_is_made(studio: Studio, plain: Path) -> None:
    match = studio.plan(gif="a.gif", loop="match", min_loop=0.3)["match"]
    with video_of(plain) as video:
        small = video.small(match_width(video.size, len(video), 25, 10))
        assert best_loop(small, 25, 0.3, 10) == (match["first"], match["stop"])


def test_a_frame_is_the_effects_own(tmp_path: Path) -> None:
    path = tmp_path / "moving.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", *LOSSY, path)
    with opened(tmp_path / "t", path, "--keep") as studio:
        for settings in (
            {},
            {"smooth": True},
            {"steady": True},
            {"effect": "displace", "map": "radial", "depth": 0.3, "smooth": True},
            {"loop": "match", "min_loop": 0.3, "direction": "left"},
            {"loop": "boomerang", "slit": [0.2, 0.8], "slit_width": "auto"},
        ):
            assert_frames_are_python_s(studio, path, settings)
        for t in (-1, "x", None, float("nan"), 1e300):
            assert studio.post("frame", options={"gif": "a.gif"}, t=t).status == 400


def assert_frames_are_python_s(studio: Studio, path: Path, settings: dict[str, Any]) -> None:
    with RollingClip.open(path, **settings) as clip:
        for t in (0.5, 0.8, 0.1):
            answer = studio.post("frame", options={"gif": "a.gif", **settings}, t=t)
            assert answer.status == 200, answer.body
            size = int(answer.headers["X-Width"]), int(answer.headers["X-Height"])
            assert size == clip.size
            frame = np.frombuffer(answer.body, np.uint8).reshape(clip.h, clip.w, 3)
            assert np.array_equal(frame, clip.get_frame(t)), (settings, t)


def test_a_frame_that_is_not_wanted_any_more_makes_room(long: Path, tmp_path: Path) -> None:
    with opened(tmp_path / "t", long, "--keep") as studio:
        studio.frames(end=1)  # the rest is not decoded ahead
        body = json.dumps({"options": {"gif": "a.gif", "smooth": True}, "t": 50})
        with closing(socket.create_connection((studio.host, studio.port))) as impatient:
            head = f"POST {studio.root}frame HTTP/1.1\r\nHost: localhost\r\n"
            impatient.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            time.sleep(1.5)
        began = time.monotonic()
        answer = studio.post("frame", options={"gif": "a.gif", "end": 1}, t=0.1)
        assert answer.status == 200
        assert time.monotonic() - began < 30  # which 1250 smooth frames take far longer than


@pytest.mark.parametrize("options", [{"gif": "a.gif"}, {"mp4": "a.mp4"}, {"webp": "a.webp"}])
def test_an_estimate_of_a_short_clip_is_nearly_exact(
    studio: Studio, options: dict[str, Any]
) -> None:
    told = studio.post("estimate", options=options).json
    assert told["of"] == "sample"
    (written,), _ = studio.made(**options)
    assert told["bytes"] == pytest.approx(written["bytes"], rel=0.05)


@pytest.mark.parametrize(
    ("name", "options"),  # of which estimates encode some frames only, but for scan and mp4
    [
        ("chaplin.mp4", {"gif": "a.gif", "width": 240}),
        ("chaplin.mp4", {"gif": "a.gif", "names": ["slack-emoji"]}),
        ("vtest.avi", {"gif": "a.gif", "slit_width": "auto", "loop": "boomerang", "quality": 60}),
        ("vtest.avi", {"webp": "a.webp", "effect": "displace", "fps": 10, "width": 320}),
        ("fire2.mp4", {"gif": "a.gif", "max_bytes": 400_000, "width": 240}),
        ("fire2.mp4", {"mp4": "a.mp4", "effect": "scan", "width": 480}),
    ],
)
def test_estimates_are_within_a_quarter(name: str, options: dict[str, Any], tmp_path: Path) -> None:
    path = FOOTAGE / name
    if not path.exists():
        pytest.skip(f"no {name} in {FOOTAGE}")
    told, made = told_and_made(path, {**options, "end": 3}, tmp_path)
    assert abs(told / made - 1) < 0.25


def told_and_made(path: Path, options: dict[str, Any], folder: Path) -> tuple[int, int]:
    """The bytes that the studio's process of answers expects, and those of the file made."""
    clip = Clip(path, Probe(path).facts())
    job = parse_request(options, CommandLine(), clip, folder).job
    end = None if job.end is None else in_seconds("end", job.end)
    answers, facts = Answers(), clip.facts(*clip.part(0.0, end))
    (told,) = answers.expected(job, facts, answers.takes(job, facts), None)
    (written,) = render(job)
    return told.bytes, written.bytes


@pytest.mark.parametrize("options", [{"gif": "a.gif"}, {"mp4": "a.mp4", "loop": "wrap"}])
def test_a_long_clip_is_estimated_by_portions(
    minute: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    from rollscan.studio import estimate

    monkeypatch.setattr(estimate, "_LONG", 200)
    monkeypatch.setattr(estimate, "_PORTION", 50)
    decoded: list[int] = []
    asked = estimate.Frames.frames

    def counting(self: Any, *span: Any) -> Any:
        for frame in asked(self, *span):
            decoded.append(1)
            yield frame

    monkeypatch.setattr(estimate.Frames, "frames", counting)
    told, made = told_and_made(minute, {**options, "width": 96, "end": 30}, tmp_path)
    assert len(decoded) < 300  # of 750
    assert told == pytest.approx(made, rel=0.25)


def test_the_sources_of_a_loop_are_told_and_fitted_to_the_frames(studio: Studio) -> None:
    def told(count: Any, **settings: Any) -> Answer:
        return studio.post("loop", settings=settings, count=count)

    def rows(answer: Answer) -> list[list[float]]:
        return np.frombuffer(answer.body, "<f4").reshape(-1, 4).tolist()

    cut = told(3, loop="cut")
    assert (cut.headers["X-Cyclic"], rows(cut)) == ("0", [[k, 0, 1, 0] for k in range(3)])
    faded = told(6, loop="crossfade", fade=9, speed=2)  # which takes half of them at most
    assert (faded.headers["X-Cyclic"], len(rows(faded))) == ("1", 4)
    assert rows(faded)[-1] == pytest.approx([5, 1, 1 / 3, 2 / 3])
    assert told(6, loop="crossfade", fade=0).body == b""
    for chosen in ({"loop": "round"}, {"loop": "wrap", "slit": 1}, {}):
        assert told(3, **chosen).status == 400
    for count in (0, 10**9, "3", None):
        assert told(count, loop="wrap").status == 400


def field_of(answer: Answer) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts of a field's answer, and its planes by name: (frames, rows, columns)."""
    start = 4 + int.from_bytes(answer.body[:4], "little")
    facts = json.loads(answer.body[4:start])
    shape = facts["count"], len(facts["planes"]), *facts["shape"]
    planes = np.frombuffer(answer.body[start:], "<i2").reshape(shape)
    return facts, dict(zip(facts["planes"], planes.swapaxes(0, 1), strict=True))


def ask_field(studio: Studio, count: Any = 50, **about: Any) -> Answer:
    sizes = {name: about.pop(name, [64, 48]) for name in ("size", "composed")}
    asked = {name: about.pop(name) for name in ("first", "most") if name in about}
    return studio.post("field", settings={"loop": "cut", **about}, count=count, **sizes, **asked)


def test_a_field_is_told_with_what_its_settings_come_to(studio: Studio) -> None:
    answer = ask_field(studio, slit_width="auto", slit=0.75, rgb=0.1, direction="left")
    facts, planes = field_of(answer)
    assert facts["comesTo"] == {"direction": "left", "slit_width": 1}
    assert (facts["lag"], facts["reach"], facts["before"]) == (2, 48, "live")
    assert facts["sideways"] and facts["slit"] == [[0.75, round(49 / 64, 5)]]
    assert planes["delay"].tolist() == [[[*range(48, 0, -1), *[0] * 16]]]
    assert planes["x"].tolist() == [[[48] * 48 + [*range(48, 64)]]]
    assert len(answer.body) < 2000


def test_a_field_of_another_size_is_sampled(studio: Studio) -> None:
    whole = field_of(ask_field(studio, slit_width=4))[1]
    small = field_of(ask_field(studio, slit_width=4, size=[32, 24]))[1]
    assert (small["delay"] == whole["delay"][:, 1::2]).all()
    assert (small["y"] == whole["y"][:, 1::2] // 2).all()


def test_a_field_that_moves_is_sent_in_pieces(studio: Studio) -> None:
    whole, planes = field_of(ask_field(studio, slit=[0.2, 0.8]))
    assert (whole["moves"], whole["first"], whole["count"], whole["total"]) == (True, 0, 50, 50)
    part, pieces = field_of(ask_field(studio, slit=[0.2, 0.8], first=30, most=3))
    assert (part["first"], part["count"], part["slit"]) == (30, 3, whole["slit"][30:33])
    assert (pieces["delay"] == planes["delay"][30:33]).all()
    large = ask_field(studio, slit=[0.2, 0.8], size=[16, 16000], composed=[16, 16000])
    assert field_of(large)[0]["count"] == 3 and len(large.body) < 200_000


def test_a_field_is_none_where_the_plan_has_an_error(studio: Studio) -> None:
    for wrong in ({"slit": 2}, {"slit_width": 99}, {"rgb": 5}, {"speed": 0}):
        assert ask_field(studio, **wrong).body == b""
    assert ask_field(studio, effect="displace", depth=9, loop="wrap").body == b""
    for wrong in ({"slits": 2}, {"size": [0, 1]}, {"composed": [9**9, 1]}, {"first": -1}):
        assert ask_field(studio, **wrong).status == 400
    for count in (0, 51, "3", None):
        assert ask_field(studio, count).status == 400


def test_no_file_is_opened_for_a_field_but_the_command_line_s(
    studio: Studio, plain: Path, tmp_path: Path
) -> None:
    greys = np.linspace(0, 255, 64 * 48).reshape(48, 64).astype(np.uint8)
    Image.fromarray(greys).save(tmp_path / "map.png")
    path = str(tmp_path / "map.png")
    refused = ask_field(studio, effect="displace", map=path)
    assert refused.status == 400 and "which is not here" in refused.json["error"]
    (tmp_path / "temporary").mkdir()
    with opened(tmp_path / "temporary", plain, "--effect", "displace", "--map", path) as named:
        facts, planes = field_of(ask_field(named, effect="displace", map=path))
    assert facts["live"]
    assert (planes["delay"] == np.floor(greys / 255 * 25 + 0.5 + 1e-6)).all()


def test_a_field_does_not_wait_for_a_slow_question(longer: Studio) -> None:
    asked = {"gif": "a.gif", "loop": "match", "min_loop": 2, "max_loop": 9}
    with ThreadPoolExecutor() as pool:
        plan = pool.submit(longer.plan, **asked)
        answers = [ask_field(longer, slit=k / 10, count=100) for k in range(5)]
        assert not plan.done(), "the question was not slow enough to tell"
        assert all(answer.body for answer in answers)
        plan.result()


@pytest.mark.parametrize("kind", ["gif", "mp4"])
def test_a_budget_is_told_by_about_the_size_that_is_left(kind: str, tmp_path: Path) -> None:
    path = FOOTAGE / "fire2.mp4"
    if not path.exists():
        pytest.skip(f"no {path.name} in {FOOTAGE}")
    clip, budget = Clip(path, Probe(path).facts()), 25_000
    job = parse_request(
        {kind: f"a.{kind}", "end": 2, "width": 320, "max_bytes": budget},
        CommandLine(),
        clip,
        tmp_path,
    ).job
    answers, facts = Answers(), clip.facts(0.0, 2.0)
    (told,) = answers.expected(job, facts, answers.takes(job, facts), None)
    (written,) = render(job)
    assert told.bytes <= budget
    assert (told.width, told.height) == pytest.approx(written.size, rel=0.25)
    assert written.given_up
    assert told.fps == pytest.approx(written.frames / written.seconds, rel=0.35)


def test_an_estimate_without_a_moving_picture_is_none(studio: Studio) -> None:
    assert studio.post("estimate", options={"still": "a.png"}).json["bytes"] is None


# Jobs.


def test_several_files_of_a_job_are_called_as_they_were_asked_for(studio: Studio) -> None:
    options = {
        "gif": "ä b.gif",
        "names": "discord,slack-emoji",
        "poster": "p.png",
        "still": "s.jpg",
    }
    written, files = studio.made(**options, loop="wrap")
    names = ["ä b-discord.gif", "ä b-slack-emoji.gif", "p.png", "s.jpg"]
    assert [made["name"] for made in written] == names
    for file in files:
        with Image.open(BytesIO(file)) as image:
            image.load()


def test_no_event_is_lost_that_comes_while_another_is_sent(tmp_path: Path) -> None:
    async def sent() -> list[str]:
        order = Order("1", cast(Any, None), tmp_path)
        order.publish({"type": "written", "name": "a"})
        names = []
        async for event in order.events():
            names.append(event.get("name", event["type"]))
            if event.get("name") == "a":
                order.publish({"type": "written", "name": "b"})
                order.publish({"type": "done"})
        return names

    assert asyncio.run(sent()) == ["a", "b", "done"]


def test_a_file_is_a_download_or_shown(studio: Studio) -> None:
    id = studio.post("jobs", options={"gif": 'a";x=y.gif', "fps": 5}).json["id"]
    assert list(studio.events(id))[-1] == {"type": "done"}
    saved, shown = (studio.get(f"jobs/{id}/files/0{how}") for how in ("", "?show=1"))
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert quote('a";x=y.gif') in saved.headers["Content-Disposition"]
    assert shown.headers["Content-Disposition"].startswith("inline;")
    assert saved.headers["Content-Type"] == shown.headers["Content-Type"] == "image/gif"
    assert saved.body == shown.body
    assert [event["type"] for event in studio.events(id)] == ["written", "done"]  # a late listener
    for path in (
        f"jobs/{id}/files/1",
        f"jobs/{id}/files/-1",
        f"jobs/{id}/files/x",
        "jobs/x/files/0",
    ):
        assert studio.get(path).status in (400, 404)


def test_a_finished_file_is_deleted_for_good(studio: Studio) -> None:
    id = studio.post("jobs", options={"gif": "a.gif", "fps": 5}).json["id"]
    list(studio.events(id))
    path = f"jobs/{id}/files/0"
    assert studio.get(path).status == 200
    assert studio.ask("DELETE", path).status == 204
    assert studio.get(path).status == 404
    assert studio.ask("DELETE", path).status == 400, "it is gone"
    assert [event["type"] for event in studio.events(id)] == ["deleted", "done"]


def test_a_file_of_the_command_line_is_forgotten_and_stays(plain: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.gif"
    with opened(tmp_path / "temporary", plain, "--gif", out, "--fps", "5") as studio:
        id = studio.post("jobs", options={"gif": "out.gif", "fps": 5}).json["id"]
        list(studio.events(id))
        assert studio.ask("DELETE", f"jobs/{id}/files/0").status == 204
        assert [event["type"] for event in studio.events(id)] == ["deleted", "done"]
        assert out.exists()


def test_a_look_is_kept_under_a_name_and_removed(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    options = {"gif": "a.gif", "slit": 0.25, "loop": "boomerang"}
    assert studio.post("looks", name="mine", options=options).status == 200
    assert Look.named("mine") == Look(slit=0.25, loop="boomerang")
    mine = next(look for look in studio.get("state").json["looks"] if look["name"] == "mine")
    assert mine["own"] and mine["settings"] == {"slit": 0.25, "loop": "boomerang"}
    plan = studio.plan(gif="a.gif", look="mine")
    assert plan["command"].endswith("--gif a.gif --look mine") and plan["look"] == "mine"
    for name in ("mine", "ribbon", "../mine", ""):
        answer = studio.post("looks", name=name, options=options)
        assert answer.status == 400 and "look" in answer.json["error"]
    assert studio.post("looks", name="mine", options={"gif": "a.gif"}, replace=True).status == 200
    assert Look.named("mine") == Look()
    assert studio.ask("DELETE", "looks/mine").status == 200
    assert studio.ask("DELETE", "looks/mine").status == 400


def test_the_look_of_a_dropped_file_is_read_and_nothing_of_it_is_left(
    studio: Studio, plain: Path
) -> None:
    before = studio.left()
    _, (file,) = studio.made(gif="a.gif", fps=5, slit=0.25, loop="boomerang", rgb=0.1)
    read = studio.ask("PUT", "recipe?name=a.gif", file)
    assert read.json == {"settings": {"slit": 0.25, "rgb": 0.1, "loop": "boomerang"}}
    refused = studio.ask("PUT", "recipe?name=..%2Fplain.mp4", plain.read_bytes())
    assert refused.status == 400
    assert refused.json["error"].startswith("plain.mp4 carries no recipe")
    assert studio.left() == before


def test_progress_never_falls(longer: Studio) -> None:
    id = longer.post("jobs", options={"gif": "a.gif", "end": 6}).json["id"]
    done = [event["done"] for event in longer.events(id) if event["type"] == "progress"]
    assert len(done) > 5
    assert done == sorted(done)
    assert 0 <= done[0] <= done[-1] <= 1


def test_jobs_queue_and_a_cancelled_one_leaves_nothing(longer: Studio, minute: Path) -> None:
    (folder,) = longer.temporary.iterdir()
    before = {path.name for path in folder.glob("job-*")}
    slow, queued, last = (
        longer.post("jobs", options=options).json["id"]
        for options in (
            {"gif": "a.gif", "width": 320},
            {"gif": "b.gif", "width": 320},
            {"gif": "c.gif", "width": 32, "end": 1},
        )
    )
    assert next(longer.events(queued)) == {"type": "queued", "place": 1}
    assert next(longer.events(last)) == {"type": "queued", "place": 2}
    assert next(longer.events(slow))["type"] == "progress"
    until(lambda: len(running_ffmpegs(naming=minute)) > 0)
    assert longer.ask("DELETE", f"jobs/{queued}").status == 204
    assert list(longer.events(queued)) == [{"type": "cancelled"}]
    assert next(longer.events(last)) == {"type": "queued", "place": 1}
    assert longer.ask("DELETE", f"jobs/{slow}").status == 204
    assert list(longer.events(slow)) == [{"type": "cancelled"}]
    assert list(longer.events(last))[-1] == {"type": "done"}
    assert longer.ask("DELETE", f"jobs/{last}").status == 204  # too late: nothing happens
    assert list(longer.events(last))[-1] == {"type": "done"}
    assert not running_ffmpegs(naming=minute)
    assert {path.name for path in folder.glob("job-*")} - before == {f"job-{last}"}
    assert longer.left() == [folder.name]


def test_a_clip_that_is_deleted_while_it_is_open_is_named_as_the_cause(
    plain: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "mine.mp4"
    clip.write_bytes(plain.read_bytes())
    with opened(tmp_path / "t", clip, "--keep") as studio:
        studio.frames()
        clip.unlink()
        why = "mine.mp4 is not there any more: put it back, or choose another clip"
        assert studio.plan(gif="a.gif", start=1)["error"] == why
        for path in ("jobs", "estimate"):
            refused = studio.post(path, options={"gif": "a.gif", "start": 1})
            assert (refused.status, refused.json["error"]) == (400, why)


def test_a_killed_renderer_is_told_of(longer: Studio, minute: Path) -> None:
    id = longer.post("jobs", options={"gif": "a.gif"}).json["id"]
    until(lambda: len(running_ffmpegs(naming=minute)) > 0)
    kill_what_it_runs(longer)
    assert list(longer.events(id))[-1]["type"] == "failed"
    (written,), _ = longer.made(gif="a.gif", end=1, fps=5)  # and the next one is made
    assert written["frames"] == 5
    assert longer.post("estimate", options={"gif": "a.gif", "end": 1}).status == 200


def kill_what_it_runs(studio: Studio) -> None:
    """Kill the processes that render, and answer questions."""
    own = getattr(studio, "process", None)
    for child in psutil.Process(own and own.pid).children():
        if "spawn_main" in "".join(child.cmdline()):
            child.kill()


def test_what_the_command_line_names_is_written_there(named: tuple[Studio, Path]) -> None:
    studio, there = named
    assert str(there) in studio.plan(gif=there.name)["command"]
    _, (file,) = studio.made(gif=there.name, fps=5)
    assert names_in(there.parent) == [there.name]
    assert there.read_bytes() == file
    _, (other,) = studio.made(gif="elsewhere.gif", fps=4)
    assert other != file
    assert names_in(there.parent) == [there.name]


# Uploads.


def test_a_clip_from_the_browser_takes_the_place_of_the_other(
    plain: Path, make_video: MakeVideo, tmp_path: Path
) -> None:
    other = make_video("other.mp4", numbered(20, (32, 32)), *LOSSLESS)
    with opened(tmp_path / "t", "--keep") as studio:
        assert studio.get("state").json["clip"] is None
        for path in ("frames", "thumbs"):
            assert "no clip is open" in studio.get(path).json["error"]
        asked = studio.post("plan", options={"gif": "a.gif"})
        assert "no clip is open" in asked.json["error"]
        for clip, count in ((plain, 50), (other, 20)):
            told = studio.ask("PUT", f"clip?name=my%20{clip.name}", clip.read_bytes())
            assert (told.status, told.json["name"]) == (200, f"my {clip.name}")
            assert studio.get("state").json["clip"] == told.json
            assert [number(frame) for frame in studio.frames()[1]] == list(range(count))
            assert len(list(next(studio.temporary.iterdir()).glob("clip-*"))) == 1
        plan = studio.plan(gif="a.gif")
        assert shlex.split(plan["command"]) == ["rollscan", "my other.mp4", "--gif", "a.gif"]
        (written,), _ = studio.made(gif="a.gif")
        assert written["frames"] == 20


def test_what_is_asked_of_a_clip_that_was_replaced_is_not_told_of_the_other(
    plain: Path, make_video: MakeVideo, tmp_path: Path
) -> None:
    other = make_video("other.mp4", numbered(20, (32, 32)), *LOSSLESS)
    with opened(tmp_path / "t", "--keep", plain) as studio:
        old = studio.get("state").json["clip"]["id"]
        new = studio.ask("PUT", "clip?name=b.mp4", other.read_bytes()).json["id"]
        assert old != new
        for clip, count in ((old, 50), (new, 20)):  # of both, as long as it is about their frames
            about = {"clip": clip, "settings": {"loop": "cut"}}
            size = {"size": [8, 8], "composed": [8, 8]}
            for asked, status in ((count, 200), (count + 1, 400)):
                assert studio.post("loop", **about, count=asked).status == status
                assert studio.post("field", **about, **size, count=asked).status == status
        options = {"gif": "a.gif"}
        replaced = "plain.mp4 is not open any more"
        assert replaced in studio.post("plan", clip=old, options=options).json["error"]
        for path in ("estimate", "jobs"):
            refused = studio.post(path, clip=old, options=options)
            assert refused.status == 400 and replaced in refused.json["error"]
        refused = studio.post("frame", clip=old, options=options, t=0)
        assert refused.status == 400 and replaced in refused.json["error"]
        for path in ("frames", "thumbs"):
            assert studio.get(f"{path}?clip={old}").status == 400
            assert studio.get(f"{path}?clip={new}").status == 200
        for wrong in ("9", 1, ["1"]):
            refused = studio.post("jobs", clip=wrong, options=options)
            assert refused.status == 400 and "no clip" in refused.json["error"]


def test_all_jobs_are_listed_with_their_events(studio: Studio) -> None:
    before = len(studio.get("jobs").json)
    id = studio.post("jobs", options={"gif": "a.gif", "webp": "b.webp"}).json["id"]
    events = list(studio.events(id))
    *_, listed = studio.get("jobs").json
    assert len(studio.get("jobs").json) == before + 1
    assert (listed["id"], listed["names"]) == (id, ["a.gif", "b.webp"])
    lasting = [event for event in events if event["type"] not in ("queued", "progress")]
    assert listed["events"] == lasting and lasting[-1] == {"type": "done"}


def test_a_queued_job_keeps_the_clip_it_was_of(
    four_seconds: Path, plain: Path, tmp_path: Path
) -> None:
    with opened(tmp_path / "t", "--keep") as studio:
        studio.ask("PUT", "clip?name=a.mp4", four_seconds.read_bytes())
        jobs = [
            studio.post("jobs", options={"gif": "a.gif", "width": 160, "end": end}).json["id"]
            for end in (3, 1)
        ]
        assert studio.ask("PUT", "clip?name=b.mp4", plain.read_bytes()).status == 200
        for id in jobs:
            assert list(studio.events(id))[-1] == {"type": "done"}


@pytest.mark.parametrize("kind", ["empty", "text", "noise", "sound", "half"])
def test_a_bad_upload_is_refused_and_removed(
    studio: Studio, plain: Path, tmp_path: Path, kind: str
) -> None:
    bad = tmp_path / "bad.mp4"
    bad_video(kind, bad, plain)
    answer = studio.ask("PUT", "clip?name=../../bad.mp4", bad.read_bytes())
    assert answer.status == 400
    assert answer.json["error"].startswith("bad.mp4 ")
    assert "\n" not in answer.json["error"]
    assert studio.get("state").json["clip"]["name"] == plain.name
    assert not list(next(studio.temporary.iterdir()).glob("clip-*"))


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a.mp4", "a.mp4"),
        ("", "clip"),
        ("...", "clip"),
        ("/", "clip"),
        ("a\nb\0c.mp4", "abc.mp4"),
        ("-rf.mp4", "-rf.mp4"),
        ("$(touch x) 'q'.mp4", "$(touch x) 'q'.mp4"),
        ("%s%n.mp4", "%s%n.mp4"),
        ("x" * 5000 + ".mp4", None),
    ],
)
def test_a_name_is_only_a_name(uploads: Studio, plain: Path, name: str, called: str | None) -> None:
    told = uploads.ask("PUT", f"clip?name={quote(name, safe='')}", plain.read_bytes())
    assert told.status == 200
    assert len(told.json["name"]) < 200
    if called:
        assert told.json["name"] == called
    options = uploads.get("state").json["options"]
    plan = uploads.plan(**options)
    assert plan["error"] is None
    words = shlex.split(plan["command"])
    assert job_from(words[1:]).input == Path(told.json["name"])
    (folder,) = uploads.temporary.iterdir()
    assert {re.sub(r"-.*", "", path.name) for path in folder.iterdir()} <= {"clip", "frames"}


def test_an_upload_has_a_limit(studio: Studio) -> None:
    with closing(HTTPConnection(studio.host, studio.port)) as connection:
        connection.putrequest("PUT", f"{studio.root}clip?name=a.mp4")
        connection.putheader("Content-Length", str((2 << 30) + 1))
        connection.endheaders()
        answer = Answer(connection.getresponse())
    assert answer.status == 413
    assert "larger than 2 GiB" in answer.json["error"]


def test_an_upload_whose_length_is_unknown_has_the_same_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rollscan.studio import session, uploads

    monkeypatch.setattr(uploads, "LIMIT", 1000)

    async def chunks() -> Any:
        for _ in range(11):
            yield b"x" * 100

    async def take() -> None:
        await session.Session(None, CommandLine(), tmp_path).upload("a.mp4", chunks())

    with pytest.raises(ArgumentError, match="larger"):
        asyncio.run(take())
    assert not list(tmp_path.iterdir())


def test_an_upload_that_breaks_off_is_removed(studio: Studio, plain: Path) -> None:
    with closing(socket.create_connection((studio.host, studio.port))) as half:
        head = f"PUT {studio.root}clip?name=a.mp4 HTTP/1.1\r\nHost: localhost\r\n"
        half.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + b"x" * 1000)
        (folder,) = studio.temporary.iterdir()
        until(lambda: bool(list(folder.glob("clip-*"))))
    until(lambda: not list(folder.glob("clip-*")))
    assert studio.get("state").json["clip"]["name"] == plain.name


# Connections.


@pytest.fixture
def narrow() -> Iterator[tuple[str, int]]:
    """Where a server listens that keeps few connections, and none that waits for long."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        taken = 0
        while (said := await receive())["type"] == "http.request":
            taken += len(said["body"])
            if not said["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(taken).encode()})

    limits = connections.Limits(connections=4, seconds=0.4, bytes=1000)
    config = uvicorn.Config(
        app, http=connections.bounded(limits), ws="none", lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[:2]
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("begun", "drip"),
    [
        (b"", b""),
        (b"GET / HT", b""),
        (HEAD, b"X: y\r\n"),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b""),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEAD + b"Content-Length: 1\r\n\r\nx" + HEAD, b"X: y\r\n"),  # a second request
    ],
)
def test_a_request_that_does_not_come_is_not_waited_for(
    narrow: tuple[str, int], begun: bytes, drip: bytes
) -> None:
    with closing(socket.create_connection(narrow)) as half:
        half.settimeout(0.1)
        half.sendall(begun)
        end = time.monotonic() + 5
        is_open = True
        while is_open:
            assert time.monotonic() < end, "it is held"
            try:
                half.sendall(drip)
                is_open = half.recv(1000) != b""
            except TimeoutError:
                pass
            except ConnectionError:
                is_open = False


def test_a_slow_honest_body_is_taken_whole(narrow: tuple[str, int]) -> None:
    with closing(socket.create_connection(narrow)) as slow:
        slow.sendall(HEAD + b"Content-Length: 8000\r\n\r\n")
        for _ in range(8):
            time.sleep(0.15)
            slow.sendall(b"x" * 1000)
        with slow.makefile("rb") as answer:
            assert b"8000" in b"".join(answer.readline() for _ in range(9))


def test_many_connections_that_ask_nothing_keep_nobody_out(narrow: tuple[str, int]) -> None:
    with ExitStack() as held:
        for _ in range(20):
            held.enter_context(closing(socket.create_connection(narrow)))
        with closing(HTTPConnection(*narrow, timeout=5)) as connection:
            connection.request("GET", "/")
            assert Answer(connection.getresponse()).status == 200


def test_a_stranger_s_connection_is_closed_with_the_answer(studio: Studio) -> None:
    with closing(socket.create_connection((studio.host, studio.port))) as half:
        half.settimeout(5)
        half.sendall(HEAD + b"Content-Length: 100000\r\n\r\nx")
        answer = b""
        with suppress(ConnectionError):  # what it has sent is not read any more
            while more := half.recv(1000):
                answer += more
        assert answer.startswith(b"HTTP/1.1 404 ")


# Its end.


def test_a_signal_ends_it_in_the_midst_of_everything(minute: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    with started(temporary, minute, "--gif", tmp_path / "a.gif") as studio:
        busy(studio, minute)
        assert studio.end(signal.SIGTERM) == 0
    assert not running_ffmpegs(naming=minute)
    assert not (tmp_path / "a.gif").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, sig("SIGHUP"), sig("SIGQUIT")])
def test_every_signal_that_asks_to_stop_ends_it(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    server = cast(Any, SimpleNamespace(should_exit=False))
    with _ending_on_signals(server):
        signal.raise_signal(number)
    assert server.should_exit
    assert signal.getsignal(number) == before


def test_killed_it_leaves_nothing_either(minute: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    with started(temporary, minute, "--gif", tmp_path / "a.gif") as studio:
        busy(studio, minute)
        assert studio.end(signal.SIGKILL) == -signal.SIGKILL
        gone(temporary)
    until(lambda: not running_ffmpegs(naming=minute))
    assert not (tmp_path / "a.gif").exists()


@pytest.mark.posix
@pytest.mark.parametrize("number", [signal.SIGINT, sig("SIGKILL")])
def test_where_an_open_file_stays_it_ends_all_the_same_and_leaves_nothing(
    number: signal.Signals, plain: Path, tmp_path: Path, simulated: Callable[[str], None]
) -> None:
    """As on Windows. What it shows has been decoded into a file, which this test holds open."""
    simulated("win32")
    temporary = tmp_path / "t"
    with started(temporary, plain, "--gif", tmp_path / "a.gif") as studio:
        studio.frames()
        (shown,) = temporary.glob("*/frames-*")
        with open(shown, "rb") as held:
            assert studio.end(number) == (0 if number == signal.SIGINT else -number)
            if number == signal.SIGINT:
                assert os.fstat(held.fileno()).st_size == 0
        gone(temporary)


def test_what_it_runs_leaves_nothing_when_that_is_killed(minute: Path, tmp_path: Path) -> None:
    with started(tmp_path / "t", minute, "--gif", tmp_path / "a.gif") as studio:
        busy(studio, minute)
        until(lambda: bool(running_ffmpegs(naming="vidstabdetect")))
        kill_what_it_runs(studio)


def busy(studio: Studio, clip: Path) -> None:
    """Have it decode, compose and render, a page open, with an upload half way."""
    for path in ("alive", "frames"):
        studio.begun("GET", path, length=0)
    body = {"options": {"gif": "b.gif", "steady": True, "smooth": True}, "t": 30}
    frame = json.dumps(body).encode()
    studio.begun("POST", "frame", frame, length=len(frame))
    studio.begun("PUT", "clip?name=a.mp4", b"x" * 1000, length=1_000_000)
    id = studio.post("jobs", options={"gif": "a.gif"}).json["id"]
    studio.post("jobs", options={"gif": "b.gif"})
    for event in studio.events(id):
        assert event["type"] == "progress", event
        if event["done"] > 0:
            break
    assert len(running_ffmpegs(naming=clip)) > 0


def test_a_closed_browser_ends_it_and_a_page_loaded_anew_does_not(
    plain: Path, tmp_path: Path
) -> None:
    with started(tmp_path / "t", plain, grace=2) as studio:
        for _ in range(2):
            with closing(HTTPConnection(studio.host, studio.port)) as page:
                page.request("GET", studio.root + "alive")
                assert page.getresponse().readline() == b"retry: 2000\n"
            time.sleep(0.6)  # between the two pages
            assert studio.process.poll() is None
        closed = time.monotonic()
        assert studio.process.wait(20) == 0
        assert time.monotonic() - closed > 1


def test_what_is_being_made_is_finished_after_the_page_is_closed(
    plain: Path, out: Path, tmp_path: Path
) -> None:
    (out / "b.gif").write_text("somebody's")
    how = (plain, "--ui", "--no-browser", "--gif", out / "named.gif")
    process = subprocess.Popen(
        hasty(0.1, *how),
        stdout=subprocess.PIPE,
        text=True,
        cwd=out,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    try:
        assert process.stdout
        studio = Studio(process.stdout.readline(), tmp_path)
        studio.process = process
        with closing(HTTPConnection(studio.host, studio.port)) as page:
            page.request("GET", studio.root + "alive")
            page.getresponse().readline()
            for name in ("b.gif", "named.gif"):
                assert studio.post("jobs", options={"gif": name, "fps": 5}).status == 201
        told, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0
    assert (out / "b.gif").read_text() == "somebody's"
    going_on, *finished = told.splitlines()
    assert going_on.startswith("no page is open: the studio makes ")
    for name in ("b-2.gif", "named.gif"):
        assert len(gif_frames(out / name)) == 10
        assert str(out / name) in going_on
        assert f"{out / name} is finished" in finished
    assert [*tmp_path.iterdir()] == [out]


def test_twenty_tabs_get_their_frames_and_the_server_stays_small(
    four_seconds: Path, tmp_path: Path
) -> None:
    # The studio ends first, so that nobody waits for streams that last as long as it does.
    with ThreadPoolExecutor(40) as tabs, started(tmp_path / "t", four_seconds, "--keep") as studio:
        streams = [tabs.submit(studio.get, "alive") for _ in range(20)]
        asked = [f"frames?width=192&end={3 + k % 2}" for k in range(20)]
        alone = {digest(studio, path) for path in asked[:2]}
        before = most_memory(studio)
        sums = list(tabs.map(lambda path: digest(studio, path), asked))
        assert set(sums) == alone and len(alone) == 2
        jobs = [studio.post("jobs", options={"gif": "a.gif", "end": 0.4}).json for _ in range(2)]
        ends = list(tabs.map(lambda job: list(studio.events(job["id"]))[-1]["type"], jobs * 10))
        assert ends == ["done"] * 20
        assert most_memory(studio) - before < 70 << 20  # twenty times the frames are 108 MiB
        assert sum(stream.done() for stream in streams) == 18  # two are held open
        assert studio.end() == 0


def most_memory(studio: Studio) -> int:
    """The most bytes that the server has had in memory."""
    status = Path(f"/proc/{studio.process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found
    return 1024 * int(found[1])


def digest(studio: Studio, path: str) -> str:
    """What comes, read slowly."""
    with closing(HTTPConnection(studio.host, studio.port)) as connection:
        connection.request("GET", studio.root + path)
        response = connection.getresponse()
        summed = hashlib.sha256()
        while chunk := response.read(1 << 18):
            summed.update(chunk)
            time.sleep(0.005)
    return summed.hexdigest()


# The command line.


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--ui", "--slit", "3"), "slit is 3.0: give a fraction from 0 to 1"),
        (("--ui", "--port", "99999"), "port is 99999: give 1 to 65535"),
        (("--ui", "--host", "nowhere.invalid"), "cannot listen at nowhere.invalid"),
        (("--ui", "--fade", "1"), "no effect without --loop crossfade"),
        (("--ui", "--for", "reals"), "--for has 'reals': did you mean reels? (give one of"),
        (("--ui", "--gif", "/nowhere/a.gif"), "there is no folder /nowhere"),
        (("nothing.mp4", "--ui"), "nothing.mp4 does not exist"),
        (("--port", "1"), "--port has no effect without --ui"),
        (("--keep",), "--keep has no effect without --ui"),
    ],
)
def test_wrong_options_are_one_line(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    ran = rollscan(*arguments, cwd=tmp_path)
    assert ran.status in (1, 2)
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_small_answer_is_not_held_back_until_its_head_is_received() -> None:
    with _listening_socket("127.0.0.1", 0) as listener, ExitStack() as cleanup:
        cleanup.enter_context(socket.create_connection(listener.getsockname()))
        connection = cleanup.enter_context(listener.accept()[0])
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_in_use_is_one_line() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        ran = rollscan("--ui", "--no-browser", "--port", str(taken.getsockname()[1]))
    assert ran.status == 2
    assert "Address already in use" in ran.err
    assert ran.err.count("\n") == 1


def test_another_host_is_warned_of(plain: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(plain, "--ui", "--no-browser", "--host", "0.0.0.0"),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        assert "from other machines too" in process.stdout.readline()
        studio = Studio(process.stdout.readline(), tmp_path)
        studio.process = process
        assert studio.host == socket.gethostname()
        studio.host = "127.0.0.1"
        assert studio.get("state", Host=f"{socket.gethostname()}:{studio.port}").status == 200
        assert studio.get("state", Host="evil.example").status == 403
        assert studio.end() == 0
    finally:
        process.kill()
        process.communicate()


def test_without_the_extra_one_line_names_it() -> None:
    code = (
        "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None\n"
        "from rollscan.cli import main; sys.exit(main(['--ui']))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert 'pip install "rollscan[ui]"' in ran.stderr


def test_help_imports_no_server() -> None:
    code = (
        "import sys\nfrom rollscan.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "sys.exit(any(name in sys.modules for name in ('starlette', 'asyncio', 'numpy')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 0
    assert "--ui" in ran.stdout


# A job as a command.

numbers_ = st.floats(0.001, 40, allow_nan=False)
names_ = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="/\0"), min_size=1, max_size=9
)


@st.composite
def lines(draw: st.DrawFn) -> list[str]:
    """Words that the command line takes, most of them."""
    effect = draw(st.sampled_from(["", "roll", "displace", "scan"]))
    loop = draw(st.sampled_from(["", "cut", "wrap", "boomerang", "crossfade", "match"]))
    fraction = st.floats(0, 1)
    words = {
        "--gif": names_.map(lambda name: f"{name}.gif"),
        "--mp4": names_.map(lambda name: f"{name}.mp4"),
        "--still": names_.map(lambda name: f"{name}.png"),
        "--width": st.integers(2, 4000).map(str),
        "--fps": numbers_.map(repr),
        "--speed": numbers_.map(str),
        "--start": st.one_of(numbers_.map(repr), st.just("0:01.5")),
        "--end": st.one_of(numbers_.map(repr), st.just("1:02:03")),
        "--look": st.sampled_from(["ribbon", "spiral", "twist", "sweep", "ghost"]),
        "--slit": st.lists(fraction, min_size=1, max_size=3).map(
            lambda points: ":".join(map(repr, points))
        ),
        "--direction": st.sampled_from(["up", "down", "left", "right", "out"]),
        "--slit-width": st.one_of(st.just("auto"), st.integers(1, 99).map(str)),
        "--feather": st.integers(0, 99).map(str),
        "--rgb": numbers_.map(repr),
        "--map": st.one_of(st.just("radial"), names_),
        "--depth": numbers_.map(repr),
        "--sweep": numbers_.map(repr),
        "--line": st.sampled_from(["red", "#ff0000"]),
        "--fade": numbers_.map(repr),
        "--min-loop": numbers_.map(repr),
        "--quality": st.integers(1, 100).map(str),
        "--colors": st.integers(2, 256).map(str),
        "--max-size": st.one_of(
            st.integers(1, 10**9).map(str), st.sampled_from(["8MB", "1.5MiB", "256KB", "0.1MB"])
        ),
        "--for": st.sampled_from(["discord", "discord,slack-emoji"]),
        "--repeat": st.integers(0, 9).map(str),
        "--mp4-loops": st.integers(1, 9).map(str),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(words)), unique=True, max_size=8))
    line = [f"{name}={draw(words[name])}" for name in {"--gif": 0, **dict.fromkeys(chosen)}]
    line += [f"--effect={effect}"] if effect else []
    line += [f"--loop={loop}"] if loop else []
    line += draw(st.sampled_from([[], [], ["--sound"], ["--sound=a.wav"]]))
    for switch in ("--smooth", "--steady", "--deflicker", "--no-recipe", "--poster-first"):
        line += [switch] if draw(st.integers(0, 5)) == 0 else []
    return [*line, "--", draw(names_)]


def job_from(words: list[str]) -> Job:
    options = vars(parser().parse_args(words))
    return job_of(
        {
            name: value
            for name, value in options.items()
            if name not in ("quiet", "list_platforms", "list_looks", "ui")
        }
    )


@given(lines())
def test_a_command_makes_the_job_it_was_made_of(words: list[str]) -> None:
    try:
        job = job_from(words)
    except ArgumentError:
        return
    written = shlex.join(command_of(job))
    program, *again = shlex.split(written)
    assert program == "rollscan"
    assert job_from(again) == job
    assert len(" ".join(again)) <= len(" ".join(words)) + 4  # "./" before a name, say


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (  # a look's name stands for the usual part of a long video as well
            "a.mp4 --gif=b.gif --slit-width=auto --feather=6 --loop=boomerang --length auto",
            "a.mp4 --gif b.gif --look ribbon --no-fit",
        ),
        (
            "a.mp4 --gif b.gif --fps 12.0 --max-size 8000000",
            "a.mp4 --gif b.gif --fps 12 --max-size 8MB",
        ),
        ("'my clip.mp4' --gif b.gif --slit .30", "'my clip.mp4' --gif b.gif --slit 0.3"),
        (
            "a.mp4 --gif b.gif --look twist --loop wrap",
            "a.mp4 --gif b.gif --look twist --loop wrap",
        ),
        ("./-a.mp4 --gif=-b.gif", "./-a.mp4 --gif=-b.gif"),
        ("- --gif b.gif", "- --gif b.gif"),
    ],
)
def test_commands_are_as_short_as_one_would_type_them(words: str, written: str) -> None:
    assert shlex.join(command_of(job_from(shlex.split(words)))) == f"rollscan {written}"
