"""Owns the encoding of a video's sound: the options of ffmpeg for it, and its bit rate."""

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
_SHARE = 0.2  # of a byte budget that the sound may take, unless its rate is at its least


@contextmanager
def sound_options(
    sound: Sound | None,
    frames: Iterable[Picture],
    fps: float,
    codec: str,
    loops: int = 1,
    max_bytes: int | None = None,
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the options with which ffmpeg reads the sound of the frames, and encodes it.

    frames, fps: the picture, which must have a length. codec: as ffmpeg names it. loops: how many
    times the frames are shown. max_bytes: the budget of the whole file. Both lists of options are
    empty without a sound. Raises ArgumentError for frames without a length.
    """
    if sound is None:
        yield [], []
        return
    if not isinstance(frames, Sized):
        raise ArgumentError("frames have no length, which the sound needs: give a list")
    seconds = len(frames) / fps
    rate = sound_rate(seconds * loops, max_bytes)
    encoding_options = ["-map", "0:v", "-map", "1:a", "-c:a", codec, "-b:a", str(rate)]
    with in_file(sound, seconds, loops) as source:
        yield source, encoding_options


def sound_rate(seconds: float, max_bytes: int | None = None) -> int:
    """Bits per second of a sound: 128,000, or less where that takes too much of a budget.

    seconds: how long it plays. max_bytes: the budget of the whole file; default none.
    """
    if max_bytes is None:
        return _RATE
    return max(_LEAST, min(_RATE, int(_SHARE * 8 * max_bytes / seconds)))


def sound_bytes(sound: Sound, seconds: float, loops: int, max_bytes: int) -> int:
    """How many bytes the sound takes in an MP4 of `max_bytes`, found by encoding it alone.

    seconds: the duration of the picture, which is shown `loops` times.
    """
    rate = sound_rate(seconds * loops, max_bytes)
    encoding_options = ["-c:a", "aac", "-b:a", str(rate), "-f", "adts", "pipe:1"]
    with in_file(sound, seconds, loops) as source, nameless_file() as encoded:
        run_ffmpeg(["-v", "quiet", *source, *encoding_options], stdout=encoded)
        return os.fstat(encoded.fileno()).st_size
