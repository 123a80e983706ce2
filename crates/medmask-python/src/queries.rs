//! What is asked of the masks of an archive together.

use medmask::medmask_core::Connectivity;
use medmask::{
    Masks, Piece, PointsIn, Result, Runs, Share, SharedPair, select, select_one, shared_pairs,
    shares_within, structures_at,
};
use pyo3::PyResult;

use crate::errors::exception;

/// First and second name, voxels, mL, share of the first and of the second.
pub(crate) type Pair = (String, String, u64, f64, f64, f64);

/// Name, component, voxels, mL, centroid in the world (LPS+, mm), and where it lies: name (`None` for nowhere), voxels, mL, share.
pub(crate) type Lying =
    (String, Option<u32>, u64, f64, Option<[f64; 3]>, Vec<(Option<String>, u64, f64, f64)>);

/// A point in the world (LPS+, mm), its voxel, and the names there.
pub(crate) type At = ([f64; 3], Option<[usize; 3]>, Vec<String>);

/// The one mask that `text` chooses, and the names of its labels.
pub(crate) fn runs(masks: &impl Masks, text: &str) -> Result<(Runs, Vec<(String, u32)>)> {
    let selection = select_one(masks, text)?;
    let labels = match (selection.entry(), selection.label()) {
        (Some(entry), None) => {
            let (runs, labels) = masks.get(entry)?.to_runs_with_labels()?;
            let labels = labels.iter().map(|(name, label)| (name.to_owned(), label)).collect();
            return Ok((runs, labels));
        }
        (_, Some(label)) => vec![(label.to_owned(), 1)],
        (None, None) => vec![(selection.name(), 1)],
    };
    Ok((selection.to_runs(masks)?, labels))
}

pub(crate) fn overlap(masks: &impl Masks, names: &[String]) -> Result<Vec<Pair>> {
    let pair = |pair: SharedPair| {
        let SharedPair { first, second, voxels, volume_ml, .. } = pair;
        (first, second, voxels, volume_ml, pair.share_of_first, pair.share_of_second)
    };
    Ok(shared_pairs(masks, &select(masks, names)?)?.into_iter().map(pair).collect())
}

pub(crate) fn within(
    masks: &impl Masks,
    within: &[String],
    of: &[String],
    components: Option<Connectivity>,
) -> Result<Vec<Lying>> {
    let (within, of) = (select(masks, within)?, select(masks, of)?);
    let share = |share: Share| (Some(share.name), share.voxels, share.volume_ml, share.share);
    let piece = |piece: Piece| {
        let none = piece.none;
        let nowhere = (none.voxels > 0 || piece.voxels == 0).then_some((
            None,
            none.voxels,
            none.volume_ml,
            none.share,
        ));
        let shares = piece.shares.into_iter().map(share).chain(nowhere).collect();
        let Piece { name, component, voxels, volume_ml, centroid_lps_mm, .. } = piece;
        (name, component, voxels, volume_ml, centroid_lps_mm, shares)
    };
    let found = shares_within(masks, &within, &of, components)?;
    Ok(found.pieces.into_iter().map(piece).collect())
}

pub(crate) fn at(masks: &impl Masks, points: &[[f64; 3]], given: PointsIn) -> Result<Vec<At>> {
    let all = select(masks, &[""; 0])?;
    let found = structures_at(masks, &all, points, given)?;
    Ok(found.into_iter().map(|at| (at.lps_mm, at.voxel, at.names)).collect())
}

/// The coordinates that points are given in.
pub(crate) fn points_in(text: &str) -> PyResult<PointsIn> {
    match text {
        "lps" => Ok(PointsIn::Lps),
        "ras" => Ok(PointsIn::Ras),
        "voxel" => Ok(PointsIn::Voxels),
        _ => Err(exception(
            "UnsupportedError",
            format!("points are in \"lps\", \"ras\" or \"voxel\", not {text:?}"),
        )),
    }
}
