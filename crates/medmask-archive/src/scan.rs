//! Searching a file for the beginnings of its parts.

use std::path::Path;

use crate::{ArchiveError, ReadAt, Result};

/// Bytes of the file that a scan looks at in one go.
const WINDOW: usize = 1 << 20;

/// A search reads no more than this many times the file's bytes.
pub(crate) const SCAN_PASSES: u64 = 16;

/// Where `magic` stands in the file, from byte `from` on.
pub(crate) fn find(file: &impl ReadAt, path: &Path, magic: [u8; 4], from: u64) -> Result<Vec<u64>> {
    let size = file.size().map_err(ArchiveError::io("read", path))?;
    let mut found = Vec::new();
    let mut start = from;
    while size.saturating_sub(start) >= 4 {
        // Windows overlap by three bytes, so that no magic is cut in two.
        let length = (size - start).min(WINDOW as u64 + 3) as usize;
        let window = file.read_at(start, length).map_err(ArchiveError::io("read", path))?;
        let hits = window.windows(4).enumerate().filter(|(_, bytes)| *bytes == magic);
        found.extend(hits.map(|(index, _)| start + index as u64));
        start += WINDOW as u64;
    }
    Ok(found)
}
