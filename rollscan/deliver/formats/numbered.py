"""Owns numbered pictures as a format: each frame is a file of its own."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ...video.sequence import numbered_name, pattern_of
from ..budget import EXACT
from .format import Encoding, ForEditors

if TYPE_CHECKING:
    from ..attempts import Encoder
    from ..composition import Composition
    from ..platforms import Platform
    from ..targets import Style


class Frames(ForEditors):
    """Numbered pictures: OUT-%04d.png stands for OUT-0001.png, OUT-0002.png and so on."""

    name = "frames"
    endings = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff")
    example = "out/%04d.png"
    title = "numbered pictures"
    help = (
        "the same as numbered pictures, for editors: of out/%04d.png, out/0001.png, out/0002.png"
        " and so on; .png, .jpg, .webp or .tiff"
    )
    alpha = True
    is_one_file = False
    usual = 0.15

    def takes(self, path: Path) -> bool:
        """Whether the name is a pattern with %d or %04d for the number."""
        return super().takes(path) and pattern_of(path.name) is not None

    def holds_alpha(self, path: Path) -> bool:
        """Whether pictures of this ending can hold transparency, as all but JPEG can."""
        from ..picture import holds_alpha

        return holds_alpha(path)

    def check_writable(self, path: Path) -> None:
        """Raise OutputError if pictures cannot be written, or would replace what is not ours."""
        from ..atomic_sequence import check_sequence

        check_sequence(path)

    def beside(self, path: Path) -> AbstractContextManager[Path]:
        """Yield a folder to write to, whose pictures are moved to their places in the end."""
        from ..output import sequence_beside

        return sequence_beside(path)

    def encoder(self, how: Encoding) -> Encoder[None]:
        """An encoder that writes into a folder, under the names that `shown_as` stands for."""
        from ..attempts import Encoder

        pattern = (how.shown_as or Path(self.example)).name

        def write(folder: Path, shown: Composition, quality: float) -> None:
            _write(folder, pattern, how.tracker.passing(shown), how.style.recipe)

        return Encoder(write, how.style.quality, EXACT)

    def write_sample(
        self,
        file: Path,
        shown: Composition,
        style: Style,
        platform: Platform | None,
        quality: float | None = None,
    ) -> None:
        """Write frames to one file, one picture after the other, to find their size."""
        with TemporaryDirectory(prefix="rollscan-") as folder, file.open("wb") as joined:
            _write(Path(folder), f"%d{file.suffix}", shown, "")
            for each in Path(folder).iterdir():
                joined.write(each.read_bytes())


def _write(folder: Path, pattern: str, frames: Iterable[object], comment: str) -> None:
    """Write frames to a folder, from number 1 on."""
    from ..encode import of_one_size
    from ..picture import save_picture

    for number, frame in enumerate(of_one_size(frames), 1):  # type: ignore[arg-type]
        with (folder / numbered_name(pattern, number)).open("wb") as file:
            save_picture(frame, file, Path(pattern).suffix.lower(), comment)
