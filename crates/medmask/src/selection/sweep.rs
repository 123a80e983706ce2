//! Set operators over many masks at once, in one sweep over their rows, and functions of what they give.

use std::borrow::Cow;
use std::collections::HashMap;

use medmask_core::{Connectivity, Runs, ShapeMismatch, Space};

use super::tree::{Function, Leaf, Node, Operator};
use crate::{Error, Result};

/// Masks that one sweep looks at together. More are put together first, so that the time of a place does not grow with the masks that
/// are not there.
const TOGETHER: usize = 64;

/// Decoded masks, and what is computed of them.
pub(super) struct Sweeps<'a> {
    /// The entries' voxels in their own numbers; `None` where they do not matter.
    pub inputs: &'a [Option<Runs>],
    pub space: &'a Space,
}

/// What one sweep computes at a place, of the labels that its masks have there.
enum Formula<'n> {
    Never,
    /// Whether the mask of this number is labelled.
    Mask(usize),
    /// Whether it has one of the leaf's labels.
    Leaf(usize, &'n Leaf),
    Chain(Vec<(Operator, Formula<'n>)>),
    All(Vec<Formula<'n>>),
}

/// The masks of one sweep.
#[derive(Default)]
struct Operands<'a> {
    masks: Vec<Cow<'a, Runs>>,
    /// Which of them is which input.
    of_inputs: HashMap<usize, usize>,
}

impl<'a> Sweeps<'a> {
    /// The voxels of `node`, as label 1.
    pub fn runs(&self, node: &Node) -> Result<Runs> {
        match node {
            Node::Call(function, argument) => self.call(*function, &self.runs(argument)?),
            Node::Chain(terms) if node.leaves() > TOGETHER => self.long_chain(terms),
            Node::All(nodes) if node.leaves() > TOGETHER => self.intersection_of_many(nodes),
            _ => {
                let mut operands = Operands::default();
                let formula = self.formula(node, &mut operands)?;
                self.sweep(&operands, |labels| u32::from(formula.holds(labels)))
            }
        }
    }

    /// What `node` computes. What is too long to be computed in one sweep with it becomes one of the operands.
    fn formula<'n>(&self, node: &'n Node, operands: &mut Operands<'a>) -> Result<Formula<'n>> {
        Ok(match node {
            Node::Leaf(leaf) => match &self.inputs[leaf.entry] {
                None => Formula::Never,
                Some(runs) => Formula::Leaf(operands.input(leaf.entry, runs), leaf),
            },
            Node::Chain(terms) if node.leaves() <= TOGETHER => {
                let term = |(operator, node): &'n (Operator, Node)| {
                    Ok((*operator, self.formula(node, operands)?))
                };
                Formula::Chain(terms.iter().map(term).collect::<Result<_>>()?)
            }
            Node::All(nodes) if node.leaves() <= TOGETHER => {
                let nodes = nodes.iter().map(|node| self.formula(node, operands));
                Formula::All(nodes.collect::<Result<_>>()?)
            }
            node => Formula::Mask(operands.add(Cow::Owned(self.runs(node)?))),
        })
    }

    fn sweep(&self, operands: &Operands<'_>, label: impl FnMut(&[u32]) -> u32) -> Result<Runs> {
        let masks: Vec<&Runs> = operands.masks.iter().map(AsRef::as_ref).collect();
        self.combine(&masks, label)
    }

    fn combine(&self, masks: &[&Runs], label: impl FnMut(&[u32]) -> u32) -> Result<Runs> {
        if masks.is_empty() {
            return Ok(Runs::empty(self.space.shape()));
        }
        Runs::combine_all(masks, label).map_err(shapes_differ)
    }

    /// A chain of many terms: what neighbours do together is put together, until one mask says what all do.
    fn long_chain(&self, terms: &[(Operator, Node)]) -> Result<Runs> {
        let mut effects = Vec::new();
        for terms in together(terms, |(_, node)| node.leaves()) {
            let mut operands = Operands::default();
            let mut chain = Vec::with_capacity(terms.len());
            for (operator, node) in terms {
                chain.push((*operator, self.formula(node, &mut operands)?));
            }
            effects.push(self.sweep(&operands, |labels| effect_of(&chain, labels))?);
        }
        while effects.len() > 1 {
            let joined = effects.chunks(TOGETHER).map(|effects| {
                let masks: Vec<&Runs> = effects.iter().collect();
                self.combine(&masks, |labels| {
                    labels.iter().fold(KEEP, |all, next| then(all, *next))
                })
            });
            effects = joined.collect::<Result<_>>()?;
        }
        let effect = effects.pop().unwrap_or_else(|| Runs::empty(self.space.shape()));
        Ok(effect.relabel(|effect| u32::from(makes(effect))))
    }

    fn intersection_of_many(&self, nodes: &[Node]) -> Result<Runs> {
        let mut all: Option<Runs> = None;
        for nodes in together(nodes, Node::leaves) {
            let mut operands = Operands::default();
            if let Some(all) = &all {
                operands.add(Cow::Borrowed(all));
            }
            let is_first = all.is_none();
            let formulas = nodes.iter().map(|node| self.formula(node, &mut operands));
            let formula = Formula::All(formulas.collect::<Result<_>>()?);
            let next = self.sweep(&operands, |labels| {
                u32::from((is_first || labels[0] != 0) && formula.holds(labels))
            })?;
            if next.is_empty() {
                return Ok(next);
            }
            all = Some(next);
        }
        Ok(all.unwrap_or_else(|| Runs::empty(self.space.shape())))
    }

    fn call(&self, function: Function, runs: &Runs) -> Result<Runs> {
        let spacing = self.space.spacing();
        let components = || runs.components(Connectivity::default());
        Ok(match function {
            Function::Largest(count) => components().largest(count),
            Function::MinMl(ml) => components().at_least(self.space.voxels_of_ml(ml)),
            Function::Fill => runs.fill_holes(),
            Function::Grow(margin) => runs.grow(margin, spacing)?,
            Function::Shrink(margin) => runs.shrink(margin, spacing)?,
            Function::Shell(margin) => runs.shell(margin, spacing)?,
        })
    }
}

impl<'a> Operands<'a> {
    fn add(&mut self, mask: Cow<'a, Runs>) -> usize {
        self.masks.push(mask);
        self.masks.len() - 1
    }

    fn input(&mut self, input: usize, runs: &'a Runs) -> usize {
        if let Some(place) = self.of_inputs.get(&input) {
            return *place;
        }
        let place = self.add(Cow::Borrowed(runs));
        self.of_inputs.insert(input, place);
        place
    }
}

impl Formula<'_> {
    /// Whether a place belongs to the mask where the operands have these `labels`.
    fn holds(&self, labels: &[u32]) -> bool {
        match self {
            Self::Never => false,
            Self::Mask(place) => labels[*place] != 0,
            Self::Leaf(place, leaf) => leaf.has(labels[*place]),
            Self::Chain(terms) => makes(effect_of(terms, labels)),
            Self::All(formulas) => formulas.iter().all(|formula| formula.holds(labels)),
        }
    }
}

/// What terms of a chain do to a place, as the label of a mask; the background of that is left as it is.
const KEEP: u32 = 0;
const SET: u32 = 1;
const CLEAR: u32 = 2;
const TOGGLE: u32 = 3;

/// What `first` and then `second` do.
fn then(first: u32, second: u32) -> u32 {
    match (first, second) {
        (first, KEEP) => first,
        (KEEP, TOGGLE) => TOGGLE,
        (SET, TOGGLE) => CLEAR,
        (CLEAR, TOGGLE) => SET,
        (_, TOGGLE) => KEEP,
        (_, second) => second,
    }
}

/// Whether there is a voxel afterwards where there was none.
fn makes(effect: u32) -> bool {
    matches!(effect, SET | TOGGLE)
}

fn effect_of(terms: &[(Operator, Formula<'_>)], labels: &[u32]) -> u32 {
    let effects = terms.iter().filter(|(_, formula)| formula.holds(labels));
    effects.fold(KEEP, |all, (operator, _)| {
        let next = match operator {
            Operator::Union => SET,
            Operator::Difference => CLEAR,
            Operator::Exclusive => TOGGLE,
        };
        then(all, next)
    })
}

/// Neighbours of `items` that have [`TOGETHER`] leaves at most, or that are one.
fn together<T>(items: &[T], leaves: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut all = Vec::new();
    let (mut first, mut sum) = (0, 0);
    for (place, item) in items.iter().enumerate() {
        let more = leaves(item);
        if sum + more > TOGETHER && place > first {
            all.push(&items[first..place]);
            (first, sum) = (place, 0);
        }
        sum += more;
    }
    all.push(&items[first..]);
    all
}

fn shapes_differ(source: ShapeMismatch) -> Error {
    Error::MaskShape { name: "an expression".to_owned(), source }
}
