//! What stands before the coded decisions of a chunk (SPEC.md, "Context: header").

use super::ChunkShape;
use super::coder::Decoder;
use super::predictor::PriorUse;
use crate::FormatError;
use crate::bytes::{Fields, put_varint};

/// A list of labels follows; without it the only label is 1.
const HAS_LABELS: u8 = 1;
/// The model starts with the prior.
const HAS_PRIOR: u8 = 2;
/// With the bit before: the prior may answer alone.
const EARLY_EXIT: u8 = 4;
/// Coding starts at a slice in the middle.
const FROM_MIDDLE: u8 = 8;
/// In the slice that is coded first, what is near loud voxels is loud, too.
const WIDE_FIRST: u8 = 16;

/// Voxels of the slice that is coded first and of those below, whose rows a reader keeps until it has all of them.
const MOST_VOXELS_WAITING: u64 = 1 << 23;

/// The first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) has_labels: bool,
    pub(super) from_middle: bool,
    pub(super) rules: Rules,
}

/// What it says of how decisions are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) prior: PriorUse,
    pub(super) wide_first: bool,
}

impl Header {
    pub(super) fn to_byte(self) -> u8 {
        let prior = match self.rules.prior {
            PriorUse::None => 0,
            PriorUse::Mixed => HAS_PRIOR,
            PriorUse::EarlyExit => HAS_PRIOR | EARLY_EXIT,
        };
        prior
            | (HAS_LABELS * u8::from(self.has_labels))
            | (FROM_MIDDLE * u8::from(self.from_middle))
            | (WIDE_FIRST * u8::from(self.rules.wide_first))
    }

    /// # Errors
    /// `Corrupt` where the byte has bits that mean nothing.
    pub(super) fn read(fields: &mut Fields) -> Result<Self, FormatError> {
        let unknown = fields.corrupt("its first byte has unknown bits");
        let [byte] = fields.array()?;
        let prior = match byte & (HAS_PRIOR | EARLY_EXIT) {
            0 => PriorUse::None,
            HAS_PRIOR => PriorUse::Mixed,
            EARLY_EXIT => return Err(unknown),
            _ => PriorUse::EarlyExit,
        };
        let header = Self {
            has_labels: byte & HAS_LABELS != 0,
            from_middle: byte & FROM_MIDDLE != 0,
            rules: Rules { prior, wide_first: byte & WIDE_FIRST != 0 },
        };
        if header.to_byte() == byte { Ok(header) } else { Err(unknown) }
    }
}

/// Where the decisions stand in the chunk.
pub(super) struct Parts<'a> {
    /// The slice that is coded first.
    pub(super) first: u32,
    /// The list of labels, that slice and those above.
    pub(super) upper: Decoder<'a>,
    /// The slices below.
    pub(super) lower: Decoder<'a>,
}

impl<'a> Parts<'a> {
    /// Reads what [`Parts::write`] wrote, up to the decisions.
    pub(super) fn read(
        fields: &mut Fields,
        bytes: &'a [u8],
        from_middle: bool,
        shape: ChunkShape,
    ) -> Result<Self, FormatError> {
        let (mut first, mut length) = (0, fields.remaining());
        if from_middle {
            first = fields.varint_u32()?;
            if !can_start_at(first, shape) {
                return Err(fields.corrupt("it starts at a slice where none can"));
            }
            length = usize::try_from(fields.varint()?).unwrap_or(usize::MAX);
            if length > fields.remaining() {
                return Err(fields.corrupt("its first part is longer than all of it"));
            }
        }
        let start = fields.position();
        let end = start + length;
        let upper = Decoder::new(&bytes[..end], start);
        Ok(Self { first, upper, lower: Decoder::new(bytes, end) })
    }

    /// Appends both parts of a chunk that starts in the middle.
    pub(super) fn write(first: u32, upper: &[u8], lower: &[u8], out: &mut Vec<u8>) {
        put_varint(out, first.into());
        put_varint(out, upper.len() as u64);
        out.extend_from_slice(upper);
        out.extend_from_slice(lower);
    }
}

/// Voxels of the longest row.
const MOST_WIDTH: u32 = 1 << 16;
/// Voxels of the largest slice, whose rows count as so many longer than they are.
const MOST_SLICE: u64 = 1 << 23;
const LONGER: u64 = 32;
/// With more labels than this, background among them, a voxel counts four times.
const MOST_SMALL_LABELS: usize = 256;

/// More labels than this, background among them, are not taken: a reader keeps some numbers for each, of which the bytes need not say much.
const MOST_LABELS: usize = 1 << 20;

/// Whether this codec takes chunks of `shape` that hold so many labels, background among them: a reader keeps eight slices at most.
pub(super) fn slices_fit(shape: ChunkShape, labels: usize) -> bool {
    let voxels = u64::from(shape.height) * (u64::from(shape.width) + LONGER);
    let times = if labels > MOST_SMALL_LABELS { 4 } else { 1 };
    labels <= MOST_LABELS && shape.width <= MOST_WIDTH && voxels <= MOST_SLICE / times
}

/// Whether chunks of `shape` that hold one label can be coded: their slices may be too large.
pub(in crate::codec) fn takes(shape: ChunkShape) -> bool {
    slices_fit(shape, 2)
}

/// Whether a slice above the lowest may be coded first.
pub(super) fn can_start_at(slice: u32, shape: ChunkShape) -> bool {
    let waiting = ChunkShape { depth: slice.saturating_add(1), ..shape };
    (1..shape.depth).contains(&slice) && waiting.voxels() <= MOST_VOXELS_WAITING
}
