//! Rows of labels (SPEC.md, "Columns of labels").

use std::num::NonZeroU64;

use super::columns::{Bytes, Columns, Numbers, Texts, end, id};
use super::further::Further;
use super::label_row::{Counted, Flags, LabelName, LabelRow, More, Presence, base_of_sum};
use crate::FormatError;
use crate::bytes::Fields;

/// Reads the rows of labels, one after the other.
pub(super) struct LabelReader<'a> {
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
    pub(super) fn new(columns: &mut Columns<'a>, total: usize) -> Result<Self, FormatError> {
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
    pub(super) fn next(&mut self, before: u32) -> Result<LabelRow, FormatError> {
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
        let presence = if flags.uncounted { Presence::Uncounted } else { self.presence()? };
        Ok(LabelRow { name, label, presence, colour, more })
    }

    fn code(&mut self) -> Result<[String; 3], FormatError> {
        let mut part = || self.codes.next().map(str::to_owned);
        Ok([part()?, part()?, part()?])
    }

    fn presence(&mut self) -> Result<Presence, FormatError> {
        let Some(voxels) = NonZeroU64::new(self.voxels.next()?) else {
            return Ok(Presence::Absent);
        };
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
        Ok(Presence::Counted(Counted { voxels, bounds, sums }))
    }

    pub(super) fn end(&self) -> Result<(), FormatError> {
        let triples = self.starts.iter().chain(&self.extents).chain(&self.sums);
        triples.chain([&self.numbers, &self.voxels]).try_for_each(Numbers::end)?;
        self.colours.as_ref().map_or(Ok(()), end)?;
        self.flags.end().and(self.names.end()).and(self.codes.end()).and(self.further.end())
    }
}
