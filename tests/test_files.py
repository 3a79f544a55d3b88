"""Temporary files: private, open to other programs, and gone when they are let go of."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import names

from rollscan import OutputError, files
from rollscan.files import SharedFile, nameless_file, remove_abandoned, temporary_room


@pytest.fixture(params=["nameless", "without a name in the end", "named"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """As on Linux, on its file systems that have no nameless files, and elsewhere."""
    if request.param != "nameless":
        monkeypatch.setattr(files, "open_nameless", lambda *_: None)
    if request.param == "named":
        monkeypatch.setattr(files, "path_of", lambda _: Path("/nonexistent"))
    elif sys.platform != "linux":
        pytest.skip("only Linux has files without names")
    return str(request.param)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_another_program_writes_and_reads_a_shared_file(room: Path) -> None:
    with SharedFile(".txt") as file:
        writing = "import sys; open(sys.argv[1], 'w').write('theirs')"
        subprocess.run([sys.executable, "-S", "-c", writing, file.path], check=True)
        assert file.read() == b"theirs"
        file.write(b", ours")
        file.flush()
        assert file.path.read_bytes() == b"theirs, ours"
    assert names(room) == []


def test_a_shared_file_has_a_name_only_where_it_must_in_a_private_folder(
    room: Path, way: str
) -> None:
    with SharedFile(".mp4") as file:
        if way != "named":
            assert names(room) == []  # so that nothing is left, however the program ends
            return
        assert file.path.parent.parent == room
        assert file.path.suffix == ".mp4"
        assert file.path.parent.stat().st_mode & 0o777 == 0o700
        assert file.path.stat().st_mode & 0o777 == 0o600
        with SharedFile(".mp4") as other:
            assert other.path.parent != file.path.parent


@pytest.mark.parametrize("way", ["named"], indirect=True)
def test_what_a_killed_program_left_goes_with_the_next_shared_file(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But nothing that is in use, nor of another user's, nor what a link leads to."""
    (room / "mine").mkdir()
    (room / "mine" / "file").touch()
    (room / "rollscan-file-aaaaaaaa").symlink_to("mine")
    for name in ("rollscan-file-killed00", "rollscan-file-longer-one", "rollscan-abcdefgh"):
        (room / name).mkdir()
        (room / name / "file.mp4").touch()
    before = set(names(room))
    with monkeypatch.context() as another_user:
        another_user.setattr(os, "geteuid", lambda: os.getuid() + 1)
        SharedFile().close()
    assert set(names(room)) == before
    with SharedFile() as used:
        SharedFile().close()
        assert set(names(room)) == before - {"rollscan-file-killed00"} | {used.path.parent.name}
    assert names(room / "mine") == ["file"]


@pytest.mark.parametrize("way", ["nameless"], indirect=True)
def test_what_takes_the_place_of_an_abandoned_file_stays(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (room / "left").touch()
    (room / "other").write_text("mine")
    really = os.open

    def swapping(path: Path, flags: int) -> int:
        (room / "other").replace(path)
        return really(path, flags)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(os, "open", swapping)
        remove_abandoned(room / "left")
    assert (room / "left").read_text() == "mine"
    remove_abandoned(room / "left")
    assert names(room) == []


def test_a_folder_that_takes_nothing_is_told_with_the_remedy(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(room / "none"))
    for make in (SharedFile, nameless_file):
        with pytest.raises(OutputError, match=r"/none cannot take .*No such file.*TMPDIR"):
            make()


def test_too_many_open_files_are_no_fault_of_the_folders() -> None:
    with pytest.raises(OSError, match="Too many open files"), temporary_room():
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
