"""Shapes, values of images and distances, against numpy on dense arrays."""

import itertools

import numpy as np
import pytest
from spacetransformer import Space

import medmask

SHAPE = (11, 13, 16)
# Oblique, of the left hand, and with thick slices; the first axis runs to the head.
ANGLE = np.deg2rad(20)
X = (np.cos(ANGLE), np.sin(ANGLE), 0.0)
Y = (np.sin(ANGLE), -np.cos(ANGLE), 0.0)
SPACE = Space(
    shape=SHAPE,
    spacing=(5.0, 1.5, 0.7),
    origin=(10.0, -20.0, 30.0),
    x_orientation=(0.0, 0.0, 1.0),
    y_orientation=Y,
    z_orientation=X,
)
AXES = np.array([(0.0, 0.0, 1.0), Y, X]) * np.array(SPACE.spacing)[:, None]


def ball(centre, radii):
    grid = np.indices(SHAPE)
    return sum(((axis - middle) / radius) ** 2 for axis, middle, radius in zip(grid, centre, radii)) <= 1


MASKS = {
    "a": ball((4, 6, 6), (2, 5, 5)),
    "b": ball((7, 7, 11), (3, 4, 4)),
    "inner": ball((4, 6, 6), (1, 2, 2)),
    "edge": ball((0, 0, 0), (3, 4, 5)),
    "voxel": ball((9, 3, 2), (0.5, 0.5, 0.5)),
    "nothing": np.zeros(SHAPE, bool),
}
IMAGE = (np.arange(np.prod(SHAPE)) ** 2 % 1999 - 1024).reshape(SHAPE).astype(np.int16)


@pytest.fixture
def archive(tmp_path):
    with medmask.open(tmp_path / "case.mska", "w", space=SPACE) as new:
        for name, mask in MASKS.items():
            new.add(name, mask)
    with medmask.open(tmp_path / "case.mska") as opened:
        yield opened


def centres(mask):
    """Of its voxels in the world."""
    return np.argwhere(mask) @ AXES + np.array(SPACE.origin)


def figures(values):
    percentiles = dict(zip(("p5", "p10", "p90", "p95"), np.percentile(values, [5, 10, 90, 95])))
    return {
        "mean": values.mean(),
        "sd": values.std(),
        "median": np.median(values),
        "min": values.min(),
        "max": values.max(),
        **percentiles,
    }


@pytest.mark.parametrize("name", [name for name in MASKS if name != "nothing"])
def test_shapes_are_those_of_numpy(archive, name):
    mask = MASKS[name]
    (record,) = archive[name].shape_measures()
    assert (record["label_name"], record["label"]) == (name, 1)
    points = centres(mask)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert record["diameter_mm"] == pytest.approx(apart.max())
    first, second = (centres_of(voxel) for voxel in record["diameter_voxels"])
    assert np.linalg.norm(first - second) == pytest.approx(apart.max())

    directions = np.array(record["box_directions_lps"])
    covariance = np.cov(points.T, ddof=0).reshape(3, 3) if len(points) > 1 else np.zeros((3, 3))
    spread = np.sort(np.linalg.eigvalsh(covariance))[::-1]
    assert np.diag(directions @ covariance @ directions.T) == pytest.approx(spread, abs=1e-9)
    assert directions @ directions.T == pytest.approx(np.eye(3), abs=1e-12)
    corners = np.array(list(itertools.product((-0.5, 0.5), repeat=3))) @ AXES
    along = (points[:, None] + corners[None]).reshape(-1, 3) @ directions.T
    lengths = [record[f"box_length_{n}_mm"] for n in (1, 2, 3)]
    assert lengths == pytest.approx(np.ptp(along, axis=0))
    middle = (along.max(axis=0) + along.min(axis=0)) / 2
    assert directions @ np.array(record["box_centre_lps_mm"]) == pytest.approx(middle)

    counts = mask.sum(axis=(1, 2))
    largest = int(counts.argmax())
    assert (record["axial_axis"], record["axial_slice"]) == ("z", largest)
    assert record["axial_area_mm2"] == pytest.approx(counts.max() * 1.5 * 0.7)
    one = np.zeros(SHAPE, bool)
    one[largest] = mask[largest]
    points = centres(one)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert record["axial_long_mm"] == pytest.approx(apart.max())
    across = 0.0
    for first, second in np.argwhere(apart > apart.max() * (1 - 1e-9)) if apart.max() else []:
        line = points[second] - points[first]
        aside = np.cross(np.array([0.0, 0.0, 1.0]), line) / np.linalg.norm(line)
        across = max(across, np.ptp(points @ aside))
    assert record["axial_across_mm"] == pytest.approx(across)
    assert record["face_area_mm2"] == pytest.approx(archive.runs(name).face_area_mm2)
    slices = archive[name].slice_areas()
    known = {one["slice"]: one["slice_voxels"] for one in slices}
    assert known == {n: count for n, count in enumerate(counts) if known.get(n) is not None}
    assert sum(known.values()) == mask.sum()
    assert all(one["area_mm2"] == pytest.approx(one["slice_voxels"] * 1.5 * 0.7) for one in slices)


def centres_of(voxel):
    return np.array(voxel) @ AXES + np.array(SPACE.origin)


@pytest.mark.parametrize(
    "image",
    [IMAGE, IMAGE.astype(">i2"), IMAGE.astype(np.float32), np.asfortranarray(IMAGE), IMAGE.astype(np.int64), IMAGE > 0],
    ids=lambda image: f"{image.dtype.str} {'C' if image.flags.c_contiguous else 'F'}",
)
def test_values_are_those_of_numpy(archive, image):
    for name, mask in MASKS.items():
        (record,) = archive[name].grey_values(image)
        assert (record["voxels"], record["not_finite"], record["outside"]) == (mask.sum(), 0, 0)
        if mask.any():
            wanted = figures(image[mask].astype(float))
            assert {key: record[key] for key in wanted} == pytest.approx(wanted)
        else:
            assert record["mean"] is None and record["p95"] is None


def test_no_number_is_left_out(archive):
    image = IMAGE.astype(float)
    image[::2] = np.nan
    image[1, 6, 6] = np.inf
    (record,) = archive["a"].grey_values(image)
    values = image[MASKS["a"]]
    assert record["not_finite"] == (~np.isfinite(values)).sum()
    assert record["mean"] == pytest.approx(values[np.isfinite(values)].mean())


def test_images_elsewhere_and_of_files(archive, tmp_path):
    nibabel = pytest.importorskip("nibabel")
    file = nibabel.Nifti1Image(IMAGE.T, archive.affine)
    file.header.set_slope_inter(0.5, -1000.0)
    nibabel.save(file, tmp_path / "ct.nii.gz")
    values = np.asarray(nibabel.load(tmp_path / "ct.nii.gz").dataobj).T
    (record,) = archive["b"].grey_values(tmp_path / "ct.nii.gz")
    wanted = figures(values[MASKS["b"]])
    assert {key: record[key] for key in wanted} == pytest.approx(wanted)

    # The same image on a grid that starts a slice later: what is nearer than half a slice to its edge goes on.
    later = archive.affine @ np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 1.0]])
    nibabel.save(nibabel.Nifti1Image(IMAGE[1:].T, later), tmp_path / "later.nii")
    with pytest.raises(ValueError, match="resample=True"):
        archive["b"].grey_values(tmp_path / "later.nii")
    (record,) = archive["edge"].grey_values(tmp_path / "later.nii", resample=True)
    inside = IMAGE[MASKS["edge"] & (np.arange(SHAPE[0])[:, None, None] > 0)]
    assert (record["voxels"], record["outside"]) == (inside.size, MASKS["edge"][0].sum())
    assert record["mean"] == pytest.approx(inside.mean(), abs=1e-2)

    # An array with a space of its own.
    own = Space(
        shape=(10, *SHAPE[1:]),
        spacing=SPACE.spacing,
        origin=tuple(np.array(SPACE.origin) + AXES[0]),
        x_orientation=SPACE.x_orientation,
        y_orientation=SPACE.y_orientation,
        z_orientation=SPACE.z_orientation,
    )
    (again,) = archive["edge"].grey_values(IMAGE[1:], own)
    assert again["mean"] == pytest.approx(record["mean"])
    for wrong in (IMAGE[1:], IMAGE[0]):
        with pytest.raises(medmask.errors.SpaceMismatchError):
            archive["b"].grey_values(wrong)
    for wrong in (IMAGE.astype(complex), IMAGE.astype(str)):
        with pytest.raises(medmask.errors.DtypeError):
            archive["b"].grey_values(wrong)
    with pytest.raises(FileNotFoundError):
        archive["b"].grey_values(tmp_path / "none.nii")


def signed(first, second):
    """From each voxel of the first to the nearest of the second, or minus the distance to the nearest that is not of it."""
    spacing = np.array(SPACE.spacing)
    padded = np.pad(second, 1)
    places, others = np.argwhere(second) * spacing, (np.argwhere(~padded) - 1) * spacing
    return np.array(
        [
            -np.linalg.norm(others - voxel * spacing, axis=1).min()
            if second[tuple(voxel)]
            else np.linalg.norm(places - voxel * spacing, axis=1).min()
            for voxel in np.argwhere(first)
        ]
    )


@pytest.mark.parametrize("pair", list(itertools.product(["a", "b", "inner", "edge", "voxel"], repeat=2)), ids="-".join)
def test_distances_are_those_of_all_pairs(archive, pair):
    first, second = (MASKS[name] for name in pair)
    found = archive.distance(*pair, within=(2.0, 6.0))
    there, back = signed(first, second), signed(second, first)
    assert found["smallest_mm"] == pytest.approx(max(there.min(), 0.0))
    assert found["first_to_second_mm"] == pytest.approx(there.max())
    assert found["second_to_first_mm"] == pytest.approx(back.max())
    assert first[found["first_voxel"]] and second[found["second_voxel"]]
    apart = np.array(found["first_lps_mm"]) - np.array(found["second_lps_mm"])
    assert np.linalg.norm(apart) == pytest.approx(found["smallest_mm"])
    for within in found["within"]:
        near = there <= within["mm"] * (1 + 1e-7)
        assert (within["voxels"], within["share"]) == (near.sum(), pytest.approx(near.mean()))


def test_nothing_has_no_distance_and_no_shape(archive):
    found = archive.distance("nothing", "a + b", within=[5])
    assert (found["smallest_mm"], found["first_voxel"], found["second_lps_mm"]) == (None, None, None)
    assert found["within"] == [{"mm": 5.0, "voxels": 0, "share": None}]
    (record,) = archive["nothing"].shape_measures()
    whole = archive["a"].shape_measures()[0]
    assert list(record) == list(whole)
    assert {key for key, value in record.items() if value is not None} == {"label_name", "label"}
    assert archive["nothing"].slice_areas() == []
    with pytest.raises(medmask.errors.SpaceMismatchError):
        archive.runs("a").distance(medmask.Runs(MASKS["a"]))
    with pytest.raises(ValueError):
        archive.distance("a", "b", within=[-1.0])


def test_records_of_stats_have_what_is_asked_for(archive):
    records = {record["entry"]: record for record in archive.stats(shape=True, image=IMAGE)}
    assert list(records) == list(MASKS)
    assert records["a"]["image_mean"] == pytest.approx(IMAGE[MASKS["a"]].mean())
    assert records["a"]["diameter_mm"] == archive["a"].shape_measures()[0]["diameter_mm"]
    assert records["nothing"]["image_mean"] is None and records["nothing"]["diameter_mm"] is None
    assert len({tuple(record) for record in records.values()}) == 1
    assert "image_mean" not in archive.stats()[0]


def test_small_parts_are_dropped_by_the_volume_of_voxels(archive):
    both = archive.runs("a + voxel")
    voxel_ml = 5.0 * 1.5 * 0.7 / 1000
    assert both.min_ml(voxel_ml).voxels == both.voxels
    assert both.min_ml(voxel_ml * 1.001).voxels == MASKS["a"].sum()
    with pytest.raises(ValueError):
        both.min_ml(float("nan"))
