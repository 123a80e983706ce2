//! Keys of later versions, which few rows have (SPEC.md, "Columns of entries").

use super::columns::{check_json, end};
use crate::FormatError;
use crate::bytes::Fields;

/// For each row that has any, of these the distance to the one before, and a text.
pub(super) struct Further<'a> {
    texts: Option<Fields<'a>>,
    next: Option<u64>,
}

impl<'a> Further<'a> {
    pub(super) fn new(texts: Option<Fields<'a>>) -> Self {
        Self { texts, next: None }
    }

    /// The text of row `place`, which ascends from call to call.
    pub(super) fn of(&mut self, place: u64) -> Result<Option<Box<str>>, FormatError> {
        let Some(texts) = &mut self.texts else { return Ok(None) };
        if self.next.is_none() && texts.remaining() > 0 {
            let next = place.checked_add(texts.varint()?);
            self.next = Some(next.ok_or_else(|| texts.corrupt("a row lies beyond all rows"))?);
        }
        if self.next != Some(place) {
            return Ok(None);
        }
        self.next = None;
        let text = texts.text_to_zero()?;
        check_json(text).map_err(|reason| texts.corrupt(reason))?;
        Ok(Some(text.into()))
    }

    pub(super) fn end(&self) -> Result<(), FormatError> {
        match (&self.texts, self.next) {
            (Some(texts), Some(_)) => Err(texts.corrupt("a row lies beyond all rows")),
            (texts, _) => texts.as_ref().map_or(Ok(()), end),
        }
    }
}
