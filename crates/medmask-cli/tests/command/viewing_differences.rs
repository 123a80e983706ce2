//! `diff --picture`: where two segmentations agree, and where they do not.

use std::path::Path;

use medmask::Space;

use crate::files::{SHAPE, block, fail, medmask, space, write};
use crate::grey::write_image;
use crate::viewing_images::Pixels;

/// Two folders with a liver that moves by a voxel along x, and what only one of them has.
fn two() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mask = |name: &str, bounds, label, space: &Space| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, block(bounds, label), &[], space);
    };
    mask("a/liver.nii.gz", [[1, 4], [2, 6], [0, 5]], 1, &space());
    mask("b/liver.nii.gz", [[1, 4], [2, 6], [1, 6]], 3, &space());
    mask("a/old.nii.gz", [[1, 4], [0, 1], [0, 2]], 1, &space());
    mask("b/new.nii.gz", [[1, 4], [0, 1], [6, 8]], 1, &space());
    // One voxel of the liver is another structure in the second.
    mask("a/cyst.nii.gz", [[2, 3], [4, 5], [3, 4]], 1, &space());
    let moved = space().index_to_world([0.0, 0.0, 1.0]);
    let other = Space::new(SHAPE, space().spacing(), moved, space().direction()).unwrap();
    mask("c/liver.nii.gz", [[1, 4], [2, 6], [0, 5]], 1, &other);
    folder
}

fn draw(at: &Path, arguments: &[&str]) -> String {
    let picture = ["--picture", "x.svg", "--force"];
    let outcome = medmask(at, &[&["diff"][..], arguments, &picture].concat());
    assert_eq!(outcome.code, 1, "{outcome:?}");
    std::fs::read_to_string(at.join("x.svg")).unwrap().replace('\n', "")
}

#[test]
fn what_both_have_and_what_one_has_is_told_apart() {
    let folder = two();
    let at = folder.path();
    let outcome = medmask(at, &["diff", "a", "b", "--slices", "1", "--picture", "x.png"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.out.contains("liver"), "the table is printed, too: {outcome:?}");
    let pixels = Pixels::read(&at.join("x.png"));
    // 320 pixels for 10.5 mm; beside letters.
    let scale = 320.0 / 10.5;
    let at_voxel = |y: f64, x: f64| {
        pixels.at(26 + ((y + 0.8) * 1.5 * scale) as usize, 6 + ((x + 0.7) * scale) as usize)
    };
    let drawn = |colour: [u8; 3]| colour.map(|n| (f64::from(n) * 0.85).round() as u8);
    let [both, first, second] = [[86, 180, 233], [230, 159, 0], [213, 94, 0]].map(drawn);
    for (y, x, colour) in [
        (2.0, 0.0, first),
        (5.0, 0.0, first),
        (2.0, 1.0, both),
        (5.0, 4.0, both),
        (2.0, 5.0, second),
        (0.0, 1.0, first),
        (0.0, 6.0, second),
        (4.0, 6.0, [0; 3]),
        (1.0, 2.0, [0; 3]),
    ] {
        assert_eq!(at_voxel(y, x), colour, "{y} {x}");
    }
    let mixed = at_voxel(4.0, 3.0);
    assert!(mixed[0] > both[0] && mixed[2] < both[2], "the cyst lies over it: {mixed:?}");
    let legend = draw(at, &["a", "b"]);
    // 48 voxels of 3 cubic mm; 12 + 6 + 1 and 12 + 6 of them.
    for text in
        [">both<", ">0.144 mL<", ">first alone<", ">0.0570 mL<", ">second alone<", ">0.0540 mL<"]
    {
        assert!(legend.contains(text), "{text}: {legend}");
    }
    assert!(draw(at, &["a", "b", "liver"]).contains(">0.0360 mL<"));
    assert!(draw(at, &["a", "b", "--project", "front"]).contains("from the front"));
}

#[test]
fn the_second_comes_onto_the_grid_of_the_first_and_an_image_lies_under_both() {
    let folder = two();
    let at = folder.path();
    let legend = draw(at, &["a", "c", "liver", "--resample"]);
    assert!(legend.contains(">0.144 mL<") && legend.contains(">0.0360 mL<"), "{legend}");
    write_image(&at.join("ct.nii"), &space(), 1.0, -1024.0);
    let image = ["--image", "ct.nii", "--picture", "image.png", "--slices", "1"];
    let outcome = medmask(at, &[&["diff", "a", "b", "liver"][..], &image].concat());
    assert!(outcome.err.contains("--window 40,400"), "{outcome:?}");
    let pixels = Pixels::read(&at.join("image.png"));
    // Beside the masks, where the image is black at -160: 600 - 1024 is below.
    assert_eq!(pixels.at(26 + 20, 6 + 200), [0; 3]);
}

#[test]
fn what_makes_no_picture_is_trouble() {
    let folder = two();
    let at = folder.path();
    let diff = |more: &[&'static str]| [&["diff", "a", "b"][..], more].concat();
    fail(at, &diff(&["--contour"]), 2, &["--contour", "--picture"]);
    fail(at, &diff(&["--picture", "x.jpg"]), 2, &["x.jpg", ".png or .svg"]);
    fail(at, &["diff", "a", "c", "--picture", "x.png"], 2, &["origin differs", "--resample"]);
    for wrong in [
        &["--slices", "3"][..],
        &["--force"],
        &["--image", "ct.nii"],
        &["--picture", "x.png", "--cases"],
    ] {
        assert_eq!(medmask(at, &diff(wrong)).code, 2, "{wrong:?}");
    }
    write(&at.join("ct.nii.gz"), block([[0, 1]; 3], 1), &[], &space());
    let none = ["--picture", "x.png", "--image", "none.nii"];
    fail(at, &diff(&none), 2, &["none.nii"]);
    assert!(!at.join("x.png").exists());
}
