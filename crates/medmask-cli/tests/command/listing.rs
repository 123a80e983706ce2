//! `ls`, `info`, `stats`, `labels`, and the help.

use serde_json::json;

use crate::files::{json, medmask, packed, space, succeed};

#[test]
fn info_tells_the_space_as_people_read_it() {
    let (folder, _) = packed();
    let info = json(folder.path(), &["info", "case.mska", "--json"]);
    assert_eq!(info["format_version"], "2.0");
    assert_eq!((&info["entry_count"], &info["dead_bytes"]), (&json!(4), &json!(0)));
    assert_eq!(info["file_bytes"], folder.path().join("case.mska").metadata().unwrap().len());
    assert_eq!(info["space"]["shape"], json!([6, 7, 8]));
    assert_eq!(info["space"]["axis_codes"], space().axis_codes().xyz());
    let affine = &info["space"]["affine_ras"];
    // x runs along (0.8, 0.6, 0) in LPS, so along (-0.8, -0.6, 0) in RAS; one voxel is 1 mm.
    for (row, expected) in [(0, -0.8), (1, -0.6), (2, 0.0)] {
        assert!((affine[row][0].as_f64().unwrap() - expected).abs() < 1e-6, "{affine}");
    }
    let text = succeed(folder.path(), &["info", "case.mska"]);
    for part in [
        "6 7 8 (z, y, x)",
        "2 1.5 1 mm",
        "10 -20 30 mm",
        "oblique by 36.87 degrees",
        "4 entries, 3 not empty",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn stats_measure_every_label() {
    let (folder, _) = packed();
    let stats = json(folder.path(), &["stats", "case.mska", "liver", "Gap", "--json"]);
    let liver = &stats["entries"][0]["labels"][0];
    // The box [1, 4) [2, 6) [0, 5).
    assert_eq!(liver["centroid_voxel"], json!([2.0, 3.5, 2.0]));
    let world = space().index_to_world([2.0, 3.5, 2.0]);
    for axis in 0..3 {
        assert!((liver["centroid_lps_mm"][axis].as_f64().unwrap() - world[axis]).abs() < 1e-5);
    }
    assert_eq!(stats["entries"][1]["labels"][0]["centroid_voxel"], json!(null));
    let csv = succeed(folder.path(), &["stats", "case.mska", "--csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 1 + 6);
    let columns = lines[0].split(',').count();
    assert!(lines.iter().all(|line| line.split(',').count() == columns), "{csv}");
    assert!(lines[2].starts_with("liver,liver,1,60,0.18"), "{csv}");
    assert!(lines[2].contains(",1,4,2,6,0,5,2,3.5,2,"), "{csv}");
    assert!(succeed(folder.path(), &["stats", "case.mska"]).contains("2.00 3.50 2.00"));
}

#[test]
fn listings_hold_every_label_and_end_quietly_where_nobody_reads() {
    let (folder, _) = packed();
    let text = succeed(folder.path(), &["ls", "case.mska"]);
    assert_eq!(text.lines().count(), 1 + 6, "{text}");
    assert!(text.contains("1:4 2:6 0:5"), "{text}");
    let listed = json(folder.path(), &["ls", "case.mska", "l?bes", "--json"]);
    assert_eq!(listed["entries"].as_array().unwrap().len(), 1);
    #[cfg(unix)]
    {
        let command = "set -o pipefail 2>/dev/null; \"$0\" ls case.mska --json | head -c 5";
        let output = std::process::Command::new("sh")
            .current_dir(folder.path())
            .args(["-c", command, env!("CARGO_BIN_EXE_medmask")])
            .output()
            .unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn label_tables_can_be_written_for_other_programs_and_read_again() {
    let (folder, _) = packed();
    assert_eq!(
        json(folder.path(), &["labels", "case.mska", "lobes"]),
        json!({"label_2": 2, "label_7": 7, "label_300": 300})
    );
    assert_eq!(json(folder.path(), &["labels", "case.mska"])["sub.01"], json!({"sub.01": 5}));
    for (format, file) in [
        ("itksnap", "t.label"),
        ("slicer", "t.ctbl"),
        ("freesurfer", "t.lut"),
        ("bids", "t.tsv"),
        ("totalsegmentator", "dataset.json"),
        ("json", "t.json"),
    ] {
        succeed(folder.path(), &["labels", "case.mska", "--merge", "--format", format, "-o", file]);
        let labels = medmask::medmask_labels::read(&folder.path().join(file), None);
        let labels = labels.unwrap().labels;
        let names: Vec<_> = labels.iter().collect();
        let expected = [
            ("Gap", 1),
            ("liver", 2),
            ("label_2", 3),
            ("label_7", 4),
            ("label_300", 5),
            ("sub.01", 6),
        ];
        assert_eq!(names, expected, "{format}");
    }
}

#[test]
fn every_verb_has_help_with_examples() {
    let folder = tempfile::tempdir().unwrap();
    let help = succeed(folder.path(), &["--help"]);
    for verb in [
        "pack",
        "ls",
        "info",
        "extract",
        "add",
        "rm",
        "mv",
        "group",
        "merge",
        "split",
        "relabel",
        "compact",
        "stats",
        "overlap",
        "at",
        "labels",
        "verify",
        "convert",
        "bench-codecs",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {verb} ")), "{verb} is not in\n{help}");
        let help = succeed(folder.path(), &["help", verb]);
        assert!(
            help.contains("EXAMPLES\n") && help.contains(&format!("medmask {verb} ")),
            "{help}"
        );
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(succeed(folder.path(), &["completions", shell]).contains("MEDMASK_COMPLETE"));
    }
    assert_eq!(medmask(folder.path(), &["--version"]).code, 0);
}
