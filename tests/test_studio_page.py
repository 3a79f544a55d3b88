"""What the studio's page shows, in a real Chromium, and what it makes."""

from __future__ import annotations

import random
import re
import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toys
from conftest import LOSSLESS, MakeVideo, decoded, ffmpeg, gif_frames, numbered, numbers, rollscan
from reference import look_up
from studio_page import (  # noqa: F401
    COUNT,
    MARKS,
    RATE,
    Open,
    Studio,
    _no_ffmpeg_is_left_behind,
    assert_alike,
    composed,
    look_of,
)

from rollscan.composers.field import delays, nearest
from rollscan.effect import Extent, effects, own_effects
from rollscan.look import Look, named_looks
from rollscan.parser import parser
from rollscan.setting import settings_of

pytestmark = MARKS


ROLLS = [
    {},
    {"slit": 0.31, "slit_width": 3, "feather": 5, "loop": "wrap"},
    {"slit": 0.7, "slit_width": "auto", "loop": "boomerang"},
    {"slit": (0.2, 0.8), "slit_width": 2, "feather": 2},
    {"slit": (0.9, 0.1, 0.9), "slit_width": 2, "loop": "crossfade", "fade": 1.3},
    {"slit": (0.9, 0.3, 0.5, 0.1), "slit_width": "auto", "loop": "wrap"},
]
EDGES = [
    *({"slit": 0}, {"slit": 1, "direction": "down"}, {"slit": 1, "slit_width": 44}),
    *({"slit": 0.97, "slit_width": 7}, {"slit_width": 5, "feather": 200, "loop": "wrap"}),
]
DISPLACED = [
    *({"depth": 1.7}, {"depth": 2.1, "loop": "wrap", "rgb": 0.5}),
    *({"depth": 0.9, "loop": "crossfade"}, {"depth": 30}),
]
SCANS = [
    {},
    {"sweep": 3.3, "loop": "boomerang", "line": "red"},
    {"loop": "crossfade", "fade": 1, "line": "#12fe80"},
    {"loop": "wrap", "rgb": 0.4},
]
AT_REST = ("mandala", "marey")  # looks whose pixels all move: not shown live
NEAREST = ("stargate",)  # shown by the nearest pixels, where the file has the mean of several
FIELDS = ("bloom", "clock", "kaleido", "tiles", "plane", "turning", "swapped")
COLOURS = [{"rgb": 0.3}, {"rgb": 2.5, "slit_width": 4, "feather": 3}]
AREA = (0.3, 0.2, 0.4, 0.5)
STILL: list[dict[str, Any]] = [
    {"still_area": AREA},
    {"still_area": AREA, "loop": "crossfade", "rgb": 0.3, "slit": (0.2, 0.8)},
    {"still_area": (0, 0, 0.2, 1), "effect": "displace", "depth": 1, "loop": "boomerang"},
    {"still_area": AREA, "effect": "scan", "loop": "crossfade", "line": "red"},
    {"still_area": AREA, "look": "unroll", "fit_look": False},
]
MOVING: list[dict[str, Any]] = [
    *(
        {"slit": "80%@0s hold 20%@4s 80%@8s", "slit_width": width, "direction": to, **more}
        for to in ("up", "down", "out")
        for width, more in ((2, {"loop": "wrap"}), ("1@1s linear 9@5s", {"feather": 3}))
    ),
    {"slit_width": "sine(5 +- 4, 3s)", "loop": "boomerang"},
    {"effect": "swapped", "slit": "sine(50% +- 40%, 3s)", "loop": "wrap"},
    {"effect": "turning", "centre": "20%,50%@0s 70%,50%@5s", "loop": "crossfade"},
]


def pairs(one: Sequence[Any], other: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each of both in two pairs at least: what they have to do with each other is Python's part."""
    for k in range(2 * max(len(one), len(other))):
        yield one[k % len(one)], other[(k + k // len(one)) % len(other)]


CASES: list[dict[str, Any]] = [
    *STILL,
    *MOVING,
    *(
        {**roll, "direction": to}
        for to, roll in pairs(("up", "down", "left", "right", "out"), ROLLS)
    ),
    *EDGES,
    *(
        {"effect": "displace", "map": name, **more}
        for name, more in pairs(("up", "down", "left", "right", "out", "in", "radial"), DISPLACED)
    ),
    *(
        {"effect": "scan", "direction": to, **more}
        for to, more in pairs(("up", "down", "left", "right"), SCANS)
    ),
    *(
        {"loop": loop, **more}
        for loop, more in pairs(("cut", "wrap", "boomerang", "crossfade"), COLOURS)
    ),
    *({"look": name, "fit_look": False} for name in named_looks() if name not in AT_REST + NEAREST),
]


@pytest.mark.parametrize("settings", CASES, ids=lambda case: " ".join(map(str, case.values())))
def test_a_frame_is_as_python_composes_it(
    studio: Studio, noise: Path, settings: dict[str, Any]
) -> None:
    studio.choose(**settings)
    assert_alike(studio, composed(noise, look_of(settings)))


@pytest.mark.parametrize("loop", ["cut", "wrap"])
@pytest.mark.parametrize("field", [toys.tilted, toys.waving, toys.passing])
def test_the_page_shows_effects_that_it_has_never_heard_of(
    toys_open: Studio, noise: Path, field: Any, loop: str
) -> None:
    toys_open.choose(effect=field.__name__, loop=loop)
    frames = np.array(decoded(noise))
    made = field(Extent((60, 44), RATE, COUNT, 0, COUNT, loop == "wrap"))
    first = COUNT if loop == "wrap" else 0  # what is before it in the loop
    source = np.concatenate([frames, frames]) if first else frames
    some = [0, 1, 5, COUNT // 2, COUNT - 1]
    for k, shown in zip(some, toys_open.pictures(some), strict=True):
        apart = np.abs(shown.astype(int) - look_up(source, k, made, first=first))
        assert apart.max() <= 1, f"frame {k}: {np.argwhere(apart > 1)[:5]}"


def test_a_field_that_cannot_be_sent_is_shown_when_the_picture_rests(
    toys_open: Studio, noise: Path
) -> None:
    toys_open.choose(effect="seething")
    toys_open.js("() => rollscan.studio.turn(true)")
    toys_open.until("() => says.textContent.includes('Live without seething: stop to see it')")
    toys_open.js("() => rollscan.studio.stopAt(9)")
    toys_open.until("() => says.textContent.includes('With seething')")
    shown = toys_open.js("() => [...rested.getContext('2d').getImageData(0, 0, 60, 44).data]")
    extent = Extent((60, 44), RATE, COUNT, 0, COUNT, False)
    expected = look_up(np.array(decoded(noise)), 9, toys.seething(extent))
    assert (np.reshape(shown, (44, 60, 4))[..., :3] == expected).all()


def test_the_map_that_is_shown_is_the_delay_of_each_pixel(toys_open: Studio) -> None:
    toys_open.choose(effect="tilted")
    toys_open.page.click("#show-map")
    greys = toys_open.js("() => [...map.getContext('2d').getImageData(0, 0, 60, 44).data]")
    extent = Extent((60, 44), RATE, COUNT, 0, COUNT, False)
    late = nearest(delays(toys.tilted(extent), 0, (60, 44)))
    shown = np.reshape(greys, (44, 60, 4))[..., 0]
    assert np.abs(shown - late * 255 / late.max()).max() <= 1
    toys_open.choose()
    assert not toys_open.page.is_visible("#map") and not toys_open.page.is_visible("#show-map")


def test_no_effect_is_named_in_the_page() -> None:
    page = resources.files("rollscan.studio") / "page"
    named = re.compile(rf"[\"'`=]({'|'.join(effects())})\b")  # not as a word in a comment
    for script in page.iterdir():
        if script.name.endswith((".js", ".css")):
            assert not named.findall(script.read_text("utf-8")), script.name


def test_no_setting_of_an_effect_is_read_or_set_by_its_name_in_the_page() -> None:
    page = resources.files("rollscan.studio") / "page"
    own = "|".join({name for effect in effects().values() for name in settings_of(effect)})
    read = re.compile(
        rf"(?:value|matters)\([\"'](?:{own})\b|\b(?:given|settings)\.(?:{own})\b(?!\()"
    )
    written = re.compile(rf"\bset\(\{{ *(?:{own})\b")
    for script in page.iterdir():
        if script.name.endswith(".js"):
            text = script.read_text("utf-8")
            assert not read.findall(text) + written.findall(text), script.name


def test_the_loop_that_matches_is_python_s(studio: Studio, noise: Path) -> None:
    settings = {"loop": "match", "min_loop": 2, "max_loop": 5, "slit_width": 2}
    studio.choose(**settings)
    studio.settle()
    assert re.fullmatch(r"the loop closes \(seam \d+\.\d\)", studio.text("#seam"))
    assert studio.page.is_visible("#match")
    assert_alike(studio, composed(noise, look_of(settings)))


def test_a_loop_of_over_a_thousand_frames_is_python_s(
    open_studio: Open, make_video: MakeVideo
) -> None:
    levels = np.random.default_rng(2).integers(0, 256, (520, 8, 12, 3), np.uint8)
    path = make_video("many.mp4", list(levels), *LOSSLESS, rate=RATE)
    with open_studio(path, "--loop", "boomerang") as studio:
        studio.settle()
        assert_alike(studio, composed(path, Look(loop="boomerang")))


def test_the_picture_stays_until_the_sources_of_another_loop_are_here(studio: Studio) -> None:
    studio.choose(loop="wrap")
    studio.settle()
    before = studio.picture(3)
    held: list[Any] = []
    studio.page.route("**/loop", lambda route: held.append(route))
    studio.js("() => rollscan.studio.state.set({ loop: 'crossfade', fade: 1.75 })")
    assert studio.js("() => rollscan.studio.loops.isAsking")
    assert (studio.picture(3) == before).all()
    assert studio.js("() => rollscan.studio.player.period") == COUNT
    for route in held:
        route.continue_()
    studio.page.unroute("**/loop")
    studio.until("() => rollscan.isComposed")
    assert studio.js("() => rollscan.studio.player.period") == COUNT - 7


def test_a_frame_of_the_clip_is_sought_where_the_loop_shows_it(studio: Studio) -> None:
    studio.choose(loop="crossfade", fade=1.75)
    for frame, k in ((20, 13), (2, 0), (40, 33)):
        studio.js("frame => rollscan.studio.seek(frame)", frame)
        assert studio.js("() => rollscan.studio.player.k") == k


def test_a_part_at_another_speed_is_python_s(studio: Studio, noise: Path) -> None:
    studio.choose(slit_width="auto", loop="crossfade", start=2.5, end=8.25, speed=0.5)
    studio.settle()
    look = look_of({"slit_width": "auto", "loop": "crossfade"})
    assert_alike(studio, composed(noise, look, 2.5, 8.25, speed=0.5))


def test_a_part_that_ends_between_two_frames_is_python_s(studio: Studio, noise: Path) -> None:
    studio.choose(start=0.6, end=4.1)
    studio.settle()
    assert_alike(studio, composed(noise, Look(), 0.6, 4.1))


def test_a_part_of_a_clip_of_variable_rate_has_the_frames_that_python_takes(
    open_studio: Open, noise: Path, tmp_path: Path
) -> None:
    path = tmp_path / "uneven.mp4"
    select = "select='not(mod(n,3))+lt(n,9)'"
    ffmpeg("-i", noise, "-vf", select, "-fps_mode", "vfr", *LOSSLESS, path)
    with open_studio(path, "--end", "4.1") as studio:
        studio.settle()
        assert not studio.js("() => rollscan.studio.clip.even")
        assert_alike(studio, composed(path, Look(), 0, 4.1))


def test_history_flows_as_in_a_file_of_another_width(
    studio: Studio, open_studio: Open, make_video: MakeVideo
) -> None:
    path = make_video("told.mp4", numbered(50), *LOSSLESS, "-g", "10")
    with open_studio(path, "--width", "128", "--slit-width", "3") as wider:
        wider.settle()
        made = composed(path, Look(slit_width=3), width=128)
        for k in (1, 7, 30):
            assert (numbers(wider.picture(k)) == numbers(made[k])[1::2, 1::2]).all()


def test_all_that_can_be_used_has_a_name(studio: Studio) -> None:
    nameless = """() => [...document.querySelectorAll("button, input, a, [role], [tabindex]")]
        .filter(it => it.checkVisibility() && !(it.ariaLabel || it.labels?.[0]?.textContent.trim()
            || it.textContent.trim() || it.role === "status"))
        .map(it => it.outerHTML)"""
    for settings in ({}, {"effect": "displace"}, {"effect": "scan"}, {"loop": "match"}):
        studio.choose(**settings)
        assert studio.js(nameless) == []


def test_looks_are_moving_pictures_of_the_clip_and_a_click_takes_one(studio: Studio) -> None:
    names = studio.page.locator("#looks button").all_inner_texts()
    assert names == list(named_looks())
    drawn = (  # of those that are in sight
        "[...document.querySelectorAll('#looks canvas')].slice(0, 6)"
        ".map(canvas => canvas.toDataURL())"
    )
    studio.page.emulate_media(reduced_motion="no-preference")
    first = studio.until(f"() => {{ const all = {drawn}; return new Set(all).size > 4 && all }}")
    studio.until(f"first => {drawn}.every((now, i) => now !== first[i])", first)
    studio.page.emulate_media(reduced_motion="reduce")
    for name in ("mirror", "ghost"):
        studio.page.click(f"#looks >> text={name}")
        assert studio.sent() == {"look": name}
        assert studio.js("() => rollscan.studio.state.settings().map") == Look.named(name).map
    studio.settle()
    assert studio.text("#command").endswith("--look ghost")


def test_what_is_wrong_is_said_at_its_place(studio: Studio) -> None:
    studio.choose(effect="displace", loop="wrap", depth=99)
    studio.settle()
    assert "99" in studio.text(".wrong .error")
    assert studio.page.is_disabled("#make")
    studio.choose()
    studio.settle()
    assert studio.page.is_enabled("#make") and studio.page.locator(".wrong").count() == 0


def test_what_keeps_make_from_making_is_said_beside_it_with_a_way_out(studio: Studio) -> None:
    studio.choose(effect="displace", loop="wrap", depth=99)
    studio.settle()
    assert studio.text("#expected").startswith("depth is 99")
    studio.page.click("text=Show it")
    about = """() => [document.activeElement.labels[0].textContent,
        document.activeElement.ariaInvalid,
        document.getElementById(document.activeElement.getAttribute('aria-describedby')).textContent]"""
    label, invalid, told = studio.js(about)
    assert label.startswith("depth") and invalid == "true" and "99" in told
    studio.choose(start=900)  # which has no field of its own
    studio.settle()
    assert studio.page.is_disabled("#make") and "start" in studio.text("#expected")
    studio.page.click("text=Leave out start")
    studio.settle()
    assert studio.page.is_enabled("#make") and not studio.page.is_visible("#remedy")
    assert studio.page.locator("[aria-invalid=true]").count() == 0
    studio.choose(gif=None)
    studio.settle()
    assert studio.page.locator("#formats input:checked").count() == 0
    assert studio.text("#expected") == "Choose a format: GIF, MP4, WebM, WebP, AVIF, APNG, ProRes."
    studio.page.click("#formats >> text=GIF")
    studio.settle()
    assert studio.page.is_enabled("#make")


def test_the_look_that_is_lit_is_the_one_in_the_command(studio: Studio) -> None:
    lit = "[...document.querySelectorAll('#looks [aria-pressed=true]')].map(it => it.textContent)"
    for look, effect in (("ghost", "displace"), ("spiral", "displace"), ("bloom", "roll")):
        studio.choose(look=look)
        studio.js("effect => rollscan.studio.state.choose(effect)", effect)
        assert studio.sent().get("rgb") is None, "only the look had set it"
        studio.settle()
        words = studio.text("#command").split()
        named = [words[words.index("--look") + 1]] if "--look" in words else []
        studio.until(f"named => String({lit}) === String(named)", named)
    studio.choose(look="spiral", rgb=0.3)
    studio.js("() => rollscan.studio.state.choose('displace')")
    assert studio.sent()["rgb"] == 0.3, "the user had set it"


@pytest.mark.parametrize("name", ["speed", "fps", "sweep", "slit", "max_bytes"])
def test_a_number_that_is_half_typed_changes_nothing(studio: Studio, name: str) -> None:
    label = {"max_bytes": "at most"}.get(name, name)
    studio.choose(effect="roll" if name == "slit" else "scan", loop="crossfade")
    studio.settle()
    studio.js("() => rollscan.studio.turn(true)")
    field = studio.page.get_by_role("textbox", name=label).first
    before, asked = studio.sent(), plans(studio)
    for keys in ("", "-", "0", "0,"):
        field.press("Control+a")
        field.press("Delete")
        field.press_sequentially(keys)
        assert field.input_value() == keys
        moving(studio)
    assert studio.sent() == before
    assert plans(studio) == asked, "what is half typed was sent to the server"
    field.press("6")
    assert field.input_value() == "0,6"
    assert studio.sent() == {**before, name: 600_000 if name == "max_bytes" else 0.6}
    field.press("Enter")
    assert field.input_value() == "0.6"


def plans(studio: Studio) -> int:
    """How often the page asked what the options come to."""
    return sum(url.endswith("/plan") for url in studio.asked)


def moving(studio: Studio) -> None:
    """Wait until the picture shows another frame than now."""
    now = "() => rollscan.studio.shown"
    studio.until("k => rollscan.studio.shown !== k", studio.js(now), seconds=10)


def test_a_number_that_cannot_be_used_is_refused_where_it_was_typed(studio: Studio) -> None:
    field = studio.page.get_by_role("textbox", name="speed")
    for typed in ("0", "abc", "1e3", "-2", "1,5,5", "5000"):
        field.fill(typed)
        field.press("Enter")
        assert studio.text(".wrong .error") == f"speed is {typed}: give a number from 0.001 to 1000"
        assert studio.sent() == {}
        assert field.input_value() == "1"
    field.press("ArrowUp")
    assert studio.sent() == {"speed": 1.05}
    assert field.input_value() == "1.05"
    assert studio.page.locator(".wrong").count() == 0


def test_nonsense_typed_into_every_field_leaves_a_picture_that_moves(studio: Studio) -> None:
    type_nonsense(studio, random.Random(1))


def type_nonsense(studio: Studio, chance: random.Random) -> None:
    """Type into every field that there is, and see that the picture moves."""
    from playwright.sync_api import TimeoutError

    typed = set()
    for settings in (
        {"slit": [0.2, 0.8], "loop": "crossfade"},
        {"effect": "displace", "loop": "match"},
        {"mp4": "a.mp4", "names": ["instagram-reels"]},
        {"still": "a.png", "strip": "film"},
        *({"effect": each.name} for each in own_effects()),
    ):
        studio.choose(**settings)
        fields = studio.page.locator(".number .name input, .area .name input")
        for i in range(fields.count()):
            if i in typed or not fields.nth(i).is_visible():
                continue
            typed.add(i)
            text = "".join(chance.choices("0123456789..,,--+e: x٣%", k=chance.randint(1, 6)))
            with suppress(TimeoutError):  # what was typed before may have taken it out of sight
                for k in range(1, len(text) + 1):
                    fields.nth(i).fill(text[:k], timeout=1000)
                fields.nth(i).press(chance.choice(("Enter", "ArrowUp", "ArrowDown", "Tab")))
        assert studio.js("() => Number.isFinite(rollscan.studio.player.tick(performance.now()))")
    # What was typed may play once an hour.
    studio.choose(
        **dict.fromkeys(
            ("speed", "fps", "length", "mp4", "names", "focus", "width", "still", "strip")
        )
    )
    studio.js("() => rollscan.studio.turn(true)")
    moving(studio)
    assert typed == set(range(fields.count())), "a field was never in sight"
    assert not studio.wrong


def test_nothing_is_asked_of_options_that_the_server_may_refuse(studio: Studio) -> None:
    studio.choose(deflicker=True)
    studio.settle()
    held: list[Any] = []
    studio.page.route("**/plan", lambda route: held.append(route))
    before = len(studio.asked)
    studio.choose(deflicker=True, speed=-1)
    studio.page.wait_for_timeout(1200)  # longer than anything waits until the hand rests
    asked = {address.rpartition("/")[2] for address in studio.asked[before:]}
    studio.page.unroute("**/plan")  # lets go of what it held
    studio.settle()
    assert asked <= {"plan", "loop", "field", "masks", "icon.svg"}, (
        "a frame or an estimate of options that are refused"
    )
    assert held and not studio.wrong


def test_an_error_while_drawing_is_said_and_the_picture_goes_on(studio: Studio) -> None:
    studio.js(
        "() => { const { painter } = rollscan.studio, { draw } = painter; let left = 3;"
        " painter.draw = function (...how) {"
        " if (left-- > 0) throw new Error('no such thing'); draw.apply(this, how) };"
        " window.said = []; new MutationObserver(() => said.push(says.textContent))"
        ".observe(says, { childList: true }); rollscan.studio.turn(true) }"
    )
    moving(studio)
    assert any("no such thing" in said for said in studio.js("() => said"))
    studio.until("() => !document.querySelector('#says.error')")
    assert "no such thing" in studio.wrong.pop() and not studio.wrong


def test_smooth_is_shown_when_the_picture_rests(studio: Studio, noise: Path) -> None:
    studio.choose(smooth=True, slit_width=4)
    studio.js("() => rollscan.studio.turn(true)")
    assert "without smooth" in studio.text("#says")
    studio.js("() => rollscan.studio.stopAt(9)")
    studio.until("() => document.querySelector('#says').textContent.includes('With smooth')")
    shown = studio.js(
        "() => [...document.querySelector('#rested').getContext('2d')"
        ".getImageData(0, 0, 60, 44).data]"
    )
    expected = composed(noise, Look(smooth=True, slit_width=4))[9]
    assert (np.reshape(shown, (44, 60, 4))[..., :3] == expected).all()


def test_what_is_made_while_the_picture_rests_is_said_to_be(studio: Studio) -> None:
    held: list[Any] = []
    studio.page.route("**/frame", lambda route: held.append(route))
    studio.choose(deflicker=True)
    studio.js("() => rollscan.studio.stopAt(9)")
    studio.settle()
    assert "Live without deflicker: it is being made" in studio.text("#says")
    studio.page.unroute("**/frame")  # lets go of what it held
    studio.until("() => says.textContent.includes('With deflicker')")


@pytest.mark.parametrize(
    "settings",
    [
        *({"look": name} for name in AT_REST),
        {"effect": "displace", "map": "luma", "loop": "wrap"},
        {"effect": "displace", "map": "motion", "depth": "1@0s 3@4s"},
    ],
    ids=lambda case: " ".join(map(str, case.values())),
)
def test_a_look_that_moves_all_pixels_is_shown_when_the_picture_rests(
    studio: Studio, noise: Path, settings: dict[str, Any]
) -> None:
    look = look_of(settings)
    as_written = {"fit_look": False} if "look" in settings else {}
    studio.choose(**settings, **as_written)
    studio.settle()
    studio.js("() => rollscan.studio.stopAt(9)")
    studio.until(f"() => says.textContent.includes('With {look.effect}')")
    shown = studio.js("() => [...rested.getContext('2d').getImageData(0, 0, 60, 44).data]")
    assert (np.reshape(shown, (44, 60, 4))[..., :3] == composed(noise, look)[9]).all()


def test_a_number_moves_at_a_button_by_text_that_can_be_changed_and_stands_again(
    studio: Studio, noise: Path
) -> None:
    studio.choose(effect="bloom", loop="wrap")
    studio.settle()
    studio.page.get_by_role("button", name="ring: moves").click()
    assert studio.sent()["ring"] == "sine(0.6 +- 0.27, 2s)"
    field = studio.page.get_by_role("textbox", name="ring: how it moves")
    sliders = studio.page.get_by_role("slider", name="ring")  # that of its row, and its handle
    assert sliders.count() == 0
    field.fill("30%@0s 80%@5s 30%")
    field.press("Enter")
    studio.until("() => document.querySelector('.wrong .error')?.textContent.includes('no time')")
    field.fill("30%@0s 80%@5s 30%@9s")
    field.press("Enter")
    look = Look(effect="bloom", loop="wrap", ring="30%@0s 80%@5s 30%@9s")
    studio.settle()
    studio.js("() => rollscan.studio.stopAt(9)")
    studio.until("() => says.textContent.includes('With bloom')")
    shown = studio.js("() => [...rested.getContext('2d').getImageData(0, 0, 60, 44).data]")
    assert (np.reshape(shown, (44, 60, 4))[..., :3] == composed(noise, look)[9]).all()
    studio.page.get_by_role("button", name="ring: moves").click()
    assert "ring" not in studio.sent()
    assert sliders.count() == 2
    studio.js("() => rollscan.studio.state.choose('stargate')")
    assert studio.page.get_by_role("button", name="depth: moves").count() == 0


def test_the_gif_made_is_the_command_line_s(studio: Studio, tmp_path: Path) -> None:
    studio.choose(look="spiral", slit=0.4)
    studio.settle()
    studio.page.click("#make")
    with studio.page.expect_download() as download:
        studio.page.click("#made li:first-child >> text=Save")
    made = tmp_path / "made.gif"
    download.value.save_as(made)
    name, *arguments = shlex.split(studio.text("#command"))
    assert name == "rollscan"
    assert rollscan(*arguments, cwd=tmp_path).status == 0
    assert made.read_bytes() == (tmp_path / "levels.gif").read_bytes()
    assert len(gif_frames(made)) > 30
    told = studio.text("#made li:first-child .told")
    assert re.search("60 . 44", told) and "seam" in told


def test_what_is_made_can_be_cancelled(open_studio: Open, tmp_path: Path) -> None:
    path = tmp_path / "minute.mp4"  # which takes seconds to make, and soon is in the page
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=128x72:r=25:d=60", *LOSSLESS, path)
    with open_studio(path) as studio:
        studio.settle()
        studio.page.click("#make")
        studio.until("() => document.querySelector('#made progress')?.value > 0")
        studio.page.click("#made >> text=Cancel")
        studio.until("() => /Cancelled/.test(document.querySelector('#made').textContent)")
        assert studio.page.locator("#made a").count() == 0
        studio.page.click("#make")
        studio.page.click("#made li:first-child >> text=Cancel")
        studio.until("() => document.querySelectorAll('#made [role=alert]').length === 2")


def test_a_clip_is_chosen_and_a_bad_file_does_no_harm(
    open_studio: Open, noise: Path, plain: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("no video\n" * 99)
    with open_studio() as studio:
        studio.until("() => window.rollscan")
        assert studio.page.is_visible("text=Drop a video here")
        studio.page.set_input_files("#file", noise)
        studio.settle()
        assert_alike(studio, composed(noise, Look()))
        dropped = studio.page.evaluate_handle(
            "text => { const held = new DataTransfer();"
            " held.items.add(new File([text], 'notes.txt')); return held }",
            bad.read_text(),
        )
        studio.page.dispatch_event("#stage", "drop", {"dataTransfer": dropped})
        studio.until("() => document.querySelector('#says.error')")
        assert "notes.txt" in studio.text("#says")
        assert_alike(studio, composed(noise, Look()))
        studio.page.set_input_files("#file", plain)  # of another size, while the first one plays
        studio.until("() => rollscan.studio.clip.name === 'plain.mp4'")
        studio.settle()
        assert_alike(studio, composed(plain, Look()))
        assert studio.sent() == {} and "plain.gif" in studio.text("#command")
        assert len(studio.wrong) == 1 and "400" in studio.wrong.pop()  # Chromium's word on it


def test_a_place_is_seen_to_cut_the_picture_or_to_add_to_it(open_studio: Open, noise: Path) -> None:
    with open_studio(noise) as studio:
        studio.settle()
        for width in (1280, 390):
            studio.page.set_viewport_size({"width": width, "height": 800})
            studio.choose(mp4=None)
            studio.settle()
            assert_a_place_is_seen(studio)


def assert_a_place_is_seen(studio: Studio) -> None:
    padded = (1, 60 * 16 / 9 / 44)  # the clip is 60x44, the place takes 9:16
    seen = {"crop": (44 * 9 / 16 / 60, 1), "pad": padded, "blur": padded}
    for_reels = (
        "fit => rollscan.studio.state.set({ gif: null, mp4: 'a.mp4', names: ['reels'], fit })"
    )
    brightest = """() => {
      rollscan.studio.show(0);
      const { width, height } = around;
      const { data } = around.getContext("2d").getImageData(0, 0, width, height);
      return Math.max(...data.filter((_, i) => i % 4 < 3));
    }"""
    boxes = {name: studio.page.locator(name) for name in ("#cut div", "#around")}
    assert not any(box.is_visible() for box in boxes.values())
    for fit, shares in seen.items():
        studio.js(for_reels, fit)
        studio.settle()
        told, shown, other = "Padded", "#around", "#cut div"
        if fit == "crop":
            told, shown, other = "Cut", "#cut div", "#around"
        assert f"{told} for instagram-reels" in studio.text("#says")
        assert not boxes[other].is_visible()
        box, picture, stage = (
            studio.page.locator(name).bounding_box() for name in (shown, "#picture", "#stage")
        )
        for at, side, share in zip("xy", ("width", "height"), shares, strict=True):
            assert box[side] == pytest.approx(share * picture[side], rel=0.02)
            assert box[side] <= stage[side] + 1
            for around in (picture, stage):  # in the middle, to half a pixel of the clip
                middle = around[at] + around[side] / 2
                near = 1 + picture["width"] / 60 / 2
                assert box[at] + box[side] / 2 == pytest.approx(middle, abs=near)
        if fit != "crop":
            assert (studio.js(brightest) > 0) == (fit == "blur")


def test_a_narrow_window_has_all_in_one_column(open_studio: Open, noise: Path) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    with open_studio(noise, **phone, reduced_motion="no-preference") as studio:
        studio.settle()
        assert studio.js("() => rollscan.studio.player.isPlaying")
        for scheme in ("light", "dark"):
            studio.page.emulate_media(color_scheme=scheme, reduced_motion="no-preference")
            for settings in ({}, {"slit": [0, 1], "direction": "left"}, {"effect": "displace"}):
                studio.choose(**settings)
                assert studio.js("() => document.documentElement.scrollWidth") == 390
            studio.choose()
            for sight in (".grip", "#play", "#strip", "#show-command", "#make"):
                box = studio.page.locator(sight).bounding_box()
                assert box["x"] >= 0 and box["x"] + box["width"] <= 390
                assert box["y"] + box["height"] <= 844
            background = studio.js("() => getComputedStyle(document.body).backgroundColor")
            bright = min(map(int, re.findall(r"\d+", background))) > 128
            assert bright == (scheme == "light")


@pytest.mark.parametrize(("width", "height"), [(844, 390), (640, 400), (720, 450)])
def test_a_low_window_has_the_picture_and_its_settings_beside_each_other(
    studio: Studio, width: int, height: int
) -> None:
    studio.page.set_viewport_size({"width": width, "height": height})
    try:
        studio.choose()
        boxes = {
            name: studio.page.locator(name).bounding_box()
            for name in ("#picture", "#panel", "#strip", "#play", "#make", "#file + span")
        }
        assert boxes["#picture"]["height"] > 0.45 * height
        assert boxes["#panel"]["height"] > 0.5 * height
        for box in boxes.values():
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
            assert box["y"] >= 0 and box["y"] + box["height"] <= height
    finally:
        studio.page.set_viewport_size({"width": 1280, "height": 800})


def test_what_is_made_is_saved_in_sight_on_a_phone(studio: Studio) -> None:
    studio.page.set_viewport_size({"width": 390, "height": 844})
    try:
        studio.choose(end=1)
        studio.settle()
        studio.page.click("#make")
        studio.page.wait_for_selector("#made li:first-child a")
        studio.until(
            "() => { const save = made.firstChild.querySelector('a');"
            " const { top, bottom } = save.getBoundingClientRect();"
            " const { top: end } = foot.getBoundingClientRect();"
            " return top > 0 && bottom <= end }"
        )
    finally:
        studio.page.set_viewport_size({"width": 1280, "height": 800})


def test_while_frames_come_few_loops_are_requested(anew: Studio) -> None:
    anew.js(
        """() => {
          const { studio } = rollscan, { frames, clip, loops } = studio, all = frames.count;
          loops.forget(clip.id);
          for (let here = 1; here <= all; here++) {
            frames.arrived = here;
            studio.compose();
          }
        }"""
    )
    anew.settle()
    requested = anew.js("() => performance.getEntriesByType('resource').map(({ name }) => name)")
    asked = [address for address in requested if address.endswith("/loop")]
    assert 0 < len(asked) < 30, "one for each doubling, and those of the tiles"


def test_every_option_of_the_command_line_is_on_the_page_or_named_there(anew: Studio) -> None:
    typed = {each.option_strings[-1] for each in parser()._actions if each.option_strings}
    on_page = anew.js(
        "() => [...document.querySelectorAll('[data-option]')].map(it => it.dataset.option)"
    )
    named = anew.page.locator("#elsewhere dt").all_inner_texts()
    assert typed == {*on_page, *named}
    assert not {*on_page} & {*named}


def test_results_are_stills_of_which_one_plays_while_it_is_pointed_at(anew: Studio) -> None:
    anew.choose(end=1, webm="a.webm", smooth=False)
    anew.settle()
    before = anew.page.locator("#made .file").count()
    anew.page.click("#make")
    anew.until("n => made.querySelectorAll('.file').length === n + 2", before)
    drawn = """() => [...made.querySelectorAll('canvas')].every(canvas =>
        canvas.getContext('2d').getImageData(72, 72, 1, 1).data[3] === 255)"""
    anew.until(drawn)
    playing = "() => [...made.querySelectorAll('img, video')].map(it => it.localName)"
    assert anew.js(playing) == []
    for k in range(2):
        anew.page.hover(f"#made .face >> nth={k}")
        anew.until("() => made.querySelector('img, video')")
        assert len(anew.js(playing)) == 1
    anew.js("() => rollscan.studio.state.set({ slit: 0.3 }, 'slit')")  # as a drag does
    assert anew.js(playing) == []
    anew.js("() => rollscan.studio.state.release()")


def test_two_results_are_compared_in_the_large_view_and_one_is_deleted(anew: Studio) -> None:
    anew.choose(end=1, webm="a.webm", smooth=False)
    anew.settle()
    before = anew.page.locator("#made .file").count()
    anew.page.click("#make")
    anew.until("n => made.querySelectorAll('.file').length === n + 2", before)
    anew.page.click("#made .face >> nth=0")
    anew.page.click("#viewer .others .face >> nth=0")
    assert anew.page.locator("#viewer figure").count() == 2
    wide = anew.page.locator("#viewer .results").bounding_box()
    handle = anew.page.locator("#viewer .divide").bounding_box()
    assert handle["x"] + 1 == pytest.approx(wide["x"] + wide["width"] / 2, abs=2)
    anew.page.click("#viewer >> text=Side by side")
    assert anew.page.locator("#viewer .divide").count() == 0
    anew.page.click("#viewer >> text=Delete >> nth=0")
    assert anew.page.locator("#made .file").count() == before + 2, "one click deletes nothing"
    anew.page.click("#viewer >> text=Really?")
    anew.until("n => made.querySelectorAll('.file').length === n + 1", before)
    assert not anew.page.is_visible("#viewer")
    anew.page.reload()
    anew.settle()
    anew.until("n => made.querySelectorAll('.file').length === n + 1", before)


def test_the_clip_itself_is_shown_while_a_key_is_held_and_beside_a_handle(
    anew: Studio, noise: Path
) -> None:
    anew.choose(loop="boomerang")
    anew.settle()
    clip, made = decoded(noise), anew.picture(12)
    anew.page.keyboard.down("b")
    assert np.abs(anew.picture(12).astype(int) - clip[12]).max() <= 2
    anew.page.keyboard.up("b")
    assert (anew.picture(12) == made).all()
    anew.page.click("#split")
    divided = anew.picture(12)
    assert np.abs(divided[:, :30].astype(int) - clip[12][:, :30]).max() <= 2
    assert (divided[:, 30:] == made[:, 30:]).all()
    anew.page.click("#split")


def test_a_part_of_the_loop_repeats(anew: Studio) -> None:
    anew.choose()
    anew.settle()
    anew.js("() => rollscan.studio.stopAt(20)")
    anew.page.click("#again")
    assert anew.page.is_visible("#again-from")
    ticked = """() => { const { player } = rollscan.studio; let then = performance.now();
        return Array.from({ length: 60 }, () => player.tick(then += 200)) }"""
    shown = set(anew.js(ticked))
    assert 20 in shown and max(shown) - min(shown) <= 5, "a second, at 4 frames per second"
    anew.page.click("#again")
    assert len(set(anew.js(ticked))) == COUNT


def test_the_picture_is_zoomed_and_fits_again(anew: Studio) -> None:
    wide = "() => Math.round(picture.offsetWidth)"
    before = anew.js(wide)
    anew.page.click("#larger")
    anew.page.click("#larger")
    assert anew.js(wide) == pytest.approx(2 * before, abs=2)
    assert anew.text("#fitted") == "2 ×"
    anew.page.keyboard.press("0")
    assert anew.js(wide) == before


def test_forced_colours_leave_what_is_chosen_and_what_is_held_in_sight(studio: Studio) -> None:
    studio.choose()
    studio.page.emulate_media(forced_colors="active")
    try:
        colours = """at => {
          const canvas = document.createElement("canvas").getContext("2d");
          return [...document.querySelectorAll(at)].slice(0, 2).map(it => {
            canvas.fillStyle = getComputedStyle(it).backgroundColor;
            canvas.fillRect(0, 0, 1, 1);
            return String(canvas.getImageData(0, 0, 1, 1).data);
          });
        }"""
        chosen = studio.js(colours, "#effect input:checked + span")
        others = studio.js(colours, "#effect input:not(:checked) + span")
        assert chosen[0] not in others
        page = studio.js(colours, "body")[0]
        for held in (".grip", "#start", "#head"):
            assert studio.js(colours, held)[0] != page
        play = "() => getComputedStyle(document.querySelector('#play'), '::before').backgroundColor"
        assert studio.js(play) != studio.js(
            "() => getComputedStyle(document.querySelector('#play')).backgroundColor"
        )
    finally:
        studio.page.emulate_media(forced_colors="none")


def test_what_is_chosen_stands_out_by_three_to_one(studio: Studio) -> None:
    level = """at => {
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.fillStyle = at;
      canvas.fillRect(0, 0, 1, 1);
      const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(part => part / 255);
      const [r, g, b] = parts.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }"""
    for scheme in ("light", "dark"):
        studio.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        edge, under = (
            studio.js(
                level, studio.js(f"() => getComputedStyle(document.querySelector('{at}')).{of}")
            )
            for at, of in (
                ("#effect input:checked + span", "borderTopColor"),
                ("#effect .choices", "backgroundColor"),
            )
        )
        assert (max(edge, under) + 0.05) / (min(edge, under) + 0.05) >= 3
    studio.page.emulate_media(color_scheme="light", reduced_motion="reduce")


def test_who_wants_no_motion_sees_a_frame_with_history(anew: Studio) -> None:
    assert anew.js("() => rollscan.studio.player.k") == round(0.7 * COUNT)


def test_a_studio_that_has_ended_is_told_of(anew: Studio) -> None:
    anew.page.route("**/plan", lambda route: route.abort("connectionrefused"))
    anew.choose(slit=0.2)
    anew.until("() => document.querySelector('#says.error')")
    anew.page.unroute("**/plan")
    assert "rollscan --ui" in anew.text("#says")
    assert "REFUSED" in anew.wrong.pop()


def test_who_wants_no_motion_gets_none(anew: Studio) -> None:
    assert not anew.js("() => rollscan.studio.player.isPlaying")
    drawn = "() => document.querySelector('#looks canvas').toDataURL()"
    anew.until(  # set to the clip, with which it is drawn anew
        "() => { const { fitsOf, tiles: [tile] } = rollscan.studio.looks;"
        " return fitsOf && tile.basis?.includes(fitsOf) && tile.then > 0 }"
    )
    before = anew.js(drawn)
    time.sleep(0.4)
    assert anew.js(drawn) == before


def test_a_gpu_that_goes_away_comes_back_with_the_picture(anew: Studio, noise: Path) -> None:
    anew.js(
        "() => { window.lost = rollscan.studio.painter.gl.getExtension('WEBGL_lose_context');"
        " lost.loseContext() }"
    )
    anew.until("() => document.querySelector('#says.error')")
    anew.js("() => lost.restoreContext()")
    anew.until("() => !document.querySelector('#says.error')")
    anew.settle()
    assert_alike(anew, composed(noise, Look()))


def test_a_gpu_with_few_layers_holds_all_frames(open_studio: Open, noise: Path) -> None:
    few = (
        "const it = WebGL2RenderingContext.prototype, { getParameter } = it;"
        "it.getParameter = function (name) {"
        " return name === it.MAX_ARRAY_TEXTURE_LAYERS ? 8 : getParameter.call(this, name) }"
    )
    with open_studio(noise, "--loop", "boomerang", init=few) as studio:
        studio.settle()
        assert studio.js("() => rollscan.studio.painter.tall") == 6
        assert_alike(studio, composed(noise, Look(loop="boomerang")))


def test_a_browser_without_webgl_is_told_so(open_studio: Open, noise: Path) -> None:
    without = (
        "const { getContext } = HTMLCanvasElement.prototype;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        " return kind === 'webgl2' ? null : getContext.call(this, kind, ...more) }"
    )
    with open_studio(noise, init=without) as studio:
        studio.until("() => document.querySelector('#says.error')")
        assert "WebGL 2" in studio.text("#says")
