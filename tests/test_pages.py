"""The pages do what they say: their commands run, their links hold, their options exist.

A block of commands or Python after a comment that begins with "not run:" is passed over.
"""

from __future__ import annotations

import ast
import gc
import re
import runpy
import shlex
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
from conftest import LOSSLESS, ffmpeg, numbered

from rollscan.cli import main
from rollscan.effect_files import load_typed
from rollscan.job import MOVING
from rollscan.parser import parser
from rollscan.video.sequence import is_sequence

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT.glob("*.md"), (ROOT / "docs").rglob("*.md"), (ROOT / "samples").glob("*.md"))
PAGES = sorted(page for folder in FOLDERS for page in folder)
GUIDES = ("index", "filming", "looks", "loops", "platforms", "studio", "many")
OTHERS = {"--nthreads", "--simulated"}  # options of dask worker, and of a benchmark
BLOCK = re.compile(r"(<!-- not run:.*? -->\s*)?```(sh|python)\n(.*?)```", re.S)


def blocks(page: Path, language: str) -> list[str]:
    """The blocks of the page in that language that are to be run."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for excuse, kind, text in found if kind == language and not excuse]


def commands(page: Path) -> list[list[str]]:
    """The words of every command in the page that is to be run."""
    lines = [
        line
        for block in blocks(page, "sh")
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return [shlex.split(line, comments=True) for line in lines]


def new_commands(page: Path) -> list[list[str]]:
    """The commands that no page before this one has; others have been run there."""
    before = [words for other in PAGES[: PAGES.index(page)] for words in commands(other)]
    return [words for words in commands(page) if words not in before]


def with_commands(language: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, language)]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dancer with a tone, so small that it is quick to work on."""
    path = tmp_path_factory.mktemp("pages") / "small.mp4"
    tone = ("-f", "lavfi", "-i", "sine", "-c:a", "aac")
    small = ("-t", "3", "-r", "6", "-vf", "scale=64:-2", *LOSSLESS)
    ffmpeg("-i", ROOT / "samples" / "dancer.mp4", *tone, *small, path)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


SAVED = re.compile(r"Save it as `(\S+\.py)`:\s*```python\n(.*?)```", re.S)


def save_scripts(page: Path) -> list[str]:
    """Write the files that the page asks its reader to save. Returns what is in them."""
    saved = SAVED.findall(page.read_text(encoding="utf-8"))
    for name, text in saved:
        Path(name).write_text(text, encoding="utf-8")
    return [text for _, text in saved]


def provide(clip: Path, inputs: list[str]) -> None:
    """Put the clip wherever a video is read that is not there yet: a file, a pattern, a folder."""
    for name in inputs:
        if is_sequence(name):  # pictures that a command of the page has made
            continue
        path = Path(name.replace("*", "dance") if name.endswith(".mp4") else f"{name}/dance.mp4")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_bytes(clip.read_bytes())


def outputs(asked: dict[str, Any]) -> list[str]:
    """Patterns, one for each output asked for, of the names that its files may have."""
    names = [asked[name] for name in (*MOVING, "poster", "still", "looks") if name in asked]
    names = [re.sub(r"%0?\d*d", "*", str(name)) for name in names]
    if "names" in asked:
        return [f"{name.rpartition('.')[0]}*" for name in names]  # out-discord.gif, or out.mp4
    return [f"{name}*" if name.endswith("/") else re.sub(r"{\w+}", "*", name) for name in names]


@pytest.mark.usefixtures("many_here", "registry")
@pytest.mark.parametrize("page", with_commands("sh"), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_the_page_runs(
    page: Path, clip: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_scripts(page)
    for words in new_commands(page):
        line = shlex.join(words)
        assert words[0] == "rollscan", f"{line}: mark the block as not run, and say why"
        load_typed(words)
        asked = vars(parser().parse_args(words[1:]))
        provide(clip, asked["input"])
        status = main(words[1:])
        assert (line, status, capsys.readouterr().err) == (line, 0, "")
        for pattern in outputs(asked):
            made = list(folder.glob(pattern))
            assert made and all(path.stat().st_size > 0 for path in made), line


@pytest.mark.usefixtures("registry")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "page", with_commands("python"), ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_python_of_the_page_runs(
    page: Path, clip: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save_scripts(page)
    monkeypatch.syspath_prepend(folder)
    known: dict[str, object] = {"frames": numbered(50)}
    for text in [text for text in blocks(page, "python") if text not in saved]:
        reading = "\n".join(re.findall(r".*(?:open|Clip|Path|iio|make|still|Job)\(.*", text))
        provide(clip, re.findall(r"[\w/-]+\.mp4", reading))
        exec(compile(text, str(page), "exec"), known)
    known.clear()
    gc.collect()  # the pipes that MoviePy's reader leaves open; a warning here and nowhere else


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_and_picture_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r' src="([^"]+)"', text):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_the_page_of_options_has_them_all() -> None:
    text = (ROOT / "docs" / "options.md").read_text()
    known = {name for action in parser()._actions for name in action.option_strings}
    told = set(re.findall(r"`(--[a-z0-9-]+)", text))
    assert known - told <= {"-h", "--help", "--version"}
    assert told - known == set()


def test_the_table_of_what_goes_with_which_effect_is_so() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "_site" / "goes_with.py"))
    assert written["table"]() in (ROOT / "docs" / "looks.md").read_text()


def test_the_first_page_names_what_the_program_stands_on() -> None:
    table = (ROOT / "README.md").read_text().partition("## What it stands on")[2]
    for requirement in requires("rollscan") or []:
        if not re.search("extra == .(all|docs|test)", requirement):
            assert re.split(r"[^\w-]", requirement)[0] in table, requirement


def test_options_in_the_pages_exist() -> None:
    known = {name for action in parser()._actions for name in action.option_strings}
    for page in (ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in GUIDES)):
        for name in re.findall(r"`(--[a-z0-9-]+)", page.read_text()):
            assert name in known | OTHERS, f"{page.name}: {name}"


def rooms() -> dict[str, int]:
    """The files and folders of the package that the house has, each with its line in the table."""
    table = (ROOT / "docs" / "architecture.md").read_text().partition("| room | owns |")[2]
    lines = re.findall(r"^\| (`.*?) \|", table.partition("\n\n")[0], re.M)
    named = [(name, k) for k, line in enumerate(lines) for name in re.findall(r"`(.+?)`", line)]
    assert len(dict(named)) == len(named)
    return dict(named)


def imported(path: Path) -> Iterator[str]:
    """The rooms from which a file of the package imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            start = path.parents[node.level - 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                found = start.joinpath(*name.split(".")).relative_to(ROOT / "rollscan").parts
                folder = (ROOT / "rollscan" / found[0]).is_dir()
                yield f"{found[0]}/" if folder else f"{found[0]}.py"


def test_the_house_has_every_room_once() -> None:
    here = (ROOT / "rollscan").iterdir()
    names = {f"{path.name}/" if path.is_dir() else path.name for path in here}
    assert names - {"__pycache__/", "py.typed"} == rooms().keys()


def test_imports_point_down_the_house() -> None:
    lines = rooms()
    upwards = set()
    for path in (ROOT / "rollscan").rglob("*.py"):
        parts = path.relative_to(ROOT / "rollscan").parts
        room = parts[0] if len(parts) == 1 else f"{parts[0]}/"
        for name in imported(path):
            if name != "__version__.py" and lines[name] < lines[room]:
                upwards.add((room, name))
    assert upwards == set()
