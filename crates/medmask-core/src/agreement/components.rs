//! How the connected components of two masks agree.

use std::fmt;
use std::str::FromStr;

use crate::{Agreement, Connectivity, LabelStatistics};

/// What two components must share to be candidates for a match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Matching {
    /// Shared voxels over those of either: at least this, from 0 to 1. Above 0.5 no component has two candidates (Kirillov and others
    /// 2019, "Panoptic Segmentation").
    Iou(f64),
    /// At least so many voxels.
    Voxels(u64),
}

impl Matching {
    /// One voxel is enough.
    pub const ANY: Self = Self::Voxels(1);
}

/// A text that names no way of matching.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it must be iou:SHARE with a share from 0 to 1, any, or voxels:N")]
pub struct MatchingError;

impl FromStr for Matching {
    type Err = MatchingError;

    /// From `iou:0.5`, `any` or `voxels:3`.
    fn from_str(text: &str) -> Result<Self, MatchingError> {
        let found = match text.split_once(':') {
            None if text == "any" => Some(Self::ANY),
            Some(("iou", share)) => {
                let share = share.parse().ok().filter(|share| (0.0..=1.0).contains(share));
                share.map(Self::Iou)
            }
            Some(("voxels", count)) => {
                count.parse().ok().filter(|count| *count > 0).map(Self::Voxels)
            }
            _ => None,
        };
        found.ok_or(MatchingError)
    }
}

/// How components are found and matched.
///
/// Every pair of components that satisfies [`matching`](Self::matching) is a candidate. Of the candidates the one of the largest IoU
/// is matched first, then the next one whose components are both still free, and so on; of equal ones the larger components come
/// first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ComponentRule {
    /// Which voxels hang together.
    pub connectivity: Connectivity,
    /// What a pair must share.
    pub matching: Matching,
    /// Smaller components are left out of both masks.
    pub min_voxels: u64,
    /// By which part of its first volume a component must have changed to be larger or smaller: 0.3 is 30 %.
    pub change: f64,
}

impl Default for ComponentRule {
    /// 26 neighbours, an IoU of 0.5, components of every size, a change of 30 %.
    fn default() -> Self {
        let (connectivity, matching) = (Connectivity::default(), Matching::Iou(0.5));
        Self { connectivity, matching, min_voxels: 1, change: 0.3 }
    }
}

impl fmt::Display for ComponentRule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let neighbours = self.connectivity.neighbours();
        write!(formatter, "one to one, largest IoU first, ")?;
        match self.matching {
            Matching::Iou(least) => write!(formatter, "IoU at least {least}")?,
            Matching::Voxels(1) => write!(formatter, "any shared voxel")?,
            Matching::Voxels(least) => write!(formatter, "at least {least} shared voxels")?,
        }
        write!(formatter, "; {neighbours} neighbours; components of at least ")?;
        write!(
            formatter,
            "{} voxel{}",
            self.min_voxels,
            if self.min_voxels == 1 { "" } else { "s" }
        )
    }
}

/// What became of a component from the first mask to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// It is a candidate with none of the first mask.
    New,
    /// It is a candidate with none of the second mask.
    Gone,
    /// It is one of several that are candidates with one of the second mask.
    Merged,
    /// It is a candidate with several of the second mask.
    Split,
    /// Its volume grew by more than the rule's part.
    Larger,
    /// Its volume shrank by more than the rule's part.
    Smaller,
    /// Its volume changed by no more than the rule's part.
    Stable,
}

impl Change {
    /// In a word, such as `merged`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Larger => "larger",
            Self::Smaller => "smaller",
            Self::Stable => "stable",
        }
    }
}

/// Two components that were matched, or one that was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentPair {
    /// The component of the first mask; its number, from 1 in the order of sizes, is the `label`.
    pub first: Option<LabelStatistics>,
    /// The component of the second mask.
    pub second: Option<LabelStatistics>,
    /// Voxels that both share; 0 for one alone.
    pub shared: u64,
    /// What became of it. `None` where components are matched by IoU, which says nothing of those that only touch.
    pub change: Option<Change>,
}

impl ComponentPair {
    /// Whether the two were matched.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.first.is_some() && self.second.is_some()
    }

    /// Shared voxels over those of either, 0 to 1; `None` for one alone.
    #[must_use]
    pub fn iou(&self) -> Option<f64> {
        let (first, second) = (self.first?.voxels, self.second?.voxels);
        Agreement { first, second, shared: self.shared }.iou()
    }
}

/// The components of two masks, and which of them belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentAgreement {
    /// How they were matched.
    pub rule: ComponentRule,
    /// Matched pairs by the number in the first mask, then what is in the first mask alone, then what is in the second alone.
    pub pairs: Vec<ComponentPair>,
}

impl ComponentAgreement {
    /// Matched pairs.
    #[must_use]
    pub fn true_positives(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.is_match()).count()
    }

    /// Components of the second mask without a match.
    #[must_use]
    pub fn false_positives(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.first.is_none()).count()
    }

    /// Components of the first mask without a match.
    #[must_use]
    pub fn false_negatives(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.second.is_none()).count()
    }

    /// Matched pairs over the mean number of components, 0 to 1: F1, the recognition quality of panoptic quality. `None` where both
    /// masks have no component.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        let components = self.pairs.len() + self.true_positives();
        (components > 0).then(|| 2.0 * self.true_positives() as f64 / components as f64)
    }

    /// The mean IoU of the matched pairs, 0 to 1: segmentation quality. `None` where there is no match.
    #[must_use]
    pub fn segmentation_quality(&self) -> Option<f64> {
        let matches = self.true_positives();
        (matches > 0).then(|| self.summed_iou() / matches as f64)
    }

    /// [`f1`](Self::f1) times [`segmentation_quality`](Self::segmentation_quality), 0 to 1: panoptic quality (Kirillov and others 2019). 0
    /// where there is no match, `None` where both masks have no component.
    #[must_use]
    pub fn panoptic_quality(&self) -> Option<f64> {
        let components = self.pairs.len() + self.true_positives();
        (components > 0).then(|| 2.0 * self.summed_iou() / components as f64)
    }

    fn summed_iou(&self) -> f64 {
        self.pairs.iter().filter_map(ComponentPair::iou).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Matching;

    #[test]
    fn rules_are_read_as_they_are_written() {
        assert_eq!("any".parse(), Ok(Matching::Voxels(1)));
        assert_eq!("iou:0.25".parse(), Ok(Matching::Iou(0.25)));
        assert_eq!("voxels:3".parse(), Ok(Matching::Voxels(3)));
        for text in ["iou", "iou:1.5", "iou:nan", "voxels:0", "voxels:-1", "some", "", "any:1"] {
            assert!(text.parse::<Matching>().is_err(), "{text}");
        }
    }
}
