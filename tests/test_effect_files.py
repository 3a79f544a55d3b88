"""Effects of one's own: from files, installed packages and scripts, used as ours are."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from conftest import child, gif_frames, moments, names_in, numbers, rollscan

from rollscan import (
    ArgumentError,
    Effect,
    Extent,
    Job,
    Look,
    RollingClip,
    SourceError,
    Wrap,
    compose,
    make,
    render,
)
from rollscan.composers.time_displacer import TimeDisplacer
from rollscan.effect import effects
from rollscan.effect_files import EffectFile, as_given, load, load_again, loaded, needed
from rollscan.kinds import choice, seconds, whole
from rollscan.many import cluster
from rollscan.many.order import Order
from rollscan.options import command_of
from rollscan.parser import parser
from rollscan.setting import setting
from rollscan.studio.clip import Clip
from rollscan.studio.job_request import CommandLine, parse_request
from rollscan.studio.start import start
from rollscan.video.probe import Probe

pytestmark = pytest.mark.usefixtures("registry")

WOBBLE = '''
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rollscan import Effect, TimeDisplacer
from rollscan.kinds import whole
from rollscan.setting import setting


@dataclass(frozen=True)
class Wobble(Effect):
    """Every other row is late."""

    name: ClassVar[str] = "wobble"
    help: ClassVar[str] = "every other row is late"
    amount: int = setting(2, whole(1, slider=(1, 9, 1)), "frames by which it is late")

    def full(self, extent):
        return self.amount

    def composer(self, frames, extent, *, pre_roll=0):
        width, height = extent.size
        late = np.arange(height)[:, None] % 2 * np.ones(width)
        depth = self.amount / extent.rate
        return TimeDisplacer(frames, extent.rate, map=late, depth=depth, pre_roll=pre_roll)
'''


@pytest.fixture
def wobble(tmp_path: Path) -> Path:
    path = tmp_path / "wobble.py"
    path.write_text(WOBBLE)
    return path


def test_an_effect_of_a_file_is_composed_looped_and_carried_by_its_name(
    wobble: Path, plain: Path, out: Path
) -> None:
    own = ("--effect", f"{wobble}:Wobble", "--loop", "wrap", "--quality", 100)
    assert rollscan(plain, "--gif", out / "a.gif", *own, "--amount", "3").status == 0
    for k, frame in enumerate(gif_frames(out / "a.gif")):
        assert np.unique(numbers(frame)[0::2]) == k
        assert np.unique(numbers(frame)[1::2]) == (k - 3) % 50
    assert Look.of(out / "a.gif") == Look(effect="wobble", amount=3, loop="wrap")  # type: ignore
    carried = (out / "a.gif").read_bytes()
    assert b'"effect":"wobble"' in carried
    assert b"wobble.py" not in carried
    like = ("--like", out / "a.gif", "--quality", 100)
    assert rollscan(plain, "--gif", out / "b.gif", *like).status == 0
    assert (out / "b.gif").read_bytes() == carried
    assert names_in(wobble.parent) == ["out", "wobble.py"]  # and no compiled file


def test_it_is_in_the_help_and_takes_its_own_options(wobble: Path) -> None:
    ran = rollscan("--help", f"--effect={wobble}:wobble")
    assert ran.status == 0
    assert re.search(r"--amount N +frames by which it is late \(default 2\)", ran.out)
    assert "wobble: every other row is late" in " ".join(ran.out.split())
    ran = rollscan("a.mp4", "--gif", "a.gif", "--effect", f"{wobble}:Wobble", "--feather", 1)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "--feather is for effect roll, and the effect is wobble" in ran.err


def test_the_last_colon_parts_the_file_from_the_name(wobble: Path, tmp_path: Path) -> None:
    path = tmp_path / "C:wob:ble.PY"
    if os.name != "nt":
        wobble.rename(path)
        load(f"{path}:Wobble")
        assert effects()["wobble"].__name__ == "Wobble"
    ran = rollscan("a.mp4", "--gif", "a.gif", "--effect", r"C:\none\wobble.py:Wobble")
    assert r"'C:\\none\\wobble.py:Wobble', and the file cannot be read" in ran.err


@pytest.mark.parametrize(
    ("given", "source", "why"),
    [
        ("wobble", "", "needs the effect wobble: give --effect FILE.py:wobble, or one of roll, "),
        ("a.py", "", "--effect is 'a.py': give FILE.py:NAME, a file and the class in it"),
        ("a.py:", "", "--effect is 'a.py:': give FILE.py:NAME"),
        ("a.txt:Wobble", "", "--effect is 'a.txt:Wobble': give FILE.py:NAME"),
        ("a.py:Wibble", WOBBLE, "the file has no such: it has Wobble"),
        ("a.py:Effect", WOBBLE, "the file has no such: it has Wobble"),
        ("a.py:Wobble", "x = 1", "the file has no such: write a class with a name"),
        ("a.py:Wobble", "\nx = 1 / 0", "the file fails (line 2: ZeroDivisionError: division by"),
        ("a.py:Wobble", "\n\nx = = 1", "the file fails (line 3: SyntaxError: invalid syntax)"),
        ("a.py:Wobble", "exit()", "the file fails (line 1: SystemExit"),
        ("a.py:Wobble", "x = '\0'", "the file fails ("),
        ("none.py:Wobble", "", "the file cannot be read (No such file or directory)"),
        ("a.py:Wobble", WOBBLE.replace('"wobble"', '"Wob ble"'), "the name of the effect Wobble"),
        ("a.py:Wobble", WOBBLE.replace('"wobble"', '"roll"'), "two effects are called roll, Roll"),
        ("a.py:Wobble", WOBBLE.replace("@dataclass(frozen=True)", ""), "wobble is no dataclass"),
    ],
)
def test_what_is_no_effect_is_one_line(
    given: str, source: str, why: str, plain: Path, out: Path
) -> None:
    if source:
        (out / "a.py").write_text(source)
    before = {*effects()}
    ran = rollscan(plain, "--gif", out / "a.gif", "--effect", given, cwd=out)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert why in ran.err
    assert not (out / "a.gif").exists()
    if "dataclass" not in why:
        assert {*effects()} == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *(
            (name, f"{name} of the effect wobble is not the {name} of")
            for name in ("depth", "sweep")
        ),
        *((name, f"{name} is a setting of the effect wobble, and") for name in ("fade", "rgb")),
        *((name, f"{name} is a setting of the effect wobble, and") for name in ("scale", "input")),
        *((name, f"the option --{name}, which is taken") for name in ("port", "like", "max-input")),
        ("browser", "a setting of an effect is called browser, as another is"),
    ],
)
def test_a_setting_whose_name_is_taken_is_one_line(
    name: str, why: str, wobble: Path, out: Path
) -> None:
    wobble.write_text(WOBBLE.replace("amount", name.replace("-", "_")), encoding="utf-8")
    ran = rollscan("a.mp4", "--gif", out / "a.gif", "--effect", f"{wobble}:Wobble")
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert why in ran.err


def test_effects_may_share_a_setting_that_is_alike(wobble: Path) -> None:
    shared = 'depth: float = setting(1.0, seconds(), "how late")\n    amount'
    wobble.write_text(
        WOBBLE.replace("amount", shared, 1).replace("import whole", "import *"), encoding="utf-8"
    )
    load(f"{wobble}:Wobble")
    assert Look.declared()["depth"].effects[-1] == "wobble"
    assert Look(effect="wobble", depth=2).depth == 2  # type: ignore[arg-type]


def test_a_recipe_with_an_effect_that_is_not_there_says_what_it_needs(
    wobble: Path, plain: Path, out: Path
) -> None:
    recipe = 'rollscan 1 {"effect":"wobble","amount":3,"effect_sha256":"00"}'
    with RollingClip.open(plain, end=0.2) as clip:
        clip.write_gif(out / "a.gif", logger=None)
    made = (out / "a.gif").read_bytes()
    text = b"\x21\xfe" + bytes([len(recipe)]) + recipe.encode() + b"\0"
    (out / "b.gif").write_bytes(re.sub(rb"\x21\xfe.rollscan 1 {}\0", lambda _: text, made))
    with pytest.raises(SourceError, match=r"b.gif needs the effect wobble: give --effect FILE.py"):
        Look.of(out / "b.gif")
    ran = rollscan(plain, "--gif", out / "c.gif", "--like", out / "b.gif")
    assert "b.gif needs the effect wobble: give --effect FILE.py:wobble" in ran.err
    words = ("--like", out / "b.gif", "--effect", f"{wobble}:Wobble")
    assert rollscan(plain, "--gif", out / "c.gif", "--end", 0.2, *words).status == 0
    assert Look.of(out / "c.gif").amount == 3


def test_no_path_is_loaded_that_comes_from_elsewhere(wobble: Path) -> None:
    given = f"{wobble}:Wobble"
    with pytest.raises(ArgumentError, match=r"^effect is .*: give one of roll"):
        Look(effect=given)  # type: ignore[arg-type]
    assert "wobble" not in effects()
    assert needed(given) == needed(3) == needed("roll") == ""
    assert needed("wobble") == "needs the effect wobble: give --effect FILE.py:wobble"


# In Python.


def declared() -> type[Effect]:
    @dataclass(frozen=True)
    class Late(Effect):
        """The picture of some frames ago."""

        name: ClassVar[str] = "late"
        by: int = setting(1, whole(1), "frames")

        def full(self, extent: Extent) -> int:
            return self.by

        def composer(self, frames: Any, extent: Extent, *, pre_roll: int = 0) -> Any:
            depth, whole_map = self.by / extent.rate, np.ones(extent.size[::-1])
            return TimeDisplacer(frames, extent.rate, map=whole_map, depth=depth, pre_roll=pre_roll)

    return Late


def test_a_class_of_a_script_serves_everywhere(plain: Path, out: Path) -> None:
    before = Look(slit=0.2)
    late: Any = declared()
    frames = moments(6, (2, 2, 3))
    shown = [frame[0, 0, 0] for frame in compose(frames, late(by=2), Wrap())]
    assert shown == [4, 5, 0, 1, 2, 3]
    assert before == Look(slit=0.2)
    assert before.by == 1  # as it was declared later
    assert Look(effect=late(by=3)) == Look(effect="late", by=3)  # type: ignore[call-arg, arg-type]
    assert Look(effect=late(by=3)).over(by=2).by == 2
    with RollingClip.open(plain, effect=late(by=3)) as clip:
        assert np.unique(numbers(clip.get_frame(1))) == 22
    make(plain, out / "a.gif", effect=late(by=3), end=0.4)
    assert Look.of(out / "a.gif") == Look(effect=late(by=3))
    render(Job(plain, gif=out / "b.gif", end=0.4, look=Look(effect=late(by=3))))
    assert (out / "a.gif").read_bytes() == (out / "b.gif").read_bytes()
    assert "sha256" not in Look(effect=late(by=3)).recipe


def test_a_class_that_is_defined_again_replaces_the_first() -> None:
    first, second = declared(), declared()
    assert first is not second
    assert effects()["late"] is second
    assert Look(effect=second()) == Look(effect="late")  # type: ignore[arg-type]


def test_python_loads_a_file_where_an_effect_is_named(wobble: Path, plain: Path, out: Path) -> None:
    named: Any = {"effect": f"{wobble}:Wobble", "amount": 4}
    with RollingClip.open(plain, **named) as clip:
        assert np.unique(numbers(clip.get_frame(1))[1]) == 21
    make(plain, out / "a.gif", end=0.4, **named)
    assert Look.of(out / "a.gif").amount == 4


def test_a_class_without_a_name_is_told() -> None:
    class Nameless(Effect):
        pass

    with pytest.raises(ArgumentError, match=r"^Nameless has no name: give it one"):
        Look(effect=Nameless())
    assert "Nameless" not in [each.__name__ for each in effects().values()]


@pytest.mark.parametrize("wrong", ["files", "nothing", 3])
def test_a_setting_in_a_group_that_is_none_is_told(wrong: object) -> None:
    @dataclass(frozen=True)
    class Grouped(Effect):
        name: ClassVar[str] = "grouped"
        tone: str = setting("a", choice("a", "b"), "the tone", group=wrong)

    with pytest.raises(ArgumentError, match=r"^the group of tone is .*: give one of slit, look, "):
        Look(slit=0.5)


def test_a_setting_may_have_another_default_than_in_another_effect() -> None:
    @dataclass(frozen=True)
    class Deep(Effect):
        name: ClassVar[str] = "deep"
        depth: float = setting(3.0, seconds(), "how deep")

    assert Look(effect="deep").depth == 3
    assert Look(effect="deep", depth=1).settings == {"effect": "deep", "depth": 1}
    assert Look(effect="displace", depth=1).settings == {"effect": "displace"}
    assert Look(effect="deep").over(effect="displace").depth == 1


# Many clips.


def test_resume_makes_again_what_a_changed_file_makes(
    wobble: Path, plain: Path, out: Path, many_here: None
) -> None:
    words = ("--gif", f"{out}/", "--end", 0.4, "--resume", "--effect", f"{wobble}:Wobble")
    for change, what in (("", "done"), ("", "skipped"), ("# another\n", "done"), ("", "skipped")):
        wobble.write_text(wobble.read_text(encoding="utf-8") + change, encoding="utf-8")
        ran = rollscan(plain, *words)
        assert ran.status == 0
        assert f"[1/1] {what}" in ran.out


def test_many_clips_are_made_with_it_by_processes_of_their_own(
    wobble: Path, plain: Path, out: Path
) -> None:
    ran = child(
        plain, "--jobs", 1, "--gif", f"{out}/", "--end", 0.9, "--effect", f"{wobble}:Wobble"
    )
    assert ran.status == 0, ran.err
    shown = numbers(gif_frames(out / "plain.gif")[20])
    assert (np.unique(shown[0]), np.unique(shown[1])) == (20, 18)


def test_a_file_that_changes_while_it_is_used_is_told_by_the_child_that_needs_it(
    wobble: Path,
) -> None:
    load(f"{wobble}:Wobble")
    (file,) = loaded()
    assert as_given("wobble") == f"{wobble}:Wobble"
    later = EffectFile(file.effect, file.path, file.attribute, "of another", file.given)
    gone = EffectFile("gone", str(wobble), "Gone", file.digest, f"{wobble}:Gone")
    load_again([later, gone])
    assert "gone" not in effects()
    with pytest.raises(ArgumentError, match="the file has no such: it has Wobble"):
        Look(effect="gone")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="was changed while it was used: start again"):
        Look(effect="wobble")  # type: ignore[arg-type]


def test_a_cluster_takes_no_effect_from_a_file(wobble: Path) -> None:
    load(f"{wobble}:Wobble")
    look = Look(effect="wobble")  # type: ignore[arg-type]
    order = Order("a.mp4", {"gif": "a.gif"}, Job("a.mp4", look=look), {}, {})
    with pytest.raises(ArgumentError, match="a cluster takes effects of installed packages only"):
        cluster._check_installed(order.settings)
    cluster._check_installed(Job("a.mp4"))


# The studio.


def test_the_page_requests_it_by_its_name_and_shows_the_command_with_the_file(
    wobble: Path, plain: Path, out: Path
) -> None:
    given = f"{wobble}:Wobble"
    clip = Clip(plain, Probe(plain).facts())
    asked: Any = {"gif": "a.gif", "effect": "wobble", "amount": 3}
    with pytest.raises(ArgumentError, match=r"needs the effect wobble: give --effect FILE.py:wob"):
        parse_request({"gif": "a.gif", "effect": "wobble"}, CommandLine(), clip, out)
    load(given)
    told = {each["name"]: each for each in start()["settings"]}
    assert "wobble" in told["effect"]["choices"]
    assert (told["amount"]["slider"], told["amount"]["needs"][0]["values"]) == (
        (1, 9, 1),
        ("wobble",),
    )
    job = parse_request(asked, CommandLine(), clip, out).job
    assert (job.look.effect, job.look.amount) == ("wobble", 3)
    assert command_of(job)[-4:] == ["--effect", given, "--amount", "3"]
    again = vars(parser().parse_args(command_of(job)[1:]))
    assert (again["effect"], again["amount"]) == ("wobble", 3)


# Installed packages.


def installed(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    """Have entry points of this value be those of installed packages, not loaded yet."""
    found = [EntryPoint(value.rpartition(":")[2], value, "rollscan.effects") for value in values]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: found)
    monkeypatch.setattr("rollscan.effect._may_have_entries", lambda folder: True)
    monkeypatch.setattr("rollscan.effect._is_loaded", set())


def test_an_installed_effect_is_there_by_its_name(tmp_path: Path, plain: Path, out: Path) -> None:
    (tmp_path / "shaking.py").write_text(WOBBLE)
    about = tmp_path / "shaking-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: shaking\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[rollscan.effects]\nwobble = shaking:Wobble\n")
    code = (
        "import sys, rollscan; assert 'shaking' not in sys.modules; from rollscan import *;"
        f"make({str(plain)!r}, {str(out / 'a.gif')!r}, effect='wobble', amount=3, end=0.4);"
        f"print(Look.of({str(out / 'a.gif')!r}).recipe)"
    )
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    recipe = json.loads(done.stdout.removeprefix("rollscan 1 "))
    assert (recipe["effect"], recipe["amount"]) == ("wobble", 3)
    digest = hashlib.sha256((tmp_path / "shaking.py").read_bytes()).hexdigest()
    assert recipe["effect_sha256"] == digest[:16]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no_such_module:Wobble", "the effect Wobble of the package .* cannot be loaded .Module"),
        ("rollscan.setting:Setting", "cannot be loaded .* is no Effect with a name.: mend it, or"),
        ("rollscan.effect:Effect", "is no Effect with a name"),
    ],
)
def test_a_package_whose_effect_cannot_be_loaded_is_one_line(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str, plain: Path, out: Path
) -> None:
    installed(monkeypatch, value)
    for _ in range(2):
        ran = rollscan(plain, "--gif", out / "a.gif")
        assert (ran.status, ran.err.count("\n")) == (2, 1)
        assert re.search(why, ran.err)
    assert Look() == Look()  # which needs none
