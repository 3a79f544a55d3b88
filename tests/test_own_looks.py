"""Looks of one's own: kept in a file of the user, used by name, removed; mistakes in the file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import rollscan

from rollscan import Job, Look
from rollscan.errors import ArgumentError
from rollscan.look import built_in_looks, known_looks, named_looks
from rollscan.look_files import looks_file
from rollscan.options import command_of, job_of
from rollscan.own_looks import keep_look, remove_look
from rollscan.path import Wave

MINE = Look(slit=(0.2, 0.8), slit_width=3, loop="boomerang", rgb=0.1)


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file of the looks, which is not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    yield looks_file()


@pytest.mark.parametrize(
    "look",
    [
        MINE,
        Look(),
        Look(effect="bloom", whirl=0.25, centre=(0.3, 0.4), loop="crossfade"),
        Look(effect="scan", line="#12fe80", direction="left"),
        Look(effect="displace", map="in", depth=1.5, smooth=True),
        Look(slit=Wave(0.5, 0.4, 3.0)),
        Look(slit_width="auto", still_area=(0.1, 0.2, 0.3, 0.4), crop="16:9"),
    ],
)
def test_a_look_that_is_kept_is_the_same_look_by_its_name(look: Look) -> None:
    keep_look("mine", look)
    assert Look.named("mine") == look
    assert list(named_looks()) == [*built_in_looks(), "mine"]


def test_the_file_of_the_looks_is_where_the_system_has_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    for platform, folder in (
        ("linux", ".config"),
        ("darwin", "Library/Application Support"),
        ("win32", "roaming"),
    ):
        monkeypatch.setattr(sys, "platform", platform)
        assert looks_file() == tmp_path / folder / "rollscan" / "looks.toml"


def test_a_look_of_one_s_own_is_used_on_the_command_line_as_it_is(
    plain: Path, tmp_path: Path
) -> None:
    keep_look("mine", MINE)
    for name, words in (("by.gif", ["--look", "mine"]), ("as.gif", ["--like", "by.gif"])):
        made = rollscan(plain, "--gif", name, *words, cwd=tmp_path)
        assert made.status == 0, made.err
    assert Look.of(tmp_path / "by.gif") == MINE, "it is not set to the clip"
    assert (tmp_path / "by.gif").read_bytes() == (tmp_path / "as.gif").read_bytes()
    assert "mine\n  a look of your own\n  --slit 0.2:0.8" in rollscan("--list-looks").out


def test_the_shortest_command_names_it() -> None:
    keep_look("mine", MINE)
    job = job_of({"input": "a.mp4", "gif": "a.gif", "look": "mine", "feather": 9})
    assert isinstance(job, Job) and job.fits == ()
    assert " ".join(command_of(job)) == "rollscan a.mp4 --gif a.gif --look mine --feather 9"
    with pytest.raises(ArgumentError, match="fit_look has no effect with --look mine"):
        job_of({"input": "a.mp4", "gif": "a.gif", "look": "mine", "fit_look": False})


def test_looks_are_added_replaced_and_removed_and_all_else_stays(file: Path) -> None:
    file.parent.mkdir(parents=True)
    before = '# by hand\n[one]\nshows = "a slit low down"\nlook = { slit = 0.9 }  # low\n'
    file.write_text(before, encoding="utf-8")
    keep_look("two", MINE)
    with pytest.raises(ArgumentError, match="there is a look two already"):
        keep_look("two", Look())
    keep_look("two", Look(slit=0.1), replace=True)
    assert file.read_text(encoding="utf-8").startswith(before.rstrip())
    assert [Look.named(name).slit for name in ("one", "two")] == [0.9, 0.1]
    remove_look("two")
    assert file.read_text(encoding="utf-8").rstrip() == before.rstrip()
    for name in ("two", "ribbon"):
        with pytest.raises(ArgumentError, match=f"there is no look '{name}' of your own"):
            remove_look(name)
    assert [each.name for each in file.parent.iterdir()] == ["looks.toml"], "nothing lies about"


@pytest.mark.parametrize("name", ["", "Mine", "a b", "-a", "../a", "x" * 41, "a\n[b]"])
def test_what_is_no_name_is_refused(name: str, file: Path) -> None:
    with pytest.raises(ArgumentError, match="the name of a look is"):
        keep_look(name, MINE)
    with pytest.raises(ArgumentError, match="ribbon is a look that comes with rollscan"):
        keep_look("ribbon", MINE)
    assert not file.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]\nlook = 3", "look a: its settings are missing"),
        ("a = 3", "look a: its settings are missing"),
        ("[a]\nlook = { slit = 2 }", "look a: slit is 2: give a fraction from 0 to 1"),
        ("[a]\nlook = { slid = 2 }", "look a: .*slid.*slit"),
        ("[a]\nfilms = 'b'\nlook = {}", "look a: .*films.*film"),
        ("[a]\nshows = 3\nlook = {}", "look a: shows is 3: give one line in quotes"),
        ("[pour]\nlook = {}", "pour is a look that comes with rollscan"),
        ("[a", "is not valid TOML"),
    ],
)
def test_a_mistake_in_the_file_is_told_where_a_look_of_it_is_asked_for(
    file: Path, text: str, message: str
) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ArgumentError, match=message) as told:
        Look.named("a")
    assert str(file) in str(told.value)
    assert Look.named("ribbon") and known_looks() == built_in_looks(), "and nowhere else"
    with pytest.raises(ArgumentError):
        keep_look("b", MINE)
    with pytest.raises(ArgumentError, match=message):
        job_of({"input": "a.mp4", "looks": "sheet.png"})
    assert file.read_text(encoding="utf-8") == text, "what was written by hand is not lost"
    assert rollscan("--help").status == 0
