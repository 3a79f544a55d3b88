"""Files as cameras, recorders and phones write them: each frame is shown in time and colour."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from byte_edits import (
    SAMPLE_TABLE,
    avi_chunks,
    avi_of,
    box,
    flv_of,
    flv_tags,
    h264_of_fields,
    put_last,
    rename,
)
from conftest import encode, ffmpeg, rollscan
from signs import check, made, signs

COUNT, RATE = 20, 25
X264 = ("-c:v", "libx264", "-crf", "8", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")
B_FRAMES = (*X264, "-bf", "2")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "2", "-g", "10")
MJPEG = ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p")
WRAP = 2**33 / 90_000  # seconds after which the clock of MPEG-TS begins again
PICTURE, SCRIPT = 9, 18  # kinds of tags of FLV
HEADER = 0  # the second byte of a tag with what a decoder needs beforehand
SINE = ("-f", "lavfi", "-t", "0.8", "-i", "sine")
EVEN = [k / RATE for k in range(COUNT)]


def clip(path: Path, *options: str, rate: float = RATE, first: int = 0) -> Path:
    """20 signs in a file."""
    return encode(path, signs(COUNT, first), *options, rate=rate)


def coded(name: str, *options: str, rate: float = RATE) -> Callable[[Path], Path]:
    """A maker of a file that ffmpeg writes."""
    return lambda folder: clip(folder / name, *options, rate=rate)


def copied(name: str, before: tuple[str, ...], *options: str) -> Callable[[Path], Path]:
    """A maker of a clip with sound, copied into another file. before: options for the picture."""

    def make(folder: Path) -> Path:
        film, path = clip(folder / "film.mp4", *X264), folder / name
        ffmpeg(*before, "-i", film, *SINE, "-c:v", "copy", "-c:a", "aac", *options, path)
        return path

    return make


def packed_divx(folder: Path) -> Path:
    """A P-frame and the B-frame after it in one chunk; in the next, a frame that is not coded."""
    film = clip(folder / "film.avi", *MPEG4, "-bf", "1", "-bitexact").read_bytes()
    start = b"\0\0\1\xb6"
    first, *rest = [content for name, content in avi_chunks(film) if name == b"00dc"]
    chunks = [first.replace(start, b"\0\0\1\xb2DivX503b1393p" + start, 1)]
    for frame in rest:
        if frame[frame.index(start) + 4] >> 6 == 2:  # a B-frame
            chunks[-1] += frame
            chunks.append(start + b"\x50\x07\x7f")
        else:
            chunks.append(frame)
    path = folder / "packed.avi"
    path.write_bytes(avi_of(film, [(b"00dc", chunk) for chunk in chunks]))
    return path


def dropped(folder: Path) -> Path:
    """After frame 9, ten chunks without a byte."""
    film = clip(folder / "film.avi", *MPEG4).read_bytes()
    chunks = avi_chunks(film)
    path = folder / "dropped.avi"
    path.write_bytes(avi_of(film, [*chunks[:10], *[(b"00dc", b"")] * 10, *chunks[10:]]))
    return path


def no_index(folder: Path) -> Path:
    """The sizes and counts in the header of an AVI of which the end was never written are zero."""
    film = clip(folder / "film.avi", *X264).read_bytes()
    cut = bytearray(avi_of(film, avi_chunks(film)))
    for at in (4, cut.index(b"movi") - 4, cut.index(b"avih") + 24, cut.index(b"strh") + 40):
        struct.pack_into("<I", cut, at, 0)
    path = folder / "cut.avi"
    path.write_bytes(cut)
    return path


def tape(folder: Path) -> Path:
    """ffmpeg fills an AVI of a tape up to 600 frames a second, with chunks without a byte."""
    pal = ("-vf", "scale=720:576:flags=neighbor", "-c:v", "dvvideo", "-pix_fmt", "yuv420p")
    ffmpeg("-i", clip(folder / "tape.dv", *pal), "-c", "copy", folder / "tape.avi")
    return folder / "tape.avi"


def telecined(folder: Path) -> Path:
    """Film on a DVD: frames are marked to be shown for three fields and for two in turn."""
    count, path = 25, folder / "film.m2v"
    codec = ("-c:v", "mpeg2video", "-q:v", "1", "-g", "12", "-bf", "2")
    encode(path, signs(count), *codec, rate=24_000 / 1001)
    film, at, number = bytearray(path.read_bytes()), 0, -1
    while (at := film.find(b"\0\0\1", at)) >= 0:
        kind, extension = film[at + 3], film[at + 4] >> 4
        if kind == 0xB3:
            film[at + 7] = film[at + 7] & 0xF0 | 4  # 30000/1001
        elif kind == 0xB5 and extension == 1:
            film[at + 5] &= ~0x08  # not only whole frames
        elif kind == 0x00:
            number += 1
        elif kind == 0xB5 and extension == 8:
            shown = _shown_as(number)
            top_first, three = shown % 4 in (0, 3), shown % 4 in (0, 2)
            film[at + 7] = film[at + 7] & ~0x82 | top_first << 7 | three << 1
            film[at + 8] |= 0x80
        at += 3
    path.write_bytes(film)
    shows = "if(N,if(eq(mod(N,3),1),N+2,N-1),0)"
    field_ticks = "*1001/60000/TB"
    clock = f"setts=pts='ceil(2.5*({shows})){field_ticks}':dts='floor(2.5*(N-1)){field_ticks}'"
    ffmpeg("-i", path, "-c", "copy", "-bsf:v", clock, folder / "dvd.ts")
    return folder / "dvd.ts"


def _shown_as(number: int) -> int:
    """The place in time of the frame that is coded in this place, with two B-frames each."""
    return 0 if number == 0 else number + 2 if number % 3 == 1 else number - 1


def single_fields(folder: Path) -> Path:
    path = folder / "paff.ts"
    (folder / "paff.h264").write_bytes(h264_of_fields(signs(COUNT)))
    ffmpeg("-fflags", "+genpts", "-r", "50", "-i", folder / "paff.h264", "-c", "copy", path)
    return path


def with_data(name: str, kind: bytes) -> Callable[[Path], Path]:
    """A maker of a clip that has a track of data, made of subtitles, and a timecode."""

    def make(folder: Path) -> Path:
        film, told = clip(folder / "film.mp4", *B_FRAMES), folder / "told.srt"
        told.write_text("1\n00:00:00,000 --> 00:00:00,700\nx\n")
        texts = ("-c:v", "copy", "-c:s", "mov_text", "-timecode", "01:00:00:00")
        ffmpeg("-i", film, "-i", told, "-map", "0", "-map", "1", *texts, folder / f"plain-{name}")
        names = ((b"sbtl", b"meta"), (b"tx3g", kind), (b"text", b"meta"))
        return rename(folder / f"plain-{name}", folder / name, *names)

    return make


def flv_in_time(folder: Path, when: Callable[[int, int, bytes], int]) -> Path:
    """A stream. `when` tells the time of each tag, by its kind, its time before and its content."""
    plain = copied("plain.flv", (), "-flvflags", "no_duration_filesize")(folder)
    path = folder / "stream.flv"
    tags = flv_tags(plain.read_bytes())
    path.write_bytes(flv_of((kind, when(kind, at, what), what) for kind, at, what in tags))
    return path


def late_flv(folder: Path) -> Path:
    """A stream that was joined while it ran: its headers are at 0, and all else a day later."""
    return flv_in_time(
        folder, lambda kind, at, what: at + 123_456_789 * (kind != SCRIPT and what[1] != HEADER)
    )


def broadcast(folder: Path, lost: range | None = None) -> Path:
    """A recording of a broadcast, a keyframe every 5, without the packets of some frames."""
    film = clip(folder / "film.ts", *B_FRAMES, "-g", "5", "-muxdelay", "0").read_bytes()
    packets = [film[at : at + 188] for at in range(0, len(film), 188)]
    begins = [k for k, packet in enumerate(packets) if packet[1:3] == b"\x41\x00"]
    if lost:
        packets[begins[lost.start] : begins[lost.stop]] = []
    path = folder / "broadcast.ts"
    path.write_bytes(b"".join(packets))
    return path


def clock_begins_again(folder: Path) -> Path:
    """Two recordings of a device in one file, the later one first as its clock goes."""
    first, second = folder / "first.ts", folder / "second.ts"
    encode(first, signs(10), *B_FRAMES, "-output_ts_offset", "7000")
    encode(second, signs(10, 10), *B_FRAMES)
    path = folder / "both.ts"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    return path


def wall_clock(folder: Path) -> Path:
    """Fragments of a camera that tells its times in seconds since 1970."""
    options = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")
    film = bytearray(clip(folder / "camera.mp4", *X264, *options).read_bytes())
    at = -1
    while (at := film.find(b"tfdt", at + 1)) >= 0:
        (time,) = struct.unpack_from(">Q", film, at + 8)
        struct.pack_into(">Q", film, at + 8, time + 12_800 * 1_700_000_000)
    path = folder / "camera.mp4"
    path.write_bytes(film)
    return path


def spherical(folder: Path) -> Path:
    """360 degrees, side by side for two eyes."""
    projection = box(b"proj", box(b"prhd", bytes(16)), box(b"equi", bytes(20)))
    marks = box(b"st3d", bytes(4), b"\2") + box(b"sv3d", box(b"svhd", bytes(5)), projection)
    film = clip(folder / "film.mp4", *X264).read_bytes()
    path = folder / "360.mp4"
    path.write_bytes(put_last(film, (*SAMPLE_TABLE, b"stsd", b"avc1"), marks))
    return path


MEETING = np.cumsum([0, *np.tile([0.04, 0.08, 0.36, 0.04, 1.2, 0.12], 4)])[:COUNT]


def meeting(folder: Path) -> Path:
    """A frame for each change of the screen, between 40 ms and 1.2 s after the one before."""
    steps = "+".join(
        f"gte(N,{k})*{round(1000 * (MEETING[k] - MEETING[k - 1]))}" for k in range(1, COUNT)
    )
    clock = ("-vf", f"settb=1/1000,setpts='{steps}'", "-fps_mode", "passthrough")
    return clip(folder / "meeting.mp4", *clock, *B_FRAMES, "-enc_time_base", "1:1000")


@dataclass(frozen=True)
class Kind:
    """A kind of file: how it is made, and when its frames are shown."""

    make: Callable[[Path], Path]
    times: list[float] = field(default_factory=lambda: EVEN)
    seconds: float = COUNT / RATE
    options: tuple[str, ...] = ()


KINDS = {
    "DivX with a packed bitstream": Kind(packed_divx),
    "AVI with dropped frames": Kind(dropped, [at + 0.4 * (at > 0.37) for at in EVEN], 1.2),
    "a DV tape in AVI": Kind(tape),
    "AVI of which the end was never written": Kind(no_index),
    "interlaced H.264": Kind(
        coded("il.mp4", *X264, "-flags", "+ilme+ildct", "-vf", "setfield=tff")
    ),
    "H.264 of single fields": Kind(single_fields),
    "film on a DVD": Kind(telecined, [k * 1001 / 24_000 for k in range(25)], 25 * 1001 / 24_000),
    "GoPro with its telemetry": Kind(with_data("gopro.mp4", b"gpmd")),
    "the film of a Live Photo": Kind(with_data("live.mov", b"mebx")),
    "a stream that was joined late": Kind(late_flv),
    "a broadcast": Kind(broadcast),
    "a broadcast whose clock wraps": Kind(
        coded("wrap.ts", *B_FRAMES, "-output_ts_offset", f"{WRAP - 0.5}")
    ),
    "two recordings, the clock begins again": Kind(clock_begins_again),
    "a disc's M2TS": Kind(coded("disc.m2ts", *B_FRAMES, "-mpegts_m2ts_mode", "1")),
    "CCTV: a program stream called MP4": Kind(coded("cctv.mp4", *B_FRAMES, "-f", "vob")),
    "CCTV: fragments since 1970": Kind(wall_clock),
    "CCTV: ASF": Kind(coded("cctv.asf", *B_FRAMES)),
    "an IP camera's JPEGs": Kind(coded("camera.mjpg", *MJPEG, "-f", "mpjpeg")),
    "a time-lapse": Kind(
        coded("lapse.avi", *MJPEG, rate=1), [float(k) for k in range(COUNT)], COUNT
    ),
    "WhatsApp: the picture begins late": Kind(
        copied("sent.mp4", ("-itsoffset", "0.08"), "-movflags", "+faststart")
    ),
    "Snapchat: fragments that begin late": Kind(
        copied("snap.mp4", ("-itsoffset", "0.033"), "-movflags", "frag_keyframe+delay_moov")
    ),
    "a meeting's recording": Kind(meeting, list(MEETING), MEETING[-1] + 0.04, ("--fps", "25")),
    "3D, side by side": Kind(coded("3d.mkv", *X264, "-metadata:s:v", "stereo_mode=left_right")),
    "3D, H.264's own mark": Kind(coded("3d.h264", *X264, "-x264-params", "frame-packing=3")),
    "360 degrees": Kind(spherical),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_of_a_kind_of_file_is_shown_in_time_and_colour(
    name: str, tmp_path: Path
) -> None:
    kind = KINDS[name]
    check(made(kind.make(tmp_path), *kind.options), kind.times, kind.seconds)


@pytest.mark.parametrize(
    "name",
    [
        "DivX with a packed bitstream",
        "interlaced H.264",
        "H.264 of single fields",
        "a stream that was joined late",
        "a broadcast whose clock wraps",
        "two recordings, the clock begins again",
        "CCTV: fragments since 1970",
    ],
)
def test_a_part_of_a_kind_of_file_is_the_part_asked_for(name: str, tmp_path: Path) -> None:
    found = made(KINDS[name].make(tmp_path), "--start", "0.24", "--end", "0.64")
    check(found, EVEN[:10], 0.4, first=6)


def test_a_hole_in_a_broadcast_is_as_long_as_what_was_lost(tmp_path: Path) -> None:
    """At keyframes; in between, what players show until the next one is shown."""
    found = made(broadcast(tmp_path, lost=range(5, 15)))
    assert found.times == {k: EVEN[k] for k in range(COUNT) if k not in range(5, 15)}
    assert found.seconds == pytest.approx(0.8)


def test_the_part_that_the_error_for_a_broken_clock_names_is_read(tmp_path: Path) -> None:
    """The stream's first frame is at 0, all else is an hour later."""

    def when(kind: int, at: int, what: bytes) -> int:
        is_first = kind == PICTURE and at < 1000 / RATE
        return at if kind == SCRIPT or what[1] == HEADER or is_first else at + 3_600_000

    path = flv_in_time(tmp_path, when)
    ran = rollscan(path, "--gif", tmp_path / "a.gif")
    named = re.search(r"clock must be broken: .* a start of ([\d.]+)$", ran.err)
    assert ran.status == 1 and named
    check(made(path, "--start", named[1]), EVEN[:-1], 0.76, first=1)
