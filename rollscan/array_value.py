"""Owns arrays as the values of settings, so that records of them can be compared and hashed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .checks import brief
from .errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def is_array(value: object) -> bool:
    """Whether a value is an array, or a sequence of which one can be made."""
    if isinstance(value, str | bytes):
        return False
    return isinstance(value, ArrayValue | Sequence) or hasattr(value, "__array__")


class ArrayValue:
    """A copy of an array, (H, W) numbers from 0 to 1, which NumPy takes as an array. It is final.

    Two of them are equal if their numbers are.
    """

    def __init__(self, values: npt.NDArray[np.float64]) -> None:
        self._values = values

    @classmethod
    def of(cls, name: str, given: Any) -> ArrayValue:
        """The value of a setting. Raises ArgumentError unless it is (H, W) numbers from 0 to 1."""
        import numpy as np  # not needed for other values

        if isinstance(given, ArrayValue):
            return given
        try:
            values = np.array(given, np.float64)
        except (TypeError, ValueError, OverflowError):
            values = np.empty(0)
        if values.ndim != 2 or not values.size:
            what = getattr(given, "shape", None) or brief(given)
            raise ArgumentError(
                f"{name} is {what}: give a name, a picture file, or an array of (H, W) numbers",
                name,
            )
        if not (values.min() >= 0 and values.max() <= 1):  # False for NaN too
            raise ArgumentError(
                f"{name} goes from {values.min()} to {values.max()}: give numbers from 0 to 1", name
            )
        values.setflags(write=False)
        return cls(values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return self._values if dtype is None and not copy else self._values.astype(dtype)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArrayValue):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        height, width = self._values.shape
        return f"<an array of {height} x {width} numbers>"

    def _key(self) -> tuple[Any, ...]:
        return self._values.shape, self._values.tobytes()
