"""Pictures as the video: a folder or a pattern of them, in the order of their numbers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from conftest import (
    Picture,
    ffmpeg,
    gif_frames,
    names,
    number,
    numbered,
    numbers,
    quarters,
    rollscan,
)
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError, RollingClip, SourceError, make, still
from rollscan.options import is_many
from rollscan.video.opening import open_video
from rollscan.video.probe import probe_of
from rollscan.video.sequence import (
    PictureSequence,
    in_natural_order,
    is_sequence,
    numbered_name,
    pattern_of,
)
from rollscan.video.source import Video

SIZE = (16, 12)

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Saves pictures in a new folder `frames`, by default numbered ones as 1.png, 2.png, …"""

    def saved(
        pictures: Iterable[object] | int = 12, name: str = "{}.png", **options: object
    ) -> Path:
        folder = tmp_path / "frames"
        folder.mkdir(exist_ok=True)
        if isinstance(pictures, int):
            pictures = numbered(pictures, SIZE)
        for k, picture in enumerate(pictures, 1):
            image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
            image.save(folder / name.format(k), **options)
        return folder

    return saved


def opened(path: Path | str, *part: float, source_fps: float | None = None, **how: object) -> Video:
    return open_video(probe_of(path, *part, source_fps=source_fps).facts(), **how)


def shown(path: Path | str, *part: float, **how: object) -> list[Picture]:
    with opened(path, *part, **how) as video:
        return list(video)


def test_a_folder_is_read_in_the_order_of_its_numbers_and_not_of_letters(save: Save) -> None:
    assert [number(each) for each in shown(save())] == list(range(12))


@pytest.mark.parametrize("pattern", ["%d.png", "*.png", "?*.png", "[0-9]*.png"])
def test_a_pattern_is_read_in_the_order_of_its_numbers(save: Save, pattern: str) -> None:
    assert [number(each) for each in shown(save() / pattern)] == list(range(12))


@given(st.lists(st.integers(0, 10**6), unique=True))
def test_natural_order_is_the_order_of_the_numbers(found: list[int]) -> None:
    files = in_natural_order(Path(f"a{each}b.png") for each in found)
    assert files == [Path(f"a{each}b.png") for each in sorted(found)]


@given(st.integers(0, 10**7), st.integers(0, 9))
def test_a_name_that_a_pattern_makes_is_one_that_it_matches(count: int, width: int) -> None:
    name = f"a%%b.%0{width}d.png" if width else "a%%b.%d.png"
    found = pattern_of(name)
    assert found
    match = found.fullmatch(numbered_name(name, count))
    assert match and int(match[1]) == count
    assert numbered_name(name, count) == name % count


@pytest.mark.parametrize(
    ("orientation", "turned"),
    [(1, 0), (3, 2), (6, 3), (8, 1)],
)
@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
def test_a_picture_that_a_camera_took_on_its_side_stands_upright(
    save: Save, orientation: int, turned: int, ending: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = np.kron(quarters((2, 2)), np.ones((16, 24, 1), np.uint8))
    folder = save([picture] * 2, "{}." + ending, exif=exif)
    upright = np.rot90(picture, turned)
    for frame in shown(folder):
        assert frame.shape == upright.shape
        assert np.abs(frame.astype(int) - upright).mean() < 12


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_grey_of_16_bits_is_rounded_to_8(save: Save, ending: str) -> None:
    levels = np.linspace(0, 65_535, 16 * 12).astype(np.uint16).reshape(12, 16)
    (frame,) = shown(save([levels], "{}." + ending) / f"*.{ending}")
    assert (frame == np.rint(levels / 257).astype(np.uint8)[..., None]).all()


def test_colours_of_16_bits_keep_their_brightness(tmp_path: Path) -> None:
    levels = np.random.default_rng(0).integers(0, 65_536, (12, 16, 3), np.uint16)
    raw = tmp_path / "levels.rgb"
    raw.write_bytes(levels.tobytes())
    for ending in ("png", "tiff"):
        form = ("-f", "rawvideo", "-pix_fmt", "rgb48le", "-s", "16x12")
        ffmpeg(*form, "-i", raw, "-update", "1", tmp_path / f"deep1.{ending}")
        (frame,) = shown(tmp_path / f"deep%d.{ending}")
        assert np.abs(frame - levels / 257).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA", "RGBA", "PA"])
def test_pictures_of_every_mode_are_read(save: Save, mode: str) -> None:
    grey = Image.fromarray(np.kron([[0, 255], [255, 0]], np.ones((8, 8))).astype(np.uint8))
    ending = "tif" if mode == "CMYK" else "png"
    image = grey.convert("LA").convert("PA") if mode == "PA" else grey.convert(mode)
    if mode == "PA":
        image = image.convert("RGBA").quantize()
    (frame,) = shown(save([image], "{}." + ending) / f"*.{ending}")
    assert (frame == np.array(grey)[..., None]).all()


@pytest.mark.parametrize("mode", ["F", "I"])
def test_levels_of_32_bits_are_refused_by_name(save: Save, mode: str) -> None:
    folder = save([Image.new(mode, SIZE)], "{}.tif")
    with pytest.raises(SourceError, match=r"1\.tif has levels of 32 bits"):
        shown(folder / "*.tif")


def test_what_is_transparent_is_black_as_in_videos(save: Save) -> None:
    clear = np.full((12, 16, 4), 200, np.uint8)
    clear[..., 3] = 0
    clear[:6, :, 3] = 255
    (frame,) = shown(save([clear]) / "*.png")
    assert (frame[:6] == 200).all()
    assert (frame[6:] == 0).all()


def test_a_part_reads_only_its_own_pictures(save: Save) -> None:
    folder = save()
    for k in (1, 2, 3, 9):
        (folder / f"{k}.png").write_bytes(b"no picture")
    frames = shown(folder, 3 / 10, 8 / 10, source_fps=10)
    assert [number(each) for each in frames] == [3, 4, 5, 6, 7]


def test_the_rate_is_25_a_second_or_what_is_asked_for(save: Save) -> None:
    folder = save()
    assert opened(folder).rate == 25
    assert opened(folder, source_fps=0.5).rate == 0.5
    assert len(opened(folder, 0, 4, source_fps=2.5)) == 10
    assert "12 pictures at 25 a second" in rollscan(folder, "--still", folder.parent / "a.png").out


def test_a_crop_and_a_size_are_those_of_a_video(save: Save) -> None:
    folder = save([np.kron(quarters((2, 2)), np.ones((32, 32, 1), np.uint8))] * 2)
    frames = shown(folder, crop=(0.5, 0, 0.5, 0.5), width=8)
    assert frames[0].shape == (8, 8, 3)
    assert np.abs(frames[0] - [0.0, 255, 0]).mean() < 8


def test_the_first_picture_of_another_size_is_named(save: Save) -> None:
    folder = save()
    Image.new("RGB", (5, 5)).save(folder / "7.png")
    Image.new("RGB", (6, 5)).save(folder / "9.png")
    with pytest.raises(SourceError, match=r"7\.png is 5x5 pixels, and .*1\.png is 16x12"):
        opened(folder)


def test_a_damaged_picture_is_named_and_nothing_is_written(save: Save, tmp_path: Path) -> None:
    folder = save(np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), np.uint8))
    whole = (folder / "4.png").read_bytes()
    (folder / "4.png").write_bytes(whole[: len(whole) // 2])
    ran = rollscan(folder, "--gif", tmp_path / "a.gif")
    assert ran.status == 1
    assert "4.png cannot be read" in ran.err
    assert not (tmp_path / "a.gif").exists()


def test_a_picture_that_is_none_is_named(save: Save) -> None:
    folder = save(3)
    (folder / "2.png").write_text("%!PS-Adobe")
    with pytest.raises(SourceError, match=r"2\.png is no picture"):
        opened(folder)


def test_a_number_that_is_missing_of_a_numbered_pattern_is_named(save: Save) -> None:
    folder = save(5)
    (folder / "3.png").unlink()
    with pytest.raises(SourceError, match=r"3\.png is missing, and 4\.png is there: .*\*\.png"):
        opened(folder / "%d.png")
    assert len(opened(folder / "*.png")) == 4
    assert probe_of(folder).facts().note.endswith("missing between 2.png and 4.png")


def test_every_tenth_number_is_no_gap(save: Save) -> None:
    assert "missing" not in probe_of(save(4, "{}0.png")).facts().note


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"a.jpg": 2, "b.png": 2}, r"\.jpg and \.png pictures: .*\*\.jpg"),
        ({}, "is a directory"),
    ],
)
def test_a_folder_that_is_no_video_says_why(
    tmp_path: Path, given: dict[str, int], why: str
) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name in given:
        Image.new("RGB", SIZE).save(folder / name)
    with pytest.raises(SourceError, match=why):
        opened(folder)


def test_jpg_and_jpeg_are_one_kind(save: Save) -> None:
    save(2, "{}.jpg")
    assert len(opened(save(2, "1{}.JPEG"))) == 4


def test_a_link_out_of_the_folder_is_left_out_and_so_are_hidden_pictures(
    save: Save, tmp_path: Path
) -> None:
    folder = save(3)
    Image.new("RGB", SIZE).save(tmp_path / "secret.png")
    (folder / "0.png").symlink_to(tmp_path / "secret.png")
    (folder / "._1.png").write_text("of a Mac")
    assert [number(each) for each in shown(folder)] == [0, 1, 2]


def descriptors() -> int:
    """How many files this process has open, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_no_number_of_pictures_opens_more_of_them_at_once(
    save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROLLSCAN_THREADS", "2")
    with opened(save(30)) as video:
        frames = video.frames()
        before = descriptors()
        for _ in range(10):
            next(frames)
        assert descriptors() <= before + 4
        frames.close()


def test_steadied_pictures_are_those_of_a_video(save: Save) -> None:
    rng = np.random.default_rng(0)
    scene = np.kron(rng.integers(0, 256, (12, 12, 3), np.uint8), np.ones((10, 10, 1), np.uint8))
    shaken = [scene[k % 3 : k % 3 + 96, k % 2 : k % 2 + 96] for k in range(8)]
    with opened(save(shaken), steady=True, deflicker=True) as video:
        frames = list(video)
        assert len(frames) == 8
        assert frames[0].shape == (96, 96, 3)
        assert 0.5 < video.kept < 1


# What an INPUT stands for.


def test_a_folder_that_holds_a_video_stands_for_its_videos(save: Save) -> None:
    folder = save(3)
    assert is_sequence(folder)
    assert not is_many({"input": [str(folder)], "gif": "a.gif"})
    (folder / "clip.mp4").touch()
    assert not is_sequence(folder)
    assert is_many({"input": [str(folder)], "gif": "a.gif"})
    assert is_sequence(folder / "*.png")


@pytest.mark.parametrize("name", ["*.mp4", "*.gif", "https://a.b/*.png", "a.png", "%d%d.png", "\0"])
def test_other_names_stand_for_no_pictures(name: str) -> None:
    assert not is_sequence(name)


def test_a_file_that_is_called_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    (tmp_path / "100%d.png").touch()
    assert not is_sequence(tmp_path / "100%d.png")


@pytest.mark.usefixtures("many_here")
def test_a_folder_of_folders_of_pictures_is_a_batch(save: Save, tmp_path: Path) -> None:
    one = save(4)
    shots = tmp_path / "shots"
    for name in ("take.1", "take.2", ".hidden"):
        shutil.copytree(one, shots / name)
    shutil.copytree(one, shots / "more" / "deep")
    assert rollscan(shots, "--gif", f"{tmp_path}/out/").status == 0
    assert names(tmp_path / "out") == ["take.1.gif", "take.2.gif"]
    again = rollscan(shots, "--gif", f"{tmp_path}/out/", "--resume", "--recursive")
    assert again.out.count("skipped") == 3  # the two, and the line that counts them
    assert names(tmp_path / "out" / "more") == ["deep.gif"]
    os.utime(shots / "take.1" / "2.png", (2**31, 2**31))
    third = rollscan(shots, "--gif", f"{tmp_path}/out/", "--resume")
    assert third.out.count("done: ") == 1


@pytest.mark.usefixtures("many_here")
def test_files_of_a_pattern_are_named_after_what_it_begins_with(save: Save, tmp_path: Path) -> None:
    folder = save(4, "shot_{:04}.png")
    ran = rollscan(folder, folder / "shot_%04d.png", "--gif", tmp_path / "{name}.gif")
    assert ran.status == 0
    assert {"frames.gif", "shot.gif"} <= {*names(tmp_path)}


@pytest.mark.parametrize("name", ["13.png", "a.jpg", "a.mp4"])
def test_no_output_becomes_one_of_the_pictures(save: Save, name: str) -> None:
    folder = save()
    option = "--mp4" if name.endswith("4") else "--still"
    ran = rollscan(folder, option, folder / name)
    assert ran.status == 1
    assert "give another folder" in ran.err
    assert len(names(folder)) == 12
    assert PictureSequence(folder / "%d.png").takes(folder / "13.png")
    assert not PictureSequence(folder / "%d.png").takes(folder / "013.png")
    assert PictureSequence(folder / "%d.png").takes(folder / "%02d.png")
    assert not PictureSequence(folder / "%d.png").takes(folder / "a%d.png")


def test_pictures_that_a_shell_named_one_by_one_are_told_of_patterns(save: Save) -> None:
    folder = save(2)
    ran = rollscan(*sorted(folder.iterdir()), "--gif", folder.parent / "a.gif")
    assert ran.status == 2
    assert "to make one video of the pictures, give their folder" in ran.err


def test_a_rate_of_pictures_is_refused_for_a_file(plain: Path, tmp_path: Path) -> None:
    ran = rollscan(plain, "--gif", tmp_path / "a.gif", "--source-fps", "24")
    assert ran.status == 2
    assert "--source-fps is 24" in ran.err


# From everywhere.


def test_pictures_are_composed_as_the_frames_of_a_video_are(save: Save, tmp_path: Path) -> None:
    folder = save()
    [made] = make(folder, tmp_path / "a.gif", source_fps=10)
    assert made.frames == 12
    assert made.seconds == pytest.approx(1.2)
    last = gif_frames(tmp_path / "a.gif")[-1]
    assert numbers(last)[:, 0].tolist() == [5, 6, 7, 8, 9, 10, 11, 11, 11, 11, 11, 11][:12]
    with RollingClip.open(folder / "*.png", source_fps=10) as clip:
        assert (clip.n_frames, clip.fps) == (12, 10)
        assert (numbers(clip.get_frame(1.1)) == numbers(last)).all()
    with pytest.raises(ArgumentError, match="source_fps"):
        RollingClip.open(folder, source_fps=-1)


def test_a_strip_photograph_is_made_of_pictures(save: Save) -> None:
    strip = still(save(), strip="film")
    assert numbers(strip)[0].tolist() == list(range(12))
