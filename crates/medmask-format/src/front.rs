//! The front of a file: magic, version, space and the two commit slots (SPEC.md, "Front").

use crate::FormatError;
use crate::bytes::Fields;

/// Bytes of the front: [`PREAMBLE_LENGTH`] and two slots of [`SLOT_LENGTH`].
pub const FRONT_LENGTH: usize = PREAMBLE_LENGTH + 2 * SLOT_LENGTH;

/// Bytes before the commit slots: magic, version, space, checksum.
pub const PREAMBLE_LENGTH: usize = 160;

/// Bytes of a commit slot.
pub const SLOT_LENGTH: usize = 64;

/// Bytes of a trailer, which a committed file ends with: copies of the preamble and of the commit's slot.
pub const TRAILER_LENGTH: usize = PREAMBLE_LENGTH + SLOT_LENGTH;

/// The version this crate writes.
pub const VERSION: (u8, u8) = (2, 0);

/// Largest number of voxels along one axis.
pub const MAX_AXIS: u64 = (1 << 31) - 1;

/// Largest number of voxels of a space.
pub const MAX_VOXELS: u64 = 1 << 40;

/// Reader-required feature bits that this crate knows: none yet.
pub const KNOWN_READER_FEATURES: u64 = 0;

/// Writer-required feature bits that this crate knows: none yet.
pub const KNOWN_WRITER_FEATURES: u64 = 0;

/// Whether a file is meant to hold many entries or one. The two magics are all that there will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `MSKA`, a `.mska` file.
    Archive,
    /// `MSK1`, a `.msk` file: the same container with exactly one entry.
    SingleMask,
}

impl Kind {
    /// The first four bytes of the file.
    #[must_use]
    pub fn magic(self) -> [u8; 4] {
        match self {
            Self::Archive => *b"MSKA",
            Self::SingleMask => *b"MSK1",
        }
    }
}

/// Kind, major and minor version, from the first bytes of any medmask file.
///
/// # Errors
/// [`FormatError::NotMedmask`] where there are fewer than 6 bytes or another magic.
pub fn identify(bytes: &[u8]) -> Result<(Kind, u8, u8), FormatError> {
    let [m0, m1, m2, m3, major, minor, ..] = *bytes else { return Err(FormatError::NotMedmask) };
    let kind =
        [Kind::Archive, Kind::SingleMask].into_iter().find(|kind| kind.magic() == [m0, m1, m2, m3]);
    kind.map(|kind| (kind, major, minor)).ok_or(FormatError::NotMedmask)
}

/// The grid that all masks of a file share. Axes are those of the arrays: (z, y, x).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridSpace {
    /// Voxels along each array axis.
    pub shape: [u64; 3],
    /// Voxel size in mm along each array axis.
    pub spacing: [f64; 3],
    /// World position (x, y, z; LPS+, mm) of the centre of voxel 0.
    pub origin: [f64; 3],
    /// For each array axis its unit vector in the world (x, y, z; LPS+).
    pub direction: [[f64; 3]; 3],
}

impl GridSpace {
    /// Checks the limits of SPEC.md, "Limits": axes, voxels, finite numbers.
    fn check(&self, fields: &Fields<'_>) -> Result<(), FormatError> {
        if self.shape.iter().any(|axis| *axis == 0 || *axis > MAX_AXIS) {
            return Err(fields.corrupt("an axis of the shape is 0 or over the limit"));
        }
        let voxels = self.shape.iter().try_fold(1_u64, |product, axis| product.checked_mul(*axis));
        if voxels.is_none_or(|voxels| voxels > MAX_VOXELS) {
            return Err(fields.corrupt("the shape has more voxels than the limit"));
        }
        let numbers = [self.spacing, self.origin].into_iter().chain(self.direction).flatten();
        if !numbers.into_iter().all(f64::is_finite) || self.spacing.iter().any(|mm| *mm <= 0.0) {
            return Err(fields.corrupt(
                "the geometry has a number that is not finite, or a spacing that is not positive",
            ));
        }
        Ok(())
    }
}

/// One committed state of the file: where its index stands (SPEC.md, "Commit slots").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Counts commits; the valid slot with the larger one is current.
    pub generation: u64,
    /// Where the newest index record starts.
    pub index_offset: u64,
    /// Its bytes, padding included.
    pub index_length: u64,
    /// Its checksum, as the record itself has it.
    pub index_checksum: u32,
    /// The file's length at the commit, trailer included; bytes after it belong to no committed state.
    pub file_length: u64,
    /// Features without which a reader must not read.
    pub reader_features: u64,
    /// Features without which a writer must not change the file.
    pub writer_features: u64,
}

impl Slot {
    /// The slot as it stands in the file.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SLOT_LENGTH] {
        let mut out = Vec::with_capacity(SLOT_LENGTH);
        for number in [
            self.generation,
            self.index_offset,
            self.index_length,
            self.file_length,
            self.reader_features,
            self.writer_features,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&self.index_checksum.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        let mut bytes = [0; SLOT_LENGTH];
        bytes.copy_from_slice(&out);
        bytes
    }

    /// Reads a slot that starts at byte `offset` of the file; `None` where it was never written.
    fn parse(bytes: &[u8], offset: u64) -> Result<Option<Self>, FormatError> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let mut fields = Fields::new("commit slot", bytes, offset);
        if crc32fast::hash(&bytes[..SLOT_LENGTH - 4]).to_le_bytes() != bytes[SLOT_LENGTH - 4..] {
            return Err(fields.corrupt("its checksum does not match"));
        }
        let slot = Self {
            generation: fields.u64()?,
            index_offset: fields.u64()?,
            index_length: fields.u64()?,
            file_length: fields.u64()?,
            reader_features: fields.u64()?,
            writer_features: fields.u64()?,
            index_checksum: fields.u32()?,
        };
        fields.zeros(8)?;
        if slot.generation == 0 || slot.generation == u64::MAX {
            return Err(fields.corrupt("its generation is not allowed"));
        }
        let end = slot.index_offset.checked_add(slot.index_length);
        if slot.index_offset < FRONT_LENGTH as u64 || end.is_none_or(|end| end > slot.file_length) {
            return Err(fields.corrupt("its index lies outside the file"));
        }
        Ok(Some(slot))
    }
}

/// Where slot `number` (0 or 1) starts in the file.
#[must_use]
pub fn slot_offset(number: usize) -> u64 {
    (PREAMBLE_LENGTH + number * SLOT_LENGTH) as u64
}

/// The end of a file as it was at a commit (SPEC.md, "Trailer").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trailer {
    /// As the front's.
    pub kind: Kind,
    /// As the front's.
    pub space: GridSpace,
    /// The slot of the commit.
    pub slot: Slot,
}

impl Trailer {
    /// The trailer as it stands in the file.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; TRAILER_LENGTH] {
        let mut bytes = [0; TRAILER_LENGTH];
        bytes[..PREAMBLE_LENGTH].copy_from_slice(&Front::preamble(self.kind, &self.space));
        bytes[PREAMBLE_LENGTH..].copy_from_slice(&self.slot.to_bytes());
        bytes
    }

    /// Reads the trailer that stands at byte `offset` of the file.
    ///
    /// # Errors
    /// As [`Front::parse`]; a damaged slot; and a slot that says that the file ends elsewhere.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        let corrupt = |reason| FormatError::corrupt("trailer", offset, reason);
        let Front { kind, space, slots: [slot, _] } = Front::parse(bytes)?;
        let slot = slot?.ok_or_else(|| corrupt("it has no slot"))?;
        if offset.checked_add(TRAILER_LENGTH as u64) != Some(slot.file_length) {
            return Err(corrupt("it states another end of the file"));
        }
        Ok(Self { kind, space, slot })
    }
}

/// The front of a version 2 file.
#[derive(Debug)]
pub struct Front {
    /// Archive or single mask.
    pub kind: Kind,
    /// The space of all masks.
    pub space: GridSpace,
    /// Both slots: `Ok(None)` where never written, `Err` where damaged or torn.
    pub slots: [Result<Option<Slot>, FormatError>; 2],
}

impl Front {
    /// Magic, version, space and their checksum, without the slots.
    #[must_use]
    pub fn preamble(kind: Kind, space: &GridSpace) -> [u8; PREAMBLE_LENGTH] {
        let mut out = Vec::with_capacity(PREAMBLE_LENGTH);
        out.extend_from_slice(&kind.magic());
        out.extend_from_slice(&[VERSION.0, VERSION.1, 0, 0]);
        for axis in space.shape {
            out.extend_from_slice(&axis.to_le_bytes());
        }
        for number in [space.spacing, space.origin].into_iter().chain(space.direction).flatten() {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&crc32fast::hash(&out).to_le_bytes());
        let mut bytes = [0; PREAMBLE_LENGTH];
        bytes.copy_from_slice(&out);
        bytes
    }

    /// Reads the front from the first bytes of a file.
    ///
    /// # Errors
    /// Another magic or version, or a preamble that is cut short or damaged. A damaged slot is no error here,
    /// since the other one may serve.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let (kind, major, minor) = identify(bytes)?;
        if major != VERSION.0 {
            return Err(FormatError::UnsupportedVersion { major, minor });
        }
        let mut fields = Fields::new("front", bytes, 0);
        let preamble =
            bytes.get(..PREAMBLE_LENGTH).ok_or_else(|| fields.corrupt("it ends early"))?;
        let stored = &preamble[PREAMBLE_LENGTH - 4..];
        if crc32fast::hash(&preamble[..PREAMBLE_LENGTH - 4]).to_le_bytes() != *stored {
            return Err(fields.corrupt("its checksum does not match"));
        }
        fields.take(6)?;
        fields.zeros(2)?;
        let space = Self::parse_space(&mut fields)?;
        space.check(&fields)?;
        fields.zeros(4)?;
        let slot = |number: usize| {
            let start = slot_offset(number) as usize;
            let corrupt = || FormatError::corrupt("commit slot", start as u64, "it ends early");
            Slot::parse(bytes.get(start..start + SLOT_LENGTH).ok_or_else(corrupt)?, start as u64)
        };
        Ok(Self { kind, space, slots: [slot(0), slot(1)] })
    }

    fn parse_space(fields: &mut Fields<'_>) -> Result<GridSpace, FormatError> {
        let mut shape = [0; 3];
        for axis in &mut shape {
            *axis = fields.u64()?;
        }
        let mut vectors = [[0.0; 3]; 5];
        for number in vectors.as_flattened_mut() {
            *number = fields.f64()?;
        }
        let [spacing, origin, z, y, x] = vectors;
        Ok(GridSpace { shape, spacing, origin, direction: [z, y, x] })
    }
}
