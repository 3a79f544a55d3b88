"""Files of other makers out of ffmpeg's: boxes of MP4, chunks of AVI, tags of FLV, fields."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from conftest import Picture

SAMPLE_TABLE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_BEFORE_CHILDREN = {b"stsd": 8, b"avc1": 78, b"hvc1": 78}  # bytes of a box's own

Chunk = tuple[bytes, bytes]  # a chunk of AVI: its name and its content
Tag = tuple[int, int, bytes]  # a tag of FLV: its kind, its time in milliseconds and its content


def box(kind: bytes, *content: bytes) -> bytes:
    """A box of MP4."""
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), kind) + inside


def put_last(film: bytes, parents: Sequence[bytes], new: bytes) -> bytes:
    """An MP4 whose header is last, with a box more at the end of the innermost of these."""
    edited, places, at = bytearray(film), [], 0
    for parent in parents:
        while edited[at + 4 : at + 8] != parent:
            at += int.from_bytes(edited[at : at + 4], "big")
        places.append(at)
        at += 8 + _BEFORE_CHILDREN.get(parent, 0)
    (size,) = struct.unpack_from(">I", edited, places[-1])
    edited[places[-1] + size : places[-1] + size] = new
    for place in places:
        (size,) = struct.unpack_from(">I", edited, place)
        struct.pack_into(">I", edited, place, size + len(new))
    return bytes(edited)


def rename(path: Path, to: Path, *names: tuple[bytes, bytes]) -> Path:
    """A copy in which another of the same length stands for each of these names."""
    film = path.read_bytes()
    for name, other in names:
        film = film.replace(name, other)
    to.write_bytes(film)
    return to


def avi_chunks(film: bytes) -> list[Chunk]:
    """The chunks of an AVI, in order."""
    at = film.index(b"movi") + 4
    end = at - 4 + int.from_bytes(film[at - 8 : at - 4], "little")
    chunks = []
    while at < end:
        size = int.from_bytes(film[at + 4 : at + 8], "little")
        chunks.append((film[at : at + 4], film[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    return chunks


def avi_of(film: bytes, chunks: Iterable[Chunk]) -> bytes:
    """The AVI with other chunks, and without an index, as where a camera lost its power."""
    body = b"".join(
        name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)
        for name, content in chunks
    )
    head = film[: film.index(b"movi") - 8]
    made = head + b"LIST" + struct.pack("<I", 4 + len(body)) + b"movi" + body
    return made[:4] + struct.pack("<I", len(made) - 8) + made[8:]


def flv_tags(film: bytes) -> Iterator[Tag]:
    """The tags of an FLV."""
    at = 13
    while at + 11 <= len(film):
        size = int.from_bytes(film[at + 1 : at + 4], "big")
        time = int.from_bytes(film[at + 4 : at + 7], "big") | film[at + 7] << 24
        yield film[at], time, film[at + 11 : at + 11 + size]
        at += 15 + size


def flv_of(tags: Iterable[Tag]) -> bytes:
    """An FLV of picture and sound."""
    made = b"FLV\1\5\0\0\0\x09\0\0\0\0"
    for kind, time, content in tags:
        times = (time & 0xFFFFFF).to_bytes(3, "big") + bytes([time >> 24 & 255])
        tag = bytes([kind]) + len(content).to_bytes(3, "big") + times + bytes(3) + content
        made += tag + len(tag).to_bytes(4, "big")
    return made


class _Bits(list[str]):
    """Bits in the syntax of H.264."""

    def fixed(self, *fields: tuple[int, int]) -> _Bits:
        """Append fields, each a width in bits and a value."""
        self.extend(format(value, f"0{width}b") for width, value in fields)
        return self

    def counted(self, *values: int) -> _Bits:
        """Append values in Exp-Golomb codes."""
        for value in values:
            digits = format(value + 1, "b")
            self.append("0" * (len(digits) - 1) + digits)
        return self

    def samples(self, *planes: npt.NDArray[np.uint8]) -> _Bits:
        """Append samples of 8 bits, from the next whole byte on."""
        self.append("0" * (-len("".join(self)) % 8))
        self.extend(format(value, "08b") for plane in planes for value in plane.tobytes())
        return self

    def unit(self, header: int) -> bytes:
        """The bits as a NAL unit."""
        text = "".join(self) + "1"
        text += "0" * (-len(text) % 8)
        made, zeros = bytearray(), 0
        for value in int(text, 2).to_bytes(len(text) // 8, "big"):
            if zeros >= 2 and value <= 3:
                made.append(3)
                zeros = 0
            made.append(value)
            zeros = 0 if value else zeros + 1
        return b"\0\0\0\1" + bytes([header]) + made


def h264_of_fields(frames: Sequence[Picture]) -> bytes:
    """H.264 whose pictures are single fields of plain samples, 25 frames a second (PAFF).

    Every encoder at hand codes both fields of a frame in one picture.
    """
    height, width, _ = frames[0].shape
    sequence = _Bits().fixed((8, 77), (8, 0), (8, 20)).counted(0, 0, 0, 0, 1).fixed((1, 0))
    sequence.counted(width // 16 - 1, height // 32 - 1)
    sequence.fixed((1, 0), (1, 0), (1, 1), (1, 0), (1, 1))  # fields; no cropping; more follows
    sequence.fixed((4, 0), (1, 1), (32, 1), (32, 50), (1, 1), (4, 0))  # 50 fields a second
    picture = _Bits().counted(0, 0).fixed((2, 0)).counted(0, 0, 0).fixed((3, 0))
    picture.counted(0, 0, 0).fixed((3, 0))
    made = b""
    for number, frame in enumerate(frames):
        for bottom in (0, 1):
            is_first = number % 12 == 0 and not bottom
            made += b"\0\0\0\1\x09" + (b"\x10" if is_first else b"\x30")
            if is_first:
                made += sequence.unit(0x67) + picture.unit(0x68)
            made += _field(frame[bottom::2], number, bottom, is_first=is_first)
    return made


def _field(rows: Picture, number: int, bottom: int, *, is_first: bool) -> bytes:
    place = number % 12
    bits = _Bits().counted(0, 7, 0).fixed((4, place), (1, 1), (1, bottom))
    if is_first:
        bits.counted(number // 12 % 2)
    bits.fixed((4, (2 * place + bottom) % 16), (2 if is_first else 1, 0)).counted(0)
    planes = _yuv420(rows)
    for top in range(0, len(rows), 16):
        for left in range(0, rows.shape[1], 16):
            whole = slice(top, top + 16), slice(left, left + 16)
            half = slice(top // 2, top // 2 + 8), slice(left // 2, left // 2 + 8)
            blocks = [
                plane[where] for plane, where in zip(planes, (whole, half, half), strict=True)
            ]
            bits = _Bits(["".join(bits.counted(25).samples(*blocks))])
    return bits.unit(0x65 if is_first else 0x41)


def _yuv420(rows: Picture) -> list[npt.NDArray[np.uint8]]:
    """The planes of BT.601, the second and third of half the size."""
    weights = np.array([[66, 129, 25], [-38, -74, 112], [112, -94, -18]]) / 256
    whole = rows @ weights.T + [16, 128, 128]
    height, width, _ = rows.shape
    half = whole.reshape(height // 2, 2, width // 2, 2, 3).mean(axis=(1, 3))
    planes = [whole[..., 0], half[..., 1], half[..., 2]]
    return [np.rint(plane).clip(1, 254).astype(np.uint8) for plane in planes]
