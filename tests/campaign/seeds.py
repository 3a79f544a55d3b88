"""Owns the videos a campaign starts from: many containers and codecs, each made when needed."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from .stamp import FFMPEG, HEIGHT, WIDTH, stamped

COUNT, RATE = 50, 25  # frames, and frames per second, of a seed

_X264 = ("-c:v", "libx264", "-crf", "12", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "10")
_X265 = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:crf=10")
_VP9 = ("-c:v", "libvpx-vp9", "-crf", "15", "-b:v", "0", "-cpu-used", "8", "-g", "10")
_GIF = ("-filter_complex", "split[a][b];[a]palettegen=reserve_transparent=0[p];[b][p]paletteuse")
_SOUND = ("-f", "lavfi", "-t", "2", "-i", "sine")

SEEDS: dict[str, tuple[str, ...]] = {
    "plain.mp4": _X264,
    "fast.mp4": (*_X264, "-movflags", "+faststart"),
    "fragments.mp4": (*_X264, "-movflags", "frag_keyframe+empty_moov"),
    "b.mp4": (*_X264, "-bf", "3"),
    "lossless.mp4": ("-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast", "-g", "10"),
    "hevc10.mp4": (*_X265, "-pix_fmt", "yuv420p10le", "-tag:v", "hvc1"),
    "hdr.mp4": (
        *(*_X265, "-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020"),
        *("-color_trc", "smpte2084", "-colorspace", "bt2020nc"),
    ),
    "phone.mov": (*_X264, "-movflags", "+faststart"),
    "prores.mov": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"),
    "alpha.mov": ("-c:v", "qtrle", "-pix_fmt", "argb"),
    "open.mkv": (*_X264, "-bf", "3", "-x264-params", "open-gop=1"),
    "ffv1.mkv": ("-c:v", "ffv1"),
    "vp8.webm": ("-c:v", "libvpx", "-crf", "4", "-b:v", "2M", "-g", "10", "-cpu-used", "8"),
    "vp9.webm": (*_VP9, "-pix_fmt", "yuv420p"),
    "alpha.webm": (*_VP9, "-pix_fmt", "yuva420p"),
    "xvid.avi": ("-c:v", "mpeg4", "-q:v", "2", "-g", "10"),
    "b.avi": ("-c:v", "mpeg4", "-q:v", "2", "-g", "10", "-bf", "2"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"),
    "raw.avi": ("-c:v", "rawvideo", "-pix_fmt", "bgr24"),
    "air.ts": (*_X264, "-bf", "2"),
    "dvd.mpg": ("-c:v", "mpeg2video", "-q:v", "2", "-g", "10"),
    "flash.flv": ("-c:v", "flv", "-q:v", "2", "-g", "10"),
    "h264.flv": (*_X264, "-bf", "2"),
    "animated.gif": _GIF,
    "animated.apng": ("-plays", "0"),
    "windows.wmv": ("-c:v", "wmv2", "-q:v", "2", "-g", "10"),
    "theora.ogv": ("-c:v", "libtheora", "-q:v", "10", "-g", "10"),
    "bare.h264": (*_X264, "-bf", "2"),
    "bare.m4v": ("-c:v", "mpeg4", "-q:v", "2", "-g", "10"),
    "talking.mp4": (*_X264, "-c:a", "aac", "-shortest"),
    "turned.mp4": (*_X264, "-vf", "transpose=clock"),  # then told to be turned back
}
NO_PICTURE = ("sound.m4a", "cover.m4a", "sound.wav")  # what must be refused


class Seeds:
    """The seeds in a folder; each is made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._making = threading.Lock()

    def __getitem__(self, name: str) -> Path:
        path = self.folder / name
        with self._making:
            if not path.exists():
                self._make(path)
        return path

    def busy(self) -> Path:
        """A video that takes a while: 500 frames of 320x180."""
        path = self.folder / "busy.mp4"
        with self._making:
            if not path.exists():
                run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=20", *_X264, path)
        return path

    def short(self) -> Path:
        """12 frames."""
        path = self.folder / "short.mp4"
        with self._making:
            if not path.exists():
                write(path, 12, *_X264)
        return path

    def _make(self, path: Path) -> None:
        if path.name == "sound.wav":
            run_ffmpeg(*_SOUND, path)
        elif path.name == "sound.m4a":
            run_ffmpeg(*_SOUND, "-c:a", "aac", path)
        elif path.name == "cover.m4a":
            cover = path.with_name("cover.png")
            write(cover, 1)
            run_ffmpeg(
                *(*_SOUND, "-i", cover, "-map", "0", "-map", "1", "-c:a", "aac"),
                *("-c:v", "copy", "-disposition:v:0", "attached_pic", path),
            )
        elif path.name == "talking.mp4":
            write(path, COUNT, *SEEDS[path.name], beside=_SOUND)
        elif path.name == "turned.mp4":
            upright = path.with_name("turned-before.mp4")
            write(upright, COUNT, *SEEDS[path.name])
            run_ffmpeg("-display_rotation", "90", "-i", upright, "-c", "copy", path)
        else:
            write(path, COUNT, *SEEDS[path.name])


def write(
    path: Path, count: int, *options: str, beside: Sequence[str] = (), first: int = 0
) -> None:
    """Write `count` stamped frames from number `first` on.

    options: ffmpeg's for the output. beside: another input.
    """
    run_ffmpeg(
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE)),
        *("-i", "pipe:0", *beside, *options, path),
        sends=b"".join(stamped(first + k).tobytes() for k in range(count)),
    )


def run_ffmpeg(*arguments: str | Path, sends: bytes = b"") -> None:
    """Run ffmpeg, which must succeed."""
    line = [FFMPEG, "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(line, input=sends, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(line)}: {done.stderr.decode(errors='replace')}")
