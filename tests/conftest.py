"""Videos whose colours tell the time, ways to read them back, and runs of the command line."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import IO, Any

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import psutil
import pytest
from hypothesis import settings
from PIL import Image, ImageSequence
from unix_only import is_posix

import build_kernel
from rollscan import effect, effect_files
from rollscan.cli import main
from rollscan.effect import own_effects
from rollscan.gif.kernel import LIBRARY, Found, load
from rollscan.many import cores
from rollscan.many.attempt import attempt
from rollscan.many.order import Order, Outcomes, Tick
from rollscan.video.opening import open_video
from rollscan.video.probe import Probe
from rollscan.video.source import Video

with suppress(ImportError):
    import cv2  # noqa: F401 (it changes the environment when it is first imported)

pytest_plugins = ["studio_page"]

Picture = npt.NDArray[np.uint8]
MakeVideo = Callable[..., Path]

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
LOSSLESS = ("-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast")
LOSSY = ("-c:v", "libx264", "-crf", "10", "-preset", "ultrafast", "-pix_fmt", "yuv420p")

# The same examples in every run. More of them: `pytest --hypothesis-profile many`; a few, where the
# suite has been run on another Python already: `few`.
settings.register_profile(
    "exact", deadline=None, derandomize=True, print_blob=True, max_examples=40
)
settings.register_profile("many", settings.get_profile("exact"), max_examples=1000)
settings.register_profile("few", settings.get_profile("exact"), max_examples=5)
settings.load_profile("exact")


collect_ignore = ["test_campaign.py"] if sys.platform == "win32" else []  # it attacks a Unix


def pytest_configure() -> None:
    """Hear the signals that ask to stop, also where nohup or a shell's & had some ignored."""
    for name, action in (
        ("SIGINT", signal.default_int_handler),
        ("SIGQUIT", signal.SIG_DFL),
        ("SIGHUP", signal.SIG_DFL),
    ):
        if (number := sig(name)) and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, action)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need what Windows lacks."""
    for item in items:
        if isinstance(item, pytest.Function) and is_posix(item):
            item.add_marker("posix")


def sig(name: str) -> Any:
    """A signal by its name; None where the system lacks it, and the tests of it are not run."""
    return getattr(signal, name, None)


def names(folder: Path) -> list[str]:
    """What lies in a folder, by name."""
    return sorted(path.name for path in folder.iterdir())


def numbered(count: int, size: tuple[int, int] = (64, 48)) -> list[Picture]:
    """Frames of one colour each, which tells the frame's number: 0 to 255, see `numbers`."""
    width, height = size
    colours = [(16 + 14 * (k % 16), 16 + 14 * (k // 16), 128) for k in range(count)]
    return [np.full((height, width, 3), colour, np.uint8) for colour in colours]


def numbers(picture: Picture) -> npt.NDArray[np.int64]:
    """For each pixel, the number of the frame it comes from; a blend of two frames is an error."""
    steps = (picture[..., :2].astype(float) - 16) / 14
    low, high = np.rint(np.moveaxis(steps, -1, 0)).astype(int)
    assert np.abs(steps - np.rint(steps)).max() < 0.4, "not the colour of one frame"
    return low + 16 * high


def fields(count: int, shape: tuple[int, ...]) -> list[npt.NDArray[Any]]:
    """Frames in which no two values, of the same frame or of others, are alike."""
    size = int(np.prod(shape))
    return [size * k + np.arange(size).reshape(shape) for k in range(count)]


def moments(count: int, shape: tuple[int, ...]) -> list[npt.NDArray[Any]]:
    """Frames that are filled with their number."""
    return [np.full(shape, k) for k in range(count)]


def number(picture: Picture) -> int:
    """The number of the one frame that fills the picture."""
    (only,) = np.unique(numbers(picture))
    return int(only)


def quarters(size: tuple[int, int] = (64, 48)) -> Picture:
    """Red and green over blue and white: a picture that shows when it is turned or squashed."""
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (255, 0, 0)
    picture[: height // 2, width // 2 :] = (0, 255, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 255)
    picture[height // 2 :, width // 2 :] = (255, 255, 255)
    return picture


def encode(
    path: Path, frames: Sequence[Picture], *options: str, rate: float = 25, before: Sequence = ()
) -> Path:
    """Write frames as a video. options: ffmpeg's for the output; before: those for the input."""
    height, width, _ = frames[0].shape
    subprocess.run(
        [
            *(FFMPEG, "-v", "error", "-y", *before),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(rate)),
            *("-i", "pipe:0", *options, str(path)),
        ],
        input=b"".join(frame.tobytes() for frame in frames),
        check=True,
    )
    return path


def ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg; it must succeed and have nothing to say."""
    subprocess.run([FFMPEG, "-v", "error", "-y", *map(str, arguments)], check=True)


def video_of(
    path: Path, start: Any = 0, end: Any = None, *, scale: float | None = None, **size: Any
) -> Video:
    """An open video."""
    return open_video(Probe(path, start, end).facts(), scale=scale, **size)


def decoded(path: Path, *span: Any, **size: Any) -> list[Picture]:
    """All frames of a video (between start and end)."""
    with video_of(path, *span, **size) as video:
        return list(video)


def gif_frames(path: Path) -> list[Picture]:
    """The frames of a GIF as they are shown."""
    with Image.open(path) as gif:
        return [np.array(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]


def bad_video(kind: str, path: Path, plain: Path) -> None:
    """Put something at `path` that only looks like a video; of kind "missing", nothing."""
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no video\n" * 99, encoding="utf-8")
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(50_000))
    elif kind == "sound":
        ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", path)
    elif kind == "half":
        path.write_bytes(plain.read_bytes()[: plain.stat().st_size // 2])
    elif kind == "folder":
        path.mkdir()
    elif kind == "link to itself":
        path.symlink_to(path)


def names_in(folder: Path) -> list[str]:
    """What a folder holds, in order."""
    return sorted(path.name for path in folder.iterdir())


def rolled_as_by_the_original(frames: Iterable[Picture]) -> Iterator[Picture]:
    """What the original script shows: one row of history more per frame, up from the middle."""
    image = None
    for current, source in enumerate(frames):
        frame = source.copy()
        slit = len(frame) // 2
        image = np.zeros_like(frame) if image is None else np.roll(image, -1, axis=0)
        image[slit] = frame[slit]
        frame[max(slit - current, 0) : slit] = image[max(0, slit - current) : slit]
        yield frame


def running_ffmpegs(naming: str | Path) -> list[int]:
    """Process ids of all ffmpegs whose command lines have the path `naming`, or one below it."""
    named = re.compile(rf"{re.escape(str(naming))}(?!\w)")  # pytest-1 is not pytest-10
    return [
        pid
        for pid, line in _command_lines()
        if named.search(line) and "ffmpeg" in line.split(" ")[0]
    ]


def _command_lines() -> Iterator[tuple[int, str]]:
    if not Path("/proc/self").exists():  # where psutil takes ten times as long
        for process in psutil.process_iter(["cmdline"]):
            yield process.pid, " ".join(process.info["cmdline"] or ())
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = os.fsdecode(entry.read_bytes())
        except OSError:  # ended meanwhile
            continue
        yield int(entry.parent.name), line.replace("\0", " ")


@pytest.fixture(autouse=True)
def _no_ffmpeg_is_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    yield
    assert not running_ffmpegs(naming=tmp_path_factory.getbasetemp())


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Looks are kept in a folder of the tests, and those of whoever runs them are not read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("settings")))
        yield


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    status: int
    out: str
    err: str


def command(*arguments: str | Path) -> list[str]:
    """The command line of `python -m rollscan`."""
    return [sys.executable, "-m", "rollscan", *map(str, arguments)]


def child(*arguments: str | Path, **popen: Any) -> Ran:
    """Run `python -m rollscan` as a process of its own, with no terminal."""
    done = subprocess.run(command(*arguments), capture_output=True, **popen)
    return Ran(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def rollscan(*arguments: str | Path, cwd: str | Path | None = None, **popen: Any) -> Ran:
    """Run the command line in this process, a hundred times sooner than in another.

    popen: what only a process of its own can have, such as env; with it, this is `child`.
    """
    if popen:
        return child(*arguments, cwd=cwd, **popen)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = _ended(arguments, cwd, out, err)
        out.seek(0)
        err.seek(0)
        return Ran(status, os.fsdecode(out.read()), os.fsdecode(err.read()))


def on_a_terminal(*arguments: str | Path, columns: int = 80) -> tuple[int, list[str]]:
    """Run the command line in this process on a terminal: its status, and the pieces shown there.

    Each piece is what the terminal got at once.
    """
    fcntl = pytest.importorskip("fcntl", reason="no terminals to make")
    termios = pytest.importorskip("termios")
    master, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    shown: list[str] = []

    def watch() -> None:
        with suppress(OSError):  # Linux's way to say that the terminal has no other end any more
            while piece := os.read(master, 1 << 16):
                shown.append(os.fsdecode(piece))

    watching = Thread(target=watch)
    watching.start()
    try:
        with os.fdopen(terminal, "wb", buffering=0) as screen:
            status = _ended(arguments, None, screen, screen)
    finally:
        watching.join()
        os.close(master)
    return status, shown


def _ended(
    arguments: Sequence[str | Path], cwd: str | Path | None, out: IO[bytes], err: IO[bytes]
) -> int:
    """The exit status of the command line, run in this process with these streams."""
    before = _state()
    with ExitStack() as stack:
        stack.enter_context(_stream("stdout", 1, out))
        stack.enter_context(_stream("stderr", 2, err))
        stack.enter_context(_inside(cwd))
        stack.enter_context(without_main_module())
        try:
            status = main([*map(str, arguments)])
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    assert _state() == before
    return status


@contextmanager
def _stream(name: str, number: int, file: IO[bytes]) -> Iterator[None]:
    """Have a standard stream go to a file, also what children such as ffmpeg write to it."""
    stream, kept = getattr(sys, name), os.dup(number)
    os.dup2(file.fileno(), number)
    errors = "strict" if name == "stdout" else "backslashreplace"
    try:
        with open(number, "w", encoding="utf-8", errors=errors, closefd=False) as ours:
            setattr(sys, name, ours)
            yield
    finally:
        setattr(sys, name, stream)
        os.dup2(kept, number)
        os.close(kept)


@contextmanager
def _inside(folder: str | Path | None) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder or before)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def without_main_module() -> Iterator[None]:
    """Without a main module for processes to import, which would be pytest's."""
    main_module = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main_module


def _state() -> tuple[Any, ...]:
    """What of this process the command line must leave as it was."""
    streams = (sys.stdin, sys.stdout, sys.stderr, sys.unraisablehook)
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    return streams, handlers, Path.cwd(), dict(os.environ), tempfile.tempdir


@pytest.fixture
def many_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have many clips done in this process, one after another: what is said and written of them
    does not depend on where, and each process takes a second to start.
    """

    def outcomes(orders: Iterable[Order], jobs: int, tick: Tick | None = None) -> Outcomes:
        return (attempt(order) for order in orders)

    monkeypatch.setattr(cores, "outcomes", outcomes)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget, after the test, the effects that it registers and loads."""
    own_effects()
    monkeypatch.setattr(effect, "_registered", [*effect._registered])
    monkeypatch.setattr(effect, "_is_loaded", {*effect._is_loaded})
    monkeypatch.setattr(effect_files, "_loaded", {})
    monkeypatch.setattr(effect_files, "_refused", {})


@pytest.fixture(scope="session")
def compiled_kernel(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The kernel of the GIF writer, built now. Skips where there is no C compiler."""
    path = tmp_path_factory.mktemp("kernel") / LIBRARY.name
    try:
        build_kernel.build(path)
    except build_kernel.BuildError as error:
        pytest.skip(f"no C compiler: {error}")
    found = load(path)
    assert found.library, found.why_not
    return found


@pytest.fixture(scope="session")
def make_video(tmp_path_factory: pytest.TempPathFactory) -> MakeVideo:
    """make_video(name, frames, *options, **) encodes what differs once; see `encode`.

    Each lies in a folder that is called after all that it is made of: two of one name never meet.
    """
    folder = tmp_path_factory.mktemp("videos")

    def make(name: str, frames: Sequence[Picture], *options: str, **more: Any) -> Path:
        made_of = hashlib.sha256(repr((frames[0].shape, options, more)).encode())
        for frame in frames:
            made_of.update(np.ascontiguousarray(frame))
        path = folder / made_of.hexdigest()[:32] / name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            encode(path, frames, *options, **more)
        return path

    return make


@pytest.fixture(scope="session")
def brief(make_video: MakeVideo) -> Path:
    """Ten frames: done in no time."""
    return make_video("brief.mp4", numbered(10), *LOSSLESS)


@pytest.fixture(scope="session")
def plain(make_video: MakeVideo) -> Path:
    """50 numbered frames of 64x48 at 25 fps, without loss, a keyframe every 10."""
    return make_video("plain.mp4", numbered(50), *LOSSLESS, "-g", "10")


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Busy enough that a GIF of it takes long enough to be interrupted: 1500 frames of 320x180."""
    path = tmp_path_factory.mktemp("long") / "endless.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=60", *LOSSY, "-crf", "30", path)
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An empty folder for what is written; a test may want to see that nothing is."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


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
