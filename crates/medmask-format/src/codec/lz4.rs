//! LZ4 blocks: as a whole, or piece by piece.

use medmask_voxel::Held;

use crate::FormatError;

/// The compressed block.
#[cfg(feature = "lz4")]
pub(super) fn compress(bytes: &[u8], held: &mut Held<'_>) -> Result<Vec<u8>, FormatError> {
    let mut packed = Vec::new();
    let most = lz4_flex::block::get_maximum_output_size(bytes.len());
    held.reserve(&mut packed, most)?;
    packed.resize(most, 0);
    let length = lz4_flex::block::compress_into(bytes, &mut packed);
    packed.truncate(length.unwrap_or(most));
    Ok(packed)
}

/// The `len` bytes of a block; `None` where it is damaged or holds another number.
#[cfg(feature = "lz4")]
pub(super) fn decompress(
    bytes: &[u8],
    len: usize,
    held: &mut Held<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    let mut unpacked = Vec::new();
    held.reserve(&mut unpacked, len)?;
    unpacked.resize(len, 0);
    let written = lz4_flex::block::decompress_into(bytes, &mut unpacked).ok();
    Ok(written.filter(|written| *written == len).map(|_| unpacked))
}

#[cfg(not(feature = "lz4"))]
const MISSING: FormatError = FormatError::UnsupportedCodec {
    id: super::CodecId::Lz4 as u8,
    why: "not built in (cargo feature lz4)",
};

/// Refuses: LZ4 is not built in.
#[cfg(not(feature = "lz4"))]
pub(super) fn compress(_: &[u8], _: &mut Held<'_>) -> Result<Vec<u8>, FormatError> {
    Err(MISSING)
}

/// Refuses: LZ4 is not built in.
#[cfg(not(feature = "lz4"))]
pub(super) fn decompress(
    _: &[u8],
    _: usize,
    _: &mut Held<'_>,
) -> Result<Option<Vec<u8>>, FormatError> {
    Err(MISSING)
}

/// How far back a match may reach.
const WINDOW: usize = 65_535;

/// A block that is unpacked piece by piece, in memory for its window and the piece.
pub(super) struct Stream<'a> {
    bytes: &'a [u8],
    at: usize,
    next: Step,
    /// The window before the piece, then the piece.
    out: Vec<u8>,
}

/// What comes next of a sequence: a block is sequences of literal bytes and a match.
#[derive(Clone, Copy)]
enum Step {
    Token,
    /// Literal bytes that are left, and the low bits of the token, which begin the match's length.
    Literals(usize, u8),
    /// Bytes of the match that are left, and how far back they are.
    Match(usize, usize),
    End,
}

impl<'a> Stream<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, next: Step::Token, out: Vec::new() }
    }

    /// The next `len` bytes; `None` where there are not as many.
    pub(super) fn next(
        &mut self,
        len: usize,
        held: &mut Held<'_>,
    ) -> Result<Option<&[u8]>, FormatError> {
        let window = self.out.len().min(WINDOW);
        self.out.drain(..self.out.len() - window);
        held.reserve(&mut self.out, len)?;
        while self.out.len() < window + len {
            if self.step(window + len - self.out.len()).is_none() {
                return Ok(None);
            }
        }
        Ok(Some(&self.out[window..]))
    }

    /// Goes on by up to `room` bytes; `None` where the block is damaged or has ended.
    fn step(&mut self, room: usize) -> Option<()> {
        self.next = match self.next {
            Step::Token => {
                let token = self.byte()?;
                Step::Literals(self.length(token >> 4)?, token & 0xf)
            }
            Step::Literals(0, _) if self.at == self.bytes.len() => Step::End,
            Step::Literals(0, low) => {
                let back = usize::from(u16::from_le_bytes([self.byte()?, self.byte()?]));
                if back == 0 || back > self.out.len() {
                    return None;
                }
                // The shortest match has four bytes.
                Step::Match(self.length(low)?.checked_add(4)?, back)
            }
            Step::Literals(left, low) => {
                let now = left.min(room);
                self.out.extend_from_slice(self.bytes.get(self.at..self.at + now)?);
                self.at += now;
                Step::Literals(left - now, low)
            }
            Step::Match(0, _) => Step::Token,
            Step::Match(left, back) => {
                let (now, from) = (left.min(room), self.out.len() - back);
                let goal = self.out.len() + now;
                // A match may overlap what it makes, which then repeats: each time there is more to copy.
                while self.out.len() < goal {
                    let part = (goal - self.out.len()).min(self.out.len() - from);
                    self.out.extend_from_within(from..from + part);
                }
                Step::Match(left - now, back)
            }
            Step::End => return None,
        };
        Some(())
    }

    /// A length of which the token has four bits.
    fn length(&mut self, bits: u8) -> Option<usize> {
        let mut length = usize::from(bits);
        let mut more = bits == 0xf;
        while more {
            let byte = self.byte()?;
            length = length.checked_add(usize::from(byte))?;
            more = byte == 0xff;
        }
        Some(length)
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// Whether the block ends here: with literals, as every block does.
    pub(super) fn is_at_end(&mut self) -> bool {
        // The last ones may be none.
        while let Step::Token | Step::Literals(0, _) | Step::Match(0, _) = self.next {
            if self.step(0).is_none() {
                return false;
            }
        }
        matches!(self.next, Step::End)
    }
}

#[cfg(all(test, feature = "lz4"))]
mod tests {
    use medmask_voxel::Memory;
    use proptest::prelude::*;

    use super::*;

    #[expect(clippy::unwrap_used, reason = "there is memory for a test")]
    fn in_pieces(bytes: &[u8], len: usize, piece: usize) -> Option<Vec<u8>> {
        let memory = Memory::unlimited();
        let mut held = memory.hold("pieces", 0).unwrap();
        let (mut stream, mut all) = (Stream::new(bytes), Vec::new());
        while all.len() < len {
            let piece = piece.min(len - all.len());
            all.extend_from_slice(stream.next(piece, &mut held).unwrap()?);
        }
        stream.is_at_end().then_some(all)
    }

    proptest! {
        #[test]
        fn pieces_are_those_of_the_whole(
            parts in prop::collection::vec((any::<u8>(), 1_usize..3000, 1_u8..5), 0..60),
            piece in 1_usize..5000,
        ) {
            let mut bytes = Vec::new();
            for (first, length, step) in parts {
                bytes.extend((0..length).map(|i| first.wrapping_add(i as u8 / 64 * step)));
            }
            let memory = Memory::unlimited();
            let mut held = memory.hold("blocks", 0).unwrap();
            let packed = compress(&bytes, &mut held).unwrap();
            prop_assert_eq!(in_pieces(&packed, bytes.len(), piece), Some(bytes.clone()));
            prop_assert_eq!(in_pieces(&packed, bytes.len() + 1, piece), None);
            let cut = &packed[..packed.len() - 1];
            prop_assert_ne!(in_pieces(cut, bytes.len(), piece), Some(bytes.clone()));
        }

        #[test]
        fn any_bytes_give_what_the_library_gives(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0_u8..4], 1..200),
            len in 0_usize..600,
            piece in 1_usize..99,
        ) {
            let memory = Memory::unlimited();
            let mut held = memory.hold("blocks", 0).unwrap();
            let whole = decompress(&bytes, len, &mut held).unwrap();
            if let Some(whole) = whole {
                prop_assert_eq!(in_pieces(&bytes, len, piece), Some(whole));
            }
        }
    }

    #[test]
    fn a_match_reaches_back_through_the_whole_window() {
        let mut bytes: Vec<u8> = (0..WINDOW).map(|i| (i * i % 251) as u8).collect();
        bytes.extend_from_within(..);
        let memory = Memory::unlimited();
        let mut held = memory.hold("blocks", 0).unwrap();
        let packed = compress(&bytes, &mut held).unwrap();
        for piece in [1, 7, 1000, 65_536, bytes.len()] {
            assert_eq!(in_pieces(&packed, bytes.len(), piece).as_ref(), Some(&bytes));
        }
    }
}
