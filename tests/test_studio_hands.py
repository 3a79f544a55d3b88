"""The studio's page in the hand, in a real Chromium: by pointer and by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from studio_page import (  # noqa: F401
    COUNT,
    MARKS,
    RATE,
    Studio,
    _no_ffmpeg_is_left_behind,
    assert_alike,
    composed,
    set_to,
)

from rollscan.look import Look

pytestmark = MARKS


def test_a_point_in_the_picture_is_dragged_and_typed(toys_open: Studio) -> None:
    toys_open.choose(effect="tilted")
    before = toys_open.picture(30)
    box = toys_open.page.locator("#picture").bounding_box()
    toys_open.drag("[role=slider][aria-label=Centre]", box["width"] / 5, -box["height"] / 10)
    assert toys_open.sent()["centre"] == pytest.approx([0.7, 0.4], abs=0.01)
    toys_open.page.keyboard.press("ArrowDown")
    toys_open.page.keyboard.press("ArrowRight")
    assert toys_open.sent()["centre"] == pytest.approx([0.705, 0.405], abs=0.01)
    toys_open.until("() => rollscan.isComposed")
    assert (toys_open.picture(30) != before).any()
    x, y = (toys_open.page.get_by_role("textbox", name=name) for name in ("centre x", "centre y"))
    x.fill("0.25")
    y.fill("1")
    y.press("Enter")
    assert toys_open.sent()["centre"] == [0.25, 1]


def test_the_slit_is_dragged_and_history_forms_anew(anew: Studio, noise: Path) -> None:
    studio = anew  # its hint goes with the first drag
    before = studio.picture(30)
    height = studio.page.locator("#picture").bounding_box()["height"]
    assert studio.page.is_visible("text=drag the slit")
    studio.drag(".grip", 0, height / 4)
    assert not studio.page.is_visible("text=drag the slit")
    studio.settle()
    slit = studio.sent()["slit"]
    assert slit == pytest.approx(0.75, abs=0.01)
    assert f"--slit {slit}" in studio.text("#command")
    assert (studio.picture(30) != before).any()
    assert_alike(studio, composed(noise, Look(slit=slit)))
    studio.page.click("#undo")
    assert studio.sent() == {}, "a drag is one step back"


def test_the_slit_is_pulled_thicker_and_turned(studio: Studio, noise: Path) -> None:
    height = studio.page.locator("#picture").bounding_box()["height"]
    studio.drag(".thickness", 0, 4 * height / 44)
    assert studio.sent() == {"slit_width": 5}
    for to in ("down", "left", "right", "out"):
        studio.page.hover("#picture")
        studio.page.click(f".turn[data-to={to}]")
        assert studio.sent() == {"slit_width": 5, "direction": to}
    studio.until("() => rollscan.isComposed")
    assert_alike(studio, composed(noise, Look(slit_width=5, direction="out")))


def test_the_points_of_a_moving_slit_are_dragged(studio: Studio) -> None:
    studio.choose(slit=[0.2, 0.6, 0.2])
    height = studio.page.locator("#picture").bounding_box()["height"]
    studio.drag("[aria-label='Slit, 2 of 2']", 0, height / 5)
    studio.drag("[aria-label='Slit, 1 of 2']", 0, height / 10)
    first, second, last = studio.sent()["slit"]
    assert first == last == pytest.approx(0.3, abs=0.01), "the way stays closed"
    assert second == pytest.approx(0.8, abs=0.01)


def test_the_part_is_chosen_on_the_strip(studio: Studio, noise: Path) -> None:
    width = studio.page.locator("#strip").bounding_box()["width"]
    studio.drag("#start", 8 * width / COUNT, 0)
    studio.drag("#end", -11 * width / COUNT, 0)
    studio.settle()
    assert studio.sent() == {"start": 2, "end": 7.5}
    assert_alike(studio, composed(noise, Look(), 2, 7.5))


def test_everything_is_done_by_keyboard_alone(studio: Studio) -> None:
    press = studio.page.keyboard.press

    def walk_to(selector: str) -> None:
        for _ in range(120):
            press("Tab")
            if studio.js("at => document.activeElement.matches(at)", selector):
                return
        raise AssertionError(f"Tab never comes to {selector}")

    studio.js("() => document.activeElement.blur()")
    press("ArrowRight")
    press("ArrowRight")
    assert studio.js("() => rollscan.studio.player.k") == 2
    press("ArrowLeft")
    assert studio.js("() => rollscan.studio.player.k") == 1
    press("Space")
    assert studio.js("() => rollscan.studio.player.isPlaying")
    press("Space")
    assert not studio.js("() => rollscan.studio.player.isPlaying")
    walk_to("[role=slider][aria-label=Slit]")
    press("ArrowDown")
    press("PageDown")
    assert studio.sent() == {"slit": 0.555}
    assert studio.js("() => document.activeElement.ariaValueText") == "55.5 % from the top"
    walk_to("[role=slider][aria-label='Slit width']")
    press("ArrowDown")
    walk_to(".turn[data-to=down]")
    press("Enter")
    assert studio.sent() == {"slit": 0.555, "slit_width": 2, "direction": "down"}
    walk_to("[role=slider][aria-label=Start]")
    press("ArrowRight")
    assert studio.sent()["start"] == 0.25
    walk_to("#looks button")
    press("Enter")
    assert studio.sent() == {"look": "stargate", "start": 0.25}
    press("Control+z")
    assert studio.sent()["slit"] == 0.555
    walk_to("#make")
    outline = "() => getComputedStyle(document.activeElement).outlineStyle"
    assert studio.js(outline) == "solid", "the focus is in sight"


def held_at(studio: Studio, label: str) -> tuple[float, float]:
    """Where the middle of a handle is, as shares of the picture."""
    box = studio.page.locator(f"#hands [role=slider][aria-label={label}]").bounding_box()
    picture = studio.page.locator("#picture").bounding_box()
    x, y = (
        (box[at] + box[side] / 2 - picture[at]) / picture[side]
        for at, side in (("x", "width"), ("y", "height"))
    )
    return x, y


def pull(studio: Studio, *places: tuple[float, float], escape: bool = False) -> None:
    """Press at the first of these shares of the picture, and move over the others."""
    picture = studio.page.locator("#picture").bounding_box()
    mouse = studio.page.mouse
    for i, (x, y) in enumerate(places):
        mouse.move(picture["x"] + x * picture["width"], picture["y"] + y * picture["height"])
        if not i:
            mouse.down()
    if escape:
        studio.page.keyboard.press("Escape")
        mouse.move(picture["x"], picture["y"])
    mouse.up()


@pytest.mark.parametrize(
    ("form", "shown", "reach"), [("circle", "ellipse", (22, 22)), ("frame", "rect", (30, 22))]
)
def test_a_radius_is_dragged_by_its_knob_and_by_its_edge(
    toys_open: Studio, form: str, shown: str, reach: tuple[float, float]
) -> None:
    toys_open.choose(effect="tilted", centre=[0.4, 0.5], form=form, wind=-0.125)
    box = f"() => (at => [at.width, at.height])(hands.querySelector('{shown}').getBBox())"
    across, down = (side / length for side, length in zip(reach, (60, 44), strict=True))
    for radius in (0.5, 0.8):  # of the clip, 60x44
        assert toys_open.js(box) == pytest.approx([2 * side * radius for side in reach], abs=0.1)
        if radius == 0.5:
            pull(toys_open, held_at(toys_open, "Bubble"), (0.4, 0.5 + 0.8 * down))
            assert toys_open.sent()["bubble"] == pytest.approx(0.8, abs=0.01)
    assert held_at(toys_open, "Bubble") == pytest.approx((0.4, 0.5 + 0.8 * down), abs=0.01)
    pull(toys_open, (0.4 - 0.8 * across, 0.5), (0.4 - 0.3 * across, 0.5))  # the other side's edge
    assert toys_open.sent()["bubble"] == pytest.approx(0.3, abs=0.01)
    toys_open.page.keyboard.press("ArrowUp")
    toys_open.page.keyboard.press("Shift+ArrowRight")
    assert toys_open.sent()["bubble"] == pytest.approx(0.41, abs=0.01)
    pull(toys_open, (0.4 - 0.41 * across, 0.5), (0.4, 0.5))
    assert toys_open.sent()["bubble"] == 0.1, "as Python takes no less"


def test_a_direction_is_dragged_round_its_centre(toys_open: Studio) -> None:
    toys_open.choose(effect="tilted", centre=[0.4, 0.5])
    x, y = held_at(toys_open, "Wind")
    assert x > 0.5 and y == pytest.approx(0.5, abs=0.01), "a quarter of a turn from the top"
    for place, turns in (
        ((0.4, 0.9), 0.5),
        ((0.1, 0.5), -0.25),
        ((0.4 + 15 / 60, 0.5 - 15 / 44), 0.125),
    ):
        pull(toys_open, held_at(toys_open, "Wind"), place)
        assert abs(toys_open.sent()["wind"]) == pytest.approx(abs(turns), abs=0.01)
        assert turns == 0.5 or toys_open.sent()["wind"] == pytest.approx(turns, abs=0.01)
    toys_open.page.keyboard.press("ArrowRight")
    assert toys_open.sent()["wind"] == pytest.approx(0.135, abs=0.01)
    text = "() => document.activeElement.ariaValueText"
    assert toys_open.js(text) == f"{round(360 * toys_open.sent()['wind'])} degrees"


def test_escape_ends_a_drag_and_takes_it_back(studio: Studio) -> None:
    studio.choose(slit=0.3)
    steps = studio.js("() => rollscan.studio.state.past.length")
    pull(studio, held_at(studio, "Slit"), (0.5, 0.7), (0.5, 0.9), escape=True)
    assert studio.sent() == {"slit": 0.3}
    assert studio.js("() => rollscan.studio.state.past.length") == steps, "no step to undo"


def test_the_line_of_a_slit_is_dragged_wherever_it_is_taken(studio: Studio) -> None:
    studio.choose(slit=0.3)
    pull(studio, (0.3, 0.3), (0.4, 0.6))
    assert studio.sent()["slit"] == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize("direction", ["up", "left"])
@pytest.mark.parametrize("slit", [0, 1])
def test_handles_stay_in_sight_at_the_edges_of_a_small_picture(
    studio: Studio, slit: int, direction: str
) -> None:
    studio.page.set_viewport_size({"width": 390, "height": 844})
    try:
        studio.choose(slit=slit, direction=direction)
        picture = studio.page.locator("#picture").bounding_box()
        for handle in (".slit .grip", ".thickness", *(f".turn >> nth={i}" for i in range(5))):
            box = studio.page.locator(handle).bounding_box()
            for at, side in (("x", "width"), ("y", "height")):
                assert picture[at] - 1 <= box[at], handle
                assert box[at] + box[side] <= picture[at] + picture[side] + 1, handle
    finally:
        studio.page.set_viewport_size({"width": 1280, "height": 800})


def test_the_strip_is_scrubbed_with_the_pointer_held(studio: Studio) -> None:
    studio.choose()
    box = studio.page.locator("#strip").bounding_box()
    mouse, y = studio.page.mouse, box["y"] + box["height"] / 2
    shown = "() => rollscan.studio.player.k"
    mouse.move(box["x"] + 10.2 * box["width"] / COUNT, y)
    mouse.down()
    assert studio.js(shown) == 10
    mouse.move(box["x"] + 30.2 * box["width"] / COUNT, y)
    assert studio.js(shown) == 30
    mouse.up()
    mouse.move(box["x"] + 3 * box["width"] / COUNT, y)
    assert studio.js(shown) == 30


def test_keys_do_the_same_after_a_click_as_before_it(studio: Studio) -> None:
    studio.choose()
    studio.page.click("#looks >> text=ripple")
    steps = studio.js("() => rollscan.studio.state.past.length")
    studio.page.keyboard.press("Space")
    assert studio.js("() => rollscan.studio.player.isPlaying")
    assert studio.js("() => rollscan.studio.state.past.length") == steps
    studio.page.keyboard.press("Space")
    studio.page.keyboard.press("Control+z")
    assert studio.sent() == {}
    studio.page.keyboard.press("Control+y")
    assert studio.sent() == {"look": "ripple"}


def test_the_frame_of_a_crop_is_dragged_to_its_focus(studio: Studio) -> None:
    studio.choose(gif=None, mp4="a.mp4", names=["instagram-reels"])
    studio.settle()
    side = 44 * 9 / 16 / 60  # what the place keeps of the width
    before = studio.js("() => rollscan.studio.shape.x")
    x = studio.page.get_by_role("textbox", name="focus x")
    assert x.input_value() == f"{before + side / 2:.2f}".rstrip("0"), "where most moves"
    pull(studio, (before + side / 2, 0.9), (before + side / 2 + 0.1, 0.8))
    studio.settle()
    assert studio.sent()["focus"] == pytest.approx([before + side / 2 + 0.1, 0.5], abs=0.01)
    assert studio.js("() => rollscan.studio.shape.x") == pytest.approx(before + 0.1, abs=0.02)
    assert "--focus" in studio.text("#command")
    studio.page.keyboard.press("ArrowRight")
    assert studio.sent()["focus"][0] == pytest.approx(before + side / 2 + 0.105, abs=0.01)
    pull(studio, (before + side / 2 + 0.1, 0.9), (0.999, 0.9))
    assert studio.sent()["focus"] == pytest.approx([1 - side / 2, 0.5], abs=0.01)
    studio.page.click("[aria-label='focus x: auto']")
    assert "focus" not in studio.sent()
    studio.choose(gif="a.gif", mp4=None, names=None)


def test_a_length_is_chosen_and_its_part_is_shown(studio: Studio, noise: Path) -> None:
    studio.choose()
    studio.settle()
    everything = studio.page.locator("[aria-label='length: all']")
    field = studio.page.get_by_role("textbox", name="length")
    assert everything.get_attribute("aria-pressed") == "true"
    assert field.input_value() == "10.25"
    field.fill("4")
    field.press("Enter")
    studio.settle()
    assert studio.sent() == {"length": 4}
    assert "--length 4" in studio.text("#command")
    part = studio.js("() => rollscan.studio.spans.composed")
    assert part["count"] == 4 * RATE
    start, end = (part["first"] + at for at in (0, part["count"]))
    assert_alike(studio, composed(noise, Look(), start / RATE, end / RATE))
    studio.page.click("[aria-label='length: auto']")
    assert studio.sent() == {"length": "auto"}
    everything.click()
    assert studio.sent() == {"length": "all"}


def test_an_area_is_begun_moved_and_pulled_at_its_corners(toys_open: Studio) -> None:
    studio = toys_open
    studio.choose(effect="tilted", bubble=0.1)  # whose ring leaves the picture free
    studio.page.click("[aria-label='patch: Choose in the picture']")
    assert studio.sent()["patch"] == [0.3, 0.3, 0.4, 0.4]
    pull(studio, (0.35, 0.35), (0.45, 0.4), (0.5, 0.45))
    assert studio.sent()["patch"] == pytest.approx([0.45, 0.4, 0.4, 0.4], abs=0.01)
    studio.page.keyboard.press("ArrowLeft")
    assert studio.sent()["patch"] == pytest.approx([0.445, 0.4, 0.4, 0.4], abs=0.01)
    studio.page.click("#undo")
    studio.page.click("#undo")
    assert studio.sent()["patch"] == [0.3, 0.3, 0.4, 0.4], "a drag is one step back"
    for corner, to, expected in (
        ("top left", (0.1, 0.2), [0.1, 0.2, 0.6, 0.5]),
        ("bottom right", (0.99, 0.9), [0.1, 0.2, 0.89, 0.7]),
        ("bottom left", (0.2, 0.8), [0.2, 0.2, 0.79, 0.6]),
        ("top right", (0.02, 0.3), [0.2, 0.3, 0.01, 0.5]),  # not past the other side
        ("top right", (0.4, 0.25), [0.2, 0.25, 0.2, 0.55]),
    ):
        pull(studio, held_at(studio, f"'Patch, {corner}'"), to)
        assert studio.sent()["patch"] == pytest.approx(expected, abs=0.01)
    studio.page.keyboard.press("Shift+ArrowDown")
    assert studio.sent()["patch"] == pytest.approx([0.2, 0.3, 0.2, 0.5], abs=0.01)
    before = studio.sent()["patch"]
    pull(studio, (0.3, 0.4), (0.9, 0.9), escape=True)
    assert studio.sent()["patch"] == before
    studio.page.click("[aria-label='patch: Remove']")
    assert "patch" not in studio.sent()
    assert studio.page.locator("#hands [aria-label=Patch]").count() == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [("16 : 9", "16:9"), ("10%, 0, 0.5, 1", [0.1, 0, 0.5, 1]), ("", None)],
)
def test_an_area_that_may_be_a_ratio_is_typed(toys_open: Studio, text: str, value: object) -> None:
    toys_open.choose(effect="tilted", trim="4:3", patch=[0.3, 0.3, 0.4, 0.4])
    assert toys_open.page.locator("#hands [aria-label=Patch]").count() == 1
    assert toys_open.page.locator("#hands [aria-label=Trim]").count() == 0, "it is cut off"
    field = toys_open.page.get_by_role("textbox", name="trim")
    assert field.input_value() == "4:3"
    for wrong in ("16:", "0:1", "0.6,0,0.5,1", "0,0,0,1", "0.1,0.2", "1,2,3,4", "wide"):
        field.fill(wrong)
        field.press("Enter")
        assert f"trim is {wrong!r}: give a ratio" in toys_open.text(".row.wrong .error")
        assert toys_open.sent()["trim"] == "4:3"
    field.fill(text)
    field.press("Enter")
    assert toys_open.sent().get("trim") == value
    assert toys_open.page.locator(".row.wrong").count() == 0


def test_what_is_about_the_clip_stays_when_a_look_is_chosen(anew: Studio, noise: Path) -> None:
    studio = anew
    field = studio.page.get_by_role("textbox", name="crop")
    field.fill("1:1")
    field.press("Enter")
    studio.page.click("[aria-label='still area: Choose in the picture']")
    studio.page.get_by_label("steady").check()
    studio.page.click("#looks >> text=ripple")
    studio.page.get_by_label("steady").uncheck()
    studio.until("() => String(rollscan.studio.frames.size) === '44,44' && rollscan.isSettled")
    pull(studio, (0.35, 0.35), (0.25, 0.4))
    studio.settle()
    area = studio.sent()["still_area"]
    assert area == pytest.approx([0.2, 0.35, 0.4, 0.4], abs=0.01)
    assert studio.sent() == {"look": "ripple", "crop": "1:1", "still_area": area}
    assert f"--still-area {','.join(map(str, area))}" in studio.text("#command")
    look = set_to(noise, "ripple", crop="1:1", still_area=area)
    assert_alike(studio, composed(noise, look, crop="1:1"))
    studio.page.reload()
    studio.settle()
    assert studio.sent() == {"look": "ripple", "crop": "1:1", "still_area": area}
