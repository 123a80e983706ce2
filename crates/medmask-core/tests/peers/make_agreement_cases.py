"""Writes pairs of masks with what MedPy, SimpleITK, scipy and numpy say of their agreement.

    python make_agreement_cases.py OUTPUT.json [--full] [--masks FOLDER]

Needs: numpy, scipy 1.17.1, MedPy 0.5.2, SimpleITK 2.5.7; for the masks of a folder nibabel 5.4.2.
Without --full it writes the small sample that is committed as agreement_cases.json.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import SimpleITK
from medpy.metric import binary
from scipy import ndimage
from scipy.spatial import cKDTree

rng = np.random.default_rng(20261126)
TOLERANCES = (0.0, 1.0, 2.1)


def run_lengths(array):
    """[label, voxels, label, voxels, ...] in C order (z, y, x)."""
    flat = array.ravel().astype(int)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    return np.stack([flat[starts], lengths], axis=1).ravel().tolist()


def directed(first, second, spacing):
    """From the surface voxels of each to the nearest of the other, by a k-d tree."""
    surfaces = [np.argwhere(mask & ~ndimage.binary_erosion(mask)) * spacing for mask in (first, second)]
    return [cKDTree(b).query(a)[0] for a, b in (surfaces, surfaces[::-1])]


def hausdorff_of_itk(first, second, spacing):
    images = [SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in (first, second)]
    for image in images:
        image.SetSpacing([float(mm) for mm in spacing[::-1]])
    measure = SimpleITK.HausdorffDistanceImageFilter()
    measure.Execute(*images)
    return measure.GetHausdorffDistance()


def case(name, first, second, spacing):
    spacing = np.asarray(spacing, float)
    found = {"name": name, "shape": list(first.shape), "spacing": spacing.tolist()}
    found.update(first=run_lengths(first), second=run_lengths(second), dice=binary.dc(second, first))
    if not first.any() or not second.any():
        return found
    from_first, from_second = directed(first, second, spacing)
    both = np.concatenate([from_first, from_second])
    arguments = (second, first, spacing)
    found.update(
        hd=binary.hd(*arguments),
        hd_itk=hausdorff_of_itk(first, second, spacing),
        hd95=max(np.percentile(from_first, 95), np.percentile(from_second, 95)),
        hd95_pooled=binary.hd95(*arguments),
        assd=binary.assd(*arguments),
        masd=(from_first.mean() + from_second.mean()) / 2,
        nsd=[[mm, float((both <= mm * (1 + 1e-6)).mean())] for mm in TOLERANCES],
    )
    return found


def blob(shape, count):
    """A smooth random shape, which touches the edge of the volume as it likes."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), 2.0)
    return noise > np.quantile(noise, count)


def synthetic(full):
    spacings = [(1, 1, 1), (5, 0.7, 0.7), (0.8, 2.5, 10), (1.5, 1.5, 1.5)]
    for number in range(24 if full else 4):
        shape = tuple(int(n) for n in rng.integers(6, 40 if full else 14, 3))
        first = blob(shape, rng.uniform(0.5, 0.97))
        second = ndimage.shift(first, rng.integers(-3, 4, 3), order=0) if number % 2 else blob(shape, 0.9)
        yield case(f"blobs {number}", first, second, spacings[number % len(spacings)])
    far = np.zeros((6, 8, 30), bool)
    far[2:4, 2:6, 2:6] = True
    other = far.copy()
    other[3, 3, 28] = True
    yield case("a far voxel", far, other, (3, 1, 1))
    yield case("one empty", far, np.zeros_like(far), (3, 1, 1))


def moved(array, voxels):
    """The array moved by so many voxels, with background where nothing comes from."""
    result = np.roll(array, voxels, (0, 1, 2))
    for axis, n in enumerate(voxels):
        result[(slice(None),) * axis + (slice(0, n),)] = 0
    return result


def of_folder(folder):
    import nibabel

    for name in ("hip_left", "femur_right", "colon"):
        path = Path(folder) / f"{name}.nii.gz"
        if not path.is_file():
            continue
        image = nibabel.load(path)
        mask = np.asarray(image.dataobj).astype(bool).T
        found = [(axis.min(), axis.max() + 1) for axis in np.nonzero(mask)]
        mask = np.pad(mask[tuple(slice(*ends) for ends in found)], 4)
        spacing = [float(mm) for mm in image.header.get_zooms()[2::-1]]
        eroded = ndimage.binary_erosion(mask)
        yield case(f"{name}, shifted", mask, moved(mask, (0, 1, 2)), spacing)
        yield case(f"{name}, eroded", mask, eroded, spacing)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--masks")
    options = parser.parse_args()
    cases = list(synthetic(options.full))
    if options.masks:
        cases.extend(of_folder(options.masks))
    Path(options.output).write_text(json.dumps(cases) + "\n")


main()
