"""Wheels: with the compiled kernel where there is a C compiler, without it where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_kernel
from rollscan.gif.kernel import LIBRARY, load

ROOT = Path(__file__).parents[1]
PARTS = ("rollscan", "docs/_site/index-page.md", "LICENSE", "pyproject.toml", ".gitignore")
BUILD = "import sys; from hatchling import build; print(getattr(build, sys.argv[1])(sys.argv[2]))"
PLACE = f"rollscan/gif/{LIBRARY.name}"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Path]:
    """A copy of what a wheel is made of, with a kernel that was built for something else."""
    pytest.importorskip("hatchling")
    copy = tmp_path / "source"
    for part in (*PARTS, "build_kernel.py", "hatch_build.py"):
        (copy / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / part, copy / part)
    (copy / PLACE).write_bytes(b"of another machine")
    yield copy


def built(source: Path, folder: Path, how: str = "build_wheel", **environment: str) -> Path:
    """A wheel of the source."""
    folder.mkdir()
    ran = subprocess.run(
        [sys.executable, "-B", "-c", BUILD, how, str(folder)],
        cwd=source,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return folder / ran.stdout.split()[-1]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.usefixtures("compiled_kernel")
def test_a_wheel_has_the_kernel_and_fits_every_python(source: Path, tmp_path: Path) -> None:
    """And nothing is written into the source, which may be read-only."""
    before = contents(source)
    wheel = built(source, tmp_path / "made")
    assert wheel.name.split("-")[2:4] == ["py3", "none"] and not wheel.stem.endswith("-any")
    with zipfile.ZipFile(wheel) as content:
        library = Path(content.extract(PLACE, tmp_path))
        content.extract("rollscan/gif/kernel.c", tmp_path)
    found = load(library, library.with_name("kernel.c"))
    assert found.library, found.why_not
    assert contents(source) == before


@pytest.mark.parametrize(
    "environment", [{"CC": "false"}, {"CC": "no-such-compiler"}, {"PATH": "nowhere"}], ids=str
)
def test_without_a_working_compiler_a_wheel_is_for_every_platform(
    environment: dict[str, str], source: Path, tmp_path: Path
) -> None:
    if sys.platform == "win32" and "PATH" in environment:
        pytest.skip("Microsoft's compiler is found elsewhere")
    wheel = built(source, tmp_path / "made", **environment)
    assert wheel.name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as content:
        assert PLACE not in content.namelist()
        assert "rollscan/gif/kernel.py" in content.namelist()


@pytest.mark.usefixtures("compiled_kernel")
def test_an_editable_install_has_the_kernel_in_the_source_tree(
    source: Path, tmp_path: Path
) -> None:
    built(source, tmp_path / "made", "build_editable")
    found = load(source / PLACE, source / "rollscan" / "gif" / "kernel.c")
    assert found.library, found.why_not


def test_an_editable_install_without_a_compiler_works(source: Path, tmp_path: Path) -> None:
    wheel = built(source, tmp_path / "made", "build_editable", CC="false")
    with zipfile.ZipFile(wheel) as content:
        assert any(name.endswith(".pth") for name in content.namelist())
    found = load(source / PLACE, source / "rollscan" / "gif" / "kernel.c")
    assert found.why_not.startswith("it cannot be loaded")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no program called true")
def test_a_compiler_that_writes_nothing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CC", "true")
    with pytest.raises(build_kernel.BuildError, match="true: it wrote no library"):
        build_kernel.build(tmp_path / LIBRARY.name)
    assert not list(tmp_path.iterdir())
