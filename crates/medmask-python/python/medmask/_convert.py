"""Masks to and from the images of SimpleITK and nibabel."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Mapping, Optional, Tuple, TYPE_CHECKING, Union

import numpy as np

from ._entry import Entry
from ._medmask import affine_of_space, space_of_affine
from ._space import SpaceParts, parts_of, space_of
from ._voxels import named, stored
from .core.mapping import LabelMapping
from .core.segmask import SegmentationMask
from .errors import MissingPackageError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["from_nibabel", "from_sitk", "to_nibabel", "to_sitk"]


def to_sitk(mask: Union[Entry, SegmentationMask]) -> Any:
    """The mask as a ``SimpleITK.Image``, in the same place. Bool becomes uint8."""
    sitk = _package("SimpleITK")
    array, (_, spacing, origin, direction, _) = _parts(mask)
    image = sitk.GetImageFromArray(array)
    # Its axes are in the other order, and its direction is a matrix whose columns are the axes.
    image.SetSpacing(spacing[::-1])
    image.SetOrigin(origin)
    image.SetDirection([direction[2 - column][row] for row in range(3) for column in range(3)])
    return image


def from_sitk(image: Any, labels: Optional[Mapping[str, int]] = None) -> SegmentationMask:
    """The voxels of a ``SimpleITK.Image`` with three axes, as a mask with the axes (z, y, x)."""
    sitk = _package("SimpleITK")
    array = sitk.GetArrayFromImage(image)
    matrix = np.reshape(image.GetDirection(), (3, 3))
    direction = tuple(tuple(float(n) for n in matrix[:, 2 - axis]) for axis in range(3))
    space: Any = (array.shape, image.GetSpacing()[::-1], image.GetOrigin(), direction, None)
    return _mask(array, labels, space)


def to_nibabel(mask: Union[Entry, SegmentationMask]) -> Any:
    """The mask as a ``nibabel.Nifti1Image``, in the same place: axes (x, y, z), world RAS. Bool becomes uint8."""
    nib = _package("nibabel")
    array, space = _parts(mask)
    return nib.Nifti1Image(array.T, np.array(affine_of_space(space)))


def from_nibabel(image: Any, labels: Optional[Mapping[str, int]] = None) -> SegmentationMask:
    """The voxels of a ``nibabel.Nifti1Image`` with three axes, as a mask with the axes (z, y, x). Slight shear is taken out of its affine."""
    _package("nibabel")
    array = np.asarray(image.dataobj).T
    affine = [tuple(float(n) for n in row) for row in image.affine]
    return _mask(array, labels, space_of_affine(image.shape, affine))


def _mask(array: npt.NDArray[Any], labels: Optional[Mapping[str, int]], space: SpaceParts) -> SegmentationMask:
    voxels, is_bool = stored(array)
    mapping = LabelMapping(dict(named((labels or {}).items())))
    return SegmentationMask(voxels.view(np.bool_) if is_bool else voxels, mapping, space_of(space))


def _parts(mask: Union[Entry, SegmentationMask]) -> Tuple[npt.NDArray[Any], SpaceParts]:
    if isinstance(mask, Entry):
        array, space = mask.load(), mask._archive._known_parts()
    else:
        array, space = mask.data, parts_of(mask.space)
    return array.view(np.uint8) if array.dtype == np.bool_ else array, space


def _package(name: str) -> ModuleType:
    try:
        return __import__(name)
    except ImportError as error:
        raise MissingPackageError(f"this needs the package {name}: pip install {name}", name=name) from error
