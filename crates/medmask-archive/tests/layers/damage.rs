//! What damage does to entries that share a blob.

use std::fs;
use std::path::Path;

use medmask_archive::{Archive, ArchiveError, IndexFound, Layers, WriterOptions, repair, verify};
use medmask_format::blob::BlobHeader;
use medmask_format::front::SLOTS_END;

use crate::{Named, case, cuboid, expected, layers, named, open_to_change, voxels, write};

fn flip(path: &Path, place: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place as usize] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn erase(path: &Path, place: std::ops::Range<usize>) {
    let mut bytes = fs::read(path).unwrap();
    bytes[place].fill(0);
    fs::write(path, bytes).unwrap();
}

/// The lowest slices and the highest are in chunks of their own.
fn stacked() -> Vec<Named> {
    vec![
        named("low", cuboid([0, 6, 0, 6, 0, 9], 1)),
        named("low too", cuboid([2, 8, 7, 12, 0, 9], 1)),
        named("high", cuboid([134, 140, 0, 6, 0, 9], 1)),
        named("all", cuboid([0, 140, 3, 9, 11, 14], 1)),
    ]
}

#[test]
fn damage_in_a_chunk_is_of_the_entries_whose_boxes_meet_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &stacked(), Layers::Always);
    let (offset, length) = Archive::open(&path).unwrap().entry("low").unwrap().blob().unwrap();
    let bytes = fs::read(&path).unwrap();
    let (header, _) = BlobHeader::parse(&bytes[offset as usize..], offset).unwrap();
    assert!(header.chunks.len() >= 2, "the test is about chunks");
    // In the last chunk.
    flip(&path, offset + length - 1);
    for deep in [false, true] {
        let found = verify(&path, deep, |_, _| ()).unwrap();
        let names: Vec<_> =
            found.problems.iter().map(|problem| problem.entry.as_deref().unwrap()).collect();
        assert_eq!(names, ["high", "all"]);
        assert!(
            found.problems[0].error.to_string().contains("chunk at byte"),
            "{:?}",
            found.problems
        );
    }
    let archive = Archive::open(&path).unwrap();
    assert!(archive.get("high").unwrap().to_runs().is_err());
    assert_eq!(archive.get("low").unwrap().to_runs().unwrap(), stacked()[0].runs);
    drop(archive);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::new(), None).unwrap();
    assert_eq!(report.saved, ["low", "low too"]);
    assert_eq!(
        report.lost.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["high", "all"]
    );
    assert_eq!(voxels(&output), expected(&stacked()[..2]));
    // Compaction does not carry damage on.
    let before = fs::read(&path).unwrap();
    for how in [None, Some(Layers::Auto), Some(Layers::Always), Some(Layers::Never)] {
        assert!(matches!(open_to_change(&path, how).compact(), Err(ArchiveError::Format { .. })));
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

/// What a repair finds under `case()`'s names.
fn check_repaired(path: &Path, index: IndexFound, all: &[Named]) {
    let output = path.with_extension("saved.mska");
    let report = repair(path, &output, WriterOptions::new().overwrite(true), None).unwrap();
    assert_eq!(report.index, index, "{report:?}");
    let saved = all.iter().filter(|one| index != IndexFound::Lost || !one.runs.is_empty());
    let saved: Vec<_> = saved.cloned().collect();
    assert_eq!(voxels(&output), expected(&saved));
    assert!(verify(&output, true, |_, _| ()).unwrap().problems.is_empty());
    let archive = Archive::open(&output).unwrap();
    for one in saved {
        let (before, after) = (one.runs.max_label().max(1), archive.entry(&one.name).unwrap());
        let labels = after.label_map().unwrap();
        assert_eq!(labels.name(before), Some(&*one.name));
        assert_eq!(labels.name(3), (one.name == "aorta").then_some("arch"));
        assert_eq!(
            after.dtype(),
            Some(crate::dtype(&one.runs).max(if one.name == "aorta" {
                medmask_core::Dtype::U8
            } else {
                medmask_core::Dtype::Bool
            }))
        );
        assert!(after.layer().is_none());
    }
}

#[test]
fn layers_are_saved_where_the_index_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &case(), Layers::Always);
    let whole = fs::read(&path).unwrap();
    check_repaired(&path, IndexFound::Whole, &case());
    let first =
        Archive::open(&path).unwrap().entries().filter_map(|entry| entry.blob()).min().unwrap();
    let last =
        Archive::open(&path).unwrap().entries().filter_map(|entry| entry.blob()).max().unwrap();
    let (blobs, end) = (first.0 as usize, (last.0 + last.1) as usize);
    // The index is lost, and its copy has the names.
    erase(&path, SLOTS_END + 60..blobs);
    check_repaired(&path, IndexFound::Copied, &case());
    // The copy is lost, too, and nothing is left but the blobs, and a trailer that has the space.
    let trailer = crate::common::trailer_of(&whole);
    erase(&path, 0..blobs);
    erase(&path, end..trailer);
    check_repaired(&path, IndexFound::Lost, &case());
}

#[test]
fn a_copy_of_the_index_has_the_names_that_layers_have_now() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &case(), Layers::Always);
    let mut writer = open_to_change(&path, None);
    writer.rename("aorta", "artery").unwrap();
    writer.compact().unwrap();
    drop(writer);
    assert_eq!(layers(&path).iter().filter(|(layer, _)| *layer > 0).count(), 3);
    let mut all = case();
    all[4].name = "artery".to_owned();
    let blobs =
        Archive::open(&path).unwrap().entries().filter_map(|entry| entry.blob()).min().unwrap().0;
    erase(&path, SLOTS_END + 60..blobs as usize);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::new(), None).unwrap();
    assert_eq!(report.index, IndexFound::Copied);
    assert_eq!(voxels(&output), expected(&all));
}
