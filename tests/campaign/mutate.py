"""Owns the ways to damage a file's bytes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

Mutation = Callable[[bytes, Random], bytes]

_BOXES = (
    *(b"moov", b"mvhd", b"tkhd", b"mdhd", b"elst", b"stts", b"ctts", b"stsz", b"stsc", b"stco"),
    *(b"stss", b"avcC", b"moof", b"trun", b"tfhd", b"mdat"),
    *(b"avih", b"strh", b"strf", b"idx1", b"00dc", b"IHDR", b"acTL", b"fcTL", b"IDAT"),
    *(b"\x1a\x45\xdf\xa3", b"\x1f\x43\xb6\x75", b"\x2a\xd7\xb1", b"\x44\x89", b"OggS"),
)
_EXTREMES = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\1")


def none(data: bytes, random: Random) -> bytes:
    return data


def cut_off(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def tail_of_zeros(data: bytes, random: Random) -> bytes:
    """As a download that began with room for the whole."""
    keep = int(len(data) * random.uniform(0.1, 0.98))
    return data[:keep] + bytes(len(data) - keep)


def hole(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:start] + bytes(stop - start) + data[stop:]


def noise(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:start] + random.randbytes(stop - start) + data[stop:]


def lost(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:start] + data[stop:]


def doubled(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:stop] + data[start:]


def backwards(data: bytes, random: Random) -> bytes:
    start, stop = _block(data, random)
    return data[:start] + data[start:stop][::-1] + data[stop:]


def swapped(data: bytes, random: Random) -> bytes:
    a, b, c = sorted(random.randrange(len(data)) for _ in range(3))
    return data[:a] + data[b:c] + data[a:b] + data[c:]


def flipped(data: bytes, random: Random) -> bytes:
    return _flip(data, random, range(len(data)))


def flipped_head(data: bytes, random: Random) -> bytes:
    return _flip(data, random, range(min(1024, len(data))))


def flipped_end(data: bytes, random: Random) -> bytes:
    return _flip(data, random, range(max(0, len(data) - 1500), len(data)))


def extreme(data: bytes, random: Random) -> bytes:
    start = random.randrange(max(1, min(len(data), 2048)))
    return data[:start] + random.choice(_EXTREMES) + data[start + 4 :]


def box(data: bytes, random: Random) -> bytes:
    """An extreme number in a part with a name."""
    places = [at for name in _BOXES if (at := data.find(name)) >= 0]
    if not places:
        return extreme(data, random)
    at = random.choice(places) + random.choice((-4, 4, 8, 12, 16, 20, 24, 28, 40))
    at = max(0, at)
    return data[:at] + random.choice(_EXTREMES) + data[at + 4 :]


def renamed_box(data: bytes, random: Random) -> bytes:
    places = [at for name in _BOXES if (at := data.find(name)) >= 0]
    if not places:
        return flipped_head(data, random)
    at = random.choice(places)
    return data[:at] + b"free" + data[at + 4 :]


def appended(data: bytes, random: Random) -> bytes:
    return data + random.randbytes(random.randrange(1, 5000))


def prefixed(data: bytes, random: Random) -> bytes:
    return random.randbytes(random.randrange(1, 600)) + data


def twice(data: bytes, random: Random) -> bytes:
    return data + data


MUTATIONS: tuple[Mutation, ...] = (
    *(none, cut_off, tail_of_zeros, hole, noise, lost, doubled, backwards, swapped, flipped),
    *(flipped_head, flipped_end, extreme, box, box, renamed_box, appended, prefixed, twice),
)


def _block(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(data))
    length = random.choice((1, 16, 300, 4000, len(data) // 4, len(data) // 2))
    return start, min(len(data), start + max(1, length))


def _flip(data: bytes, random: Random, where: range) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 10, 40))):
        changed[random.choice(where)] ^= 1 << random.randrange(8)
    return bytes(changed)
