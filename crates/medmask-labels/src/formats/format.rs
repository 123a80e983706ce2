//! What each format says of itself.

use medmask_core::LabelMap;

use crate::error::Problem;

/// What is known of a format.
pub(crate) struct Format {
    /// How names of its files end, in lower case and without the dot.
    pub extensions: &'static [&'static str],
    /// Whether a text looks like it.
    pub recognises: fn(&str) -> bool,
    /// The labels of a text, which has no byte order mark.
    pub parse: fn(&str) -> Result<LabelMap, Problem>,
    /// The text of labels.
    pub format: fn(&LabelMap) -> Result<String, Problem>,
}
