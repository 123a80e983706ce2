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
//! | `ribs` | the group `ribs`, where no entry has the name: an expression that the archive keeps (see [`groups`](crate::groups)) |
//! | `a + b` | the voxels of `a` or `b`: union |
//! | `a & b` | those of both: intersection |
//! | `a - b` | those of `a` that are not of `b`: difference |
//! | `a ^ b` | those of one of them: exclusive or |
//! | `largest(x)`, `largest(x, 3)` | the largest part of `x`, or the three largest; voxels hang together over faces, edges and corners |
//! | `min_ml(x, 0.1)` | the parts of `x` of at least 0.1 mL |
//! | `fill(x)` | `x` with its holes filled |
//! | `grow(x, 5)`, `shrink(x, 2)` | `x` with 5 mm more, or 2 mm less, on all sides |
//! | `shell(x, 3)` | the 3 mm around `x`, without `x` |
//!
//! A text that is exactly the name of an entry always means that entry, also where it looks like something else; in `"a"/b` the
//! quotes name the entry `a` where there is an entry `a/b`, too. Patterns have `*`, `?`, `[…]` and `{…}`, and choose in the order
//! of the archive. A pattern alone chooses several masks; in an expression it is their union.
//!
//! Operators stand between blanks, since names hold `-` and `+`. `&` binds closest, the others from the left: `a + b & c - d` is
//! `(a + (b & c)) - d`. An entry of several labels counts as one mask in an expression, and what an expression gives is a mask of
//! one label. In an expression names with blanks, commas or parentheses stand in double quotes.

mod catalogue;
mod choice;
mod error;
mod evaluate;
mod expression;
mod extent;
mod functions;
mod group_names;
mod lexer;
mod named;
mod parts;
mod resolve;
mod sweep;
mod syntax_problem;
mod text;
mod tree;

use std::collections::{HashMap, HashSet};

use catalogue::Catalogue;
pub use choice::Selection;
pub use choice::name_of_label;
pub use error::SelectionError;
pub(crate) use group_names::GroupNames;
pub use named::{GROUPS_KEY, Groups};
pub use parts::{SelectedPart, selected_parts};
pub use syntax_problem::SyntaxProblem;

use crate::masks::Masks;

/// What files of the masks `selections` are called: a label by its own name where no other mask has it, else as
/// [`Selection::name`] says.
pub(crate) fn short_names(selections: &[Selection]) -> Vec<String> {
    let short =
        |one: &Selection| one.label().or(one.entry()).map_or_else(|| one.name(), str::to_owned);
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
pub fn select_one(archive: &impl Masks, text: &str) -> Result<Selection, SelectionError> {
    let catalogue = Catalogue::new(archive);
    if catalogue.entries().is_empty() {
        return Err(SelectionError::NoEntries);
    }
    resolve::choose_one(&catalogue, text)
}

/// The masks that `texts` choose from `archive`, each once, in the order of the texts; without texts all entries.
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
/// let [lower, others] = &select(&archive, &["lower", "lobes - lower"])?[..] else { panic!("two masks") };
/// assert_eq!(lower.name(), "lobes/lower");
/// assert_eq!(lower.to_runs(&archive)?.voxel_count(), 1);
/// assert!(others.to_runs(&archive)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A name that nothing has (with the nearest that something has), a label that several entries have, a pattern that nothing
/// matches or that cannot be read, an expression that cannot be read (with the character), a group that names itself, and no
/// entries at all.
pub fn select(
    archive: &impl Masks,
    texts: &[impl AsRef<str>],
) -> Result<Vec<Selection>, SelectionError> {
    let catalogue = Catalogue::new(archive);
    if catalogue.entries().is_empty() {
        return Err(SelectionError::NoEntries);
    }
    if texts.is_empty() {
        return Ok(catalogue.entries().iter().map(|entry| Selection::of_entry(entry)).collect());
    }
    let mut chosen = Vec::new();
    let mut seen = HashSet::new();
    for text in texts {
        for selection in resolve::choose(&catalogue, text.as_ref())? {
            if seen.insert(selection.clone()) {
                chosen.push(selection);
            }
        }
    }
    Ok(chosen)
}
