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
mod choice;
mod error;
mod text;

use std::collections::{HashMap, HashSet};

use medmask_archive::Entry;

use catalogue::Catalogue;
pub use choice::Selection;
pub use error::SelectionError;

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

/// The one mask that `text` chooses.
///
/// # Errors
/// As [`select`], and [`SelectionError::Several`] for a pattern, also where it matches one mask: which it matches depends on the
/// archive.
pub fn select_one<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    text: &str,
) -> Result<Selection, SelectionError> {
    let catalogue = Catalogue::new(entries);
    if catalogue.entries().is_empty() {
        return Err(SelectionError::NoEntries);
    }
    catalogue.choose_one(text)
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
