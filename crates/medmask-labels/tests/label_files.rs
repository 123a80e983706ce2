//! Label files as other programs write them, and as this crate does.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::path::Path;

use common::{named, notes, pairs, plain, table};
use medmask_core::LabelMap;
use medmask_labels::{FileError, LabelFileError, LabelFormat, detect, parse, read, write};
use proptest::prelude::*;

fn parsed(name: &str, text: &str) -> Vec<common::Named> {
    let table = table(name, text);
    assert_eq!(notes(&table), [""; 0]);
    pairs(&table.labels)
}

#[test]
fn an_itk_snap_description_is_read() {
    let text = "################################################\n\
                # ITK-SnAP Label Description File\n\
                # IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL\n\
                ################################################\n    \
                0     0    0    0        0  0  0    \"Clear Label\"\n    \
                1   255    0    0        1  1  1    \"left kidney (upper)\"\r\n    \
                7     0  255   10      0.5  1  0    \"cyst\"\n";
    let expected =
        [named("left kidney (upper)", 1, [255, 0, 0, 255]), named("cyst", 7, [0, 255, 10, 128])];
    assert_eq!(parsed("labels.txt", text), expected);
    assert_eq!(parsed("my.label", text), expected);
}

#[test]
fn a_slicer_colour_table_is_read() {
    let text = "# Color table file C:/x.ctbl\n# 3 values\n0 Background 0 0 0 0\n\
                1 tissue 128 174 128 255\n2 bone marrow 241 214 145 100\n";
    let expected =
        [named("tissue", 1, [128, 174, 128, 255]), named("bone marrow", 2, [241, 214, 145, 100])];
    assert_eq!(parsed("x.ctbl", text), expected);
}

#[test]
fn a_freesurfer_table_is_read_with_transparency() {
    let text = "#$Id: FreeSurferColorLUT.txt $\n#No. Label Name:    R   G   B   A\n\n\
                0   Unknown                 0   0   0   0\n\
                2   Left-Cerebral-White-Matter  245 245 245 0\n\
                41\tRight-Cerebral-White-Matter\t0\t225\t0\t55\n";
    let expected = [
        named("Left-Cerebral-White-Matter", 2, [245, 245, 245, 255]),
        named("Right-Cerebral-White-Matter", 41, [0, 225, 0, 200]),
    ];
    assert_eq!(parsed("FreeSurferColorLUT.txt", text), expected);
}

#[test]
fn a_bids_table_is_read_in_any_order_of_columns() {
    let text =
        "name\tindex\tabbreviation\tcolor\nGray Matter\t1\tGM\t#ff53bb\nWhite Matter\t2\tWM\tn/a\n";
    let expected = [named("Gray Matter", 1, [0xff, 0x53, 0xbb, 255]), plain("White Matter", 2)];
    assert_eq!(parsed("sub-01_dseg.tsv", text), expected);
    assert_eq!(parsed("no_extension", text), expected);
}

#[test]
fn json_is_read_either_way_round() {
    let expected = [plain("liver", 1), plain("spleen", 2)];
    for text in [
        r#"{"name": "Task", "labels": {"background": 0, "liver": 1, "spleen": 2}, "numTraining": 3}"#,
        r#"{"labels": {"0": "background", "1": "liver", "2": "spleen"}}"#,
        r#"{"liver": 1, "spleen": 2}"#,
        r#"{"1": "liver", "2": "spleen"}"#,
        r#"{"background": 0, "liver": "1", "spleen": 2}"#,
    ] {
        assert_eq!(parsed("dataset.json", text), expected, "{text}");
        assert_eq!(parsed("labels", text), expected, "{text}");
    }
}

#[test]
fn a_name_of_background_stands_where_the_format_has_one_and_is_not_read() {
    let mut labels = LabelMap::new();
    labels.insert("liver", 1).unwrap();
    labels.insert("air", 0).unwrap();
    for (format, row) in [
        (LabelFormat::Dataset, "\"air\": 0"),
        (LabelFormat::Json, "\"air\":0"),
        (LabelFormat::Bids, "0\tair\t#000000\n"),
        (LabelFormat::ItkSnap, "0 0 0 0 0.0000 0 0 \"air\"\n"),
        (LabelFormat::Slicer, "0 air 0 0 0 0\n"),
        (LabelFormat::FreeSurfer, "0 air 0 0 0 255\n"),
        (LabelFormat::Mrtrix, "0 air 0 0 0 0\n"),
        (LabelFormat::Csv, "0,air,0,0,0,0\n"),
        (LabelFormat::Fsl, "0 0.00000 0.00000 0.00000 air\n"),
        (LabelFormat::FslAtlas, "<label index=\"0\" x=\"0\" y=\"0\" z=\"0\">air</label>"),
    ] {
        let text = medmask_labels::format(&labels, format).unwrap();
        assert!(text.contains(row), "{text}");
        assert!(!text.to_lowercase().contains("background"), "{text}");
        assert!(!text.contains("Clear Label"), "{text}");
        let again = parse(&text, format).unwrap().labels;
        assert_eq!(again.iter().collect::<Vec<_>>(), [("liver", 1)]);
    }
}

#[test]
fn a_table_of_which_nothing_can_be_used_is_refused_with_a_line() {
    for (format, text, words) in [
        (LabelFormat::ItkSnap, "# x\n1 2 3 4 1 1 liver\n", "line 2: expected IDX"),
        (LabelFormat::Slicer, "liver 1 2 3 4\nspleen 1 2 3 4\n1 x 1 2 3 4\n", "line 1: expected"),
        (LabelFormat::Slicer, "# Color procedural file\n0 0 0 0\n", "line 1: a continuous scale"),
        (LabelFormat::FreeSurfer, "-1 a 1 2 3 4\n", "line 1: expected LABEL NAME"),
        (LabelFormat::FreeSurfer, "a text\nof some lines\n1 b 1 2 3 0\n", "line 1: expected"),
        (LabelFormat::Bids, "number\tof\n1\t1\n", "line 1: expected the columns"),
        (LabelFormat::Bids, "index\tname\n1\n", "line 2: a column is missing"),
        (LabelFormat::Csv, "1,2\n3,4\n", "line 1: expected columns"),
        (LabelFormat::Fsl, "1 0 0 x\n", "line 1: expected LABEL R G B NAME"),
        (LabelFormat::FslAtlas, "<html></html>", "no element atlas"),
        (LabelFormat::FslAtlas, "<atlas><data></atlas>", "not the XML of an atlas"),
        (
            LabelFormat::Dataset,
            r#"{"labels": {"whole": [1, 2]}}"#,
            "\"whole\": [1,2] is not one label",
        ),
        (LabelFormat::Json, r#"{"a": -1}"#, "\"a\": -1 is not one label"),
        (LabelFormat::Json, r#"{"a": 4294967296}"#, "4294967296"),
        (LabelFormat::Json, "[]", "invalid type"),
        (LabelFormat::Json, r#"{"": 1}"#, "cannot be a name"),
    ] {
        let message = parse(text, format).unwrap_err().to_string();
        assert!(message.contains(words), "{text:?}: {message}");
    }
}

#[test]
fn an_existing_label_file_is_kept_unless_overwriting_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.json");
    let mut labels = LabelMap::new();
    labels.insert("liver", 5).unwrap();
    write(&path, LabelFormat::Json, &labels, false).unwrap();
    let error = write(&path, LabelFormat::Bids, &labels, false).unwrap_err();
    assert!(matches!(error, LabelFileError::Output(FileError::Exists { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), r#"{"liver":5}"#);
    write(&path, LabelFormat::Dataset, &labels, true).unwrap();
    assert_eq!(read(&path, None).unwrap().labels, labels);
    let missing = read(Path::new("no such file.json"), None).unwrap_err().to_string();
    assert!(missing.starts_with("cannot read no such file.json: "), "{missing}");
}

#[test]
fn formats_have_names() {
    for format in LabelFormat::ALL {
        assert_eq!(format.name().parse(), Ok(*format));
    }
    let unknown = "xls".parse::<LabelFormat>().unwrap_err().to_string();
    assert_eq!(
        unknown,
        "\"xls\" is none of dataset, json, bids, csv, itk-snap, slicer, freesurfer, mrtrix, fsl, fsl-atlas"
    );
}

#[test]
fn names_that_a_format_cannot_hold_are_refused() {
    let mut labels = LabelMap::new();
    labels.insert("left lung", 1).unwrap();
    let table = medmask_labels::format(&labels, LabelFormat::Slicer).unwrap();
    assert_eq!(pairs(&parse(&table, LabelFormat::Slicer).unwrap().labels)[0].0, "left_lung");
    let refusing = |labels: &LabelMap| -> Vec<&str> {
        let refused = |format: &&LabelFormat| medmask_labels::format(labels, **format).is_err();
        LabelFormat::ALL.iter().filter(refused).map(|format| format.name()).collect()
    };
    let mut blanks = labels.clone();
    blanks.insert("left_lung", 2).unwrap();
    assert_eq!(refusing(&blanks), ["slicer", "freesurfer", "mrtrix"]);
    let mut quotes = labels.clone();
    quotes.insert("a\"b\"", 3).unwrap();
    assert_eq!(refusing(&quotes), ["csv", "itk-snap", "slicer", "freesurfer", "mrtrix"]);
    let mut ends = labels.clone();
    ends.insert(" x", 4).unwrap();
    assert_eq!(refusing(&ends), ["bids", "csv", "fsl", "fsl-atlas"]);
    labels.insert("background", 4).unwrap();
    assert_eq!(refusing(&labels), ["dataset"]);
}

prop_compose! {
    fn label_maps()(
        entries in proptest::collection::btree_map(
            1_u32.., ("[a-zA-Zäß_0-9#.-]{1,12}", proptest::option::of(any::<[u8; 3]>())), 0..20,
        )
    ) -> LabelMap {
        let mut labels = LabelMap::new();
        for (label, (name, colour)) in entries {
            if labels.insert(name, label).is_ok() {
                let colour = colour.map(|[red, green, blue]| [red, green, blue, 255]);
                labels.set_colour(label, colour).unwrap();
            }
        }
        labels
    }
}

proptest! {
    #[test]
    fn names_labels_and_colours_come_back(labels in label_maps()) {
        for &format in LabelFormat::ALL {
            let text = medmask_labels::format(&labels, format).unwrap();
            let again = parse(&text, format).unwrap().labels;
            let uncoloured =
                matches!(format, LabelFormat::Json | LabelFormat::Dataset | LabelFormat::FslAtlas);
            for (entry, back) in labels.entries().zip(again.entries()) {
                prop_assert_eq!((entry.name(), entry.label()), (back.name(), back.label()));
                prop_assert!(uncoloured || entry.colour().is_none() || entry.colour() == back.colour());
            }
            prop_assert_eq!(labels.len(), again.len());
        }
    }

    #[test]
    fn what_is_written_is_recognised(labels in label_maps(), transparent in any::<bool>()) {
        let mut labels = labels;
        let entries: Vec<u32> = labels.iter().map(|(_, label)| label).collect();
        for label in entries {
            labels.set_colour(label, Some([9, 8, 7, if transparent { 0 } else { 255 }])).unwrap();
        }
        for &format in LabelFormat::ALL {
            let text = medmask_labels::format(&labels, format).unwrap();
            let found = detect(Path::new("table.txt"), &text);
            let alike = [LabelFormat::FreeSurfer, LabelFormat::Slicer, LabelFormat::Mrtrix];
            if labels.is_empty() {
                continue;
            }
            // MRtrix's is FreeSurfer's where nothing is opaque; what it holds is the same.
            prop_assert!(found == format || alike.contains(&format) && alike.contains(&found), "{format}: {found}");
            let again = parse(&text, found).unwrap().labels;
            for (entry, back) in labels.entries().zip(again.entries()) {
                prop_assert_eq!((entry.name(), entry.label()), (back.name(), back.label()));
                if alike.contains(&format) {
                    prop_assert_eq!(entry.colour(), back.colour(), "{}", format);
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}", rows in "[0-9 \\t\"a#{}:,;<>.\\n-]{0,200}") {
        for &format in LabelFormat::ALL {
            let _any = parse(&text, format);
            let _any = parse(&rows, format);
        }
        for name in ["x", "x.tsv", "x.label"] {
            let _any = detect(Path::new(name), &text);
            let _any = detect(Path::new(name), &rows);
        }
    }
}
