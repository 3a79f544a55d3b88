"""Owns the compiled kernel: whether it is used, how it is found, and the types that it is handed.

This is the one place that decides between the kernel and the NumPy code, which write the same
bytes. The kernel is used where a library lies beside this file that was built from the kernel.c
there, and ROLLSCAN_KERNEL is not 0 in the environment when it is asked for first.
"""

from __future__ import annotations

import ctypes
import os
import sys
import zlib
from ctypes import POINTER, Structure, c_double, c_float, c_int32, c_int64, c_uint32, c_void_p
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

VARIABLE = "ROLLSCAN_KERNEL"
SOURCE = Path(__file__).with_name("kernel.c")
_ENDING = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
LIBRARY = SOURCE.with_name(f"libkernel{_ENDING}")  # not kernel.so, which Python would import
SLOTS = 16384  # words of the table that `compress` works with


class Perception(Structure):
    """The conversion of pixels to perceived colours."""

    _fields_ = (
        ("responses", c_void_p),
        ("roots", c_void_p),
        ("field", c_int32),
        ("long_medium", c_float),
        ("short", c_float),
    )


class Cells(Structure):
    """The cells of perceived colours."""

    _fields_ = (
        ("lowest", c_float * 3),
        ("highest", c_float * 3),
        ("step", c_float),
        ("bits", c_int32 * 3),
    )


class Palette(Structure):
    """A palette and its table of nearest entries."""

    _fields_ = (
        ("entries", c_void_p),
        ("by_y", c_void_p),
        ("nearest", c_void_p),
        ("exact", c_void_p),
        ("mask", c_uint32),
        ("shift", c_uint32),
        ("count", c_int32),
        ("transparent", c_int32),
    )


class Painting(Structure):
    """A frame, and what it is painted with."""

    _fields_ = (
        ("frame", c_void_p),
        ("before", c_void_p),
        ("height", c_int32),
        ("width", c_int32),
        ("squares", c_int32),
        ("busiest", c_int32),
        ("tolerance", c_float),
        ("carried", c_float),
        ("shown", c_void_p),
        ("busy", c_void_p),
        ("indices", c_void_p),
    )


class Extent(Structure):
    """The rectangle in which pixels were painted; bottom and right are one past the last."""

    _fields_ = (("top", c_int32), ("left", c_int32), ("bottom", c_int32), ("right", c_int32))


class Box(Structure):
    """A set of colours."""

    _fields_ = (
        ("total", c_double * 7),
        ("spread", c_double),
        ("first", c_int32),
        ("count", c_int32),
        ("axis", c_int32),
        ("serial", c_int32),
    )


class Cut(Structure):
    """What colours are cut into boxes with."""

    _fields_ = (
        ("moments", c_void_p),
        ("keys", c_void_p),
        ("rows", c_void_p),
        ("sorted", c_void_p),
        ("merged", c_void_p),
        ("heap", POINTER(Box)),
    )


_PAINT = (POINTER(Perception), POINTER(Cells), POINTER(Palette), POINTER(Painting))
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {  # what each returns and takes
    "source_crc": (c_uint32, ()),
    "same": (c_int32, (c_void_p, c_void_p, c_int64)),
    "busyness": (None, (c_void_p, c_int32, c_int32, c_int32, c_void_p, c_void_p)),
    "paint_rows": (
        c_int64,
        (*_PAINT, c_int32, c_int32, c_void_p, c_void_p, c_void_p, POINTER(Extent)),
    ),
    "paint_left_out": (c_int64, (*_PAINT, c_int64, c_void_p, c_void_p, POINTER(Extent))),
    "nearest_entries": (c_int64, (c_void_p, c_void_p, c_int32, c_void_p, c_int64, c_void_p)),
    "cut_boxes": (c_int32, (POINTER(Cut), c_int32, c_int32, c_int32, c_double, c_void_p)),
    "compress": (c_int64, (c_void_p, c_int32, c_int32, c_int64, c_int32, c_void_p, c_void_p)),
}


class Found(NamedTuple):
    """The library, or None and why there is none."""

    library: ctypes.CDLL | None
    why_not: str = ""


def kernel() -> ctypes.CDLL | None:
    """The compiled kernel, or None where the NumPy code is to be used."""
    return find().library


@lru_cache(maxsize=1)
def find() -> Found:
    """Load the library beside this file; see the module's docstring."""
    if os.environ.get(VARIABLE) == "0":
        return Found(None, f"{VARIABLE} is 0")
    return load(LIBRARY)


def load(path: Path, source: Path = SOURCE) -> Found:
    """Load a library, if it was built from the source as it is now."""
    if not path.exists():
        return Found(None, "it was not built: that needs a C compiler when rollscan is installed")
    try:
        library = ctypes.CDLL(str(path))
        for name, (returned, taken) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = returned, taken
        is_current = library.source_crc() == source_crc(source)
    except (OSError, AttributeError) as error:
        return Found(None, f"it cannot be loaded ({error}): install rollscan again")
    if not is_current:
        return Found(None, "it was built from another kernel.c: install rollscan again")
    return Found(library)


def source_crc(source: Path = SOURCE) -> int:
    """The CRC-32 of a source, which the library that is built from it knows."""
    return zlib.crc32(source.read_bytes())
