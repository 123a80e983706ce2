"""The interface of medmask 0.1, name by name: results, flags, errors. What it did was seen by calling medmask 0.1.3."""

from __future__ import annotations

import copy
import importlib
import inspect
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from spacetransformer import Space

import medmask
from medmask import LabelMapping, MaskArchive, MaskFile, SegmentationMask, load_mask, match_allowed_values, save_mask
from medmask.errors import MedmaskError


def mask_of(shape=(4, 5, 6), dtype=np.uint8, **labels) -> SegmentationMask:
    array = np.zeros(shape, dtype=dtype)
    for place, label in enumerate(labels.values()):
        array[place] = label
    return SegmentationMask(array, labels)


@pytest.mark.parametrize(
    "module, names",
    [
        ("medmask", "SegmentationMask LabelMapping MaskArchive MaskFile save_mask load_mask match_allowed_values __version__"),
        ("medmask.core", "SegmentationMask LabelMapping"),
        ("medmask.core.segmask", "SegmentationMask"),
        ("medmask.core.mapping", "LabelMapping"),
        ("medmask.storage", "MaskFile MaskArchive save_mask load_mask"),
        ("medmask.storage.maskfile", "MaskFile save_mask load_mask"),
        ("medmask.storage.archivefile", "MaskArchive"),
        ("medmask.utils", "match_allowed_values"),
        ("medmask.utils.utils", "match_allowed_values"),
        ("medmask.compression", "MaskCodec get_codec"),
        ("medmask.compression.zstd_codec", "ZstdMaskCodec encode_mask_bytes decode_mask_bytes"),
        ("medmask._version", "__version__ version __version_tuple__ version_tuple"),
    ],
)
def test_every_name_is_where_it_was(module: str, names: str) -> None:
    found = importlib.import_module(module)
    for name in names.split():
        assert hasattr(found, name), name


def test_the_version_is_that_of_the_wheel() -> None:
    from importlib.metadata import version

    assert medmask.__version__ == version("medmask")
    assert ".".join(map(str, medmask._version.__version_tuple__)) == medmask.__version__.split("-")[0]


@pytest.mark.parametrize(
    "function, arguments",
    [
        (SegmentationMask, "mask_array mapping space"),
        (SegmentationMask.lazy_init, "bit_depth *space *shape"),
        (SegmentationMask.add_label, "self mask label name"),
        (SegmentationMask.get_binary_mask_by_names, "self names"),
        (SegmentationMask.get_binary_mask_by_labels, "self labels"),
        (LabelMapping, "name_to_label"),
        (MaskArchive, "path mode *space *codec *version *tolerance_mm"),
        (MaskArchive.add_segmask, "self segmask name"),
        (MaskArchive.load_segmask, "self name"),
        (MaskFile, "path mode *codec *version"),
        (save_mask, "segmask path *codec *version"),
        (load_mask, "path *codec"),
        (match_allowed_values, "image_data allowed_set"),
    ],
)
def test_arguments_are_called_as_they_were(function, arguments: str) -> None:
    kinds = {inspect.Parameter.KEYWORD_ONLY: "*"}
    parameters = inspect.signature(function).parameters.values()
    assert [kinds.get(one.kind, "") + one.name for one in parameters] == arguments.split()


def test_data_is_a_new_view_of_the_array_that_was_given() -> None:
    array = np.asfortranarray(np.zeros((4, 5, 6), dtype=np.uint16))[::2]
    mask = SegmentationMask(array, {"a": 1})
    data = mask.data
    assert data is not mask.data and data.strides == array.strides and data.dtype == array.dtype
    assert not data.flags.writeable
    with pytest.raises(ValueError):
        data[...] = 1
    array[1, 2, 3] = 7
    assert data[1, 2, 3] == 7


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.uint32])
def test_binary_masks_are_new_writable_bool_in_the_same_order(order: str, dtype) -> None:
    array = np.asarray(np.random.default_rng(3).integers(0, 2 if dtype == np.bool_ else 20, (4, 5, 6)), order=order)
    array = array.astype(dtype, order="K")
    mask = SegmentationMask(array, {f"l{label}": label for label in range(1, 20)})
    for labels in ([], [1], [1, 2, 300], range(1, 16), [0]):
        found = mask.get_binary_mask_by_labels(labels)
        assert np.array_equal(found, np.isin(array, list(labels))), labels
        assert found.dtype == np.bool_ and found.flags.writeable and found.flags.owndata
        assert found.flags.f_contiguous == array.flags.f_contiguous
    binary = mask.to_binary()
    assert np.array_equal(binary, array > 0) and not np.shares_memory(binary, array)
    names = (name for name in ("l1", "l2"))
    assert np.array_equal(mask.get_binary_mask_by_names(names), np.isin(array, [1, 2]))
    assert np.array_equal(mask.get_binary_mask_by_labels(np.uint8(1)), array == 1)


def test_lazy_init_and_add_label() -> None:
    for depth, dtype in ((1, np.bool_), (8, np.uint8), (16, np.uint16), (32, np.uint32)):
        mask = SegmentationMask.lazy_init(depth, shape=(2, 3, 4))
        assert mask.data.dtype == dtype and mask.bit_depth == depth
    inside = np.zeros((2, 3, 4), dtype=bool)
    inside[0, 0] = True
    binary = SegmentationMask.lazy_init(1, shape=(2, 3, 4))
    before = binary.data
    binary.add_label(inside, 1, "a")
    assert binary.data.dtype == np.bool_ and binary.data.sum() == 4 and not before.any()

    mask = SegmentationMask.lazy_init(8, shape=(2, 3, 4))
    mask.add_label(inside, np.int64(7), "a")
    for label, name, words in ((7, "b", "Label 7 already exists"), (256, "b", "exceeds bit-depth limit"), (-1, "b", "no label")):
        with pytest.raises(ValueError, match=words):
            mask.add_label(inside, label, name)
    with pytest.raises(ValueError):
        mask.add_label(np.ones((2, 3, 5)), 8, "c")
    assert dict(mask.mapping.items()) == {"a": 7} and set(np.unique(mask.data)) == {0, 7}
    for arguments in ({"bit_depth": 8}, {"bit_depth": 12, "shape": (2, 3, 4)}):
        with pytest.raises(ValueError):
            SegmentationMask.lazy_init(**arguments)
    with pytest.raises(ValueError, match="Unsupported dtype: int64"):
        _ = SegmentationMask(np.zeros((2, 3, 4), dtype=np.int64), {}).bit_depth


def test_texts_and_comparisons() -> None:
    mask = mask_of(b=2, a=1)
    assert str(mask) == "SegmentationMask(shape=(4, 5, 6), labels=[1, 2], mapping={'b': 2, 'a': 1})"
    assert repr(mask.mapping) == str(mask.mapping) == "{'b': 2, 'a': 1}"
    assert mask != mask_of(b=2, a=1) and LabelMapping({"a": 1}) != LabelMapping({"a": 1})
    assert isinstance(hash(mask), int) and isinstance(hash(mask.mapping), int)
    for call in (len, iter, lambda one: one[0], lambda one: 1 in one):
        with pytest.raises(TypeError):
            call(mask)
    assert np.asarray(mask).dtype == object


def test_a_mapping_looks_names_up_and_knows_no_dict_methods() -> None:
    given = {"liver": 5}
    mapping = LabelMapping(given)
    mapping["spleen"] = 1
    assert given == {"liver": 5, "spleen": 1}
    assert (mapping.liver, mapping("spleen"), mapping["liver"]) == (5, 1, 5)
    assert "liver" in mapping and list(mapping) == ["liver", "spleen"] and len(mapping) == 2
    assert mapping.inverse(5) == "liver" and mapping.has_label(1) and not mapping.has_label(2)
    for name in ("keys", "values", "get"):
        with pytest.raises(AttributeError):
            getattr(mapping, name)
    for call in (lambda: mapping["x"], lambda: mapping("x"), lambda: mapping.inverse(9)):
        with pytest.raises(KeyError):
            call()
    with pytest.raises(ValueError, match="Label 5 already exists"):
        mapping["other"] = 5
    mapping["liver"] = 9
    assert mapping.inverse(9) == "liver" and not mapping.has_label(5)
    assert not LabelMapping() and LabelMapping({})._name_to_label == {}
    assert json.loads(mapping.to_json()) == {"liver": 9, "spleen": 1}
    assert LabelMapping.from_json(mapping.to_json())._label_to_name == {9: "liver", 1: "spleen"}
    for again in (copy.copy(mapping), copy.deepcopy(mapping), pickle.loads(pickle.dumps(mapping))):
        assert again._name_to_label == mapping._name_to_label


def test_masks_are_copied_and_pickled(tmp_path: Path) -> None:
    mask = mask_of(a=1)
    save_mask(mask, tmp_path / "a.msk")
    for one in (mask, load_mask(tmp_path / "a.msk")):
        for again in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert np.array_equal(again.data, mask.data) and again.space == mask.space
            assert again.mapping._name_to_label == {"a": 1}


def test_match_allowed_values_takes_any_type() -> None:
    floats = np.array([[1.0, 1.5, 2.0], [-1.0, 0.0, 255.0]])
    assert np.array_equal(match_allowed_values(floats, [1, 255]), [[True, True, False], [False, False, True]])
    small = np.array([0, 5, 255], dtype=np.uint8)
    # NumPy's own small numbers overflowed in the original, and nothing was found.
    assert np.array_equal(match_allowed_values(small, {np.uint8(0), np.uint8(255)}), [True, False, True])
    assert np.array_equal(match_allowed_values(small, [-1, 261]), [False] * 3)
    signed = np.array([-1, 0, 1], dtype=np.int16)
    assert np.array_equal(match_allowed_values(signed, [-1]), [True, False, False])


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16, np.uint32])
def test_a_file_gives_the_mask_back(tmp_path: Path, space: Space, version: int, dtype) -> None:
    array = np.zeros(space.shape, dtype=dtype)
    array[3:7, 5, 2:20] = 1
    path = tmp_path / "mask.any_suffix"
    mask = SegmentationMask(array, {"a": 1}, space)
    mask.save(path, version=version)
    loaded = SegmentationMask.load(path)
    assert np.array_equal(loaded.data, array) and loaded.data.dtype == dtype and loaded.data.flags.c_contiguous
    assert loaded.space == space and isinstance(loaded.space, Space)
    assert str(loaded.mapping) == "{'a': 1}" and not loaded.data.flags.writeable
    assert MaskFile(path).header["version"] == (version, 0)
    # A file of version 1 stays one.
    MaskFile(path, "a").write(mask)
    assert MaskFile(path).header["version"] == (version, 0)


@pytest.mark.parametrize("version", [1, 2])
def test_an_archive_is_on_the_disk_after_each_mask(tmp_path: Path, space: Space, version: int) -> None:
    path = tmp_path / "case.mska"
    path.write_bytes(b"not an archive")
    archive = MaskArchive(path, "w", space=space, version=version)
    assert archive.all_names() == [] and archive.space is space and archive.read_all_mapping() == {}
    first, second = (SegmentationMask(np.full(space.shape, label, np.uint8), {"a": label}, space) for label in (1, 2))
    archive.add_segmask(first, "one")
    size, other = os.stat(path).st_size, MaskArchive(str(path))
    assert other.all_names() == ["one"] and other.space == space
    # Also a handle for reading adds, and others see it.
    other.add_segmask(second, "two")
    assert os.stat(path).st_size > size and archive.all_names() == ["one", "two"]
    assert archive.read_all_mapping() == {"one": {"a": 1}, "two": {"a": 2}}
    masks = archive.read_all_masks()
    assert [int(mask.data.max()) for mask in masks.values()] == [1, 2]
    assert masks["one"].space is masks["two"].space
    masks["one"].mapping["b"] = 9
    assert archive.load_segmask("one").mapping._name_to_label == {"a": 1}
    assert other.header["mask_count"] == 2 and other.header["version"] == (version, 0)
    assert len(archive) == 2 and "one" in archive and list(archive) == ["one", "two"]
    with MaskArchive(path, "a") as again:
        again.add_segmask(first, "three")
    assert pickle.loads(pickle.dumps(archive)).all_names() == ["one", "two", "three"]


def test_the_first_mask_gives_the_space(tmp_path: Path, space: Space) -> None:
    archive = MaskArchive(tmp_path / "case.mska", "a")
    assert archive.space is None and not (tmp_path / "case.mska").exists()
    archive.add_segmask(SegmentationMask(np.zeros(space.shape, np.uint8), {}, space), "empty")
    assert archive.space is space
    assert MaskArchive(tmp_path / "case.mska").space == space


def test_arrays_in_any_order_of_axes_keep_their_places(tmp_path: Path) -> None:
    # As the original's notebook does it: (x, y, z) arrays on an (x, y, z) space.
    space = Space(shape=(30, 20, 10), spacing=(0.5, 0.75, 2.5), origin=(1, 2, 3))
    array = np.zeros((30, 20, 10), dtype=np.uint8)
    array[25, 3, 7] = 1
    save_mask(SegmentationMask(array, {"a": 1}, space), tmp_path / "a.msk")
    loaded = load_mask(tmp_path / "a.msk")
    assert loaded.data[25, 3, 7] == 1 and loaded.space == space
    with medmask.open(tmp_path / "a.msk") as archive:
        assert archive["a"].centroid == (1 + 25 * 0.5, 2 + 3 * 0.75, 3 + 7 * 2.5)


def test_unnamed_voxels_and_a_name_of_background_are_kept(tmp_path: Path) -> None:
    array = np.arange(120, dtype=np.uint8).reshape(4, 5, 6) % 7
    for version in (1, 2):
        mask = SegmentationMask(array, {"bg": 0, "three": 3})
        save_mask(mask, tmp_path / "a.msk", version=version)
        loaded = load_mask(tmp_path / "a.msk")
        assert np.array_equal(loaded.data, array)
        assert loaded.mapping._name_to_label == {"bg": 0, "three": 3}
        assert np.array_equal(loaded.get_binary_mask_by_names("bg"), array == 0)


def test_errors_are_those_that_scripts_catch(tmp_path: Path, space: Space) -> None:
    mask = SegmentationMask(np.zeros(space.shape, np.uint8), {"a": 1}, space)
    with pytest.raises(AssertionError, match=r"12, 20, 30.*4, 5, 6"):
        SegmentationMask(np.zeros(space.shape, np.uint8), {}, Space(shape=(4, 5, 6)))
    archive = MaskArchive(tmp_path / "case.mska", "w", space=space)
    archive.add_segmask(mask, "one")
    with pytest.raises(ValueError, match="Mask one already exists"):
        archive.add_segmask(mask, "one")
    with pytest.raises(ValueError, match="Mask zz not found"):
        archive.load_segmask("zz")
    far = Space(shape=space.shape, origin=(100, 0, 0))
    with pytest.raises(AssertionError, match="mm"):
        archive.add_segmask(SegmentationMask(np.zeros(space.shape, np.uint8), {}, far), "far")
    assert archive.all_names() == ["one"]
    for call in (
        lambda: load_mask(tmp_path / "none.msk"),
        lambda: MaskFile(tmp_path / "none.msk"),
        lambda: MaskArchive(tmp_path / "none.mska"),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            call()
        assert isinstance(caught.value, MedmaskError) and caught.value.errno == 2
    save_mask(mask, tmp_path / "a.msk")
    for call in (
        lambda: MaskArchive(tmp_path / "a.msk"),
        lambda: MaskFile(tmp_path / "case.mska").read(),
        lambda: MaskArchive(tmp_path / "case.mska", "x"),
        lambda: MaskFile(tmp_path / "a.msk", "x"),
        lambda: MaskArchive(tmp_path / "b.mska", "w", codec="lzma"),
    ):
        with pytest.raises(ValueError) as caught:
            call()
        assert isinstance(caught.value, MedmaskError)
    with pytest.raises(OSError, match="file opened read-only"):
        MaskFile(tmp_path / "a.msk").write(mask)
    with pytest.raises(TypeError):
        MaskArchive(tmp_path / "b.mska", "w", space)  # type: ignore[misc]
    assert not (tmp_path / "b.mska").exists()
    whole = (tmp_path / "a.msk").read_bytes()
    for damaged in (b"BAD!" + whole[4:], whole[:20], whole[:-3], b""):
        (tmp_path / "a.msk").write_bytes(damaged)
        with pytest.raises(ValueError):
            load_mask(tmp_path / "a.msk")


def test_codecs_of_version_1() -> None:
    from medmask.compression import MaskCodec, get_codec
    from medmask.compression.zstd_codec import decode_mask_bytes, encode_mask_bytes

    codec = get_codec("ZSTD")
    assert isinstance(codec, MaskCodec) and (codec.id, codec.name) == (0, "zstd")
    for dtype in (np.bool_, np.uint8, np.uint16, np.uint32):
        array = np.random.default_rng(1).integers(0, 2, (3, 4, 5)).astype(dtype)
        for blob in (codec.encode(array), encode_mask_bytes(array, level=9)):
            again = decode_mask_bytes(blob)
            assert np.array_equal(again, array) and again.dtype == dtype
    with pytest.raises(ValueError, match=r"\['zstd'\]"):
        get_codec("lzma")
    with pytest.raises(ValueError):
        decode_mask_bytes(b"\x01\x04bool")
