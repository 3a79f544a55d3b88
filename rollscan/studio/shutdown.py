"""Owns the decision when the studio ends after its page is closed, and where its files then go."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from ..deliver.output import check_writable, written_beside
from ..errors import RollscanError
from ..job import OUTPUTS
from .jobs import Jobs, Order
from .streams import Streams

GRACE = 10.0  # seconds that no page may be open, as happens while the page is reloaded
_INTERVAL = 0.5  # seconds between checks


async def until_abandoned(pages: Streams, jobs: Jobs, say: Callable[[str], None]) -> None:
    """Return when the page has been open, is closed, and no job is under way.

    Jobs go on after their page is closed. As no page can save their files then, these are copied
    into the current folder, where the command line would write them. pages: the streams of the open
    pages. say: is called with lines for people.
    """
    abandoned: list[Order] = []  # jobs whose page was closed before they ended
    is_announced = False
    while True:
        if pages.silent_for:
            abandoned += [order for order in jobs.under_way if order not in abandoned]
        for order in [order for order in abandoned if order.is_over]:
            abandoned.remove(order)
            await asyncio.to_thread(_save_files, order, say)
        is_closed = pages.silent_for >= GRACE
        if is_closed and not is_announced and abandoned:
            files = ", ".join(name for order in abandoned for name in _final_names(order))
            say(f"no page is open: the studio makes {files} and ends then, or with Ctrl-C")
        is_announced = is_closed
        if is_closed and not any(jobs.under_way) and not abandoned:
            return
        await asyncio.sleep(_INTERVAL)


def _final_names(order: Order) -> Iterator[str]:
    """The paths at which the files of an abandoned job will be."""
    for name in OUTPUTS:
        path, known = getattr(order.requested.job, name), getattr(order.requested.command, name)
        if path is not None:
            yield str(_free_path(known.name) if path.parent == order.folder else known)


def _save_files(order: Order, say: Callable[[str], None]) -> None:
    """Copy the files that the page would have saved, and tell the user where they are."""
    end = order.history[-1]
    if end["type"] == "failed":
        say(f"nothing was made: {end['message']}")
    for path, name in order.files:
        saved = path
        try:
            if path.parent == order.folder:
                saved = _free_path(name)
                with written_beside(saved) as draft:
                    shutil.copyfile(path, draft)
            say(f"{saved} is finished")
        except (RollscanError, OSError) as error:
            say(f"{name} is lost: {error}")


def _free_path(name: str) -> Path:
    """A path for a file of this name that does not exist yet.

    It is in the current folder, or in the home folder if files cannot be written there.
    """
    try:
        folder = Path.cwd()
        check_writable(folder / name)
    except (RollscanError, OSError):
        folder = Path.home()
    stem, ending = Path(name).stem, Path(name).suffix
    names = (name if k == 1 else f"{stem}-{k}{ending}" for k in count(1))
    return next(folder / free for free in names if not (folder / free).exists())
