//! What a newcomer would type, and how it is shown.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::run::{Problem, typed};

/// Lines that are shown of what a command prints.
const SHOWN: usize = 5;

/// Some commands, and what they show.
pub struct Step {
    pub what: &'static str,
    pub commands: &'static [&'static [&'static str]],
}

/// In the order in which it makes sense.
pub const STEPS: [Step; 7] = [
    Step {
        what: "A folder of 117 NIfTI files becomes one file",
        commands: &[&["pack", "case", "-o", "case.mska"]],
    },
    Step {
        what: "What is in it, without decoding a voxel",
        commands: &[
            &["info", "case.mska"],
            &["ls", "case.mska"],
            &["stats", "case.mska", "--sort", "voxels"],
        ],
    },
    Step {
        what: "Questions by name: both sides together, and a margin of 5 mm around an organ",
        commands: &[&["stats", "case.mska", "rib_left_* + rib_right_*", "shell(liver, 5)"]],
    },
    Step {
        what: "One mask comes back as NIfTI, or some",
        commands: &[
            &["extract", "case.mska", "liver", "-o", "liver.nii.gz"],
            &["extract", "case.mska", "rib_left_*", "-d", "ribs"],
        ],
    },
    Step {
        what: "Masks are taken out and put in, and every byte is checked",
        commands: &[
            &["rm", "case.mska", "kidney_cyst_*"],
            &["add", "case.mska", "case/kidney_cyst_left.nii.gz", "case/kidney_cyst_right.nii.gz"],
            &["compact", "case.mska"],
            &["verify", "case.mska"],
        ],
    },
    Step {
        what: "The same masks in other codecs, and in the format of the Python package medmask 0.1",
        commands: &[
            &["pack", "case", "-o", "smallest.mska", "--codec", "context"],
            &["pack", "case", "-o", "zstd.mska", "--codec", "zstd:19"],
            &["convert", "case.mska", "version1.mska", "--format-version", "1"],
        ],
    },
    Step {
        what: "All masks come back, voxel for voxel",
        commands: &[
            &["extract", "smallest.mska", "-d", "back"],
            &["diff", "case.mska", "back", "liver", "spleen"],
        ],
    },
];

/// Runs the command in `folder`; shows how it is typed, the first lines of what it prints, and how long it took.
pub fn show(medmask: &Path, folder: &Path, arguments: &[&str]) -> Result<(), Problem> {
    let mut command = Command::new(medmask);
    command.args(arguments).current_dir(folder);
    let started = Instant::now();
    let output = command.output().map_err(|error| format!("{}: {error}", typed(&command)))?;
    let seconds = started.elapsed().as_secs_f64();
    println!("$ {}", typed(&command));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    print!("{}", first_lines(&String::from_utf8_lossy(&output.stdout)));
    println!("  [{seconds:.2} s]");
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{}: {}", typed(&command), output.status).into())
    }
}

/// The first lines of `text`, and how many more there are.
fn first_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    // One more line is as long as to say that there is one.
    let shown = if lines.len() <= SHOWN + 1 { lines.len() } else { SHOWN };
    let mut first: String = lines[..shown].iter().flat_map(|line| [*line, "\n"]).collect();
    if shown < lines.len() {
        first.push_str(&format!("... and {} lines more\n", lines.len() - shown));
    }
    first
}

#[cfg(test)]
mod tests {
    use super::first_lines;

    #[test]
    fn long_listings_are_cut() {
        assert_eq!(first_lines(""), "");
        assert_eq!(first_lines("1\n2\n3\n4\n5\n6\n"), "1\n2\n3\n4\n5\n6\n");
        let cut = "1\n2\n3\n4\n5\n... and 2 lines more\n";
        assert_eq!(first_lines("1\n2\n3\n4\n5\n6\n7\n"), cut);
    }
}
