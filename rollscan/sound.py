"""Owns the sound that goes with the picture: read once, looped as it is, cut to its length.

Sound is (n, 2) int16 here, RATE of them a second. ffmpeg decodes it and changes its tempo.
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
from .loop.sound import EDGE, RATE, Samples, blank, looped_sound
from .stages import READING
from .tracker import SILENT, Tracker
from .video.containers import one_file, trim
from .video.description import Description
from .video.facts import Facts
from .video.ffmpeg import ended_by, run_ffmpeg
from .video.input import TRACK, Input, check_readable
from .video.log import why_failed

_END = 0.5  # seconds in which a track that is cut fades out, a quarter of the picture at most
_BEYOND = 1.0  # seconds of the video's own sound that are read past the end of the picture
_STEP = 1000  # of 32,767: a step from one sample to the next that is heard
_BOTH = ["pan=stereo|c0=c0|c1=c0"]  # one channel for both sides
_CHUNK = 1 << 18  # samples written at a time


@dataclass(frozen=True)
class Sound:
    """What is to be heard, from the picture's beginning on, over and over.

    track: whether it is laid under the picture, so that it goes on where the picture starts over,
    and fades out in the end. begin: seconds into it at which the picture begins.
    """

    samples: Samples
    track: bool = False
    begin: float = 0.0

    def beginning_at(self, seconds: float) -> Sound:
        """The same for a picture that begins so much later; a track always begins with it."""
        return self if self.track else replace(self, begin=self.begin + seconds)

    def during(self, seconds: float, loops: int = 1) -> Iterator[Samples]:
        """The sound of a picture that takes so long, shown so many times, in pieces.

        All in all it is as long as the picture, to a sample.
        """
        total, once = round(seconds * loops * RATE), seconds * RATE
        for start in range(0, total, _CHUNK):
            places = np.arange(start, min(start + _CHUNK, total))
            if not self.track:
                places = places - np.rint(np.floor((places + 0.5) / once) * once).astype(int)
            places = places + round(self.begin * RATE)
            piece = np.asarray(self.samples[places % len(self.samples)])
            # Codecs ring where sound breaks off, so that even a loop without a seam would click.
            yield _faded(piece, start, total, _END if self.track else EDGE)


def check_sound(facts: Facts) -> None:
    """Raise SourceError where the video has no sound: to be told before the work."""
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
    tracker: Tracker = SILENT,
) -> Sound:
    """The video's own sound, as its frames are looped.

    look: says how they are looped. speed: how many times faster it goes, as high as before.
    seconds: of the loop. part: which frames of the video it is of, (first, stop); None: all.
    tracker: of the job that it is read for.
    Raises SourceError where the video has no sound, or none that can be read.
    """
    check_sound(facts)
    heard, rate = _own(facts, speed, tracker), float(facts.rate * speed)
    first = round(part[0] / rate * RATE) if part else 0
    length = max(1, round(seconds * RATE))
    count = part[1] - part[0] if part else facts.n_frames
    table = loop_of(look).table(count, rate)
    return Sound(looped_sound(heard, table, rate=rate, first=first, length=length))


def track_of(path: Path, seconds: float, tracker: Tracker = SILENT) -> Sound:
    """The sound of a file, to be laid under a picture.

    seconds: that the picture plays at most; of the file, no more is read. tracker: of the job that
    it is read for.
    Raises SourceError where there is none that can be read.
    """
    check_readable(path, TRACK)
    most = math.ceil(seconds * RATE) + 1  # samples
    filters = ["aresample=48000", f"atrim=end_sample={most}", *_both(path, tracker)]
    heard = _read([*one_file(path), "-map", "0:a:0"], filters, Input(path, path), tracker)
    if len(heard) == most:  # so it does not repeat
        return Sound(heard, track=True)
    if np.abs(heard[0].astype(int) - heard[-1]).max() > _STEP:  # it would click where it repeats
        heard = _edged(heard)
    return Sound(heard, track=True)


def bytes_of(loop: float, played: float) -> int:
    """About how many bytes of sound are set aside: read, looped, and for the encoder.

    loop: seconds of the picture once. played: seconds that its longest file plays.
    """
    return math.ceil((2 * max(loop, played) + loop) * RATE) * 4


@contextmanager
def in_file(sound: Sound, seconds: float, loops: int) -> Iterator[list[str]]:
    """ffmpeg's arguments to read the sound of a picture, which lies in the temporary folder."""
    with SharedFile() as file:
        with temporary_room():
            for piece in sound.during(seconds, loops):
                file.write(piece.tobytes())
            file.flush()
        yield ["-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", f"file:{file.path}"]


def _own(facts: Facts, speed: float, tracker: Tracker) -> Samples:
    """The sound of a video from its first frame on, at that speed."""
    track = "0:a:0" if facts.track is None else f"0:{facts.track.number}"
    source = [*trim(facts.start, facts.limit), *one_file(facts.input.opened), "-map", track]
    # Where the picture is not asked for as well, ffmpeg's clock starts with the sound.
    picture = ["-map", facts.stream, "-c", "copy", "-f", "null", "-"]
    filters = [
        "aresample=48000:async=1:first_pts=0",
        # Beyond the picture's end there may be hours that nobody hears.
        f"atrim=start={facts.times[0]:.6f}:end={facts.end + _BEYOND:.6f}",
        "asetpts=PTS-STARTPTS",
        *_tempo(speed),
        *(_BOTH if facts.track and facts.track.mono else ()),
    ]
    return _read(source, filters, facts.input, tracker, picture)


def _both(path: Path, tracker: Tracker) -> list[str]:
    """Filters that give one channel to both sides, as loud as it is; ffmpeg would lower it."""
    described = Description()
    # It describes the file, and ends.
    run_ffmpeg(one_file(path), Input(path, path), note=described.note, tracker=tracker)
    return _BOTH if any(track.mono for track in described.sounds[:1]) else []


def _tempo(speed: float) -> list[str]:
    """Filters that make sound faster and leave it as high; each goes from half to twice as fast."""
    if speed == 1:
        return []
    count = max(1, math.ceil(abs(math.log2(speed)) - 1e-9))
    return [f"atempo={speed ** (1 / count):.9f}"] * count


def _read(
    source: list[str],
    filters: list[str],
    file: Input,
    tracker: Tracker,
    besides: list[str] | None = None,
) -> Samples:
    """What ffmpeg makes of a file's sound, set aside. besides: another output, after it."""
    arguments = [
        *("-v", "error", *source, "-af", ",".join(filters)),
        *("-f", "s16le", "-ar", str(RATE), "-ac", "2", "pipe:1", *(besides or ())),
    ]
    with ExitStack() as under_way:
        under_way.enter_context(tracker.stage(READING, file.path))
        under_way.enter_context(temporary_room())
        raw = under_way.enter_context(nameless_file())
        status, said = run_ffmpeg(
            arguments,
            file,
            made=lambda: os.fstat(raw.fileno()).st_size,
            stdout=raw,
            tracker=tracker,
        )
        _check(file.path, status, said)
        count = os.fstat(raw.fileno()).st_size // 4
        if not count:
            raise SourceError(f"{file.path} has no sound in this part: leave --sound out")
        heard: Samples = np.memmap(raw, np.int16, "r", shape=(count, 2))
        return heard


def _check(path: Path, status: int, said: str) -> None:
    """Raise SourceError where ffmpeg failed."""
    if ended := ended_by(status, said):
        raise SourceError(f"the sound of {path} could not be read ({ended[0]}): {ended[1]}")
    if "matches no streams" in said:
        raise SourceError(f"{path} has no sound: give {TRACK}")
    if "Error opening input" in said:
        raise SourceError(
            f"{path} is no file with sound that ffmpeg can read: convert it, or give another, such"
            " as music.mp3"
        )
    if os.strerror(errno.ENOSPC) in said:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # of the temporary folder
    if status != 0:
        raise SourceError(
            f"the sound of {path} cannot be read ({why_failed(status, said)}): convert it"
        )


def _edged(sound: Samples) -> Samples:
    """The sound with its first moment risen from silence, and its last one fallen to it."""
    edged = blank(len(sound))
    edged[:] = sound
    count, total = round(EDGE * RATE), len(sound)
    for start in (0, max(total - count, 0)):
        edged[start : start + count] = _faded(sound[start : start + count], start, total, EDGE)
    return edged


def _faded(piece: Samples, start: int, total: int, end: float) -> Samples:
    """The piece that begins at sample `start` of `total`, risen from silence and fallen back to it.

    end: seconds of the fall.
    """
    at = np.arange(start, start + len(piece))
    fall = min(round(end * RATE), total // 4) or 1
    rise = min(round(EDGE * RATE), total // 4) or 1
    share = np.minimum(np.minimum(at / rise, (total - 1 - at) / fall), 1.0)
    if share.min() == 1:
        return piece
    return np.rint(piece * share[:, None]).astype(np.int16)


def as_floats(sound: Sound, seconds: float) -> npt.NDArray[Any]:
    """The sound of a picture for MoviePy: (n, 2) floats from -1 to 1."""
    return np.concatenate(list(sound.during(seconds))) / np.float32(32_768)
