//! What an archive says of itself, for JavaScript.

use medmask_archive::{AnyArchive, ArchiveError, Entry, ReadAt};
use medmask_core::{Affine, LabelEntry, Space};
use serde::Serialize;

/// An archive without its voxels.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// Of the format: `1.0` or `2.0`.
    pub version: &'static str,
    /// Voxels along z, y and x.
    pub shape: [usize; 3],
    /// mm along z, y and x.
    pub spacing: [f64; 3],
    /// From voxels (x, y, z) to RAS+ mm, as NIfTI has it.
    pub affine: Affine,
    /// What is wrong with a file that opens all the same.
    pub damage: Option<String>,
    /// In the order in which they were added.
    pub entries: Vec<DescribedEntry>,
}

/// An entry without its voxels.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DescribedEntry {
    /// Unique in the archive.
    pub name: String,
    /// `bool`, `uint8`, `uint16` or `uint32`; `None` where only the voxels tell.
    pub dtype: Option<&'static str>,
    /// Bytes in the file.
    pub bytes: u64,
    /// In the order in which they were named.
    pub labels: Vec<DescribedLabel>,
}

/// A label, and what the index says of its voxels.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DescribedLabel {
    /// `None` for voxels that were stored without one.
    pub name: Option<String>,
    /// Its number in the voxels.
    pub number: u32,
    /// Red, green, blue and opacity, 0 to 255, where it has a colour of its own.
    pub colour: Option<[u8; 4]>,
    /// `None` where the file does not say.
    pub voxels: Option<u64>,
    /// The volume, as far as `voxels` are known.
    pub ml: Option<f64>,
    /// First voxel and one past the last, each (z, y, x).
    pub bounds: Option<[[usize; 3]; 2]>,
    /// x, y, z in LPS+ mm.
    pub centroid: Option<[f64; 3]>,
}

impl Description {
    pub(crate) fn of<S: ReadAt>(archive: &AnyArchive<S>) -> Result<Self, ArchiveError> {
        let space = archive.space();
        let entries = archive.entries().map(|entry| DescribedEntry::of(entry, space));
        Ok(Self {
            version: archive.format_version(),
            shape: space.shape(),
            spacing: space.spacing(),
            affine: space.to_nifti_affine(),
            damage: archive.damage().map(|damage| damage.to_string()),
            entries: entries.collect::<Result<_, _>>()?,
        })
    }
}

impl DescribedEntry {
    fn of(entry: &Entry, space: &Space) -> Result<Self, ArchiveError> {
        let names = entry.label_map()?;
        let labels = entry.labels().map(|label| DescribedLabel {
            name: label.name.map(|name| name.into_owned()),
            number: label.number,
            colour: names.entry(label.number).and_then(LabelEntry::colour),
            voxels: label.voxels,
            ml: label.voxels.map(|voxels| space.volume_ml(voxels)),
            bounds: label.statistics.map(|known| [known.bounds.start, known.bounds.end]),
            centroid: label.statistics.map(|known| space.index_to_world(known.centroid())),
        });
        Ok(Self {
            name: entry.name().to_owned(),
            dtype: entry.dtype().map(|dtype| dtype.name()),
            bytes: entry.stored_bytes(),
            labels: labels.collect(),
        })
    }
}
