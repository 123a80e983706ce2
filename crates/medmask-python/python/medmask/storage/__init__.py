"""Files of masks."""

from .archivefile import MaskArchive
from .maskfile import MaskFile, load_mask, save_mask

__all__ = ["MaskFile", "MaskArchive", "save_mask", "load_mask"]
