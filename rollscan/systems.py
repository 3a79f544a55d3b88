"""Owns what differs from system to system in what people are told: commands, and what to install.

Commands are quoted for the user's shell. What is said of Windows on ARM, of 32-bit Python and of
Linux with musl is what the packages that rollscan stands on have, or have not, for them.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable

FFMPEG_VARIABLE = "IMAGEIO_FFMPEG_EXE"  # names the ffmpeg to use, for imageio-ffmpeg
# What cmd.exe and PowerShell both pass on as it is. A comma would make a list in PowerShell.
_PLAIN_ON_WINDOWS = re.compile(r"[\w./\\:+=-]+")
_EXPANDED_BY_POWERSHELL = re.compile(r"[$`]")  # within double quotes


def command_line(words: Iterable[str]) -> str:
    """A command, by its words, as it is typed in this system's shell.

    On Windows this is cmd.exe or PowerShell, which share double quotes. Where these would have
    PowerShell expand a $ or a backtick, a word is quoted for PowerShell alone.
    """
    if sys.platform == "win32":
        return " ".join(map(_quoted_on_windows, words))
    return shlex.join(words)


def pip_install(extra: str) -> str:
    """The command that installs an extra of rollscan, quoted so that every shell takes it."""
    return f'pip install "rollscan[{extra}]"'


def better_python() -> str:
    """Which other Python has the packages that are missing in this one; "" if none is known."""
    if sys.maxsize < 2**32:
        return "use 64-bit Python, as this one has 32 bits"
    if sys.platform == "win32" and _machine() == "ARM64":
        return "use the Python for 64-bit Intel (amd64), which Windows on ARM runs as well"
    return ""


def opencv_remedy() -> str:
    """What to do where OpenCV is missing."""
    install = pip_install("smooth")
    if other := better_python():
        return f"{other}, and {install}"
    if is_musl():
        return f"{install}, which on musl compiles OpenCV, or use a Linux with glibc"
    return install


def ffmpeg_install() -> str:
    """The command that installs a whole ffmpeg on this system, as it is best had there."""
    if sys.platform == "win32":
        return "winget install Gyan.FFmpeg"
    if sys.platform == "darwin":
        return "brew install ffmpeg-full"  # that of `ffmpeg` lacks most filters and encoders
    return "apk add ffmpeg" if is_musl() else "apt install ffmpeg"


def ffmpeg_remedy() -> str:
    """What to do where ffmpeg is missing, or lacks something."""
    install = f"{ffmpeg_install()}, and let {FFMPEG_VARIABLE} name it"
    return f"{other}, or {install}" if (other := better_python()) else install


def is_musl() -> bool:
    """Whether this is a Linux whose C library is musl, as Alpine's is."""
    from platform import libc_ver  # not needed for --help

    return sys.platform == "linux" and libc_ver()[0] != "glibc"


def _machine() -> str:
    """The kind of processor that this Python is for, as the system calls it: AMD64, arm64."""
    from platform import machine

    return machine()


def _quoted_on_windows(word: str) -> str:
    if _PLAIN_ON_WINDOWS.fullmatch(word):
        return word
    if _EXPANDED_BY_POWERSHELL.search(word):
        return "'" + word.replace("'", "''") + "'"
    # Programs take a backslash before a quote as part of it, wherever that is.
    escaped = re.sub(r'(\\*)"', r'\1\1\\"', word)
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'
