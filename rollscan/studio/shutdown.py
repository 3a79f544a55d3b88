"""Owns the studio's end when its page is closed: not while something is made that is wanted."""

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

GRACE = 10.0  # seconds that the page may be open nowhere, as when it is loaded anew
_OFTEN = 0.5  # seconds between looks


async def until_left(pages: Streams, jobs: Jobs, say: Callable[[str], None]) -> None:
    """Return when the page was open, is not any more, and everything asked for is made.

    Jobs that a page asked for and left go on. What they make, and no page can save any more, is
    put into the current folder, as the command line would have it. say: is given lines for people.
    """
    left: list[Order] = []  # jobs whose page was closed before they were done
    is_said = False
    while True:
        if pages.silent_for:
            left += [order for order in jobs.under_way if order not in left]
        for order in [order for order in left if order.is_over]:
            left.remove(order)
            await asyncio.to_thread(_keep, order, say)
        is_left = pages.silent_for >= GRACE
        if is_left and not is_said and left:
            files = ", ".join(name for order in left for name in _files(order))
            say(f"no page is open: the studio makes {files} and ends then, or with Ctrl-C")
        is_said = is_left
        if is_left and not any(jobs.under_way) and not left:
            return
        await asyncio.sleep(_OFTEN)


def _files(order: Order) -> Iterator[str]:
    """The files that a job was asked for, where they will be."""
    for name in OUTPUTS:
        path, called = getattr(order.asked.job, name), getattr(order.asked.command, name)
        if path is not None:
            yield str(_place(called.name) if path.parent == order.folder else called)


def _keep(order: Order, say: Callable[[str], None]) -> None:
    """Copy the files that the page would have saved, and say where they are."""
    end = order.said[-1]
    if end["type"] == "failed":
        say(f"nothing was made: {end['message']}")
    for path, name in order.files:
        place = path
        try:
            if path.parent == order.folder:
                place = _place(name)
                with written_beside(place) as draft:
                    shutil.copyfile(path, draft)
            say(f"{place} is finished")
        except (RollscanError, OSError) as error:
            say(f"{name} is lost: {error}")


def _place(name: str) -> Path:
    """A path for a file of this name that replaces no other: here, or else at home."""
    try:
        folder = Path.cwd()
        check_writable(folder / name)
    except (RollscanError, OSError):
        folder = Path.home()
    stem, ending = Path(name).stem, Path(name).suffix
    names = (name if k == 1 else f"{stem}-{k}{ending}" for k in count(1))
    return next(folder / free for free in names if not (folder / free).exists())
