"""Owns the writing of one moving picture: composition to GIF, MP4, WebM or WebP, within limits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ..errors import BudgetError, OutputError
from ..gif import constant_delays, write_gif
from ..job import Written
from ..progress import amount, passing, stage
from ..stages import CHECKING, ENCODING
from .budget import Settings, told, write_within
from .composition import Composition
from .conformance import check
from .encode import VP9_CRF, write_mp4, write_webm
from .output import written_beside
from .targets import Style, Target, keeping
from .webp import save_webp


def write_moving(target: Target, composition: Composition, style: Style) -> Written:
    """Write the composition for one target: moved into place when whole and within every limit.

    Raises OutputError where that cannot be.
    """
    try:
        with stage(ENCODING, target.path):
            return _written(target, composition, style)
    except BudgetError as error:
        if target.platform is None:
            raise
        raise BudgetError(
            f"{target.path} for {target.platform.name}: {error}", *error.names
        ) from error


def _written(target: Target, composition: Composition, style: Style) -> Written:
    shown = composition
    if target.platform:
        shown = keeping(shown, target.platform, style.fit)
    cut = coarser = silent = ""
    if shown.sound and target.platform and not target.platform.sound:
        shown = replace(shown, sound=None)
        silent = f"no sound, which {target.platform.name} does not take"
    if not target.one_size:
        shown = shown.within(style.longest)
    if shown.seconds < composition.seconds - 1e-6:
        cut = f"cut to {shown.seconds:.2f} of {composition.seconds:.2f} s"
    full = settings = Settings(style.quality, composition.fps, shown.size[0])
    loops = style.mp4_loops if target.format == "mp4" else 1
    amount(loops * len(shown))
    if target.format == "mp4":
        write_mp4(
            target.path, shown, shown.fps, loops=loops, comment=style.recipe, sound=shown.sound
        )
    elif target.format == "webm":
        checked = partial(_check, target)
        crf = write_webm(
            target.path,
            shown,
            shown.fps,
            max_bytes=target.max_bytes,
            comment=style.recipe,
            sound=shown.sound,
            check=checked,
        )
        coarser = f"CRF {VP9_CRF}→{crf}" if crf > VP9_CRF else ""
    else:
        shown, settings = _write_picture(target, shown, style)
    size = shown.size
    if target.format == "mp4":
        size = (size[0] + size[0] % 2, size[1] + size[1] % 2)
    changes = told(full, replace(settings, fps=shown.fps))
    return Written(
        target.path,
        size,
        loops * len(shown),
        loops * shown.seconds,
        given_up=", ".join(filter(None, [cut, changes, coarser, silent])),
        seam=shown.seam,
        sound=shown.sound is not None and target.format in ("mp4", "webm"),
    )


def _write_picture(
    target: Target, shown: Composition, style: Style
) -> tuple[Composition, Settings]:
    """Write a GIF or a WebP; return what of the composition is in it, and at which settings."""

    def write(file: BinaryIO, part: Composition, quality: int) -> Composition:
        if target.format == "webp":
            save_webp(file, part, part.fps, quality=quality, loop=style.loop, comment=style.recipe)
        else:
            delays = passing(constant_delays(part.fps))
            write_gif(
                file,
                part,
                delays,
                loop=style.loop,
                quality=quality,
                colors=style.colors,
                comment=style.recipe,
            )
        return part

    settings = Settings(style.quality, shown.fps, shown.size[0])
    with written_beside(target.path) as temporary:
        with open(temporary, "wb") as file:
            if target.max_bytes is None:
                write(file, shown, style.quality)
            else:
                shown, settings = write_within(
                    target.max_bytes, file, shown, style.quality, write, one_size=target.one_size
                )
        _check(target, temporary)
    return shown, settings


def _check(target: Target, finished: Path) -> None:
    """Raise OutputError where the finished file breaks a limit of its platform."""
    if not target.platform:
        return
    with stage(CHECKING, target.path):
        broken = check(finished, target.platform)
    if broken:
        raise OutputError(
            f"{target.path} is not written, as it would have {'; '.join(broken)}: give a smaller"
            " --scale, a lower --fps or an earlier --end"
        )
