"""The search for a byte budget, with pretended encoders: what is given up, in how many tries."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import IO

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollscan.deliver.budget import (
    H264,
    H264_CRF,
    LEAST,
    PICTURES,
    VP9,
    VP9_CRF,
    Settings,
    Way,
    describe_reductions,
    fit,
    given_up,
)
from rollscan.errors import BudgetError

FULL = Settings(quality=80, fps=25, width=480)
WAYS = {
    "pictures": (PICTURES, FULL),
    "H.264": (H264, replace(FULL, quality=H264_CRF.quality)),
    "VP9": (VP9, replace(FULL, quality=VP9_CRF.quality)),
}
ways = pytest.mark.parametrize("way, full", WAYS.values(), ids=WAYS)


class Sized(io.BytesIO):
    """A file that is as large as it says."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.seek(size)


@dataclass
class Encoder:
    """Pretends to encode: files of the size that `size` gives for the settings."""

    size: Callable[[Settings], float]
    files: dict[Settings, Sized] = field(default_factory=dict)

    def __call__(self, settings: Settings) -> IO[bytes]:
        assert settings not in self.files, "nothing is encoded twice"
        self.files[settings] = Sized(int(self.size(settings)))
        return self.files[settings]


def by_powers(
    full: Settings, full_bytes: float, quality: float, fps: float, width: float
) -> Encoder:
    """As encoders have it: a straight line in quality, powers of the rate and of the width."""

    def size(settings: Settings) -> float:
        log = quality * (settings.quality - full.quality)
        log += fps * math.log(settings.fps / full.fps) + width * math.log(
            settings.width / full.width
        )
        return full_bytes * math.exp(log)

    return Encoder(size)


def usual(full_bytes: float = 1e6) -> Encoder:
    return by_powers(FULL, full_bytes, 0.02, 0.5, 1.5)


@ways
@given(data=st.data())
def test_whatever_an_encoder_makes_the_best_that_fits_is_found_in_few_tries(
    way: Way, full: Settings, data: st.DataObject
) -> None:
    """An encoder of which nothing is sure, not even that less quality is smaller."""
    sizes = data.draw(st.lists(st.integers(1, 10**7), min_size=way.most, max_size=way.most))
    budget = data.draw(st.integers(1, 10**7))
    first = data.draw(st.sampled_from([0.0, 0.3, 1.0]))
    left = iter(sizes)
    encode = Encoder(lambda settings: next(left))
    try:
        best = fit(encode, full, budget, LEAST, way, first)
    except BudgetError as error:
        smallest = min(sizes[: len(encode.files)])
        assert smallest > budget
        assert f"max_bytes is {budget}, the smallest this clip gets is {smallest}: " in str(error)
        assert all(file.closed for file in encode.files.values())
        return
    fitting = [
        settings for settings, size in zip(encode.files, sizes, strict=False) if size <= budget
    ]
    assert best.settings in fitting
    for other in fitting:
        assert best.settings.width >= other.width
        assert best.settings.fps >= other.fps
        assert best.settings.quality >= other.quality
    assert [file for file in encode.files.values() if not file.closed] == [best.file]
    assert best.bytes == best.file.tell()


@ways
@given(
    full_bytes=st.floats(1e5, 1e9),
    slope=st.floats(0.7, 1.5),
    fps=st.floats(0.3, 1.0),
    width=st.floats(1.2, 2.0),
    share=st.floats(0.02, 0.99),
    off=st.floats(0.5, 2.0) | st.none(),
)
def test_most_of_the_budget_is_used(
    way: Way,
    full: Settings,
    full_bytes: float,
    slope: float,
    fps: float,
    width: float,
    share: float,
    off: float | None,
) -> None:
    """slope: of the quality, times the usual one. off: how many times too large drafts take the
    bytes to be; None: there are none.
    """
    encode = by_powers(full, full_bytes, slope * way.per_quality, fps, width)
    budget = int(full_bytes * share)
    assume(encode.size(given_up(full, 1, LEAST, way)) <= budget)
    first = 0.0
    if off is not None and way.few_bits:
        levels = [k / 1000 for k in range(1001)]
        fits = (at for at in levels if off * encode.size(given_up(full, at, LEAST, way)) <= budget)
        first = next(fits, 1.0)
    best = fit(encode, full, budget, LEAST, way, first)
    assert len(encode.files) <= way.most
    assert (0.9 if way.curved and not way.whole_quality else 0.85) * budget <= best.bytes <= budget


@ways
def test_nothing_is_given_up_where_all_fits(way: Way, full: Settings) -> None:
    encode = by_powers(full, 1000, way.per_quality, 1, 2)
    best = fit(encode, full, 1100, LEAST, way)
    assert (best.settings, len(encode.files)) == (full, 1)


@ways
def test_the_floor_is_reached_where_only_the_floor_fits(way: Way, full: Settings) -> None:
    encode, floor = by_powers(full, 1e6, way.per_quality, 0.5, 1.5), given_up(full, 1, LEAST, way)
    budget = math.ceil(encode.size(floor))
    assert fit(encode, full, budget, LEAST, way).settings == floor


def test_a_budget_under_the_floor_is_an_error_that_says_the_smallest_size() -> None:
    floor = int(usual().size(given_up(FULL, 1)))
    with pytest.raises(BudgetError, match=f"max_bytes is 500,.* is {floor}: allow that"):
        fit(usual(), FULL, 500)


@ways
@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_a_higher_level_never_gives_more(way: Way, full: Settings, a: float, b: float) -> None:
    more, less = (given_up(full, level, LEAST, way) for level in (min(a, b), max(a, b)))
    for name in ("quality", "fps", "width"):
        assert getattr(more, name) >= getattr(less, name) * (1 - 1e-9)


@ways
def test_the_ends_of_the_levels_are_full_and_floor(way: Way, full: Settings) -> None:
    assert given_up(full, 0, LEAST, way) == full
    floor = given_up(full, 1, LEAST, way)
    assert (round(floor.quality), round(floor.fps), round(floor.width)) == (1, 5, 64)


@given(st.floats(0.7, 1.5), st.floats(0.3, 1.0), st.floats(1.2, 2.0), st.floats(1.1, 10))
def test_vp9_keeps_rate_and_size_where_its_worst_crf_is_small_enough(
    slope: float, fps: float, width: float, allowed: float
) -> None:
    """allowed: times the bytes at CRF 63."""
    way, full = WAYS["VP9"]
    encode = by_powers(full, 1e6, slope * way.per_quality, fps, width)
    budget = math.ceil(allowed * encode.size(replace(full, quality=1)))
    best = fit(encode, full, budget, LEAST, way).settings
    assert (best.fps, best.width) == (full.fps, full.width)


def test_the_worst_crf_of_vp9_is_tried_before_rate_and_size_are_given_up() -> None:
    """As fire2.mp4 has it, which falls the steeper the coarser it is."""
    way, full = WAYS["VP9"]

    def size(settings: Settings) -> float:
        crf = VP9_CRF.end - settings.quality
        log = float(np.interp(crf, (24, 37, 49, 63), np.log((121_059, 53_285, 23_151, 7_820))))
        return math.exp(log) * settings.fps / full.fps * (settings.width / full.width) ** 1.5

    encode = Encoder(size)
    best = fit(encode, full, 8_474, LEAST, way)
    assert (best.settings, len(encode.files)) == (replace(full, quality=1), 2)


@given(st.floats(0, 1))
def test_crfs_of_vp9_are_whole_numbers_from_24_to_63(level: float) -> None:
    way, full = WAYS["VP9"]
    crf = VP9_CRF.end - given_up(full, level, LEAST, way).quality
    assert crf == int(crf)
    assert 24 <= crf <= 63


def test_what_is_under_the_floor_already_stays() -> None:
    small = Settings(quality=1, fps=3, width=40)
    assert given_up(small, 1) == small


def test_a_width_that_must_stay_stays() -> None:
    least = replace(LEAST, width=FULL.width)
    assert given_up(FULL, 1, least) == Settings(1, 5, FULL.width)
    best = fit(usual(), FULL, 400_000, least)
    assert best.settings.width == FULL.width
    assert 0.85 * 400_000 <= best.bytes <= 400_000


def test_what_was_given_up_is_told() -> None:
    assert describe_reductions(FULL, FULL) == ""
    assert describe_reductions(FULL, Settings(71.2, 20, 480)) == "quality 80→71, 25→20 fps"
    assert describe_reductions(FULL, Settings(80, 25, 300.4)) == "480→300 pixels wide"
