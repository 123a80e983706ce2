"""Writes what nibabel finds in every file of a folder: count and bounds of the labelled voxels, affine.

    python describe_folder.py FOLDER OUTPUT.json
"""

import json
import pathlib
import sys

import nibabel
import numpy

files = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.nii.gz")):
    image = nibabel.load(path)
    array = numpy.asanyarray(image.dataobj).T
    bounds = None
    if array.any():
        bounds = []
        for axis in range(3):
            places = numpy.flatnonzero(array.any(axis=tuple({0, 1, 2} - {axis})))
            bounds.append([int(places[0]), int(places[-1]) + 1])
    files[path.name] = {"voxels": int(numpy.count_nonzero(array)), "sum": int(array.sum()), "bounds": bounds,
                        "affine": image.affine.tolist()}
pathlib.Path(sys.argv[2]).write_text(json.dumps(files))
