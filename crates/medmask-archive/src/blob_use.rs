//! Which blobs of a growing archive are in use, and which hold equal voxels.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use medmask_format::front::LAYERS;
use medmask_format::index::{EntryRow, Presence};

/// Offset and length of a blob in the file.
pub(crate) type Place = (u64, u64);

/// Keeps count of blobs, so that a commit need not look at all entries.
#[derive(Debug, Default)]
pub(crate) struct BlobUse {
    /// Blobs by what their voxels have in common; those of removed entries too, whose bytes are still there.
    places: HashMap<u64, Vec<Place>>,
    /// How many entries use a blob.
    users: HashMap<Place, u32>,
    live_bytes: u64,
    /// How many entries are in layers.
    layered: usize,
}

impl BlobUse {
    /// Notes that an entry uses its blob.
    pub(crate) fn add(&mut self, row: &EntryRow) {
        let Some(place) = row.blob else { return };
        self.layered += usize::from(row.layer.is_some());
        let users = self.users.entry(place).or_insert(0);
        *users += 1;
        if *users == 1 {
            self.live_bytes += place.1;
            let places = self.places.entry(fingerprint(row)).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }

    /// Notes that an entry uses its blob no more.
    pub(crate) fn remove(&mut self, row: &EntryRow) {
        let Some(place) = row.blob else { return };
        self.layered -= usize::from(row.layer.is_some());
        if let Some(users) = self.users.get_mut(&place) {
            *users -= 1;
            if *users == 0 {
                self.users.remove(&place);
                self.live_bytes -= place.1;
            }
        }
    }

    /// Blobs that may hold the voxels of `row`.
    pub(crate) fn candidates(&self, row: &EntryRow) -> &[Place] {
        self.places.get(&fingerprint(row)).map_or(&[], Vec::as_slice)
    }

    /// The reader-required features of a file of these entries, whose other ones are `others`.
    pub(crate) fn reader_features(&self, others: u32) -> u32 {
        with_layers(others, self.layered > 0)
    }

    /// Bytes of all blobs in use.
    pub(crate) fn live_bytes(&self) -> u64 {
        self.live_bytes
    }
}

/// The reader-required features `others` with what they say of layers.
pub(crate) fn with_layers(others: u32, is_layered: bool) -> u32 {
    others & !LAYERS | if is_layered { LAYERS } else { 0 }
}

/// Equal for entries with equal voxels; almost surely different for others.
fn fingerprint(row: &EntryRow) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.dtype.hash(&mut hasher);
    for label in row.label_rows().iter().filter(|label| label.presence != Presence::Absent) {
        (label.label, label.presence).hash(&mut hasher);
    }
    hasher.finish()
}
