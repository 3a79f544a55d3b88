"""The command line as people use it: a child that is given arguments, signals and bad input."""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from conftest import (
    LOSSLESS,
    MakeVideo,
    bad_video,
    command,
    gif_frames,
    names,
    number,
    numbered,
    on_a_terminal,
    rollscan,
    running_ffmpegs,
    sig,
)
from PIL import Image

import rollscan as package
from rollscan import Look, signals
from rollscan.gif.kernel import Found
from rollscan.job import MOVING, Job
from rollscan.options import job_of
from rollscan.outputs import checked_targets
from rollscan.parser import parser
from rollscan.result import Written
from rollscan.run import render
from rollscan.summary import advice_for

with suppress(ImportError):  # on Windows, where the tests that need them are not run
    import fcntl
    import pty
    import resource
    import termios

FOOTAGE = Path(__file__).parents[2] / "shared" / "data"


def test_a_gif_is_made_and_summed_up_in_one_line(plain: Path, out: Path) -> None:
    ran = rollscan(plain, "--gif", out / "a.gif", "--scale", "0.5")
    assert (ran.status, ran.err) == (0, "")
    size = (out / "a.gif").stat().st_size
    assert re.fullmatch(
        rf"{out}/a\.gif: 32x24, 50 frames, 2\.00 s, {size / 1000:.3g} KB,"
        r" (seam \d+\.\d\d \(1 is invisible\), )?took [\d.]+ s; the loop jumps: try --look bloom\n",
        ran.out,
    )
    with Image.open(out / "a.gif") as gif:
        assert (gif.size, gif.n_frames) == ((32, 24), 50)
    assert names(out) == ["a.gif"]


@pytest.mark.parametrize(
    ("frames", "options", "advice"),
    [
        (10, (), "history fills 42% of its side and the loop jumps: try --look bloom"),
        (
            10,
            ("--feather", "2"),
            "history fills 42% of its side and the loop jumps: try"
            " --slit-width auto --loop boomerang",
        ),
        (50, ("--loop", "boomerang"), ""),
    ],
)
def test_what_would_help_is_said_once(
    plain: Path, out: Path, frames: int, options: tuple[str, ...], advice: str
) -> None:
    end = str(frames / 25)
    ran = rollscan(plain, "--gif", out / "a.gif", "--webp", out / "a.webp", "--end", end, *options)
    first, second = ran.out.splitlines()
    assert first.partition(" s; ")[2] == advice
    assert "try" not in second


def test_a_full_history_that_jumps_needs_another_loop_alone() -> None:
    made = Written(Path("a.gif"), (64, 48), 50, 2.0, seam=9.0)
    assert advice_for(made, Look(loop="wrap")) == "; the loop jumps: try --loop boomerang"
    assert advice_for(replace(made, seam=None), Look(loop="wrap")) == ""


def test_a_history_that_is_not_full_is_told_what_its_effect_has() -> None:
    made = Written(Path("a.gif"), (64, 48), 50, 2.0, filled=0.3)
    assert advice_for(made, Look(effect="bloom")).endswith("of its side: try --loop boomerang")
    assert advice_for(made, Look()).endswith("of its side: try --look ribbon")
    troubles = "; history fills 30% of its side and the loop jumps: try "
    jumping = replace(made, seam=9.0)
    assert advice_for(jumping, Look(feather=2)) == f"{troubles}--slit-width auto --loop boomerang"


def test_each_output_has_its_line(plain: Path, out: Path) -> None:
    ran = rollscan(plain, "--gif", out / "a.gif", "--still", out / "a.png")
    assert (ran.status, ran.err) == (0, "")
    gif, still = ran.out.splitlines()
    assert gif.startswith(f"{out}/a.gif: 64x48, 50 frames, 2.00 s, ")
    assert still.startswith(f"{out}/a.png: 64x48, 50 frames, 2.00 s, ")


def test_every_file_of_one_composition_has_its_line(plain: Path, out: Path) -> None:
    outputs = [f"--{name}={out}/a.{name}" for name in ("gif", "mp4", "webp")]
    options = ["--for", "discord,slack-emoji", "--max-size", "9KB", "--loop", "wrap"]
    ran = rollscan(plain, *outputs, "--poster", out / "a.png", *options)
    assert (ran.status, ran.err) == (0, "")
    discord, slack, mp4, webp, poster = ran.out.splitlines()
    assert discord.startswith(f"{out}/a-discord.gif: ")
    assert slack.startswith(f"{out}/a-slack-emoji.gif: ")
    for line in (discord, slack):
        assert re.search(r" frames, [12]\.\d\d s, \d\.\d+ KB: (quality|25→|\d+→)", line)
    assert mp4.startswith(f"{out}/a.mp4: 64x48, 50 frames, 2.00 s, ")
    assert re.match(rf"{out}/a\.webp: 64x48, 50 frames, 2\.00 s, .+, seam \d", webp)
    assert re.match(rf"{out}/a\.png: 64x48, the frame at [01]\.\d\d s, .+ took", poster)
    assert names(out) == ["a-discord.gif", "a-slack-emoji.gif", "a.mp4", "a.png", "a.webp"]


def test_platforms_are_listed_without_a_video(out: Path) -> None:
    (out / "own.toml").write_text('[blog]\nformat = "webp"\n')
    ran = rollscan("--list-platforms", "--platforms", out / "own.toml")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("name ")
    for name in ("discord", "telegram-sticker", "blog"):
        assert f"\n{name} " in ran.out


def test_quiet_prints_nothing(plain: Path, out: Path) -> None:
    ran = rollscan(plain, "--gif", out / "a.gif", "--quiet")
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert names(out) == ["a.gif"]


def test_a_gif_is_fitted_into_480_pixels_where_no_size_is_asked_for(
    make_video: MakeVideo, out: Path
) -> None:
    path = make_video("tall.mp4", numbered(3, (360, 720)), *LOSSLESS)
    assert rollscan(path, "--gif", out / "a.gif").status == 0
    with Image.open(out / "a.gif") as gif:
        assert gif.size == (240, 480)


def test_the_gif_takes_the_videos_rate_up_to_25(make_video: MakeVideo, out: Path) -> None:
    for rate, frames in ((10, 20), (50, 10)):
        path = make_video(f"at{rate}.mp4", numbered(20), *LOSSLESS, rate=rate)
        assert rollscan(path, "--gif", out / "a.gif").status == 0
        with Image.open(out / "a.gif") as gif:
            assert gif.n_frames == frames


def test_every_option_has_its_effect(plain: Path, out: Path) -> None:
    options = ["--width", "20", "--fps", "10", "--speed", "2", "--start", "0:00.4", "--end", "1.6"]
    options += ["--slit", "0", "--direction", "down", "--slit-width", "3", "--repeat", "4"]
    options += ["--quality", "100", "--colors", "200"]
    ran = rollscan(plain, "--gif", out / "a.gif", *options)
    assert (ran.status, ran.err) == (0, "")
    with Image.open(out / "a.gif") as gif:
        assert (gif.size, gif.n_frames, gif.info["loop"]) == ((20, 15), 6, 3)
    newest = 10 + 25  # frame 25 of the part, which begins with frame 10
    rows = [number(row[None]) for row in gif_frames(out / "a.gif")[-1]]
    assert rows == [newest - ago for ago in range(5) for _ in range(3)]


def test_a_video_shorter_than_a_gif_frame_makes_one(make_video: MakeVideo, out: Path) -> None:
    path = make_video("flash.mp4", numbered(2), *LOSSLESS, rate=60)
    for options in (("--fps", "1"), ("--speed", "50")):
        ran = rollscan(path, "--gif", out / "a.gif", *options)
        assert (ran.status, ran.err) == (0, "")
        with Image.open(out / "a.gif") as gif:
            assert gif.n_frames == 1


def test_a_single_frame_makes_both_outputs(make_video: MakeVideo, out: Path) -> None:
    path = make_video("lone.mp4", numbered(1), *LOSSLESS)
    ran = rollscan(path, "--gif", out / "a.gif", "--still", out / "a.png")
    assert (ran.status, ran.err) == (0, "")
    assert names(out) == ["a.gif", "a.png"]


# Help.


def test_help_begins_with_examples_and_looks_and_groups_what_people_need() -> None:
    ran = rollscan("--help")
    assert (ran.status, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= 100
    where = [
        *(f"rollscan dancer.mp4 {words}" for words in ("--gif", "--looks", "--mp4", "--gif")),
        *("Looks: stargate, bloom", "outputs", "how it is made", "the loop:", "size and time:"),
        *("the slit:", "the effect:", "where it goes:", "the files:", "about:", "--help all"),
    ]
    at = 0
    for part in where:
        at = ran.out.index(part, at) + 1
    for rare in ("--ui ", "--cluster", "--jobs", "--max-frames"):
        assert rare not in ran.out


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_all_has_every_option(word: str) -> None:
    ran = rollscan(word, "all")
    assert (ran.status, ran.err) == (0, "")
    for action in parser()._actions:
        for spelling in action.option_strings:
            assert re.search(rf"^  .*{re.escape(spelling)}\b", ran.out, re.M), spelling
    assert rollscan("a.mp4", word, "other").out == rollscan("--help").out


def test_the_examples_of_the_help_are_jobs() -> None:
    lines = [line.split() for line in rollscan("--help").out.splitlines()]
    examples = [words[1:] for words in lines if words[:1] == ["rollscan"] and "--help" not in words]
    assert len(examples) == 4
    for words in examples:
        options = vars(parser().parse_args(words))
        unset = {"list_looks", "list_platforms", "ui", "quiet"}
        job = job_of({name: value for name, value in options.items() if name not in unset})
        assert checked_targets(job) or job.looks


def test_version_is_the_packages() -> None:
    ran = rollscan("--version")
    assert (ran.status, ran.out.splitlines()[0]) == (0, f"rollscan {package.__version__}")


@pytest.mark.parametrize(
    "found, line",
    [
        (Found(ctypes.CDLL(None)), "with its compiled kernel"),
        (Found(None, "it is gone"), "without its compiled kernel: it is gone"),
    ],
)
def test_version_says_whether_the_kernel_is_used(
    found: Found, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollscan.gif.kernel.find", lambda: found)
    assert rollscan("--version").out.splitlines() == [f"rollscan {package.__version__}", line]


def test_the_installed_command_is_the_same(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("rollscan")
    line = [str(script)] if script.exists() else [sys.executable, "-m", "rollscan"]
    ran = subprocess.run([*line, "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == rollscan("--version").out


@pytest.mark.parametrize(
    "statement",
    [
        "import rollscan",
        "from rollscan.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
        "from rollscan.cli import main\ntry: main(['--nonsense'])\nexcept SystemExit: pass",
        "from rollscan.cli import main\nmain(['--list-platforms'])",
    ],
)
def test_neither_numpy_nor_moviepy_is_imported_before_it_is_needed(statement: str) -> None:
    code = f"{statement}\nimport sys\nprint([m for m in sys.modules if '.' not in m])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ran.stdout.splitlines()[-1]
    assert "'rollscan'" in loaded
    for heavy in ("numpy", "moviepy", "PIL", "imageio", "imageio_ffmpeg", "proglog", "shtab"):
        assert f"'{heavy}'" not in loaded


def test_the_package_lists_what_it_has() -> None:
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = package.nonsense


# Names.


NAMES = ["a b", "100%d #1?", "'so' and \"so\"", "-leading", "Zürich ✂ 東京", "a:b,c;[d]\\e"]
if sys.platform == "linux":
    NAMES.append(os.fsdecode(b"not text: caf\xe9"))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_file_name_will_do(plain: Path, out: Path, name: str) -> None:
    (out / f"{name}.mp4").write_bytes(plain.read_bytes())
    ran = rollscan(f"--gif={name}.gif", f"--still={name}.png", "--", f"{name}.mp4", cwd=out)
    assert (ran.status, ran.err) == (0, "")
    assert names(out) == sorted(f"{name}.{ending}" for ending in ("gif", "mp4", "png"))


def test_a_plain_terminal_of_another_age_is_no_obstacle(plain: Path, out: Path) -> None:
    surroundings = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = rollscan(plain, "--gif", out / "Zürich ✂.gif", env=surroundings)
    assert (ran.status, ran.err) == (0, "")
    assert names(out) == ["Zürich ✂.gif"]
    ran = rollscan(out / "Zürich ✂.mp4", "--gif", out / "a.gif", env=surroundings)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert ran.err.startswith("rollscan: error: ")


def test_names_as_long_as_the_file_system_takes_will_do(plain: Path, out: Path) -> None:
    path = out / ("n" * 251 + ".mp4")
    path.write_bytes(plain.read_bytes())
    assert rollscan(path, "--gif", path.with_suffix(".gif")).status == 0
    assert names(out) == [path.stem + ".gif", path.name]


def test_an_output_through_a_link_keeps_the_link(plain: Path, out: Path) -> None:
    (out / "real.gif").write_text("old")
    (out / "a.gif").symlink_to("real.gif")
    assert rollscan(plain, "--gif", out / "a.gif").status == 0
    assert (out / "a.gif").is_symlink()
    with Image.open(out / "real.gif") as gif:
        assert gif.n_frames == 50


# Progress.


def child_on_a_terminal(*arguments: str | Path) -> tuple[int, str]:
    """Run rollscan with its output on a terminal: the exit status, and what is seen there."""
    master, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    child = subprocess.Popen(command(*arguments), stdout=terminal, stderr=terminal)
    os.close(terminal)
    seen = b""
    try:
        while chunk := os.read(master, 1 << 16):
            seen += chunk
    except OSError:  # Linux's way to say that the terminal has no other end any more
        pass
    os.close(master)
    return child.wait(), os.fsdecode(seen)


@pytest.mark.parametrize(
    ("option", "output"),
    [("--gif", "a.gif"), ("--still", "a.png"), ("--mp4", "a.mp4"), ("--webp", "a.webp")],
)
def test_a_terminal_shows_a_progress_bar_and_then_the_summary(
    plain: Path, out: Path, option: str, output: str
) -> None:
    status, shown = on_a_terminal(plain, option, out / output)
    seen = "".join(shown)
    assert status == 0
    assert re.search(r"\r\w+ .* \d+%  \d:\d\d left", seen)
    assert "50 frames, 2.00 s" in seen.splitlines()[-1]


def test_a_quiet_run_leaves_the_terminal_alone(plain: Path, out: Path) -> None:
    assert on_a_terminal(plain, "--gif", out / "a.gif", "--quiet") == (0, [])


def test_a_process_of_its_own_shows_a_terminal_the_same(plain: Path, out: Path) -> None:
    status, seen = child_on_a_terminal(plain, "--gif", out / "a.gif")
    assert status == 0
    assert re.search(r"\r\w+ .* \d+%  \d:\d\d left", seen)
    assert "50 frames, 2.00 s" in seen.splitlines()[-1]


def test_a_reader_that_has_gone_is_no_traceback(plain: Path, out: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    ran = subprocess.run(
        command(plain, "--gif", out / "a.gif"), stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    assert "Traceback" not in ran.stderr
    assert ran.stderr.count("\n") <= 1
    assert names(out) == ["a.gif"]


# Bad input.

BAD_OPTIONS: list[tuple[str, str]] = [
    *(("--scale", value) for value in ("0", "-1", "nan", "inf", "1e+308", "1100", "0.001", "big")),
    *(("--width", value) for value in ("0", "1", "70000", "1.5", "")),
    *(("--fps", value) for value in ("0", "-1", "nan", "1000", "51", "fast")),
    *(("--speed", value) for value in ("0", "nan", "inf")),
    *(("--start", value) for value in ("2", "99", "-1", "nan", "soon", "")),
    *(("--end", value) for value in ("0", "-1", "late")),
    *(("--slit", value) for value in ("1.5", "-0.1", "nan", "left", "0.2:1.2", "0.5:", "")),
    *(("--slit-width", value) for value in ("0", "49", "1.5", "wide")),
    *(("--direction", value) for value in ("sideways", "")),
    *(("--feather", value) for value in ("-1", "0.5")),
    *(("--loop", value) for value in ("round", "")),
    *(("--repeat", value) for value in ("-1", "70000", "x")),
    *(("--quality", value) for value in ("0", "101", "best")),
    *(("--colors", value) for value in ("1", "257", "many")),
    *(("--max-size", value) for value in ("0", "-1", "1XB", "1.5.1MB", "")),
    *(("--mp4-loops", value) for value in ("0", "-1", "1.5", "x")),
    *(("--for", value) for value in ("nowhere", "discord,nowhere", "")),
    *(("--fit", value) for value in ("stretch", "")),
]


def complains(arguments: list[str | Path], culprit: str, statuses: tuple[int, ...] = (1, 2)) -> str:
    """Run rollscan, see that it fails in one line that names the culprit, and return the line."""
    ran = rollscan(*arguments)
    assert ran.out == ""
    assert re.fullmatch(r"rollscan: error: .+\n", ran.err), ran.err
    assert culprit in ran.err
    assert ran.status in statuses
    return ran.err


@pytest.mark.parametrize(("option", "value"), BAD_OPTIONS)
def test_a_bad_option_is_said_in_one_line_and_changes_nothing(
    plain: Path, out: Path, option: str, value: str
) -> None:
    (out / "a.gif").write_text("old")
    statuses = (1,) if (option, value) in (("--start", "2"), ("--start", "99")) else (2,)
    line = complains(
        [plain, "--gif", out / "a.gif", f"{option}={value}"],
        option.strip("-").split("-")[0],
        statuses,
    )
    assert re.split("[:,]", value)[-1] in line
    assert (out / "a.gif").read_text() == "old"
    assert names(out) == ["a.gif"]


def test_an_end_before_the_start_is_said(plain: Path, out: Path) -> None:
    complains([plain, "--gif", out / "a.gif", "--start", "1", "--end", "0.5"], "end is", (2,))
    assert not names(out)


def test_no_output_asked_for_is_said(plain: Path) -> None:
    complains([plain], "no output asked for: add --gif out.gif or --still out.png", (2,))


@pytest.mark.parametrize("arguments", [["--gif", "a.gif"], ["a.mp4", "b.mp4", "--gif"]])
def test_a_command_line_that_lacks_something_is_said(arguments: list[str]) -> None:
    complains([*arguments], "--help", (2,))


def test_scale_and_width_together_are_said(plain: Path, out: Path) -> None:
    arguments = [plain, "--gif", out / "a.gif", "--scale", "0.5", "--width", "9"]
    complains(arguments, "--width: not allowed with argument --scale", (2,))


@pytest.mark.parametrize("name", ["a.bmp", "a", "a.gif"])
def test_a_still_in_no_known_format_is_said_before_any_work(
    plain: Path, out: Path, name: str
) -> None:
    complains([plain, "--gif", out / "x.gif", "--still", out / name], name, (2,))
    assert not names(out)


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--mp4", "a.mkv"),
        ("--mp4", "a"),
        ("--webm", "a.mp4"),
        ("--webp", "a.png"),
        ("--poster", "a.gif"),
        ("--poster", "a"),
    ],
)
def test_a_name_whose_ending_is_another_formats_is_said_before_any_work(
    plain: Path, out: Path, option: str, name: str
) -> None:
    ending = Path(name).suffix
    complains([plain, "--gif", out / "x.gif", option, out / name], f"{name} ends in {ending!r}")
    assert not names(out)


def test_platforms_that_cannot_be_are_said_before_any_work(plain: Path, out: Path) -> None:
    gif = [plain, "--gif", out / "a.gif"]
    complains([*gif, "--for", "nowhere"], "give one of discord, discord-video", (2,))
    said = "telegram-sticker takes webm: add --webm out.webm"
    both = [*gif, "--mp4", out / "a.mp4"]  # with one it would get its own format
    complains([*both, "--for", "discord,telegram-sticker"], said, (2,))
    said = "whatsapp-sticker takes webp: add --webp out.webp"
    complains([*both, "--for", "whatsapp-sticker"], said, (2,))
    own = ["--for", "discord", "--platforms", out / "own.toml"]
    complains([*gif, *own], "own.toml cannot be read", (2,))
    assert not names(out)
    (out / "own.toml").write_text("[discord\n")
    for more in ([], ["--for", "discord"], ["--list-platforms"]):
        line = complains([*gif, *own, *more], "not valid TOML", (2,))
        assert "line 1" in line
    assert names(out) == ["own.toml"]


def test_a_budget_that_cannot_be_met_is_said(plain: Path, out: Path) -> None:
    (out / "a.gif").write_text("old")
    complains([plain, "--gif", out / "a.gif", "--max-size", "100"], "the smallest this clip", (1,))
    complains([plain, "--mp4", out / "a.mp4", "--max-size", "100"], "the smallest this clip", (1,))
    assert (out / "a.gif").read_text() == "old"
    assert names(out) == ["a.gif"]


@pytest.mark.parametrize("option", ["--gif", "--still"])
@pytest.mark.parametrize(
    "kind", ["missing", "empty", "text", "noise", "sound", "half", "folder", "link to itself"]
)
def test_a_bad_input_is_said_in_one_line_and_changes_nothing(
    plain: Path, tmp_path: Path, out: Path, kind: str, option: str
) -> None:
    path = tmp_path / "input.mp4"
    bad_video(kind, path, plain)
    target = out / ("a.gif" if option == "--gif" else "a.png")
    target.write_text("old")
    complains([path, option, target], str(path), (1,))
    assert target.read_text() == "old"
    assert names(out) == [target.name]


@pytest.mark.parametrize("option", ["--gif", "--poster", "--mp4", "--still"])
def test_an_output_that_cannot_be_is_said(plain: Path, out: Path, option: str) -> None:
    complains([plain, option, out / "none" / "a.png"], f"no folder {out / 'none'}", (1,))
    complains([plain, option, ""], "directory", (1, 2))
    assert not names(out)


def test_the_input_is_not_written_over(plain: Path, out: Path) -> None:
    path = out / "a.mp4"
    path.write_bytes(plain.read_bytes())
    (out / "link.gif").symlink_to(path)
    os.link(path, out / "hard.gif")
    for target in (path, out / "link.gif", out / "hard.gif", out / ".." / "out" / "a.mp4"):
        complains([path, "--gif", target], "is the input itself", (1,))
    assert path.read_bytes() == plain.read_bytes()
    assert names(out) == ["a.mp4", "hard.gif", "link.gif"]


@pytest.mark.parametrize("option", ["--fps", "--speed"])
def test_a_bad_rate_is_said_even_where_only_a_still_is_made(
    plain: Path, out: Path, option: str
) -> None:
    complains([plain, "--still", out / "a.png", option, "0"], f"{option[2:]} is 0", (2,))


def test_one_name_for_two_outputs_is_said(plain: Path, out: Path) -> None:
    complains([plain, "--gif", out / "a.png", "--still", out / "a.png"], "asked for twice", (2,))


def test_targets_are_outputs_too(plain: Path, out: Path) -> None:
    path = out / "a-x.gif"
    path.write_bytes(plain.read_bytes())
    arguments = [path, "--gif", out / "a.gif", "--for", "discord,x"]
    complains(arguments, "a-x.gif is the input itself", (1,))
    arguments = [plain, "--gif", out / "b.gif", "--for", "discord,x", "--still"]
    complains([*arguments, out / "b-x.gif"], "b-x.gif is asked for twice", (2,))
    assert names(out) == ["a-x.gif"]


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Have writes of this process, and of those it starts, fail beyond so many bytes of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(
    ("output", "full"), [("--gif=a.gif", "a.gif"), ("--still=a.png", "the temporary folder")]
)
def test_a_disk_that_fills_up_leaves_the_old_file(
    long: Path, out: Path, output: str, full: str
) -> None:
    """The limit on the size of files stands in for the disk: writes beyond it fail the same way."""
    name = output.split("=")[1]
    (out / name).write_text("old")

    with files_of_at_most(10_000):
        ran = rollscan(long, output, "--end", "8", cwd=out)
    assert ran.status == 1
    assert re.fullmatch(r"rollscan: error: .+\n", ran.err)
    assert full in ran.err
    assert (out / name).read_text() == "old"
    assert names(out) == [name]
    assert not running_ffmpegs(naming=long)


def test_a_temporary_folder_that_fills_up_is_said(long: Path, out: Path) -> None:
    with files_of_at_most(10_000):
        ran = rollscan(long, "--mp4=a.mp4", "--poster=a.png", "--end", "8", cwd=out)
    assert ran.status == 1
    assert re.fullmatch(r"rollscan: error: the temporary folder .+ set TMPDIR .+\n", ran.err)
    assert not names(out)
    assert not running_ffmpegs(naming=long)


# Stopped half way.


BY_SIGNALS = [signal.SIGINT, signal.SIGTERM, sig("SIGHUP"), sig("SIGQUIT")]


def half_written(pid: int, folder: Path) -> int:
    """Bytes of the largest file that the process writes in the folder, named or not."""
    if not Path("/proc/self").exists():  # macOS
        return max((path.stat().st_size for path in folder.glob(".*")), default=0)
    sizes = [0]
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            if str(descriptor.readlink()).startswith(f"{folder}/"):
                sizes.append(descriptor.stat().st_size)
    return max(sizes)


def test_a_run_that_fails_with_its_last_output_has_replaced_none(plain: Path, out: Path) -> None:
    (out / "a.mp4").write_text("old")
    options = ["--mp4", out / "a.mp4", "--webp", out / "a.webp", "--max-size", "100"]
    complains([plain, *options], "the smallest this clip", (1,))
    assert (out / "a.mp4").read_text() == "old"
    assert names(out) == ["a.mp4"]


def test_a_run_for_several_targets_that_is_stopped_cleans_up(long: Path, out: Path) -> None:
    """By one signal: what each of them does is seen of a run for one target."""
    (out / "a.mp4").write_text("old")
    arguments = [long, "--end", "4", "--mp4", out / "a.mp4", "--gif", out / "a.gif"]
    child = subprocess.Popen(
        command(*arguments, "--for", "discord,x"), stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: half_written(child.pid, out) > 0, child)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate()
    assert said == "rollscan: error: stopped; what was not finished was not written\n"
    assert child.returncode == 1
    assert (out / "a.mp4").read_text() == "old"
    assert names(out) == ["a.mp4"]
    assert not running_ffmpegs(naming=long)
    assert not running_ffmpegs(naming=out)


def half_way(long: Path, out: Path, **popen: object) -> subprocess.Popen[str]:
    """A run that has begun to write its GIF; it would go on for much longer."""
    (out / "a.gif").write_text("old")
    child = subprocess.Popen(
        command(long, "--gif", out / "a.gif"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **popen,
    )
    wait_until(lambda: half_written(child.pid, out) > 999, child)
    return child


def wait_until(it_is_so: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    """Look again and again, for as long as the child runs or an ffmpeg of it may be left."""
    looks = 0
    while not it_is_so():
        looks += child.poll() is not None
        assert looks < 1000, "it never came to be"
        time.sleep(0.01)


@pytest.mark.parametrize("by", BY_SIGNALS)
def test_a_run_that_is_stopped_cleans_up_behind_itself(
    long: Path, out: Path, by: signal.Signals
) -> None:
    child = half_way(long, out)
    child.send_signal(by)
    seen = child.communicate()
    assert seen == ("", "rollscan: error: stopped; what was not finished was not written\n")
    assert child.returncode == 1
    assert (out / "a.gif").read_text() == "old"
    assert names(out) == ["a.gif"]
    assert not running_ffmpegs(naming=long)


def test_ctrl_break_stops_as_ctrl_c_does(
    long: Path, out: Path, simulated: Callable[[str], None]
) -> None:
    simulated("win32")  # where SIGBREAK is the number of SIGUSR1
    child = half_way(long, out)
    child.send_signal(signal.SIGUSR1)
    seen = child.communicate()
    assert seen == ("", "rollscan: error: stopped; what was not finished was not written\n")
    assert (child.returncode, names(out)) == (1, ["a.gif"])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files without names")
def test_a_run_that_is_killed_leaves_nothing(long: Path, out: Path) -> None:
    child = half_way(long, out)
    child.kill()
    child.communicate()
    assert (out / "a.gif").read_text() == "old"
    assert names(out) == ["a.gif"]
    wait_until(lambda: not running_ffmpegs(naming=long), child)


def test_a_run_that_outlives_its_terminal_on_purpose_goes_on() -> None:
    """As nohup starts it: SIGHUP is ignored already."""
    hang_up = "import os, signal; os.kill(os.getpid(), signal.SIGHUP)"
    code = f"from rollscan.cli import main; import sys; main(['--version-']); {hang_up}"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        stderr=subprocess.DEVNULL,
    )
    assert ran.returncode == 0


class Signalling:
    """Its finalizer gets a signal, and goes on until that is heard; the exception is lost."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)
        for _ in range(1000):
            time.sleep(0.01)


@pytest.mark.parametrize("has_alarm", [True, False])
def test_a_signal_that_finds_the_program_in_a_finalizer_stops_it_soon(
    has_alarm: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_alarm:  # as on Windows
        monkeypatch.setattr(signals, "_ALARM", signal.SIGTERM)
        monkeypatch.delattr(signal, "setitimer", raising=False)

    def work() -> str:
        Signalling()
        for _ in range(400):  # less than it would take to be raised again all the same
            time.sleep(0.01)
        return "not heard"

    monkeypatch.setattr("rollscan.options.looks_table", work)
    ran = rollscan("--list-looks")
    assert ran.err == "rollscan: error: stopped; what was not finished was not written\n"
    assert (ran.status, ran.out) == (1, "")


def test_a_signal_while_python_ends_is_no_words_and_no_failure() -> None:
    at_exit = "import atexit, os, signal; atexit.register(os.kill, os.getpid(), signal.SIGTERM)"
    code = f"{at_exit}; from rollscan.cli import main; raise SystemExit(main())"
    for options, status in ((["--version"], 0), (["--list-looks"], 0), (["--scale", "big"], 2)):
        ran = subprocess.run([sys.executable, "-c", code, *options], capture_output=True, text=True)
        assert (ran.returncode, ran.stderr.count("\n")) == (status, bool(status)), ran.stderr


def test_a_signal_while_an_error_is_put_into_words_stops_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("rollscan.parser.as_typed", lambda error: signal.raise_signal(2))
    ran = rollscan("--scale", "big")
    assert ran.err == "rollscan: error: stopped; what was not finished was not written\n"
    assert (ran.status, ran.out) == (1, "")


def test_a_program_that_calls_the_command_has_its_signals_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = [*BY_SIGNALS, signal.SIGALRM]
    before = [signal.getsignal(number) for number in numbers], sys.unraisablehook
    for argument, status in (("--list-looks", 0), ("--nonsense", 2), ("stopped", 1)):
        with monkeypatch.context() as patched:
            if argument == "stopped":
                argument = "--list-looks"
                patched.setattr("rollscan.options.looks_table", lambda: signal.raise_signal(15))
            assert rollscan(argument).status == status
        assert ([signal.getsignal(number) for number in numbers], sys.unraisablehook) == before
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_ctrl_c_on_a_terminal_cleans_up(long: Path, out: Path) -> None:
    """On a terminal Ctrl-C goes to every process of the foreground group."""
    child = half_way(long, out, start_new_session=True)
    os.killpg(child.pid, signal.SIGINT)
    seen = child.communicate()
    assert seen == ("", "rollscan: error: stopped; what was not finished was not written\n")
    assert names(out) == ["a.gif"]
    assert not running_ffmpegs(naming=long)


def test_an_impatient_second_signal_changes_nothing(long: Path, out: Path) -> None:
    child = half_way(long, out)
    for by in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
        child.send_signal(by)
    seen = child.communicate()
    assert seen == ("", "rollscan: error: stopped; what was not finished was not written\n")
    assert child.returncode == 1
    assert names(out) == ["a.gif"]
    assert not running_ffmpegs(naming=long)


@pytest.mark.parametrize("by", [sig("SIGKILL"), signal.SIGSEGV])
def test_an_ffmpeg_that_dies_half_way_is_said(long: Path, out: Path, by: signal.Signals) -> None:
    (out / "a.gif").write_text("old")
    killed: list[int] = []

    def kill() -> None:
        end = time.monotonic() + 60
        while half_written(os.getpid(), out) <= 999 and time.monotonic() < end:
            time.sleep(0.01)
        killed.extend(running_ffmpegs(naming=long))
        for pid in killed:
            os.kill(pid, by)

    killing = Thread(target=kill)
    killing.start()
    ran = rollscan(long, "--gif", out / "a.gif")
    killing.join()
    assert len(killed) == 1
    assert (ran.status, ran.out) == (1, "")
    assert re.fullmatch(rf"rollscan: error: {long} could not be read past .+\n", ran.err)
    assert (out / "a.gif").read_text() == "old"
    assert names(out) == ["a.gif"]


def test_two_runs_onto_the_same_output_do_not_disturb_each_other(plain: Path, out: Path) -> None:
    runs = [
        subprocess.Popen(
            command(plain, "--gif", out / "a.gif", "--scale", scale),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for scale in ("1", "0.5")
    ]
    assert [run.communicate()[1] for run in runs] == [b"", b""]
    assert [run.returncode for run in runs] == [0, 0]
    with Image.open(out / "a.gif") as gif:
        assert gif.n_frames == 50
        assert gif.size in ((64, 48), (32, 24))
    assert names(out) == ["a.gif"]


# Real footage.


@pytest.mark.skipif(not FOOTAGE.is_dir(), reason="no footage beside the repository")
@pytest.mark.parametrize(
    ("name", "scale", "size", "frames"),  # the long ones small
    [
        ("chaplin.mp4", "0.2", (128, 72), 241),
        ("big_buck_bunny_0_30.webm", "0.05", (64, 36), 720),
        ("fire2.mp4", "0.2", (256, 144), 25),
        ("vtest.avi", "0.05", (38, 29), 795),
    ],
)
def test_real_footage_makes_a_gif_of_every_frame(
    out: Path, name: str, scale: str, size: tuple[int, int], frames: int
) -> None:
    ran = rollscan(FOOTAGE / name, "--gif", out / "a.gif", "--scale", scale)
    assert (ran.status, ran.err) == (0, "")
    with Image.open(out / "a.gif") as gif:
        assert (gif.size, gif.n_frames) == (size, frames)


# Options, names and streams that are not as usual.


MOVES = ", ".join(f"--{name}" for name in MOVING)


@pytest.mark.parametrize(
    ("outputs", "option", "needs"),
    [
        (["--gif=a.gif"], "--fade=0.5", "--loop crossfade"),
        (["--gif=a.gif"], "--min-loop=1", "--loop match"),
        (["--mp4=a.mp4"], "--quality=50", "--gif or --webp"),
        (["--mp4=a.mp4"], "--repeat=2", "--gif, --webp, --avif or --apng"),
        (["--webp=a.webp"], "--colors=16", "--gif"),
        (["--gif=a.gif"], "--mp4-loops=2", "--mp4"),
        (["--gif=a.gif"], "--fit=pad", "--for"),
        (["--still=a.png"], "--loop=wrap", f"{MOVES}, --poster or --looks"),
        (["--still=a.png"], "--feather=3", f"{MOVES}, --poster or --looks"),
    ],
)
def test_an_option_without_effect_is_refused_by_name(
    plain: Path, out: Path, outputs: list[str], option: str, needs: str
) -> None:
    ran = rollscan(plain, *outputs, option, cwd=out)
    name, value = option.split("=")
    said = (
        rf"rollscan: error: {name} is {value}(\.0)?, which has no effect without {needs}: add .+\n"
    )
    assert re.fullmatch(said, ran.err), ran.err
    assert (ran.status, names(out)) == (2, [])


@pytest.mark.parametrize(
    ("option", "value"), [("--max-size", "9" * 309), ("--fps", "1e-300"), ("--speed", "1e-300")]
)
def test_a_number_beyond_all_reason_is_said(
    plain: Path, out: Path, option: str, value: str
) -> None:
    complains([plain, "--gif", out / "a.gif", option, value], value, (2,))


def test_the_closing_line_fits_any_output(plain: Path, out: Path) -> None:
    surroundings = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    name = os.fsdecode("東 \x1b[31m\n".encode() + b"\xe9.gif")
    ran = rollscan(plain, "--gif", name, "--max-size", "9KB", cwd=out, env=surroundings)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(r"\u6771 \x1b[31m\n\xe9.gif: ")
    assert ran.out.count("\n") == 1
    assert "->" in ran.out
    ran = rollscan("a\nb\x1b.mp4", "--gif=a.gif", cwd=out)
    assert ran.err == "rollscan: error: a\\nb\\x1b.mp4 does not exist: check the name\n"


def test_a_file_whose_name_reads_as_an_option_is_told_how_to_be_given(out: Path) -> None:
    said = "-lead.mp4 reads as an option: for a file of that name give ./-lead.mp4, or -- before it"
    complains(["-lead.mp4", "--gif", out / "a.gif"], said, (2,))


def test_without_a_stderr_all_is_done(plain: Path, out: Path) -> None:
    line = shlex.join(command(plain, "--gif", out / "a.gif"))
    assert subprocess.run(f"{line} >&- 2>&-", shell=True).returncode == 0
    assert names(out) == ["a.gif"]
    assert subprocess.run(f"{line} --fps 0 2>&-", shell=True).returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_closing_line_that_finds_no_room_is_no_failure(plain: Path, out: Path) -> None:
    line = shlex.join(command(plain, "--gif", out / "a.gif"))
    ran = subprocess.run(f"{line} >/dev/full", shell=True, capture_output=True)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout here")
def test_a_gif_goes_to_standard_output_be_it_a_file(plain: Path, out: Path) -> None:
    with open(out / "a.gif", "wb") as file:
        line = command(plain, "--gif", "/dev/stdout")
        ran = subprocess.run(line, stdout=file, stderr=subprocess.PIPE, text=True)
    assert ran.returncode == 0
    assert ran.stderr.startswith("/dev/stdout: 64x48, 50 frames")
    assert len(gif_frames(out / "a.gif")) == 50
    assert (out / "a.gif").read_bytes()[-1:] == b";"
    assert names(out) == ["a.gif"]


def test_platforms_in_a_pipe_are_not_waited_for(plain: Path, out: Path) -> None:
    os.mkfifo(out / "own.toml")
    complains(["--list-platforms", "--platforms", out / "own.toml"], "own.toml is not a file", (2,))


def test_a_temporary_folder_without_room_is_said_before_the_work(
    plain: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=400_000))
    with pytest.raises(package.OutputError, match=r"50 frames of 64x48 take 461 KB .+ has 400 KB:"):
        render(Job(plain, mp4=out / "a.mp4"))
    render(Job(plain, gif=out / "a.gif"))  # sets nothing aside
    assert names(out) == ["a.gif"]
