"""Files of other formats in and out, the command, and images of other packages."""

from __future__ import annotations

import os
import signal
import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

import medmask
from medmask.errors import MedmaskError

AFFINE = np.array([[-1.5, 0, 0, 90], [0, 1.25, 0, -120], [0, 0, 3.0, 40], [0, 0, 0, 1]])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three NIfTI files, written by nibabel: axes (x, y, z)."""
    folder = tmp_path / "segmentations"
    folder.mkdir()
    for label, name in enumerate(("liver", "spleen", "aorta"), start=1):
        array = np.zeros((9, 8, 7), dtype=np.uint8)
        array[label, 2:5, 3] = 1
        nibabel.save(nibabel.Nifti1Image(array, AFFINE), folder / f"{name}.nii.gz")
    return folder


def test_a_folder_is_packed_and_extracted(folder: Path, tmp_path: Path) -> None:
    steps: list = []
    out = tmp_path / "case.mska"
    report = medmask.pack(folder, out, progress=lambda *step: steps.append(step))
    assert report.entries == report.non_empty == 3 and report.archive_bytes == out.stat().st_size
    assert report.skipped == [] and report.largest_distance_mm == 0
    assert [step[:2] for step in steps] == [(1, 3), (2, 3), (3, 3)]
    assert [os.path.basename(step[2]) for step in steps] == ["aorta.nii.gz", "liver.nii.gz", "spleen.nii.gz"]
    with medmask.open(out) as archive:
        assert np.allclose(archive.affine, AFFINE) and archive.shape == (7, 8, 9)
        expected = np.asarray(nibabel.load(folder / "liver.nii.gz").dataobj)
        assert np.array_equal(archive.load("liver").T, expected)

    files = medmask.extract(out, ["liver", "a*"], folder=tmp_path / "back", suffix=".nii")
    assert [os.path.basename(file) for file in files] == ["liver.nii", "aorta.nii"]
    (single,) = medmask.extract(out, "spleen", file=tmp_path / "s.nii.gz")
    for back, name in ((files[0], "liver"), (single, "spleen")):
        image, expected = nibabel.load(back), nibabel.load(folder / f"{name}.nii.gz")
        assert np.array_equal(np.asarray(image.dataobj), np.asarray(expected.dataobj))
        assert np.array_equal(image.affine, expected.affine)
    assert medmask.extract(out, [], folder=tmp_path / "none") == []
    for arguments in ({}, {"file": "a", "folder": "b"}):
        with pytest.raises(TypeError):
            medmask.extract(out, **arguments)
    with pytest.raises(FileExistsError, match="overwrite=True"):
        medmask.pack(folder, out)
    assert medmask.pack([folder / "liver.nii.gz"], out, overwrite=True, codec="context", layers="never").entries == 1
    with pytest.raises(ValueError, match="not 'sometimes'"):
        medmask.pack(folder, tmp_path / "no.mska", layers="sometimes")
    with pytest.raises(FileExistsError):
        medmask.extract(out, "liver", file=single)
    with pytest.raises(MedmaskError):
        medmask.extract(tmp_path / "none.mska", folder=tmp_path / "x")


def test_what_cannot_be_packed(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.nii.gz").write_bytes(b"not gzip")
    out = tmp_path / "case.mska"
    with pytest.raises(ValueError, match="broken.nii.gz"):
        medmask.pack(folder, out)
    assert not out.exists()
    report = medmask.pack(folder, out, skip_bad=True)
    assert [os.path.basename(path) for path, _ in report.skipped] == ["broken.nii.gz"] and report.entries == 3
    with pytest.raises(ValueError, match="lzma"):
        medmask.pack(folder, out, codec="lzma", overwrite=True)
    with pytest.raises(FileNotFoundError):
        medmask.pack(tmp_path / "none", out, overwrite=True)


def test_what_the_progress_raises_ends_the_work(folder: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int, name: str) -> None:
        if done == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        medmask.pack(folder, tmp_path / "case.mska", progress=stop)
    assert sorted(os.listdir(tmp_path)) == ["segmentations"]
    medmask.pack(folder, tmp_path / "case.mska")
    with pytest.raises(RuntimeError, match="enough"):
        medmask.extract(tmp_path / "case.mska", folder=tmp_path / "back", progress=stop, threads=1)
    assert not any((tmp_path / "back").glob("*.nii.gz"))


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_ctrl_c_ends_packing_without_litter(folder: Path, tmp_path: Path) -> None:
    # What a shell starts in the background is started to pass Ctrl-C over.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    def press(done: int, total: int, name: str) -> None:
        if done == 1:
            os.kill(os.getpid(), signal.SIGINT)

    assert threading.current_thread() is threading.main_thread()
    try:
        with pytest.raises(KeyboardInterrupt):
            medmask.pack(folder, tmp_path / "case.mska", progress=press)
    finally:
        signal.signal(signal.SIGINT, before)
    assert sorted(os.listdir(tmp_path)) == ["segmentations"]


def test_nifti_is_read(folder: Path) -> None:
    mask = medmask.read_nifti(folder / "spleen.nii.gz")
    expected = nibabel.load(folder / "spleen.nii.gz")
    assert np.array_equal(mask.data.T, np.asarray(expected.dataobj)) and mask.space.shape == (7, 8, 9)
    assert dict(mask.mapping.items()) == {"label_1": 1}
    assert np.allclose(medmask.to_nibabel(mask).affine, AFFINE)
    with pytest.raises(FileNotFoundError):
        medmask.read_nifti(folder / "none.nii.gz")


def test_images_of_nibabel(case: Path, space, voxels: np.ndarray) -> None:
    with medmask.open(case) as archive:
        image = medmask.to_nibabel(archive["lobes"])
        assert np.allclose(image.affine, archive.affine)
        assert medmask.to_nibabel(archive["liver"]).get_data_dtype() == np.uint8
    assert np.array_equal(np.asarray(image.dataobj), voxels.T)
    again = medmask.from_nibabel(image, {"a": 1, "b": 2, "c": 3})
    assert np.array_equal(again.data, voxels) and again.mapping.b == 2
    for name in ("origin", "spacing", "x_orientation", "y_orientation", "z_orientation"):
        assert np.allclose(getattr(again.space, name), getattr(space, name)), name


def test_images_of_simpleitk(case: Path, space, voxels: np.ndarray) -> None:
    with medmask.open(case) as archive:
        image = medmask.to_sitk(archive["lobes"])
    assert np.array_equal(sitk.GetArrayFromImage(image), voxels)
    # ITK says where voxel (x, y, z) = (3, 2, 1) lies.
    world = np.array(space.origin)
    for voxel, axis, spacing in zip((1, 2, 3), "xyz", space.spacing):
        world = world + voxel * spacing * np.array(getattr(space, f"{axis}_orientation"))
    assert np.allclose(image.TransformIndexToPhysicalPoint((3, 2, 1)), world)
    again = medmask.from_sitk(image, {"a": 1})
    assert np.array_equal(again.data, voxels) and again.space == space


def test_a_missing_package_is_named() -> None:
    script = """
import sys
sys.modules["SimpleITK"] = sys.modules["nibabel"] = None
import numpy as np, medmask
mask = medmask.SegmentationMask(np.zeros((2, 3, 4), bool), {"a": 1})
for call, name in ((medmask.to_sitk, "SimpleITK"), (medmask.to_nibabel, "nibabel"), (medmask.from_sitk, "SimpleITK")):
    try:
        call(mask)
    except ImportError as error:
        assert isinstance(error, medmask.MedmaskError) and f"pip install {name}" in str(error) and error.name == name
    else:
        raise SystemExit("no error")
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    program = Path(sys.executable).with_name("medmask.exe" if os.name == "nt" else "medmask")
    return subprocess.run([program, *arguments], cwd=cwd, capture_output=True, text=True)


def test_the_command_comes_with_the_wheel(folder: Path, tmp_path: Path) -> None:
    packed = command("pack", "segmentations", "-o", "case.mska", cwd=tmp_path)
    assert packed.returncode == 0, packed.stderr
    listed = command("ls", "case.mska", cwd=tmp_path)
    assert listed.returncode == 0 and "spleen" in listed.stdout
    failed = command("ls", "none.mska", cwd=tmp_path)
    assert failed.returncode == 1 and failed.stderr.startswith("medmask: cannot open none.mska")
    assert command("unpack", cwd=tmp_path).returncode == 2
    told = command("--version", cwd=tmp_path).stdout.split()
    assert told == ["medmask", importlib.metadata.version("medmask")]
    module = [sys.executable, "-m", "medmask", "--version"]
    assert subprocess.run(module, capture_output=True, text=True).stdout.startswith("medmask ")
    with medmask.open(tmp_path / "case.mska") as archive:
        assert sorted(archive) == ["aorta", "liver", "spleen"]


def test_import_is_quick_and_loads_nothing_else() -> None:
    script = """
import sys, numpy
import medmask
heavy = {"spacetransformer", "nibabel", "SimpleITK", "scipy", "pandas", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_a_tilted_ct_is_measured_by_its_own_affine(tmp_path: Path) -> None:
    tilted = np.array([[-1.5, 0, 0, 60], [0, 1.5, 0.05, -80], [0, 0, 2.5, -300], [0, 0, 0, 1]])
    array = np.zeros((9, 8, 7), dtype=np.uint8)
    array[2:5, 3:6, 1:7] = 1
    nibabel.save(nibabel.Nifti1Image(array, tilted), tmp_path / "tilt.nii.gz")
    out = tmp_path / "case.mska"
    with pytest.raises(ValueError, match="sheared"):
        medmask.pack(tmp_path / "tilt.nii.gz", out)
    medmask.pack(tmp_path / "tilt.nii.gz", out, max_shear_voxels=1)
    places = np.argwhere(array)
    world = nibabel.affines.apply_affine(tilted, places.mean(axis=0))
    with medmask.open(out) as archive:
        assert np.allclose(archive.affine, tilted)
        assert archive["tilt"].volume_ml == pytest.approx(len(places) * abs(np.linalg.det(tilted)) / 1000)
        assert archive["tilt"].centroid == pytest.approx((-world[0], -world[1], world[2]))
        runs = archive.runs("tilt")
        assert runs.volume_ml == pytest.approx(archive["tilt"].volume_ml)
        assert runs.centroid == pytest.approx(archive["tilt"].centroid)
        (record,) = archive.stats()
        assert record["centroid_lps_y_mm"] == pytest.approx(-world[1])
    # What was loaded belongs to the archive still.
    with medmask.open(out, "a") as archive:
        archive.add("again", archive["tilt"])


def test_volumes_names_patterns_and_folders(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "case.mska"
    onehot = np.stack([np.full((9, 8, 7), n % 2, dtype=np.uint8) for n in range(3)], axis=3)
    (folder / "sub").mkdir()
    nibabel.save(nibabel.Nifti1Image(onehot, AFFINE), folder / "sub" / "onehot.nii.gz")
    report = medmask.pack(folder, out)
    assert [os.path.basename(path) for path, _ in report.skipped] == ["sub"] and report.entries == 3
    with pytest.raises(ValueError, match="3 volumes"):
        medmask.pack(folder, out, recursive=True, overwrite=True)
    medmask.pack(folder, out, recursive=True, exclude="spleen*", volume="all", overwrite=True)
    with medmask.open(out) as archive:
        assert list(archive) == ["aorta", "liver", "sub/onehot_0", "sub/onehot_1", "sub/onehot_2"]
        assert archive["sub/onehot_1"].voxels == 9 * 8 * 7 and archive["sub/onehot_2"].voxels == 0
    names = {"second reader": folder / "liver.nii.gz"}
    medmask.pack(folder, out, include=["liver*"], names=names, overwrite=True)
    with medmask.open(out) as archive:
        assert list(archive) == ["liver", "second reader"]
    with pytest.raises(ValueError, match="volume"):
        medmask.pack(folder, out, volume="some", overwrite=True)
    with pytest.raises(ValueError, match="pattern"):
        medmask.pack(folder, out, include="[a", overwrite=True)


def test_the_space_that_most_files_share_counts(folder: Path, tmp_path: Path) -> None:
    odd = folder / "a.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.ones((3, 3, 3), dtype=np.uint8), AFFINE), odd)
    out = tmp_path / "case.mska"
    with pytest.raises(ValueError, match="a.nii.gz.*which 3 of the inputs share"):
        medmask.pack(folder, out)
    report = medmask.pack(folder, out, skip_bad=True)
    assert report.entries == 3 and os.path.basename(report.space_of) == "aorta.nii.gz"
    report = medmask.pack(folder, out, skip_bad=True, space_of=odd, overwrite=True)
    assert report.entries == 1 and report.space_of == os.fspath(odd)


def test_values_that_are_background_and_labels_that_are_not_whole(tmp_path: Path) -> None:
    array = np.full((5, 4, 3), np.nan, dtype=np.float32)
    array[1, 2, 1], array[2, 2, 1] = 3.02, -1024
    nibabel.save(nibabel.Nifti1Image(array, AFFINE), tmp_path / "x.nii")
    out = tmp_path / "case.mska"
    with pytest.raises(ValueError, match="NaN"):
        medmask.pack(tmp_path / "x.nii", out)
    medmask.pack(tmp_path / "x.nii", out, background=[float("nan"), -1024], label_tolerance=0.03)
    with medmask.open(out) as archive:
        assert archive["x"].voxels == 1 and archive.load("x")[1, 2, 1] == 3
