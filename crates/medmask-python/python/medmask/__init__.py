"""All segmentation masks of a patient in one small file.

:func:`open` gives an archive as a mapping of names to masks, which are read when voxels are asked for::

    with medmask.open("case.mska") as archive:
        liver = archive["liver"]
        print(liver.volume_ml, liver.bounds)
        part = liver[40:60, :, 100:200]       # decodes only what it meets
        ribs = archive.load_many("rib_*")     # a dict of arrays
        margin = archive.load("grow(tumour, 5) - tumour - liver")

:func:`pack` and :func:`extract` move folders of NIfTI files in and out. Everything that medmask 0.1 offers is here under its old name:
:class:`SegmentationMask`, :class:`MaskArchive`, :func:`save_mask` and the others.

Arrays are (z, y, x), the world is LPS in mm, label 0 is background. Errors are in :mod:`medmask.errors`.
"""

from . import errors
from ._archive import Archive, open
from ._compare import evaluate
from ._convert import from_nibabel, from_sitk, to_nibabel, to_sitk
from ._entry import Entry
from ._files import PackReport, extract, pack, read_nifti
from ._runs import Runs
from ._version import __version__
from .core import LabelMapping, SegmentationMask
from .errors import MedmaskError
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
    "Archive",
    "Entry",
    "MedmaskError",
    "PackReport",
    "Runs",
    "errors",
    "evaluate",
    "extract",
    "from_nibabel",
    "from_sitk",
    "open",
    "pack",
    "read_nifti",
    "to_nibabel",
    "to_sitk",
]
