"""Files appear whole or not at all, and what was there before stays until then."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from rollscan import OutputError
from rollscan.deliver.output import check_writable, written_beside


def test_the_file_is_in_place_only_when_it_is_whole(out: Path) -> None:
    with written_beside(out / "a.gif") as temporary:
        assert temporary.parent == out
        assert temporary.suffix == ".gif"
        temporary.write_text("new")
        assert not (out / "a.gif").exists()
    assert (out / "a.gif").read_text() == "new"
    assert [path.name for path in out.iterdir()] == ["a.gif"]


@pytest.mark.parametrize("stopped_by", [ValueError, KeyboardInterrupt, SystemExit, OutputError])
def test_an_exception_leaves_the_old_file_and_nothing_else(
    out: Path, stopped_by: type[BaseException]
) -> None:
    (out / "a.gif").write_text("old")
    with pytest.raises(stopped_by), written_beside(out / "a.gif") as temporary:
        temporary.write_text("half")
        raise stopped_by
    assert (out / "a.gif").read_text() == "old"
    assert [path.name for path in out.iterdir()] == ["a.gif"]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EFBIG, "the file would be too large"),
    ],
)
def test_a_full_disk_is_said_with_the_remedy(out: Path, code: int, why: str) -> None:
    (out / "a.gif").write_text("old")
    with (
        pytest.raises(OutputError, match=rf"a\.gif cannot be written, {why}: free some space, or"),
        written_beside(out / "a.gif"),
    ):
        raise OSError(code, os.strerror(code))
    assert (out / "a.gif").read_text() == "old"
    assert [path.name for path in out.iterdir()] == ["a.gif"]


def test_two_at_once_do_not_meet(out: Path) -> None:
    with written_beside(out / "a.gif") as first, written_beside(out / "a.gif") as second:
        first.write_text("first")
        second.write_text("second")
        assert first != second
    assert (out / "a.gif").read_text() == "first"  # the last one to finish
    assert [path.name for path in out.iterdir()] == ["a.gif"]


def test_a_link_stays_a_link_and_its_target_is_written(out: Path) -> None:
    (out / "there").mkdir()
    (out / "there" / "real.gif").write_text("old")
    (out / "a.gif").symlink_to("there/real.gif")
    with written_beside(out / "a.gif") as temporary:
        temporary.write_text("new")
    assert (out / "a.gif").is_symlink()
    assert (out / "there" / "real.gif").read_text() == "new"
    assert [path.name for path in (out / "there").iterdir()] == ["real.gif"]


def test_a_link_to_nothing_yet_makes_its_target(out: Path) -> None:
    (out / "a.gif").symlink_to("real.gif")
    with written_beside(out / "a.gif") as temporary:
        temporary.write_text("new")
    assert (out / "a.gif").is_symlink()
    assert (out / "real.gif").read_text() == "new"


def test_a_device_is_written_directly() -> None:
    with written_beside("/dev/null") as path:
        assert path == Path("/dev/null")
        path.write_text("gone")
    assert path.is_char_device()


def test_a_pipe_is_written_directly(out: Path) -> None:
    os.mkfifo(out / "a.gif")
    reader = os.open(out / "a.gif", os.O_RDONLY | os.O_NONBLOCK)
    with written_beside(out / "a.gif") as path:
        path.write_text("new")
        assert os.read(reader, 99) == b"new"
    os.close(reader)
    assert path.is_fifo()


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_permissions_of_any_new_file(out: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        with written_beside(out / "a.gif"):
            pass
    finally:
        assert os.umask(before) == umask
    assert (out / "a.gif").stat().st_mode & 0o777 == mode


def test_a_file_that_was_there_keeps_its_permissions(out: Path) -> None:
    (out / "a.gif").touch(0o640)
    (out / "a.gif").chmod(0o640)
    with written_beside(out / "a.gif"):
        pass
    assert (out / "a.gif").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "name", ["a b.gif", "100%.gif", "'a' or \"a\".gif", "-a.gif", "Zürich ✂.gif"]
)
def test_any_name_will_do(out: Path, name: str) -> None:
    with written_beside(out / name) as temporary:
        temporary.write_text("new")
    assert [path.name for path in out.iterdir()] == [name]


def test_a_name_as_long_as_the_file_system_takes_will_do(out: Path) -> None:
    name = "n" * 251 + ".gif"
    with written_beside(out / name) as temporary:
        temporary.write_text("new")
    assert [path.name for path in out.iterdir()] == [name]


def test_a_name_in_the_current_folder_will_do(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out)
    with written_beside("a.gif") as temporary:
        temporary.write_text("new")
    assert [path.name for path in out.iterdir()] == ["a.gif"]


def test_a_folder_is_no_file(out: Path) -> None:
    with pytest.raises(OutputError, match="out is a directory: give a file name in it"):
        check_writable(out)
    with pytest.raises(OutputError, match="out is a directory"), written_beside(out):
        raise AssertionError("not reached")


def test_a_folder_that_is_missing_is_said(out: Path) -> None:
    with pytest.raises(OutputError, match=r"there is no folder .*out/none: make it"):
        check_writable(out / "none" / "a.gif")


def test_a_file_is_no_folder(out: Path) -> None:
    (out / "file").touch()
    with pytest.raises(OutputError, match="there is no folder"):
        check_writable(out / "file" / "a.gif")


def test_a_folder_that_may_not_be_written_to_is_said(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != out)  # root may everywhere
    with pytest.raises(OutputError, match="no permission to write in"):
        check_writable(out / "a.gif")


def test_a_folder_that_goes_away_meanwhile_is_said(out: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"a\.gif cannot be written: No such file"),
        written_beside(out / "a.gif") as temporary,
    ):
        temporary.unlink()
        out.rmdir()
