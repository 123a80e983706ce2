//! Reading fields from a slice, with the position kept for error messages.

use crate::FormatError;

/// Takes fields from the front of `bytes`; every error names `section` and the offset in the file.
pub(crate) struct Fields<'a> {
    section: &'static str,
    bytes: &'a [u8],
    /// Where `bytes[0]` stands in the file.
    start: u64,
    position: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(section: &'static str, bytes: &'a [u8], start: u64) -> Self {
        Self { section, bytes, start, position: 0 }
    }

    /// An error about the field that starts at the present position.
    pub(crate) fn corrupt(&self, reason: &'static str) -> FormatError {
        FormatError::corrupt(self.section, self.start + self.position as u64, reason)
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.position
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], FormatError> {
        let field = self.bytes[self.position..]
            .get(..length)
            .ok_or_else(|| self.corrupt("it ends early"))?;
        self.position += length;
        Ok(field)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormatError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FormatError> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes that SPEC.md reserves: they must be zero.
    pub(crate) fn zeros(&mut self, length: usize) -> Result<(), FormatError> {
        let start = self.position;
        if self.take(length)?.iter().any(|byte| *byte != 0) {
            self.position = start;
            return Err(self.corrupt("reserved bytes are not zero"));
        }
        Ok(())
    }

    /// An unsigned LEB128 number (SPEC.md, "Notation").
    pub(crate) fn varint(&mut self) -> Result<u64, FormatError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(self.corrupt("a number exceeds 64 bits"));
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.corrupt("a number exceeds 64 bits"))
    }

    pub(crate) fn varint_u32(&mut self) -> Result<u32, FormatError> {
        let value = self.varint()?;
        u32::try_from(value).map_err(|_| self.corrupt("a number exceeds 32 bits"))
    }

    /// Fields of their own, behind a varint that tells their length.
    pub(crate) fn part(&mut self) -> Result<Fields<'a>, FormatError> {
        let length = self.varint()?;
        let length = usize::try_from(length).map_err(|_| self.corrupt("it ends early"))?;
        let start = self.start + self.position as u64;
        Ok(Self::new(self.section, self.take(length)?, start))
    }

    /// A text that ends with a zero, which is not part of it.
    pub(crate) fn text_to_zero(&mut self) -> Result<&'a str, FormatError> {
        let length = self.bytes[self.position..].iter().position(|byte| *byte == 0);
        let text = self.text(length.ok_or_else(|| self.corrupt("a text has no end"))?)?;
        self.take(1)?;
        Ok(text)
    }

    pub(crate) fn text(&mut self, length: usize) -> Result<&'a str, FormatError> {
        let bytes = self.take(length)?;
        str::from_utf8(bytes).map_err(|_| self.corrupt("a name is not UTF-8"))
    }
}

/// Appends an unsigned LEB128 number.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_are_leb128() {
        // 300 = 0b10_0101100, the worked example of the DWARF standard's appendix on LEB128.
        let mut out = Vec::new();
        put_varint(&mut out, 300);
        assert_eq!(out, [0xac, 0x02]);
        for value in [0, 127, 128, 1 << 35, u64::MAX] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(Fields::new("test", &out, 0).varint().unwrap(), value);
        }
    }

    #[test]
    fn oversized_varints_are_refused() {
        for bytes in [
            &[0xff_u8; 9][..],
            &[0xff; 10],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
        ] {
            assert!(Fields::new("test", bytes, 0).varint().is_err());
        }
    }
}
