"""Pictures of masks: PNG files as bytes, and axes of matplotlib."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence, Tuple

import numpy as np

from ._measures import numbers
from .errors import MedmaskError, MissingPackageError

if TYPE_CHECKING:
    from ._archive import Archive


def asked_for(
    plane: str,
    slices: int,
    at: Optional[Sequence[float]],
    project: Optional[str],
    window: Optional[Tuple[float, float]],
    contour: bool,
    fill: Optional[bool],
    opacity: float,
    neurological: bool,
    legend: bool,
    size: int,
) -> Dict[str, Any]:
    return {
        "plane": plane,
        "slices": slices,
        "at": None if at is None else [float(mm) for mm in at],
        "project": project,
        "window": None if window is None else (float(window[0]), float(window[1])),
        "contour": contour,
        "fill": not contour if fill is None else fill,
        "opacity": opacity,
        "neurological": neurological,
        "legend": legend,
        "size": size,
    }


def under(image: Any) -> Any:
    """A path as a text, or an array of the type that pictures are drawn of."""
    if image is None or isinstance(image, (str, os.PathLike)):
        return image if image is None else os.fspath(image)
    return np.ascontiguousarray(numbers(image), dtype=np.float32)


def on_axis(png: bytes, ax: Any) -> Any:
    """Draws a picture on an axis of matplotlib."""
    try:
        from matplotlib.image import imread
    except ImportError as error:
        raise MissingPackageError("ax is an axis of matplotlib: pip install matplotlib") from error
    from io import BytesIO

    ax.imshow(imread(BytesIO(png), format="png"))
    ax.set_axis_off()
    return ax


def of_notebook(archive: Archive, *selections: str) -> Optional[bytes]:
    """A small picture; None where there is nothing to show, for what fails here would hide the object itself."""
    try:
        png: bytes = archive.picture(*selections, slices=4, size=220)
    except MedmaskError:
        return None
    return png
