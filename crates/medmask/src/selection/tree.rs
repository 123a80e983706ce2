//! What an expression computes, once its names are known.

use medmask_core::{Bounds, Space};

/// What joins two masks, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    /// `+`
    Union,
    /// `-`
    Difference,
    /// `^`
    Exclusive,
}

/// A function of one mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    /// The largest parts, so many.
    Largest(usize),
    /// The parts of at least so many mL.
    MinMl(f64),
    /// Holes filled.
    Fill,
    /// Grown by a margin in mm.
    Grow(f64),
    /// Shrunk by a margin in mm.
    Shrink(f64),
    /// What growing by a margin in mm adds.
    Shell(f64),
}

impl Function {
    /// How far, in mm, what it gives at a voxel depends on others; `None` for a function of the whole mask.
    pub fn reach_mm(self) -> Option<f64> {
        match self {
            Self::Largest(_) | Self::MinMl(_) | Self::Fill => None,
            Self::Grow(margin) | Self::Shrink(margin) | Self::Shell(margin) => Some(margin),
        }
    }

    /// A box around what it gives of a mask in `bounds`.
    pub fn bounds(self, bounds: Bounds, space: &Space) -> Bounds {
        match self {
            Self::Grow(margin) | Self::Shell(margin) => widened(bounds, margin, space),
            _ => bounds,
        }
    }
}

/// The box `bounds` with `margin` mm more on every side, as far as the volume goes.
pub(super) fn widened(bounds: Bounds, margin: f64, space: &Space) -> Bounds {
    let (shape, spacing) = (space.shape(), space.spacing());
    /// More than distances are rounded, so that nothing is cut off.
    const SPARE: f64 = 1.001;
    // The conversion stops at the largest number.
    let more = spacing.map(|step| (margin / step * SPARE) as usize);
    Bounds {
        start: std::array::from_fn(|axis| bounds.start[axis].saturating_sub(more[axis])),
        end: std::array::from_fn(|axis| {
            bounds.end[axis].saturating_add(more[axis]).min(shape[axis])
        }),
    }
}

/// Voxels of one entry: all that are labelled, or those of some labels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leaf {
    /// The entry's place in [`Tree::entries`].
    pub entry: usize,
    /// Ascending numbers; `None` for all labels.
    pub labels: Option<Vec<u32>>,
}

impl Leaf {
    /// Whether voxels of `label` belong to it, where 0 is background.
    pub fn has(&self, label: u32) -> bool {
        match &self.labels {
            None => label != 0,
            Some(labels) => label != 0 && labels.binary_search(&label).is_ok(),
        }
    }

    /// The union of both, of the same entry.
    fn join(&mut self, other: Self) {
        self.labels = match (self.labels.take(), other.labels) {
            (Some(mut labels), Some(more)) => {
                labels.extend(more);
                labels.sort_unstable();
                labels.dedup();
                Some(labels)
            }
            _ => None,
        };
    }
}

/// A mask that is computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Leaf(Leaf),
    Call(Function, Box<Node>),
    /// From left to right, starting with no voxel.
    Chain(Vec<(Operator, Node)>),
    /// The intersection of all.
    All(Vec<Node>),
}

impl Node {
    /// The masks joined from left to right. Neighbours of one entry become one leaf, so that 70,000 labels of it are no 70,000 questions.
    pub fn chain(terms: impl IntoIterator<Item = (Operator, Self)>) -> Self {
        let mut joined: Vec<(Operator, Self)> = Vec::new();
        for (operator, node) in terms {
            match (joined.last_mut(), node) {
                (Some((last, Self::Leaf(leaf))), Self::Leaf(next))
                    if *last == operator
                        && operator != Operator::Exclusive
                        && leaf.entry == next.entry =>
                {
                    leaf.join(next);
                }
                (_, node) => joined.push((operator, node)),
            }
        }
        match &joined[..] {
            [(Operator::Union | Operator::Exclusive, _)] => joined.remove(0).1,
            _ => Self::Chain(joined),
        }
    }

    /// Calls `each` with all leaves.
    pub fn for_each_leaf(&self, each: &mut impl FnMut(&Leaf)) {
        match self {
            Self::Leaf(leaf) => each(leaf),
            Self::Call(_, node) => node.for_each_leaf(each),
            Self::Chain(terms) => terms.iter().for_each(|(_, node)| node.for_each_leaf(each)),
            Self::All(nodes) => nodes.iter().for_each(|node| node.for_each_leaf(each)),
        }
    }

    /// How many leaves it has.
    pub fn leaves(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Call(_, node) => node.leaves(),
            Self::Chain(terms) => terms.iter().map(|(_, node)| node.leaves()).sum(),
            Self::All(nodes) => nodes.iter().map(Self::leaves).sum(),
        }
    }
}

/// An expression whose names are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// The entries that it reads, each once.
    pub entries: Vec<String>,
    pub root: Node,
}
