"""Pictures of archives: colours and greys at their places, against numpy."""

import io
import re

import numpy as np
import pytest
from spacetransformer import Space

import medmask

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.image import imread  # noqa: E402

#: (z, y, x); the slices are thick.
SHAPE = (6, 10, 14)
SPACING = (4.0, 2.0, 1.0)
# From TotalSegmentator's table.
LIVER = (40, 140, 40)
SPLEEN = (50, 170, 60)


def ones(*box):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[tuple(slice(start, end) for start, end in box)] = True
    return mask


MASKS = {
    "liver": ones((1, 5), (2, 7), (3, 9)),
    "spleen": ones((2, 4), (6, 9), (8, 12)),
    "nothing": ones((0, 0), (0, 0), (0, 0)),
}


def space(axes, angle=0.0):
    """Array axes along these axes of the world, LPS: ``z`` is the number of an axis with its sign, such as -2."""
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    x, y, z = (turn @ (np.eye(3)[abs(axis) - 1] * np.sign(axis)) for axis in axes)
    return Space(
        shape=SHAPE,
        spacing=SPACING,
        origin=(-30.0, 12.5, 100.0),
        x_orientation=tuple(x),
        y_orientation=tuple(y),
        z_orientation=tuple(z),
    )


#: The first axis of arrays along which axis of the world, and so on: to the left (1), to the back (2) and to the head (3), straight and turned.
SPACES = {
    "standard": space((3, 2, 1)),
    "oblique": space((3, 2, 1), 0.3),
    "left-handed": space((3, -2, 1)),
    "left-handed and oblique": space((-3, 2, 1), -0.25),
    "sagittal": space((1, -3, 2), 0.1),
    "coronal": space((-2, 3, -1), 0.2),
}


@pytest.fixture(params=SPACES)
def case(request, tmp_path):
    path = tmp_path / "case.mska"
    with medmask.open(path, "w", space=SPACES[request.param]) as new:
        for name, mask in MASKS.items():
            new.add(name, mask)
    with medmask.open(path) as opened:
        yield opened


def pixels(png):
    assert png.startswith(b"\x89PNG")
    return np.round(imread(io.BytesIO(png), format="png")[..., :3] * 255).astype(int)


def slice_of(archive, volume, plane, voxel):
    """A slice of an array through a voxel as people look at it, and the size of its voxels, by nibabel's codes of the axes."""
    nibabel = pytest.importorskip("nibabel")
    # Of the array's own axes: z, y, x.
    codes = nibabel.aff2axcodes(archive.affine)[::-1]
    across, down, right = {"axial": ("IS", "AP", "RL"), "coronal": ("AP", "SI", "RL"), "sagittal": ("RL", "SI", "AP")}[plane]
    order = [next(n for n, code in enumerate(codes) if code in letters) for letters in (across, down, right)]
    seen = np.moveaxis(volume, order, (0, 1, 2))[voxel[order[0]]]
    # Indices grow towards the second letter.
    for side, letters in enumerate((down, right)):
        if codes[order[side + 1]] == letters[0]:
            seen = np.flip(seen, side)
    return seen, [SPACING[axis] for axis in order[1:]]


VOXEL = (3, 6, 8)


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_colours_and_greys_stand_where_numpy_has_them(case, plane):
    image = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    low, high = 100, 700
    greys = np.clip((image - low) / (high - low) * 255, 0, 255)
    coloured = np.repeat(greys[..., None], 3, axis=3)
    for name, colour in (("liver", LIVER), ("spleen", SPLEEN)):
        coloured[MASKS[name]] = (coloured[MASKS[name]] + np.array(colour)) / 2
    right, front, top, _ = case.affine @ (*VOXEL[::-1], 1)
    size = 480
    found = pixels(
        case.picture(image=image, window=(400, 600), at=(-right, -front, top), legend=False, size=size)
    )
    slices = {name: slice_of(case, coloured, name, VOXEL) for name in ("axial", "coronal", "sagittal")}
    sizes = {name: np.array(seen.shape[:2]) * mm for name, (seen, mm) in slices.items()}
    scale = size / max(sizes[name].max() for name in sizes)
    cell = np.round(np.max(list(sizes.values()), axis=0) * scale)
    # Three panels stand in one row or two; the picture's own size says how many.
    columns = round((found.shape[1] - 6) / (cell[1] + 6))
    place = list(slices).index(plane)
    seen, mm = slices[plane]
    height, width = np.round(sizes[plane] * scale)
    left = 6 + place % columns * (cell[1] + 6) + np.floor((cell[1] - width) / 2)
    up = 6 + place // columns * (cell[0] + 20 + 6) + 20
    rows, across = np.indices(seen.shape[:2])
    y = (up + (rows + 0.3) * mm[0] * scale).astype(int)
    x = (left + (across + 0.3) * mm[1] * scale).astype(int)
    equal = np.all(np.abs(found[y, x] - seen) <= 1, axis=-1)
    # Letters and the scale bar hide some.
    assert equal.mean() > 0.88, equal


def test_an_axis_of_matplotlib_gets_the_picture(case):
    figure = Figure()
    axis = figure.subplots()
    assert case.picture("liver", project="front", ax=axis) is axis
    (drawn,) = axis.get_images()
    assert np.array_equal(np.round(drawn.get_array()[..., :3] * 255), pixels(case.picture("liver", project="front")))


def test_notebooks_get_pictures_and_tables(case):
    for shown in (case, case["liver"]):
        assert pixels(shown._repr_png_()).shape[2] == 3
    assert case["liver"].picture(slices=2) == case.picture("liver", slices=2)
    assert case["nothing"]._repr_png_() is None
    assert "<table>" in case._repr_html_()
    case.close()
    assert case._repr_png_() is None


def test_an_image_file_lies_under_the_masks(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    path = tmp_path / "case.mska"
    with medmask.open(path, "w", space=SPACES["standard"]) as new:
        new.add("liver", MASKS["liver"])
    with medmask.open(path) as case:
        image = np.random.default_rng(1).integers(-900, 900, SHAPE).astype(np.int16)
        ct = tmp_path / "ct.nii.gz"
        nibabel.save(nibabel.Nifti1Image(image.T, case.affine), ct)
        assert case.picture(image=ct) == case.picture(image=image) == case.picture(image=image, window=(40, 400))
        assert case.picture(image=ct) != case.picture()
        moved = case.affine.copy()
        moved[:3, 3] += 500
        far = tmp_path / "far.nii.gz"
        nibabel.save(nibabel.Nifti1Image(image.T, moved), far)
        with pytest.raises(medmask.errors.SpaceMismatchError, match="does not cover what is drawn"):
            case.picture(image=far)
        with pytest.raises(medmask.errors.SpaceMismatchError):
            case.picture(image=image[:3])


@pytest.mark.parametrize(
    "wrong, text",
    [
        ({"plane": "oblique"}, "axial"),
        ({"project": "back"}, "front"),
        ({"slices": 0}, "slices"),
        ({"size": 10**6}, "size"),
        ({"at": (0, 0, float("nan"))}, "three numbers"),
        ({"opacity": 1.5}, "opacity"),
        ({"window": (40, 0)}, "above 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused(case, wrong, text):
    with pytest.raises(medmask.errors.UnsupportedError, match=re.escape(text)):
        case.picture(**wrong)


def test_what_has_no_voxel_makes_no_picture(case):
    for selections in (["nothing"], ["liver & nothing"]):
        with pytest.raises(medmask.errors.MedmaskError, match="nothing to draw"):
            case.picture(*selections)
    with pytest.raises(medmask.errors.MedmaskError, match="projection"):
        case.picture(project="front", image=np.zeros(SHAPE))
    with pytest.raises(medmask.errors.NameNotFoundError):
        case.picture("kidney")
