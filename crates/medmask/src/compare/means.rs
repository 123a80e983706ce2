//! Means of measures, which say how many they are of.

use super::ComparedMask;

/// The mean of one measure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mean {
    /// The measure, as [`ComparedMask::measures`] calls it.
    pub measure: String,
    /// The mean of all that are defined; `None` where none is.
    pub mean: Option<f64>,
    /// How many are defined.
    pub count: usize,
    /// How many are not, since a mask is empty. They are not in the mean.
    pub undefined: usize,
}

/// The mean of each measure over `masks`, which were all asked for the same measures.
#[must_use]
pub fn means<'a>(masks: impl IntoIterator<Item = &'a ComparedMask>) -> Vec<Mean> {
    let mut all: Vec<(Mean, f64)> = Vec::new();
    for mask in masks {
        for (place, (measure, value)) in mask.measures().into_iter().enumerate() {
            if place == all.len() {
                all.push((Mean { measure, mean: None, count: 0, undefined: 0 }, 0.0));
            }
            let (mean, sum) = &mut all[place];
            match value {
                Some(value) => (mean.count, *sum) = (mean.count + 1, *sum + value),
                None => mean.undefined += 1,
            }
        }
    }
    let divided = |(mean, sum): (Mean, f64)| Mean {
        mean: (mean.count > 0).then(|| sum / mean.count as f64),
        ..mean
    };
    all.into_iter().map(divided).collect()
}
