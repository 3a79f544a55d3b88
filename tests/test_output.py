"""Files appear whole or not at all, and what was there before stays until then."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest
from conftest import names

from rollscan import ArgumentError, OutputError
from rollscan.deliver import atomic_file
from rollscan.deliver.output import check_writable, placed_together, written_beside


@pytest.fixture(params=["nameless", "hidden"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Without a name where the system can, and beside the target where it cannot."""
    if request.param == "hidden":
        monkeypatch.setattr(atomic_file, "open_nameless", lambda *_: None)
    return str(request.param)


def test_the_file_is_in_place_only_when_it_is_whole(out: Path, way: str) -> None:
    with written_beside(out / "a.gif") as temporary:
        temporary.write_text("new")
        assert not (out / "a.gif").exists()
        if way == "hidden":
            (hidden,) = out.iterdir()
            assert hidden.name.startswith(".a-rollscan-")
            assert hidden.suffix == ".gif"
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
        written_beside(out / "a.gif"),
    ):
        for hidden in out.iterdir():
            hidden.unlink()
        out.rmdir()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files without names")
def test_a_file_on_its_way_has_no_name(out: Path, way: str) -> None:
    with written_beside(out / "a.gif") as temporary:
        temporary.write_text("half")
        assert len(names(out)) == (0 if way == "nameless" else 1)


def test_what_a_killed_run_left_goes_with_the_next_one(out: Path) -> None:
    """But nothing that has another name, and nothing in use."""
    (out / ".a-rollscan-0123abcd.gif").write_text("half")
    others = [".a-backups.gif", ".a-rollscan-0123abcd.png", ".b-rollscan-0123abcd.gif"]
    for name in (*others, "a-rollscan-0123abcd.gif", ".a-rollscan-backup12.gif"):
        (out / name).write_text("mine")
    before = set(names(out))
    with written_beside(out / "a.gif"):
        pass
    assert set(names(out)) == before - {".a-rollscan-0123abcd.gif"} | {"a.gif"}


def test_a_system_that_will_not_give_a_name_later_still_writes(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "link", forbidden)
    (out / "a.gif").write_text("old")
    (out / "a.gif").chmod(0o640)
    with placed_together(), written_beside(out / "a.gif") as a, written_beside(out / "b.gif") as b:
        a.write_text("new")
        b.write_text("new")
    assert [(out / name).read_text() for name in names(out)] == ["new", "new"]
    assert names(out) == ["a.gif", "b.gif"]
    assert (out / "a.gif").stat().st_mode & 0o777 == 0o640


# Several files of one job.


def test_all_files_of_a_job_are_placed_at_its_end(out: Path) -> None:
    (out / "a.gif").write_text("old")
    with placed_together():
        for name in ("a.gif", "b.mp4"):
            with written_beside(out / name) as temporary:
                temporary.write_text("new")
        assert (out / "a.gif").read_text() == "old"
        assert not (out / "b.mp4").exists()
    assert names(out) == ["a.gif", "b.mp4"]
    assert {(out / name).read_text() for name in names(out)} == {"new"}


@pytest.mark.parametrize("stopped_by", [ValueError, KeyboardInterrupt, OutputError])
def test_a_job_that_fails_places_none(out: Path, stopped_by: type[BaseException]) -> None:
    (out / "a.gif").write_text("old")
    with pytest.raises(stopped_by), placed_together():
        with written_beside(out / "a.gif") as temporary:
            temporary.write_text("new")
        with written_beside(out / "b.mp4"):
            raise stopped_by
    assert names(out) == ["a.gif"]
    assert (out / "a.gif").read_text() == "old"


@pytest.mark.parametrize("stopped_at", [1, 2, 3])
@pytest.mark.parametrize("stopped_by", [KeyboardInterrupt, PermissionError])
def test_a_job_stopped_while_its_files_are_moved_puts_all_back(
    out: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: int, stopped_by: type[BaseException]
) -> None:
    (out / "a.gif").write_text("old a")
    (out / "c.png").write_text("old c")
    moves = []
    really = atomic_file.AtomicFile.replace

    def replace(self: atomic_file.AtomicFile) -> None:
        moves.append(self)
        if len(moves) == stopped_at:
            raise stopped_by
        really(self)

    monkeypatch.setattr(atomic_file.AtomicFile, "replace", replace)
    with pytest.raises(stopped_by), placed_together():
        for name in ("a.gif", "b.mp4", "c.png"):
            with written_beside(out / name) as temporary:
                temporary.write_text("new")
    assert names(out) == ["a.gif", "c.png"]
    assert (out / "a.gif").read_text() == "old a"
    assert (out / "c.png").read_text() == "old c"


# Names that stand for something else.


def test_a_link_to_itself_is_said(out: Path) -> None:
    (out / "a.gif").symlink_to("a.gif")
    with pytest.raises(OutputError, match=r"a\.gif is a link that leads to itself: remove it"):
        check_writable(out / "a.gif")
    assert (out / "a.gif").is_symlink()


def test_a_name_with_a_nul_is_said(out: Path) -> None:
    with pytest.raises(ArgumentError, match=r"the output is .*x00\.gif.*: give the name of a file"):
        check_writable(out / "a\0.gif")


@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}"])
def test_an_open_file_is_written_on_from_where_it_is(out: Path, name: str) -> None:
    """As a shell opens it for `>>`: what is there stays, and what is written later follows."""
    if not Path(name.format(0)).parent.exists():
        pytest.skip("this system has no such names")
    (out / "log").write_text("before,")
    with open(out / "log", "ab", buffering=0) as stream:
        with written_beside(name.format(stream.fileno())) as temporary:
            temporary.write_text("written,")
            assert (out / "log").read_text() == "before,"
        stream.write(b"after")
    assert (out / "log").read_text() == "before,written,after"
    assert names(out) == ["log"]
