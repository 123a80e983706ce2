"""Masks as runs: what is asked of shapes is answered without dense volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Tuple, TypeVar, Union

import numpy as np

from . import _measures
from ._index import Corners, slices_of
from ._medmask import RunsData, check_same_space, voxel_ml
from ._space import parts_of, plain_parts, space_of
from ._voxels import stored
from .errors import NameNotFoundError, SpaceMismatchError, UnsupportedError

if TYPE_CHECKING:
    import numpy.typing as npt
    from spacetransformer import Space

    from ._entry import Counted
    from ._space import SpaceParts


Number = TypeVar("Number", int, float)


class Runs:
    """The labelled voxels of a mask in their sparse form, and where they lie.

    ``archive.runs("kidney_* + spleen")``, ``entry.runs()`` or ``medmask.Runs(array, space)`` give one. It takes memory as the surface of the
    structure grows, and is never changed: every question gives a new one. ``a | b``, ``a & b``, ``a - b`` and ``a ^ b`` are masks of
    label 1; ``np.asarray(a)`` is the dense array (z, y, x).
    """

    __slots__ = ("_data", "_parts", "_names", "_known")

    def __init__(self, array: Any, space: Any = None, labels: Optional[Dict[str, int]] = None) -> None:
        """Of an array (z, y, x) of bool or whole numbers from 0 on; without a space its voxels are 1 mm wide."""
        if isinstance(array, RunsData):
            self._data = array
            self._parts = _tuples(space)
        else:
            voxels, is_bool = stored(array)
            self._data = RunsData.of_array(voxels, is_bool)
            self._parts = plain_parts(voxels.shape) if space is None else parts_of(space)
            if tuple(self._parts[0]) != tuple(voxels.shape):
                raise SpaceMismatchError(f"the array has shape {voxels.shape}, and its space {tuple(self._parts[0])}")
        self._names: Dict[int, str] = {number: name for name, number in (labels or {}).items()}
        self._known: Optional[Tuple[Counted, List[Tuple[int, Counted]]]] = None

    # What it is

    @property
    def shape(self) -> Tuple[int, int, int]:
        """Voxels along z, y and x."""
        depth, height, width = self._data.shape
        return depth, height, width

    @property
    def space(self) -> Space:
        """Where it lies."""
        return space_of(self._parts)

    @property
    def voxels(self) -> int:
        """How many voxels are labelled."""
        return self._counted()[0][0]

    @property
    def volume_ml(self) -> float:
        """The volume of the labelled voxels in millilitres."""
        return self.voxels * self._voxel_ml

    @property
    def bounds(self) -> Optional[Tuple[slice, slice, slice]]:
        """The tight box (z, y, x), to index arrays with; None where no voxel is labelled."""
        return slices_of(self._counted()[0][1])

    @property
    def centroid(self) -> Optional[Tuple[float, float, float]]:
        """The centroid in the world: LPS, mm (x, y, z); None where no voxel is labelled."""
        centroid = self._counted()[0][2]
        return None if centroid is None else (centroid[1][0], centroid[1][1], centroid[1][2])

    @property
    def labels(self) -> List[int]:
        """The labels present, ascending."""
        return [label for label, _ in self._counted()[1]]

    @property
    def face_area_mm2(self) -> float:
        """The area in mm^2 of the voxel faces between labelled voxels and others, those at the volume's edge included."""
        return self._data.face_area_mm2(self._spacing)

    def label(self, label: Union[int, str]) -> Runs:
        """One label, as label 1. KeyError where no voxel and no name has it."""
        number = next((number for number, name in self._names.items() if label in (number, name)), label)
        if not isinstance(number, int) or (number not in self._names and number not in self.labels):
            raise NameNotFoundError(f"no label {label!r}")
        return self._with(self._data.label(number))

    def array(self) -> npt.NDArray[Any]:
        """The voxels as a new array (z, y, x): bool where the only label is 1, else the narrowest type that holds the labels."""
        array: npt.NDArray[Any] = self._data.to_array()
        return array

    def __array__(self, dtype: Any = None, copy: Optional[bool] = None) -> npt.NDArray[Any]:
        if copy is False:
            raise ValueError("voxels are painted into a new array: there is none that could be shared")
        array = self.array()
        return array if dtype is None else array.astype(dtype, copy=False)

    # Sets

    def __or__(self, other: Runs) -> Runs:
        return self._combined("|", other)

    def __and__(self, other: Runs) -> Runs:
        return self._combined("&", other)

    def __sub__(self, other: Runs) -> Runs:
        return self._combined("-", other)

    def __xor__(self, other: Runs) -> Runs:
        return self._combined("^", other)

    def __bool__(self) -> bool:
        """Whether any voxel is labelled."""
        return self.voxels > 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Runs):
            return NotImplemented
        return self._data == other._data and self._parts == other._parts

    __hash__ = None  # type: ignore[assignment]

    # Shapes

    def grow(self, margin_mm: float) -> Runs:
        """All voxels at most ``margin_mm`` from a labelled one, from centre to centre, inside the volume. Of several labels each voxel
        gets the nearest, and the lowest of those that are equally near."""
        return self._same(self._data.grow(margin_mm, self._spacing))

    def shrink(self, margin_mm: float) -> Runs:
        """The voxels that lie more than ``margin_mm`` from all voxels without their label; outside of the volume is background."""
        return self._same(self._data.shrink(margin_mm, self._spacing))

    def shell(self, margin_mm: float) -> Runs:
        """What :meth:`grow` adds."""
        return self._same(self._data.shell(margin_mm, self._spacing))

    def fill_holes(self, axis: Optional[int] = None) -> Runs:
        """Background that does not reach the volume's edge through faces gets the label around it. With ``axis`` (0 is z) each slice
        across that axis is filled by itself."""
        return self._same(self._data.fill_holes(axis))

    def boundary(self) -> Runs:
        """The voxels that have a face neighbour without their label, or lie at the volume's edge."""
        return self._same(self._data.boundary())

    def largest(self, count: int = 1, connectivity: int = 26) -> Runs:
        """The largest connected components; 6, 18 or 26 neighbours. Labels are taken apart."""
        return self._same(self._data.largest(count, connectivity))

    def min_ml(self, volume_ml: float, connectivity: int = 26) -> Runs:
        """The connected components of at least so many millilitres."""
        if not volume_ml >= 0:
            raise UnsupportedError(f"a volume is a number of mL from 0 on, not {volume_ml}")
        return self._same(self._data.min_ml(volume_ml, connectivity, self._parts))

    def components(self, connectivity: int = 26) -> List[Dict[str, Any]]:
        """A record for each connected component, the largest first: for ``pandas.DataFrame``. Boxes are half-open, centroids in the
        world (LPS, mm). :meth:`label_components` gives their voxels."""
        _, known = self._data.components(connectivity, self._parts)
        return [self._record(number, label, counted) for number, (label, counted) in enumerate(known, start=1)]

    def label_components(self, connectivity: int = 26) -> Runs:
        """The connected components as labels 1, 2, ..., the largest first."""
        data, _ = self._data.components(connectivity, self._parts)
        return self._with(data)

    # Measures

    def shape_measures(self) -> List[Dict[str, Any]]:
        """A record for each label, for ``pandas.DataFrame``: the largest diameter between two voxel centres, the sides of the box along the
        principal axes, the areas of the smooth surface (Crofton) and of the voxels' faces, and the largest axial slice with its longest
        diameter and how far the mask reaches across it. None where no voxel has the label."""
        return _measures.shape_records(self._data, self._parts, self._names)

    def slice_areas(self) -> List[Dict[str, Any]]:
        """A record for each axial slice from the first to the last of each label: ``axis``, ``slice``, ``slice_voxels``, ``area_mm2``. Axial are
        the slices across the array axis nearest to the patient's long one."""
        return _measures.slice_records(self._data, self._parts, self._names)

    def grey_values(self, image: Any, space: Any = None, *, resample: bool = False) -> List[Dict[str, Any]]:
        """A record for each label with what an image has beneath it: ``mean``, ``sd`` (divided by n), ``median``, ``min``, ``max``, ``p5``,
        ``p10``, ``p90`` and ``p95`` (numpy's linear percentiles); ``voxels`` counts those with a finite value, ``not_finite`` the others.

        ``image``: an array (z, y, x) on the grid of the mask; an array with a ``space`` of its own, in which it is interpolated linearly at the
        voxels of the mask; or the path of a NIfTI file, which must lie on the grid of the mask unless ``resample`` is true. Voxels outside of
        an interpolated image are counted as ``outside``.
        """
        return _measures.grey_records(self._data, self._parts, self._names, image, space, resample)

    def distance(self, other: Runs, within: Iterable[float] = ()) -> Dict[str, Any]:
        """How far this mask and another lie apart, from voxel centre to voxel centre.

        ``smallest_mm``, 0 where they share a voxel, of ``first_voxel`` and ``second_voxel`` (z, y, x); the largest distances from here to there
        and back, ``first_to_second_mm`` and ``second_to_first_mm`` (directed Hausdorff). Where all of the one lies in the other, its largest
        distance is minus the least depth: the distance to the nearest voxel that is not of the other. ``within``: a record for each
        distance in mm with the voxels of this mask that lie at most so far from the other, and which share of it they are.
        """
        if self._parts != other._parts:
            check_same_space(self._parts, other._parts)
        return _measures.distance_record(self._data, other._data, self._parts, within)

    def __repr__(self) -> str:
        return f"<medmask.Runs {self.shape}, {self.voxels} voxels>"

    # Inside

    @property
    def _spacing(self) -> Tuple[float, float, float]:
        return self._parts[1]

    @property
    def _voxel_ml(self) -> float:
        return voxel_ml(self._parts)

    def _counted(self) -> Tuple[Counted, List[Tuple[int, Counted]]]:
        if self._known is None:
            self._known = self._data.counted(self._parts)
        return self._known

    def _with(self, data: RunsData) -> Runs:
        return Runs(data, self._parts)

    def _same(self, data: RunsData) -> Runs:
        """Runs that have these labels or fewer."""
        return Runs(data, self._parts, {name: number for number, name in self._names.items()})

    def _combined(self, operator: str, other: Runs) -> Runs:
        if not isinstance(other, Runs):
            return NotImplemented
        if self._parts != other._parts:
            check_same_space(self._parts, other._parts)
        return self._with(self._data.combine(operator, other._data))

    def _record(self, number: int, label: int, counted: Counted) -> Dict[str, Any]:
        voxels, corners, centroid = counted
        (z0, y0, x0), (z1, y1, x1) = corners or _NO_CORNERS
        x, y, z = centroid[1] if centroid else (float("nan"),) * 3
        return {
            "component": number,
            "label_name": self._names.get(label),
            "label": label,
            "voxels": voxels,
            "volume_ml": voxels * self._voxel_ml,
            **{"z0": z0, "z1": z1, "y0": y0, "y1": y1, "x0": x0, "x1": x1},
            **{"centroid_lps_x_mm": x, "centroid_lps_y_mm": y, "centroid_lps_z_mm": z},
        }


def _tuples(parts: SpaceParts) -> SpaceParts:
    """Parts that compare equal wherever they came from."""
    shape, spacing, origin, (first, second, third), slant = parts
    direction = (_triple(first), _triple(second), _triple(third))
    return _triple(shape), _triple(spacing), _triple(origin), direction, slant


def _triple(numbers: Iterable[Number]) -> Tuple[Number, Number, Number]:
    first, second, third = numbers
    return first, second, third


_NO_CORNERS: Corners = ((0, 0, 0), (0, 0, 0))
