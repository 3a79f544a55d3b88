"""What the other tests stand on."""

from __future__ import annotations

import sys
from pathlib import Path

import conftest
import pytest
from conftest import LOSSLESS, MakeVideo, decoded, number, numbered, rollscan, running_ffmpegs


def test_videos_of_one_name_but_other_frames_or_options_are_two(make_video: MakeVideo) -> None:
    first = make_video("same.mp4", numbered(3), *LOSSLESS)
    second = make_video("same.mp4", numbered(6)[3:], *LOSSLESS)
    slower = make_video("same.mp4", numbered(3), *LOSSLESS, rate=5)
    assert [number(frame) for frame in decoded(first)] == [0, 1, 2]
    assert [number(frame) for frame in decoded(second)] == [3, 4, 5]
    assert len({first, second, slower}) == 3
    assert make_video("same.mp4", numbered(3), *LOSSLESS) == first


def test_the_ffmpegs_of_another_run_are_not_this_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [(1, "/x/ffmpeg -i /tmp/pytest-1/a.mp4"), (2, "/x/ffmpeg -i /tmp/pytest-10/a.mp4")]
    monkeypatch.setattr(conftest, "_command_lines", lambda: iter(lines))
    assert running_ffmpegs("/tmp/pytest-1") == [1]


def test_a_run_in_this_process_says_what_one_of_its_own_does(out: Path) -> None:
    for words in (["--version"], ["no.mp4", "--gif", "a.gif"], ["--nonsense"], ["--list-looks"]):
        assert rollscan(*words, cwd=out) == conftest.child(*words, cwd=out)


def test_a_run_that_leaves_something_changed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    hook = sys.unraisablehook
    monkeypatch.setattr(sys, "unraisablehook", hook)  # which is put back
    monkeypatch.setattr(
        conftest, "main", lambda argv: setattr(sys, "unraisablehook", lambda lost: None) or 0
    )
    with pytest.raises(AssertionError):
        rollscan("--version")
