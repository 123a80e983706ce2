"""The scenario that archives were made for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import medmask


def test_the_lung_script_runs_and_the_archive_is_smaller_than_its_files(tmp_path: Path) -> None:
    script = Path(__file__).with_name("lung.py")
    run = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "['lobes', 'segments', 'lesions', 'whole_lung']" in run.stdout
    assert "left_upper_lobe: 300 voxels" in run.stdout
    assert "nodule_1: 25 voxels" in run.stdout
    files, archive = map(int, re.findall(r"(\d+) bytes", run.stdout))
    assert archive < files, run.stdout
    assert (tmp_path / "lung.png").stat().st_size > 1000

    # What its users want next: which lobe holds a lesion.
    with medmask.open(tmp_path / "lung.mska") as lung:
        upper = lung.load("lobes/left_upper_lobe")
        assert lung.load("nodule_1")[upper].sum() == 25
        assert lung.load("mass_1")[lung.load("lobes") > 0].sum() == 0
