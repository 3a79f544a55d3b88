"""The types of the public API, as mypy sees them from a script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TYPED = ROOT / "tests" / "typed"


def test_a_script_passes_mypy_strict_and_what_is_wrong_does_not() -> None:
    # In the folder of the project, so that its cache serves; with the settings that ship with it.
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--warn-unused-ignores", str(TYPED)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues found in 2 source files" in done.stdout


def test_the_script_does_what_its_types_say(plain: Path, out: Path) -> None:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", str(TYPED / "use.py"), str(plain), str(out)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == ["0.png", "1.png", "a.gif", "b.gif"]
