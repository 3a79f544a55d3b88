"""Owns what is heard of a file that a job will write, for the page."""

from __future__ import annotations

import wave
from io import BytesIO

from ..loop.sound import RATE
from ..plan import Plan, Shot
from ..run import sound_for
from ..tracker import Tracker

_LONGEST = 120  # seconds that the page is sent


def wav_of(plan: Plan, shot: Shot, tracker: Tracker) -> bytes:
    """The sound of the first file of a shot that has any, as a WAV, at most two minutes of it.

    It is as long as the file, which may hold the loop several times. It is empty where the files
    are silent. Raises SourceError where the video, or the track, has no sound that can be read.
    """
    files = [file for file in shot.files if file.target.sounds]
    sound = sound_for(plan, shot, tracker) if files else None
    if not sound:
        return b""
    content, left = BytesIO(), _LONGEST * RATE
    with wave.open(content, "wb") as written:
        written.setnchannels(2)
        written.setsampwidth(2)
        written.setframerate(RATE)
        for piece in sound.during(files[0].shown.seconds, files[0].part.loops):
            written.writeframes(piece[:left].astype("<i2").tobytes())
            left -= len(piece)
            if left <= 0:
                break
    return content.getvalue()
