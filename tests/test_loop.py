"""Loops: cyclic frames, a pre-roll that fills the history, and seams that do not show."""

from __future__ import annotations

import errno
import gc
import io
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rollscan.composers.directions import FLOWS, is_sideways
from rollscan.composers.frame_composer import FrameComposer
from rollscan.composers.slit import (
    filling_width,
    frames_to_fill,
    slit_path,
    slit_rows,
)
from rollscan.errors import ArgumentError, OutputError, RewindError, RollscanError, SourceError
from rollscan.frames import Part
from rollscan.look import Look, loop_of
from rollscan.loop.cyclic import Cyclic
from rollscan.loop.loops import Boomerang, Crossfade, Wrap
from rollscan.loop.match import best_loop, match_width
from rollscan.loop.seam import SeamMeter
from rollscan.loop.spool import Spool

Picture = npt.NDArray[np.int64]

FADE = 2  # frames, where a crossfade is tested


class Listed:
    """A source that is a list, and counts how often each frame is read."""

    def __init__(self, frames: list[Picture]) -> None:
        self._frames = frames
        self.reads = [0] * len(frames)

    def __len__(self) -> int:
        return len(self._frames)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Picture]:
        for k in range(first, len(self) if stop is None else stop):
            self.reads[k] += 1
            yield self._frames[k]


def telling(n: int, height: int, width: int) -> list[Picture]:
    """Frames whose every pixel says where it is from: frame * 10,000 + row * 100 + column."""
    row, column = np.indices((height, width))
    return [k * 10_000 + row * 100 + column for k in range(n)]


def cycle_of(frames: list[Picture], loop: str) -> list[Picture]:
    """One period, by the definition of the loop."""
    n = len(frames)
    if loop == "wrap":
        return frames
    if loop == "boomerang":
        return frames + frames[-2:0:-1]
    blends = [
        np.rint(
            frames[n - FADE + i] * (1 - np.float32((i + 1) / (FADE + 1)))
            + frames[i] * np.float32((i + 1) / (FADE + 1))
        ).astype(int)
        for i in range(FADE)
    ]
    return frames[FADE : n - FADE] + blends


def start_of(source: Listed, loop: str, pre_roll: int = 0) -> list[int]:
    """Which frames the loop gives first: two periods of frame numbers."""
    made = Cyclic(source, loop_of(Look(loop=loop, fade=FADE)), pre_roll, rate=1)
    return [int(frame.flat[0]) // 10_000 for frame in islice(made, 2 * made.period)]


def test_wrap_repeats_the_frames() -> None:
    assert start_of(Listed(telling(3, 1, 1)), "wrap") == [0, 1, 2, 0, 1, 2]


def test_wrap_begins_with_the_end_for_the_pre_roll() -> None:
    assert start_of(Listed(telling(4, 1, 1)), "wrap", pre_roll=2)[:6] == [2, 3, 0, 1, 2, 3]


def test_a_pre_roll_longer_than_the_clip_goes_around_more_than_once() -> None:
    assert start_of(Listed(telling(2, 1, 1)), "wrap", pre_roll=3)[:4] == [1, 0, 1, 0]


def test_wrap_reads_only_the_end_twice() -> None:
    source = Listed(telling(5, 1, 1))
    made = Cyclic(source, Wrap(), 2, rate=1)
    assert len(list(islice(made, made.pre_roll + made.period))) == 7
    assert source.reads == [1, 1, 1, 2, 2]


def test_boomerang_does_not_show_its_ends_twice() -> None:
    frames = telling(4, 1, 1)
    assert start_of(Listed(frames), "boomerang") == [0, 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1]


def test_boomerang_reads_each_frame_once_and_only_when_it_is_due() -> None:
    source = Listed(telling(5, 1, 1))
    frames = iter(Cyclic(source, Boomerang(), 2, rate=1))
    next(frames)
    assert source.reads == [1, 1, 1, 0, 0]
    for _ in range(30):
        next(frames)
    assert source.reads == [1, 1, 1, 1, 1]


def test_a_boomerang_of_one_frame_stands_still() -> None:
    assert start_of(Listed(telling(1, 1, 1)), "boomerang") == [0, 0]


def test_crossfade_blends_the_end_into_the_frames_before_the_first() -> None:
    frames = [np.full((1, 1, 3), value, np.uint8) for value in (0, 30, 60, 90, 120, 150)]
    made = Cyclic(Listed(frames), Crossfade(2), 0, rate=1)
    shown = [int(frame[0, 0, 0]) for frame in islice(made, made.period + 1)]
    # 120 goes a third of the way to 0, 150 two thirds of the way to 30; then comes 60 again.
    assert shown == [60, 90, 80, 70, 60]


@pytest.mark.parametrize("fade", [0, -1, float("nan"), float("inf"), 1e308, 0.01, 4])
def test_a_fade_of_no_frame_or_more_than_half_is_refused(fade: float) -> None:
    with pytest.raises(ArgumentError, match="fade is"):
        Cyclic(Listed(telling(6, 1, 1)), Crossfade(fade), 0, rate=25)


def test_an_unknown_loop_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"loop is 'round'.*wrap"):
        Look(loop="round")


def test_a_part_is_a_source_of_its_own() -> None:
    part = Part(Listed(telling(9, 1, 1)), 3, 7)
    numbers = [int(frame[0, 0]) // 10_000 for frame in part.frames()]
    assert (len(part), numbers) == (4, [3, 4, 5, 6])
    assert [int(frame[0, 0]) // 10_000 for frame in part.frames(1, 3)] == [4, 5]


@st.composite
def rolls(draw: st.DrawFn) -> dict[str, object]:
    """A size, a clip length, and a way to roll it."""
    direction = draw(st.sampled_from(list(FLOWS)))
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    length = width if is_sideways(direction) else height
    fraction = st.floats(0, 1)
    return {
        "frames": telling(draw(st.integers(1, 14)), height, width),
        "direction": direction,
        "slit": draw(st.one_of(fraction, st.lists(fraction, min_size=2, max_size=4))),
        "slit_width": draw(st.integers(1, length)),
        "length": length,
    }


@given(rolls(), st.sampled_from(["wrap", "boomerang", "crossfade"]), st.data())
def test_every_row_of_a_loop_is_from_where_it_must_be(
    roll: dict[str, object], loop: str, data: st.DataObject
) -> None:
    """Whatever is asked for, in any order: composed frame k depends on k modulo the period alone.

    Row r of composed frame k is row r + i * slit_width of frame k - i, for the smallest i for which
    that row was not above the slit then. This holds for a slit that moves too. For other
    directions it holds of the picture turned.
    """
    frames, direction, slit = roll["frames"], roll["direction"], roll["slit"]
    width, length = roll["slit_width"], roll["length"]
    assume(loop != "crossfade" or len(frames) > 2 * FADE)
    cycle = cycle_of(frames, loop)
    period = len(cycle)
    pre_roll = frames_to_fill(slit, width, direction, length)
    made = Cyclic(Listed(frames), loop_of(Look(loop=loop, fade=FADE)), pre_roll, rate=1)
    assert made.period == period
    where = slit_path(slit, period)
    composer = FrameComposer(
        made,
        1,
        slit=slit if isinstance(slit, float) else where,
        direction=direction,
        slit_width=width,
        pre_roll=made.pre_roll,
    )
    for k in data.draw(st.lists(st.integers(0, 3 * period), min_size=1, max_size=8)):
        expected = cycle[k % period].copy()
        turned = expected.swapaxes(0, 1) if is_sideways(direction) else expected
        for r in range(length):
            for up in FLOWS[direction]:
                step = width if up else -width
                i = 0
                while True:
                    rows = slit_rows(where(k - i), width, length)
                    at = r + step * i
                    if (at >= rows.start) if up else (at < rows.stop):
                        break
                    i += 1
                if i:
                    source = cycle[(k - i) % period]
                    turned[r] = (source.swapaxes(0, 1) if is_sideways(direction) else source)[at]
        assert np.array_equal(composer.make_frame(k), expected)


@given(st.floats(0, 1), st.integers(1, 40), st.integers(-100, 100))
def test_a_slit_that_stays_is_a_path_too(slit: float, period: int, k: int) -> None:
    assert slit_path(slit, period)(k) == slit


def test_a_slit_moves_evenly_and_is_there_in_the_last_frame() -> None:
    there = slit_path((0.25, 0.75), 5)
    assert [there(k) for k in range(6)] == [0.25, 0.375, 0.5, 0.625, 0.75, 0.25]


def test_a_slit_that_comes_back_sets_out_again_one_frame_after_the_last() -> None:
    around = slit_path((0.2, 0.8, 0.2), 6)
    assert [round(around(k), 9) for k in range(7)] == [0.2, 0.4, 0.6, 0.8, 0.6, 0.4, 0.2]
    assert around(-1) == around(5)


def test_an_automatic_width_fills_the_history_in_about_three_seconds() -> None:
    width = filling_width("auto", 0.5, "up", 360, 25)
    assert width == 2  # 180 rows in 75 frames
    assert 2.5 < frames_to_fill(0.5, width, "up", 360) / 25 < 4
    assert filling_width("auto", 0, "up", 360, 25) == 1  # nothing to fill
    with pytest.raises(ArgumentError, match="slit_width is 'wide'"):
        filling_width("wide", 0.5, "up", 360, 25)


def test_the_best_loop_is_found_where_picture_and_motion_match() -> None:
    # A dot runs round a ring of 12 places; the camera shakes but for two rounds in the middle.
    rng = np.random.default_rng(7)
    frames = []
    for k in range(60):
        frame = np.zeros((4, 12, 3), np.uint8)
        frame[1, k % 12] = 255
        shake = 0 if 15 <= k < 45 else 60
        frames.append(np.clip(frame + rng.integers(0, shake + 1, frame.shape), 0, 255))
    first, stop = best_loop(frames, 10, 1, 2.6)
    assert stop - first == 24
    assert first >= 15
    assert stop <= 45


def test_a_loop_is_not_where_only_the_picture_matches() -> None:
    # Swings left and right: the middle looks the same both ways, but moves the other way.
    swing = [0, 1, 2, 3, 4, 3, 2, 1] * 4
    frames = [np.eye(5, dtype=np.uint8)[place].reshape(1, 5, 1) * 255 for place in swing]
    first, stop = best_loop(frames, 1, 3, 9)
    assert (stop - first) % 8 == 0


def test_a_loop_that_cannot_fit_is_refused() -> None:
    frames = telling(10, 2, 2)
    for shortest, longest in ((20, 30), (5, 2), (0, 3), (float("nan"), 3)):
        with pytest.raises(ArgumentError, match="min_loop is"):
            best_loop(frames, 1, shortest, longest)


def best_by_definition(
    frames: list[Picture], rate: float, min_loop: float, max_loop: float
) -> tuple[int, int]:
    """The best loop, all loops compared."""
    count, rows = len(frames), np.stack(frames).reshape(len(frames), -1).astype(int)
    unlike = ((rows[:, None] - rows[None]) ** 2).sum(axis=2)
    costs = unlike[:-2, :-2] + 2 * unlike[1:-1, 1:-1] + unlike[2:, 2:]  # from frame i + 1 to j + 1
    best = {}  # for each length, the cost of the cheapest, and the first of those that cost it
    for length in range(round(max(2, min_loop * rate)), round(min(max_loop * rate, count - 3)) + 1):
        of_length = np.diagonal(costs, length).tolist()
        best[length] = min(of_length), of_length.index(min(of_length)) + 1
    least = min(cost for cost, _ in best.values())
    length = max(length for length, (cost, _) in best.items() if cost <= 1.1 * least)
    return best[length][1], best[length][1] + length


@given(
    st.integers(5, 120),
    st.sampled_from([1, 3, 255]),
    st.floats(0.01, 40),
    st.floats(1, 4),
    st.integers(0, 9),
)
def test_the_best_loop_is_the_best_of_all_loops(
    count: int, shades: int, shortest: float, times: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    frames = list(rng.integers(0, shades, (count, 1, 2, 3), np.uint8))
    assume(max(2, shortest) <= min(shortest * times, count - 3))
    found = best_loop(iter(frames), 1, shortest, shortest * times)
    assert found == best_by_definition(frames, 1, shortest, shortest * times)


@pytest.mark.parametrize("shortest", [2, 5, 48])
def test_a_loop_needs_three_frames_more_than_it_has(shortest: int) -> None:
    frames = telling(shortest + 3, 4, 6)
    assert best_loop(frames, 1, shortest, shortest) == (1, 1 + shortest)
    with pytest.raises(ArgumentError, match="a video longer than min_loop by 3 frames"):
        best_loop(frames[1:], 1, shortest, shortest)


def test_only_the_frames_of_the_longest_loop_are_held() -> None:
    def frames() -> Iterator[Picture]:
        for k in range(3000):
            frame = np.zeros((18, 32, 3), np.uint8)
            frame[k % 7] = 255
            yield frame

    tracemalloc.start()
    try:
        first, stop = best_loop(frames(), 10, 0.5, 1.0)
        assert tracemalloc.get_traced_memory()[1] < 3_000_000  # all frames: 5,184,000
    finally:
        tracemalloc.stop()
    assert (first, stop - first) == (1, 7)


def test_frames_to_be_matched_are_smaller_only_where_very_many_are_held() -> None:
    hours = 2 * 60 * 60
    assert match_width((640, 360), 25 * hours, 25, 10) == 32
    assert match_width((640, 360), 25 * hours, 25, 20 * 60) == 32
    assert match_width((640, 360), 25 * 30, 25, hours) == 32
    for width, height in ((640, 360), (360, 640), (4000, 10)):
        narrow = match_width((width, height), 25 * hours, 25, hours)
        assert 2 <= narrow <= 32
        assert narrow * max(1, round(narrow * height / width)) * 3 * 25 * hours < 70_000_000


def measured(values: list[int]) -> float | None:
    meter = SeamMeter()
    frames = (np.full((2, 2, 3), value, np.uint8) for value in values)
    assert len(list(meter.watch(frames))) == len(values)
    return meter.score


def test_the_seam_is_measured_in_usual_steps() -> None:
    assert measured([0, 10, 20, 10]) == 1.0
    assert measured([0, 10, 20, 30]) == 3.0
    assert measured([5, 5, 5]) == 1.0
    assert measured([5, 5, 5, 9]) == 1.0
    assert measured([0, 0, 0, 10, 10, 20]) == 2.0  # a clip shown at twice its rate
    assert measured([0, 10, 0, 10, 200, 190, 20]) == 2.0  # a few steps that are no usual ones
    assert measured([5, 9]) is None
    assert measured([]) is None


def test_a_spool_gives_frames_back_in_any_order() -> None:
    frames = telling(6, 2, 3)
    spool = Spool(iter(frames))
    for k in (3, 0, 5, 1, 3):
        assert np.array_equal(spool[k], frames[k])
    with pytest.raises(IndexError):
        spool[6]
    spool.close()


def test_a_spool_that_was_let_go_says_so() -> None:
    spool = Spool(iter(telling(3, 2, 2)))
    spool[1]
    spool.close()
    for i in (0, 2):
        with pytest.raises(RewindError, match="let go: open the clip again"):
            spool[i]
    with pytest.raises(RewindError, match="let go: open the clip again"):
        spool.fill()


@pytest.mark.parametrize("error", [SourceError("gone"), KeyboardInterrupt()])
def test_a_spool_whose_frames_failed_does_not_end_there(error: BaseException) -> None:
    def frames() -> Iterator[Picture]:
        yield from telling(2, 2, 2)
        raise error

    spool = Spool(frames())
    with pytest.raises(type(error)):
        spool.fill()
    for _ in range(2):
        with pytest.raises(RollscanError, match=r"gone|interrupted"):
            spool[2]
    assert np.array_equal(spool[1], telling(2, 2, 2)[1])
    spool.close()


def test_a_frame_that_found_no_room_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullOnce(io.FileIO):
        """A file that refuses what is written to it second, and nothing after that."""

        writes = 0

        def write(self, given: Any) -> int:
            self.writes += 1
            if self.writes == 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(given)

    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda **_: FullOnce(tmp_path / "spooled", "wb+")
    )
    spool = Spool(iter(telling(3, 4, 4)))
    spool[0]
    for _ in range(2):
        with pytest.raises(OutputError, match=r"No space left .* TMPDIR"):
            spool[1]
    spool.close()


def test_threads_may_share_a_spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.FileIO):
        """A file that lets other threads run between what is done with it."""

        def readinto(self, into: Any) -> int:
            time.sleep(0)
            return super().readinto(into)

    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Slow(tmp_path / "spooled", "wb+"))
    frames = telling(9, 3, 4)
    spool = Spool(iter(frames))
    asked = [k * 4 % 9 for k in range(400)]
    with ThreadPoolExecutor(8) as threads:
        got = list(threads.map(spool.__getitem__, asked))
    assert all(np.array_equal(frame, frames[k]) for frame, k in zip(got, asked, strict=True))
    spool.close()


def test_a_spool_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool(iter(telling(3, 400, 400)))
    assert np.array_equal(spool[2], telling(3, 400, 400)[2])
    del spool
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_full_temporary_folder_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(prefix: str, buffering: int) -> object:
        return open("/dev/full", "wb+", buffering=buffering)

    monkeypatch.setattr(tempfile, "TemporaryFile", full_disk)
    spool = Spool(iter(telling(3, 4, 4)))
    with pytest.raises(OutputError, match="TMPDIR"):
        spool[1]
