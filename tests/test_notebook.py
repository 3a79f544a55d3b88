"""A clip in a notebook: what the page holds, and that a kernel shows it."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, decoded, numbered

from rollscan import FrameComposer, RollingClip, notebook

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"


def shown(clip: RollingClip, folder: Path) -> tuple[str, Path]:
    """The page's text, and the video in it as a file."""
    text = clip._repr_html_()
    assert text
    (video,) = re.findall(r'src="data:video/mp4;base64,([^"]+)"', text)
    path = folder / "shown.mp4"
    path.write_bytes(base64.b64decode(video))
    return re.sub(r'src="[^"]+"', "", text), path


def test_a_clip_shows_itself_as_a_video_that_repeats(plain: Path, tmp_path: Path) -> None:
    with RollingClip.open(plain, loop="wrap") as clip:
        text, path = shown(clip, tmp_path)
        assert text.startswith('<video  width="64" height="48" autoplay loop muted')
        assert "small" not in text
        frames = decoded(path)
        assert len(frames) == 40  # of 2 s, at the 20 frames a second that are the most
        for k in (0, 20, 39):
            assert np.abs(frames[k].astype(int) - clip.get_frame(k / 20)).mean() < 6
    assert sorted(each.name for each in tmp_path.iterdir()) == ["shown.mp4"]


def test_a_long_and_large_clip_is_shown_in_small_and_in_part(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    path = make_video("large.mp4", numbered(30, (960, 480)), *LOSSLESS, rate=2)
    with RollingClip.open(path) as clip:
        text, video = shown(clip, tmp_path)
    assert 'width="480" height="240"' in text
    assert text.endswith("<br><small>the first 10 of 15.0 s</small>")
    assert len(decoded(video)) == 20


def test_a_busy_clip_is_shown_smaller_until_it_is_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebook, "MOST_BYTES", 200_000)
    noise = np.random.default_rng(0).integers(0, 256, (4, 480, 480, 3), np.uint8)
    clip = RollingClip(FrameComposer(list(noise), fps=4), 4)
    text, video = shown(clip, tmp_path)
    assert video.stat().st_size < 200_000
    assert 'width="160"' in text


def test_a_clip_that_never_ends_shows_its_beginning(tmp_path: Path) -> None:
    clip = RollingClip(FrameComposer(numbered(3), fps=5), None)
    _, video = shown(clip, tmp_path)
    assert len(decoded(video)) == 50


def test_a_closed_clip_says_so(plain: Path) -> None:
    with RollingClip.open(plain) as clip:
        pass
    text = clip._repr_html_()
    assert text and text.startswith("<em>the frames were closed")
    assert "<video" not in text


def test_a_mask_is_left_to_text(plain: Path) -> None:
    with RollingClip.open(plain) as clip:
        clip.is_mask = True
        assert clip._repr_html_() is None


def test_a_kernel_shows_the_clip(plain: Path, tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    code = f"from rollscan import RollingClip\nRollingClip.open({str(plain)!r}, loop='wrap')"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    (output,) = book.cells[0].outputs
    assert output.data["text/html"].startswith("<video src=")


def test_the_notebook_in_the_docs_is_executed_and_small() -> None:
    nbformat = pytest.importorskip("nbformat")
    book = nbformat.read(NOTEBOOK, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any("<video" in out.get("data", {}).get("text/html", "")
               for cell in cells for out in cell.outputs)  # fmt: skip
    assert not any(out.output_type == "error" for cell in cells for out in cell.outputs)
    assert NOTEBOOK.stat().st_size < 600_000
