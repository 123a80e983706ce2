//! Structures whose names say another side than their places.

use std::collections::HashMap;

use medmask_core::Space;

use crate::measure::MeasuredMask;

/// A pair of structures whose names say left and right, and whose centroids say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SidesSwapped {
    /// The one whose name says left, and whose centroid lies right of the other's.
    pub left: String,
    /// The one whose name says right.
    pub right: String,
}

/// The pairs among `masks` whose names differ in `left` and `right` alone, and where the one called left lies right of the other: a
/// sign that a mask was flipped, or its side mistaken.
#[must_use]
pub fn sides_swapped(masks: &[MeasuredMask], space: &Space) -> Vec<SidesSwapped> {
    let mut centroids: HashMap<(&str, &str), f64> = HashMap::new();
    for mask in masks {
        for label in &mask.labels {
            if let Some([x, _, _]) = label.centroid_lps_mm(space).filter(|at| !at[0].is_nan()) {
                centroids.insert((&mask.name, label.name.as_deref().unwrap_or_default()), x);
            }
        }
    }
    let shown = |(mask, label): (&str, &str)| match mask == label {
        true => mask.to_owned(),
        false => format!("{mask}/{label}"),
    };
    let mut swapped = Vec::new();
    for mask in masks {
        for label in &mask.labels {
            let names = (mask.name.as_str(), label.name.as_deref().unwrap_or_default());
            let (other_mask, other_label) = (other_side(names.0), other_side(names.1));
            let other = (other_mask.as_str(), other_label.as_str());
            if other == names {
                continue;
            }
            // World x grows to the left.
            if let (Some(left), Some(right)) = (centroids.get(&names), centroids.get(&other))
                && left < right
            {
                swapped.push(SidesSwapped { left: shown(names), right: shown(other) });
            }
        }
    }
    swapped
}

/// The name with `right` in the place of each word `left`; the same where there is none. Words are parted by anything that is
/// neither a letter nor a digit.
fn other_side(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for word in name.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let end = word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        out.push_str(match &word[..end] {
            "left" => "right",
            "Left" => "Right",
            "LEFT" => "RIGHT",
            other => other,
        });
        out.push_str(&word[end..]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::other_side;

    #[test]
    fn sides_are_words() {
        for (name, other) in [
            ("hip_left", "hip_right"),
            ("left_upper_lobe", "right_upper_lobe"),
            ("Left-Hippocampus", "Right-Hippocampus"),
            ("lung upper left", "lung upper right"),
            ("cleft", "cleft"),
            ("leftover", "leftover"),
            ("hip_right", "hip_right"),
        ] {
            assert_eq!(other_side(name), other);
        }
    }
}
