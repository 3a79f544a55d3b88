"""A studio that is served by a thread of this process, which starts far sooner than another."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from unittest.mock import patch

from conftest import without_main_module

from rollscan.options import studio_of
from rollscan.parser import parser
from rollscan.studio import folder, open_studio, serve


@contextmanager
def studio_here(*arguments: str | Path, temporary: Path | None = None) -> Iterator[str]:
    """The address of a studio that a command line opens; it ends with the block.

    temporary: where its folder is, default the system's.
    """
    options = vars(parser().parse_args([*map(str, arguments), "--ui", "--no-browser", "--keep"]))
    for name in ("quiet", "list_platforms", "list_looks"):
        del options[name]
    how = studio_of(options)
    said: Queue[str | BaseException] = Queue()
    servers: list[Any] = []

    def run() -> None:
        try:
            open_studio(options, how or {}, said.put)
        except BaseException as error:
            said.put(error)

    def noted(server: Any) -> Any:  # in place of signals, which only a main thread has
        servers.append(server)
        return nullcontext()

    def made() -> folder.Folder:
        before, tempfile.tempdir = tempfile.tempdir, str(temporary) if temporary else None
        try:
            return folder.Folder()
        finally:
            tempfile.tempdir = before

    with patch.object(serve, "_ending_on_signals", noted), patch.object(serve, "Folder", made):
        thread = Thread(target=run)
        with without_main_module():
            thread.start()
            first = said.get(timeout=30)
            try:
                if isinstance(first, BaseException):
                    raise first
                found = re.search(r"http://\S+", first)
                assert found, first
                yield found[0]
            finally:
                for server in servers:
                    server.should_exit = True
                thread.join(20)
    assert not thread.is_alive()
