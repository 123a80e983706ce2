//! The numbers of a header, one after the other.

use super::values::ByteOrder;

/// A cursor over a header whose length has been checked.
pub(super) struct Numbers<'a> {
    rest: &'a [u8],
    byte_order: ByteOrder,
}

impl<'a> Numbers<'a> {
    pub fn new(header: &'a [u8], byte_order: ByteOrder) -> Self {
        Self { rest: header, byte_order }
    }

    /// The next bytes as they stand.
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        #[expect(clippy::expect_used, reason = "both callers check that the header is whole")]
        let (bytes, rest) = self.rest.split_first_chunk::<N>().expect("the header is whole");
        self.rest = rest;
        *bytes
    }

    /// The next bytes, the lowest first.
    fn ordered<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = self.take::<N>();
        if self.byte_order == ByteOrder::Big {
            bytes.reverse();
        }
        bytes
    }

    pub fn u8(&mut self) -> u8 {
        let [byte] = self.take();
        byte
    }

    pub fn i16(&mut self) -> i16 {
        i16::from_le_bytes(self.ordered())
    }

    pub fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.ordered())
    }

    pub fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.ordered())
    }

    pub fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.ordered())
    }

    pub fn f64s<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.f64())
    }
}
