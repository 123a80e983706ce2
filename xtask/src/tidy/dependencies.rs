//! What each crate must not depend on, by whatever way.

use crate::run::{Problem, cargo};

struct Rule {
    package: &'static str,
    flags: &'static [&'static str],
    /// Names of packages; one that ends with `*` stands for all that start so.
    never: &'static [&'static str],
    /// Names that `never` forbids and that are there all the same.
    but: &'static [&'static str],
}

const RULES: [Rule; 8] = [
    Rule { package: "medmask-voxel", flags: &[], never: &["*"], but: &[] },
    Rule {
        package: "medmask-format",
        flags: &[],
        never: &["ndarray", "nifti", "memmap2", "medmask-*", "flate2", "tempfile"],
        but: &["medmask-voxel"],
    },
    Rule {
        package: "medmask-format",
        flags: &["--no-default-features"],
        never: &["zstd*", "lz4*"],
        but: &[],
    },
    Rule {
        package: "medmask-core",
        flags: &[],
        never: &[
            "medmask-*",
            "zstd*",
            "lz4*",
            "crc32fast",
            "flate2",
            "libdeflate*",
            "nifti",
            "memmap2",
            "tempfile",
        ],
        but: &["medmask-voxel"],
    },
    Rule {
        package: "medmask-nifti",
        flags: &[],
        never: &["medmask-format", "medmask-archive"],
        but: &[],
    },
    Rule {
        package: "medmask",
        flags: &[],
        never: &["medmask-cli", "medmask-benches", "medmask-fuzz-bodies", "xtask", "clap"],
        but: &[],
    },
    Rule {
        package: "medmask-cli",
        flags: &[],
        never: &["medmask-benches", "medmask-fuzz-bodies", "xtask"],
        but: &[],
    },
    Rule {
        package: "medmask-archive",
        flags: &[],
        never: &["medmask-nifti", "nifti", "flate2", "libdeflate*", "clap"],
        but: &[],
    },
];

/// Packages that a crate has and must not have.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    for rule in &RULES {
        for found in dependencies(rule)? {
            if found != rule.package && is_forbidden(rule, &found) {
                let flags = rule.flags.join(" ");
                problems.push(format!("{} {flags} must not depend on {found}", rule.package));
            }
        }
    }
    Ok(problems)
}

fn is_forbidden(rule: &Rule, name: &str) -> bool {
    let any = |patterns: &[&str]| patterns.iter().any(|pattern| matches(pattern, name));
    any(rule.never) && !any(rule.but)
}

fn dependencies(rule: &Rule) -> Result<Vec<String>, Problem> {
    let tree = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--package"];
    let output = cargo().args(tree).arg(rule.package).args(rule.flags).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let listed = String::from_utf8(output.stdout)?;
    let mut names: Vec<_> =
        listed.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    if names.iter().any(|name| name == rule.package) {
        Ok(names)
    } else {
        Err(format!("cargo tree does not list {} itself", rule.package).into())
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found() {
        let rule = |never| Rule { package: "medmask-format", flags: &[], never, but: &[] };
        let names = dependencies(&rule(&[])).unwrap();
        assert!(names.iter().any(|name| matches("zstd*", name)), "{names:?}");
        assert!(!names.iter().any(|name| matches("zst", name)), "{names:?}");
    }
}
