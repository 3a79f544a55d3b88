"""Fields: what composers make of random frames, against the look-up pixel by pixel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import moments
from hypothesis import given
from hypothesis import strategies as st
from paths import paths
from reference import look_up

from rollscan import ArgumentError
from rollscan.composers.directions import DIRECTIONS, MAPS, SWEEPS
from rollscan.composers.field import LIVE, Field, Layer
from rollscan.composers.field_composer import FieldComposer
from rollscan.composers.rgb import OutOfStep
from rollscan.effect import Effect, Extent
from rollscan.effect.displace import Displace
from rollscan.effect.roll import Roll
from rollscan.effect.scan import Scan

Frame = npt.NDArray[Any]

SIDES = st.integers(1, 9)
SLITS = st.one_of(
    st.sampled_from([0, 0.5, 1]),
    st.floats(0, 1),
    st.lists(st.floats(0, 1), min_size=2, max_size=4),
    paths(st.floats(0, 1), 0.3),
)


def noise(count: int, height: int, width: int, seed: int = 0) -> Frame:
    """Random frames, (T, H, W, 3) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), np.uint8)


def extent_of(
    frames: Frame, *, rate: float = 25, pre_roll: int = 0, cyclic: bool = False
) -> Extent:
    """The extent of the frames after the pre-roll."""
    count = len(frames) - pre_roll
    return Extent((frames.shape[2], frames.shape[1]), rate, count, 0, count, cyclic)


def check(effect: Effect, frames: Frame, *, pre_roll: int = 0, lag: int = 0) -> None:
    """Assert that the effect's composer makes of all frames what its field says."""
    extent = extent_of(frames, pre_roll=pre_roll)
    taken: Any = OutOfStep(list(frames), lag, cyclic=False) if lag else list(frames)
    composed = effect.composer(taken, extent, pre_roll=pre_roll)
    field = effect.field(extent)
    for k, picture in enumerate(composed):
        expected = look_up(frames, k, field, first=pre_roll, lag=lag)
        np.testing.assert_array_equal(picture, expected, f"frame {k} of {effect}")
    assert k == extent.count - 1


@st.composite
def rolls(draw: st.DrawFn) -> tuple[Roll, Frame]:
    """A roll, and frames that are large enough for its slit."""
    height, width = draw(SIDES), draw(SIDES)
    widths = st.integers(1, min(height, width))
    effect = Roll(
        slit=draw(SLITS),
        direction=draw(st.sampled_from(DIRECTIONS)),
        slit_width=draw(widths | paths(widths, 0.3)),
        feather=draw(st.integers(0, 12)),
    )
    return effect, noise(draw(st.integers(1, 12)), height, width)


@given(rolls(), st.integers(0, 6), st.integers(0, 3))
def test_a_roll_is_what_its_field_says(given: tuple[Roll, Frame], pre_roll: int, lag: int) -> None:
    effect, frames = given
    check(effect, frames, pre_roll=min(pre_roll, len(frames) - 1), lag=lag)


@given(
    st.sampled_from(MAPS), st.floats(0.04, 0.6), SIDES, SIDES, st.integers(0, 3), st.integers(0, 2)
)
def test_a_displacement_is_what_its_field_says(
    name: str, depth: float, height: int, width: int, pre_roll: int, lag: int
) -> None:
    check(Displace(map=name, depth=depth), noise(8, height, width), pre_roll=pre_roll, lag=lag)


@given(
    st.sampled_from(SWEEPS), st.floats(0.02, 0.6), SIDES, SIDES, st.sampled_from([None, "#ff8000"])
)
def test_a_scan_is_what_its_field_says(
    direction: Any, sweep: float, height: int, width: int, line: str | None
) -> None:
    check(Scan(direction=direction, sweep=sweep, line=line), noise(9, height, width))


def _array(draw: st.DrawFn, values: st.SearchStrategy[float], height: int, width: int) -> Frame:
    """An array that broadcasts to (height, width)."""
    shape = draw(st.sampled_from([(), (height, 1), (1, width), (height, width)]))
    count = int(np.prod(shape))
    return np.reshape(draw(st.lists(values, min_size=count, max_size=count)), shape)


@st.composite
def fields(draw: st.DrawFn, height: int, width: int, deepest: int = 4) -> Field:
    """Any field: still or moving, of one layer or two, shaded, with a line."""

    def value(values: st.SearchStrategy[float]) -> Any:
        several = [_array(draw, values, height, width) for _ in range(draw(st.integers(1, 3)))]
        return several[0] if len(several) == 1 else lambda k: several[k % len(several)]

    def layer(kind: Any, **more: Any) -> Any:
        follows = draw(st.sampled_from(["source", "composed", "moment"]))

        def place(length: int) -> Any:
            if follows != "moment":
                return draw(st.sampled_from([None, value(st.floats(-1, length))]))
            return draw(st.sampled_from([None, lambda times: (3 * times) % length, 1.25]))

        delay = value(st.floats(0, deepest) | st.integers(0, 4 * deepest).map(lambda n: n / 4))
        drawn = kind(delay=delay, y=place(height), x=place(width), follows=follows, **more)
        if callable(delay) or not drawn.is_captured():
            return drawn
        tall, wide = (_array(draw, st.integers(1, 4), height, width) for _ in range(2))
        return replace(drawn, tall=tall, wide=wide)

    shares = st.sampled_from([0.0, 0.25, 0.5, 1.0])
    return layer(  # type: ignore[no-any-return]
        Field,
        over=draw(st.sampled_from([None, LIVE, layer(Layer)])),
        share=value(shares),
        shade=draw(st.sampled_from([None, value(shares)])),
        line=draw(st.sampled_from([None, np.eye(height, width, dtype=bool)])),
        before=draw(st.sampled_from(["first", "live"])),
        reach=deepest + 1,
    )


@given(st.data(), SIDES, SIDES, st.integers(0, 3))
def test_any_field_is_composed_as_it_says(
    data: st.DataObject, height: int, width: int, pre_roll: int
) -> None:
    field, frames = data.draw(fields(height, width)), noise(8, height, width)
    composer = FieldComposer(list(frames), 25, field=field, pre_roll=pre_roll)
    for k, picture in enumerate(composer):
        np.testing.assert_array_equal(picture, look_up(frames, k, field, first=pre_roll))
    composer.make_frame(0)  # the frames start over
    again = look_up(frames, 1, field, first=pre_roll)
    np.testing.assert_array_equal(composer.make_frame(1 / 25), again)


@pytest.mark.parametrize("moves", [False, True])
def test_a_field_is_composed_alike_from_the_disk(
    monkeypatch: pytest.MonkeyPatch, moves: bool
) -> None:
    late = np.arange(12).reshape(3, 4) / 3
    field = Field(delay=(lambda k: np.roll(late, k)) if moves else late, reach=4)
    frames = noise(9, 3, 4)
    for most in (2**28, 0):
        monkeypatch.setattr("rollscan.composers.delay_line.MOST_IN_MEMORY", most)
        composer = FieldComposer(list(frames), 25, field=field)
        for k, picture in enumerate(composer):
            np.testing.assert_array_equal(picture, look_up(frames, k, field))
        composer.close()


def test_of_a_slit_only_its_own_pixels_are_stored() -> None:
    late = np.linspace(0, 75, 270 * 480).reshape(270, 480)
    frame = noise(1, 270, 480)[0]
    for x in (240.0, lambda j: 240.0 + j):
        composer = FieldComposer([frame], 25, field=Field(delay=late, x=x))
        (layer,) = composer._layers
        assert layer._ring.nbytes == 76 * 270 * 3  # type: ignore[attr-defined]


def test_a_mask_is_composed_as_well() -> None:
    masks = [np.full((1, 3), number / 4) for number in range(4)]
    field = Field(delay=[[2, 1, 0]], shade=[[1, 1, 0.5]], line=[[True, False, False]])
    composer = FieldComposer(masks, 25, field=field)
    assert composer.make_frame(3 / 25).tolist() == [[1, 0.5, 0.375]]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (Field(delay=-1), "delay goes from -1.0 to -1.0: give finite numbers from 0 on"),
        (Field(delay=[1, 2]), r"delay is int64 \(2,\): give numbers that broadcast to \(2, 3\)"),
        (Field(delay=float("nan"), reach=1), "delay goes from nan to nan"),
        (Field(delay=lambda k: k), "its reach is not given"),
        (Field(x="left"), "x is <U4"),
        (Field(delay=lambda k: 2, reach=1), "2 frames late in frame 0, and its reach is 1"),
    ],
)
def test_a_field_that_cannot_be_looked_up_is_an_error(field: Field, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        FieldComposer(list(noise(3, 2, 3)), 25, field=field).make_frame(0)


class Halved(Effect):
    """The left half is two frames late, and nothing else is declared."""

    def field(self, extent: Extent) -> Field:
        """The left half is late."""
        width = extent.size[0]
        return Field(delay=2 * (np.arange(width) < width / 2))


def test_an_effect_that_has_only_a_field_is_composed_by_it() -> None:
    composer = Halved().composer(moments(4, (1, 4)), Extent((4, 1), 25, 4, 0, 4, False))
    assert [picture.ravel().tolist() for picture in composer] == [
        [0, 0, 0, 0],
        [0, 0, 1, 1],
        [0, 0, 2, 2],
        [1, 1, 3, 3],
    ]
    assert Halved().history(Extent((4, 1), 25, 4, 0, 4, True)) == 2


def bars(count: int, speed: float) -> list[Frame]:
    """Frames of a soft bar that moves to the right, `speed` pixels a frame."""
    x = np.arange(96)
    return [
        np.repeat(np.repeat(_bar(x, 20 + speed * k)[None, :, None], 64, 0), 3, 2)
        for k in range(count)
    ]


def _bar(x: Frame, at: float) -> Frame:
    return (255 * np.exp(-(((x - at) / 6) ** 2))).astype(np.uint8)


@pytest.mark.parametrize("moves", [False, True])
def test_a_smooth_slit_shows_the_moments_between_frames(moves: bool) -> None:
    pytest.importorskip("cv2")
    # Row y shows the column at the slit y / 8 frames ago: the bar as it passes, in time.
    speed, slit, late = 6.0, 56.0, np.arange(64)[:, None] / 8
    x = (lambda j: slit + 0 * j) if moves else slit
    field = Field(delay=late, x=x, y=32.0)
    shown = {}
    for smooth in (False, True):
        composer = FieldComposer(bars(12, speed), 25, field=field, smooth=smooth)
        shown[smooth] = composer.make_frame(10 / 25)[:, 0, 0].astype(float)
    truth = _bar(np.array(slit), 20 + speed * (10 - late[:, 0])).astype(float)
    error = {smooth: np.abs(column - truth).mean() for smooth, column in shown.items()}
    assert error[True] < 4 < 12 < error[False]
