"""What the other tests stand on."""

from __future__ import annotations

from conftest import LOSSLESS, MakeVideo, decoded, number, numbered


def test_videos_of_one_name_but_other_frames_or_options_are_two(make_video: MakeVideo) -> None:
    first = make_video("same.mp4", numbered(3), *LOSSLESS)
    second = make_video("same.mp4", numbered(6)[3:], *LOSSLESS)
    slower = make_video("same.mp4", numbered(3), *LOSSLESS, rate=5)
    assert [number(frame) for frame in decoded(first)] == [0, 1, 2]
    assert [number(frame) for frame in decoded(second)] == [3, 4, 5]
    assert len({first, second, slower}) == 3
    assert make_video("same.mp4", numbered(3), *LOSSLESS) == first
