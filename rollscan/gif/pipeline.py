"""Owns the order of work on frames: painted, compressed, and handed back as they came.

With more than one thread, a frame is painted in bands of rows while the frames before it are
compressed and the next ones are made. That needs the compiled kernel, which leaves the
interpreter's lock to others: NumPy in threads is slower than without, but for large frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from .canvas import Canvas
from .colour import U8, Mask
from .container import ColourTable
from .kernel import kernel
from .lzw import compressed
from .matching import Matcher
from .painting import Patch
from .threads import thread_count

_MOST_UNDER_WAY = 8  # frames that are painted or compressed, or wait for that


@dataclass(frozen=True)
class Job:
    """A frame (H, W, 3) uint8, the palette to paint it with, and for how long it is shown.

    clear: which pixels are transparent, (H, W); None for a frame that has no transparency.
    """

    frame: U8
    matcher: Matcher
    delay_cs: int
    clear: Mask | None = None


@dataclass(frozen=True)
class Image:
    """What a frame changes on the canvas, with the colours and the time of its job.

    blocks: the compressed indices of a rectangle, None if nothing changes. corner: x, y of its top
    left pixel. size: its width and height. clears: whether it is taken off the canvas before the
    next image.
    """

    table: ColourTable
    delay_cs: int
    blocks: bytes | None = None
    corner: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (0, 0)
    clears: bool = False


def images(jobs: Iterable[Job], tolerance: float) -> Generator[Image, None, None]:
    """The image of each job, in order. tolerance: as for a Canvas.

    A few jobs are taken ahead of what is yielded, at most 8. Errors of `jobs` and of the work are
    raised here; closing the iterator ends the work under way.
    """
    threads = thread_count() if kernel() else 1
    if threads > 1:
        with suppress(_NoThreadError):
            yield from _on_threads(jobs, tolerance, threads)
            return
    canvas = Canvas(tolerance)
    for job in jobs:
        yield _image(canvas.paint(job.frame, job.matcher, job.clear), job)


class _NoThreadError(Exception):
    """No thread can be started. No job has been taken yet."""


def _on_threads(jobs: Iterable[Job], tolerance: float, threads: int) -> Iterator[Image]:
    """Do as `images` does: one thread paints, with the help of the others, which compress."""
    with _pool(threads - 1) as helpers, _pool(1) as painter:
        canvas = Canvas(tolerance, bands=threads, side_by_side=partial(_side_by_side, helpers))

        def paint(job: Job) -> Future[Image]:
            return helpers.submit(_image, canvas.paint(job.frame, job.matcher, job.clear), job)

        under_way: deque[Future[Future[Image]]] = deque()
        for job in jobs:
            under_way.append(painter.submit(paint, job))
            while len(under_way) == min(threads + 2, _MOST_UNDER_WAY) or _is_ready(under_way):
                yield under_way.popleft().result().result()
        while under_way:
            yield under_way.popleft().result().result()


def _is_ready(under_way: deque[Future[Future[Image]]]) -> bool:
    """Whether the first is done."""
    return bool(under_way) and under_way[0].done() and under_way[0].result().done()


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads, which end with the block; what has not begun then is not done.

    Raises _NoThreadError where not even one can be started.
    """
    pool = ThreadPoolExecutor(threads, "rollscan-gif")
    try:
        try:
            pool.submit(int)
        except RuntimeError as error:
            raise _NoThreadError from error
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _side_by_side(helpers: ThreadPoolExecutor, tasks: Sequence[Callable[[], None]]) -> None:
    """Do the first task here, and the others in the helpers."""
    others = [helpers.submit(task) for task in tasks[1:]]
    tasks[0]()
    for other in others:
        other.result()


def _image(patch: Patch | None, job: Job) -> Image:
    """The image of a patch, compressed."""
    table = job.matcher.table
    if patch is None:
        return Image(table, job.delay_cs)
    height, width = patch.indices.shape
    blocks = compressed(patch.indices, table.code_bits)
    return Image(
        table, job.delay_cs, blocks, patch.corner, (width, height), clears=job.clear is not None
    )
