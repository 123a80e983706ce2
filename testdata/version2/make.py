"""Makes the golden files of format 2.0: python make.py MEDMASK_COMMAND

Writes masks as NIfTI with nibabel, has the command pack them in many ways, and notes in expected.json what a reader must find.
Files that are committed are never made anew; what is not there is, and its line in SHA256SUMS. Needs numpy and nibabel (see
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
# 3D Slicer's table, with colours and codes, of the labels of `lobes`.
TABLE = """LabelValue,Name,Color_R,Color_G,Color_B,Color_A,Type_CodingScheme,Type_CodeValue,Type_CodeMeaning
3,lobe one,200,40,30,255,SCT,34635009,Left upper lobe
4,lobe two,30,180,60,128,,,
"""


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
    # Many small labels, of which the index has no statistics.
    z, y, x = np.ogrid[tuple(slice(0, extent) for extent in SHAPE)]
    yield "cells", ((z // 3 * 9 + y // 3) * 11 + x // 3 + 1).astype(np.uint16)


def blocks():
    """Slanted blocks of labels at random in a slice so large that `context` cuts it into tiles."""
    y, x = np.ogrid[:256, :290]
    rows, columns = (y + x // 7) // 6, (x + y // 3) // 6
    labels = np.random.default_rng(21).integers(0, 5, (rows.max() + 1, columns.max() + 1))
    return (labels[rows, columns] * 90)[None].astype(np.uint16)


def describe(voxels):
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
    return {"shape": voxels.shape, "sha256_of_uint32_zyx": digest, "labels": labels}


class Maker:
    """Makes the files that are not there, and notes which mask stands under which name in each."""

    def __init__(self, command, folder, masks):
        self.command, self.folder, self.masks, self.files = command, pathlib.Path(folder), masks, {}
        for name, voxels in masks.items():
            image = nibabel.Nifti1Image(voxels.transpose(2, 1, 0), AFFINE)
            image.set_sform(AFFINE, code=1)
            image.set_qform(None, code=0)
            nibabel.save(image, self.path(name))

    def path(self, name):
        return self.folder / f"{name}.nii.gz"

    def make(self, file, entries, *steps):
        """The file `file`, which `steps` of the command make: lists of arguments, with `FILE` in place of its path."""
        self.files[file] = entries
        output = HERE / file
        if output.exists():
            return
        for step in steps:
            subprocess.run([self.command, *(output if part == "FILE" else part for part in step)], check=True)
        with open(HERE / "SHA256SUMS", "a") as sums:
            sums.write(f"{hashlib.sha256(output.read_bytes()).hexdigest()}  {file}\n")

    def pack(self, names, *more, layers="never"):
        return ["pack", *map(self.path, names), "-o", "FILE", "--jobs", "1", "--layers", layers, *more]


def main():
    all_masks, large = dict(masks()), {"blocks": blocks()}
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(sys.argv[1], folder, all_masks | large)
        same = {name: name for name in all_masks}
        codecs = ["raw", "lz4", "zstd:19", "runs", "runs:none", "runs:lz4", "transitions", "context"]
        for codec in codecs:
            maker.make(f"{codec.replace(':', '-')}.mska", same, maker.pack(all_masks, "--codec", codec))
        maker.make("layers.mska", same, maker.pack(all_masks, layers="always"))
        # Several commits: index records with removals, records that were merged, and blobs that nothing needs any more.
        add = [["add", "FILE", maker.path(name)] for name in ("corner", "nothing", "Gefäße", "columns", "noise")]
        maker.make(
            "commits.mska",
            {"hepar": "liver", "corner": "corner", "nothing": "nothing", "Gefäße": "Gefäße", "columns": "columns", "noise": "lobes"},
            maker.pack(["liver", "lobes", "doubled"]),
            ["rm", "FILE", "lobes"],
            ["mv", "FILE", "liver", "hepar"],
            *add,
            ["add", "FILE", "--replace", "--name", f"noise={maker.path('lobes')}"],
            ["rm", "FILE", "doubled"],
        )
        # Names, colours and codes of labels, and metadata of the archive.
        table = pathlib.Path(folder, "table.csv")
        table.write_text(TABLE)
        maker.make(
            "labels.mska",
            {"lobes": "lobes", "liver": "liver"},
            maker.pack(["lobes", "liver"], "--labels", table, "--metadata", "site=Köln"),
            ["group", "FILE", "both", "=", "lobes + liver"],
        )
        maker.make("single.msk", {"liver": "liver"}, maker.pack(["liver"]))
        maker.make("tiles.mska", {"blocks": "blocks"}, maker.pack(["blocks"], "--codec", "context"))
    expected = {"affine_ras_xyz": AFFINE.tolist(), "files": maker.files}
    expected["masks"] = {name: describe(voxels) for name, voxels in maker.masks.items()}
    (HERE / "expected.json").write_text(json.dumps(expected, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
