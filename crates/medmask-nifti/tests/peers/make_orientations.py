"""Writes one NIfTI file for each of the 48 axis orientations and for 200 random oblique ones, in NIfTI-1, with
sform and qform, and where nibabel and SimpleITK see their corners.

    python make_orientations.py FOLDER

Spacing is anisotropic; half of the files are left-handed.
"""

import itertools
import json
import pathlib
import sys

import nibabel
import numpy

import world

FOLDER = pathlib.Path(sys.argv[1])
RANDOM = numpy.random.default_rng(20261122)
SHAPE = (7, 5, 4)


def rotations():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            yield numpy.eye(3)[:, list(order)] * signs
    for number in range(200):
        matrix, triangle = numpy.linalg.qr(RANDOM.normal(size=(3, 3)))
        matrix = matrix * numpy.sign(numpy.diag(triangle))
        if (numpy.linalg.det(matrix) < 0) != (number % 2 == 1):
            matrix[:, 0] *= -1
        yield matrix


cases = []
for number, rotation in enumerate(rotations()):
    affine = numpy.eye(4)
    affine[:3, :3] = rotation * RANDOM.uniform(0.4, 5, size=3)
    affine[:3, 3] = RANDOM.uniform(-300, 300, size=3)
    array = (RANDOM.random(SHAPE) < 0.3) * RANDOM.integers(1, 200, SHAPE)
    image = nibabel.Nifti1Image(array.astype(numpy.uint8), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1 if number % 3 else 0)
    path = FOLDER / f"{number}.nii.gz"
    nibabel.save(image, path)
    voxels, by_nibabel = world.by_nibabel(path)
    same_voxels, by_simpleitk = world.by_simpleitk(path)
    assert voxels == same_voxels
    cases.append({"file": path.name, "voxels": voxels, "nibabel": by_nibabel, "simpleitk": by_simpleitk})
(FOLDER / "expected.json").write_text(json.dumps({"cases": cases}))
