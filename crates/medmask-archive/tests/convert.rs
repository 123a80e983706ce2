//! Between versions and codecs.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use medmask_archive::{
    AnyArchive, Archive, ArchiveError, ArchiveWriter, Codec, EntryOptions, TargetVersion,
    WriterOptions, convert,
};
use medmask_core::{LabelMap, Mask, Space};
use ndarray::Array3;

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
    let metadata = serde_json::json!({"made by": "hand", "number": 18_446_744_073_709_551_615_u64});
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
