"""All segmentation masks of a patient in one small file."""

from ._version import __version__
from .core import LabelMapping, SegmentationMask
from .storage import MaskArchive, MaskFile, load_mask, save_mask
from .utils import match_allowed_values

__all__ = [
    "SegmentationMask",
    "LabelMapping",
    "MaskArchive",
    "MaskFile",
    "save_mask",
    "load_mask",
    "match_allowed_values",
]
