"""ffmpeg as it is run: what it is told arrives as it is, and whoever waits for it can stop."""

from __future__ import annotations

import math
import subprocess
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from conftest import LOSSY, MakeVideo, ffmpeg

from rollscan import Job, Look, render
from rollscan.deliver.platforms import load
from rollscan.deliver.validate import check
from rollscan.video.ffmpeg import run_ffmpeg, start_ffmpeg
from rollscan.video.filters import in_filter


def test_any_text_reaches_an_option_of_a_filter_as_it_is() -> None:
    text = "".join(a + b for a, b in product("\\':;,[]=%$\"# a", repeat=2)) + "."
    filters = f"metadata=add:key=k:value={in_filter(text)},metadata=print:file=-,null"
    source = ["-v", "error", "-f", "lavfi", "-i", "color=size=2x2"]
    command = [*source, "-frames:v", "1", "-vf", filters, "-f", "null", "-"]
    with start_ffmpeg(command, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        told = run.stdout.read().decode()
        assert (run.wait(), run.log.text()) == (0, "")
    assert told.splitlines()[1] == f"k={text}"


def test_no_wait_for_ffmpeg_is_so_long_that_ctrl_c_goes_unheard(
    make_video: MakeVideo, tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows hears it only between two waits."""
    tone, clip = tmp_path / "tone.wav", tmp_path / "clip.mp4"
    ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", tone)
    spots = np.random.default_rng(3).integers(60, 200, (15, 20, 3), np.uint8)
    silent = make_video("silent.mp4", 8 * [spots.repeat(8, axis=0).repeat(8, axis=1)], *LOSSY)
    ffmpeg("-i", silent, "-i", tone, "-c", "copy", "-c:a", "aac", clip)
    waits: list[float] = []
    wait = subprocess.Popen.wait

    def noted(self: subprocess.Popen[bytes], timeout: float | None = None) -> int:
        waits.append(math.inf if timeout is None else timeout)
        return wait(self, timeout)

    monkeypatch.setattr(subprocess.Popen, "wait", noted)
    look = Look(steady=True)
    render(Job(clip, mp4=out / "a.mp4", sound=True, look=look, max_bytes=10**6))
    check(out / "a.mp4", load()["x"])
    assert 0 < max(waits) <= 0.1


def test_what_ffmpeg_says_is_kept_up_to_a_bound_and_its_status_told() -> None:
    status, said = run_ffmpeg(["-v", "error", "-i", "nowhere", "-f", "null", "-"])
    assert status != 0
    assert said.endswith("No such file or directory")
    with start_ffmpeg(["-loglevel", "trace", "-f", "lavfi", "-i", "color=r=1000"]) as run:
        run.wait()
        assert 0 < len(run.log.text()) <= 100_000


def test_leaving_the_block_ends_an_ffmpeg_that_would_go_on() -> None:
    with start_ffmpeg(["-f", "lavfi", "-i", "anullsrc", "-f", "null", "-"]) as run:
        assert run.poll() is None
    assert run.returncode not in (None, 0)
