//! What each format says of itself.

use medmask_core::LabelMap;

use crate::error::Problem;
use crate::parsed::Note;

/// The labels of a text, and what could not be used of it.
pub(crate) type Parsed = Result<(LabelMap, Vec<Note>), Problem>;

/// What is known of a format.
pub(crate) struct Format {
    /// The labels of a text without a byte order mark, whose lines end in `\n`.
    pub parse: fn(&str) -> Parsed,
    /// The text of labels.
    pub format: fn(&LabelMap) -> Result<String, Problem>,
}
