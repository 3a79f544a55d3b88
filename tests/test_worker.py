"""Child processes: heard, told to end, killed where they do not, and deaf to the terminal."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from rollscan import Limits, worker
from rollscan.limits import current_limits
from rollscan.signals import Stopped
from rollscan.studio.child import answer
from rollscan.worker import Worker


class Clinging:
    """What swallows an exception, as whatever is raised in a finalizer is."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe

    def __del__(self) -> None:
        self._pipe.send("in a finalizer")
        time.sleep(20)


def tidy(pipe: Connection[Any, Any], mark: Path) -> None:
    """Wait for ever, and clean up."""
    try:
        Clinging(pipe)
        time.sleep(60)
    finally:
        mark.write_text("cleaned up", encoding="utf-8")


def stubborn(pipe: Connection[Any, Any]) -> None:
    """Say what limits are in force, and do not end."""
    pipe.send(current_limits().max_frames)
    while True:
        with suppress(Stopped):
            time.sleep(60)


def echo(pipe: Connection[Any, Any]) -> None:
    """Send back what comes."""
    while True:
        pipe.send(pipe.recv())


def test_a_worker_told_to_end_cleans_up_even_if_a_finalizer_swallows_the_first_time(
    tmp_path: Path,
) -> None:
    ours = Worker(tidy, tmp_path / "mark")
    assert ours.pipe.recv() == "in a finalizer"
    ours.end()
    assert ours.has_ended
    assert (tmp_path / "mark").read_text() == "cleaned up"
    with pytest.raises(EOFError):
        ours.pipe.recv()
    ours.send("nobody hears")


def test_a_worker_that_does_not_end_is_killed_and_had_the_limits_of_its_parent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "_PATIENCE", 0.2)
    with Limits(max_frames=7).in_force():
        ours = Worker(stubborn)
    assert ours.pipe.recv() == 7
    ours.end()
    assert ours.has_ended


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_worker_is_deaf_to_the_terminal_from_its_start_on() -> None:
    ours = Worker(echo)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        os.kill(ours._process.pid or 0, number)  # as it starts
    ours.send("one")
    assert ours.pipe.recv() == "one"
    os.kill(ours._process.pid or 0, signal.SIGINT)  # as it works
    ours.send("two")
    assert ours.pipe.recv() == "two"
    ours.end()


def test_a_worker_that_waits_ends_with_its_pipe_or_the_last_question(tmp_path: Path) -> None:
    """Nothing else ends such a wait on Windows, but a kill."""
    waiting, asked = Worker(echo), Worker(answer, tmp_path)
    waiting.pipe.close()
    asked.send(None)
    for ours in (waiting, asked):
        ours._process.join(20)
        assert ours._process.exitcode == 0
