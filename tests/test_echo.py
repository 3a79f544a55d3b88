"""The effect echo: subjects cut out by their masks, and the search for these masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from conftest import LOSSLESS, MakeVideo, gif_frames, rollscan
from hypothesis import given, settings
from hypothesis import strategies as st
from moviepy import VideoClip
from reference import look_up
from test_field import noise

from rollscan import ArgumentError, Look, RollingClip, RollScan
from rollscan.effect import Extent
from rollscan.effect.echo import Echo
from rollscan.loop.loops import Boomerang, Crossfade, Cut
from rollscan.loop.seen import Seen
from rollscan.loop.spool import Spool
from rollscan.loop.subject import subject_masks

Frame = npt.NDArray[Any]

SIDES = st.integers(1, 9)
WIDTH, HEIGHT, SIDE, STEP = 96, 64, 12, 4  # of the drawn clip; its block moves STEP columns a frame
COUNT = 20


def background() -> Frame:
    """A picture with much detail, from dark to bright."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    levels = 40 + x // 2 + 30 * ((x // 8 + y // 8) % 2)
    return np.stack([levels, levels + 20, levels // 2 + y], axis=-1).astype(np.uint8)


def block(k: int) -> tuple[slice, slice]:
    """Where the block is in frame k."""
    return slice(24, 24 + SIDE), slice(STEP * k, STEP * k + SIDE)


def passing(light: int = 0) -> list[Frame]:
    """A block that passes, before a background that is lighter in every fifth frame."""
    frames = []
    for k in range(COUNT):
        frame = background() + np.uint8(light * (k % 5 == 3))
        frame[block(k)] = (250, 10 * k, 0)
        frames.append(frame)
    return frames


@st.composite
def echoes(draw: st.DrawFn) -> Echo:
    """An echo with any settings."""
    step, order = draw(st.floats(0.01, 0.3)), draw(st.sampled_from(["now", "oldest"]))
    return Echo(step=step, count=draw(st.integers(1, 5)), order=order)


@given(echoes(), st.integers(1, 7), SIDES, SIDES, st.booleans())
@settings(max_examples=25)
def test_an_echo_is_what_its_field_says(
    effect: Echo, count: int, height: int, width: int, cyclic: bool
) -> None:
    frames = noise(count, height, width)
    masks = np.random.default_rng(1).choice(np.uint8([0, 0, 90, 255]), (count, 3, 4))

    def seen(k: int) -> Frame:
        return masks[k % count] * (cyclic or k >= 0)

    extent = Extent((width, height), 25, count, 0, count, cyclic, seen)
    pre_roll = effect.history(extent) if cyclic else 0
    sequence = np.stack([frames[k % count] for k in range(-pre_roll, count)])
    composer, field = (
        effect.composer(list(sequence), extent, pre_roll=pre_roll),
        effect.field(extent),
    )
    for k in range(count):
        expected = look_up(sequence, k, field, first=pre_roll)
        np.testing.assert_array_equal(composer.make_frame(k / 25), expected, f"frame {k}")


@pytest.mark.parametrize(
    ("order", "shown"), [("now", [0, 2, 2, 4, 4, 4, 4, 4]), ("oldest", [0, 0, 0, 2, 2, 4, 4, 4])]
)
def test_each_subject_is_cut_out_and_one_is_on_top(order: str, shown: list[int]) -> None:
    frames = [np.full((1, 8, 3), k, np.uint8) for k in range(5)]

    def seen(k: int) -> Frame:
        """Three pixels from pixel k on; with `now`, from pixel k - 1."""
        first = k - (order == "now")
        return np.where((np.arange(8) >= first) & (np.arange(8) < first + 3), 255, 0)[None].astype(
            np.uint8
        )

    extent = Extent((8, 1), 25, 5, 0, 5, False, seen)
    composer = Echo(step=2 / 25, count=2, order=order).composer(frames, extent)
    assert composer.make_frame(4 / 25)[0, :, 0].tolist() == shown


def test_a_soft_edge_mixes_the_subject_with_what_is_under_it() -> None:
    frames = [np.full((1, 1, 3), 100 * k, np.uint8) for k in range(3)]
    seen = {0: 255, 1: 51, 2: 0}
    extent = Extent((1, 1), 25, 3, 0, 3, False, lambda k: np.full((1, 1), seen[k], np.uint8))
    composer = Echo(step=1 / 25, count=1).composer(frames, extent)
    assert composer.make_frame(2 / 25)[0, 0, 0] == 0.2 * 100 + 0.8 * 200


def test_an_echo_that_has_seen_nothing_says_so() -> None:
    with pytest.raises(ArgumentError, match="has to see the subject first"):
        Echo().composer(list(noise(3, 2, 2)), Extent((2, 2), 25, 3, 0, 3, False)).make_frame(0)


@pytest.mark.parametrize("light", [0, 40])
def test_the_mask_is_the_subject_whole_and_nothing_else(light: int) -> None:
    masks = subject_masks(iter(passing(light)))
    for k in range(COUNT):
        where = np.zeros((HEIGHT, WIDTH), bool)
        where[block(k)] = True
        around = np.zeros_like(where)
        around[20 : 28 + SIDE, max(0, STEP * k - 4) : STEP * k + SIDE + 4] = True
        assert (masks[k][where] > 120).all() and masks[k][where].mean() > 220
        assert (masks[k][~around] == 0).all()


def test_each_scene_has_a_background_of_its_own() -> None:
    other = [np.uint8(255) - frame for frame in passing()]
    masks = subject_masks(iter([*passing(), *other]))
    for k in (5, COUNT + 5):
        assert masks[k][block(5)].mean() > 220
        assert masks[k][:16].max() == 0


def test_masks_follow_the_frames_of_a_loop() -> None:
    masks = Spool(iter([np.full((2, 2), 20 * k, np.uint8) for k in range(12)]))
    there_and_back = Seen(masks, 2, Boomerang().table(5, 25), cyclic=True)
    assert [there_and_back(k)[0, 0] // 20 for k in range(-1, 9)] == [3, 2, 3, 4, 5, 6, 5, 4, 3, 2]
    fading = Seen(masks, 0, Crossfade(fade=3 / 25).table(12, 25), cyclic=True)
    assert fading(5)[0, 0] == fading(5 - 9)[0, 0] == 160
    # Frame 9 with a share of 3/4, and frame 0; then both halfway; then frame 2 with 3/4.
    assert [fading(k)[0, 0] for k in (6, 7, 8)] == [180, 200, 110]
    once = Seen(masks, 0, Cut().table(12, 25), cyclic=False)
    assert (once(11)[0, 0], once(-1).max(), once(12).max()) == (220, 0, 0)


def test_blocks_stand_in_a_row_before_the_background_as_it_is(make_video: MakeVideo) -> None:
    video = make_video("passing.mkv", passing(), *LOSSLESS)
    with RollingClip.open(video, effect="echo", step=0.2, count=2) as clip:
        picture = clip.get_frame(15 / 25)
    left = background()
    for k in (15, 10, 5):
        inner = (slice(26, 22 + SIDE), slice(STEP * k + 2, STEP * k + SIDE - 2))
        assert (np.abs(picture[inner].astype(int) - (250, 10 * k, 0)) <= 2).all()
        left[block(k)] = picture[block(k)] = 0
    np.testing.assert_allclose(picture.astype(int), left, atol=3)


def test_the_command_line_writes_a_loop_of_it(make_video: MakeVideo, out: Path) -> None:
    video, made = make_video("passing.mkv", passing(), *LOSSLESS), out / "a.gif"
    options = ["--effect", "echo", "--step", "0.2s", "--count", 2, "--order", "oldest"]
    ran = rollscan(video, "--gif", made, "--loop", "wrap", *options)
    assert ran.status == 0
    frames = gif_frames(made)
    reds = [(frame[30, :, 0] > 200) & (frame[30, :, 2] < 40) for frame in frames]
    assert [int(red.sum()) for red in reds] == [pytest.approx(3 * SIDE, abs=3)] * COUNT
    look = Look.of(made)
    assert (look.effect, look.step, look.count, look.order) == ("echo", 0.2, 2, "oldest")


def test_a_clip_with_a_mask_echoes_in_both() -> None:
    frames = passing()
    clip = VideoClip(lambda t: frames[int(t * 25 + 1e-6)], duration=COUNT / 25).with_fps(25)
    alpha = [np.where((f[..., 0] > 200) & (f[..., 2] < 5), 1.0, 0.25) for f in frames]
    mask = VideoClip(lambda t: alpha[int(t * 25 + 1e-6)], is_mask=True, duration=COUNT / 25)
    both = clip.with_mask(mask.with_fps(25))
    with both.with_effects([RollScan(effect="echo", step=0.2, count=2)]) as rolling:
        shown = rolling.mask.get_frame(15 / 25)[30]
    assert [shown[STEP * k + SIDE // 2] for k in (15, 10, 5)] == [1, 1, 1]
    assert shown[STEP * 14] == 0.25


def test_the_frames_of_an_echo_are_kept_once() -> None:
    extent = Extent((4, 2), 25, 9, 0, 9, True, lambda k: np.zeros((2, 4), np.uint8))
    composer: Any = Echo(step=2 / 25, count=3).composer(list(noise(9, 2, 4)), extent)
    under, over = composer._layers
    assert under._ring is over._ring
    assert len(under._ring) == 3 * 2 + 1


@pytest.mark.parametrize("effect", ["echo", "turning", "swapped"])
@pytest.mark.parametrize("loop", ["crossfade", "boomerang"])
def test_its_loops_come_again_exactly(make_video: MakeVideo, effect: Any, loop: Any) -> None:
    video = make_video("passing.mkv", passing(), *LOSSLESS)
    look = Look(effect=effect, loop=loop, fade=0.2, step=0.2)
    with RollingClip.open(video, look=look, width=48) as clip:
        assert clip.n_frames
        first, again = (
            [clip.get_frame((k + 0.5) / 25) for k in range(start, start + 3)]
            for start in (0, clip.n_frames)
        )
    np.testing.assert_array_equal(first, again)
