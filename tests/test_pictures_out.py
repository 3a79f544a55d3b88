"""Numbered pictures, and history over nothing: read back by other programs."""

from __future__ import annotations

import base64
import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import FFMPEG, LOSSLESS, MakeVideo, Picture, names, numbered, rollscan
from hypothesis import given
from hypothesis import strategies as st
from moviepy import ColorClip, CompositeVideoClip, VideoClip, VideoFileClip
from PIL import Image
from studio_page import CHROMIUM

from rollscan import ArgumentError, Look, RollingClip, RollScan, make
from rollscan.composing import Listed, composed
from rollscan.deliver import atomic_sequence
from rollscan.deliver.atomic_sequence import AtomicSequence
from rollscan.deliver.output import placed_together, sequence_beside, written_beside
from rollscan.effect import effects
from rollscan.errors import NotReplacedError
from rollscan.gif import kernel, write_gif
from rollscan.loop.loops import Cut
from rollscan.up_to_date import is_complete

SIZE = (16, 12)


@pytest.fixture(scope="module")
def clip(make_video: MakeVideo) -> Path:
    return make_video("twelve.mp4", numbered(12, SIZE), *LOSSLESS)


def opened(file: Path) -> npt.NDArray[np.uint8]:
    with Image.open(file) as image:
        return np.array(image)


# Numbered pictures.


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "tiff"])
def test_each_frame_is_a_picture_with_its_number(clip: Path, tmp_path: Path, ending: str) -> None:
    ran = rollscan(clip, "--frames", tmp_path / "new" / f"a%03d.{ending}")
    assert ran.status == 0
    assert names(tmp_path / "new") == [f"a{k:03}.{ending}" for k in range(1, 13)]
    assert names(tmp_path) == ["new"]
    last = opened(tmp_path / "new" / f"a012.{ending}")
    assert last.shape == (12, 16, 3)
    assert "12 frames, 0.48 s" in ran.out
    assert Look.of(tmp_path / "new" / f"a003.{ending}") == Look()


def test_a_tiff_that_was_cut_is_not_whole(clip: Path, tmp_path: Path) -> None:
    make(clip, tmp_path / "%d.tiff", end=0.04)
    file = tmp_path / "1.tiff"
    whole = file.read_bytes()
    assert is_complete(file)
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        assert not is_complete(file)


def test_numbered_pictures_are_read_by_ffmpeg_and_by_rollscan(clip: Path, tmp_path: Path) -> None:
    make(clip, tmp_path / "a" / "%04d.png", effect="displace", depth=0.04)
    read = subprocess.run(
        [FFMPEG, "-v", "error", "-i", tmp_path / "a" / "%04d.png", "-f", "framemd5", "-"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert sum(not line.startswith("#") for line in read.stdout.splitlines()) == 12
    assert make(tmp_path / "a", tmp_path / "a.gif")[0].frames == 12


def test_a_shorter_sequence_leaves_nothing_of_a_longer_one(clip: Path, tmp_path: Path) -> None:
    pattern = tmp_path / "%d.png"
    (tmp_path / "01.png").touch()  # which the pattern does not stand for
    (tmp_path / "notes.txt").touch()
    assert rollscan(clip, "--frames", pattern).status == 0
    assert rollscan(clip, "--frames", pattern, "--end", "0.12").status == 0
    assert names(tmp_path) == ["01.png", "1.png", "2.png", "3.png", "notes.txt"]


def test_pictures_of_another_program_are_not_replaced(clip: Path, tmp_path: Path) -> None:
    Image.new("RGB", SIZE).save(tmp_path / "7.png")
    ran = rollscan(clip, "--frames", tmp_path / "%d.png")
    assert ran.status == 1
    assert "7.png is there already, and is no picture of rollscan's" in ran.err
    assert names(tmp_path) == ["7.png"]


def written(target: Path, *numbers: int) -> None:
    """Write new pictures of these numbers to a pattern."""
    with sequence_beside(target) as folder:
        for each in numbers:
            (folder / f"{each}.png").write_text("new")


def found(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir() if each.is_file()}


OLD = {"1.png": "old", "9.png": "old too"}


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A folder with an earlier sequence."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for name, text in OLD.items():
        (folder / name).write_text(text)
    return folder


def test_pictures_appear_together_with_the_other_files_of_a_job(shots: Path) -> None:
    with placed_together():
        written(shots / "%d.png", 1, 2)
        with written_beside(shots / "a.txt") as file:
            file.write_text("a")
        assert {name: text for name, text in found(shots).items() if name in OLD} == OLD
    assert found(shots) == {"1.png": "new", "2.png": "new", "a.txt": "a"}


def test_an_error_while_pictures_are_written_leaves_the_earlier_ones(shots: Path) -> None:
    with pytest.raises(ZeroDivisionError), sequence_beside(shots / "%d.png") as folder:
        (folder / "1.png").write_text("new")
        1 / 0  # noqa: B018
    assert found(shots) == OLD


def test_an_error_while_pictures_are_moved_puts_the_earlier_ones_back(
    shots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shots / "3.png").write_text("old three")
    before = found(shots)

    def fail_at_third(source: Path, target: Path) -> None:
        if target == shots / "3.png" and source.read_text(encoding="utf-8") == "new":
            raise OSError(5, "broken", str(target))
        source.replace(target)

    monkeypatch.setattr(atomic_sequence, "replace_file", fail_at_third)
    with pytest.raises(NotReplacedError, match="shots-new"):
        written(shots / "%d.png", 1, 2, 3)
    assert found(shots) == before
    kept = found(shots.with_name("shots-new"))
    assert kept == dict.fromkeys(("1.png", "2.png", "3.png"), "new")


def test_a_folder_that_was_made_for_pictures_goes_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(source: Path, target: Path) -> None:
        raise OSError(5, "broken", str(target))

    monkeypatch.setattr(atomic_sequence, "replace_file", fail)
    with pytest.raises(NotReplacedError):
        written(tmp_path / "new" / "%d.png", 1)
    assert names(tmp_path) == ["new-new"]


def test_what_a_killed_program_left_is_removed_by_the_next_one(shots: Path) -> None:
    left = AtomicSequence(shots / "%d.png")
    running = AtomicSequence(shots / "%d.png")
    os.close(left._lock)  # as the end of its program does
    left._lock = -1
    for each in (left, running):
        os.utime(each.path.parent, (0, 0))
    written(shots / "%d.png", 1)
    assert running.path.is_dir()
    assert not left.path.exists()
    running.close()
    assert names(shots) == ["1.png"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--frames", "a.png"], "no place for the number: give a name as out/%04d.png"),
        (["--frames", "a%d.gif"], "ends in '.gif'"),
        (
            ["--frames", "a%d.png", "--max-size", "1MB"],
            "--max-size is 1000000, which has no effect",
        ),
        (["--frames", "a%d.png", "--for", "discord"], "discord takes gif: add --gif"),
        (["--frames", "no/where/a%d.png"], "there is no folder"),
        (["--prores", "a.mp4"], "give a name in .mov, or say --mp4 a.mp4"),
        (["--prores", "a.mov", "--for", "reels"], "takes mp4: add --mp4"),
        (["--gif", "a.mov"], "give a name in .gif, or say --prores a.mov"),
        (["--frames", "s3://a/b/"], "folders of this machine only"),
        (["--ui", "--frames", "a%d.png"], "which hands out single files"),
    ],
)
def test_what_pictures_and_prores_cannot_do_is_said(
    clip: Path, tmp_path: Path, options: list[str], why: str
) -> None:
    ran = rollscan(clip, *options, cwd=tmp_path)
    assert ran.status in (1, 2)
    assert why in ran.err
    assert names(tmp_path) == []


@pytest.mark.usefixtures("many_here")
def test_a_batch_makes_a_folder_of_pictures_for_each_clip(clip: Path, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(clip.read_bytes())
    line = (tmp_path, "--frames", f"{tmp_path}/out/", "--resume")
    assert rollscan(*line).out.count("done: ") == 2
    assert names(tmp_path / "out") == ["a", "b"]
    assert len(names(tmp_path / "out" / "b")) == 12
    assert rollscan(*line).out.count("skipped: ") == 2
    (tmp_path / "out" / "b" / "0003.png").write_bytes(b"\x89PNG")
    again = rollscan(*line)
    assert again.out.count("skipped: ") == 1
    assert "0003.png is there already, and is no picture" in again.err


# History over nothing.


def pairs(name: str, **settings: object) -> Iterator[tuple[int, Picture, Picture]]:
    """The number of each frame, the composed frame, and its alpha."""
    effect = effects()[name](**settings)
    frames = [np.full((12, 16, 3), k, np.uint8) for k in range(40)]
    made = composed(Listed(frames), effect, Cut(), 10, background="none")
    assert made.alpha
    for k, (picture, alpha) in enumerate(zip(made.composer, made.alpha, strict=True)):
        yield k, picture, alpha


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("roll", {}),
        ("roll", {"direction": "left", "slit_width": 2, "slit": "0.2:0.8"}),
        ("displace", {"map": "up", "depth": 1}),
        ("scan", {"sweep": 2}),
        ("stargate", {"fog": 0}),
        ("bloom", {}),
        ("clock", {}),
        ("kaleido", {}),
        ("tiles", {}),
    ],
)
def test_what_is_opaque_is_what_comes_from_earlier_frames(
    name: str, settings: dict[str, object]
) -> None:
    some = 0
    for k, picture, alpha in pairs(name, **settings):
        assert (alpha == (picture[..., 0] != k)).all()
        some += int(alpha.sum())
    assert some > 0


def test_a_feather_makes_a_soft_edge_of_history_alone() -> None:
    *_, (k, picture, alpha) = pairs("roll", slit=0.5, feather=3)
    assert alpha[:, 0].tolist() == [1, 1, 1, 0.75, 0.5, 0.25, *[0] * 6]
    assert picture[:6, 0, 0].tolist() == [k - 6, k - 5, k - 4, k - 3, k - 2, k - 1]


def test_a_hole_is_the_other_way_about(clip: Path) -> None:
    with (
        RollingClip.open(clip, background="none", loop="boomerang") as over,
        RollingClip.open(clip, background="hole", loop="boomerang") as under,
    ):
        for t in (0, 0.2, 0.5):
            assert (over.mask.get_frame(t) + under.mask.get_frame(t) == 1).all()


def test_a_still_area_and_a_drawn_line_are_told_apart(clip: Path) -> None:
    look = Look(effect="scan", line="red", still_area=(0, 0.5, 1, 0.5), background="none")
    with RollingClip.open(clip, look=look) as made:
        alpha = made.mask.get_frame(0.2)
    assert (alpha[:4] == 1).all()
    assert (alpha[7:] == 0).all()


def test_where_no_picture_is_live_nothing_can_be_transparent(clip: Path) -> None:
    with pytest.raises(ArgumentError, match="no picture is live"):
        RollingClip.open(clip, background="none", direction="out")


def alphas(file: Path, *decoder: str) -> Picture:
    """The alpha of each frame of a video, as ffmpeg decodes it: (T, H, W)."""
    line = [FFMPEG, "-v", "error", *decoder, "-i", file, "-vf", "alphaextract,format=gray"]
    read = subprocess.run(
        [*line, "-f", "rawvideo", "pipe:1"], capture_output=True, check=True
    ).stdout
    return np.frombuffer(read, np.uint8).reshape(-1, 12, 16)


@pytest.fixture(scope="module")
def transparent(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same composition in every format that can be transparent."""
    folder = tmp_path_factory.mktemp("transparent")
    files = [f"a.{ending}" for ending in ("gif", "webm", "mov", "webp", "avif", "apng")]
    poster = folder / "poster.png"
    make(
        *(clip, *(folder / name for name in files), folder / "%02d.png"),
        poster=poster,
        background="none",
        slit=0.5,
        feather=3,
        loop="boomerang",
    )
    return folder


EXPECTED = np.array([255, 255, 255, 191, 128, 64, *[0] * 6])  # rows, from the top


@pytest.mark.parametrize(
    ("name", "decoder", "near"), [("a.webm", ("-c:v", "libvpx-vp9"), 12), ("a.mov", (), 2)]
)
def test_ffmpeg_finds_the_alpha_of_a_video(
    transparent: Path, name: str, decoder: tuple[str, ...], near: int
) -> None:
    found = alphas(transparent / name, *decoder).astype(int)
    assert len(found) == 22
    assert np.abs(found - EXPECTED[:, None]).max() <= near


@pytest.mark.parametrize(("name", "near"), [("a.webp", 2), ("a.avif", 12), ("a.apng", 1)])
def test_pillow_finds_the_alpha_of_a_picture_that_moves(
    transparent: Path, name: str, near: int
) -> None:
    with Image.open(transparent / name) as image:
        assert image.n_frames == 22
        assert image.info.get("loop", 0) == 0  # Pillow does not tell that of an AVIF
        for k in range(22):
            image.seek(k)
            alpha = np.array(image.convert("RGBA"))[..., 3].astype(int)
            assert np.abs(alpha - EXPECTED[:, None]).max() <= near
            assert image.info["duration"] == pytest.approx(40, abs=1)


def test_a_gif_has_dots_where_history_is_half_transparent(transparent: Path) -> None:
    with Image.open(transparent / "a.gif") as image:
        assert (image.n_frames, image.info["loop"]) == (22, 0)
        for k in range(22):
            image.seek(k)
            alpha = np.array(image.convert("RGBA"))[..., 3]
            assert set(np.unique(alpha)) == {0, 255}
            assert alpha.mean(axis=1) == pytest.approx(EXPECTED, abs=64)
            assert (alpha[:3] == 255).all()
            assert (alpha[6:] == 0).all()
            assert image.info["duration"] == 40


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 255), st.booleans())
def test_a_gif_with_alpha_shows_each_frame_alone(
    width: int, height: int, level: int, compiled: bool
) -> None:
    rng = np.random.default_rng(level)
    frames = [rng.integers(0, 256, (height, width, 4), np.uint8) for _ in range(3)]
    for frame in frames:
        frame[..., 3] = np.where(frame[..., 3] > level, 255, 0)
        frame[..., :3] //= 128
        frame[..., :3] *= 255
    file = io.BytesIO()
    found_kernel = kernel.find() if compiled else kernel.Found(None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "find", lambda: found_kernel)
        write_gif(file, frames, [5, 70_000, 5], quality=100)
    with Image.open(file) as image:
        shown = []
        for k in range(image.n_frames):
            image.seek(k)
            shown.append(np.array(image.convert("RGBA")))
    assert len(shown) == 4  # the long one twice
    for found, frame in zip(shown, [frames[0], frames[1], frames[1], frames[2]], strict=True):
        assert (found[..., 3] == frame[..., 3]).all()
        opaque = frame[..., 3] > 0
        assert (found[opaque] == frame[opaque]).all()


CLEAR = """
async (given) => {
  const bytes = await (await fetch(given)).blob();
  const about = { src: URL.createObjectURL(bytes) };
  const isVideo = given.startsWith("data:video");
  const element = Object.assign(document.createElement(isVideo ? "video" : "img"), about);
  if (isVideo) {
    element.muted = true;
    await element.play();
    await new Promise(on => element.requestVideoFrameCallback(on));
  } else await element.decode();
  const canvas = new OffscreenCanvas(16, 12).getContext("2d");
  canvas.drawImage(element, 0, 0);
  return [...canvas.getImageData(3, 0, 1, 12).data].filter((_, k) => k % 4 == 3);
}
"""


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium: apt-get install chromium")
def test_chromium_finds_the_alpha(transparent: Path, browser: Any) -> None:
    page = browser.new_page()
    for name, kind in (
        *(("a.webm", "video/webm"), ("a.webp", "image/webp")),
        *(("a.avif", "image/avif"), ("a.apng", "image/apng")),
    ):
        data = base64.b64encode((transparent / name).read_bytes()).decode()
        found = page.evaluate(CLEAR, f"data:{kind};base64,{data}")
        assert np.abs(np.array(found) - EXPECTED).max() <= 12, name
    page.close()


def test_numbered_pictures_and_the_poster_have_the_alpha(transparent: Path) -> None:
    for name in ("01.png", "22.png", "poster.png"):
        picture = opened(transparent / name)
        assert (picture[..., 3] == EXPECTED[:, None]).all()
        assert (picture[6:] == 0).all()  # so that nothing is hidden under what is transparent


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of MoviePy's pipe
def test_moviepy_opens_prores_with_its_mask_and_lays_it_over_a_colour(transparent: Path) -> None:
    with VideoFileClip(str(transparent / "a.mov"), has_mask=True) as read:
        assert read.mask.get_frame(0.2)[:, 3] == pytest.approx(EXPECTED / 255, abs=0.02)
        red = ColorClip((16, 12), (255, 0, 0)).with_duration(read.duration)
        shown = CompositeVideoClip([red, read]).get_frame(0.2)
        assert (shown[7:] == (255, 0, 0)).all()
        assert (shown[:2, :, 2] > 100).all()


def test_what_the_effect_makes_of_a_clip_lies_over_others_by_its_mask() -> None:
    frames = numbered(12, SIZE)
    with VideoClip(lambda t: frames[min(int(t * 25 + 1e-6), 11)], duration=0.48) as plain:
        plain.fps = 25
        half = ColorClip((16, 12), 0.5, is_mask=True).with_duration(plain.duration).with_fps(25)
        rolling = plain.with_effects([RollScan(background="none", loop="boomerang")])
        both = plain.with_mask(half).with_effects([RollScan(background="none", loop="boomerang")])
        assert set(np.unique(rolling.mask.get_frame(0.3))) == {0, 1}
        assert set(np.unique(both.mask.get_frame(0.3))) == {0, 0.5}
        assert both.mask.is_mask
        cut = rolling.subclipped(0.1, 0.3)
        assert cut.mask.get_frame(0) == pytest.approx(rolling.mask.get_frame(0.1))
        rolling.close()
        both.close()


@pytest.mark.parametrize(
    "options",
    [
        ["--mp4", "a.mp4"],
        ["--webm", "a.webm", "--poster", "a.jpg"],
        ["--frames", "%d.jpg"],
        ["--looks", "a.png"],
        ["--for", "reels", "--gif", "a.gif"],
    ],
)
def test_formats_that_cannot_be_transparent_name_those_that_can(
    clip: Path, tmp_path: Path, options: list[str]
) -> None:
    ran = rollscan(clip, *options, "--background", "none", cwd=tmp_path)
    assert ran.status == 2
    able = "--gif, --webm, --webp, --avif, --apng, --prores or --frames"
    what = "MP4" if {"--for", "--mp4"} & {*options} else options[-1]
    assert f"{what} cannot be transparent: write {able}" in ran.err


def test_prores_has_sound_its_recipe_and_the_rate_of_its_source(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    sound = ("-f", "lavfi", "-t", "1", "-i", "sine")
    source = make_video("loud.mov", numbered(60, SIZE), *LOSSLESS, rate=60, before=sound)
    [made] = make(source, tmp_path / "a.mov", sound=True, slit=0.3)
    assert (made.frames, made.seconds, made.sound) == (30, 1, True)
    assert Look.of(tmp_path / "a.mov").slit == 0.3
    with pytest.raises(subprocess.CalledProcessError):  # as all of it is opaque
        alphas(tmp_path / "a.mov")
