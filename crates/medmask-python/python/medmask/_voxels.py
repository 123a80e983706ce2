"""Arrays on their way to a file: what can be labels is brought into the type that is stored."""

from __future__ import annotations

from typing import Any, Iterable, List, Tuple, TYPE_CHECKING

import numpy as np

from .errors import DtypeError, InvalidLabelError, InvalidNameError

if TYPE_CHECKING:
    import numpy.typing as npt

_UNSIGNED = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.uint32))


def stored(array: Any) -> Tuple[npt.NDArray[Any], bool]:
    """The array as the Rust module takes it, and whether it is of bool. Of bool it is seen as uint8.

    Unsigned arrays go as they are, in whatever order of memory. Others (signed, 64 bits, float, big-endian) become the
    narrowest unsigned type that holds them exactly.
    """
    array = np.asarray(array)
    if array.ndim != 3:
        raise DtypeError(f"a mask has three axes, and this array has shape {array.shape}")
    if array.dtype == np.bool_:
        return _aligned(array.view(np.uint8)), True
    if array.dtype not in _UNSIGNED or not array.dtype.isnative:
        array = _narrowed(array)
    return _aligned(array), False


def _aligned(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    size = array.dtype.itemsize
    if array.flags.aligned and all(stride % size == 0 for stride in array.strides):
        return array
    return array.copy()


def _narrowed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if array.dtype.kind not in "iuf":
        raise DtypeError(f"voxels of {array.dtype} are no labels")
    low, high = (array.min().item(), array.max().item()) if array.size else (0, 0)
    if not (low >= 0 and high <= 0xFFFF_FFFF):
        raise DtypeError(f"labels go from 0 to 4294967295, and these {array.dtype} voxels from {low} to {high}")
    dtype = next(known for known in _UNSIGNED if high <= np.iinfo(known).max)
    with np.errstate(invalid="ignore"):
        narrow = array.astype(dtype)
    if array.dtype.kind == "f" and not np.array_equal(narrow, array):
        raise DtypeError(f"these {array.dtype} voxels are not whole numbers")
    return narrow


def named(labels: Iterable[Tuple[Any, Any]]) -> List[Tuple[str, int]]:
    """Names with labels, checked for what the file holds: texts and whole numbers from 0 on."""
    checked = []
    for name, label in labels:
        if not isinstance(name, str):
            raise InvalidNameError(f"{name!r} cannot be a name: it is no text")
        checked.append((name, whole_label(label)))
    return checked


def whole_label(label: Any) -> int:
    """A label as an int; numbers of NumPy are taken."""
    try:
        number = int(label)
    except (TypeError, ValueError) as error:
        raise InvalidLabelError(f"{label!r} is no label") from error
    if number != label or isinstance(label, str) or not 0 <= number <= 0xFFFF_FFFF:
        raise InvalidLabelError(f"{label!r} is no label: labels are whole numbers from 0 to 4294967295")
    return number


def checked_name(name: Any) -> str:
    """The name of an entry."""
    if not isinstance(name, str):
        raise InvalidNameError(f"{name!r} cannot be a name: it is no text")
    return name
