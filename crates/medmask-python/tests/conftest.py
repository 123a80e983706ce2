"""What the tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from spacetransformer import Space

import medmask

SHAPE = (12, 20, 30)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of medmask 0.1.3, unpacked: its tests, its README and its notebook with 117 masks."""
    given = os.environ.get("MEDMASK_ORIGINAL")
    folder = Path(given) if given else tmp_path_factory.mktemp("original")
    if not any(folder.glob("medmask-0.1.3.tar.gz")):
        folder.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-binary", ":all:", "--no-deps"]
        subprocess.run([*pip, "medmask==0.1.3", "--dest", os.fspath(folder)], check=True)
    unpacked = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(folder / "medmask-0.1.3.tar.gz") as archive:
        archive.extractall(unpacked)
    return unpacked / "medmask-0.1.3"


@pytest.fixture
def space() -> Space:
    """A space whose axes differ in length, spacing and direction."""
    return Space(
        shape=SHAPE,
        origin=(-30.0, 12.5, 100.0),
        spacing=(2.5, 0.75, 0.5),
        x_orientation=(0.0, 0.0, 1.0),
        y_orientation=(0.0, -1.0, 0.0),
        z_orientation=(1.0, 0.0, 0.0),
    )


@pytest.fixture
def voxels() -> np.ndarray:
    """Labels 0 to 3 at random in part of the volume."""
    voxels = np.zeros(SHAPE, dtype=np.uint8)
    voxels[2:9, 4:15, 6:25] = np.random.default_rng(7).integers(0, 4, (7, 11, 19))
    return voxels


@pytest.fixture
def case(tmp_path: Path, space: Space, voxels: np.ndarray) -> Path:
    """An archive of three entries: one of three labels, one of one label, an empty one."""
    path = tmp_path / "case.mska"
    with medmask.open(path, "w", space) as archive:
        archive.add("lobes", voxels, {"upper": 1, "middle": 2, "lower": 3})
        archive.add("liver", voxels == 2)
        archive.add("nothing", np.zeros(SHAPE, dtype=np.uint16))
    return path
