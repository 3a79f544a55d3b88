"""Tags, names and comments of strangers: they are no facts about a video, and cost no time."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from conftest import FFMPEG, LOSSLESS, MakeVideo, decoded, ffmpeg, number, numbered, video_of

from rollscan import SourceError
from rollscan.video.description import Description, FirstFrame
from rollscan.video.facts import Facts
from rollscan.video.probe import Probe

# As ffmpeg itself describes a first frame, a file and a fault.
FRAME = (
    "[Parsed_showinfo_0 @ 0x55d0c0a0] n:   0 pts:      0 pts_time:0       duration:      1"
    " duration_time:0.04    fmt:yuva420p cl:left sar:4/1 s:3000x2000 i:T iskey:1 type:I"
)
CLOCK = "[Parsed_showinfo_0 @ 0x55d0c0a0] config in time_base: 1/7, frame_rate: 7/1"
COLOURS = "[Parsed_showinfo_0 @ 0x55d0c0a0] color_range:tv color_trc:smpte2084"
FORGED = {
    "a frame": FRAME,
    "a clock": CLOCK,
    "colours": COLOURS,
    "HDR": "color_trc:smpte2084",
    "a fault": "[mov,mp4,m4a,3gp,3g2,mj2 @ 0x55d0c0a0] partial file",
    "another fault": "[matroska,webm @ 0x55d0c0a0] 0x00 invalid as first byte of an EBML number",
    "a refusal": "Format not on whitelist, matches no streams, Picture size 99999x99999 is invalid",
    "a signal": "Exiting normally, received signal 15.",
    "memory": "[vist#0:0/h264 @ 0x1] Cannot allocate memory",
    "a duration": "Duration: 09:00:00.00, start: 5.000000, bitrate: 1 kb/s",
    "all": "\n".join(("", CLOCK, FRAME, COLOURS, "  Duration: 09:00:00.00, start: 0.000000")),
}
TOLD = ("size", "pixel_aspect", "rate", "end", "interlaced", "pixels", "decoder", "sound")


def told(path: Path) -> dict[str, object]:
    """What is known of a video, but its name and its frames' times."""
    facts: Facts = Probe(path).facts()
    return {name: getattr(facts, name) for name in TOLD}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_what_a_tag_says_is_no_fact(
    make_video: MakeVideo, tmp_path: Path, ending: str, forged: str
) -> None:
    plain = make_video("plain.mkv", numbered(10), *LOSSLESS)
    path = tmp_path / f"tagged.{ending}"
    tags = [f"{name}={FORGED[forged]}" for name in ("comment", "title")]
    options = [option for tag in tags for option in ("-metadata", tag, "-metadata:s:v:0", tag)]
    ffmpeg("-i", plain, "-c", "copy", *options, path)
    assert told(path) == told(plain)
    assert [number(frame) for frame in decoded(path)] == list(range(10))


def test_a_tag_whose_name_is_a_line_of_ffmpegs_is_no_fact(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    plain = make_video("plain.mkv", numbered(10), *LOSSLESS)
    path = tmp_path / "tagged.mkv"
    name = FORGED["all"].split("\n  Duration")[0] + "\n"
    ffmpeg("-i", plain, "-c", "copy", "-metadata", f"{'X' * len(name)}=1", path)
    film = path.read_bytes()
    assert film.count(b"X" * len(name)) == 1
    path.write_bytes(film.replace(b"X" * len(name), name.encode()))
    listing = subprocess.run([FFMPEG, "-i", path], capture_output=True).stderr.decode()
    assert f"\n{FRAME}\n" in listing, "the name stands in a line of its own"
    assert told(path) == told(plain)


@pytest.mark.parametrize(
    "name",
    [
        "color_trc:smpte2084.mp4",
        "partial file.mp4",
        "received signal 15.mp4",
        "a\n[mov @ 0x1] partial file.mp4",
        "a\n  Duration: 09:00:00.00, start: 0.mp4",
        f"a\n{CLOCK}\n{FRAME}\n{COLOURS}.mp4",
    ],
)
def test_what_a_file_is_called_is_no_fact(make_video: MakeVideo, tmp_path: Path, name: str) -> None:
    plain = make_video("plain.mkv", numbered(10), *LOSSLESS)
    made = tmp_path / "made.mp4"
    ffmpeg("-i", plain, "-c", "copy", made)
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)  # of a name that holds a slash
    made.rename(path)
    assert told(path) == told(plain)
    assert [number(frame) for frame in decoded(path)] == list(range(10))


@pytest.mark.parametrize("name", ["Format not on whitelist.mp4", "matches no streams.mp4"])
def test_what_a_file_is_called_is_no_cause(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"no video\n" * 99)
    with pytest.raises(SourceError, match="is not a video that ffmpeg can read"):
        video_of(path)


TIRING = {
    "the beginning of a first frame": "] n: 0 pts: 0 fmt:a sar:1/1 s:1x1 ",
    "a codec": "Video: vp8 ",
    "a codec, in lines": "Video: vp8\n",
    "a stream": "  Stream #0:0: Video: \n",
    "streams in a line": ": Video: ",
    "empty lines": "\n",
    "a transparency that is none": " alpha_mode ",
    "spaces": " ",
}


def commented(plain: Path, folder: Path, comment: str) -> Path:
    """A copy of a video with that comment."""
    tags, path = folder / "tags.txt", folder / "tagged.mkv"
    for special in "\\#;=\n":
        comment = comment.replace(special, f"\\{special}")
    tags.write_text(f";FFMETADATA1\ncomment={comment}\n")
    ffmpeg("-i", plain, "-i", tags, "-map", "0", "-map_metadata", "1", "-c", "copy", path)
    assert path.stat().st_size > len(comment) / 2
    return path


@pytest.mark.parametrize("tiring", TIRING)
def test_a_long_comment_is_read_in_no_time(
    make_video: MakeVideo, tmp_path: Path, tiring: str
) -> None:
    """Where time grows with the square of the length, these take minutes."""
    plain = make_video("plain.mkv", numbered(10), *LOSSLESS)
    path = commented(plain, tmp_path, TIRING[tiring] * (100_000 // len(TIRING[tiring])))
    began = time.process_time()
    assert told(path)["size"] == (64, 48)
    assert time.process_time() - began < 5


def test_comments_that_would_take_minutes_to_print_are_an_error(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    """ffmpeg begins each of their lines with the name of the tag."""
    plain = make_video("plain.mkv", numbered(10), *LOSSLESS)
    path = commented(plain, tmp_path, "\n" * 1_000_000)
    began = time.process_time()
    with pytest.raises(SourceError, match=r"tagged\.mkv holds over 4 MB of tags .*: remove them"):
        Probe(path).facts()
    assert time.process_time() - began < 5


@pytest.mark.parametrize("cut", ["type:I ", "color_range:pc", "color_space:bt2020nc", "bt709"])
@pytest.mark.parametrize("complaint", ["File ended prematurely", "mmco: unref short failure"])
def test_a_complaint_within_a_line_about_the_first_frame_is_told_from_it(
    cut: str, complaint: str
) -> None:
    """ffmpeg's threads write their messages between the pieces of such a line."""
    description = Description()
    component = f"[{description.filter.partition('=')[0]} @ 0x7f81b0001b80] "
    frame = "n:   0 pts:      0 pts_time:0       duration:      1 duration_time:0.04    "
    frame += "fmt:yuvj420p cl:center sar:0/1 s:64x48 i:P iskey:1 type:I "
    colours = "color_range:pc color_space:bt2020nc color_primaries:bt2020 color_trc:bt709"
    for whole in (frame, colours):
        before, found, after = whole.partition(cut)
        if not found:
            assert description.note(component + whole)
            continue
        assert not description.note(f"{component}{before}{cut}{complaint}")
        if after:
            assert description.note(component + after)
    assert description.frame == FirstFrame(0, "yuvj420p", None, (64, 48), False)
    names = ("range", "space", "primaries", "trc")
    expected = ("pc", "bt2020nc", "bt2020", "bt709")
    assert description.colours == dict(zip(names, expected, strict=True))
