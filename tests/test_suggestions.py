"""What people type who have not read the help: taken where it is plain, else put right."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import gif_frames, rollscan
from test_cli import complains, names

from rollscan import ArgumentError, Look, RollingClip
from rollscan.deliver.platforms import load
from rollscan.deliver.targets import targets_of
from rollscan.look import LOOPS
from rollscan.many import stores
from rollscan.options import batch_of, is_many
from rollscan.parser import parser


def options(*words: str) -> dict[str, Any]:
    """What the parser makes of these words."""
    return vars(parser().parse_args(["in.mp4", *words]))


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ("--scale=50%", "scale", 0.5),
        ("--scale=0.5x", "scale", 0.5),
        ("--slit=20%", "slit", 0.2),
        ("--slit=20%:80%", "slit", (0.2, 0.8)),
        ("--width=480px", "width", 480),
        ("--slit-width=2px", "slit_width", 2),
        ("--slit-width=Auto", "slit_width", "auto"),
        ("--fps=24fps", "fps", 24),
        ("--fps=24 FPS", "fps", 24),
        ("--speed=2x", "speed", 2),
        ("--speed=50%", "speed", 0.5),
        ("--fade=3s", "fade", 3),
        ("--depth=0:03.5", "depth", 3.5),
        ("--start=3s", "start", "3"),
        ("--end=1:03", "end", "1:03"),
        ("--max-size=8M", "max_bytes", 8_000_000),
        ("--max-size=8 MiB", "max_bytes", 8 << 20),
        ("--max-size=256k", "max_bytes", 256_000),
        ("--max-size=8B", "max_bytes", 8),
        ("--max-size=3kB", "max_bytes", 3000),
        ("--max-size=3MB", "max_bytes", 3_000_000),
        ("--max-size=3g", "max_bytes", 3_000_000_000),
        ("--max-size=3GB", "max_bytes", 3_000_000_000),
        ("--max-size=3KiB", "max_bytes", 3 << 10),
        ("--max-size=3GiB", "max_bytes", 3 << 30),
        ("--direction=UP", "direction", "up"),
        ("--loop=Boomerang", "loop", "boomerang"),
        ("--look=Spiral", "look", "spiral"),
        ("--map=Radial", "map", "radial"),
        ("--map=Radial.PNG", "map", "Radial.PNG"),
        ("--map=Faces/Anna", "map", "Faces/Anna"),
        ("--for=discord,x", "names", ("discord", "x")),
        ("--for=discord,", "names", ("discord",)),
    ],
)
def test_values_are_taken_as_people_write_them(typed: str, name: str, value: object) -> None:
    assert options(typed)[name] == value


@pytest.mark.parametrize(
    "words",
    [("--for", "discord,", "x"), ("--for", "discord", ",x"), ("--for=discord,", "x"),
     ("--for", "discord", ",", "x")],
)  # fmt: skip
def test_spaces_in_a_list_are_passed_over(words: tuple[str, ...]) -> None:
    assert options(*words, "--quiet")["names"] == ("discord", "x")
    assert options("--quiet", *words)["names"] == ("discord", "x")


def test_a_list_ends_where_no_comma_is_or_an_option_begins() -> None:
    assert options("--for", "discord,", "--quiet")["names"] == ("discord",)
    found = vars(parser().parse_args(["--for", "discord", "in.mp4"]))
    assert (found["names"], found["input"]) == (("discord",), ["in.mp4"])


def test_platforms_are_found_in_any_case() -> None:
    gif = load()["giphy"]
    own = {**load(), "Blog": replace(gif, name="Blog"), "blog": replace(gif, name="blog")}
    files = {"gif": Path("a.gif")}
    for typed, found in (("Discord", "discord"), ("Blog", "Blog"), ("blog", "blog")):
        (target,) = targets_of(files, [typed], own, None)
        assert target.platform and target.platform.name == found
    assert len(targets_of(files, ["x", "X"], own, None)) == 1


def test_all_of_it_makes_a_file(plain: Path, out: Path) -> None:
    typed = [
        "--scale",
        "50%",
        "--fps",
        "10fps",
        "--speed",
        "2x",
        "--end",
        "1s",
        "--direction",
        "UP",
    ]
    ran = rollscan(plain, "--gif", out / "a.gif", *typed, "--max-size", "1M", "--for", "Discord")
    assert (ran.status, ran.err) == (0, "")
    frames = gif_frames(out / "a.gif")
    assert (len(frames), frames[0].shape) == (5, (24, 32, 3))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sclae", "0.5"], "there is no option --sclae: did you mean --scale?"),
        (["--sclae=0.5"], "there is no option --sclae: did you mean --scale?"),
        (["--colours", "16"], "there is no option --colours: did you mean --colors?"),
        (["--smoth"], "did you mean --smooth?"),
        (["-o", "o.gif"], "there is no option -o: did you mean --gif OUT.gif?"),
        (["--output=o.gif"], "there is no option --output: did you mean --gif OUT.gif?"),
        (["--zzz"], "there is no option --zzz: rollscan --help lists them"),
        (["o.gif"], "o.gif stands as another INPUT: to write it, say --gif o.gif"),
        (["o.png"], "o.png stands as another INPUT: to write it, say --still o.png"),
        (["--gif", "o.mp4"], "o.mp4 ends in '.mp4': give a name in .gif, or say --mp4 o.mp4"),
        (["--mp4", "o.gif"], "o.gif ends in '.gif': give a name in .mp4, or say --gif o.gif"),
        (["--gif", "o.png"], "o.png ends in '.png': give a name in .gif, or say --still o.png"),
        (["--gif", "o.txt"], "o.txt ends in '.txt': give a name in .gif\n"),
        (["--gif=o.gif", "--max-size=8"], "--max-size: '8': no picture has so few bytes; did you"),
        (["--gif=o.gif", "--max-size=8"], "mean 8MB?"),
        (["--gif=o.gif", "--width=50%"], "--width: '50%': give a whole number, such as 480"),
        (["--gif=o.gif", "--look=spirla"], "--look is 'spirla': did you mean spiral? (give one of"),
        (["--gif=o.gif", "--look=spirl"], "--look is 'spirl': did you mean spiral? (give one of"),
        (["--gif=o.gif", "--look=wobble"], "--look is 'wobble': give one of stargate"),
        (["--gif=o.gif", "--effect=rol"], "--effect: 'rol': did you mean roll? (give one of"),
        (
            ["--gif=o.gif", "--effect=swirl"],
            "--effect: 'swirl', which needs the effect swirl: give --effect FILE.py",
        ),
        (["--gif=o.gif", "--loop=boomrang"], "--loop is 'boomrang': did you mean boomerang? ("),
        (["--gif=o.gif", "--effect=displace", "--map=radail"], "did you mean radial?"),
        (["--gif=o.gif", "--for=x", "--fit=blurr"], "--fit is 'blurr': did you mean blur?"),
        (["--gif=o.gif", "--for=discrod"], "--for has 'discrod': did you mean discord? (give"),
        (["--gif=o.gif", "--for=tictok"], "--for has 'tictok': did you mean tiktok? (give one"),
        (["--gif=o.gif", "--for=Twiter"], "--for has 'Twiter': did you mean twitter? (give"),
    ],
)
def test_what_was_meant_is_said(plain: Path, out: Path, words: list[str], said: str) -> None:
    ran = rollscan(plain, *words, cwd=out)
    assert re.fullmatch(r"rollscan: error: .+\n", ran.err), ran.err
    assert said in ran.err
    assert (ran.status, ran.out, names(out)) == (2, "", [])


def test_a_video_that_is_there_is_never_advised_to_be_written_over(plain: Path, out: Path) -> None:
    (out / "b.mp4").write_bytes(plain.read_bytes())
    line = complains([plain, out / "b.mp4"], "no output asked for", (2,))
    assert "--mp4" not in line


def test_inputs_are_left_alone_where_an_output_is_named(out: Path) -> None:
    found = vars(parser().parse_args(["a.mp4", "--gif", "loops/", "b.mp4", "gone.webm"]))
    assert found["input"] == ["a.mp4", "b.mp4", "gone.webm"]


@pytest.mark.parametrize("address", ["https://a.example/v.mp4", "HTTP://a.example/v", "rtsp://a/b"])
def test_a_web_address_is_to_be_downloaded_first(
    out: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"{address} is a web address: download it first, and give the file"
    given = vars(parser().parse_args([address, "--gif", str(out / "a.gif")]))
    assert is_many(given)
    with monkeypatch.context() as without:
        without.setattr(stores, "find_spec", lambda name: None)  # as without the extra
        with pytest.raises(ArgumentError, match=re.escape(said)):
            batch_of({name: given[name] for name in ("input", "gif")})
    with pytest.raises(ArgumentError, match=re.escape(said)):
        RollingClip.open(address)
    assert not names(out)


# Parameters in messages.


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        (["--loop=match", "--min-loop=0"], "--min-loop is 0.0: give seconds over 0"),
        (["--loop=match", "--min-loop=3", "--max-loop=1"],
         "--min-loop is 3.0 s and --max-loop 1.0 s: give 0 < --min-loop <= --max-loop"),
        (["--slit-width=0"], "--slit-width is 0: give a whole number"),
        (["--mp4-loops=2"], "--mp4-loops is 2, which has no effect without --mp4"),
        (["--poster-first"], "--poster-first needs a loop without a beginning"),
        (["--max-size=100"], "--max-size is 100, the smallest this clip gets is"),
        (["--fps=0"], "--fps is 0.0: give a number over 0"),
        (["--end=0"], "--end is 0, not after --start 0: give a later end"),
        (["--map=up"], "--map is for effect displace, and the effect is roll: leave it out"),
    ],
)  # fmt: skip
def test_a_message_names_options_as_they_are_typed(
    plain: Path, out: Path, words: list[str], begins: str
) -> None:
    ran = rollscan(plain, "--gif", out / "a.gif", *words)
    assert ran.err.startswith(f"rollscan: error: {begins}")
    assert not names(out)


def test_in_python_a_message_names_parameters(plain: Path) -> None:
    with pytest.raises(ArgumentError, match=r"^slit_width is 0: give a whole number") as raised:
        Look(slit_width=0)
    assert raised.value.names == ("slit_width",)
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.names) == (str(raised.value), ("slit_width",))
    with (
        RollingClip.open(plain) as clip,
        pytest.raises(ArgumentError, match=r"^max_bytes is 0: give a whole number"),
    ):
        clip.write_gif("never.gif", max_bytes=0)


# Help.


def test_alone_it_shows_a_short_help_with_one_example(out: Path) -> None:
    ran = rollscan(cwd=out)
    assert (ran.status, ran.err) == (0, "")
    assert len(ran.out.splitlines()) < 8
    (example,) = [line.split() for line in ran.out.splitlines() if line.startswith("  rollscan ")]
    parser().parse_args(example[1:])
    assert "--help" in ran.out


def test_help_is_a_word_as_well(plain: Path, out: Path) -> None:
    assert rollscan("help", cwd=out).out == rollscan("--help").out
    assert rollscan("help", "all", cwd=out).out == rollscan("--help", "all").out
    (out / "help").write_bytes(plain.read_bytes())
    ran = rollscan("help", "--gif=a.gif", cwd=out)
    assert (ran.status, names(out)) == (0, ["a.gif", "help"])


def test_help_breaks_no_word_and_asks_for_no_output_more_than_another() -> None:
    text = rollscan("--help").out
    assert not [line for line in text.splitlines() if re.search(r"\w-$", line)]
    usage = text.splitlines()[0]
    for option in ("--gif", "--mp4", "--webm", "--webp", "--poster", "--still"):
        assert option in usage
    assert "[--" not in usage
    titles = re.findall(r"^([a-z ]+)(?: \(.+\))?:$", text, re.M)
    assert titles.index("outputs") < titles.index("how it is made") < titles.index("the loop")
    for loop in LOOPS:
        assert loop in text
