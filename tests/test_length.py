"""How much of a long video is shown: where most moves, a length that is asked for, or all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import LOSSLESS, MakeVideo, Picture, decoded, gif_frames, rollscan
from test_cli import complains

from rollscan import ArgumentError, Job, Look
from rollscan.forecast import stages_of
from rollscan.loop.motion import liveliest
from rollscan.options import command_of, job_of
from rollscan.outputs import checked_targets
from rollscan.parser import parser
from rollscan.plan import Plan, needs_survey, plan_for, played_rate, sketch, video_for
from rollscan.run import render
from rollscan.stages import MATCHING
from rollscan.survey import Survey
from rollscan.video.probe import Probe

RATE = 4
SECONDS = 20


def film(seconds: int = SECONDS, busy: tuple[int, int] = (9, 17)) -> list[Picture]:
    """Frames, four a second, whose colours tell their numbers, too alike to be taken for cuts.

    From second 9 to 17 a bar moves about the slit; its colours tell them, too.
    """
    frames = [np.full((24, 32, 3), (3 * k, 240 - 3 * k, 128)) for k in range(seconds * RATE)]
    for k, frame in enumerate(frames):
        if busy[0] <= k / RATE < busy[1]:
            frame[6:18, 4 * (k % 8) : 4 * (k % 8) + 4, 2] = 0
    return [frame.astype(np.uint8) for frame in frames]


@pytest.fixture(scope="module")
def lengthy(make_video: MakeVideo) -> Path:
    """20 seconds, of which those from 9 to 17 move."""
    return make_video("lengthy.mp4", film(), *LOSSLESS, rate=RATE)


@pytest.fixture(scope="module")
def trailer(make_video: MakeVideo) -> Path:
    """20 seconds of four scenes; one of 7 s moves most, the others last 4 and 5 s."""
    frames = film(busy=(8, 15))
    for begin, stop, grey in ((0, 4, 0), (4, 8, 255), (15, 20, 0)):
        for k in range(begin * RATE, stop * RATE):
            frames[k][:] = grey
            frames[k][:, k % 32] = 128
    return make_video("trailer.mp4", frames, *LOSSLESS, rate=RATE)


def seen(path: Path) -> list[int]:
    """The number of each frame, read at its top, which is live where history flows down."""
    frames = gif_frames(path) if path.suffix == ".gif" else decoded(path)
    corners = [frame[0, 0].astype(int) for frame in frames]
    return [round((corner[0] - corner[1] + 240) / 6) for corner in corners]


TRUE = ("--quality", "100")  # so that a GIF tells the colours of its frames
DOWN = Look(direction="down")


def test_a_look_by_name_shows_the_part_of_a_long_video_where_most_moves(
    lengthy: Path, out: Path
) -> None:
    """A boomerang of six seconds, whose frames tell of which."""
    ran = rollscan(lengthy, "--gif", out / "a.gif", "--look", "pour", "--no-smooth", *TRUE)
    assert (ran.status, ran.err) == (0, "")
    there = seen(out / "a.gif")
    assert len(there) == 2 * 6 * RATE - 2
    first, last = min(there), max(there)
    assert last - first == 6 * RATE - 1
    assert first >= 9 * RATE - 1 and last <= 17 * RATE
    assert f", from {first / RATE:.2f} to {(last + 1) / RATE:.2f} s of 20.0 s" in ran.out
    assert "(--length all takes all of it)" in ran.out


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (("--length", "all"), SECONDS),
        (("--end", "18"), 18),
        (("--start", "0:01"), 19),
        (("--speed", "1.5"), SECONDS / 1.5),
    ],
)
def test_all_of_it_is_shown_if_that_is_asked_for_or_a_part_is_or_it_plays_for_a_short_time(
    lengthy: Path, out: Path, options: tuple[str, ...], seconds: float
) -> None:
    words = (lengthy, "--gif", out / "a.gif", "--look", "pour", "--loop", "cut", *options)
    ran = rollscan(*words)
    assert (ran.status, ran.err) == (0, "")
    assert f" {seconds:.2f} s, " in ran.out
    assert " from " not in ran.out and "--length" not in ran.out


def test_a_plain_command_shows_all_of_a_long_video_and_says_so(lengthy: Path, out: Path) -> None:
    ran = rollscan(lengthy, "--gif", out / "a.gif", "--direction", "down", *TRUE)
    assert seen(out / "a.gif") == list(range(SECONDS * RATE))
    assert ran.out.endswith(
        "; it shows all of a long video: try --length auto, the part where most moves\n"
    )
    for more in (("--length", "all"), ("--end", "19")):
        assert "try --length" not in rollscan(lengthy, "--gif", out / "a.gif", *more).out


def test_what_a_plain_command_is_told_to_try_helps(lengthy: Path, out: Path) -> None:
    ran = rollscan(
        lengthy, "--gif", out / "a.gif", "--direction", "down", "--length", "auto", *TRUE
    )
    assert seen(out / "a.gif") == list(range(9 * RATE, 17 * RATE))
    assert ", from 9.00 to 17.00 s of 20.0 s (--length all takes all of it)" in ran.out


def test_a_short_video_is_shown_whole_with_a_look_and_for_a_place(
    make_video: MakeVideo, out: Path
) -> None:
    short = make_video("short.mp4", film(15), *LOSSLESS, rate=RATE)
    job = Job(short, gif=out / "a.gif", look="pour", names=("discord",))
    (shot,) = planned(job).shots
    assert (shot.part, shot.is_cut, shot.is_usual) == (None, False, False)
    (alone,) = planned(job.over(names=())).shots
    assert alone.streams


@pytest.mark.parametrize("loop", ["cut", "wrap", "boomerang", "crossfade"])
def test_a_length_is_exact(lengthy: Path, out: Path, loop: Any) -> None:
    look = Look(loop=loop, direction="down", fade=0.5)
    render(Job(lengthy, gif=out / "a.gif", look=look, length=4.5))
    frames = {"boomerang": 34, "crossfade": 16}.get(loop, 18)
    assert len(gif_frames(out / "a.gif")) == frames


def test_a_match_has_exactly_the_length_that_was_asked_for(
    make_video: MakeVideo, out: Path
) -> None:
    frames = film(16)
    frames[30:35] = frames[17:22]
    video = make_video("match.mp4", frames, *LOSSLESS, rate=RATE)
    (made,) = render(
        Job(video, gif=out / "a.gif", look=Look(loop="match", direction="down"), length=13 / RATE)
    )
    assert made.frames == 13 and made.part
    assert 17 <= made.part[0] * RATE <= 20


def test_a_length_lies_within_a_scene_where_one_is_long_enough(trailer: Path, out: Path) -> None:
    """A usual part is as long as the scene at most; one that was asked for is as long as asked."""
    for length, frames, scenes in (("auto", 28, 1), (6, 24, 1), (10, 40, 2)):
        (made,) = render(Job(trailer, gif=out / "a.gif", look=DOWN, length=length))
        assert (made.frames, len(made.scenes)) == (frames, scenes)
        assert made.is_usual is (length == "auto")


def test_a_match_that_no_scene_can_hold_is_refused(trailer: Path, out: Path) -> None:
    job = Job(trailer, gif=out / "a.gif", look=Look(loop="match"), length=9)
    with pytest.raises(ArgumentError, match=r"^length is 9 s, and no scene of the video") as error:
        render(job)
    assert error.value.names == ("length",)
    (made,) = render(job.over(look=Look(loop="wrap")))  # which matches where it can
    assert made.frames == 36


def planned(job: Job) -> Plan:
    """The plan of a job, whose video is looked at but not composed."""
    targets, facts = checked_targets(job), Probe(job.input, job.start, job.end).facts()
    with video_for(job, targets, facts) as video:
        return plan_for(job, targets, facts, video, Survey(video, played_rate(job, video)))


def test_an_emoji_and_a_sticker_are_three_seconds_of_it_and_others_are_not(
    lengthy: Path, out: Path
) -> None:
    names = ("discord", "discord-emoji", "telegram-sticker", "reels")
    files = {kind: out / f"a.{kind}" for kind in ("gif", "webm", "mp4")}
    plan = planned(Job(lengthy, **files, look=DOWN, names=names))
    lengths = {
        file.target.platform.name: shot.part[1] - shot.part[0]
        for shot in plan.shots
        for file in shot.files
        if file.target.platform and shot.part and shot.is_usual
    }
    three, eight = 3 * RATE, 8 * RATE
    assert lengths == {
        "discord": eight,
        "discord-video": eight,
        "discord-emoji": three,
        "telegram-sticker": three,
        "instagram-reels": eight,
    }


def test_a_place_that_takes_less_than_the_length_gets_what_it_takes(
    lengthy: Path, out: Path
) -> None:
    job = Job(lengthy, webm=out / "a.webm", look=DOWN, names=("telegram-sticker",), length=5)
    (shot,) = planned(job).shots
    assert shot.part and shot.part[1] - shot.part[0] == 3 * RATE
    assert shot.is_cut and not shot.is_usual  # --length all would not change that


def test_a_poster_alone_is_of_the_part(lengthy: Path, out: Path) -> None:
    (made,) = render(Job(lengthy, poster=out / "a.png", look="pour"))
    assert made.part and made.is_usual
    assert made.part[0] * RATE >= 9 * RATE - 1 and made.part[1] <= 17


def test_a_job_reads_the_video_for_its_part_only_if_it_needs_one(lengthy: Path, out: Path) -> None:
    facts = Probe(lengthy).facts()
    for settings, needed in (
        ({"look": "pour", "fit_look": False}, True),
        ({"look": "pour", "fit_look": False, "end": 19}, False),
        ({"look": "pour", "fit_look": False, "length": "all"}, False),
        ({"look": "pour", "fit_look": False, "speed": 2}, False),
        ({"look": "pour", "end": 19}, True),  # to be fitted
        ({"look": Look.named("pour")}, False),
        ({"length": 5}, True),
        ({"length": 20}, False),
    ):
        job = Job(lengthy, gif=out / "a.gif", **settings)
        assert needs_survey(job, checked_targets(job), facts) is needed, settings


def test_a_forecast_expects_a_part_of_the_length(lengthy: Path, out: Path) -> None:
    job = Job(lengthy, gif=out / "a.gif", look="pour")
    facts = Probe(lengthy).facts()
    with video_for(job, checked_targets(job), facts) as video:
        expected = sketch(job, checked_targets(job), facts, video)
    assert MATCHING in {stage.name for stage in stages_of(expected)}
    assert expected.shots[0].extent.count == planned(job).shots[0].extent.count == 6 * RATE


# What is asked for.


def test_the_length_is_auto_with_the_name_of_a_look_or_a_place() -> None:
    assert Job("a.mp4").length is None
    assert Job("a.mp4", look=Look.named("pour")).length is None
    assert Job("a.mp4", look="pour").length == "auto"
    assert Job("a.mp4", names=("discord",)).length == "auto"
    assert Job("a.mp4", names=("discord",), length=None).length == "auto"
    assert Job("a.mp4", look="pour").over(look=Look()).length == "auto"
    assert Job("a.mp4", look="pour", length="all").over(names=("x",)).length == "all"


@pytest.mark.parametrize(
    "words",
    [
        "--look pour",
        "--look pour --feather 3",
        "--look pour --length all",
        "--look pour --length 5",
        "--slit 0.3",
        "--slit 0.3 --length auto",
        "--for discord",
        "--for discord --length all",
        "--look pour --start 3",
    ],
)
def test_a_command_asks_for_the_length_in_the_fewest_words(words: str) -> None:
    typed = ["a.mp4", "--gif", "a.gif", *words.split()]
    job = job_of(_options(typed))
    command = command_of(job)
    assert sorted(command[1:]) == sorted(typed)
    assert job_of(_options(command[1:])) == job


def _options(words: list[str]) -> dict[str, Any]:
    found = vars(parser().parse_args(words))
    return {name: value for name, value in found.items() if value is not False or name == "recipe"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--length 5m", "--length: '5m': give seconds"),
        ("--length 0", "--length is 0.0: give seconds over 0"),
        ("--length 21", "--length is 21 s, and there are 20.00 s of"),
        ("--length 5 --loop match --min-loop 3", "--length 5 contradicts --min-loop 3: leave one"),
        ("--length auto --end 18", "--length auto contradicts --end 18: leave one of them out"),
    ],
)
def test_a_length_that_cannot_be_is_refused(
    lengthy: Path, out: Path, words: str, said: str
) -> None:
    complains([lengthy, "--gif", out / "a.gif", *words.split()], said, (2,))


def test_a_length_has_no_effect_on_a_strip_photograph(lengthy: Path, out: Path) -> None:
    words = ["--still", out / "a.png", "--length", "5"]
    complains([lengthy, *words], "--length is 5.0, which has no effect without --gif", (2,))


def test_a_batch_takes_the_part_of_each_clip(
    lengthy: Path, plain: Path, out: Path, many_here: None
) -> None:
    ran = rollscan(lengthy, plain, "--gif", f"{out}/", "--look", "pour", "--report", out / "r")
    assert ran.status == 0, ran.err
    assert len(gif_frames(out / "lengthy.gif")) == 2 * 6 * RATE - 2
    assert len(gif_frames(out / "plain.gif")) == 98
    assert len((out / "r").read_text().splitlines()) == 2


# The search.


def test_the_liveliest_frames_may_span_cuts_only_if_no_scene_is_so_long() -> None:
    random = np.random.default_rng(1)
    frames: list[Picture] = []
    for length, level in ((8, 0), (12, 250), (8, 0)):
        for _ in range(length):
            frames.append(level + random.integers(0, 6, (8, 8, 3)).astype(np.uint8))
    assert liveliest(frames, 15) == (8, 20)
    first, stop = liveliest(frames, 15, exactly=True)
    assert stop - first == 15
    for count in (5, 12):
        first, stop = liveliest(frames, count, exactly=True)
        assert stop - first == count
        assert not (first < 8 < stop or first < 20 < stop)
