"""What nibabel and SimpleITK say of a file, in one form: labels by voxel, corners in LPS+ mm."""

import itertools

import nibabel
import numpy
import SimpleITK

SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)


def corner_indices(shape_xyz):
    """The eight corner voxels as (x, y, z); z changes slowest."""
    return [(x, y, z) for z, y, x in itertools.product(*[(0, n - 1) for n in reversed(shape_xyz)])]


def labelled(array_zyx):
    """[z, y, x, label] of every voxel that is not 0."""
    return [[*map(int, at), int(array_zyx[tuple(at)])] for at in numpy.argwhere(array_zyx != 0)]


def by_nibabel(path, volume=None):
    image = nibabel.load(path)
    array = numpy.asanyarray(image.dataobj)
    if volume is not None:
        array = array.reshape(array.shape[:3] + (-1,), order="F")[..., volume]
    array = array.reshape((array.shape + (1, 1, 1))[:3], order="F")
    affine = image.affine
    corners = [(affine @ [*index, 1.0])[:3] * [-1, -1, 1] for index in corner_indices(array.shape)]
    return labelled(array.T), [corner.tolist() for corner in corners]


def by_simpleitk(path):
    image = SimpleITK.ReadImage(str(path))
    array = SimpleITK.GetArrayFromImage(image)
    if image.GetDimension() == 2:
        array = array[None]
        corners = None
    else:
        size = image.GetSize()
        corners = [list(image.TransformIndexToPhysicalPoint(i)) for i in corner_indices(size)]
    return labelled(array), corners
