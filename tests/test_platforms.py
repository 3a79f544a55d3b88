"""What each place takes: its table, sizes that keep the limits, files that keep and break them."""

from __future__ import annotations

import dataclasses
import math
import re
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeVideo, Picture, encode, numbered
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError
from rollscan.deliver.geometry import Fitted, fitted_size, has_shape
from rollscan.deliver.listing import table
from rollscan.deliver.platforms import Platform, load, resolved
from rollscan.deliver.validate import check
from rollscan.errors import SourceError

BUILT_IN = load()
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart")
VP9 = ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-pix_fmt", "yuv420p")


def own_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "own.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Reading and listing.


@pytest.mark.parametrize("platform", BUILT_IN.values(), ids=list(BUILT_IN))
def test_a_limit_comes_with_its_page_its_date_and_how_sure_it_is(platform: Platform) -> None:
    assert platform.max_bytes
    assert re.fullmatch(r"https://\S+", platform.source)
    assert re.fullmatch(r"20\d\d-\d\d", platform.date)
    assert platform.sure


def test_bytes_are_binary_only_where_the_source_says_so() -> None:
    limits = {name: platform.max_bytes for name, platform in BUILT_IN.items()}
    assert limits["discord"] == 10 * 1024**2
    assert limits["discord-emoji"] == 256 * 1024
    assert limits["slack-emoji"] == 128_000
    assert limits["github"] == 10_000_000


def test_the_table_names_every_target_within_80_columns_and_whole_addresses() -> None:
    own = Platform("a-name-much-longer-than-any-other", "gif", 2_000, source="x" * 200)
    lines = table(BUILT_IN | {own.name: own}).splitlines()
    addresses = [platform.source for platform in (*BUILT_IN.values(), own)]
    assert [line.strip() for line in lines if line.strip() in addresses] == addresses
    assert max(len(line) for line in lines if line.strip() not in addresses) <= 80
    assert {line.split()[0] for line in lines if line[:1].strip()} >= set(BUILT_IN)
    (emoji,) = (line for line in lines if line.startswith("slack-emoji  "))
    assert re.split(r"\s{2,}", emoji) == [
        *("slack-emoji", "gif", "128 KB", "up to 128x128", "square, 50 frames")
    ]


def test_the_table_marks_a_limit_that_is_less_sure() -> None:
    lines = table({"giphy": BUILT_IN["giphy"]}).splitlines()
    assert re.split(r"\s{2,}", lines[2]) == ["giphy", "gif", "100 MB", "15 s?"]
    assert "giphy: 2026-11, high, but for what has a ?" in lines
    everywhere = dataclasses.replace(BUILT_IN["instagram-feed"], unsure=("min_fps", "max_fps"))
    assert "23? to 60 fps?" in " ".join(table({"feed": everywhere}).split())


@pytest.mark.parametrize(
    "n_bytes, shown",
    [
        *((1, "1 B"), (999, "999 B"), (1000, "1 KB"), (262_144, "262 KB"), (999_499, "999 KB")),
        *((999_500, "1 MB"), (10_485_760, "10.5 MB"), (4_700_000_000, "4.7 GB")),
    ],
)
def test_the_table_shows_bytes_to_three_digits(n_bytes: int, shown: str) -> None:
    own = table({"own": Platform("own", "gif", n_bytes)})
    assert re.split(r"\s{2,}", own.splitlines()[2]) == ["own", "gif", shown]


def test_an_own_file_adds_a_target(tmp_path: Path) -> None:
    path = own_file(tmp_path, '[blog]\nformat = "webp"\nmax_seconds = 4\nmax_fps = 12.5\n')
    expected = Platform("blog", "webp", max_seconds=4, max_fps=12.5, source=str(path))
    assert load(path) == BUILT_IN | {"blog": expected}


def test_an_own_file_changes_a_single_field(tmp_path: Path) -> None:
    path = own_file(tmp_path, "[discord-emoji]\nmax_bytes = 1000\n")
    expected = dataclasses.replace(BUILT_IN["discord-emoji"], max_bytes=1000)
    assert load(path) == BUILT_IN | {"discord-emoji": expected}


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("[x\n", "own.toml is not valid TOML, .*line 1.*: correct it there"),
        (b"\xff", "own.toml is not valid TOML, .*utf-8.*: correct it there"),
        ("max_bytes = 5\n", r"own.toml: max_bytes stands outside .*: put it under a \[target\]"),
        ("['../a']\n", "own.toml, target '../a': name it with letters, digits, - and _ only"),
        ("[x]\nbytes = 5\n", "own.toml, target x: no field 'bytes', give one of .*max_bytes"),
        ("[x]\nname = 'y'\n", "own.toml, target x: no field 'name', give one of format"),
        ("[x]\nmax_bytes = '5'\n", "target x: max_bytes is '5', give a whole number over 0"),
        ("[x]\nmax_bytes = -5\n", "target x: max_bytes is -5, give a whole number over 0"),
        ("[x]\nmax_bytes = 0\n", "target x: max_bytes is 0, give a whole number over 0"),
        ("[x]\nmax_frames = 1.5\n", "target x: max_frames is 1.5, give a whole number over 0"),
        ("[x]\nmax_frames = true\n", "target x: max_frames is True, give a whole number over 0"),
        ("[x]\nmax_seconds = -1.0\n", "target x: max_seconds is -1.0, give a number over 0"),
        ("[x]\nmax_fps = inf\n", "target x: max_fps is inf, give a number over 0"),
        ("[x]\nmin_delay = nan\n", "target x: min_delay is nan, give a number over 0"),
        ("[x]\nformat = 'avi'\n", 'format is \'avi\', give one of "gif", "mp4", "webm", "webp"'),
        ("[x]\nformat = ['gif']\n", "target x: format is .*, give one of"),
        ("[x]\nshape = 'round'\n", "target x: shape is 'round', give \"square\", a shape such as"),
        ("[x]\nshape = '4:0'\n", "target x: shape is '4:0', give \"square\", a shape such as"),
        ("[x]\nshape = '4:5:6'\n", "target x: shape is '4:5:6', give \"square\", a shape such"),
        ("[x]\nshape = '2:1 to 1:2'\n", "target x: shape is '2:1 to 1:2', give .* from narrow to"),
        ("[x]\nplace = 'a b'\n", "target x: place is 'a b', give letters, digits, - and _ only"),
        ("[x]\naliases = 'y'\n", "target x: aliases is 'y', give names of letters, .* in brackets"),
        ("[x]\naliases = ['a/b']\n", r"target x: aliases is \['a/b'\], give names of letters"),
        ("[x]\nunsure = ['bytes']\n", r"target x: unsure is \['bytes'\], give names of limits in"),
        (
            "[x]\nmin_seconds = 9\nmax_seconds = 8\n",
            "x: min_seconds is over max_seconds, give less",
        ),
        ("[giphy]\nmin_seconds = 16\n", "giphy: min_seconds is over max_seconds, give less"),
        ("[x]\nsource = 7\n", "target x: source is 7, give text in quotes"),
        ("[blog]\nmax_bytes = 5\n", 'target blog: format is missing, give one of "gif"'),
        ("[x]\nwidth = 5\n", "target x: width and height go together, give both"),
    ],
)
def test_what_is_wrong_in_an_own_file_is_said_in_one_line(
    tmp_path: Path, text: str | bytes, complaint: str
) -> None:
    with pytest.raises(ArgumentError, match=complaint) as raised:
        load(own_file(tmp_path, text))
    assert str(raised.value).startswith(str(tmp_path))
    assert "\n" not in str(raised.value)


def test_an_own_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"a\.toml cannot be read, No such.*: check the name"):
        load(tmp_path / "a.toml")


# Names.


@pytest.mark.parametrize(
    "name, found",
    [
        ("x", ["x", "x-video"]),
        ("Twitter", ["x", "x-video"]),
        ("x-video", ["x-video"]),
        ("X-GIF", ["x", "x-video"]),
        ("twitter-video", ["x-video"]),
        (" reels ", ["instagram-reels"]),
        ("Shorts", ["youtube-shorts"]),
        ("Discord", ["discord", "discord-video"]),
        ("mastodon", ["mastodon", "mastodon-video"]),
        ("reddit", ["reddit", "reddit-video"]),
        ("slack-emoji", ["slack-emoji"]),
    ],
)
def test_a_place_goes_by_several_names(name: str, found: list[str]) -> None:
    assert [platform.name for platform in resolved(name, BUILT_IN)] == found


@pytest.mark.parametrize(
    ("name", "meant"), [("", ""), (" ", ""), ("nowhere", ""), ("x video", "did you mean x-video")]
)
def test_another_name_is_said(name: str, meant: str) -> None:
    said = rf"names has '{name}': {meant}.*give one of discord, .*shorts"
    with pytest.raises(ArgumentError, match=said):
        resolved(name, BUILT_IN)


def test_no_name_stands_for_two_places() -> None:
    names = [platform.name for platform in BUILT_IN.values()]
    names += [alias for platform in BUILT_IN.values() for alias in platform.aliases]
    assert len(names) == len(set(names))
    assert all(platform.place in BUILT_IN for platform in BUILT_IN.values() if platform.place)


def test_an_own_target_comes_before_a_name_that_others_go_by(tmp_path: Path) -> None:
    text = '[Reels]\nformat = "gif"\n[Reels-2]\nformat = "mp4"\nplace = "Reels"\n'
    known = load(own_file(tmp_path, text))
    assert [platform.name for platform in resolved("reels", known)] == ["Reels", "Reels-2"]


def test_an_own_place_needs_no_target_of_its_name(tmp_path: Path) -> None:
    text = '[a-gif]\nformat = "gif"\nplace = "a"\n[a-mp4]\nformat = "mp4"\nplace = "a"\n'
    known = load(own_file(tmp_path, text))
    assert [platform.name for platform in resolved("A", known)] == ["a-gif", "a-mp4"]


# Sizes.

sides = st.integers(2, 2000)
limits = st.none() | st.integers(1, 2500)
platforms = st.builds(
    Platform,
    st.just("anywhere"),
    st.just("gif"),
    max_width=limits,
    max_height=limits,
    shape=st.sampled_from(["", "square"]),
    max_pixels=st.none() | st.integers(1, 10**6),
    max_total_pixels=st.none() | st.integers(400, 10**8),
)
fits = st.sampled_from(["crop", "pad", "blur"])


def is_centred(inner: int, start: int, outer: int) -> bool:
    return start >= 0 and 0 <= outer - inner - 2 * start <= 1


def keeps(platform: Platform, width: int, height: int, n_frames: int) -> bool:
    return (
        width <= (platform.max_width or math.inf)
        and height <= (platform.max_height or math.inf)
        and width * height <= (platform.max_pixels or math.inf)
        and width * height * n_frames <= (platform.max_total_pixels or math.inf)
    )


def is_in_proportion(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether b is a at another scale, with sides rounded to whole pixels."""
    return any(abs(b[i] - b[1 - i] * a[i] / a[1 - i]) <= 1 for i in (0, 1))


def assert_is_centred_and_whole(fitted: Fitted, size: tuple[int, int], fit: str) -> None:
    """Nothing is lost but what is cut, on both sides alike, or empty but what is padded."""
    x, y, *shown = fitted.crop
    for side in (0, 1):
        assert is_centred(shown[side], (x, y)[side], size[side])
        assert is_centred(fitted.scaled[side], fitted.at[side], fitted.size[side])
    if fit == "crop":
        assert fitted.scaled == fitted.size
    else:
        assert tuple(shown) == size
        assert any(fitted.scaled[side] == fitted.size[side] for side in (0, 1))
    assert is_in_proportion((shown[0], shown[1]), fitted.scaled)


@given(st.tuples(sides, sides), platforms, fits, st.integers(1, 400))
def test_a_size_is_the_largest_that_keeps_every_limit(
    size: tuple[int, int], platform: Platform, fit: str, n_frames: int
) -> None:
    fitted = fitted_size(size, platform, fit, n_frames=n_frames)
    assert_is_centred_and_whole(fitted, size, fit)
    assert keeps(platform, *fitted.size, n_frames)
    assert fitted.scaled[0] <= fitted.crop[2] and fitted.scaled[1] <= fitted.crop[3]
    width, height = fitted.size
    if platform.shape == "square":
        assert width == height
        room = min(size) if fit == "crop" else max(size)
        assert width == room or not keeps(platform, width + 1, width + 1, n_frames)
    elif fitted.size != size:
        longer = max(width, height) + 1
        larger = (round(longer * side / max(size)) for side in size)
        assert not keeps(platform, *(max(1, side) for side in larger), n_frames)


VIDEO_SHAPES = {"9:16": (9 / 16, 9 / 16), "4:5 to 1.91:1": (0.8, 1.91), "": (0, math.inf)}
videos = st.builds(
    Platform,
    st.just("anywhere"),
    st.just("mp4"),
    min_width=st.none() | st.integers(2, 400),
    max_width=st.none() | st.integers(800, 2500),
    max_pixels=st.none() | st.integers(10**6, 10**7),
    shape=st.sampled_from(list(VIDEO_SHAPES)),
)
frames = st.tuples(st.integers(100, 2500), st.integers(100, 2500))


def assume_that_a_size_keeps_its_limits(size: tuple[int, int], platform: Platform) -> None:
    """A very narrow picture that is brought to a least width can have too many pixels."""
    width = (platform.min_width or 0) + 2
    too_many = width * (width * size[1] / size[0] + 2) > (platform.max_pixels or math.inf)
    assume(platform.shape or not too_many)


def test_a_video_has_the_even_side_above_an_odd_least_one() -> None:
    platform = Platform("anywhere", "mp4", min_width=257, shape="4:5 to 1.91:1")
    assert fitted_size((100, 100), platform).size == (258, 258)


@given(frames, videos, fits)
def test_a_video_has_even_sides_and_a_shape_that_is_taken(
    size: tuple[int, int], platform: Platform, fit: str
) -> None:
    assume_that_a_size_keeps_its_limits(size, platform)
    fitted = fitted_size(size, platform, fit)
    width, height = fitted.size
    assert width % 2 == height % 2 == 0
    assert keeps(platform, width, height, 1)
    assert width >= (platform.min_width or 2)
    narrowest, widest = VIDEO_SHAPES[platform.shape]
    assert (width + 1) / (height - 1) >= narrowest and (width - 1) / (height + 1) <= widest
    x, y, *shown = fitted.crop
    for side in (0, 1):
        assert is_centred(shown[side], (x, y)[side], size[side])
        assert is_centred(fitted.scaled[side], fitted.at[side], fitted.size[side])
    fits_already = narrowest <= size[0] / size[1] <= widest and platform.shape != "9:16"
    if fits_already or fit == "crop":
        assert fitted.scaled == fitted.size  # no bars
    if fits_already or fit != "crop":
        assert all(size[side] - shown[side] in (0, 1) for side in (0, 1))  # nothing cut
    assert fitted.blur == (fit == "blur" and not fits_already)


def test_the_canvas_is_known_as_it_lies_on_the_picture() -> None:
    """A part 80x40 of the picture at (10, 4), half as large, with bars on every side."""
    fitted = Fitted((10, 4, 80, 40), scaled=(40, 20), at=(3, 5), size=(46, 32))
    assert fitted.frame == (4, -6, 92, 64)
    uneven = Fitted((6, 0, 30, 80), scaled=(60, 20), at=(10, 2), size=(70, 30))
    assert uneven.frame == (1, -8, 35, 120)
    assert Fitted.whole((64, 48)).frame == (0, 0, 64, 48)


@given(frames, videos, fits)
def test_a_video_is_the_largest_that_keeps_every_limit(
    size: tuple[int, int], platform: Platform, fit: str
) -> None:
    assume_that_a_size_keeps_its_limits(size, platform)
    fitted = fitted_size(size, platform, fit)
    width, height = fitted.size
    larger = (width + 4, (width + 4) * height / width)
    beyond = [larger[side] > size[side] for side in (0, 1)]
    enlarged = any(beyond) if fitted.scaled == fitted.size else all(beyond)
    too_large = larger[0] * larger[1] > (platform.max_pixels or math.inf)
    assert enlarged or too_large or larger[0] > (platform.max_width or math.inf)


@given(st.tuples(sides, sides), frames, st.integers(2, 500))
def test_a_narrower_video_keeps_its_sides_even(
    size: tuple[int, int], exact: tuple[int, int], width: int
) -> None:
    platform = Platform("here", "mp4", width=exact[0] * 2, height=exact[1] * 2)
    fitted = fitted_size(size, platform, "blur").narrowed(width)
    assert fitted.size[0] % 2 == fitted.size[1] % 2 == 0
    assert abs(fitted.size[0] - width) <= 1
    for side in (0, 1):
        assert is_centred(fitted.scaled[side], fitted.at[side], fitted.size[side])


@pytest.mark.parametrize(
    "size, shape, taken",
    [
        ((1080, 1350), "4:5 to 16:9", True),
        ((1080, 1352), "4:5 to 16:9", True),  # not a pixel off
        ((1080, 1354), "4:5 to 16:9", False),
        ((1922, 1080), "4:5 to 16:9", True),
        ((1926, 1080), "4:5 to 16:9", False),
        ((64, 64), "square", True),
        ((64, 63), "square", False),
        ((606, 1080), "9:16", True),
        ((600, 1080), "9:16", False),
    ],
)
def test_a_shape_may_be_a_rounding_off(size: tuple[int, int], shape: str, taken: bool) -> None:
    assert has_shape(Platform("here", "mp4", shape=shape), size) == taken


@given(st.tuples(sides, sides), st.tuples(sides, sides), fits)
def test_an_exact_size_is_met_even_by_enlarging(
    size: tuple[int, int], exact: tuple[int, int], fit: str
) -> None:
    platform = Platform("sticker", "webp", width=exact[0], height=exact[1])
    assume(fit != "crop" or min(size) * 4 > max(size))  # a crop of a pixel has no proportions
    assume(min(exact) * 4 > max(exact))
    fitted = fitted_size(size, platform, fit)
    assert fitted.size == exact
    assert fitted.crop[2] <= size[0] and fitted.crop[3] <= size[1]


@given(st.tuples(sides, sides), fits, st.integers(2, 600))
def test_one_side_is_met_even_by_enlarging(size: tuple[int, int], fit: str, side: int) -> None:
    fitted = fitted_size(size, Platform("sticker", "webm", one_side=side), fit)
    assert max(fitted.size) == side
    assert fitted.crop == (0, 0, *size)
    assert is_in_proportion(size, fitted.size) or min(fitted.size) == 1


@pytest.mark.parametrize(
    "name, fit, expected",
    [
        ("discord", "crop", Fitted((0, 0, 400, 200), (400, 200), (0, 0), (400, 200))),
        ("slack-emoji", "crop", Fitted((100, 0, 200, 200), (128, 128), (0, 0), (128, 128))),
        ("slack-emoji", "pad", Fitted((0, 0, 400, 200), (128, 64), (0, 32), (128, 128))),
        ("telegram-sticker", "pad", Fitted((0, 0, 400, 200), (512, 256), (0, 0), (512, 256))),
        ("whatsapp-sticker", "crop", Fitted((100, 0, 200, 200), (512, 512), (0, 0), (512, 512))),
        ("whatsapp-sticker", "pad", Fitted((0, 0, 400, 200), (512, 256), (0, 128), (512, 512))),
        ("discord-video", "pad", Fitted((0, 0, 400, 200), (400, 200), (0, 0), (400, 200), step=2)),
        ("tiktok", "crop", Fitted((144, 0, 112, 200), (1080, 1920), (0, 0), (1080, 1920), step=2)),
        (
            "tiktok",
            "blur",
            Fitted((0, 0, 400, 200), (1080, 540), (0, 690), (1080, 1920), blur=True, step=2),
        ),
        (
            "instagram-feed",
            "crop",
            Fitted((22, 0, 356, 200), (356, 200), (0, 0), (356, 200), step=2),
        ),
    ],
)
def test_sizes_by_hand(name: str, fit: str, expected: Fitted) -> None:
    assert fitted_size((400, 200), BUILT_IN[name], fit) == expected


def test_many_frames_make_the_picture_smaller_and_too_many_are_said() -> None:
    x = BUILT_IN["x"]
    assert fitted_size((1920, 1080), x, n_frames=300).size == (1280, 720)
    width, height = fitted_size((1280, 1080), x, n_frames=350).size
    assert width * height * 350 <= 300_000_000 < (width + 1) * (height + 1) * 350
    with pytest.raises(ArgumentError, match="x takes no size of picture with 351 frames: give"):
        fitted_size((64, 48), x, n_frames=351)


def test_another_fit_is_said() -> None:
    with pytest.raises(ArgumentError, match="fit is 'stretch': give one of crop, pad, blur"):
        fitted_size((64, 48), BUILT_IN["x"], "stretch")


# The check.


def animation(
    path: Path, frames: list[Picture], delays: list[int] | int = 40, **options: object
) -> Path:
    """A GIF or WebP, by the path's ending. delays: in milliseconds."""
    first, *others = map(Image.fromarray, frames)
    first.save(path, save_all=True, append_images=others, duration=delays, loop=0, **options)
    return path


def finished(make_video: MakeVideo, folder: Path, platform: Platform) -> Path:
    """A small file that keeps all limits of the platform, and reaches some."""
    size = fitted_size((64, 48), platform).size
    as_large = ("-vf", f"scale={size[0]}:{size[1]}")
    if platform.format == "webm":
        return make_video("a.webm", numbered(90), *as_large, *VP9, rate=30)
    if platform.format == "mp4":
        return make_video("a.mp4", numbered(90), *as_large, *H264, "-level", "3.1", rate=30)
    delays = [100, 8, 9] if platform.format == "webp" else [100, 20, 30]
    return animation(folder / f"a.{platform.format}", numbered(3, size), delays)


@pytest.mark.parametrize("platform", BUILT_IN.values(), ids=list(BUILT_IN))
def test_a_file_that_keeps_all_limits_passes(
    make_video: MakeVideo, tmp_path: Path, platform: Platform
) -> None:
    assert check(finished(make_video, tmp_path, platform), platform) == []


@pytest.mark.parametrize(
    "limit, said",
    [
        ({"max_width": 63}, "64 pixels wide, here takes 63"),
        ({"max_height": 47}, "48 pixels high, here takes 47"),
        ({"width": 64, "height": 64}, "64x48, here takes exactly 64x64"),
        ({"one_side": 128}, "64x48, here takes 128 pixels on the longer side"),
        ({"one_side": 48}, "64x48, here takes 48 pixels on the longer side"),
        ({"shape": "square"}, "64x48, here takes squares"),
        ({"max_pixels": 3071}, "3,072 pixels, here takes 3,071"),
        ({"max_total_pixels": 9215}, "9,216 pixels in all frames, here takes 9,215"),
        ({"max_frames": 2}, "3 frames, here takes 2"),
        ({"max_seconds": 0.14}, "0.15 s, here takes 0.14"),
        ({"max_fps": 19.5}, "20.0 fps, here takes 19.5"),
        ({"min_delay": 0.021}, "a frame of 20 ms, here takes 21 or more"),
    ],
)
def test_each_broken_limit_is_said(tmp_path: Path, limit: dict[str, int], said: str) -> None:
    frames = numbered(3)
    for ending in ("gif", "webp"):
        path = animation(tmp_path / f"a.{ending}", frames, [100, 20, 30])
        assert check(path, Platform("here", ending)) == []
        assert check(path, Platform("here", ending, **limit)) == [said]


def test_too_many_bytes_are_said_as_people_say_them(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.gif", numbered(2))
    with path.open("ab") as file:
        file.truncate(11_234_567)
    assert check(path, BUILT_IN["discord"]) == ["11.2 MB, discord takes 10.5 MB"]
    with path.open("ab") as file:
        file.truncate(10_485_761)
    said = "10,485,761 bytes, discord takes 10,485,760"
    assert check(path, BUILT_IN["discord"]) == [said]


def test_every_broken_limit_is_said_at_once(tmp_path: Path) -> None:
    path = animation(tmp_path / "a.gif", numbered(51, (200, 130)), 20)
    assert check(path, BUILT_IN["slack-emoji"])[-4:] == [
        "200x130, slack-emoji takes squares",
        "200 pixels wide, slack-emoji takes 128",
        "130 pixels high, slack-emoji takes 128",
        "51 frames, slack-emoji takes 50",
    ]


def test_each_limit_a_video_breaks_is_said(tmp_path: Path) -> None:
    telegram = BUILT_IN["telegram-sticker"]
    short = encode(tmp_path / "a.webm", numbered(40, (512, 32)), *VP9, rate=31)
    assert check(short, telegram) == ["31.0 fps, telegram-sticker takes 30"]
    long = encode(tmp_path / "b.webm", numbered(16, (256, 512)), *VP9, rate=5)
    assert check(long, telegram) == ["3.2 s, telegram-sticker takes 3"]
    small = encode(tmp_path / "c.webm", numbered(3, (510, 32)), *VP9)
    said = "510x32, telegram-sticker takes 512 pixels on the longer side"
    assert check(small, telegram) == [said]
    few = dataclasses.replace(telegram, max_bytes=1, max_fps=31, max_frames=39, min_delay=0.04)
    n_bytes, *others = check(short, few)
    assert n_bytes.endswith("B, telegram-sticker takes 1 B")
    assert others == [
        "40 frames, telegram-sticker takes 39",
        "a frame of 32.2581 ms, telegram-sticker takes 40 or more",
    ]


def test_another_format_is_said(tmp_path: Path) -> None:
    gif = animation(tmp_path / "a.gif", numbered(3, (128, 128)))
    assert check(gif, BUILT_IN["whatsapp-sticker"])[0] == "gif, whatsapp-sticker takes webp"
    h264 = encode(tmp_path / "a.mkv", numbered(3), "-c:v", "libx264", "-pix_fmt", "yuv420p")
    assert check(h264, BUILT_IN["github"]) == ["h264 video, github takes gif"]
    vp8 = encode(tmp_path / "a.webm", numbered(3, (512, 32)), "-c:v", "libvpx")
    assert check(vp8, BUILT_IN["telegram-sticker"]) == ["vp8 video, telegram-sticker takes webm"]
    vp9 = encode(tmp_path / "a.mp4", numbered(3, (512, 32)), *VP9)
    assert check(vp9, BUILT_IN["telegram-sticker"]) == ["vp9 video, telegram-sticker takes webm"]


@pytest.mark.parametrize("name", ["whatsapp-sticker", "telegram-sticker"])
def test_half_a_file_is_said(make_video: MakeVideo, tmp_path: Path, name: str) -> None:
    made = finished(make_video, tmp_path, BUILT_IN[name])
    path, whole = tmp_path / f"half{made.suffix}", made.read_bytes()
    for kept in (3, len(whole) // 2):
        path.write_bytes(whole[:kept])
        (said,) = check(path, BUILT_IN[name])
        assert re.fullmatch(rf"it cannot be decoded \(.+\), {name} takes \w+", said)


def test_a_damaged_frame_is_said(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.webm", numbered(5, (512, 32)), *VP9, "-g", "1")
    content = bytearray(path.read_bytes())
    last = content.rindex(b"\x49\x83\x42")  # the sync code of a VP9 keyframe
    content[last : last + 3] = b"\x00" * 3
    path.write_bytes(content)
    (said,) = check(path, BUILT_IN["telegram-sticker"])
    assert said.startswith("it cannot be decoded (")


def test_half_a_frame_is_said(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    path = animation(tmp_path / "a.gif", [noise])
    path.write_bytes(path.read_bytes()[:-1000])
    (said,) = check(path, BUILT_IN["github"])
    assert said.startswith("it cannot be decoded (")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        check(tmp_path / "a.gif", BUILT_IN["x"])
