//! The geometry of a source file beside the archive's own (SPEC.md, "Metadata of NIfTI sources").

use medmask_archive::Entry;
use medmask_core::Space;
use medmask_nifti::{Affine, Header, SourceGeometry};
use serde_json::{Map, Value, json};

const KEY: &str = "nifti";

/// How far a corner may move, in voxels, when the stored affine is made right-angled: the file was accepted once.
const ANY_SHEAR: f64 = f64::INFINITY;

/// The metadata that keeps the geometry of `header`.
pub(crate) fn to_metadata(header: &Header) -> Map<String, Value> {
    let SourceGeometry { affine, sform_code, qform_code, .. } = SourceGeometry::of(header);
    let geometry = json!({
        "affine": affine[..3],
        "sform_code": sform_code,
        "qform_code": qform_code,
    });
    Map::from_iter([(KEY.to_owned(), geometry)])
}

/// The geometry of the NIfTI file that `entry` came from, where it says so in a form that can be used.
pub(crate) fn of_entry(entry: &Entry) -> Option<SourceGeometry> {
    let stored = entry.metadata().ok()?.remove(KEY)?;
    let mut affine: Affine = [[0.0; 4], [0.0; 4], [0.0; 4], [0.0, 0.0, 0.0, 1.0]];
    let rows = stored.get("affine")?.as_array().filter(|rows| rows.len() == 3)?;
    for (row, values) in affine.iter_mut().zip(rows) {
        let values = values.as_array().filter(|values| values.len() == 4)?;
        for (number, value) in row.iter_mut().zip(values) {
            *number = value.as_f64()?;
        }
    }
    // Whoever wrote the metadata may have written anything.
    Space::from_nifti_affine_within([1; 3], affine, ANY_SHEAR).ok()?;
    let code = |key: &str| i32::try_from(stored.get(key)?.as_i64()?).ok();
    Some(SourceGeometry {
        affine,
        qform_code: code("qform_code")?,
        sform_code: code("sform_code")?,
    })
}

/// The space that `geometry` gives a volume of the shape of `space`; `space` itself where it gives none.
pub(crate) fn space_of(geometry: &SourceGeometry, space: &Space) -> Space {
    let [z, y, x] = space.shape();
    Space::from_nifti_affine_within([x, y, z], geometry.affine, ANY_SHEAR)
        .map_or_else(|_| space.clone(), |(own, _)| own)
}
