"""Owns composed frames to MP4 and WebM files: raw down a pipe to one ffmpeg.

Each file is in place when it is whole.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO

import numpy as np

from ..checks import check_rate, check_whole
from ..errors import ArgumentError, OutputError
from ..frames import Picture
from ..sound import Sound
from ..tracker import SILENT, Tracker
from ..video.ffmpeg import start_ffmpeg
from ..video.log import why_failed
from .audio import heard_with
from .budget import H264_CRF, VP9_CRF
from .output import written_beside

# Computed with the matrix that the tags then name. Players take untagged video for whatever suits
# its size, and show shifted greens and reds where the guess is wrong.
_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,"
    "format=yuv420p,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)
_H264 = ("-c:v", "libx264", "-preset", "medium")
_MP4 = ("-movflags", "+faststart", "-f", "mp4")
# Some places take no edit list, which tells of frames shown in another order than they are decoded.
_PLACED_MP4 = ("-use_editlist", "0", "-movflags", "+faststart+negative_cts_offsets", "-f", "mp4")
_VP9 = (
    *("-c:v", "libvpx-vp9", "-b:v", "0", "-deadline", "good", "-cpu-used", "2", "-row-mt", "1"),
    *("-f", "webm"),
)


def write_mp4(
    filename: str | os.PathLike[str],
    frames: Iterable[Picture],
    fps: float,
    *,
    loops: int = 1,
    comment: str = "",
    sound: Sound | None = None,
) -> None:
    """Write frames as an H.264 video that plays everywhere: yuv420p, fast start.

    frames: (H, W, 3) uint8, all of one size; an odd last row or column is shown twice, as H.264
        needs even sides. fps: frames per second, up to 1000. loops: how many times the frames are
        shown, for places that do not repeat a video; with more than one, `frames` is iterated
        anew each time, so it must be a list or another object that can be, not an iterator.
    comment: kept in the file's metadata. sound: what is heard, as AAC; default nothing.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    with written_beside(filename) as temporary:
        encode_mp4(
            temporary, frames, fps, loops=loops, comment=comment, sound=sound, shown_as=filename
        )


def encode_mp4(
    file: Path,
    frames: Iterable[Picture],
    fps: float,
    *,
    loops: int = 1,
    comment: str = "",
    sound: Sound | None = None,
    max_bytes: int | None = None,
    crf: float = H264_CRF.usual,
    placed: bool = False,
    level: float | None = None,
    shown_as: str | os.PathLike[str],
    tracker: Tracker = SILENT,
) -> None:
    """Encode to `file`, which is there already, as write_mp4 does.

    max_bytes: what the file is to have, of which the sound takes no more than a share.
    crf: 0 to 51, less is better. placed: for a place that may take no edit list. level: of H.264,
    at most. shown_as: what errors call the file. tracker: of the job that it is encoded in.
    """
    check_whole("loops", loops, least=1)
    if loops > 1:
        _check_again(frames, f"loops is {loops}")
    options = [*_H264, "-crf", f"{crf:.2f}", *(_PLACED_MP4 if placed else _MP4), *_kept(comment)]
    if level is not None:
        options += ["-level", f"{level:g}"]
    even = (_even(frame) for _ in range(loops) for frame in frames)
    with heard_with(sound, frames, fps, "aac", loops, max_bytes) as heard:
        _encode(file, even, fps, options, heard, shown_as=shown_as, tracker=tracker)


def encode_webm(
    file: Path,
    frames: Iterable[Picture],
    fps: float,
    *,
    comment: str = "",
    sound: Sound | None = None,
    max_bytes: int | None = None,
    crf: float = VP9_CRF.usual,
    shown_as: str | os.PathLike[str],
    tracker: Tracker = SILENT,
) -> None:
    """Encode frames to `file`, which is there already, as a VP9 video in WebM: yuv420p.

    frames, fps, comment: as in write_mp4. sound: what is heard, as Opus; default nothing.
    max_bytes: what the file is to have, of which the sound takes no more than a share.
    crf: a whole number from 0 to 63, less is better. shown_as, tracker: as in encode_mp4.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    options = ("-crf", f"{crf:.0f}", *_VP9, *_kept(comment))
    with heard_with(sound, frames, fps, "libopus", max_bytes=max_bytes) as heard:
        _encode(file, frames, fps, options, heard, shown_as=shown_as, tracker=tracker)


def _kept(comment: str) -> tuple[str, ...]:
    """ffmpeg's options to keep a comment in the metadata."""
    return ("-metadata", f"comment={comment}") if comment else ()


def _encode(
    target: Path,
    frames: Iterable[Picture],
    fps: float,
    options: Iterable[str],
    heard: tuple[list[str], list[str]] = ([], []),
    *,
    shown_as: str | os.PathLike[str],
    tracker: Tracker,
) -> None:
    """Have ffmpeg encode the frames, and what is heard, to `target`.

    shown_as: what errors call it.
    """
    check_rate("fps", fps)
    checked = of_one_size(frames)
    first = next(checked)
    height, width, _ = first.shape
    arguments = [
        *("-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"),
        *("-framerate", str(Fraction(fps).limit_denominator(1_000_000)), "-i", "pipe:0"),
        *heard[0],
        *("-vf", _BT709, *options, *heard[1], f"file:{target}"),
    ]
    with start_ffmpeg(arguments, stdin=subprocess.PIPE, counted=True, tracker=tracker) as ffmpeg:
        whole = _send(chain([first], checked), ffmpeg.stdin, tracker)
        status = ffmpeg.wait()
        if not whole or status != 0:
            raise _failure(status, ffmpeg.log.text(), target, shown_as)


def _send(frames: Iterable[Picture], pipe: IO[bytes] | None, tracker: Tracker) -> bool:
    """Write all frames down the pipe, and close it; False where ffmpeg does before the end."""
    assert pipe is not None
    for frame in frames:
        try:
            pipe.write(np.ascontiguousarray(frame).data)
        except OSError:  # a broken pipe; on Windows an invalid argument
            return False
        tracker.begin_step()
    with suppress(OSError):  # its status says so
        pipe.close()
    return True


def _failure(status: int, said: str, target: Path, shown_as: str | os.PathLike[str]) -> Exception:
    """Why ffmpeg failed; a full disk is left to written_beside, which knows what to say."""
    for number in (errno.ENOSPC, errno.EDQUOT):
        if os.strerror(number) in said:
            return OSError(number, os.strerror(number))
    if status == -9 or os.strerror(errno.ENOMEM) in said:  # Linux kills where memory runs out
        return OutputError(
            f"{shown_as} cannot be encoded, ffmpeg was killed or had not enough memory: close"
            " other programs, or give a smaller --scale"
        )
    cause = why_failed(status, said).replace(str(target), str(shown_as))
    if status < 0:
        cause = f"ffmpeg was ended by signal {-status}, {signal.strsignal(-status)}"
    return OutputError(
        f"{shown_as} cannot be encoded ({cause}): try another --scale, or the ffmpeg that"
        " imageio-ffmpeg brings"
    )


def of_one_size(frames: Iterable[Picture]) -> Iterator[Picture]:
    """The same frames. Raises ArgumentError where there are none, or one is unlike the first."""
    shape = None
    for k, frame in enumerate(frames):
        shape = shape or frame.shape
        if frame.shape != shape or frame.shape[2:] != (3,) or frame.dtype != np.uint8:
            raise ArgumentError(
                f"frame {k} is {frame.shape} {frame.dtype}: give all as (height, width, 3) uint8,"
                " of one size"
            )
        yield frame
    if shape is None:
        raise ArgumentError("there are no frames: give at least one")


def _even(frame: Picture) -> Picture:
    """The frame with even sides: an odd last row or column is there twice."""
    height, width, _ = frame.shape
    if height % 2 == width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _check_again(frames: Iterable[Picture], why: str) -> None:
    """Raise ArgumentError where the frames run only once."""
    if iter(frames) is frames:
        raise ArgumentError(f"{why}, but frames run only once: give a list, or no iterator")
