"""Moving pictures of the web and of chats, and photos that hold a film: each frame is shown."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from byte_edits import box
from conftest import Picture, encode, ffmpeg, rollscan
from PIL import Image
from signs import HEIGHT, WIDTH, check, made, sign, signs

from rollscan.video import containers
from rollscan.video.motion_photo import film_in

COUNT = 16
EVEN = [k / 25 for k in range(COUNT)]
X264 = ("-c:v", "libx264", "-crf", "8", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "2")
UNEVEN = [40, 80, 200, 40] * (COUNT // 4)  # milliseconds
CLEAR = 127  # the index of the transparent colour in a palette
DELAY = 4  # hundredths of a second


def stickers() -> list[Image.Image]:
    """Signs whose upper left corner is transparent."""
    pictures = []
    for frame in signs(COUNT):
        picture = Image.fromarray(frame).convert("RGBA")
        picture.paste((0, 0, 0, 0), (0, 0, 4, 4))
        pictures.append(picture)
    return pictures


def by_pillow(
    name: str, *, clear: bool = False, duration: int | list[int] = 40, **options: Any
) -> Callable[[Path], Path]:
    """A maker of a file that Pillow writes. clear: whether a corner is transparent."""

    def make(folder: Path) -> Path:
        first, *rest = stickers() if clear else map(Image.fromarray, signs(COUNT))
        first.save(
            *[folder / name], save_all=True, append_images=rest, duration=duration, **options
        )
        return folder / name

    return make


def by_ffmpeg(name: str, *options: str) -> Callable[[Path], Path]:
    """A maker of a file that ffmpeg writes."""
    return lambda folder: encode(folder / name, signs(COUNT), *options)


def gif_of(path: Path, parts: Sequence[tuple[Picture, tuple[int, int], int]]) -> Path:
    """A GIF of parts, each with a palette of its own, a place (x, y) and a way of disposal.

    Black is transparent in them. Pixels are stored as they are, in LZW that reuses no code.
    """
    made = b"GIF89a" + struct.pack("<HHBBB", WIDTH, HEIGHT, 0, 0, 0)
    for number, (part, (x, y), disposal) in enumerate(parts):
        colours, indices = np.unique(part.reshape(-1, 3), axis=0, return_inverse=True)
        palette = np.zeros((128, 3), np.uint8)
        palette[number % 8 : number % 8 + len(colours)] = colours  # in other places each time
        indices = np.where(part.reshape(-1, 3).any(axis=1), indices.ravel() + number % 8, CLEAR)
        pixels = indices.astype(np.uint8).tobytes()
        codes = (
            b"".join(b"\x80" + pixels[k : k + 120] for k in range(0, len(pixels), 120)) + b"\x81"
        )
        blocks = [codes[k : k + 255] for k in range(0, len(codes), 255)]
        made += b"\x21\xf9\x04" + struct.pack("<BHBB", disposal << 2 | 1, DELAY, CLEAR, 0)
        height, width, _ = part.shape
        made += b"\x2c" + struct.pack("<HHHHB", x, y, width, height, 0x86) + palette.tobytes()
        made += b"\x07" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
    path.write_bytes(made + b"\x3b")
    return path


def kept(folder: Path) -> Path:
    """As ezgif and Giphy make them smaller: of each frame only what has changed."""
    parts = [(sign(0), (0, 0), 1)]
    for before, frame in zip(signs(COUNT), signs(COUNT)[1:], strict=False):
        changed = np.where((frame != before).any(axis=2, keepdims=True), frame, 0).astype(np.uint8)
        parts.append((changed[HEIGHT // 2 :, 24:], (24, HEIGHT // 2), 1))
    return gif_of(folder / "kept.gif", parts)


def cleared(folder: Path) -> Path:
    """Each frame is whole and goes before the next comes."""
    return gif_of(folder / "cleared.gif", [(frame, (0, 0), 2) for frame in signs(COUNT)])


def put_back(folder: Path) -> Path:
    """Over the first frame, the light bits of each, which go again."""
    parts = [(sign(0), (0, 0), 1)]
    parts += [(frame[HEIGHT // 2 :, 24:], (24, HEIGHT // 2), 3) for frame in signs(COUNT)[1:]]
    return gif_of(folder / "put_back.gif", parts)


def with_another_picture(folder: Path) -> Path:
    """Programs that know no APNG show the first picture, which is not one of its frames."""
    frames = [Image.fromarray(frame) for frame in signs(COUNT)]
    options = {"save_all": True, "default_image": True, "duration": 40}
    Image.fromarray(sign(63)).save(folder / "a.png", append_images=frames, **options)
    return folder / "a.png"


def jpeg() -> bytes:
    """A picture, whose number is 63."""
    file = io.BytesIO()
    Image.fromarray(sign(63)).save(file, "JPEG", quality=92)
    return file.getvalue()


def film(folder: Path) -> bytes:
    return encode(folder / "film.mp4", signs(COUNT), *X264).read_bytes()


def pixel_photo(folder: Path) -> Path:
    path = folder / "PXL_1.MP.jpg"
    path.write_bytes(jpeg() + film(folder))
    return path


def galaxy_photo(folder: Path) -> Path:
    """With the words that Samsung writes before and after the film."""
    path = folder / "20240101_120000.jpg"
    before, after = b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data", b"SEFH\x6b\0\0\0\1\0\0\0" + b"SEFT"
    path.write_bytes(jpeg() + before + film(folder) + after)
    return path


def heic_photo(folder: Path) -> Path:
    """AVIF stands for HEIC, of which it has the boxes."""
    codec = ("-c:v", "libaom-av1", "-cpu-used", "8", "-still-picture", "1")
    still = encode(folder / "still.avif", signs(1), *codec).read_bytes()
    path = folder / "motion.heic"
    path.write_bytes(still + box(b"mpvd", film(folder)))
    return path


ALPHA = "format=yuva420p,geq=lum=lum(X\\,Y):cb=cb(X\\,Y):cr=cr(X\\,Y):a=255*gte(X+Y\\,4)"
VP9 = ("-c:v", "libvpx-vp9", "-crf", "10", "-b:v", "0", "-cpu-used", "8", "-auto-alt-ref", "0")

KINDS = {
    "a GIF of changes, with palettes of their own": kept,
    "a GIF that is cleared": cleared,
    "a GIF that is put back": put_back,
    "a GIF with a transparent corner": by_pillow("a.gif", clear=True, disposal=2),
    "a sticker in WebP": by_pillow("a.webp", clear=True, quality=90),
    "a sticker in lossless WebP": by_pillow(
        "a.webp", clear=True, lossless=True, minimize_size=True
    ),
    "a sticker in WebP, lossless in part": by_pillow("a.webp", quality=90, allow_mixed=True),
    "a sticker in WebM": by_ffmpeg("a.webm", *VP9, "-vf", ALPHA),
    "APNG": by_pillow("a.png"),
    "APNG that blends": by_pillow("a.png", clear=True, disposal=1, blend=1),
    "APNG with another picture for old programs": with_another_picture,
    "animated JPEG XL": by_ffmpeg("a.jxl", "-c:v", "libjxl_anim", "-f", "image2pipe"),
    "a motion photo": pixel_photo,
    "a motion photo, Samsung's": galaxy_photo,
    "a motion photo in HEIC": heic_photo,
}


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_of_a_moving_picture_is_shown(name: str, tmp_path: Path) -> None:
    check(made(KINDS[name](tmp_path)), EVEN, COUNT / 25)


@pytest.mark.parametrize("name", ["a sticker in WebP", "animated JPEG XL", "a motion photo"])
def test_a_part_of_a_moving_picture_is_the_part_asked_for(name: str, tmp_path: Path) -> None:
    check(made(KINDS[name](tmp_path), "--start", "0.2", "--end", "0.4"), EVEN[:5], 0.2, first=5)


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_every_frame_stays_as_long_as_it_says(ending: str, tmp_path: Path) -> None:
    path = by_pillow(f"a.{ending}", duration=UNEVEN)(tmp_path)
    check(made(path), list(np.cumsum([0, *UNEVEN[:-1]]) / 1000), sum(UNEVEN) / 1000)


def test_delays_of_3_and_5_in_turn_are_25_a_second(tmp_path: Path) -> None:
    path = by_pillow("a.gif", duration=[30, 50] * (COUNT // 2))(tmp_path)
    check(made(path), EVEN, COUNT / 25)


def test_an_animated_webp_that_ffmpeg_does_not_read_is_said_to_be_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which is so before version 9."""
    monkeypatch.setattr(containers, "_no_pattern", lambda path: ["-f", "webp_pipe"])
    ran = rollscan(by_pillow("a.webp")(tmp_path), "--gif", tmp_path / "a.gif")
    assert ran.status == 1
    assert "is an animated WebP, which ffmpeg n" in ran.err
    assert "does not read: let IMAGEIO_FFMPEG_EXE name one from 9 on, or unset it\n" in ran.err


@pytest.mark.parametrize(
    "after", [b"", b"ftyp", b"\0\0\0\x10ftypisom", box(b"ftyp") + box(b"mdat")]
)
def test_a_photo_without_a_film_is_a_photo(tmp_path: Path, after: bytes) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg() + after)
    assert film_in(path) is None
    assert made(path).numbers == [63]


def test_a_film_with_a_word_of_photos_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(film(tmp_path) + box(b"free", b"ftyp"))
    assert film_in(path) is None
    ffmpeg("-i", path, "-c", "copy", tmp_path / "film.mkv")
    assert film_in(tmp_path / "film.mkv") is None
