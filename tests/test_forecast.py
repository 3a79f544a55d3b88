"""The forecast: which stages a job has, and how one compares with another by the job's options."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from rollscan import Job, Look
from rollscan.deliver.platforms import Platform
from rollscan.deliver.targets import Take, Target
from rollscan.forecast import stages_of
from rollscan.plan import Plan, plan_of
from rollscan.stages import Stage
from rollscan.video.colours import Colours, Pixels
from rollscan.video.facts import Facts
from rollscan.video.input import Input
from rollscan.video.size import Framing
from rollscan.video.source import Video

CLIP = Path("a.mp4")
KINDS = ("gif", "mp4", "webm", "webp")
SIZE = (400, 300)


def facts(n_frames: int = 100, size: tuple[int, int] = (800, 600), rate: int = 25) -> Facts:
    """Those of a plain video."""
    return Facts(
        Input(CLIP, CLIP),
        size,
        pixel_aspect=Fraction(1),
        rate=Fraction(rate),
        times=[k / rate for k in range(n_frames)],
        first=0.0,
        end=n_frames / rate,
        pixels=Pixels(Colours(), alpha=False, is_yuv=True),
        interlaced=False,
        decoder=None,
        start=0.0,
        limit=None,
        seekable=True,
    )


def target(kind: str, *, max_bytes: int | None = None, **limits: Any) -> Target:
    """A file; for a place, where there are limits."""
    platform = Platform("here", kind, **limits) if limits else None
    return Target(Path(f"out.{kind}"), kind, platform, max_bytes)


def plan(
    asked: Job, takes: list[Take], of: Facts, size: tuple[int, int], *, is_surveyed: bool | None
) -> Plan:
    """The plan of a job for a video that is not there."""
    return plan_of(asked, of, Video(of, Framing.whole(size)), takes, is_surveyed=is_surveyed)


def stages(
    *targets: Target,
    of: Facts | None = None,
    part: tuple[int, int] | None = None,
    size: tuple[int, int] = SIZE,
    look: Look | None = None,
    is_surveyed: bool | None = None,
    **job: Any,
) -> list[Stage]:
    """What is forecast of a job for these targets, all in one shot."""
    outputs = {one.format: one.path for one in targets} | job
    asked = Job(CLIP, look=look or Look(), **outputs)
    takes = [Take(part, targets)] if targets or asked.poster else []
    return stages_of(plan(asked, takes, of or facts(), size, is_surveyed=is_surveyed))


def usual(name: str, *targets: Target, **job: Any) -> float:
    """The usual seconds of the one stage of that name."""
    (found,) = [stage.usual for stage in stages(*targets, **job) if stage.name == name]
    return found


def encoding(*targets: Target, **job: Any) -> float:
    """The usual seconds of encoding, beyond those in which no frame is encoded yet."""
    none = target(targets[0].format, max_bytes=1)
    starting = usual("encoding", none, of=facts(1), size=(1, 1))
    return usual("encoding", *targets, **job) - starting


def names(found: list[Stage]) -> list[str]:
    """What the stages are called."""
    return [stage.name for stage in found]


# Which stages.


def test_a_lone_gif_is_composed_and_encoded_in_one_stage() -> None:
    found = stages(target("gif"))
    assert names(found) == ["filling", "encoding"]
    assert found[1].file == Path("out.gif")


@pytest.mark.parametrize(
    "targets, job",
    [
        ([target("gif", max_bytes=10)], {}),
        ([target("mp4")], {}),
        ([target("gif")], {"poster_first": True}),
    ],
)
def test_any_other_file_is_encoded_after_composing(targets: list[Target], job: Any) -> None:
    assert names(stages(*targets, **job)) == ["filling", "composing", "encoding"]


def test_a_file_for_a_place_is_checked() -> None:
    found = stages(target("gif", max_fps=50), target("webm"))
    assert names(found) == ["filling", "composing", "encoding", "checking", "encoding"]


def test_a_poster_alone_is_composed_and_nothing_encoded() -> None:
    assert names(stages(poster=Path("a.png"))) == ["filling", "composing"]


@pytest.mark.parametrize(
    "job, read",
    [
        ({"gif": Path("a.gif")}, False),  # its slits are taken on the way
        ({"gif": Path("a.gif"), "look": Look(loop="wrap")}, True),
        ({"poster": Path("a.jpg")}, True),
        ({}, True),
    ],
)
def test_a_strip_photograph_reads_the_video_where_no_picture_does(job: Any, read: bool) -> None:
    targets = [target("gif")] if "gif" in job else []
    found = names(stages(*targets, still=Path("a.png"), **job))
    assert found.count("reading") == read


def test_the_shake_is_followed_and_the_match_looked_for_before_any_shot() -> None:
    job = Job(CLIP, look=Look(steady=True, loop="match"), gif=Path("out.gif"))
    takes = [Take((0, 50), (target("gif"),)), Take((20, 80), (target("gif"),))]
    one = ["filling", "encoding"]
    found = {
        is_surveyed: names(stages_of(plan(job, takes, facts(), SIZE, is_surveyed=is_surveyed)))
        for is_surveyed in (False, True, None)
    }
    assert found[False] == ["steadying", "matching", *one, *one]
    assert found[True] == [*one, *one], "the survey has had the video steadied"
    assert found[None] == ["steadying", *one, *one]
    alone = Job(CLIP, look=Look(steady=True), still=Path("a.png"))
    assert names(stages_of(plan(alone, [], facts(), SIZE, is_surveyed=None))) == [
        "steadying",
        "reading",
    ]


def test_every_shot_is_forecast_by_its_own_part() -> None:
    takes = [Take((0, 50), (target("gif"),)), Take(None, (target("gif"),))]
    job = Job(CLIP, gif=Path("out.gif"))
    found = stages_of(plan(job, takes, facts(), SIZE, is_surveyed=True))
    assert names(found) == ["filling", "encoding", "filling", "encoding"]
    assert found[3].usual == pytest.approx(2 * found[1].usual)


# How long they take, one compared with another.


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_frames_are_twice_the_work(kind: str) -> None:
    one = target(kind, max_bytes=99)
    assert encoding(one, of=facts(200)) == pytest.approx(2 * encoding(one))
    assert encoding(one) > 0
    twice = usual("composing", target("mp4"), of=facts(200))
    assert twice == pytest.approx(2 * usual("composing", target("mp4")))


@pytest.mark.parametrize("kind", KINDS)
def test_twice_the_pixels_are_twice_the_encoding(kind: str) -> None:
    one = target(kind, max_seconds=99)
    assert encoding(one, size=(400, 150)) == pytest.approx(encoding(one) / 2)


def test_a_lone_gif_takes_what_composing_and_encoding_take() -> None:
    limited = target("gif", max_bytes=99)
    both = usual("composing", limited) + usual("encoding", limited)
    assert usual("encoding", target("gif")) == pytest.approx(both)


def test_to_read_a_video_is_to_decode_its_frames() -> None:
    decoding = usual("composing", target("mp4"), size=(1, 1))
    assert usual("reading", still=Path("a.png")) == pytest.approx(decoding, rel=1e-3)


def test_more_pixels_of_the_video_are_more_decoding_but_no_more_encoding() -> None:
    large = facts(size=(1600, 1200))
    assert encoding(target("mp4"), of=large) == pytest.approx(encoding(target("mp4")))
    decoding = usual("composing", target("mp4"), size=(1, 1))
    assert usual("composing", target("mp4"), of=large, size=(1, 1)) == pytest.approx(
        4 * decoding, rel=1e-3
    )
    matching: Any = {"look": Look(loop="match"), "is_surveyed": False}
    shares = [
        usual("matching", target("mp4"), of=facts(100 * k, (1000, 1000)), **matching)
        for k in (1, 2, 3)
    ]
    assert shares[2] - shares[1] == pytest.approx(shares[1] - shares[0])
    reading = usual("reading", still=Path("a.png"), of=facts(100, (1000, 1000)))
    assert shares[1] - shares[0] > reading  # the frames are compared too
    look = Look(steady=True)
    assert usual("steadying", target("mp4"), of=facts(100, (1000, 1000)), look=look) > reading
    assert shares[0] < 2 * (shares[1] - shares[0])  # it is more than starting to read


@pytest.mark.parametrize(
    "loop, frames",
    [("cut", 100), ("wrap", 100), ("crossfade", 88), ("boomerang", 198), ("match", 100)],
)
def test_a_loop_has_about_so_many_frames(loop: Any, frames: int) -> None:
    look = Look(loop=loop)
    one = encoding(target("mp4"), look=look)
    assert one == pytest.approx(encoding(target("mp4"), of=facts(frames)))


def test_a_match_in_a_long_video_is_taken_to_be_midway_between_its_bounds() -> None:
    look = Look(loop="match", min_loop=1, max_loop=3)
    assert encoding(target("mp4"), of=facts(900), look=look) == pytest.approx(
        encoding(target("mp4"), of=facts(50))
    )
    slow = encoding(target("mp4"), of=facts(900), look=look, speed=0.5)
    assert slow == pytest.approx(encoding(target("mp4"), of=facts(50)) / 2)


@pytest.mark.parametrize("loop, frames", [("wrap", 50), ("boomerang", 98), ("match", 50)])
def test_a_part_has_its_own_frames(loop: Any, frames: int) -> None:
    look = Look(loop=loop)
    part = encoding(target("mp4"), of=facts(900), part=(300, 350), look=look)
    assert part == pytest.approx(encoding(target("mp4"), of=facts(frames)))


def test_a_faster_clip_shows_fewer_frames_but_composes_all() -> None:
    fast = {"speed": 2.0}
    assert encoding(target("webp"), **fast) == pytest.approx(encoding(target("webp")) / 2)
    same = usual("composing", target("mp4"), **fast)
    assert same == pytest.approx(usual("composing", target("mp4")))
    assert encoding(target("webp"), fps=10) == pytest.approx(encoding(target("webp")) * 0.4)


@pytest.mark.parametrize(
    "limits, share",
    [
        ({"max_seconds": 1}, 1 / 4),
        ({"max_seconds": 9}, 1),
        ({"max_fps": 5}, 1 / 5),
        ({"max_fps": 60}, 1),
        ({"max_frames": 10}, 1 / 10),
        ({"max_frames": 500}, 1),
        ({"max_seconds": 2, "max_fps": 10}, 1 / 5),
        ({"width": 200, "height": 150}, 1 / 4),
        ({"width": 800, "height": 600}, 4),
    ],
)
def test_a_place_is_encoded_what_it_takes(limits: dict[str, int], share: float) -> None:
    plain = encoding(target("mp4"))
    found = stages(target("mp4", **limits))
    checking = {stage.name: stage.usual for stage in found}["checking"]
    assert encoding(target("mp4", **limits)) == pytest.approx(share * plain)
    checked = usual("checking", target("mp4", max_seconds=99))
    nothing = usual("checking", target("mp4", max_frames=1), size=(1, 1))
    assert checking - nothing == pytest.approx(share * (checked - nothing), rel=1e-3)


def test_only_an_mp4_holds_the_loop_several_times() -> None:
    assert encoding(target("mp4"), mp4_loops=3) == pytest.approx(3 * encoding(target("mp4")))
    assert encoding(target("webm"), mp4_loops=3) == pytest.approx(encoding(target("webm")))


@pytest.mark.parametrize("sized", [{"scale": 0.5}, {"width": 960}])
def test_a_picture_is_made_smaller_only_where_nobody_asked_for_its_size(sized: Any) -> None:
    """To 480 pixels on the longer side, which is a quarter of these."""
    whole = encoding(target("webp"), size=(960, 480), **sized)
    assert encoding(target("webp"), size=(960, 480)) == pytest.approx(whole / 4)
    small = encoding(target("webp"), size=(480, 240), **sized)
    assert encoding(target("webp"), size=(480, 240)) == pytest.approx(small)
    place = target("mp4", max_seconds=99)
    assert encoding(place, size=(1280, 640)) == pytest.approx(
        encoding(place, size=(1280, 640), **sized)
    )
    one_side = target("webm", one_side=512)
    assert encoding(one_side, size=(960, 480)) == pytest.approx(
        encoding(target("webm"), size=(512, 256), **sized)
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_budget_may_take_another_round(kind: str) -> None:
    rounds = [
        [
            stage.later_work
            for stage in stages(target(kind, max_bytes=n))
            if stage.name == "encoding"
        ]
        for n in (None, 1000)
    ]
    assert rounds == [[0.0], [1.0]]


def test_a_budget_of_more_than_three_times_what_is_usual_takes_one_round() -> None:
    """An MP4 usually has 0.06 bits a pixel: 90,000 bytes of 100 frames of 400x300."""
    for n_bytes, later in ((269_000, 1.0), (271_000, 0.0)):
        *_, found = stages(target("mp4", max_bytes=n_bytes))
        assert found.later_work == later
        *_, looped = stages(target("mp4", max_bytes=2 * n_bytes), mp4_loops=2)
        assert looped.later_work == later
    *_, other = stages(target("webp", max_bytes=10**9))
    assert other.later_work == 1.0


@pytest.mark.parametrize(
    "look",
    [
        Look(effect="displace"),
        Look(effect="scan"),
        Look(smooth=True),
        Look(steady=True),
        Look(deflicker=True),
    ],
)
def test_what_is_more_work_is_forecast_to_take_longer(look: Look) -> None:
    assert usual("composing", target("mp4"), look=look) > usual("composing", target("mp4"))


def test_a_history_that_is_filled_first_is_counted() -> None:
    """The slit in the middle of 300 rows has 150 to fill: a second reading of the 100 frames."""
    cut, wrap = (usual("filling", target("gif"), look=Look(loop=loop)) for loop in ("cut", "wrap"))
    frame = usual("composing", target("mp4")) / 100
    assert wrap - cut > 140 * frame
    long = usual("filling", target("gif"), look=Look(loop="wrap"), of=facts(1000))
    assert cut < long < wrap  # which is read once


def test_a_sheet_of_looks_shows_ten_seconds_at_most() -> None:
    sheet = {"looks": Path("a.png")}
    job = Job(CLIP, **sheet)
    assert names(stages_of(plan(job, [], facts(), SIZE, is_surveyed=None))) == ["looks"]
    assert usual("looks", of=facts(50), **sheet) == pytest.approx(usual("looks", **sheet) / 2)
    assert usual("looks", of=facts(500), **sheet) == usual("looks", of=facts(250), **sheet)
