"""Owns the encoding of frames as videos and AVIF, by ffmpeg, which reads them from a pipe."""

from __future__ import annotations

import errno
import os
import signal
import struct
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..checks import check_rate, check_whole
from ..errors import ArgumentError, OutputError
from ..files import SharedFile
from ..frames import Picture
from ..recipe import XMP_UUID, as_xmp
from ..sound import Sound
from ..tracker import SILENT, Tracker
from ..video.failures import has_error, lacks
from ..video.ffmpeg import run_ffmpeg, start_ffmpeg
from ..video.log import why_failed
from .audio import sound_options
from .budget import AV1_CRF, H264_CRF, VP9_CRF
from .output import written_beside

# The colours are converted with the matrix that the tags then name. For untagged video, players
# guess a matrix from its size, and show shifted greens and reds where the guess is wrong.
_BT709 = (
    "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int,"
    "format={},setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
)
# With the preset "faster" and a CRF that is one less, x264 takes 0.6 of the time of "medium", and
# makes files of about the same size and quality. That counts in large pictures.
_LARGE = 1_000_000  # pixels
_MP4 = ("-movflags", "+faststart", "-f", "mp4")
# Some platforms take no edit list, which ffmpeg writes where frames are decoded in another order
# than they are shown.
_PLACED_MP4 = ("-use_editlist", "0", "-movflags", "+faststart+negative_cts_offsets", "-f", "mp4")
_VP9 = (
    *("-c:v", "libvpx-vp9", "-b:v", "0", "-deadline", "good", "-cpu-used", "2", "-row-mt", "1"),
    *("-f", "webm"),
)
_AV1 = ("-c:v:0", "libsvtav1", "-preset:v:0", "6")
_PRORES = (
    *("-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0", "-alpha_bits", "16"),
    *("-f", "mov"),
)
# An AVIF has its alpha in a picture of its own, in grey, which SVT-AV1 does not encode.
_AVIF_ALPHA = (
    f"[0]split[colour][clear];[colour]{_BT709.format('yuv420p')}[shown];[clear]alphaextract,"
    "format=gray,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=pc[alpha]"
)
_AV1_ALPHA = ("-c:v:1", "libaom-av1", "-cpu-used:v:1", "6", "-crf:v:1", "20")


def write_mp4(
    filename: str | os.PathLike[str],
    frames: Iterable[Picture],
    fps: float,
    *,
    loops: int = 1,
    comment: str = "",
    sound: Sound | None = None,
) -> None:
    """Write frames as an H.264 video in MP4 that plays everywhere: yuv420p, fast start.

    The file appears when it is complete.

    frames: (H, W, 3) uint8, all of one size; an odd last row or column is doubled, as H.264 needs
        even sides. fps: frames per second, up to 1000. loops: how many times the frames are shown,
        for platforms that do not repeat a video, default 1; they are encoded once.
    comment: text for the file's metadata, default none. sound: is encoded as AAC; default none.
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
    """Encode frames to the existing `file`, with the parameters of write_mp4 and these.

    max_bytes: the budget of the file, of which the sound takes only a share; default none. crf: 0
    to 51, lower is better. placed: whether the file is for a platform, which may take no edit list.
    level: the H.264 level, default that which x264 chooses. shown_as: the name that errors give the
    file. tracker: of the job, for its progress.
    """
    check_whole("loops", loops, least=1)
    how: dict[str, Any] = {"shown_as": shown_as, "tracker": tracker}
    even = of_one_size(map(_even, frames))
    first = next(even)
    even = chain([first], even)
    coding = _h264(first, crf, level)
    container = [*(_PLACED_MP4 if placed else _MP4), *_comment_options(comment)]
    with sound_options(sound, frames, fps, "aac", loops, max_bytes) as sound_arguments:
        if loops == 1:
            _encode(file, even, fps, [*coding, *container], sound_arguments, **how)
            return
        with SharedFile(".mp4") as once:
            _encode(once.path, even, fps, [*coding, *_MP4], **how)
            _repeat(once.path, loops, file, container, sound_arguments, **how)


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
    """Encode frames to the existing `file` as a VP9 video in WebM: yuv420p, or with alpha yuva420p.

    frames, fps, comment: as in write_mp4; frames with alpha are (H, W, 4). sound: is encoded as
    Opus; default none. max_bytes, shown_as, tracker: as in encode_mp4. crf: 0 to 63, rounded to a
    whole number; lower is better.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    options = ("-crf", f"{crf:.0f}", *_VP9, *_comment_options(comment))
    with sound_options(sound, frames, fps, "libopus", max_bytes=max_bytes) as sound_arguments:
        _encode(file, frames, fps, options, sound_arguments, shown_as=shown_as, tracker=tracker)


def encode_prores(
    file: Path,
    frames: Iterable[Picture],
    fps: float,
    *,
    comment: str = "",
    sound: Sound | None = None,
    shown_as: str | os.PathLike[str],
    tracker: Tracker = SILENT,
) -> None:
    """Encode frames to the existing `file` as ProRes 4444 in QuickTime: yuv444p10, with alpha.

    frames, fps, comment: as in write_mp4; frames with alpha are (H, W, 4), and even sides are not
    needed. sound: is stored as it is; default none. shown_as, tracker: as in encode_mp4.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    options = (*_PRORES, *_comment_options(comment))
    with sound_options(sound, frames, fps, "pcm_s16le") as sound_arguments:
        how: dict[str, Any] = {"shown_as": shown_as, "tracker": tracker}
        _encode(
            *(file, frames, fps, options, sound_arguments),
            pixels=lambda clear: _filtered("yuva444p10le" if clear else "yuv444p10le"),
            **how,
        )


def encode_avif(
    file: Path,
    frames: Iterable[Picture],
    fps: float,
    *,
    loop: int = 0,
    comment: str = "",
    crf: float = AV1_CRF.usual,
    shown_as: str | os.PathLike[str],
    tracker: Tracker = SILENT,
) -> None:
    """Encode frames to the existing `file` as an animated AVIF: AV1, yuv420p.

    frames, fps, comment: as in write_mp4; frames with alpha are (H, W, 4). loop: how many times the
    file plays, 0 for ever. crf: 0 to 63, rounded to a whole number; lower is better. shown_as,
    tracker: as in encode_mp4.
    Raises ArgumentError for a value out of range, OutputError if the file cannot be written.
    """
    options = ("-crf:v:0", f"{crf:.0f}", *_AV1, "-loop", str(loop), "-f", "avif")
    how: dict[str, Any] = {"shown_as": shown_as, "tracker": tracker}
    _encode(file, map(_even, frames), fps, options, pixels=_avif_pixels, **how)
    if comment:  # ffmpeg writes no comment into an AVIF; readers pass over what they do not know
        xmp = as_xmp(comment)
        with open(file, "ab") as opened:
            opened.write(
                struct.pack(">I4s", 8 + len(XMP_UUID) + len(xmp), b"uuid") + XMP_UUID + xmp
            )


def _filtered(pixel_format: str) -> list[str]:
    """The options that convert frames to a pixel format of ffmpeg's."""
    return ["-vf", _BT709.format(pixel_format)]


def _avif_pixels(clear: bool) -> list[str]:
    """The options that convert frames for an AVIF. clear: whether they have alpha."""
    if not clear:
        return _filtered("yuv420p")
    return ["-filter_complex", _AVIF_ALPHA, "-map", "[shown]", "-map", "[alpha]", *_AV1_ALPHA]


def _h264(frame: Picture, crf: float, level: float | None) -> list[str]:
    """The options with which ffmpeg encodes frames of this size as H.264."""
    preset = "medium"
    if frame.shape[0] * frame.shape[1] > _LARGE:
        preset, crf = "faster", max(0, crf - 1)
    options = ["-c:v", "libx264", "-preset", preset, "-crf", f"{crf:.2f}"]
    return options if level is None else [*options, "-level", f"{level:g}"]


def _comment_options(comment: str) -> tuple[str, ...]:
    """The options with which ffmpeg writes a comment to the metadata."""
    return ("-metadata", f"comment={comment}") if comment else ()


def _encode(
    target: Path,
    frames: Iterable[Picture],
    fps: float,
    options: Iterable[str],
    sound_arguments: tuple[list[str], list[str]] = ([], []),
    *,
    pixels: Callable[[bool], list[str]] | None = None,
    shown_as: str | os.PathLike[str],
    tracker: Tracker,
) -> None:
    """Encode frames and sound to `target` with ffmpeg.

    sound_arguments: those that read the sound and those that encode it; default none. pixels:
    returns the options that convert the pixels, by whether they have alpha; default to yuv420p, or
    yuva420p. shown_as: the name that errors give the target.
    """
    check_rate("fps", fps)
    checked = of_one_size(frames)
    first = next(checked)
    height, width, channels = first.shape
    clear = channels == 4
    form = "rgba" if clear else "rgb24"
    converted = pixels(clear) if pixels else _filtered("yuva420p" if clear else "yuv420p")
    arguments = [
        *("-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", form, "-s", f"{width}x{height}"),
        *("-framerate", str(Fraction(fps).limit_denominator(1_000_000)), "-i", "pipe:0"),
        *sound_arguments[0],
        *(*converted, *options, *sound_arguments[1], f"file:{target}"),
    ]
    with start_ffmpeg(arguments, stdin=subprocess.PIPE, counted=True, tracker=tracker) as ffmpeg:
        all_sent = _send(chain([first], checked), ffmpeg.stdin, tracker)
        status = ffmpeg.wait()
        if not all_sent or status != 0:
            raise _failure(status, ffmpeg.log.text(), target, shown_as)


def _repeat(
    once: Path,
    loops: int,
    target: Path,
    options: Iterable[str],
    sound_arguments: tuple[list[str], list[str]],
    *,
    shown_as: str | os.PathLike[str],
    tracker: Tracker,
) -> None:
    """Copy the picture of one round `loops` times to `target`, with the sound of all rounds.

    options: of the container. The other parameters are as in `_encode`.
    """
    arguments = [
        *("-v", "error", "-y", "-stream_loop", str(loops - 1), "-i", f"file:{once}"),
        *sound_arguments[0],
        *("-c:v", "copy", *sound_arguments[1], *options, f"file:{target}"),
    ]
    status, log = run_ffmpeg(arguments, made=lambda: target.stat().st_size, tracker=tracker)
    if status != 0:
        raise _failure(status, log, target, shown_as)


def _send(frames: Iterable[Picture], pipe: IO[bytes] | None, tracker: Tracker) -> bool:
    """Write all frames to the pipe and close it; return False if ffmpeg closed it before."""
    assert pipe is not None
    for frame in frames:
        try:
            pipe.write(np.ascontiguousarray(frame).data)
        except OSError:  # a broken pipe; on Windows an invalid argument
            return False
        tracker.begin_step()
    with suppress(OSError):  # ffmpeg's exit status tells of the failure
        pipe.close()
    return True


def _failure(status: int, log: str, target: Path, shown_as: str | os.PathLike[str]) -> Exception:
    """The error that says why ffmpeg failed.

    For a full disk it is an OSError, from which written_beside makes one that says what to do.
    """
    for number in (errno.ENOSPC, errno.EDQUOT):
        if has_error(log, number):
            return OSError(number, os.strerror(number))
    if status == -9 or has_error(log, errno.ENOMEM):  # Linux kills when memory runs out
        return OutputError(
            f"{shown_as} cannot be encoded, ffmpeg was killed or had not enough memory: close"
            " other programs, or give a smaller --scale"
        )
    if lacking := lacks(log):
        cause, remedy = lacking
        return OutputError(f"{shown_as} cannot be encoded ({cause}): {remedy}")
    cause = why_failed(status, log).replace(str(target), str(shown_as))
    if status < 0:
        cause = f"ffmpeg was ended by signal {-status}, {signal.strsignal(-status)}"
    return OutputError(
        f"{shown_as} cannot be encoded ({cause}): try another --scale, or the ffmpeg that"
        " imageio-ffmpeg brings"
    )


def of_one_size(frames: Iterable[Picture]) -> Iterator[Picture]:
    """The same frames, checked: (H, W, 3) uint8, or (H, W, 4) with alpha, all of one size.

    Raises ArgumentError for a frame that is not so, and where there are none.
    """
    shape = None
    for k, frame in enumerate(frames):
        shape = shape or frame.shape
        channels = frame.shape[2:]
        if frame.shape != shape or channels not in ((3,), (4,)) or frame.dtype != np.uint8:
            raise ArgumentError(
                f"frame {k} is {frame.shape} {frame.dtype}: give all as (height, width, 3) uint8,"
                " of one size"
            )
        yield frame
    if shape is None:
        raise ArgumentError("there are no frames: give at least one")


def _even(frame: Picture) -> Picture:
    """The frame with even sides: an odd last row or column is doubled."""
    height, width, _ = frame.shape
    if height % 2 == width % 2 == 0:
        return frame
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
