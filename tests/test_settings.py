"""Settings: each is declared once, and what is derived from it agrees with it."""

from __future__ import annotations

import copy
import math
import pickle
import runpy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paths import paths

from rollscan import ArgumentError, Look
from rollscan.deliver.formats import FORMATS
from rollscan.effect import effects
from rollscan.job import Job, settings
from rollscan.kinds import Kind
from rollscan.look import effect_of
from rollscan.options import words_of
from rollscan.parser import parser
from rollscan.setting import Setting, settings_of
from rollscan.studio.start import start
from rollscan.typed import JobSettings, LookSettings

ROOT = Path(__file__).parents[1]


def test_type_checkers_know_every_setting() -> None:
    assert list(LookSettings.__annotations__) == list(Look.declared())
    named = [name for name in Job.declared() if name not in ("input", "look")]
    assert list(JobSettings.__annotations__) == named


def test_the_page_of_options_is_as_the_command_writes_it() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "_site" / "options.py"))["page"]()
    assert (ROOT / "docs" / "options.md").read_text(encoding="utf-8") == written


@pytest.mark.parametrize("each", settings().values(), ids=lambda each: each.name)
def test_a_default_is_a_value_of_its_setting(each: Setting) -> None:
    if each.name != "input":  # which has none
        assert each.kind.check(each.name, each.default) == each.default


CONTROLS = (
    *("number", "choice", "switch", "colour", "position", "point", "area", "radius", "angle"),
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "slit": st.floats(0, 1) | st.lists(st.floats(0, 1), min_size=2, max_size=4).map(tuple),
    "slit_width": st.just("auto") | st.integers(1, 10**6) | paths(st.integers(1, 99), 9),
    "centre": paths(st.tuples(st.floats(0, 1), st.floats(0, 1)), 9),
    "angle": paths(st.floats(-1, 1), 9),
    "feather": st.integers(0, 10**6),
    "rgb": st.floats(0, 1e6),
    "depth": st.floats(1e-3, 1e6) | paths(st.floats(1e-3, 1e6), 9),
    "sweep": st.floats(1e-3, 1e6),
    "line": st.sampled_from(["red", "#00ff7f", "hsl(0, 100%, 50%)"]),
    "map": st.sampled_from(["radial", "a picture.png", "-dash.png"]),
    "scale": st.floats(1e-3, 1000),
    "fps": st.floats(1e-3, 50),
    "width": st.integers(1, 10**6),
    "max_bytes": st.integers(100, 10**12),
    "names": st.lists(st.sampled_from(["discord", "x"]), min_size=1).map(tuple),
    "start": st.sampled_from([3, 1.5, (0, 1, 2.5)]),
    "loop": st.sampled_from(["cut", "wrap", "match"]),
    "steady": st.booleans(),
    "recipe": st.booleans(),
    "sound": st.booleans() | st.sampled_from(["a b.mp3", "./-c.wav"]).map(Path),
}


@pytest.mark.parametrize("name", VALUES)
@given(data=st.data())
def test_what_is_written_for_the_command_line_is_read_as_the_same_value(
    name: str, data: st.DataObject
) -> None:
    each = settings()[name]
    value = each.kind.check(name, data.draw(VALUES[name]))
    read = vars(parser().parse_args(["a.mp4", *words_of({name: value})])).get(name, each.default)
    if name == "start":  # which is kept as it was given
        value, read = each.kind.write(value), each.kind.write(read)
    assert each.kind.check(name, read) == value


@given(
    st.sampled_from(sorted(set(settings()) - {"input"})),
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.floats()
    | st.text(max_size=3)
    | st.lists(st.floats(), max_size=2)
    | st.just({}),
)
def test_a_wrong_value_is_one_line_that_names_the_setting(name: str, value: object) -> None:
    owner: type[Any] = Look if name in Look.declared() else Job
    first = () if owner is Look else ("a.mp4",)
    try:
        kept = getattr(owner(*first, **{name: value}), name)
    except ArgumentError as error:
        assert "\n" not in str(error)
        assert name in str(error) or "web address" in str(error)
    else:
        assert settings()[name].kind.check(name, kept) == kept or value != value


def test_a_look_keeps_and_ignores_settings_of_other_effects_and_loops() -> None:
    look = Look(effect="scan", feather=3, min_loop=1.5, depth=2.0)
    assert (look.feather, look.min_loop, look.depth) == (3, 1.5, 2.0)
    assert effect_of(look) == effect_of(Look(effect="scan"))


def test_a_shared_setting_is_checked_as_the_chosen_effect_has_it() -> None:
    assert Look(direction="out").direction == "out"
    with pytest.raises(ArgumentError, match=r"direction is 'out', and a scan has a line: give one"):
        Look(effect="scan", direction="out")


@pytest.mark.parametrize("record", [Look(slit=(0.2, 0.8)), Job("a.mp4", gif="a.gif", fps=12.0)])
def test_a_record_is_equal_hashable_and_cannot_be_changed(record: Look | Job) -> None:
    for twin in (pickle.loads(pickle.dumps(record)), copy.copy(record), record.over()):
        assert twin == record
        assert hash(twin) == hash(record)
    with pytest.raises(AttributeError, match="cannot be changed"):
        record.fps = 3
    with pytest.raises(AttributeError, match="cannot be changed"):
        del record.fps
    assert eval(repr(record), {"Look": Look, "Job": Job, **vars(__import__("pathlib"))}) == record


def test_an_unknown_setting_is_a_mistake_in_the_call() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'slot'"):
        Look(slot=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="takes its settings by keyword"):
        Job("a.mp4", "b.gif")  # type: ignore[misc]
    with pytest.raises(TypeError, match="multiple values for argument 'input'"):
        Job("a.mp4", input="b.mp4")  # type: ignore[misc]


def test_a_job_takes_names_of_files_and_of_looks() -> None:
    job = Job("a.mp4", gif="b.gif", sound="c.mp3", look="spiral")
    assert (job.input, job.gif, job.sound) == (Path("a.mp4"), Path("b.gif"), Path("c.mp3"))
    assert job.look == Look.named("spiral")
    assert Job("a.mp4", max_bytes="2MB", scale="20%").max_bytes == 2_000_000  # type: ignore[arg-type]
    assert Job("a.mp4", names="discord, x").names == ("discord", "x")  # type: ignore[arg-type]
    for name, wrong in (
        *(("max_bytes", 0), ("max_bytes", "lots"), ("look", 3), ("gif", 3), ("colors", 1)),
        *(("names", 3), ("names", [3])),
    ):
        with pytest.raises(ArgumentError, match=f"^{name} is .*: give"):
            Job("a.mp4", **{name: wrong})  # type: ignore[arg-type]


def test_every_setting_that_the_page_sets_is_told_with_all_that_it_takes() -> None:
    told = {each["name"]: each for each in start()["settings"]}
    assert {name for name, each in told.items() if each["look"]} == set(Look.declared())
    for name, each in settings().items():
        if each.section and name != "effect":
            assert told[name]["section"] == each.section
            assert each.kind.control
            assert told[name]["control"] in CONTROLS
            if "slider" in told[name]:
                least, most, step = told[name]["slider"]
                assert least < most and step > 0
    assert start()["formats"] == {
        name: each.title for name, each in FORMATS.items() if each.is_one_file
    }


NUMBERS = {  # the least and the most that the page takes, whether whole ones only, and their unit
    "slit": (0, 1, False, ""),
    "depth": (0.001, 1e6, False, "s"),
    "rgb": (0, 1e6, False, "s"),
    "speed": (0.001, 1000, False, "×"),
    "fps": (0.001, 50, False, ""),
    "feather": (0, 16_384, True, ""),
    "slit_width": (1, 16_384, True, ""),
    "width": (1, 16_384, True, "px"),
    "quality": (1, 100, True, ""),
    "max_bytes": (100, 10**12, False, "MB"),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_page_takes_no_number_that_a_setting_refuses(name: str) -> None:
    (told,) = (each for each in start()["settings"] if each["name"] == name)
    least, most, whole, unit = NUMBERS[name]
    assert (told["least"], told["most"]) == (least, most)
    assert (told.get("whole", False), told.get("unit", "")) == (whole, unit)
    kind = settings()[name].kind
    assert (kind.check(name, least), kind.check(name, most)) == (least, most)


def test_settings_of_effects_and_loops_stand_in_the_sections_of_these() -> None:
    sections = {name: each.section for name, each in Look.declared().items()}
    loops = dict.fromkeys(("loop", "fade", "min_loop", "max_loop"), "loop")
    assert sections == dict.fromkeys(sections, "effect") | loops


def test_an_effect_declares_all_that_it_takes() -> None:
    assert list(effects())[:3] == ["roll", "displace", "scan"]
    for name, effect in effects().items():
        assert effect().name == name
        for setting in settings_of(effect).values():
            assert isinstance(setting.kind, Kind)
            assert Look.declared()[setting.name].effects.count(name) == 1


def test_a_format_says_which_settings_are_for_it() -> None:
    for name, needs in (("quality", ("gif", "webp")), ("sound", ("mp4", "webm", "prores"))):
        assert [need.values for need in settings()[name].needs] == [needs]
    for format in FORMATS.values():
        assert set(format.uses) <= set(settings())
        assert math.isfinite(format.usual)
