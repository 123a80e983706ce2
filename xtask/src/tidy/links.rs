//! Links in Markdown files.

use std::path::Path;

use super::files::{shown, with_extension};
use crate::run::Problem;

/// Links to files or headings that are not there. Links to the web are not followed.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    for path in with_extension("md")? {
        let text = std::fs::read_to_string(&path)?;
        for link in links(&text) {
            if let Some(problem) = broken(&path, &text, link)? {
                problems.push(format!("{}: {link}: {problem}", shown(&path)));
            }
        }
    }
    Ok(problems)
}

/// The targets of `[text](target)` outside code.
fn links(text: &str) -> Vec<&str> {
    prose(text)
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        .collect()
}

/// Lines outside code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

fn broken(file: &Path, text: &str, link: &str) -> Result<Option<&'static str>, Problem> {
    let (target, heading) = link.split_once('#').unwrap_or((link, ""));
    let other = file.parent().unwrap_or(file).join(target);
    if !target.is_empty() && !other.exists() {
        return Ok(Some("no such file"));
    }
    let read;
    let text = if target.is_empty() || heading.is_empty() {
        text
    } else {
        read = std::fs::read_to_string(other)?;
        &read
    };
    let found = heading.is_empty() || headings(text).any(|title| anchor(title) == heading);
    Ok((!found).then_some("no such heading"))
}

/// The titles of all headings.
pub fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.trim())
    })
}

/// The name that GitHub gives to a heading.
fn anchor(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_headings_are_found() {
        let text =
            "# A `b`: c-d\n[x](#a-b-c-d) [y](https://a.b) [z](no.md)\n```\n[q](r)\n# no\n```\n";
        assert_eq!(links(text), ["#a-b-c-d", "no.md"]);
        assert_eq!(headings(text).collect::<Vec<_>>(), ["A `b`: c-d"]);
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("here.md");
        assert_eq!(broken(&file, text, "#a-b-c-d").unwrap(), None);
        assert_eq!(broken(&file, text, "#a").unwrap(), Some("no such heading"));
        assert_eq!(broken(&file, text, "no.md").unwrap(), Some("no such file"));
        assert_eq!(broken(&file, text, "Cargo.toml").unwrap(), None);
    }
}
