//! Structures that are left out of a comparison.

use globset::{Glob, GlobSet, GlobSetBuilder};
use medmask_core::shortened;

use crate::selection::SelectionError;

/// Names of structures, and patterns with `*`, `?`, `[…]` and `{…}`.
#[derive(Clone, Debug, Default)]
pub struct Ignored {
    names: Vec<String>,
    patterns: GlobSet,
}

impl Ignored {
    /// The structures that are called as one of `texts`, or that one of them matches.
    ///
    /// # Errors
    /// [`SelectionError::Pattern`].
    pub fn new(texts: &[impl AsRef<str>]) -> Result<Self, SelectionError> {
        let mut patterns = GlobSetBuilder::new();
        for text in texts {
            let text = text.as_ref();
            let glob = Glob::new(text).map_err(|error| SelectionError::Pattern {
                pattern: text.to_owned(),
                reason: shortened(&error.kind().to_string()).to_string(),
            })?;
            patterns.add(glob);
        }
        let patterns = patterns.build().map_err(|error| SelectionError::Pattern {
            pattern: error.glob().unwrap_or_default().to_owned(),
            reason: error.kind().to_string(),
        })?;
        Ok(Self { names: texts.iter().map(|text| text.as_ref().to_owned()).collect(), patterns })
    }

    /// Whether the structure `name` is left out.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name) || self.patterns.is_match(name)
    }
}
