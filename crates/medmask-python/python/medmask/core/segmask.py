"""A mask in memory: voxels, names of labels, and where they lie."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, Optional, Sequence, Union

import numpy as np

from .._space import check_shape
from .._voxels import whole_label
from ..errors import DtypeError, InvalidLabelError
from ..utils.utils import match_allowed_values
from .mapping import LabelMapping

if TYPE_CHECKING:
    import numpy.typing as npt
    from spacetransformer import Space

__all__ = ["SegmentationMask"]

_DEPTHS = {1: np.dtype(np.bool_), 8: np.dtype(np.uint8), 16: np.dtype(np.uint16), 32: np.dtype(np.uint32)}


class SegmentationMask:
    """A three-dimensional array of labels with their names and its space.

    Axis n of the array is axis n of the space; nothing assumes which axis that is. Without a space the voxels are cubes of 1 mm, with
    axis 0 along world x. The array is not copied: what the caller writes into it shows here.

    >>> voxels = np.zeros((2, 3, 4), dtype=np.uint8)
    >>> voxels[1, 1, 1:3] = 5
    >>> mask = SegmentationMask(voxels, {"liver": 5})
    >>> int(mask.get_binary_mask_by_names("liver").sum())
    2
    >>> print(mask)
    SegmentationMask(shape=(2, 3, 4), labels=[5], mapping={'liver': 5})

    Raises :class:`~medmask.errors.SpaceMismatchError` (an ``AssertionError``) where the shapes of array and space differ.
    """

    mapping: LabelMapping
    _owner: Any

    def __init__(
        self,
        mask_array: npt.NDArray[Any],
        mapping: Union[LabelMapping, Dict[str, int]],
        space: Optional[Space] = None,
    ) -> None:
        if space is None:
            from spacetransformer import Space

            space = Space(shape=tuple(mask_array.shape))
        check_shape(mask_array.shape, space)
        self._mask_array = mask_array
        self.mapping = mapping if isinstance(mapping, LabelMapping) else LabelMapping(mapping)
        self._space: Any = space

    @classmethod
    def _loaded(cls, array: npt.NDArray[Any], mapping: LabelMapping, owner: Any) -> SegmentationMask:
        """A mask of a file, whose space is that of ``owner``. It is made when it is asked for, which takes longer than to load."""
        mask = cls.__new__(cls)
        mask._mask_array, mask.mapping = array, mapping
        mask._space, mask._owner = None, owner
        return mask

    @property
    def space(self) -> Any:
        """Where the voxels lie: a ``spacetransformer.Space``, or what was given as one."""
        if self._space is None:
            self._space = self._owner.space
        return self._space

    @space.setter
    def space(self, space: Any) -> None:
        self._space = space

    @classmethod
    def lazy_init(
        cls,
        bit_depth: int,
        *,
        space: Optional[Space] = None,
        shape: Optional[Sequence[int]] = None,
    ) -> SegmentationMask:
        """A mask of background, of 1, 8, 16 or 32 bits, for :meth:`add_label` to fill. Needs a space or a shape."""
        if bit_depth not in _DEPTHS:
            raise DtypeError(f"Unsupported bit depth: {bit_depth}; there are 1, 8, 16 and 32")
        if space is None and shape is None:
            raise InvalidLabelError("Either space or shape is needed")
        array = np.zeros(tuple(space.shape if space is not None else shape or ()), dtype=_DEPTHS[bit_depth])
        return cls(array, LabelMapping(), space)

    @property
    def data(self) -> npt.NDArray[Any]:
        """A view of the voxels, which cannot be written to."""
        view = self._mask_array.view()
        view.flags.writeable = False
        return view

    @property
    def bit_depth(self) -> int:
        """1, 8, 16 or 32; ValueError for an array of another type."""
        for depth, dtype in _DEPTHS.items():
            if self._mask_array.dtype == dtype:
                return depth
        raise DtypeError(f"Unsupported dtype: {self._mask_array.dtype}")

    def add_label(self, mask: npt.ArrayLike, label: int, name: str) -> None:
        """Gives the voxels where ``mask`` is not 0 the label ``label``, named ``name``; what they held is painted over.

        Views that were handed out before stay as they were. ValueError where the label has a name, or does not fit.
        """
        label = whole_label(label)
        if self.mapping.has_label(label):
            raise InvalidLabelError(f"Label {label} already exists in the mask array.")
        if label >= 1 << self.bit_depth:
            raise InvalidLabelError(f"Label {label} exceeds bit-depth limit ({self.bit_depth}).")
        painted = self._mask_array.copy(order="K")
        np.copyto(painted, self._mask_array.dtype.type(label), where=np.asarray(mask).astype(np.bool_, copy=False))
        self.mapping[name] = label
        self._mask_array = painted

    def get_binary_mask_by_names(self, names: Union[str, Iterable[str]]) -> npt.NDArray[np.bool_]:
        """Where a voxel holds any of the named labels: a new array of bool. KeyError for a name that is not there."""
        names = [names] if isinstance(names, str) else names
        return self.get_binary_mask_by_labels([self.mapping[name] for name in names])

    def get_binary_mask_by_labels(self, labels: Union[int, Iterable[int]]) -> npt.NDArray[np.bool_]:
        """Where a voxel holds any of the labels: a new array of bool. Label 0 is the background."""
        wanted = labels if isinstance(labels, Iterable) else [labels]
        return match_allowed_values(self._mask_array, [whole_label(label) for label in wanted])

    def to_binary(self) -> npt.NDArray[np.bool_]:
        """Where a voxel holds any label: a new array of bool."""
        inside: npt.NDArray[np.bool_] = np.not_equal(self._mask_array, 0)
        return inside

    def save(self, path: Union[str, os.PathLike[str]], *, codec: Any = None, version: int = 2) -> None:
        """Writes the mask as a ``.msk`` file, in place of one that is there. ``version=1`` writes what medmask 0.1 reads."""
        from ..storage.maskfile import save_mask

        save_mask(self, path, codec=codec, version=version)

    @classmethod
    def load(cls, path: Union[str, os.PathLike[str]]) -> SegmentationMask:
        """Reads a ``.msk`` file of either version."""
        from ..storage.maskfile import load_mask

        return load_mask(path)

    def __getstate__(self) -> Dict[str, Any]:
        # With its own space, without the file that it is from.
        return {"_mask_array": self._mask_array, "mapping": self.mapping, "_space": self.space}

    def __str__(self) -> str:
        labels = sorted(label for _, label in self.mapping.items())
        shape = tuple(self._mask_array.shape)
        return f"SegmentationMask(shape={shape}, labels={labels}, mapping={self.mapping})"
