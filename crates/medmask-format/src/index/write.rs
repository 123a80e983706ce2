//! Documents to bytes (SPEC.md, "Index document").

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::columns::{Column, ColumnWriter, id};
use super::document::{Document, EntryRow};
use super::label_row::{Counted, Flags, LabelName, LabelRow, base_of_sum};
use crate::FormatError;

/// The document before compression.
pub(super) fn document(document: &Document) -> Result<Vec<u8>, FormatError> {
    check_texts(&document.entries)?;
    let mut out = ColumnWriter::default();
    of_archive(document, &mut out);
    of_entries(&document.entries, &mut out);
    of_labels(&document.entries, &mut out);
    Ok(out.0)
}

/// Refuses codes with the zero that ends a text. Names have no control characters, and JSON has none either.
fn check_texts(entries: &[EntryRow]) -> Result<(), FormatError> {
    let codes = entries.iter().flat_map(EntryRow::label_rows).filter_map(LabelRow::code);
    if codes.flatten().any(|part| part.contains('\0')) {
        return Err(FormatError::Unwritable { what: "a terminology code with a zero byte" });
    }
    Ok(())
}

/// Entries with their labels and nothing else, as blobs have them.
pub(crate) fn names(rows: &[EntryRow]) -> Vec<u8> {
    let mut out = ColumnWriter::default();
    let rows: Vec<EntryRow> = rows.iter().map(EntryRow::names).collect();
    of_entries(&rows, &mut out);
    of_labels(&rows, &mut out);
    out.0
}

fn of_archive(document: &Document, out: &mut ColumnWriter) {
    let mut column = Column::default();
    column.varint(document.generation);
    out.put(id::GENERATION, &column);
    let mut column = Column::default();
    let mut end = 0;
    for record in &document.records {
        // They are ascending and disjoint.
        column.varint(record.offset.wrapping_sub(end));
        column.varint(record.length);
        column.0.extend_from_slice(&record.checksum.to_le_bytes());
        column.varint(record.rows);
        end = record.offset.wrapping_add(record.length);
    }
    out.put_items(id::RECORDS, &column);
    if let Some(copy) = document.copy {
        let mut column = Column::default();
        column.varint(copy.offset);
        column.varint(copy.length);
        column.0.extend_from_slice(&copy.checksum.to_le_bytes());
        out.put(id::COPY, &column);
    }
    for (id, text) in [(id::ARCHIVE_METADATA, &document.metadata), (id::FURTHER, &document.further)]
    {
        if let Some(text) = text {
            out.put(id, &Column(text.as_bytes().to_vec()));
        }
    }
    let mut column = Column::default();
    document.removed.iter().for_each(|name| column.text(name));
    out.put_items(id::REMOVED, &column);
}

fn of_entries(entries: &[EntryRow], out: &mut ColumnWriter) {
    let (texts, places) = shared_texts(entries);
    out.put_items(id::METADATA, &texts);
    let mut names = Column::default();
    entries.iter().for_each(|row| names.text(&row.name));
    out.put_items(id::NAMES, &names);
    let [mut dtypes, mut codecs, mut lengths, mut offsets, mut counts, mut further, mut layers] =
        std::array::from_fn(|_| Column::default());
    let (mut end, mut next_further) = (0_u64, 0);
    for (place, row) in entries.iter().enumerate() {
        dtypes.0.push(row.dtype as u8);
        lengths.varint(row.blob.map_or(0, |(_, length)| length));
        if let Some((offset, length)) = row.blob {
            offsets.signed(offset.wrapping_sub(end).cast_signed());
            codecs.0.push(row.codec.map_or(0, |codec| codec.saturating_add(1)));
            end = offset.wrapping_add(length);
        }
        layers.varint(row.layer.map_or(0, NonZeroU32::get).into());
        // One label goes without saying.
        let count = row.label_rows().len() as u64;
        counts.varint(if count <= 1 { 1 - count } else { count });
        if let Some(text) = &row.further {
            further.varint(place as u64 - next_further);
            further.text(text);
            next_further = place as u64 + 1;
        }
    }
    dtypes.shorten();
    codecs.shorten();
    out.put_numbers(id::DTYPES, &dtypes);
    out.put_numbers(id::CODECS, &codecs);
    out.put_numbers(id::BLOB_LENGTHS, &lengths);
    out.put_items(id::BLOB_OFFSETS, &offsets);
    out.put_numbers(id::LABEL_COUNTS, &counts);
    out.put_numbers(id::METADATA_PLACES, &places);
    out.put_items(id::ENTRY_FURTHER, &further);
    out.put_numbers(id::LAYERS, &layers);
}

/// The metadata of all entries, each text once, and for each entry the place of its own, from 1.
fn shared_texts(entries: &[EntryRow]) -> (Column, Column) {
    let (mut texts, mut places) = (Column::default(), Column::default());
    let mut by_text = HashMap::<&str, u64>::new();
    // Entries that were read share texts in memory, too, and long ones are not to be hashed for each of them.
    let mut by_address = HashMap::new();
    for row in entries {
        let Some(text) = &row.metadata else {
            places.varint(0);
            continue;
        };
        let place = *by_address.entry(Arc::as_ptr(text).cast::<()>()).or_insert_with(|| {
            let next = by_text.len() as u64 + 1;
            *by_text.entry(text).or_insert_with(|| {
                texts.text(text);
                next
            })
        });
        places.varint(place);
    }
    (texts, places)
}

fn of_labels(entries: &[EntryRow], out: &mut ColumnWriter) {
    let [mut numbers, mut flags, mut names, mut colours, mut codes, mut further] =
        std::array::from_fn(|_| Column::default());
    let mut next_further = 0;
    let rows = entries.iter().flat_map(|entry| {
        // Labels mostly follow one another, from 1 in each entry.
        let before = std::iter::once(0).chain(entry.label_rows().iter().map(|row| row.label));
        before.zip(entry.label_rows())
    });
    for (place, (before, row)) in rows.clone().enumerate() {
        numbers.signed(i64::from(row.label) - i64::from(before) - 1);
        flags.0.push(Flags::of(row).to_byte());
        if let LabelName::Own(name) = &row.name {
            names.text(name);
        }
        colours.0.extend(row.colour.into_iter().flatten());
        row.code().into_iter().flatten().for_each(|part| codes.text(part));
        if let Some(text) = row.further() {
            further.varint(place as u64 - next_further);
            further.text(text);
            next_further = place as u64 + 1;
        }
    }
    flags.shorten();
    out.put_numbers(id::NUMBERS, &numbers);
    out.put_numbers(id::FLAGS, &flags);
    out.put_items(id::LABEL_NAMES, &names);
    out.put_items(id::COLOURS, &colours);
    out.put_items(id::CODES, &codes);
    of_voxels(rows.map(|(_, row)| row), out);
    out.put_items(id::LABEL_FURTHER, &further);
}

fn of_voxels<'a>(rows: impl Iterator<Item = &'a LabelRow>, out: &mut ColumnWriter) {
    let mut voxels = Column::default();
    let [mut starts, mut extents, mut sums]: [[Column; 3]; 3] =
        std::array::from_fn(|_| std::array::from_fn(|_| Column::default()));
    let mut before = [0_u32; 3];
    for row in rows {
        let Some(number) = row.voxels() else { continue };
        voxels.varint(number);
        let Some(Counted { voxels, bounds, sums: of_row }) = row.counted() else { continue };
        for axis in 0..3 {
            let [start, end] = bounds[axis];
            starts[axis].signed(i64::from(start) - i64::from(before[axis]));
            extents[axis].varint(u64::from(end.wrapping_sub(start).wrapping_sub(1)));
            let base = base_of_sum(voxels.get(), bounds[axis]);
            sums[axis].signed(of_row[axis].wrapping_sub(base).cast_signed());
            before[axis] = start;
        }
    }
    out.put_numbers(id::VOXELS, &voxels);
    for (first, columns) in [(id::STARTS, &starts), (id::EXTENTS, &extents), (id::SUMS, &sums)] {
        for (axis, column) in columns.iter().enumerate() {
            out.put_numbers(first + axis as u64, column);
        }
    }
}
