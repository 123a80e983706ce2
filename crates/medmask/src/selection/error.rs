//! What can be wrong with a selection.

use std::fmt::Write;

use medmask_core::{quoted, shortened};

/// Why a text chooses no mask.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// There is nothing to choose from.
    #[error("there are no entries")]
    NoEntries,
    /// No entry and no label has that name.
    #[error("no entry or label is named {name}{}", nearest.as_ref().map(|near| format!("; did you mean {}?", quoted(near))).unwrap_or_default(), name = quoted(name))]
    NotFound {
        /// The name asked for.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },
    /// Several entries have a label of that name.
    #[error("{name} is a label of several entries: {}", listed(candidates), name = quoted(name))]
    Ambiguous {
        /// The name asked for.
        name: String,
        /// The labels of that name, as `entry/label`.
        candidates: Vec<String>,
    },
    /// A pattern where one mask is wanted.
    #[error("{pattern:?} is a pattern, which may choose several masks; name one")]
    Several {
        /// The pattern.
        pattern: String,
    },
    /// A pattern that nothing matches.
    #[error("no entry and no label matches {pattern}", pattern = quoted(pattern))]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A pattern that cannot be read.
    #[error("{pattern} is not a pattern: {reason}", reason = shortened(reason), pattern = quoted(pattern))]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Quotes that do not name anything.
    #[error("{text}, character {position}: {reason}", text = quoted(text))]
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
    let shown = candidates.iter().take(SHOWN).map(|name| shortened(name).to_string());
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if candidates.len() > SHOWN {
        // Writing to a string cannot fail.
        let _ = write!(text, " and {} more", candidates.len() - SHOWN);
    }
    text
}
