//! What a text chose.

use medmask_archive::{AnyArchive, ArchiveError, Entry, EntryReader, ReadAt};
use medmask_core::{LabelMap, Runs};

/// One mask that a text chose: an entry, or one label of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selection {
    pub(super) mask: Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Chosen {
    Entry { name: String },
    Label { entry: String, name: String, number: u32, alone: bool },
}

impl Selection {
    /// The whole of `entry`.
    pub(crate) fn of_entry(entry: &Entry) -> Self {
        Self { mask: Chosen::Entry { name: entry.name().to_owned() } }
    }

    /// What the mask is called: the entry's name where it is the entry or its only label, else `entry/label`.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.mask {
            Chosen::Entry { name } => name.clone(),
            Chosen::Label { entry, name, alone, .. } if *alone || entry == name => entry.clone(),
            Chosen::Label { entry, name, .. } => format!("{entry}/{name}"),
        }
    }

    /// The entry that the mask is, or is a label of.
    #[must_use]
    pub fn entry(&self) -> &str {
        match &self.mask {
            Chosen::Entry { name } => name,
            Chosen::Label { entry, .. } => entry,
        }
    }

    /// The name of the label; `None` for a whole entry.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        match &self.mask {
            Chosen::Entry { .. } => None,
            Chosen::Label { name, .. } => Some(name),
        }
    }

    /// The number of the label in the entry's voxels; `None` for a whole entry.
    #[must_use]
    pub fn label_number(&self) -> Option<u32> {
        match &self.mask {
            Chosen::Entry { .. } => None,
            Chosen::Label { number, .. } => Some(*number),
        }
    }

    /// The mask's voxels in `archive`, the one that it was chosen from.
    ///
    /// # Errors
    /// Where the archive has no such entry or label.
    pub fn reader<'a, S: ReadAt>(
        &self,
        archive: &'a AnyArchive<S>,
    ) -> Result<EntryReader<'a, S>, ArchiveError> {
        match &self.mask {
            Chosen::Entry { name } => archive.get(name),
            Chosen::Label { entry, number, .. } => archive.get(entry)?.label(*number),
        }
    }
}

impl Selection {
    /// The mask's voxels with the numbers that they have in `archive`, also of one label, and the names of those.
    pub(crate) fn in_own_numbers<S: ReadAt>(
        &self,
        archive: &AnyArchive<S>,
    ) -> Result<(Runs, LabelMap), ArchiveError> {
        let (runs, labels) = self.reader(archive)?.to_runs_with_labels()?;
        match &self.mask {
            Chosen::Entry { .. } => Ok((runs, labels)),
            Chosen::Label { number, .. } => {
                Ok((runs.relabel(|_| *number), self.labels_in_own_numbers(archive)?))
            }
        }
    }

    /// The names of the mask's labels with the numbers that they have in `archive`.
    pub(crate) fn labels_in_own_numbers<S: ReadAt>(
        &self,
        archive: &AnyArchive<S>,
    ) -> Result<LabelMap, ArchiveError> {
        let labels = archive.entry(self.entry())?.label_map()?;
        match &self.mask {
            Chosen::Entry { .. } => Ok(labels),
            Chosen::Label { number, .. } => labels
                .only(*number, *number)
                .map_err(|source| ArchiveError::Labels { name: self.entry().to_owned(), source }),
        }
    }
}
