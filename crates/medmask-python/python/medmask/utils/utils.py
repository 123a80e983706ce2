"""Helpers."""

from __future__ import annotations

from typing import Any, Iterable, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["match_allowed_values"]

#: Up to so many values are compared one after the other.
_FEW = 8


def match_allowed_values(image_data: npt.NDArray[Any], allowed_set: Iterable[int]) -> npt.NDArray[np.bool_]:
    """Where the whole part of a voxel is one of ``allowed_set``: bool, of the shape and order of memory of ``image_data``.

    >>> match_allowed_values(np.array([0, 1, 2, 1.5]), [1, 7])
    array([False,  True, False,  True])
    """
    data = np.asarray(image_data)
    allowed = {int(value) for value in allowed_set}
    if data.dtype.kind == "f":
        data = np.trunc(data)
    elif data.dtype.kind == "b":
        data = data.view(np.uint8)
        data = data if not data.size or data.max() <= 1 else (data != 0).view(np.uint8)
    found = np.zeros_like(data, dtype=np.bool_)
    if data.dtype.kind in "iu":
        limits = np.iinfo(data.dtype)
        allowed = {value for value in allowed if limits.min <= value <= limits.max}
    if len(allowed) > _FEW and data.dtype in (np.uint8, np.uint16):
        table = np.zeros(np.iinfo(data.dtype).max + 1, dtype=np.bool_)
        table[list(allowed)] = True
        return np.take(table, data, out=found, mode="clip")
    same = np.empty_like(found)
    for value in allowed:
        np.equal(data, data.dtype.type(value), out=same)
        np.logical_or(found, same, out=found)
    return found
