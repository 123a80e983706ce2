"""Writes a label volume as TotalSegmentator does, names included, where its package is installed.

    python make_totalsegmentator.py OUTPUT.nii.gz
"""

import sys

import nibabel
import numpy

try:
    from totalsegmentator.nifti_ext_header import save_multilabel_nifti
except ImportError:
    print("skipped: TotalSegmentator is not installed")
    sys.exit()

array = numpy.zeros((5, 4, 3), numpy.uint8)
array[1, 2, 0], array[4, 3, 2] = 1, 117
image = nibabel.Nifti1Image(array, numpy.diag([-1.5, 1.5, 3, 1]))
save_multilabel_nifti(image, sys.argv[1], {1: "spleen", 5: "liver", 117: "costal_cartilages"})
