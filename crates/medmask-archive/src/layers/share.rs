//! What part of a blob of layers each of its entries has.

use std::collections::HashMap;

use crate::Entry;

/// Tells `entries`, all of an archive, which of them in layers has how many bytes of its blob: in proportion to the surface of its
/// box, since what it would take alone cannot be known. The shares of a blob are all of it.
pub(crate) fn share<'e>(entries: impl Iterator<Item = &'e mut Entry>) {
    let mut blobs = HashMap::<(u64, u64), Vec<&mut Entry>>::new();
    for entry in entries.filter(|entry| entry.layer().is_some()) {
        if let Some(place) = entry.blob() {
            blobs.entry(place).or_default().push(entry);
        }
    }
    for ((_, length), entries) in blobs {
        let all: u128 = entries.iter().map(|entry| surface(entry)).sum();
        let up_to = |surface: u128| (u128::from(length) * surface / all) as u64;
        let mut before = 0;
        for entry in entries {
            let behind = before + surface(entry);
            entry.share = Some(up_to(behind) - up_to(before));
            before = behind;
        }
    }
}

/// Half the surface of an entry's box, in faces of voxels.
fn surface(entry: &Entry) -> u128 {
    let shape = entry.bounds().map_or([1; 3], |bounds| bounds.shape());
    let [z, y, x] = shape.map(|axis| axis as u128);
    z * y + y * x + x * z
}
