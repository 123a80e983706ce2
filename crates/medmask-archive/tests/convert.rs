//! Between versions and codecs.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, Codec, EntryOptions, FileError,
    TargetVersion, WriterOptions, convert,
};
use medmask_core::{Dtype, LabelMap, Mask, Space};
use medmask_format::index::{Document, EntryRow, LabelName, LabelRow, More};
use ndarray::Array3;
use serde_json::json;

use common::{document_of, file, of_entries};

fn mask() -> Mask {
    let shape = [3, 4, 5];
    let mut labels = LabelMap::new();
    labels.insert("höhle", 2).unwrap();
    labels.insert("wall", 700).unwrap();
    let voxels = Array3::from_shape_fn(shape, |(z, y, x)| [0, 2, 700][(z + y * x) % 3] as u16);
    let direction = [[0.0, -0.6, 0.8], [0.0, 0.8, 0.6], [1.0, 0.0, 0.0]];
    let space = Space::new(shape, [3.0, 0.5, 0.25], [1.5, -2.5, 10.0], direction).unwrap();
    Mask::new(voxels, labels, space).unwrap()
}

#[test]
fn masks_survive_the_way_through_version_1_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let [two, one, again] =
        ["two.mska", "one.mska", "again.mska"].map(|name| folder.path().join(name));
    let mut writer = ArchiveWriter::create(&two, mask().space(), WriterOptions::default()).unwrap();
    writer.add("first", &mask()).unwrap();
    writer.add("second", &mask()).unwrap();
    writer.finish().unwrap();
    let mut steps = Vec::new();
    let options = WriterOptions::default;
    convert(&two, &one, TargetVersion::Version1, None, options(), |done, of| {
        steps.push((done, of));
    })
    .unwrap();
    assert_eq!(steps, [(1, 2), (2, 2)]);
    let old = AnyArchive::open(&one).unwrap();
    assert_eq!(old.format_version(), "1.0");
    assert_eq!(old.names().collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(old.get("second").unwrap().to_mask().unwrap(), mask());
    convert(&one, &again, TargetVersion::Version2, Some(Codec::Raw), options(), |_, _| ()).unwrap();
    let back = Archive::open(&again).unwrap();
    assert_eq!(back.entry("first").unwrap().codec(), Some("raw"));
    assert_eq!(back.get("first").unwrap().to_mask().unwrap(), mask());
    let refused =
        convert(&one, &again, TargetVersion::Version2, Some(Codec::Raw), options(), |_, _| ());
    assert!(matches!(refused, Err(ArchiveError::Output(FileError::Exists { .. }))));
    let over = options().overwrite(true);
    let refused = convert(&one, &one, TargetVersion::Version2, Some(Codec::Raw), over, |_, _| ());
    assert!(matches!(refused, Err(ArchiveError::SameFile { .. })), "{refused:?}");
    assert_eq!(AnyArchive::open(&one).unwrap().format_version(), "1.0");
}

#[test]
fn metadata_survives_a_change_of_codec() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from.mska", "to.mska"].map(|name| folder.path().join(name));
    let metadata = json!({"made by": "hand", "number": 18_446_744_073_709_551_615_u64});
    let metadata = metadata.as_object().unwrap().clone();
    let mut writer =
        ArchiveWriter::create(&from, mask().space(), WriterOptions::default()).unwrap();
    writer.set_metadata(&metadata).unwrap();
    let options = EntryOptions::new().metadata(metadata.clone());
    writer.add_with("first", &mask(), options).unwrap();
    writer.finish().unwrap();
    let codec = Some(Codec::Zstd { level: 3 });
    convert(&from, &to, TargetVersion::Version2, codec, WriterOptions::default(), |_, _| ())
        .unwrap();
    let archive = Archive::open(&to).unwrap();
    assert_eq!(archive.metadata().unwrap(), metadata);
    assert_eq!(archive.entry("first").unwrap().metadata().unwrap(), metadata);
}

/// A file of one voxel whose index has `entries`.
fn one_voxel(entries: Vec<EntryRow>) -> Vec<u8> {
    file([1; 3], &[], of_entries(entries))
}

/// The document after a change of codec, and after a conversion that changes none: both keep the same.
fn recoded(document: &Document) -> Document {
    let [recoded, kept] = [Some(Codec::Context), None].map(|codec| converted(document, codec));
    assert_eq!(recoded.entries, kept.entries);
    recoded
}

fn converted(document: &Document, codec: Option<Codec>) -> Document {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from.mska", "to.mska"].map(|name| folder.path().join(name));
    std::fs::write(&from, file([1; 3], &[], document.clone())).unwrap();
    let options = WriterOptions::default();
    convert(&from, &to, TargetVersion::Version2, codec, options, |_, _| ()).unwrap();
    let archive = Archive::open(&to).unwrap();
    assert_eq!(archive.further_keys(), document.further.as_deref());
    document_of(&std::fs::read(&to).unwrap())
}

fn label(label: u32, name: &str, further: Option<&str>) -> LabelRow {
    let further = further.map(Into::into);
    let more = further.is_some().then(|| Box::new(More { code: None, further }));
    LabelRow { more, ..LabelRow::new(label, LabelName::Own(name.into())) }
}

#[test]
fn keys_of_later_versions_survive_a_change_of_codec() {
    let mut lung = EntryRow { dtype: Dtype::U8, ..EntryRow::new("lung") };
    lung.set_labels(vec![label(1, "left", Some(r#"{"later":4}"#)), label(2, "right", None)]);
    let mut heart = EntryRow::new("heart");
    heart.further = Some(r#"{"later":[2]}"#.into());
    let document = of_entries(vec![EntryRow::new("brain"), heart, lung]);
    let read = recoded(&document);
    assert_eq!((read.entries, read.further), (document.entries, document.further));
}

#[test]
fn metadata_that_cannot_be_held_survive_a_change_of_codec() {
    let text = r#"{"big":1e400,"long":123456789012345678901234567890,"half":"\ud800"}"#;
    let row = EntryRow { metadata: Some(text.into()), ..EntryRow::new("a") };
    let archive = Archive::from_storage(one_voxel(vec![row.clone()]), "case.mska").unwrap();
    let error = archive.entry("a").unwrap().metadata().unwrap_err();
    assert!(matches!(error, ArchiveError::Metadata { .. }), "{error}");
    assert_eq!(archive.entry("a").unwrap().metadata_text(), Some(text));
    assert_eq!(recoded(&of_entries(vec![row])).entries[0].metadata.as_deref(), Some(text));
}

#[test]
fn an_entry_of_which_the_index_says_no_more_is_an_empty_mask() {
    let bytes = one_voxel(vec![EntryRow::new("brain")]);
    let archive = Archive::from_storage(bytes, "case.mska").unwrap();
    let entry = archive.entry("brain").unwrap();
    assert_eq!(entry.dtype(), Some(Dtype::Bool));
    let labels: Vec<_> = entry.labels().map(|label| (label.name.unwrap(), label.number)).collect();
    assert_eq!(labels, [("brain".into(), 1)]);
    let mask = archive.get("brain").unwrap().to_mask().unwrap();
    assert_eq!(mask.labels().get("brain"), Some(1));
    assert_eq!(mask.voxels().labels(), [0; 0]);
}

#[test]
fn labels_that_cannot_be_are_damage() {
    let entry = || LabelRow::new(1, LabelName::Entry);
    for (labels, reason) in [
        (vec![entry(), label(2, "a", None)], "two labels of one name"),
        (
            vec![label(2, "label_3", None), LabelRow::new(3, LabelName::Numbered)],
            "two labels of one name",
        ),
        (vec![label(1, "b", None), label(2, "b", None)], "two labels of one name"),
        (
            vec![label(1, "c", None), label(2, "b", None), label(3, "c", None)],
            "two labels of one name",
        ),
        (vec![entry(), label(2, "b", None), label(2, "c", None), entry()], "a label twice"),
        (vec![label(3, "b", None), label(2, "c", None), label(3, "d", None)], "a label twice"),
        (vec![label(1, "", None)], "a label's name is empty"),
        (vec![label(1, "b\n", None)], "control characters"),
        (vec![label(1, "bücher\u{85}", None)], "control characters"),
        (vec![label(256, "b", None)], "does not fit the voxel type"),
    ] {
        let mut row = EntryRow { dtype: Dtype::U8, ..EntryRow::new("a") };
        row.set_labels(labels);
        let error = Archive::from_storage(one_voxel(vec![row]), "case.mska").unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn deep_metadata_of_an_archive_do_not_keep_its_masks() {
    let nested = format!(r#"{{"a":{}{}}}"#, "[".repeat(110), "]".repeat(110));
    let row = EntryRow { metadata: Some(nested.as_str().into()), ..EntryRow::new("b") };
    let document = Document { metadata: Some(nested.as_str().into()), ..of_entries(vec![row]) };
    let read = recoded(&document);
    assert_eq!(read.metadata.as_deref(), Some(nested.as_str()));
    assert_eq!(read.entries[0].metadata.as_deref(), Some(nested.as_str()));
}

#[test]
fn a_label_that_no_voxel_can_hold_widens_the_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut labels = LabelMap::new();
    labels.insert("there", 1).unwrap();
    labels.insert("not there", 300).unwrap();
    let voxels = Array3::from_elem([1, 1, 2], true);
    let mask = Mask::new(voxels, labels.clone(), Space::of_shape([1, 1, 2])).unwrap();
    let mut writer = ArchiveWriter::create(&path, mask.space(), WriterOptions::default()).unwrap();
    writer.add("a", &mask).unwrap();
    writer.finish().unwrap();
    let loaded = Archive::open(&path).unwrap().get("a").unwrap().to_mask().unwrap();
    assert_eq!(*loaded.labels(), labels);
    assert_eq!(*loaded.voxels(), Array3::from_elem([1, 1, 2], 1_u16).into());
}
