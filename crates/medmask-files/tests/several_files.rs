//! Several files: they appear together, and folders that were made for nothing go again.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::path::Path;

use medmask_files::{Durability, FileError, Staged};

fn names() -> Vec<String> {
    ["a", "b", "c"].map(str::to_owned).to_vec()
}

fn listing(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Writes every draft: its own name.
fn fill(staged: &Staged<'_>, names: &[String]) {
    for name in names {
        std::fs::write(staged.draft_of(name), name).unwrap();
    }
}

#[test]
fn files_appear_together_in_a_folder_that_is_made() {
    for durability in [Durability::Full, Durability::Buffered] {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("x/y");
        let names = names();
        let staged = Staged::new(&folder, &names, false).unwrap();
        fill(&staged, &names);
        let hidden = listing(&folder);
        assert_eq!(hidden.len(), 2, "the folder of drafts and its lock");
        assert!(hidden.iter().all(|name| name.starts_with(".medmask-")), "{hidden:?}");
        let published = staged.publish(durability).unwrap();
        assert_eq!(published, names.iter().map(|name| folder.join(name)).collect::<Vec<_>>());
        assert_eq!(listing(&folder), names);
        for (path, name) in published.iter().zip(&names) {
            assert_eq!(std::fs::read_to_string(path).unwrap(), *name);
        }
    }
}

#[test]
fn what_is_not_published_leaves_no_file_and_no_folder() {
    let parent = tempfile::tempdir().unwrap();
    let names = names();
    let folder = parent.path().join("x/y");
    let staged = Staged::new(&folder, &names, false).unwrap();
    fill(&staged, &names[..2]);
    drop(staged);
    assert!(listing(parent.path()).is_empty());

    // A draft that was never written.
    let staged = Staged::new(&folder, &names, false).unwrap();
    fill(&staged, &names[..2]);
    assert!(matches!(staged.publish(Durability::Full), Err(FileError::Io { .. })));
    assert!(listing(parent.path()).is_empty());

    // Folders that were there, or hold what somebody else has put there, stay.
    std::fs::create_dir(parent.path().join("x")).unwrap();
    drop(Staged::new(&folder, &names, false).unwrap());
    assert_eq!(listing(parent.path()), ["x"]);
    let staged = Staged::new(&folder, &names, false).unwrap();
    std::fs::write(folder.join("theirs"), "").unwrap();
    drop(staged);
    assert_eq!(listing(&folder), ["theirs"]);
}

#[test]
fn a_folder_that_cannot_be_made_leaves_none_of_those_around_it() {
    let parent = tempfile::tempdir().unwrap();
    // No file system takes names of 300 letters.
    let folder = parent.path().join("x").join("y".repeat(300));
    let names = names();
    assert!(matches!(Staged::new(&folder, &names, false), Err(FileError::Io { .. })));
    assert!(listing(parent.path()).is_empty());
}

#[test]
fn existing_files_are_kept_unless_they_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let names = names();
    std::fs::write(folder.path().join("b"), "old").unwrap();
    let refused = Staged::new(folder.path(), &names, false);
    assert!(matches!(refused, Err(FileError::Exists { path }) if path.ends_with("b")));
    assert_eq!(listing(folder.path()), ["b"]);

    let staged = Staged::new(folder.path(), &names, true).unwrap();
    fill(&staged, &names);
    assert_eq!(std::fs::read_to_string(folder.path().join("b")).unwrap(), "old");
    staged.publish(Durability::Full).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("b")).unwrap(), "b");
    assert_eq!(listing(folder.path()), names);

    std::fs::remove_file(folder.path().join("c")).unwrap();
    std::fs::create_dir(folder.path().join("c")).unwrap();
    let refused = Staged::new(folder.path(), &names, true);
    assert!(matches!(refused, Err(FileError::NotAFile { path, .. }) if path.ends_with("c")));
}

#[test]
fn a_file_that_appears_meanwhile_is_kept_and_the_others_are_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let names = names();
    let staged = Staged::new(folder.path(), &names, false).unwrap();
    fill(&staged, &names);
    std::fs::write(folder.path().join("b"), "theirs").unwrap();
    let refused = staged.publish(Durability::Full);
    assert!(matches!(refused, Err(FileError::Exists { path }) if path.ends_with("b")));
    assert_eq!(std::fs::read_to_string(folder.path().join("b")).unwrap(), "theirs");
    assert_eq!(listing(folder.path()), ["b"]);
}

#[cfg(unix)]
#[test]
fn what_was_replaced_comes_back_where_a_later_file_fails() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
    std::fs::write(at("a"), "old").unwrap();
    std::fs::set_permissions(at("a"), PermissionsExt::from_mode(0o640)).unwrap();
    symlink("nowhere", at("b")).unwrap();
    let identity = |name: &str| {
        let found = at(name).symlink_metadata().unwrap();
        (found.ino(), found.mode(), found.mtime_nsec())
    };
    let before = (identity("a"), identity("b"));
    let staged = Staged::new(folder.path(), &names, true).unwrap();
    fill(&staged, &names);
    std::fs::create_dir(at("d")).unwrap();
    let refused = staged.publish(Durability::Full);
    assert!(matches!(refused, Err(FileError::NotAFile { path, .. }) if path.ends_with("d")));
    assert_eq!((identity("a"), identity("b")), before);
    assert_eq!(std::fs::read_to_string(at("a")).unwrap(), "old");
    assert_eq!(listing(folder.path()), ["a", "b", "d"]);
}
