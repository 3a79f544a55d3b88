"""Owns what the site takes from outside its folder: the samples, and the links to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]


def on_files(files: Files, config: Any) -> Files:
    """Add the pictures of samples/ to the site."""
    for path in sorted((ROOT / "samples").iterdir()):
        if path.suffix in (".gif", ".png"):
            files.append(File.generated(config, f"samples/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links that hold in the repository into ones that hold in the site."""
    return re.sub(r"\]\(\.\./samples/", "](samples/", markdown)


def on_page_content(html: str, **_: Any) -> str:
    """Mark what is short in the text and code, so that no line breaks after an option's dash."""
    return re.sub(r"<code>([^<\n]{1,26}</code>)", r'<code class="whole">\1', html)
