//! Processes that end early: what they leave is removed, by themselves or by the next one, and what is in use stays.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use medmask_files::{Access, Draft, Durability, Staged, abandon_drafts, write_whole};

/// What a child process does, and where.
const ROLE: &str = "MEDMASK_FILES_ROLE";
const FOLDER: &str = "MEDMASK_FILES_FOLDER";

/// Does its part in a process of its own.
#[test]
fn child() {
    let (Some(role), Some(folder)) = (env::var_os(ROLE), env::var_os(FOLDER)) else { return };
    let folder = Path::new(&folder);
    match role.to_str().unwrap() {
        "hold" => hold(folder, || {}),
        "abandon" => hold(folder, abandon_drafts),
        "write" => {
            let place = folder.join(std::process::id().to_string());
            write_whole(&place, b"whole", false, Durability::Buffered).unwrap();
        }
        role => panic!("{role}"),
    }
}

/// Makes a draft, and a folder of drafts in a folder that it makes; says so, and goes on when it is told to.
fn hold(folder: &Path, and_then: impl FnOnce()) {
    let mut draft = Draft::beside(&folder.join("one"), Access::Usual).unwrap();
    draft.file_mut().write_all(b"half").unwrap();
    let (many, names) = (folder.join("made/many"), ["a".to_owned(), "b".to_owned()]);
    let staged = Staged::new(&many, &names, false).unwrap();
    write_whole(&staged.draft_of("a"), b"whole", false, Durability::Buffered).unwrap();
    let half = Draft::beside(&staged.draft_of("b"), Access::Usual).unwrap();
    println!("\nready");
    let _ = std::io::stdin().read(&mut [0]).unwrap();
    and_then();
    // As a signal ends a process: nothing is dropped.
    std::mem::forget((draft, staged, half));
    std::process::exit(0);
}

fn start(role: &str, folder: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .envs([(ROLE, role.as_ref()), (FOLDER, folder.as_os_str())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// A child that has its drafts.
fn holder(role: &str, folder: &Path) -> Child {
    let mut child = start(role, folder);
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "ready"));
    child
}

fn write_in(folder: &Path) {
    assert!(start("write", folder).wait().unwrap().success());
}

/// What lies in a folder and those inside it.
fn hidden(folder: &Path) -> usize {
    let entries = folder.read_dir().unwrap().map(Result::unwrap);
    let count = |entry: std::fs::DirEntry| {
        let own = usize::from(entry.file_name().to_string_lossy().starts_with(".medmask-"));
        let inside = if entry.file_type().unwrap().is_dir() { hidden(&entry.path()) } else { 0 };
        own + inside
    };
    entries.map(count).sum()
}

#[test]
fn the_next_process_removes_what_a_killed_one_has_left_and_no_sooner() {
    let folder = tempfile::tempdir().unwrap();
    let many = folder.path().join("made/many");
    let mut child = holder("hold", folder.path());
    // A draft; a file and a folder that stand for several, with the folder's own draft.
    assert_eq!((hidden(folder.path()), hidden(&many)), (4, 3));
    write_in(folder.path());
    write_in(&many);
    assert_eq!((hidden(folder.path()), hidden(&many)), (4, 3), "they are in use");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(hidden(folder.path()), 4, "a killed process removes nothing");
    write_in(folder.path());
    assert_eq!((hidden(folder.path()), hidden(&many)), (3, 3), "other folders are not searched");
    write_in(&many);
    assert_eq!(hidden(folder.path()), 0);
}

#[test]
fn a_program_that_ends_removes_its_drafts_and_empty_folders() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = holder("abandon", folder.path());
    assert_eq!(hidden(folder.path()), 4);
    child.stdin.take().unwrap().write_all(b"\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn processes_side_by_side_do_not_take_each_others_drafts() {
    let folder = tempfile::tempdir().unwrap();
    let mut children: Vec<Child> = (0..16).map(|_| start("write", folder.path())).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), children.len());
    assert_eq!(hidden(folder.path()), 0);
}

#[cfg(unix)]
#[test]
fn what_may_be_anothers_stays() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // The name of a draft of this machine, from one that is there.
    let draft = Draft::beside(&at("x"), Access::Usual).unwrap();
    let [name] = &folder.path().read_dir().unwrap().map(Result::unwrap).collect::<Vec<_>>()[..]
    else {
        panic!("one draft")
    };
    let name = name.file_name().into_string().unwrap();
    let prefix = name.strip_suffix(".tmp").unwrap();
    let prefix = &prefix[..prefix.len() - 6];
    drop(draft);
    let others_machine = format!(".medmask-{}-abcdef.tmp", "zzzzzzzz");
    for name in [&others_machine, ".medmask-abcdef.tmp", ".medmask-notes.txt"] {
        std::fs::write(at(name), "theirs").unwrap();
    }
    std::fs::create_dir(at(&format!("{prefix}folder.tmp"))).unwrap();
    // Neither the link nor what it leads to, nor the folder that would belong to it.
    std::fs::write(at("kept"), "kept").unwrap();
    symlink("kept", at(&format!("{prefix}a link.tmp"))).unwrap();
    std::fs::create_dir(at(&format!("{prefix}a link.d"))).unwrap();
    let count = || folder.path().read_dir().unwrap().count();
    let before = count();
    write_in(folder.path());
    assert_eq!(count(), before + 1);
    // This is what is removed.
    std::fs::write(at(&format!("{prefix}abcdef.tmp")), "left").unwrap();
    std::fs::create_dir(at(&format!("{prefix}abcdef.d"))).unwrap();
    write_in(folder.path());
    assert_eq!(count(), before + 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_draft_of_another_user_stays() {
    use std::os::unix::fs::{MetadataExt, chown};

    let folder = tempfile::tempdir().unwrap();
    let mut child = holder("hold", folder.path());
    child.kill().unwrap();
    child.wait().unwrap();
    let draft = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
    let draft = draft.into_iter().find(|path| path.is_file()).unwrap();
    let owner = draft.metadata().unwrap().uid();
    if owner != 0 {
        eprintln!("skipped: only root can give a file away");
        return;
    }
    chown(&draft, Some(12_345), None).unwrap();
    write_in(folder.path());
    assert!(draft.exists());
    chown(&draft, Some(owner), None).unwrap();
    write_in(folder.path());
    assert!(!draft.exists());
}
