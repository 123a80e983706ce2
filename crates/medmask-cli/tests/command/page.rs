//! `view --html` of one archive: the page, and what a browser shows of it.

use std::collections::BTreeMap;
use std::path::Path;

use medmask::medmask_nifti::{WriteOptions, write_mask};
use medmask::{LabelMap, Space, Voxels};
use ndarray::Array3;
use serde_json::Value;

use crate::browser::{self, seen};
use crate::files::{damage, fail, listing, medmask, packed, read, space, succeed};
use crate::grey::write_image;
use crate::sample_case::sample;

const ODD: &str = "</script><img src=x onerror=injected=1>";

/// Whether this build has a viewer; says so where not.
fn is_built() -> bool {
    let is_built = medmask_viewer::is_built();
    if !is_built {
        eprintln!("skipped: `cargo xtask viewer` has not put NiiVue there");
    }
    is_built
}

/// What a page shows in a browser, of which `names` are worked with; `None` where there is no browser or no Python.
fn in_a_browser(page: &Path, names: &[&str]) -> Option<Value> {
    let seen = seen(browser::in_a_browser("page.py").arg(page).args(names).output())?;
    assert_eq!(seen["asked"], serde_json::json!([]), "the page asks the network");
    assert_eq!(seen["complaints"], serde_json::json!([]));
    Some(seen)
}

/// The data of a page.
fn data(page: &Path) -> Value {
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("<script type=\"application/json\" id=\"page\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

const SHAPE: [usize; 3] = [30, 40, 50];

/// Writes a box to `masks/NAME.nii.gz`; x ascends towards the patient's left: LPS+.
fn write_box(at: &Path, name: &str, start: [usize; 3], length: [usize; 3]) {
    let direction = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
    let space = Space::new(SHAPE, [2.0, 1.5, 1.0], [0.0; 3], direction).unwrap();
    let voxels = Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let axes = [z, y, x].into_iter().zip(start).zip(length);
        axes.into_iter().all(|((n, start), length)| (start..start + length).contains(&n))
    });
    std::fs::create_dir_all(at.join("masks")).unwrap();
    let path = at.join(format!("masks/{name}.nii.gz"));
    let options = WriteOptions::default();
    write_mask(&path, &Voxels::from(voxels), &LabelMap::new(), &space, &options).unwrap();
}

/// A folder with 117 masks: boxes in rows; `right` and `left` are large and on those sides of the patient, and `over` overlaps both.
fn many(at: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut write = |name: &str, start: [usize; 3], length: [usize; 3]| {
        write_box(at, name, start, length);
        names.push(name.to_owned());
    };
    write("right", [10, 10, 2], [12, 12, 12]);
    write("left", [10, 10, 34], [12, 12, 12]);
    write("over", [12, 12, 8], [6, 6, 32]);
    for n in 3..117 {
        write(&format!("box_{n:03}"), [2 * (n % 9), 30, n / 3], [2, 3, 2]);
    }
    names
}

/// The CRC-32 of the voxels of an entry, as `extract` gives them.
fn checksum(at: &Path, name: &str) -> u32 {
    succeed(at, &["extract", "case.mska", name, "-o", "one.nii.gz", "--force"]);
    let (runs, _) = read(&at.join("one.nii.gz"));
    let Voxels::U8(voxels) = runs.to_voxels(medmask::Dtype::U8) else { panic!("asked for bytes") };
    crc32fast::hash(voxels.as_slice().unwrap())
}

/// The rows of the list: volume, whether it is on, whether it cannot be switched, and the colour.
fn rows(seen: &Value) -> BTreeMap<String, (String, bool, bool, String)> {
    let rows: Vec<(String, String, bool, bool, String)> =
        serde_json::from_value(seen["rows"].clone()).unwrap();
    rows.into_iter().map(|(name, ml, on, off, colour)| (name, (ml, on, off, colour))).collect()
}

/// Where the pixels of each colour lie from left to right: their count, and their middle.
fn colours(seen: &Value) -> BTreeMap<String, (u64, f64)> {
    serde_json::from_value(seen.clone()).unwrap()
}

/// What holds of every page with 117 masks, of which `names` are not empty.
fn check(at: &Path, page: &str, names: [&str; 3]) -> Option<Value> {
    let seen = in_a_browser(&at.join(page), &names)?;
    assert_eq!((&seen["failed"], &seen["notes"]), (&Value::Bool(false), &serde_json::json!([])));
    let rows = rows(&seen);
    assert_eq!(rows.len(), 117);
    let picture = succeed(at, &["view", "case.mska", "-o", "case.svg", "--force"]);
    assert!(picture.is_empty());
    let picture = std::fs::read_to_string(at.join("case.svg")).unwrap().replace('\n', "");
    let [none, three, third] = ["none", "three", "third"].map(|which| colours(&seen[which]));
    assert_eq!(seen["failure"], "drawing failed");
    assert_eq!(
        names.map(|name| third.contains_key(&rows[name].3)),
        [false, false, true],
        "what failed to be drawn is drawn with the next"
    );
    for name in names {
        let colour = &rows[name].3;
        assert!(three.contains_key(colour), "{name}: {colour} is not among {three:?}");
        assert!(!none.contains_key(colour), "{name} is still shown");
        assert_eq!(seen["checksums"][name], checksum(at, name), "{name}");
        // The legend of the picture has the same colour.
        let before = picture.split(&format!(">{name}<")).next().unwrap();
        let hex = &before.rsplit("fill=\"#").next().unwrap()[..6];
        let channels = [0, 2, 4].map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
        assert_eq!(*colour, format!("rgb({}, {}, {})", channels[0], channels[1], channels[2]));
    }
    let mut on: Vec<&str> =
        seen["on"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    on.sort_unstable();
    let mut expected = names;
    expected.sort_unstable();
    assert_eq!(on, expected);
    Some(seen)
}

#[test]
fn a_page_shows_117_masks_in_a_browser() {
    if !is_built() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let names = many(at);
    succeed(at, &["pack", "masks", "-o", "case.mska"]);
    let told = succeed(at, &["view", "case.mska", "--html", "case.html", "--at", "15,24,34"]);
    assert_eq!(told, "case.html\n");
    assert_eq!(listing(at), ["case.html", "case.mska", "masks"]);
    let Some(seen) = check(at, "case.html", ["right", "left", "over"]) else { return };
    let rows = rows(&seen);
    assert!(names.iter().all(|name| rows[name].1), "all are few enough to be shown at first");
    assert_eq!(rows["left"].0, "5.18 mL");
    // The point (x, y, z) lies in both: voxel x 15 is in `over`, not in `right`, which ends at 14.
    assert_eq!(seen["here"], "over");
    assert_eq!(seen["layers"], 2);
    assert_eq!(seen["searched"], serde_json::json!(["right"]));
    let middle = |seen: &Value, name: &str| colours(&seen["three"])[&rows[name].3].1;
    assert!(middle(&seen, "left") > middle(&seen, "right"), "the patient's left is on the right");
    let arguments =
        ["view", "case.mska", "--html", "neuro.html", "--neurological", "--at", "5,24,34"];
    succeed(at, &arguments);
    let turned = in_a_browser(&at.join("neuro.html"), &["right", "left", "over"]).unwrap();
    assert!(middle(&turned, "left") < middle(&turned, "right"));
    assert_eq!(turned["here"], "right");
}

#[test]
fn a_mask_inside_another_is_seen() {
    if !is_built() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Switched on in this order: `inner` has a place beside the largest before `outer`, in which it lies, comes.
    write_box(at, "inner", [12, 14, 8], [6, 8, 6]);
    write_box(at, "other", [4, 4, 26], [22, 26, 22]);
    write_box(at, "outer", [8, 8, 2], [14, 20, 20]);
    succeed(at, &["pack", "masks", "-o", "case.mska"]);
    succeed(at, &["view", "case.mska", "--html", "case.html", "--at", "11,27,30"]);
    let names = ["inner", "other", "outer"];
    let Some(seen) = in_a_browser(&at.join("case.html"), &names) else { return };
    assert_eq!((&seen["here"], &seen["layers"]), (&"outer, inner".into(), &2.into()));
    // One by one they need a layer more, which is as opaque as the user has chosen meanwhile.
    assert_eq!(seen["opacities"], serde_json::json!([0.25, 0.25, 0.25]));
    let (rows, three) = (rows(&seen), colours(&seen["three"]));
    for name in names {
        assert!(three.contains_key(&rows[name].3), "{name} is not among {three:?}");
    }
}

#[test]
fn without_webgl_the_page_says_so_and_lists_what_there_is() {
    if !is_built() {
        return;
    }
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["view", "case.mska", "--html", "case.html"]);
    let Some(seen) = in_a_browser(&at.join("case.html"), &[]) else { return };
    assert_eq!(seen["failed"], true);
    assert!(seen["notes"][0].as_str().unwrap().contains("WebGL 2"), "{seen}");
    let rows = rows(&seen);
    assert_eq!(rows.len(), 6);
    // By hand: 3 x 4 x 5 voxels of 3 mm3.
    assert_eq!(rows["liver"].0, "0.18 mL");
    assert!(rows.values().all(|(_, on, is_off, _)| !on && *is_off), "nothing can be switched");
}

#[test]
fn the_page_of_the_sample_case_is_small_and_works() {
    let Some(data) = sample().filter(|_| is_built()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert_eq!(medmask(at, &["pack", data.to_str().unwrap(), "-o", "case.mska"]).code, 0);
    // The middle of the grid, through which these three are seen.
    succeed(at, &["view", "case.mska", "--html", "case.html", "--at", "-3.3,-149.8,226.6"]);
    assert!(at.join("case.html").metadata().unwrap().len() < 5_000_000);
    let Some(seen) = check(at, "case.html", ["femur_left", "femur_right", "gluteus_maximus_right"])
    else {
        return;
    };
    // By nibabel and NumPy: 21 masks are not empty.
    assert_eq!(rows(&seen).values().filter(|row| row.1).count(), 21);
}

#[test]
fn a_grid_that_graphics_do_not_hold_is_shown_coarsely() {
    if !is_built() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir(at.join("masks")).unwrap();
    // No graphics have textures of more than 16,384 voxels along an axis; here 8 of 10 in the middle are labelled.
    let space = Space::of_shape([2, 2, 20_000]);
    let rod = Array3::from_shape_fn([2, 2, 20_000], |(_, _, x)| (2_000..18_000).contains(&x));
    let options = WriteOptions::default();
    for name in ["rod", "bar", "pole"] {
        let path = at.join(format!("masks/{name}.nii.gz"));
        write_mask(&path, &Voxels::from(rod.clone()), &LabelMap::new(), &space, &options).unwrap();
    }
    succeed(at, &["pack", "masks", "-o", "case.mska"]);
    succeed(at, &["view", "case.mska", "--html", "case.html"]);
    let Some(seen) = in_a_browser(&at.join("case.html"), &["rod", "bar", "pole"]) else { return };
    let note = seen["notes"][0].as_str().unwrap();
    assert!(note.starts_with("The grid is large: one voxel in "), "{note}");
    assert_eq!((&seen["failed"], &seen["layers"]), (&Value::Bool(false), &serde_json::json!(3)));
    assert_eq!(seen["here"].as_str().unwrap().split(", ").count(), 3);
    // What is loaded is whole all the same.
    assert_eq!(seen["checksums"]["rod"], checksum(at, "rod"));
}

#[test]
fn names_that_hold_html_and_damaged_masks_do_no_harm() {
    if !is_built() {
        return;
    }
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["mv", "case.mska", "sub.01", ODD]);
    damage(&at.join("case.mska"), "lobes");
    let renamed = format!("{ODD}.mska").replace('/', "");
    std::fs::rename(at.join("case.mska"), at.join(&renamed)).unwrap();
    succeed(at, &["view", &renamed, "--html", "case.html"]);
    let page = data(&at.join("case.html"));
    assert_eq!(page["title"], renamed);
    let structures = page["structures"].as_array().unwrap();
    let problem = |name: &str| {
        let row = structures.iter().find(|row| row["name"] == name).unwrap();
        row["problem"].as_str().map(str::to_owned)
    };
    assert!(problem("lobes/label_7").unwrap().contains("lobes"));
    assert_eq!((problem("liver"), problem(ODD)), (None, None));
    let Some(seen) = in_a_browser(&at.join("case.html"), &["liver", ODD, "liver"]) else { return };
    assert_eq!(seen["injected"], "undefined");
    assert_eq!(seen["title"], serde_json::json!([renamed, renamed]));
    let rows = rows(&seen);
    assert_eq!(rows["lobes/label_300"].0, "damaged");
    assert!(rows["lobes/label_300"].2 && !rows["liver"].2);
    let note = seen["notes"][0].as_str().unwrap();
    let expected =
        "Damaged: lobes/label_2, lobes/label_7, lobes/label_300. The other 3 structures are whole.";
    assert_eq!(note, expected);
}

#[test]
fn what_is_chosen_is_on_and_expressions_are_computed() {
    if !is_built() {
        return;
    }
    let (folder, _) = packed();
    let at = folder.path();
    let chosen = ["lobes/label_7", "liver - lobes"];
    succeed(at, &[&["view", "case.mska"], &chosen[..], &["--html", "case.html"]].concat());
    let page = data(&at.join("case.html"));
    let structures = page["structures"].as_array().unwrap();
    let on: Vec<&str> = structures
        .iter()
        .filter(|row| row["on"] == true)
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(on, chosen);
    // By hand: liver has 3 x 4 x 5 voxels of 3 mm3, of which 2 x 2 x 2 are in a lobe.
    let ml = structures.last().unwrap()["ml"].as_f64().unwrap();
    assert!((ml - 0.156).abs() < 1e-7, "{ml}");
}

#[test]
fn an_image_goes_under_the_masks_with_its_window() {
    if !is_built() {
        return;
    }
    let (folder, _) = packed();
    let at = folder.path();
    write_image(&at.join("ct.nii"), &space(), 2.0, -1024.0);
    let image = ["--image", "ct.nii", "--window", "40,400"];
    succeed(at, &[&["view", "case.mska", "--html", "case.html"], &image[..]].concat());
    let page = data(&at.join("case.html"));
    assert_eq!(
        page["image"],
        serde_json::json!({"slope": 1.0, "intercept": 0.0, "window": [-160.0, 240.0]})
    );
}

#[test]
fn what_cannot_be_a_page_is_refused() {
    let (folder, _) = packed();
    let at = folder.path();
    if !is_built() {
        let page = ["view", "case.mska", "--html", "case.html"];
        fail(at, &page, 1, &["no viewer", "cargo xtask viewer"]);
        return;
    }
    let view = ["view", "case.mska", "--html"];
    fail(at, &[&view[..], &["case.png"]].concat(), 2, &["case.png", ".html"]);
    fail(at, &[&view[..], &["x.html", "--slices", "3"]].concat(), 2, &["--slices", "pictures"]);
    fail(at, &[&view[..], &["x.html", "--opacity", "0.1"]].concat(), 2, &["--opacity"]);
    fail(at, &["view", "case.mska", "livr", "--html", "x.html"], 1, &["did you mean"]);
    std::fs::write(at.join("there.html"), "mine").unwrap();
    fail(at, &[&view[..], &["there.html"]].concat(), 1, &["there.html", "--force"]);
    std::fs::write(at.join("none.mska"), "no archive").unwrap();
    fail(at, &["view", "none.mska", "--html", "x.html"], 1, &["none.mska"]);
    assert_eq!(std::fs::read_to_string(at.join("there.html")).unwrap(), "mine");
    assert!(!at.join("x.html").exists());
}
