//! Names and other text of files and callers, as messages show it.

use std::fmt::{self, Display, Formatter, Write};

/// Characters that are shown; more make no message clearer.
const SHOWN: usize = 200;

/// A text in a message: its first 200 characters, with control characters escaped, and how many there are if that is more.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    text: &'a str,
    quotes: bool,
}

/// A name in quotes.
///
/// ```
/// use medmask_voxel::quoted;
///
/// assert_eq!(quoted("left \"lung\"\n").to_string(), r#""left \"lung\"\n""#);
/// let long = quoted(&"x".repeat(1000)).to_string();
/// assert_eq!(long, format!("\"{}\"… (1000 characters)", "x".repeat(200)));
/// ```
#[must_use]
pub fn quoted(text: &str) -> Shown<'_> {
    Shown { text, quotes: true }
}

/// A text that is no name, without quotes.
///
/// ```
/// use medmask_voxel::shortened;
///
/// assert_eq!(shortened("it ends here\u{1b}[2J").to_string(), r"it ends here\u{1b}[2J");
/// ```
#[must_use]
pub fn shortened(text: &str) -> Shown<'_> {
    Shown { text, quotes: false }
}

impl Display for Shown<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let end = self.text.char_indices().nth(SHOWN).map_or(self.text.len(), |(end, _)| end);
        let (shown, rest) = self.text.split_at(end);
        if self.quotes {
            write!(formatter, "{shown:?}")?;
        } else {
            for letter in shown.chars() {
                if letter.is_control() {
                    write!(formatter, "{}", letter.escape_debug())?;
                } else {
                    formatter.write_char(letter)?;
                }
            }
        }
        match rest.chars().count() {
            0 => Ok(()),
            more => write!(formatter, "… ({} characters)", SHOWN + more),
        }
    }
}
