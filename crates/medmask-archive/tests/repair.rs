//! Checking and saving damaged archives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, Entry, EntryOptions, IndexFound,
    WriterOptions, repair, verify,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use serde_json::json;

use common::trailer_of;

const SHAPE: [usize; 3] = [4, 9, 10];
const NAMES: [&str; 4] = ["aorta", "liver", "rib", "spleen"];

fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for y in 0..6 {
        builder.push(1, y, Run { start: (seed * y) % 5, end: 6 + seed % 4, label: 1 });
    }
    builder.finish()
}

fn encoded(name: &str, seed: u32) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert(name, 1).unwrap();
    EncodedEntry::new(name, &runs(seed), &labels, &EntryOptions::default()).unwrap()
}

fn case(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    for (seed, name) in NAMES.iter().enumerate() {
        writer.add_encoded(encoded(name, seed as u32)).unwrap();
    }
    writer.finish().unwrap();
    path
}

fn damage(path: &Path, offset: u64) {
    let mut bytes = fs::read(path).unwrap();
    bytes[offset as usize] ^= 0x10;
    fs::write(path, bytes).unwrap();
}

fn assert_holds(path: &Path, names: &[&str]) {
    let archive = Archive::open(path).unwrap();
    let mut found: Vec<_> = archive.names().collect();
    found.sort_unstable();
    assert_eq!(found, names);
    for name in names {
        let seed = NAMES.iter().position(|known| known == name).unwrap() as u32;
        assert_eq!(archive.get(name).unwrap().to_runs().unwrap(), runs(seed));
        assert_eq!(archive.entry(name).unwrap().label_map().unwrap().name(1), Some(*name));
    }
    assert!(verify(path, true, |_, _| ()).unwrap().problems.is_empty());
}

#[test]
fn a_file_is_not_repaired_over_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let before = fs::read(&path).unwrap();
    let other_name = folder.path().join(".").join("case.mska");
    let options = WriterOptions::new().overwrite(true);
    let refused = repair(&path, &other_name, options, None);
    assert!(matches!(refused, Err(ArchiveError::SameFile { .. })), "{refused:?}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_damaged_entry_is_named_and_the_others_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let (offset, length) = Archive::open(&path).unwrap().entry("rib").unwrap().blob().unwrap();
    damage(&path, offset + length - 1);
    let found = verify(&path, false, |_, _| ()).unwrap();
    assert_eq!(found.entries, 4);
    assert_eq!(found.problems.len(), 1);
    assert_eq!(found.problems[0].entry.as_deref(), Some("rib"));
    assert!(
        found.problems[0].error.to_string().contains("chunk at byte"),
        "{}",
        found.problems[0].error
    );
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
    assert_eq!(report.saved, ["aorta", "liver", "spleen"]);
    assert_eq!(report.lost.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["rib"]);
    assert_holds(&output, &["aorta", "liver", "spleen"]);
}

#[test]
fn entries_are_saved_when_front_slots_or_index_are_lost() {
    let folder = tempfile::tempdir().unwrap();
    // Byte 20 lies in slot 0, the only one, 110 in the space behind the slots, 180 in the index record behind that.
    let ranges = [(20, 21), (110, 111), (180, 181), (0, 120), (0, 240), (8, 240), (120, 200)];
    for (start, end) in ranges {
        let path = case(folder.path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[start..end].fill(0xff);
        fs::write(&path, bytes).unwrap();
        assert!(!verify(&path, false, |_, _| ()).unwrap().problems.is_empty());
        let output = folder.path().join("saved.mska");
        let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
        let expected = if end > 164 { IndexFound::Copied } else { IndexFound::Whole };
        assert_eq!(report.index, expected, "{start} to {end}");
        assert!(report.lost.is_empty(), "{start} to {end}: {:?}", report.lost);
        assert!(report.found_without_index.is_empty());
        assert_eq!(report.problems.len(), 1);
        assert_holds(&output, &NAMES);
        fs::remove_file(output).unwrap();
        fs::remove_file(path).unwrap();
    }
}

/// Entries without voxels, entries that share a blob, renamed ones, and metadata.
fn with_all_that_an_index_alone_has(folder: &Path) -> PathBuf {
    let path = folder.join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    let metadata = json!({"nifti": {"sform_code": 2}});
    let options = EntryOptions::new().metadata(metadata.as_object().unwrap().clone());
    for (name, runs) in [
        ("aorta", runs(0)),
        ("brain", Runs::empty(SHAPE)),
        ("twin", runs(0)),
        ("liver", runs(1)),
        ("skin", Runs::empty(SHAPE)),
    ] {
        let mut labels = LabelMap::new();
        labels.insert(format!("tissue of {name}"), 1).unwrap();
        labels.set_colour(1, Some([1, 2, 3, 4])).unwrap();
        writer.add_encoded(EncodedEntry::new(name, &runs, &labels, &options).unwrap()).unwrap();
    }
    writer.rename("liver", "hepar").unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn a_lost_index_costs_no_name_no_label_and_no_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let path = with_all_that_an_index_alone_has(folder.path());
    let before = Archive::open(&path).unwrap();
    damage(&path, 180);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
    assert_eq!((report.index, report.lost.len()), (IndexFound::Copied, 0));
    let after = Archive::open(&output).unwrap();
    assert_eq!(after.entries().len(), 5);
    for entry in before.entries() {
        let saved = after.entry(entry.name()).unwrap();
        assert_eq!(saved.metadata_text(), entry.metadata_text());
        assert_eq!(saved.codec(), entry.codec());
        let names = |entry: &Entry| {
            entry
                .label_map()
                .unwrap()
                .iter()
                .map(|(name, label)| (name.to_owned(), label))
                .collect::<Vec<_>>()
        };
        assert_eq!(names(saved), names(entry));
        let statistics =
            |entry: &Entry| entry.labels().map(|label| label.statistics).collect::<Vec<_>>();
        assert_eq!(statistics(saved), statistics(entry));
        let runs = |archive: &Archive| archive.get(entry.name()).unwrap().to_runs().unwrap();
        assert_eq!(runs(&after), runs(&before));
    }
    // Of entries without a blob of their own the copy has all.
    for name in ["brain", "skin", "twin"] {
        let [before, after] = [&before, &after].map(|archive| archive.entry(name).unwrap());
        assert_eq!(after.label_map().unwrap(), before.label_map().unwrap());
    }
}

/// Of many KiB for each mask.
const LARGE: [usize; 3] = [40, 160, 300];

fn noise(seed: u32) -> EncodedEntry {
    let mut builder = RunsBuilder::new(LARGE);
    for z in 0..40_u32 {
        for y in 0..160 {
            let number = seed.wrapping_mul(747_796_405) ^ (z * 160 + y).wrapping_mul(2_891_336_453);
            let start = number >> 25;
            builder.push(z, y, Run { start, end: start + 1 + (start ^ seed) % 90, label: 1 });
        }
    }
    let mut labels = LabelMap::new();
    labels.insert("bone", 1).unwrap();
    let name = format!("rib {seed}");
    EncodedEntry::new(&name, &builder.finish(), &labels, &EntryOptions::default()).unwrap()
}

/// Ten masks of noise on `space`: five that were written at once, and five that came one by one, so that index records and trailers
/// stand between them.
fn large_case(path: &Path, space: &Space) {
    let mut writer = ArchiveWriter::create(path, space, WriterOptions::default()).unwrap();
    (0..5).for_each(|seed| writer.add_encoded(noise(seed)).unwrap());
    writer.finish().unwrap();
    for seed in 5..10 {
        let mut writer = ArchiveWriter::open(path, WriterOptions::default()).unwrap();
        writer.add_encoded(noise(seed)).unwrap();
        writer.finish().unwrap();
    }
}

#[test]
fn no_damage_of_4_kib_costs_a_mask_that_lies_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let direction = Space::of_shape(LARGE).direction();
    let space = Space::new(LARGE, [1.5, 0.7, 0.8], [-3.0, 8.0, 100.25], direction).unwrap();
    large_case(&path, &space);
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 4 * 4096, "{}", whole.len());
    let before = Archive::from_storage(&whole[..], &path).unwrap();
    let masks: Vec<(String, Runs)> = before
        .names()
        .map(|name| (name.to_owned(), before.get(name).unwrap().to_runs().unwrap()))
        .collect();
    let output = folder.path().join("saved.mska");
    for start in (0..whole.len()).step_by(509) {
        let mut bytes = whole.clone();
        let end = (start + 4096).min(whole.len());
        bytes[start..end].fill(0);
        fs::write(&path, &bytes).unwrap();
        let options = WriterOptions::default().overwrite(true);
        let report = repair(&path, &output, options, None).unwrap();
        let saved = Archive::open(&output).unwrap();
        assert_eq!(saved.space(), &space);
        let mut missing = Vec::new();
        for (name, runs) in &masks {
            let (offset, length) = before.entry(name).unwrap().blob().unwrap();
            let is_hit = offset < end as u64 && start as u64 <= offset + length;
            if let Ok(entry) = saved.get(name) {
                assert_eq!(entry.to_runs().unwrap(), *runs);
                assert_eq!(entry.entry().label_map().unwrap().name(1), Some("bone"));
            } else {
                assert!(is_hit, "damage from {start} on has cost {name}");
                missing.push(name.as_str());
            }
        }
        // What is lost is named, unless the only index that knew it is lost too: then that is said.
        let lost: Vec<_> = report.lost.iter().map(|(name, _)| name.as_str()).collect();
        let is_told = lost == missing || report.index == IndexFound::Lost;
        assert!(is_told, "{start}: {lost:?} {missing:?}");
    }
}

#[test]
fn a_space_from_outside_takes_the_place_of_one_that_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes[104..164].fill(0);
    bytes[end - 70..].fill(0);
    fs::write(&path, bytes).unwrap();
    let output = folder.path().join("saved.mska");
    let refused = repair(&path, &output, WriterOptions::default(), None).unwrap_err();
    assert!(refused.to_string().contains("no whole copy of the space"), "{refused}");
    let origin = [1.0, 2.0, 3.0];
    let space = Space::of_shape(SHAPE);
    let space = Space::new(SHAPE, [2.0; 3], origin, space.direction()).unwrap();
    let report = repair(&path, &output, WriterOptions::default(), Some(&space)).unwrap();
    assert!(report.lost.is_empty());
    assert_eq!(Archive::open(&output).unwrap().space(), &space);
    assert_holds(&output, &NAMES);
}

#[test]
fn what_a_cut_has_cost_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let whole = fs::read(&path).unwrap();
    let archive = Archive::open(&path).unwrap();
    let blobs: Vec<(u64, u64)> = archive.entries().map(|entry| entry.blob().unwrap()).collect();
    for kept in 1..4 {
        let cut = (blobs[kept].0 + blobs[kept].1 - 1) as usize;
        fs::write(&path, &whole[..cut]).unwrap();
        let output = folder.path().join(format!("saved {kept}.mska"));
        let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
        assert_eq!(report.saved, NAMES[..kept]);
        assert_eq!(report.index, IndexFound::Whole);
        let lost: Vec<_> = report.lost.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(lost, NAMES[kept..]);
        assert!(report.lost[0].1.to_string().contains("outside the file"), "{}", report.lost[0].1);
    }
}

#[test]
fn a_mask_that_was_replaced_does_not_stand_for_a_damaged_newer_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("liver").unwrap();
    writer.add_encoded(encoded("liver", 9)).unwrap();
    writer.finish().unwrap();
    let (offset, length) = Archive::open(&path).unwrap().entry("liver").unwrap().blob().unwrap();
    let output = folder.path().join("saved.mska");
    let whole = fs::read(&path).unwrap();
    // With and without the newest index; with neither header nor chunks of the blob.
    for (at, slot) in [(offset + length - 1, 0), (offset + 20, 0), (offset + 20, 70)] {
        let mut bytes = whole.clone();
        bytes[at as usize] ^= 1;
        if slot > 0 {
            bytes[slot] ^= 1;
            bytes[20] ^= 1;
        }
        fs::write(&path, &bytes).unwrap();
        let options = WriterOptions::default().overwrite(true);
        let report = repair(&path, &output, options, None).unwrap();
        assert_eq!(report.saved, ["aorta", "rib", "spleen"]);
        assert_eq!(report.lost.len(), 1);
        assert_eq!(report.lost[0].0, "liver");
    }
}

#[test]
fn without_any_index_all_whole_blobs_are_saved_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let archive = Archive::open(&path).unwrap();
    let end = archive.entry("spleen").unwrap().blob().map(|(offset, length)| offset + length);
    damage(&path, 180);
    damage(&path, end.unwrap() + 12);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
    assert_eq!(report.index, IndexFound::Lost);
    assert_eq!(report.found_without_index, NAMES);
    assert_holds(&output, &NAMES);
}

#[test]
fn the_codec_that_was_asked_for_is_known_where_planes_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let (path, shape) = (folder.path().join("case.mska"), [24, 24, 24]);
    // Each voxel three times along every axis.
    let mut builder = RunsBuilder::new(shape);
    for (z, y) in (0..24_u32).flat_map(|z| (0..24_u32).map(move |y| (z, y))) {
        let start = (z / 3 * 5 + y / 3 * 3) % 6 * 3;
        builder.push(z, y, Run { start, end: start + 6, label: 1 });
    }
    let (runs, mut labels) = (builder.finish(), LabelMap::new());
    labels.insert("bone", 1).unwrap();
    let options = EntryOptions::new().codec(Codec::Context);
    let space = Space::of_shape(shape);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    writer.add_encoded(EncodedEntry::new("bone", &runs, &labels, &options).unwrap()).unwrap();
    writer.finish().unwrap();
    let archive = Archive::open(&path).unwrap();
    let (offset, length) = archive.entry("bone").unwrap().blob().unwrap();
    assert_eq!(archive.entry("bone").unwrap().codec(), Some("context"));
    damage(&path, 180);
    damage(&path, offset + length + 12);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
    assert_eq!(report.index, IndexFound::Lost);
    let saved = Archive::open(&output).unwrap();
    assert_eq!(saved.entry("bone").unwrap().codec(), Some("context"));
    assert_eq!(saved.get("bone").unwrap().to_runs().unwrap(), runs);
}

#[test]
fn a_newer_state_is_saved_when_its_index_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.remove("aorta").unwrap();
    writer.commit().unwrap();
    writer.remove("liver").unwrap();
    writer.add_encoded(encoded("trachea", 7)).unwrap();
    writer.finish().unwrap();
    // The last byte of the newest record; its copy says the same.
    let record = trailer_of(&fs::read(&path).unwrap()) as u64 - 1;
    damage(&path, record);
    let output = folder.path().join("saved.mska");
    let report = repair(&path, &output, WriterOptions::default(), None).unwrap();
    assert_eq!(report.saved, ["rib", "spleen", "trachea"]);
    assert_eq!(report.index, IndexFound::Copied);
    assert!(report.found_without_index.is_empty());
    // Without the copy, which stands before it, only the blobs know. That liver was removed nobody does.
    let blob = Archive::open(&output).unwrap().entry("trachea").unwrap().blob().unwrap().1;
    let trachea = (164..record).find(|at| {
        fs::read(&path).unwrap()[*at as usize..].starts_with(b"MSKC") && *at + 200 > record
    });
    assert!(blob > 0);
    damage(&path, trachea.unwrap() + 9);
    let options = WriterOptions::default().overwrite(true);
    let report = repair(&path, &output, options, None).unwrap();
    assert_eq!(report.saved, ["liver", "rib", "spleen", "trachea"]);
    assert_eq!(report.found_without_index, ["trachea"]);
    assert_eq!(report.index, IndexFound::Lost);
}

#[test]
fn a_file_in_order_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let found = verify(&path, true, |_, _| ()).unwrap();
    assert!(found.problems.is_empty());
    let stored: u64 = Archive::open(&path).unwrap().entries().map(Entry::stored_bytes).sum();
    assert_eq!((found.entries, found.bytes), (4, stored));
    assert!(verify(&folder.path().join("absent.mska"), false, |_, _| ()).is_err());
}

#[test]
fn what_a_damaged_record_claims_costs_no_other_record() {
    let folder = tempfile::tempdir().unwrap();
    let path = case(folder.path());
    let output = folder.path().join("saved.mska");
    let mut labels = LabelMap::new();
    labels.insert("skin", 1).unwrap();
    let options = EntryOptions::default();
    let empty = EncodedEntry::new("skin", &Runs::empty(SHAPE), &labels, &options).unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.add_encoded(empty).unwrap();
    writer.commit().unwrap();
    drop(writer);
    // The first record claims to expand to as much as three bytes can say; both slots are damaged.
    let mut bytes = fs::read(&path).unwrap();
    let front = usize::from(bytes[6]);
    bytes[front + 9..front + 12].copy_from_slice(&[0xff, 0xff, 0x7f]);
    bytes[20] ^= 1;
    bytes[70] ^= 1;
    fs::write(&path, bytes).unwrap();
    repair(&path, &output, WriterOptions::default(), None).unwrap();
    let saved = Archive::open(&output).unwrap();
    let mut names: Vec<_> = saved.names().collect();
    names.sort_unstable();
    assert_eq!(names, ["aorta", "liver", "rib", "skin", "spleen"]);
}
