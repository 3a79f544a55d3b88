"""Byte budgets: what is given up to fit, how few encodings it takes, and that nothing is over."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from rollscan.clip import RollingClip
from rollscan.compose.frame_composer import FrameComposer
from rollscan.deliver import budget as delivery
from rollscan.deliver.budget import LEAST, MOST_ENCODES, Settings, fit, given_up, told
from rollscan.errors import OutputError

FULL = Settings(quality=80, fps=25, width=480)


class Sized(io.BytesIO):
    """A file that is as large as it says."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.seek(size)


def shrinking(full_bytes: float, quality: float, fps: float, width: float) -> Callable:
    """An encoding whose log size goes with the settings' shares by these powers."""

    def encode(settings: Settings) -> IO[bytes]:
        encode.count += 1
        size = full_bytes * (settings.quality / FULL.quality) ** quality
        size *= (settings.fps / FULL.fps) ** fps * (settings.width / FULL.width) ** width
        return Sized(int(size) + 100)

    encode.count = 0
    return encode


def test_nothing_is_given_up_where_all_fits() -> None:
    encode = shrinking(1000, 1, 1, 2)
    best = fit(encode, FULL, 1100)
    assert (best.settings, encode.count) == (FULL, 1)


@given(
    st.floats(1e5, 1e8),
    st.floats(0.3, 1.5),
    st.floats(0.3, 1.0),
    st.floats(1.2, 2.2),
    st.floats(0.05, 0.99),
)
def test_most_of_the_budget_is_used_after_at_most_five_encodings(
    full_bytes: float, quality: float, fps: float, width: float, share: float
) -> None:
    encode = shrinking(full_bytes, quality, fps, width)
    budget = int(full_bytes * share)
    assume(encode(given_up(FULL, 1)).tell() <= budget)
    encode.count = 0
    best = fit(encode, FULL, budget)
    assert encode.count <= MOST_ENCODES
    assert 0.85 * budget <= best.bytes <= budget
    assert best.file.tell() == best.bytes


def test_a_budget_under_the_floor_is_an_error_that_says_the_smallest_size() -> None:
    encode = shrinking(1e6, 0.5, 0.5, 1.5)
    floor = encode(given_up(FULL, 1)).tell()
    with pytest.raises(OutputError, match=f"max_bytes is 500,.* is {floor}: allow that"):
        fit(encode, FULL, 500)


def test_the_floor_is_reached_where_only_the_floor_fits() -> None:
    encode = shrinking(1e6, 0.5, 0.5, 1.5)
    floor = encode(given_up(FULL, 1)).tell()
    assert fit(encode, FULL, floor).settings == given_up(FULL, 1)


def test_files_that_are_not_delivered_are_closed() -> None:
    files = []

    def encode(settings: Settings) -> IO[bytes]:
        files.append(Sized(int(1000 * settings.width)))
        return files[-1]

    best = fit(encode, FULL, 200_000)
    assert [file for file in files if not file.closed] == [best.file]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_level_never_gives_more(a: float, b: float) -> None:
    more, less = given_up(FULL, min(a, b)), given_up(FULL, max(a, b))
    for name in ("quality", "fps", "width"):
        assert getattr(more, name) >= getattr(less, name) * (1 - 1e-9)


def test_the_ends_of_the_levels_are_full_and_floor() -> None:
    assert given_up(FULL, 0) == FULL
    floor = given_up(FULL, 1)
    assert (round(floor.quality), round(floor.fps), round(floor.width)) == (1, 5, 64)


def test_what_is_under_the_floor_already_stays() -> None:
    small = Settings(quality=1, fps=3, width=40)
    assert given_up(small, 1) == small


def test_a_width_that_must_stay_stays() -> None:
    least = replace(LEAST, width=FULL.width)
    assert given_up(FULL, 1, least) == Settings(1, 5, FULL.width)
    best = fit(shrinking(1e6, 1, 1, 2), FULL, 400_000, least)
    assert best.settings.width == FULL.width
    assert 0.85 * 400_000 <= best.bytes <= 400_000


def test_what_was_given_up_is_told() -> None:
    assert told(FULL, FULL) == ""
    assert told(FULL, Settings(71.2, 20, 480)) == "quality 80→71, 25→20 fps"
    assert told(FULL, Settings(80, 25, 300.4)) == "480→300 pixels wide"


def noisy_clip(n_frames: int = 50) -> RollingClip:
    """A clip of moving noise, 96x64 at 25 fps, which no quality makes small."""
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 256, (64, 96, 3), dtype=np.uint8) for _ in range(n_frames)]
    return RollingClip(FrameComposer(frames, 25), n_frames)


@pytest.mark.parametrize("budget", [400_000, 100_000, 30_000])
def test_a_gif_fits_its_budget(
    tmp_path: Path, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    encodings = []
    write_gif = delivery.write_gif

    def counted(*args: object, **options: object) -> object:
        encodings.append(options)
        return write_gif(*args, **options)

    monkeypatch.setattr(delivery, "write_gif", counted)
    out = tmp_path / "out.gif"
    clip = noisy_clip()
    summary = clip.write_gif(out, logger=None, max_bytes=budget)
    assert 0.85 * budget <= out.stat().st_size <= budget
    assert summary.bytes == out.stat().st_size
    assert len(encodings) <= MOST_ENCODES
    assert "fps" in clip.given_up
    with Image.open(out) as gif:
        assert gif.size == (summary.width, summary.height)
        assert gif.n_frames == summary.frames
    assert abs(summary.duration_cs - 200) <= 1  # as long as the clip, whatever the rate


def test_the_frames_are_composed_once(tmp_path: Path) -> None:
    asked = []
    clip = noisy_clip()
    make_frame = clip.frame_function
    clip.frame_function = lambda t: asked.append(t) or make_frame(t)
    clip.write_gif(tmp_path / "out.gif", logger=None, max_bytes=60_000)
    assert len(asked) == 50
    assert clip.seam is not None


def test_nothing_is_left_where_nothing_fits(tmp_path: Path) -> None:
    out = tmp_path / "out.gif"
    out.write_bytes(b"before")
    with pytest.raises(OutputError, match="max_bytes is 1000,"):
        noisy_clip().write_gif(out, logger=None, max_bytes=1000)
    assert out.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [out]


FOOTAGE = Path(__file__).parents[2] / "shared" / "data"


@pytest.mark.skipif(not FOOTAGE.is_dir(), reason="no footage beside the repository")
@pytest.mark.parametrize(
    "name", ["chaplin.mp4", "big_buck_bunny_0_30.webm", "fire2.mp4", "vtest.avi"]
)
def test_real_footage_fits_and_uses_its_budget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encodings = []
    write_gif = delivery.write_gif

    def counted(*args: Any, **options: Any) -> Any:
        encodings.append(write_gif(*args, **options))
        return encodings[-1]

    monkeypatch.setattr(delivery, "write_gif", counted)
    with RollingClip.open(FOOTAGE / name, width=260, end=3) as clip:
        composition = clip.set_aside(min(clip.fps, 25), None)
        for budget in (2_400_000, 300_000, 80_000):
            encodings.clear()
            file = io.BytesIO()
            delivery.write_gif_within(budget, file, composition, loop=0, quality=80, colors=256)
            assert file.tell() <= budget
            assert len(encodings) <= MOST_ENCODES
            if encodings[0].bytes > budget:
                assert file.tell() >= 0.85 * budget
            else:
                assert len(encodings) == 1
