"""What people pass by mistake: a clear exception, or the right result."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from spacetransformer import Space

import medmask
from medmask import MaskArchive, SegmentationMask, load_mask, save_mask
from medmask.errors import MedmaskError

SHAPE = (5, 6, 7)
LABELS = np.random.default_rng(5).integers(0, 4, SHAPE)
NAMES = {"a": 1, "b": 2, "c": 3}


def saved(tmp_path: Path, array, names=NAMES) -> np.ndarray:
    """The array as both interfaces give it back."""
    save_mask(SegmentationMask(array, names, Space(shape=SHAPE)), tmp_path / "mask.msk")
    with medmask.open(tmp_path / "case.mska", "w", durable=False) as archive:
        archive.add("mask", array, names)
    with medmask.open(tmp_path / "case.mska") as archive:
        loaded = archive.load("mask")
    assert np.array_equal(load_mask(tmp_path / "mask.msk").data, loaded)
    return loaded


def strided(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((10, 12, 21), dtype=array.dtype)
    wide[::2, ::-2, 1::3] = array
    return wide[::2, ::-2, 1::3]


def unaligned(array: np.ndarray) -> np.ndarray:
    memory = np.zeros(array.nbytes + 1, dtype=np.uint8)[1:]
    view = memory.view(array.dtype).reshape(array.shape)
    view[...] = array
    return view


def field(array: np.ndarray) -> np.ndarray:
    packed = np.zeros(array.shape, dtype=[("flag", np.uint8), ("label", array.dtype)])
    packed["label"] = array
    return packed["label"]


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "layout",
    [np.asfortranarray, lambda a: a.copy()[::-1, :, ::-1][::-1, :, ::-1], strided, unaligned, field, read_only],
    ids=["Fortran", "negative", "strided", "unaligned", "field", "read-only"],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_any_layout_of_memory(tmp_path: Path, dtype, layout) -> None:
    array = layout(LABELS.astype(dtype))
    loaded = saved(tmp_path, array)
    assert loaded.dtype == dtype and np.array_equal(loaded, LABELS)


@pytest.mark.parametrize(
    "dtype, stored",
    [("<i2", "uint8"), (">u2", "uint8"), ("<i8", "uint8"), ("<f4", "uint8"), ("<f8", "uint8"), ("<u8", "uint8"), (">f8", "uint8"), ("<f2", "uint8")],
)
def test_other_types_with_whole_numbers_become_the_narrowest(tmp_path: Path, dtype: str, stored: str) -> None:
    loaded = saved(tmp_path, LABELS.astype(dtype))
    assert loaded.dtype == stored and np.array_equal(loaded, LABELS)
    large = np.where(LABELS == 3, 70_000, LABELS).astype(np.int64)
    assert saved(tmp_path, large, {"a": 1, "b": 2, "c": 70_000}).dtype == np.uint32


@pytest.mark.parametrize(
    "array, words",
    [
        (LABELS + 0.5, "not whole numbers"),
        (np.where(LABELS == 1, np.nan, LABELS), "labels go from"),
        (-LABELS, "labels go from"),
        (LABELS.astype(np.int64) << 40, "labels go from"),
        (LABELS.astype(complex), "are no labels"),
        (LABELS.astype(str), "are no labels"),
        (LABELS.astype(object), "are no labels"),
        (LABELS[0], "three axes"),
        (LABELS[None], "three axes"),
        (np.uint8(1), "three axes"),
        (None, "three axes"),
    ],
    ids=["halves", "NaN", "negative", "64 bits", "complex", "text", "objects", "2-D", "4-D", "scalar", "None"],
)
def test_arrays_that_are_no_labels(tmp_path: Path, array, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        with medmask.open(tmp_path / "case.mska", "w") as archive:
            archive.add("mask", array, NAMES)
    assert isinstance(caught.value, MedmaskError) and os.listdir(tmp_path) == []


def test_an_empty_array(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shape"):
        with medmask.open(tmp_path / "case.mska", "w") as archive:
            archive.add("mask", np.zeros((0, 5, 6), np.uint8))


def test_bool_memory_that_holds_other_numbers(tmp_path: Path) -> None:
    # NumPy does not look: any byte but 0 counts as true.
    odd = (LABELS.astype(np.uint8) * 85).view(np.bool_)
    with medmask.open(tmp_path / "case.mska", "w") as archive:
        archive.add("mask", odd)
    with medmask.open(tmp_path / "case.mska") as archive:
        assert archive["mask"].dtype == np.bool_ and np.array_equal(archive.load("mask"), LABELS > 0)


def test_another_shape_than_the_archive(tmp_path: Path) -> None:
    with medmask.open(tmp_path / "case.mska", "w", Space(shape=SHAPE)) as archive:
        with pytest.raises(AssertionError, match="shape"):
            archive.add("mask", np.zeros((5, 7, 6), np.uint8))
        archive.add("mask", LABELS == 1)
    old = MaskArchive(tmp_path / "case.mska", "a")
    with pytest.raises(AssertionError):
        old.add_segmask(SegmentationMask(np.zeros((5, 7, 6), np.uint8), {}), "b")


@pytest.mark.parametrize(
    "names, words",
    [
        ({"a": 1, "b": 1, "c": 2, "d": 3}, "already has the name"),
        ({"": 1, "b": 2, "c": 3}, "cannot be a name"),
        ({"a\0": 1, "b": 2, "c": 3}, "cannot be a name"),
        ({5: 1, "b": 2, "c": 3}, "no text"),
        ({"a": -1, "b": 2, "c": 3}, "no label"),
        ({"a": 1.5, "b": 2, "c": 3}, "no label"),
        ({"a": "1", "b": 2, "c": 3}, "no label"),
        ({"a": 2**32, "b": 2, "c": 3}, "no label"),
    ],
    ids=str,
)
def test_names_that_cannot_be(tmp_path: Path, names: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        with medmask.open(tmp_path / "case.mska", "w") as archive:
            archive.add("mask", LABELS.astype(np.uint8), names)
    with pytest.raises(ValueError, match=words):
        save_mask(SegmentationMask(LABELS.astype(np.uint8), names), tmp_path / "mask.msk")
    assert os.listdir(tmp_path) == []


def test_numbers_of_numpy_are_labels(tmp_path: Path) -> None:
    names = {"a": np.int64(1), "b": np.uint8(2), "c": np.float64(3)}
    saved(tmp_path, LABELS.astype(np.uint8), names)
    assert load_mask(tmp_path / "mask.msk").mapping._name_to_label == NAMES


@pytest.mark.parametrize("name", ["", "a\nb", 5, None, b"a", "x" * 70_000], ids=lambda name: repr(name)[:12])
def test_entry_names_that_cannot_be(tmp_path: Path, name) -> None:
    with pytest.raises(ValueError, match="cannot be a name"):
        with medmask.open(tmp_path / "case.mska", "w") as archive:
            archive.add(name, LABELS > 0)
    archive = MaskArchive(tmp_path / "case.mska", "w")
    with pytest.raises(ValueError, match="cannot be a name"):
        archive.add_segmask(SegmentationMask(LABELS > 0, {"a": 1}), name)
    assert os.listdir(tmp_path) == []


def test_a_folder_as_a_path(tmp_path: Path) -> None:
    for call in (
        lambda: medmask.open(tmp_path),
        lambda: MaskArchive(tmp_path),
        lambda: load_mask(tmp_path),
        lambda: medmask.open(tmp_path, "w", Space(shape=SHAPE)),
    ):
        with pytest.raises(OSError) as caught:
            call()
        assert isinstance(caught.value, MedmaskError), caught.value


def test_files_that_are_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "x.mska"
    for content in (b"", b"PK\x03\x04" + bytes(200), b"MSKA", b"MSKA\x09\x00" + bytes(300)):
        path.write_bytes(content)
        for call in (lambda: medmask.open(path), lambda: MaskArchive(path), lambda: load_mask(path)):
            with pytest.raises(ValueError) as caught:
                call()
            assert isinstance(caught.value, MedmaskError) and os.fspath(path) in str(caught.value)
    with pytest.raises(FileNotFoundError) as caught:
        medmask.open(tmp_path / "none.mska")
    assert caught.value.filename == os.fspath(tmp_path / "none.mska")
    for wrong in (None, 5, "a\0b"):
        with pytest.raises((TypeError, ValueError, OSError)):
            medmask.open(wrong)  # type: ignore[arg-type]


def test_damage_is_found_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "case.mska"
    with medmask.open(path, "w") as archive:
        archive.add("mask", LABELS.astype(np.uint8), NAMES)
    from medmask._medmask import Reader

    offset, length = Reader(path, False).blob("mask")
    whole = bytearray(path.read_bytes())
    whole[offset + length - 3] ^= 1
    path.write_bytes(whole)
    with medmask.open(path) as archive, pytest.raises(
        medmask.errors.DamagedFileError, match='case.mska: entry "mask": chunk at byte .* checksum .* `medmask repair`'
    ):
        archive.load("mask")


def test_damage_beside_the_entries_is_told(tmp_path: Path) -> None:
    path = tmp_path / "case.mska"
    with medmask.open(path, "w") as archive:
        archive.add("mask", LABELS.astype(np.uint8), NAMES)
    with medmask.open(path) as archive:
        assert archive.damage is None
    path.write_bytes(b"BAD!" + path.read_bytes()[4:])
    with pytest.warns(medmask.errors.DamageWarning, match="case.mska"):
        archive = medmask.open(path)
    assert archive.damage and np.array_equal(archive.load("mask"), LABELS)
    # As medmask 0.1 has it.
    with pytest.raises(ValueError, match="Invalid magic number: b'BAD!'"):
        MaskArchive(path)


def test_two_writers(tmp_path: Path) -> None:
    path = tmp_path / "case.mska"
    with medmask.open(path, "w") as archive:
        archive.add("mask", LABELS > 0)
    with medmask.open(path, "a"), pytest.raises(medmask.errors.LockedError, match="another process"):
        medmask.open(path, "a")


def test_spaces_that_are_none(tmp_path: Path) -> None:
    class Odd:
        shape, origin, spacing = SHAPE, (0, 0, 0), (1, 1, -1)
        x_orientation, y_orientation, z_orientation = (1, 0, 0), (0, 1, 0), (0, 0, 1)

    for space in (Odd(), "a space", 5, type("Short", (Odd,), {"spacing": (1, 1)})(), type("Flat", (Odd,), {"spacing": (1, 1, 1), "z_orientation": (0, 1, 0)})()):
        with pytest.raises(ValueError) as caught:
            medmask.open(tmp_path / "a.mska", "w", space)  # type: ignore[arg-type]
        assert isinstance(caught.value, MedmaskError)


def test_a_defect_is_an_exception() -> None:
    from medmask._medmask import panic_for_a_test

    with pytest.raises(BaseException, match="a defect") as caught:
        panic_for_a_test()
    assert type(caught.value).__name__ == "PanicException"


def test_metadata_that_json_cannot_hold(tmp_path: Path) -> None:
    with medmask.open(tmp_path / "a.mska", "w") as archive:
        for metadata in ({"a": object()}, {"a": float("nan")}, {1j: 2}):
            with pytest.raises(ValueError) as caught:
                archive.add("mask", LABELS > 0, metadata=metadata)
            assert isinstance(caught.value, MedmaskError)
        archive.add("mask", LABELS > 0, metadata={"a": [1, {"b": None}]})
        assert archive["mask"].metadata == {"a": [1, {"b": None}]}
