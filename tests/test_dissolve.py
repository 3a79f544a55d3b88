"""What history takes of a crossfade: a switch in each pixel, while the live side dissolves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rollscan import Crossfade, FrameComposer, Look, RollingClip
from rollscan.composers.delay_line import NamelessFile
from rollscan.errors import SourceError
from rollscan.frames import Dissolve, Frame, both_of, thinned
from rollscan.loop.cyclic import Cyclic
from rollscan.loop.loops import LOOPS
from rollscan.loop.switch import SOFTNESS, switch_of

COUNT, FADE = 60, 20  # frames
DARK, LIGHT = 20, 220


class Steps:
    """A dark clip that turns light in mid-time, so that a crossfade is of light into dark."""

    size = (32, 80)

    def __len__(self) -> int:
        return COUNT

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for k in range(first, COUNT if stop is None else stop):
            yield np.full((80, 32, 3), DARK if k < COUNT // 2 else LIGHT, np.uint8)

    def small(self, width: int) -> Iterator[Frame]:
        return thinned(self, width)

    def close(self) -> None:
        pass


class Listed(Steps):
    """Frames of a list."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        return iter(self._frames[first:stop])


def composed(**settings: Any) -> list[Frame]:
    with RollingClip.of(Steps(), Look(loop="crossfade", fade=FADE / 25, **settings), 25) as clip:
        assert clip.n_frames == COUNT - FADE
        return [clip.get_frame((k + 1e-6) / 25) for k in range(clip.n_frames)]


def between(levels: Frame) -> int:
    """How many of the levels are neither dark nor light."""
    return int(np.count_nonzero((levels > DARK + 2) & (levels < LIGHT - 2)))


# The switch


@pytest.mark.parametrize("alike", [3, 9, 15])
def test_each_pixel_switches_where_the_two_pictures_are_most_alike(alike: int) -> None:
    away = [np.full((48, 64, 3), 10 * abs(k - alike), np.uint8) for k in range(FADE)]
    for frame in away:
        frame[:, 48:] = 10 * abs(len(away) // 2 - 1)  # where nothing tells one from another
    pairs = [(np.zeros_like(each), each) for each in away]
    switch = switch_of(pairs)
    assert np.abs(switch.moments[:, :32] - alike).max() <= 1
    assert np.abs(switch.moments[:, -2:] - (FADE - 1) / 2).max() <= 1
    shares = np.array([switch.shares(k)[0, 0] for k in range(FADE)])
    assert np.count_nonzero((shares > 0) & (shares < 1)) < SOFTNESS
    assert (switch.shares(-1) == 0).all() and (switch.shares(FADE) == 1).all()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_in_a_short_dissolve_history_dissolves_too(count: int) -> None:
    first, second = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 200, np.uint8)
    switch = switch_of([(first, second)] * count)
    for k in range(count):
        assert np.allclose(switch.mixed(k, first, second), 200 * (k + 1) / (count + 1), atol=0.51)


def test_a_crossfade_reads_its_source_once_a_round() -> None:
    read: list[int] = []

    class Counted(Steps):
        def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
            for k, frame in enumerate(super().frames(first, stop), first):
                read.append(k)
                yield frame

    fade = Crossfade(fade=FADE / 25)
    loop = Cyclic(Counted(), fade, 0, rate=25, switches=True)
    both = [both_of(frame) for frame in islice(loop, 2 * loop.period)]
    assert sorted(read) == sorted([*range(COUNT), *range(FADE, COUNT - FADE)])
    plain = Cyclic(Steps(), fade, 0, rate=25)
    for (live, past), frame in zip(both, plain, strict=False):
        np.testing.assert_array_equal(live, frame)
        assert (past is live) == (set(np.unique(live)) <= {DARK, LIGHT})
    loop.close()
    plain.close()


@pytest.mark.parametrize("there", [0, 30, 50])
def test_frames_that_do_not_come_are_told_in_words(there: int) -> None:
    class Short(Listed):
        def __len__(self) -> int:
            return COUNT

    short = Short([np.zeros((8, 8, 3), np.uint8)] * there)
    loop = Cyclic(short, Crossfade(fade=FADE / 25), 0, rate=25, switches=True)
    with pytest.raises(SourceError, match="still there and whole"):
        list(islice(loop, loop.period))
    loop.close()


def test_a_pre_roll_may_begin_within_the_dissolve() -> None:
    fade = Crossfade(fade=FADE / 25)
    for early in (1, FADE // 2, FADE, FADE + 1, 55):
        loop = Cyclic(Steps(), fade, early, rate=25, switches=True)
        whole = Cyclic(Steps(), fade, 0, rate=25, switches=True)
        period = [both_of(frame) for frame in islice(whole, whole.period)]
        for k, frame in enumerate(islice(loop, early + 3), -early):
            for found, expected in zip(both_of(frame), period[k % whole.period], strict=True):
                np.testing.assert_array_equal(found, expected)
        loop.close()
        whole.close()


def test_only_a_crossfade_dissolves() -> None:
    for name, kind in LOOPS.items():
        found = kind().dissolve(50, 10.0)
        assert len(found) == (5 if name == "crossfade" else 0)
        assert not found or found.stop == kind().period(50, 10.0)


# What is composed

ROLLS: list[dict[str, Any]] = [
    {"direction": "up", "slit": 0.9},
    {"direction": "down", "slit": 0.1},
    {"direction": "up", "slit": (0.8, 0.9, 0.8)},
]


@pytest.mark.parametrize("roll", ROLLS)
def test_no_bar_of_the_dissolve_goes_through_the_history_of_a_roll(roll: dict[str, Any]) -> None:
    near = 4  # rows at the slit, which show both forms
    for k, frame in enumerate(composed(**roll)):
        rows = frame[:, 5, 0]
        history = rows[: 64 - near] if roll["direction"] == "up" else rows[9 + near :]
        assert between(history) <= 2 * SOFTNESS, f"frame {k}"  # as two rounds show


def test_the_live_side_goes_on_to_dissolve() -> None:
    shown = [frame[70, 5, 0] for frame in composed(slit=0.5)]
    assert between(np.array(shown)) >= FADE - 2
    assert (np.diff(np.array(shown[-FADE:], int)) <= 0).all()


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("effect", ["displace", "plane", "bloom", "turning", "kaleido", "clock"])
def test_no_bar_goes_through_the_history_of_a_field(effect: str, smooth: bool) -> None:
    if smooth:
        pytest.importorskip("cv2")
    spin = {"spin": 1} if effect in ("plane", "kaleido") else {}
    frames = composed(effect=effect, depth=1.2, smooth=smooth, **spin)
    mixed = np.array([(frame[..., 0] > DARK + 2) & (frame[..., 0] < LIGHT - 2) for frame in frames])
    assert np.median(mixed.sum(axis=0)) <= FADE / 2  # frames in which a pixel is neither


def test_nothing_jumps_between_what_is_live_and_what_is_a_little_late() -> None:
    """Delays go on from 0, a frame in 2.6 rows. A hard switch would be a step of all levels."""
    for frame in composed(effect="displace", depth=1.2, map="up")[-FADE:]:
        rows = frame[-12:, 5, 0].astype(int)
        assert np.abs(np.diff(rows)).max() <= 0.45 * (LIGHT - DARK)


def test_a_mask_switches_with_its_picture() -> None:
    """Of the mask alone nothing tells when."""
    fade = Crossfade(fade=FADE / 25)
    away = [np.full((8, 8, 3), 10 * abs(k - 3 if k < FADE else 0), np.uint8) for k in range(COUNT)]
    masks = [np.full((8, 8), float(k < FADE)) for k in range(COUNT)]
    how: Any = {"rate": 25, "switches": True}
    picture = Cyclic(Listed(away), fade, 0, **how)
    alone, mask = (
        Cyclic(Listed(masks), fade, 0, **how),
        Cyclic(Listed(masks), fade, 0, **how, like=picture),
    )
    assert mask.switch is picture.switch
    assert np.abs(mask.switch.moments - 3).max() <= 1 < np.abs(alone.switch.moments - 3).min()
    for loop in (picture, alone, mask):
        loop.close()


# History on both sides of the slit


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("feather", [0, 6])
def test_no_line_shows_at_the_slit_of_history_on_both_sides(feather: int, smooth: bool) -> None:
    """Of a picture that stands still, history is stripes of its slit, from edge to edge."""
    if smooth:
        pytest.importorskip("cv2")
    still = np.random.default_rng(0).integers(0, 256, (60, 8, 3), np.uint8)
    for width in (1, 4):
        how: Any = {"direction": "out", "slit_width": width, "feather": feather, "smooth": smooth}
        picture = FrameComposer([still] * 60, 25, **how).make_frame(50 / 25)
        slit = still[30 : 30 + width]
        if smooth:
            slit = slit[(width - 1) // 2 :][:1]
        for row, shown in enumerate(picture):
            np.testing.assert_array_equal(shown, slit[(row - 30) % len(slit)], f"row {row}")


def test_a_frame_keeps_both_forms_only_as_it_is() -> None:
    live, past = np.zeros((2, 2, 3), np.uint8), np.ones((2, 2, 3), np.uint8)
    frame = Dissolve.of(live, past)
    assert type(both_of(frame)[0]) is np.ndarray and both_of(frame)[1] is past
    one, other = both_of(frame // 2)
    assert one is other


# Memory


def test_what_was_read_of_a_file_does_not_count_as_memory_of_the_process() -> None:
    def mapped() -> int:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.partition("RssFile:")[2].split()[0]) // 1024

    try:
        before = mapped()
    except (OSError, IndexError):
        pytest.skip("no /proc with RssFile here")
    file, picture = NamelessFile(), np.ones((1000, 1000, 3), np.uint8)
    view = file.view((30, *picture.shape), picture.dtype)
    for k in range(len(view)):
        file.write(k * picture.nbytes, picture)
    assert view[:, ::400].sum() > 0  # a few rows of each picture
    assert mapped() - before < 30, "little is mapped of what is not looked at"
    assert view.sum() == view.size
    file.forget()
    assert mapped() - before < 10
    file.close()
