//! Between versions and codecs.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, Codec, EntryOptions, TargetVersion,
    WriterOptions, convert,
};
use medmask_core::{Dtype, LabelMap, Mask, Space};
use medmask_format::GridSpace;
use medmask_format::front::{FRONT_LENGTH, Front, Kind, Slot};
use medmask_format::index::{Document, Effort, IndexRecord, parse_index};
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
    convert(&two, &one, TargetVersion::Version1, Codec::default(), options(), |done, of| {
        steps.push((done, of));
    })
    .unwrap();
    assert_eq!(steps, [(1, 2), (2, 2)]);
    let old = AnyArchive::open(&one).unwrap();
    assert_eq!((old.format_version(), old.names()), ("1.0", vec!["first", "second"]));
    assert_eq!(old.load("second").unwrap(), mask());
    convert(&one, &again, TargetVersion::Version2, Codec::Raw, options(), |_, _| ()).unwrap();
    let back = Archive::open(&again).unwrap();
    assert_eq!(back.entry("first").unwrap().codec(), Some("raw"));
    assert_eq!(back.load("first").unwrap(), mask());
    let refused = convert(&one, &again, TargetVersion::Version2, Codec::Raw, options(), |_, _| ());
    assert!(matches!(refused, Err(ArchiveError::OutputExists { .. })));
    let over = WriterOptions { overwrite: true, ..options() };
    let refused = convert(&one, &one, TargetVersion::Version2, Codec::Raw, over, |_, _| ());
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
    writer.set_metadata(metadata.clone());
    let options = EntryOptions { metadata: metadata.clone(), ..EntryOptions::default() };
    writer.add_with("first", &mask(), options).unwrap();
    writer.finish().unwrap();
    let codec = Codec::Zstd { level: 3 };
    convert(&from, &to, TargetVersion::Version2, codec, WriterOptions::default(), |_, _| ())
        .unwrap();
    let archive = Archive::open(&to).unwrap();
    assert_eq!(archive.metadata(), &metadata);
    assert_eq!(archive.entry("first").unwrap().metadata(), metadata);
}

#[test]
fn keys_of_later_versions_survive_a_change_of_codec() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from.mska", "to.mska"].map(|name| folder.path().join(name));
    let mut document: Document = serde_json::from_value(json!({
        "generation": 1,
        "later": 1,
        "entries": [
            {"name": "brain"},
            {"name": "heart", "later": [2], "labels": [{"later": 3}]},
            {"name": "lung", "labels": [{"name": "left", "later": 4}, {"name": "right", "label": 2}], "dtype": "uint8"},
        ],
    }))
    .unwrap();
    let record = IndexRecord::new(&mut document, Effort::Small, 0).unwrap();
    let space = GridSpace {
        shape: [1; 3],
        spacing: [1.0; 3],
        origin: [0.0; 3],
        direction: [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]],
    };
    let slot = Slot {
        generation: 1,
        index_offset: FRONT_LENGTH as u64,
        index_length: record.bytes.len() as u64,
        index_checksum: record.checksum,
        file_length: (FRONT_LENGTH + record.bytes.len()) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let mut bytes = Front::preamble(Kind::Archive, &space).to_vec();
    bytes.extend_from_slice(&slot.to_bytes());
    bytes.resize(FRONT_LENGTH, 0);
    bytes.extend_from_slice(&record.bytes);
    std::fs::write(&from, bytes).unwrap();

    let archive = Archive::open(&from).unwrap();
    let entry = archive.entry("brain").unwrap();
    assert_eq!(entry.dtype(), Dtype::Bool);
    let labels: Vec<_> = entry.labels().map(|label| (label.name, label.label)).collect();
    assert_eq!(labels, [("brain", 1)]);
    assert_eq!(archive.load("brain").unwrap().labels().get("brain"), Some(1));

    convert(
        &from,
        &to,
        TargetVersion::Version2,
        Codec::Context,
        WriterOptions::default(),
        |_, _| {},
    )
    .unwrap();
    let bytes = std::fs::read(&to).unwrap();
    let slot = Front::parse(&bytes[..FRONT_LENGTH]).unwrap().slots[0].as_ref().unwrap().unwrap();
    let record = &bytes[slot.index_offset as usize..][..slot.index_length as usize];
    let written = parse_index(record, slot.index_offset, slot.index_checksum).unwrap();
    let mut written = serde_json::to_value(&written).unwrap();
    written.as_object_mut().unwrap().remove("space");
    assert_eq!(
        written,
        json!({
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
        })
    );
}
