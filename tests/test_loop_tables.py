"""Loops as tables of sources: each by its definition, and one of our own wherever loops go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, get_args, get_type_hints

import numpy as np
import pytest
from conftest import decoded, ffmpeg, gif_frames, number, video_of
from hypothesis import given
from hypothesis import strategies as st
from moviepy import VideoClip

from rollscan import RollingClip, RollScan
from rollscan.cli import main
from rollscan.deliver.targets import Take
from rollscan.effect import Effect
from rollscan.errors import ArgumentError
from rollscan.fit import shortened
from rollscan.forecast import stages_of
from rollscan.frames import Frame
from rollscan.job import Job
from rollscan.look import Look
from rollscan.loop.cyclic import Cyclic
from rollscan.loop.loops import LOOPS, NONE, Boomerang, Crossfade, Cut, Loop, Match, Sources, Wrap
from rollscan.loop.sound import EDGE, RATE, looped_sound
from rollscan.plan import plan_of, video_for
from rollscan.run import render
from rollscan.stages import COMPOSING
from rollscan.studio.loops import kinds, table
from rollscan.typed import LookSettings
from rollscan.video.probe import Probe

HOLD = 5  # frames

counts = st.integers(1, 60)
rates = st.sampled_from([1.0, 5.0, 23.976, 25.0, 29.97, 60.0])
fades = st.floats(0.02, 3)


@dataclass(frozen=True)
class Listed:
    """A source of frames of one pixel, their number, and how often each was read."""

    reads: list[int]

    def __len__(self) -> int:
        return len(self.reads)

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Frame]:
        for k in range(first, len(self) if stop is None else stop):
            self.reads[k] += 1
            yield np.full((1, 1, 3), 4 * k, np.uint8)


@pytest.fixture
def pause() -> Iterator[type[Loop]]:
    """A loop of which nothing is known but this class: there, a pause, and back."""

    @dataclass(frozen=True)
    class Pause(Loop):
        name = "pause"
        help = "there, a pause, and back"

        def period(self, count: int, rate: float) -> int:
            return max(1, 2 * count - 2) + HOLD

        def sources(self, k: int, count: int, rate: float) -> Sources:
            there = min(k, count - 1)
            return ((there if k < count + HOLD else self.period(count, rate) - k, 1.0),)

    yield Pause
    del LOOPS["pause"]


def blended(count: int, fade: int) -> list[Sources]:
    """A crossfade by its definition: the end fades into the frames that were left out."""
    plain: list[Sources] = [((k, 1.0),) for k in range(count)]
    shares = [(i + 1) / (fade + 1) for i in range(fade)]
    ends = zip(range(count - fade, count), range(fade), shares, strict=True)
    return plain[fade : count - fade] + [((a, 1 - share), (b, share)) for a, b, share in ends]


def read(made: Loop, count: int, rate: float) -> list[Sources]:
    """What a loop's table says."""
    rows = made.table(count, rate)
    return [
        ((a, shares[0]),) if b == NONE else ((a, shares[0]), (b, shares[1]))
        for a, b, shares in zip(rows.under, rows.over, rows.shares, strict=True)
    ]


@given(counts, rates)
def test_a_loop_without_blends_is_made_of_the_frames_in_its_order(count: int, rate: float) -> None:
    there = list(range(count))
    for loop in (Cut(), Wrap(), Match()):
        assert read(loop, count, rate) == [((k, 1.0),) for k in there]
    assert read(Boomerang(), count, rate) == [((k, 1.0),) for k in there + there[-2:0:-1]]


@given(counts, rates, fades)
def test_a_crossfade_is_made_of_two_frames_where_it_fades(
    count: int, rate: float, fade: float
) -> None:
    frames = round(fade * rate)
    if 1 <= frames <= (count - 1) // 2:
        Crossfade(fade).check(count, rate)
        assert read(Crossfade(fade), count, rate) == blended(count, frames)
    else:
        with pytest.raises(ArgumentError, match=r"fade is|needs 3"):
            Crossfade(fade).check(count, rate)
        Crossfade(fade).fitted(count, rate).check(count, rate)


@given(st.sampled_from([Cut, Wrap, Boomerang, Crossfade, Match]), counts, rates)
def test_the_most_frames_for_a_period_have_no_longer_one(
    kind: type[Loop], period: int, rate: float
) -> None:
    loop = kind()
    count = loop.frames_for(period, rate)
    assert loop.period(count, rate) <= period < loop.period(count + 1, rate)


@given(st.sampled_from([Cut, Wrap, Boomerang, Crossfade]), st.integers(3, 60), st.integers(0, 130))
def test_the_rows_for_the_page_are_the_sources(kind: type[Loop], count: int, k: int) -> None:
    rows = np.array(kind().fitted(count, 10).table(count, 10).rows()).reshape(-1, 4)
    sources = read(kind().fitted(count, 10), count, 10)
    assert len(rows) == len(sources)
    (a, under), *rest = sources[k % len(sources)]
    b, over = rest[0] if rest else (0, 0.0)
    assert rows[k % len(rows)] == pytest.approx([a, b, under, over])


def test_the_types_know_every_loop() -> None:
    known = {"ArrayLike": Any, "Effect": Effect, "Loop": Loop}
    named, _ = get_args(get_type_hints(LookSettings, localns=known)["loop"])  # or a Loop
    assert get_args(named) == tuple(LOOPS)


def test_a_crossfade_reads_once_a_round_what_it_shows_and_sets_its_first_frames_aside() -> None:
    source = Listed([0] * 9)
    made = Cyclic(source, Crossfade(2), 0, rate=1)
    shown = [int(frame.flat[0]) for frame in islice(made, 2 * made.period)]
    assert shown[:8] == [8, 12, 16, 20, 24, round(28 * 2 / 3), round(32 / 3 + 8 / 3), 8]
    assert source.reads == [1, 1, 2, 2, 2, 2, 2, 2, 2]
    assert made._aside == range(2)


def test_a_loop_that_goes_on_in_order_is_read_in_order_and_sets_nothing_aside() -> None:
    class Slow(Loop):  # without a name it is no loop for anyone else
        def period(self, count: int, rate: float) -> int:
            return 2 * count

        def sources(self, k: int, count: int, rate: float) -> Sources:
            return ((k // 2, 1.0),)

    source = Listed([0] * 3)
    frames = Cyclic(source, Slow(), 1, rate=1)
    assert [int(frame.flat[0]) // 4 for frame in islice(frames, 8)] == [2, 0, 0, 1, 1, 2, 2, 0]
    assert source.reads == [2, 1, 2]
    assert not frames._aside
    assert Slow not in LOOPS.values()


@given(
    st.sampled_from(["wrap", "boomerang", "crossfade"]),
    st.integers(5, 40),
    st.sampled_from([10.0, 25.0, 29.97]),
    st.integers(0, 30),
)
def test_each_sample_is_of_the_moment_that_is_shown(
    name: str, count: int, rate: float, before: int
) -> None:
    """Where nothing fades: forward from the first frame, and back as far as it went."""
    loop = LOOPS[name]().fitted(count, rate)
    assert loop.name == name
    first = round(before / rate * RATE)
    length = round(loop.period(count, rate) / rate * RATE)
    heard = np.repeat((np.arange(first + length + RATE) % 30_000).astype(np.int16)[:, None], 2, 1)
    made = looped_sound(heard, loop.table(count, rate), rate=rate, first=first, length=length)
    (a, _), *_ = loop.sources(0, count, rate)
    sure = slice(round(EDGE * RATE), min(length // 2, round((count // 2 - a) / rate * RATE)))
    begin = first + round(a / rate * RATE)
    assert (made[sure, 0] == heard[begin : begin + length][sure, 0]).all()
    if name == "boomerang":
        assert (made[1:] == made[:0:-1]).all()


@pytest.mark.parametrize("loop", [Cut(), Wrap(), Boomerang(), Crossfade(0.2)])
def test_a_sound_that_ends_before_the_part_begins_is_silence(loop: Loop) -> None:
    heard = np.full((RATE // 10, 2), 9999, np.int16)
    length = round(loop.period(20, 10) / 10 * RATE)
    made = looped_sound(heard, loop.table(20, 10), rate=10, first=RATE, length=length)
    assert made.shape == (length, 2)
    assert not made.any()


def test_a_frame_that_is_held_is_silent_and_no_step_is_heard(pause: type[Loop]) -> None:
    count, rate = 20, 10
    heard = np.full((3 * RATE, 2), 9999, np.int16)
    length = round(pause().period(count, rate) / rate * RATE)
    made = looped_sound(heard, pause().table(count, rate), rate=rate, first=0, length=length)
    held = slice(round(1.9 * RATE) + 1, round(2.4 * RATE))
    assert not made[held].any()
    assert (made[RATE : RATE + 99] == 9999).all()
    assert (made[3 * RATE : 3 * RATE + 99] == 9999).all()
    assert np.abs(np.diff(made[:, 0].astype(int))).max() < 100


# A loop of one's own.

SHOWN = [*range(50), *[49] * HOLD, *range(48, 0, -1)]  # of 50 frames
LIVE: dict[str, Any] = {"slit": 0, "loop": "pause"}  # all of the picture is the live side


@pytest.mark.usefixtures("pause")
def test_a_clip_shows_a_loop_of_ones_own(plain: Path) -> None:
    with RollingClip.of(video_of(plain), Look(**LIVE), 25) as clip:
        shown = [number(clip.get_frame(k / 25)) for k in range(len(SHOWN) + 3)]
    assert shown == [*SHOWN, 0, 1, 2]


@pytest.mark.usefixtures("pause")
def test_the_command_line_makes_a_loop_of_ones_own(
    plain: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [str(plain), "--gif", str(out / "a.gif"), "--loop", "pause", "--slit", "0"]
    assert main([*asked, "--quiet"]) == 0
    assert [number(frame) for frame in gif_frames(out / "a.gif")] == SHOWN
    assert main([*asked, "--loop", "paws"]) == 2
    assert "pause" in capsys.readouterr().err


@pytest.mark.usefixtures("pause")
def test_a_video_with_sound_has_a_loop_of_ones_own(plain: Path, out: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=duration=2", "-c:v", "copy", "-c:a", "pcm_s16le")
    ffmpeg("-i", plain, *tone, out / "tone.mov")
    (made,) = render(Job(out / "tone.mov", mp4=out / "a.mp4", look=Look(**LIVE), sound=True))
    assert made.frames == len(SHOWN)
    assert [number(frame) for frame in decoded(out / "a.mp4")] == SHOWN


@pytest.mark.usefixtures("pause")
def test_what_is_set_aside_and_expected_of_a_loop_of_ones_own_is_counted(
    plain: Path, monkeypatch: pytest.MonkeyPatch, out: Path
) -> None:
    asked = []
    monkeypatch.setattr("rollscan.run.check_room", lambda n, size, *_: asked.append(n))
    render(Job(plain, gif=out / "a.gif", look=Look(**LIVE)))
    assert asked == [50]
    usual = []
    for loop in ("wrap", "pause"):
        job = Job(plain, poster=out / "a.png", look=Look(**{**LIVE, "loop": loop}))
        facts = Probe(plain).facts()
        stages = stages_of(plan_of(job, facts, video_for(job, [], facts), [Take(None, ())]))
        usual += [stage.usual for stage in stages if stage.name == COMPOSING]
    assert usual[1] == pytest.approx(usual[0] * len(SHOWN) / 50)


@pytest.mark.usefixtures("pause")
def test_moviepy_the_sheet_and_the_page_know_a_loop_of_ones_own() -> None:
    clip = VideoClip(lambda t: np.full((4, 6, 3), round(t * 10), np.uint8), duration=2).with_fps(10)
    rolling = clip.with_effects([RollScan(**LIVE)])
    assert rolling.n_frames == 2 * 20 - 2 + HOLD
    assert rolling.get_frame(2.2)[0, 0, 0] == 19
    look = Look(effect="displace", depth=9, **LIVE)
    assert shortened(look, {}, 20, 10).depth == (2 * 20 - 2 + HOLD) / 10
    assert kinds()["pause"] == {"settings": [], "chooses": False, "dissolves": False}
    is_cyclic, rows = table({"loop": "pause", "speed": 2}, 50, Fraction(25), 50)
    assert is_cyclic
    assert np.frombuffer(rows, np.float32).reshape(-1, 4)[:, 0].tolist() == SHOWN


@pytest.mark.parametrize("name", list(LOOPS))
def test_a_loop_says_whether_it_plays_frames_backward(name: str) -> None:
    under = LOOPS[name]().table(9, 2).under
    steps = [later - earlier for earlier, later in pairwise(under)]
    assert LOOPS[name].returns == (-1 in steps)
