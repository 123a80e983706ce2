//! `merge`, `split` and `relabel`, against dense voxels.

use std::path::Path;

use medmask::{Archive, Runs};
use ndarray::Array3;
use serde_json::{Value, json};

use crate::files::{block, fail, json, medmask, packed, read, space, succeed, write};

/// The voxels of an entry, and the names of its labels by number.
fn entry(archive: &Path, name: &str) -> (Runs, Value) {
    let archive = Archive::open(archive).unwrap();
    let mask = archive.get(name).unwrap().to_mask().unwrap();
    let labels = mask.labels().iter().map(|(name, number)| (name.to_owned(), json!(number)));
    (mask.to_runs(), Value::Object(labels.collect()))
}

fn names(archive: &Path) -> Vec<String> {
    Archive::open(archive).unwrap().names().map(str::to_owned).collect()
}

/// Four binary masks along x, of which each overlaps the next.
fn row_of_masks(at: &Path) -> [Array3<u32>; 3] {
    let masks = [
        block([[0, 6], [0, 7], [0, 4]], 1),
        block([[0, 6], [0, 7], [2, 6]], 1),
        block([[0, 6], [0, 2], [3, 8]], 1),
    ];
    for (name, mask) in ["a", "b", "c"].iter().zip(&masks) {
        write(&at.join(format!("{name}.nii")), mask.clone(), &[], &space());
    }
    succeed(at, &["pack", "a.nii", "b.nii", "c.nii", "-o", "case.mska"]);
    masks
}

/// Masks painted one after the other, each with its number.
fn painted(masks: &[(&Array3<u32>, u32)]) -> Runs {
    let mut voxels = Array3::<u32>::zeros(masks[0].0.dim());
    for (mask, number) in masks {
        voxels.zip_mut_with(mask, |voxel, inside| {
            if *inside != 0 {
                *voxel = *number;
            }
        });
    }
    Runs::from_array(voxels.view())
}

#[test]
fn masks_are_merged_in_the_order_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let [a, b, c] = &row_of_masks(at);
    let path = at.join("case.mska");
    let merge = |into: &str, flags: &[&str]| {
        succeed(at, &[&["merge", "case.mska", "a", "b", "c", "--into", into][..], flags].concat())
    };
    let said = merge("later", &[]);
    let numbers = json!({"a": 1, "b": 2, "c": 3});
    assert_eq!(entry(&path, "later"), (painted(&[(a, 1), (b, 2), (c, 3)]), numbers.clone()));
    // 6 z; a and b share x 2..4 in 7 y, a and c 3..4 in 2 y, b and c 3..6 in 2 y; painted over: what is twice there, or more.
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "later has 3 labels; 120 voxels were painted over");
    assert_eq!(
        lines[1..],
        ["  b over a: 84 voxels", "  c over a: 12 voxels", "  c over b: 36 voxels"]
    );
    let said = merge("first", &["--first-wins"]);
    assert_eq!(entry(&path, "first"), (painted(&[(c, 3), (b, 2), (a, 1)]), numbers));
    assert!(said.contains("\n  a over b: 84 voxels\n"), "{said}");

    std::fs::write(at.join("classes.json"), r#"{"b": 9, "a": 5, "c": 300, "d": 7}"#).unwrap();
    std::fs::write(at.join("classes.tsv"), "index\tname\n5\ta\n9\tb\n300\tc\n").unwrap();
    let numbers = json!({"a": 5, "b": 9, "c": 300});
    for (into, table) in [("json", "classes.json"), ("tsv", "classes.tsv")] {
        merge(into, &["--numbers", table]);
        assert_eq!(entry(&path, into), (painted(&[(a, 5), (b, 9), (c, 300)]), numbers.clone()));
    }
    let of_c_first = [
        "merge",
        "case.mska",
        "c",
        "b",
        "a",
        "--into",
        "low",
        "--numbers",
        "classes.json",
        "--first-wins",
    ];
    succeed(at, &of_c_first);
    assert_eq!(entry(&path, "low").0, painted(&[(c, 300), (b, 9), (a, 5)]));
    // The affine of the sources is that of the result.
    succeed(at, &["extract", "case.mska", "later", "-o", "later.nii"]);
    assert_eq!(read(&at.join("later.nii")).1.affine(), read(&at.join("a.nii")).1.affine());
}

#[test]
fn an_archive_is_what_it_was_where_a_merge_fails() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    row_of_masks(at);
    let before = std::fs::read(at.join("case.mska")).unwrap();
    std::fs::write(at.join("classes.json"), r#"{"a": 5}"#).unwrap();
    for (flags, parts) in [
        (&["a", "b", "--into", "c"][..], &["an entry named \"c\" is already in the archive"][..]),
        (&["a", "x", "--into", "new"], &["\"x\""]),
        (
            &["a", "b", "c", "--into", "new", "--numbers", "classes.json"],
            &["there is no number for \"b\", \"c\""],
        ),
        (
            &["a", "b", "--into", "new", "--vote", "majority", "--tie", "x"],
            &["there is no number for \"x\""],
        ),
        (&["a", "b", "--into", "new", "--numbers", "no.json"], &["cannot read no.json"]),
    ] {
        fail(at, &[&["merge", "case.mska"][..], flags].concat(), 1, parts);
    }
    assert_eq!(std::fs::read(at.join("case.mska")).unwrap(), before);
    succeed(at, &["merge", "case.mska", "a", "b", "--into", "a", "--remove"]);
    assert_eq!(names(&at.join("case.mska")), ["c", "a"]);
}

#[test]
fn most_raters_decide() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let masks = row_of_masks(at);
    let path = at.join("case.mska");
    let votes = |voxel: (usize, usize, usize)| masks.iter().filter(|mask| mask[voxel] != 0).count();
    let vote = |names: &[&str], flags: &[&str]| {
        succeed(at, &[&["merge", "case.mska", "--vote", "majority"][..], names, flags].concat())
    };
    vote(&["a", "b", "c"], &["--into", "agreed"]);
    let agreed = Array3::from_shape_fn((6, 7, 8), |voxel| u32::from(votes(voxel) >= 2));
    assert_eq!(entry(&path, "agreed"), (Runs::from_array(agreed.view()), json!({"agreed": 1})));
    // Of two raters each voxel that one of them has alone is tied: 6 z, 7 y, x 0..2 and 4..6.
    let said = vote(&["a", "b"], &["--into", "both"]);
    assert_eq!(said, "both has 1 label; 168 voxels were tied and became background\n");
    let both = Array3::from_shape_fn((6, 7, 8), |(_, _, x)| u32::from((2..4).contains(&x)));
    assert_eq!(entry(&path, "both").0, Runs::from_array(both.view()));
    vote(&["a", "b"], &["--into", "any", "--tie", "any"]);
    let any = Array3::from_shape_fn((6, 7, 8), |(_, _, x)| u32::from(x < 6));
    assert_eq!(entry(&path, "any").0, Runs::from_array(any.view()));
}

#[test]
fn raters_of_several_labels_agree_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // Voxels along x, and what the numbers are called.
    type Rater = ([u32; 8], [(&'static str, u32); 2]);
    let raters: [Rater; 3] = [
        ([1, 1, 2, 2, 0, 0, 0, 1], [("liver", 1), ("tumour", 2)]),
        ([1, 2, 2, 1, 2, 1, 0, 0], [("tumour", 1), ("liver", 2)]),
        ([4, 4, 0, 5, 4, 0, 5, 5], [("liver", 4), ("tumour", 5)]),
    ];
    for ((voxels, labels), name) in raters.iter().zip(["r1.nii", "r2.nii", "r3.nii"]) {
        let voxels = Array3::from_shape_fn((6, 7, 8), |(_, _, x)| voxels[x]);
        write(&at.join(name), voxels, labels, &space());
    }
    succeed(at, &["pack", "r1.nii", "r2.nii", "r3.nii", "-o", "case.mska"]);
    let arguments =
        ["merge", "case.mska", "r?", "--into", "agreed", "--vote", "majority", "--tie", "tumour"];
    let said = succeed(at, &arguments);
    // L L T T L 0 0 and a tie of liver, background and tumour. Counted by hand:
    // x 0: L T L; 1: L L L; 2: T L 0, a tie; 3: T T T; 4: 0 L L; 5: 0 T 0; 6: 0 0 T; 7: L 0 T, a tie.
    assert_eq!(said, "agreed has 2 labels; 84 voxels were tied and became tumour\n");
    let expected = Array3::from_shape_fn((6, 7, 8), |(_, _, x)| [1_u32, 1, 2, 2, 1, 0, 0, 2][x]);
    let labels = json!({"liver": 1, "tumour": 2});
    assert_eq!(entry(&at.join("case.mska"), "agreed"), (Runs::from_array(expected.view()), labels));
}

#[test]
fn an_entry_is_split_into_its_labels_and_merged_again() {
    let (folder, masks) = packed();
    let at = folder.path();
    let path = at.join("case.mska");
    let lobes = read(&masks.join("lobes.nii.gz"));
    succeed(at, &["split", "case.mska", "lobes", "--prefix", "my "]);
    let expected = ["Gap", "liver", "lobes", "sub.01", "my label_2", "my label_7", "my label_300"];
    assert_eq!(names(&path), expected);
    for label in [2, 7, 300] {
        let (runs, labels) = entry(&path, &format!("my label_{label}"));
        assert_eq!(runs, lobes.0.binary_of(label));
        assert_eq!(labels, json!({format!("label_{label}"): 1}));
    }
    succeed(at, &["extract", "case.mska", "my label_7", "-o", "seven.nii"]);
    assert_eq!(read(&at.join("seven.nii")).1.affine(), lobes.1.affine());

    let before = std::fs::read(&path).unwrap();
    fail(
        at,
        &["split", "case.mska", "lobes", "--prefix", "my "],
        1,
        &["an entry named \"my label_2\" is already"],
    );
    fail(at, &["split", "case.mska", "lobs"], 1, &["did you mean \"lobes\"?"]);
    assert_eq!(std::fs::read(&path).unwrap(), before);

    std::fs::write(at.join("n.json"), r#"{"my label_2": 2, "my label_7": 7, "my label_300": 300}"#)
        .unwrap();
    let again =
        ["merge", "case.mska", "my *", "--into", "again", "--numbers", "n.json", "--remove"];
    assert!(succeed(at, &again).contains("nothing overlaps"));
    assert_eq!(entry(&path, "again").0, lobes.0);
    assert_eq!(names(&path), ["Gap", "liver", "lobes", "sub.01", "again"]);
}

#[test]
fn a_table_renames_and_renumbers_in_many_archives() {
    let (folder, masks) = packed();
    let at = folder.path();
    succeed(at, &["pack", "masks/liver.nii.gz", "-o", "other.mska"]);
    succeed(at, &["group", "case.mska", "both", "=", "liver + sub.01"]);
    let before = [
        std::fs::read(at.join("case.mska")).unwrap(),
        std::fs::read(at.join("other.mska")).unwrap(),
    ];
    std::fs::write(
        at.join("names.csv"),
        "old,new,number\nliver,Leber,4\nl*es,*_lobes\nlobes/label_7,upper,\nlabel_300,,3\nsub.??,rib_?,\nspleen,Milz\n",
    )
    .unwrap();
    let arguments = ["relabel", "case.mska", "other.mska", "--table", "names.csv"];
    let dry = medmask(at, &[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(dry.err, "medmask: note: \"spleen\" fits nothing\n");
    let after = [
        std::fs::read(at.join("case.mska")).unwrap(),
        std::fs::read(at.join("other.mska")).unwrap(),
    ];
    assert!(before == after, "nothing is changed");
    let outcome = medmask(at, &arguments);
    assert_eq!((outcome.code, &outcome.out, &outcome.err), (0, &dry.out, &dry.err));
    assert!(
        outcome.out.contains("case.mska: 3 entries renamed, 3 labels changed\n"),
        "{outcome:?}"
    );
    let mut found = names(&at.join("case.mska"));
    found.sort();
    assert_eq!(found, ["Gap", "Leber", "ob_lobes", "rib_?"]);
    let (liver, lobes) = (read(&masks.join("liver.nii.gz")).0, read(&masks.join("lobes.nii.gz")).0);
    for archive in ["case.mska", "other.mska"] {
        assert_eq!(entry(&at.join(archive), "Leber"), (liver.relabel(|_| 4), json!({"Leber": 4})));
        succeed(at, &["verify", archive, "--deep"]);
    }
    let renumbered = lobes.relabel(|label| if label == 300 { 3 } else { label });
    let labels = json!({"label_2": 2, "upper": 7, "label_300": 3});
    assert_eq!(entry(&at.join("case.mska"), "ob_lobes"), (renumbered, labels));
    let measured = json(at, &["stats", "case.mska", "both", "--json"]);
    assert_eq!(measured["entries"][0]["labels"][0]["voxels"], 60 + 16 - 1);
    // The affine stays, also of what was coded anew.
    succeed(at, &["extract", "case.mska", "Leber", "-o", "l.nii"]);
    assert_eq!(read(&at.join("l.nii")).1.affine(), read(&masks.join("liver.nii.gz")).1.affine());
}

#[test]
fn names_are_exchanged_and_no_archive_is_changed_where_one_cannot_be() {
    let (folder, masks) = packed();
    let at = folder.path();
    succeed(at, &["pack", "masks/liver.nii.gz", "-o", "other.mska"]);
    std::fs::write(at.join("t.json"), r#"{"liver": "sub.01", "sub.01": "liver"}"#).unwrap();
    succeed(at, &["relabel", "case.mska", "--table", "t.json"]);
    assert_eq!(entry(&at.join("case.mska"), "sub.01").0, read(&masks.join("liver.nii.gz")).0);
    assert_eq!(entry(&at.join("case.mska"), "liver").0, read(&masks.join("sub.01.nii")).0);

    let before = [
        std::fs::read(at.join("case.mska")).unwrap(),
        std::fs::read(at.join("other.mska")).unwrap(),
    ];
    for (table, parts) in [
        (r#"{"liver": "new", "Gap": "new"}"#, &["case.mska: ", "\"new\""][..]),
        (r#"{"l*": 3}"#, &["case.mska: the entry \"lobes\" has 3 labels, and a number is for one"]),
        (r#"{"liver": "x", "label_2": "label_7"}"#, &["case.mska: ", "\"label_7\""]),
        (r#"{"liver": "x", "label_2": 7}"#, &["case.mska: ", "7"]),
        ("liver\n", &["t.json: row 1: there is neither a new name nor a number"]),
    ] {
        std::fs::write(at.join("t.json"), table).unwrap();
        fail(at, &["relabel", "case.mska", "other.mska", "--table", "t.json"], 1, parts);
        let after = [
            std::fs::read(at.join("case.mska")).unwrap(),
            std::fs::read(at.join("other.mska")).unwrap(),
        ];
        assert!(before == after, "{table}");
    }
}
