"""The one file that is read: no other beside it, a pipe as well, and an ffmpeg that fails."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from conftest import (
    FFMPEG,
    LOSSY,
    MakeVideo,
    command,
    decoded,
    ffmpeg,
    number,
    numbered,
    rollscan,
    video_of,
)
from PIL import Image

from rollscan import LimitError, Limits, SourceError
from rollscan.video import input as input_module
from rollscan.video.failures import ended_by
from rollscan.video.ffmpeg import ffmpeg as the_ffmpeg
from rollscan.video.ffmpeg import version_of
from rollscan.video.probe import Probe

# One file.

HLS = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{0}\n#EXT-X-ENDLIST\n"
DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT2S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
    '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="9">'
    "<BaseURL>{0}</BaseURL></Representation></AdaptationSet></Period></MPD>"
)
PLAYLISTS = {
    "list.ffconcat": "ffconcat version 1.0\nfile {0}\n",
    "list.mp4": "ffconcat version 1.0\nfile {0}\n",
    "list.m3u8": HLS,
    "list.ts": HLS,
    "list.mpd": DASH,
    "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
}


PICTURES = [f"img%03d.{ending}" for ending in ("png", "jpg", "bmp", "tiff", "webp", "gif")]


@pytest.fixture(scope="module")
def lone(make_video: MakeVideo, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Playlists, and pictures whose names hold a pattern, each in a folder with what it names."""
    found = {}
    for name, text in PLAYLISTS.items():
        ending = "ts" if text is HLS else "mp4"
        folder = tmp_path_factory.mktemp("playlist")
        canary = shutil.copy(make_video(f"canary.{ending}", numbered(20), *LOSSY), folder)
        found[name] = folder / name
        found[name].write_text(text.format(Path(canary).name))
    for name in PICTURES:
        folder = tmp_path_factory.mktemp("picture")
        for k in (1, 2, 3):
            Image.new("RGB", (64, 48)).save(folder / (name % k))
        found[name] = folder / name
        Image.fromarray(numbered(41)[40]).save(found[name])
    return found


@pytest.fixture(scope="module")
def opened(lone: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The names of the files in each one's folder that are opened while it is read."""
    trace = tmp_path_factory.mktemp("trace") / "trace"
    strace = shutil.which("strace")
    line = [sys.executable, "-c", _READ, *map(str, lone.values())]
    if strace:
        line = [strace, "-f", "-qq", "-e", "trace=open,openat,connect", "-o", str(trace), *line]
    subprocess.run(line, check=True)
    if not strace:
        return {name: set() for name in lone}
    lines = trace.read_text().splitlines()
    assert not [line for line in lines if "AF_INET" in line]
    found = {}
    for name, path in lone.items():
        assert any(str(path) in line for line in lines), "nothing was traced"
        folder = f"{path.parent}/"
        found[name] = {line.split(folder)[1].split('"')[0] for line in lines if folder in line}
    return found


_READ = """
import sys
from rollscan import RollscanError
from rollscan.video.probe import Probe
from rollscan.video.opening import open_video
for path in sys.argv[1:]:
    try:
        print(len(list(open_video(Probe(path).facts()))))
    except RollscanError as error:
        print(error)
"""


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_is_refused_and_what_it_names_not_opened(
    name: str, lone: dict[str, Path], opened: dict[str, set[str]]
) -> None:
    assert opened[name] <= {name}
    with pytest.raises(SourceError, match=rf"{name} is (a playlist, a script|not a video)"):
        video_of(lone[name])


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_whose_name_holds_a_pattern_is_that_picture(
    name: str, lone: dict[str, Path], opened: dict[str, set[str]]
) -> None:
    (frame,) = decoded(lone[name])
    assert number(frame) == 40
    assert opened[name] <= {name}


@pytest.mark.parametrize("name", ["100%d.mp4", "a%03d.mkv", "50% off.mp4", "a*[b]?.mp4"])
def test_a_video_whose_name_holds_a_pattern_is_that_video(
    name: str, plain: Path, tmp_path: Path
) -> None:
    ffmpeg("-i", plain, "-c", "copy", f"file:{tmp_path / 'x'}{Path(name).suffix}")
    path = (tmp_path / "x").with_suffix(Path(name).suffix).rename(tmp_path / name)
    assert [number(frame) for frame in decoded(path)] == list(range(50))


# Pipes.


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def fed(fifo: Path, content: bytes) -> threading.Thread:
    """Someone who writes into a named pipe."""
    thread = threading.Thread(target=fifo.write_bytes, args=(content,), daemon=True)
    thread.start()
    return thread


def test_a_named_pipe_is_read_once_and_as_often_as_needed(plain: Path, fifo: Path) -> None:
    writer = fed(fifo, plain.read_bytes())
    with video_of(fifo, 0.4, 1.2) as video:
        for _ in range(2):
            assert [number(frame) for frame in video] == list(range(10, 30))
    writer.join()


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
@pytest.mark.parametrize("piped", [True, False])
def test_standard_input_is_read(name: str, piped: bool, plain: Path, out: Path) -> None:
    line = command(name, "--gif", out / "a.gif", "--loop", "wrap")
    if piped:
        done = subprocess.run(line, input=plain.read_bytes(), capture_output=True)
    else:
        with plain.open("rb") as file:
            done = subprocess.run(line, stdin=file, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"50 frames, 2.00 s" in done.stdout


def test_what_comes_down_a_pipe_leaves_nothing_behind(
    plain: Path, fifo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    fed(fifo, plain.read_bytes())
    video = video_of(fifo)
    video.close()
    del video
    assert not list(room.iterdir())
    fed(fifo, b"no video")
    with pytest.raises(SourceError, match=r"pipe is not a video that ffmpeg can read"):
        video_of(fifo)
    assert not list(room.iterdir())


def test_a_pipe_has_a_limit_that_is_told(
    fifo: Path,
) -> None:
    fed(fifo, bytes(1000))
    said = r"pipe is a pipe that brings 1 KB and more, over max_input 999 B: save it as a"
    with Limits(max_input=999).in_force(), pytest.raises(LimitError, match=said):
        Probe(fifo)


def test_a_pipe_that_brings_nothing_more_is_not_waited_for(fifo: Path) -> None:
    descriptor = os.open(fifo, os.O_RDWR)  # a writer that stays
    os.write(descriptor, b"no more")
    said = r"pipe is a pipe that nothing came down for 0\.2 s, as long as max_stall allows"
    with Limits(max_stall=0.2).in_force(), pytest.raises(LimitError, match=said):
        Probe(fifo)
    os.close(descriptor)


def test_a_pipe_that_nobody_writes_into_is_not_waited_for(
    fifo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_module, "PATIENCE", 0.01)
    with pytest.raises(SourceError, match=r"pipe is a pipe that nothing came down in 0\.01 s: "):
        Probe(fifo)


def test_an_empty_pipe_and_a_device_are_told(fifo: Path) -> None:
    fed(fifo, b"")
    with pytest.raises(SourceError, match=r"pipe is (empty|a pipe that nothing came down)"):
        Probe(fifo)
    for device in ("/dev/null", "/dev/zero"):
        with pytest.raises(SourceError, match=rf"^{device} is a device: give a video file"):
            Probe(device)


# An ffmpeg that fails.


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """use(program): have this one be ffmpeg."""

    def named(program: str) -> None:
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", program)
        the_ffmpeg.cache_clear()

    yield named
    the_ffmpeg.cache_clear()


@pytest.fixture
def instead(tmp_path: Path, use: Callable[[str], None]) -> Callable[[str], None]:
    """instead(script): an ffmpeg that knows its version, and else does as told."""

    def made(script: str) -> None:
        program = tmp_path / "ffmpeg"
        version = f'[ "$1" = -version ] && exec {FFMPEG} -version'
        program.write_text(f"#!/bin/sh\n{version}\n{script}\n")
        program.chmod(0o755)
        use(str(program))

    return made


ENDS = {
    "kill -KILL $$": r"was ended by SIGKILL, as systems short of memory do): free some memory",
    "kill -SEGV $$": r"was ended by SIGSEGV): name another ffmpeg in IMAGEIO_FFMPEG_EXE",
    "echo 'Exiting normally, received signal 15.' >&2; exit 255": r"was ended by SIGTERM): try",
    "exit 255": r"was ended by a signal): try again",
    "echo 'x: Cannot allocate memory' >&2; exit 244": r"more memory than there is for it: ",
    "echo 'x: Too many open files' >&2; exit 232": r"files): raise the limit (ulimit -n)",
}


@pytest.mark.parametrize("script", ENDS)
def test_an_ffmpeg_that_dies_is_not_taken_for_a_broken_video(
    script: str, plain: Path, out: Path, instead: Callable[[str], None]
) -> None:
    instead(script)
    ran = rollscan(plain, "--gif", out / "a.gif")
    assert ran.status == 1
    assert ran.err.startswith(f"rollscan: error: {plain} could not be looked at (ffmpeg ")
    assert ENDS[script] in ran.err
    assert ran.err.count("\n") == 1
    assert not list(out.iterdir())


def test_an_ffmpeg_that_dies_half_way_is_named_with_its_version(
    plain: Path, out: Path, instead: Callable[[str], None]
) -> None:
    script = f'case "$*" in *framecrc*) exec {FFMPEG} "$@";; esac; kill -SEGV $$'
    instead(script)
    ran = rollscan(plain, "--gif", out / "a.gif")
    version = version_of(FFMPEG)
    cause = f"could not be read past frame 0 (ffmpeg {version} was ended by SIGSEGV): name another"
    assert cause in ran.err
    assert not list(out.iterdir())


def test_a_line_that_ends_before_its_message_is_no_complaint(
    plain: Path, out: Path, tmp_path: Path, instead: Callable[[str], None]
) -> None:
    orders = tmp_path / "orders"
    torn = "[out#0/rawvideo @ 0x55d]  \\n"
    instead(f'printf "{torn}" >&2; echo "$*" >> "{orders}"; exec {FFMPEG} "$@"')
    assert rollscan(plain, "--gif", out / "a.gif").status == 0
    assert sum(" -f null " in order for order in orders.read_text().splitlines()) == 1  # the probe


def test_of_what_ffmpeg_complains_the_first_is_told(
    plain: Path, out: Path, instead: Callable[[str], None]
) -> None:
    said = "[dec:x @ 0x7f1] the cause\\n[out#0/rawvideo @ 0x55d] Nothing was written\\n"
    script = f'case "$*" in *framecrc*) exec {FFMPEG} "$@";; esac; printf \'{said}\' >&2; exit 1'
    instead(script)
    ran = rollscan(plain, "--gif", out / "a.gif")
    assert "could not be read past frame 0 (the cause): check the file" in ran.err


def test_a_full_disk_is_no_fault_of_the_video(
    plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking at a video, and reading it, takes no room in the temporary folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "full"))
    with pytest.raises(FileNotFoundError):
        tempfile.TemporaryFile().close()
    assert [number(frame) for frame in decoded(plain)] == list(range(50))


@pytest.mark.parametrize(
    ("program", "cause"),
    [
        ("/bin/true", "asked for its version, it ends with status 0 and names none"),
        ("/nonexistent", "No such file or directory"),
        ("/etc/passwd", "Permission denied"),
    ],
)
def test_what_is_no_ffmpeg_is_told_as_that(
    program: str, cause: str, plain: Path, out: Path, use: Callable[[str], None]
) -> None:
    use(program)
    ran = rollscan(plain, "--gif", out / "a.gif")
    remedy = "let IMAGEIO_FFMPEG_EXE name an ffmpeg, or unset it"
    said = f"{program} is no ffmpeg that runs ({cause}): {remedy}\n"
    assert (ran.status, ran.err) == (1, f"rollscan: error: {said}")


def test_a_probe_cut_off_by_a_signal_does_not_call_the_video_cut_short(long: Path) -> None:
    for killed_by in (signal.SIGKILL, signal.SIGSEGV):
        with closing(Probe(long)) as probe:
            os.kill(probe._ffmpeg.pid, killed_by)  # it waits, as its list is longer than the pipe
            with pytest.raises(SourceError, match=rf"looked at \(ffmpeg .* by {killed_by.name}\b"):
                probe.facts()


def test_a_good_end_has_no_cause() -> None:
    assert ended_by(0, "Cannot allocate memory") is None
    assert ended_by(1, "Invalid data found") is None
