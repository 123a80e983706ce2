//! Text of others, names above all, where HTML stands.

use serde::Serialize;

/// The text, in which nothing is HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// JSON in which no text ends the script element or opens a comment there, whatever names hold.
///
/// # Errors
/// Where the data is none that JSON can hold.
pub(crate) fn json(data: &impl Serialize) -> serde_json::Result<String> {
    // Outside of texts JSON has no such sign.
    Ok(serde_json::to_string(data)?.replace('<', "\\u003c"))
}
