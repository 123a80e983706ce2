//! One file: whole or not at all, and never in place of what must stay.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::io::Write;
use std::path::Path;

use medmask_files::{Access, Draft, Durability, FileError, check_output, write_whole};

const BOTH: [Durability; 2] = [Durability::Full, Durability::Buffered];

fn listing(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_existing_file_is_kept_unless_it_may_be_replaced() {
    for durability in BOTH {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_whole(&path, b"first", false, durability).unwrap();
        let refused = write_whole(&path, b"second", false, durability).unwrap_err();
        assert!(matches!(&refused, FileError::Exists { path: named } if *named == path));
        assert_eq!(refused.to_string(), format!("{} already exists", path.display()));
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        write_whole(&path, b"third", true, durability).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"third");
        assert_eq!(listing(folder.path()), ["a"]);
    }
}

#[test]
fn a_file_that_appears_meanwhile_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    for rename_alone in [false, true] {
        let mut draft = Draft::beside(&path, Access::Usual).unwrap();
        draft.file_mut().write_all(b"mine").unwrap();
        std::fs::write(&path, "theirs").unwrap();
        let refused =
            if rename_alone { draft.rename(false) } else { draft.publish(false, Durability::Full) };
        assert!(matches!(refused, Err(FileError::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
        assert_eq!(listing(folder.path()), ["a"]);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_draft_lies_beside_its_place_and_goes_when_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let mut draft = Draft::beside(&folder.path().join("a"), Access::Usual).unwrap();
    draft.file_mut().write_all(b"half").unwrap();
    let [name] = &listing(folder.path())[..] else { panic!("one file") };
    assert!(name.starts_with(".medmask-"), "{name}");
    let other = std::fs::File::open(folder.path().join(name)).unwrap();
    assert!(draft.is_locked() && other.try_lock().is_err());
    drop(draft);
    other.try_lock().unwrap();
    assert!(listing(folder.path()).is_empty());
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/a");
    let error = write_whole(&path, b"", true, Durability::Full).unwrap_err().to_string();
    let missing = folder.path().join("none");
    let expected =
        format!("cannot create {}: there is no folder {}", path.display(), missing.display());
    assert_eq!(error, expected);
    assert!(listing(folder.path()).is_empty());
    // A file in the place of the folder is the system's error, without the hidden name of the draft.
    std::fs::write(&missing, "").unwrap();
    let error = write_whole(&path, b"", true, Durability::Full).unwrap_err();
    assert!(matches!(&error, FileError::Io { source, .. } if source.raw_os_error().is_some()));
    assert!(!error.to_string().contains(".medmask-"), "{error}");
}

#[test]
fn a_folder_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    std::fs::create_dir(&path).unwrap();
    for overwrite in [false, true] {
        let refused = write_whole(&path, b"", overwrite, Durability::Full).unwrap_err();
        assert!(matches!(refused, FileError::NotAFile { kind: "a folder", .. }), "{refused}");
    }
    assert!(matches!(Draft::beside(&path, Access::Usual), Err(FileError::NotAFile { .. })));
    assert!(path.is_dir());
    assert_eq!(listing(folder.path()), ["a"]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    use medmask_files::{NotRegular, open_input};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_file_gets_the_permissions_of_any_new_file_or_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("plain"), "").unwrap();
        write_whole(&at("whole"), b"", false, Durability::Full).unwrap();
        assert_eq!(mode(&at("whole")), mode(&at("plain")));
        let private = Draft::beside(&at("private"), Access::Private).unwrap();
        private.publish(false, Durability::Full).unwrap();
        assert_eq!(mode(&at("private")), 0o600);
        // Those of the old file are not taken over.
        write_whole(&at("private"), b"", true, Durability::Full).unwrap();
        assert_eq!(mode(&at("private")), mode(&at("plain")));
    }

    #[test]
    fn devices_and_sockets_and_links_to_them_stay_whatever_is_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let _listening = UnixListener::bind(at("socket")).unwrap();
        symlink(at("socket"), at("to socket")).unwrap();
        symlink("/dev/null", at("to device")).unwrap();
        symlink("to device", at("to link to device")).unwrap();
        symlink(".", at("to folder")).unwrap();
        let before = listing(folder.path());
        for (name, kind) in [
            ("socket", "a socket"),
            ("to socket", "a socket"),
            ("to device", "a device"),
            ("to link to device", "a device"),
            ("to folder", "a folder"),
        ] {
            for overwrite in [false, true] {
                let refused = write_whole(&at(name), b"", overwrite, Durability::Full).unwrap_err();
                assert!(
                    matches!(refused, FileError::NotAFile { kind: found, .. } if found == kind),
                    "{name}: {refused}"
                );
            }
            assert!(at(name).symlink_metadata().is_ok());
        }
        assert_eq!(listing(folder.path()), before);
        // Only asked about: a test that fails here must not replace them.
        for device in ["/dev/null", "/dev/stdout"] {
            let refused = check_output(device.as_ref(), true);
            assert!(matches!(refused, Err(FileError::NotAFile { .. })), "{device}");
        }
    }

    #[test]
    fn a_link_to_a_file_or_to_nowhere_is_itself_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "kept").unwrap();
        symlink("file", at("to file")).unwrap();
        symlink("nowhere", at("to nowhere")).unwrap();
        for name in ["to file", "to nowhere"] {
            let refused = write_whole(&at(name), b"new", false, Durability::Full);
            assert!(matches!(refused, Err(FileError::Exists { .. })), "{name}");
            write_whole(&at(name), b"new", true, Durability::Full).unwrap();
            assert!(at(name).symlink_metadata().unwrap().is_file());
            assert_eq!(std::fs::read(at(name)).unwrap(), b"new");
        }
        assert_eq!(std::fs::read(at("file")).unwrap(), b"kept");
        assert_eq!(listing(folder.path()), ["file", "to file", "to nowhere"]);
    }

    #[test]
    fn what_is_no_file_is_not_opened_for_reading() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        // Whoever opened it would wait for ever.
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(made.success());
        let _listening = UnixListener::bind(at("socket")).unwrap();
        symlink("pipe", at("to pipe")).unwrap();
        symlink("/dev/zero", at("to device")).unwrap();
        for (name, kind) in [
            ("pipe", "a pipe"),
            ("to pipe", "a pipe"),
            ("socket", "a socket"),
            ("to device", "a device"),
            (".", "a folder"),
        ] {
            let refused = open_input(&at(name)).unwrap_err();
            assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput);
            let reason: Option<&NotRegular> = refused.get_ref().and_then(|e| e.downcast_ref());
            assert_eq!(reason, Some(&NotRegular { kind }));
            assert_eq!(refused.to_string(), format!("it is {kind}, not a file"));
        }
        std::fs::write(at("file"), "text").unwrap();
        symlink("file", at("to file")).unwrap();
        let text = std::io::read_to_string(open_input(&at("to file")).unwrap()).unwrap();
        assert_eq!(text, "text");
        let missing = open_input(&at("none")).unwrap_err();
        assert_eq!(missing.kind(), std::io::ErrorKind::NotFound);
    }
}
