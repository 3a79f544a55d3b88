"""Looks: checked once, named, carried by files and read back; options beside them win."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import (
    LOSSLESS,
    MakeVideo,
    Picture,
    decoded,
    ffmpeg,
    gif_frames,
    numbered,
    numbers,
    rollscan,
)
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from rollscan import ArgumentError, Look, RollingClip, SourceError, sheet
from rollscan.composers.directions import DIRECTIONS
from rollscan.fit import shortened
from rollscan.job import Job
from rollscan.look import LOOPS, named_looks
from rollscan.options import as_options
from rollscan.parser import parser
from rollscan.run import render
from rollscan.strength import HARDLY
from rollscan.typed import JobSettings, LookSettings

HISTORY = Look(slit=(0.25, 0.75), direction="down", slit_width=2, loop="wrap")

fractions = st.integers(0, 100).map(lambda percent: percent / 100)
looks = st.builds(
    Look,
    slit=fractions | st.lists(fractions, min_size=2, max_size=4).map(tuple),
    direction=st.none() | st.sampled_from(DIRECTIONS),
    slit_width=st.just("auto") | st.integers(1, 99),
    feather=st.integers(0, 99),
    loop=st.sampled_from(list(LOOPS)),
    fade=st.integers(1, 40).map(lambda tenths: tenths / 10),
)


@given(looks)
def test_the_settings_make_the_same_look_again(look: Look) -> None:
    assert Look(**json.loads(json.dumps(look.settings))) == look
    assert look.recipe == f"rollscan 1 {json.dumps(look.settings, separators=(',', ':'))}"


@given(looks)
def test_the_options_of_a_look_make_the_same_look_again(look: Look) -> None:
    options = vars(parser().parse_args(["a.mp4", *as_options(look).split()]))
    assert (
        Look(**{name: options[name] for name in options if name in LookSettings.__annotations__})
        == look
    )


def test_type_checkers_know_every_setting() -> None:
    assert list(LookSettings.__annotations__) == list(Look.declared())
    assert [*JobSettings.__annotations__] == [
        name for name in Job.declared() if name not in ("input", "look")
    ]


@pytest.mark.parametrize("name", ["a.gif", "a.mp4", "a.webm", "a.webp", "p.png", "p.jpg", "p.webp"])
def test_a_file_carries_its_look(plain: Path, out: Path, name: str) -> None:
    kind = "poster" if name[0] == "p" else name[2:]
    render(Job(plain, look=HISTORY, **{kind: out / name}))
    assert Look.of(out / name) == HISTORY
    render(Job(plain, look=HISTORY, recipe=False, **{kind: out / name}))
    with pytest.raises(SourceError, match="carries no recipe"):
        Look.of(out / name)


def test_a_strip_photograph_and_a_clip_carry_their_looks(plain: Path, out: Path) -> None:
    render(Job(plain, look=Look(slit=0.25), still=out / "s.png"))
    assert Look.of(out / "s.png") == Look(slit=0.25)
    with RollingClip.open(plain, look=HISTORY, feather=3) as clip:
        clip.write_gif(out / "a.gif", logger=None)
        clip.write_gif(out / "b.gif", logger=None, recipe=False)
    assert Look.of(out / "a.gif") == HISTORY.over(feather=3)
    with pytest.raises(SourceError, match="carries no recipe"):
        Look.of(out / "b.gif")


def test_like_makes_the_same_again_and_options_beside_it_win(plain: Path, out: Path) -> None:
    shaped = ("--direction", "down", "--slit", "0.2:0.8", "--slit-width", "3")
    for name, options in (
        ("first", shaped),
        ("again", ("--like", out / "first.gif")),
        ("other", ("--like", out / "first.gif", "--slit-width", "1")),
    ):
        assert rollscan(plain, "--gif", out / f"{name}.gif", *options).status == 0
    assert (out / "first.gif").read_bytes() == (out / "again.gif").read_bytes()
    assert Look.of(out / "other.gif") == Look.of(out / "first.gif").over(slit_width=1)


def test_a_recipe_tells_nothing_but_the_look_and_is_short(plain: Path, out: Path) -> None:
    render(Job(plain, look=HISTORY, gif=out / "a.gif"))
    written = (out / "a.gif").read_bytes()
    render(Job(plain, look=HISTORY, gif=out / "a.gif", recipe=False))
    bare = (out / "a.gif").read_bytes()
    text = HISTORY.recipe.encode()
    assert written.replace(b"\x21\xfe" + bytes([len(text)]) + text + b"\0", b"") == bare
    assert gif_frames(out / "a.gif")
    assert Look(slit=tuple(k / 999 for k in range(300))).recipe == ""


@pytest.mark.parametrize(
    ("recipe", "why"),
    [
        ("rollscan 2 {}", "version '2', this rollscan reads 1: upgrade"),
        ("rollscan 1 {1}", "broken recipe"),
        ('rollscan 1 {"feather":"x"}', "broken recipe .feather is 'x'"),
        ('rollscan 1 {"feather":1e999}', "broken recipe .feather is inf"),
        ('rollscan 1 {"slit":[0.5,"a"]}', "broken recipe .slit is 'a'"),
        ('rollscan 1 {"slit":[[[[[[]]]]]]}', "broken recipe .slit is"),
        ('rollscan 1 {"input":"/etc/passwd"}', "broken recipe .a setting is 'input'"),
        ("rollscan 1 {" + '"a":1,' * 999 + "}", "carries no recipe"),
        ("a comment", "carries no recipe"),
    ],
)
def test_a_broken_or_hostile_recipe_is_one_clear_line(out: Path, recipe: str, why: str) -> None:
    Image.new("P", (4, 4)).save(out / "a.gif", comment=recipe.encode())
    with pytest.raises(SourceError, match=why) as raised:
        Look.of(out / "a.gif")
    assert "\n" not in str(raised.value)


def test_a_pipe_carries_no_recipe(out: Path) -> None:
    os.mkfifo(out / "pipe.gif")
    with pytest.raises(SourceError, match=r"pipe\.gif is not a file"):
        Look.of(out / "pipe.gif")


@pytest.mark.parametrize("name", ["none.gif", "empty.gif", "text.gif", "sound.mp4"])
def test_a_file_without_a_recipe_is_one_clear_line(out: Path, name: str) -> None:
    if name == "sound.mp4":
        ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", out / name)
    elif name != "none.gif":
        (out / name).write_text("" if name == "empty.gif" else "no picture\n" * 99)
    with pytest.raises(SourceError, match=r"does not exist|is empty|carries no recipe"):
        Look.of(out / name)


def test_a_look_has_a_name_and_options_beside_it_win(plain: Path, out: Path) -> None:
    assert rollscan(plain, "--gif", out / "a.gif", "--look", "ribbon", "--feather", "1").status == 0
    made = Look.of(out / "a.gif")
    assert (made.feather, made.loop) == (1, "boomerang")
    ran = rollscan(plain, "--gif", out / "b.gif", "--look", "riband")
    assert ran.status == 2
    assert "look is 'riband': did you mean ribbon? (give one of stargate, " in ran.err


def test_the_looks_are_listed_each_with_its_options() -> None:
    listed = rollscan("--list-looks").out
    for name, named in named_looks().items():
        assert f"{name}\n  {named.shows}\n" in listed
        assert as_options(named.look) in listed


@pytest.mark.parametrize("name", list(named_looks()))
def test_every_look_makes_a_loop_of_a_short_clip(plain: Path, out: Path, name: str) -> None:
    (made,) = render(Job(plain, gif=out / "a.gif", look=Look.named(name)))
    assert made.frames == len(gif_frames(out / "a.gif")) > 30


@pytest.mark.parametrize(
    "settings",
    [
        *({"slit": 2}, {"slit": ()}, {"slit": "half"}, {"direction": "aside"}),
        *({"slit_width": 0}, {"slit_width": "wide"}, {"feather": -1}),
        *({"loop": "round"}, {"fade": 0}, {"min_loop": "x"}),
    ],
)
def test_a_value_out_of_range_is_refused_where_the_look_is_made(settings: LookSettings) -> None:
    (name,) = settings
    with pytest.raises(ArgumentError, match=rf"^{name} is .*: give "):
        Look(**settings)


@pytest.fixture
def undimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look is taken for hardly seen, so that the sheet has the colours of the frames."""
    monkeypatch.setattr(sheet, "strength", lambda *_: HARDLY)


@pytest.mark.usefixtures("undimmed")
def test_the_sheet_shows_every_look_under_its_name(plain: Path, out: Path) -> None:
    (made,) = render(Job(plain, looks=out / "s.png", fit_look=False))
    with Image.open(out / "s.png") as image:
        assert image.size == made.size
        pixels = np.asarray(image.convert("RGB")).astype(int)
    paper = pixels[0, 0]
    columns = np.flatnonzero((pixels[20] != paper).any(axis=1))  # of the first row's pictures
    assert columns[0] == 12
    numbered = (pixels[..., 2] == 128) & (pixels[..., 1] < 80)  # as neither paper nor ink is
    grid = sheet.Grid(list(named_looks()), (64, 48))
    for k, look in enumerate(named_looks()):
        x, y = grid.corner(k)
        seen = numbered[y : y + 48, x : x + 64]
        assert seen.any() if look == "stargate" else seen.all()  # whose walls are dark far away


def test_a_sheet_of_a_clip_too_short_for_a_looks_crossfade_shortens_that(
    plain: Path, out: Path
) -> None:
    ran = rollscan(plain, "--speed", 2, "--end", 1.92, "--looks", out / "s.png", "--no-fit")
    assert (ran.status, ran.err) == (0, "")
    assert ", one picture, " in ran.out
    assert "0.00 s" not in ran.out


@pytest.mark.usefixtures("undimmed")
@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_a_sheet_of_the_briefest_clip_shortens_what_each_look_reaches_back(
    make_video: MakeVideo, out: Path, count: int
) -> None:
    path = make_video(f"of{count}.mp4", numbered(count), *LOSSLESS)
    # Fog would take colours of the palette that tell numbers.
    (made,) = render(Job(path, looks=out / "s.gif", look=Look(fog=0.0), fit_look=False))
    x, y = sheet.Grid(list(named_looks()), (64, 48)).corner(list(named_looks()).index("twist"))
    shown = [numbers(whole[y : y + 48, x : x + 64]) for whole in gif_frames(out / "s.gif")]
    assert len(shown) == made.frames
    assert all(twisted.max() < count for twisted in shown)
    assert any(len(np.unique(twisted)) > 1 for twisted in shown) == (count > 1)


def test_a_time_given_beside_the_sheet_is_not_shortened(brief: Path, out: Path) -> None:
    displaced = (brief, "--looks", out / "s.gif", "--no-fit", "--effect", "displace", "--depth")
    ran = rollscan(*displaced, 1.5)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "--depth is 1.5 s, and the loop has 0.24 s: give no more than that" in ran.err
    assert rollscan(*displaced, 0.2).status == 0


class Still:
    """A source of so many frames, all alike."""

    size = (16, 12)

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def frames(self, first: int = 0, stop: int | None = None) -> Iterator[Picture]:
        return (numbered(1, self.size)[0] for _ in range(self._count)[first:stop])

    def small(self, width: int) -> Iterator[Picture]:
        return self.frames()

    def close(self) -> None:
        pass


@settings(max_examples=30)
@given(
    count=st.integers(1, 60),
    rate=st.sampled_from([5.0, 10.0, 25.0, 29.97, 60.0]),
    loop=st.sampled_from([None, "cut", "wrap", "boomerang", "crossfade"]),
)
def test_every_look_fits_a_clip_of_any_length(count: int, rate: float, loop: str | None) -> None:
    assume(loop != "crossfade" or count > 2)
    chosen = {"loop": loop} if loop else {}
    for named in named_looks().values():
        look = shortened(named.look.over(**chosen), chosen, count, rate)
        with RollingClip.of(Still(count), look, rate) as clip:
            assert clip.duration > 0
        for name in ("depth", "fade", "rgb"):
            assert (getattr(look, name) or 0) <= (getattr(named.look, name) or math.inf)


def test_a_look_stays_as_it_is_where_the_clip_has_time_for_it() -> None:
    for named in named_looks().values():
        assert shortened(named.look, {}, 50, 25) == named.look


@pytest.mark.parametrize("name", ["s.gif", "s.mp4"])
def test_the_sheet_moves_where_its_format_does(plain: Path, out: Path, name: str) -> None:
    (made,) = render(Job(plain, looks=out / name, fit_look=False))
    assert made.seconds == pytest.approx(98 / 25, abs=1 / 15)  # as long as the longest, a boomerang
    assert made.frames == len(decoded(out / name))


def test_settings_beside_the_sheet_win_over_the_looks(plain: Path, out: Path) -> None:
    render(Job(plain, looks=out / "a.png", fit_look=False))
    render(Job(plain, looks=out / "b.png", look=Look(slit=0.9), fit_look=False))
    assert (out / "a.png").read_bytes() != (out / "b.png").read_bytes()


def test_a_sheet_needs_a_format_that_is_known(plain: Path, out: Path) -> None:
    ran = rollscan(plain, "--looks", out / "s.webm")
    assert ran.status == 2
    assert "s.webm ends in '.webm': give one of .png, .jpg, .jpeg, .webp, .gif, .mp4" in ran.err


def test_a_map_that_is_a_picture_stays_unnamed_and_must_be_given_again(
    plain: Path, out: Path
) -> None:
    ramp = out / "ramp.png"
    Image.fromarray(np.arange(48, dtype=np.uint8)[:, None].repeat(64, 1)).save(ramp)
    twisted = ("--effect", "displace", "--map", ramp, "--depth", "0.5")
    assert rollscan(plain, "--gif", out / "a.gif", *twisted).status == 0
    assert b"ramp" not in (out / "a.gif").read_bytes()
    ran = rollscan(plain, "--gif", out / "b.gif", "--like", out / "a.gif")
    assert "--map was a picture, which a recipe does not carry: name its file" in ran.err
    like = ("--like", out / "a.gif", "--map", ramp)
    assert rollscan(plain, "--gif", out / "b.gif", *like).status == 0
    assert (out / "a.gif").read_bytes() == (out / "b.gif").read_bytes()


def test_a_look_without_settings_is_the_usual_one() -> None:
    usual = {
        "slit": 0.5,
        "direction": None,
        "slit_width": 1,
        "feather": 0,
        "rgb": 0.0,
        "steady": False,
        "deflicker": False,
        "smooth": False,
        "effect": "roll",
        "map": "up",
        "depth": 1.0,
        "sweep": None,
        "line": None,
        "loop": "cut",
        "fade": 0.5,
        "min_loop": 2.0,
        "max_loop": 10.0,
    }
    assert {name: getattr(Look(), name) for name in usual} == usual
