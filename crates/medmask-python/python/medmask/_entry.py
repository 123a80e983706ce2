"""An entry of an open archive, or one label of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Optional, Tuple, Union

import numpy as np

from . import _pictures
from ._index import Corners, box_of, slices_of
from .errors import NameNotFoundError

if TYPE_CHECKING:
    import numpy.typing as npt
    from spacetransformer import Space

    from ._archive import Archive
    from ._runs import Runs

#: Voxels, first voxel and one past the last, centroid in voxels and in the world.
Counted = Tuple[int, Optional[Corners], Optional[Tuple[Tuple[float, float, float], Tuple[float, float, float]]]]
#: Type, codec, stored bytes, what is counted of all labels, and for each label name, number and what is counted.
Info = Tuple[Optional[str], Optional[str], int, Optional[Counted], "list[Tuple[Optional[str], int, Optional[Counted]]]"]


class Entry:
    """A mask of an archive. Nothing is decoded before voxels are asked for; what is counted stands in the archive's index.

    ``entry[40:60, :, 100:200]`` decodes only the slabs that it meets, ``np.asarray(entry)`` all of it. Axes are (z, y, x).
    Entries pickle with the archive that they are of, by its path.
    """

    __slots__ = ("_archive", "_name", "_label", "_info")

    def __init__(self, archive: Archive, name: str, label: Optional[Tuple[str, int]] = None) -> None:
        self._archive = archive
        self._name = name
        self._label = label
        self._info: Info = archive._source().info(name)

    @property
    def name(self) -> str:
        """The name in the archive; of one label ``entry/label``."""
        return self._name if self._label is None else f"{self._name}/{self._label[0]}"

    @property
    def labels(self) -> Dict[str, int]:
        """Names and numbers of the labels, in the order in which they were named. Of one label the number is 1."""
        if self._label is not None:
            return {self._label[0]: 1}
        return {name: number for name, number, _ in self._info[4] if name is not None}

    @property
    def dtype(self) -> np.dtype[Any]:
        """bool, uint8, uint16 or uint32; bool of one label."""
        if self._label is not None:
            return np.dtype(np.bool_)
        if self._info[0] is None:
            # A file of version 1 whose numbers are wider than ours: the labels decide.
            empty: npt.NDArray[Any] = self[0:0]
            return empty.dtype
        return np.dtype(self._info[0])

    @property
    def shape(self) -> Tuple[int, int, int]:
        """Voxels along z, y and x."""
        return self._archive.shape

    @property
    def ndim(self) -> int:
        """3."""
        return 3

    @property
    def space(self) -> Space:
        """The space of the archive."""
        return self._archive.space

    @property
    def voxels(self) -> int:
        """How many voxels are labelled."""
        return self._counted()[0]

    @property
    def volume_ml(self) -> float:
        """The volume of the labelled voxels in millilitres."""
        return self.voxels * self._archive._voxel_ml

    @property
    def bounds(self) -> Optional[Tuple[slice, slice, slice]]:
        """The tight box around the labelled voxels (z, y, x), to index arrays with; None where there are none."""
        return slices_of(self._counted()[1])

    @property
    def centroid(self) -> Optional[Tuple[float, float, float]]:
        """The centroid in the world: LPS, mm (x, y, z); None where no voxel is labelled."""
        centroid = self._counted()[2]
        return None if centroid is None else (centroid[1][0], centroid[1][1], centroid[1][2])

    @property
    def codec(self) -> Optional[str]:
        """The codec's name; None where no voxel is labelled."""
        return self._info[1]

    @property
    def stored_bytes(self) -> int:
        """Bytes that hold the voxels of the entry in the file."""
        return self._info[2]

    @property
    def metadata(self) -> Dict[str, Any]:
        """Free metadata of the entry."""
        text = self._archive._source().entry_metadata(self._name)
        metadata: Dict[str, Any] = json.loads(text)
        return metadata

    def label(self, label: Union[str, int]) -> Entry:
        """One label of the entry, by name or number, as a mask of bool. KeyError where there is none."""
        for name, number, _ in self._info[4]:
            if name is not None and number and label in (name, number) and not isinstance(label, bool):
                return Entry(self._archive, self._name, (name, number))
        # The error names the nearest, or says that the label is the background.
        self._archive._source().load(self._name, label, ((0, 0, 0), (0, 0, 0)))
        raise NameNotFoundError(f"entry {self._name!r} has no label {label!r}")

    def load(self) -> npt.NDArray[Any]:
        """The voxels as a new array (z, y, x)."""
        return self._load(None)

    def runs(self) -> Runs:
        """The voxels in their sparse form."""
        return self._archive._runs_of(self._name, self._label)

    def components(self, connectivity: int = 26) -> List[Dict[str, Any]]:
        """A record for each connected component, as :meth:`Runs.components`."""
        return self.runs().components(connectivity)

    def largest(self, count: int = 1, connectivity: int = 26) -> Runs:
        """The largest connected components, as :meth:`Runs.largest`."""
        return self.runs().largest(count, connectivity)

    def grow(self, margin_mm: float) -> Runs:
        """The mask with a margin around it, as :meth:`Runs.grow`."""
        return self.runs().grow(margin_mm)

    def shrink(self, margin_mm: float) -> Runs:
        """The mask without a margin within it, as :meth:`Runs.shrink`."""
        return self.runs().shrink(margin_mm)

    def shell(self, margin_mm: float) -> Runs:
        """The margin around the mask, as :meth:`Runs.shell`."""
        return self.runs().shell(margin_mm)

    def fill_holes(self, axis: Optional[int] = None) -> Runs:
        """The mask without holes, as :meth:`Runs.fill_holes`."""
        return self.runs().fill_holes(axis)

    def shape_measures(self) -> List[Dict[str, Any]]:
        """Diameters, box and areas of each label, as :meth:`Runs.shape_measures`."""
        return self.runs().shape_measures()

    def slice_areas(self) -> List[Dict[str, Any]]:
        """The area in each axial slice of each label, as :meth:`Runs.slice_areas`."""
        return self.runs().slice_areas()

    def grey_values(self, image: Any, space: Any = None, *, resample: bool = False) -> List[Dict[str, Any]]:
        """What an image has beneath each label, as :meth:`Runs.grey_values`."""
        return self.runs().grey_values(image, space, resample=resample)

    def picture(self, **drawing: Any) -> Any:
        """A picture of the mask, as :meth:`Archive.picture` draws it."""
        return self._archive.picture(self.name, **drawing)

    def __getitem__(self, index: Any) -> Any:
        """Part of the voxels as a new array: numbers and slices as numpy takes them, of which only what they meet is decoded."""
        box = box_of(index, self.shape)
        if box is None:
            return self.load()[index]
        corners, within = box
        return self._load(corners)[within]

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("voxels are decoded into a new array: there is none that could be shared")
        array = self.load()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __len__(self) -> int:
        """Slices along z."""
        return self.shape[0]

    def __iter__(self) -> Iterator[npt.NDArray[Any]]:
        """The slices along z, one after the other."""
        return (self[z] for z in range(len(self)))

    def __repr__(self) -> str:
        return f"<medmask.Entry {self.name!r}: {self.dtype} {self.shape}, {len(self.labels)} labels>"

    def _repr_png_(self) -> Optional[bytes]:
        return _pictures.of_notebook(self._archive, self.name)

    def __reduce__(self) -> Any:
        return Entry, (self._archive, self._name, self._label)

    def _load(self, corners: Optional[Corners]) -> npt.NDArray[Any]:
        number = None if self._label is None else self._label[1]
        array: npt.NDArray[Any] = self._archive._source().load(self._name, number, corners)
        return array

    def _counted(self) -> Counted:
        counted = self._of_label() if self._label is not None else self._info[3]
        if counted is None:
            # A file of version 1 has no counts.
            self._info = self._archive._source().count(self._name)
            return self._counted()
        return counted

    def _of_label(self) -> Optional[Counted]:
        return next(counted for _, number, counted in self._info[4] if self._label and number == self._label[1])
