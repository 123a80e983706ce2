"""The tests of medmask 0.1.3 itself, its README and its notebook, run against this package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from spacetransformer import Space

import medmask


def test_all_24_tests_of_the_original_pass(original: Path, tmp_path: Path) -> None:
    # They put their parent folder on the path, where the original package would be found.
    shutil.copytree(original / "tests", tmp_path / "tests")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "24 passed" in run.stdout, run.stdout


def test_the_code_of_its_readme_runs(original: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (original / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) == 2
    # What it uses and does not make.
    spleen = np.zeros((64, 192, 192), dtype=np.uint8)
    spleen[10:15, 20:40, 20:40] = 1
    space = Space(shape=(64, 192, 192), spacing=(2.5, 1.0, 1.0))
    heart = medmask.SegmentationMask(spleen, {"heart": 1}, space)
    names = {"medmask": medmask, "spleen_data": spleen, "heart_mask": heart, "liver_mask": heart}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert int(names["liver_region"].sum()) == 20 * 100 * 80
    assert int(names["multiple_organs"].sum()) == 20 * 100 * 80 + 5 * 20 * 20
    assert names["loaded_mask"].data.sum() == 20 * 100 * 80
    assert names["all_names"] == ["liver", "heart"]
    assert names["liver"].data.sum() == spleen.sum()


def test_the_cells_of_its_notebook_run(original: Path, tmp_path: Path) -> None:
    folder = tmp_path / "example"
    shutil.copytree(original / "example", folder)
    notebook = json.loads((folder / "example.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len(cells) == 4
    (folder / "cells.py").write_text("\n".join(cells), encoding="utf-8")
    run = subprocess.run([sys.executable, "cells.py"], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Data: 117 organ files" in run.stdout
    assert re.search(r"Rib archive: (\d+) masks", run.stdout)

    # The voxels are those of the files, and lie where the files have them.
    import nibabel

    with medmask.open(folder / "organs_individual.mska") as archive:
        assert len(archive) == 117
        for name in ("colon", "hip_left", "brain"):
            expected = nibabel.load(folder / "s0000" / f"{name}.nii.gz")
            mask = medmask.MaskArchive(folder / "organs_individual.mska").load_segmask(name)
            assert np.array_equal(mask.data, np.asarray(expected.dataobj))
    assert os.path.getsize(folder / "organs_individual.mska") < 100_000
