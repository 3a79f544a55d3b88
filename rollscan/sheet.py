"""Owns the sheet of looks: every look on one clip, side by side, each above its name."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .clip import RollingClip
from .counting import whole_ceil
from .deliver.composition import Composition
from .deliver.geometry import Fitted
from .deliver.moving import write_moving
from .deliver.picture import FORMATS, check_ending, write_picture
from .deliver.poster import PosterChooser
from .deliver.targets import Style, Target
from .frames import Frame, Picture, SizedSource, thinned
from .look import Look, belongs, loop_of, named_looks
from .loop.spool import Spool
from .result import Written
from .stages import COMPOSING, LOOKS
from .tracker import SILENT, Tracker

TILE = 240  # pixels: the longer side of each picture
LONGEST = 10.0  # seconds of the clip that are shown at most
_GAP = 12  # pixels between the pictures
_LINE = 20  # pixels: the height of a name
_PAPER, _INK = (250, 249, 246), (40, 40, 44)
_STILL_FPS = 10.0  # frames per second of which a still shows the best one
_MOVING = (".gif", ".mp4")  # the suffixes of a moving sheet
_MOVING_FPS = 15.0


class SpooledSource:
    """The first LONGEST seconds of a source, decoded once and then read from disk."""

    def __init__(self, source: SizedSource, rate: float) -> None:
        self.size = source.size
        self._count = min(len(source), max(1, int(LONGEST * rate)))
        self.spool = Spool(source.frames(0, self._count))

    def __len__(self) -> int:
        return self._count

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        """The frames `first` up to but not including `stop`."""
        return (self.spool[k] for k in range(first, self._count if stop is None else stop))

    def small(self, width: int) -> Iterator[Frame]:
        """All frames, subsampled to about `width` pixels."""
        return thinned(self, width)

    def close(self) -> None:
        """Do nothing, as the other looks need the frames too."""


class Grid:
    """The layout of the sheet, in which each picture lies above its name.

    names: of the pictures. size: the width and height of each picture in pixels.
    """

    def __init__(self, names: Sequence[str], size: tuple[int, int]) -> None:
        self._step = (size[0] + _GAP, size[1] + _LINE + _GAP)
        self._size = size
        wanted = math.sqrt(1.5 * len(names) * self._step[1] / self._step[0])  # for about 3:2
        self._columns = min(max(1, round(wanted)), len(names))
        rows = -(-len(names) // self._columns)
        width, height = _GAP + self._columns * self._step[0], _GAP + rows * self._step[1]
        self.size = (width + width % 2, height + height % 2)
        image = Image.new("RGB", self.size, _PAPER)
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
        for k, name in enumerate(names):
            x, y = self.corner(k)
            draw.text((x, y + size[1] + 2), name, fill=_INK, font=font)
        self._paper = np.asarray(image)

    def laid_out(self, pictures: Sequence[Picture]) -> Picture:
        """The sheet with these pictures: (H, W, 3) uint8, its sides even, as videos need them."""
        sheet = self._paper.copy()
        for k, picture in enumerate(pictures):
            x, y = self.corner(k)
            sheet[y : y + self._size[1], x : x + self._size[0]] = picture
        return sheet

    def corner(self, k: int) -> tuple[int, int]:
        """The x and y of the top left corner of picture `k`, from 0, in pixels."""
        row, column = divmod(k, self._columns)
        return _GAP + column * self._step[0], _GAP + row * self._step[1]


def write_sheet(
    path: Path,
    source: SizedSource,
    look: Look,
    rate: float,
    style: Style,
    tracker: Tracker = SILENT,
) -> Written:
    """Write every look on one clip, as a still or a moving picture by the suffix of the path.

    source: the clip, of which the first LONGEST seconds are read once.
    look: those of its settings that differ from the defaults override the settings of every look
        that has them.
    rate: frames per second of the source.
    style: how a moving sheet is written. tracker: of the job.

    Raises ArgumentError for another suffix, OutputError if the file cannot be written.
    """
    ending = check_ending(path, (*FORMATS, *_MOVING))
    spooled = SpooledSource(source, rate)
    grid = Grid(list(named_looks()), source.size)
    looks = (
        fitting(_overridden(named.look, look.settings), look.settings, len(spooled), rate)
        for named in named_looks().values()
    )
    style = replace(style, recipe="", sized=True, timed=True)
    with closing(spooled.spool), ExitStack() as clips_open:
        under_way = clips_open.enter_context(ExitStack())
        under_way.enter_context(tracker.stage(LOOKS, path, label=COMPOSING))
        clips = [
            clips_open.enter_context(RollingClip.of(spooled, look, rate, tracker=tracker))
            for look in looks
        ]
        if ending not in _MOVING:
            tracker.amount(sum(clip.duration * _STILL_FPS for clip in clips))
            write_picture(grid.laid_out([_poster(clip, tracker) for clip in clips]), path)
            return Written(path, grid.size, 1, 0.0)
        seconds = min(max(clip.duration for clip in clips), LONGEST)
        count = max(1, int(seconds * _MOVING_FPS))
        tracker.amount(count * len(clips))
        sheets = (
            grid.laid_out([_frame_at(clip, k / _MOVING_FPS, tracker) for clip in clips])
            for k in range(count)
        )
        with closing(Spool(sheets)) as spool:
            spool.fill()
            under_way.close()
            whole = Composition(spool, range(count), _MOVING_FPS, Fitted.whole(grid.size))
            return write_moving(Target(path, ending[1:]), whole, style, tracker)


def _overridden(look: Look, settings: Mapping[str, Any]) -> Look:
    """The look, overridden by those of the settings that its effect has."""
    effect = settings.get("effect", look.effect)
    return look.over(**{name: value for name, value in settings.items() if belongs(name, effect)})


def fitting(look: Look, given: Mapping[str, Any], count: int, rate: float) -> Look:
    """The look, with its durations shortened to suit a clip of `count` frames.

    given: settings of the user, which are not changed. rate: frames per second.
    """
    loop = loop_of(look).fitted(count, rate)
    fits: dict[str, Any] = {"rgb": min(look.rgb, count // 2 / rate)}
    fits |= {"loop": loop.name, **vars(loop)}
    shorter = look.over(**_without(fits, given))
    loop = loop_of(shorter)
    if not loop.cyclic:  # without a loop, depth may be longer than the clip
        return shorter
    if loop.bounds:
        count = round(min(count, max(1.0, loop.bounds[0] * rate)))
    seconds = loop.period(count, rate) / rate
    depth = look.depth and min(look.depth, seconds)  # none is the loop's
    return shorter.over(**_without({"depth": depth}, given))


def _without(settings: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those that are in `given`."""
    return {name: value for name, value in settings.items() if name not in given}


def _frame_at(clip: RollingClip, t: float, tracker: Tracker) -> Picture:
    """The frame of the endlessly repeated clip at t seconds."""
    picture: Picture = clip.get_frame(t % clip.duration).astype(np.uint8, copy=False)
    tracker.step(of=(LOOKS,))
    return picture


def _poster(clip: RollingClip, tracker: Tracker) -> Picture:
    """The frame that suits best as the poster of the clip."""
    chooser = PosterChooser(whole_ceil(clip.full_from * _STILL_FPS))
    best = _frame_at(clip, 0, tracker)
    times = np.arange(0, clip.duration, 1 / _STILL_FPS)
    for k, frame in enumerate(chooser.watch(_frame_at(clip, t, tracker) for t in times)):
        if chooser.best == k:
            best = frame
    return best
