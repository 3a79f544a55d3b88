"""Sound with the picture: when it is heard, how high, how long, and that no loop clicks."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import moviepy
import numpy as np
import numpy.typing as npt
import pytest
from conftest import FFMPEG, ffmpeg, names_in, quarters, rollscan
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rollscan import LimitError, Limits, RollingClip, RollScan
from rollscan import sound as sound_module
from rollscan.deliver.audio import sound_rate
from rollscan.errors import SourceError
from rollscan.job import Job
from rollscan.look import Look
from rollscan.loop.sound import RATE
from rollscan.result import Written
from rollscan.run import render
from rollscan.sound import Sound, track_of
from rollscan.tracker import SILENT
from rollscan.video.probe import Probe

Wave = npt.NDArray[np.float64]  # one channel, -1 to 1

LOW, RISE = 500, 400  # Hz, and how many more of them each second
CHIRP = f"aevalsrc='0.5*sin(2*PI*({LOW}*t+{RISE / 2}*t*t))':s=48000:d=4"
TONE = "aevalsrc='0.5*sin(2*PI*437*t)':s=48000:d=4"
_WINDOW = 2400  # samples, 50 ms


def with_sound(plain: Path, path: Path, source: str) -> Path:
    """The video, with what ffmpeg's source gives as its sound."""
    sound = ("-f", "lavfi", "-i", source, "-map", "0:v", "-map", "1:a", "-shortest")
    ffmpeg("-i", plain, *sound, "-c:v", "copy", "-c:a", "pcm_s16le", path)
    return path


@pytest.fixture(scope="module")
def rising(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """50 numbered frames at 25 fps, with a tone that rises: how high it is tells the time."""
    return with_sound(plain, tmp_path_factory.mktemp("sound") / "rising.mov", CHIRP)


@pytest.fixture(scope="module")
def steady_tone(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with one tone, of a whole number of waves in no loop."""
    return with_sound(plain, tmp_path_factory.mktemp("sound") / "tone.mov", TONE)


def heard(path: Path) -> Wave:
    """The first channel of a file's sound, as ffmpeg decodes it."""
    raw = subprocess.run(
        [FFMPEG, "-v", "error", "-i", path, "-map", "0:a", "-f", "f32le", "-ar", "48000", "-"],
        capture_output=True,
        check=True,
    ).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)[:, 0].astype(float)


def pitch(wave: Wave) -> float:
    """How high a short piece of one tone is, in Hz."""
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), 1 << 17))
    return float(np.argmax(spectrum)) * RATE / (1 << 17)


def moments(wave: Wave, *at: float) -> list[float]:
    """Which moments of the rising tone are heard in the 50 ms around these, in seconds."""
    starts = [round(moment * RATE) - _WINDOW // 2 for moment in at]
    return [(pitch(wave[start : start + _WINDOW]) - LOW) / RISE for start in starts]


def made(source: Path, out: Path, name: str = "a.mp4", **fields: object) -> tuple[Wave, Written]:
    """What is heard of a job's video, and what was written."""
    kind = name.rsplit(".")[1]
    job = {"sound": True, **fields, kind: out / name}
    (written,) = render(Job(source, **job))
    return heard(out / name), written


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_the_sound_is_the_videos_own_and_as_long_as_the_picture(
    rising: Path, out: Path, name: str
) -> None:
    wave, written = made(rising, out, name)
    assert written.sound
    assert abs(len(wave) - 2 * RATE) <= 1
    assert moments(wave, 0.3, 1.0, 1.7) == pytest.approx([0.3, 1.0, 1.7], abs=0.02)
    assert 0.4 < np.abs(wave[RATE // 2 : RATE]).max() < 0.6


def test_without_asking_there_is_none(rising: Path, out: Path) -> None:
    render(Job(rising, mp4=out / "a.mp4", webm=out / "a.webm"))
    for name in names_in(out):
        said = subprocess.run([FFMPEG, "-i", out / name], capture_output=True, text=True).stderr
        assert "Video:" in said
        assert "Audio:" not in said


def test_start_and_end_are_those_of_the_sound_too(rising: Path, out: Path) -> None:
    wave, _ = made(rising, out, start=0.6, end=1.6)
    assert abs(len(wave) - RATE) <= 1
    assert moments(wave, 0.2, 0.8) == pytest.approx([0.8, 1.4], abs=0.02)


@pytest.mark.parametrize("speed", [0.4, 0.5, 2.0, 3.0])
def test_speed_keeps_the_pitch(rising: Path, steady_tone: Path, out: Path, speed: float) -> None:
    wave, written = made(steady_tone, out, speed=speed)
    assert abs(len(wave) - written.seconds * RATE) <= 1
    assert pitch(wave[len(wave) // 4 : 3 * len(wave) // 4]) == pytest.approx(437, abs=4)
    wave, _ = made(rising, out, "b.mp4", speed=speed)
    middle = 1 / speed
    assert moments(wave, middle) == pytest.approx([1.0], abs=0.08)


def test_a_boomerang_is_heard_forward_all_the_time(rising: Path, out: Path) -> None:
    """The sound begins anew where the video ends, and where the loop does."""
    wave, written = made(rising, out, look=Look(loop="boomerang"), mp4_loops=2)
    period = 98 / 25
    assert written.seconds == pytest.approx(2 * period)
    assert abs(len(wave) - 2 * period * RATE) <= 1
    at = [0.5, 1.5, 2.5, period - 0.5, period + 0.5, 2 * period - 0.5]
    again = [0.5, 1.5, 0.5, period - 2.5, 0.5, period - 2.5]
    assert moments(wave, *at) == pytest.approx(again, abs=0.02)


def test_a_boomerang_of_a_part_goes_on_with_the_sound_that_follows(rising: Path, out: Path) -> None:
    """A part of 0.6 s takes 1.12 s there and back: the sound from its beginning on, if there is."""
    wave, written = made(rising, out, look=Look(loop="boomerang"), length=0.6)
    assert written.part
    begin = written.part[0]
    assert abs(len(wave) - 28 / 25 * RATE) <= 1
    for at in (0.2, 0.5, 0.7, 1.0):
        expected = begin + at if begin + at < 2 else 2 * begin + at - 2
        assert moments(wave, at) == pytest.approx([expected], abs=0.03)


def test_a_boomerang_is_heard_backward_where_that_is_asked_for(rising: Path, out: Path) -> None:
    wave, _ = made(rising, out, look=Look(loop="boomerang"), mp4_loops=2, sound_reversed=True)
    period = 98 / 25
    at = [0.5, 1.5, period - 1.5, period - 0.5, period + 0.5, 2 * period - 0.5]
    assert moments(wave, *at) == pytest.approx([0.5, 1.5, 1.5, 0.5, 0.5, 0.5], abs=0.02)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--loop boomerang", "--sound-reversed is on, which has no effect without --sound:"),
        ("--sound --loop wrap", "has no effect without --loop boomerang:"),
        ("--sound=music.mp3 --loop boomerang", "has no effect without --sound:"),
    ],
)
def test_what_is_heard_forward_has_no_way_back(
    rising: Path, out: Path, words: str, said: str
) -> None:
    ran = rollscan(rising, "--mp4", out / "a.mp4", *words.split(), "--sound-reversed")
    assert ran.status == 2 and said in ran.err


def test_a_crossfade_fades_the_sound_from_the_end_into_the_beginning(
    rising: Path, out: Path
) -> None:
    wave, _ = made(rising, out, look=Look(loop="crossfade", fade=0.4))
    assert abs(len(wave) - 1.6 * RATE) <= 1
    assert moments(wave, 0.1, 1.0) == pytest.approx([0.5, 1.4], abs=0.02)
    assert moments(wave, 1.23, 1.57) == pytest.approx([1.63, 0.37], abs=0.03)


def test_a_match_has_the_sound_of_its_part(rising: Path, out: Path) -> None:
    look = Look(loop="match", min_loop=0.5, max_loop=1.0)
    wave, written = made(rising, out, look=look)
    assert written.part is not None
    begin, end = written.part
    assert abs(len(wave) - (end - begin) * RATE) <= 1
    assert moments(wave, 0.1, 0.4) == pytest.approx([begin + 0.1, begin + 0.4], abs=0.02)


def test_a_loop_that_begins_with_its_poster_begins_with_that_moments_sound(
    rising: Path, out: Path
) -> None:
    look = Look(loop="wrap")
    (written, poster) = render(
        Job(rising, mp4=out / "a.mp4", poster=out / "a.png", look=look, sound=True)
    )
    assert not poster.sound
    shown_at = poster.seconds
    wave, _ = made(rising, out, "b.mp4", look=look, poster_first=True)
    assert abs(len(wave) - written.seconds * RATE) <= 1
    told = [(shown_at + at) % 2 for at in (0.3, 0.9)]
    assert moments(wave, 0.3, 0.9) == pytest.approx(told, abs=0.02)


@pytest.mark.parametrize("loop", ["cut", "wrap", "boomerang", "reversed", "crossfade", "match"])
@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_no_loop_clicks_where_it_starts_over(
    steady_tone: Path, out: Path, name: str, loop: str
) -> None:
    back = loop == "reversed"
    loop = "boomerang" if back else loop
    look = Look(loop=loop, **({"min_loop": 0.5, "max_loop": 1.1} if loop == "match" else {}))
    loops = {"mp4_loops": 3} if name == "a.mp4" else {}
    wave, _ = made(steady_tone, out, name, look=look, sound_reversed=back, **loops)
    once = len(wave) // (3 if loops else 1)
    round_ = np.concatenate([wave[-2 * RATE // 100 :], wave[: 2 * RATE // 100]])
    usual = np.abs(np.diff(wave[once // 4 : 3 * once // 4])).max()
    assert np.abs(np.diff(round_)).max() < 1.5 * usual
    assert np.abs(np.diff(wave)).max() < 1.5 * usual  # at the seams inside, too


def test_a_track_is_laid_under_and_repeated(plain: Path, out: Path, tmp_path: Path) -> None:
    track = tmp_path / "track.wav"
    ffmpeg("-f", "lavfi", "-i", CHIRP, "-t", "0.8", track)
    wave, written = made(plain, out, sound=track, look=Look(loop="boomerang"))
    assert written.seconds == pytest.approx(98 / 25)
    assert abs(len(wave) - 98 / 25 * RATE) <= 1
    assert moments(wave, 0.3, 1.1, 2.3) == pytest.approx([0.3, 0.3, 0.7], abs=0.02)
    assert np.abs(wave[-RATE // 50 :]).max() < 0.05


def test_a_longer_track_goes_on_from_loop_to_loop_and_fades_out(
    rising: Path, out: Path, tmp_path: Path
) -> None:
    track = tmp_path / "track.mp3"
    ffmpeg("-f", "lavfi", "-i", CHIRP, "-t", "3.9", track)
    wave, written = made(rising, out, sound=track, end=1, mp4_loops=3)
    assert abs(len(wave) - written.seconds * RATE) <= 1
    assert moments(wave, 0.5, 1.5, 2.4) == pytest.approx([0.5, 1.5, 2.4], abs=0.05)
    loud = [np.abs(wave[round(at * RATE) :][:_WINDOW]).max() for at in (2.3, 2.7, 2.95)]
    assert loud[0] > 0.4 > loud[1] > 0.1 > loud[2]


def test_of_hours_of_sound_no_more_is_read_than_is_heard(plain: Path, tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-t", "30", "-i", "anullsrc", track := tmp_path / "track.wav")
    assert len(track_of(track, seconds=2).samples) == 2 * RATE + 1
    both = ("-i", plain, "-i", track, "-c:v", "copy", "-c:a", "aac")
    ffmpeg(*both, longer := tmp_path / "longer.mp4")
    own = sound_module._own(Probe(longer).facts(), 1, SILENT)
    assert 2 * RATE <= len(own) <= 3.1 * RATE  # of the picture's two seconds, and one more


def test_room_is_looked_for_that_the_sound_takes_too(
    plain: Path, out: Path, tmp_path: Path
) -> None:
    ffmpeg("-f", "lavfi", "-t", "1", "-i", "sine", track := tmp_path / "track.wav")
    job, limits = Job(plain, mp4=out / "a.mp4", sound=track), Limits(max_temporary=10**6)
    render(job.over(sound=False), limits=limits)
    said = r"50 frames of 64x48 and the sound take 1\.61 MB to set aside, over max_temporary 1 MB"
    with pytest.raises(LimitError, match=said):
        render(job, limits=limits)


def test_a_track_keeps_its_own_time_at_any_speed(plain: Path, out: Path, tmp_path: Path) -> None:
    track = tmp_path / "track.flac"
    ffmpeg("-f", "lavfi", "-i", CHIRP, track)
    wave, _ = made(plain, out, sound=track, speed=2.0)
    assert moments(wave, 0.5) == pytest.approx([0.5], abs=0.02)


@pytest.mark.parametrize("name", ["a.webm", "a.mp4"])
def test_a_budget_counts_the_sound(rising: Path, out: Path, name: str) -> None:
    budget = 24_000
    wave, written = made(rising, out, name, max_bytes=budget)
    assert written.bytes <= budget
    assert moments(wave, 0.5, 1.5) == pytest.approx([0.5, 1.5], abs=0.05)
    assert sound_rate(2.0) == 128_000
    assert sound_rate(2.0, 40_000) == 32_000  # a fifth of it, and the least
    assert sound_rate(2.0, 80_000) == 64_000


def test_a_video_that_must_have_no_sound_has_none_and_says_so(rising: Path, out: Path) -> None:
    (written,) = render(Job(rising, webm=out / "a.webm", names=("telegram-sticker",), sound=True))
    assert "no sound, which telegram-sticker does not take" in written.given_up
    assert not written.sound
    said = subprocess.run([FFMPEG, "-i", out / "a.webm"], capture_output=True, text=True).stderr
    assert "Audio:" not in said


def test_sound_that_comes_later_than_the_picture_stays_late(
    plain: Path, tmp_path: Path, out: Path
) -> None:
    path = tmp_path / "late.mkv"
    late = ("-itsoffset", "0.5", "-f", "lavfi", "-i", CHIRP, "-map", "0:v", "-map", "1:a")
    ffmpeg("-i", plain, *late, "-c:v", "copy", "-c:a", "pcm_s16le", "-t", "2", path)
    wave, _ = made(path, out)
    assert np.abs(wave[: round(0.45 * RATE)]).max() < 0.02
    assert moments(wave, 0.9, 1.6) == pytest.approx([0.4, 1.1], abs=0.02)


@pytest.mark.parametrize("name", ["rising.ts", "rising.mkv", "rising.avi"])
def test_containers_whose_clock_does_not_begin_at_zero_are_in_time(
    plain: Path, tmp_path: Path, out: Path, name: str
) -> None:
    path = tmp_path / name
    sound = ("-f", "lavfi", "-i", CHIRP, "-map", "0:v", "-map", "1:a", "-shortest")
    video = ("-c:v", "mpeg2video", "-q:v", "2", "-c:a", "mp2", "-b:a", "384k")
    ffmpeg("-i", plain, *sound, *video, "-pix_fmt", "yuv420p", path)
    wave, _ = made(path, out, start=0.5)
    assert moments(wave, 0.3, 0.9) == pytest.approx([0.8, 1.4], abs=0.05)


# Refusals.


def test_what_cannot_be_heard_is_refused_in_one_line(
    plain: Path, rising: Path, out: Path, tmp_path: Path
) -> None:
    text = tmp_path / "text.mp3"
    text.write_text("no sound\n" * 99)
    (empty := tmp_path / "empty.mp3").touch()
    Image.fromarray(quarters()).save(picture := tmp_path / "cover.png")
    (lost := tmp_path / "lost.mp3").symlink_to(lost)
    other = ": give a file with sound, such as music.mp3\n"
    cases: list[tuple[list[str | Path], str]] = [
        ([plain, "--mp4", out / "a.mp4", "--sound", tmp_path], f"{tmp_path} is a directory{other}"),
        ([plain, "--mp4", out / "a.mp4", "--sound", empty], f"{empty} is empty: copy or download"),
        ([plain, "--mp4", out / "a.mp4", "--sound", picture], f"{picture} has no sound{other}"),
        ([plain, "--mp4", out / "a.mp4", "--sound", lost], f"{lost} cannot be opened (Too many"),
        ([rising, "--gif", out / "a.gif", "--sound"], "without --mp4, --webm or --prores"),
        ([plain, "--mp4", out / "a.mp4", "--sound"], "leave --sound out, or give it a track"),
        ([plain, "--mp4", out / "a.mp4", "--sound", plain], f"{plain} has no sound{other}"),
        ([plain, "--mp4", out / "a.mp4", "--sound", out / "b.mp3"], "does not exist"),
        (
            [plain, "--mp4", out / "a.mp4", "--sound", text],
            f"{text} is no file with sound that ffmpeg can read",
        ),
        (["--mp4", out / "a.mp4", "--sound", plain], "put the video before"),
    ]
    for arguments, why in cases:
        ran = rollscan(*arguments)
        assert ran.status in (1, 2)
        assert why in ran.err
        assert ran.err.count("\n") == 1
        assert names_in(out) == []


def test_the_command_line_takes_the_sound(rising: Path, out: Path) -> None:
    ran = rollscan(rising, "--mp4", out / "a.mp4", "--gif", out / "a.gif", "--sound")
    assert (ran.status, ran.err) == (0, "")
    gif, mp4 = ran.out.splitlines()
    assert "with sound" in mp4
    assert "with sound" not in gif


# In Python.


def test_a_rolling_clip_has_sound_where_it_is_asked_for(rising: Path, plain: Path) -> None:
    with RollingClip.open(rising) as clip:
        assert clip.audio is None
    with RollingClip.open(rising, audio=True, loop="boomerang") as clip:
        assert clip.audio.duration == pytest.approx(clip.duration, abs=1e-4)
        samples = clip.audio.to_soundarray(fps=RATE)[:, 0]
    # The sound goes forward while the picture goes back, and starts over after two seconds.
    assert moments(samples, 0.5, 2.5, 3.4) == pytest.approx([0.5, 0.5, 1.4], abs=0.02)
    with pytest.raises(SourceError, match="has no sound"):
        RollingClip.open(plain, audio=True)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of MoviePy's readers
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("loop", ["boomerang", "crossfade", "match"])
def test_the_effect_loops_the_sound_of_a_clip_as_its_picture(rising: Path, loop: str) -> None:
    options: Any = {"loop": loop, "min_loop": 0.5, "max_loop": 1} if loop == "match" else {}
    options = options or {"loop": loop}
    with (
        RollingClip.open(rising, audio=True, **options) as expected,
        moviepy.VideoFileClip(str(rising)) as clip,
    ):
        rolled = clip.with_effects([RollScan(**options)])
        assert rolled.audio.duration == pytest.approx(rolled.duration, abs=1e-4)
        assert rolled.duration == pytest.approx(expected.duration)
        one, other = (each.audio.to_soundarray(fps=RATE)[:, 0] for each in (rolled, expected))
        assert np.corrcoef(one, other)[0, 1] > 0.99  # a single channel is as loud in neither
        rolled.close()


def test_the_effect_loops_the_sound_of_one_channel_and_of_another_rate() -> None:
    def level(t: Any) -> Any:
        return np.asarray(t) / 4  # which tells the time

    tone = moviepy.AudioClip(level, duration=0.8, fps=8000)
    clip = moviepy.ColorClip((4, 4), (1, 2, 3), duration=1).with_fps(25).with_audio(tone)
    rolled = clip.with_effects([RollScan(loop="boomerang")])
    heard = rolled.audio.to_soundarray(fps=RATE)
    assert len(heard) == round(rolled.duration * RATE)
    for second, told in ((0.3, 0.3), (0.7, 0.7), (0.9, 0), (1.4, 0.4), (1.7, 0.7)):
        left, right = heard[round(second * RATE)]
        assert left == right == pytest.approx(told / 4, abs=0.002)


# Arithmetic.


@given(
    count=st.integers(1, 99),
    fps=st.sampled_from([10, 24, 25, 29.97, 50]),
    loops=st.integers(1, 7),
    length=st.integers(1, 3000),
    begin=st.floats(0, 3),
    track=st.booleans(),
)
def test_the_sound_is_as_long_as_the_picture_to_a_sample(
    count: int, fps: float, loops: int, length: int, begin: float, track: bool
) -> None:
    sound = Sound(np.zeros((length, 2), np.int16), track).beginning_at(begin)
    seconds = count / fps
    assert sum(map(len, sound.during(seconds, loops))) == round(seconds * loops * RATE)


@given(loops=st.integers(2, 50), samples=st.floats(1000, 2000))
def test_every_round_begins_with_the_first_sample(loops: int, samples: float) -> None:
    ramp = np.arange(1, round(samples) + 1, dtype=np.int16)
    sound = Sound(np.stack([ramp, ramp], 1))
    all_ = np.concatenate(list(sound.during(samples / RATE, loops)))[:, 0]
    for k in range(1, loops):
        assert all_[round(k * samples)] in (1, 2, len(ramp))  # to a sample
