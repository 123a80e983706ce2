//! The writes that make a state the current one (SPEC.md, "Committing").

use std::io;

use medmask_format::GridSpace;
use medmask_format::front::{Kind, Slot, Trailer, slot_offset};

use crate::newest::number_of;
use crate::{Durability, WriteAt};

/// Writes the slot and the trailer of a commit, whose record and blobs are durable.
pub(crate) fn write_slot_and_trailer<S: WriteAt>(
    storage: &mut S,
    (kind, space): (Kind, GridSpace),
    slot: &Slot,
    durability: Durability,
) -> io::Result<()> {
    // The slot first: a trailer without its slot would count after damage to the other slot, though its commit failed.
    write_slot(storage, slot)?;
    let trailer = Trailer { kind, space, slot: *slot }.to_bytes();
    storage.write_at(slot.file_length - trailer.len() as u64, &trailer)?;
    sync(storage, durability)
}

/// Writes a slot to the place of its generation.
pub(crate) fn write_slot<S: WriteAt>(storage: &mut S, slot: &Slot) -> io::Result<()> {
    storage.write_at(slot_offset(number_of(slot)), &slot.to_bytes())
}

/// Waits until what was written is durable, if that is asked for.
pub(crate) fn sync<S: WriteAt>(storage: &mut S, durability: Durability) -> io::Result<()> {
    match durability {
        Durability::Full => storage.sync(),
        Durability::Buffered => Ok(()),
    }
}
