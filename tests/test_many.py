"""Many clips on this machine: which there are, where files go, and that none harms another."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from conftest import (
    FFMPEG,
    LOSSLESS,
    MakeVideo,
    Ran,
    bad_video,
    command,
    ffmpeg,
    gif_frames,
    numbered,
    rollscan,
    running_ffmpegs,
    sig,
)
from PIL import Image

from rollscan import Look
from rollscan.cli import main
from rollscan.deliver.formats import FORMATS
from rollscan.errors import ArgumentError, OutputError
from rollscan.gif import threads
from rollscan.job import Job
from rollscan.many import cores
from rollscan.many.batch import Batch
from rollscan.many.inputs import clips_of
from rollscan.many.lines import Lines, in_words
from rollscan.many.names import Clip, Pattern
from rollscan.many.order import Order, Outcome
from rollscan.many.report import Report
from rollscan.result import Progress
from rollscan.up_to_date import is_complete, is_up_to_date
from rollscan.worker import Worker


@pytest.fixture
def clips(brief: Path, tmp_path: Path) -> Path:
    """A folder with three clips, one of them in a folder of its own, and what is none."""
    folder = tmp_path / "clips"
    (folder / "deep" / "er").mkdir(parents=True)
    for name in ("a.mp4", "b.MP4", "deep/er/c.mp4"):
        shutil.copy(brief, folder / name)
    (folder / ".hidden.mp4").write_text("no clip")
    (folder / "notes.txt").write_text("no clip")
    (folder / "loop.gif").write_text("no clip")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def fails(ran: Ran, status: int, said: str) -> None:
    assert ran.status == status
    assert re.fullmatch(r"rollscan: error: [^\n]+\n", ran.err), ran.err
    assert said in ran.err


# Which clips there are.


def test_a_folder_stands_for_its_videos(clips: Path) -> None:
    found = clips_of([str(clips)], recursive=False)
    assert found == [Clip(str(clips / "a.mp4")), Clip(str(clips / "b.MP4"))]
    found = clips_of([str(clips)], recursive=True)
    assert found[2:] == [Clip(str(clips / "deep/er/c.mp4"), "deep/er")]


def test_patterns_that_no_shell_expanded_are(clips: Path, tmp_path: Path) -> None:
    found = clips_of([str(clips / "*.mp4")], recursive=False)
    assert found == [Clip(str(clips / "a.mp4"))]
    found = clips_of([str(clips / "**/*.mp4")], recursive=False)
    assert [Path(clip.input).name for clip in found] == ["a.mp4", "c.mp4"]
    odd = tmp_path / "odd[1].mp4"  # a name, for all that it could be a pattern
    odd.touch()
    assert clips_of([str(odd)], recursive=False) == [Clip(str(odd))]


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names")
def test_what_is_no_file_of_the_folder_is_passed_over_with_a_word(
    clips: Path, brief: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(clips / "pipe.mp4")  # which would keep whoever opens it waiting
    (clips / "out.mp4").symlink_to(brief)
    (clips / "in.mp4").symlink_to("a.mp4")
    (clips / "nowhere.mp4").symlink_to("no.mp4")
    said: list[str] = []
    found = clips_of([str(clips)], recursive=False, tell=said.append)
    assert [Path(clip.input).name for clip in found] == ["a.mp4", "b.MP4", "in.mp4", "nowhere.mp4"]
    assert said == [
        f"{clips}/out.mp4 is a link that leads out of the folder: give it by name, if it is meant",
        f"{clips}/pipe.mp4 is no regular file: give it by name, if it is meant",
    ]
    named = [str(clips / "out.mp4"), str(clips / "*t.mp4")]
    assert clips_of(named, recursive=False) == [Clip(str(clips / "out.mp4"))]
    linked = out / "linked"
    linked.symlink_to(clips)  # the folder itself is named
    assert len(clips_of([str(linked)], recursive=False)) == 4
    for name in ("a.mp4", "b.MP4", "in.mp4", "nowhere.mp4"):
        (clips / name).unlink()
    assert main([str(clips), "--gif", f"{out}/"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["passed over"] * 2 + ["rollscan"]


def test_a_clip_named_twice_is_one(clips: Path) -> None:
    given = [str(clips / "a.mp4"), str(clips), f"{clips}/./a.mp4"]
    assert len(clips_of(given, recursive=False)) == 2


def test_a_missing_clip_is_left_to_its_job() -> None:
    assert clips_of(["no.mp4"], recursive=False) == [Clip("no.mp4")]


@pytest.mark.parametrize(
    ("given", "recursive", "said"),
    [
        (
            ["deep"],
            False,
            "deep holds no video that its name tells, and no pictures: give the files, or --recurs",
        ),
        (["*.mov"], False, "no file is called *.mov: check the pattern"),
        (["a.mp4"], True, "--recursive has no effect without a folder"),
        (["-", "a.mp4"], False, "- is a pipe, which cannot be one of many"),
    ],
)
def test_inputs_of_no_use_are_said(
    clips: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], recursive: bool, said: str
) -> None:
    monkeypatch.chdir(clips)
    with pytest.raises(Exception, match=re.escape(said)):
        clips_of(given, recursive=recursive)


# What their files are called.


@pytest.mark.parametrize(
    ("given", "clip", "name"),
    [
        ("o/{name}.gif", Clip("v/a.b.mp4"), "o/a.b.gif"),
        ("o/{name}-{ext}.gif", Clip("v/a.MOV"), "o/a-MOV.gif"),
        ("o/{folder}/{name}.gif", Clip("v/x/y/a.mov", "x/y"), "o/x/y/a.gif"),
        ("o/{folder}/{name}.gif", Clip("a.mov"), "o/a.gif"),
        ("{look}/{name}{{1}}.gif", Clip("a.mov"), "spiral/a{1}.gif"),
        ("new/", Clip("v/x/a.mov", "x"), "new/x/a.gif"),
        ("new/", Clip("v/{name}.mov"), "new/{name}.gif"),
        ("s3://b/o/", Clip("s3://b/i/a%20b.mov?key=1"), "s3://b/o/a b.gif"),
    ],
)
def test_names_are_filled_in(given: str, clip: Clip, name: str) -> None:
    assert Pattern.of("gif", given).filled(clip, "spiral") == name


@pytest.mark.parametrize("text", ["{nam}.gif", "{}.gif", "{0}.gif", "{name!r}.gif", "{name:9}.gif"])
def test_an_unknown_field_is_said_with_those_there_are(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"there is no .*give {name}, {ext}, {folder}, {look}"):
        Pattern.of("gif", text)


def test_a_brace_left_open_is_said() -> None:
    with pytest.raises(ArgumentError, match="a brace is not closed"):
        Pattern.of("gif", "{name.gif")


def batch(
    inputs: list[str], outputs: dict[str, str], job: Job | None = None, **more: object
) -> Batch:
    how = job or Job(Path("any"), gif=Path("any.gif"))
    return Batch([Clip(name) for name in inputs], outputs, how, **more)  # type: ignore[arg-type]


def test_a_batch_names_every_file_of_every_clip(tmp_path: Path) -> None:
    outputs = {"gif": f"{tmp_path}/new/", "poster": f"{tmp_path}/{{name}}.jpg"}
    job = Job(Path("any"), gif=Path("any.gif"), names=("discord", "x"))
    found = [
        sorted(name for _, name in order.files())
        for order in batch(["a.mp4", "b.mp4"], outputs, job)
    ]
    assert found == [
        [f"{tmp_path}/{n}.jpg", f"{tmp_path}/new/{n}-discord.gif", f"{tmp_path}/new/{n}-x.gif"]
        for n in ("a", "b")
    ]
    assert (tmp_path / "new").is_dir()


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        (
            ["a/x.mp4", "b/x.mp4"],
            {"gif": "./"},
            "a/x.mp4 and b/x.mp4 would both be written to ./x.gif",
        ),
        (["x.mp4", "x.mov"], {"gif": "{name}.gif"}, "x.mp4 and x.mov would both"),
        (["x.mp4", "y.mp4"], {"gif": "o.gif"}, "x.mp4 and y.mp4 would both be written to o.gif"),
        (
            ["x.mp4"],
            {"poster": "./", "still": "./"},
            "x.mp4 and x.mp4 would both be written to ./x.png",
        ),
        (
            ["x.mp4", "x-2.mp4"],
            {"mp4": "{name}-2.mp4"},
            "x-2.mp4 would be made, and is a clip as well",
        ),
        (["x.mp4"], {"mp4": "./"}, "./x.mp4 would be made, and is a clip as well (x.mp4)"),
        (["x.mp4"], {"gif": "{look}.gif"}, "{look} is the name of a look: choose one with --look"),
        (["x.mp4"], {"gif": "{name}.webp"}, "ends in '.webp': give a name in .gif"),
    ],
)
def test_what_would_go_wrong_is_refused_before_any_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inputs: list[str],
    outputs: dict[str, str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match=re.escape(said)):
        batch(inputs, outputs)
    assert not files(tmp_path)


def test_a_clip_under_another_name_is_not_written_over(brief: Path, out: Path) -> None:
    shutil.copy(brief, out / "a.mp4")
    (out / "b.mp4").symlink_to(out / "a.mp4")
    with pytest.raises(ArgumentError, match="is a clip as well"):
        batch([str(out / "a.mp4")], {"mp4": f"{out}/b.mp4"})


def test_a_folder_that_is_not_there_is_said(out: Path) -> None:
    with pytest.raises(OutputError, match=r"the folder .*/no cannot be used .*: make it"):
        batch(["a.mp4"], {"gif": f"{out}/no/{{name}}.gif"})
    with pytest.raises(OutputError, match=r"the folder .*/no/no cannot be used .*: make it"):
        batch(["a.mp4"], {"gif": f"{out}/no/no/"})


# The command.


def test_each_clip_has_its_line_and_its_file(clips: Path, out: Path) -> None:
    ran = rollscan(clips, "--recursive", "--gif", f"{out}/new/", "--slit", "0.3")
    assert (ran.status, ran.err) == (0, "")
    *lines, count = ran.out.splitlines()
    found = [
        re.match(r"\[(.)/3\] done: (.*?): 64x48, 10 frames, 0\.40 s, ", line) for line in lines
    ]
    assert [match and match[1] for match in found] == ["1", "2", "3"]
    assert {match and match[2] for match in found} == {
        f"{out}/new/{name}.gif" for name in ("a", "b", "deep/er/c")
    }
    assert sum("try --" in line for line in lines) == 1  # advice is given once
    assert re.fullmatch(r"3 clips: 3 done, in \d+\.\d s", count)
    assert files(out) == ["new/a.gif", "new/b.gif", "new/deep/er/c.gif"]
    one = rollscan(clips / "a.mp4", "--gif", out / "one.gif", "--slit", "0.3")
    assert one.status == 0
    assert (out / "one.gif").read_bytes() == (out / "new/a.gif").read_bytes()


@pytest.mark.usefixtures("many_here")
def test_one_clip_into_a_folder(brief: Path, out: Path) -> None:
    ran = rollscan(brief, "--gif", out, "--still", f"{out}/strips/")
    assert (ran.status, ran.err) == (0, "")
    done, count = ran.out.splitlines()
    assert done.count(f"{out}/brief.gif: ") == done.count(f"{out}/strips/brief.png: ") == 1
    assert count.startswith("1 clip: 1 done, in ")
    assert files(out) == ["brief.gif", "strips/brief.png"]


@pytest.mark.usefixtures("many_here")
def test_inputs_may_stand_between_options(clips: Path) -> None:
    ran = rollscan("a.mp4", "--gif", "{name}.gif", "b.MP4", "--quiet", cwd=clips)
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert {"a.gif", "b.gif"} < set(files(clips))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.mp4", "b.MP4", "--gif", "o.gif"], "would both be written to o.gif"),
        (["a.mp4", "b.MP4", "--gif", "out"], "--gif is 'out', which is no folder that is there"),
        (["a.mp4", "b.MP4", "--still", "{name}"], "nor a file's name: give {name}/ to make"),
        (["a.mp4", "--gif", "{nam}{name}.gif"], "there is no {nam}"),
        (["a.mp4", "b.MP4", "--gif", "./", "--jobs", "0"], "jobs is 0"),
        (["a.mp4", "b.MP4", "--gif", "./", "--jobs", "two"], "--jobs: 'two': give a whole number"),
        (["a.mp4", "b.MP4", "--gif", "./", "--fps", "99"], "fps is 99"),
        (["a.mp4", "b.MP4", "--gif", "./", "--quality", "0"], "quality is 0"),
        (["a.mp4", "b.MP4", "--gif", "./", "--fade", "1"], "fade is 1.0, which has no effect"),
        (["a.mp4", "b.MP4"], "no output asked for"),
        (["a.mp4", "--gif", "./", "--resume", "--no-recipe"], "leave out --no-recipe"),
        (["a.mp4", "--gif", "./", "--report", "a.mp4"], "a.mp4 is a clip or a file to be made"),
        (
            ["a.mp4", "--gif", "./", "--jobs", "2", "--cluster", "x:1"],
            "--jobs has no effect with --cluster x:1",
        ),
        (["a.mp4", "--gif", "nowhere://x/"], "nowhere"),
        (["a.mp4", "--gif", "./", "--x"], "there is no option --x"),
    ],
)
def test_a_wrong_line_is_said_before_any_work(clips: Path, arguments: list[str], said: str) -> None:
    before = files(clips)
    fails(rollscan(*arguments, cwd=clips), 2, said)
    assert files(clips) == before


YUV = ("-pix_fmt", "yuv420p")
KINDS = [  # what a clip may be, by its ending, with ffmpeg's options
    *(
        ("mp4", ()),
        ("mov", ("-c:v", "mpeg4")),
        ("m4v", ("-c:v", "mpeg4")),
        ("mkv", ("-c:v", "ffv1")),
    ),
    *(("webm", ()), ("avi", ("-c:v", "mpeg4")), ("mpg", ("-c:v", "mpeg2video")), ("ts", ())),
    *(("m2ts", ()), ("flv", ()), ("wmv", ()), ("3gp", ("-c:v", "mpeg4")), ("mxf", ())),
    *(("ogv", ("-c:v", "libtheora")), ("y4m", ()), ("asf", ()), ("vob", ()), ("f4v", ())),
    *(("mpeg", ()), ("mts", ())),
]
BROKEN = ["empty", "text", "noise", "sound", "half", "folder", "link to itself", "missing"]


@pytest.mark.usefixtures("many_here")
def test_thirty_kinds_of_input_of_which_ten_are_broken(
    plain: Path, tmp_path: Path, out: Path
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for ending, options in KINDS:
        target = clips / f"good-{ending}.{ending}"
        ffmpeg("-i", plain, "-frames:v", "8", "-s", "128x96", *YUV, *options, target)
    for kind in BROKEN[:-1]:
        bad_video(kind, clips / f"bad {kind}.mp4", plain)
    (clips / "bad link.mp4").symlink_to("nothing")
    (clips / "bad trailer.mp4").write_bytes(plain.read_bytes()[:-200])
    (clips / "bad lock.mp4").write_bytes(b"\0" * 5000)
    inputs = sorted(clips.iterdir())
    assert len(inputs) == 30
    ran = rollscan(*inputs, "--gif", out, "--report", out / "r.jsonl")
    # A folder holds no clip, which is said of the command as it is; so it comes alone.
    assert ran.status == 1 and "bad folder.mp4 holds no video" in ran.err
    inputs = [path for path in inputs if not path.is_dir()] + [clips / "bad missing.mp4"]
    ran = rollscan(*inputs, "--gif", out, "--report", out / "r.jsonl")
    assert ran.status == 1
    assert files(out) == sorted([*(f"good-{ending}.gif" for ending, _ in KINDS), "r.jsonl"])
    errors = ran.err.splitlines()
    assert len(errors) == 10
    assert all(re.match(rf"\[ ?\d+/30\] failed: {clips}/bad ", line) for line in errors)
    assert re.search(r"^30 clips: 20 done, 10 failed, in ", ran.out, re.MULTILINE)
    report = [json.loads(line) for line in (out / "r.jsonl").read_text().splitlines()]
    assert {entry["input"] for entry in report} == set(map(str, inputs))
    for entry in report:
        if "bad" in entry["input"]:
            assert entry["status"] == "failed" and entry["outputs"] == []
            assert any(line.endswith(entry["error"]) for line in errors)
        else:
            (output,) = entry["outputs"]
            with Image.open(output["file"]) as gif:
                assert (output["width"], output["height"]) == gif.size == (128, 96)
                assert output["frames"] == gif.n_frames
            assert output["bytes"] == Path(output["file"]).stat().st_size


# Ends.


@pytest.fixture
def slow(long: Path, tmp_path: Path) -> Path:
    """A folder of clips that take a while each."""
    folder = tmp_path / "slow"
    folder.mkdir()
    for k in range(4):
        os.link(long, folder / f"{k}.mp4")
    return folder


def family(pid: int) -> list[int]:
    """The processes below one, however deep."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(true: object, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("sent", "group"),
    [
        (signal.SIGINT, True),  # as from a terminal, which the children are deaf to
        (signal.SIGTERM, True),  # which they are not
        (signal.SIGTERM, False),  # what reaches the parent alone is all the same to it
        (sig("SIGKILL"), False),
    ],
)
def test_an_end_is_an_end_of_all(slow: Path, out: Path, sent: signal.Signals, group: bool) -> None:
    line = command(slow, "--gif", out, "--jobs", "2")
    ran = subprocess.Popen(line, stdout=-1, stderr=-1, text=True, start_new_session=True)
    until(lambda: len(running_ffmpegs(slow)) >= 2)
    children = family(ran.pid)
    began = time.monotonic()
    (os.killpg if group else os.kill)(ran.pid, sent)
    said, complained = ran.communicate(timeout=20)
    assert time.monotonic() - began < 5
    until(lambda: not any(map(alive, children)))
    assert not files(out)
    assert said == ""
    if sent == signal.SIGKILL:
        assert "Traceback" not in complained  # Python itself may warn of semaphores
    else:
        assert ran.returncode == 1
        assert complained == "rollscan: error: stopped; what was not finished was not written\n"


def test_an_end_while_the_processes_start_is_quiet(slow: Path, out: Path) -> None:
    for wait in (0.05, 0.15, 0.25, 0.35):
        line = command(slow, "--gif", out, "--jobs", "2")
        ran = subprocess.Popen(line, stdout=-1, stderr=-1, text=True, start_new_session=True)
        until(lambda ran=ran: len(family(ran.pid)) >= 2)  # type: ignore[misc]
        time.sleep(wait)
        os.killpg(ran.pid, signal.SIGINT)
        _, complained = ran.communicate(timeout=20)
        assert complained == "rollscan: error: stopped; what was not finished was not written\n"
        assert not files(out)


def test_a_killed_process_takes_no_other_clip_with_it(slow: Path, brief: Path, out: Path) -> None:
    for k in range(3):
        shutil.copy(brief, slow / f"brief-{k}.mp4")
    line = command(slow, "--gif", out, "--jobs", "2", "--end", "1")
    ran = subprocess.Popen(line, stdout=-1, stderr=-1, text=True)
    seen: list[int] = []
    until(lambda: seen.extend(running_ffmpegs(slow / "0.mp4")) or seen)
    ffmpeg_of = seen[0]
    parent = psutil.Process(ffmpeg_of).ppid()
    os.kill(parent, signal.SIGKILL)
    said, complained = ran.communicate(timeout=100)
    assert ran.returncode == 1
    assert re.fullmatch(
        rf"\[./7\] failed: {slow}/0\.mp4: its process was killed or crashed, .*\n", complained
    )
    assert "7 clips: 6 done, 1 failed" in said
    assert files(out) == ["1.gif", "2.gif", "3.gif", "brief-0.gif", "brief-1.gif", "brief-2.gif"]


def test_a_process_killed_between_two_clips_is_no_clips_fault(brief: Path, out: Path) -> None:
    (order,) = batch([str(brief)], {"gif": f"{out}/{{name}}.gif"})

    def some() -> Iterator[Order]:
        for _ in range(3):
            yield order
            for child in set(multiprocessing.active_children()) - before:  # idle, as it is alone
                os.kill(child.pid or 0, signal.SIGKILL)

    before = set(multiprocessing.active_children())
    statuses = [outcome.status for outcome in cores.outcomes(some(), 1)]
    assert statuses == ["done"] * 3


@pytest.mark.parametrize(("deaths", "status"), [(1, "done"), (2, "done"), (3, "failed")])
def test_a_clip_given_to_a_process_as_it_dies_is_given_to_others_twice(
    brief: Path, out: Path, monkeypatch: pytest.MonkeyPatch, deaths: int, status: str
) -> None:
    (order,) = batch([str(brief)], {"gif": f"{out}/{{name}}.gif"})
    left = iter(range(deaths))

    class Dying(Worker):
        def send(self, message: object) -> None:
            if next(left, None) is not None:
                self._process.kill()
            super().send(message)

    monkeypatch.setattr(cores, "Worker", Dying)
    (outcome,) = cores.outcomes([order], 1)
    assert outcome.status == status
    assert ("was killed or crashed" in outcome.error) == (status == "failed")


def test_without_processes_a_batch_does_not_begin_and_with_fewer_it_goes_on(
    brief: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = batch([str(brief)], {"gif": f"{out}/{{name}}.gif"})
    may_start = iter([True, False])

    def start(*arguments: object) -> Worker:
        if next(may_start, False):
            return Worker(*arguments)  # type: ignore[arg-type]
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(cores, "Worker", start)
    assert [outcome.status for outcome in cores.outcomes([order] * 3, 2)] == ["done"] * 3
    with pytest.raises(BlockingIOError):
        next(cores.outcomes([order], 1))


# Going on.


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file's number on the disk and its time: another where it was made again."""
    found = {name: (folder / name).stat() for name in files(folder)}
    return {name: (facts.st_ino, facts.st_mtime_ns) for name, facts in found.items()}


@pytest.mark.usefixtures("many_here")
def test_what_is_done_is_skipped_and_the_rest_is_not(clips: Path, out: Path) -> None:
    line = [clips, "--recursive", "--gif", f"{out}/", "--still", f"{out}/s/", "--report", out / "r"]
    assert rollscan(*line).status == 0
    before = state(out)
    (out / "a.gif").write_bytes((out / "a.gif").read_bytes()[:-1])  # not whole any more
    (out / "s/b.png").unlink()
    ran = rollscan(*line, "--resume")
    assert (ran.status, ran.err) == (0, "")
    assert re.search(r"^3 clips: 2 done, 1 skipped, in ", ran.out, re.MULTILINE)
    skipped = f"skipped: {clips}/deep/er/c.mp4, of which there is {out}/deep/er/c.gif and"
    assert f"{skipped} {out}/s/deep/er/c.png\n" in ran.out
    after = state(out)
    same = {name for name in before if before[name] == after[name]}
    assert same == {"deep/er/c.gif", "s/deep/er/c.png"}
    statuses = [json.loads(entry)["status"] for entry in (out / "r").read_text().splitlines()]
    assert sorted(statuses) == ["done"] * 5 + ["skipped"]
    os.utime(clips / "a.mp4")  # a clip that is newer than its files
    assert "1 done, 2 skipped" in rollscan(*line, "--resume").out
    assert "3 done" in rollscan(*line, "--resume", "--slit", "0.3").out  # another look


@pytest.mark.usefixtures("many_here")
def test_every_file_of_a_platform_is_to_be_there(brief: Path, out: Path) -> None:
    line = [brief, "--gif", f"{out}/", "--for", "discord,x", "--resume"]
    assert "1 done" in rollscan(*line).out
    assert "1 skipped" in rollscan(*line).out
    (out / "brief-x.gif").unlink()
    assert "1 done" in rollscan(*line).out
    assert files(out) == ["brief-discord.gif", "brief-x.gif"]


def test_killed_at_any_moment_the_end_is_the_same(
    make_video: MakeVideo, tmp_path: Path, out: Path
) -> None:
    """Eight kills, then to the end: all files are there, none that was whole was made again."""
    clips = tmp_path / "clips"
    clips.mkdir()
    clip = make_video("some.mp4", numbered(60, (160, 120)), *LOSSLESS)
    for k in range(8):
        shutil.copy(clip, clips / f"{k}.mp4")
    line = [clips, "--gif", out, "--mp4", out, "--resume", "--report", tmp_path / "r.jsonl"]
    moments = random.Random(1)
    for _ in range(8):
        before = {name: made for name, made in state(out).items() if is_complete(out / name)}
        ran = subprocess.Popen(command(*line, "--quiet"), start_new_session=True, stderr=-1)
        time.sleep(moments.uniform(0.2, 1.0))
        ran.kill()
        ran.communicate()
        until(lambda: not running_ffmpegs(clips))
        now = state(out)
        for name, as_it_was in before.items():
            if {Path(name).stem + ".gif", Path(name).stem + ".mp4"} <= set(before):
                assert now[name] == as_it_was
    ran = rollscan(*line)
    assert (ran.status, ran.err) == (0, "")
    assert files(out) == sorted(f"{k}.{ending}" for k in range(8) for ending in ("gif", "mp4"))
    assert all(len(gif_frames(out / f"{k}.gif")) == 60 for k in range(8))
    entries = [json.loads(entry) for entry in (tmp_path / "r.jsonl").read_text().splitlines()]
    ended = [entry["input"] for entry in entries if entry["status"] in ("done", "skipped")]
    assert set(ended) == {str(clips / f"{k}.mp4") for k in range(8)}


OUTPUTS = (*FORMATS, "png", "jpg")
NAMED = {"prores": "a.mov", "frames": "a%d.png"}  # where the name does not tell the format


@pytest.fixture(scope="session")
def made(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of each kind, made of one clip with one look."""
    folder = tmp_path_factory.mktemp("made")
    outputs = [f"--{kind}={folder}/{NAMED.get(kind, f'a.{kind}')}" for kind in FORMATS]
    outputs += [f"--poster={folder}/a.png", f"--still={folder}/a.jpg"]
    assert rollscan(plain, *outputs, "--slit", "0.3").status == 0
    return folder


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_file_that_was_cut_is_not_whole(made: Path, tmp_path: Path, kind: str) -> None:
    whole = (made / NAMED.get(kind, f"a.{kind}").replace("%d", "7")).read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(whole)
    assert is_complete(path)
    for length in {*range(0, len(whole), max(1, len(whole) // 300)), len(whole) - 1}:
        path.write_bytes(whole[:length])
        assert not is_complete(path), f"{length} of {len(whole)} bytes"
    path.write_bytes(whole + b"\0" * 9)
    assert not is_complete(path)


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_file_is_made_already_where_look_and_time_say_so(made: Path, kind: str) -> None:
    path = made / NAMED.get(kind, f"a.{kind}")
    at = min(each.stat().st_mtime for each in made.glob(path.name.replace("%d", "[0-9]*")))
    job = Job("a.mp4", look=Look(slit=0.3))
    assert is_up_to_date(path, job, at)
    assert not is_up_to_date(path, job, at + 9)
    assert not is_up_to_date(path, job.over(look=Look(slit=0.31)), at)
    assert not is_up_to_date(made / "none.gif", job, at)
    assert not is_up_to_date(Path(FFMPEG), job, 0)


# The report.


def entry(name: str) -> Outcome:
    return Outcome(name, "failed", error="it is none")


@pytest.mark.parametrize("torn", ['{"inp', '{"input": "b", "sta', '{"input": "' + "b" * 70_000])
def test_a_torn_line_goes_when_lines_are_added(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "r.jsonl"
    for name in ("a", "c"):
        report = Report(str(path))
        report.add(entry(name))
        report.close()
        if name == "a":
            with path.open("a") as file:
                file.write(torn)
    assert [json.loads(line)["input"] for line in path.read_text().splitlines()] == ["a", "c"]


def test_a_report_that_was_torn_at_once_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text('{"input": "a')
    report = Report(str(path))
    report.add(entry("caf\udce9\n"))  # a byte that is no text
    report.close()
    assert json.loads(path.read_text())["input"] == "caf\udce9\n"
    assert path.read_text().count("\n") == 1


def test_what_is_no_report_is_left_alone(clips: Path, out: Path) -> None:
    (out / "notes.txt").write_text("notes")
    line = [clips / "a.mp4", "--gif", f"{out}/", "--report"]
    fails(rollscan(*line, out / "notes.txt"), 1, "is there, and is no report: give another name")
    fails(rollscan(*line, out / "no" / "r"), 1, "cannot be written: No such file")
    assert (out / "notes.txt").read_text() == "notes"
    assert files(out) == ["notes.txt"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (3599.7, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_lengths_of_time_are_told_as_people_do(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_how_far_the_whole_is(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    lines = Lines(4, Look())
    assert lines.progress(0.0) == Progress("0 of 4 clips", None, 0.0, None)
    now[0] += 10
    assert lines.progress(0.5) == Progress("0 of 4 clips", None, 0.125, 70.0)
    lines.line(Outcome("a", "skipped"))  # which took no time
    assert lines.progress(0.5) == Progress("1 of 4 clips", None, 0.375, 50.0)
    lines.line(entry("b"))
    assert lines.progress(0.0) == Progress("2 of 4 clips", None, 0.5, 20.0)


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
def test_a_terminal_shows_how_far_the_whole_is(clips: Path, out: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    line = command(clips, "--gif", out, "--jobs", "1")
    ran = subprocess.Popen(line, stdout=theirs, stderr=theirs, stdin=theirs)
    os.close(theirs)
    said = b""
    with suppress(OSError):  # the other end is closed
        while chunk := os.read(ours, 4096):
            said += chunk
    os.close(ours)
    assert ran.wait() == 0
    shown = said.decode()
    assert "\r0 of 2 clips" in shown and "\r1 of 2 clips" in shown
    assert re.search(r"1 of 2 clips.* \d+%.* left", shown)
    assert re.search(r"\r +\r\[2/2\] done: [^\r]+\r\n", shown)
    assert re.search(r"\r +\r2 clips: 2 done, in [\d.]+ s\r\n$|\n2 clips: .*\r\n$", shown)


def test_each_of_many_clips_is_encoded_by_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the environment says otherwise: the other cores have clips of their own."""
    ours, theirs = multiprocessing.Pipe()
    theirs.close()
    monkeypatch.setenv(threads.VARIABLE, "1")  # so that it is put back
    for before, count in ((None, 1), ("3", 3)):
        os.environ.pop(threads.VARIABLE)
        os.environ.update({threads.VARIABLE: before} if before else {})
        with pytest.raises(EOFError):
            cores._do_orders(ours)
        assert threads.thread_count() == count
    ours.close()
