//! What can be wrong with a selection.

use std::fmt::Write;

use medmask_core::{quoted, shortened};

use super::syntax_problem::SyntaxProblem;

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
    /// A text that is no name, and would be an expression if blanks stood where they belong.
    #[error("no entry or label is named {name}; operators stand between blanks", name = quoted(name))]
    Unspaced {
        /// The name asked for.
        name: String,
    },
    /// A text that is neither a name nor an expression.
    #[error("{text}, character {position}: {problem}", text = around(text, *position))]
    Syntax {
        /// The whole text.
        text: String,
        /// Which character, counted from 1.
        position: usize,
        /// What is wrong there.
        problem: SyntaxProblem,
    },
    /// A name in an expression that chooses no mask.
    #[error("{text}, character {position}: {source}", text = around(text, *position))]
    Part {
        /// The whole expression.
        text: String,
        /// Where the name starts: which character, counted from 1.
        position: usize,
        /// What is wrong with it.
        source: Box<SelectionError>,
    },
    /// A group whose expression chooses no mask.
    #[error("group {name}: {source}", name = quoted(name))]
    Group {
        /// The group.
        name: String,
        /// What is wrong with its expression.
        source: Box<SelectionError>,
    },
    /// A group that needs itself.
    #[error("a group names itself: {}", names.iter().map(|name| shortened(name).to_string()).collect::<Vec<_>>().join(" -> "))]
    Cycle {
        /// The group, those on the way, and the group again.
        names: Vec<String>,
    },
    /// More names than an expression may have, with all that its patterns and groups stand for.
    #[error("an expression may stand for {limit} masks, with those of its patterns and groups")]
    TooManyNames {
        /// How many it may have.
        limit: usize,
    },
    /// Groups of groups, too many of them.
    #[error("groups are nested deeper than {limit} levels")]
    TooDeep {
        /// How many levels there may be.
        limit: usize,
    },
    /// What the archive keeps as its groups is something else.
    #[error("the groups of the archive cannot be read: {reason}", reason = shortened(reason))]
    Groups {
        /// What is wrong with them.
        reason: String,
    },
}

impl SelectionError {
    /// What is wrong with the innermost name, in whatever expressions and groups it stands.
    #[must_use]
    pub fn root(&self) -> &Self {
        match self {
            Self::Part { source, .. } | Self::Group { source, .. } => source.root(),
            error => error,
        }
    }

    /// The error of the part of `text` that starts at byte `start`.
    pub(super) fn within(self, text: &str, start: usize) -> Self {
        let before = text[..start].chars().count();
        match self {
            Self::Syntax { position, problem, .. } => {
                Self::Syntax { text: text.to_owned(), position: before + position, problem }
            }
            Self::Group { .. } | Self::Cycle { .. } => self,
            source => {
                Self::Part { text: text.to_owned(), position: before + 1, source: Box::new(source) }
            }
        }
    }

    /// What is wrong with `text` at byte `at`.
    pub(super) fn syntax(text: &str, at: usize, problem: SyntaxProblem) -> Self {
        let position = text[..at].chars().count() + 1;
        Self::Syntax { text: text.to_owned(), position, problem }
    }
}

/// The text in quotes; of a long one what stands around the character `position`.
fn around(text: &str, position: usize) -> String {
    const BEFORE: usize = 40;
    const SHOWN: usize = 100;
    if text.chars().nth(SHOWN).is_none() {
        return quoted(text).to_string();
    }
    let first = position.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(first).take(SHOWN).collect();
    let left_out = |is_left_out| if is_left_out { "…" } else { "" };
    let more = text.chars().nth(first + SHOWN).is_some();
    format!("{}{}{}", left_out(first > 0), quoted(&shown), left_out(more))
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
