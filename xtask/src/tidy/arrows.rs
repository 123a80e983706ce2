//! The arrows between the crates: those of ARCHITECTURE.md's picture, all of them and no others.

use std::collections::BTreeSet;

use super::metadata;
use crate::run::{Problem, root};

const DOCUMENT: &str = "ARCHITECTURE.md";

/// Crates, and which of them depends on which.
#[derive(Default)]
struct Graph {
    crates: BTreeSet<String>,
    /// The crate that uses, and the crate that it uses.
    arrows: BTreeSet<(String, String)>,
}

/// Where the crates and the picture differ.
pub fn check() -> Result<Vec<String>, Problem> {
    let picture = drawn(&std::fs::read_to_string(root().join(DOCUMENT))?)?;
    Ok(differences(&picture, &real()?))
}

/// The first picture of a document: lines such as `a & b --> c`, where c depends on a and on b.
fn drawn(markdown: &str) -> Result<Graph, Problem> {
    let mut lines = markdown.lines().skip_while(|line| *line != "```mermaid").skip(1);
    if !lines.next().is_some_and(|line| line.starts_with("flowchart")) {
        return Err(format!("{DOCUMENT} has no picture of the kind `flowchart`").into());
    }
    let mut graph = Graph::default();
    for line in lines.take_while(|line| *line != "```") {
        let stations: Vec<Vec<String>> = line
            .split("-->")
            .map(|crates| crates.split('&').map(|name| name.trim().to_owned()).collect())
            .collect();
        for step in stations.windows(2) {
            for (used, user) in step[0].iter().flat_map(|a| step[1].iter().map(move |b| (a, b))) {
                graph.arrows.insert((user.clone(), used.clone()));
            }
        }
        graph.crates.extend(stations.into_iter().flatten());
    }
    Ok(graph)
}

/// The crates under `crates/`, and the packages of this workspace that they are built with.
fn real() -> Result<Graph, Problem> {
    let packages = metadata::packages()?;
    let mut graph = Graph::default();
    for package in packages.iter().filter(|package| package.folder.starts_with("crates")) {
        let ours = |name: &&String| packages.iter().any(|other| other.name == **name);
        for used in package.uses.iter().filter(ours) {
            graph.arrows.insert((package.name.clone(), used.clone()));
        }
        graph.crates.insert(package.name.clone());
    }
    Ok(graph)
}

fn differences(picture: &Graph, real: &Graph) -> Vec<String> {
    let mut problems = Vec::new();
    for name in real.crates.difference(&picture.crates) {
        problems.push(format!("{DOCUMENT}'s picture lacks {name}"));
    }
    for name in picture.crates.difference(&real.crates) {
        problems.push(format!("{DOCUMENT}'s picture has {name}, which is no crate here"));
    }
    for (user, used) in real.arrows.difference(&picture.arrows) {
        problems.push(format!("{user} must not depend on {used}: {DOCUMENT} draws no such arrow"));
    }
    for (user, used) in picture.arrows.difference(&real.arrows) {
        problems.push(format!("{DOCUMENT} draws {used} --> {user}, and {user} does not use it"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(lines: &str) -> Graph {
        drawn(&format!("# A\n```mermaid\nflowchart LR\n{lines}\n```\nno --> arrow\n")).unwrap()
    }

    #[test]
    fn a_picture_is_read() {
        let Graph { crates, arrows } = picture("  a & b --> c --> d\n  e");
        assert_eq!(crates.iter().collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
        let arrows: Vec<_> = arrows.iter().map(|(user, used)| format!("{user}{used}")).collect();
        assert_eq!(arrows, ["ca", "cb", "dc"]);
        assert!(drawn("```text\na --> b\n```").is_err());
    }

    #[test]
    fn every_difference_is_a_problem() {
        let drawn = picture("a --> b\nc --> b");
        assert!(differences(&drawn, &picture("a & c --> b")).is_empty());
        let found = differences(&drawn, &picture("a --> b\na --> d"));
        assert_eq!(
            found,
            [
                "ARCHITECTURE.md's picture lacks d",
                "ARCHITECTURE.md's picture has c, which is no crate here",
                "d must not depend on a: ARCHITECTURE.md draws no such arrow",
                "ARCHITECTURE.md draws c --> b, and b does not use it",
            ]
        );
    }

    #[test]
    fn real_arrows_are_seen() {
        let Graph { crates, arrows } = real().unwrap();
        assert!(crates.contains("medmask-cli") && !crates.contains("xtask"), "{crates:?}");
        let arrow = |user: &str, used: &str| arrows.contains(&(user.to_owned(), used.to_owned()));
        assert!(arrow("medmask-archive", "medmask-format"), "{arrows:?}");
        assert!(!arrow("medmask-format", "medmask-archive"), "{arrows:?}");
    }
}
