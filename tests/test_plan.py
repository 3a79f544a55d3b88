"""The plan: what it promises of each file is what the file turns out to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import MakeVideo, numbered

from rollscan import ArgumentError, Job, LimitError, Limits, Look
from rollscan.outputs import checked_targets
from rollscan.plan import Plan, plan_for, played_rate, video_for
from rollscan.result import Progress
from rollscan.run import render
from rollscan.survey import Survey
from rollscan.video.probe import Probe

ODD = (91, 53)  # pixels: MP4 and WebM differ in what they make of odd sides
RATE = 10


@pytest.fixture(scope="module")
def odd(make_video: MakeVideo) -> Path:
    """35 frames at 10 a second, of odd sides."""
    return make_video("odd.mp4", numbered(35, ODD), "-c:v", "libx264rgb", "-qp", "0", rate=RATE)


def planned(job: Job) -> Plan:
    """The plan of a job, whose video is looked at but not composed."""
    targets, facts = checked_targets(job), Probe(job.input, job.start, job.end).facts()
    with video_for(job, targets, facts) as video:
        return plan_for(job, targets, facts, video, Survey(video, played_rate(job, video)))


ALL = {"gif": "a.gif", "mp4": "a.mp4", "webm": "a.webm", "webp": "a.webp"}
JOBS: list[dict[str, Any]] = [
    {"gif": "a.gif"},
    {**ALL, "look": Look(loop="boomerang")},
    {**ALL, "scale": 0.31, "fps": 7, "look": Look(loop="wrap")},
    {"mp4": "a.mp4", "mp4_loops": 3, "speed": 2.5, "look": Look(loop="crossfade", fade=0.6)},
    {**ALL, "look": Look(loop="match", min_loop=0.5, max_loop=1.2)},
    {"gif": "a.gif", "webm": "a.webm", "names": ("slack-emoji", "telegram-sticker")},
    {"gif": "a.gif", "mp4": "a.mp4", "names": ("discord", "reels"), "fit": "pad"},
    {"mp4": "a.mp4", "names": ("reels",), "look": Look(effect="scan", sweep=1.3)},
    {"gif": "a.gif", "start": 0.5, "end": 2.03, "look": Look(effect="displace", depth=0.4)},
]


@pytest.mark.parametrize("settings", JOBS)
def test_a_file_is_of_the_size_rate_and_length_that_were_planned(
    settings: dict[str, Any], odd: Path, out: Path
) -> None:
    files = {name: out / value for name, value in settings.items() if name in ALL}
    job = Job(odd, **{**settings, **files})
    plan = planned(job)
    made = {one.path: one for one in render(job)}
    files = [(shot, file) for shot in plan.shots for file in shot.files]
    assert made.keys() == {file.target.path for _, file in files}
    for shot, file in files:
        target = file.target
        written = made[target.path]
        assert target.kind.size_of(file.shown) == written.size
        assert file.n_frames == written.frames
        seconds = file.part.loops * file.shown.seconds
        assert seconds == pytest.approx(written.seconds, abs=0.5 / target.kind.ticks * 100)
        part = shot.part and tuple(plan.facts.time_of(k) for k in shot.part)
        assert part == written.part
        assert shot.is_cut == (written.of is not None)


def test_only_a_lone_gif_without_limits_is_written_while_it_is_composed(
    plain: Path, out: Path
) -> None:
    gif = {"gif": out / "a.gif"}
    for more, streams in (
        ({}, True),
        ({"poster": out / "a.png"}, False),
        ({"max_bytes": 9000}, False),
        ({"names": ("discord",)}, False),
        ({"webp": out / "a.webp"}, False),
    ):
        job = Job(plain, **gif, **more)
        (shot,) = planned(job).shots
        assert shot.streams is streams
        frames, sound = shot.set_aside(job)
        assert (frames, sound) == (0 if streams else len(shot.shown), 0)


def test_the_frames_that_a_loop_needs_again_are_counted_as_set_aside(
    plain: Path, out: Path
) -> None:
    job = Job(plain, gif=out / "a.gif", look=Look(loop="boomerang"))
    (shot,) = planned(job).shots
    assert shot.set_aside(job) == (50, 0)


@pytest.mark.parametrize("loop", ["cut", "match"])
def test_a_strip_photograph_alone_has_no_shot_and_needs_no_survey(
    plain: Path, out: Path, loop: Any
) -> None:
    plan = planned(Job(plain, still=out / "a.png", look=Look(loop=loop)))
    assert (plan.shots, plan.is_surveyed) == ((), None)


def test_what_does_not_go_with_the_video_is_refused_before_a_frame_is_composed(
    plain: Path, out: Path
) -> None:
    stages: list[str] = []

    def tell(event: Any) -> None:
        if isinstance(event, Progress):
            stages.append(event.stage)

    (out / "a.mp4").write_text("old")
    wrong = Job(plain, mp4=out / "a.mp4", look=Look(loop="crossfade", fade=1.5))
    with pytest.raises(ArgumentError, match=r"fade is 1\.5"):
        render(wrong, tell)
    large = Job(plain, mp4=out / "a.mp4", mp4_loops=30)
    with pytest.raises(LimitError, match=r"a\.mp4 would have 1,500 frames"):
        render(large, tell, limits=Limits(max_frames=1000))
    assert set(stages) == {"reading"}
    assert (out / "a.mp4").read_text() == "old"


def test_a_survey_reads_the_video_once_for_each_question(odd: Path, out: Path) -> None:
    job = Job(odd, gif=out / "a.gif", webp=out / "a.webp", look=Look(loop="match", min_loop=0.5))
    facts = Probe(odd).facts()
    with video_for(job, checked_targets(job), facts) as video:
        readings: list[int] = []
        small = video.small

        def counted(width: int) -> Any:
            readings.append(width)
            return small(width)

        video.small = counted  # type: ignore[method-assign]
        survey = Survey(video, RATE)
        first = plan_for(job, checked_targets(job), facts, video, survey)
        second = plan_for(job.over(fps=5), checked_targets(job), facts, video, survey)
    assert len(readings) == 1
    assert first.shots[0].part == second.shots[0].part is not None
    assert (first.is_surveyed, planned(job.over(look=Look())).is_surveyed) == (True, None)
