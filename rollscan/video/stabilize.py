"""Owns what is mended before any effect: light that flickers, and the shake of a hand.

ffmpeg's vidstab (Georg Martius, 2011) works in two passes: one follows the picture and notes its
movements, one moves it back along a smooth path. How far the edges come into sight then does not
depend on what is in the picture; so the same movements of a white one show it, and the largest
middle part that stays white is kept.
"""

from __future__ import annotations

import subprocess
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import SourceError
from ..files import SharedFile
from ..stages import STEADYING
from ..tracker import SILENT, Tracker
from .containers import opening
from .facts import Facts
from .ffmpeg import ended_by, run_ffmpeg, start_ffmpeg
from .filters import in_filter
from .log import why_failed

_SPARE = 1.25  # times the size asked for, at which is worked: steadied pictures are enlarged again
_SMOOTHING = 1.0  # seconds each way over which the camera's path is smoothed
_WHITE = 250  # of 255: a pixel that nothing from outside has been blended into
_EDGES_SHARE = 0.1  # of the work on a frame's movement: finding the edges that come into sight
_LEAST_KEPT = 0.5  # of the width: below it, this is no shaking hand


class Mending:
    """ffmpeg's filters that mend a video, to come right after its decoder.

    facts: of the video.
    plain: the filters that make upright frames of it, given one that scales. size: width and
        height asked for.
    Raises SourceError where ffmpeg fails, or the picture moves so far that little would be left.

    kept: the share of the width and of the height that is left, 0 to 1.
    """

    def __init__(
        self,
        facts: Facts,
        plain: Callable[[str], list[str]],
        size: tuple[int, int],
        *,
        steady: bool,
        deflicker: bool,
        tracker: Tracker = SILENT,
    ) -> None:
        full = (float(facts.size[0] * facts.pixel_aspect), facts.size[1])
        self._size = width, height = _even(min(_SPARE * size[0] / full[0], 1.0), full)
        self._before = plain(f"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int")
        self._before += ["format=yuv444p", *(["deflicker"] if deflicker else [])]
        self._smoothing = max(1, round(_SMOOTHING * facts.rate))
        self._margin = (0, 0)
        self._tracker = tracker
        self._movements: SharedFile | None = None
        if steady:
            self._movements = SharedFile(".trf")
            weakref.finalize(self, self._movements.close)
            with tracker.stage(STEADYING, amount=len(facts.times) * (1 + _EDGES_SHARE)):
                self._follow(facts)
                self._margin = self._seen_edges(len(facts.times))
        self.kept = 1 - 2 * self._margin[1] / height
        if self.kept < _LEAST_KEPT:
            raise SourceError(
                f"{facts.path}, steadied, would keep {self.kept:.0%} of its picture, so far it"
                " moves: leave out --steady, or take a calmer part with --start and --end"
            )

    def close(self) -> None:
        """Let go of the movements noted."""
        if self._movements:
            self._movements.close()

    @property
    def filters(self) -> list[str]:
        """From frames as they are decoded to mended ones, cut to what is left of them."""
        if not self._movements:
            return self._before
        x, y = self._margin
        width, height = self._size
        crop = f"crop={width - 2 * x}:{height - 2 * y}:{x}:{y}"
        return [*self._before, self._moved("bicubic"), crop]

    def _follow(self, facts: Facts) -> None:
        """Note the camera's movements."""
        detect = f"vidstabdetect=shakiness=8:accuracy=15:result={self._path}"
        filters = ",".join([*self._before, detect])
        arguments = [*opening(facts), "-vf", filters, "-fps_mode", "passthrough", "-f", "null", "-"]
        status, said = run_ffmpeg(
            ["-v", "error", *arguments],
            facts.input,
            made=lambda: self._movements_file.stat().st_size,
            counted=True,
            tracker=self._tracker,
        )
        if ended := ended_by(status, said):
            raise SourceError(f"{facts.path} could not be steadied ({ended[0]}): {ended[1]}")
        if status != 0:
            why = why_failed(status, said)
            raise SourceError(f"{facts.path} cannot be steadied ({why}): leave out --steady")

    @property
    def _movements_file(self) -> Path:
        assert self._movements
        return self._movements.path

    @property
    def _path(self) -> str:
        """The file of movements, as a filter's option."""
        return in_filter(self._movements_file.as_posix())

    def _moved(self, interpolation: str) -> str:
        return (
            f"vidstabtransform=input={self._path}:smoothing={self._smoothing}:optalgo=gauss:optzoom=0"
            f":crop=black:interpol={interpolation}"
        )

    def _seen_edges(self, n_frames: int) -> tuple[int, int]:
        """How much is to be cut off left and right, and at top and bottom, in pixels."""
        width, height = self._size
        white = f"color=white:size={width}x{height}"
        moved = f"format=yuv420p,{self._moved('linear')},format=gray"
        arguments = [
            *("-f", "lavfi", "-i", white, "-frames:v", str(n_frames), "-vf", moved),
            *("-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"),
        ]
        always, count = np.full((height, width), 255, np.uint8), 0
        command = ["-v", "error", *arguments]
        with start_ffmpeg(command, stdout=subprocess.PIPE, tracker=self._tracker) as ffmpeg:
            frame = np.empty_like(always)
            while ffmpeg.fill(frame.data.cast("B")):
                np.minimum(always, frame, out=always)
                count += 1
                self._tracker.step(_EDGES_SHARE)
        if count != n_frames:
            raise SourceError(
                f"the video cannot be steadied ({count} of {n_frames} movements are known): leave"
                " out --steady"
            )
        return _margin(always >= _WHITE)


def _margin(white: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """The least margin, across and down, of one proportion, inside which all is white (H, W)."""
    height, width = white.shape
    for y in range(height // 2):
        x = -(-y * width // height)
        if white[y : height - y, x : width - x].all():
            return x, y
    return width // 2, height // 2


def _even(factor: float, size: tuple[float, float]) -> tuple[int, int]:
    """The size times a factor, in even numbers of pixels."""
    width, height = (max(2, 2 * round(side * factor / 2)) for side in size)
    return width, height
