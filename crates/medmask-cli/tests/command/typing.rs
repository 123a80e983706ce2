//! What people meet who type: help that fits, questions, completions, man pages, more and less of what is said.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::files::{case, fail, json, listing, medmask, packed, pipe, succeed};

const MEDMASK: &str = env!("CARGO_BIN_EXE_medmask");

/// All verbs, as the help lists them.
fn verbs(folder: &Path) -> Vec<String> {
    let help = succeed(folder, &["--help"]);
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let first = |line: &str| line.strip_prefix("  ")?.split(' ').next().map(str::to_owned);
    listed.lines().filter_map(first).filter(|verb| !verb.is_empty() && verb != "help").collect()
}

fn help(folder: &Path, columns: &str, arguments: &[&str]) -> String {
    let run = Command::new(MEDMASK)
        .current_dir(folder)
        .args(arguments)
        .env("COLUMNS", columns)
        .output()
        .unwrap();
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn help_fits_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let verbs = verbs(folder.path());
    assert!(verbs.len() > 20, "{verbs:?}");
    for columns in ["60", "80", "100"] {
        for verb in &verbs {
            let text = help(folder.path(), columns, &["help", verb]);
            assert!(text.contains("EXAMPLES\n"), "{text}");
            for line in text.lines().filter(|line| !line.contains("medmask ")) {
                assert!(
                    line.chars().count() <= columns.parse().unwrap(),
                    "{verb}, {columns}: {line}"
                );
            }
        }
    }
    // Paragraphs fill their lines: none ends early because a source was broken there.
    let text = help(folder.path(), "80", &["help", "ls"]);
    let paragraph = "\
All stands in the archive's index, but what expressions name and what is counted
of many small labels: these are decoded. Boxes are half-open, along z, y and x.
Entries with equal voxels share their bytes, and each shows them; of those
stored as labels of one volume each shows its part. The archive's groups come
last, and what is missing for them.
";
    assert!(text.contains(paragraph), "{text}");
}

#[test]
fn examples_can_be_copied() {
    let folder = tempfile::tempdir().unwrap();
    for verb in verbs(folder.path()) {
        let text = help(folder.path(), "80", &["help", &verb]);
        let examples = text.split("EXAMPLES\n").nth(1).unwrap();
        for line in examples.lines() {
            assert!(line.chars().count() <= 80, "{verb}: {line}");
        }
        let mut commands = String::new();
        for line in examples.lines() {
            if line.trim_start().starts_with("medmask ") || commands.ends_with("\\\n") {
                commands.push_str(line);
                commands.push('\n');
            }
        }
        let parsed = Command::new("sh").args(["-n", "-c", &commands]).status().unwrap();
        assert!(parsed.success() && !commands.is_empty(), "{verb}: {commands}");
    }
}

#[test]
fn the_readme_names_every_verb() {
    let readme = include_str!("../../../../README.md");
    let folder = tempfile::tempdir().unwrap();
    for verb in verbs(folder.path()) {
        assert!(readme.contains(&format!("\nmedmask {verb} ")), "{verb} is not in README.md");
    }
}

/// The way to ITK-SNAP and 3D Slicer, as the README goes it: volume and tables have the same numbers.
#[test]
fn volumes_and_tables_for_other_programs_fit() {
    let (folder, _) = packed();
    let at = folder.path();
    let readme = include_str!("../../../../README.md");
    let way = readme.split("### To ITK-SNAP and 3D Slicer").nth(1).unwrap();
    let commands = way.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    for line in commands.lines() {
        let arguments: Vec<&str> = line.strip_prefix("medmask ").unwrap().split(' ').collect();
        succeed(at, &arguments);
    }
    for table in ["combined.label", "combined.ctbl"] {
        succeed(at, &["pack", "combined.nii.gz", "-o", "back.mska", "--labels", table, "--force"]);
        let back = json(at, &["stats", "back.mska", "--json"]);
        // The last one, which nothing is painted over.
        let whole = json(at, &["stats", "case.mska", "sub.01", "--json"]);
        let labels = back["entries"][0]["labels"].as_array().unwrap();
        assert_eq!(labels.len(), 6, "{back}");
        let last = labels.iter().find(|label| label["name"] == "sub.01").unwrap();
        assert_eq!(last["bounds"], whole["entries"][0]["labels"][0]["bounds"], "{table}");
    }
}

/// Runs a command line on a terminal of 80 columns, where `typed` is typed. Gives what the terminal shows; nothing where there is no
/// program to make a terminal.
#[cfg(target_os = "linux")]
fn on_terminal(folder: &Path, line: &str, typed: &str) -> Option<String> {
    let line = format!("stty cols 80; {MEDMASK} {line}; echo \"exit $?\"");
    let child = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("left out: the program script is not there");
        return None;
    };
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    Some(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn rm_asks_before_a_pattern_takes_much() {
    let (folder, _) = packed();
    let at = folder.path();
    let before = std::fs::read(at.join("case.mska")).unwrap();
    let Some(said) = on_terminal(at, "rm case.mska '*'", "n\n") else { return };
    assert!(said.contains("take all entries (4) out of case.mska? [y/N]"), "{said}");
    assert!(said.contains("nothing is taken out") && said.contains("exit 1"), "{said}");
    assert_eq!(std::fs::read(at.join("case.mska")).unwrap(), before);
    // What is spelt out, or is one of many, needs no question.
    let said = on_terminal(at, "rm case.mska 'sub*'", "").unwrap();
    assert!(!said.contains("[y/N]") && said.contains("1 entry removed, 3 left"), "{said}");
    let said = on_terminal(at, "rm case.mska 'l*'", "y\n").unwrap();
    assert!(said.contains("take 2 entries of 3 out of case.mska? [y/N]"), "{said}");
    assert!(said.contains("2 entries removed, 1 left") && said.contains("exit 0"), "{said}");
    let said = on_terminal(at, "rm case.mska --yes '*'", "").unwrap();
    assert!(!said.contains("[y/N]") && said.contains("1 entry removed, 0 left"), "{said}");
}

#[test]
fn rm_asks_nobody_in_a_script() {
    let (folder, _) = packed();
    let said = succeed(folder.path(), &["rm", "case.mska", "*"]);
    assert!(said.starts_with("4 entries removed, 0 left"), "{said}");
}

#[test]
fn tables_of_labels_are_written_as_they_are_printed() {
    let (folder, _) = packed();
    let at = folder.path();
    for (place, arguments) in [
        &["labels", "case.mska"][..],
        &["labels", "case.mska", "l*"],
        &["labels", "case.mska", "lobes"],
        &["labels", "case.mska", "--merge"],
        &["labels", "case.mska", "lobes", "--format", "itksnap"],
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("{place}.txt");
        let printed = succeed(at, arguments);
        succeed(at, &[arguments, &["-o", &file]].concat());
        let written = std::fs::read_to_string(at.join(&file)).unwrap();
        assert_eq!(written.trim_end(), printed.trim_end(), "{arguments:?}");
        fail(at, &[arguments, &["-o", &file]].concat(), 1, &["already exists", "--force"]);
    }
    assert_eq!(json(at, &["labels", "case.mska"])["lobes"]["label_7"], 7);
}

#[test]
fn more_and_less_is_said() {
    let (folder, masks) = case();
    let at = folder.path();
    pipe(&masks.join("pipe.nii"));
    let said = medmask(at, &["pack", "masks", "-o", "a.mska"]);
    assert!(said.out.contains("4 entries") && said.err.contains("note: "), "{said:?}");
    for arguments in [
        &["-q", "pack", "masks", "-o", "b.mska"][..],
        &["pack", "masks", "-o", "c.mska", "--quiet"],
        &["rm", "c.mska", "liver", "-q"],
        &["extract", "b.mska", "-d", "out", "-q"],
    ] {
        let said = medmask(at, arguments);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""), "{arguments:?}");
    }
    // Results and errors are no remarks.
    assert_eq!(succeed(at, &["ls", "-1", "-q", "c.mska"]), "Gap\nlobes\nsub.01\n");
    fail(at, &["rm", "-q", "c.mska", "liver"], 1, &["\"liver\""]);
    let said = medmask(at, &["-v", "ls", "-1", "c.mska"]);
    let time = said.err.strip_prefix("medmask: note: ").and_then(|rest| rest.strip_suffix(" s\n"));
    assert!(time.unwrap().parse::<f64>().unwrap() > 0.0, "{said:?}");
    assert_eq!(medmask(at, &["ls", "-q", "-v", "c.mska"]).code, 2);
    // diff has a meaning of its own for it.
    assert_eq!(medmask(at, &["diff", "-q", "a.mska", "b.mska"]).out, "");
}

/// What the shell is told that the last of `words` may become.
fn candidates(folder: &Path, words: &[&str]) -> Vec<String> {
    let run = Command::new(MEDMASK)
        .current_dir(folder)
        .env("MEDMASK_COMPLETE", "fish")
        .args(["--", "medmask"])
        .args(words)
        .output()
        .unwrap();
    assert!(run.status.success() && run.stderr.is_empty(), "{run:?}");
    let text = String::from_utf8(run.stdout).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn completions_know_the_names_in_the_archive() {
    let (folder, _) = packed();
    let at = folder.path();
    succeed(at, &["group", "case.mska", "low", "=", "liver + lobes"]);
    assert_eq!(candidates(at, &["ls", "case.mska", "l"]), ["liver", "lobes", "low"]);
    assert_eq!(candidates(at, &["mv", "case.mska", "sub"]), ["sub.01"]);
    assert_eq!(
        candidates(at, &["extract", "case.mska", "-o", "x.nii", "lobes/label_3"]),
        ["lobes/label_300"]
    );
    assert_eq!(candidates(at, &["stats", "case.mska", "liver", "Ga"]), ["Gap"]);
    assert_eq!(candidates(at, &["distance", "case.mska", "liver", "lo"]), ["lobes", "low"]);
    // Where no name fits, files do.
    assert_eq!(candidates(at, &["ls", "ca"]), ["case.mska"]);
    assert_eq!(candidates(at, &["ls", "case.mska", "cas"]), ["case.mska"]);
    assert!(candidates(at, &["bench"]).contains(&"bench-codecs".to_owned()));
}

#[test]
fn bash_completes_with_the_script() {
    let (folder, _) = packed();
    let script = "source <(medmask completions bash)
        COMP_WORDS=(medmask ls case.mska li) COMP_CWORD=3
        complete -p medmask >&2
        function=$(complete -p medmask | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function medmask li case.mska
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let folder_of_medmask = Path::new(MEDMASK).parent().unwrap();
    let path = format!("{}:{}", folder_of_medmask.display(), std::env::var("PATH").unwrap());
    let run = Command::new("bash")
        .args(["-c", script])
        .env("PATH", path)
        .current_dir(folder.path())
        .output();
    let Ok(run) = run else { return eprintln!("left out: bash is not there") };
    assert_eq!(String::from_utf8(run.stdout.clone()).unwrap().trim(), "liver", "{run:?}");
}

#[test]
fn man_pages_are_printed_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let verbs = verbs(at);
    let page = succeed(at, &["man", "extract"]);
    assert!(
        page.contains(".TH medmask-extract 1") || page.contains(".TH medmask\\-extract 1"),
        "{page}"
    );
    assert!(page.contains("\\-\\-merge") && page.contains("medmask extract case.mska"), "{page}");
    fail(at, &["man", "exstract"], 2, &["exstract"]);
    std::fs::create_dir(at.join("man1")).unwrap();
    succeed(at, &["man", "-d", "man1"]);
    let mut expected: Vec<String> = verbs.iter().map(|verb| format!("medmask-{verb}.1")).collect();
    expected.push("medmask.1".to_owned());
    expected.sort();
    assert_eq!(listing(&at.join("man1")), expected);
    assert_eq!(std::fs::read_to_string(at.join("man1/medmask-extract.1")).unwrap(), page);
    fail(at, &["man", "-d", "man1"], 1, &["already exists", "--force"]);
}

#[test]
fn other_names_of_verbs() {
    let (folder, _) = packed();
    let at = folder.path();
    assert_eq!(succeed(at, &["list", "case.mska"]), succeed(at, &["ls", "case.mska"]));
    succeed(at, &["unpack", "case.mska", "-d", "out"]);
    assert_eq!(
        listing(&at.join("out")),
        ["Gap.nii.gz", "liver.nii.gz", "lobes.nii.gz", "sub.01.nii.gz"]
    );
}
