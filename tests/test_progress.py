"""How far a job is: what is told, when, and how true it is; what a terminal shows of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyte
import pytest
from conftest import FFMPEG, names_in, on_a_terminal, rollscan, running_ffmpegs
from hypothesis import assume, example, given
from hypothesis import strategies as st

from rollscan.job import Job
from rollscan.look import Look, named_looks
from rollscan.result import Progress, Written
from rollscan.run import render
from rollscan.stages import Round, Stage
from rollscan.terminal import line_of
from rollscan.tracker import SILENT, Tracker

Event = Progress | Written


class Clock:
    """A clock that goes on only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def told(work: Callable[[Clock, Tracker], None]) -> tuple[list[tuple[float, Progress]], float]:
    """What is told while `work` is done by a clock, each event with its time; and the end."""
    clock = Clock()
    events: list[tuple[float, Progress]] = []

    def tell(event: Event) -> None:
        assert isinstance(event, Progress)
        events.append((clock.now, event))

    with Tracker(tell, clock, alive=False) as tracker:
        work(clock, tracker)
    return events, clock.now


def late(events: list[tuple[float, Progress]], end: float) -> Iterator[tuple[float, float]]:
    """The time left that was said, and the true one, once a quarter of the job was done."""
    for now, event in events:
        if now >= end / 4 and event.left is not None:
            yield event.left, end - now


# The time left.


@given(
    pace=st.floats(0.1, 10),
    stages=st.lists(
        st.tuples(st.floats(3, 300), st.floats(0.91, 1.1), st.integers(10, 300)), min_size=1
    ),
)
def test_the_time_left_is_true_to_a_quarter_on_any_machine(
    pace: float, stages: list[tuple[float, float, int]]
) -> None:
    """usual: seconds as forecast; a machine at another pace, and stages that are a bit off."""
    assume(stages[0][0] >= sum(usual for usual, *_ in stages) / 40)

    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage(f"{k}", usual=usual) for k, (usual, *_) in enumerate(stages)])
        for k, (usual, off, count) in enumerate(stages):
            with tracker.stage(f"{k}", amount=count):
                for _ in range(count):
                    clock.now += usual * off * pace / count
                    tracker.step(of=(f"{k}",))

    events, end = told(work)
    for said, true in late(events, end):
        assert said == pytest.approx(true, rel=0.25, abs=0.02 * end)


@given(
    forecast=st.just(0) | st.floats(0.01, 10_000), count=st.integers(20, 500), start=st.floats(0, 5)
)
def test_a_stage_that_takes_quite_another_time_than_usual_is_soon_known(
    forecast: float, count: int, start: float
) -> None:
    """100 s of even steps, after `start` seconds without one."""

    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage("encoding", usual=forecast)])
        with tracker.stage("encoding", amount=count):
            clock.now += start
            for _ in range(count):
                clock.now += 100 / count
                tracker.step()

    events, end = told(work)
    half = [(said, true) for said, true in late(events, end) if true < 60]
    assert half
    for said, true in half:
        assert said == pytest.approx(true, rel=0.25, abs=2)


@example(stages=[(0.0, [], 0), (1.1125369292536007e-308, [0.0, 1.0], 2)])
@given(
    stages=st.lists(
        st.tuples(st.floats(0, 50), st.lists(st.floats(0, 9), max_size=9), st.integers(0, 12))
    )
)
def test_what_is_done_never_falls_whatever_happens(
    stages: list[tuple[float, list[float], int]],
) -> None:
    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage("composing", usual=usual) for usual, *_ in stages])
        for _, steps, amount in stages:
            with tracker.stage("composing", amount=amount or None):
                for seconds in steps:
                    clock.now += seconds
                    tracker.step()

    events, _ = told(work)
    shares = [event.done for _, event in events]
    assert shares == sorted(shares)
    assert all(0 <= share < 1 for share in shares[:-1])
    assert shares[-1] == 1
    assert all(event.left is None or event.left >= 0 for _, event in events)


def test_nothing_is_said_of_the_time_left_before_it_can_be_known() -> None:
    def work(clock: Clock, tracker: Tracker) -> None:
        with tracker.stage("reading", Path("a.mp4")):
            clock.now += 5
            tracker.step()

    events, _ = told(work)
    assert [event for _, event in events[:-1]] == [
        Progress("reading", Path("a.mp4"), 0, None),
        Progress("reading", Path("a.mp4"), 0, None),
    ]


def test_a_stage_that_interrupts_another_does_not_count_as_it() -> None:
    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage("composing", usual=10)])
        with tracker.stage("composing", amount=10):
            clock.now += 1
            tracker.step()
            with tracker.stage("steadying", amount=1):
                clock.now += 100
                tracker.step()
            for _ in range(9):
                clock.now += 1
                tracker.step()

    events, end = told(work)
    assert [event.stage for _, event in events if event.stage == "steadying"]
    after = [(said, true) for said, true in late(events, end) if true < 9]
    assert after
    for said, true in after:
        assert said == pytest.approx(true, rel=0.25, abs=0.5)


@given(count=st.integers(100, 900), ahead=st.integers(0, 120), share=st.floats(0.25, 0.65))
def test_an_encoder_that_looks_far_ahead_is_under_way_from_its_first_frame_on(
    count: int, ahead: int, share: float
) -> None:
    """100 s; it takes in `ahead` frames before it gives one. share: of the work, to take one in."""
    taking, giving = 100 * share / count, 100 * (1 - share) / count

    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage("encoding", usual=100)])
        with tracker.stage("encoding", amount=count):
            given = tracker.counter()
            for k in range(count + ahead):
                if k < count:
                    clock.now += taking
                    tracker.begin_step()
                if k >= ahead:
                    clock.now += giving
                    given(k - ahead + 1)
                    tracker.step(0)

    events, end = told(work)
    known = taking * min(count / 4 + ahead, count) + giving * count / 4
    for now, event in events:
        if now >= end / 20:
            assert now / end / 3 < event.done < 2 * now / end
        if now >= known:
            assert event.done == pytest.approx(now / end, abs=0.07)


def test_frames_that_are_only_begun_have_no_bytes_yet() -> None:
    """Half of them are begun, a quarter is done, in a file that heads for 1.4 budgets."""
    encoding = Stage("encoding", usual=10, amount=100)
    encoding.round = Round(1, 5, 100, 1000, lambda: 350)
    encoding.since = 0.0
    encoding.set_steps_begun(50, 5.0)
    encoding.set_steps_done(25, 5.0)
    assert encoding.finished == 0.25 < encoding.share < 0.5
    encoding.seconds_left(5.0, 1.0)
    assert encoding.later_work == encoding.round.to_come(0.25) > 1.5 > encoding.round.to_come(0.375)


# Rounds for a budget.


def round_(number: int, over: float, share: float) -> float:
    """Full rounds to come after a fifth round at most that heads for `over` budgets."""
    made = Round(number, 5, 100, 1000, lambda: int(1000 * over * share), shrinks=True)
    return made.to_come(share)


def test_the_bytes_so_far_tell_whether_another_round_comes() -> None:
    assert round_(1, over=0.5, share=0.5) < 0.05
    assert round_(1, over=3.0, share=0.5) > 0.9
    assert round_(2, over=0.94, share=0.95) < 0.1
    assert round_(2, over=0.5, share=0.95) > 0.9  # too good to be left at that
    assert round_(5, over=2.0, share=0.95) == 0  # the last one that there can be


def test_rounds_are_numbered_and_counted_in() -> None:
    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage("encoding", Path("a.gif"), usual=10, later_work=1)])
        with tracker.stage("encoding", Path("a.gif")):
            for number, over in ((1, 2.0), (2, 0.95)):
                tracker.begin_round(Round(number, 5, 10, 1000, lambda over=over: int(1000 * over)))
                for _ in tracker.passing(range(10)):
                    clock.now += 1

    events, end = told(work)
    labels = list(dict.fromkeys(event.stage for _, event in events))
    assert labels == ["encoding 1 of at most 5", "encoding 2 of at most 5", "finished"] or (
        labels[1:] == ["encoding 1 of at most 5", "encoding 2 of at most 5", "finished"]
    )
    in_second = [(event.left, end - now) for now, event in events if "2 of" in event.stage]
    said, true = in_second[-1]
    assert said == pytest.approx(true, abs=1)


def test_rounds_that_may_come_count_before_the_first_of_them_has_begun() -> None:
    clock, events = Clock(), []
    with Tracker(events.append, clock, alive=False) as tracker:
        tracker.expect([Stage("encoding", usual=10, later_work=1)])
        with tracker.stage("encoding"):
            pass
    assert events[0].left == 20


def test_a_budget_far_over_what_is_expected_lets_no_more_rounds_come() -> None:
    for expected, least, most in ((0.1, 0.0, 0.01), (1.5, 0.5, 2.0), (20.0, 1.0, 2.0)):
        made = Round(1, 4, 100, 1000, lambda: 0, expected=expected)
        assert least <= made.to_come(0.0) <= most


def test_drafts_are_told_as_such_and_an_encoding_that_follows_them_may_be_too_small() -> None:
    def work(clock: Clock, tracker: Tracker) -> None:
        tracker.expect([Stage("encoding", Path("a.mp4"), usual=100, later_work=1)])
        with tracker.stage("encoding", Path("a.mp4")):
            drafts = Round(1, 4, 10, 1000, lambda: 950, size=0.1, name="drafting", after=1.0)
            for round_, seconds in (
                (drafts, 1),
                (Round(1, 4, 10, 1000, lambda: 950, before=1), 10),
            ):
                tracker.begin_round(round_)
                for _ in tracker.passing(range(10)):
                    clock.now += seconds

    events, end = told(work)
    labels = list(dict.fromkeys(event.stage for _, event in events))
    assert labels[-3:] == ["drafting 1 of at most 4", "encoding 1 of at most 4", "finished"]
    for now, event in events:
        if "drafting" in event.stage and now > 5:
            assert event.left == pytest.approx(end - now, rel=0.5)
    poor = Round(1, 4, 100, 1000, lambda: 400, before=1)
    assert poor.to_come(0.95) > 0.5 > 0.1 > replace(poor, before=0).to_come(0.95)


def test_a_count_that_comes_late_is_not_of_the_next_stage() -> None:
    clock, events = Clock(), []
    with Tracker(events.append, clock, alive=False) as tracker:
        tracker.expect([Stage("encoding", usual=9)])
        with tracker.stage("encoding", Path("a.mp4"), amount=10):
            reached = tracker.counter()
        with tracker.stage("encoding", Path("b.mp4"), amount=10):
            reached(10)
            clock.now += 1
            tracker.step(0)
    assert events[-2].done < 0.5


def test_before_and_after_its_job_a_tracker_tells_nothing_and_stops_nobody() -> None:
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if len(events) > 2:
            raise EnoughError

    tracker = Tracker(tell, Clock(), alive=False)
    items = [1, 2]
    assert tracker.passing(items) is items is SILENT.passing(items)
    with pytest.raises(EnoughError), tracker:
        outliving = iter(tracker.passing(iter("ab")))
        with tracker.stage("composing", amount=2):
            tracker.begin_round(Round(1, 2, 10, 1000, lambda: 0))
            tracker.begin_round(Round(2, 2, 10, 1000, lambda: 0))
    with tracker.stage("composing", amount=2):
        assert list(outliving) == ["a", "b"]
        tracker.begin_step()
        tracker.begin_round(Round(1, 2, 10, 1000, lambda: 0))
    assert len(events) == 3


# Jobs.

_LOOP = Look(loop="match", min_loop=0.5, max_loop=1.0)
JOBS: dict[str, dict[str, Any]] = {
    "gif": {"gif": "a.gif"},
    "all": {"gif": "a.gif", "mp4": "a.mp4", "webm": "a.webm", "webp": "a.webp"},
    "match": {"gif": "a.gif", "look": _LOOP},
    "steady": {"mp4": "a.mp4", "look": Look(steady=True, loop="boomerang")},
    "budget": {"webp": "a.webp", "webm": "a.webm", "max_bytes": 9_000},
    "place": {"gif": "a.gif", "names": ("slack-emoji",)},
    "still": {"still": "a.png", "poster": "a.jpg"},
    "sheet": {"looks": "a.mp4"},
}
STAGES = {
    "gif": ["reading", "composing"],
    "all": ["reading", "composing", "encoding"],
    "match": ["reading", "matching", "composing"],
    "steady": ["reading", "steadying", "composing", "encoding"],
    "budget": ["reading", "composing", "encoding 1 of at most 5"],
    "place": ["reading", "composing", "encoding 1 of at most 5", "checking"],
    "still": ["reading", "composing"],
    "sheet": ["reading", "composing", "encoding"],
}


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a picture that moves, and shakes a little."""
    path = tmp_path_factory.mktemp("moving") / "moving.mp4"
    drawing = "testsrc2=s=192x128:r=20:d=2,crop=160:96:'16+3*sin(n)':'16+3*cos(n)'"
    subprocess.run([FFMPEG, "-v", "error", "-f", "lavfi", "-i", drawing, path], check=True)
    return path


@pytest.fixture(autouse=True)
def few_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sheet shows three looks, as the others would only take time."""
    few = dict(list(named_looks().items())[-3:])
    monkeypatch.setattr("rollscan.sheet.named_looks", lambda: few)


def job(kind: str, source: Path, out: Path) -> Job:
    fields = {
        name: out / value if isinstance(value, str) else value for name, value in JOBS[kind].items()
    }
    return Job(source, **fields)


@pytest.mark.parametrize("kind", JOBS)
def test_a_job_tells_its_stages_and_every_file_of_which_none_is_there_before_all_are(
    moving: Path, out: Path, kind: str
) -> None:
    events: list[Event] = []

    def tell(event: Event) -> None:
        assert not names_in(out)
        events.append(event)

    written = render(job(kind, moving, out), tell)
    told = [event for event in events if isinstance(event, Progress)]
    stages = list(dict.fromkeys(event.stage for event in told))
    assert [name for name in stages if name in STAGES[kind]] == STAGES[kind]
    assert stages[-1] == "finished"
    shares = [event.done for event in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [event for event in events if isinstance(event, Written)] == written
    assert names_in(out) == sorted(made.path.name for made in written)
    for made in written:
        assert made.bytes == made.path.stat().st_size
        assert made.took > 0


class EnoughError(Exception):
    """What a `tell` raises to end a job."""


def open_pipes() -> set[str]:
    """The pipes that this process has open, on Linux, by names that are not used again."""
    found = set()
    for descriptor in Path("/proc/self/fd").glob("*"):
        with suppress(OSError):  # the one that reads the folder is closed by now
            found.add(str(descriptor.readlink()))
    return {name for name in found if name.startswith("pipe:")}


@pytest.mark.parametrize(
    ("kind", "at"), [(kind, name) for kind, names in STAGES.items() for name in names]
)
def test_a_job_is_ended_at_any_stage_and_leaves_nothing(
    moving: Path, out: Path, kind: str, at: str
) -> None:
    def tell(event: Event) -> None:
        if isinstance(event, Progress) and event.stage == at:
            raise EnoughError

    pipes = open_pipes()
    with pytest.raises(EnoughError) as ended:  # which refers to every iterator of frames
        render(job(kind, moving, out), tell)
    assert ended.type is EnoughError
    assert names_in(out) == []
    assert not running_ffmpegs(moving)
    assert open_pipes() <= pipes


@pytest.mark.parametrize("kind", ["all", "sheet"])
def test_a_job_is_ended_when_it_tells_of_a_file_or_of_its_end(
    moving: Path, out: Path, kind: str
) -> None:
    for done in (None, 1):  # of a Written, and of the last Progress

        def tell(event: Any, done: float | None = done) -> None:
            if getattr(event, "done", None) == done:
                raise EnoughError

        with pytest.raises(EnoughError):
            render(job(kind, moving, out), tell)
        assert names_in(out) == []


@pytest.fixture
def slow_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """slow_ffmpeg(word): an ffmpeg that waits for 20 seconds where its arguments hold the word."""

    def use(word: str) -> None:
        program = tmp_path / "ffmpeg"
        program.write_text(
            f'#!/bin/sh\ncase "$*" in *{word}*) exec sleep 20;; esac\nexec "{FFMPEG}" "$@"\n'
        )
        program.chmod(0o755)
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(program))
        from rollscan.video.ffmpeg import ffmpeg

        ffmpeg.cache_clear()
        monkeypatch.setattr("rollscan.video.ffmpeg.ffmpeg.cache_clear", lambda: None, raising=False)

    yield use
    from rollscan.video import ffmpeg as module

    monkeypatch.undo()
    module.ffmpeg.cache_clear()


@pytest.mark.parametrize(
    ("word", "kind", "at"),
    [
        ("framecrc", "gif", "reading"),
        ("vidstabdetect", "steady", "steadying"),
        ("rawvideo.-pix_fmt.gbrp.pipe", "all", "composing"),
        ("libx264", "all", "encoding"),
        ("libvpx-vp9", "budget", "encoding 1 of at most 5"),
    ],
)
def test_whoever_waits_for_ffmpeg_hears_of_it_and_can_end_it(
    moving: Path, out: Path, slow_ffmpeg: Callable[[str], None], word: str, kind: str, at: str
) -> None:
    slow_ffmpeg(word.replace(".", "*"))
    heard: list[str] = []

    def tell(event: Event) -> None:
        if isinstance(event, Progress):
            heard.append(event.stage)
            if heard[-4:] == 4 * [at]:
                raise EnoughError

    with pytest.raises(EnoughError):
        render(job(kind, moving, out), tell)
    assert names_in(out) == []


# The terminal.


@given(
    name=st.one_of(st.none(), st.text("aé日\n\x1b\udcff", min_size=1, max_size=90)),
    columns=st.integers(1, 200),
    done=st.floats(0, 1),
    left=st.one_of(st.none(), st.floats(0, 1e6)),
    name_of_stage=st.sampled_from(["reading", "encoding 2 of at most 5"]),
)
def test_the_line_fits_any_terminal(
    name: str | None, columns: int, done: float, left: float | None, name_of_stage: str
) -> None:
    file = Path("/folder") / name if name else None
    line = line_of(Progress(name_of_stage, file, done, left), columns, waited=3)
    screen = pyte.Screen(columns, 3)
    pyte.Stream(screen).feed(line)
    assert screen.cursor.y == 0
    assert screen.cursor.x <= max(columns - 3, 1)  # where ^C still fits
    assert line.isprintable()
    if columns >= 80:
        assert line.startswith(name_of_stage)


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (100, f"encoding 2 of at most 5 a.gif  {'#' * 12}{'.' * 18}   41%  1:05 left"),
        (80, f"encoding 2 of at most 5 a.gif  {'#' * 11}{'.' * 18}   41%  1:05 left"),
        (60, f"encoding 2 of at most 5 a.gif  {'#' * 3}{'.' * 6}   41%  1:05 left"),
        (55, f"encoding 2 of at most 5  {'#' * 4}{'.' * 6}   41%  1:05 left"),
        (45, "encoding 2 of at most 5   41%  1:05 left"),
        (37, "encoding 2 of at most 5  1:05 left"),
        (20, "encoding 2 of at "),
    ],
)
def test_what_matters_least_goes_first_where_room_is_short(columns: int, line: str) -> None:
    assert line_of(Progress("encoding 2 of at most 5", Path("a.gif"), 0.41, 64.4), columns) == line


def on_a_screen(*arguments: str | Path, columns: int = 80) -> tuple[int, list[str], list[str]]:
    """Run rollscan on a terminal: the status, the lines in the end, and all that was ever seen."""
    screen = pyte.Screen(columns, 24)
    stream = pyte.Stream(screen)
    status, pieces = on_a_terminal(*arguments, columns=columns)
    seen: list[str] = []
    for piece in pieces:
        for part in re.split(r"(?=\r)", piece):
            stream.feed(part)
            seen += ["\n".join(line.rstrip() for line in screen.display if line.strip())]
    lines = [line.rstrip() for line in screen.display]
    return status, [line for line in lines if line], seen


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_terminal_shows_one_line_while_it_works_and_then_only_what_was_made(
    moving: Path, out: Path, columns: int
) -> None:
    arguments = ("--gif", "a.gif", "--mp4", "a.mp4", "--loop", "match", "--max-loop", "1.2")
    inside = [*arguments[:-4], *arguments[-4:], "--min-loop", "0.5"]
    paths = [out / word if word.startswith("a.") else word for word in inside]
    status, lines, seen = on_a_screen(moving, *paths, columns=columns)
    assert status == 0
    assert "".join(lines).count("took") == 2
    assert " left" not in "\n".join(lines)
    for name in ("reading", "matching", "composing", "encoding"):
        assert any(shot.splitlines()[-1].startswith(name) for shot in seen if shot)
    for shot in seen:  # never two of them, not even of what an earlier one left
        assert shot.count(" left") <= 1
    shares = [int(found[1]) for shot in seen if (found := re.search(r" (\d+)%  ", shot))]
    assert shares == sorted(shares)


def test_a_failure_after_a_file_was_finished_leaves_nobody_believing_that_it_is_there(
    moving: Path, out: Path
) -> None:
    platforms = out.with_name("own.toml")
    platforms.write_text('[tiny]\nformat = "webm"\nmax_bytes = 300\n')
    budget = ("--for", "tiny", "--platforms", platforms)
    status, lines, _ = on_a_screen(
        moving, "--mp4", out / "a.mp4", "--webm", out / "b.webm", *budget, columns=200
    )
    assert status == 1
    assert lines[0].startswith(f"{out}/a.mp4: 160x96")
    error = "".join(lines[lines.index(next(x for x in lines if "error:" in x)) :])
    assert error.endswith("; nothing is written, a.mp4 neither")
    assert names_in(out) == []


def test_without_a_terminal_there_are_only_the_lines_of_what_is_there(
    moving: Path, out: Path
) -> None:
    budget = ("--max-size", "300")
    ran = rollscan(moving, "--mp4", out / "a.mp4", "--webm", out / "b.webm", *budget)
    assert ran.status == 1
    assert ran.out == ""
    assert "neither" not in ran.err
    ran = rollscan(moving, "--mp4", out / "a.mp4", "--webm", out / "b.webm")
    assert (ran.status, ran.err, ran.out.count("\n")) == (0, "", 2)
    assert ran.out.replace("\n", "").isprintable()
