"""Strip photographs of many clips: in parts where they are long, and all of them on a sheet."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import rollscan
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan.deliver import picture as pictures
from rollscan.deliver.part_names import number_of, part_name
from rollscan.job import Job
from rollscan.many.attempt import attempt
from rollscan.many.order import Order, Outcome
from rollscan.sheet import GAP, LINE, PAPER


@pytest.fixture
def clips(brief: Path, tmp_path: Path) -> Path:
    """A folder with two clips."""
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("b.mp4", "a.mp4"):
        shutil.copy(brief, folder / name)
    return folder


def test_a_sheet_has_the_strips_of_all_clips_in_their_order(clips: Path, out: Path) -> None:
    shutil.copy(clips / "a.mp4", clips / "c.mp4")
    (clips / "b.mp4").write_text("no clip")
    done = rollscan(clips, "--still", f"{out}/", "--sheet", out / "all.png")
    assert done.status == 1
    assert "3 clips: 2 done, 1 failed" in done.out
    strips = [Image.open(out / f"{name}.png").convert("RGB") for name in "ac"]
    sheet = Image.open(out / "all.png")
    width, height = strips[0].size
    assert sheet.size == (width + 2 * GAP, GAP + 2 * (height + LINE + GAP))
    for k, strip in enumerate(strips):
        top = GAP + k * (height + LINE + GAP)
        box = (GAP, top, GAP + width, top + height)
        np.testing.assert_array_equal(np.array(sheet.crop(box)), np.array(strip))
        name = np.array(sheet.crop((GAP, box[3], GAP + width, box[3] + LINE)))
        assert (name != PAPER).any()


def test_parts_of_a_long_strip_are_those_of_their_clip(
    brief: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "_MOST_PIXELS", 48 * 8)
    outputs = {"still": str(out / "a.jpg")}
    order = Order(str(brief), outputs, Job(brief), {"still": (".jpg",)}, {"still": str(out)})
    outcome = attempt(order)
    assert outcome.status == "done", outcome.error
    assert len(outcome.files) > 1
    assert sorted(outcome.files) == sorted(map(str, out.iterdir()))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--gif", "OUT/", "--sheet", "OUT/a.png"], "--sheet has no effect without strip"),
        (["--still", "OUT/", "--sheet", "OUT/a.gif"], "ends in '.gif': give one of .png"),
        (["--still", "OUT/", "--sheet", "OUT/a.png"], "OUT/a.png is a clip or a file to be made"),
        (["--still", "OUT/", "--sheet", "OUT/no/s.png"], "OUT/no/s.png cannot be written"),
    ],
)
def test_a_sheet_that_cannot_be_is_told_before_any_work(
    clips: Path, out: Path, options: list[str], said: str
) -> None:
    done = rollscan(clips, *(word.replace("OUT", str(out)) for word in options))
    assert done.status in (1, 2)
    assert said.replace("OUT", str(out)) in done.err
    assert not [*out.iterdir()]


@given(st.text("ab-.19/", min_size=1, max_size=9), st.integers(0, 30))
def test_a_part_is_known_by_its_name(stem: str, number: int) -> None:
    name = f"{stem}.jpg"
    assert number_of(part_name(name, number), name) == number
    assert number_of(f"{stem}-x.jpg", name) is None


def test_parts_keep_their_numbers_where_a_cluster_renames_files() -> None:
    order = Order("a.mp4", {"still": "a.jpg"}, Job("a.mp4"), {"still": (".jpg",)}, {"still": "."})
    outcome = Outcome("/a.mp4", "done", files=("/a-1.jpg", "/a-2.jpg"))
    renamed = outcome.renamed(order, lambda name: f"/{name}")
    assert renamed.files == ("a-1.jpg", "a-2.jpg")
