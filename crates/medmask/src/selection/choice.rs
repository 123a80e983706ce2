//! What a text chose.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use medmask_archive::{ArchiveError, Entry, EntryReader};
use medmask_core::{Bounds, Dtype, LabelMap, Memory, Runs, Voxels, shortened};

use super::evaluate::evaluate;
use super::extent::{Boxes, entry_box};
use super::tree::Tree;
use crate::Result;
use crate::error::refused_memory;
use crate::masks::Masks;

/// One mask that a text chose: an entry, one label of an entry, or what an expression gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selection {
    pub(super) mask: Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Chosen {
    Entry { name: String },
    Label { entry: String, name: String, number: u32, alone: bool },
    Computed(Arc<Computed>),
}

/// An expression, or the group whose expression it is.
#[derive(Debug)]
pub(super) struct Computed {
    pub name: String,
    pub tree: Tree,
    pub is_group: bool,
}

// Equal texts are equal masks of the archive that they chose from.
impl PartialEq for Computed {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Computed {}

impl Hash for Computed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Selection {
    /// The whole of `entry`.
    pub(crate) fn of_entry(entry: &Entry) -> Self {
        Self { mask: Chosen::Entry { name: entry.name().to_owned() } }
    }

    pub(super) fn computed(computed: Computed) -> Self {
        Self { mask: Chosen::Computed(Arc::new(computed)) }
    }

    /// What the mask is called: the entry's name where it is the entry or its only label, else `entry/label`; the expression itself,
    /// or the name of the group.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.mask {
            Chosen::Entry { name } => name.clone(),
            Chosen::Label { entry, name, alone, .. } => label_in_full(entry, name, *alone),
            Chosen::Computed(computed) => computed.name.clone(),
        }
    }

    /// The entry that the mask is, or is a label of; `None` for an expression.
    #[must_use]
    pub fn entry(&self) -> Option<&str> {
        match &self.mask {
            Chosen::Entry { name } => Some(name),
            Chosen::Label { entry, .. } => Some(entry),
            Chosen::Computed(_) => None,
        }
    }

    /// The entries that the mask is made of, each once: one, or all that an expression names.
    pub fn entries(&self) -> impl Iterator<Item = &str> {
        let computed = match &self.mask {
            Chosen::Computed(computed) => &computed.tree.entries[..],
            _ => &[],
        };
        self.entry().into_iter().chain(computed.iter().map(String::as_str))
    }

    /// The name of the label; `None` for a whole entry and for an expression.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        match &self.mask {
            Chosen::Label { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The number of the label in the entry's voxels; `None` for a whole entry and for an expression.
    #[must_use]
    pub fn label_number(&self) -> Option<u32> {
        match &self.mask {
            Chosen::Label { number, .. } => Some(*number),
            _ => None,
        }
    }

    /// Whether the mask is computed: an expression or a group.
    #[must_use]
    pub fn is_expression(&self) -> bool {
        matches!(self.mask, Chosen::Computed(_))
    }

    /// Whether the mask is a group of the archive, named as such.
    #[must_use]
    pub fn is_group(&self) -> bool {
        matches!(&self.mask, Chosen::Computed(computed) if computed.is_group)
    }

    /// The mask's stored voxels in `archive`, the one that it was chosen from; `None` for an expression.
    ///
    /// # Errors
    /// Where the archive has no such entry or label.
    pub fn reader<'a, A: Masks>(
        &self,
        archive: &'a A,
    ) -> Result<Option<EntryReader<'a, A::Storage>>, ArchiveError> {
        match &self.mask {
            Chosen::Entry { name } => archive.get(name).map(Some),
            Chosen::Label { entry, number, .. } => archive.get(entry)?.label(*number).map(Some),
            Chosen::Computed(_) => Ok(None),
        }
    }

    /// The mask's voxels in `archive`, the one that it was chosen from, on its grid (z, y, x): of an entry with its own labels, of one
    /// label or an expression as label 1. What an expression needs is decoded once, and only where the boxes of its masks meet.
    ///
    /// # Errors
    /// Where the archive has no such entry or label, damage in one of them, and runs that do not fit into memory or into the archive's
    /// limit of it.
    pub fn to_runs(&self, archive: &impl Masks) -> Result<Runs> {
        match &self.mask {
            Chosen::Computed(computed) => evaluate(&computed.tree, archive),
            Chosen::Entry { name } => Ok(archive.get(name)?.to_runs()?),
            Chosen::Label { entry, number, .. } => {
                Ok(archive.get(entry)?.label(*number)?.to_runs()?)
            }
        }
    }

    /// The mask's dense voxels in `archive` (z, y, x): of an entry in its own type, of one label or an expression as `bool`.
    ///
    /// # Errors
    /// As [`to_runs`](Self::to_runs), and voxels that do not fit into memory or into the archive's limit of it.
    pub fn to_voxels(&self, archive: &impl Masks) -> Result<Voxels> {
        if let Some(reader) = self.reader(archive)? {
            return Ok(reader.to_voxels()?);
        }
        let runs = self.to_runs(archive)?;
        let memory = Memory::new(archive.max_memory());
        let voxels = runs.shape().iter().fold(1_u64, |all, axis| all.saturating_mul(*axis as u64));
        let tried = memory.try_out("the dense voxels", voxels);
        let _tried = tried.map_err(refused_memory(archive.path()))?;
        Ok(runs.to_voxels(Dtype::Bool))
    }

    /// A box (z, y, x) that holds all labelled voxels, from the index of `archive` alone; `None` where none can be labelled. It is tight
    /// for an entry or label, and may be too large for an expression, and for a file of version 1, whose index has no boxes.
    ///
    /// # Errors
    /// Where the archive has no such entry.
    pub fn bounds(&self, archive: &impl Masks) -> Result<Option<Bounds>, ArchiveError> {
        let numbers = |number: &u32| vec![*number];
        match &self.mask {
            Chosen::Entry { name } => entry_box(archive, name, None),
            Chosen::Label { entry, number, .. } => {
                entry_box(archive, entry, Some(&numbers(number)))
            }
            Chosen::Computed(computed) => {
                Ok(Boxes::of(&computed.tree, archive)?.of_node(&computed.tree.root))
            }
        }
    }
}

/// What the label `name` of `entry` is called among all masks, as [`Selection::name`] says.
#[must_use]
pub fn name_of_label(entry: &Entry, name: &str) -> String {
    label_in_full(entry.name(), name, entry.labels().len() == 1)
}

fn label_in_full(entry: &str, name: &str, alone: bool) -> String {
    if alone || entry == name { entry.to_owned() } else { format!("{entry}/{name}") }
}

impl Selection {
    /// The mask's voxels with the numbers that they have in `archive`, also of one label, and the names of those.
    pub(crate) fn in_own_numbers(&self, archive: &impl Masks) -> Result<(Runs, LabelMap)> {
        let runs = self.to_runs(archive)?;
        Ok(match &self.mask {
            Chosen::Label { number, .. } => {
                (runs.relabel(|_| *number), self.labels_in_own_numbers(archive)?)
            }
            Chosen::Computed(_) => (runs, self.labels_in_own_numbers(archive)?),
            Chosen::Entry { name } => archive.get(name)?.to_runs_with_labels()?,
        })
    }

    /// The names of the mask's labels with the numbers that they have in `archive`.
    pub(crate) fn labels_in_own_numbers(
        &self,
        archive: &impl Masks,
    ) -> Result<LabelMap, ArchiveError> {
        let of_mask = |source| ArchiveError::Labels { name: self.name(), source };
        match &self.mask {
            Chosen::Entry { name } => archive.entry(name)?.label_map(),
            Chosen::Label { entry, number, .. } => {
                let labels = archive.entry(entry)?.label_map()?;
                labels.only(*number, *number).map_err(of_mask)
            }
            Chosen::Computed(_) => {
                let mut labels = LabelMap::new();
                labels.insert(self.short_name(), 1).map_err(of_mask)?;
                Ok(labels)
            }
        }
    }

    /// The mask's name as that of an entry or label: a long expression is cut off.
    pub(crate) fn short_name(&self) -> String {
        match &self.mask {
            Chosen::Computed(computed) => shortened(&computed.name).to_string(),
            _ => self.name(),
        }
    }
}
