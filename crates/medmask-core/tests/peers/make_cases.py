"""Writes geometry and resampling cases with the answers of SimpleITK, nibabel and spacetransformer.

    python make_cases.py OUTPUT.json [--full]

Needs: numpy, nibabel 5.4.2, SimpleITK 2.5.7, spacetransformer-core 0.2.7.
Without --full it writes the small sample that is committed as cases.json.
"""

import dataclasses
import itertools
import json
import sys

import nibabel
import nibabel.affines
import numpy as np
import SimpleITK as sitk
from spacetransformer.core import Space

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0])
rng = np.random.default_rng(20240607)


def rounded(values, digits=10):
    """Nested lists of floats, short enough to commit."""
    return np.round(np.asarray(values, dtype=float), digits).tolist()


def axis_aligned_bases():
    """All 48 matrices with one entry of +1 or -1 in each row and column; columns are axes x, y, z."""
    for order in itertools.permutations(range(3)):
        for signs in itertools.product([1.0, -1.0], repeat=3):
            basis = np.zeros((3, 3))
            for axis, (world, sign) in enumerate(zip(order, signs)):
                basis[world, axis] = sign
            yield basis


def random_basis():
    """An orthonormal basis; every other one is left-handed."""
    basis, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return basis


def tilted_basis(degrees):
    """A nearly aligned basis, as a gantry tilt gives."""
    sine, cosine = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    return np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])


def corner_indices(size):
    """Indices (x, y, z) of the corner voxels, z slowest, then y: the order of Space::corners."""
    return [(x, y, z) for z in (0, size[2] - 1) for y in (0, size[1] - 1) for x in (0, size[0] - 1)]


def itk_image(size, spacing, origin, basis, pixel=sitk.sitkUInt8):
    image = sitk.Image([int(n) for n in size], pixel)
    image.SetSpacing([float(n) for n in spacing])
    image.SetOrigin([float(n) for n in origin])
    image.SetDirection([float(n) for n in np.asarray(basis).ravel()])
    return image


def geometry_case(basis):
    size = [int(n) for n in rng.integers(2, 9, 3)]
    spacing = np.round(rng.uniform(0.4, 6.0, 3), 4)
    origin = np.round(rng.uniform(-400, 400, 3), 3)
    image = itk_image(size, spacing, origin, basis)
    affine = np.eye(4)
    affine[:3, :3] = RAS_FROM_LPS @ basis @ np.diag(spacing)
    affine[:3, 3] = RAS_FROM_LPS @ origin
    corners = corner_indices(size)
    nifti = nibabel.Nifti1Image(np.zeros(size, np.uint8), affine)
    canonical = nibabel.as_closest_canonical(nifti)
    oriented = sitk.DICOMOrient(image, "LPS")
    probe = rng.uniform(-3, 12, 3)
    return {
        "size": size,
        "spacing": spacing.tolist(),
        "origin": origin.tolist(),
        "direction": np.asarray(basis).ravel().tolist(),
        "affine": affine.tolist(),
        "itk_corners": rounded([image.TransformIndexToPhysicalPoint(c) for c in corners]),
        "nibabel_corners_ras": rounded(nibabel.affines.apply_affine(affine, corners)),
        "probe_xyz": probe.tolist(),
        "itk_probe": rounded(image.TransformContinuousIndexToPhysicalPoint(probe.tolist())),
        "codes_xyz": "".join(nibabel.aff2axcodes(affine)),
        "canonical_shape": list(canonical.shape),
        "canonical_affine": rounded(canonical.affine),
        "obliqueness": float(np.degrees(nibabel.affines.obliquity(affine).max())),
        "itk_lps_size": list(oriented.GetSize()),
        "itk_lps_origin": rounded(oriented.GetOrigin()),
        "itk_lps_direction": rounded(oriented.GetDirection()),
        "original_json": Space.from_sitk(image).to_json(),
    }


def text(space):
    """The original's JSON; its own to_json fails on the numpy integers that its changes leave."""
    return json.dumps(dataclasses.asdict(space), default=lambda number: number.item())


def original_case():
    """Changes whose results the original gets right: every one that it offers but a flip and faces alignment."""
    basis = random_basis()
    if np.linalg.det(basis) < 0:
        basis[:, 0] *= -1
    size = [int(n) for n in rng.integers(3, 12, 3)]
    spacing = np.round(rng.uniform(0.5, 4.0, 3), 3)
    space = Space.from_sitk(itk_image(size, spacing, rng.uniform(-99, 99, 3), basis))
    box = np.array([[0, size[0] - 1], [1, size[1]], [1, size[2] - 1]])
    new_shape = tuple(int(n) for n in rng.integers(2, 20, 3))
    new_spacing = np.round(rng.uniform(0.5, 3.0, 3), 3)
    float_box = np.sort(rng.uniform(-1, 12, (3, 2)), axis=1)
    points = rng.uniform(-2, 12, (5, 3))
    # Never down to one voxel, where the original falls back to its wrong alignment of faces.
    factor = rng.uniform(0.7, 2.5, 3)
    return {
        "space": text(space),
        "reversed": text(space.reverse_axis_order()),
        "swapped_0_2": text(space.apply_swap(0, 2)),
        "permuted_1_2_0": text(space.apply_permute([1, 2, 0])),
        "box": box.tolist(),
        "cropped": text(space.apply_bbox(box)),
        "new_shape": list(new_shape),
        "reshaped": text(space.apply_shape(new_shape, align_corners=True)),
        "new_spacing": new_spacing.tolist(),
        "respaced_exact": text(space.apply_spacing(new_spacing, recompute_spacing=False)),
        "respaced": text(space.apply_spacing(new_spacing)),
        "float_box": float_box.tolist(),
        "cropped_between": text(space.apply_float_bbox(float_box, new_shape)),
        "factor": factor.tolist(),
        "zoomed_floor": text(space.apply_zoom(factor, "floor")),
        "zoomed_round": text(space.apply_zoom(factor, "round")),
        "zoomed_ceil": text(space.apply_zoom(factor, "ceil")),
        "rotated_1_by_33": text(space.apply_rotate(1, 33.0)),
        "rotated_2_by_90_about_origin": text(space.apply_rotate(2, 90.0, center="origin")),
        "end": rounded(space.end),
        "physical_span": rounded(space.physical_span),
        "dicom": list(space.to_dicom_orientation()),
        "points": points.tolist(),
        "points_world": rounded(space.to_world_transform.apply_point(points)),
        "contained": space.contain_pointset_ind(points).tolist(),
    }


def blobs(size, labels):
    """Overlapping ellipsoids, one for each label."""
    grid = np.stack(np.meshgrid(*[np.arange(n) for n in size[::-1]], indexing="ij"), axis=-1)
    array = np.zeros(size[::-1], np.uint8)
    for label in labels:
        centre = rng.uniform(0, 1, 3) * array.shape
        radius = rng.uniform(0.15, 0.5, 3) * array.shape
        array[(((grid - centre) / radius) ** 2).sum(axis=-1) < 1] = label
    return array


def run_lengths(array):
    """[label, voxels, label, voxels, ...] in C order (z, y, x)."""
    flat = array.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    starts = np.concatenate([[0], edges])
    lengths = np.diff(np.concatenate([starts, [flat.size]]))
    return np.stack([flat[starts], lengths], axis=1).ravel().tolist()


def resample_case(kind, largest):
    """A mask on one grid, and what SimpleITK makes of it on another."""
    size = [int(n) for n in rng.integers(largest // 2, largest, 3)]
    if kind == "halves":
        size[0] = 16 if largest > 16 else 8
    spacing = np.round(rng.uniform(0.5, 3.0, 3), 2)
    origin = np.round(rng.uniform(-20, 20, 3), 2)
    basis = random_basis() if kind == "oblique" else np.eye(3)
    labels = [1] if kind == "binary" else [3, 1, 200, 7]
    array = blobs(size, labels)
    source = sitk.GetImageFromArray(array)
    source.CopyInformation(itk_image(size, spacing, origin, basis))
    turn = basis @ tilted_basis(float(rng.uniform(-25, 25))) if kind == "oblique" else basis
    if kind == "halves":
        # Every other voxel of the target lies half-way between two of the source: ties everywhere. Powers of
        # two, in the length of rows too, keep ITK's own rounding noise from deciding them.
        source.SetSpacing([2.0, 0.5, 1.0])
        source.SetOrigin([-8.0, 4.0, 16.0])
        new_spacing, new_size, new_origin = [1.0, 0.25, 0.5], [2 * n for n in size], source.GetOrigin()
    else:
        new_spacing = np.round(rng.uniform(0.5, 3.0, 3), 2)
        extent = np.array(size) * spacing
        new_size = [int(n) + 2 for n in extent / new_spacing]
        new_origin = np.array(origin) + rng.uniform(-1, 1, 3)
    target = itk_image(new_size, new_spacing, new_origin, turn)
    case = {
        "kind": kind,
        "source": geometry(source),
        "target": geometry(target),
        "voxels": run_lengths(array),
    }
    for name, method in (("nearest", sitk.sitkNearestNeighbor), ("label_linear", sitk.sitkLabelLinear)):
        result = sitk.Resample(source, target, sitk.Transform(), method, 0)
        case[name] = run_lengths(sitk.GetArrayFromImage(result))
    if kind == "binary":
        linear = sitk.Resample(sitk.Cast(source, sitk.sitkFloat64), target, sitk.Transform(), sitk.sitkLinear, 0.0)
        case["linear_half"] = run_lengths((sitk.GetArrayFromImage(linear) >= 0.5).astype(np.uint8))
    return case


def geometry(image):
    return {
        "size": list(image.GetSize()),
        "origin": list(image.GetOrigin()),
        "spacing": list(image.GetSpacing()),
        "direction": list(image.GetDirection()),
    }


def main():
    output, full = sys.argv[1], "--full" in sys.argv[2:]
    aligned = list(axis_aligned_bases())
    bases = aligned + [random_basis() for _ in range(400)] + [tilted_basis(d) for d in (0.01, 5, 20, 44)]
    if not full:
        bases = aligned[::5] + [random_basis() for _ in range(8)] + [tilted_basis(20)]
    kinds = ["aligned", "binary", "oblique", "halves"]
    cases = {
        "geometry": [geometry_case(basis) for basis in bases],
        "original": [original_case() for _ in range(50 if full else 3)],
        "resample": [resample_case(kind, 24 if full else 10) for kind in kinds * (10 if full else 1)],
    }
    with open(output, "w") as file:
        json.dump(cases, file, separators=(",", ":"))


main()
