//! Hostile files, and the memory that the command takes for them: the least where nothing is loaded, and an error where it runs out.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod hostile;
mod index_bombs;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use medmask::adapter::Formats;
use medmask_format::codec::CodecId;

/// What the command may take for a file whatever it says, and how many times the file's bytes beside that.
const LEAST: u64 = 64 << 20;
const TIMES: u64 = 8;
/// A limit of the system's for the address space of a child, in KiB: what ordinary masks need is a fraction of it.
const ADDRESS_SPACE: &str = "250000";

/// What a child printed, how it ended, and its peak of memory in bytes.
struct Outcome {
    code: Option<i32>,
    text: String,
    peak: u64,
}

/// Not a test, but what [`measured`] runs in a process of its own: the command with the arguments in the environment, and after it
/// the peak of memory.
#[test]
fn child() {
    let Ok(arguments) = std::env::var("MEDMASK_TEST_ARGUMENTS") else { return };
    let code = medmask_cli::run(arguments.split('\n'), &Formats::default());
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    // The harness prints beside it.
    eprintln!("\n{peak}");
    std::process::exit(code.into());
}

/// Runs the command and measures its memory.
fn measured(folder: &Path, arguments: &[&str]) -> Outcome {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env("MEDMASK_TEST_ARGUMENTS", format!("medmask\n{}", arguments.join("\n")))
        .current_dir(folder)
        .output()
        .unwrap();
    let err = String::from_utf8(child.stderr).unwrap();
    let peak = err.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    let kib = kib.unwrap_or_else(|| panic!("{arguments:?} died: {:?}: {err}", child.status));
    let text = String::from_utf8(child.stdout).unwrap() + &err;
    Outcome { code: child.status.code(), text, peak: kib << 10 }
}

/// Runs the command in little address space.
fn cramped(folder: &Path, arguments: &[&str]) -> Outcome {
    let mut script = format!("ulimit -v {ADDRESS_SPACE}; exec {}", env!("CARGO_BIN_EXE_medmask"));
    for argument in arguments {
        write!(script, " '{argument}'").unwrap();
    }
    let child = Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
    let text = String::from_utf8([child.stdout, child.stderr].concat()).unwrap();
    Outcome { code: child.status.code(), text, peak: 0 }
}

/// A file of a few KB, and whether its voxels are those that its index counts.
type Bomb = (&'static str, bool, fn(&Path));

const ARCHIVES: [Bomb; 10] = [
    ("copied.mska", true, |path| hostile::copied_rows(path, 64, 1 << 18)),
    ("one_slice.mska", true, |path| hostile::copied_rows(path, 1, 1 << 24)),
    ("moved.mska", true, |path| hostile::moved_rows(path, 1 << 8, 1 << 16)),
    ("long_zstd.mska", true, |path| hostile::long_row(path, CodecId::Zstd, 1 << 28)),
    ("long_lz4.mska", true, |path| hostile::long_row(path, CodecId::Lz4, 1 << 28)),
    ("many_runs.mska", true, |path| hostile::many_runs(path, [32, 4096, 2048])),
    ("context.mska", true, |path| hostile::full_slices(path, [32, 4000, 2000], 4000)),
    ("context_large.mska", false, |path| hostile::full_slices(path, [4, 4000, 2000], 1 << 24)),
    ("version1.msk", true, |path| hostile::version1(path, [256, 1024, 1024])),
    ("wide.msk", true, |path| hostile::version1(path, [1, 1, 1 << 28])),
];

/// Files whose index asks for much; their masks are small.
const INDEXES: [Bomb; 6] = [
    ("numbered_labels.mska", true, index_bombs::numbered_labels),
    ("named_labels.mska", true, index_bombs::named_labels),
    ("labels_with_keys.mska", true, index_bombs::labels_with_keys),
    ("entries.mska", true, index_bombs::entries),
    ("metadata.mska", true, index_bombs::metadata),
    ("removals.mska", true, index_bombs::removals),
];

fn bombs(folder: &Path, bombs: &[Bomb]) -> Vec<(PathBuf, bool)> {
    let made = bombs.iter().map(|(name, whole, make)| {
        let path = folder.join(name);
        make(&path);
        (path, *whole)
    });
    made.collect()
}

#[test]
fn what_loads_no_mask_takes_little_memory_whatever_a_file_says() {
    let folder = tempfile::tempdir().unwrap();
    for (path, whole) in bombs(folder.path(), &[&ARCHIVES[..], &INDEXES[..]].concat()) {
        let most = LEAST + TIMES * path.metadata().unwrap().len();
        let name = path.to_str().unwrap();
        let saved = format!("saved_{}", path.file_name().unwrap().to_str().unwrap());
        let verbs: [(&[&str], bool); 6] = [
            (&["verify", name], true),
            (&["verify", "--deep", name], whole),
            (&["ls", name], true),
            (&["info", name], true),
            (&["verify", "--deep", "--max-memory", "60M", name], whole),
            (&["repair", name, "-o", &saved], whole),
        ];
        for (arguments, succeeds) in verbs {
            if arguments[0] == "repair" && name.ends_with(".msk") {
                continue;
            }
            let Outcome { code, text, peak } = measured(folder.path(), arguments);
            assert_eq!(code == Some(0), succeeds, "{arguments:?}: {code:?} {text}");
            println!("{arguments:?} {} of {}", peak >> 10, most >> 10);
            assert!(peak < most, "{arguments:?}: {peak} bytes, and {most} are allowed");
        }
    }
}

#[test]
fn what_does_not_fit_into_memory_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    hostile::nifti(&folder.path().join("bomb.nii.gz"), [256, 1024, 1024]);
    let mut loads: Vec<Vec<String>> =
        vec![["pack", "bomb.nii.gz", "-o", "packed.mska"].map(str::to_owned).to_vec()];
    let load = |line: String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for (path, whole) in bombs(folder.path(), &ARCHIVES) {
        let name = path.file_name().unwrap().to_str().unwrap();
        // The largest slices of `context` are some megabytes.
        if whole && !name.starts_with("context") {
            loads.push(load(format!("extract {name} -o out.nii.gz")));
            loads.push(load(format!("extract {name} -o out.nii")));
        }
        if name.ends_with(".msk") {
            loads.push(load(format!("pack {name} -o packed.mska")));
            loads.push(load(format!("convert {name} converted.mska")));
            loads.push(load(format!("stats {name}")));
        }
    }
    for load in &loads {
        let load: Vec<&str> = load.iter().map(String::as_str).collect();
        let Outcome { code, text, .. } = cramped(folder.path(), &load);
        assert_eq!(code, Some(1), "{load:?}: {text}");
        let expected = "bytes of memory, more than the machine gives";
        assert!(text.contains(expected) && text.lines().count() == 1, "{load:?}: {text}");
        let limited = [&load[..], &["--max-memory", "64M"]].concat();
        let Outcome { code, text, peak } = measured(folder.path(), &limited);
        assert_eq!(code, Some(1), "{limited:?}: {text}");
        let expected = "more than the limit of 67108864; --max-memory allows more";
        assert!(text.contains(expected), "{limited:?}: {text}");
        assert!(peak < LEAST + (32 << 20), "{limited:?}: {peak} bytes");
    }
}

#[test]
fn ordinary_masks_pass_under_the_same_limits() {
    let folder = tempfile::tempdir().unwrap();
    hostile::nifti(&folder.path().join("small.nii.gz"), [64, 128, 128]);
    hostile::copied_rows(&folder.path().join("small.mska"), 64, 128);
    hostile::version1(&folder.path().join("small.msk"), [64, 128, 128]);
    for line in [
        "pack small.nii.gz small.msk -o packed.mska --prefix a_ --prefix b_ --force",
        "extract small.mska -o small.nii --force",
        "extract small.msk -o old.nii.gz --force",
        "verify --deep small.mska",
        "stats small.msk",
        "convert small.msk new.mska --force",
        "repair small.mska -o saved.mska --force",
        "bench-codecs small.nii.gz --repeats 1 --codec runs",
    ] {
        let line: Vec<&str> = line.split(' ').collect();
        let Outcome { code, text, .. } = cramped(folder.path(), &line);
        assert_eq!(code, Some(0), "{line:?}: {text}");
        let limited = [&line[..], &["--max-memory", "64M"]].concat();
        let Outcome { code, text, .. } = cramped(folder.path(), &limited);
        assert_eq!(code, Some(0), "{limited:?}: {text}");
    }
}
