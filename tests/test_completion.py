"""Completion on the Tab key, in the shells themselves where they are installed."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import rollscan

with suppress(ImportError):  # on Windows, where the tests that need them are not run
    import pty

CASES = [  # what is typed, and what it may become
    ("rollscan --loo", {"--look", "--looks", "--loop"}),
    ("rollscan --look spi", {"spiral"}),
    ("rollscan --for discord-", {"discord-emoji", "discord-sticker", "discord-video"}),
    ("rollscan dance.mp4 --loop boo", {"boomerang"}),
    ("rollscan da", {"dance.mp4"}),
    ("rollscan dance.mp4 --gif da", {"dance.mp4"}),
]


def in_bash(script: Path, typed: str) -> set[str]:
    code = (
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _shtab_rollscan;'
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    words = ["bash", "-c", code, "bash", str(script), *typed.split()]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, cwd=script.parent)
    return set(ran.stdout.split())


def in_fish(script: Path, typed: str) -> set[str]:
    code = 'source $argv[1]; complete -C "$argv[2]"'
    words = ["fish", "-c", code, str(script), typed]
    ran = subprocess.run(words, capture_output=True, text=True, check=True, cwd=script.parent)
    return {line.split("\t")[0] for line in ran.stdout.splitlines()}


def in_zsh(script: Path, typed: str) -> set[str]:
    """What a zsh on a terminal shows when Tab is pressed; it tells programs nothing."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(script.parent)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "HOME": "."})
    script.with_name("_rollscan").write_text(script.read_text(encoding="utf-8"))
    begin = f"PS1='> '; fpath=({script.parent} $fpath); autoload -U compinit; compinit -u -D\n"
    os.write(terminal, begin.encode() + b"print rea''dy\n")
    seen(terminal, lambda text: "ready" in text)
    os.write(terminal, f"{typed}\t".encode())
    last = typed.split()[-1]
    shown = seen(terminal, lambda text: False)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return set(re.findall(rf"(?<![\w-]){re.escape(last)}[\w.-]+(?=[ \r])", shown))


def seen(terminal: int, enough: Callable[[str], bool]) -> str:
    """What comes within 10 seconds until it is enough, or until nothing more comes for a while."""
    text, until = "", time.monotonic() + 10
    while time.monotonic() < until and not enough(text):
        if not select.select([terminal], [], [], 0.7)[0] and text.strip():
            break
        if select.select([terminal], [], [], 0)[0]:
            text += os.read(terminal, 1 << 16).decode(errors="replace")
    return text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_completes(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    ran = rollscan("--completion", shell)
    assert (ran.status, ran.err) == (0, "")
    script = tmp_path / f"complete.{shell}"
    script.write_text(ran.out)
    (tmp_path / "dance.mp4").touch()
    complete = {"bash": in_bash, "zsh": in_zsh, "fish": in_fish}[shell]
    for typed, expected in CASES:
        assert complete(script, typed) == expected, typed


def test_another_shell_is_said() -> None:
    ran = rollscan("--completion", "tcsh")
    assert (ran.status, ran.out) == (2, "")
    assert "--completion is 'tcsh': give one of bash" in ran.err
