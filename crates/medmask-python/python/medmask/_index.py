"""Indices as numpy takes them, as the box that holds what they choose and the step within it."""

from __future__ import annotations

import operator
from typing import Any, Optional, Tuple

from .errors import RegionError

Corners = Tuple[Tuple[int, int, int], Tuple[int, int, int]]


def box_of(index: Any, shape: Tuple[int, int, int]) -> Optional[Tuple[Corners, Tuple[Any, ...]]]:
    """First voxel and one past the last (z, y, x), and the index within that box; None for an index that is no box.

    >>> box_of((slice(2, 9, 3), ..., -1), (10, 20, 30))
    (((2, 0, 29), (9, 20, 30)), (slice(None, None, 3), slice(None, None, 1), 0))
    """
    parts = list(index) if isinstance(index, tuple) else [index]
    if sum(part is Ellipsis for part in parts) > 1:
        raise RegionError("an index can only have a single ellipsis ('...')")
    places = [place for place, part in enumerate(parts) if part is Ellipsis]
    given = len(parts) - len(places)
    if given > 3:
        raise RegionError(f"too many indices: a mask has three axes, and {given} were indexed")
    place = places[0] if places else len(parts)
    parts[place : place + 1] = [slice(None)] * (3 - given)
    start, end, within = [], [], []
    for axis, (part, length) in enumerate(zip(parts, shape)):
        found = _slice(part, length) if isinstance(part, slice) else _number(part, length, axis)
        if found is None:
            return None
        first, last, inner = found
        start.append(first)
        end.append(last)
        within.append(inner)
    return ((start[0], start[1], start[2]), (end[0], end[1], end[2])), tuple(within)


def slices_of(corners: Optional[Corners]) -> Optional[Tuple[slice, slice, slice]]:
    """A box to index arrays with; None for none.

    >>> slices_of(((0, 1, 2), (4, 5, 6)))
    (slice(0, 4, None), slice(1, 5, None), slice(2, 6, None))
    """
    if corners is None:
        return None
    (z0, y0, x0), (z1, y1, x1) = corners
    return slice(z0, z1), slice(y0, y1), slice(x0, x1)


def _slice(part: slice, length: int) -> Tuple[int, int, slice]:
    chosen = range(*part.indices(length))
    if not chosen:
        return 0, 0, slice(None)
    first, last = min(chosen[0], chosen[-1]), max(chosen[0], chosen[-1])
    # The box starts and ends at a chosen slice, so that a step backwards begins at its last.
    return first, last + 1, slice(None, None, chosen.step)


def _number(part: Any, length: int, axis: int) -> Optional[Tuple[int, int, int]]:
    if isinstance(part, bool):
        return None
    try:
        number = operator.index(part)
    except TypeError:
        return None
    if not -length <= number < length:
        raise RegionError(f"index {number} is out of bounds for axis {axis} with size {length}")
    number %= length
    return number, number + 1, 0
