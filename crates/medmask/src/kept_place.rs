//! Where an archive's masks lie by the files that they came from.

use medmask_archive::{AnyArchive, ReadAt};

use crate::adapter::{Formats, Placement};
use crate::masks::Masks;

/// The placement among `masks` that has the space of `whole`: it is of the file that the space was taken from, with the affine as that
/// file had it. Where that mask is gone, `whole` itself: the affine of another may be off by the tolerance already.
pub(crate) fn as_its_file_had_it(
    whole: Placement,
    masks: impl IntoIterator<Item = Placement>,
) -> Placement {
    let upright = whole.space.upright();
    let mut same = masks.into_iter().filter(|placement| placement.space.upright() == upright);
    same.next().unwrap_or(whole)
}

/// Where the file lay that the archive's space was taken from, as one of `formats` has kept it.
pub(crate) fn kept_place(archive: &impl Masks, formats: &Formats) -> Placement {
    let shape = archive.space().shape();
    // Metadata that cannot be held here say nothing that can be used.
    let metadata = archive.entries().filter_map(|entry| entry.metadata().ok());
    let placements = metadata.filter_map(|known| formats.placement(&known, shape).ok()?);
    as_its_file_had_it(Placement::of(archive.space().clone()), placements)
}

/// An archive whose space reckons as the files of its masks had it, where these are not at right angles: of a CT with a tilted gantry
/// volumes and positions are then those of the file, and not those of the upright grid that the archive has. Others stay as they are.
#[must_use]
pub fn placed_by_files<S: ReadAt>(archive: AnyArchive<S>, formats: &Formats) -> AnyArchive<S> {
    let place = kept_place(&archive, formats);
    archive.slanted(place.affine)
}
