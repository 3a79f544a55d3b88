"""The compiled kernel writes the bytes that the NumPy code writes, on one thread or more."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import rollscan
from hypothesis import given, settings
from hypothesis import strategies as st

import build_kernel
from rollscan.gif import compiled_painting as compiled
from rollscan.gif import constant_delays, kernel, lzw, pipeline, threads, write_gif
from rollscan.gif.busyness import busyness
from rollscan.gif.canvas import Canvas
from rollscan.gif.colour import Grid, perceived_centres
from rollscan.gif.kernel import Found
from rollscan.gif.matching import Matcher
from rollscan.gif.painting import Patch
from rollscan.gif.palette import learn_palette, nearest_colours

Picture = npt.NDArray[np.uint8]

BY_NUMPY = Found(None, "the NumPy code is tested")


@contextmanager
def using(found: Found, thread_count: int = 1) -> Iterator[None]:
    """With this kernel, or the NumPy code, on that many threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "find", lambda: found)
        patch.setenv(threads.VARIABLE, str(thread_count))
        patch.setattr(compiled, "_BAND_PIXELS", 1)
        yield


def written(frames: list[Picture], **options: int) -> bytes:
    file = io.BytesIO()
    write_gif(file, frames, constant_delays(20), **options)
    return file.getvalue()


@st.composite
def clips(draw: st.DrawFn) -> list[Picture]:
    """A few frames that move, flicker, stand still in places, and change their scene."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    height, width = draw(st.integers(1, 37)), draw(st.integers(1, 150))
    kind = draw(st.sampled_from(["noise", "few", "smooth", "grey"]))
    few = random.integers(0, 256, (draw(st.integers(1, 40)), 3), np.uint8)
    y, x = np.mgrid[0:height, 0:width]

    def frame(k: int) -> Picture:
        if kind == "few":
            return few[random.integers(0, len(few), (height, width))]
        if kind == "smooth":
            waves = [np.sin((x + k) / 9 + phase) * np.cos(y / (7 + phase)) for phase in range(3)]
            return (128 + 120 * np.stack(waves, axis=2)).astype(np.uint8)
        channels = 1 if kind == "grey" else 3
        return random.integers(0, 256, (height, width, channels), np.uint8).repeat(3 // channels, 2)

    frames = [frame(0)]
    for k in range(1, draw(st.integers(1, 30))):
        after = frames[-1].copy()
        change = draw(st.sampled_from(["all", "none", "part", "a little"]))
        top, left = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
        if change == "all":
            after = frame(k)
        elif change == "part":
            after[top:, left:] = frame(k)[top:, left:]
        elif change == "a little":
            after[top:, left:] ^= 1
        frames.append(np.ascontiguousarray(after))
    return frames


@settings(max_examples=30)
@given(
    frames=clips(),
    quality=st.sampled_from([1, 30, 60, 80, 95, 100]),
    colors=st.sampled_from([2, 3, 17, 255, 256]),
    thread_count=st.integers(1, 4),
)
def test_a_gif_has_the_bytes_that_numpy_writes(
    frames: list[Picture], quality: int, colors: int, thread_count: int, compiled_kernel: Found
) -> None:
    with using(BY_NUMPY):
        expected = written(frames, quality=quality, colors=colors)
    with using(compiled_kernel, thread_count):
        assert written(frames, quality=quality, colors=colors) == expected


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    highest=st.integers(2, 256),
)
def test_busyness_is_that_of_numpy(
    seed: int, height: int, width: int, highest: int, compiled_kernel: Found
) -> None:
    frame = np.random.default_rng(seed).integers(0, highest, (height, width, 3), np.uint8)
    with using(BY_NUMPY):
        expected = busyness(frame)
    with using(compiled_kernel):
        np.testing.assert_array_equal(busyness(frame), expected)
        np.testing.assert_array_equal(busyness(frame[:, ::-1]), expected[:, ::-1])


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    code_bits=st.integers(2, 8),
    size=st.tuples(st.integers(1, 130), st.integers(1, 130)),
    share=st.floats(0, 1),
)
def test_indices_are_compressed_as_by_pillow(
    seed: int, code_bits: int, size: tuple[int, int], share: float, compiled_kernel: Found
) -> None:
    random = np.random.default_rng(seed)
    indices = random.integers(0, 1 << code_bits, (size[0], size[1] + 3), np.uint8)
    indices[random.random(indices.shape) < share] = random.integers(0, 1 << code_bits)
    part = indices[:, 1:-2]  # whose rows lie apart
    with using(BY_NUMPY):
        expected = lzw.compressed(part, code_bits)
    with using(compiled_kernel):
        assert lzw.compressed(part, code_bits) == expected


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), entries=st.integers(1, 255), is_grey=st.booleans())
def test_the_nearest_entry_of_each_cell_is_that_of_numpy(
    seed: int, entries: int, is_grey: bool, compiled_kernel: Found
) -> None:
    """Also where two entries are as near but for rounding: greys are, for many cells."""
    random = np.random.default_rng(seed)
    palette = random.integers(0, 256, (entries, 3), np.uint8)
    if is_grey:
        palette[:] = palette[:, :1]
    matcher = Matcher(np.unique(palette, axis=0), 1.0)
    with using(compiled_kernel):
        Canvas(24.0).paint(random.integers(0, 256, (60, 200, 3), np.uint8), matcher)
    (cells,) = matcher.by_cell.nonzero()
    with using(BY_NUMPY):
        nearest = nearest_colours(perceived_centres(cells), matcher.entries)
    np.testing.assert_array_equal(matcher.by_cell[cells] - 1, nearest)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**32),
    colours=st.integers(1, 3000),
    levels=st.sampled_from([2, 9, 256]),
    limit=st.integers(1, 256),
    error=st.sampled_from([0.0, 3.0, 40.0]),
)
def test_a_palette_is_the_one_that_numpy_learns(
    seed: int, colours: int, levels: int, limit: int, error: float, compiled_kernel: Found
) -> None:
    """Also where colours repeat, boxes have equal errors, and weights differ by far."""
    random = np.random.default_rng(seed)
    rgb = random.integers(0, levels, (colours, 3), np.uint8) * np.uint8(255 // (levels - 1))
    weights = 10.0 ** random.integers(-6, 6, colours)
    with using(BY_NUMPY):
        expected = learn_palette(rgb, weights, limit, error)
    with using(compiled_kernel):
        np.testing.assert_array_equal(learn_palette(rgb, weights, limit, error), expected)


def test_a_square_that_stays_is_repainted_where_its_surroundings_grow_calmer(
    compiled_kernel: Found,
) -> None:
    """And passed over where they do not: it shows an error that busy surroundings hide."""
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    noise[10:30, 10:50] = 128
    off = noise.copy()
    off[10:30, 10:50] = 136
    calm = np.full_like(noise, 134)
    calm[10:30, 10:50] = 136
    frames = [noise, off, off ^ np.uint8(1), off, calm, off, calm]
    with using(BY_NUMPY):
        expected = written(frames, quality=60)
    with using(compiled_kernel):
        assert written(frames, quality=60) == expected


def test_the_kernel_is_used_where_it_was_built() -> None:
    """.ci/run installs rollscan with a compiler."""
    if not os.environ.get("CI") or os.environ.get(kernel.VARIABLE) == "0":
        pytest.skip("rollscan may have been installed without a compiler")
    assert kernel.find().library, kernel.find().why_not


def test_a_kernel_that_was_built_from_another_source_is_not_used(
    compiled_kernel: Found, tmp_path: Path
) -> None:
    assert compiled_kernel.library
    source = tmp_path / "kernel.c"
    source.write_bytes(kernel.SOURCE.read_bytes() + b"\n")
    found = kernel.load(Path(compiled_kernel.library._name), source)
    assert found == (None, "it was built from another kernel.c: install rollscan again")


@pytest.mark.parametrize("content", [b"", b"no library", bytes(4096)])
def test_a_broken_kernel_is_not_used(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / kernel.LIBRARY.name
    path.write_bytes(content)
    found = kernel.load(path)
    assert found.library is None
    assert found.why_not.startswith("it cannot be loaded (")


def test_a_library_of_something_else_is_not_used() -> None:
    other = next(Path(np.__file__).parent.rglob("_multiarray_umath*"))
    assert kernel.load(other).why_not.startswith("it cannot be loaded (")


def test_without_a_kernel_it_says_why(tmp_path: Path) -> None:
    assert kernel.load(tmp_path / "none.so").why_not.startswith("it was not built")


def test_the_environment_turns_the_kernel_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(kernel.VARIABLE, "0")
    assert kernel.find.__wrapped__() == (None, "ROLLSCAN_KERNEL is 0")


SANITIZED = """
import sys
from pathlib import Path
import numpy as np
from rollscan.gif import kernel
found = kernel.load(Path(sys.argv[1]))
assert found.library, found.why_not
kernel.find = lambda: found
import io
from rollscan.gif import constant_delays, write_gif
random = np.random.default_rng(4)
for size in ((1, 1), (1, 2), (3, 7), (33, 18), (20, 301)):  # NumPy keeps small arrays together
    noise = random.integers(0, 256, (6, *size, 3), np.uint8)
    noise[4:, size[0] // 2 :] = noise[3, size[0] // 2 :]
    few = noise // 100 * np.uint8(100)
    for frames in (noise, few):
        for quality, colors in ((80, 17), (100, 256)):
            write_gif(io.BytesIO(), frames, constant_delays(20), quality=quality, colors=colors)
print("sound")
"""


def test_the_kernel_stays_within_its_arrays(compiled_kernel: Found, tmp_path: Path) -> None:
    """By the sanitizers of addresses and of undefined behaviour."""
    runtime = sanitizers()
    if runtime is None:
        pytest.skip("the compiler has no sanitizers")
    library = tmp_path / kernel.LIBRARY.name
    checks = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1", "-g")
    build_kernel.build(library, flags=checks)
    ran = subprocess.run(
        [sys.executable, "-c", SANITIZED, str(library)],
        env={
            **os.environ,
            "LD_PRELOAD": runtime,
            "ASAN_OPTIONS": "detect_leaks=0",
            threads.VARIABLE: "3",
        },
        capture_output=True,
        text=True,
    )
    assert ran.stdout == "sound\n", ran.stderr[-3000:]


def sanitizers() -> str | None:
    """The library that must be loaded first where code is checked; None where there is none."""
    gcc = shutil.which("gcc")
    if not gcc or not sys.platform.startswith("linux"):
        return None
    asked = subprocess.run([gcc, "-print-file-name=libasan.so"], capture_output=True, text=True)
    found = asked.stdout.strip()
    return found if Path(found).is_absolute() else None


# Threads.


def pictures(count: int = 12, size: tuple[int, int] = (40, 30)) -> list[Picture]:
    return list(np.random.default_rng(2).integers(0, 256, (count, *size, 3), np.uint8))


def test_frames_under_way_are_few(compiled_kernel: Found) -> None:
    """However many threads there are, and however slowly the file is written."""
    taken, ahead = 0, []

    def jobs() -> Iterator[pipeline.Job]:
        nonlocal taken
        matcher = Matcher(pictures(1, (10, 10))[0].reshape(-1, 3), 1.0)
        for frame in pictures(40):
            taken += 1
            yield pipeline.Job(frame, matcher, 5)

    with using(compiled_kernel, 50):
        for k, _ in enumerate(pipeline.images(jobs(), 24.0)):
            ahead.append(taken - k)
    assert 1 < max(ahead) <= 8


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", ["frames", "delays", "file"])
def test_what_is_raised_outside_ends_all_threads(
    error: type[BaseException], where: str, compiled_kernel: Found
) -> None:
    def passing(values: Any, fails: bool) -> Iterator[Any]:
        for k, value in enumerate(values):
            if k == 7 and fails:
                raise error("told")
            yield value

    class File(io.BytesIO):
        def write(self, content: Any) -> int:
            if where == "file" and self.tell() > 3000:
                raise error("told")
            return super().write(content)

    with using(compiled_kernel, 4), pytest.raises(error, match="told"):
        write_gif(
            File(),
            passing(pictures(), where == "frames"),
            passing([5] * 12, where == "delays"),
        )
    assert not threads_of_the_writer()


@pytest.mark.parametrize("step", ["paint", "compress"])
def test_an_error_in_a_thread_comes_through(
    step: str, compiled_kernel: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Patch:
        raise MemoryError(step)

    if step == "paint":
        monkeypatch.setattr(Canvas, "paint", fail)
    else:
        monkeypatch.setattr(pipeline, "compressed", fail)
    with using(compiled_kernel, 4), pytest.raises(MemoryError, match=step):
        written(pictures())
    assert not threads_of_the_writer()


def threads_of_the_writer() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("rollscan-gif")]


def test_where_no_thread_can_be_started_one_is_enough(
    compiled_kernel: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    with using(compiled_kernel):
        expected = written(pictures())

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with using(compiled_kernel, 4):
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert written(pictures()) == expected


def test_threads_follow_the_cores_that_may_be_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv(threads.VARIABLE, raising=False)
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 5, 7}, raising=False)
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(threads, "_QUOTA", quota)
    assert threads.thread_count() == 4  # there is no container
    for text, count in (("max 100000", 4), ("250000 100000", 3), ("50000 100000", 1), ("", 4)):
        quota.write_text(text)
        assert threads.thread_count() == count
    monkeypatch.setenv(threads.VARIABLE, "9")
    assert threads.thread_count() == 9


@pytest.mark.parametrize("value", ["0", "65", "-1", "two", "1.5", "²", "9" * 5000])
def test_a_number_of_threads_that_is_none_is_one_line(
    value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(threads.VARIABLE, value)
    ran = rollscan("none.mp4", "--gif", tmp_path / "a.gif")
    expected = f"ROLLSCAN_THREADS is {value!r}, must be a whole number from 1 to 64"
    assert (ran.status, ran.err) == (2, f"rollscan: error: {expected}\n")


def test_exact_colours_are_looked_up_as_by_numpy(compiled_kernel: Found) -> None:
    """With a grid that has a cell for each colour, and with 256 colours and no transparency."""
    random = np.random.default_rng(9)
    palette = np.unique(random.integers(0, 256, (256, 3), np.uint8), axis=0)
    for colours, grid in ((palette, Grid(8, 8, 8)), (palette[:30], Grid(8, 8, 8))):
        frames = [colours[random.integers(0, len(colours), (21, 35))] for _ in range(5)]
        patches = []
        for found in (BY_NUMPY, compiled_kernel):
            with using(found):
                matcher = Matcher(colours, 0.0, grid)
                matcher.add_colours(colours)
                canvas = Canvas(0.0)
                patches.append([canvas.paint(frame, matcher) for frame in frames])
        for one, other in zip(*patches, strict=True):
            assert one and other and one.corner == other.corner
            np.testing.assert_array_equal(one.indices, other.indices)
