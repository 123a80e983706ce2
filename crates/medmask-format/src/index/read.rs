//! Bytes to documents (SPEC.md, "Index document").

use std::num::NonZeroU32;
use std::sync::Arc;

use super::budget::Budget;
use super::columns::{Bytes, Columns, Texts, check_json, end, id};
use super::document::{CopyPlace, Document, EntryRow, RecordPlace};
use super::further::Further;
use super::label_row::LabelRow;
use super::read_labels::LabelReader;
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

/// The entries with the names of their labels that `bytes`, a part of a blob's header at byte `offset` of the file, tell: one
/// without a layer, or some with layers.
pub(crate) fn names(
    bytes: &[u8],
    offset: u64,
    budget: &mut Budget,
) -> Result<Vec<EntryRow>, FormatError> {
    let mut columns = Columns::parse("blob header", bytes, offset)?;
    let entries = entries(&mut columns, budget)?;
    match &entries[..] {
        [_] => Ok(entries),
        [_, ..] if entries.iter().all(|row| row.layer.is_some()) => Ok(entries),
        _ => {
            let reason = "it names neither one entry nor entries in layers";
            Err(FormatError::corrupt("blob header", offset, reason))
        }
    }
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
    layers(columns, &mut entries)?;
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

fn layers(columns: &mut Columns<'_>, entries: &mut [EntryRow]) -> Result<(), FormatError> {
    let mut layers = columns.numbers(id::LAYERS);
    for row in entries {
        let beyond = || FormatError::corrupt("index", 0, "a layer exceeds 32 bits");
        row.layer = NonZeroU32::new(u32::try_from(layers.next()?).map_err(|_| beyond())?);
    }
    layers.end()
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
            budget.take_rows(label.rows() - 1)?;
            if label != EntryRow::new(String::new()).label_rows()[0] {
                row.labels = Some([label].into());
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
            budget.take_rows(label.rows() - 1)?;
            labels.push(label);
        }
        row.labels = Some(labels.into());
    }
    reader.end()
}
