"""Spaces of spacetransformer to and from the tuples of the Rust module.

A space is anything with the six attributes of ``spacetransformer.Space``; axis n of a space is axis n of its array.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, Optional, Tuple

from .errors import InvalidSpaceError, SpaceMismatchError

if TYPE_CHECKING:
    from spacetransformer import Space

Vector = Tuple[float, float, float]
#: Of a slanted space, such as that of a CT with a tilted gantry: from voxel (x, y, z, 1) to the world in RAS, mm; row by row.
Slant = Optional[List[List[float]]]
SpaceParts = Tuple[Tuple[int, int, int], Vector, Vector, Tuple[Vector, Vector, Vector], Slant]


def parts_of(space: Any) -> SpaceParts:
    """Shape, spacing (mm), origin (mm) and the direction of each axis."""
    try:
        first, second, third = (int(axis) for axis in space.shape)
        shape = (first, second, third)
        spacing, origin = _vector(space.spacing), _vector(space.origin)
        direction = (_vector(space.x_orientation), _vector(space.y_orientation), _vector(space.z_orientation))
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidSpaceError(f"not a space: {error}") from error
    if min(shape) < 1:
        raise InvalidSpaceError(f"a space has three axes of at least one voxel, not {shape}")
    return shape, spacing, origin, direction, None


def _vector(numbers: Any) -> Vector:
    x, y, z = numbers
    return float(x), float(y), float(z)


def space_of(parts: SpaceParts) -> Space:
    """The space as an instance of ``spacetransformer.Space``; of a slanted one the nearest at right angles."""
    # Imported where it is needed: `import medmask` then takes a third of the time.
    from spacetransformer import Space

    shape, spacing, origin, (first, second, third), _ = parts
    return Space(
        shape=tuple(shape),
        origin=tuple(origin),
        spacing=tuple(spacing),
        x_orientation=tuple(first),
        y_orientation=tuple(second),
        z_orientation=tuple(third),
    )


def plain_parts(shape: tuple[int, ...]) -> SpaceParts:
    """Spacing 1 mm, origin 0, array axes (z, y, x) along world z, y, x."""
    depth, height, width = shape
    return (
        (depth, height, width),
        (1.0, 1.0, 1.0),
        (0.0, 0.0, 0.0),
        ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)),
        None,
    )


def check_shape(array_shape: tuple[int, ...], space: Any) -> None:
    """Refuses an array whose shape is not that of its space."""
    if tuple(array_shape) != tuple(space.shape):
        raise SpaceMismatchError(f"the array has shape {tuple(array_shape)}, and its space {tuple(space.shape)}")
