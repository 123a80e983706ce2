//! `view`: pictures of small masks.

use std::path::Path;

use crate::files::{block, damage, fail, packed, space, succeed, write};

fn svg(at: &Path, arguments: &[&str]) -> String {
    succeed(at, &[&["view"][..], arguments, &["-o", "picture.svg", "--force"]].concat());
    // Ends of lines around a text are not drawn.
    std::fs::read_to_string(at.join("picture.svg")).unwrap().replace('\n', "")
}

#[test]
fn a_montage_shows_the_slices_that_hold_something() {
    let (folder, _) = packed();
    let at = folder.path();
    // liver lies in slices 1 to 3 across the patient's axis that is nearest.
    let picture = svg(at, &["case.mska", "liver", "--slices", "50"]);
    let panels = picture.matches("<image").count();
    let axis = space().axis_codes().axes().map(|direction| direction.letter());
    let across = axis.iter().position(|letter| matches!(letter, 'S' | 'I')).unwrap();
    assert_eq!(panels, [3, 4, 5][across]);
    assert!(picture.contains(">liver<") && !picture.contains(">lobes/"), "{picture}");
    assert_eq!(svg(at, &["case.mska", "liver", "--slices", "2"]).matches("<image").count(), 2);
    let all = svg(at, &["case.mska"]);
    for name in ["liver", "sub.01", "lobes/label_2", "lobes/label_7", "lobes/label_300"] {
        assert!(all.contains(&format!(">{name}<")), "{name}: {all}");
    }
    // Nothing is labelled there, so that it has no line.
    assert!(!all.contains(">Gap<"), "{all}");
    assert!(!svg(at, &["case.mska", "--no-legend"]).contains(">liver<"));
}

#[test]
fn gaps_hide_no_structure() {
    let (folder, masks) = packed();
    let at = folder.path();
    let corner = block([[0, 1]; 3], 1);
    let mut both = corner.clone();
    let last = both.raw_dim();
    both[[last[0] - 1, last[1] - 1, last[2] - 1]] = 1;
    let other = &both - &corner;
    for (name, voxels) in [("both", both.clone()), ("first", corner), ("other", other)] {
        write(&masks.join(format!("{name}.nii.gz")), voxels, &[], &space());
    }
    succeed(at, &["pack", "masks", "-o", "gaps.mska"]);
    for plane in ["axial", "coronal", "sagittal"] {
        // The only slice would lie in the gap.
        let one = svg(at, &["gaps.mska", "both", "--plane", plane, "--slices", "1"]);
        assert_eq!(one.matches("<image").count(), 1, "{plane}: {one}");
        let two = svg(at, &["gaps.mska", "first", "other", "--plane", plane, "--slices", "2"]);
        assert!(two.contains(">first<") && two.contains(">other<"), "{plane}: {two}");
    }
}

#[test]
fn a_structure_has_one_colour_in_every_picture() {
    let (folder, _) = packed();
    let at = folder.path();
    let colour = |picture: &str| {
        let before = picture.split(">liver<").next().unwrap();
        before.rsplit("fill=\"#").next().unwrap()[..6].to_owned()
    };
    let first = colour(&svg(at, &["case.mska"]));
    assert_eq!(colour(&svg(at, &["case.mska", "liver", "--plane", "sagittal"])), first);
    let outlined = svg(at, &["case.mska", "liver", "--contour"]);
    assert_eq!(colour(&outlined), first);
    assert!(outlined.contains(&format!("stroke=\"#{first}\"")), "{outlined}");
    assert_eq!(colour(&svg(at, &["case.mska", "--project", "front"])), first);
}

#[test]
fn a_point_shows_three_planes_and_the_letters_of_the_body() {
    let (folder, _) = packed();
    let at = folder.path();
    let world = space().index_to_world([2.0, 3.0, 2.0]);
    let point = world.map(|mm| mm.to_string()).join(",");
    let picture = svg(at, &["case.mska", "liver", "--at", &point]);
    assert_eq!(picture.matches("<image").count(), 3);
    for name in ["axial", "coronal", "sagittal"] {
        assert!(picture.contains(&format!(">{name} ")), "{name}: {picture}");
    }
    let letters = |picture: &str, letter: char| picture.matches(&format!(">{letter}<")).count();
    assert_eq!(['R', 'L', 'A', 'P', 'S', 'I'].map(|letter| letters(&picture, letter)), [2; 6]);
    fail(
        at,
        &["view", "case.mska", "-o", "x.svg", "--at", "900,0,0"],
        1,
        &["900, 0, 0 mm", "outside"],
    );
}

#[test]
fn what_cannot_be_drawn_is_refused_and_leaves_no_file() {
    let (folder, masks) = packed();
    let at = folder.path();
    fail(at, &["view", "case.mska", "Gap", "-o", "x.png"], 1, &["nothing to draw"]);
    fail(at, &["view", "case.mska", "-o", "x.jpg"], 2, &["x.jpg", ".png or .svg"]);
    fail(at, &["view", "case.mska", "spleen", "-o", "x.png"], 1, &["spleen"]);
    damage(&at.join("case.mska"), "liver");
    fail(at, &["view", "case.mska", "-o", "x.png"], 1, &["liver"]);
    assert!(!at.join("x.png").exists() && !at.join("x.jpg").exists());
    write(&masks.join("a <b> & \"c\".nii.gz"), block([[0, 2]; 3], 1), &[], &space());
    succeed(at, &["pack", "masks", "-o", "odd.mska"]);
    let picture = svg(at, &["odd.mska", "\"a <b> & \\\"c\\\"\""]);
    assert!(picture.contains("a &lt;b&gt; &amp; ") && !picture.contains("<b>"), "{picture}");
    fail(at, &["view", "odd.mska", "-o", "picture.svg"], 1, &["picture.svg", "--force"]);
}
