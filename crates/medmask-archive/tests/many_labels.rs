//! Entries of many small labels, of which the index leaves the statistics out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use medmask_archive::{
    Archive, ArchiveWriter, Codec, EntryOptions, IndexFound, WriterOptions, repair, verify,
};
use medmask_core::{Bounds, LabelMap, Mask, Space};
use ndarray::Array3;

const SHAPE: [usize; 3] = [12, 20, 24];

/// Boxes of 2 x 4 x 4 voxels, each a label of its own from 1 on, in `used` of the labels that are named.
fn mask(used: u16) -> Mask {
    let voxels = Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let label = (z / 2 * 5 + y / 4) * 6 + x / 4 + 1;
        u16::try_from(label).ok().filter(|label| *label <= used).unwrap_or(0)
    });
    let mut labels = LabelMap::new();
    for label in 1..=180 {
        labels.insert(format!("cell {label}"), label).unwrap();
    }
    Mask::new(voxels, labels, Space::of_shape(SHAPE)).unwrap()
}

fn write(path: &Path, mask: &Mask, codec: Codec) {
    let mut writer = ArchiveWriter::create(path, mask.space(), WriterOptions::default()).unwrap();
    writer.add_with("cells", mask, EntryOptions::new().codec(codec)).unwrap();
    writer.finish().unwrap();
}

#[test]
fn many_small_labels_are_counted_when_somebody_asks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    // The first 150 fill five of six pairs of slices; the others are named and in no voxel.
    write(&path, &mask(150), Codec::Context);
    let archive = Archive::open(&path).unwrap();
    let entry = archive.entry("cells").unwrap();
    assert_eq!((entry.voxels(), entry.bounds()), (None, None));
    assert!(entry.labels().all(|label| label.statistics.is_none()));
    let held = entry.labels().map(|label| (label.number, label.voxels));
    assert!(held.eq((1..=180).map(|number| (number, (number > 150).then_some(0)))));
    let reader = archive.get("cells").unwrap();
    assert_eq!(reader.to_mask().unwrap(), mask(150));
    let counted = reader.label("cell 149").unwrap().counted_labels().unwrap();
    assert_eq!(counted.len(), 180);
    for label in counted {
        let place = label.number as usize - 1;
        let [z, y, x] = [place / 30 * 2, place / 6 % 5 * 4, place % 6 * 4];
        let Some(known) = label.statistics else {
            assert_eq!((label.voxels, label.number > 150), (Some(0), true));
            continue;
        };
        assert_eq!((label.voxels, known.voxels), (Some(32), 32));
        assert_eq!(known.bounds, Bounds { start: [z, y, x], end: [z + 2, y + 4, x + 4] });
        // 32 times the middle of the box.
        assert_eq!(known.sums.map(|sum| sum as usize), [32 * z + 16, 32 * y + 48, 32 * x + 48]);
    }
    assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
}

#[test]
fn few_labels_are_counted_whatever_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("few.mska");
    let mut labels = LabelMap::new();
    for label in 1..=64 {
        labels.insert(format!("cell {label}"), label).unwrap();
    }
    let voxels = Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let label = (z / 2 * 5 + y / 4) * 6 + x / 4 + 1;
        u8::try_from(label).ok().filter(|label| *label <= 64).unwrap_or(0)
    });
    let few = Mask::new(voxels, labels, Space::of_shape(SHAPE)).unwrap();
    write(&path, &few, Codec::Context);
    assert_eq!(Archive::open(&path).unwrap().entry("cells").unwrap().voxels(), Some(64 * 32));
}

#[test]
fn a_lost_index_costs_no_label_that_is_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &mask(150), Codec::default());
    let mut bytes = fs::read(&path).unwrap();
    let place = bytes.windows(4).position(|four| four == b"MSKI").unwrap();
    bytes[place + 20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let saved = folder.path().join("saved.mska");
    let report = repair(&path, &saved, WriterOptions::default(), None).unwrap();
    assert_eq!((report.index, report.saved), (IndexFound::Copied, vec!["cells".to_owned()]));
    let archive = Archive::open(&saved).unwrap();
    assert_eq!(archive.get("cells").unwrap().to_mask().unwrap(), mask(150));
}
