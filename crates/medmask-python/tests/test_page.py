"""What a notebook gets of an archive."""

import html
import json
import re

import numpy as np
import pytest

import medmask

ODD = "</script><img src=x>"


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "case.mska"
    masks = {"liver": np.zeros((6, 7, 8), bool), ODD: np.zeros((6, 7, 8), bool)}
    masks["liver"][1:4, 2:6, 0:5] = True
    masks[ODD][4, 4, 4] = True
    with medmask.open(path, "w") as writer:
        for name, mask in masks.items():
            writer.add(name, mask)
    with medmask.open(path) as reader:
        yield reader


def view(archive, *selections, **options):
    try:
        return archive.view(*selections, **options)
    except medmask.errors.MissingPackageError as error:
        pytest.skip(str(error))


def data(page):
    return json.loads(re.search(r'<script type="application/json" id="page">(.*?)</script>', page).group(1))


def test_a_notebook_gets_the_page_and_a_picture(archive):
    bundle = view(archive, height=321)._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG\r\n")
    frame = bundle["text/html"]
    attributes = dict(re.findall(r'(\w+)="([^"]*)"', frame))
    assert (attributes["height"], attributes["sandbox"]) == ("321", "allow-scripts")
    page = html.unescape(attributes["srcdoc"])
    assert data(page)["title"] == "case.mska"
    # 60 voxels of 1 mm3.
    found = {row["name"]: row["ml"] for row in data(page)["structures"]}
    assert found == pytest.approx({"liver": 0.06, ODD: 0.001})
    assert ODD not in page


def test_what_is_chosen_is_on(archive, tmp_path):
    shown = view(archive, "liver", "liver + \"" + ODD + "\"")
    on = [row["name"] for row in data(shown.html)["structures"] if row["on"]]
    assert on[0] == "liver" and len(on) == 2
    shown.save(tmp_path / "case.html")
    assert (tmp_path / "case.html").read_text("utf-8") == shown.html
    assert repr(shown) == "<medmask.View of 'case.mska'>"


def test_errors(archive, tmp_path):
    view(archive)
    with pytest.raises(medmask.errors.NameNotFoundError, match="livr"):
        archive.view("livr")
    with pytest.raises(FileNotFoundError):
        archive.view(image=tmp_path / "none.nii.gz")
    archive.close()
    with pytest.raises(medmask.errors.ClosedError):
        archive.view()
