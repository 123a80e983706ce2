//! Packages of others that a crate must not have, by whatever way.

use super::metadata;
use crate::run::{Problem, cargo};

struct Rule {
    package: &'static str,
    /// With its default features. The rule for a crate without them holds once it has such features.
    default_features: bool,
    /// Names of packages; one that ends with `*` stands for all that start so.
    never: &'static [&'static str],
}

const RULES: [Rule; 6] = [
    Rule {
        package: "medmask-format",
        default_features: true,
        never: &["ndarray", "nifti", "memmap2", "flate2", "tempfile"],
    },
    Rule { package: "medmask-format", default_features: false, never: &["zstd*", "lz4*"] },
    Rule {
        package: "medmask-core",
        default_features: true,
        never: &[
            "zstd*",
            "lz4*",
            "crc32fast",
            "flate2",
            "libdeflate*",
            "nifti",
            "memmap2",
            "tempfile",
        ],
    },
    Rule {
        package: "medmask-archive",
        default_features: true,
        never: &["nifti", "flate2", "libdeflate*", "clap*"],
    },
    Rule { package: "medmask-archive", default_features: false, never: &["memmap2"] },
    Rule { package: "medmask", default_features: true, never: &["clap*", "indicatif"] },
];

/// Packages that a crate has and must not have.
pub fn check() -> Result<Vec<String>, Problem> {
    let packages = metadata::packages()?;
    let chooses = |name: &str| {
        let package = packages.iter().find(|package| package.name == name);
        package.is_some_and(|package| package.features.iter().any(|feature| feature == "default"))
    };
    let mut problems = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.default_features || chooses(rule.package)) {
        for found in dependencies(rule)? {
            if rule.never.iter().any(|never| matches(never, &found)) {
                let how = if rule.default_features { "" } else { " without default features" };
                problems.push(format!("{}{how} must not depend on {found}", rule.package));
            }
        }
    }
    Ok(problems)
}

fn dependencies(rule: &Rule) -> Result<Vec<String>, Problem> {
    let tree = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--package"];
    let features = if rule.default_features { None } else { Some("--no-default-features") };
    let output = cargo().args(tree).arg(rule.package).args(features).output()?;
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
        let has = |default_features, pattern| {
            let rule = Rule { package: "medmask-format", default_features, never: &[] };
            dependencies(&rule).unwrap().iter().any(|name| matches(pattern, name))
        };
        assert!(has(true, "zstd*") && has(true, "zstd-safe") && has(false, "crc32fast"));
        assert!(!has(true, "zst") && !has(false, "zstd*"));
    }
}
