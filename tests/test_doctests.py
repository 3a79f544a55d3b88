"""The examples in the docstrings of the public names, run as they stand."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import rollscan
from rollscan import gif

SAMPLES = Path(__file__).parents[1] / "samples"
PUBLIC = {
    **{name: getattr(rollscan, name) for name in rollscan.__all__ if name != "__version__"},
    **{f"gif.{name}": getattr(gif, name) for name in gif.__all__ if name[0] != "D"},
}
WITHOUT_EXAMPLE = {
    "FASTEST_FPS",
    "MOST_LOOPS",
    "Effect",
    "GifSummary",
    "Progress",
    "Written",
    "render",
}


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_show_what_is_so(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    it = PUBLIC[name]
    (tmp_path / "dance.mp4").symlink_to(SAMPLES / "dancer.mp4")
    monkeypatch.chdir(tmp_path)
    known = {**{each: getattr(rollscan, each) for each in rollscan.__all__}, "np": np}
    known |= vars(import_module(it.__module__)) if hasattr(it, "__module__") else {}
    tests = [test for test in doctest.DocTestFinder().find(it, name, globs=known) if test.examples]
    is_error = isinstance(it, type) and issubclass(it, Exception)
    assert tests or is_error or name.removeprefix("gif.") in WITHOUT_EXAMPLE, "give an example"
    runner = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL)
    for test in tests:
        assert not runner.run(test).failed


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_explained(name: str) -> None:
    it = PUBLIC[name]
    page = (SAMPLES.parent / "docs" / "api.md").read_text()
    assert f"::: rollscan.{name}\n" in page or not callable(it)
    if callable(it):
        assert it.__doc__ and it.__doc__.strip()
