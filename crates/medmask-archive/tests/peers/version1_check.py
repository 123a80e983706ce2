"""What the real library (medmask 0.1.3) makes of files, for the tests of version 1.

    python version1_check.py describe FILE...      prints JSON: names, voxels, mappings, corners
    python version1_check.py append FILE NAME...   adds copies of the first mask under these names
"""

import itertools
import json
import sys

import numpy as np
from medmask import MaskArchive, SegmentationMask


def described(name, mask):
    indices = list(itertools.product(*[(0, length - 1) for length in mask.space.shape]))
    world = mask.space.to_world_transform.apply_point(np.array(indices, float))
    return {
        "name": name,
        "dtype": str(mask.data.dtype),
        "shape": list(mask.data.shape),
        "voxels": mask.data.astype(np.int64).ravel().tolist(),
        "mapping": dict(mask.mapping.items()),
        "corners": [[list(index), point] for index, point in zip(indices, world.tolist())],
    }


def describe(path):
    if path.endswith(".msk"):
        return [described("", SegmentationMask.load(path))]
    archive = MaskArchive(path, "r")
    return [described(name, archive.load_segmask(name)) for name in archive.all_names()]


command, *paths = sys.argv[1:]
if command == "describe":
    print(json.dumps({path: describe(path) for path in paths}))
else:
    path, *names = paths
    opened = MaskArchive(path, "a")
    first = opened.load_segmask(opened.all_names()[0])
    for name in names:
        opened.add_segmask(first, name)
