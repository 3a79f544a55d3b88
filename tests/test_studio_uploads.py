"""Files that the browser sends for options: checked by their contents, and gone in the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from conftest import MakeVideo, decoded, number, numbered
from PIL import Image

pytest.importorskip("starlette", reason="pip install 'rollscan[ui]'")

from studio_here import studio_here
from test_sound import TONE, heard, with_sound

Ask = Callable[..., tuple[int, Any]]


def _asker(address: str) -> Ask:
    def ask(method: str, path: str, body: bytes | dict[str, Any] | None = None) -> tuple[int, Any]:
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        try:
            with urlopen(Request(address + path, content, method=method)) as answer:
                return answer.status, answer.read()
        except HTTPError as error:
            return error.code, json.loads(error.read())["error"]

    return ask


def _png(size: tuple[int, int] = (8, 6)) -> bytes:
    file = BytesIO()
    Image.new("L", size, 128).save(file, "PNG")
    return file.getvalue()


def test_files_for_options_are_checked_named_and_removed_in_the_end(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    clip = make_video("clip.mp4", numbered(6))
    private = tmp_path / "private"
    private.mkdir()
    with studio_here(clip, temporary=private) as address:
        ask = _asker(address)
        # What is no picture, no video and no sound is refused, with the name that the browser has.
        for option in ("map", "sound"):
            status, error = ask("PUT", f"files/{option}?name=../../notes.png", b"only text\n" * 9)
            assert status == 400
            assert "notes.png" in error and str(private) not in error
        assert ask("PUT", "files/platforms?name=a.toml", b"[x]")[0] == 400
        assert ask("PUT", "files/map?name=dot.png", _png((1, 1)))[0] == 400
        # What is taken has an id; of all that was sent, nothing else is left.
        status, body = ask("PUT", "files/map?name=../grey%20map.png", _png())
        assert status == 201
        id = json.loads(body)["id"]
        assert id.endswith("-grey map.png")
        (folder,) = private.iterdir()
        assert len(list(folder.glob("file-*"))) == 1
        assert ask("GET", f"files/map/{id.replace(' ', '%20')}") == (200, _png())
        # The plan names it as the user does; other ids and paths are refused.
        options = {"gif": "a.gif", "effect": "displace", "depth": 0.2}
        plan = json.loads(ask("POST", "plan", {"options": {**options, "map": id}})[1])
        assert plan["error"] is None
        assert "--map 'grey map.png'" in plan["command"]
        for wrong in (f"9{id}", str(clip), "../grey map.png", str(folder / "file-1")):
            plan = json.loads(ask("POST", "plan", {"options": {**options, "map": wrong}})[1])
            assert "not here" in plan["error"] and plan["field"] == "map"
            assert ask("GET", f"map?of={wrong.replace(' ', '%20')}&width=8&height=6")[0] == 400
        kept = {"name": "mine", "options": {**options, "map": id}}
        status, error = ask("POST", "looks", kept)
        assert status == 400 and "grey map.png, which goes when the studio ends" in error
        assert ask("GET", f"files/sound/{id.replace(' ', '%20')}")[0] == 404
        assert ask("GET", "map?of=down&width=8&height=0")[0] == 400
        picture = Image.open(BytesIO(ask("GET", "map?of=down&width=8&height=6")[1]))
        levels = np.asarray(picture)[:, 0].tolist()
        assert levels == [0, 51, 102, 153, 204, 255], "the oldest is white, and at the bottom"
    assert not list(private.iterdir())


def test_a_job_uses_the_map_and_the_track_that_were_sent(
    make_video: MakeVideo, tmp_path: Path
) -> None:
    clip = make_video("clip.mp4", numbered(6))
    track = with_sound(clip, tmp_path / "beat.mov", TONE).read_bytes()
    with studio_here(clip) as address:
        ask = _asker(address)
        sent = {"map": ("grey.png", _png()), "sound": ("beat.mov", track)}
        ids = {
            option: json.loads(ask("PUT", f"files/{option}?name={name}", file)[1])["id"]
            for option, (name, file) in sent.items()
        }
        options = {"mp4": "a.mp4", "effect": "displace", "depth": 0.2, "smooth": False, **ids}
        order = json.loads(ask("POST", "jobs", {"options": options})[1])["id"]
        ask("GET", f"jobs/{order}/events")
        (tmp_path / "a.mp4").write_bytes(ask("GET", f"jobs/{order}/files/0")[1])
    assert np.abs(heard(tmp_path / "a.mp4")).max() > 0.3
    late = [number(frame) for frame in decoded(tmp_path / "a.mp4")]
    assert late == [0, 0, 0, 0, 1, 2], "half of the five frames that a depth of 0.2 s has"
