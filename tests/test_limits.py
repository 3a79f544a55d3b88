"""What strangers' files may take: each attack here once took a machine, or never ended."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import time
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, ffmpeg, names, numbered
from PIL import Image

from rollscan import ArgumentError, Job, LimitError, Limits, Look, SourceError, render
from rollscan.cli import main
from rollscan.composers.maps import picture_map
from rollscan.deliver.platforms import Platform, load
from rollscan.deliver.validate import check
from rollscan.limits import DEFAULTS, current_limits
from rollscan.many.attempt import attempt
from rollscan.many.batch import Batch
from rollscan.many.names import Clip
from rollscan.parser import parser
from rollscan.video import ffmpeg as ffmpeg_module
from rollscan.video.bounds import check_video
from rollscan.video.ffmpeg import run_ffmpeg, start_ffmpeg
from rollscan.video.input import Input
from rollscan.video.probe import Probe

SHARED = Path(__file__).parents[2] / "shared"
HONEST = [
    *sorted((SHARED / "data").glob("*.*")),
    *sorted((SHARED / "footage").glob("*.mp4")),
    *sorted((Path(__file__).parents[1] / "samples").glob("*.mp4")),
]

SPECK = (  # a frame of a GIF: one pixel of it
    b"\x21\xf9\x04\0\x04\0\0\0\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
)


def complaint(capfd: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one line that the command line says of what it refuses."""
    status = main([str(argument) for argument in arguments])
    said = capfd.readouterr().err
    assert status in (1, 2)
    assert said.startswith("rollscan: error: ")
    assert said.count("\n") == 1
    return said


@pytest.fixture(scope="session")
def bursts(make_video: MakeVideo) -> Path:
    """Five bursts of ten frames at 25 a second, 40 s apart: 4,050 frames at a constant rate."""
    clock = "settb=1/1000,setpts='40*N+floor(N/10)*40000'"
    sparse = ("-vf", clock, "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    return make_video("bursts.mkv", numbered(50), *sparse, *LOSSLESS)


# Frames, seconds, pixels.


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ({"max_frames": 4_000}, "has 4,050 frames, over max_frames 4,000: take a part of it"),
        ({"max_frames": 49}, "has at least 50 frames, over max_frames 49: take a part of it"),
        ({"max_duration": 100}, "lasts 162 s, over max_duration 100 s: take a part of it"),
        (
            {"max_total_pixels": 10**7},
            "has 12,441,600 pixels in 4,050 frames of 64x48, over max_total_pixels 10,000,000",
        ),
        (
            {"max_expansion": 2},
            "pixels for each of its bytes, 50 frames of 64x48, over max_expansion 2: check where",
        ),
    ],
)
def test_a_video_over_a_limit_is_refused_before_a_frame_is_decoded(
    bursts: Path, out: Path, limit: dict[str, int], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollscan.video.decoding.start_ffmpeg", None)
    with pytest.raises(LimitError) as raised:
        render(Job(bursts, gif=out / "a.gif"), limits=Limits(**limit))
    assert says in str(raised.value)
    assert raised.value.names == tuple(limit)
    assert names(out) == []


def test_each_limit_is_an_option_and_named_in_its_error(
    bursts: Path, out: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    line = (bursts, "--gif", out / "a.gif", "--max-frames")
    assert "4,050 frames, over --max-frames 99: take a part" in complaint(capfd, *line, "99")
    assert main(["--list-looks", "--max-duration", "none", "--max-memory", "2GB"]) == 0
    options = parser()._option_string_actions
    for limit in fields(Limits):
        assert options[f"--{limit.name.replace('_', '-')}"].dest == limit.name


def test_four_hundred_million_frames_are_refused_by_default(bursts: Path) -> None:
    facts = Probe(bursts).facts()
    times = [at + 4e6 * (k // 10) for k, at in enumerate(facts.times)]
    endless = replace(facts, times=times, end=times[-1] + 0.04)
    assert endless.n_frames > 4 * 10**8
    with pytest.raises(LimitError, match=r"has 400,\d+,\d+ frames, over max_frames 6,000,000: "):
        check_video(endless)


def test_a_gif_of_huge_frames_without_pixels_is_refused_by_default(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gif"
    screen = b"GIF89a" + struct.pack("<HHBBB", 8000, 8000, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    path.write_bytes(screen + SPECK * 300 + b"\x3b")
    began = time.process_time()
    with pytest.raises(
        LimitError, match=r"has \d,\d+,\d+ pixels for each of its bytes, 300 frames"
    ):
        Probe(path).facts()
    assert time.process_time() - began < 5


@pytest.mark.parametrize("path", HONEST, ids=lambda path: path.name)
def test_no_honest_clip_comes_near_a_limit(path: Path) -> None:
    if path.suffix == ".md" or path.is_dir():
        pytest.skip("no clip")
    tenth = {
        name: value / 10 if name == "max_duration" else value // 10
        for name in ("max_frames", "max_duration", "max_total_pixels", "max_expansion")
        if (value := getattr(DEFAULTS, name))
    }
    try:
        with Limits(**tenth).in_force():
            Probe(path).facts()
    except LimitError:
        raise
    except SourceError:
        return  # broken otherwise


@pytest.mark.parametrize(
    ("size", "rate", "hours"),
    [((3840, 2160), 60, 10), ((1920, 1080), 60, 24), ((7680, 4320), 60, 6)],
)
def test_hours_of_video_are_within_the_limits(
    plain: Path, size: tuple[int, int], rate: int, hours: int
) -> None:
    facts = Probe(plain).facts()
    times = range(0, hours * 3600, 60)  # not all, which check_video does not look at
    check_video(replace(facts, size=size, rate=Fraction(rate), times=times, end=hours * 3600.0))


def test_what_is_made_may_not_be_over_a_limit_either(plain: Path, out: Path) -> None:
    job = Job(plain, mp4=out / "a.mp4")
    with pytest.raises(LimitError, match=r"plain.mp4 has 98 frames, over max_frames 60"):
        render(job.over(look=Look(loop="boomerang")), limits=Limits(max_frames=60))
    with pytest.raises(LimitError, match=r"pixels in 50 frames of 256x192, over max_total_pixels"):
        render(job.over(scale=4), limits=Limits(max_total_pixels=10**6))
    with pytest.raises(LimitError, match=r"take 461 KB to set aside, over max_temporary 400 KB"):
        render(job, limits=Limits(max_temporary=400_000))
    with pytest.raises(LimitError, match=r"a.mp4 would have 150 frames, over max_frames 100"):
        render(job.over(mp4_loops=3), limits=Limits(max_frames=100))
    assert names(out) == []
    render(job, limits=Limits(max_frames=50, max_temporary=10**6))
    assert names(out) == ["a.mp4"]


# ffmpeg.


def test_a_pause_filled_with_frames_takes_ffmpeg_no_memory(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    clock = "settb=1/1000,setpts='40*N+floor(N/10)*40000'"
    sparse = ("-vf", clock, "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    large = make_video("large-bursts.mkv", numbered(30, (480, 272)), *sparse, *LOSSLESS)
    code = (
        "import resource, sys\n"
        "from rollscan.video.probe import Probe\n"
        "from rollscan.video.opening import open_video\n"
        "with open_video(Probe(sys.argv[1]).facts()) as video:\n"
        "    count = sum(1 for frame in video)\n"
        "print(count, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10)\n"
    )
    said = subprocess.run([sys.executable, "-c", code, large], capture_output=True, check=True)
    count, mebibytes = map(int, said.stdout.split())
    assert count == 2030
    assert mebibytes < 250  # where 1,000 frames of 392 KB once lay in the memory of ffmpeg


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit another process")
def test_an_ffmpeg_has_no_more_memory_than_it_may(plain: Path, out: Path) -> None:
    import resource  # which Windows has not

    with Limits(max_memory=10**8).in_force():
        started = start_ffmpeg(["-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"])
    with started:
        assert resource.prlimit(started.pid, resource.RLIMIT_DATA) == (10**8, 10**8)
    with pytest.raises(SourceError, match=r"ffmpeg needs more .* than .* --max-memory"):
        render(Job(plain, mp4=out / "a.mp4", scale=60), limits=Limits(max_memory=10**8))
    assert names(out) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for ffmpeg")
@pytest.mark.parametrize("mute", ["framecrc", "rawvideo", "s16le", "ffmetadata"])
def test_an_ffmpeg_that_brings_nothing_is_ended_and_named(
    mute: str, plain: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    track = tmp_path / "track.wav"
    ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", track)
    script = tmp_path / "ffmpeg"
    real = ffmpeg_module.ffmpeg()
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *"-f {mute}"*) exec sleep 60;; esac\nexec "{real}" "$@"\n'
    )
    script.chmod(stat.S_IRWXU)
    monkeypatch.setattr("rollscan.video.ffmpeg.ffmpeg", lambda: str(script))
    began = time.monotonic()
    with (
        Limits(max_stall=0.5).in_force(),
        pytest.raises(LimitError, match=r"brought nothing for 0\.5 s while it was read") as raised,
    ):
        if mute == "ffmetadata":
            Look.of(plain)
        render(Job(plain, mp4=out / "a.mp4", sound=track))
    assert raised.value.names == ("max_stall",)
    assert time.monotonic() - began < 30
    assert names(out) == []


def test_time_in_which_nobody_waits_for_an_ffmpeg_does_not_count(tmp_path: Path) -> None:
    source = ["-v", "quiet", "-f", "lavfi", "-i", "anullsrc", "-f", "s16le", "pipe:1"]
    with Limits(max_stall=0.5).in_force():
        started = start_ffmpeg(source, Input(tmp_path, tmp_path), stdout=subprocess.PIPE)
    with started:
        for _ in range(2):
            assert started.fill(memoryview(bytearray(100)))
            time.sleep(1)
        assert started.poll() is None


def test_an_ffmpeg_is_waited_for_as_long_as_what_it_makes_grows(tmp_path: Path) -> None:
    grown = iter(range(10**6))

    def lasting(seconds: float) -> list[str]:
        return ["-f", "lavfi", "-re", "-t", str(seconds), "-i", "sine", "-f", "null", "-"]

    with Limits(max_stall=1).in_force():
        assert run_ffmpeg(lasting(1.5), Input(tmp_path, tmp_path), made=lambda: next(grown))[0] == 0
        with pytest.raises(LimitError, match="brought nothing for 1 s"):
            run_ffmpeg(lasting(60), Input(tmp_path, tmp_path))  # a busy machine looks late


# Where limits are in force.


def test_limits_are_those_of_the_block_and_the_defaults_outside() -> None:
    assert current_limits() is DEFAULTS
    with Limits(max_frames=3).in_force():
        assert current_limits() == Limits(max_frames=3)
    assert current_limits() is DEFAULTS


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ({"max_frames": 0}, "max_frames is 0: give a whole number, 1 or more"),
        ({"max_frames": 1.5}, "max_frames is 1.5: give a whole number"),
        ({"max_stall": -1}, "max_stall is -1: give seconds over 0"),
        ({"max_memory": 1000}, "max_memory is 1000: give a whole number, 67108864 or more"),
    ],
)
def test_a_limit_that_is_none_is_refused(limit: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError, match=says):
        Limits(**limit)


def test_every_clip_of_a_batch_is_under_the_limits_wherever_it_is_done(
    bursts: Path, out: Path
) -> None:
    with Limits(max_frames=100).in_force():
        (order,) = Batch([Clip(str(bursts), "")], {"gif": f"{out}/"}, Job(bursts))
    outcome = attempt(order)
    assert outcome.status == "failed"
    assert "over --max-frames 100" in outcome.error


# What is opened besides videos.


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A named pipe that nobody writes into; to open it is to wait for ever."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(path := tmp_path / "pipe.wav")
    return path


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A picture that no stranger's file may have opened."""
    path = tmp_path / "secret.png"
    Image.fromarray(np.arange(48, dtype=np.uint8)[:, None].repeat(64, 1)).save(path)
    return path


def test_a_pipe_is_waited_for_neither_as_sound_nor_as_a_map(
    plain: Path, out: Path, fifo: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = complaint(capfd, plain, "--mp4", out / "a.mp4", "--sound", fifo)
    assert "pipe.wav is no regular file, but a pipe or a device: give a file with sound" in said
    twisted = ("--gif", out / "a.gif", "--effect", "displace", "--map", fifo)
    assert "pipe.wav is no picture that can be read" in complaint(capfd, plain, *twisted)
    with pytest.raises(SourceError, match=r"pipe\.wav is no regular file"):
        check(fifo, Platform("here", "gif"))
    assert names(out) == []


@pytest.mark.parametrize("named", ["secret", "missing", "pipe"])
def test_a_recipe_opens_no_file_and_does_not_tell_which_there_are(
    named: str, plain: Path, out: Path, secret: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = secret.with_name(f"{named}.png")
    if named == "pipe" and hasattr(os, "mkfifo"):
        os.mkfifo(path)
    recipe = f'rollscan 1 {{"effect":"displace","map":"{path.as_posix()}"}}'
    Image.new("P", (4, 4)).save(out / "theirs.gif", comment=recipe.encode())
    line = (plain, "--gif", out / "a.gif", "--like", out / "theirs.gif")
    said = complaint(capfd, *line)
    assert "--map was a picture, which a recipe does not carry: name its file" in said
    assert named not in said
    assert main([*map(str, line), "--map", "radial"]) == 0


def test_a_map_of_another_kind_starts_no_other_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*arguments: Any, **options: Any) -> None:
        pytest.fail(f"started {arguments}")

    path = tmp_path / "map.png"
    path.write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n%%EndComments\nshowpage\n"
    )
    monkeypatch.setattr("PIL.EpsImagePlugin.has_ghostscript", lambda: True)
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", "gs")
    monkeypatch.setattr(subprocess, "check_call", start)
    with pytest.raises(ArgumentError, match=r"map\.png is no picture that can be read"):
        picture_map(path, (64, 48))


def test_a_map_with_more_pixels_than_a_frame_may_have_is_not_unpacked(tmp_path: Path) -> None:
    Image.new("1", (8200, 8200)).save(path := tmp_path / "map.png")
    with pytest.raises(ArgumentError, match=r"map\.png is 8200x8200 pixels, 67,108,864 are read"):
        picture_map(path, (64, 48))
    assert "DecompressionBomb" not in str(check(path, Platform("here", "gif")))


def commented(path: Path, text: bytes) -> Path:
    """A GIF of one pixel with a comment; Pillow takes minutes to write a long one."""
    parts = (text[k : k + 255] for k in range(0, len(text), 255))
    comment = b"".join(bytes([len(part)]) + part for part in parts)
    screen = b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + bytes(6)
    path.write_bytes(screen + b"\x21\xfe" + comment + b"\0" + SPECK + b"\x3b")
    return path


def test_a_comment_of_many_megabytes_is_not_gathered(tmp_path: Path) -> None:
    recipe, long = Look(slit=0.3).recipe.encode(), b"x" * 10_000_000
    path = commented(tmp_path / "long.gif", recipe + long)
    began = time.process_time()
    assert Look.of(path) == Look(slit=0.3)
    with pytest.raises(SourceError, match="carries no recipe"):
        Look.of(commented(path, long + recipe))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a = " + b"[" * 5000, "has brackets too deep within each other: correct it there"),
        (b"#" * (2 << 20), "is over 1,048,576 bytes"),
    ],
)
def test_tables_without_end_are_one_line(tmp_path: Path, text: bytes, says: str) -> None:
    (path := tmp_path / "own.toml").write_bytes(text)
    with pytest.raises(ArgumentError, match=f"own.toml {says}"):
        load(path)
