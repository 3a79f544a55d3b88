"""Owns the sound of a loop: it is read once, looped as the picture is, and cut to its length.

Samples are (n, 2) int16 arrays at RATE per second. ffmpeg decodes sound and changes its tempo.
"""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .errors import SourceError
from .files import SharedFile, nameless_file, temporary_room
from .frames import Span
from .look import Look, loop_of
from .loop.loops import Loop
from .loop.sound import EDGE, RATE, Samples, blank, looped_sound
from .stages import READING
from .tracker import SILENT, Tracker
from .video.containers import one_file, trim
from .video.description import Description
from .video.facts import Facts
from .video.failures import ended_by, has_error
from .video.ffmpeg import run_ffmpeg
from .video.input import TRACK, Input, check_readable
from .video.log import why_failed

_TRACK_FADE = 0.5  # seconds in which a track fades out, at most a quarter of the picture
_PAST_END = 1.0  # seconds of the video's own sound that are read past the end of the picture
_AUDIBLE_STEP = 1000  # of 32,767: a greater step between two samples is heard as a click
_MONO_TO_STEREO = ["pan=stereo|c0=c0|c1=c0"]  # copies a single channel to both sides
_CHUNK = 1 << 18  # samples that are written at a time


@dataclass(frozen=True)
class Sound:
    """The sound of a picture, which repeats.

    samples: (n, 2) int16.
    track: whether it is an independent track, which continues when the picture starts over, and
        fades out at the end. Otherwise it starts over with the picture.
    begin: seconds into the samples at which the picture begins.
    """

    samples: Samples
    track: bool = False
    begin: float = 0.0

    def beginning_at(self, seconds: float) -> Sound:
        """The sound for a picture that begins so many seconds later. A track is not shifted."""
        return self if self.track else replace(self, begin=self.begin + seconds)

    def during(self, seconds: float, loops: int = 1) -> Iterator[Samples]:
        """Yield the sound of a picture that lasts `seconds` and is shown `loops` times, in pieces.

        In total it is exactly as long as the picture, to a sample.
        """
        total, once = round(seconds * loops * RATE), seconds * RATE
        for start in range(0, total, _CHUNK):
            places = np.arange(start, min(start + _CHUNK, total))
            if not self.track:
                places = places - np.rint(np.floor((places + 0.5) / once) * once).astype(int)
            places = places + round(self.begin * RATE)
            piece = np.asarray(self.samples[places % len(self.samples)])
            # Codecs ring where sound ends abruptly, so that even a perfect loop would click.
            yield _faded(piece, start, total, _TRACK_FADE if self.track else EDGE)


def check_sound(facts: Facts) -> None:
    """Raise SourceError if the video has no sound, before any work is done."""
    if not facts.sound:
        raise SourceError(
            f"{facts.path} has no sound: leave --sound out, or give it a track, as in --sound"
            " music.mp3"
        )


def sound_of(
    facts: Facts,
    look: Look,
    *,
    speed: float,
    seconds: float,
    part: Span | None = None,
    backward: bool = False,
    tracker: Tracker = SILENT,
) -> Sound:
    """The sound of a video, looped as its frames are.

    Where the loop plays frames backward, the sound goes forward all the same, unless `backward`:
    see Loop.forward.

    look: has the loop. speed: how many times faster it plays, at the same pitch.
    seconds: of one period of the loop. part: the frames that are looped, (first, stop); None for
    all. backward: default False. tracker: of the job that it is read for.

    Raises SourceError if the video has no sound, or its sound cannot be read.
    """
    check_sound(facts)
    samples, rate = _own(facts, speed, tracker), float(facts.rate * speed)
    loop, shown = loop_of(look), part or (0, facts.n_frames)
    return looped(
        samples, loop, shown, count=facts.n_frames, rate=rate, seconds=seconds, backward=backward
    )


def looped(
    samples: Samples,
    loop: Loop,
    part: Span,
    *,
    count: int,
    rate: float,
    seconds: float,
    backward: bool = False,
) -> Sound:
    """The sound of a source, looped as a part of its frames is.

    samples: from the first frame of the source on. part: the frames that are looped, (first, stop).
    count: how many frames the source has. rate: its frames per second. seconds: of one period of
    the loop. backward: as in sound_of.
    """
    (begin, stop), length = part, max(1, round(seconds * RATE))
    first = round(begin / rate * RATE)
    if loop.returns and not backward:
        table = loop.forward(stop - begin, rate, count - begin)
    else:
        table = loop.table(stop - begin, rate)
    return Sound(looped_sound(samples, table, rate=rate, first=first, length=length))


def track_of(path: Path, seconds: float, tracker: Tracker = SILENT) -> Sound:
    """The sound of a file, as an independent track.

    seconds: how long the picture plays at most. No more of the file is read. tracker: of the job
    that it is read for.

    Raises SourceError if the file has no sound, or its sound cannot be read.
    """
    check_readable(path, TRACK)
    most = math.ceil(seconds * RATE) + 1  # samples
    filters = ["aresample=48000", f"atrim=end_sample={most}", *_mono_to_stereo(path, tracker)]
    samples = _decoded([*one_file(path), "-map", "0:a:0"], filters, Input(path, path), tracker)
    if len(samples) == most:  # it does not repeat
        return Sound(samples, track=True)
    # A track whose end does not meet its beginning would click where it repeats.
    if np.abs(samples[0].astype(int) - samples[-1]).max() > _AUDIBLE_STEP:
        samples = _with_faded_ends(samples)
    return Sound(samples, track=True)


def bytes_of(loop: float, played: float) -> int:
    """About the bytes of sound on disk: as it is read, as it is looped, and for the encoder.

    loop: seconds of one period. played: seconds that the longest file plays.
    """
    return math.ceil((2 * max(loop, played) + loop) * RATE) * 4


@contextmanager
def in_file(sound: Sound, seconds: float, loops: int) -> Iterator[list[str]]:
    """Arguments for ffmpeg to read the sound, which is a temporary file within the block."""
    with SharedFile() as file:
        with temporary_room():
            for piece in sound.during(seconds, loops):
                file.write(piece.tobytes())
            file.flush()
        yield ["-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", f"file:{file.path}"]


def _own(facts: Facts, speed: float, tracker: Tracker) -> Samples:
    """The sound of a video from its first frame on, at this speed."""
    track = "0:a:0" if facts.track is None else f"0:{facts.track.number}"
    source = [*trim(facts.start, facts.limit), *one_file(facts.input.opened), "-map", track]
    # Without an output of the picture, the clock of ffmpeg would start with the sound.
    picture = ["-map", facts.stream, "-c", "copy", "-f", "null", "-"]
    filters = [
        "aresample=48000:async=1:first_pts=0",
        # Beyond the end of the picture, there may be hours of sound that are not used.
        f"atrim=start={facts.times[0]:.6f}:end={facts.end + _PAST_END:.6f}",
        "asetpts=PTS-STARTPTS",
        *_tempo(speed),
        *(_MONO_TO_STEREO if facts.track and facts.track.mono else ()),
    ]
    return _decoded(source, filters, facts.input, tracker, picture)


def _mono_to_stereo(path: Path, tracker: Tracker) -> list[str]:
    """Filters that copy a single channel to both sides. By default, ffmpeg would lower it."""
    described = Description()
    # Without an output, ffmpeg describes the file and ends.
    run_ffmpeg(one_file(path), Input(path, path), note=described.note, tracker=tracker)
    return _MONO_TO_STEREO if any(track.mono for track in described.sounds[:1]) else []


def _tempo(speed: float) -> list[str]:
    """Filters that change the tempo, not the pitch. Each one takes factors from 0.5 to 2."""
    if speed == 1:
        return []
    count = max(1, math.ceil(abs(math.log2(speed)) - 1e-9))
    return [f"atempo={speed ** (1 / count):.9f}"] * count


def _decoded(
    source: list[str],
    filters: list[str],
    file: Input,
    tracker: Tracker,
    besides: list[str] | None = None,
) -> Samples:
    """The decoded and filtered sound of a file, on disk. besides: arguments for another output."""
    arguments = [
        *("-v", "error", *source, "-af", ",".join(filters)),
        *("-f", "s16le", "-ar", str(RATE), "-ac", "2", "pipe:1", *(besides or ())),
    ]
    with ExitStack() as under_way:
        under_way.enter_context(tracker.stage(READING, file.path))
        under_way.enter_context(temporary_room())
        raw = under_way.enter_context(nameless_file())
        status, messages = run_ffmpeg(
            arguments,
            file,
            made=lambda: os.fstat(raw.fileno()).st_size,
            stdout=raw,
            tracker=tracker,
        )
        _check_decoded(file.path, status, messages)
        count = os.fstat(raw.fileno()).st_size // 4
        if not count:
            raise SourceError(f"{file.path} has no sound in this part: leave --sound out")
        samples: Samples = np.memmap(raw, np.int16, "r", shape=(count, 2))
        return samples


def _check_decoded(path: Path, status: int, messages: str) -> None:
    """Raise SourceError if ffmpeg failed, or OSError if the temporary folder is full."""
    if ended := ended_by(status, messages):
        raise SourceError(f"the sound of {path} could not be read ({ended[0]}): {ended[1]}")
    if "matches no streams" in messages:
        raise SourceError(f"{path} has no sound: give {TRACK}")
    if "Error opening input" in messages:
        raise SourceError(
            f"{path} is no file with sound that ffmpeg can read: convert it, or give another, such"
            " as music.mp3"
        )
    if has_error(messages, errno.ENOSPC):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # of the temporary folder
    if status != 0:
        raise SourceError(
            f"the sound of {path} cannot be read ({why_failed(status, messages)}): convert it"
        )


def _with_faded_ends(sound: Samples) -> Samples:
    """The sound with a fade of EDGE seconds at both ends."""
    edged = blank(len(sound))
    edged[:] = sound
    count, total = round(EDGE * RATE), len(sound)
    for start in (0, max(total - count, 0)):
        edged[start : start + count] = _faded(sound[start : start + count], start, total, EDGE)
    return edged


def _faded(piece: Samples, start: int, total: int, end: float) -> Samples:
    """The piece that begins at sample `start` of `total`, with the fades at both ends of them all.

    end: seconds of the fade at the end.
    """
    at = np.arange(start, start + len(piece))
    fall = min(round(end * RATE), total // 4) or 1
    rise = min(round(EDGE * RATE), total // 4) or 1
    share = np.minimum(np.minimum(at / rise, (total - 1 - at) / fall), 1.0)
    if share.min() == 1:
        return piece
    return np.rint(piece * share[:, None]).astype(np.int16)


def as_floats(sound: Sound, seconds: float) -> npt.NDArray[Any]:
    """The sound of a picture that lasts `seconds`, for MoviePy: (n, 2) floats from -1 to 1."""
    return np.concatenate(list(sound.during(seconds))) / np.float32(32_768)
