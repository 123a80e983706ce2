//! What can be wrong with a selection.

use std::fmt::Write;

/// Why a text chooses no mask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// There is nothing to choose from.
    #[error("there are no entries")]
    NoEntries,
    /// No entry and no label has that name.
    #[error("no entry or label is named {name:?}{}", nearest.as_ref().map(|near| format!("; did you mean {near:?}?")).unwrap_or_default())]
    NotFound {
        /// The name asked for.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },
    /// Several entries have a label of that name.
    #[error("{name:?} is a label of several entries: {}", listed(candidates))]
    Ambiguous {
        /// The name asked for.
        name: String,
        /// The labels of that name, as `entry/label`.
        candidates: Vec<String>,
    },
    /// A pattern that nothing matches.
    #[error("no entry and no label matches {pattern:?}")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A pattern that cannot be read.
    #[error("{pattern:?} is not a pattern: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Quotes that do not name anything.
    #[error("{text:?}, character {position}: {reason}")]
    Quotes {
        /// The whole text.
        text: String,
        /// Which character, counted from 1.
        position: usize,
        /// What is wrong there.
        reason: &'static str,
    },
}

fn listed(candidates: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = candidates[..candidates.len().min(SHOWN)].join(", ");
    if candidates.len() > SHOWN {
        // Writing to a string cannot fail.
        let _ = write!(text, " and {} more", candidates.len() - SHOWN);
    }
    text
}
