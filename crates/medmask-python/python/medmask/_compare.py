"""Two segmentations compared, and folders of them."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable, List, Mapping, Optional, Union

from . import _medmask
from ._files import Progress, step_of
from ._parts import texts_of
from ._voxels import named

__all__ = ["evaluate"]

AnyPath = Union[str, "os.PathLike[str]"]


def evaluate(
    reference: AnyPath,
    prediction: AnyPath,
    names: Union[str, Iterable[str], None] = None,
    *,
    surface_tolerances_mm: Iterable[float] = (),
    components: bool = False,
    match: str = "iou:0.5",
    min_voxels: int = 1,
    change: float = 0.3,
    connectivity: int = 26,
    resample: Optional[str] = None,
    tolerance_mm: float = 0.1,
    ignore: Union[str, Iterable[str]] = (),
    labels: Optional[Mapping[str, int]] = None,
    progress: Progress = None,
) -> List[Dict[str, Any]]:
    """Compares the cases of a folder with those of the folder of their references: a record for each case and structure, for
    ``pandas.DataFrame``.

    Every archive, every folder of mask files and every mask file directly inside is a case; cases go together by name. ``labels`` names the
    labels of files that do not name them. The other arguments and the keys are those of :meth:`Archive.diff`; records have ``case`` and
    ``error``, too: a case that cannot be compared is one record with its error, and does not end the work. Ctrl-C does.

    What is not defined is None, which pandas leaves out of means::

        records = medmask.evaluate("references/", "predictions/", surface_tolerances_mm=[1])
        table = pandas.DataFrame(records)
        table[table.status == "compared"].groupby("name")[["dice", "hd95_mm"]].agg(["mean", "count"])
    """
    asked = asked_for(
        surface_tolerances_mm, components, match, min_voxels, change, connectivity, resample, tolerance_mm, ignore
    )
    known = None if labels is None else dict(named(labels.items()))
    text = _medmask.evaluate(os.fspath(reference), os.fspath(prediction), texts_of(names), asked, known, step_of(progress))
    found = json.loads(text)
    records: List[Dict[str, Any]] = []
    for case in found["cases"]:
        first = {"case": case["case"], "error": case["error"]}
        if case["error"] is not None:
            records.append({**first, "name": None, "status": "error"})
        else:
            records.extend({**first, **record} for record in records_of(case))
    for status in ("only_in_first", "only_in_second"):
        records.extend({"case": case, "error": None, "name": None, "status": status} for case in found[status])
    return records


def asked_for(
    surface_tolerances_mm: Iterable[float],
    components: bool,
    match: str,
    min_voxels: int,
    change: float,
    connectivity: int,
    resample: Optional[str],
    tolerance_mm: float,
    ignore: Union[str, Iterable[str]],
) -> Dict[str, Any]:
    """What is measured, as the Rust module takes it."""
    return {
        "surface_tolerances_mm": [float(mm) for mm in surface_tolerances_mm],
        "components": components,
        "matching": match,
        "min_voxels": min_voxels,
        "change": float(change),
        "connectivity": connectivity,
        "resample": resample,
        "tolerance_mm": float(tolerance_mm),
        "ignore": texts_of(ignore),
    }


def records_of(comparison: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """A flat record for each structure."""
    records = [_flat(mask) for mask in comparison["names"]]
    for status in ("only_in_first", "only_in_second"):
        records.extend({"name": name, "status": status} for name in comparison[status])
    return records


def _flat(mask: Mapping[str, Any]) -> Dict[str, Any]:
    record = {"name": mask["name"], "status": "compared"}
    record.update((key, value) for key, value in mask.items() if key not in ("name", "nsd", "components"))
    record.update((f"nsd_{known['tolerance_mm']:g}_mm", known["value"]) for known in mask["nsd"])
    components = mask.get("components")
    if components is not None:
        record.update((f"components_{key}", components[key]) for key in ("tp", "fp", "fn"))
        record.update((key, components[key]) for key in ("f1", "sq", "pq"))
        record["component_rule"] = components["rule"]
        record["components"] = components["rows"]
    return record
