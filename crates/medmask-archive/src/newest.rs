//! Which state of a file counts (SPEC.md, "Opening").

use std::path::Path;

use medmask_format::front::{
    Front, Kind, MAX_FRONT, MAX_TRAILER, SLOTS_END, Slot, Trailer, slot_offset,
};
use medmask_format::{FormatError, GridSpace};

use crate::damage::Standing;
use crate::scan::find;
use crate::snapshot::{Snapshot, corrupt};
use crate::{ArchiveError, ReadAt, Result};

/// A slot in the front can be damaged while it is read because a writer is writing it.
const LOOKS_AT_FRONT: usize = 3;

impl Snapshot {
    /// Reads the newest state that is whole.
    pub(crate) fn newest(storage: &impl ReadAt, path: &Path) -> Result<Self> {
        let size = storage.size().map_err(ArchiveError::io("read", path))?;
        let mut looks = 1;
        loop {
            let front = match read_front(storage, size, path)? {
                Ok(front) => front,
                Err(error) => return Self::without_front(storage, path, size, error),
            };
            let known = newest_slot(&front).map_or(0, |slot| slot.generation);
            let lost = lost_slot(storage, path, size, &front)?;
            // Slots are written before trailers: whoever reads the front anew sees the slot, unless it is damaged.
            if lost.is_some() && looks < LOOKS_AT_FRONT {
                let again = read_front(storage, size, path)?;
                let now = again.ok().and_then(|front| Some(newest_slot(&front)?.generation));
                if now.is_some_and(|now| now > known) {
                    looks += 1;
                    continue;
                }
            }
            return Self::with_front(storage, path, size, front, lost);
        }
    }

    /// The newest state by the slots of `front`, or by the trailer `lost` of a commit whose slot is damaged.
    fn with_front(
        storage: &impl ReadAt,
        path: &Path,
        size: u64,
        front: Front,
        lost: Option<Trailer>,
    ) -> Result<Self> {
        let Front { kind, space, slots } = front;
        let mut damage = None;
        let mut states = Vec::new();
        for (number, slot) in slots.into_iter().enumerate() {
            match slot {
                Ok(Some(slot)) => states.push((slot, slot_offset(number), Standing::Newest)),
                Ok(None) => {}
                Err(error) => damage = Some(error),
            }
        }
        if let Some(Trailer { slot, .. }) = lost {
            let at = slot.file_length - Trailer::length_of(&space) as u64;
            states.push((slot, at, Standing::SlotLost));
            let erased = || corrupt("commit slot", slot_offset(number_of(&slot)), "it was erased");
            damage.get_or_insert_with(erased);
        }
        states.sort_by_key(|(slot, ..)| std::cmp::Reverse(slot.generation));
        let mut newer_lost = false;
        for (slot, at, standing) in states {
            match Self::read(storage, path, size, (kind, space), (slot, at)) {
                Ok(snapshot) => {
                    let standing = if newer_lost { Standing::NewerLost } else { standing };
                    return Ok(Self { damage, standing, ..snapshot });
                }
                // An older state is the answer to damage, not to a failing disk or to features of the future.
                Err(ArchiveError::Format { source: source @ FormatError::Corrupt(_), .. }) => {
                    damage.get_or_insert(source);
                    newer_lost = true;
                }
                Err(error) => return Err(error),
            }
        }
        let none = corrupt("commit slot", slot_offset(0), "neither slot was ever written");
        Err(ArchiveError::format(path)(damage.unwrap_or(none)))
    }

    /// The newest state of a file whose front is damaged, by the trailer at its end.
    fn without_front(
        storage: &impl ReadAt,
        path: &Path,
        size: u64,
        damage: FormatError,
    ) -> Result<Self> {
        let Some(Trailer { kind, space, slot }) = trailer_at_end(storage, path, size)? else {
            return Err(ArchiveError::format(path)(damage));
        };
        let at = size - Trailer::length_of(&space) as u64;
        let snapshot = Self::read(storage, path, size, (kind, space), (slot, at));
        // The front is what is wrong in the first place.
        let snapshot = snapshot.map_err(|_| ArchiveError::format(path)(damage.clone()))?;
        let damage = match damage {
            FormatError::NotMedmask => corrupt("front", 0, "it does not start with MSKA or MSK1"),
            FormatError::UnsupportedVersion { .. } => {
                corrupt("front", 4, "it has another version than the file's end")
            }
            other => other,
        };
        Ok(Self { damage: Some(damage), standing: Standing::FrontLost, ..snapshot })
    }
}

/// Which slot of the front a commit is written to: commits take turns.
pub(crate) fn number_of(slot: &Slot) -> usize {
    usize::from(slot.generation.is_multiple_of(2))
}

fn read_front(storage: &impl ReadAt, size: u64, path: &Path) -> Result<Result<Front, FormatError>> {
    let length = size.min(MAX_FRONT as u64) as usize;
    let front = storage.read_at(0, length).map_err(ArchiveError::io("read", path))?;
    Ok(Front::parse(&front))
}

fn newest_slot(front: &Front) -> Option<Slot> {
    let slots = front.slots.iter().filter_map(|slot| slot.as_ref().ok().copied().flatten());
    slots.max_by_key(|slot| slot.generation)
}

/// The trailer of a commit whose slot is damaged. Without a slot that is valid it is the newest trailer, else that of the commit
/// after the slot's.
fn lost_slot(
    storage: &impl ReadAt,
    path: &Path,
    size: u64,
    front: &Front,
) -> Result<Option<Trailer>> {
    let known = newest_slot(front);
    let fits = |found: &Trailer| {
        let after = known.is_none_or(|known| {
            found.slot.generation == known.generation + 1
                && found.slot.index_offset >= known.file_length
        });
        after && is_of(found, front.kind, &front.space)
    };
    let is_damaged = front.slots.iter().any(Result::is_err);
    if !is_damaged && known.is_none_or(|known| known.file_length >= size) {
        return Ok(None);
    }
    if let Some(found) = trailer_at_end(storage, path, size)?.filter(&fits) {
        return Ok(Some(found));
    }
    // Without damage there is a writer at work, or one that stopped: its bytes count for nothing.
    if !is_damaged {
        return Ok(None);
    }
    let from = known.map_or(SLOTS_END as u64, |known| known.file_length);
    let found = trailers(storage, path, front.kind, from)?.into_iter().filter(fits);
    Ok(found.max_by_key(|found| (found.slot.generation, found.slot.file_length)))
}

fn is_of(trailer: &Trailer, kind: Kind, space: &GridSpace) -> bool {
    trailer.kind == kind && trailer.space == *space
}

/// The trailer at the very end of a file of `size` bytes, if it is whole.
fn trailer_at_end(storage: &impl ReadAt, path: &Path, size: u64) -> Result<Option<Trailer>> {
    let Some(last) = size.checked_sub(1) else { return Ok(None) };
    // Its last byte says how long it is.
    let length = storage.read_at(last, 1).map_err(ArchiveError::io("read", path))?;
    let length = length.first().copied().unwrap_or(0).into();
    match size.checked_sub(length).filter(|at| *at >= SLOTS_END as u64) {
        Some(at) => read_trailer(storage, path, at, size),
        None => Ok(None),
    }
}

/// All trailers from byte `from` on that are whole.
pub(crate) fn trailers(
    storage: &impl ReadAt,
    path: &Path,
    kind: Kind,
    from: u64,
) -> Result<Vec<Trailer>> {
    let size = storage.size().map_err(ArchiveError::io("read", path))?;
    let mut found = Vec::new();
    for at in find(storage, path, kind.magic(), from)? {
        found.extend(read_trailer(storage, path, at, size)?);
    }
    Ok(found)
}

/// The trailer that starts at byte `at` of a file of `size` bytes, if it is whole.
pub(crate) fn read_trailer(
    storage: &impl ReadAt,
    path: &Path,
    at: u64,
    size: u64,
) -> Result<Option<Trailer>> {
    let length = size.saturating_sub(at).min(MAX_TRAILER as u64) as usize;
    let bytes = storage.read_at(at, length).map_err(ArchiveError::io("read", path))?;
    Ok(Trailer::parse(&bytes, at).ok())
}
