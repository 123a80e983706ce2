//! Bytes to documents (SPEC.md, "Columns").

use std::num::NonZeroU64;
use std::sync::Arc;

use serde::de::IgnoredAny;

use super::columns::{Bytes, Columns, Numbers, Texts, end, id};
use super::document::{CopyPlace, Document, EntryRow, RecordPlace};
use super::label_row::{Counted, LabelName, LabelRow, More};
use super::{Budget, Flags, base_of_sum};
use crate::bytes::Fields;
use crate::{Dtype, FormatError, MemoryError};

/// The document that `bytes` are.
pub(super) fn document(bytes: &[u8], budget: &mut Budget) -> Result<Document, FormatError> {
    let mut columns = Columns::parse("index", bytes, 0)?;
    let generation = columns.take(id::GENERATION);
    let mut generation =
        generation.ok_or_else(|| FormatError::corrupt("index", 0, "its generation is missing"))?;
    let document = Document {
        generation: generation.varint()?,
        records: records(columns.take(id::RECORDS), budget)?,
        copy: columns.take(id::COPY).map(copy_place).transpose()?,
        metadata: json_column(columns.take(id::ARCHIVE_METADATA))?,
        further: json_column(columns.take(id::FURTHER))?,
        removed: removed(columns.take(id::REMOVED), budget)?,
        entries: entries(&mut columns, budget)?,
    };
    end(&generation)?;
    Ok(document)
}

/// The entry with the names of its labels that `bytes`, a part of a blob's header at byte `offset` of the file, tell.
pub(crate) fn names(
    bytes: &[u8],
    offset: u64,
    budget: &mut Budget,
) -> Result<EntryRow, FormatError> {
    let mut columns = Columns::parse("blob header", bytes, offset)?;
    let mut entries = entries(&mut columns, budget)?;
    let one = entries.pop().filter(|_| entries.is_empty());
    one.ok_or_else(|| FormatError::corrupt("blob header", offset, "it does not name one entry"))
}

fn records(
    column: Option<Fields<'_>>,
    budget: &mut Budget,
) -> Result<Vec<RecordPlace>, FormatError> {
    let Some(mut column) = column else { return Ok(Vec::new()) };
    let mut records = Vec::new();
    let mut before = 0_u64;
    while column.remaining() > 0 {
        budget.take_rows(2)?;
        let distance = column.varint()?;
        let length = column.varint()?;
        let offset = before.checked_add(distance);
        let ends = offset.and_then(|offset| offset.checked_add(length));
        let (Some(offset), Some(ends)) = (offset, ends) else {
            return Err(column.corrupt("an older record lies beyond any file"));
        };
        let (checksum, rows) = (column.u32()?, column.varint()?);
        records.push(RecordPlace { offset, length, checksum, rows });
        before = ends;
    }
    Ok(records)
}

fn copy_place(mut column: Fields<'_>) -> Result<CopyPlace, FormatError> {
    let (offset, length) = (column.varint()?, column.varint()?);
    let place = CopyPlace { offset, length, checksum: column.u32()? };
    end(&column)?;
    Ok(place)
}

/// A column that is one text: a JSON object.
fn json_column(column: Option<Fields<'_>>) -> Result<Option<Arc<str>>, FormatError> {
    let Some(mut column) = column else { return Ok(None) };
    let text = column.text(column.remaining())?;
    check_json(text).map_err(|reason| column.corrupt(reason))?;
    Ok(Some(text.into()))
}

/// Refuses what is no JSON object.
fn check_json(text: &str) -> Result<(), &'static str> {
    let is_object = text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_object.then_some(()).ok_or("metadata are not a JSON object")
}

fn removed(column: Option<Fields<'_>>, budget: &mut Budget) -> Result<Vec<String>, FormatError> {
    let mut texts = Texts(column);
    let mut removed = Vec::new();
    while !texts.is_at_end() {
        budget.take_rows(2)?;
        removed.push(texts.next()?.to_owned());
    }
    Ok(removed)
}

fn entries(columns: &mut Columns<'_>, budget: &mut Budget) -> Result<Vec<EntryRow>, FormatError> {
    let mut shared = Vec::<Arc<str>>::new();
    let mut texts = Texts(columns.take(id::METADATA));
    while !texts.is_at_end() {
        budget.take_rows(2)?;
        let text = texts.next()?;
        check_json(text).map_err(|reason| texts.corrupt(reason))?;
        shared.push(text.into());
    }
    let mut names = Texts(columns.take(id::NAMES));
    let mut entries = Vec::new();
    while !names.is_at_end() {
        budget.take_rows(2)?;
        entries.push(EntryRow::new(names.next()?));
    }
    let mut dtypes = Bytes::new(columns.take(id::DTYPES), entries.len())?;
    let mut places = columns.numbers(id::METADATA_PLACES);
    for row in &mut entries {
        row.dtype = Dtype::from_code(dtypes.next()?)
            .ok_or_else(|| dtypes.corrupt("an entry's voxel type is not known"))?;
        if let Some(place) = places.next()?.checked_sub(1) {
            let text = usize::try_from(place).ok().and_then(|place| shared.get(place));
            let text =
                text.ok_or_else(|| names.corrupt("an entry's metadata are not among those there"))?;
            row.metadata = Some(text.clone());
        }
    }
    dtypes.end().and(places.end())?;
    blobs(columns, &mut entries)?;
    labels(columns, &mut entries, budget)?;
    let mut further = Further::new(columns.take(id::ENTRY_FURTHER));
    for (place, row) in entries.iter_mut().enumerate() {
        row.further = further.of(place as u64)?;
    }
    further.end()?;
    Ok(entries)
}

fn blobs(columns: &mut Columns<'_>, entries: &mut [EntryRow]) -> Result<(), FormatError> {
    let mut lengths = columns.numbers(id::BLOB_LENGTHS);
    let mut offsets = columns.numbers(id::BLOB_OFFSETS);
    let mut before = 0_u64;
    for row in entries.iter_mut() {
        let length = lengths.next()?;
        if length > 0 {
            // Whether it lies in the file is for those to say who know the file.
            let offset = before.wrapping_add_signed(offsets.next_signed()?);
            before = offset.wrapping_add(length);
            row.blob = Some((offset, length));
        }
    }
    let with_blob = entries.iter().filter(|row| row.blob.is_some()).count();
    let mut codecs = Bytes::new(columns.take(id::CODECS), with_blob)?;
    for row in entries.iter_mut().filter(|row| row.blob.is_some()) {
        row.codec = codecs.next()?.checked_sub(1);
    }
    lengths.end().and(offsets.end()).and(codecs.end())
}

fn labels(
    columns: &mut Columns<'_>,
    entries: &mut [EntryRow],
    budget: &mut Budget,
) -> Result<(), FormatError> {
    let mut counts = columns.numbers(id::LABEL_COUNTS);
    let mut total = 0_usize;
    let mut of_entries = Vec::with_capacity(entries.len());
    for _ in 0..entries.len() {
        let count = match counts.next()? {
            stored @ 0..=1 => 1 - stored,
            stored => stored,
        };
        budget.take_rows(count)?;
        of_entries.push(count as usize);
        total += count as usize;
    }
    counts.end()?;
    let mut reader = LabelReader::new(columns, total)?;
    for (row, count) in entries.iter_mut().zip(of_entries) {
        if count == 1 {
            let label = reader.next(0)?;
            if label != EntryRow::new(String::new()).label_rows()[0] {
                row.labels = Some(vec![label]);
            }
            continue;
        }
        let mut labels = Vec::new();
        labels.try_reserve_exact(count).map_err(|_| {
            let bytes = (count * size_of::<LabelRow>()) as u64;
            MemoryError::of_machine("the labels of an entry", bytes)
        })?;
        let mut before = 0;
        for _ in 0..count {
            let label = reader.next(before)?;
            before = label.label;
            labels.push(label);
        }
        row.labels = Some(labels);
    }
    reader.end()
}

/// Reads the rows of labels, one after the other.
struct LabelReader<'a> {
    numbers: Numbers<'a>,
    flags: Bytes<'a>,
    names: Texts<'a>,
    colours: Option<Fields<'a>>,
    codes: Texts<'a>,
    voxels: Numbers<'a>,
    starts: [Numbers<'a>; 3],
    extents: [Numbers<'a>; 3],
    sums: [Numbers<'a>; 3],
    further: Further<'a>,
    /// The start of the last box.
    start: [u32; 3],
    place: u64,
}

impl<'a> LabelReader<'a> {
    fn new(columns: &mut Columns<'a>, total: usize) -> Result<Self, FormatError> {
        let mut three =
            |first: u64| [first, first + 1, first + 2].map(|column| columns.numbers(column));
        let [starts, extents, sums] = [id::STARTS, id::EXTENTS, id::SUMS].map(&mut three);
        Ok(Self {
            numbers: columns.numbers(id::NUMBERS),
            flags: Bytes::new(columns.take(id::FLAGS), total)?,
            names: Texts(columns.take(id::LABEL_NAMES)),
            colours: columns.take(id::COLOURS),
            codes: Texts(columns.take(id::CODES)),
            voxels: columns.numbers(id::VOXELS),
            starts,
            extents,
            sums,
            further: Further::new(columns.take(id::LABEL_FURTHER)),
            start: [0; 3],
            place: 0,
        })
    }

    /// The next label, where `before` is the one before it in its entry.
    fn next(&mut self, before: u32) -> Result<LabelRow, FormatError> {
        let flags = Flags::parse(self.flags.next()?)
            .ok_or_else(|| self.flags.corrupt("a label has flags that are not known"))?;
        let number = (i64::from(before) + 1).checked_add(self.numbers.next_signed()?);
        let label = number
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| self.flags.corrupt("a label exceeds 32 bits"))?;
        let name = match flags.name {
            LabelName::Own(_) => LabelName::Own(self.names.next()?.into()),
            other => other,
        };
        let colours = || FormatError::corrupt("index", 0, "a label's colour is missing");
        let colour =
            flags.colour.then(|| self.colours.as_mut().ok_or_else(colours)?.array()).transpose()?;
        let code = flags.code.then(|| self.code()).transpose()?;
        let further = self.further.of(self.place)?;
        self.place += 1;
        let more = (code.is_some() || further.is_some()).then(|| Box::new(More { code, further }));
        Ok(LabelRow { name, label, counted: self.counted()?, colour, more })
    }

    fn code(&mut self) -> Result<[String; 3], FormatError> {
        let mut part = || self.codes.next().map(str::to_owned);
        Ok([part()?, part()?, part()?])
    }

    fn counted(&mut self) -> Result<Option<Counted>, FormatError> {
        let Some(voxels) = NonZeroU64::new(self.voxels.next()?) else { return Ok(None) };
        let (mut bounds, mut sums) = ([[0; 2]; 3], [0; 3]);
        for axis in 0..3 {
            let beyond = || FormatError::corrupt("index", 0, "a label's box exceeds 32 bits");
            let start = i64::from(self.start[axis]).checked_add(self.starts[axis].next_signed()?);
            let start = start.and_then(|start| u32::try_from(start).ok()).ok_or_else(beyond)?;
            let extent = self.extents[axis].next()?.checked_add(1);
            let end = extent.and_then(|extent| extent.checked_add(start.into()));
            let end = end.and_then(|end| u32::try_from(end).ok()).ok_or_else(beyond)?;
            bounds[axis] = [start, end];
            let base = base_of_sum(voxels.get(), bounds[axis]);
            sums[axis] = base.wrapping_add_signed(self.sums[axis].next_signed()?);
            self.start[axis] = start;
        }
        Ok(Some(Counted { voxels, bounds, sums }))
    }

    fn end(&self) -> Result<(), FormatError> {
        let triples = self.starts.iter().chain(&self.extents).chain(&self.sums);
        triples.chain([&self.numbers, &self.voxels]).try_for_each(Numbers::end)?;
        self.colours.as_ref().map_or(Ok(()), end)?;
        self.flags.end().and(self.names.end()).and(self.codes.end()).and(self.further.end())
    }
}

/// Keys of later versions, which few rows have: for each of these the distance to the one before, and a text.
struct Further<'a> {
    texts: Option<Fields<'a>>,
    next: Option<u64>,
}

impl<'a> Further<'a> {
    fn new(texts: Option<Fields<'a>>) -> Self {
        Self { texts, next: None }
    }

    /// The text of row `place`, which ascends from call to call.
    fn of(&mut self, place: u64) -> Result<Option<Box<str>>, FormatError> {
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

    fn end(&self) -> Result<(), FormatError> {
        match (&self.texts, self.next) {
            (Some(texts), Some(_)) => Err(texts.corrupt("a row lies beyond all rows")),
            (texts, _) => texts.as_ref().map_or(Ok(()), end),
        }
    }
}
