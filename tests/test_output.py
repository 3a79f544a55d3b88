"""Files appear whole or not at all, and what was there before stays until then."""

from __future__ import annotations

import errno
import math
import os
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import gif_frames, names

from rollscan import ArgumentError, OutputError
from rollscan.cli import main
from rollscan.deliver import atomic_file
from rollscan.deliver.atomic_file import AtomicFile, resolved
from rollscan.deliver.output import check_writable, placed_together, written_beside
from rollscan.errors import NotReplacedError


@pytest.fixture(params=["nameless", "hidden"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Without a name where the system can, and beside the target where it cannot."""
    if request.param == "hidden":
        monkeypatch.setattr(atomic_file, "open_nameless", lambda *_: None)
    return str(request.param)


class Viewer:
    """Has files open that cannot be replaced meanwhile; waiting takes no time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waits: list[float] = []  # seconds
        self._refusals: dict[Path, float] = {}  # still to come
        for name in ("replace", "rename"):
            monkeypatch.setattr(os, name, partial(self._moved, getattr(os, name)))
        monkeypatch.setattr(os, "unlink", partial(self._removed, os.unlink))
        monkeypatch.setattr(time, "sleep", self.waits.append)

    def open(self, *files: Path, refusals: float = math.inf) -> None:
        self._refusals |= dict.fromkeys(files, refusals)

    def _moved(self, really: Callable[[Path, Path], None], source: Path, target: Path) -> None:
        if self._refusals.get(target, 0) > 0:
            self._refusals[target] -= 1
            raise PermissionError(errno.EACCES, "open elsewhere", str(source), None, str(target))
        really(source, target)

    def _removed(self, really: Callable[[Path], None], path: Path) -> None:
        if sys.platform == "win32" and any(open_.samefile(path) for open_ in self._refusals):
            raise PermissionError(errno.EACCES, "open elsewhere", str(path))
        really(path)


@pytest.fixture
def viewer(monkeypatch: pytest.MonkeyPatch) -> Viewer:
    return Viewer(monkeypatch)


@pytest.fixture
def as_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")


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


def test_nothing_but_own_regular_files_is_taken_for_left_over(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may write here could lay traps under such names."""
    (out / "precious").write_text("mine")
    (out / ".a-rollscan-00000000.gif").symlink_to("precious")
    (out / ".a-rollscan-00000001.gif").mkdir()
    os.mkfifo(out / ".a-rollscan-00000002.gif")
    before = set(names(out))
    pipe = os.open(out / ".a-rollscan-00000002.gif", os.O_RDWR)  # so that to open it is no end
    with written_beside(out / "a.gif"):
        pass
    os.close(pipe)
    assert set(names(out)) == before | {"a.gif"}
    (out / ".a-rollscan-00000003.gif").touch()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with written_beside(out / "a.gif"):
        pass
    assert set(names(out)) == before | {"a.gif", ".a-rollscan-00000003.gif"}


@pytest.mark.parametrize("links", [True, False])
def test_another_run_for_the_same_target_takes_nothing_away(
    out: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """Neither a file that is written, nor a finished one, nor the old one kept meanwhile."""
    if not links:
        forbid_links(monkeypatch)
    (out / "a.gif").write_text("old")
    file = AtomicFile(out / "a.gif")
    for step in (file.finish, file.keep_old):
        AtomicFile(out / "a.gif").close()
        step()
        before = names(out)
        AtomicFile(out / "a.gif").close()
        assert names(out) == before
    file.path.write_text("new")
    assert len(names(out)) == (3 if links else 2)
    file.replace()
    file.close()
    assert names(out) == ["a.gif"]


def test_a_system_that_will_not_give_a_name_later_still_writes(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_links(monkeypatch)
    (out / "a.gif").write_text("old")
    (out / "a.gif").chmod(0o640)
    with placed_together(), written_beside(out / "a.gif") as a, written_beside(out / "b.gif") as b:
        a.write_text("new")
        b.write_text("new")
    assert [(out / name).read_text() for name in names(out)] == ["new", "new"]
    assert names(out) == ["a.gif", "b.gif"]
    assert (out / "a.gif").stat().st_mode & 0o777 == 0o640


def forbid_links(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "link", forbidden)


# Several files of one job.


def write_together(out: Path, *files: str) -> None:
    with placed_together():
        for name in files:
            with written_beside(out / name) as temporary:
                temporary.write_text(f"new {name}")


def contents(out: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in out.iterdir()}


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
@pytest.mark.parametrize("moved", [True, False])
def test_a_job_stopped_while_its_files_are_moved_puts_all_back(
    out: Path, monkeypatch: pytest.MonkeyPatch, stopped_at: int, moved: bool
) -> None:
    (out / "a.gif").write_text("old a")
    (out / "c.png").write_text("old c")
    moves = []
    really = AtomicFile.replace

    def replace(self: AtomicFile) -> None:
        moves.append(self)
        if moved or len(moves) != stopped_at:
            really(self)
        if len(moves) == stopped_at:
            raise KeyboardInterrupt

    monkeypatch.setattr(AtomicFile, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        write_together(out, "a.gif", "b.mp4", "c.png")
    assert contents(out) == {"a.gif": "old a", "c.png": "old c"}


# What is open elsewhere, which Windows does not replace.


def test_a_file_that_others_soon_let_go_of_is_replaced(out: Path, viewer: Viewer) -> None:
    (out / "a.gif").write_text("old")
    viewer.open(out / "a.gif", refusals=4)
    with written_beside(out / "a.gif") as temporary:
        temporary.write_text("new")
    assert contents(out) == {"a.gif": "new"}
    assert len(viewer.waits) == 4


def test_a_file_that_stays_open_is_waited_for_two_seconds(out: Path, viewer: Viewer) -> None:
    (out / "a.gif").write_text("old")
    viewer.open(out / "a.gif")
    with (
        pytest.raises(NotReplacedError, match=r"a\.gif cannot be .*, what .* as .*/a-new.gif"),
        written_beside(out / "a.gif") as temporary,
    ):
        temporary.write_text("new")
    assert contents(out) == {"a.gif": "old", "a-new.gif": "new"}
    assert sum(viewer.waits) == pytest.approx(2, abs=0.2)


@pytest.mark.parametrize("platform", [sys.platform, "win32"])
@pytest.mark.parametrize("blocked", ["a.gif", "b.mp4", "c.png"])
def test_where_one_cannot_be_replaced_all_are_kept_under_new_names(
    out: Path, viewer: Viewer, monkeypatch: pytest.MonkeyPatch, blocked: str, platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    old = {"a.gif": "old a.gif", "b.mp4": "old b.mp4"}
    for name, text in {**old, blocked: "old"}.items():
        (out / name).write_text(text)
    before = contents(out)
    viewer.open(out / blocked)
    with pytest.raises(NotReplacedError, match=r"a-new\.gif, .*b-new\.mp4, .*c-new\.png: close"):
        write_together(out, "a.gif", "b.mp4", "c.png")
    new = {"a-new.gif": "new a.gif", "b-new.mp4": "new b.mp4", "c-new.png": "new c.png"}
    assert contents(out) == before | new


def test_no_file_is_lost_to_the_name_under_which_one_is_kept(out: Path, viewer: Viewer) -> None:
    others = ("a-new.gif", "a-new2.gif")
    for name in ("a.gif", *others):
        (out / name).write_text("old")
    viewer.open(out / "a.gif")
    with pytest.raises(NotReplacedError, match=r"a-new3\.gif"):
        write_together(out, "a.gif")
    assert contents(out) == dict.fromkeys(("a.gif", *others), "old") | {"a-new3.gif": "new a.gif"}


@pytest.mark.parametrize("stem", ["n" * 251, "\u65e5" * 83], ids=["n", "three bytes each"])
def test_what_has_a_long_name_is_kept_too(out: Path, viewer: Viewer, stem: str) -> None:
    name = f"{stem}.gif"
    (out / name).write_text("old")
    viewer.open(out / name)
    with pytest.raises(NotReplacedError, match=r"-new\.gif: close"):
        write_together(out, name)
    assert sorted(contents(out).values()) == [f"new {name}", "old"]


def test_what_a_link_leads_to_is_kept_beside_that(out: Path, viewer: Viewer) -> None:
    (out / "there").mkdir()
    (out / "there" / "real.gif").write_text("old")
    (out / "a.gif").symlink_to("there/real.gif")
    (out / "real-new.gif").write_text("another")
    viewer.open(out / "there" / "real.gif")
    with pytest.raises(NotReplacedError, match=r"out/there/real-new\.gif"):
        write_together(out, "a.gif")
    assert contents(out / "there") == {"real.gif": "old", "real-new.gif": "new a.gif"}


def test_what_cannot_be_kept_either_leaves_nothing(
    out: Path, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / "a.gif").write_text("old")
    viewer.open(out / "a.gif", out / "a-new.gif")
    with pytest.raises(OutputError, match=r"a\.gif cannot be written: open elsewhere"):
        write_together(out, "a.gif")
    assert contents(out) == {"a.gif": "old"}


@pytest.mark.parametrize("terminal", [True, False])
def test_loops_that_are_kept_under_other_names_are_whole(
    out: Path,
    brief: Path,
    viewer: Viewer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
) -> None:
    """A terminal is told of each file as it is finished; then it is not to say that it is lost."""
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: terminal)
    (out / "a.gif").write_text("old")
    viewer.open(out / "a.gif")
    assert main([str(brief), "--gif", str(out / "a.gif"), "--still", str(out / "a.png")]) == 1
    said = capsys.readouterr()
    assert ("a.gif: 64x48" in said.out) is terminal
    (error,) = re.findall(r"rollscan: error: .*", said.err)
    assert re.search(r"/a\.gif cannot be .*/a-new\.gif, .*/a-new\.png: close .* the new$", error)
    assert names(out) == ["a-new.gif", "a-new.png", "a.gif"]
    assert len(gif_frames(out / "a-new.gif")) == 10


@pytest.mark.usefixtures("as_on_windows")
def test_an_open_file_is_told_before_the_work_and_left_as_it_is(out: Path, viewer: Viewer) -> None:
    (out / "a.gif").write_text("old")
    before = (out / "a.gif").stat()
    check_writable(out / "a.gif")
    viewer.open(out / "a.gif")
    with pytest.raises(OutputError, match=r"a\.gif cannot .*, another program has it open"):
        check_writable(out / "a.gif")
    assert (out / "a.gif").stat() == before
    assert contents(out) == {"a.gif": "old"}


@pytest.mark.usefixtures("as_on_windows")
def test_a_file_opened_during_the_work_does_not_cost_the_work(out: Path, viewer: Viewer) -> None:
    (out / "a.gif").write_text("old")
    with pytest.raises(NotReplacedError), placed_together():
        viewer.open(out / "a.gif")  # before the first file is begun
        with written_beside(out / "a.gif") as temporary:
            temporary.write_text("new")
    assert contents(out) == {"a.gif": "old", "a-new.gif": "new"}


@pytest.mark.parametrize("platform", [sys.platform, "win32"])
def test_a_read_only_file_is_told_before_the_work(
    out: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    (out / "a.gif").write_text("old")
    (out / "a.gif").chmod(0o444)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() or 1)  # root may write to it
    with pytest.raises(OutputError, match=r"a\.gif cannot be replaced, it is read-only"):
        check_writable(out / "a.gif")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what is open")
@pytest.mark.usefixtures("as_on_windows")
def test_a_finished_file_is_closed_before_it_is_moved(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows wants it; then nothing but its age keeps other runs from removing it."""
    really = os.replace

    def replace(source: Path, target: Path) -> None:
        assert not any(os.path.samestat(source.stat(), at.stat()) for at in open_files())
        assert source.stat().st_mtime > time.time() - 9
        really(source, target)

    monkeypatch.setattr(atomic_file, "open_nameless", lambda *_: None)
    monkeypatch.setattr(os, "replace", replace)
    with placed_together(), written_beside(out / "a.gif") as temporary:
        temporary.write_text("new")
        os.utime(temporary, (0, 0))
    assert contents(out) == {"a.gif": "new"}


def open_files() -> list[Path]:
    """What this process has open."""
    return [path for path in Path("/proc/self/fd").iterdir() if path.exists()]


# Names that stand for something else.


def test_a_link_to_itself_is_said(out: Path) -> None:
    (out / "a.gif").symlink_to("a.gif")
    with pytest.raises(OutputError, match=r"a\.gif is a link that leads to itself: remove it"):
        check_writable(out / "a.gif")
    assert (out / "a.gif").is_symlink()


@pytest.fixture
def trap(out: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The name of an entry that another user has put into a folder that all may write to."""
    shared = out / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    really = Path.lstat

    def lstat(self: Path) -> os.stat_result:
        found = really(self)
        if self != shared / "trap":
            return found
        return os.stat_result([*found[:4], found.st_uid + 1, *found[5:10]])

    monkeypatch.setattr(Path, "lstat", lstat)
    return shared / "trap"


@pytest.mark.parametrize("way", ["nameless"], indirect=True)
@pytest.mark.parametrize("name", ["trap", "trap/a.gif", "link to trap", "../shared/trap"])
def test_another_users_link_in_a_shared_folder_is_not_followed(
    out: Path, trap: Path, name: str
) -> None:
    (out / "victim").mkdir()
    trap.symlink_to("../victim/a.gif" if name != "trap/a.gif" else "../victim")
    (trap.parent / "link to trap").symlink_to("trap")
    for write in (check_writable, lambda target: write_together(target.parent, target.name)):
        with pytest.raises(OutputError, match=r"not written, as .*/trap is another user's.*: give"):
            write(trap.parent / name)
    assert names(out / "victim") == []


@pytest.mark.parametrize("way", ["nameless"], indirect=True)
def test_another_users_pipe_in_a_shared_folder_is_not_written_to(trap: Path) -> None:
    os.mkfifo(trap)
    with pytest.raises(OutputError, match=r"/trap is another user's"):
        check_writable(trap)


@pytest.mark.parametrize("mode", [0o755, 0o1755, 0o777])
def test_a_link_in_a_folder_of_ones_own_is_followed(out: Path, trap: Path, mode: int) -> None:
    """As Linux does, where a folder is not both shared and sticky."""
    trap.symlink_to("../real.gif")
    trap.parent.chmod(mode)
    write_together(trap.parent, "trap")
    assert (out / "real.gif").read_text() == "new trap"


def test_a_link_of_whose_the_shared_folder_is_is_followed(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out.chmod(0o1777)
    (out / "a.gif").symlink_to("real.gif")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    write_together(out, "a.gif")
    assert (out / "real.gif").read_text() == "new a.gif"


def test_another_users_file_in_a_sticky_folder_is_told_before_the_work(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (out / "a.gif").write_text("old")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    check_writable(out / "a.gif")
    out.chmod(0o1777)
    with pytest.raises(OutputError, match=r"a\.gif cannot be replaced, it is another user's"):
        check_writable(out / "a.gif")
    check_writable(out / "b.gif")


@pytest.mark.parametrize(
    "name",
    ["a", "./a", "there/../a", "up/a", "up/up/there/x", "far/a", "round/a", "no/../a", "l/.."],
)
def test_a_path_leads_where_the_system_says(
    out: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (out / "there" / "deep").mkdir(parents=True)
    (out / "up").symlink_to("there/..")
    (out / "a").symlink_to("up/up/there/deep/b")
    (out / "far").symlink_to(out / "there")
    (out / "there" / "a").symlink_to(out / "up" / "c")
    (out / "round").symlink_to("up/../out/there/deep")
    (out / "l").symlink_to("there/deep")
    monkeypatch.chdir(out)
    for path in (name, out / name):
        assert str(resolved(path)) == os.path.realpath(path)


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
