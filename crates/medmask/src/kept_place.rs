//! Where an archive's masks lie by the files that they came from.

use std::fmt;
use std::path::Path;

use medmask_archive::{AnyArchive, ArchiveError, Entry, OpenOptions};
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

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
    let placements = archive.entries().filter_map(|entry| placement_kept_in(entry, shape, formats));
    as_its_file_had_it(Placement::of(archive.space().clone()), placements)
}

/// Where the file that an `entry` of `shape` (z, y, x) came from had it, as one of `formats` has kept it. What it keeps and cannot be used
/// says nothing.
pub(crate) fn placement_kept_in(
    entry: &Entry,
    shape: [usize; 3],
    formats: &Formats,
) -> Option<Placement> {
    formats.placement(&kept_in(entry.metadata_text()?, formats)?, shape).ok()?
}

/// Opens an archive whose space reckons as the files of its masks had it, where these are not at right angles: of a CT with a tilted gantry
/// volumes and positions are then those of the file, and not those of the upright grid that the archive has. Others stay as they are.
///
/// # Errors
/// As [`AnyArchive::open_with`].
pub fn open(
    path: impl AsRef<Path>,
    options: &OpenOptions,
    formats: &Formats,
) -> Result<AnyArchive, ArchiveError> {
    let archive = AnyArchive::open_with(path, options)?;
    let place = kept_place(&archive, formats);
    Ok(archive.slanted(place.affine))
}

/// The longest text that a format keeps of a file: geometry is a few hundred bytes.
const LONGEST: usize = 64 << 10;

/// What `formats` have kept in `metadata`, the text of a JSON object. All else in it is passed over: anyone may have written it, and
/// whoever lists an archive wants no memory for it. `None` where it says nothing that can be used.
fn kept_in(metadata: &str, formats: &Formats) -> Option<Map<String, Value>> {
    serde_json::Deserializer::from_str(metadata).deserialize_map(Kept(formats)).ok()
}

struct Kept<'a>(&'a Formats);

impl<'de> Visitor<'de> for Kept<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut kept = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            if !self.0.keeps(&key) {
                object.next_value::<IgnoredAny>()?;
                continue;
            }
            let text = object.next_value::<&RawValue>()?.get();
            if text.len() <= LONGEST
                && let Ok(value) = serde_json::from_str(text)
            {
                kept.insert(key, value);
            }
        }
        Ok(kept)
    }
}
