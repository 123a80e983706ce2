"""Archives as mappings, and their entries."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from spacetransformer import Space

import medmask
from medmask.errors import ClosedError, MedmaskError, NameNotFoundError, ReadOnlyError, SelectionError


def test_an_archive_is_a_mapping(case: Path, voxels: np.ndarray, space: Space) -> None:
    with medmask.open(case) as archive:
        assert list(archive) == list(archive.keys()) == ["lobes", "liver", "nothing"]
        assert len(archive) == 3 and "liver" in archive and "upper" not in archive and 5 not in archive
        assert [name for name, entry in archive.items() if entry.voxels] == ["lobes", "liver"]
        assert [entry.name for entry in archive.values()] == list(archive)
        assert archive.get("spleen") is None
        assert archive.shape == space.shape and archive.space == space and archive.version == "2.0"
        with pytest.raises(KeyError, match="did you mean \"liver\""):
            archive["livr"]


def test_the_affine_is_that_of_nifti(case: Path, space: Space) -> None:
    with medmask.open(case) as archive:
        affine = archive.affine
    # Voxel (z, y, x) = (1, 2, 3), reckoned by hand in LPS and turned to RAS.
    world = np.array(space.origin)
    steps = zip((1, 2, 3), space.spacing, (space.x_orientation, space.y_orientation, space.z_orientation))
    for voxel, spacing, direction in steps:
        world = world + voxel * spacing * np.array(direction)
    assert affine.shape == (4, 4)
    assert np.allclose(affine @ [3, 2, 1, 1], [-world[0], -world[1], world[2], 1])


def test_entries_tell_what_the_voxels_say(case: Path, voxels: np.ndarray, space: Space) -> None:
    with medmask.open(case) as archive:
        for entry, expected in (
            (archive["lobes"], voxels > 0),
            (archive["lobes"].label("middle"), voxels == 2),
            (archive["lobes"].label(3), voxels == 3),
            (archive["liver"], voxels == 2),
        ):
            where = np.argwhere(expected)
            assert entry.voxels == len(where)
            assert entry.volume_ml == pytest.approx(len(where) * 2.5 * 0.75 * 0.5 / 1000)
            assert [(one.start, one.stop) for one in entry.bounds] == list(
                zip(where.min(axis=0).tolist(), (where.max(axis=0) + 1).tolist())
            )
            assert all(type(one.start) is int for one in entry.bounds)
            directions = np.array([space.x_orientation, space.y_orientation, space.z_orientation])
            centroid = space.origin + (where.mean(axis=0) * space.spacing) @ directions
            assert entry.centroid == pytest.approx(tuple(centroid))
            assert expected[entry.bounds].sum() == len(where)
        lobes, middle, empty = archive["lobes"], archive["lobes"].label("middle"), archive["nothing"]
        assert lobes.labels == {"upper": 1, "middle": 2, "lower": 3} and lobes.dtype == np.uint8
        assert middle.labels == {"middle": 1} and middle.dtype == np.bool_ and middle.name == "lobes/middle"
        assert (empty.voxels, empty.bounds, empty.centroid, empty.dtype) == (0, None, None, np.uint16)
        assert archive["liver"].labels == {"liver": 1} and archive["liver"].dtype == np.bool_
        assert lobes.shape == voxels.shape and lobes.space == space and len(lobes) == 12


INDICES = [
    np.s_[3:9, :, 2:28],
    np.s_[...],
    np.s_[5],
    np.s_[-1],
    np.s_[:, 7],
    np.s_[..., 11],
    np.s_[2:9:3, ::-1, 25:3:-4],
    np.s_[8:2],
    np.s_[4, 5, 6],
    np.s_[np.int64(4), 5:, np.uint8(6)],
    np.s_[-100:100],
    np.s_[[1, 3, 5]],
    np.s_[:, np.array([True] * 20)],
    np.s_[3, None],
    (),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_parts_are_those_of_the_array(case: Path, voxels: np.ndarray, index) -> None:
    with medmask.open(case) as archive:
        for entry, expected in ((archive["lobes"], voxels), (archive["lobes"].label("lower"), voxels == 3)):
            part = entry[index]
            assert np.array_equal(part, expected[index]) and part.dtype == expected.dtype
            assert np.shape(part) == np.shape(expected[index])


@pytest.mark.parametrize("index", [np.s_[12], np.s_[0, -21], np.s_[0, 0, 0, 0], np.s_[..., 0, ...]], ids=str)
def test_parts_outside_are_index_errors(case: Path, index) -> None:
    with medmask.open(case) as archive, pytest.raises(IndexError):
        archive["lobes"][index]


def test_arrays_own_what_they_hold(case: Path, voxels: np.ndarray) -> None:
    with medmask.open(case) as archive:
        array = np.asarray(archive["lobes"])
        assert array.dtype == np.uint8 and array.flags.writeable and array.flags.c_contiguous
        assert np.asarray(archive["lobes"], dtype=np.float32).dtype == np.float32
        with pytest.raises(ValueError):
            archive["lobes"].__array__(copy=False)
        slices = [slice_.copy() for slice_ in archive["lobes"]]
    os.remove(case)
    array[0, 0, 0] = 9
    assert np.array_equal(array[1:], voxels[1:]) and np.array_equal(np.stack(slices), voxels)


def test_large_masks_come_whole_from_either_memory(tmp_path: Path) -> None:
    # Over 4 MB, where dense masks go into NumPy's memory and sparse ones into Rust's.
    for dtype in (np.bool_, np.uint8, np.uint16, np.uint32):
        dense = (np.random.default_rng(2).random((64, 300, 300)) > 0.5).astype(dtype)
        sparse = np.zeros_like(dense)
        sparse[60, 10:20, 10:20] = 1
        with medmask.open(tmp_path / "large.mska", "w", durable=False) as archive:
            archive.add("dense", dense)
            archive.add("sparse", sparse)
        with medmask.open(tmp_path / "large.mska") as archive:
            loaded = archive.load_many(["dense", "sparse"], threads=2)
            assert archive["dense"].load().flags.owndata
            for name, expected in (("dense", dense), ("sparse", sparse)):
                for array in (loaded[name], archive.load(name)):
                    assert array.dtype == dtype and np.array_equal(array, expected)
                assert np.array_equal(archive[name][55:62, 5:290], expected[55:62, 5:290])


def test_masks_are_loaded_by_selection(case: Path, voxels: np.ndarray) -> None:
    with medmask.open(case) as archive:
        assert np.array_equal(archive.load("lobes"), voxels)
        for text in ("lobes/middle", "middle", '"lobes"/"middle"'):
            loaded = archive.load(text)
            assert loaded.dtype == np.bool_ and np.array_equal(loaded, voxels == 2)
        with pytest.raises(NameNotFoundError, match="midle"):
            archive.load("midle")
        # A pattern is refused whatever it matches; the message says what takes one.
        for pattern in ("l*", "live?", "zz*"):
            with pytest.raises(SelectionError, match=r"archive\.load_many\(names\)"):
                archive.load(pattern)
        many = archive.load_many("l*")
        assert list(many) == ["lobes", "liver"] and np.array_equal(many["liver"], voxels == 2)
        many = archive.load_many(["lobes/*", "nothing"], threads=3)
        assert list(many) == ["lobes/upper", "lobes/middle", "lobes/lower", "nothing"]
        assert np.array_equal(many["lobes/lower"], voxels == 3)
        assert list(archive.load_many()) == list(archive) and archive.load_many([]) == {}
        with pytest.raises(KeyError):
            archive.load_many(["liver", "zz"])


@pytest.mark.parametrize("mode", ["r", "a"])
def test_masks_are_loaded_into_an_array(case: Path, voxels: np.ndarray, mode: str) -> None:
    array = np.full(voxels.shape, 77, dtype=np.uint16)
    with medmask.open(case, mode) as archive:
        archive.load_into("lobes", array)
        assert np.array_equal(array, voxels)
        part = np.zeros((40, 40, 60), dtype=bool)[::-2, :20, ::2][:12]
        archive.load_into("lower", part)
        assert np.array_equal(part, voxels == 3)
        with pytest.raises(TypeError, match="cannot hold"):
            archive.load_into("lobes", np.zeros(voxels.shape, dtype=bool))
        for wrong in (np.zeros((1, 2, 3), np.uint8), np.zeros(voxels.shape, np.float32), [1, 2], np.zeros(5)):
            with pytest.raises((TypeError, ValueError)) as caught:
                if mode == "r":
                    archive.load_into("lobes", wrong)
                else:
                    archive.load_into("lobes", np.zeros((1, 2, 3), np.uint8))
            assert isinstance(caught.value, MedmaskError)
        array.flags.writeable = False
        with pytest.raises(TypeError, match="cannot be written"):
            archive.load_into("lobes", array)


def test_changes_are_seen_and_committed_together(case: Path, voxels: np.ndarray, space: Space) -> None:
    before = case.read_bytes()
    with medmask.open(case, "a") as archive:
        archive.add("twice", voxels * 2, {"a": 2, "b": 4, "c": 6}, codec="context", metadata={"from": "test"})
        del archive["nothing"]
        archive.rename("liver", "hepar")
        archive.metadata = {"patient": "s0000"}
        assert list(archive) == ["lobes", "twice", "hepar"] and np.array_equal(archive["twice"][4], voxels[4] * 2)
        assert np.array_equal(archive.load_many("twice/b")["twice/b"], voxels == 2)
        with medmask.open(case) as other:
            assert list(other) == ["lobes", "liver", "nothing"]
        with pytest.raises(KeyError):
            del archive["nothing"]
    with medmask.open(case) as archive:
        assert list(archive) == ["lobes", "twice", "hepar"] and archive["twice"].codec == "context"
        assert archive["twice"].metadata == {"from": "test"} and archive.metadata == {"patient": "s0000"}
    with pytest.raises(RuntimeError, match="half way"):
        with medmask.open(case, "a") as archive:
            del archive["lobes"]
            raise RuntimeError("half way")
    with medmask.open(case) as archive:
        assert "lobes" in archive
    # A new archive that fails leaves the old one.
    case.write_bytes(before)
    with pytest.raises(RuntimeError):
        with medmask.open(case, "w", space) as archive:
            archive.add("x", voxels > 0)
            raise RuntimeError
    assert case.read_bytes() == before and os.listdir(case.parent) == ["case.mska"]


def test_modes(tmp_path: Path, space: Space, voxels: np.ndarray) -> None:
    path = tmp_path / "new.mska"
    with medmask.open(path, "x") as archive:
        assert list(archive) == [] and len(archive) == 0 and not path.exists()
        # Without a space of its own, the array has voxels of 1 mm along world z, y and x.
        archive.add("a", voxels > 0)
        assert archive.space.z_orientation == (1.0, 0.0, 0.0) and archive.space.spacing == (1.0, 1.0, 1.0)
    with pytest.raises(FileExistsError):
        medmask.open(path, "x")
    with medmask.open(path, "w", space):
        pass
    with medmask.open(path) as archive:
        assert len(archive) == 0 and archive.space == space
        with pytest.raises(ReadOnlyError, match='medmask.open\\(path, "a"\\)'):
            archive.add("a", voxels)
        for change in (lambda: archive.rename("a", "b"), archive.commit, lambda: archive.__delitem__("a")):
            with pytest.raises(OSError):
                change()
    with medmask.open(tmp_path / "one.msk", "w", space) as archive:
        archive.add("a", voxels > 0)
    assert medmask.load_mask(tmp_path / "one.msk").data.dtype == np.bool_
    with pytest.raises(ValueError):
        medmask.open(path, "rb")
    with pytest.raises(MedmaskError, match="no mask was added"):
        medmask.open(tmp_path / "empty.mska", "w").close()
    with pytest.raises(AssertionError):
        medmask.open(path, "r", Space(shape=(1, 2, 3)))


def test_other_masks_bring_their_names_and_space(tmp_path: Path, case: Path, space: Space, voxels: np.ndarray) -> None:
    mask = medmask.SegmentationMask(voxels, {"a": 1, "b": 2, "c": 3}, space)
    with medmask.open(case) as source, medmask.open(tmp_path / "copy.mska", "w") as archive:
        archive.add("mask", mask)
        archive.add("entry", source["lobes"])
        archive.add("label", source["lobes"].label("lower"))
        assert archive.space == space
    with medmask.open(tmp_path / "copy.mska") as archive:
        assert archive["mask"].labels == {"a": 1, "b": 2, "c": 3}
        assert archive["entry"].labels == {"upper": 1, "middle": 2, "lower": 3}
        assert archive["label"].labels == {"lower": 1} and np.array_equal(archive["label"], voxels == 3)
    moved = medmask.SegmentationMask(voxels, {"a": 1, "b": 2, "c": 3}, Space(shape=space.shape))
    with medmask.open(case, "a") as archive, pytest.raises(AssertionError, match="tolerance_mm"):
        archive.add("moved", moved)


def test_labels_without_names_are_decided_by_the_caller(case: Path, voxels: np.ndarray) -> None:
    with medmask.open(case, "a") as archive:
        with pytest.raises(ValueError, match=r'\[1, 3\].*unnamed="name"'):
            archive.add("some", voxels, {"b": 2})
        archive.add("some", voxels, {"b": 2}, unnamed="name")
        assert archive["some"].labels == {"b": 2, "label_1": 1, "label_3": 3}
        archive.add("seven", (voxels == 1).astype(np.uint8) * 7)
        assert archive["seven"].labels == {"seven": 7}


def test_background_with_a_name_is_never_an_empty_mask(tmp_path: Path, voxels: np.ndarray) -> None:
    with medmask.open(tmp_path / "a.mska", "w") as archive:
        archive.add("a", voxels, {"air": 0, "b": 2}, unnamed="keep")
    with medmask.open(tmp_path / "a.mska") as archive:
        entry = archive["a"]
        assert entry.labels == {"air": 0, "b": 2} and entry.voxels == (voxels > 0).sum()
        for call in (lambda: entry.label("air"), lambda: entry.label(0), lambda: archive.load("a/air")):
            with pytest.raises(ValueError, match="background"):
                call()
        assert list(archive.load_many("a/*")) == ["a/b"]
        assert [(one["label_name"], one["label"]) for one in archive.stats()] == [("air", 0), ("b", 2), (None, 1), (None, 3)]
        assert np.array_equal(archive.load("a"), voxels)


def test_statistics_are_records(case: Path, voxels: np.ndarray) -> None:
    with medmask.open(case) as archive:
        records = archive.stats()
    assert [(one["entry"], one["label_name"], one["label"]) for one in records] == [
        ("lobes", "upper", 1),
        ("lobes", "middle", 2),
        ("lobes", "lower", 3),
        ("liver", "liver", 1),
        ("nothing", "nothing", 1),
    ]
    where = np.argwhere(voxels == 2)
    middle = records[1]
    assert middle["voxels"] == len(where) and middle["z0"] == where[:, 0].min() and middle["x1"] == where[:, 2].max() + 1
    assert middle["centroid_voxel_y"] == pytest.approx(where[:, 1].mean())
    assert records[4]["voxels"] == 0 and records[4]["z0"] is None
    assert len({tuple(one) for one in records}) == 1


def test_a_notebook_shows_a_table(tmp_path: Path, voxels: np.ndarray) -> None:
    with medmask.open(tmp_path / "a.mska", "w") as archive:
        archive.add("<b>liver</b>", voxels == 2)
        for number in range(210):
            archive.add(f"m{number}", np.zeros(voxels.shape, bool))
    with medmask.open(tmp_path / "a.mska") as archive:
        table = archive._repr_html_()
        assert "&lt;b&gt;liver&lt;/b&gt;" in table and "<b>" not in table
        assert table.count("<tr>") == 201 and "and 11 more" in table
        assert f"<td>{(voxels == 2).sum()}</td>" in table
    assert "closed" in archive._repr_html_() and "closed" in repr(archive)


def test_the_file_is_free_once_it_is_closed(case: Path, voxels: np.ndarray) -> None:
    archives = [medmask.open(case, mmap=mmap) for mmap in (False, True)]
    arrays = [archive.load("lobes") for archive in archives]
    entry = archives[0]["lobes"]
    for archive in archives:
        archive.close()
        archive.close()
        for call in (lambda: archive["lobes"], lambda: len(archive), lambda: archive.load("lobes"), entry.load):
            with pytest.raises((ClosedError, ValueError)):
                call()
    if os.path.isdir("/proc/self/fd"):
        held = [os.path.realpath(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
        assert os.fspath(case) not in held
        assert os.fspath(case) not in Path("/proc/self/maps").read_text()
    os.replace(case, case.with_suffix(".old"))
    os.remove(case.with_suffix(".old"))
    assert all(np.array_equal(array, voxels) for array in arrays)


def test_a_writer_that_is_forgotten_warns(tmp_path: Path, voxels: np.ndarray) -> None:
    archive = medmask.open(tmp_path / "a.mska", "w")
    archive.add("a", voxels > 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del archive
    assert [one.category for one in caught] == [ResourceWarning]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("mode", ["r", "a"])
def test_files_of_version_1_are_read_and_added_to(tmp_path: Path, space: Space, voxels: np.ndarray, mode: str) -> None:
    path = tmp_path / "old.mska"
    old = medmask.MaskArchive(path, "w", space=space, version=1)
    old.add_segmask(medmask.SegmentationMask(voxels, {"a": 1, "b": 2, "c": 3}, space), "lobes")
    with medmask.open(path, mode) as archive:
        assert archive.version == "1.0" and archive.space == space
        lobes = archive["lobes"]
        assert np.array_equal(lobes[3:5], voxels[3:5]) and np.array_equal(archive.load("lobes/b"), voxels == 2)
        # The file does not say; the voxels are counted.
        assert lobes.voxels == (voxels > 0).sum() and lobes.label("b").voxels == (voxels == 2).sum()
        assert lobes.bounds[0].start == np.argwhere(voxels)[:, 0].min()
        assert archive.stats()[2]["voxels"] == (voxels == 3).sum()
        assert "lobes" in archive._repr_html_()
        if mode == "a":
            archive.add("more", voxels == 2)
            assert np.array_equal(archive["more"], voxels == 2)
            for change in (
                lambda: archive.add("x", voxels > 0, metadata={"a": 1}),
                lambda: archive.rename("more", "x"),
                lambda: setattr(archive, "metadata", {}),
            ):
                with pytest.raises(ValueError, match="version 1"):
                    change()
    assert medmask.MaskArchive(path).all_names() == (["lobes", "more"] if mode == "a" else ["lobes"])


def test_expressions_are_computed(case: Path, voxels: np.ndarray) -> None:
    with medmask.open(case) as archive:
        for text, expected in (
            ("lobes - middle", (voxels > 0) & (voxels != 2)),
            ("lobes & liver", voxels == 2),
            ("liver ^ lobes/lower", (voxels == 2) ^ (voxels == 3)),
            ("(lobes)", voxels > 0),
            ("nothing & lobes", voxels > 99),
            ("lobes/* - (liver + lower)", (voxels > 0) & (voxels != 2) & (voxels != 3)),
        ):
            loaded = archive.load(text)
            assert loaded.dtype == bool and np.array_equal(loaded, expected), text
            into = np.ones(archive.shape, dtype=np.uint8)
            archive.load_into(text, into)
            assert np.array_equal(into, expected), text
        many = archive.load_many(["lobes - middle", "li*", "liver"])
        assert list(many) == ["lobes - middle", "liver"]
        assert np.array_equal(many["lobes - middle"], (voxels > 0) & (voxels != 2))


def test_bad_expressions_are_pointed_at(case: Path) -> None:
    with medmask.open(case) as archive:
        for text, error, message in (
            ("liver + livr", KeyError, r"character 9: .*did you mean \"liver\""),
            ("liver+lobes", KeyError, "operators stand between blanks"),
            ("(liver", ValueError, "character 1: this parenthesis is not closed"),
            ("grow(liver, -1)", ValueError, "mm is a number from 0 on"),
            ("grow(liver, nan)", ValueError, "mm is a number from 0 on"),
        ):
            with pytest.raises(error, match=message):
                archive.load(text)
            with pytest.raises(MedmaskError, match=message):
                archive.load_many([text])


def test_groups_are_a_mapping(case: Path, voxels: np.ndarray) -> None:
    with medmask.open(case, "a") as archive:
        archive.metadata = {"site": "north"}
        archive.groups["most"] = "lobes - middle"
        archive.groups["few"] = "most & lower"
        assert dict(archive.groups) == {"most": "lobes - middle", "few": "most & lower"}
        assert np.array_equal(archive.load("most"), (voxels > 0) & (voxels != 2))
        for name, expression, error in (
            ("liver", "lobes", ValueError),
            ("a + b", "lobes", ValueError),
            ("most", "few", ValueError),
            ("more", "lobse", KeyError),
            ("more", "lobes -", ValueError),
        ):
            with pytest.raises(error) as raised:
                archive.groups[name] = expression
            assert isinstance(raised.value, MedmaskError)
        with pytest.raises(KeyError):
            del archive.groups["least"]
        archive.rename("lobes", "the lobes")
        # Metadata are assigned without them, and they stay.
        archive.metadata = {"site": "south"}
    with medmask.open(case) as archive:
        assert archive.metadata == {"site": "south"}
        assert archive.groups["most"] == "\"the lobes\" - middle" and len(archive.groups) == 2
        assert "few" in archive.groups and "least" not in archive.groups
        assert np.array_equal(archive.load("few"), voxels == 3)
        with pytest.raises(ReadOnlyError):
            archive.groups["x"] = "liver"
    with medmask.open(case, "a") as archive:
        del archive.groups["few"]
        del archive.groups["most"]
        assert len(archive.groups) == 0
