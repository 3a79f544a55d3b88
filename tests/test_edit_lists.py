"""Clips trimmed by an edit list, as phones and LosslessCut do: what is shown is taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from campaign.edits import edited
from campaign.stamp import number_in, stamped
from conftest import LOSSLESS, LOSSY, MakeVideo, decoded, gif_frames, number, numbered, video_of
from test_damaged import film_of_packets

from rollscan import SourceError
from rollscan.job import Job
from rollscan.look import Look
from rollscan.run import render

OPEN_GROUPS = (*LOSSY, "-bf", "3", "-x264-params", "open-gop=1")
STAMPED = [stamped(k) for k in range(50)]  # with texture, so that they are made of each other
CODECS = {
    "b_frames": (*LOSSY, "-g", "12", "-bf", "2"),
    "no_b_frames": (*LOSSY, "-g", "12", "-bf", "0"),
    "all_key": ("-c:v", "mjpeg", "-q:v", "1", "-pix_fmt", "yuvj444p"),
}
PARTS = {
    "end": [(0, 25)],
    "end, by one frame": [(0, 49)],
    "end, by two frames": [(0, 48)],
    "beginning": [(17, 50)],
    "both ends": [(7, 38)],
    "both ends, at keyframes": [(12, 36)],
    "two parts": [(0, 10), (30, 45)],
    "two parts, at keyframes": [(0, 12), (36, 48)],
    "three parts, in another order": [(24, 36), (3, 9), (40, 50)],
    "a part three times": [(0, 20)] * 3,
    "a part in the middle twice": [(15, 27)] * 2,
}


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("shown", PARTS)
def test_the_frames_that_an_edit_list_shows_are_taken_and_no_others(
    make_video: MakeVideo, tmp_path: Path, codec: str, shown: str
) -> None:
    whole = make_video(f"{codec}.mp4", numbered(50), *CODECS[codec])
    path = edited(whole, tmp_path / "edited.mp4", PARTS[shown])
    expected = [frame for part in PARTS[shown] for frame in range(*part)]
    with video_of(path) as video:
        assert [number(frame) for frame in video] == expected
        assert (len(video), video.rate) == (len(expected), 25)
        some = [number(frame) for frame in video.frames(5, 23)]
        assert some == expected[5:23]


@pytest.mark.parametrize(
    ("distance", "parts"),
    [("12", [(3, 49), (12, 36), (39, 40), (3, 33)]), ("5", [(4, 6), (32, 48), (46, 50), (25, 43)])],
)
def test_parts_of_open_groups_of_pictures_are_taken_in_their_order(
    make_video: MakeVideo, tmp_path: Path, distance: str, parts: list[tuple[int, int]]
) -> None:
    whole = make_video(f"open{distance}.mp4", STAMPED, *OPEN_GROUPS, "-g", distance)
    path = edited(whole, tmp_path / "edited.mp4", parts)
    expected = [frame for part in parts for frame in range(*part)]
    with video_of(path) as video:
        assert [number_in(frame.mean(axis=2)) for frame in video] == expected
        some = [number_in(frame.mean(axis=2)) for frame in video.frames(17, 23)]
        assert some == expected[17:23]


def test_parts_with_open_groups_are_not_steadied(make_video: MakeVideo, tmp_path: Path) -> None:
    whole = make_video("open_groups.mp4", STAMPED, *OPEN_GROUPS, "-g", "12")
    path = edited(whole, tmp_path / "edited.mp4", PARTS["two parts"])
    with (
        video_of(path, steady=True) as video,
        pytest.raises(SourceError, match=r"edited\.mp4 is put together of 2 parts by an edit list"),
    ):
        next(iter(video))


def test_a_damaged_part_is_an_error_that_names_an_end_that_works(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    whole = make_video("open_groups.mp4", STAMPED, *OPEN_GROUPS, "-g", "12")
    path = edited(whole, tmp_path / "edited.mp4", [(14, 44), (2, 10)])
    film, packets = path.read_bytes(), film_of_packets(whole)
    for packet in packets[25:40]:
        film = film.replace(packet, bytes(len(packet)))
    path.write_bytes(film)
    with pytest.raises(SourceError, match=r"is damaged, from 0\.[45]\d s on") as raised:
        decoded(path)
    (end,) = re.findall(r"with an end of ([0-9.]+)$", str(raised.value))
    frames = [number_in(frame.mean(axis=2)) for frame in decoded(path, 0, end)]
    assert frames == list(range(14, 14 + len(frames)))


@pytest.mark.parametrize("shown", ["end", "both ends", "two parts", "a part three times"])
def test_a_part_of_a_trimmed_clip_is_counted_from_what_is_shown(
    make_video: MakeVideo, tmp_path: Path, shown: str
) -> None:
    whole = make_video("b_frames.mp4", numbered(50), *CODECS["b_frames"])
    path = edited(whole, tmp_path / "edited.mp4", PARTS[shown])
    expected = [frame for part in PARTS[shown] for frame in range(*part)]
    assert [number(frame) for frame in decoded(path, 0.2, 0.8)] == expected[5:20]
    assert [number(frame) for frame in decoded(path, 0.4)] == expected[10:]


def test_a_loop_of_a_trimmed_clip_is_as_long_as_what_is_shown(
    make_video: MakeVideo, tmp_path: Path, out: Path
) -> None:
    whole = make_video("lossless.mp4", numbered(50), *LOSSLESS, "-bf", "2")
    path = edited(whole, tmp_path / "edited.mp4", [(0, 48)])
    (made,) = render(Job(path, gif=out / "a.gif", look=Look(loop="cut"), quality=100))
    assert made.seconds == pytest.approx(48 / 25)
    assert [number(frame[-1:]) for frame in gif_frames(made.path)] == list(range(48))
