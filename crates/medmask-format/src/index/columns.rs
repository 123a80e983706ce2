//! Columns: the parts that a document consists of (SPEC.md, "Index document").

use serde::de::IgnoredAny;

use crate::FormatError;
use crate::bytes::{Fields, put_varint};

/// The columns by their numbers in SPEC.md.
pub(super) mod id {
    pub const GENERATION: u64 = 0;
    pub const RECORDS: u64 = 1;
    pub const COPY: u64 = 2;
    pub const ARCHIVE_METADATA: u64 = 3;
    pub const FURTHER: u64 = 4;
    pub const REMOVED: u64 = 5;
    pub const METADATA: u64 = 6;

    pub const NAMES: u64 = 16;
    pub const DTYPES: u64 = 17;
    pub const CODECS: u64 = 18;
    pub const BLOB_LENGTHS: u64 = 19;
    pub const BLOB_OFFSETS: u64 = 20;
    pub const LABEL_COUNTS: u64 = 21;
    pub const METADATA_PLACES: u64 = 22;
    pub const ENTRY_FURTHER: u64 = 23;
    pub const LAYERS: u64 = 24;

    pub const NUMBERS: u64 = 32;
    pub const FLAGS: u64 = 33;
    pub const LABEL_NAMES: u64 = 34;
    pub const COLOURS: u64 = 35;
    pub const CODES: u64 = 36;
    pub const VOXELS: u64 = 37;
    /// Three columns, for z, y and x; so are the next two.
    pub const STARTS: u64 = 38;
    pub const EXTENTS: u64 = 41;
    pub const SUMS: u64 = 44;
    pub const LABEL_FURTHER: u64 = 47;
}

/// Writes one column.
#[derive(Default)]
pub(super) struct Column(pub Vec<u8>);

impl Column {
    pub(super) fn varint(&mut self, number: u64) {
        put_varint(&mut self.0, number);
    }

    pub(super) fn signed(&mut self, number: i64) {
        self.varint(zigzag(number));
    }

    /// Neither names nor JSON hold the zero that ends a text.
    pub(super) fn text(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
    }

    /// Bytes of which one stands for all, where all are the same.
    pub(super) fn shorten(&mut self) {
        if self.0.iter().all(|byte| *byte == self.0[0]) {
            self.0.truncate(1);
        }
    }

    /// Whether every number is 0, as goes without saying.
    fn says_nothing(&self) -> bool {
        self.0.iter().all(|byte| *byte == 0)
    }
}

/// Puts columns one behind the other, in the order of their numbers.
#[derive(Default)]
pub(super) struct ColumnWriter(pub Vec<u8>);

impl ColumnWriter {
    pub(super) fn put(&mut self, id: u64, column: &Column) {
        put_varint(&mut self.0, id);
        put_varint(&mut self.0, column.0.len() as u64);
        self.0.extend_from_slice(&column.0);
    }

    /// Leaves out a column of numbers that are all 0.
    pub(super) fn put_numbers(&mut self, id: u64, column: &Column) {
        if !column.says_nothing() {
            self.put(id, column);
        }
    }

    /// Leaves out a column without items.
    pub(super) fn put_items(&mut self, id: u64, column: &Column) {
        if !column.0.is_empty() {
            self.put(id, column);
        }
    }
}

/// The columns of a document that is read.
pub(super) struct Columns<'a> {
    found: Vec<(u64, Fields<'a>)>,
}

impl<'a> Columns<'a> {
    /// `bytes` is the document, which is said to stand at byte `offset` of the file.
    pub(super) fn parse(
        section: &'static str,
        bytes: &'a [u8],
        offset: u64,
    ) -> Result<Self, FormatError> {
        let mut fields = Fields::new(section, bytes, offset);
        let mut found: Vec<(u64, Fields<'a>)> = Vec::new();
        while fields.remaining() > 0 {
            let id = fields.varint()?;
            if found.last().is_some_and(|(before, _)| *before >= id) {
                return Err(fields.corrupt("its columns are not in order"));
            }
            let column = fields.part()?;
            // Later versions may add columns, which are passed over.
            if found.len() < 64 {
                found.push((id, column));
            }
        }
        Ok(Self { found })
    }

    /// The column `id`, once.
    pub(super) fn take(&mut self, id: u64) -> Option<Fields<'a>> {
        let place = self.found.iter().position(|(found, _)| *found == id)?;
        Some(self.found.remove(place).1)
    }

    /// Numbers of the column `id`, of which one that is not there is 0.
    pub(super) fn numbers(&mut self, id: u64) -> Numbers<'a> {
        Numbers(self.take(id))
    }
}

/// A column of numbers, all 0 where the document has no such column.
pub(super) struct Numbers<'a>(Option<Fields<'a>>);

impl Numbers<'_> {
    pub(super) fn next(&mut self) -> Result<u64, FormatError> {
        self.0.as_mut().map_or(Ok(0), Fields::varint)
    }

    pub(super) fn next_signed(&mut self) -> Result<i64, FormatError> {
        self.next().map(unzigzag)
    }

    /// Refuses a column that has more numbers than were taken from it.
    pub(super) fn end(&self) -> Result<(), FormatError> {
        self.0.as_ref().map_or(Ok(()), end)
    }
}

/// A column of one byte for each row, or of one byte for all rows.
pub(super) struct Bytes<'a> {
    fields: Option<Fields<'a>>,
    one_for_all: Option<u8>,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(mut fields: Option<Fields<'a>>, rows: usize) -> Result<Self, FormatError> {
        let mut one_for_all = fields.is_none().then_some(0);
        if let Some(column) = fields.as_mut().filter(|column| column.remaining() == 1 && rows > 1) {
            one_for_all = Some(column.array::<1>()?[0]);
        }
        Ok(Self { fields, one_for_all })
    }

    pub(super) fn next(&mut self) -> Result<u8, FormatError> {
        match (self.one_for_all, &mut self.fields) {
            (None, Some(fields)) => fields.array().map(|[byte]| byte),
            (byte, _) => Ok(byte.unwrap_or(0)),
        }
    }

    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        corrupt(self.fields.as_ref(), reason)
    }

    pub(super) fn end(&self) -> Result<(), FormatError> {
        self.fields.as_ref().map_or(Ok(()), end)
    }
}

/// A column of texts, each of which ends with a zero.
pub(super) struct Texts<'a>(pub Option<Fields<'a>>);

impl<'a> Texts<'a> {
    pub(super) fn next(&mut self) -> Result<&'a str, FormatError> {
        let fields = self.0.as_mut();
        fields.ok_or_else(|| corrupt(None, "a column of texts is missing"))?.text_to_zero()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.as_ref().is_none_or(|fields| fields.remaining() == 0)
    }

    pub(super) fn corrupt(&self, reason: &'static str) -> FormatError {
        corrupt(self.0.as_ref(), reason)
    }

    pub(super) fn end(&self) -> Result<(), FormatError> {
        self.0.as_ref().map_or(Ok(()), end)
    }
}

/// Refuses what is no JSON object.
pub(super) fn check_json(text: &str) -> Result<(), &'static str> {
    let is_object = text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_object.then_some(()).ok_or("metadata are not a JSON object")
}

fn corrupt(fields: Option<&Fields<'_>>, reason: &'static str) -> FormatError {
    fields.map_or_else(|| FormatError::corrupt("index", 0, reason), |fields| fields.corrupt(reason))
}

/// Refuses what is left of a column.
pub(super) fn end(fields: &Fields<'_>) -> Result<(), FormatError> {
    match fields.remaining() {
        0 => Ok(()),
        _ => Err(fields.corrupt("a column has more items than there are rows")),
    }
}

fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_numbers_alternate() {
        // 0, -1, 1, -2 … are 0, 1, 2, 3 …, as in Protocol Buffers' documentation of sint64.
        for (number, stored) in
            [(0, 0), (-1, 1), (1, 2), (-2, 3), (i64::MAX, u64::MAX - 1), (i64::MIN, u64::MAX)]
        {
            assert_eq!(zigzag(number), stored);
            assert_eq!(unzigzag(stored), number);
        }
    }
}
