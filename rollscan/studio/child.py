"""Owns what runs in processes of the studio: one that renders a job, one that answers questions."""

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
    """Render a job, and send what the page is to be told. folder: the studio's."""

    def tell(event: Progress | Written) -> None:
        if isinstance(event, Progress):  # a file is told of when it is in its place
            pipe.send({"type": "progress", **asdict(event)})

    with _at_work(pipe, folder):
        from ..run import render

        for made in render(job, tell):
            pipe.send({"type": "written", **asdict(made)})
        pipe.send({"type": "done"})


def answer(pipe: Connection[Any, Any], folder: Path) -> None:
    """Answer questions, one at a time, for as long as there are any. folder: the studio's.

    A question is (its name in Answers, arguments); an answer is (it, None), or (None, what is wrong
    and the parameters that it names). False instead: the one under way is not asked any more; None:
    there are no more.
    """
    with _at_work(pipe, folder):
        from .answers import Answers
        from .frame_cache import NotAskedError

        answers = Answers()
        coming: SimpleQueue[Any] = SimpleQueue()

        def listen() -> None:
            with suppress(EOFError, OSError):  # the studio is gone, which ends this process
                while True:
                    said = pipe.recv()
                    if said is False:
                        answers.given_up.set()
                    else:
                        answers.given_up.clear()
                        coming.put(said)

        threading.Thread(target=listen, daemon=True).start()
        while (said := coming.get()) is not None:
            name, arguments = said
            try:
                pipe.send((getattr(answers, name)(**arguments), None))
            except NotAskedError:
                pipe.send((None, ("not asked any more",)))
            except RollscanError as error:
                pipe.send((None, (str(error), *error.names)))


@contextmanager
def _at_work(pipe: Connection[Any, Any], folder: Path) -> Iterator[None]:
    """In the block, work goes on; an error that ends it is sent.

    Temporary files are in `folder`, so that they go with it where this process has to be killed.
    """
    tempfile.tempdir = str(folder)
    try:
        yield
    except BrokenPipeError:  # nobody is there to be told
        raise
    except Exception as error:
        pipe.send({"type": "failed", "message": in_words(error)})
