//! The JSON parts of a version 1.0 file.

use serde::{Serialize, de::DeserializeOwned};

use crate::FormatError;

/// Parses the JSON of `section`, which starts at byte `offset` of the file.
pub(super) fn parse<T: DeserializeOwned>(
    bytes: &[u8],
    section: &'static str,
    offset: u64,
) -> Result<T, FormatError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let reason = match error.classify() {
            serde_json::error::Category::Data => "its JSON does not have the expected fields",
            _ => "it is not JSON",
        };
        // Python writes all JSON of a section in one line, so that the column is the position in it.
        let within = if error.line() == 1 { error.column().saturating_sub(1) as u64 } else { 0 };
        FormatError::corrupt(section, offset.saturating_add(within), reason)
    })
}

/// `value` as JSON.
///
/// Fails for no value of this module: their keys are strings, and a number that is not finite is written as
/// `null`.
#[expect(clippy::expect_used, reason = "only keys that are no strings could fail")]
pub(super) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("keys are strings")
}
