//! Where outputs may go, and what becomes of them when there is no room.

use crate::files::{PACK, case, fail, listing, packed, space, succeed};
#[cfg(unix)]
use crate::files::{medmask, pipe};

#[test]
fn an_output_that_exists() {
    let (folder, _) = case();
    std::fs::write(folder.path().join("case.mska"), "mine").unwrap();
    fail(folder.path(), &PACK, 1, &["case.mska already exists", "--force"]);
    assert_eq!(std::fs::read(folder.path().join("case.mska")).unwrap(), b"mine");
    succeed(folder.path(), &[&PACK[..], &["--force"]].concat());
    succeed(folder.path(), &["verify", "case.mska"]);
}

#[cfg(unix)]
#[test]
fn an_output_that_is_no_file_stays_whatever_is_allowed() {
    let (folder, _) = packed();
    let at = |name: &str| folder.path().join(name);
    pipe(&at("a pipe"));
    let _listening = std::os::unix::net::UnixListener::bind(at("a socket")).unwrap();
    std::fs::create_dir(at("a folder")).unwrap();
    let targets = ["/dev/null", "a pipe", "a socket", "a folder"];
    for (number, target) in targets.into_iter().enumerate() {
        let kind = if number == 0 { "a device" } else { target };
        let target = at(target);
        let names = ["mska", "nii", "svg"].map(|suffix| format!("{number}.{suffix}"));
        let out = format!("out{number}");
        std::fs::create_dir(at(&out)).unwrap();
        let link = |path: &std::path::Path| std::os::unix::fs::symlink(&target, path).unwrap();
        names.iter().for_each(|name| link(&at(name)));
        link(&at(&out).join("liver.nii.gz"));
        let [archive, nifti, drawing] = names.each_ref().map(String::as_str);
        for arguments in [
            &["pack", "masks", "-o", archive, "--force"][..],
            &["convert", "case.mska", archive, "--force"],
            &["convert", "case.mska", archive, "--format-version", "1", "--force"],
            &["repair", "case.mska", "-o", archive, "--force"],
            &["extract", "case.mska", "liver", "-o", nifti, "--force"],
            &["extract", "case.mska", "--merge", "-o", nifti, "--force"],
            &["extract", "case.mska", "-d", &out, "--force"],
            &["labels", "case.mska", "liver", "-o", drawing, "--force"],
            &["bench-codecs", "masks", "--plot", drawing, "--force"],
        ] {
            for arguments in [arguments, &arguments[..arguments.len() - 1]] {
                let outcome = medmask(folder.path(), arguments);
                assert_eq!(outcome.code, 1, "{arguments:?}: {outcome:?}");
                let reason = format!(" is {kind}, which no file can replace");
                assert!(outcome.err.contains(&reason), "{arguments:?}: {outcome:?}");
                assert!(!outcome.err.contains("--force"), "{arguments:?}: {outcome:?}");
            }
        }
        for verb in [
            &["add", archive, "masks/liver.nii.gz"][..],
            &["rm", archive, "liver"],
            &["mv", archive, "liver", "x"],
            &["compact", archive],
        ] {
            let reason = format!("it is {kind}, not a file");
            fail(folder.path(), verb, 1, &["cannot open for writing ", &reason]);
        }
        assert!(names.iter().all(|name| at(name).read_link().unwrap() == target));
        assert_eq!(listing(&at(&out)), ["liver.nii.gz"]);
    }
}

#[cfg(unix)]
#[test]
fn a_disk_that_fills_up() {
    let (folder, _) = case();
    // A limit on the size of files stands in for the full disk. The signal that goes with it ends no process.
    let limited = |arguments: &str| {
        let command = format!("ulimit -f 0; exec \"$0\" {arguments}");
        let output = std::process::Command::new("sh")
            .current_dir(folder.path())
            .args(["-c", &command, env!("CARGO_BIN_EXE_medmask")])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let error = limited("pack masks -o case.mska");
    assert!(error.contains("medmask: cannot write case.mska: "), "{error}");
    assert_eq!(listing(folder.path()), ["masks"]);

    succeed(folder.path(), &PACK);
    let before = std::fs::read(folder.path().join("case.mska")).unwrap();
    let error = limited("extract case.mska -d out");
    assert!(error.contains("out/"), "{error}");
    limited("extract case.mska liver -o liver.nii");
    limited("rm case.mska liver");
    limited("compact case.mska");
    assert_eq!(listing(folder.path()), ["case.mska", "masks"]);
    assert_eq!(std::fs::read(folder.path().join("case.mska")).unwrap(), before);
}

#[test]
fn a_name_that_says_something_else_than_what_is_written() {
    let (folder, masks) = packed();
    let mask = std::fs::read(masks.join("liver.nii.gz")).unwrap();
    let archive = std::fs::read(folder.path().join("case.mska")).unwrap();
    for (arguments, parts) in [
        (
            &["pack", "masks", "-o", "masks/liver.nii.gz"][..],
            ["must end in .mska", "`medmask extract`"],
        ),
        (
            &["convert", "case.mska", "masks/liver.nii.gz"],
            ["must end in .mska", "`medmask extract`"],
        ),
        (&["repair", "case.mska", "-o", "masks/liver.nii.gz"], ["must end in .mska", ".msk"]),
        (&["pack", "masks", "-o", "case"], ["case: ", "must end in .mska"]),
        (&["pack", "masks", "-o", ".mska"], [".mska: ", "must end in .mska"]),
        (&["convert", "case.mska", "case.msk.gz"], ["case.msk.gz: ", "must end in .mska"]),
        (
            &["labels", "case.mska", "liver", "-o", "case.mska"],
            ["case.mska: ", "a table of labels"],
        ),
        (
            &["labels", "case.mska", "liver", "-o", "masks/liver.nii.gz"],
            ["liver.nii.gz: ", "a table"],
        ),
        (&["bench-codecs", "masks", "--plot", "case.MSKA"], ["case.MSKA: ", "a drawing"]),
    ] {
        fail(folder.path(), arguments, 2, &parts);
        fail(folder.path(), &[arguments, &["--force"]].concat(), 2, &parts);
    }
    fail(
        folder.path(),
        &["extract", "case.mska", "liver", "-o", "x.mska"],
        1,
        &["x.mska: ", "`medmask pack`"],
    );
    assert_eq!(std::fs::read(masks.join("liver.nii.gz")).unwrap(), mask);
    assert_eq!(std::fs::read(folder.path().join("case.mska")).unwrap(), archive);
    assert_eq!(listing(folder.path()), ["case.mska", "masks"]);
    // In any case of letters; the library takes every name.
    succeed(folder.path(), &["convert", "case.mska", "B.MSKA"]);
    let options = medmask::WriterOptions::new();
    let any = folder.path().join("any.name");
    medmask::ArchiveWriter::create(&any, &space(), options).unwrap().finish().unwrap();
    succeed(folder.path(), &["ls", "any.name"]);
}
