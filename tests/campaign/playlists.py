"""Texts that name other files, and names that are patterns: only the file that is named is read."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

from .case import Case, Room
from .pictures import never_shows
from .seeds import Seeds, write
from .stamp import MOST

_SECRET = range(40, 52)  # numbers of the frames that must not be seen
_NAMES = ("list.m3u8", "list.mpd", "list.ffconcat", "x.mp4", "x.mov", "list.txt", "list")
_HLS = """#EXTM3U
#EXT-X-TARGETDURATION:1
#EXTINF:1.0,
{other}
#EXT-X-ENDLIST
"""
_DASH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"
 profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">
<Representation id="0" bandwidth="1"><BaseURL>{other}</BaseURL></Representation>
</AdaptationSet></Period></MPD>
"""
_CONCAT = "ffconcat version 1.0\nfile '{other}'\n"
_SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
_KINDS = (
    *((_CONCAT, name) for name in _NAMES),
    *((_HLS, name) for name in _NAMES),
    *((_DASH, name) for name in _NAMES),
    *(("", name) for name in ("img%03d.png", "img%d.png", "img*.png", "concat:secret.mp4")),
    (_SDP, "call.sdp"),
)


def make(number: int, room: Room, seeds: Seeds, random: Random) -> Case:
    """Each kind of list under each name."""
    text, name = _KINDS[number % len(_KINDS)]
    other = random.choice(("secret.mp4", str(room.given / "secret.mp4"), "secret.ts"))
    if text == _HLS:
        other = "secret.ts"
    _write_secret(room.given / "secret.mp4")
    _write_secret(room.given / "secret.ts")
    listed, made = room.given / name, room.out / "o.gif"
    if text:
        listed.write_text(text.format(other=other))
    else:
        _write_pictures(listed, seeds)
    case = Case(
        f"{name}: {text.split(maxsplit=1)[0] if text else 'a pattern as name'} of {other}",
        [str(listed), "--gif", str(made)],
        [made],
        check=never_shows(made, set(_SECRET)),
    )
    if text:
        case.statuses = (1,)
    return case


def _write_secret(path: Path) -> None:
    """A video of the numbers that must not be seen."""
    codec = ("-c:v", "libx264", "-crf", "12", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    cut = f"trim=start_frame={_SECRET.start}:end_frame={_SECRET.stop},setpts=PTS-STARTPTS"
    write(path, MOST, "-vf", cut, *codec)


def _write_pictures(named: Path, seeds: Seeds) -> None:
    """A picture under a name that is a pattern too, and others that fit the pattern."""
    codec = ("-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1")
    picture = named.with_name("one.png")
    write(picture, 1, *codec)
    shutil.move(picture, named)
    for k in range(3):
        frame = _SECRET.start + k
        cut = f"trim=start_frame={frame}:end_frame={frame + 1}"
        for name in (f"img{k:03d}.png", f"img{k}.png"):
            write(named.with_name(name), MOST, "-vf", cut, *codec)
