"""Checks files that medmask-nifti wrote against what nibabel and SimpleITK see in them.

    python check_written.py FOLDER

FOLDER/written.json lists files with their labelled voxels [z, y, x, label] and corners (LPS+, mm), and where they
have label names, those. Files with names are also saved again by nibabel, and read by TotalSegmentator's own loader
where that package is installed.
"""

import json
import pathlib
import sys

import nibabel
import numpy

import world

FOLDER = pathlib.Path(sys.argv[1])
TOLERANCE_MM = 1e-4
# The quaternion's three 32-bit numbers are less exact than the sform's twelve.
QFORM_TOLERANCE_MM = 1e-3


def names_in(extension):
    import xml.etree.ElementTree as xml

    labels = xml.fromstring(extension.content).find("VolumeInformation/LabelTable")
    return {label.get("Key"): label.text for label in labels}


def check_names(path, names):
    image = nibabel.load(path)
    again = FOLDER / "again.nii.gz"
    nibabel.save(image, again)
    for source in (path, again):
        extensions = nibabel.load(source).header.extensions
        assert [extension.get_code() for extension in extensions] == [0, 30], source
        for extension in extensions:
            assert names_in(extension) == names, (source, names_in(extension))
        try:
            from totalsegmentator.nifti_ext_header import load_multilabel_nifti
        except ImportError:
            print("skipped: TotalSegmentator's loader is not installed")
            continue
        assert load_multilabel_nifti(source)[1] == {int(key): name for key, name in names.items()}, source


def check_moved(path, source):
    """Every labelled voxel of `source` lies at the same place of the world in `path`, whatever its axes."""
    old, new = nibabel.load(source), nibabel.load(path)
    old_labels, new_labels = (numpy.asanyarray(image.dataobj) for image in (old, new))
    places = numpy.argwhere(old_labels)
    world_places = nibabel.affines.apply_affine(old.affine, places)
    indices = nibabel.affines.apply_affine(numpy.linalg.inv(new.affine), world_places).round().astype(int)
    back = nibabel.affines.apply_affine(new.affine, indices)
    assert numpy.linalg.norm(back - world_places, axis=1).max() <= TOLERANCE_MM, path
    assert (new_labels[tuple(indices.T)] == old_labels[tuple(places.T)]).all(), path
    assert numpy.count_nonzero(new_labels) == len(places), path


def check(case):
    path = FOLDER / case["file"]
    header = nibabel.load(path).header
    assert int(header["intent_code"]) == 1002, path
    assert header.get_data_dtype().name == case["dtype"], path
    peers = [world.by_nibabel] if case.get("nifti_2") else [world.by_nibabel, world.by_simpleitk]
    for peer in peers:
        voxels, corners = peer(path)
        assert voxels == case["voxels"], (path, peer.__name__)
        worst = numpy.linalg.norm(numpy.array(corners) - case["corners"], axis=1).max()
        assert worst <= case.get("tolerance_mm", TOLERANCE_MM), (path, peer.__name__, worst)
    if "tolerance_mm" in case:
        return
    # Sform and qform agree, whichever a reader takes.
    qform = nibabel.load(path).header.get_qform()
    corners = [(qform @ [*i, 1])[:3] * [-1, -1, 1] for i in world.corner_indices(nibabel.load(path).shape)]
    worst = numpy.linalg.norm(numpy.array(corners) - case["corners"], axis=1).max()
    assert worst <= QFORM_TOLERANCE_MM, (path, "qform", worst)
    if "source" in case:
        check_moved(path, FOLDER / case["source"])
    if "names" in case:
        check_names(path, case["names"])


cases = json.loads((FOLDER / "written.json").read_text())
for written in cases:
    check(written)
print(f"{len(cases)} files are read as they were meant")
