"""Comparisons, against numpy and scipy-free readings of dense arrays."""

import math
import shutil

import numpy as np
import pytest
from spacetransformer import Space

import medmask

SHAPE = (12, 14, 16)
SPACING = (3.0, 0.7, 1.5)  # z, y, x


def space():
    axes = {"x_orientation": (1, 0, 0), "y_orientation": (0, 1, 0), "z_orientation": (0, 0, 1)}
    return Space(shape=SHAPE, spacing=SPACING, origin=(10.0, -20.0, 30.0), **axes)


def ball(centre, radius):
    grid = np.indices(SHAPE)
    return sum((axis - middle) ** 2 for axis, middle in zip(grid, centre)) <= radius**2


FIRST = {"a": ball((5, 6, 7), 4), "b": ball((7, 8, 9), 3), "gone": ball((2, 2, 2), 1), "void": np.zeros(SHAPE, bool)}
SECOND = {"a": ball((5, 7, 8), 4), "b": np.zeros(SHAPE, bool), "new": ball((2, 2, 2), 1), "void": np.zeros(SHAPE, bool)}


def write(path, masks):
    with medmask.open(path, "w", space=space()) as archive:
        for name, mask in masks.items():
            archive.add(name, mask)
    return path


@pytest.fixture
def both(tmp_path):
    first, second = (write(tmp_path / name, masks) for name, masks in [("a.mska", FIRST), ("b.mska", SECOND)])
    with medmask.open(first) as a, medmask.open(second) as b:
        yield a, b


def surface(mask):
    padded = np.pad(mask, 1)
    inside = np.ones_like(mask)
    for axis in range(3):
        for step in (-1, 1):
            inside &= np.roll(padded, step, axis)[1:-1, 1:-1, 1:-1]
    return np.argwhere(mask & ~inside) * SPACING


def distances(a, b):
    from_a, from_b = surface(a), surface(b)
    apart = np.sqrt(((from_a[:, None] - from_b[None]) ** 2).sum(axis=2))
    return apart.min(axis=1), apart.min(axis=0)


def test_measures_are_those_of_dense_arrays(both):
    first, second = both
    records = {record["name"]: record for record in first.diff(second, surface_tolerances_mm=[0.7, 1.5])}
    assert list(records) == ["a", "b", "void", "gone", "new"]
    found, (one, two) = records["a"], (FIRST["a"], SECOND["a"])
    assert found["status"] == "compared"
    assert (found["tp"], found["fp"], found["fn"]) == ((one & two).sum(), (two & ~one).sum(), (one & ~two).sum())
    assert found["dice"] == 2 * (one & two).sum() / (one.sum() + two.sum())
    assert found["iou"] == (one & two).sum() / (one | two).sum()
    to_second, to_first = distances(one, two)
    both_ways = np.concatenate([to_second, to_first])
    for key, value in {
        "hd_mm": both_ways.max(),
        "hd95_mm": max(np.percentile(to_second, 95), np.percentile(to_first, 95)),
        "hd95_pooled_mm": np.percentile(both_ways, 95),
        "assd_mm": both_ways.mean(),
        "masd_mm": (to_second.mean() + to_first.mean()) / 2,
        "nsd_0.7_mm": (both_ways <= 0.7 + 1e-9).mean(),
        "nsd_1.5_mm": (both_ways <= 1.5 + 1e-9).mean(),
    }.items():
        assert math.isclose(found[key], value, rel_tol=1e-12), key


def test_what_is_not_defined_is_none(both):
    first, second = both
    records = {record["name"]: record for record in first.diff(second, surface_tolerances_mm=[1])}
    one, none = records["b"], records["void"]
    assert (one["dice"], one["nsd_1_mm"], one["hd_mm"], one["one_empty"]) == (0, 0, None, True)
    assert (none["dice"], none["nsd_1_mm"], none["assd_mm"], none["both_empty"]) == (None, None, None, True)
    assert records["gone"] == {"name": "gone", "status": "only_in_first"}
    assert records["new"] == {"name": "new", "status": "only_in_second"}


def test_components_are_matched(both, tmp_path):
    first, second = both
    ours, theirs = ball((2, 2, 2), 1) | ball((8, 8, 8), 2), ball((8, 8, 9), 2)
    with medmask.open(write(tmp_path / "c.mska", {"x": ours})) as before:
        [found] = before.diff(write(tmp_path / "d.mska", {"x": theirs}), components=True, match="any")
    assert (found["components_tp"], found["components_fp"], found["components_fn"]) == (1, 0, 1)
    assert found["f1"] == 2 / 3
    large = ball((8, 8, 8), 2)
    assert found["sq"] == (large & theirs).sum() / (large | theirs).sum()
    assert math.isclose(found["pq"], found["f1"] * found["sq"])
    assert [row["change"] for row in found["components"]] == ["stable", "gone"]
    assert found["components"][1]["first"]["voxels"] == ball((2, 2, 2), 1).sum()
    for wrong in [{"match": "iou:2"}, {"connectivity": 7}, {"resample": "cubic"}, {"surface_tolerances_mm": [-1]}]:
        with pytest.raises(medmask.errors.UnsupportedError):
            first.diff(second, components=True, **wrong)


def test_other_spaces_are_refused_or_resampled(both, tmp_path):
    first, _ = both
    with medmask.open(tmp_path / "other.mska", "w") as archive:
        archive.add("a", np.ones(SHAPE, bool))
    with pytest.raises(medmask.errors.SpaceMismatchError):
        first.diff(tmp_path / "other.mska", "a")
    [found] = first.diff(tmp_path / "other.mska", "a", resample="nearest")
    assert found["status"] == "compared"
    with medmask.open(tmp_path / "new.mska", "w", space=space()) as writing:
        writing.add("a", FIRST["a"])
        with pytest.raises(medmask.errors.UnsupportedError):
            first.diff(writing)


def test_folders_are_evaluated_case_by_case(tmp_path):
    for side, masks in [("reference", FIRST), ("prediction", SECOND)]:
        (tmp_path / side).mkdir()
        write(tmp_path / side / "s1.mska", masks)
        write(tmp_path / side / "s2.mska", FIRST)
    write(tmp_path / "reference" / "s3.mska", FIRST)
    (tmp_path / "reference" / "bad.mska").write_bytes(b"nothing")
    shutil.copy(tmp_path / "reference" / "s3.mska", tmp_path / "prediction" / "bad.mska")
    steps = []
    records = medmask.evaluate(
        tmp_path / "reference", tmp_path / "prediction", ignore="v*", progress=lambda *step: steps.append(step)
    )
    assert steps == [(1, 3, "bad"), (2, 3, "s1"), (3, 3, "s2")]
    by_case = [(record["case"], record["name"], record["status"]) for record in records]
    assert by_case == [
        ("bad", None, "error"),
        ("s1", "a", "compared"),
        ("s1", "b", "compared"),
        ("s1", "gone", "only_in_first"),
        ("s1", "new", "only_in_second"),
        ("s2", "a", "compared"),
        ("s2", "b", "compared"),
        ("s2", "gone", "compared"),
        ("s3", None, "only_in_first"),
    ]
    assert "bad.mska" in records[0]["error"]
    assert [record.get("dice") for record in records if record["case"] == "s2"] == [1, 1, 1]
    with pytest.raises(medmask.MedmaskError):
        medmask.evaluate(tmp_path / "reference", tmp_path)

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        medmask.evaluate(tmp_path / "reference", tmp_path / "prediction", progress=stop)
