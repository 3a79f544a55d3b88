"""Owns the way from frames to composed frames: a loop, an effect, and colours out of step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, NoReturn

from .checks import brief, check_rate, plain
from .composers.composer import Composer
from .composers.history_alpha import HistoryAlpha
from .composers.line_scanner import Player
from .composers.rgb import OutOfStep, OutOfStepSource, lag_of
from .composers.still_area import KeptSource
from .effect import Effect, Extent
from .effect.moving import check_moving
from .errors import ArgumentError
from .frames import Frame, Part, SizedSource, Source, Span, check_frame, check_frames, thinned
from .kinds import Area
from .look import HOLE, LIVE, NONE, extent_with
from .loop.cyclic import Cyclic
from .loop.loops import Cut, Loop
from .loop.spool import Spool
from .stages import COMPOSING, FILLING
from .survey import Survey
from .tracker import SILENT, Tracker

_EMPTY = "frames is empty: give at least one frame"


@dataclass(frozen=True)
class Composed:
    """A composition under way.

    composer: makes its frames; it is closed first. loop: the frames that it takes in, which are
    closed as well. part: of the source, if the loop shows less than all. full_from: seconds after
    which the history side is full. alpha: composes how opaque each pixel is; None if all are.
    """

    composer: Composer
    loop: Cyclic
    part: Span | None
    full_from: float
    alpha: Player | None = None


def composed(
    source: SizedSource,
    effect: Effect,
    loop: Loop,
    rate: float,
    *,
    rgb: float = 0.0,
    still_area: Area | None = None,
    background: str = LIVE,
    frames: Iterator[Frame] | None = None,
    part: Span | None = None,
    survey: Survey | None = None,
    like: Cyclic | None = None,
    tracker: Tracker = SILENT,
    is_portion: bool = False,
) -> Composed:
    """The composition of a source, in a loop. See RollingClip.of.

    rgb, still_area, background: as of a look. like: see Cyclic. is_portion: whether the source is a
    portion of what is shown, so that paths may have times beyond the loop.

    Raises ArgumentError if the settings do not suit these frames.
    """
    survey = survey or Survey(source, rate, tracker)
    if loop.bounds and not part:
        part = survey.match(*loop.bounds)
    shown = Part(source, *part) if part else source
    extent = extent_with(loop, source.size, rate, len(shown))
    if not is_portion:
        check_moving(effect, extent)
    if to_see := effect.to_see():
        table, first = loop.table(len(shown), rate), part[0] if part else 0
        extent = replace(extent, seen=survey.seen(to_see, first, table, cyclic=loop.cyclic))
    alpha = None
    if background != LIVE:
        alpha = _alpha_of(effect, loop, extent, still_area, is_hole=background == HOLE)
        effect = effect.unmixed() if background == NONE else effect
    lag = lag_of(rgb, rate, len(shown))
    circling = effect.looping(shown, extent)
    if circling is not shown:  # the loop is made of composed frames
        live: Source = OutOfStepSource(shown, lag) if lag else shown  # which come after colours
        circling, lag = effect.looping(live, extent) if lag else circling, 0
        if still_area:
            circling = KeptSource(circling, live, still_area, source.size)
            still_area = None
    history = effect.history(extent) + 2 * lag
    cyclic = Cyclic(
        circling,
        loop,
        history,
        rate=rate,
        once=effect.reads_once,
        switches=not effect.loops_composed,
        like=like,
    )
    early = 2 * lag if cyclic.pre_roll else 0
    taken: Iterable[Frame] = cyclic if frames is None else frames
    if lag:
        dissolves = len(loop.dissolve(len(shown), rate)) > 0
        taken = OutOfStep(taken, lag, cyclic=early > 0, dissolves=dissolves)
    pre_roll = cyclic.pre_roll - early
    taken = tracker.passing(taken, of=(FILLING, COMPOSING))
    with tracker.stage(FILLING, amount=pre_roll + 1, label=COMPOSING):
        composer = effect.composer(taken, extent, pre_roll=pre_roll)
        if still_area:
            composer.keep_live(still_area)
    return Composed(composer, cyclic, part, (effect.full(extent) - pre_roll) / rate, alpha)


def _alpha_of(
    effect: Effect, loop: Loop, extent: Extent, still_area: Area | None, *, is_hole: bool
) -> Player:
    """What composes how opaque each pixel of a composition is, see HistoryAlpha."""
    try:
        field = effect.moving_field(extent)
    except NotImplementedError:
        raise ArgumentError(
            f"background needs to know what is history, and the effect {brief(effect)} has no field"
            " that tells: leave background out",
            "background",
        ) from None
    alpha = HistoryAlpha(
        field, extent, smooth=effect.is_smooth, still_area=still_area, is_hole=is_hole
    )
    if not effect.loops_composed:
        return Player(alpha, extent.rate)
    return Player(Cyclic(alpha, loop, 0, rate=extent.rate), extent.rate)


def compose(
    frames: Iterable[Frame], effect: Effect, loop: Loop | None = None, *, fps: float = 25
) -> Iterator[Frame]:
    """The composed frames of a sequence of frames, one after another: (H, W, 3) uint8.

    frames: (H, W, 3) uint8 arrays (any (H, W, ...) dtype does), all of one shape: a list or an
        array of them, or anything that can be iterated, such as a generator. What has a length is
        read where it is, as often as the loop needs. What has none is read once, and may be endless
        where the frame that is shown is all that is needed; where the loop or the effect needs to
        know how many frames there are, it is first read to its end, and set aside on disk.
    effect: how the frames are composed, such as Roll(slit=0.3).
    loop: how the end meets the beginning, such as Boomerang(); then one period is composed, whose
        history is full from its first frame on. Default None: each frame is composed once.
    fps: the rate of the frames, in frames per second, for settings in seconds.

    Raises ArgumentError for settings that do not suit the frames, and for frames that differ in
    shape or dtype. Needs NumPy alone; `smooth` needs OpenCV as well.

    >>> frames = [np.full((4, 1, 3), number, np.uint8) for number in (10, 11, 12)]
    >>> [picture[0, 0, 0].item() for picture in compose(frames, Roll(slit=0.5))]
    [10, 11, 10]
    >>> [picture[0, 0, 0].item() for picture in compose(frames, Roll(slit=0.5), Boomerang())]
    [12, 11, 10, 11]
    """
    if not isinstance(effect, Effect):
        raise ArgumentError(f"effect is {brief(effect)}: give an effect, such as Roll()", "effect")
    if loop is not None and not isinstance(loop, Loop):
        raise ArgumentError(f"loop is {brief(loop)}: give a loop, such as Boomerang()", "loop")
    check_rate("fps", fps)
    check_frames(frames)
    rate, kind = float(plain(fps)), loop or Cut()
    if hasattr(frames, "__len__") and hasattr(frames, "__getitem__"):
        return _composed_frames(Listed(frames), effect, kind, rate)
    coming = _alike(iter(frames))
    if not kind.cyclic:
        remembered = _Remembered(coming)
        try:
            return _as_they_come(remembered, effect, rate)
        except _CountNeededError:
            coming = remembered.again()
    return _composed_frames(_SetAside(coming), effect, kind, rate)


def _composed_frames(
    source: Listed | _SetAside, effect: Effect, loop: Loop, rate: float
) -> Iterator[Frame]:
    made = composed(source, effect, loop, rate)
    return _closing(islice(made.composer, made.loop.period), made.composer, made.loop, source)


def _closing(frames: Iterator[Frame], *owned: Any) -> Iterator[Frame]:
    """The same frames, after the last of which everything else is closed."""
    try:
        yield from frames
    finally:
        for each in owned:
            each.close()


def _as_they_come(coming: _Remembered, effect: Effect, rate: float) -> Iterator[Frame]:
    """The composed frames of an iterator, of which only those are held that the effect holds.

    Raises _CountNeededError if the effect needs to know how many frames there are.
    """
    first = next(coming, None)
    if first is None:
        raise ArgumentError(_EMPTY)
    height, width = first.shape[:2]
    composer = effect.composer(chain([first], coming), _Uncounted((width, height), rate))
    coming.forget()
    return _closing(iter(composer), composer)


class _CountNeededError(ArgumentError):
    """How many frames there are must be known, and is not."""


class _Uncounted(Extent):
    """The extent of frames that are still coming, so that their number is not known."""

    def __init__(self, size: tuple[int, int], rate: float) -> None:
        for name, value in {"size": size, "rate": rate, "first": 0, "cyclic": False}.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> NoReturn:
        if name in ("count", "period"):
            raise _CountNeededError(
                "the effect needs to know how many frames there are: give a list of them"
            )
        raise AttributeError(name)


class _Remembered(Iterator[Frame]):
    """An iterator that remembers the frames that it yields, until `forget`."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._taken: list[Frame] | None = []

    def __next__(self) -> Frame:
        frame = next(self._frames)
        if self._taken is not None:
            self._taken.append(frame)
        return frame

    def forget(self) -> None:
        """Remember no frames any more."""
        self._taken = None

    def again(self) -> Iterator[Frame]:
        """All frames, those that were taken already first."""
        return chain(self._taken or (), self._frames)


def _alike(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The same frames. Raises ArgumentError where one differs from the first in shape or dtype."""
    like = None
    for frame in frames:
        check_frame(frame, like)
        like = frame
        yield frame


class Listed:
    """Frames in a list or an array, as a source."""

    def __init__(self, frames: Any) -> None:
        self._frames: Any = frames
        if not len(self):
            raise ArgumentError(_EMPTY)
        self._like = frames[0]
        check_frame(self._like)
        self.size: tuple[int, int] = (self._like.shape[1], self._like.shape[0])

    def __len__(self) -> int:
        return len(self._frames)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop`."""
        for k in range(first, len(self) if stop is None else stop):
            frame = self._frames[k]
            check_frame(frame, self._like)
            yield frame

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, subsampled to about `width` pixels."""
        return thinned(self, width)

    def close(self) -> None:
        """Do nothing, as the caller owns the frames."""


class _SetAside(Listed):
    """The frames of an iterator, which are read to its end and set aside on disk."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._spool = Spool(frames)
        self._spool.fill()
        super().__init__(self._spool)

    def __len__(self) -> int:
        return self._spool.count

    def close(self) -> None:
        """Delete the frames on disk."""
        self._spool.close()
