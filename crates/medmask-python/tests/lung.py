"""Four overlapping masks of one slice of a lung, as users of medmask 0.1 write it."""

import os

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from medmask import MaskArchive, SegmentationMask, load_mask, save_mask
from spacetransformer import Space

space = Space(shape=(1, 64, 64), spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0))


def build(regions):
    mask = SegmentationMask.lazy_init(8, space=space)
    for name, label, rows, columns in regions:
        region = np.zeros((1, 64, 64), dtype=bool)
        region[0, slice(*rows), slice(*columns)] = True
        mask.add_label(region, label, name)
    return mask


masks = {
    "lobes": build(
        [
            ("left_upper_lobe", 1, (10, 30), (10, 25)),
            ("left_lower_lobe", 2, (35, 55), (10, 25)),
            ("right_upper_lobe", 3, (10, 25), (40, 55)),
            ("right_middle_lobe", 4, (30, 45), (40, 55)),
            ("right_lower_lobe", 5, (50, 60), (40, 55)),
        ]
    ),
    "segments": build(
        [
            ("LUL_S1", 1, (10, 18), (10, 18)),
            ("LUL_S2", 2, (18, 25), (12, 20)),
            ("LUL_S3", 3, (22, 30), (17, 25)),
            ("LLL_S4", 4, (35, 42), (10, 18)),
            ("LLL_S5", 5, (42, 50), (12, 20)),
            ("LLL_S6", 6, (48, 55), (17, 25)),
            ("RUL_S1", 7, (10, 18), (40, 48)),
            ("RUL_S2", 8, (18, 25), (42, 50)),
            ("RML_S4", 9, (30, 38), (40, 48)),
            ("RML_S5", 10, (38, 45), (42, 50)),
        ]
    ),
    "lesions": build(
        [
            ("nodule_1", 1, (15, 20), (15, 20)),
            ("nodule_2", 2, (40, 45), (15, 20)),
            ("mass_1", 3, (25, 30), (45, 50)),
        ]
    ),
    "whole_lung": build([("whole_lung", 1, (8, 62), (8, 57))]),
}

for name, mask in masks.items():
    save_mask(mask, f"{name}.msk")
archive = MaskArchive("lung.mska", mode="w", space=space)
for name, mask in masks.items():
    archive.add_segmask(mask, name)

files = sum(os.path.getsize(f"{name}.msk") for name in masks)
print(f"four files: {files} bytes, one archive: {os.path.getsize('lung.mska')} bytes")

archive = MaskArchive("lung.mska", mode="r")
print(archive.all_names())
for name in masks:
    assert np.array_equal(load_mask(f"{name}.msk").data, masks[name].data)
    assert np.array_equal(archive.load_segmask(name).data, masks[name].data)
lobes, lesions = archive.load_segmask("lobes"), archive.load_segmask("lesions")
print("left_upper_lobe:", lobes.get_binary_mask_by_names("left_upper_lobe").sum(), "voxels")
print("nodule_1:", lesions.get_binary_mask_by_names("nodule_1").sum(), "voxels")

figure, axes = plt.subplots(2, 2, figsize=(8, 8))
for axis, name in zip(axes.flat, archive.all_names()):
    axis.imshow(archive.load_segmask(name).data[0], cmap="tab20", interpolation="nearest")
    axis.set_title(name)
    axis.axis("off")
figure.tight_layout()
figure.savefig("lung.png")
