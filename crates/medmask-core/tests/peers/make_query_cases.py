"""Writes masks with what scipy and connected-components-3d make of them.

    python make_query_cases.py OUTPUT.json [--full] [--masks FOLDER]

Needs: numpy, scipy 1.17.1, connected-components-3d 4.1.1; for the masks of a folder nibabel 5.4.2.
Without --full it writes the small sample that is committed as query_cases.json.
"""

import argparse
import json
from pathlib import Path

import cc3d
import numpy as np
from scipy import ndimage

rng = np.random.default_rng(20240911)
NO_CORNER = ndimage.generate_binary_structure(3, 1)


def run_lengths(array):
    """[label, voxels, label, voxels, ...] in C order (z, y, x)."""
    flat = array.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    return np.stack([flat[starts], lengths], axis=1).ravel().tolist()


def labels_of(array):
    return [int(label) for label in np.unique(array) if label]


def components(array, connectivity):
    """Numbers from 1: larger ones first, and equal ones in the order of their first voxels."""
    found = cc3d.connected_components(array, connectivity=connectivity)
    numbers, first, sizes = np.unique(found, return_index=True, return_counts=True)
    order = np.lexsort([first[numbers > 0], -sizes[numbers > 0]])
    new = np.zeros(numbers.size, np.uint32)
    new[numbers[numbers > 0][order]] = np.arange(1, order.size + 1)
    return new[found]


def filled(array, structure):
    """Background that binary_fill_holes of one label fills; of several labels the one with the smallest hole."""
    result = array.copy()
    smallest = np.full(array.shape, np.iinfo(np.int64).max)
    for label in labels_of(array):
        mask = array == label
        holes = ndimage.binary_fill_holes(mask, structure) & ~mask
        numbers, count = ndimage.label(~mask, structure)
        sizes = np.bincount(numbers.ravel(), minlength=count + 1)[numbers]
        inner = holes & (array == 0) & (sizes < smallest)
        result[inner] = label
        smallest[inner] = sizes[inner]
    return result


def slice_structure(axis):
    structure = NO_CORNER.copy()
    structure[tuple(1 if n != axis else 0 for n in range(3))] = False
    structure[tuple(1 if n != axis else 2 for n in range(3))] = False
    return structure


def grown(array, margin, spacing):
    """Each voxel to the nearest label, and to the lowest of equally near ones. Files say 1.5000001 mm where they mean 1.5."""
    result, nearest = np.zeros_like(array), np.full(array.shape, np.inf)
    for label in labels_of(array):
        distance = ndimage.distance_transform_edt(array != label, sampling=spacing)
        nearer = (distance < nearest * (1 - 1e-6)) & (distance <= margin * (1 + 1e-7))
        result[nearer] = label
        nearest[nearer] = distance[nearer]
    return result


def shrunk(array, margin, spacing):
    result = np.zeros_like(array)
    for label in labels_of(array):
        distance = ndimage.distance_transform_edt(np.pad(array == label, 1), sampling=spacing)
        result[distance[1:-1, 1:-1, 1:-1] > margin * (1 + 1e-7)] = label
    return result


def boundary(array):
    result = np.zeros_like(array)
    for label in labels_of(array):
        mask = array == label
        result[mask & ~ndimage.binary_erosion(mask, NO_CORNER, border_value=0)] = label
    return result


def case(name, array, spacing, margins):
    array = array.astype(np.uint32)
    return {
        "name": name,
        "shape": list(array.shape),
        "spacing": [float(mm) for mm in spacing],
        "voxels": run_lengths(array),
        "components": [[n, run_lengths(components(array, n))] for n in (6, 18, 26)],
        "filled": run_lengths(filled(array, NO_CORNER)),
        "filled_slices": [run_lengths(filled(array, slice_structure(axis))) for axis in range(3)],
        "grown": [[mm, run_lengths(grown(array, mm, spacing))] for mm in margins],
        "shrunk": [[mm, run_lengths(shrunk(array, mm, spacing))] for mm in margins],
        "boundary": run_lengths(boundary(array)),
    }


def made_up(number, largest):
    """Smoothed noise: blobs with holes and islands, of one label or of three."""
    shape = rng.integers(largest // 2, largest, 3)
    noise = ndimage.gaussian_filter(rng.normal(size=shape), rng.uniform(0.5, 1.5, 3))
    edges = [rng.uniform(-1.5, 0.5)] if number % 2 else [-1.2, 0.0, 0.8]
    array = np.digitize(noise / noise.std(), edges)
    spacing = np.round(rng.uniform(0.5, 3.0, 3), 2) if number % 4 < 2 else [0.7, 0.7, 2.1]
    return case(f"made up {number}", array, spacing, [2.1, float(np.round(rng.uniform(0, 9), 1))])


def cut_out(array):
    """The box of the labels and six voxels around it, cut at the volume."""
    found = np.nonzero(array)
    return array[tuple(slice(max(axis.min() - 6, 0), axis.max() + 7) for axis in found)]


def from_folder(folder):
    """Masks of a folder: one by one, and painted into one volume."""
    import nibabel

    names = ["hip_left", "colon", "urinary_bladder"]
    files = [file for name in names if (file := Path(folder) / f"{name}.nii.gz").exists()]
    together = None
    for label, file in enumerate(files, 1):
        image = nibabel.load(file)
        array = np.asarray(image.dataobj).astype(np.uint32).T
        if array.any():
            yield case(file.stem, cut_out(array), image.header.get_zooms()[::-1], [5.0])
        together = np.zeros_like(array) if together is None else together
        together[array != 0] = label
    yield case("together", cut_out(together), image.header.get_zooms()[::-1], [7.5])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--masks")
    arguments = parser.parse_args()
    count, largest = (24, 40) if arguments.full else (3, 15)
    cases = [made_up(number, largest) for number in range(count)]
    if arguments.masks:
        cases.extend(from_folder(arguments.masks))
    with open(arguments.output, "w") as file:
        json.dump(cases, file, separators=(",", ":"))


main()
