"""The campaign's short part: cases that went wrong once, and a judge that tells when they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from campaign.case import Case, Ran, Room
from campaign.judge import failure, things
from campaign.kinds import attack
from campaign.lines import name_by_the_program
from campaign.pictures import as_far_as_decoded, frames_in_time, never_shows
from campaign.seeds import COUNT, RATE, Seeds
from campaign.stamp import shown
from conftest import ffmpeg

# Numbers with seed 0; `python -m tests.campaign --kinds KIND --only NUMBER` repeats one.
FIXED = {
    "mutants": (16, 31, 33, 34),  # AVI with B-frames; half a download
    "clocks": (1, 2, 3, 8),  # a pause with B-frames, an hour and half between frames, a gap
    "lines": (0, 2, 3, 6, 7, 8, 9, 10),  # sizes without end, names, a pipe
    "signals": (1, 2, 3),
    "faults": (0, 3, 8, 32, 90, 372),  # no ffmpeg, cp1252, streams, half a job, no frames
    "playlists": (3, 17, 21),
    "hostile": (1, 3, 5),  # specks of a huge GIF, a path in a recipe, sound
    "joins": (7, 25, 48, 50),  # MPEG-2 in Matroska and in MPEG-TS; wide gamut, then none
    "edits": (20,),  # three parts, the second one earlier, with B-frames
    "tags": (48, 97),  # a logarithmic transfer, cinema's with wide primaries
    "outliers": (6, 9, 75),  # the first frame a day late, in Matroska and in FLV; one time for all
}
CLOSING = "o.gif: 64x48, {frames} frames, {seconds:.2f} s, 9 KB"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Seeds:
    return Seeds(tmp_path_factory.mktemp("seeds"))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path / "room")
    room.furnish()
    return room


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind in FIXED for number in FIXED[kind]]
)
def test_a_case_of_the_campaign_passes(
    kind: str, number: int, seeds: Seeds, tmp_path: Path
) -> None:
    outcome = attack(kind, number, 0, tmp_path, seeds)
    assert not outcome.why, str(outcome)


def test_a_picture_as_long_as_its_source_is_right(seeds: Seeds) -> None:
    gif = seeds["animated.gif"]
    out = CLOSING.format(frames=COUNT, seconds=COUNT / RATE)
    assert [frame.number for frame in shown(gif)] == list(range(COUNT))
    assert as_far_as_decoded(seeds["plain.mp4"], gif, "cut")(out) == ""
    assert frames_in_time(gif, [k / RATE for k in range(COUNT)], COUNT / RATE)(out) == ""


def test_a_picture_that_stands_still_where_frames_are_missing_is_wrong(
    seeds: Seeds, room: Room
) -> None:
    still = room.out / "still.gif"
    frozen = "trim=end_frame=40,tpad=stop=10:stop_mode=clone,setpts=N/25/TB"
    ffmpeg("-i", seeds["animated.gif"], "-vf", frozen, still)
    out = CLOSING.format(frames=COUNT, seconds=COUNT / RATE)
    assert "stands still" in as_far_as_decoded(seeds["plain.mp4"], still, "cut")(out)
    assert "missing" in frames_in_time(still, [k / RATE for k in range(COUNT)], None)(out)


def test_a_picture_shorter_than_its_line_says_is_wrong(seeds: Seeds) -> None:
    gif, out = seeds["animated.gif"], CLOSING.format(frames=COUNT + 1, seconds=COUNT / RATE)
    assert "51 frames promised, 50 made" in as_far_as_decoded(gif, gif, "cut")(out)


def test_a_picture_of_another_file_is_wrong(seeds: Seeds) -> None:
    assert "[40, 41]" in never_shows(seeds["animated.gif"], {40, 41, 60})("")


@pytest.mark.parametrize(
    ("ran", "why"),
    [
        (Ran(1, b"", b"rollscan: error: no\n", 0, 0), ""),
        (Ran(0, b"", b"", 0, 0), "status 0 without 'o.gif'"),
        (Ran(None, b"", b"", 0, 0), "hang"),
        (Ran(3, b"", b"rollscan: error: no\n", 0, 0), "status 3"),
        (Ran(-11, b"", b"", 0, 0), "SIGSEGV"),
        (Ran(1, b"", b"", 0, 0), "no error said"),
        (Ran(1, b"", b"Traceback (most recent call last):\nKeyError: 0\n", 0, 0), "KeyError: 0"),
        (Ran(1, b"", b"rollscan: error: a\nb\n", 0, 0), "2 lines"),
        (Ran(1, b"", b"rollscan: error: \x1b[31m\n", 0, 0), "control characters"),
        (Ran(1, b"", b"rollscan: error: no\n", 2, 0), "2 processes left"),
        (Ran(1, b"", b"rollscan: error: no\n", 0, 3 << 30), "3072 MiB"),
    ],
)
def test_the_judge_tells_what_is_wrong(ran: Ran, why: str, room: Room) -> None:
    said = failure(Case("", [], [room.out / "o.gif"]), room, ran, things(room))
    assert why in said if why else not said


NO = b"rollscan: error: no\n"
LINE = b"[1/1] failed: no\n"


@pytest.mark.parametrize(
    ("status", "said", "made", "why"),
    [
        (0, b"", ["o-x.gif", "o-slack-emoji.gif"], ""),
        (0, b"", ["o.mp4"], ""),
        (0, b"", [], "status 0 without 'o.gif'"),
        (0, b"", ["o-x.gif", "other.gif"], "left behind"),
        (0, b"", ["o-x.gif", ".o-x.gif"], "left behind"),
        (0, b"", ["o-x.gif", "o-y.gif!"], "broken 'o-y.gif'"),
        (1, NO, [], ""),
        (1, NO, ["o-x.gif"], "something new: 'o-x.gif'"),
        (1, LINE, [], "not a line of rollscan"),
    ],
)
def test_the_judge_knows_the_files_of_several_places(
    status: int, said: bytes, made: list[str], why: str, room: Room, seeds: Seeds
) -> None:
    case = named(["in.mp4", "--gif", "o.gif", "--for", "Twitter , slack-emoji"], room, "o.gif")
    judged(case, room, Ran(status, b"", said, 0, 0), made, why, seeds)


@pytest.mark.parametrize(
    ("status", "said", "made", "why"),
    [
        (0, b"", ["in.gif"], ""),
        (0, b"", [], "status 0 without 'out'"),
        (0, b"", ["in-x.gif"], "left behind"),
        (0, b"", ["in.gif!"], "broken 'in.gif'"),
        (1, LINE, [], ""),
        (1, NO, [], ""),
        (1, LINE * 2, [], "2 lines"),
        (1, b"[1/1] done: o\n", [], "not a line of rollscan"),
        (1, LINE, ["in.gif"], "something new: 'in.gif'"),
        (0, LINE, ["in.gif"], "status 0, and yet"),
    ],
)
def test_the_judge_knows_files_in_a_folder_and_the_lines_of_clips(
    status: int, said: bytes, made: list[str], why: str, room: Room, seeds: Seeds
) -> None:
    case = named(["in.mp4", "--gif", "."], room, ".")
    judged(case, room, Ran(status, b"", said, 0, 0), made, why, seeds)


def named(arguments: list[str], room: Room, output: str) -> Case:
    case = Case("", arguments, [room.out / output])
    name_by_the_program(case)
    return case


def judged(case: Case, room: Room, ran: Ran, made: list[str], why: str, seeds: Seeds) -> None:
    """See that the judge says `why` where the files were made; those with a ! are broken."""
    before = things(room)
    for name in made:
        whole = seeds["animated.gif"].read_bytes()
        (room.out / name.rstrip("!")).write_bytes(b"no picture" if name.endswith("!") else whole)
    said = failure(case, room, ran, before)
    assert why in said if why else not said


@pytest.mark.parametrize("where", ["out/.o-x.gif", "tmp/x", "given/x"])
def test_the_judge_finds_what_is_left_behind(where: str, room: Room) -> None:
    before = things(room)
    (room.folder / where).touch()
    ran = Ran(1, b"", b"rollscan: error: no\n", 0, 0)
    assert "left behind" in failure(Case("", [], [room.out / "o.gif"]), room, ran, before)


@pytest.mark.parametrize("after", ["new", None])
def test_the_judge_tells_an_old_file_that_a_failed_run_took(after: str | None, room: Room) -> None:
    old = room.out / "o.gif"
    old.write_text("old")
    before = things(room)
    old.write_text(after) if after else old.unlink()
    ran = Ran(1, b"", b"rollscan: error: no\n", 0, 0)
    assert "something new: 'o.gif'" in failure(Case("", [], [old]), room, ran, before)
