//! Tables as the field really writes them.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::fmt::Write;

use common::{Named, named, notes, pairs, plain, table};
use medmask_labels::{LabelFormat, parse, read};

/// A table that is read as `format`, without notes.
fn clean(name: &str, text: impl AsRef<[u8]>, format: LabelFormat) -> Vec<Named> {
    let table = table(name, text);
    assert_eq!((notes(&table), table.format), (Vec::new(), format), "{name}");
    pairs(&table.labels)
}

#[test]
fn tables_of_mrtrix_have_short_and_long_names() {
    let text = "# Copyright\n\n0    ???         Unknown                 0   0   0   0\n\n\
                1    PREL        Precentral_L            243 231 117 255\n\
                2    F1L         Frontal_Sup_L           212 91  65  255\n\
                113  VER1_2      Vermis_1_2             73  126 151 128\n";
    let expected = [
        named("Precentral_L", 1, [243, 231, 117, 255]),
        named("Frontal_Sup_L", 2, [212, 91, 65, 255]),
        named("Vermis_1_2", 113, [73, 126, 151, 128]),
    ];
    assert_eq!(clean("aal.txt", text, LabelFormat::Mrtrix), expected);
    let tabs = text.replace("PREL        Precentral_L            243", "PREL\tPrecentral_L\t243");
    assert_eq!(clean("aal", tabs, LabelFormat::Mrtrix), expected);

    let text = "#Index  Name      Red   Green    Blue   Alpha\n 0  background   0  0  0  0\n \
                1  L_superior    255  128  128  255\n28  cerebellum  240  128  48  255\n";
    let expected = [
        named("L_superior", 1, [255, 128, 128, 255]),
        named("cerebellum", 28, [240, 128, 48, 255]),
    ];
    assert_eq!(clean("lpba40.txt", text, LabelFormat::Mrtrix), expected);

    let two = [plain("Precentral_L", 1), plain("Frontal_Sup_L", 2)];
    assert_eq!(clean("x.txt", "1 Precentral_L\n2 Frontal_Sup_L\n", LabelFormat::Mrtrix), two);
    let aal = "FAG Precentral_L 1\nF1G Frontal_Sup_L 2\n";
    assert_eq!(clean("ROI_MNI_V4.txt", aal, LabelFormat::Mrtrix), two);
    let tabs = "1\tPrecentral_L\t2001\n2\tFrontal_Sup_L\t2101\n";
    let numbered = table("aal.nii.txt", tabs);
    assert_eq!((pairs(&numbered.labels), numbered.format), (two.to_vec(), LabelFormat::Mrtrix));
    assert_eq!(notes(&numbered), ["there are more columns than the format has; they are left out"]);
    let blanks = "1 Area 44\n2 Area 45\n";
    assert_eq!(
        clean("x.txt", blanks, LabelFormat::Mrtrix),
        [plain("Area 44", 1), plain("Area 45", 2)]
    );
}

#[test]
fn a_run_of_blanks_is_no_part_of_a_name() {
    // Some rows have a short name and others have none: nobody knows which column is the name.
    let text = "1    PREL   Precentral_L   243 231 117 255\n2    Frontal_Sup_L   212 91  65  255\n\
                3    F2L   Frontal_Mid_L   212 91  65  255\n";
    let message = parse(text, LabelFormat::FreeSurfer).unwrap_err().to_string();
    assert!(message.starts_with("line 1: a name has single blanks only"), "{message}");
    // Names of two words are no short and long names where the first words are alike.
    let text = "1 left kidney 1 2 3 255\n2 right kidney 1 2 3 255\n3 left lung 4 5 6 255\n";
    let names: Vec<Named> = clean("x.txt", text, LabelFormat::Mrtrix);
    assert_eq!(names[0].0, "left kidney");
}

#[test]
fn freesurfer_8_has_a_seventh_column() {
    let text = "# TissueTypeSchema HeadNeckPosterior\n#ctTType   0  unknown    0   0   0    0\n\
                #ctTType   1  cortex   205  62  78    0\n\
                0   Unknown                     0   0   0   0  0\n\
                2   Left-Cerebral-White-Matter  245 245 245 0  3\n\
                3   Left-Cerebral-Cortex        205 62  78  0  1\n\
                4   Left-Lateral-Ventricle      120 18  134 55\n";
    let expected = [
        named("Left-Cerebral-White-Matter", 2, [245, 245, 245, 255]),
        named("Left-Cerebral-Cortex", 3, [205, 62, 78, 255]),
        named("Left-Lateral-Ventricle", 4, [120, 18, 134, 200]),
    ];
    assert_eq!(clean("FreeSurferColorLUT.txt", text, LabelFormat::FreeSurfer), expected);
    let bare: String = text.lines().skip(3).fold(String::new(), |mut bare, line| {
        writeln!(bare, "{line}").unwrap();
        bare
    });
    assert_eq!(clean("lut.txt", bare, LabelFormat::FreeSurfer), expected);
}

#[test]
fn further_columns_of_a_colour_table_are_told() {
    let text = "# Color table file\n1 liver 221 130 101 255 SCT^10200004^Liver 3\n\
                2 bone marrow 157 108 162 200 x y\n";
    let table = table("x.ctbl", text);
    let expected =
        [named("liver", 1, [221, 130, 101, 255]), named("bone marrow", 2, [157, 108, 162, 200])];
    assert_eq!(pairs(&table.labels), expected);
    assert_eq!(notes(&table), ["there are more columns than the format has; they are left out"]);
    // Numbers behind the colour are no part of it.
    let text = "1 liver 221 130 101 255 7 8\n2 spleen 157 108 162 255 7 8\n";
    assert_eq!(pairs(&parse(text, LabelFormat::Slicer).unwrap().labels)[0], expected[0]);
}

#[test]
fn names_that_end_in_numbers_keep_them_where_there_is_no_opacity() {
    let colours = ["255 0 0", "0 255 0", "17 18 19"];
    for (head, names) in [
        ("", ["Area 17", "Area 18", "Area 19"]),
        ("# label name R G B\n", ["Area 17", "Layer 4", "Zone 3"]),
        ("0 Background 0 0 0\n", ["V1", "Area 18", "V3"]),
    ] {
        let mut text = head.to_owned();
        for (place, (name, colour)) in names.iter().zip(colours).enumerate() {
            writeln!(text, "{} {name} {colour}", place + 1).unwrap();
        }
        let expected = [
            named(names[0], 1, [255, 0, 0, 255]),
            named(names[1], 2, [0, 255, 0, 255]),
            named(names[2], 3, [17, 18, 19, 255]),
        ];
        assert_eq!(clean("x.txt", &text, LabelFormat::FreeSurfer), expected);
        for format in [LabelFormat::Slicer, LabelFormat::FreeSurfer, LabelFormat::Mrtrix] {
            assert_eq!(pairs(&parse(&text, format).unwrap().labels), expected, "{format}: {text}");
        }
    }
    let text = "1 Area 17 255 0 0 255\n2 Area 18 0 255 0 255\n";
    let expected = [named("Area 17", 1, [255, 0, 0, 255]), named("Area 18", 2, [0, 255, 0, 255])];
    assert_eq!(pairs(&parse(text, LabelFormat::Slicer).unwrap().labels), expected);
}

#[test]
fn what_255_means_depends_on_whose_table_it_is() {
    let opaque =
        [named("liver", 1, [221, 130, 101, 255]), named("spleen", 2, [157, 108, 162, 255])];
    let slicer = "# Color table file C:/x/Colors.txt\n# 3 values\n0 Background 0 0 0 0\n\
                  1 liver 221 130 101 255\n2 spleen 157 108 162 255\n";
    assert_eq!(clean("Colors.txt", slicer, LabelFormat::Slicer), opaque);
    let bare = "1 liver 221 130 101 255\n2 spleen 157 108 162 255\n";
    assert_eq!(clean("Colors.txt", bare, LabelFormat::Mrtrix), opaque);
    let freesurfer = "1 liver 221 130 101 0\n2 spleen 157 108 162 0\n";
    assert_eq!(clean("Colors.txt", freesurfer, LabelFormat::FreeSurfer), opaque);
    // Background is transparent, where the others leave it open.
    let half = "0 None 0 0 0 0\n1 liver 221 130 101 128\n";
    assert_eq!(
        clean("x.txt", half, LabelFormat::Mrtrix),
        [named("liver", 1, [221, 130, 101, 128])]
    );
    let half = "0 None 0 0 0 255\n1 liver 221 130 101 128\n";
    let expected = [named("liver", 1, [221, 130, 101, 127])];
    assert_eq!(clean("x.txt", half, LabelFormat::FreeSurfer), expected);
}

#[test]
fn quotes_of_tables_are_no_part_of_names() {
    let expected = [plain("Lobe, upper \"left\"", 1), plain("c", 2)];
    let tsv = "index\tname\n1\t\"Lobe, upper \"\"left\"\"\"\n\"2\"\tc\n";
    assert_eq!(clean("x_dseg.tsv", tsv, LabelFormat::Bids), expected);
    let csv = "\"label\",\"name\"\n1,\"Lobe, upper \"\"left\"\"\"\n2,c\n";
    assert_eq!(clean("x.csv", csv, LabelFormat::Csv), expected);
    let table = "1 \"left kidney\" 1 2 3 255\n2 \"spleen\" 4 5 6 255\n";
    let expected = [named("left kidney", 1, [1, 2, 3, 255]), named("spleen", 2, [4, 5, 6, 255])];
    assert_eq!(clean("x.txt", table, LabelFormat::Mrtrix), expected);
}

#[test]
fn tables_of_commas_are_read_by_their_columns() {
    let expected = [plain("liver", 1), plain("left kidney", 2)];
    for text in [
        "label,name\n1,liver\n2,left kidney\n",
        "1,liver\n2,left kidney\n",
        "liver,1\nleft kidney,2\n",
        "name;id\nliver;1\nleft kidney;2\n",
        "index,label\n0,background\n1,liver\n2,left kidney\n",
        "roi_value,roi_name\n0,Background\n1,liver\n2,left kidney\n",
        "Region of the body,No.\nliver,1\nleft kidney,2\n",
        "# from our atlas\n#Index, Region\n1.0, liver\n2.0, left kidney\n",
    ] {
        for name in ["labels.csv", "labels.txt", "labels"] {
            assert_eq!(clean(name, text, LabelFormat::Csv), expected, "{text}");
        }
    }
    let slicer = "LabelValue,Name,Color_R,Color_G,Color_B,Color_A,Category_CodingScheme,\
                  Category_CodeValue,Category_CodeMeaning,Type_CodingScheme,Type_CodeValue,\
                  Type_CodeMeaning\n1,left_kidney,185,102,83,255,SCT,123037004,\
                  Anatomical Structure,SCT,64033007,Kidney\n10,catheter,127,127,128,100,,,,,,\n";
    let table = table("t.csv", slicer);
    let colours =
        [named("left_kidney", 1, [185, 102, 83, 255]), named("catheter", 10, [127, 127, 128, 100])];
    assert_eq!(pairs(&table.labels), colours);
    let code = table.labels.entry(1).unwrap().code().unwrap();
    assert_eq!((&*code.scheme, &*code.value, &*code.meaning), ("SCT", "64033007", "Kidney"));
    assert!(table.labels.entry(10).unwrap().code().is_none());
    assert_eq!(notes(&table), [""; 0]);
}

#[test]
fn what_fsl_writes_is_read() {
    let lut =
        "1  0.00000 0.93333 0.00000 Frontal Pole\n2  0.62745 0.32157 0.17647 Insular Cortex 2\n";
    let expected = [
        named("Frontal Pole", 1, [0, 238, 0, 255]),
        named("Insular Cortex 2", 2, [160, 82, 45, 255]),
    ];
    for name in ["x.lut", "x.txt"] {
        assert_eq!(clean(name, lut, LabelFormat::Fsl), expected);
    }
    let atlas = |kind: &str, first: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<atlas version=\"1.0\">\n<header>\n\
             <name>An Atlas</name>{kind}<images><imagefile>/x</imagefile></images></header>\n<data>\n\
             <!-- all --><label index=\"0\" x=\"48\" y=\"94\" z=\"35\">{first}</label>\n\
             <label index=\"1\" x=\"25\" y=\"70\" z=\"32\"> Heschl&apos;s &amp; Gyrus </label>\n\
             </data>\n</atlas>\n"
        )
    };
    let two = [plain("Pole", 1), plain("Heschl's & Gyrus", 2)];
    let probabilistic = atlas("<type>Probabilistic</type>", "Pole");
    assert_eq!(clean("x.xml", probabilistic, LabelFormat::FslAtlas), two);
    let one = [plain("Heschl's & Gyrus", 1)];
    let label = atlas("<type>Label</type>", "Unclassified");
    assert_eq!(clean("x.xml", label, LabelFormat::FslAtlas), one);
    assert_eq!(clean("x.xml", atlas("", "Unclassified"), LabelFormat::FslAtlas), one);
    let unsaid = table("x", atlas("", "Pole"));
    assert_eq!(pairs(&unsaid.labels), two);
    assert!(notes(&unsaid)[0].contains("label 1 is taken for that of index 0"));
}

#[test]
fn regions_of_several_labels_are_left_out() {
    let text = r#"{"labels":{"background":0,"whole_tumor":[1,2,3],"tumor_core":[2,3],"enhancing":[3]},
                   "regions_class_order":[1,2,3]}"#;
    let table = table("dataset.json", text);
    assert_eq!(pairs(&table.labels), [plain("enhancing", 3)]);
    let expected = [
        "left out: \"whole_tumor\": [1,2,3] is not one label, 0 to 4294967295",
        "left out: \"tumor_core\": [2,3] is not one label, 0 to 4294967295",
    ];
    assert_eq!(notes(&table), expected);
}

#[test]
fn a_name_or_label_that_is_there_twice_is_left_out() {
    let expected = [plain("Crus II", 1), plain("c", 3)];
    let name = "name \"Crus II\" already stands for label 1";
    let label = "label 3 already has the name \"c\"";
    let tsv = table("x.tsv", "index\tname\n1\tCrus II\n2\tCrus II\n3\tc\n3\td\n3\tc\n");
    assert_eq!(pairs(&tsv.labels), expected);
    assert_eq!(
        notes(&tsv),
        [format!("left out: line 3: {name}"), format!("left out: line 5: {label}")]
    );
    let json =
        table("x.json", r#"{"labels": {"1": "Crus II", "2": "Crus II", "3": "c", "03": "d"}}"#);
    assert_eq!(pairs(&json.labels), expected);
    assert_eq!(notes(&json), [format!("left out: {name}"), format!("left out: {label}")]);
    let mrtrix = "75  Left-Thalamus  0  118  14  255\n75  Left-Thalamus-Proper  0  118  14  255\n\
                  76  Left-Caudate  122  186  220  255\n";
    let mrtrix = table("fs.txt", mrtrix);
    let names: Vec<_> = mrtrix.labels.iter().collect();
    assert_eq!(names, [("Left-Thalamus", 75), ("Left-Caudate", 76)]);
    assert_eq!(mrtrix.notes.len(), 1);
    // Of many a few are told one by one.
    let mut text = "index\tname\n".to_owned();
    for label in 1..=20 {
        writeln!(text, "{label}\t{}", if label > 10 { "x" } else { "y" }).unwrap();
    }
    let many = table("x.tsv", text);
    assert_eq!(many.labels.len(), 2);
    assert_eq!(notes(&many).len(), 6);
    assert_eq!(notes(&many)[5], "left out: 13 more rows");
}

#[test]
fn rows_that_are_none_and_colours_that_are_none_are_told() {
    let text = "1 liver 1 2 3 255\nhere is a remark\n2 spleen 1 2 3 400\n3 kidney 7 8 9 255\n4\n";
    let table = table("x.ctbl", text);
    let expected =
        [named("liver", 1, [1, 2, 3, 255]), plain("spleen", 2), named("kidney", 3, [7, 8, 9, 255])];
    assert_eq!(pairs(&table.labels), expected);
    let expected = [
        "left out: line 2: expected LABEL NAME R G B A",
        "left out: line 5: expected LABEL NAME R G B A",
        "line 3: the colour of label 2 cannot be read; its name is taken",
    ];
    assert_eq!(notes(&table), expected);
    let tsv = common::table("x.tsv", "index\tname\tcolor\n1\ta\tred\n");
    assert_eq!(pairs(&tsv.labels), [plain("a", 1)]);
    assert_eq!(notes(&tsv), ["line 2: the colour of label 1 cannot be read; its name is taken"]);
}

#[test]
fn texts_are_read_however_they_are_coded() {
    let text = "index\tname\tcolor\n1\tGroßhirn\t#010203\n2\tBrücke\t#040506\n";
    let expected = [named("Großhirn", 1, [1, 2, 3, 255]), named("Brücke", 2, [4, 5, 6, 255])];
    let utf_16: Vec<u8> =
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for bytes in [
        text.as_bytes().to_vec(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        utf_16,
        text.replace('\n', "\r").into_bytes(),
        text.replace('\n', "\r\n").into_bytes(),
    ] {
        assert_eq!(clean("x_dseg.tsv", bytes, LabelFormat::Bids), expected);
    }
    let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
    let latin = table("x_dseg.tsv", latin);
    assert_eq!(pairs(&latin.labels), expected);
    assert_eq!(
        notes(&latin),
        ["the text is not UTF-8 and says nothing else; read as windows-1252"]
    );
    let old =
        "0 0 0 0 0 0 0 \"Clear\"\r1 255 0 0 1 1 1 \"left kidney\"\r7 0 255 10 0.5 1 0 \"cyst\"\r";
    let expected = [named("left kidney", 1, [255, 0, 0, 255]), named("cyst", 7, [0, 255, 10, 128])];
    assert_eq!(clean("x.label", old, LabelFormat::ItkSnap), expected);
}

#[test]
fn a_table_of_no_label_is_told() {
    for (name, text) in [
        ("x.txt", ""),
        ("x.tsv", "index\tname\n"),
        ("x.ctbl", "# Color table file\n0 Background 0 0 0 0\n"),
        ("x.json", "{}"),
        ("x.json", r#"{"labels": {"background": 0}}"#),
        ("x.label", "0 0 0 0 0 0 0 \"Clear Label\"\n"),
        ("x.csv", "\n\n"),
    ] {
        let table = table(name, text);
        assert!(table.labels.is_empty());
        assert_eq!(notes(&table), ["the table names no label"], "{name} {text}");
    }
}

#[test]
fn a_table_that_may_count_from_0_is_told() {
    let table = table("x.csv", "index,name\n0,Left_Frontal_Pole\n1,Right_Frontal_Pole\n");
    assert_eq!(pairs(&table.labels), [plain("Right_Frontal_Pole", 1)]);
    let note = "label 0 is background and its name \"Left_Frontal_Pole\" left out; the table may count from 0";
    assert_eq!(notes(&table), [note]);
}

#[test]
fn a_format_that_is_given_counts_before_what_a_file_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.ctbl");
    std::fs::write(&path, "1 liver 1 2 3 255\n").unwrap();
    let colour = |format| {
        let table = read(&path, format).unwrap();
        (table.format, table.labels.entry(1).unwrap().colour().unwrap()[3])
    };
    assert_eq!(colour(None), (LabelFormat::Slicer, 255));
    let freesurfer = Some(LabelFormat::FreeSurfer);
    assert_eq!(colour(freesurfer), (LabelFormat::FreeSurfer, 0));
}
