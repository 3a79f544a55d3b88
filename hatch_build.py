"""Puts the compiled kernel into wheels where it can be built; without it they work as well."""

from __future__ import annotations

import runpy
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags


class KernelHook(BuildHookInterface):
    """Builds the kernel for a wheel; for an editable one, into the source tree."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the kernel, and add it to the wheel, which is then for this platform alone."""
        kernel = runpy.run_path(str(Path(self.root, "build_kernel.py")))
        library: Path = kernel["LIBRARY"]
        self._folder = tempfile.TemporaryDirectory()  # the source may be read-only
        built = library if version == "editable" else Path(self._folder.name, library.name)
        try:
            kernel["build"](built)
        except (OSError, kernel["BuildError"]) as error:
            self.app.display_warning(f"rollscan is installed without its compiled kernel: {error}")
            return
        if version != "editable":
            place = library.relative_to(Path(self.root).resolve())
            build_data["force_include"][str(built)] = str(place)
            build_data["tag"] = f"py3-none-{_platform()}"
            build_data["pure_python"] = False

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was built, which is in the wheel now."""
        self._folder.cleanup()


def _platform() -> str:
    """The tag of this platform: that of wheels for it alone, which name no C library."""
    return next(tag for tag in platform_tags() if "manylinux" not in tag and "musllinux" not in tag)
