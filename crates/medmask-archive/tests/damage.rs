//! Damaged files: each flipped bit and each cut is an error or an earlier whole state, never a wrong answer.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, EncodedEntry, EntryOptions, WriterOptions,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};
use medmask_format::front::{MAX_FRONT, MAX_TRAILER};

use common::trailer_of;

const SHAPE: [usize; 3] = [5, 8, 11];

/// A few runs in several rows, told apart by `seed`.
fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 1..4 {
        for y in 0..5 {
            let start = (seed + z * y) % 6;
            builder.push(z, y, Run { start, end: start + 2 + seed % 3, label: 1 + (seed + y) % 2 });
        }
    }
    builder.finish()
}

fn encoded(name: &str, runs: &Runs) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert(format!("{name} left"), 1).unwrap();
    labels.insert(format!("{name} right"), 2).unwrap();
    EncodedEntry::new(name, runs, &labels, &EntryOptions::default()).unwrap()
}

fn space() -> Space {
    let direction = [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]];
    Space::new(SHAPE, [2.5, 0.75, 0.8], [-120.5, 33.0, 710.25], direction).unwrap()
}

/// All that an archive says: space, generation, and for each entry its row and voxels.
fn contents(bytes: &[u8]) -> Result<(Space, Vec<(String, Runs)>), ArchiveError> {
    let archive = Archive::from_storage(bytes, "damaged")?;
    let load = |entry: &medmask_archive::Entry| {
        let runs = archive.get(entry.name()).unwrap().to_runs()?;
        let known: Vec<_> = entry.labels().filter_map(|label| label.statistics).collect();
        assert_eq!(known, runs.statistics(), "statistics that passed are those of the voxels");
        Ok((format!("{} {:?} {:?}", entry.name(), entry.dtype(), entry.label_map()), runs))
    };
    let entries = archive.entries().map(load).collect::<Result<_, ArchiveError>>()?;
    Ok((archive.space().clone(), entries))
}

/// A compacted file with three entries, one of them empty, and the same after one more commit.
fn files() -> [Vec<u8>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut writer = ArchiveWriter::create(&path, &space(), WriterOptions::default()).unwrap();
    writer.add_encoded(encoded("lung", &runs(3))).unwrap();
    writer.add_encoded(encoded("kidney", &runs(4))).unwrap();
    writer.add_encoded(encoded("nothing", &Runs::empty(SHAPE))).unwrap();
    writer.finish().unwrap();
    let compacted = std::fs::read(&path).unwrap();
    let mut writer = ArchiveWriter::open(&path, WriterOptions::default()).unwrap();
    writer.add_encoded(encoded("rib", &runs(5))).unwrap();
    writer.finish().unwrap();
    [compacted, std::fs::read(&path).unwrap()]
}

/// Panics unless `bytes` are refused as damaged, or open as one of `states`.
fn check(bytes: &[u8], states: &[(Space, Vec<(String, Runs)>)], what: &str) -> bool {
    match contents(bytes) {
        Ok(found) => {
            assert!(states.contains(&found), "{what}: opens as something that was never written");
            true
        }
        Err(ArchiveError::Format { .. }) => false,
        Err(ArchiveError::Io { source, .. }) => {
            assert_eq!(source.kind(), std::io::ErrorKind::UnexpectedEof, "{what}");
            false
        }
        Err(other) => panic!("{what}: {other}"),
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let [compacted, appended] = files();
    let states = [contents(&compacted).unwrap(), contents(&appended).unwrap()];
    for (name, file, states) in
        [("compacted", &compacted, &states[..1]), ("appended", &appended, &states[..])]
    {
        let mut served = 0;
        for bit in 0..file.len() * 8 {
            let mut bytes = file.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            served += usize::from(check(
                &bytes,
                states,
                &format!("{name}, byte {} bit {}", bit / 8, bit % 8),
            ));
        }
        // A flip in the front, in a slot, or in what only a repair needs: the copies of the index and the trailers.
        let spare = (MAX_FRONT + 2 * MAX_TRAILER + 2 * 200) * 8;
        assert!(served < spare, "{name}: {served} of {} flips served", file.len() * 8);
    }
}

#[test]
fn every_cut_is_found() {
    let [compacted, appended] = files();
    let states = [contents(&compacted).unwrap(), contents(&appended).unwrap()];
    for length in 0..compacted.len() {
        assert!(!check(&compacted[..length], &states[..1], &format!("cut at {length}")));
    }
    for length in 0..appended.len() {
        let whole = check(&appended[..length], &states[..1], &format!("cut at {length}"));
        assert_eq!(
            whole,
            length >= compacted.len(),
            "the first commit is whole from byte {} on",
            compacted.len()
        );
    }
}

#[test]
fn the_reason_of_a_fallback_is_told() {
    let [_, mut appended] = files();
    let last = trailer_of(&appended) - 1;
    assert!(Archive::from_storage(&appended[..], "whole").unwrap().damage().is_none());
    appended[last] ^= 1;
    let archive = Archive::from_storage(&appended[..], "damaged").unwrap();
    assert_eq!(archive.names().collect::<Vec<_>>(), ["lung", "kidney", "nothing"]);
    let damage = archive.damage().unwrap().to_string();
    assert!(damage.starts_with("index at byte"), "{damage}");
}
