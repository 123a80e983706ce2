//! The connected components of two masks, matched one to one.

use std::collections::{HashMap, HashSet};

use super::components::{Change, ComponentAgreement, ComponentPair, ComponentRule, Matching};
use crate::{Agreement, LabelOverlap, LabelStatistics, Runs, ShapeMismatch};

impl Runs {
    /// Matches the connected components of two masks one to one, as `rule` says.
    ///
    /// Time and memory grow with the number of runs.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn component_agreement(
        &self,
        other: &Self,
        rule: &ComponentRule,
    ) -> Result<ComponentAgreement, ShapeMismatch> {
        let (first, second) = (Side::of(self, rule), Side::of(other, rule));
        let all = first.runs.overlaps(&second.runs)?;
        let candidates: Vec<LabelOverlap> =
            all.into_iter().filter(|overlap| rule.accepts(&first, &second, overlap)).collect();
        let partners = Partners::of(&candidates);
        let matched = match_greedily(candidates, &first, &second);
        let pair = |overlap: &LabelOverlap| {
            let known = (first.known(overlap.first), second.known(overlap.second));
            (known.0, known.1, overlap.voxels)
        };
        let [free_first, free_second] = [free(&first, &matched, 0), free(&second, &matched, 1)];
        let pairs = matched
            .iter()
            .map(pair)
            .chain(free_first.map(|one| (Some(one), None, 0)))
            .chain(free_second.map(|one| (None, Some(one), 0)))
            .map(|(first, second, shared)| {
                let change = rule.names_changes().then(|| partners.change(first, second, rule));
                ComponentPair { first, second, shared, change }
            });
        Ok(ComponentAgreement { rule: *rule, pairs: pairs.collect() })
    }
}

impl ComponentRule {
    /// Matching by IoU says nothing of components that only touch.
    fn names_changes(&self) -> bool {
        matches!(self.matching, Matching::Voxels(_))
    }

    fn accepts(&self, first: &Side, second: &Side, overlap: &LabelOverlap) -> bool {
        match self.matching {
            Matching::Voxels(least) => overlap.voxels >= least,
            Matching::Iou(least) => iou_of(first, second, overlap) >= least,
        }
    }
}

/// The components of one mask that are large enough.
struct Side {
    /// With their numbers as labels.
    runs: Runs,
    components: Vec<LabelStatistics>,
}

impl Side {
    fn of(runs: &Runs, rule: &ComponentRule) -> Self {
        let found = runs.binary().components(rule.connectivity);
        // The larger come first.
        let kept = found.statistics().partition_point(|one| one.voxels >= rule.min_voxels);
        let runs = match kept == found.len() {
            true => found.runs().clone(),
            false => {
                found.runs().relabel(|number| if number as usize <= kept { number } else { 0 })
            }
        };
        Self { runs, components: found.statistics()[..kept].to_vec() }
    }

    fn known(&self, number: u32) -> Option<LabelStatistics> {
        self.components.get(number as usize - 1).copied()
    }

    fn voxels(&self, number: u32) -> u64 {
        self.known(number).map_or(0, |known| known.voxels)
    }
}

fn iou_of(first: &Side, second: &Side, overlap: &LabelOverlap) -> f64 {
    let (first, second) = (first.voxels(overlap.first), second.voxels(overlap.second));
    Agreement { first, second, shared: overlap.voxels }.iou().unwrap_or(0.0)
}

/// Ascending by the number in the first mask.
fn match_greedily(
    mut candidates: Vec<LabelOverlap>,
    first: &Side,
    second: &Side,
) -> Vec<LabelOverlap> {
    // Numbers ascend as sizes fall, and the order of equal candidates is kept.
    candidates.sort_by(|a, b| iou_of(first, second, b).total_cmp(&iou_of(first, second, a)));
    let (mut taken_first, mut taken_second) = (HashSet::new(), HashSet::new());
    candidates.retain(|overlap| {
        let free = !taken_first.contains(&overlap.first) && !taken_second.contains(&overlap.second);
        if free {
            taken_first.insert(overlap.first);
            taken_second.insert(overlap.second);
        }
        free
    });
    candidates.sort_by_key(|overlap| overlap.first);
    candidates
}

/// The components of a side that no match has.
fn free(
    side: &Side,
    matched: &[LabelOverlap],
    place: usize,
) -> impl Iterator<Item = LabelStatistics> {
    let taken: HashSet<u32> =
        matched.iter().map(|overlap| [overlap.first, overlap.second][place]).collect();
    side.components.iter().copied().filter(move |one| !taken.contains(&one.label))
}

/// How many candidates each component is in.
#[derive(Default)]
struct Partners {
    of_first: HashMap<u32, usize>,
    of_second: HashMap<u32, usize>,
}

impl Partners {
    fn of(candidates: &[LabelOverlap]) -> Self {
        let mut partners = Self::default();
        for candidate in candidates {
            *partners.of_first.entry(candidate.first).or_default() += 1;
            *partners.of_second.entry(candidate.second).or_default() += 1;
        }
        partners
    }

    /// What is merged and split counts as merged.
    fn change(
        &self,
        first: Option<LabelStatistics>,
        second: Option<LabelStatistics>,
        rule: &ComponentRule,
    ) -> Change {
        let count = |counts: &HashMap<u32, usize>, one: LabelStatistics| {
            counts.get(&one.label).copied().unwrap_or(0)
        };
        let of_first = first.map_or(0, |one| count(&self.of_first, one));
        let of_second = second.map_or(0, |one| count(&self.of_second, one));
        match (first, second) {
            (Some(_), None) if of_first == 0 => Change::Gone,
            (None, Some(_)) if of_second == 0 => Change::New,
            // A partner that was matched with another one has several.
            (Some(_), None) => Change::Merged,
            _ if of_second > 1 => Change::Merged,
            (None, Some(_)) => Change::Split,
            _ if of_first > 1 => Change::Split,
            (Some(first), Some(second)) => by_volume(first.voxels, second.voxels, rule.change),
            (None, None) => Change::Stable,
        }
    }
}

fn by_volume(first: u64, second: u64, change: f64) -> Change {
    let grown = (second as f64 - first as f64) / first as f64;
    if grown > change {
        Change::Larger
    } else if -grown > change {
        Change::Smaller
    } else {
        Change::Stable
    }
}
