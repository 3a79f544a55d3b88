"""Owns what one studio holds: the clip that is open, what of it is decoded, its folder."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

from .clip import Clip, preview
from .reel import Reel

_MOST_REELS = 3  # on disk at once: 192 MiB each


class Session:
    """One studio. But for the clip, used in its event loop alone."""

    def __init__(self, clip: Clip | None, options: dict[str, Any]) -> None:
        self.clip, self.options = clip, options
        self._reels: OrderedDict[tuple[Any, ...], Reel] = OrderedDict()  # used last comes last
        self._room = asyncio.Lock()

    async def reel(
        self, start: float, end: float | None, width: int | None, scale: float | None
    ) -> Reel:
        """The part of the clip, from where it is decoded already or from now on."""
        assert self.clip
        clip = self.clip
        key = (*clip.part(start, end), width, scale)
        async with self._room:
            if key not in self._reels or self._reels[key].failed:
                facts = await asyncio.to_thread(clip.facts, *key[:2])
                while len(self._reels) >= _MOST_REELS:
                    self._reels.popitem(last=False)[1].close()
                self._reels[key] = Reel(*preview(facts, width=width, scale=scale))
            self._reels.move_to_end(key)
            return self._reels[key]

    async def close(self) -> None:
        """End whatever runs."""
        for reel in self._reels.values():
            reel.close()
