"""Owns how the sound of a file is encoded: as AAC in an MP4, as Opus in a WebM, at which rate."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager

from ..errors import ArgumentError
from ..files import nameless_file
from ..frames import Picture
from ..sound import Sound, in_file
from ..video.ffmpeg import run_ffmpeg

_RATE, _LEAST = 128_000, 32_000  # bits per second
_SHARE = 0.2  # of a budget, that the sound may take, unless it is at its least


@contextmanager
def heard_with(
    sound: Sound | None,
    frames: Iterable[Picture],
    fps: float,
    codec: str,
    loops: int = 1,
    max_bytes: int | None = None,
) -> Iterator[tuple[list[str], list[str]]]:
    """ffmpeg's options to read the sound of these frames, and to encode it with a codec of its."""
    if sound is None:
        yield [], []
        return
    if not isinstance(frames, Sized):
        raise ArgumentError("frames have no length, which the sound needs: give a list")
    seconds = len(frames) / fps
    rate = sound_rate(seconds * loops, max_bytes)
    encoded = ["-map", "0:v", "-map", "1:a", "-c:a", codec, "-b:a", str(rate)]
    with in_file(sound, seconds, loops) as source:
        yield source, encoded


def sound_rate(seconds: float, max_bytes: int | None = None) -> int:
    """Bits per second of the sound: 128,000, and less where that is too much of a budget."""
    if max_bytes is None:
        return _RATE
    return max(_LEAST, min(_RATE, int(_SHARE * 8 * max_bytes / seconds)))


def sound_bytes(sound: Sound, seconds: float, loops: int, max_bytes: int) -> int:
    """How many bytes the sound has in an MP4 of max_bytes, found by encoding it alone.

    seconds: of the picture once.
    """
    rate = sound_rate(seconds * loops, max_bytes)
    encoding = ["-c:a", "aac", "-b:a", str(rate), "-f", "adts", "pipe:1"]
    with in_file(sound, seconds, loops) as source, nameless_file() as encoded:
        run_ffmpeg(["-v", "quiet", *source, *encoding], stdout=encoded)
        return os.fstat(encoded.fileno()).st_size
