//! What index documents may take in memory (SPEC.md, "Limits").

use crate::FormatError;

/// Bytes that documents may have before compression, besides twice the file's.
const FREE_BYTES: u64 = 8 << 20;

/// Rows that documents may have, besides one for each 24 bytes of the file.
const FREE_ROWS: u64 = 1 << 17;

/// What the documents of a file may still take together: bytes before compression, and rows, each of which takes more memory
/// than bytes.
///
/// With it the index of a file of *n* bytes takes 64 MB and 8 *n* bytes of memory at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    bytes: u64,
    rows: u64,
    /// What there was at first.
    whole: (u64, u64),
}

impl Budget {
    /// Of a file of `length` bytes.
    #[must_use]
    pub fn of_file(length: u64) -> Self {
        let bytes = length.saturating_mul(2).saturating_add(FREE_BYTES);
        let rows = length / 24 + FREE_ROWS;
        Self { bytes, rows, whole: (bytes, rows) }
    }

    /// Bytes and rows that `later`, the same budget at a later time, has less.
    #[must_use]
    pub fn less(&self, later: &Self) -> (u64, u64) {
        (self.bytes.saturating_sub(later.bytes), self.rows.saturating_sub(later.rows))
    }

    /// Takes `bytes` of a document.
    ///
    /// # Errors
    /// [`FormatError::LimitExceeded`] where there are not as many left.
    pub fn take_bytes(&mut self, bytes: u64) -> Result<(), FormatError> {
        let what = "the index in bytes before compression";
        take(&mut self.bytes, bytes, self.whole.0, what)
    }

    /// Takes `rows`: 1 for a label, 3 for one with a code or with keys of later versions, and 2 for anything else.
    ///
    /// # Errors
    /// [`FormatError::LimitExceeded`] where there are not as many left.
    pub fn take_rows(&mut self, rows: u64) -> Result<(), FormatError> {
        take(&mut self.rows, rows, self.whole.1, "the index in rows")
    }
}

fn take(left: &mut u64, asked: u64, whole: u64, what: &'static str) -> Result<(), FormatError> {
    let limit = whole;
    let used = whole - *left;
    *left = left.checked_sub(asked).ok_or(FormatError::LimitExceeded {
        what,
        asked: used.saturating_add(asked),
        limit,
    })?;
    Ok(())
}
