"""Files of several tracks: the picture and the sound that the file calls its default."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, decoded, ffmpeg, number, numbered, video_of

from rollscan.look import Look
from rollscan.sound import sound_of
from rollscan.video.probe import Probe


def two(make_video: MakeVideo, path: Path, *options: str) -> Path:
    """A file of a small picture with the numbers 30 to 39, then a larger one with 0 to 19."""
    small = make_video("small.mkv", numbered(40, (32, 24))[30:], *LOSSLESS)
    large = make_video("large_one.mkv", numbered(20), *LOSSLESS, "-g", "5")
    ffmpeg("-i", small, "-i", large, "-map", "0", "-map", "1", "-c", "copy", *options, path)
    return path


SECOND = ("-disposition:v:0", "0", "-disposition:v:1", "default")
BOTH = ("-disposition:v:0", "default", "-disposition:v:1", "default")
NONE = ("-disposition:v:0", "0", "-disposition:v:1", "0", "-default_mode", "passthrough")


@pytest.mark.parametrize(
    ("ending", "options"),
    [("mkv", SECOND), ("mp4", SECOND), ("mkv", BOTH), ("mp4", BOTH), ("mkv", NONE)],
)
def test_the_default_picture_is_taken_the_largest_of_several(
    make_video: MakeVideo, tmp_path: Path, ending: str, options: tuple[str, ...]
) -> None:
    path = two(make_video, tmp_path / f"two.{ending}", *options)
    with video_of(path) as video:
        assert video.size == (64, 48)
        assert [number(frame) for frame in video] == list(range(20))
        assert [number(frame) for frame in video.frames(7, 9)] == [7, 8]
    assert [number(frame) for frame in decoded(path, 0.2, 0.4)] == [5, 6, 7, 8, 9]


def test_the_first_picture_is_taken_where_it_alone_is_the_default(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    path = tmp_path / "two.mkv"
    two(make_video, path, "-disposition:v:0", "default", "-disposition:v:1", "0")
    assert [number(frame) for frame in decoded(path)] == list(range(30, 40))


def test_an_animated_avif_is_its_animation(make_video: MakeVideo) -> None:
    """Which comes after a picture of its own, the still one."""
    codec = ("-c:v", "libaom-av1", "-cpu-used", "8", "-crf", "1", "-pix_fmt", "yuv444p")
    path = make_video("animated.avif", numbered(20), *codec)
    with video_of(path) as video:
        assert [number(frame) for frame in video] == list(range(20))


@pytest.mark.parametrize("default", [0, 1])
def test_the_default_sound_is_taken(plain: Path, tmp_path: Path, default: int) -> None:
    """Of silence for two ears, and a tone for one."""
    path = tmp_path / "two.mkv"
    ffmpeg(
        *("-i", plain, "-f", "lavfi", "-t", "2", "-i", "anullsrc=cl=stereo"),
        *("-f", "lavfi", "-t", "2", "-i", "sine", "-map", "0", "-map", "1", "-map", "2"),
        *("-c:v", "copy", "-c:a", "flac", "-disposition:a", "0"),
        *(f"-disposition:a:{default}", "default", path),
    )
    heard = sound_of(Probe(path).facts(), Look(loop="cut"), speed=1, seconds=2)
    loudest = np.abs(np.asarray(heard.samples, int)).max(axis=0)
    assert (loudest > 3000).tolist() == [default == 1] * 2


def apple(film: Path, folder: Path, unread: int, default: int) -> Path:
    """A tone in AAC and a silence in AAC, one of which is said to be in Apple's codec for space."""
    path = folder / "iphone.mp4"
    tone = ("-f", "lavfi", "-t", "0.8", "-i", "sine")
    silence = ("-f", "lavfi", "-t", "0.8", "-i", "anullsrc=cl=mono:r=44100")
    sounds = (
        ("-map", "0", "-map", "1", "-map", "2")
        if unread
        else ("-map", "0", "-map", "2", "-map", "1")
    )
    marks = ("-disposition:a", "0", f"-disposition:a:{default}", "default")
    ffmpeg("-i", film, *tone, *silence, *sounds, "-c:v", "copy", "-c:a", "aac", *marks, path)
    data = bytearray(path.read_bytes())
    at = data.index(b"moov")
    for _ in range(unread + 1):
        at = data.index(b"mp4a", at + 4)
    data[at : at + 4] = b"apac"
    at = data.index(b"esds", at)
    data[at : at + 4] = b"dapa"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("unread", [0, 1])
@pytest.mark.parametrize("default", [0, 1])
def test_of_two_sounds_the_one_that_ffmpeg_decodes_is_taken(
    plain: Path, tmp_path: Path, unread: int, default: int
) -> None:
    facts = Probe(apple(plain, tmp_path, unread, default)).facts()
    heard = sound_of(facts, Look(loop="cut"), speed=1, seconds=0.8)
    assert np.abs(np.asarray(heard.samples, int)).max() > 3000
