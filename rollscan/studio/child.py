"""Owns what runs in processes of the studio: one that renders a job, one that answers questions."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Any, NoReturn

from ..errors import RollscanError, in_words
from ..job import Job
from ..progress import Progress
from ..result import Written
from ..video.ffmpeg import end_all_ffmpegs

_LAST = 3.0  # seconds in which all is cleaned up, once told to stop


class Stopped(BaseException):
    """The studio told this process to stop, or is gone."""


def make(pipe: Connection[Any, Any], alive: Connection[Any, Any], folder: Path, job: Job) -> None:
    """Render a job, and send what the page is to be told. folder: the studio's."""

    def work() -> None:
        from ..run import render

        for made in render(job, tell):
            pipe.send({"type": "written", **asdict(made)})
        pipe.send({"type": "done"})

    def tell(event: Progress | Written) -> None:
        if isinstance(event, Progress):  # a file is told of when it is in its place
            pipe.send({"type": "progress", **asdict(event)})

    _run(alive, pipe, folder, work)


def answer(pipe: Connection[Any, Any], alive: Connection[Any, Any], folder: Path) -> None:
    """Answer questions, one at a time, for as long as there are any. folder: the studio's.

    A question is (its name in Answers, arguments); an answer is (it, None), or (None, what is wrong
    and the parameters that it names). False instead: the one under way is not asked any more.
    """

    def work() -> None:
        from .answers import Answers
        from .kept import NotAskedError

        answers = Answers()
        coming: SimpleQueue[Any] = SimpleQueue()

        def listen() -> None:
            with suppress(EOFError, OSError):  # the studio is gone, as _watch hears too
                while True:
                    said = pipe.recv()
                    if said is False:
                        answers.given_up.set()
                    else:
                        answers.given_up.clear()
                        coming.put(said)

        threading.Thread(target=listen, daemon=True).start()
        while True:
            name, arguments = coming.get()
            try:
                pipe.send((getattr(answers, name)(**arguments), None))
            except NotAskedError:
                pipe.send((None, ("not asked any more",)))
            except RollscanError as error:
                pipe.send((None, (str(error), *error.names)))

    _run(alive, pipe, folder, work)


def _run(
    alive: Connection[Any, Any],
    pipe: Connection[Any, Any],
    folder: Path,
    work: Callable[[], None],
) -> None:
    """Work until that is done, or the studio ends the pipe `alive`.

    Temporary files are in `folder`, so that they go with it where this process has to be killed.
    """
    tempfile.tempdir = str(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the terminal is the studio's
        os.dup2(null, stream)
    if sys.platform != "win32":
        os.setsid()
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, set())
    threading.Thread(target=_watch, args=(alive,), daemon=True).start()
    try:
        work()
    except (Stopped, BrokenPipeError):
        pass
    except Exception as error:
        pipe.send({"type": "failed", "message": in_words(error)})


def _watch(alive: Connection[Any, Any]) -> None:
    """Wait, in a thread, until the studio lets go of the pipe; then stop, for sure."""
    with suppress(EOFError, OSError):
        alive.recv_bytes()
    end_all_ffmpegs()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_LAST)
    end_all_ffmpegs()
    os._exit(1)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Stopped
