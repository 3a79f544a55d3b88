"""GIFs for a byte budget: how few encodings it takes, and that nothing is over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rollscan.clip import RollingClip
from rollscan.composers.frame_composer import FrameComposer
from rollscan.deliver import attempts
from rollscan.deliver.attempts import gif_encoder, write_within
from rollscan.deliver.budget import PICTURES
from rollscan.errors import OutputError
from rollscan.gif import GifSummary


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[GifSummary]:
    """What is told of each GIF that is encoded."""
    made: list[GifSummary] = []
    write_gif = attempts.write_gif

    def counted(*args: Any, **options: Any) -> GifSummary:
        made.append(write_gif(*args, **options))
        return made[-1]

    monkeypatch.setattr(attempts, "write_gif", counted)
    return made


def noisy_clip(n_frames: int = 50) -> RollingClip:
    """A clip of moving noise, 96x64 at 25 fps, which no quality makes small."""
    rng = np.random.default_rng(3)
    frames = [rng.integers(0, 256, (64, 96, 3), dtype=np.uint8) for _ in range(n_frames)]
    return RollingClip(FrameComposer(frames, 25), n_frames)


@pytest.mark.parametrize("budget", [400_000, 100_000, 30_000])
def test_a_gif_fits_its_budget(tmp_path: Path, budget: int, encodings: list[GifSummary]) -> None:
    out = tmp_path / "out.gif"
    clip = noisy_clip()
    summary = clip.write_gif(out, logger=None, max_bytes=budget)
    assert 0.85 * budget <= out.stat().st_size <= budget
    assert summary.bytes == out.stat().st_size
    assert len(encodings) <= PICTURES.most
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
def test_real_footage_fits_and_uses_its_budget(
    name: str, tmp_path: Path, encodings: list[GifSummary]
) -> None:
    path, encoder = tmp_path / "a.gif", gif_encoder(loop=0, quality=80, colors=256, comment="")
    with RollingClip.open(FOOTAGE / name, width=260, end=3) as clip:
        composition = clip.set_aside(min(clip.fps, 25), None)
        for budget in (2_400_000, 300_000, 80_000):
            encodings.clear()
            write_within(budget, path, composition, encoder)
            assert path.stat().st_size <= budget
            assert len(encodings) <= PICTURES.most
            if encodings[0].bytes > budget:
                assert path.stat().st_size >= 0.85 * budget
            else:
                assert len(encodings) == 1
