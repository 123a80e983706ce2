"""Measures of masks as records: shapes, axial slices, the values of an image, and distances."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Mapping, Optional, Tuple

import numpy as np

from ._medmask import ImageData, grey_values, grey_values_of_image, separation, shape_measures, slice_areas
from ._space import parts_of
from .errors import DtypeError, SpaceMismatchError

if TYPE_CHECKING:
    from ._medmask import RunsData
    from ._space import SpaceParts

_SHAPE = (
    "diameter_mm",
    "box_length_1_mm",
    "box_length_2_mm",
    "box_length_3_mm",
    "surface_area_mm2",
    "face_area_mm2",
    "axial_axis",
    "axial_slice",
    "axial_area_mm2",
    "axial_long_mm",
    "axial_across_mm",
    "diameter_voxels",
    "axial_long_voxels",
    "box_centre_lps_mm",
    "box_directions_lps",
)
_GREY = ("mean", "sd", "median", "min", "max", "p5", "p10", "p90", "p95")


def shape_records(data: RunsData, parts: SpaceParts, names: Mapping[int, str]) -> List[Dict[str, Any]]:
    nothing = dict.fromkeys(_SHAPE)
    return _of_labels(names, dict(shape_measures(data, parts)), lambda found: found or nothing)


def slice_records(data: RunsData, parts: SpaceParts, names: Mapping[int, str]) -> List[Dict[str, Any]]:
    return [
        {
            "label_name": names.get(label),
            "label": label,
            "axis": "zyx"[axis],
            "slice": number,
            "slice_voxels": voxels,
            "area_mm2": voxels * voxel_area,
        }
        for label, (axis, first, counts, voxel_area) in slice_areas(data, parts)
        for number, voxels in enumerate(counts, start=first)
    ]


def grey_records(
    data: RunsData, parts: SpaceParts, names: Mapping[int, str], image: Any, space: Any, resample: bool
) -> List[Dict[str, Any]]:
    if isinstance(image, (str, os.PathLike)):
        image = read_image(image)
    if isinstance(image, ImageData):
        found = grey_values_of_image(data, image, parts, resample)
    else:
        array = numbers(image)
        own = parts_of(space) if space is not None else None
        if own is not None and tuple(own[0]) != array.shape:
            raise SpaceMismatchError(f"the image has shape {array.shape}, and its space {own[0]}")
        found = grey_values(data, array, parts, own)
    return _of_labels(names, dict(found), _grey)


def read_image(path: Any) -> ImageData:
    """The image in a NIfTI file."""
    return ImageData(os.fspath(path))


def distance_record(
    first: RunsData, second: RunsData, parts: SpaceParts, within: Iterable[float]
) -> Dict[str, Any]:
    near = [float(mm) for mm in within]
    found = separation(first, second, parts[1], near)
    if found is None:
        nothing = dict.fromkeys(("smallest_mm", "first_to_second_mm", "second_to_first_mm", "first_voxel", "second_voxel"))
        return {**nothing, "within": [{"mm": mm, "voxels": 0, "share": None} for mm in near]}
    (smallest, there, back), (first_voxel, second_voxel), counts = found
    return {
        "smallest_mm": smallest,
        "first_to_second_mm": there,
        "second_to_first_mm": back,
        "first_voxel": tuple(first_voxel),
        "second_voxel": tuple(second_voxel),
        "within": [{"mm": mm, "voxels": count, "share": share} for mm, (count, share) in zip(near, counts)],
    }


def _of_labels(names: Mapping[int, str], found: Mapping[int, Any], record: Any) -> List[Dict[str, Any]]:
    """A record for each label that has a name or a voxel, ascending."""
    labels = sorted({*names, *found})
    return [{"label_name": names.get(label), "label": label, **record(found.get(label))} for label in labels]


def _grey(found: Optional[Tuple[List[int], Optional[List[float]]]]) -> Dict[str, Any]:
    (voxels, not_finite, outside), figures = found or ((0, 0, 0), None)
    counts = {"voxels": voxels, "not_finite": not_finite, "outside": outside}
    return {**counts, **(dict(zip(_GREY, figures)) if figures else dict.fromkeys(_GREY))}


def numbers(image: Any) -> Any:
    """An array of numbers as the Rust module takes it."""
    array = np.asarray(image)
    if array.ndim != 3:
        raise SpaceMismatchError(f"an image has three axes (z, y, x), and this array has shape {array.shape}")
    if array.dtype == np.bool_ or array.dtype == np.float16:
        array = array.astype(np.uint8 if array.dtype == np.bool_ else np.float32)
    if array.dtype.kind not in "iuf" or array.dtype.itemsize > 8:
        raise DtypeError(f"an image has whole or real numbers, not {array.dtype}")
    # Of its own copy where the order of bytes or the places in memory are unusual.
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    aligned = array.flags.aligned and all(stride % array.itemsize == 0 for stride in array.strides)
    return array if aligned else array.copy()
