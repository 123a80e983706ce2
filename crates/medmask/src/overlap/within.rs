//! What share of structures, or of their connected components, lies in which others.

use std::cmp::Reverse;
use std::collections::HashMap;

use medmask_core::{Components, Connectivity, LabelStatistics, MaskLabel, Runs, Space};

use super::pruned::{decode_all, reach_into};
use super::{ONE_GRID, share};
use crate::Result;
use crate::layers::{Decoded, Layer, Structure, layers};
use crate::masks::Masks;
use crate::selection::Selection;

/// How some structures lie in others.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct SharesWithin {
    /// The structures, or their components, in the order in which they were chosen; those without voxels, too.
    pub pieces: Vec<Piece>,
    /// Names of structures that were chosen on both sides, and that nothing was looked for in.
    pub left_out: Vec<String>,
}

/// A structure, or a connected component of one, and where it lies.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Piece {
    /// The structure, called as [`Selection::name`] calls it.
    pub name: String,
    /// The number of the component within its structure, from 1: larger ones first, and of equal ones that whose first voxel
    /// (z, y, x) comes first. `None` for a whole structure.
    pub component: Option<u32>,
    /// How many voxels it has.
    pub voxels: u64,
    /// Its volume in mL.
    pub volume_ml: f64,
    /// Its centroid in the world (x, y, z; LPS+, mm); `None` where it has no voxels.
    pub centroid_lps_mm: Option<[f64; 3]>,
    /// The structures that it shares voxels with, most first. They may share some of these among themselves.
    pub shares: Vec<Share>,
    /// Its voxels that lie in none of the structures.
    pub none: Share,
}

/// A part of a piece.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Share {
    /// The structure that it lies in; `none` for the part that lies in none.
    pub name: String,
    /// How many voxels it has.
    pub voxels: u64,
    /// Its volume in mL.
    pub volume_ml: f64,
    /// Which part of the piece it is, from 0 to 1; 0 of a piece without voxels.
    pub share: f64,
}

/// Which share of each structure of `within` lies in each structure of `of`, and in none of them: in which lobe each lesion lies. With
/// `components` the connected components of the structures are told apart.
///
/// An entry stands for each of its labels. Nothing is looked for in itself: structures that are in both lists are taken out of `of`.
///
/// # Errors
/// As [`shared_pairs`](super::shared_pairs).
pub fn shares_within(
    archive: &impl Masks,
    within: &[Selection],
    of: &[Selection],
    components: Option<Connectivity>,
) -> Result<SharesWithin> {
    let (within, mut of) = (layers(archive, within)?, layers(archive, of)?);
    let mut left_out = Vec::new();
    for layer in &mut of {
        left_out.extend(within.iter().flat_map(|inner| layer.without(inner)));
    }
    let region = |layer: &Layer<'_>| match (components, layer.known()) {
        (None, Some(_)) => reach_into(layer, &of),
        _ => layer.bounds(),
    };
    let inner = decode_all(archive, &within, within.iter().map(region).collect())?;
    let outer = of.iter().map(|layer| reach_into(layer, &within)).collect();
    let outer = decode_all(archive, &of, outer)?;
    let inner: Vec<Parts> = inner.into_iter().map(|layer| Parts::of(layer, components)).collect();
    let pieces = pieces(&inner, &outer, archive.space());
    Ok(SharesWithin { pieces, left_out })
}

/// The parts of a layer that are reported one by one.
struct Parts {
    runs: Runs,
    parts: Vec<Part>,
}

struct Part {
    /// Its label in the runs.
    label: u32,
    name: String,
    component: Option<u32>,
    statistics: Option<LabelStatistics>,
}

impl Parts {
    fn of(layer: Decoded, components: Option<Connectivity>) -> Self {
        if let Some(connectivity) = components {
            return Self::components(&layer, &layer.runs.components(connectivity));
        }
        let part = |Structure { name, label, statistics, .. }| Part {
            label,
            name,
            component: None,
            statistics,
        };
        Self { runs: layer.runs, parts: layer.structures.into_iter().map(part).collect() }
    }

    /// The components, together where they are of one structure.
    #[expect(clippy::expect_used, reason = "components that are counted have labels")]
    fn components(layer: &Decoded, components: &Components) -> Self {
        let mut counts: HashMap<u32, u32> = HashMap::new();
        let part = |statistics: &LabelStatistics| {
            let of = components.label_of(statistics.label).expect("it is one of the components");
            let number = counts.entry(of).or_default();
            *number += 1;
            let part = Part {
                label: statistics.label,
                name: layer.structure(of).name.clone(),
                component: Some(*number),
                statistics: Some(*statistics),
            };
            (of, part)
        };
        let mut parts: Vec<(u32, Part)> = components.statistics().iter().map(part).collect();
        // Stable: within a structure they stay in the order of their numbers.
        parts.sort_by_key(|(of, _)| *of);
        let parts = parts.into_iter().map(|(_, part)| part).collect();
        Self { runs: components.runs().clone(), parts }
    }
}

#[expect(clippy::expect_used, reason = "what is decoded lies on the archive's grid")]
fn pieces(inner: &[Parts], outer: &[Decoded], space: &Space) -> Vec<Piece> {
    let inner_runs: Vec<&Runs> = inner.iter().map(|parts| &parts.runs).collect();
    let outer_runs: Vec<&Runs> = outer.iter().map(|layer| &layer.runs).collect();
    let mut shared: HashMap<MaskLabel, Vec<(&str, u64)>> = HashMap::new();
    for overlap in Runs::overlaps_between(&inner_runs, &outer_runs).expect(ONE_GRID) {
        let name = &outer[overlap.second.mask].structure(overlap.second.label).name;
        shared.entry(overlap.first).or_default().push((name, overlap.voxels));
    }
    // The outer structures may overlap each other, so that their shares do not add up to what is covered.
    let mut covered: HashMap<MaskLabel, u64> = HashMap::new();
    if !outer_runs.is_empty() {
        let union = Runs::union_all(&outer_runs).expect(ONE_GRID);
        let overlaps = Runs::overlaps_between(&inner_runs, &[&union]).expect(ONE_GRID);
        covered.extend(overlaps.iter().map(|overlap| (overlap.first, overlap.voxels)));
    }
    let mut pieces = Vec::new();
    for (mask, Parts { parts, .. }) in inner.iter().enumerate() {
        for part in parts {
            let of = MaskLabel { mask, label: part.label };
            let shared = shared.remove(&of).unwrap_or_default();
            pieces.push(part.piece(shared, covered.get(&of).copied().unwrap_or(0), space));
        }
    }
    pieces
}

impl Part {
    /// What is told of it: the voxels that it shares with others by their names, and how many are in any of them.
    fn piece(&self, mut shared: Vec<(&str, u64)>, covered: u64, space: &Space) -> Piece {
        let all = self.statistics.map_or(0, |known| known.voxels);
        let share = |name: &str, voxels: u64| Share {
            name: name.to_owned(),
            voxels,
            volume_ml: space.volume_ml(voxels),
            share: if all == 0 { 0.0 } else { share(voxels, all) },
        };
        // Stable: equal ones stay in the order of the structures.
        shared.sort_by_key(|(_, voxels)| Reverse(*voxels));
        Piece {
            name: self.name.clone(),
            component: self.component,
            voxels: all,
            volume_ml: space.volume_ml(all),
            centroid_lps_mm: self.statistics.map(|known| space.index_to_world(known.centroid())),
            shares: shared.into_iter().map(|(name, voxels)| share(name, voxels)).collect(),
            none: share("none", all - covered),
        }
    }
}
