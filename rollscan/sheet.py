"""Owns the sheet of looks: every look on one clip, side by side, each above its name and effect."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .clip import RollingClip
from .counting import whole_ceil
from .deliver.composition import Composition
from .deliver.geometry import Fitted
from .deliver.moving import write_moving
from .deliver.picture import FORMATS, check_ending, write_picture
from .deliver.poster import PosterChooser
from .deliver.targets import Target
from .fit import fittable, shortened
from .frames import Frame, Picture, SizedSource, Span, thinned
from .job import AUTO
from .look import Look, belongs, named_looks
from .loop.spool import Spool
from .parts import takes_of
from .result import Written
from .stages import COMPOSING, LOOKS
from .strength import HARDLY, strength
from .strength import WIDTH as STRENGTH_WIDTH
from .tracker import SILENT, Tracker

if TYPE_CHECKING:
    from .plan import Plan
    from .survey import Survey

TILE = 240  # pixels: the longer side of each picture
LONGEST = 10.0  # seconds of the clip that are shown at most
HARDLY_SEEN = "hardly seen here"
_DIMMED = 0.6  # the share of paper in the picture of a look that is hardly seen
GAP = 12  # pixels between the pictures
LINE = 20  # pixels: the height of a name
PAPER, INK, _PALE = (250, 249, 246), (40, 40, 44), (140, 138, 134)
_STILL_FPS = 10.0  # frames per second of which a still shows the best one
_MOVING = (".gif", ".mp4")  # the suffixes of a moving sheet
_MOVING_FPS = 15.0


class SpooledSource:
    """A part of a source, decoded once and then read from disk."""

    def __init__(self, source: SizedSource, part: Span) -> None:
        self.size = source.size
        self._count = part[1] - part[0]
        self.spool = Spool(source.frames(*part))

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

    names: of the pictures. size: the width and height of each picture in pixels. kinds: what is
    said beside each name, paler; the pictures of one kind stand together.
    """

    def __init__(
        self, names: Sequence[str], size: tuple[int, int], kinds: Sequence[str] = ()
    ) -> None:
        self._step = (size[0] + GAP, size[1] + LINE + GAP)
        self._size = size
        wanted = math.sqrt(1.5 * len(names) * self._step[1] / self._step[0])  # for about 3:2
        self._columns = min(max(1, round(wanted)), len(names))
        rows = -(-len(names) // self._columns)
        width, height = GAP + self._columns * self._step[0], GAP + rows * self._step[1]
        self.size = (width + width % 2, height + height % 2)
        image = Image.new("RGB", self.size, PAPER)
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(14)
        for k, name in enumerate(names):
            x, y = self.corner(k)
            draw.text((x, y + size[1] + 2), name, fill=INK, font=font)
            if kinds and kinds[k] != name:
                beside = x + draw.textlength(f"{name}  ", font=font)
                draw.text((beside, y + size[1] + 2), kinds[k], fill=_PALE, font=font)
        self._paper = np.asarray(image)

    def laid_out(self, pictures: Sequence[Picture], hardly: Collection[int] = ()) -> Picture:
        """The sheet with these pictures: (H, W, 3) uint8, its sides even, as videos need them.

        hardly: the numbers of pictures of looks that are hardly seen, which are dimmed.
        """
        sheet = self._paper.copy()
        for k, picture in enumerate(pictures):
            x, y = self.corner(k)
            if k in hardly:
                picture = _dimmed(picture)
            sheet[y : y + self._size[1], x : x + self._size[0]] = picture
        return sheet

    def corner(self, k: int) -> tuple[int, int]:
        """The x and y of the top left corner of picture `k`, from 0, in pixels."""
        row, column = divmod(k, self._columns)
        return GAP + column * self._step[0], GAP + row * self._step[1]


class _Tile(NamedTuple):
    """A look as it is shown on the sheet, and the part of the clip on which it is."""

    look: Look
    source: SpooledSource


def write_sheet(
    plan: Plan, source: SizedSource, survey: Survey, tracker: Tracker = SILENT
) -> Written:
    """Write every look on one clip, as a still or a moving picture by the suffix of the path.

    Each look shows what it would make of the clip, at most the first LONGEST seconds of that.

    plan: of the job, whose `looks` names the file; those of the settings of its look that differ
        from the defaults override the settings of every look that has them. source: the clip.
    survey: of the clip, at any size. tracker: of the job.

    Raises ArgumentError for another suffix, OutputError if the file cannot be written.
    """
    path, rate = plan.job.looks, plan.rate
    ending = check_ending(path, (*FORMATS, *_MOVING))
    style = replace(plan.style, recipe="", sized=True, timed=True)
    with ExitStack() as clips_open:
        tiles = list(_tiles(plan, source, survey, clips_open))
        names, effects = list(named_looks()), [tile.look.effect for tile in tiles]
        hardly = {k for k, tile in enumerate(tiles) if _is_hardly_seen(tile, rate)}
        kinds = [HARDLY_SEEN if k in hardly else effect for k, effect in enumerate(effects)]
        grid = Grid(names, source.size, kinds)
        under_way = clips_open.enter_context(ExitStack())
        under_way.enter_context(tracker.stage(LOOKS, path, label=COMPOSING))
        clips = [
            clips_open.enter_context(
                RollingClip.of(tile.source, tile.look, rate, tracker=tracker, is_portion=True)
            )
            for tile in tiles
        ]
        if ending not in _MOVING:
            tracker.amount(sum(clip.duration * _STILL_FPS for clip in clips))
            posters = [_poster(clip, tracker) for clip in clips]
            write_picture(grid.laid_out(posters, hardly), path)
            return Written(path, grid.size, 1, 0.0)
        seconds = min(max(clip.duration for clip in clips), LONGEST)
        count = max(1, int(seconds * _MOVING_FPS))
        tracker.amount(count * len(clips))
        sheets = (
            grid.laid_out([_frame_at(clip, k / _MOVING_FPS, tracker) for clip in clips], hardly)
            for k in range(count)
        )
        with closing(Spool(sheets)) as spool:
            spool.fill()
            under_way.close()
            whole = Composition(spool, range(count), _MOVING_FPS, Fitted.whole(grid.size))
            return write_moving(Target(path, ending[1:]), whole, style, tracker)


def _tiles(plan: Plan, source: SizedSource, survey: Survey, opened: ExitStack) -> Iterator[_Tile]:
    """The looks, each with the part that it shows; the parts are closed with `opened`."""
    given = (plan.asked or plan.job.look).settings
    sources: dict[Span, SpooledSource] = {}
    for named in named_looks().values():
        look = _overridden(named.look, given)
        part: Span | None = None
        fits: tuple[str, ...] = ()
        if plan.job.fit_look and not named.own:
            fits = tuple(name for name in fittable(look) if name not in given)
            asked = plan.job.length if "length" in plan.job.settings else AUTO
            job = plan.job.over(look=look, fits=fits, length=asked)
            part = takes_of((), job, survey)[0].part
        first, stop = part or (0, len(source))
        part = first, min(stop, first + max(1, int(LONGEST * plan.rate)))
        if part not in sources:
            sources[part] = SpooledSource(source, part)
            opened.callback(sources[part].spool.close)
        if fits:
            look = survey.fitted(look, fits, part, source.size)
        else:
            look = shortened(look, given, len(sources[part]), plan.rate)
        yield _Tile(look, sources[part])


def _is_hardly_seen(tile: _Tile, rate: float) -> bool:
    """Whether the look changes next to nothing on its part of the clip."""
    return strength(tile.look, list(tile.source.small(STRENGTH_WIDTH)), rate) < HARDLY


def _dimmed(picture: Picture) -> Picture:
    """The picture, most of it paper."""
    paper = np.asarray(PAPER, np.float32)
    return np.rint(picture * (1 - _DIMMED) + paper * _DIMMED).astype(np.uint8)


def _overridden(look: Look, settings: Mapping[str, Any]) -> Look:
    """The look, overridden by those of the settings that its effect has."""
    effect = settings.get("effect", look.effect)
    return look.over(**{name: value for name, value in settings.items() if belongs(name, effect)})


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
