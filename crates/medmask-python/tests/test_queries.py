"""Queries, against numpy on dense arrays."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from spacetransformer import Space

import medmask

SHAPE = (12, 14, 16)
SPACE = Space(
    shape=SHAPE,
    spacing=(2.0, 1.5, 1.0),
    origin=(10.0, -20.0, 30.0),
    x_orientation=(0, 0, 1),
    y_orientation=(0, 1, 0),
    z_orientation=(1, 0, 0),
)


def ball(centre, radius):
    grid = np.indices(SHAPE)
    return sum((axis - middle) ** 2 for axis, middle in zip(grid, centre)) <= radius**2


MASKS = {"a": ball((5, 6, 7), 4), "b": ball((7, 8, 9), 3), "c": ball((2, 2, 2), 1)}


@pytest.fixture
def archive(tmp_path):
    with medmask.open(tmp_path / "case.mska", "w", space=SPACE) as new:
        for name, mask in MASKS.items():
            new.add(name, mask)
    with medmask.open(tmp_path / "case.mska") as opened:
        yield opened


def distances(mask, spacing):
    """From each voxel to the nearest of the mask, from centre to centre: every pair is looked at."""
    places = np.argwhere(mask) * spacing
    return np.array([np.sqrt(((places - place * spacing) ** 2).sum(axis=1)).min() for place in np.ndindex(SHAPE)]).reshape(SHAPE)


def test_operators_are_those_of_arrays(archive):
    a, b = archive.runs("a"), archive["b"].runs()
    for ours, dense in [
        (a | b, MASKS["a"] | MASKS["b"]),
        (a & b, MASKS["a"] & MASKS["b"]),
        (a - b, MASKS["a"] & ~MASKS["b"]),
        (a ^ b, MASKS["a"] ^ MASKS["b"]),
    ]:
        assert np.asarray(ours).dtype == np.bool_
        np.testing.assert_array_equal(np.asarray(ours), dense)
        assert ours.voxels == dense.sum()
    assert (a | b) == archive.runs("a + b") != a
    assert not (a & archive.runs("c"))
    with pytest.raises(medmask.errors.SpaceMismatchError):
        a | medmask.Runs(MASKS["b"])


def test_margins_are_distances(archive):
    spacing = np.array(SPACE.spacing)
    to_mask, to_background = distances(MASKS["a"], spacing), distances(~MASKS["a"], spacing)
    for margin in (0.0, 1.0, 2.5, 4.0):
        grown = to_mask <= margin
        np.testing.assert_array_equal(archive["a"].grow(margin).array(), grown)
        np.testing.assert_array_equal(archive["a"].shell(margin).array(), grown & ~MASKS["a"])
        # The ball keeps away from the edge of the volume.
        np.testing.assert_array_equal(archive["a"].shrink(margin).array(), to_background > margin)
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="margin"):
            archive["a"].grow(wrong)


def test_holes_and_components(archive):
    hollow = MASKS["a"].copy()
    hollow[5, 6, 7] = False
    runs = medmask.Runs(hollow | MASKS["c"], SPACE)
    np.testing.assert_array_equal(runs.fill_holes().array(), MASKS["a"] | MASKS["c"])
    first, second = runs.components()
    assert (first["component"], first["voxels"], second["voxels"]) == (1, hollow.sum(), MASKS["c"].sum())
    assert first["volume_ml"] == pytest.approx(hollow.sum() * 0.003)
    assert (second["z0"], second["z1"]) == (1, 4)
    np.testing.assert_array_equal(runs.largest().array(), hollow)
    np.testing.assert_array_equal(runs.min_ml(0.003 * MASKS["c"].sum()).array(), hollow | MASKS["c"])
    np.testing.assert_array_equal(runs.min_ml(0.003 * MASKS["c"].sum() + 1e-6).array(), hollow)
    labelled = runs.label_components().array()
    np.testing.assert_array_equal(labelled, hollow + 2 * MASKS["c"].astype(np.uint8))
    assert archive["a"].components()[0]["label_name"] == "a"


def test_the_area_of_faces(archive):
    mask, (z, y, x) = MASKS["a"], SPACE.spacing
    faces = [np.abs(np.diff(mask.astype(int), axis=axis)).sum() for axis in range(3)]
    area = faces[0] * y * x + faces[1] * z * x + faces[2] * z * y
    assert archive.runs("a").face_area_mm2 == pytest.approx(area)


def test_overlap_is_counted_once_for_each_pair(archive):
    expected = {
        (first, second): (MASKS[first] & MASKS[second]).sum()
        for first, second in itertools.combinations(MASKS, 2)
        if (MASKS[first] & MASKS[second]).any()
    }
    records = archive.overlap()
    assert {(one["first"], one["second"]): one["voxels"] for one in records} == expected
    assert records[0]["share_of_second"] == expected["a", "b"] / MASKS["b"].sum()


def test_what_lies_in_what(archive):
    inside = (MASKS["a"] & MASKS["b"]).sum()
    first, second = archive.overlap_within("b", "a")
    assert (first["of"], first["shared_voxels"]) == ("a", inside)
    assert (second["of"], second["shared_voxels"]) == (None, MASKS["b"].sum() - inside)
    (alone,) = archive.overlap_within("c", ["a", "b"], components=True)
    assert (alone["component"], alone["of"], alone["share"]) == (1, None, 1.0)


def test_points(archive):
    found = archive.at((5, 6, 7), coordinates="voxel")
    assert found["names"] == [name for name, mask in MASKS.items() if mask[5, 6, 7]]
    # x of the world is 30 mm along the first axis of the space.
    again = archive.at([found["lps_mm"], (1e6, 0, 0)])
    assert again[0]["voxel"] == (5, 6, 7) and again[0]["names"] == found["names"]
    assert again[1] == {"lps_mm": (1e6, 0.0, 0.0), "voxel": None, "inside": False, "names": []}
    with pytest.raises(ValueError):
        archive.at((float("nan"), 0, 0))
    with pytest.raises(ValueError, match="three coordinates"):
        archive.at((1, 2))


def test_records_of_stats_name_the_faces_that_are_touched(tmp_path):
    mask = np.zeros(SHAPE, bool)
    mask[0, 3, 5:] = True
    with medmask.open(tmp_path / "cut.mska", "w") as archive:
        archive.add("cut", mask)
    with medmask.open(tmp_path / "cut.mska") as archive:
        (record,) = archive.stats()
    # Arrays without a space run to the head, to the back and to the left.
    assert record["touches_edge"] == "inferior left"


def test_the_guide_of_queries(tmp_path, monkeypatch):
    guide = (Path(__file__).parents[3] / "docs/queries.md").read_text()
    block = np.zeros(SHAPE, bool)
    block[3:6, 3:6, 3:6] = True
    with medmask.open(tmp_path / "case.mska", "w", space=SPACE) as archive:
        for name in ("liver", "tumour", "lesions", "lobes"):
            archive.add(name, block)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(guide.split("```python\n")[1].split("```")[0], names)
    assert names["ring"].sum() > 0 and len(names["spots"]) == 1 and len(names["pairs"]) == 6
