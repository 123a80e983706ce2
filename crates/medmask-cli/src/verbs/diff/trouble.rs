//! Why two segmentations cannot be compared.

use medmask::Error;

use crate::failure;

/// What went wrong, and what can be done about it here.
pub fn text_of(error: &Error) -> String {
    match error {
        Error::SpaceMismatch { .. } => {
            format!("{error}; --resample brings the second onto the grid of the first")
        }
        error => failure::text_of(error),
    }
}
