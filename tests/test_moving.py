"""Numbers that move: where they are in each frame of a loop, in all that takes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from conftest import numbered, rollscan
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from reference import look_up

from rollscan import ArgumentError, Look, RollingClip, Written, compose, make
from rollscan.composers.field import Field, at
from rollscan.effect import Effect, Extent, effects
from rollscan.effect.bloom import Bloom
from rollscan.effect.displace import Displace
from rollscan.effect.moving import band_of, still
from rollscan.effect.roll import Roll
from rollscan.effect.stargate import Stargate
from rollscan.effect.swapped import Swapped
from rollscan.fit import fitted
from rollscan.kinds import fraction, movable
from rollscan.look import effect_of, extent_of
from rollscan.loop.loops import LOOPS, Wrap
from rollscan.loop.moving import Moving
from rollscan.path import Wave
from rollscan.setting import setting, settings_of
from rollscan.strength import strength
from rollscan.studio.start import start

CYCLIC = [name for name, loop in LOOPS.items() if loop.cyclic]
MOVABLE = [
    (name, each)
    for name, effect in effects().items()
    for each, about in settings_of(effect).items()
    if about.kind.moves
]
ROWS = 10_000  # of a picture in which a row tells the slit's place to four digits


def slit_of(look: Look, rate: float, count: int) -> tuple[Callable[[int], float], int]:
    """Where the slit is in a frame, and the frames of the loop."""
    extent = extent_of(look, (1, ROWS), rate, count)
    slit_at: Any = effect_of(look).slit_at(extent)
    return lambda k: slit_at(k)[0], extent.period


def eased(share: float) -> float:
    return (1 - math.cos(math.pi * share)) / 2


@given(
    st.sampled_from(CYCLIC), st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0.1, 0.6), st.data()
)
def test_a_slit_that_eases_is_where_its_formula_says_and_every_loop_closes(
    loop: str, first: float, second: float, turn: float, data: st.DataObject
) -> None:
    rate, count = 10, data.draw(st.integers(20, 40))
    look = Look(loop=loop, fade=0.3, min_loop=1, max_loop=2)
    length = extent_of(look, (1, ROWS), rate, count).period / rate
    look = look.over(slit=f"{first}@0s {second}@{turn * length}s {first}@{length}s")
    slit, period = slit_of(look, rate, count)
    for k in range(period):
        share = k / period / turn if k / period < turn else (1 - k / period) / (1 - turn)
        expected = first + (second - first) * eased(share)
        assert slit(k) == pytest.approx(expected, abs=2 / ROWS), k
    assert slit(period) == slit(0)


@given(st.sampled_from(CYCLIC), st.floats(0, 0.9), st.floats(0, 0.9), st.integers(20, 40))
def test_a_path_that_does_not_close_is_brought_back_over_the_last_fifth(
    loop: str, first: float, last: float, count: int
) -> None:
    look = Look(loop=loop, fade=0.3, min_loop=1, max_loop=2, slit=f"{first}@0s {last}@0.1s")
    slit, period = slit_of(look, 10, count)
    for k in range(1, period + 1):
        share = eased(max(0, 5 * k / period - 4))
        assert slit(k) == pytest.approx(last + (first - last) * share, abs=2 / ROWS)


@given(st.floats(0.05, 5), st.integers(20, 40))
def test_the_period_of_a_wave_is_the_nearest_that_divides_the_loop(
    seconds: float, count: int
) -> None:
    wave, length = Wave(0.5, 0.25, seconds), count / 10
    at_frame = wave.along(count, 10, cyclic=True)
    rounds = max(1, round(length / seconds))
    for k in range(2 * count):
        expected = 0.5 + 0.25 * math.sin(2 * math.pi * rounds * k / count)
        assert at_frame(k) == pytest.approx(expected, abs=1e-9)
    is_changed = f"{length / rounds:.2f}" != f"{seconds:.2f}"
    assert wave.change(length) == (f"in waves of {length / rounds:.2f} s" if is_changed else "")


def test_a_value_holds_goes_evenly_or_eases_to_the_next_one() -> None:
    path = Look(slit="20%@0s hold 60%@1s linear 80%@2s EASE 20%@0:03").slit
    assert str(path) == "0.2@0s hold 0.6@1s linear 0.8@2s 0.2@3s"
    at_frame: Any = path.along(30, 10, cyclic=True)  # type: ignore[union-attr]
    found = [round(at_frame(k), 3) for k in (0, 9, 10, 15, 20, 25, 30)]
    assert found == [0.2, 0.2, 0.6, 0.7, 0.8, 0.5, 0.2]


def test_points_that_a_slit_passes_mean_what_they_did() -> None:
    assert Look(slit="0.2:0.8").slit == (0.2, 0.8)
    extent = Extent((1, 10), 25, 5, 0, 5, True)
    slit: Any = Roll(slit="0.2:0.8").slit_at(extent)
    assert [round(10 * slit(k)[0]) for k in range(6)] == [2, 3, 5, 6, 8, 2]


@pytest.mark.parametrize(("name", "setting"), MOVABLE)
def test_each_frame_is_what_the_still_effect_shows_with_the_values_of_that_frame(
    name: str, setting: str
) -> None:
    about = settings_of(effects()[name])[setting]
    (told,) = (each for each in start()["settings"] if each["name"] == setting)
    assert name in told["movesWith"]
    effect = effects()[name](**{setting: told["path"]})
    if name in ("roll", "stargate", "swapped"):
        return  # whose slit moves through the video
    extent = Extent((9, 7), 4, 8, 0, 8, True)
    frames = np.random.default_rng(0).integers(0, 256, (24, 7, 9, 3), np.uint8)
    frames[:8] = frames[8:16] = frames[16:]
    pictures = effect.composer(list(frames), extent, pre_roll=8)
    value = getattr(effect, setting).along(8, 4, cyclic=True)
    for k, picture in zip(range(8), pictures, strict=False):
        standing = replace(effect, **{setting: about.kind.check(setting, value(k))})  # type: ignore[type-var]
        expected = look_up(frames, k, standing.field(extent), first=8)
        np.testing.assert_array_equal(picture, expected, f"frame {k}")


def test_a_slit_on_a_path_is_where_its_column_was_taken() -> None:
    extent = Extent((9, 1), 2, 8, 0, 8, True)
    path = "0@0s linear 1@2s linear 0@4s"
    swapped = Swapped(slit=path).field(extent)
    assert [int(at(swapped.x, k)[0, 0]) for k in range(9)] == [0, 2, 4, 6, 8, 6, 4, 2, 0]  # type: ignore[arg-type]
    corridor = Stargate(slit=path, depth=1).field(extent)
    assert at(corridor.x, np.arange(9)).tolist() == [0, 2, 4, 6, 8, 6, 4, 2, 0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"slit": "20%@0s 130%@1s"}, "slit is '0.2@0s 1.3@1s', and comes to 1.3: give a fraction"),
        ({"slit": "sine(50% +- 60%, 1s)"}, "and comes to -0.1: give a fraction from 0 to 1"),
        ({"slit": "20%@0s"}, "slit is '20%@0s': give two values or more, such as '20%@0s"),
        ({"slit": "20%@0s 30%"}, "slit is '20%@0s 30%': 30% has no time, give such as"),
        ({"slit": "20%@1s 30%@1s"}, "slit is '20%@1s 30%@1s': give times that rise, from 0 s on"),
        ({"slit": "20%@-1s 30%@1s"}, "give times that rise, from 0 s on"),
        ({"slit": "2:3@0s 30%@1s"}, "'2:3': give a factor such as 0.2"),
        ({"slit": "sine(50%, 1s)"}, r"give such as 'sine\(50% \+- 30%, 2s\)'"),
        ({"slit": "sine(50% +- 3%, 0s)"}, "give a period over 0 s"),
        ({"slit_width": "auto@0s 3@1s"}, "slit_width is 'auto@0s 3@1s': 'auto': give a whole"),
        ({"centre": "30%,40%@0s 50%@1s"}, "centre is .*'50%': give x and y"),
        ({"feather": "1@0s 3@1s"}, "feather is '1@0s 3@1s', and cannot move here: give one value"),
        ({"effect": "stargate", "depth": "1@0s 3@1s"}, "depth is .*, and cannot move here"),
    ],
)
def test_what_is_no_path_or_cannot_move_is_refused_in_one_line(
    options: dict[str, Any], why: str
) -> None:
    with pytest.raises(ArgumentError, match=why) as raised:
        Look(**options)
    assert "\n" not in str(raised.value)
    assert raised.value.names == ([*options][-1],)


def test_times_beyond_the_loop_are_an_error_that_tells_its_length(brief: Path, out: Path) -> None:
    words = ("--gif", out / "a.gif", "--loop", "boomerang", "--slit", "20%@0s 80%@0.8s")
    ran = rollscan(brief, *words)
    assert (ran.status, ran.err) == (
        2,
        "rollscan: error: --slit has a value at 0.8 s, and the loop has 0.72 s: give times up to"
        " that\n",
    )
    frames = [np.zeros((4, 4, 3), np.uint8)] * 10
    with pytest.raises(ArgumentError, match=r"ring has a value at 3 s, and the clip has 0\.40 s"):
        compose(frames, Bloom(ring="30%@0s 80%@3s"))
    with pytest.raises(ArgumentError, match=r"depth is 3 s, and the loop has 0\.40 s"):
        compose(frames, Displace(depth="0.1@0s 3@0.1s"), Wrap())


def test_what_is_measured_on_fewer_frames_may_have_a_shorter_loop() -> None:
    frames = [np.full((12, 16, 3), 9 * k, np.uint8) for k in range(24)]
    length = extent_of(Look(loop="boomerang"), (16, 12), 24, 24).period / 24
    look = Look(effect="plane", depth=0.5, loop="boomerang", angle=f"0@0s 0.3@{length}s")
    assert strength(look, frames, 24) > 0
    assert extent_of(look, (16, 12), 12, 12).period / 12 < length


def test_the_closing_line_says_what_was_changed_so_that_paths_close(brief: Path, out: Path) -> None:
    told: list[Any] = []
    options: Any = {"loop": "wrap", "effect": "bloom", "ring": "30%@0s 80%@0.2s"}
    make(brief, out / "a.gif", tell=told.append, centre="sine(50%,50% +- 9%,0%, 0.15s)", **options)
    (made,) = (each for each in told if isinstance(each, Written))
    assert made.closed == "centre in waves of 0.13 s, ring brought back over the last fifth"
    words = ("--loop", "wrap", "--slit", "20%@0s 80%@0.2s 20%@0.4s", "--slit-width", "2@0s 4@0.2s")
    ran = rollscan(brief, "--gif", out / "b.gif", *words)
    assert ", to close the loop: slit width brought back over the last fifth, " in ran.out
    ran = rollscan(brief, "--gif", out / "c.gif", "--loop", "cut", *words[2:])
    assert "to close" not in ran.out


def test_a_look_with_paths_is_carried_by_its_file_and_its_order(brief: Path, out: Path) -> None:
    look = Look(effect="bloom", loop="wrap", ring="30%@0s 80%@0.2s hold", depth="sine(2 +- 1, 1s)")
    make(brief, out / "a.gif", look=look)
    assert Look.of(out / "a.gif") == look
    ran = rollscan(brief, "--gif", out / "b.gif", "--like", out / "a.gif", "--resume")
    assert ran.status == 0, ran.err
    assert (out / "b.gif").read_bytes() == (out / "a.gif").read_bytes()


def test_a_function_gives_the_value_of_each_frame_and_the_file_says_that_it_has_no_recipe(
    brief: Path, out: Path
) -> None:
    look = Look(effect="bloom", loop="wrap", ring=lambda k: 0.3 + k / 20)
    assert look.recipe == ""
    extent = Extent((9, 9), 25, 10, 0, 10, True)
    assert still(effect_of(look), 4, extent).ring == 0.5  # type: ignore[attr-defined]
    with RollingClip.open(brief, look=look) as clip:
        clip.write_gif(out / "a.gif", logger=None)
    with Image.open(out / "a.gif") as made:
        assert made.info["comment"] == (
            b"rollscan: no recipe, as ring was given as an object of Python"
        )
    for wrong in (9.0, None):
        ring: Any = lambda k, wrong=wrong: wrong  # noqa: E731
        with pytest.raises(ArgumentError, match=f"ring is {wrong}: give a fraction from 0.02 to 2"):
            list(compose(numbered(4), Bloom(ring=ring), Wrap()))


def test_a_stream_is_composed_as_it_comes_by_a_function_and_read_to_its_end_for_a_path() -> None:
    frames = numbered(6, (8, 8))
    for slit in ("0.2@0s linear 0.8@0.2s", lambda k: 0.2 + 0.6 * min(k / 5, 1)):
        streamed = compose(iter(frames), Roll(slit=slit, slit_width=2))
        np.testing.assert_array_equal(
            [*streamed], [*compose(frames, Roll(slit=slit, slit_width=2))]
        )


def test_the_strip_photograph_follows_the_path_and_refuses_a_width_that_moves(
    brief: Path, out: Path
) -> None:
    for name, slit in (("a", "0@0s linear 1@0.4s"), ("b", "0@0s hold 1@0.4s")):
        words = ("--slit", slit, "--slit-width", "auto")
        assert rollscan(brief, "--still", out / f"{name}.png", *words).status == 0
    assert (out / "a.png").read_bytes() != (out / "b.png").read_bytes()
    ran = rollscan(brief, "--still", out / "c.png", "--slit-width", "1@0s 3@0.1s")
    assert (ran.status, ran.err) == (
        2,
        "rollscan: error: --slit-width moves, and the strips of a strip photograph are of one"
        " width: give a number, or auto\n",
    )


def test_what_moves_is_not_set_to_the_clip_and_does_not_keep_the_rest_from_it() -> None:
    frames = [np.zeros((24, 32, 3), np.uint8) for _ in range(10)]
    for k, frame in enumerate(frames):
        frame[4:20, 2 * k : 2 * k + 6] = 200
    look = Look.named("bloom").over(centre="30%,50%@0s 70%,50%@0.3s", depth="1@0s 2@0.2s")
    found = fitted(look, ("centre", "ring", "depth"), Moving(frames, 10), 10, (32, 24))
    assert (found.centre, found.depth) == (look.centre, look.depth)
    assert found.ring != look.ring


def test_motion_counts_wherever_a_moving_ring_goes() -> None:
    ring = Bloom(centre="0.3,0.5@0s 0.7,0.5@1s", ring=0.2)
    assert band_of(ring) == pytest.approx((0.2, 0.4, 0.8, 0.6))
    assert band_of(Bloom(ring=lambda k: 0.3)) == (0, 0, 1, 1)
    assert band_of(Roll(slit="0.3@0s 0.6@1s"))[1::2] == pytest.approx((0.3 - 1 / 24, 0.6 + 1 / 24))


@pytest.mark.usefixtures("registry")
def test_an_effect_of_one_s_own_moves_by_the_kind_of_its_setting() -> None:
    @dataclass(frozen=True)
    class Late(Effect):
        name: ClassVar[str] = "late"
        help: ClassVar[str] = "a toy"

        share: float = setting(0.5, movable(fraction()), "how late")

        def field(self, extent: Extent) -> Field:
            return Field(delay=4 * self.share)

    frames = [np.full((1, 1), k, np.uint8) for k in range(8)]
    late = compose(frames, Late(share="0@0s hold 100%@0.5s 50%@0.75s"), Wrap(), fps=8)
    assert [int(picture[0, 0]) for picture in late] == [0, 1, 2, 3, 0, 2, 4, 6]
