"""What is mended first: the hand's shake taken out, no border in sight; light evened out."""

from __future__ import annotations

import re
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import LOSSY, MakeVideo, Picture, decoded, names, rollscan

from rollscan import ArgumentError, Look, RollingClip, RollScan, files
from rollscan.video.opening import open_video
from rollscan.video.probe import Probe

SIZE = (160, 120)
LIVE = {"slit": 0.0}  # nothing but the slit is history


def scene() -> Picture:
    """Something to hold on to: soft spots of many colours, white nowhere."""
    rng = np.random.default_rng(3)
    spots = rng.integers(60, 200, (24, 32, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(spots, (320, 240), interpolation=cv2.INTER_CUBIC), np.uint8)


def seen(shake: float, n: int = 40) -> list[Picture]:
    """The scene through a camera that a hand holds, `shake` pixels off at most; black around it."""
    whole = scene()
    k = np.arange(n)
    x = np.rint(80 + shake * np.sin(1.7 * k)).astype(int)
    y = np.rint(60 + shake * np.cos(2.3 * k)).astype(int)
    return [whole[b : b + 120, a : a + 160] for a, b in zip(x, y, strict=True)]


def jitter(frames: list[Picture]) -> float:
    """How far the picture moves from frame to frame, in pixels, on average."""
    greys = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    steps = [cv2.phaseCorrelate(a, b)[0] for a, b in pairwise(greys)]
    return float(np.abs(steps).mean())


@pytest.fixture(scope="module")
def shaky(make_video: MakeVideo) -> Path:
    return make_video("shaky.mp4", seen(6), *LOSSY)


@pytest.fixture(scope="module")
def calm(make_video: MakeVideo) -> Path:
    return make_video("calm.mp4", seen(0), *LOSSY)


def test_the_shake_is_taken_out(shaky: Path) -> None:
    before = decoded(shaky)
    with open_video(Probe(shaky).facts(), steady=True) as video:
        after = list(video)
        kept = video.kept
    assert len(after) == len(before)
    assert after[0].shape == before[0].shape
    assert jitter(after) < 0.1 * jitter(before)
    assert 0.8 < kept < 0.95  # 6 pixels of 120 on each side
    assert min(frame.min() for frame in after) > 30  # no black from beyond the edge


ODD = "O'Brien, \\[1];' =:'$%"  # all that means something in a filter, or in one of its options


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no folders of such names")
def test_a_temporary_folder_of_any_name_does_for_steadying(
    shaky: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / ODD
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    monkeypatch.setattr(files, "open_nameless", lambda *_: None)  # as where files have names
    monkeypatch.setattr(files, "path_of", lambda _: Path("/nonexistent"))
    with open_video(Probe(shaky).facts(), steady=True) as video:
        after = list(video)
    assert jitter(after) < 0.1 * jitter(decoded(shaky))
    assert names(room) == []


def test_what_does_not_shake_stays_as_it_is(calm: Path) -> None:
    with open_video(Probe(calm).facts(), steady=True) as video:
        pairs = zip(video, decoded(calm), strict=True)
        off = [np.abs(a.astype(int) - b).mean() for a, b in pairs]
        assert video.kept > 0.98
    assert max(off) < 3


@pytest.mark.parametrize("span", [(0, 40), (7, 20), (33, 40)])
def test_frames_from_the_middle_are_those_of_the_whole(shaky: Path, span: tuple[int, int]) -> None:
    with open_video(Probe(shaky).facts(), steady=True) as video:
        whole = list(video)
        np.testing.assert_array_equal(list(video.frames(*span)), whole[slice(*span)])


def test_light_is_evened_out_alike_however_often_the_video_is_read(shaky: Path) -> None:
    with open_video(Probe(shaky).facts(), deflicker=True) as video:
        part, whole = list(video.frames(7, 20)), list(video)
        np.testing.assert_array_equal(part, whole[7:20])
        np.testing.assert_array_equal(list(video), whole)


def test_a_part_is_steadied_on_its_own_and_of_any_size(shaky: Path) -> None:
    facts = Probe(shaky, 0.4, 1.2).facts()
    with open_video(facts, width=77, steady=True) as video:
        frames = list(video)
    assert len(frames) == 20
    assert frames[0].shape[1] == 77
    assert jitter(frames) < 0.3


def test_the_closing_line_says_how_much_is_cropped(shaky: Path, out: Path) -> None:
    ran = rollscan(shaky, "--gif", out / "a.gif", "--still", out / "a.png", "--steady")
    assert ran.status == 0
    cropped = re.findall(r"steadied, (\d+\.\d)% cropped", ran.out)
    assert len(cropped) == 2
    assert 5 < float(cropped[0]) < 20
    assert Look.of(out / "a.gif") == Look(steady=True)


def test_every_loop_can_be_steadied(shaky: Path) -> None:
    for loop in ("wrap", "boomerang", "crossfade", "match"):
        look = Look(steady=True, loop=loop, min_loop=0.4, **LIVE)
        with RollingClip.open(shaky, look=look) as clip:
            frames = list(clip.iter_frames(dtype="uint8"))
        assert np.median([jitter(list(pair)) for pair in pairwise(frames)]) < 0.3, loop


def test_light_that_flickers_is_evened_out(make_video: MakeVideo) -> None:
    frames = [(scene()[:120, :160] * (0.8 + 0.2 * (k % 2))).astype(np.uint8) for k in range(20)]
    path = make_video("flickering.mp4", frames, *LOSSY)
    with RollingClip.open(path, deflicker=True, **LIVE) as clip:
        light = [frame.mean() for frame in clip.iter_frames()]
    before = [frame.mean() for frame in frames]
    assert np.abs(np.diff(light)).mean() < 0.35 * np.abs(np.diff(before)).mean()


def test_a_clip_without_a_file_cannot_be_mended(plain: Path) -> None:
    with (
        RollingClip.open(plain) as clip,
        pytest.raises(ArgumentError, match=r"steady needs a file: RollingClip\.open\(path, steady"),
    ):
        clip.with_effects([RollScan(steady=True)])
