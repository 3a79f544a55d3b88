"""Owns the roll: the rolling buffer, and the frames composed from it. Knows no files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from ..checks import check_choice, check_opencv, check_switch, check_whole
from ..frames import Frame, rounded_as
from ..kinds import check_slit
from .composer import Composer
from .directions import DIRECTIONS, FLOWS, Direction, is_sideways
from .dissolving import NEAR
from .near_slit import NearSlit, SlitBetween
from .slit import rows_rolled, slit_rows
from .smooth import SmoothSlit, Steps

_MOST_FEATHER = 2**52  # rows: with so many, every visible row shows the live picture alone


class FrameComposer(Composer):
    """The rolling slit-scan of a sequence of frames, as a function of time.

    The slit, `slit_width` rows of the picture, is taken from every frame. The rows it took from
    earlier frames have rolled away from it, as many rows a frame as are taken: that is the history
    side.
    All other rows show the frame itself: the live side. With the defaults, composed frame k shows
    row s = int(slit * H) of frame k - j in row s - j, for j from 1 to min(k, s).

    frames: iterable of (H, W, 3) uint8 arrays (any (H, W, ...) dtype rolls), all of one shape.
    fps: rate at which they arrive, in frames per second.
    slit: where the slit is, as a fraction of the height (of the width for left and right), 0 to 1;
        or a function that gives it for each frame number (0-based; negative in the pre-roll).
    direction: where history flows: "up", "down", "left", "right", or "out", which is up and down
        from the slit at once.
    slit_width: rows taken and rolled per frame, 1 to the height (width for left and right); or a
        function that gives them for each frame number.
    pre_roll: how many of the first frames only fill the history; the one after them is frame 0.
    feather: rows of history next to the slit that blend into the live picture; with "out", which
        has none, into the slit.
    smooth: whether row j of history shows the slit's row of exactly j / (slit_width * fps) seconds
        ago, averaged over 1 / (slit_width * fps) seconds. Moments between two frames are
        interpolated along the motion, see smooth.py. This reads at least one frame ahead, and
        needs OpenCV. For frames that repeat in a cycle, give a pre-roll that is longer than the
        history by composers.smooth.MARGIN: then every round is equal to the first.

    A copy.copy of a composer reads the frames from the first one, independently of the original.
    Threads may share a composer. It can be neither pickled nor deeply copied.

    Raises ArgumentError (a ValueError) if one of these is out of range.

    A picture of 4 rows whose slit is row 2. Two frames later, row 0 is two frames old:

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
        slit_width: int | Callable[[int], int] = 1,
        pre_roll: int = 0,
        feather: int = 0,
        smooth: bool = False,
    ) -> None:
        super().__init__(frames, fps, pre_roll=pre_roll)
        check_choice("direction", direction, DIRECTIONS)
        if not callable(slit_width):
            check_whole("slit_width", slit_width, least=1)
            slit_width = int(slit_width)
        check_whole("feather", feather, least=0)
        if not callable(slit):
            check_slit(slit)
        self._slit = slit
        self._direction = direction
        self._slit_width = slit_width
        self._feather = min(int(feather), _MOST_FEATHER)
        check_switch("smooth", smooth)
        self._smooth = smooth
        self._smooth_slit: SmoothSlit | None = None
        self._near: list[NearSlit] = []  # of each flow, while the frames dissolve
        self._plain = 0  # the latest frames that do not dissolve
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
        """The latest frame, with the history painted over it."""
        if self._is_double:
            return self._double()
        picture = np.empty_like(self._frame)
        painted, live = self._along(picture), self._along(self._frame)
        done = 0  # rows painted
        for k, flow in enumerate(self._flows):
            painted[done : flow.history.start] = live[done : flow.history.start]
            flow.paint(painted, live, self._near[k] if self._near else None)
            done = flow.history.stop
        painted[done:] = live[done:]
        return picture

    def _double(self) -> Frame:
        """The latest frame, with history painted over it on both sides of the slit.

        So there is no live side: what is not late is as history takes it, and history blends into
        the slit, which is continued beside itself.
        """
        picture = self._past.copy()
        slit, painted = self._slit_rows(), self._along(picture)
        width = slit.stop - slit.start
        rows = slit.start + (np.arange(len(painted)) - slit.start) % width
        if self._smooth:
            rows[:] = middle_of(slit)  # which history shows
            painted[slit] = painted[rows[slit]]
        for flow in self._flows:
            flow.paint(painted, self._along(self._past), None, beside=rows)
        return picture

    @property
    def _is_double(self) -> bool:
        """Whether history flows to both sides."""
        return len(FLOWS[self._direction]) > 1

    def _begin(self, like: Frame) -> None:
        self._flows = self._set_up(self._along(like))
        self._near = []

    def _with_lookahead(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        if not self._smooth:
            return frames
        steps = Steps(frames)
        self._smooth_slit = SmoothSlit(steps, self._along)
        return steps

    def _take_in(self, frame: Frame, index: int) -> None:
        past, slit = self._along(self._past), self._slit_rows()
        for flow in self._flows:
            flow.take(past, slit, self._smooth_slit)
        dissolves = self._past is not frame and not self._is_double
        self._take_near(self._along(frame), slit, dissolves=dissolves)

    def _take_near(self, live: Frame, slit: slice, *, dissolves: bool) -> None:
        """Take in the live form of a frame while frames dissolve, and shortly after."""
        self._plain = 0 if dissolves else self._plain + 1
        if self._plain >= NEAR:
            self._near = []
        elif dissolves and not self._near:
            numbers = self._set_up(np.zeros(len(live), np.intp))
            self._near = list(map(NearSlit, self._set_up(live), numbers))
        for near in self._near:
            near.take(live, slit, smooth=self._smooth)

    def _set_up(self, like: Frame) -> list[Flow]:
        """The flows for frames of this shape and dtype, the upper one first."""
        self._length = len(like)
        rows, width = slice(0, self._length), self._length
        self._fixed: slice | None = None
        if not callable(self._slit_width):
            width = self._slit_width
            if not callable(self._slit):
                self._fixed = slit_rows(self._slit, width, self._length)
        flows = []
        for up in FLOWS[self._direction]:
            if self._fixed:
                rows = slice(0, self._fixed.stop) if up else slice(self._fixed.start, self._length)
            flows.append(Flow(like, up, rows, width, self._feather, central=self._is_double))
        return flows

    def _along(self, picture: Frame) -> Frame:
        """A view of the picture that rolls along axis 0. Writing to it writes the picture."""
        return picture.swapaxes(0, 1) if is_sideways(self._direction) else picture

    def _slit_rows(self) -> slice:
        """The rows of the slit in the latest frame."""
        if self._fixed:
            return self._fixed
        slit, width = self._slit, self._slit_width
        if callable(slit):
            slit = slit(self._index)
        if callable(width):
            width = width(self._index)
        return slit_rows(slit, width, self._length)


def middle_of(slit: slice) -> int:
    """The row in the middle of the slit."""
    return int(slit.start + slit.stop - 1) // 2


class Flow:
    """The history on one side of the slit, as rows of a picture (columns for left and right).

    With each frame, the rows of the composition on this side of the slit move away from it, as
    `rows_rolled` says. So a moving slit leaves behind the live picture that it has passed.

    The buffer is a strip that is longer than the picture, and the picture is a window on it. To
    roll, the window moves by some rows. Only when it reaches the end of the strip does np.roll
    move the pixels back. So rolling copies the slit for each frame, and not half the picture.

    width: the greatest number of rows that a frame rolls.
    """

    def __init__(
        self, like: Frame, up: bool, rows: slice, width: int, feather: int, *, central: bool
    ) -> None:
        self._up, self._is_central = up, central
        self._step = 0  # rows that the latest frame rolled, over 0 upward
        self._rows = rows  # of the picture: those that can hold history or slit
        length = rows.stop - rows.start
        self._slack = length + width
        # zeros_like keeps the memory order of `like`, so that columns are copied as fast as rows.
        self._strip = np.zeros_like(like, shape=(length + self._slack, *like.shape[1:]))
        self._window = 0 if up else self._slack  # the row of the strip at which the window begins
        self._slit: slice | None = None  # None before the first frame
        self.history = slice(0, 0)
        first = max(1, feather + 1 - length)  # rows beyond the picture are never seen
        share = np.arange(first, feather + 1) / (
            feather + 1
        )  # of the live picture, rising towards the slit
        self._live_share = (share if up else share[::-1]).reshape(-1, *[1] * (like.ndim - 1))

    def take(self, live: Frame, slit: slice, smooth: SlitBetween | None) -> None:
        """Roll by one frame, then take in the slit.

        live: the frame, turned so that it rolls along axis 0. smooth: interpolates between the
        frame before and this one; None to leave history as blocks of rows.
        """
        previous = self._slit
        if previous is None:
            self.history = (
                slice(slit.start, slit.start) if self._up else slice(slit.stop, slit.stop)
            )
        else:
            rows = rows_rolled(previous, slit, len(live), up=self._up)
            self._step = rows if self._up else -rows
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
        if smooth and previous:
            self._smooth(previous, slit, smooth)

    def _smooth(self, previous: slice, slit: slice, smooth: SlitBetween) -> None:
        """Replace the block of rows that rolled away last by interpolated rows of the slit."""
        most = self.history.stop - self.history.start
        if self._up:
            count = slit.start - previous.start + self._step
            shown = max(0, min(count, most))
            rows, place = slice(slit.start - shown, slit.start), (previous.start, slit.start)
        else:
            count = previous.stop - slit.stop - self._step
            shown = max(0, min(count, most))
            rows, place = slice(slit.stop, slit.stop + shown), (previous.stop - 1, slit.stop - 1)
        if self._is_central:  # both sides show the same
            place = middle_of(previous), middle_of(slit)
        if shown:
            made = smooth.rows(*place, count, shown)
            self.rolled(rows)[:] = made[::-1] if self._up else made

    def _grow(self, slit: slice) -> None:
        """Extend the history by the rows rolled, up to the edge. A moving slit may cover a part."""
        if self._up:
            top = max(self.history.start - self._step, self._rows.start)
            self.history = slice(min(top, slit.start), slit.start)
        else:
            bottom = min(self.history.stop - self._step, self._rows.stop)
            self.history = slice(slit.stop, max(bottom, slit.stop))

    def rolled(self, rows: slice) -> Frame:
        """A view of the buffer at these rows of the picture. Writing to it writes the buffer."""
        shift = self._window - self._rows.start
        return self._strip[rows.start + shift : rows.stop + shift]

    def paint(
        self,
        picture: Frame,
        live: Frame,
        near: NearSlit | None,
        *,
        beside: npt.NDArray[np.intp] | None = None,
    ) -> None:
        """Paint the history into the picture, blended with the live picture next to the slit.

        near: what is near to the slit in its live form. beside: the rows of the live picture that
        history blends with, of which there are as many as of the picture; None for its own rows.
        """
        rows = self.history
        picture[rows] = self.rolled(rows)
        if near:
            near.mix(picture, rows)
        most = rows.stop - rows.start
        if beside is not None:  # it is blended before there is history, too
            most = rows.stop if self._up else len(picture) - rows.start
        count = min(len(self._live_share), most)
        if count:
            seam = (
                slice(rows.stop - count, rows.stop)
                if self._up
                else slice(rows.start, rows.start + count)
            )
            share = self._live_share[-count:] if self._up else self._live_share[:count]
            now = live[seam if beside is None else beside[seam]]
            picture[seam] = rounded_as(now * share + picture[seam] * (1 - share), picture)
