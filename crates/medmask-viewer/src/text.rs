//! Data with text of others, names above all, where HTML stands.

use serde::Serialize;

/// JSON in which no text ends the script element or opens a comment there, whatever names hold.
///
/// # Errors
/// Where the data is none that JSON can hold.
pub(crate) fn json(data: &impl Serialize) -> serde_json::Result<String> {
    // Outside of texts JSON has no such sign.
    Ok(serde_json::to_string(data)?.replace('<', "\\u003c"))
}
