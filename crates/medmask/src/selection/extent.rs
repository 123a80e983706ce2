//! Boxes of masks that are computed, from the index: what cannot matter is not decoded.

use std::collections::HashMap;

use medmask_archive::{ArchiveError, Entry};
use medmask_core::{Bounds, Space};

use super::tree::{Leaf, Node, Operator, Tree, widened};
use crate::masks::Masks;

/// A box around the labelled voxels of an entry, or of those of its labels that have the numbers `labels`; `None` where there are none.
pub(super) fn entry_box(
    archive: &impl Masks,
    entry: &str,
    labels: Option<&[u32]>,
) -> Result<Option<Bounds>, ArchiveError> {
    let entry = archive.entry(entry)?;
    let all = || Bounds::of_shape(archive.space().shape());
    Ok(EntryBoxes::of(entry, all(), labels.is_some()).of_labels(labels))
}

/// The boxes of an entry.
struct EntryBoxes {
    whole: Option<Bounds>,
    by_label: HashMap<u32, Bounds>,
}

impl EntryBoxes {
    /// Boxes of `entry`, with those of its labels where they are asked for; `all` where the index does not say.
    fn of(entry: &Entry, all: Bounds, with_labels: bool) -> Self {
        if entry.voxels().is_none() {
            let labels = entry.labels().map(|label| (label.number, all));
            return Self { whole: Some(all), by_label: labels.collect() };
        }
        let boxes =
            entry.labels().filter_map(|label| Some((label.number, label.statistics?.bounds)));
        let by_label = if with_labels { boxes.collect() } else { HashMap::new() };
        Self { whole: entry.bounds(), by_label }
    }

    fn of_labels(&self, labels: Option<&[u32]>) -> Option<Bounds> {
        let Some(labels) = labels else { return self.whole };
        let boxes = labels.iter().filter_map(|number| self.by_label.get(number).copied());
        boxes.reduce(|a, b| a.union(&b))
    }
}

/// The boxes of the entries of a tree.
pub(super) struct Boxes<'a> {
    space: &'a Space,
    entries: Vec<EntryBoxes>,
}

impl<'a> Boxes<'a> {
    /// # Errors
    /// Where the archive lacks one of the entries.
    pub fn of(tree: &Tree, archive: &'a impl Masks) -> Result<Self, ArchiveError> {
        let space = archive.space();
        let mut with_labels = vec![false; tree.entries.len()];
        tree.root.for_each_leaf(&mut |leaf| with_labels[leaf.entry] |= leaf.labels.is_some());
        let entries = tree.entries.iter().zip(with_labels).map(|(name, with_labels)| {
            let all = Bounds::of_shape(space.shape());
            Ok(EntryBoxes::of(archive.entry(name)?, all, with_labels))
        });
        Ok(Self { space, entries: entries.collect::<Result<_, ArchiveError>>()? })
    }

    fn of_leaf(&self, leaf: &Leaf) -> Option<Bounds> {
        self.entries[leaf.entry].of_labels(leaf.labels.as_deref())
    }

    /// A box around all that `node` can give; `None` where that is nothing.
    pub fn of_node(&self, node: &Node) -> Option<Bounds> {
        match node {
            Node::Leaf(leaf) => self.of_leaf(leaf),
            Node::Call(function, argument) => {
                self.of_node(argument).map(|bounds| function.bounds(bounds, self.space))
            }
            Node::Chain(terms) => terms.iter().fold(None, |all, (operator, node)| match operator {
                Operator::Difference => all,
                Operator::Union | Operator::Exclusive => either(all, self.of_node(node)),
            }),
            Node::All(nodes) => {
                let mut boxes = nodes.iter().map(|node| self.of_node(node));
                let first = boxes.next().flatten()?;
                boxes.try_fold(first, |all, bounds| all.intersection(&bounds?))
            }
        }
    }

    /// Calls `each` with the leaves that can have a say in what `node` gives in the box `window`.
    ///
    /// Others may count as empty: no voxel of the window changes. Outside of it voxels may, and no other mask lets them through.
    pub fn for_each_needed<'n>(
        &self,
        node: &'n Node,
        window: Bounds,
        each: &mut impl FnMut(&'n Leaf),
    ) {
        let Some(window) = self.of_node(node).and_then(|bounds| bounds.intersection(&window))
        else {
            return;
        };
        match node {
            Node::Leaf(leaf) => each(leaf),
            Node::Call(function, argument) => {
                let all = Bounds::of_shape(self.space.shape());
                let reach = function.reach_mm();
                let window = reach.map_or(all, |reach| widened(window, reach, self.space));
                self.for_each_needed(argument, window, each);
            }
            Node::Chain(terms) => {
                let mut before = None;
                for (operator, node) in terms {
                    if *operator == Operator::Difference {
                        // Only what is there can be taken away.
                        if let Some(window) =
                            before.and_then(|before: Bounds| before.intersection(&window))
                        {
                            self.for_each_needed(node, window, each);
                        }
                    } else {
                        self.for_each_needed(node, window, each);
                        before = either(before, self.of_node(node));
                    }
                }
            }
            // The window lies in the boxes of all of them.
            Node::All(nodes) => {
                nodes.iter().for_each(|node| self.for_each_needed(node, window, each));
            }
        }
    }
}

/// A box around both.
fn either(a: Option<Bounds>, b: Option<Bounds>) -> Option<Bounds> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.union(&b)),
        (one, other) => one.or(other),
    }
}
