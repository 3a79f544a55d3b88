"""Owns the roll: the rolling buffer, and what it shows. Knows no files and no MoviePy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..checks import check_choice, check_opencv, check_switch, check_whole
from ..frames import Frame
from ..kinds import check_slit
from .composer import Composer
from .directions import DIRECTIONS, FLOWS, Direction, is_sideways
from .slit import slit_rows
from .smooth import SmoothSlit, Steps

_SHEER = 2**52  # rows of feather: among so many, any that are seen show the live picture alone


class FrameComposer(Composer):
    """The rolling slit-scan of a sequence of frames, as a function of time.

    The slit, `slit_width` rows of the picture, is taken from every frame. The rows it took from
    earlier frames have rolled away from it, `slit_width` rows a frame: that is the history side.
    All other rows show the frame itself: the live side. With the defaults, composed frame k shows
    row s = int(slit * H) of frame k - j in row s - j, for j from 1 to min(k, s).

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype rolls), all of one shape.
    fps: rate at which they arrive, in frames per second.
    slit: where the slit is, as a fraction of the height (of the width for left and right), 0 to 1;
        or a function that gives it for each frame number (0-based; negative in the pre-roll).
    direction: where history flows: "up", "down", "left", "right", or "out", which is up and down
        from the slit at once.
    slit_width: rows taken and rolled per frame, 1 to the height (width for left and right).
    pre_roll: how many of the first frames only fill the history; the one after them is frame 0.
    feather: rows of history next to the slit that blend into the live picture.
    smooth: whether row j of history shows the slit's row of exactly j / (slit_width * fps) seconds
        ago, averaged over 1 / (slit_width * fps) seconds: what lies between two frames is made
        along the motion there, see smooth.py. It reads frames ahead, one at least, and needs
        OpenCV. Where frames go round and round, give a pre-roll that is longer than the history
        by compose.smooth.MARGIN: then no round differs from the first.

    A copy.copy takes the frames from the first on again, whatever becomes of the composer it is of.
    Threads may share a composer. It can be neither pickled nor deeply copied.

    Raises ArgumentError (a ValueError) where one of these is out of range.

    A picture of 4 rows whose slit is row 2; after two frames more, row 0 is two frames old:

    >>> frames = [np.full((4, 1, 3), number, np.uint8) for number in (10, 11, 12)]
    >>> rolling = FrameComposer(frames, fps=25)
    >>> rolling.make_frame(2 / 25)[:, 0, 0]
    array([10, 11, 12, 12], dtype=uint8)
    >>> [picture[0, 0, 0].item() for picture in rolling]  # row 0 of every composed frame
    [10, 11, 10]
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        fps: float,
        *,
        slit: float | Callable[[int], float] = 0.5,
        direction: Direction = "up",
        slit_width: int = 1,
        pre_roll: int = 0,
        feather: int = 0,
        smooth: bool = False,
    ) -> None:
        super().__init__(frames, fps, pre_roll=pre_roll)
        check_choice("direction", direction, DIRECTIONS)
        check_whole("slit_width", slit_width, least=1)
        check_whole("feather", feather, least=0)
        if not callable(slit):
            check_slit(slit)
        self._slit = slit
        self._direction = direction
        self._slit_width = int(slit_width)
        self._feather = min(int(feather), _SHEER)
        check_switch("smooth", smooth)
        self._smooth = smooth
        self._smooth_slit: SmoothSlit | None = None
        if smooth:
            check_opencv("smooth")
        self._start()

    @property
    def buffer(self) -> Frame:
        """The rolling buffer as a picture: slit and history in their rows, 0 elsewhere."""
        with self._lock:
            picture = np.zeros_like(self._frame)
            slit = self._slit_rows()
            for flow in self._flows:
                rows = slice(min(flow.history.start, slit.start), max(flow.history.stop, slit.stop))
                self._along(picture)[rows] = flow.rolled(rows)
            return picture

    def _composed(self) -> Frame:
        """The frame taken last, with the history painted over it."""
        picture = np.empty_like(self._frame)
        painted, live = self._along(picture), self._along(self._frame)
        done = 0  # rows painted
        for flow in self._flows:
            painted[done : flow.history.start] = live[done : flow.history.start]
            flow.paint(painted, live)
            done = flow.history.stop
        painted[done:] = live[done:]
        return picture

    def _begin(self, like: Frame) -> None:
        self._flows = self._set_up(self._along(like))

    def _ahead(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        if not self._smooth:
            return frames
        steps = Steps(frames)
        self._smooth_slit = SmoothSlit(steps, self._along)
        return steps

    def _take_in(self, frame: Frame, index: int) -> None:
        along, slit = self._along(frame), self._slit_rows()
        for flow in self._flows:
            flow.take(along, slit, self._smooth_slit)

    def _set_up(self, like: Frame) -> list[_Flow]:
        """The flows, the upper first, for frames like this one."""
        self._length = len(like)
        rows = slice(0, self._length)
        if not callable(self._slit):
            self._fixed = slit_rows(self._slit, self._slit_width, self._length)
        flows = []
        for up in FLOWS[self._direction]:
            if not callable(self._slit):
                rows = slice(0, self._fixed.stop) if up else slice(self._fixed.start, self._length)
            flows.append(_Flow(like, up, rows, self._slit_width, self._feather))
        return flows

    def _along(self, picture: Frame) -> Frame:
        """The picture turned so that it rolls along axis 0: a view, so painting it is for real."""
        return picture.swapaxes(0, 1) if is_sideways(self._direction) else picture

    def _slit_rows(self) -> slice:
        """The rows of the slit in the frame taken last."""
        if callable(self._slit):
            return slit_rows(self._slit(self._index), self._slit_width, self._length)
        return self._fixed


class _Flow:
    """The history on one side of the slit, as rows of a picture (columns for left and right).

    History is the composition before, moved `width` rows away from the slit, as far as the slit is
    now: so a moving slit leaves behind what was live when it passed.

    The buffer is a strip longer than the picture, and the picture a window on it. To roll, the
    window moves `width` rows along; only when it gets to the strip's end does np.roll bring
    everything back. So a frame costs its slit, not half a picture.
    """

    def __init__(self, like: Frame, up: bool, rows: slice, width: int, feather: int) -> None:
        self._up = up
        self._step = width if up else -width
        self._rows = rows  # of the picture: those that ever hold history or slit
        length = rows.stop - rows.start
        self._slack = length + width
        # zeros_like keeps the order in memory, so that columns copy as fast as rows.
        self._strip = np.zeros_like(like, shape=(length + self._slack, *like.shape[1:]))
        self._window = 0 if up else self._slack  # strip row of the window's first row
        self._slit: slice | None = None  # None: nothing taken yet
        self.history = slice(0, 0)
        first = max(1, feather + 1 - length)  # more rows than there are would never be seen
        share = np.arange(first, feather + 1) / (feather + 1)  # of live picture, rising to the slit
        self._live_share = (share if up else share[::-1]).reshape(-1, *[1] * (like.ndim - 1))

    def take(self, live: Frame, slit: slice, smooth: SmoothSlit | None) -> None:
        """Roll, then take in the slit; `live` is the frame with the roll along axis 0.

        smooth: gives what lies between this frame and the last one.
        """
        came = self._slit
        if came is None:
            self.history = (
                slice(slit.start, slit.start) if self._up else slice(slit.stop, slit.stop)
            )
        else:
            self._window += self._step
            if not 0 <= self._window <= self._slack:
                home = 0 if self._up else self._slack
                self._strip = np.roll(self._strip, home - self._window, axis=0)
                self._window = home
            self._grow(slit)
        self._slit = slit
        taken = (
            slice(slit.start, self._rows.stop) if self._up else slice(self._rows.start, slit.stop)
        )
        self.rolled(taken)[:] = live[taken]
        if smooth and came:
            self._smooth(came, slit, smooth)

    def _smooth(self, came: slice, slit: slice, smooth: SmoothSlit) -> None:
        """Lay over what rolled away in one block the rows that the slit showed on its way."""
        most = self.history.stop - self.history.start
        if self._up:
            count = slit.start - came.start + self._step
            shown = max(0, min(count, most))
            rows, place = slice(slit.start - shown, slit.start), (came.start, slit.start)
        else:
            count = came.stop - slit.stop - self._step
            shown = max(0, min(count, most))
            rows, place = slice(slit.stop, slit.stop + shown), (came.stop - 1, slit.stop - 1)
        if shown:
            made = smooth.rows(*place, count, shown)
            self.rolled(rows)[:] = made[::-1] if self._up else made

    def _grow(self, slit: slice) -> None:
        """History reaches `width` rows further, unless at the edge or overtaken by the slit."""
        if self._up:
            top = max(self.history.start - self._step, self._rows.start)
            self.history = slice(min(top, slit.start), slit.start)
        else:
            bottom = min(self.history.stop - self._step, self._rows.stop)
            self.history = slice(slit.stop, max(bottom, slit.stop))

    def rolled(self, rows: slice) -> Frame:
        """These rows of the picture, as the buffer has them; writing to them writes the buffer."""
        shift = self._window - self._rows.start
        return self._strip[rows.start + shift : rows.stop + shift]

    def paint(self, picture: Frame, live: Frame) -> None:
        """Paint the history into the picture, feathered into the live picture at the slit."""
        rows = self.history
        picture[rows] = self.rolled(rows)
        count = min(len(self._live_share), rows.stop - rows.start)
        if count:
            seam = (
                slice(rows.stop - count, rows.stop)
                if self._up
                else slice(rows.start, rows.start + count)
            )
            share = self._live_share[-count:] if self._up else self._live_share[:count]
            blend = live[seam] * share + picture[seam] * (1 - share)
            picture[seam] = np.rint(blend) if picture.dtype.kind in "iu" else blend
