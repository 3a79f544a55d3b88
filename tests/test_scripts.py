"""What scripts call: make and still do what a command line does, compose does it to arrays."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Picture, fields, gif_frames, names_in, numbers, rollscan
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import rollscan as package
from rollscan import (
    ArgumentError,
    Boomerang,
    Crossfade,
    Displace,
    FrameComposer,
    Job,
    LimitError,
    Look,
    Progress,
    Roll,
    RollingClip,
    RollScan,
    Scan,
    SourceError,
    TimeDisplacer,
    Wrap,
    compose,
    make,
    render,
    still,
)
from rollscan.effect import Effect, own_effects
from rollscan.gif import constant_delays, write_gif
from rollscan.job import settings
from rollscan.limits import Limits
from rollscan.loop.loops import LOOPS, Loop
from rollscan.scripts import _as_keyword
from rollscan.setting import settings_of
from rollscan.typed import LimitSettings, Options, StillOptions

# make


def test_make_writes_what_the_command_line_writes(plain: Path, out: Path) -> None:
    shown: list[Any] = []
    options: dict[str, Any] = {
        "slit_width": 2,
        "loop": "boomerang",
        "end": "0:00.4",
        "scale": "50%",
    }
    written = make(plain, out / "a.gif", str(out / "a.mp4"), tell=shown.append, **options)
    assert [made.path.name for made in written] == ["a.gif", "a.mp4"]
    assert written == [event for event in shown if not isinstance(event, Progress)]
    words = ("--slit-width", 2, "--loop", "boomerang", "--end", 0.4, "--scale", "0.5")
    assert rollscan(plain, "--gif", out / "b.gif", "--mp4", out / "b.mp4", *words).status == 0
    for ending in ("gif", "mp4"):
        assert (out / f"a.{ending}").read_bytes() == (out / f"b.{ending}").read_bytes()


def test_make_takes_a_look_by_name_or_as_it_is_and_what_stands_beside_wins(
    plain: Path, out: Path
) -> None:
    brief: Any = {"end": 0.6, "width": 16}
    for name, look in (("a", "twist"), ("b", Look.named("twist"))):
        make(plain, out / f"{name}.gif", look=look, depth=0.5, **brief)  # type: ignore[arg-type]
        made = Look.of(out / f"{name}.gif")
        assert made.over(smooth=False) == Look.named("twist").over(depth=0.5)
    make(plain, out / "c.gif", like=out / "a.gif", **brief)
    assert Look.of(out / "c.gif") == Look.of(out / "a.gif")
    with pytest.raises(ArgumentError, match="look and like are given: give one of the two"):
        make(plain, out / "d.gif", look="twist", like=out / "a.gif")


def test_make_takes_effects_and_loops_as_objects(plain: Path, out: Path) -> None:
    make(plain, out / "a.gif", effect=Roll(feather=3), loop=Crossfade(fade=0.2), end=0.5)
    assert Look.of(out / "a.gif") == Look(feather=3, loop="crossfade", fade=0.2)


@pytest.mark.parametrize("ending", ["png", "jpg", "JPEG"])
def test_a_still_picture_is_the_strip_photograph(plain: Path, out: Path, ending: str) -> None:
    (made,) = make(plain, out / f"a.{ending}", slit_width="auto")
    with Image.open(made.path) as picture:
        shown = np.asarray(picture).astype(int)
    strip = still(plain, slit_width="auto")
    assert (strip.dtype, strip.shape) == (np.uint8, (48, 64, 3))
    assert np.abs(shown - strip).max() < 8
    assert numbers(strip)[0].tolist() == sorted(numbers(strip)[0].tolist())


def test_names_of_options_and_of_settings_serve_alike(plain: Path, out: Path) -> None:
    for name, options in (
        ("a", {"max_size": "1MB", "no_recipe": True, "poster": out / "a.png"}),  # as typed
        ("b", {"max_bytes": 10**6, "recipe": False, "poster": out / "b.png", "width": None}),
    ):
        make(plain, out / f"{name}.gif", end=0.4, **options)  # type: ignore[arg-type]
    assert (out / "a.gif").read_bytes() == (out / "b.gif").read_bytes()
    with pytest.raises(SourceError, match="carries no recipe"):
        Look.of(out / "a.gif")
    (made,) = make(plain, out / "c.gif", for_="slack-emoji", end=0.4)
    assert made.size[0] == made.size[1]  # as an emoji is
    with pytest.raises(LimitError, match="max_frames"):
        make(plain, out / "d.gif", max_frames=10)
    assert not (out / "d.gif").exists()


@pytest.mark.parametrize(
    ("outputs", "options", "why"),
    [
        ((), {}, r"^no output asked for: name a file, as in make\('a.mp4', 'a.gif'\)$"),
        (("a.avi",), {}, r"a.avi ends in '.avi': give .gif, .* or .png or .jpg for a strip"),
        (("a.gif", "b.gif"), {}, r"a.gif and .*b.gif would be one file, gif: make one after"),
        (("a.gif",), {"gif": "b.gif"}, "b.gif and .*a.gif would be one file"),
        ((3,), {}, "^an output is 3: give the name of a file"),
        (("a.gif",), {"gif": np.zeros(2)}, "^gif is array.*: give the name of a file"),
        (("a.gif",), {"slit_width": np.zeros(2)}, "^slit_width is array.*: give a whole number"),
        (("a.gif",), {"poster": 3}, "^poster is 3: give the name of a file"),
        (("a.gif",), {"fade": 1}, "^fade is 1, which has no effect without loop crossfade: add"),
        (("a.gif",), {"depth": 1}, "^depth is for effect displace, .*, and the effect is roll"),
        (("a.png",), {"loop": "wrap"}, "^loop is wrap, which has no effect without gif, mp4, "),
        (("a.gif",), {"max_size": 1, "max_bytes": 1}, "^max_bytes is another name of max_bytes"),
        (("a.gif",), {"look": "twisted"}, "^look is 'twisted': did you mean twist"),
        (("a.gif",), {"look": 3}, "^look is 3: give a Look, or the name of one"),
        (("a.gif",), {"no_recipe": "x"}, "^no_recipe is 'x': give True or False"),
        (("a.gif",), {"tell": 3}, "^tell is 3: give a function"),
        (("a.gif",), {"max_frames": 0}, "^max_frames is 0: give a whole number"),
    ],
)
def test_what_makes_no_sense_is_one_error_in_the_words_of_python(
    plain: Path, out: Path, outputs: Any, options: Any, why: str
) -> None:
    outputs = [out / name if isinstance(name, str) else name for name in outputs]
    with pytest.raises(ArgumentError, match=why) as raised:
        make(plain, *outputs, **options)
    assert "--" not in str(raised.value)
    assert names_in(out) == []


def test_an_unknown_option_is_a_mistake_in_the_call(plain: Path, out: Path) -> None:
    for name in ("lopp", "jobs", "ui", "input", "quiet"):
        wrong: Any = {name: 1}
        with pytest.raises(TypeError, match=rf"make\(\) got an unexpected keyword .* '{name}'"):
            make(plain, out / "a.gif", **wrong)
        with pytest.raises(TypeError, match=rf"still\(\) got an unexpected keyword .* '{name}'"):
            still(plain, **wrong)
    with pytest.raises(TypeError, match=r"still\(\) got an unexpected keyword argument 'gif'"):
        still(plain, gif=out / "a.gif")  # type: ignore[call-arg]


def test_still_takes_a_function_as_the_slit_and_refuses_what_has_no_effect(plain: Path) -> None:
    moved = still(plain, slit=lambda k: k / 49, slit_width="auto")
    assert np.array_equal(moved, still(plain, slit=(0.0, 1.0), slit_width="auto"))
    with pytest.raises(ArgumentError, match=r"^feather is 3, which has no effect without"):
        still(plain, feather=3)
    with pytest.raises(SourceError, match=r"none\.mp4"):
        still("none.mp4")


def test_type_checkers_know_every_option() -> None:
    options = {_as_keyword(each) for each in settings().values() if each.option}
    named = {*settings(), *options, *settings_of(Limits), "like"} - {"input", "look"}
    assert named == set(Options.__annotations__)
    assert list(LimitSettings.__annotations__) == list(settings_of(Limits))
    assert set(StillOptions.__annotations__) < named


# compose


def test_compose_is_the_composer_of_its_effect() -> None:
    frames = fields(9, (6, 4, 3))
    for effect, composer in (
        (Roll(slit=0.3, slit_width=2), FrameComposer(frames, 25, slit=0.3, slit_width=2)),
        (Displace(map="left", depth=0.1), TimeDisplacer(frames, 25, map="left", depth=0.1)),
    ):
        for each in (frames, tuple(frames), np.array(frames), iter(frames)):
            composed = list(compose(each, effect))
            assert np.array_equal(composed, list(composer))


EFFECTS = (Roll(), Roll(slit=(0.2, 0.8), slit_width=2), Roll(slit=lambda k: 0.4 + k % 2 / 5))
EFFECTS += (Displace(depth=0.08), Displace(map=np.eye(6), depth=0.04), Scan(), Scan(sweep=0.2))  # type: ignore[assignment]


@given(
    frames=st.integers(5, 12).map(lambda n: fields(n, (6, 6, 3))),
    effect=st.sampled_from(EFFECTS),
    loop=st.sampled_from([None, Wrap(), Boomerang(), Crossfade(fade=0.08)]),
)
def test_frames_that_come_are_composed_as_those_that_are_there(
    frames: list[Picture], effect: Effect, loop: Loop | None
) -> None:
    listed = list(compose(frames, effect, loop, fps=25))
    assert np.array_equal(listed, list(compose(iter(frames), effect, loop)))
    period = loop.period(len(frames), 25) if loop else len(frames)
    assert len(listed) == period


def test_a_loop_has_its_history_from_the_first_frame_on() -> None:
    frames = [np.full((4, 2, 3), k, np.uint8) for k in range(6)]
    shown = [picture[:, 0, 0].tolist() for picture in compose(frames, Roll(slit=0.5), Wrap())]
    assert shown == [[(k - 2) % 6, (k - 1) % 6, k, k] for k in range(6)]


def test_an_endless_iterator_is_composed_as_it_comes() -> None:
    taken = []

    def endless() -> Iterator[Picture]:
        for k in count():
            taken.append(k)
            yield np.full((4, 2, 3), k, np.uint8)

    composed = compose(endless(), Roll(slit=0.5))
    assert [picture[0, 0, 0] for picture in islice(composed, 5)] == [0, 1, 0, 1, 2]
    assert len(taken) == 5


def test_frames_that_are_set_aside_are_not_held_in_memory_and_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []

    class Spool(package.composing.Spool):  # type: ignore[name-defined, misc]
        def __init__(self, frames: Iterator[Picture]) -> None:
            super().__init__(frames)
            opened.append(self)

    monkeypatch.setattr("rollscan.composing.Spool", Spool)
    composed = compose(iter(fields(5, (4, 2, 3))), Roll(), Wrap())
    next(composed)
    assert not opened[0]._file.closed
    composed.close()  # type: ignore[attr-defined]
    assert opened[0]._file.closed


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((3, Roll()), "^frames is 3: give a list, or an iterator, of frames"),
        (([], Roll()), "^frames is empty: give at least one frame"),
        ((iter(()), Roll()), "^frames is empty: give at least one frame"),
        ((np.zeros((4, 4, 3)), Roll()), "^frames is one picture"),
        ((["a"], Roll()), "^frames has a frame that is str: give"),
        ((fields(2, (4, 4, 3)) + fields(1, (4, 5, 3)), Roll(), Wrap()), "^frames changes from"),
        ((fields(2, (4, 4, 3)), Roll), "^effect is <class .*: give an effect, such as Roll()"),
        ((fields(2, (4, 4, 3)), "roll"), "^effect is 'roll': give an effect, such as Roll()"),
        ((fields(2, (4, 4, 3)), Roll(), "wrap"), "^loop is 'wrap': give a loop, such as Boom"),
        ((fields(2, (4, 4, 3)), Roll(), Crossfade()), "^the clip has 2 frames, a crossfade needs"),
        ((fields(2, (4, 4, 3)), Displace(map=[[0.5]])), r"^map is \(1, 1\), the frames are"),
        ((fields(2, (4, 4, 3)), Roll(slit=lambda k: 2)), "^slit is 2: give a fraction"),
    ],
)
def test_what_cannot_be_composed_is_one_error(arguments: Any, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        list(compose(*arguments))
    with pytest.raises(ArgumentError, match=r"^fps is 'x': give"):
        compose(fields(2, (4, 4, 3)), Roll(), fps="x")  # type: ignore[arg-type]


# Public names.


def test_every_effect_and_loop_is_a_public_name() -> None:
    kinds = [*own_effects(), *LOOPS.values()]
    for kind in kinds:
        assert getattr(package, kind.__name__) is kind
        assert kind.__name__ in package.__all__
    with pytest.raises(AttributeError, match="no attribute 'Sleep'"):
        package.Sleep  # type: ignore[attr-defined]  # noqa: B018


def test_public_names_need_neither_numpy_nor_moviepy_until_they_compose() -> None:
    code = (
        "import sys, rollscan; from rollscan import Roll, Boomerang, Look, Job, make;"
        "Look(effect=Roll(slit='0.2:0.8'), loop=Boomerang());"
        "assert not {'numpy', 'moviepy', 'PIL'} & {*sys.modules};"
        "import rollscan.composers.slit; assert callable(rollscan.compose)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# Arrays as maps, functions as slits, and text.


def test_an_array_is_a_map_and_leaves_no_recipe(plain: Path, out: Path) -> None:
    values = np.linspace(0, 1, 48 * 64).reshape(48, 64)
    look = Look(effect="displace", map=values, depth=0.4)
    assert look == Look(effect="displace", map=values.tolist(), depth=0.4)
    assert hash(look) == hash(look.over())
    assert look != look.over(map=values[::-1])
    assert look.recipe == ""
    with RollingClip.open(plain, effect="displace", map=values, depth=0.4) as clip:
        shown = numbers(clip.get_frame(1))
        late = np.floor(values * 10 + 0.5 + 1e-6).astype(int)
        assert np.array_equal(shown, 25 - late)
        clip.write_gif(out / "a.gif", logger=None)
    make(plain, out / "b.gif", effect=Displace(map=values, depth=0.4))
    for name in ("a.gif", "b.gif"):
        with pytest.raises(SourceError, match="carries no recipe"):
            Look.of(out / name)
    values[:] = 0
    assert look != look.over(map=values)  # which has a copy


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (np.zeros(3), r"^map is \(3,\): give a name, a picture file, or an array"),
        (np.zeros((0, 3)), r"^map is \(0, 3\): give"),
        ([[1, 2]], r"^map goes from 1.0 to 2.0: give numbers from 0 to 1"),
        ([[0, float("nan")]], "^map goes from nan to nan: give"),
        ([[0], [1, 0]], "^map is .*: give a name, a picture file, or an array"),
        (3, "^map is 3: give one of up"),
    ],
)
def test_an_array_that_is_no_map_is_told(wrong: Any, why: str) -> None:
    with pytest.raises(ArgumentError, match=why):
        Look(map=wrong)
    with pytest.raises(ArgumentError, match=why):
        Displace(map=wrong)


def test_a_function_is_a_slit_and_leaves_no_recipe(plain: Path, out: Path) -> None:
    look = Look(slit=lambda k: k % 50 / 49, loop="wrap")
    assert look.recipe == ""
    with (
        RollingClip.open(plain, look=look) as one,
        RollingClip.open(plain, slit=(0.0, 1.0), loop="wrap") as other,
    ):
        for k in (0, 7, 49):
            assert np.array_equal(one.get_frame(k / 25), other.get_frame(k / 25))
    render(Job(plain, gif=out / "a.gif", look=look))
    with pytest.raises(SourceError, match="carries no recipe"):
        Look.of(out / "a.gif")


def test_text_is_read_as_the_command_line_reads_it() -> None:
    look = Look(slit="20%:80%", slit_width="3px", rgb="0.1s", direction="UP", map="Radial")
    assert look == Look(slit=(0.2, 0.8), slit_width=3, rgb=0.1, direction="up", map="radial")
    assert RollScan(slit="0.2:0.8") == RollScan(slit=(0.2, 0.8))
    assert Roll(slit="0.2:0.8").slit == (0.2, 0.8)
    for wrong, why in (("wide", "give 0.5, 50%"), ("2", "give a fraction"), ("1:2", "give a")):
        with pytest.raises(ArgumentError, match=rf"^slit is .*: {why}"):
            Look(slit=wrong)


# Jobs of nonsense.

NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(["", " ", "x", "2MB", "50%", "0.2:0.8", "a.gif", "\0", "s3://a/b", ".", "/"]),
    st.sampled_from([b"x", {}, [], (), [1, 2], object(), np.zeros(2), Path(), 10**400, int, len]),
)


@given(
    given=st.dictionaries(st.sampled_from(sorted({*settings()} - {"input"})), NONSENSE, max_size=4)
)
def test_a_job_of_nonsense_is_made_or_is_one_error(given: dict[str, Any]) -> None:
    look = {name: given.pop(name) for name in [*given] if name in Look.declared()}
    try:
        job = Job("a.mp4", **given).over(look=Look(**look))
    except ArgumentError as error:
        assert "\n" not in str(error)
    else:
        hash(job), repr(job), job.look.recipe
        assert job == job.over()


@pytest.mark.parametrize(
    "name", sorted({*settings()} - {"input", "look", "looks", "smooth", "steady"})
)
def test_rendering_nonsense_is_one_error_or_a_file(
    brief: Path, out: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(out)
    for value in (0, -1, 1e9, "", "x", "0.1", (), (0.5,), True, Path("none"), 10**30):
        job: dict[str, Any] = {"gif": out / "a.gif", "end": 0.12, "width": 16}
        look: dict[str, Any] = {"effect": "displace", "loop": "wrap", "depth": 0.04}
        (look if name in Look.declared() else job)[name] = value
        try:
            render(Job(brief, look=Look(**look), **job))
        except package.RollscanError as error:
            assert "\n" not in str(error), error
            assert "fault" not in str(error)


def test_render_says_what_it_takes(plain: Path, out: Path) -> None:
    job = Job(plain, gif=out / "a.gif")
    with pytest.raises(ArgumentError, match=r"^job is 'a.mp4': give a Job"):
        render("a.mp4")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"^tell is 3: give a function"):
        render(job, 3)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"^limits is 3: give Limits"):
        render(job, limits=3)  # type: ignore[arg-type]


# The GIF writer.


def test_a_gif_is_written_under_a_name_and_appears_when_it_is_whole(out: Path) -> None:
    frames = [np.full((2, 3, 3), grey, np.uint8) for grey in (0, 128, 255)]
    for name in (out / "a.gif", str(out / "b.gif")):
        assert write_gif(name, frames, constant_delays(10)).frames == 3
        assert [frame[0, 0, 0] for frame in gif_frames(Path(name))] == [0, 128, 255]
    before = (out / "a.gif").read_bytes()
    with pytest.raises(ValueError, match="frame 1 is"):
        write_gif(out / "a.gif", [frames[0], frames[1][:1]], constant_delays(10))
    with pytest.raises(ValueError, match="file is 3, must be the name"):
        write_gif(3, frames, constant_delays(10))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="quality is 'x', must be 1 to 100"):
        write_gif(out / "a.gif", frames, constant_delays(10), quality="x")  # type: ignore[arg-type]
    assert (out / "a.gif").read_bytes() == before
    assert names_in(out) == ["a.gif", "b.gif"]
