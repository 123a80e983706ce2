//! Set algebra of many masks of one shape, in one sweep over their rows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use super::{Runs, RunsBuilder, ShapeMismatch};
use crate::Run;

impl Runs {
    /// The voxels labelled in any of `masks`, as label 1. Of no masks: the mask of a grid without voxels.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn union_all(masks: &[&Self]) -> Result<Self, ShapeMismatch> {
        match masks {
            // Two need no sorting.
            [first, second] => first.union(second),
            _ => sweep(masks, |_, _| 1),
        }
    }

    /// The voxels labelled in all of `masks`, as label 1. Of no masks: the mask of a grid without voxels.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn intersection_all(masks: &[&Self]) -> Result<Self, ShapeMismatch> {
        match masks {
            [first, second] => first.intersection(second),
            _ => sweep(masks, |labels, labelled| u32::from(labelled == labels.len())),
        }
    }

    /// Every voxel's label as `label(labels)` of its labels in all `masks`, in their order, where 0 is background. It is asked
    /// once for each stretch of a row over which no mask changes its label, and not where all are background. Of no masks: the
    /// mask of a grid without voxels.
    ///
    /// ```
    /// use medmask_core::Runs;
    ///
    /// let raters = [[1_u8, 1, 1, 0], [0, 1, 1, 0], [0, 0, 1, 1]];
    /// let raters: Vec<_> =
    ///     raters.iter().map(|voxels| Runs::from_slice(voxels, [1, 1, 4])).collect::<Result<_, _>>()?;
    /// let raters: Vec<&Runs> = raters.iter().collect();
    /// let majority = |labels: &[u32]| u32::from(labels.iter().sum::<u32>() >= 2);
    /// let agreed = Runs::combine_all(&raters, majority)?;
    /// assert_eq!(agreed, Runs::from_slice(&[0_u8, 1, 1, 0], [1, 1, 4])?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn combine_all(
        masks: &[&Self],
        mut label: impl FnMut(&[u32]) -> u32,
    ) -> Result<Self, ShapeMismatch> {
        match masks {
            [first, second] => first.combine(second, |a, b| label(&[a, b])),
            _ => sweep(masks, |labels, _| label(labels)),
        }
    }
}

/// As [`Runs::combine_all`]; `label` also gets the number of masks that are labelled, at least 1.
fn sweep(
    masks: &[&Runs],
    mut label: impl FnMut(&[u32], usize) -> u32,
) -> Result<Runs, ShapeMismatch> {
    let mut builder = RunsBuilder::new(shared_shape(masks)?);
    let mut stretches = Stretches { edges: Vec::new(), labels: vec![0; masks.len()] };
    let mut next = vec![0; masks.len()];
    // Of each mask that has more rows the next one.
    let mut waiting: BinaryHeap<_> = (0..masks.len())
        .filter_map(|mask| masks[mask].rows.first().map(|row| Reverse((row.z, row.y, mask))))
        .collect();
    while let Some(&Reverse((z, y, _))) = waiting.peek() {
        while let Some(mut first) = waiting.peek_mut()
            && (first.0.0, first.0.1) == (z, y)
        {
            let mask = first.0.2;
            stretches.add(mask, masks[mask].nth_row(next[mask]).runs);
            next[mask] += 1;
            match masks[mask].rows.get(next[mask]) {
                Some(row) => *first = Reverse((row.z, row.y, mask)),
                None => drop(PeekMut::pop(first)),
            }
        }
        stretches.take(|start, end, labels, labelled| {
            let label = label(labels, labelled);
            if label != 0 {
                builder.push(z, y, Run { start, end, label });
            }
        });
    }
    Ok(builder.finish())
}

/// The shape of all `masks`, (z, y, x).
pub(super) fn shared_shape(masks: &[&Runs]) -> Result<[usize; 3], ShapeMismatch> {
    let shape = masks.first().map_or([0; 3], |mask| mask.shape);
    match masks.iter().find(|mask| mask.shape != shape) {
        Some(other) => Err(ShapeMismatch { first: shape, second: other.shape }),
        None => Ok(shape),
    }
}

/// One row of several masks.
struct Stretches {
    edges: Vec<Edge>,
    /// Of each mask at the place that is looked at; background between two rows.
    labels: Vec<u32>,
}

/// Where a mask changes its label.
struct Edge {
    x: u32,
    mask: usize,
    /// From here on.
    label: u32,
}

impl Stretches {
    fn add(&mut self, mask: usize, runs: &[Run]) {
        for run in runs {
            self.edges.push(Edge { x: run.start, mask, label: run.label });
            self.edges.push(Edge { x: run.end, mask, label: 0 });
        }
    }

    /// Calls `each(start, end, labels, labelled)` for every stretch that at least one mask labels, ascending, and forgets
    /// the row.
    fn take(&mut self, mut each: impl FnMut(u32, u32, &[u32], usize)) {
        // Stable, so that of two edges of a mask at one place the end of the earlier run stays first. It is also fast on
        // pieces that ascend, which is what the masks give.
        self.edges.sort_by_key(|edge| edge.x);
        let mut labelled = 0;
        let mut edges = self.edges.drain(..).peekable();
        while let Some(edge) = edges.next() {
            let slot = &mut self.labels[edge.mask];
            labelled += usize::from(edge.label != 0);
            labelled -= usize::from(*slot != 0);
            *slot = edge.label;
            if let Some(next) = edges.peek()
                && next.x != edge.x
                && labelled != 0
            {
                each(edge.x, next.x, &self.labels, labelled);
            }
        }
    }
}
