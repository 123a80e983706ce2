"""What masks, entries and metadata say of themselves, as the Rust module and tables take it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Tuple, Union

from ._entry import Entry
from ._medmask import faces_touched
from ._space import parts_of
from ._voxels import named
from .core.segmask import SegmentationMask
from .errors import InvalidMetadataError

if TYPE_CHECKING:
    from ._runs import Runs
    from ._space import SpaceParts


def space_and_labels(array: Any) -> Tuple[Optional[SpaceParts], Optional[List[Tuple[str, int]]]]:
    """What a mask says of itself beside its voxels."""
    if isinstance(array, SegmentationMask):
        return parts_of(array.space), named(array.mapping.items()) or None
    if isinstance(array, Entry):
        return array._archive._known_parts(), named(array.labels.items()) or None
    return None, None


def records_of(entry: Entry, space: SpaceParts, voxel_ml: float) -> Iterator[Dict[str, Any]]:
    entry._counted()
    for label_name, label, counted in entry._info[4]:
        voxels, corners, centroid = counted or (0, None, None)
        (z0, y0, x0), (z1, y1, x1) = corners or ((None,) * 3, (None,) * 3)
        (z, y, x), (l, p, s) = centroid or ((None,) * 3, (None,) * 3)
        yield {
            "entry": entry.name,
            "label_name": label_name,
            "label": label,
            "voxels": voxels,
            "volume_ml": voxels * voxel_ml,
            **{"z0": z0, "z1": z1, "y0": y0, "y1": y1, "x0": x0, "x1": x1},
            **{"centroid_voxel_z": z, "centroid_voxel_y": y, "centroid_voxel_x": x},
            **{"centroid_lps_x_mm": l, "centroid_lps_y_mm": p, "centroid_lps_z_mm": s},
            "touches_edge": " ".join(faces_touched(space, corners)) if corners else "",
        }


def add_measures(
    records: List[Dict[str, Any]], entry: str, runs: Runs, shape: bool, image: Any, resample: bool
) -> None:
    """Adds to the records of an entry what only its voxels tell."""
    found: Dict[int, Dict[str, Any]] = {record["label"]: record for record in records if record["entry"] == entry}
    measures = runs.shape_measures() if shape else []
    grey = [] if image is None else runs.grey_values(image, resample=resample)
    for prefix, measured in (("", measures), ("image_", grey)):
        for one in measured:
            record = found.get(one["label"], {})
            record.update({prefix + key: value for key, value in one.items() if key not in ("label_name", "label")})


def json_of(metadata: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(metadata), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidMetadataError(f"JSON cannot hold these metadata: {error}") from error


def records_of_piece(piece: Any) -> Iterator[Dict[str, Any]]:
    """A record for each structure that a structure, or a component of it, shares voxels with."""
    name, component, voxels, volume_ml, centroid, shares = piece
    x, y, z = centroid or (None,) * 3
    for of, shared_voxels, shared_ml, share in shares:
        yield {
            "name": name,
            "component": component,
            "voxels": voxels,
            "volume_ml": volume_ml,
            **{"centroid_lps_x_mm": x, "centroid_lps_y_mm": y, "centroid_lps_z_mm": z},
            "of": of,
            "shared_voxels": shared_voxels,
            "shared_volume_ml": shared_ml,
            "share": share,
        }


def texts_of(names: Union[str, Iterable[str], None]) -> List[str]:
    """Names as a list; none for all."""
    return [names] if isinstance(names, str) else list(names or [])
