//! What of an archive is decoded for an expression.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[allow(dead_code, reason = "its size and spacing are used here")]
mod dense;
mod stored;

use std::borrow::Cow;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use medmask::medmask_archive::ReadAt;
use medmask::{AnyArchive, select};
use stored::{archive, block};

/// Counts the reads of bytes from `from` on.
struct Counting {
    bytes: Vec<u8>,
    blobs: (u64, u64),
    reads: AtomicUsize,
}

impl ReadAt for &Counting {
    fn size(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        if self.blobs.0 <= offset && offset < self.blobs.1 {
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
        self.bytes.as_slice().read_at(offset, length).map(|bytes| bytes.into_owned().into())
    }
}

#[test]
fn what_cannot_matter_is_not_decoded_and_nothing_twice() {
    let (folder, known) = archive(&[
        ("low", &["low"], block([0, 0, 0], [2, 3, 3], 1)),
        ("high", &["high"], block([3, 3, 3], [5, 6, 7], 1)),
        (
            "ml",
            &["left", "right"],
            &block([0, 0, 0], [1, 1, 1], 1) + &block([4, 5, 6], [5, 6, 7], 2),
        ),
        ("none", &["none"], block([0; 3], [0; 3], 1)),
    ]);
    let blobs: Vec<(u64, u64)> = known.entries().filter_map(|entry| entry.blob()).collect();
    let first = blobs.iter().map(|(offset, _)| *offset).min().unwrap();
    let last = blobs.iter().map(|(offset, length)| offset + length).max().unwrap();
    let bytes = std::fs::read(folder.path().join("case.mska")).unwrap();
    let counting = Counting { bytes, blobs: (first, last), reads: AtomicUsize::new(0) };
    let archive = AnyArchive::from_storage(&counting, "counting.mska").unwrap();
    for (text, reads, voxels) in [
        ("low & high", 0, 0),
        ("low - high", 1, 18),
        ("low + high", 2, 18 + 24),
        ("low ^ low", 1, 0),
        ("(low + high) & low", 1, 18),
        ("grow(low, 1) & high", 0, 0),
        ("grow(low, 4.5) & high", 2, 1),
        ("low & fill(high)", 0, 0),
        ("none", 0, 0),
        ("low - none", 1, 18),
        // Of the multi-label entry one label, both, and the label that does not matter.
        ("left + left", 1, 1),
        ("left + right - low", 2, 1),
        ("low & left", 2, 1),
        ("low & right", 0, 0),
        ("high - (low & (ml + high))", 1, 24),
    ] {
        counting.reads.store(0, Ordering::Relaxed);
        let chosen = select(&archive, &[text]).unwrap();
        let runs = chosen[0].to_runs(&archive).unwrap();
        let seen = (counting.reads.load(Ordering::Relaxed), runs.voxel_count());
        assert_eq!(seen, (reads, voxels), "{text}");
    }
}
