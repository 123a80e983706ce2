"""Writes testdata/version1 with the real library: medmask 0.1.3, spacetransformer-core 0.2.7, numpy 2.

    python version1_golden.py FOLDER

`expected.json` holds what the library itself gives for each mask: voxels in C order, names, and the world
positions of the corner voxels. Files are add-only: never change one that is committed.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np
from medmask import LabelMapping, MaskArchive, MaskFile, SegmentationMask
from spacetransformer import Space

FOLDER = Path(sys.argv[1])
SHAPE = (3, 4, 5)  # (z, y, x)
# A gantry tilt of 20 degrees and an in-plane turn of 30: no axis lies along the world's.
TILT, TURN = np.radians(20), np.radians(30)
ROTATION = np.array(
    [[np.cos(TURN), -np.sin(TURN), 0], [np.sin(TURN), np.cos(TURN), 0], [0, 0, 1]]
) @ np.array([[1, 0, 0], [0, np.cos(TILT), -np.sin(TILT)], [0, np.sin(TILT), np.cos(TILT)]])


def oblique(shape):
    """A space of that shape whose axes are (z, y, x)."""
    x, y, z = (tuple(ROTATION[:, axis].tolist()) for axis in range(3))
    return Space(shape, (-12.5, 30.25, 7.0), (2.5, 0.8, 0.7), z, y, x)


def labels(dtype, top):
    """Voxels with 0, 1, 2 and `top`, no two planes alike."""
    voxels = np.zeros(SHAPE, dtype)
    voxels[0, 1, 2:] = 1
    voxels[1, :, 0] = 2
    voxels[2, 3, 4] = top
    return voxels


def corners(space):
    ends = [(0, length - 1) for length in space.shape]
    indices = list(itertools.product(*ends))
    world = space.to_world_transform.apply_point(np.array(indices, float))
    return [[list(index), point] for index, point in zip(indices, world.tolist())]


def described(name, voxels, mapping, space):
    return {
        "name": name,
        "dtype": str(voxels.dtype),
        "shape": list(voxels.shape),
        "voxels": voxels.astype(np.int64).ravel().tolist(),
        "mapping": dict(mapping.items()),
        "corners": corners(space),
    }


def single(name, mask, expected):
    path = FOLDER / f"{name}.msk"
    MaskFile(str(path), mode="w").write(mask)
    read = SegmentationMask.load(str(path))
    expected[path.name] = [described(name, read.data, read.mapping, read.space)]


def archive(name, masks, expected, sessions=1):
    path = FOLDER / f"{name}.mska"
    space = masks[0][1].space
    for session in range(sessions):
        opened = MaskArchive(str(path), "w" if session == 0 else "a", space=space)
        for mask_name, mask in masks[session::sessions]:
            opened.add_segmask(mask, mask_name)
    reopened = MaskArchive(str(path), "r")
    expected[path.name] = []
    for mask_name in reopened.all_names():
        mask = reopened.load_segmask(mask_name)
        expected[path.name].append(described(mask_name, mask.data, mask.mapping, mask.space))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    expected = {}
    space = oblique(SHAPE)
    single("bool", SegmentationMask(labels(np.bool_, 1), {"liver": 1}, space), expected)
    for dtype, top in ((np.uint8, 255), (np.uint16, 60_000), (np.uint32, 4_294_967_295)):
        mapping = {"liver": 1, "spleen": 2, "the last": top}
        single(np.dtype(dtype).name, SegmentationMask(labels(dtype, top), mapping, space), expected)

    quirk = SegmentationMask.lazy_init(1, space=space)
    quirk.add_label(labels(np.uint8, 1) == 1, 1, "nodule")
    assert quirk.data.dtype == np.int64
    single("int64", quirk, expected)
    negative = SegmentationMask(labels(np.int64, -7), {"liver": 1}, space)
    single("negative", negative, expected)
    single("big_endian", SegmentationMask(labels(">u2", 300), {"a": 1, "b": 2, "c": 300}, space), expected)
    single("float32", SegmentationMask(labels(np.float32, 3), {"a": 1, "b": 2, "c": 3}, space), expected)
    single("empty", SegmentationMask(np.zeros(SHAPE, np.uint8), {}, space), expected)
    single("no_space", SegmentationMask(labels(np.uint8, 3), {"a": 1, "b": 2, "c": 3}), expected)

    # The library's notebook: array and space both (x, y, z).
    voxels = labels(np.uint8, 3)
    beside = SegmentationMask(voxels.T.copy(), {"a": 1, "b": 2, "c": 3}, space.reverse_axis_order())
    single("xyz_array_and_space", beside, expected)
    # An array (x, y, z) beside a space (z, y, x): written, but then refused by the library itself.
    mixed = SegmentationMask(voxels.T.copy(), {"a": 1, "b": 2, "c": 3})
    mixed.space = space
    path = FOLDER / "xyz_array_only.msk"
    MaskFile(str(path), mode="w").write(mixed)
    mapping = LabelMapping({"a": 1, "b": 2, "c": 3})
    expected[path.name] = [described("xyz_array_only", voxels, mapping, space)]

    names = ["Lunge \N{LATIN SMALL LETTER A WITH DIAERESIS}", "肝臓", "\N{LUNGS}", 'quo"te\\', "", "line\nbreak"]
    masks = [
        (name, SegmentationMask(labels(np.uint8, 3), {f"{name}/a": 1, f"{name}/b": 2, "c": 3}, space))
        for name in names
    ]
    archive("unicode", masks, expected)
    odd = {"background": 0, "liver": 1, "hepar": 1, "ignore": -1}
    archive("odd_mapping", [("odd", SegmentationMask(labels(np.uint8, 9), odd, space))], expected)
    # Long enough that the index outgrows its first 4,000 bytes and the voxels are moved.
    masks = [
        (f"mask_{n:02}", SegmentationMask(labels(np.uint8, n + 3), {"a": 1, "b": 2, "c": n + 3}, space))
        for n in range(60)
    ]
    archive("appended", masks, expected, sessions=3)
    (FOLDER / "expected.json").write_text(json.dumps(expected, ensure_ascii=True, indent=None))


main()
