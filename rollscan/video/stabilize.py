"""Owns the stabilization of a video and the removal of its flicker, before any effect.

ffmpeg's vidstab (Georg Martius, 2011) works in two passes: the first detects the camera's
movements, the second moves each frame so that the camera follows a smooth path. How far the edges
of the picture then come into view does not depend on its content. So a white picture is moved in
the same way, and the largest centred part that stays white is the part that is kept.
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
from .colours import Pixels
from .containers import opening
from .facts import Facts
from .failures import ended_by
from .ffmpeg import run_ffmpeg, start_ffmpeg
from .filters import in_filter
from .log import why_failed

OVERSIZE = 1.25  # times the final size: stabilized pictures are cropped and enlarged again
_SMOOTHING = 1.0  # seconds before and after a frame over which the camera's path is smoothed
_WHITE = 250  # of 255: a pixel at least this bright has no part of the border in it
_EDGES_SHARE = 0.1  # the work of finding a frame's edges, as a share of that on its movement
_LEAST_KEPT = 0.5  # of the height: where less is left, the camera does more than shake


class Stabilizer:
    """The ffmpeg filters that stabilize and deflicker a video, to come right after its decoder.

    kept: the share of the width and of the height that is left, 0 to 1.

    facts: of the video. plain: returns the filters that make upright frames, for their
    pixels and the filter that scales. size: (width, height) of the final frames, in pixels. steady,
    deflicker: which of the two to do. tracker: of the job, of which detecting the movements is a
    stage.
    Raises SourceError where ffmpeg fails, or where less than half of the picture would be left.
    """

    def __init__(
        self,
        facts: Facts,
        plain: Callable[[Pixels, str], list[str]],
        size: tuple[int, int],
        *,
        steady: bool,
        deflicker: bool,
        tracker: Tracker = SILENT,
    ) -> None:
        full = (float(facts.size[0] * facts.pixel_aspect), facts.size[1])
        self._size = _even(min(OVERSIZE * size[0] / full[0], 1.0), full)
        self._plain, self._deflicker = plain, deflicker
        self._smoothing = max(1, round(_SMOOTHING * facts.rate))
        self._margin = (0, 0)
        self._tracker = tracker
        self._movements: SharedFile | None = None
        if steady:
            self._movements = SharedFile(".trf")
            weakref.finalize(self, self._movements.close)
            with tracker.stage(STEADYING, amount=len(facts.times) * (1 + _EDGES_SHARE)):
                self._detect_movements(facts)
                self._margin = self._find_margin(len(facts.times))
        self.kept = 1 - 2 * self._margin[1] / self._size[1]
        if self.kept < _LEAST_KEPT:
            raise SourceError(
                f"{facts.path}, steadied, would keep {self.kept:.0%} of its picture, so far it"
                " moves: leave out --steady, or take a calmer part with --start and --end"
            )

    def close(self) -> None:
        """Remove the temporary file of the movements."""
        if self._movements:
            self._movements.close()

    def filters(self, pixels: Pixels) -> list[str]:
        """Filters from decoded frames to corrected ones, cropped to the part that is kept.

        pixels: of the decoded frames.
        """
        before = self._before(pixels)
        if not self._movements:
            return before
        x, y = self._margin
        width, height = self._size
        crop = f"crop={width - 2 * x}:{height - 2 * y}:{x}:{y}"
        return [*before, self._transform("bicubic"), crop]

    def _before(self, pixels: Pixels) -> list[str]:
        """Filters from decoded frames to those whose movements are detected."""
        width, height = self._size
        scale = f"scale={width}:{height}:flags=bicubic+accurate_rnd+full_chroma_int"
        deflicker = ["deflicker"] if self._deflicker else []
        return [*self._plain(pixels, scale), "format=yuv444p", *deflicker]

    def _detect_movements(self, facts: Facts) -> None:
        """Write the camera's movements to the temporary file."""
        detect = f"vidstabdetect=shakiness=8:accuracy=15:result={self._path}"
        filters = ",".join([*self._before(facts.pixels), detect])
        arguments = [*opening(facts), "-vf", filters, "-fps_mode", "passthrough", "-f", "null", "-"]
        status, log = run_ffmpeg(
            ["-v", "error", *arguments],
            facts.input,
            made=lambda: self._movements_file.stat().st_size,
            counted=True,
            tracker=self._tracker,
        )
        if ended := ended_by(status, log):
            raise SourceError(f"{facts.path} could not be steadied ({ended[0]}): {ended[1]}")
        if status != 0:
            why = why_failed(status, log)
            raise SourceError(f"{facts.path} cannot be steadied ({why}): leave out --steady")

    @property
    def _movements_file(self) -> Path:
        assert self._movements
        return self._movements.path

    @property
    def _path(self) -> str:
        """The path of the movements' file, escaped for use in a filter."""
        return in_filter(self._movements_file.as_posix())

    def _transform(self, interpolation: str) -> str:
        """The filter that moves each frame onto the smooth path, with this interpolation."""
        return (
            f"vidstabtransform=input={self._path}:smoothing={self._smoothing}:optalgo=gauss:optzoom=0"
            f":crop=black:interpol={interpolation}"
        )

    def _find_margin(self, n_frames: int) -> tuple[int, int]:
        """How many pixels to crop on the left and right each, and at the top and bottom each."""
        width, height = self._size
        white = f"color=white:size={width}x{height}"
        moved = f"format=yuv420p,{self._transform('linear')},format=gray"
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
    """The least margin, in pixels across and down, inside which all pixels are white.

    white: (H, W), whether each pixel is white. The part inside keeps the picture's shape.
    """
    height, width = white.shape
    for y in range(height // 2):
        x = -(-y * width // height)
        if white[y : height - y, x : width - x].all():
            return x, y
    return width // 2, height // 2


def _even(factor: float, size: tuple[float, float]) -> tuple[int, int]:
    """A size (width, height) times a factor, each side rounded to an even number from 2 on."""
    width, height = (max(2, 2 * round(side * factor / 2)) for side in size)
    return width, height
