"""The studio's parts without a server: what it says of full disks, of progress, in which words."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from conftest import LOSSY, ffmpeg, running_ffmpegs

from rollscan.deliver.listing import limits
from rollscan.deliver.platforms import load
from rollscan.errors import OutputError
from rollscan.files import temporary_room
from rollscan.video.probe import Probe

pytest.importorskip("starlette", reason='pip install "rollscan[ui]"')

from rollscan.studio import frame_cache, preview_frames, session, uploads
from rollscan.studio.answers import Answers
from rollscan.studio.clip import Clip
from rollscan.studio.job_request import CommandLine, parse_request
from rollscan.studio.page_words import in_page_words
from rollscan.studio.preview_frames import Reels


def full(*_: Any) -> None:
    """As write_at on a disk that is full."""
    with temporary_room():
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_disk_that_is_full_of_an_upload_is_told_when_all_of_it_was_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "write_at", full)
    taken = []

    async def chunks() -> AsyncIterator[bytes]:
        for k in range(3):
            taken.append(k)
            yield b"x"

    async def take() -> None:
        await session.Session(None, CommandLine(), tmp_path).upload("a.mp4", chunks())

    with pytest.raises(OutputError, match=r"No space left on device.*: free some space"):
        asyncio.run(take())
    assert taken == [0, 1, 2], "a browser waits until it has sent all"
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_of_frames_is_told_and_tried_again(
    brief: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read() -> None:
        facts, reels = Probe(brief).facts(), Reels(tmp_path)
        key = (0.0, None, None, None, None)
        with monkeypatch.context() as disk:
            disk.setattr(preview_frames, "write_at", full)
            with pytest.raises(OutputError):
                await (await reels.get(facts, key)).wait_for_all()
        with pytest.raises(OutputError, match="free some space"):  # in place of half an answer
            await reels.get(facts, key)
        await (await reels.get(facts, key)).wait_for_all()
        reels.close()

    asyncio.run(read())
    assert not running_ffmpegs(naming=brief)


@pytest.mark.parametrize(
    ("settings", "whats"),
    [({}, {""}), ({"smooth": True, "loop": "wrap"}, {""}), ({"steady": True}, {"", "steadying"})],
)
def test_how_far_a_frame_is_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, whats: set[str]
) -> None:
    monkeypatch.setattr(frame_cache, "_TOLD_EVERY", 0)
    path = tmp_path / "moving.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", *LOSSY, path)
    clip = Clip(path, Probe(path).facts())
    job = parse_request({"gif": "a.gif", **settings}, CommandLine(), clip, tmp_path).job
    told: list[tuple[str, float]] = []
    answers = Answers(lambda what, done: told.append((what, done)))
    answers.frame(job, clip.whole, None, None, 0.8)
    assert {what for what, _ in told} == whats
    for what in whats:
        shares = [done for each, done in told if each == what]
        assert shares == sorted(shares)
        assert 0 <= shares[0] < 0.5 and shares[-1] <= 1
        assert what or shares[-1] > 0.8
    told.clear()
    answers.frame(job, clip.whole, None, None, 0.4)  # before it, so that it is composed anew
    assert told and max(done for _, done in told) <= 1
    answers._close_last_clip()


def test_pages_are_told_of_the_clip_and_of_progress(plain: Path, tmp_path: Path) -> None:
    async def events() -> list[dict[str, Any]]:
        clip = Clip(plain, Probe(plain).facts())
        one = session.Session(clip, CommandLine(), tmp_path)
        got = []
        async for event in one.events():
            got.append(event)
            if event["type"] == "clip":
                one._note_progress({"type": "progress", "what": "", "done": 0.5})
            elif event["done"] is not None:
                one._note_progress(None)
            else:
                one.closing.set()
        return got

    first, *progress = asyncio.run(events())
    assert first["type"] == "clip"
    assert [event["done"] for event in progress] == [0.5, None]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("slit_width is 99: give 1 to 48", "slit width is 99: give 1 to 48"),
        ("give less, or a smaller --max-size", "give less, or a smaller at most"),
        ("leave out --steady", "leave out steady"),
        ("as in rollscan --ui --map FILE", "as in rollscan --ui --map FILE"),
        ('run pip install "rollscan[smooth]", or --no-smooth', None),
    ],
)
def test_messages_name_the_fields_of_the_page(message: str, words: str | None) -> None:
    expected = words or 'run pip install "rollscan[smooth]", or no smooth'
    assert in_page_words(message) == expected


def test_limits_that_are_less_sure_are_said_to_be(tmp_path: Path) -> None:
    texts = {name: limits(platform) for name, platform in load().items()}
    assert not any("?" in text for text in texts.values())
    assert texts["discord-sticker"] == "gif, 524 KB, perhaps exactly 320x320, 5 s"
