//! What an expression gives: its masks decoded, each once.

use std::collections::BTreeSet;

use medmask_archive::ArchiveError;
use medmask_core::{Bounds, Held, Memory, MemoryError, Runs};

use super::extent::Boxes;
use super::sweep::Sweeps;
use super::tree::{Leaf, Tree};
use crate::Result;
use crate::error::refused_memory;
use crate::masks::Masks;

/// What a run takes while masks are computed: in its own mask, and in what is made of it.
const BYTES_PER_RUN: u64 = 2 * 28;

/// The voxels of `tree` as label 1, on the grid of `archive`.
pub(super) fn evaluate(tree: &Tree, archive: &impl Masks) -> Result<Runs> {
    refuse_background(tree, archive)?;
    let memory = Memory::new(archive.max_memory());
    let mut held = Vec::new();
    let mut inputs = Vec::with_capacity(tree.entries.len());
    for (name, wanted) in tree.entries.iter().zip(wanted(tree, archive)?) {
        let runs = wanted.decode(archive, name)?;
        if let Some(runs) = &runs {
            held.push(hold(&memory, runs).map_err(refused_memory(archive.path()))?);
        }
        inputs.push(runs);
    }
    let runs = Sweeps { inputs: &inputs, space: archive.space() }.runs(&tree.root)?;
    Ok(if runs.max_label() > 1 { runs.relabel(|_| 1) } else { runs })
}

/// Background is no mask. It has no voxels that are stored, so that it would count as empty.
fn refuse_background(tree: &Tree, archive: &impl Masks) -> Result<(), ArchiveError> {
    let mut found = None;
    tree.root.for_each_leaf(&mut |leaf| {
        if leaf.labels.as_ref().is_some_and(|labels| labels.contains(&0)) {
            found = Some(leaf.entry);
        }
    });
    match found {
        Some(entry) => archive.get(&tree.entries[entry])?.label(0).map(drop),
        None => Ok(()),
    }
}

/// Counts what computing with `runs` takes.
fn hold<'m>(memory: &'m Memory, runs: &Runs) -> Result<Held<'m>, MemoryError> {
    memory.hold("the masks of an expression", runs.run_count() as u64 * BYTES_PER_RUN)
}

/// What is wanted of an entry.
#[derive(Clone)]
enum Wanted {
    /// Of these labels, or of none.
    Labels(BTreeSet<u32>),
    All,
}

/// What the expression wants of each of its entries, by their boxes.
fn wanted(tree: &Tree, archive: &impl Masks) -> Result<Vec<Wanted>, ArchiveError> {
    let mut wanted = vec![Wanted::Labels(BTreeSet::new()); tree.entries.len()];
    let mut want = |leaf: &Leaf| match (&mut wanted[leaf.entry], &leaf.labels) {
        (Wanted::Labels(known), Some(more)) => known.extend(more),
        (known, None) => *known = Wanted::All,
        (Wanted::All, _) => {}
    };
    let volume = Bounds::of_shape(archive.space().shape());
    Boxes::of(tree, archive)?.for_each_needed(&tree.root, volume, &mut want);
    Ok(wanted)
}

impl Wanted {
    /// The wanted labels of the entry `name` with their numbers, and perhaps others; `None` where nothing is wanted.
    fn decode(&self, archive: &impl Masks, name: &str) -> Result<Option<Runs>, ArchiveError> {
        let entry = archive.get(name)?;
        let Self::Labels(labels) = self else { return entry.to_runs().map(Some) };
        // Each label is there.
        let narrowed =
            labels.iter().map(|label| entry.label(*label)).collect::<Result<Vec<_>, _>>()?;
        match (&narrowed[..], labels.first()) {
            ([one], Some(label)) => Ok(Some(one.to_runs()?.relabel(|_| *label))),
            ([], _) | (_, None) => Ok(None),
            _ => entry.to_runs().map(Some),
        }
    }
}
