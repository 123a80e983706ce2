"""Masks and names of labels."""

from .mapping import LabelMapping
from .segmask import SegmentationMask

__all__ = ["SegmentationMask", "LabelMapping"]
