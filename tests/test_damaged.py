"""Videos that are damaged, have broken clocks or are none: the cause, or the right picture."""

from __future__ import annotations

import io
import re
import struct
import subprocess
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from campaign.stamp import number_in, stamped
from conftest import (
    FFMPEG,
    LOSSY,
    MakeVideo,
    Picture,
    decoded,
    encode,
    ffmpeg,
    number,
    numbered,
    video_of,
)

from rollscan import SourceError
from rollscan.job import Job
from rollscan.look import LOOPS, Look, loop_of
from rollscan.loop.cyclic import Cyclic
from rollscan.run import render
from rollscan.summary import closing_line
from rollscan.video.damage import first_lost
from rollscan.video.diagnose import RequestedPart, matroska_may_be_complete
from rollscan.video.probe import Probe

STAMPED = [stamped(k) for k in range(50)]  # with texture, so that much of a frame can be wrong
MJPEG = ("-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj444p")


def packet_lines(path: Path) -> list[str]:
    """What ffmpeg lists of the packets of a video without sound."""
    listing = subprocess.run(
        [FFMPEG, "-v", "error", "-i", path, "-c", "copy", "-f", "framecrc", "-"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [line for line in listing.splitlines() if line[0] != "#"]


def zeroed(path: Path, to: Path, first: int, stop: int) -> Path:
    """A copy of an MP4 without sound, with zeros for the packets from `first` up to `stop`."""
    sizes = [int(line.split(",")[4]) for line in packet_lines(path)]
    film = bytearray(path.read_bytes())
    packets = film.rindex(b"mdat") + 4
    packets = len(film) - sum(sizes) if film.rindex(b"moov") < packets else packets
    begin, end = packets + sum(sizes[:first]), packets + sum(sizes[:stop])
    film[begin:end] = bytes(end - begin)
    to.write_bytes(film)
    return to


@pytest.fixture(scope="session")
def faststart(make_video: MakeVideo) -> Path:
    """150 numbered frames, 6 s, the header first as in what is downloaded."""
    fast = ("-g", "10", "-bf", "2", "-movflags", "+faststart")
    return make_video("faststart.mp4", numbered(150), *LOSSY, *fast)


@pytest.fixture(scope="session")
def jpegs(make_video: MakeVideo) -> Path:
    """50 numbered frames, each of which decodes alone."""
    return make_video("jpegs.mp4", numbered(50), *MJPEG, "-movflags", "+faststart")


# Frames that do not decode.


@pytest.mark.parametrize("loop", LOOPS)
def test_a_damaged_tail_is_an_error_that_names_an_end_that_works(
    faststart: Path, tmp_path: Path, out: Path, loop: str
) -> None:
    path = zeroed(faststart, tmp_path / "half.mp4", 80, 150)
    look = Look(loop=loop, min_loop=0.5)
    with pytest.raises(SourceError, match=r"half\.mp4 is damaged, from 3\.2\d s on ") as raised:
        render(Job(path, gif=out / "a.gif", look=look))
    assert not list(out.iterdir())
    (end,) = re.findall(r"with an end of ([0-9.]+)$", str(raised.value))
    assert float(end) >= 3.1
    (made,) = render(Job(path, gif=out / "a.gif", look=look, end=end))
    assert made.path.exists()
    frames = [number(frame) for frame in decoded(path, 0, end)]
    assert frames == list(range(len(frames)))


def test_a_damaged_tail_is_an_error_for_a_strip_photograph_too(
    faststart: Path, tmp_path: Path, out: Path
) -> None:
    path = zeroed(faststart, tmp_path / "half.mp4", 80, 150)
    with pytest.raises(SourceError, match=r"half\.mp4 is damaged"):
        render(Job(path, still=out / "a.png"))
    assert not list(out.iterdir())


def test_a_hole_is_an_error_and_not_a_picture_that_stands_still(
    faststart: Path, tmp_path: Path
) -> None:
    path = zeroed(faststart, tmp_path / "hole.mp4", 60, 100)
    with pytest.raises(SourceError, match=r"is damaged, from 2\.\d\d s on .* an end of 2\.\d\d$"):
        decoded(path)
    assert len(decoded(path, 4)) == 50


def test_a_hole_in_a_part_read_from_its_middle_is_told_from_the_beginning(
    jpegs: Path, tmp_path: Path
) -> None:
    path = zeroed(jpegs, tmp_path / "hole.mp4", 30, 40)
    with pytest.raises(SourceError, match=r"from 1\.20 s on .* with an end of 1\.20$"):
        decoded(path, 0.4)
    assert [number(frame) for frame in decoded(path, 0.4, 1.2)] == list(range(10, 30))


def test_a_video_of_which_nothing_decodes_names_no_end(jpegs: Path, tmp_path: Path) -> None:
    path = zeroed(jpegs, tmp_path / "none.mp4", 1, 50)
    with pytest.raises(SourceError, match=r"from 0\.04 s on .* with an end of 0\.04$"):
        decoded(path)
    path = zeroed(jpegs, tmp_path / "none.mp4", 5, 50)
    with pytest.raises(SourceError, match=r"is not a video that ffmpeg can read, or is cut short"):
        decoded(path, 0.2)


def test_a_hole_in_the_container_is_an_error_too(make_video: MakeVideo, tmp_path: Path) -> None:
    film = bytearray(make_video("jpegs.mkv", numbered(100), *MJPEG).read_bytes())
    third = len(film) // 3
    film[third : 2 * third] = bytes(third)
    path = tmp_path / "hole.mkv"
    path.write_bytes(film)
    with pytest.raises(
        SourceError, match=r"hole\.mkv is damaged, from 1\.36 to 3\.40 s nothing"
    ) as raised:
        video_of(path)
    (end,) = re.findall(r"with an end of ([0-9.]+)$", str(raised.value))
    frames = [number(frame) for frame in decoded(path, 0, end)]
    assert len(frames) > 25
    assert frames == list(range(len(frames)))


@pytest.mark.parametrize("first", [0, 20, 48])
def test_a_glitch_passes_with_every_frame_at_its_time(
    jpegs: Path, tmp_path: Path, first: int
) -> None:
    path = zeroed(jpegs, tmp_path / "glitch.mp4", first, first + 2)
    shown = [*range(first), *[first - 1] * 2, *range(first + 2, 50)] if first else [*range(2, 50)]
    assert [number(frame) for frame in decoded(path)] == shown
    for begin in (10, 30, 47, 49):
        with video_of(path) as video:
            assert [number(frame) for frame in video.frames(begin)] == shown[begin:]


def scrambled(path: Path, to: Path, damaged: Sequence[int]) -> Path:
    """A copy of an H.264 video in which half of the data of these packets is noise."""
    film, packets = bytearray(path.read_bytes()), film_of_packets(path)
    for k in damaged:
        begin, quarter = film.index(packets[k]), len(packets[k]) // 4
        film[begin + quarter : begin + 3 * quarter] = Random(k).randbytes(2 * quarter)
    to.write_bytes(film)
    return to


@pytest.mark.parametrize("damaged", [range(20, 30), range(20, 40, 2), range(46, 50)])
def test_frames_that_ffmpeg_fills_in_are_lost_as_those_that_do_not_decode(
    make_video: MakeVideo, tmp_path: Path, damaged: Sequence[int]
) -> None:
    """All 50 come, and ffmpeg ends with status 0."""
    whole = make_video("filled.mp4", STAMPED, *LOSSY, "-bf", "0")
    path = scrambled(whole, tmp_path / "damaged.mp4", damaged)
    end = damaged[0] / 25
    with pytest.raises(SourceError, match=rf"is damaged, from {end:.2f} s on .* an end of {end}"):
        decoded(path)
    before = [number_in(frame.mean(axis=2)) for frame in decoded(path, 0, end)]
    assert before == list(range(damaged[0]))


@pytest.mark.parametrize("damaged", [[20], [20, 21], [5, 15, 25, 35], [48, 49]])
def test_a_few_frames_that_ffmpeg_fills_in_pass(
    make_video: MakeVideo, tmp_path: Path, damaged: list[int]
) -> None:
    whole = make_video("filled.mp4", STAMPED, *LOSSY, "-bf", "0")
    assert len(decoded(scrambled(whole, tmp_path / "damaged.mp4", damaged))) == 50


@pytest.mark.parametrize("loop", LOOPS)
def test_frames_that_the_end_lacks_do_not_shift_a_loop(
    jpegs: Path, tmp_path: Path, out: Path, loop: str
) -> None:
    path = zeroed(jpegs, tmp_path / "glitch.mp4", 48, 50)
    (made,) = render(Job(path, gif=out / "a.gif", look=Look(loop=loop, min_loop=0.5)))
    assert made.path.exists()


@pytest.mark.parametrize("loop", ["cut", "wrap", "boomerang"])
def test_a_video_truncated_while_it_is_read_is_an_error(
    tmp_path: Path, out: Path, loop: str
) -> None:
    path = encode(tmp_path / "raw.mov", numbered(100, (160, 120)), "-c:v", "rawvideo", "-g", "1")
    with video_of(path, scale=6) as video:
        source = Cyclic(video, loop_of(Look(loop=loop)), 3, rate=25)
        frames = iter(source)
        next(frames)
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
        with pytest.raises(SourceError, match=r"raw\.mov (is damaged|could not be read)"):
            for _ in range(110):
                next(frames)
        source.close()


class Gone:
    """A source whose frames are gone."""

    def __len__(self) -> int:
        return 9

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Picture]:
        return iter(())


@pytest.mark.parametrize("loop", ["wrap", "match"])
def test_a_round_without_a_frame_is_an_error(loop: str) -> None:
    with pytest.raises(SourceError, match=r"no frame came from frame 7 on, of 9 there were: check"):
        next(iter(Cyclic(Gone(), loop_of(Look(loop=loop)), 2, rate=25)))


# Clocks.


def gapped(make_video: MakeVideo, name: str, seconds: float, frames: int = 40) -> Path:
    """Numbered frames, with a gap of so many seconds after the first 30."""
    later = f"settb=1/25,setpts='N+if(gte(N,30),{seconds * 25:.0f},0)'"
    return make_video(name, numbered(frames), *LOSSY, "-g", "10", "-vf", later, "-fps_mode", "vfr")


def test_a_gap_of_an_hour_names_the_part_that_works(make_video: MakeVideo) -> None:
    path = gapped(make_video, "gap.mkv", 3600)
    with pytest.raises(SourceError, match=r"gap\.mkv stands still from 1\.16 to 3601\.20 s") as it:
        video_of(path)
    (end,) = re.findall(r"with an end of ([0-9.]+)$", str(it.value))
    assert [number(frame) for frame in decoded(path, 0, end)] == list(range(30))
    path = gapped(make_video, "gap_early.mkv", 3600, 90)
    with pytest.raises(SourceError, match=r"with a start of ") as it:
        video_of(path)
    (start,) = re.findall(r"with a start of ([0-9.]+)$", str(it.value))
    assert [number(frame) for frame in decoded(path, start)] == list(range(30, 90))


def test_a_gap_of_a_minute_is_a_slide_that_is_shown_for_a_minute(make_video: MakeVideo) -> None:
    with video_of(gapped(make_video, "slide.mkv", 60)) as video:
        assert len(video) == 1540


def test_a_last_frame_that_lasts_for_hours_is_a_broken_clock(make_video: MakeVideo) -> None:
    last = ("-bsf:v", "setts=duration='if(eq(N,9),2.8*3600/TB,DURATION)'")
    path = make_video("lasting.mkv", numbered(10), *LOSSY, "-bf", "0", *last)
    with pytest.raises(SourceError, match=r"stands still from 0\.36 to 10080") as it:
        video_of(path)
    (end,) = re.findall(r"with an end of ([0-9.]+)$", str(it.value))
    assert [number(frame) for frame in decoded(path, 0, end)] == list(range(10))


@pytest.mark.parametrize("hours", [0.5, 1, 24])
def test_a_slow_time_lapse_shows_each_frame_once(make_video: MakeVideo, hours: float) -> None:
    seconds = int(hours * 3600)
    slow = ("-vf", f"settb=1,setpts='N*{seconds}'", "-fps_mode", "vfr")
    path = make_video(f"slow{seconds}.mkv", numbered(10), *LOSSY, *slow, rate=1 / seconds)
    with video_of(path) as video:
        assert 1 / video.rate == seconds
        assert [number(frame) for frame in video] == list(range(10))


@pytest.mark.parametrize("pause", ["lt(t,1)+gt(t,3.8)", "lt(t,0.1)+gt(t,3.5)"])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_variable_rate_with_b_frames_ends_where_it_should(
    tmp_path: Path, pause: str, ending: str
) -> None:
    path = tmp_path / f"vfr.{ending}"
    source = "testsrc2=r=30:d=4:s=64x48"
    select = ("-vf", f"select='{pause}'", "-fps_mode", "vfr")
    ffmpeg("-f", "lavfi", "-i", source, *select, "-c:v", "libx264", "-bf", "3", path)
    facts = Probe(path).facts()
    last = facts.times[-1]
    assert last < facts.end < last + 0.05
    with video_of(path) as video:
        assert len(list(video)) / video.rate == pytest.approx(facts.end, abs=float(1 / video.rate))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("mpeg4.avi", ("-c:v", "mpeg4", "-q:v", "1")), ("h264.avi", (*LOSSY, "-preset", "fast"))],
)
def test_an_avi_with_b_frames_keeps_its_last_ones(
    make_video: MakeVideo, name: str, codec: tuple[str, ...]
) -> None:
    path = make_video(name, numbered(50), *codec, "-g", "10", "-bf", "3")
    with video_of(path) as video:
        assert [number(frame) for frame in video] == list(range(50))
        for first in (1, 9, 20, 33, 47, 49):
            some = [number(frame) for frame in video.frames(first, first + 4)]
            assert some == list(range(50))[first : first + 4]
    for start, end in ((0.4, 0.8), (1.0, None), (0, 0.8)):
        expected = range(round(start * 25), 50 if end is None else round(end * 25))
        assert [number(frame) for frame in decoded(path, start, end)] == list(expected)


# Headers.


def with_duration(path: Path, to: Path, seconds: float) -> Path:
    """A copy of an FLV, a Matroska file or an AVI of 25 fps whose header tells another duration."""
    film = bytearray(path.read_bytes())
    if path.suffix == ".avi":
        for at in (film.index(b"avih") + 24, film.index(b"strh") + 40):
            film[at : at + 4] = struct.pack("<I", round(25 * seconds))
        to.write_bytes(film)
        return to
    name, scale = (b"duration\x00", 1) if path.suffix == ".flv" else (b"\x44\x89\x88", 1000)
    at = film.index(name) + len(name)
    film[at : at + 8] = struct.pack(">d", seconds * scale)
    to.write_bytes(film)
    return to


@pytest.mark.parametrize("seconds", [0.8, 7])
@pytest.mark.parametrize("ending", ["flv", "mkv", "avi"])
def test_a_file_of_which_only_the_header_lies_is_read_to_its_end(
    make_video: MakeVideo, tmp_path: Path, ending: str, seconds: float
) -> None:
    path = make_video(f"honest.{ending}", numbered(50), *LOSSY, "-g", "10")
    lying = with_duration(path, tmp_path / f"lying.{ending}", seconds)
    with video_of(lying) as video:
        assert [number(frame) for frame in video] == list(range(50))
    assert Probe(lying).facts().note == f"the video's header says {seconds:.2f} s"
    assert not Probe(path).facts().note
    assert not Probe(lying, 0.2, 0.6).facts().note


def test_the_closing_line_says_what_a_header_says_wrongly(
    make_video: MakeVideo, tmp_path: Path, out: Path
) -> None:
    path = make_video("honest.mkv", numbered(50), *LOSSY, "-g", "10")
    lying = with_duration(path, tmp_path / "lying.mkv", 7)
    (made,) = render(Job(lying, gif=out / "a.gif"))
    assert ", the video's header says 7.00 s, took " in closing_line(made)


@pytest.mark.parametrize(
    ("ending", "seconds", "b_frames"),
    [("flv", 2, 0), ("flv", 7, 2), ("mkv", 2, 0), ("mkv", 7, 2), ("avi", 7, 0)],
)
def test_the_end_offered_for_a_file_that_is_cut_short_is_close_to_the_cut(
    make_video: MakeVideo, tmp_path: Path, ending: str, seconds: float, b_frames: int
) -> None:
    """Within frame 21: that one is left out, one more, and those that are decoded after them."""
    codec = (*LOSSY, "-g", "10", "-bf", str(b_frames), "-b_strategy", "0")
    whole = make_video(f"whole{b_frames}.{ending}", numbered(50), *codec)
    path = with_duration(whole, tmp_path / f"cut.{ending}", seconds)
    packets = film_of_packets(whole)
    end_of_20 = path.read_bytes().index(packets[20][-16:]) + 16
    path.write_bytes(path.read_bytes()[: end_of_20 + len(packets[21]) // 2])
    with pytest.raises(SourceError, match=r"is cut short, ([0-9.]+) s can be read") as raised:
        video_of(path)
    (there,) = re.findall(r"with an end of ([0-9.]+)", str(raised.value))
    frames = [number(frame) for frame in decoded(path, 0, there)]
    assert frames == list(range(len(frames)))
    assert 20 - 2 * b_frames <= len(frames) <= 21


def film_of_packets(path: Path) -> list[bytes]:
    """The packets of a video, in the order of decoding."""
    raw = subprocess.run(
        [FFMPEG, "-v", "error", "-i", path, "-c", "copy", "-map", "0:v", "-f", "data", "-"],
        capture_output=True,
        check=True,
    ).stdout
    sizes = [int(line.split(",")[4]) for line in packet_lines(path)]
    ends = [0, *accumulate(sizes)]
    return [raw[a:b] for a, b in pairwise(ends)]


@pytest.mark.parametrize("kept", [0.4, 0.6, 0.8, 0.95])
def test_an_flv_that_is_cut_short_is_an_error(
    make_video: MakeVideo, tmp_path: Path, kept: float
) -> None:
    whole = make_video("honest.flv", numbered(50), *LOSSY, "-g", "10")
    path = with_duration(whole, tmp_path / "cut.flv", 7)
    path.write_bytes(path.read_bytes()[: int(kept * whole.stat().st_size)])
    with pytest.raises(SourceError, match=r"is cut short, ([0-9.]+) s can be read"):
        video_of(path)


def test_a_video_that_lists_no_keyframe_is_read_as_far_as_it_goes(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    """An animation of which each frame but the first is a dot that comes; the first is lost."""
    frames = [np.full((48, 64, 3), 200, np.uint8) for _ in range(20)]
    for k, frame in enumerate(frames):
        frame[24, : 2 * k] = 0
    film = bytearray(make_video("dots.apng", frames, "-f", "apng").read_bytes())
    film[film.index(b"fcTL") + 3] = 131  # no chunk that is known, so this frame never begins
    path = tmp_path / "keyless.apng"
    path.write_bytes(film)
    shown = [int((frame[24, :, 0] < 100).sum()) for frame in decoded(path)]
    assert shown == sorted(shown)
    assert len(shown) in (19, 20)


def test_a_giant_header_is_refused_before_it_takes_the_memory(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "giant.gif"
    Image.new("P", (8, 8)).save(path)
    giant = bytearray(path.read_bytes())
    giant[6:10] = (16_000).to_bytes(2, "little") * 2
    path.write_bytes(giant)
    with pytest.raises(SourceError, match=r"giant\.gif says that it is 16000x16000 pixels, "):
        video_of(path)


def test_a_size_nobody_asked_for_is_not_said_to_be_asked_for(make_video: MakeVideo) -> None:
    path = make_video("wide.mkv", numbered(2, (1200, 2)), "-c:v", "ffv1", "-pix_fmt", "bgr0")
    with pytest.raises(ValueError, match=r"fit 480 makes .*wide\.mkv 480x1 pixels: give"):
        video_of(path, fit=480)


def test_a_cut_near_the_beginning_names_an_end_that_works(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    whole = make_video("whole_jpegs.mkv", numbered(100), *MJPEG)
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 12])
    with pytest.raises(
        SourceError, match=r"is cut short, 0\.\d\d s can be read: copy it"
    ) as raised:
        video_of(path)
    (end,) = re.findall(r"with an end of (0\.\d\d)$", str(raised.value))
    frames = [number(frame) for frame in decoded(path, 0, end)]
    assert frames == list(range(round(float(end) * 25)))


def test_a_matroska_tells_by_its_length_that_it_is_cut_short(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    whole = make_video("whole_jpegs.mkv", numbered(100), *MJPEG)
    live = make_video("live_jpegs.mkv", numbered(100), *MJPEG, "-live", "1")
    for path, says in ((whole, True), (live, False)):
        with path.open("rb") as file:
            assert matroska_may_be_complete(file)
        cut = tmp_path / "cut.mkv"
        for share in (0.999, 0.5):
            cut.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
            with cut.open("rb") as file:
                assert matroska_may_be_complete(file) is not says
    for nonsense in (b"", b"\x1a\x45\xdf\xa3", bytes(20), b"\xff" * 40):
        assert matroska_may_be_complete(io.BytesIO(nonsense))


@pytest.mark.parametrize(
    "listed, end, lost",
    [
        ([], 1.5, None),
        ([15, 16, 17, 18, 19], 1.5, None),  # five of them last a quarter of a second
        ([14, 15, 16, 17, 18, 19], 1.5, 0.7),
        ([10, 15], 1.5, None),  # two, however long they last
        ([10, 13, 16], 1.5, 0.5),
        ([30, 31], 1.6, None),
        ([30, 31, 32], 1.65, 1.5),  # at the end, however short
        ([18, 19, 30, 31], 1.6, None),  # not in a row
    ],
)
def test_frames_are_lost_where_more_than_two_in_a_row_do_not_decode_for_long(
    make_video: MakeVideo, listed: list[int], end: float, lost: float | None
) -> None:
    """A video of 20 frames a second, without frames 10 to 19, whose file is said to list some."""
    holes = ("-vf", "select=not(between(n\\,10\\,19))", "-fps_mode", "vfr")
    facts = Probe(make_video("holes.mkv", numbered(30, (16, 16)), *LOSSY, *holes, rate=20)).facts()
    frames = sorted([*range(10), *range(20, 30), *listed])
    times = array("d", [k / 20 for k in frames])
    assert first_lost(replace(facts, times=times, rate=Fraction(20), end=end)) == lost


LONG = 400.0  # seconds, which is more than 9,000 frames


@pytest.mark.parametrize(
    "start, times, end, rate, remedy",
    [
        (0, [0, 0.04, 2.0, 2.0 + LONG], 2.04 + LONG, 25, "an end of 2.04"),
        (10, [0, 0.04, 2.0, 2.0 + LONG], 2.04 + LONG, 25, "an end of 12.04"),
        (0, [0, 0.04, 0.04 + LONG, 4 + LONG], 4.04 + LONG, 25, "a start of 400.04"),
        (0, [0, LONG, 4 + LONG], 4.04 + LONG, 25, "a start of 400.00"),
        (0, [0, 4.0, 8.0, 40_008.0], 40_012.0, Fraction(1, 4), "an end of 9.00"),
    ],
)
def test_the_remedy_for_a_broken_clock_is_the_longer_part(
    start: float, times: Sequence[float], end: float, rate: Fraction, remedy: str
) -> None:
    """After a start, where a frame lasts no longer than a second."""
    asked = RequestedPart(Path("a.mkv"), Path("a.mkv"), start, None)
    with pytest.raises(SourceError, match=rf"with {re.escape(remedy)}$"):
        asked.check_clock(None, times, end, Fraction(rate))


LATE = ("-bsf:v", "setts=pts='PTS+eq(N,0)*86400/TB'", "-avoid_negative_ts", "disabled")


def test_a_first_frame_of_another_day_comes_first(make_video: MakeVideo) -> None:
    """Only that one was shown."""
    path = make_video("late.mkv", numbered(20), *LOSSY, "-bf", "2", *LATE)
    assert [number(frame) for frame in decoded(path)] == list(range(20))


def test_a_first_frame_of_another_day_is_a_broken_clock_where_few_others_follow(
    make_video: MakeVideo,
) -> None:
    path = make_video("few.mkv", numbered(6), *LOSSY, "-bf", "2", *LATE)
    with pytest.raises(SourceError, match=r"begins with a frame .* its clock must be broken"):
        video_of(path)


def test_a_cut_near_the_beginning_has_all_that_comes_before_it(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    """Whether or not ffmpeg comes to the cut before it is done with the part."""
    whole = make_video("whole_jpegs.mkv", numbered(100), *MJPEG)
    path = tmp_path / "cut.mkv"
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 12])
    with pytest.raises(SourceError, match="is cut short") as raised:
        video_of(path)
    (end,) = re.findall(r"with an end of (0\.\d\d)$", str(raised.value))
    for k in range(1, round(float(end) * 25) + 1):
        assert len(decoded(path, 0, k / 25)) == k
