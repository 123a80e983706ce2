//! Rows of runs to bytes (SPEC.md, "Codec: transitions").

use super::candidates::{Around, Candidate, Relation, Relations, merge};
use super::matching::Matcher;
use super::model::{Coder, Number, ROW, STRETCH, Writer};
use super::row::{self, NewRow, Origin, Wanted};
use crate::codec::transition::{Transition, most_runs, transitions_of};
use crate::codec::{ChunkShape, Source, packed};
use crate::{Dtype, FormatError};
use medmask_voxel::Memory;

/// A row with how it came about.
#[derive(Default)]
struct Row {
    transitions: Vec<Transition>,
    origin: Origin,
}

/// The bytes of one chunk; `None` where its rows have more transitions than the format allows.
///
/// `largest` becomes the largest label.
pub(in crate::codec) fn encode(
    source: &dyn Source,
    shape: ChunkShape,
    dtype: Dtype,
    largest: &mut u32,
) -> Result<Option<Vec<u8>>, FormatError> {
    let mut encoder = Encoder {
        writer: Writer::new(),
        shape,
        dtype,
        left: most_runs(shape),
        candidates: Vec::new(),
        matched: Vec::new(),
        matcher: Matcher::default(),
        row: Vec::new(),
    };
    let height = shape.height as usize;
    let rows = || std::iter::repeat_with(Row::default).take(height).collect::<Vec<_>>();
    let (mut before, mut slice) = (rows(), rows());
    let mut runs = Vec::new();
    let mut fits = true;
    for z in 0..shape.depth {
        for (y, row) in (0..).zip(&mut slice) {
            source.row(z, y, &mut runs);
            for run in &runs {
                packed::check_label(run.label, dtype)?;
                *largest = run.label.max(*largest);
            }
            transitions_of(&runs, &mut row.transitions);
        }
        // What is too much is still asked for its labels.
        fits = fits && encoder.slice(z, &before, &mut slice)?;
        std::mem::swap(&mut before, &mut slice);
    }
    Ok(fits.then(|| encoder.writer.finish()))
}

struct Encoder {
    writer: Writer,
    shape: ChunkShape,
    dtype: Dtype,
    /// How many more runs rows may spell out.
    left: usize,
    candidates: Vec<Candidate>,
    matched: Vec<Option<usize>>,
    matcher: Matcher,
    row: Vec<Transition>,
}

impl Encoder {
    /// Writes a slice; `false` where it takes more than the format allows.
    fn slice(&mut self, z: u32, before: &[Row], slice: &mut [Row]) -> Result<bool, FormatError> {
        let ends = ends_of_empty_stretches(before);
        let mut y = 0;
        while y < slice.len() {
            let (done, rest) = slice.split_at_mut(y);
            let around = Around {
                slice: &before[y].transitions,
                row: done.last().map_or(&[], |row| &row.transitions),
                slice_before: y.checked_sub(1).map_or(&[], |y| &before[y].transitions),
                slice_after: before.get(y + 1).map_or(&[], |row| &row.transitions),
            };
            let is_empty = [around.slice, around.row, around.slice_before, around.slice_after]
                .iter()
                .all(|row| row.is_empty());
            if is_empty {
                let stretch = &mut rest[..ends[y] - y];
                let found = stretch.iter().position(|row| !row.transitions.is_empty());
                let passed = found.unwrap_or(stretch.len());
                stretch[..passed].iter_mut().for_each(|row| row.origin = Origin::default());
                let context = STRETCH.at(usize::from(z == 0));
                self.writer.symbol(context, || usize::from(found.is_some()));
                let Some(rows) = found else {
                    y = ends[y];
                    continue;
                };
                self.writer.number(Number::Rows, rows as u32);
                y += rows;
                let row = &mut stretch[rows];
                row.origin = Origin::Coded;
                if !self.coded(&around, &Relations::default(), &row.transitions)? {
                    return Ok(false);
                }
            } else if let Some(row) = rest.first_mut() {
                let origins =
                    (done.last().map_or(Origin::default(), |row| row.origin), before[y].origin);
                if !self.row(&around, origins, row)? {
                    return Ok(false);
                }
            }
            y += 1;
        }
        Ok(true)
    }

    fn row(
        &mut self,
        around: &Around<'_>,
        (row, slice): (Origin, Origin),
        to: &mut Row,
    ) -> Result<bool, FormatError> {
        let relations = Relations {
            row: Relation::of(around.slice, around.row),
            slice_before: Relation::of(around.slice, around.slice_before),
            slice_after: Relation::of(around.slice, around.slice_after),
        };
        let origin = match to.transitions.as_slice() {
            to if to == around.slice => Origin::Slice,
            to if to == around.row => Origin::Row,
            _ => Origin::Coded,
        };
        let context = ROW.at(row::context(&relations, row, slice));
        self.writer.symbol(context, || origin as usize);
        // As readers see it, for whom empty rows are all alike.
        to.origin = if to.transitions.is_empty() { Origin::default() } else { origin };
        match origin {
            Origin::Coded => self.coded(around, &relations, &to.transitions),
            Origin::Slice | Origin::Row => Ok(true),
        }
    }

    fn coded(
        &mut self,
        around: &Around<'_>,
        relations: &Relations,
        to: &[Transition],
    ) -> Result<bool, FormatError> {
        let Some(left) = self.left.checked_sub(to.len() / 2) else { return Ok(false) };
        self.left = left;
        merge(around, relations, &mut self.candidates);
        self.matcher.find(&self.candidates, to, &mut self.matched);
        self.row.clear();
        let memory = Memory::unlimited();
        let mut held = memory.hold("a row of a chunk", 0)?;
        let mut row = NewRow {
            width: self.shape.width,
            dtype: self.dtype,
            transitions: &mut self.row,
            held: &mut held,
        };
        let wanted = Wanted::new(to, &self.matched);
        // A source that breaks its promises is noticed here, and coded as voxels.
        let coded = row::code(&mut self.writer, &self.candidates, around, &mut row, wanted);
        Ok(coded.is_ok() && self.row == to)
    }
}

/// For each row one past the last of those from it on that are empty, and the next ones too: the row itself where it is not.
fn ends_of_empty_stretches(rows: &[Row]) -> Vec<usize> {
    let mut end = rows.len();
    let mut ends = vec![0; rows.len()];
    for (y, row) in rows.iter().enumerate().rev() {
        let next = rows.get(y + 1).is_some_and(|next| !next.transitions.is_empty());
        if next || !row.transitions.is_empty() {
            end = y;
        }
        ends[y] = end;
    }
    ends
}
