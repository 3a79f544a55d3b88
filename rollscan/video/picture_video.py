"""Owns the decoding of a video that is made of pictures, on several threads, a few at a time."""

from __future__ import annotations

import subprocess
import weakref
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from ..errors import SourceError
from ..files import SharedFile, temporary_room
from ..frames import Picture
from ..gif.threads import thread_count
from ..pictures import open_picture
from .ffmpeg import start_ffmpeg
from .input import Input
from .log import why_failed
from .probe import Probe
from .reading import UNREADABLE, Box, LevelsError, read_upright, upright_size
from .source import Video
from .stabilize import OVERSIZE

_WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
_LOSSLESS = ("-c:v", "ffv1", "-level", "3", "-slices", "4", "-pix_fmt", "bgr0", "-f", "matroska")


class PictureVideo(Video):
    """A folder, or a pattern, of pictures as a video: a sequence of frames; see Video.

    Of the pictures, only those are open that are read at the moment. To be steadied or to have
    their brightness evened out, they are first set aside as a file, at the size that is needed.
    """

    @property
    def kept(self) -> float:
        """The share of the picture's width and height that stabilization leaves, 0 to 1."""
        return self._mended.kept if self._is_mended else 1.0

    def close(self) -> None:
        """Remove what was set aside."""
        super().close()
        if mended := self.__dict__.get("_mended"):  # the property itself would make one
            mended.close()

    def small(self, width: int) -> Iterator[Picture]:
        """Decode all frames, `width` pixels wide and of the same shape."""
        return self._mended.small(width) if self._is_mended else super().small(width)

    def frames(
        self, first: int = 0, stop: int | None = None, crop: tuple[int, int, int, int] | None = None
    ) -> Iterator[Picture]:
        """Read the pictures `first` up to but not including `stop`; see Video.frames.

        Raises SourceError, with its name, for one that is damaged or missing.
        """
        if self._is_mended:
            return self._mended.frames(first, stop, crop)
        files = self._facts.pictures[first:stop]
        where = self._framing.within(crop)
        size = (where[2], where[3]) if where else self._framing.size
        x, y, width, height = where or (0, 0, *self._framing.scaled)
        across, down = self._framing.scaled
        box = (x / across, y / down, (x + width) / across, (y + height) / down)
        return self._read_ahead(files, size, box)

    @property
    def _is_mended(self) -> bool:
        return self._steady or self._deflicker

    @cached_property
    def _mended(self) -> Video:
        """The pictures as a file, which ffmpeg steadies and deflickers."""
        full = self._facts.size
        factor = min(1.0, OVERSIZE * self._framing.scaled[0] / full[0])
        size = (max(2, round(full[0] * factor)), max(2, round(full[1] * factor)))
        aside = SharedFile(".mkv")
        read = Input(self._facts.path, aside.path, aside)
        weakref.finalize(read, aside.close)
        reading = self._read_ahead(self._facts.pictures, size, _WHOLE)
        with temporary_room(), closing(reading) as pictures:
            self._set_aside(aside, pictures, size)
        facts = replace(Probe(read, tracker=self._tracker).facts(), rate=self._facts.rate)
        return Video(
            facts,
            self._framing,
            steady=self._steady,
            deflicker=self._deflicker,
            tracker=self._tracker,
        )

    def _set_aside(
        self, aside: SharedFile, pictures: Iterator[Picture], size: tuple[int, int]
    ) -> None:
        """Write pictures of this size to a file, without loss."""
        arguments = [
            *("-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24"),
            *("-s", f"{size[0]}x{size[1]}", "-framerate", str(self._facts.rate), "-i", "pipe:0"),
            *(*_LOSSLESS, f"file:{aside.path}"),
        ]
        with start_ffmpeg(arguments, stdin=subprocess.PIPE, tracker=self._tracker) as ffmpeg:
            assert ffmpeg.stdin
            with suppress(OSError):  # a broken pipe, of which ffmpeg's exit status tells
                for picture in pictures:
                    ffmpeg.stdin.write(picture.data)
                ffmpeg.stdin.close()
            if status := ffmpeg.wait():
                why = why_failed(status, ffmpeg.log.text())
                raise SourceError(
                    f"{self._facts.path} cannot be set aside to be mended ({why}): leave out"
                    " --steady and --deflicker"
                )

    def _read_ahead(
        self, files: tuple[Path, ...], size: tuple[int, int], box: Box
    ) -> Generator[Picture, None, None]:
        threads = thread_count()
        under_way: deque[tuple[Path, Future[Picture]]] = deque()
        with ThreadPoolExecutor(threads) as pool:
            try:
                for file in files:
                    under_way.append((file, pool.submit(self._picture, file, size, box)))
                    if len(under_way) > threads:
                        yield under_way.popleft()[1].result()
                while under_way:
                    yield under_way.popleft()[1].result()
            finally:
                for _, reading in under_way:
                    reading.cancel()

    def _picture(self, file: Path, size: tuple[int, int], box: Box) -> Picture:
        """Read a picture."""
        try:
            image = open_picture(file)
            if (found := upright_size(image)) != self._facts.size:
                image.close()
                raise SourceError(
                    f"{file} has become {found[0]}x{found[1]} pixels: leave the pictures as they"
                    " are while they are read"
                )
            return read_upright(image, size, box)
        except SourceError:
            raise
        except LevelsError as error:
            raise SourceError(f"{file} {error}: convert it to 8 or 16 bits") from error
        except UNREADABLE as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise SourceError(f"{file} cannot be read ({why}): mend it, or take it away") from error
