"""Builds the compiled kernel of the GIF writer, which needs a C compiler and nothing else.

usage: python build_kernel.py    builds it into this source tree, as `pip install -e .` does

It is a plain shared library without Python's headers, so it fits every version of Python. The
compiler is $CC, or else the first of cc, gcc and clang that works; on Windows Microsoft's before
them.
"""

from __future__ import annotations

import os
import runpy
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
TIMEOUT = 120  # seconds that a compiler may take

_KERNEL: dict[str, Any] = runpy.run_path(str(ROOT / "rollscan" / "gif" / "kernel.py"))
SOURCE: Path = _KERNEL["SOURCE"]
LIBRARY: Path = _KERNEL["LIBRARY"]  # where the writer looks for it
source_crc: Callable[[Path], int] = _KERNEL["source_crc"]

_FLAGS = ["-std=c99", "-O3", "-ffp-contract=off", "-fvisibility=hidden", "-shared"]
if sys.platform != "win32":  # where all code is independent of its position
    _FLAGS.append("-fPIC")
_MSVC_FLAGS = ["/nologo", "/O2", "/fp:precise"]


class BuildError(Exception):
    """No compiler builds the kernel. The message says what each answered."""


def build(library: Path, source: Path = SOURCE, flags: Sequence[str] = ()) -> None:
    """Build the library, which appears when it is whole.

    flags: further ones for the compiler. Raises BuildError, or OSError where the library cannot be
    written.
    """
    defined = f"SOURCE_CRC={source_crc(source):#x}u"
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder, library.name)
        for compiler in _compilers():
            try:
                if Path(compiler[0]).stem.lower() == "cl":
                    _run_msvc(compiler, source, built, defined)
                else:
                    options = [*_FLAGS, *_architectures(), *flags, f"-D{defined}"]
                    _run([*compiler, *options, str(source), "-o", str(built)])
            except (OSError, subprocess.SubprocessError, BuildError) as error:
                failures.append(f"{compiler[0]}: {error}")
                continue
            if built.exists() and built.stat().st_size:
                _put(built, library)
                return
            failures.append(f"{compiler[0]}: it wrote no library")
    raise BuildError("; ".join(failures) or "there is no C compiler")


def _compilers() -> Iterator[list[str]]:
    """The commands to try, in order."""
    if wanted := os.environ.get("CC"):
        yield shlex.split(wanted, posix=sys.platform != "win32")
        return
    if sys.platform == "win32":
        yield [shutil.which("cl") or "cl"]
    for name in ("cc", "gcc", "clang"):
        if found := shutil.which(name):
            yield [found]


def _architectures() -> list[str]:
    """The flags for what this Python runs on, which on a Mac may be two kinds of processor."""
    if sys.platform != "darwin":
        return []
    if wanted := os.environ.get("ARCHFLAGS"):
        return shlex.split(wanted)
    if sysconfig.get_platform().endswith("universal2"):
        return ["-arch", "arm64", "-arch", "x86_64"]
    return []


def _run(command: Sequence[str], folder: Path | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise BuildError(done.stdout.strip()[-2000:] or f"exit status {done.returncode}")


def _run_msvc(compiler: list[str], source: Path, built: Path, defined: str) -> None:
    """Compile with Microsoft's compiler, which setuptools finds where it is not on the PATH."""
    if shutil.which(compiler[0]):
        options = [*_MSVC_FLAGS, "/LD", f"/D{defined}", str(source), f"/Fe:{built}"]
        _run([*compiler, *options], built.parent)
        return
    try:
        from distutils.ccompiler import new_compiler

        import setuptools  # noqa: F401 (brings distutils, which Python has no more)
    except ImportError as error:
        raise BuildError(str(error)) from error
    try:
        found = new_compiler(compiler="msvc")
        name, _, value = defined.partition("=")
        objects = found.compile(
            [str(source)],
            output_dir=str(built.parent),
            macros=[(name, value)],
            extra_postargs=_MSVC_FLAGS,
        )
        found.link_shared_object(objects, str(built))
    except Exception as error:  # of many kinds, which are in no public module
        raise BuildError(str(error)) from error


def _put(built: Path, library: Path) -> None:
    """Move the library to its place; another process may be using the one that is there."""
    beside = library.with_name(f"{library.name}.{os.getpid()}")
    try:
        shutil.copyfile(built, beside)
        beside.replace(library)
    finally:
        with suppress(OSError):
            beside.unlink()


if __name__ == "__main__":
    build(LIBRARY)
    print(f"built {LIBRARY}")
