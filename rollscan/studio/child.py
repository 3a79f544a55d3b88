"""Owns the functions that run in the studio's child processes: rendering, and answering."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from ..errors import RollscanError, in_words
from ..job import Job
from ..result import Progress, Written


def make(pipe: Connection[Any, Any], folder: Path, job: Job) -> None:
    """Render a job, and send its events as dicts: "progress", "written", and "done" or "failed".

    pipe: to the studio's process. folder: the studio's, for temporary files.
    """

    def tell(event: Progress | Written) -> None:
        if isinstance(event, Progress):  # files are reported below, once all are in place
            pipe.send({"type": "progress", **asdict(event)})

    with _reporting_errors(pipe, folder):
        from ..run import render

        for made in render(job, tell):
            pipe.send({"type": "written", **asdict(made)})
        pipe.send({"type": "done"})


def answer(pipe: Connection[Any, Any], folder: Path) -> None:
    """Answer questions that come down a pipe, one at a time, until None comes.

    A question is a tuple (name of a method of Answers, its keyword arguments). The response is
    (the answer, None), or (None, (the error's message, the parameters that it names...)). A False
    in place of a question cancels the one under way.

    While a question is answered, "progress" events tell `what` is done, "" for reading frames, and
    the share of it that is `done`.

    folder: the studio's, for temporary files.
    """
    with _reporting_errors(pipe, folder):
        from .answers import Answers
        from .frame_cache import QuestionCancelledError

        def tell(what: str, done: float) -> None:
            pipe.send({"type": "progress", "what": what, "done": done})

        answers = Answers(tell)
        questions: SimpleQueue[Any] = SimpleQueue()

        def listen() -> None:
            with suppress(EOFError, OSError):  # the studio has ended, which ends this process too
                while True:
                    message = pipe.recv()
                    if message is False:
                        answers.counter.cancelled.set()
                    else:
                        answers.counter.cancelled.clear()
                        questions.put(message)

        threading.Thread(target=listen, daemon=True).start()
        while (question := questions.get()) is not None:
            name, arguments = question
            try:
                pipe.send((getattr(answers, name)(**arguments), None))
            except QuestionCancelledError:
                pipe.send((None, ("not asked any more",)))
            except RollscanError as error:
                pipe.send((None, (str(error), *error.names)))


@contextmanager
def _reporting_errors(pipe: Connection[Any, Any], folder: Path) -> Iterator[None]:
    """Send an error that ends the `with` block as a "failed" event.

    Temporary files are made in `folder` from now on, so that they are removed with it even if this
    process is killed.
    """
    tempfile.tempdir = str(folder)
    try:
        yield
    except BrokenPipeError:  # nobody can receive an event
        raise
    except Exception as error:
        pipe.send({"type": "failed", "message": in_words(error)})
