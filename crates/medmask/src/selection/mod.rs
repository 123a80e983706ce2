//! Masks chosen by name: the same texts in the library, the command and Python.
//!
//! | text | what it chooses |
//! |---|---|
//! | `lobes` | the entry `lobes` |
//! | `lobes/upper` | the label `upper` of the entry `lobes`, as a binary mask |
//! | `upper` | that label, where no entry has the name and only one entry has such a label |
//! | `rib_*` | the entries that match or, where there are none, the labels |
//! | `lobes/*`, `*/left_*` | the entries and the labels, written `entry/label`, that match |
//! | `"lobes"/"upper"`, `"a b"` | names in quotes, which hold no pattern; `\"` is a quote, `\\` a backslash |
//!
//! A text that is exactly the name of an entry always means that entry, also where it looks like something else; in `"a"/b` the
//! quotes name the entry `a` where there is an entry `a/b`, too. Patterns have `*`, `?`, `[…]` and `{…}`, and choose in the order
//! of the archive.

mod catalogue;
mod error;
mod text;

use std::collections::{HashMap, HashSet};

use medmask_archive::{AnyArchive, ArchiveError, Entry, EntryReader, ReadAt};
use medmask_core::{LabelMap, Runs};

use catalogue::Catalogue;
pub use error::SelectionError;

/// One mask that a text chose: an entry, or one label of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Selection {
    mask: Chosen,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Chosen {
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

/// What files of the masks `selections` are called: a label by its own name where no other mask has it, else as
/// [`Selection::name`] says.
pub(crate) fn short_names(selections: &[Selection]) -> Vec<String> {
    let short = |one: &Selection| one.label().unwrap_or(one.entry()).to_owned();
    let mut count: HashMap<String, usize> = HashMap::new();
    for one in selections {
        *count.entry(short(one)).or_default() += 1;
    }
    let name = |one: &Selection| match (one.label(), count[&short(one)]) {
        (Some(label), 1) => label.to_owned(),
        _ => one.name(),
    };
    selections.iter().map(name).collect()
}

/// The masks that `texts` choose from `entries`, each once, in the order of the texts; without texts all entries.
///
/// ```
/// use medmask::{ArchiveWriter, LabelMap, Mask, Space, select};
/// use ndarray::Array3;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("case.mska");
/// let mut labels = LabelMap::new();
/// labels.insert("upper", 1)?;
/// labels.insert("lower", 2)?;
/// let mut voxels = Array3::<u8>::zeros([4, 5, 6]);
/// voxels[[1, 2, 3]] = 2;
/// let lobes = Mask::new(voxels, labels, Space::of_shape([4, 5, 6]))?;
/// let mut writer = ArchiveWriter::create(&path, lobes.space(), Default::default())?;
/// writer.add("lobes", &lobes)?;
/// writer.finish()?;
///
/// let archive = medmask::AnyArchive::open(&path)?;
/// let [lower] = &select(archive.entries(), &["lower"])?[..] else { panic!("one mask") };
/// assert_eq!(lower.name(), "lobes/lower");
/// assert_eq!(lower.reader(&archive)?.to_runs()?.voxel_count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A name that nothing has (with the nearest that something has), a label that several entries have, a pattern that nothing
/// matches or that cannot be read, and no entries at all.
pub fn select<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    texts: &[impl AsRef<str>],
) -> Result<Vec<Selection>, SelectionError> {
    let catalogue = Catalogue::new(entries);
    if catalogue.entries().is_empty() {
        return Err(SelectionError::NoEntries);
    }
    if texts.is_empty() {
        return Ok(catalogue.entries().iter().map(|entry| Selection::of_entry(entry)).collect());
    }
    let mut chosen = Vec::new();
    let mut seen = HashSet::new();
    for text in texts {
        for selection in catalogue.choose(text.as_ref())? {
            if seen.insert(selection.clone()) {
                chosen.push(selection);
            }
        }
    }
    Ok(chosen)
}
