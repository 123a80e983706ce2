//! A process that appends is killed at random moments; what it said was committed is there, and all of it whole.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::env;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use medmask_archive::{Archive, ArchiveWriter, EncodedEntry, EntryOptions, WriterOptions, verify};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};

const SHAPE: [usize; 3] = [6, 20, 30];
const KILLS: u32 = 500;
/// Names the archive to the child process.
const CHILD: &str = "MEDMASK_KILLED_WRITER";

fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 0..5 {
        for y in 0..18 {
            let start = (seed.wrapping_mul(z + 3) ^ y) % 20;
            builder.push(z, y, Run { start, end: start + 1 + (seed + y) % 9, label: 1 });
        }
    }
    builder.finish()
}

fn encoded(seed: u32) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert("lesion", 1).unwrap();
    EncodedEntry::new(&format!("lesion {seed}"), &runs(seed), &labels, &EntryOptions::default())
        .unwrap()
}

/// What the child does until it is killed: adds, removes and now and then compacts, and says what is committed.
#[test]
fn child() {
    let Some(path) = env::var_os(CHILD) else { return };
    let mut writer = ArchiveWriter::open(path, WriterOptions::default()).unwrap();
    let mut next =
        writer.archive().generation() as u32 * 1000 + writer.archive().entries().len() as u32;
    loop {
        next += 1;
        if writer.archive().entry(&format!("lesion {next}")).is_ok() {
            continue;
        }
        writer.add_encoded(encoded(next)).unwrap();
        writer.commit().unwrap();
        println!("\nadded {next}");
        if next.is_multiple_of(7) {
            writer.compact().unwrap();
        }
    }
}

/// Runs the child on the archive until a random moment after its first commit. Returns what it said it had added.
fn run_and_kill(path: &Path, random: &mut u64) -> Vec<u32> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut added = Vec::new();
    let number =
        |line: std::io::Result<String>| line.ok()?.strip_prefix("added ")?.parse::<u32>().ok();
    added.extend(lines.by_ref().find_map(number));
    assert!(!added.is_empty(), "an archive that a kill has left can be written");
    // xorshift64: the moment need not be unforeseeable, only spread over all that a commit does.
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    for step in 0..*random % 3_000_000 {
        black_box(step);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    added.extend(lines.filter_map(number));
    added
}

#[test]
fn nothing_committed_is_lost_to_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut random = 0x9e37_79b9_7f4a_7c15;
    let mut committed = BTreeSet::new();
    for kill in 0..KILLS {
        if kill % 50 == 0 {
            let _ = std::fs::remove_file(&path);
            committed.clear();
            let space = Space::of_shape(SHAPE);
            ArchiveWriter::create(&path, &space, WriterOptions::default())
                .unwrap()
                .finish()
                .unwrap();
        }
        committed.extend(run_and_kill(&path, &mut random));
        let archive = Archive::open(&path).unwrap();
        for seed in &committed {
            assert_eq!(
                archive.get(&format!("lesion {seed}")).unwrap().to_runs().unwrap(),
                runs(*seed),
                "kill {kill}"
            );
        }
        // One more than it said may have been committed before it could say so.
        let found: BTreeSet<u32> =
            archive.names().map(|name| name["lesion ".len()..].parse().unwrap()).collect();
        assert!(found.is_superset(&committed) && found.len() <= committed.len() + 1, "kill {kill}");
        let problems = verify(&path, true, |_, _| ()).unwrap().problems;
        assert!(
            problems.iter().all(|problem| problem.entry.is_none()),
            "kill {kill}: {problems:?}"
        );
        // A torn slot is told as damage; the next commit overwrites it.
        committed = found;
    }
}
