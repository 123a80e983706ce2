//! Entries chosen by name or pattern.

use std::collections::HashSet;

use globset::GlobBuilder;
use medmask_archive::{Archive, ReadAt};

use crate::{Error, Result};

/// The names of the entries that `patterns` choose, each once: in the order of the patterns, and for a pattern with
/// `*`, `?`, `[…]` or `{…}` in the order of the archive. A pattern that is the name of an entry stands for that entry.
/// Without patterns all entries are chosen.
///
/// # Errors
/// A name that is not in the archive (with the nearest that is), a pattern that nothing matches or that cannot be read,
/// and an archive without entries.
pub fn entries<S: ReadAt>(archive: &Archive<S>, patterns: &[String]) -> Result<Vec<String>> {
    if archive.entries().len() == 0 {
        return Err(Error::NoEntries { archive: archive.path().to_owned() });
    }
    if patterns.is_empty() {
        return Ok(archive.names().map(str::to_owned).collect());
    }
    let mut chosen = Vec::new();
    let mut seen = HashSet::new();
    for pattern in patterns {
        for name in matching(archive, pattern)? {
            if seen.insert(name) {
                chosen.push(name.to_owned());
            }
        }
    }
    Ok(chosen)
}

fn matching<'a, S: ReadAt>(archive: &'a Archive<S>, pattern: &str) -> Result<Vec<&'a str>> {
    match archive.entry(pattern) {
        Ok(entry) => return Ok(vec![entry.name()]),
        Err(error) if !pattern.contains(['*', '?', '[', '{']) => return Err(error.into()),
        Err(_) => {}
    }
    let glob = GlobBuilder::new(pattern)
        .literal_separator(false)
        .build()
        .map_err(|source| Error::Pattern { pattern: pattern.to_owned(), source })?
        .compile_matcher();
    let names: Vec<&str> = archive.names().filter(|name| glob.is_match(name)).collect();
    if names.is_empty() {
        let archive = archive.path().to_owned();
        return Err(Error::NoMatch { archive, pattern: pattern.to_owned() });
    }
    Ok(names)
}
