"""A montage of all masks of a case on its image beside matplotlib drawing the same one: each a process of its own, in turns.

`medmask view` reads an archive and a NIfTI image. matplotlib draws what nibabel loads of the folder of masks, and, so that the reading does not
count, what numpy loads of arrays that were saved: the masks cropped to what is drawn, the image whole. Nine slices over the same stretch, the same
colours and opacity, names and volumes beside them, about the same pixels. Without --image an image is made: a CT of noise on the grid of the masks.

usage: pictures.py --medmask PROGRAM --case FOLDER [--image FILE] [--rounds N]

The Python that runs it needs matplotlib, nibabel and numpy; `cargo build --release -p medmask-cli` makes the program.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SUFFIX = ".nii.gz"
SLICES = 9
#: What is asked for: at most this share of matplotlib's time.
TARGET = 0.1
#: As ours.
WINDOW, OPACITY, MARGIN = (40, 400), 0.5, 8


def draw(masks, image, output):
    """The montage by matplotlib. `masks` are names with volumes in voxels, first voxels (x, y, z) and arrays of bool."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    import numpy as np

    starts = np.array([start for _, _, start, _ in masks])
    ends = np.array([np.add(start, box.shape) for _, _, start, box in masks])
    low = np.maximum(starts.min(axis=0) - MARGIN, 0)
    high = np.minimum(ends.max(axis=0) + MARGIN, image.shape)
    first, last = starts.min(axis=0)[2], ends.max(axis=0)[2]
    colours = {name: plt.get_cmap("tab20")(place % 20)[:3] for place, (name, *_) in enumerate(masks)}
    figure, axes = plt.subplots(3, 3, figsize=(12, 9), dpi=100)
    shown = set()
    for place, axis in enumerate(axes.flat):
        z = int(first + (2 * place + 1) * (last - first) // (2 * SLICES))
        grey = np.clip((image[low[0] : high[0], low[1] : high[1], z] - (WINDOW[0] - WINDOW[1] / 2)) / WINDOW[1], 0, 1)
        pixels = np.repeat(np.asarray(grey, dtype=np.float32)[..., None], 3, axis=2)
        for name, _, start, box in masks:
            if not start[2] <= z < start[2] + box.shape[2]:
                continue
            part = box[:, :, z - start[2]]
            if not part.any():
                continue
            shown.add(name)
            x, y = start[0] - low[0], start[1] - low[1]
            under = pixels[x : x + part.shape[0], y : y + part.shape[1]]
            under[part] = under[part] * (1 - OPACITY) + np.array(colours[name]) * OPACITY
        axis.imshow(pixels.transpose(1, 0, 2), interpolation="nearest")
        axis.set_title(f"z = {z}", fontsize=8)
        axis.set_axis_off()
    patches = [
        plt.Rectangle((0, 0), 1, 1, color=colours[name], label=f"{name} {voxels}")
        for name, voxels, *_ in masks
        if name in shown
    ]
    figure.legend(handles=patches, loc="center right", fontsize=7)
    figure.savefig(output)


def cropped(array):
    """The box of a mask: its first voxel, and its voxels."""
    import numpy as np

    inside = [np.flatnonzero(array.any(axis=tuple(n for n in range(3) if n != axis))) for axis in range(3)]
    if not inside[0].size:
        return None
    start = [int(axis[0]) for axis in inside]
    return start, array[tuple(slice(axis[0], axis[-1] + 1) for axis in inside)]


def from_nifti(case, image, output):
    import nibabel
    import numpy as np

    masks = []
    for path in sorted(Path(case).glob("*" + SUFFIX)):
        array = np.asarray(nibabel.load(path).dataobj) > 0
        found = cropped(array)
        if found:
            masks.append((path.name[: -len(SUFFIX)], int(array.sum()), *found))
    draw(masks, np.asarray(nibabel.load(image).dataobj), output)


def from_arrays(folder, output):
    import numpy as np

    names = [line.split(",") for line in (Path(folder) / "masks.csv").read_text().splitlines()]
    masks = [
        (name, int(voxels), [int(n) for n in start], np.load(Path(folder) / f"{name}.npy"))
        for name, voxels, *start in names
    ]
    draw(masks, np.load(Path(folder) / "image.npy", mmap_mode="r"), output)


def prepare(program, case, image, folder):
    """The archive, the image and the arrays; where the image is."""
    import nibabel
    import numpy as np

    subprocess.run([program, "pack", case, "-o", str(folder / "case.mska"), "--quiet"], check=True)
    paths = sorted(Path(case).glob("*" + SUFFIX))
    one = nibabel.load(paths[0])
    if image is None:
        image = folder / "ct.nii.gz"
        noise = np.random.default_rng(1).normal(40, 60, one.shape).astype(np.int16)
        noise[:8] = -1000
        made = nibabel.Nifti1Image(noise, one.affine)
        made.set_qform(None, 0)
        nibabel.save(made, image)
    lines = []
    for path in paths:
        array = np.asarray(nibabel.load(path).dataobj) > 0
        found = cropped(array)
        if found:
            name = path.name[: -len(SUFFIX)]
            np.save(folder / f"{name}.npy", found[1])
            lines.append(",".join([name, str(int(array.sum())), *map(str, found[0])]))
    (folder / "masks.csv").write_text("\n".join(lines))
    np.save(folder / "image.npy", np.asarray(nibabel.load(image).dataobj))
    return image


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--medmask", required=True)
    parser.add_argument("--case", required=True)
    parser.add_argument("--image")
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        image = str(prepare(asked.medmask, asked.case, asked.image, folder))
        view = [asked.medmask, "view", str(folder / "case.mska"), "--quiet", "--force"]
        work = [sys.executable, __file__, "--work"]
        ways = {
            "medmask, archive and NIfTI image": [*view, "--image", image, "-o", str(folder / "ours.png")],
            "medmask, archive alone": [*view, "-o", str(folder / "masks.png")],
            "medmask, projection": [*view, "--project", "front", "-o", str(folder / "front.png")],
            "matplotlib, NIfTI files": [*work, "nifti", asked.case, image, str(folder / "nifti.png")],
            "matplotlib, saved arrays": [*work, "arrays", name, str(folder / "arrays.png")],
        }
        times = {way: [] for way in ways}
        for _ in range(asked.rounds):
            for way, command in ways.items():
                start = time.perf_counter()
                subprocess.run(command, check=True)
                times[way].append(time.perf_counter() - start)
        medians = {way: statistics.median(seconds) for way, seconds in times.items()}
        for way, seconds in medians.items():
            print(f"{way:34} {seconds * 1000:8.0f} ms   fastest {min(times[way]) * 1000:8.0f} ms")
        ours = medians["medmask, archive and NIfTI image"]
        for way in ("matplotlib, NIfTI files", "matplotlib, saved arrays"):
            share = ours / medians[way]
            print(f"ours / {way}: {share:.3f}, {'within' if share <= TARGET else 'above'} the target {TARGET}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        {"nifti": from_nifti, "arrays": from_arrays}[sys.argv[2]](*sys.argv[3:])
    else:
        main()
