//! How much memory a file may take; the same flag wherever voxels are read.

use clap::Args;
use medmask::OpenOptions;
use medmask::adapter::{Formats, MskAdapter};

#[derive(Args, Clone, Copy)]
pub struct MemoryLimit {
    /// Fail where the reading or writing of one mask would hold more bytes at once, in all its threads; 64M is 64 times 1,048,576
    /// bytes, as are K and G [default: what the machine has]
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    max_memory: Option<u64>,
}

impl MemoryLimit {
    /// The limit in bytes, where one is set.
    pub fn bytes(self) -> Option<u64> {
        self.max_memory
    }

    /// Archives are opened with it.
    pub fn open_options(self) -> OpenOptions {
        OpenOptions::new().max_memory(self.max_memory)
    }

    /// `formats`, with this limit for medmask's own files.
    pub fn formats(self, formats: &Formats) -> Formats {
        formats.clone().with(MskAdapter::new(self.open_options()))
    }
}

/// A number of bytes, or of K, M or G.
fn bytes(text: &str) -> Result<u64, String> {
    let unit = |unit: char| text.strip_suffix([unit, unit.to_ascii_lowercase()]);
    let units = [('K', 10), ('M', 20), ('G', 30)];
    let found = units.iter().find_map(|(name, bits)| Some((unit(*name)?, *bits)));
    let (number, bits) = found.unwrap_or((text, 0));
    let number = number.parse::<u64>().ok().filter(|_| !number.starts_with('+'));
    let bytes = number.and_then(|number| number.checked_mul(1 << bits));
    bytes.ok_or_else(|| "it must be a number of bytes, such as 500000000, 500M or 2G".to_owned())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn units_are_powers_of_1024() {
        for (text, number) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("3k", Some(3072)),
            ("3K", Some(3072)),
            ("64M", Some(67_108_864)),
            ("2G", Some(2_147_483_648)),
            ("17179869183G", Some(18_446_744_072_635_809_792)),
            ("17179869184G", None),
            ("", None),
            ("M", None),
            ("-1", None),
            ("+1", None),
            ("1.5G", None),
            ("1 G", None),
            ("1T", None),
            ("1KB", None),
        ] {
            assert_eq!(bytes(text).ok(), number, "{text}");
        }
    }
}
