"""Makes the golden files of format 2.0: python make.py MEDMASK_COMMAND

Writes masks as NIfTI with nibabel, has the command pack them with each codec, and notes in expected.json what a reader must find.
Files that are committed are never made anew; what is not there is. Needs numpy and nibabel (see
xtask/requirements.txt).
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import nibabel
import numpy as np

HERE = pathlib.Path(__file__).parent
SHAPE = (20, 26, 33)  # z, y, x
# RAS+, voxel (x, y, z) to mm: anisotropic, rotated in the plane, x to the left.
AFFINE = np.array([[-0.64, -0.48, 0, 90.5], [-0.48, 0.64, 0, -120.25], [0, 0, 2.5, 33.125], [0, 0, 0, 1]])
# File and codec.
FILES = {
    "raw": "raw",
    "lz4": "lz4",
    "zstd-19": "zstd:19",
    "runs": "runs",
    "transitions": "transitions",
    "runs-none": "runs:none",
    "runs-lz4": "runs:lz4",
    "runs-zstd": "runs:zstd",
    "context": "context",
}


def ball(centre, radius):
    axes = np.ogrid[tuple(slice(0, extent) for extent in SHAPE)]
    return sum((axis - middle) ** 2 for axis, middle in zip(axes, centre)) <= radius**2


def masks():
    liver = ball((8, 12, 15), 7.4)
    lobes = np.zeros(SHAPE, np.uint8)
    for label, centre in enumerate([(5, 6, 8), (12, 18, 9), (10, 9, 24)], start=3):
        lobes[ball(centre, 6.2)] = label
    vessels = np.zeros(SHAPE, np.uint16)
    vessels[3:17, 4:6, ::3] = 300
    vessels[9, :, 11] = 65535
    random = np.random.default_rng(20)
    yield "liver", liver.astype(np.uint8)
    yield "lobes", lobes
    yield "Gefäße", vessels
    yield "noise", random.integers(0, 2, SHAPE, np.uint8)
    yield "nothing", np.zeros(SHAPE, np.uint8)
    yield "corner", np.pad(np.full((1, 1, 1), 7, np.uint8), [(extent - 1, 0) for extent in SHAPE])
    # Enlarged without smoothing, which the codec `planes` is for.
    small = random.random((10, 13, 17)) < 0.3
    yield "doubled", small.repeat(2, 0).repeat(2, 1).repeat(2, 2)[:, :, :33].astype(np.uint8)
    # Long along y and short along x, which rows along y are for.
    start, length = random.integers(0, 20, (20, 1, 33)), random.integers(0, 26, (20, 1, 33))
    places = np.arange(26)[None, :, None]
    yield "columns", ((places >= start) & (places < start + length)).astype(np.uint8)


def describe(name, voxels):
    labels = []
    for label in np.unique(voxels[voxels > 0]).tolist():
        where = np.nonzero(voxels == label)
        labels.append(
            {
                "label": label,
                "voxels": len(where[0]),
                "bounds": [[int(axis.min()), int(axis.max()) + 1] for axis in where],
                "sums": [int(axis.sum()) for axis in where],
            }
        )
    digest = hashlib.sha256(np.ascontiguousarray(voxels, "<u4").tobytes()).hexdigest()
    return {"name": name, "sha256_of_uint32_zyx": digest, "labels": labels}


def main():
    expected = {"shape": SHAPE, "affine_ras_xyz": AFFINE.tolist(), "entries": []}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, voxels in masks():
            path = pathlib.Path(folder, f"{name}.nii.gz")
            image = nibabel.Nifti1Image(voxels.transpose(2, 1, 0), AFFINE)
            image.set_sform(AFFINE, code=1)
            image.set_qform(None, code=0)
            nibabel.save(image, path)
            paths.append(path)
            expected["entries"].append(describe(name, voxels))
        for name, codec in FILES.items():
            output = HERE / f"{name}.mska"
            if output.exists():
                continue
            subprocess.run([sys.argv[1], "pack", *paths, "-o", output, "--codec", codec, "--jobs", "1"], check=True)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
