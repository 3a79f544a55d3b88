"""Effects that cut through all of a loop's time, on frames whose every pixel tells its frame."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, gif_frames, numbered, numbers, rollscan
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import look_up
from test_field import noise

from rollscan import ArgumentError, Look, RollingClip
from rollscan.composers.field import Field
from rollscan.composers.field_composer import FieldComposer
from rollscan.effect import Effect, Extent
from rollscan.effect.swapped import Swapped
from rollscan.effect.turning import Turning
from rollscan.frames import Frame
from rollscan.loop.cyclic import Cyclic
from rollscan.loop.loops import Crossfade, Wrap

SIDES = st.integers(1, 9)
PLACES = st.floats(0, 1)


def extent_of(frames: Frame) -> Extent:
    """The extent of a loop of these frames."""
    count, height, width = frames.shape[:3]
    return Extent((width, height), 25, count, 0, count, True)


def filled(frames: Frame) -> Frame:
    """The frames of a loop, with a period before frame 0, and one after it."""
    return np.concatenate([frames, frames, frames])


@st.composite
def effects(draw: st.DrawFn) -> Effect:
    """A cut through space and time with any settings."""
    upright = draw(st.booleans())
    if draw(st.booleans()):
        depth = draw(st.one_of(st.none(), st.floats(0.01, 2)))
        return Turning(centre=(draw(PLACES), draw(PLACES)), depth=depth, upright=upright)
    slit = draw(st.one_of(PLACES, st.lists(PLACES, min_size=2, max_size=4)))
    return Swapped(slit=slit, drift=draw(st.integers(-3, 3)), upright=upright)


@settings(max_examples=25)
@given(effects(), st.integers(1, 7), SIDES, SIDES)
def test_a_cut_is_what_its_field_says(effect: Effect, count: int, height: int, width: int) -> None:
    frames = noise(count, height, width)
    extent = extent_of(frames)
    all_frames, field = filled(frames), effect.field(extent)
    assert effect.history(extent) == count
    composer = effect.composer(list(all_frames), extent, pre_roll=count)
    for k in sorted({0, 1, count // 2, count, 2 * count - 1}):
        expected = look_up(all_frames, k, field, first=count)
        np.testing.assert_array_equal(composer.make_frame(k / 25), expected, f"frame {k}")


def test_time_takes_the_place_of_columns() -> None:
    frames = np.arange(4)[:, None, None, None] * 10 + np.arange(4)[None, None, :, None]
    extent = extent_of(frames)
    composer = Swapped(slit=(0, 1)).composer(filled(frames), extent, pre_roll=4)
    assert [composer.make_frame(k / 25)[0, :, 0].tolist() for k in range(4)] == [
        [0, 10, 20, 30],  # column 0 in all frames
        [1, 11, 21, 31],
        [2, 12, 22, 32],
        [3, 13, 23, 33],
    ]
    drifting = Swapped(slit=0.3, drift=1).composer(filled(frames), extent, pre_roll=4)
    assert drifting.make_frame(1 / 25)[0, :, 0].tolist() == [11, 21, 31, 1]


def test_a_picture_turns_into_time_and_back() -> None:
    frames = np.arange(8)[:, None, None, None] * 10 + np.arange(5)[None, None, :, None]
    composer = Turning(centre=(0.5, 0)).composer(filled(frames), extent_of(frames), pre_roll=8)
    assert composer.make_frame(0)[0, :, 0].tolist() == [0, 1, 2, 3, 4]
    assert composer.make_frame(4 / 25)[0, :, 0].tolist() == [12, 22, 42, 62, 72]


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("upright", [False, True])
def test_columns_are_read_alike_from_the_disk(
    monkeypatch: pytest.MonkeyPatch, upright: bool, smooth: bool
) -> None:
    frames, effect = noise(5, 4, 6), Swapped(upright=upright, smooth=smooth)
    made = []
    for most in (2**28, 0):
        monkeypatch.setattr("rollscan.composers.delay_line.MOST_IN_MEMORY", most)
        composer = effect.composer(filled(frames), extent_of(frames), pre_roll=5)
        made.append(np.stack([composer.make_frame(k / 25) for k in range(5)]))
        composer.close()
    np.testing.assert_array_equal(*made)


@pytest.mark.parametrize("effect", [Turning(smooth=True), Swapped(upright=True, smooth=True)])
def test_a_smooth_cut_is_that_of_the_latest_frames(effect: Effect) -> None:
    y, x = np.mgrid[:6, :7]
    angles = 2 * np.pi * np.arange(8)[:, None, None] / 8
    levels = np.rint(127 + 60 * np.sin(x / 3 + angles) + 60 * np.cos(y / 3 - angles))
    frames = levels.astype(np.uint8)[..., None].repeat(3, axis=-1)
    cut = effect.field(extent_of(frames))
    latest = Field(delay=cut.delay, y=cut.y, x=cut.x, follows="composed", reach=8)
    composers = [
        FieldComposer(list(filled(frames)), 25, field=field, pre_roll=8, smooth=True)
        for field in (cut, latest)
    ]
    for k in range(12):
        one, other = (composer.make_frame(k / 25).astype(int) for composer in composers)
        np.testing.assert_allclose(one, other, atol=1)


@pytest.mark.parametrize(
    "field",
    [
        Field(delay=np.eye(3), x=1, period=3),
        Field(delay=0, x=np.eye(3), period=3),
        Field(delay=0, x=1, y=1, period=3),
    ],
)
def test_a_field_with_a_period_looks_up_whole_columns(field: Field) -> None:
    with pytest.raises(ArgumentError, match="let the delay and x"):
        FieldComposer(list(noise(3, 3, 3)), 25, field=field).make_frame(0)


class Counted:
    """A source that counts the frames that are read."""

    def __init__(self, frames: list[Any]) -> None:
        self.size: tuple[int, int] = frames[0].shape[1::-1]
        self._frames, self.read = frames, 0

    def __len__(self) -> int:
        return len(self._frames)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[npt.NDArray[Any]]:
        """The frames, counted."""
        for frame in self._frames[first:stop]:
            self.read += 1
            yield frame

    small = frames

    def close(self) -> None:
        """Do nothing."""


def test_each_frame_of_a_loop_is_read_once() -> None:
    source = Counted(numbered(12, (16, 8)))
    with RollingClip.of(source, Look(effect="swapped", loop="wrap"), 25) as clip:
        for k in range(12):
            clip.get_frame(k / 25)
    assert source.read == 12 + 1  # and that of frame 0 again


def test_a_loop_that_is_looked_at_once_repeats_its_frame_0() -> None:
    source = Counted(numbered(6, (4, 2)))
    loops = [Cyclic(source, Wrap(), 4, rate=25, once=once) for once in (True, False)]
    once, again = ([numbers(frame)[0, 0] for frame in islice(each, 9)] for each in loops)
    assert once == [2, 3, 4, 5, 0, 0, 0, 0, 0]
    assert again == [2, 3, 4, 5, 0, 1, 2, 3, 4]
    faded = Cyclic(source, Crossfade(fade=2 / 25), 3, rate=25, once=True)
    np.testing.assert_array_equal(*list(islice(faded, 4, 6)))


@pytest.mark.parametrize(
    ("effect", "given"),
    [("turning", ["--centre", "0.25,0.5"]), ("swapped", ["--drift", "1", "--slit", "0.2:0.6"])],
)
def test_the_command_line_writes_a_loop_of_it(
    effect: str, given: list[str], make_video: MakeVideo, out: Path
) -> None:
    video = make_video("a.mp4", numbered(12, (24, 16)), *LOSSLESS)
    made = out / "a.gif"
    options = ["--effect", effect, "--loop", "wrap", *given]
    assert rollscan(video, "--gif", made, "--quality", 100, *options).status == 0
    frames = [numbers(frame) for frame in gif_frames(made)]
    assert len(frames) == 12
    if effect == "swapped":
        assert frames[0][0].tolist() == sorted([*range(12), *range(12)])
        assert frames[5][0].tolist() == np.roll(frames[0][0], -10).tolist()
    else:
        assert (frames[0] == 0).all()
        assert set(np.diff(frames[6][0]) % 12) == {0, 1}
        assert frames[6][0, 6] == 6
    look = Look.of(made)
    assert (look.effect, look.loop) == (effect, "wrap")
    assert look.drift == (effect == "swapped")


def test_without_a_loop_all_frames_are_read_before_the_first_is_composed(
    make_video: MakeVideo, out: Path
) -> None:
    video = make_video("a.mp4", numbered(12, (24, 16)), *LOSSLESS)
    for output in (["--gif", out / "a.gif"], ["--gif", out / "a.gif", "--poster", out / "a.png"]):
        assert rollscan(video, *output, "--effect", "swapped", "--quality", 100).status == 0
        frames = [numbers(frame) for frame in gif_frames(out / "a.gif")]
        assert all(frame[0].tolist() == sorted([*range(12), *range(12)]) for frame in frames)
