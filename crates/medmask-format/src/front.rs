//! The front of a file: magic, version, space and the two commit slots (SPEC.md, "Front").

use crate::bytes::Fields;
use crate::grid::MAX_SPACE;
use crate::{FormatError, GridSpace};

/// Where the commit slots end and the space begins. Nothing but the front lies before this byte.
pub const SLOTS_END: usize = IDENTITY_LENGTH + 2 * SLOT_LENGTH;

/// Bytes before the commit slots: magic, version, length of the front.
pub const IDENTITY_LENGTH: usize = 8;

/// Bytes of a commit slot.
pub const SLOT_LENGTH: usize = 48;

/// The most bytes that a front has: what it takes in all is said in it.
pub const MAX_FRONT: usize = SLOTS_END + MAX_SPACE + 4;

/// The most bytes that a trailer has.
pub const MAX_TRAILER: usize = IDENTITY_LENGTH + SLOT_LENGTH + MAX_SPACE + 5;

/// The version this crate writes.
pub const VERSION: (u8, u8) = (2, 0);

/// The reader-required feature bit of files in which entries share a blob as labels of one volume.
pub const LAYERS: u32 = 1;

/// Reader-required feature bits that this crate knows.
pub const KNOWN_READER_FEATURES: u32 = LAYERS;

/// Writer-required feature bits that this crate knows: none yet.
pub const KNOWN_WRITER_FEATURES: u32 = 0;

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
    pub reader_features: u32,
    /// Features without which a writer must not change the file.
    pub writer_features: u32,
}

impl Slot {
    /// The slot as it stands in the file.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; SLOT_LENGTH] {
        let mut out = Vec::with_capacity(SLOT_LENGTH);
        for number in [self.generation, self.index_offset, self.index_length, self.file_length] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for number in [self.reader_features, self.writer_features, self.index_checksum] {
            out.extend_from_slice(&number.to_le_bytes());
        }
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
            reader_features: fields.u32()?,
            writer_features: fields.u32()?,
            index_checksum: fields.u32()?,
        };
        if slot.generation == 0 || slot.generation == u64::MAX {
            return Err(fields.corrupt("its generation is not allowed"));
        }
        let end = slot.index_offset.checked_add(slot.index_length);
        if slot.index_offset < SLOTS_END as u64 || end.is_none_or(|end| end > slot.file_length) {
            return Err(fields.corrupt("its index lies outside the file"));
        }
        Ok(Some(slot))
    }
}

/// Where slot `number` (0 or 1) starts in the file.
#[must_use]
pub fn slot_offset(number: usize) -> u64 {
    (IDENTITY_LENGTH + number * SLOT_LENGTH) as u64
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
    /// Bytes of the trailers of a file whose space is `space`.
    #[must_use]
    pub fn length_of(space: &GridSpace) -> usize {
        IDENTITY_LENGTH + SLOT_LENGTH + space.to_bytes().len() + 5
    }

    /// The trailer as it stands in the file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let space = self.space.to_bytes();
        let mut out = identity(self.kind, &space).to_vec();
        out.extend_from_slice(&self.slot.to_bytes());
        out.extend_from_slice(&space);
        let checksum = checksum(&out[..IDENTITY_LENGTH], &space);
        out.extend_from_slice(&checksum);
        out.push((out.len() + 1) as u8);
        out
    }

    /// Reads the trailer that begins at byte `offset` of the file, and with it `bytes`.
    ///
    /// # Errors
    /// As [`Front::parse`]; a damaged slot; and a slot that says that the file ends elsewhere.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        let corrupt = |reason| FormatError::corrupt("trailer", offset, reason);
        let start = IDENTITY_LENGTH + SLOT_LENGTH;
        let (kind, length) = parse_identity(bytes)?;
        let end = length - (SLOTS_END - start);
        let space = bytes.get(start..end).ok_or_else(|| corrupt("it ends early"))?;
        let (space, stored) = space.split_at(space.len() - 4);
        let space = parse_space(bytes, space, stored, "trailer", offset + start as u64)?;
        let slot = Slot::parse(&bytes[IDENTITY_LENGTH..start], offset + IDENTITY_LENGTH as u64)?;
        let slot = slot.ok_or_else(|| corrupt("it has no slot"))?;
        if bytes.get(end).map(|last| usize::from(*last)) != Some(end + 1) {
            return Err(corrupt("it has another length than it states"));
        }
        if offset.checked_add(end as u64 + 1) != Some(slot.file_length) {
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
    /// The front of a new file, whose slots were never written.
    #[must_use]
    pub fn new_bytes(kind: Kind, space: &GridSpace) -> Vec<u8> {
        let space = space.to_bytes();
        let mut out = identity(kind, &space).to_vec();
        out.resize(SLOTS_END, 0);
        out.extend_from_slice(&space);
        let checksum = checksum(&out[..IDENTITY_LENGTH], &space);
        out.extend_from_slice(&checksum);
        out
    }

    /// Reads the front from the first bytes of a file.
    ///
    /// # Errors
    /// Another magic or version, or a front that is cut short or damaged. A damaged slot is no error here, since the other one
    /// may serve.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let (kind, length) = parse_identity(bytes)?;
        let early = || FormatError::corrupt("front", 0, "it ends early");
        let front = bytes.get(..length).ok_or_else(early)?;
        let (space, stored) = front[SLOTS_END..].split_at(length - 4 - SLOTS_END);
        let space = parse_space(bytes, space, stored, "front", SLOTS_END as u64)?;
        let slot = |number: usize| {
            let start = slot_offset(number) as usize;
            Slot::parse(&front[start..start + SLOT_LENGTH], start as u64)
        };
        Ok(Self { kind, space, slots: [slot(0), slot(1)] })
    }
}

/// Magic, version, and the length of the front.
fn identity(kind: Kind, space: &[u8]) -> [u8; IDENTITY_LENGTH] {
    let [m0, m1, m2, m3] = kind.magic();
    let [low, high] = ((SLOTS_END + space.len() + 4) as u16).to_le_bytes();
    [m0, m1, m2, m3, VERSION.0, VERSION.1, low, high]
}

/// The kind, and the length of the front.
fn parse_identity(bytes: &[u8]) -> Result<(Kind, usize), FormatError> {
    let (kind, major, minor) = identify(bytes)?;
    if major != VERSION.0 {
        return Err(FormatError::UnsupportedVersion { major, minor });
    }
    let [low, high] = *bytes.get(6..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 2]);
    let length = usize::from(u16::from_le_bytes([low, high]));
    if !(SLOTS_END + 4..=MAX_FRONT).contains(&length) {
        return Err(FormatError::corrupt("front", 6, "its length is not allowed"));
    }
    Ok((kind, length))
}

/// The space in the bytes `space`, at byte `offset` of the file, whose checksum with the identity that `bytes` begin with is `stored`.
fn parse_space(
    bytes: &[u8],
    space: &[u8],
    stored: &[u8],
    section: &'static str,
    offset: u64,
) -> Result<GridSpace, FormatError> {
    if checksum(&bytes[..IDENTITY_LENGTH], space) != *stored {
        return Err(FormatError::corrupt(section, offset, "its checksum does not match"));
    }
    let grid = GridSpace::parse(&mut Fields::new(section, space, offset))?;
    // Front and trailer are as long as the space says, so that nothing may stand behind it, and no number be longer than it has to.
    if grid.to_bytes() != space {
        return Err(FormatError::corrupt(section, offset, "the space is not in its shortest form"));
    }
    Ok(grid)
}

fn checksum(identity: &[u8], space: &[u8]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(identity);
    hasher.update(space);
    hasher.finalize().to_le_bytes()
}
