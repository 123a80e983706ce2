//! Between versions and codecs.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, Codec, EntryOptions, FileError,
    TargetVersion, WriterOptions, convert,
};
use medmask_core::{Dtype, LabelMap, Mask, Space};
use medmask_format::GridSpace;
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot};
use medmask_format::index::{Document, INDEX_HEADER_LENGTH, parse_index};
use ndarray::Array3;
use serde_json::json;

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
    writer.set_metadata(metadata.clone()).unwrap();
    let options = EntryOptions::new().metadata(metadata.clone());
    writer.add_with("first", &mask(), options).unwrap();
    writer.finish().unwrap();
    let codec = Some(Codec::Zstd { level: 3 });
    convert(&from, &to, TargetVersion::Version2, codec, WriterOptions::default(), |_, _| ())
        .unwrap();
    let archive = Archive::open(&to).unwrap();
    assert_eq!(archive.metadata(), &metadata);
    assert_eq!(archive.entry("first").unwrap().metadata().unwrap(), metadata);
}

/// A file of one voxel whose index is `document`.
fn file(document: &str) -> Vec<u8> {
    let mut record = b"MSKI\0\0\0\0".to_vec();
    for number in [INDEX_HEADER_LENGTH + document.len(), document.len(), document.len()] {
        record.extend_from_slice(&(number as u64).to_le_bytes());
    }
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&record);
    hasher.update(document.as_bytes());
    let index_checksum = hasher.finalize();
    record.extend_from_slice(&index_checksum.to_le_bytes());
    record.extend_from_slice(document.as_bytes());
    let space = GridSpace {
        shape: [1; 3],
        spacing: [1.0; 3],
        origin: [0.0; 3],
        direction: [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    };
    let slot = Slot {
        generation: 1,
        index_offset: FRONT_LENGTH as u64,
        index_length: record.len() as u64,
        index_checksum,
        file_length: (FRONT_LENGTH + record.len()) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let mut bytes = Front::preamble(Kind::Archive, &space).to_vec();
    bytes.extend_from_slice(&slot.to_bytes());
    bytes.resize(FRONT_LENGTH, 0);
    bytes.extend_from_slice(&record);
    bytes
}

/// The document of a file that was written at once.
fn document_of(bytes: &[u8]) -> Document {
    let slot = Front::parse(&bytes[..FRONT_LENGTH]).unwrap().slots[0].as_ref().unwrap().unwrap();
    let record = &bytes[slot.index_offset as usize..][..slot.index_length as usize];
    parse_index(record, slot.index_offset, slot.index_checksum).unwrap()
}

/// The document after a change of codec, and after a conversion that changes none: both keep the same.
fn recoded(document: &str) -> Document {
    let [recoded, kept] = [Some(Codec::Context), None].map(|codec| converted(document, codec));
    // As text: the entries have no voxels, and what they say may be more than can be held in memory.
    assert_eq!(serde_json::to_string(&recoded).unwrap(), serde_json::to_string(&kept).unwrap());
    recoded
}

fn converted(document: &str, codec: Option<Codec>) -> Document {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from.mska", "to.mska"].map(|name| folder.path().join(name));
    std::fs::write(&from, file(document)).unwrap();
    let options = WriterOptions::default();
    convert(&from, &to, TargetVersion::Version2, codec, options, |_, _| ()).unwrap();
    document_of(&std::fs::read(&to).unwrap())
}

#[test]
fn keys_of_later_versions_survive_a_change_of_codec() {
    let mut document = json!({
        "generation": 1,
        "later": 1,
        "entries": [
            {"name": "brain"},
            {"name": "heart", "later": [2], "labels": [{"later": 3}]},
            {
                "name": "lung",
                "dtype": "uint8",
                "labels": [{"name": "left", "later": 4}, {"name": "right", "label": 2}],
            },
        ],
    });
    let mut written = serde_json::to_value(recoded(&document.to_string())).unwrap();
    for document in [&mut written, &mut document] {
        document.as_object_mut().unwrap().remove("space");
    }
    assert_eq!(written, document);
}

#[test]
fn metadata_that_cannot_be_held_survive_a_change_of_codec() {
    let text = r#"{"big":1e400,"long":123456789012345678901234567890,"half":"\ud800"}"#;
    let document = format!(r#"{{"generation":1,"entries":[{{"name":"a","metadata":{text}}}]}}"#);
    let archive = Archive::from_storage(file(&document), "case.mska").unwrap();
    let error = archive.entry("a").unwrap().metadata().unwrap_err();
    assert!(matches!(error, ArchiveError::Metadata { .. }), "{error}");
    assert_eq!(recoded(&document).entries[0].metadata.as_ref().unwrap().get(), text);
}

#[test]
fn an_entry_of_which_the_index_says_no_more_is_an_empty_mask() {
    let bytes = file(r#"{"generation":1,"entries":[{"name":"brain"}]}"#);
    let archive = Archive::from_storage(bytes, "case.mska").unwrap();
    let entry = archive.entry("brain").unwrap();
    assert_eq!(entry.dtype(), Some(Dtype::Bool));
    let labels: Vec<_> = entry.labels().map(|label| (label.name, label.number)).collect();
    assert_eq!(labels, [("brain", 1)]);
    let mask = archive.get("brain").unwrap().to_mask().unwrap();
    assert_eq!(mask.labels().get("brain"), Some(1));
    assert_eq!(mask.voxels().labels(), [0; 0]);
}

#[test]
fn labels_that_cannot_be_are_damage() {
    for (labels, reason) in [
        (r#"[{},{"name":"a","label":2}]"#, "two labels of one name"),
        (r#"[{},{"name":"b","label":2},{"name":"c","label":2},{}]"#, "a label twice"),
        (r#"[{"name":""}]"#, "a label's name is empty"),
        (r#"[{"name":"b\n"}]"#, "control characters"),
    ] {
        let row = format!(r#"{{"name":"a","dtype":"uint8","labels":{labels}}}"#);
        let bytes = file(&format!(r#"{{"generation":1,"entries":[{row}]}}"#));
        let error = Archive::from_storage(bytes, "case.mska").unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[test]
fn deep_metadata_of_an_archive_do_not_keep_its_masks() {
    let nested = format!("{}{}", "[".repeat(110), "]".repeat(110));
    let document = format!(
        r#"{{"generation":1,"metadata":{{"a":{nested}}},"entries":[{{"name":"b","metadata":{{"a":{nested}}}}}]}}"#
    );
    let document = recoded(&document);
    assert_eq!(document.metadata["a"].to_string(), nested);
    assert_eq!(
        document.entries[0].metadata.as_ref().unwrap().get(),
        format!(r#"{{"a":{nested}}}"#)
    );
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
