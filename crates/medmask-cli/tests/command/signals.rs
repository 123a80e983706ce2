//! Signals: what was being written goes, what was there stays, and the exit status says what happened.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::files::{listing, succeed, write};

/// So many that reading or writing them takes a second.
const MASKS: usize = 500;

/// Masks and an archive of them that take a second to read or write: long enough to be interrupted.
fn long_case() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let masks = folder.path().join("masks");
    std::fs::create_dir(&masks).unwrap();
    let shape = [96, 256, 256];
    let first = masks.join("0.nii.gz");
    write(&first, ndarray::Array3::zeros(shape), &[], &medmask::Space::of_shape(shape));
    for n in 1..MASKS {
        std::fs::hard_link(&first, masks.join(format!("{n}.nii.gz"))).unwrap();
    }
    succeed(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    folder
}

fn is_hidden(name: &str) -> bool {
    name.starts_with(".medmask-")
}

/// Starts `medmask`, and returns when a draft is in the folder `place`.
fn until_a_draft_is_there(folder: &Path, place: &str, arguments: &[&str]) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_medmask"))
        .current_dir(folder)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let place = folder.join(place);
    while !(place.is_dir() && listing(&place).iter().any(|name| is_hidden(name))) {
        assert!(child.try_wait().unwrap().is_none(), "{arguments:?} ended without a draft");
        std::thread::yield_now();
    }
    child
}

fn signal(child: &mut Child, signal: &str) -> ExitStatus {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    child.wait().unwrap()
}

#[test]
fn a_signal_takes_half_written_outputs_with_it() {
    let folder = long_case();
    std::fs::write(folder.path().join("there.mska"), "kept").unwrap();
    std::fs::create_dir(folder.path().join("there")).unwrap();
    std::fs::write(folder.path().join("there/7.nii.gz"), "kept").unwrap();
    let before = listing(folder.path());
    for (place, arguments) in [
        (".", &["pack", "masks", "-o", "there.mska", "--force", "--jobs", "1"][..]),
        ("out/deep", &["extract", "case.mska", "-d", "out/deep", "--jobs", "2"]),
        ("there", &["extract", "case.mska", "-d", "there", "--force", "--jobs", "2"]),
    ] {
        for (name, number) in [("-INT", 2), ("-TERM", 15), ("-HUP", 1)] {
            let mut child = until_a_draft_is_there(folder.path(), place, arguments);
            let status = signal(&mut child, name);
            assert_eq!(status.signal(), Some(number), "{arguments:?} {name}: {status:?}");
            assert_eq!(listing(folder.path()), before, "{arguments:?} {name}");
            assert_eq!(listing(&folder.path().join("there")), ["7.nii.gz"]);
        }
    }
    for kept in ["there.mska", "there/7.nii.gz"] {
        assert_eq!(std::fs::read(folder.path().join(kept)).unwrap(), b"kept");
    }
}

#[test]
fn what_kill_leaves_is_removed_by_the_next_output_there() {
    let folder = long_case();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let extract = ["extract", "case.mska", "-d", "out", "--jobs", "2"];
    let mut child = until_a_draft_is_there(folder.path(), "out", &extract);
    assert_eq!(signal(&mut child, "-KILL").signal(), Some(9));
    let out = folder.path().join("out");
    assert!(listing(&out).iter().any(|name| is_hidden(name)));
    // Not those of a process that is at work.
    let mut other = until_a_draft_is_there(folder.path(), ".", &["pack", "masks", "-o", "x.mska"]);
    succeed(folder.path(), &["extract", "case.mska", "1", "-o", "one.nii.gz"]);
    assert!(other.wait().unwrap().success());
    succeed(folder.path(), &["verify", "x.mska"]);
    succeed(folder.path(), &["labels", "case.mska", "1", "-o", "out/labels.json"]);
    assert_eq!(listing(&out), ["labels.json"]);
    assert_eq!(listing(folder.path()), ["case.mska", "masks", "one.nii.gz", "out", "x.mska"]);
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    let folder = long_case();
    // As `nohup` starts programs.
    let script = "trap '' HUP; exec \"$0\" extract case.mska -d out --jobs 2";
    let mut child = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", script, env!("CARGO_BIN_EXE_medmask")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let out = folder.path().join("out");
    while !(out.is_dir() && listing(&out).iter().any(|name| is_hidden(name))) {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::yield_now();
    }
    assert!(signal(&mut child, "-HUP").success());
    assert_eq!(listing(&out).len(), MASKS);
}
