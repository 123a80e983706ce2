//! Groups: expressions that an archive keeps under a name, among its metadata. They cost no voxels.
//!
//! ```
//! use medmask::{ArchiveWriter, LabelMap, Mask, Space, groups, select_one};
//! use ndarray::Array3;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("case.mska");
//! let mut labels = LabelMap::new();
//! labels.insert("rib", 1)?;
//! let mut writer = ArchiveWriter::create(&path, &Space::of_shape([4, 5, 6]), Default::default())?;
//! for (name, place) in [("rib_left_1", [1, 2, 3]), ("rib_right_1", [1, 2, 5])] {
//!     let mut voxels = Array3::<u8>::zeros([4, 5, 6]);
//!     voxels[place] = 1;
//!     writer.add(name, &Mask::new(voxels, labels.clone(), Space::of_shape([4, 5, 6]))?)?;
//! }
//! groups::set(&mut writer, "ribs", "rib_left_* + rib_right_*")?;
//! writer.finish()?;
//!
//! let archive = medmask::AnyArchive::open(&path)?;
//! assert_eq!(select_one(&archive, "ribs")?.to_runs(&archive)?.voxel_count(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;

use medmask_archive::{Archive, ArchiveWriter, Entry, ReadAt};
use medmask_core::nearest_name;

use crate::Result;
use crate::masks::Masks;
use crate::selection::{GroupNames, Selection, SelectionError};

pub use crate::selection::{GROUPS_KEY, Groups};
pub use error::GroupError;

/// A group, and what its expression chooses now.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its expression.
    pub expression: String,
    /// The mask, or what is missing.
    pub mask: Result<Selection, SelectionError>,
    /// Whether an entry of this name was added later, which then is what the name means.
    pub is_hidden: bool,
}

/// The groups of `archive`, with what they choose.
///
/// # Errors
/// [`SelectionError::Groups`] where something else stands in their place.
pub fn resolved(archive: &impl Masks) -> Result<Vec<Group>, SelectionError> {
    let groups = Groups::of(archive)?;
    let names = GroupNames::new(archive, groups.clone());
    let group = |(name, expression): (&str, &str)| Group {
        name: name.to_owned(),
        expression: expression.to_owned(),
        mask: names.mask(name),
        is_hidden: archive.entry(name).is_ok(),
    };
    Ok(groups.iter().map(group).collect())
}

/// Keeps `expression` as the group `name`, in place of the one that has the name. It counts with the writer's next commit.
///
/// # Errors
/// A name that an entry or a label has, or that would be read as something else; an expression that cannot be read, that names what the
/// archive has not, or that needs the group itself; and metadata of the archive that cannot be held.
pub fn set(writer: &mut ArchiveWriter, name: &str, expression: &str) -> Result<()> {
    let mut groups = Groups::of(writer.archive())?;
    check_name(writer.archive(), name)?;
    groups.set(name, expression.trim());
    GroupNames::new(writer.archive(), groups.clone()).mask(name)?;
    keep(writer, &groups)
}

/// Takes the group `name` away, from the writer's next commit on. Groups that name it are left as they are.
///
/// # Errors
/// [`GroupError::NotFound`], and metadata of the archive that cannot be held.
pub fn remove(writer: &mut ArchiveWriter, name: &str) -> Result<()> {
    let mut groups = Groups::of(writer.archive())?;
    if !groups.remove(name) {
        return Err(not_found(&groups, name).into());
    }
    keep(writer, &groups)
}

/// The error of a group that is not among `groups`.
#[must_use]
pub fn not_found(groups: &Groups, name: &str) -> GroupError {
    let nearest = nearest_name(name, groups.iter().map(|(known, _)| known));
    GroupError::NotFound { name: name.to_owned(), nearest: nearest.map(str::to_owned) }
}

/// What the new name of an entry has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Renamed {
    /// The groups whose expressions name the entry, which they now do by its new name.
    pub rewritten: Vec<String>,
    /// The groups that had the entry through a pattern, and now have not.
    pub lost: Vec<String>,
}

/// Gives the entry `old` the name `new`, as [`ArchiveWriter::rename`], also in the groups that name it.
///
/// # Errors
/// As [`ArchiveWriter::rename`]; [`GroupError::Taken`] where `new` is a group.
pub fn rename(writer: &mut ArchiveWriter, old: &str, new: &str) -> Result<Renamed> {
    let mut groups = Groups::of(writer.archive())?;
    if groups.get(new).is_some() {
        return Err(GroupError::Taken { name: new.to_owned(), owner: "a group" }.into());
    }
    let mut renamed = Renamed::default();
    let names = GroupNames::new(writer.archive(), groups.clone());
    let with_old = having(&names, &groups, old);
    let texts = groups.iter().map(|(name, text)| (name.to_owned(), names.renamed(text, old, new)));
    let texts: Vec<(String, Option<String>)> = texts.collect();
    writer.rename(old, new)?;
    for (name, text) in texts {
        if let Some(text) = text {
            groups.set(&name, &text);
            renamed.rewritten.push(name);
        }
    }
    if !renamed.rewritten.is_empty() {
        keep(writer, &groups)?;
    }
    let with_new = having(&GroupNames::new(writer.archive(), groups.clone()), &groups, new);
    renamed.lost = with_old.into_iter().filter(|group| !with_new.contains(group)).collect();
    Ok(renamed)
}

/// The groups whose masks are made of the entry among others.
fn having(names: &GroupNames<'_>, groups: &Groups, entry: &str) -> Vec<String> {
    let has = |group: &str| {
        names.mask(group).is_ok_and(|mask| mask.entries().any(|known| known == entry))
    };
    let groups = groups.iter().map(|(name, _)| name.to_owned());
    groups.filter(|group| has(group)).collect()
}

fn check_name<S: ReadAt>(archive: &Archive<S>, name: &str) -> Result<(), GroupError> {
    let owned = || name.to_owned();
    if let Some(reason) = GroupNames::unfit(name) {
        return Err(GroupError::Name { name: owned(), reason });
    }
    if archive.entry(name).is_ok() {
        return Err(GroupError::Taken { name: owned(), owner: "an entry" });
    }
    let mut labels = archive.entries().flat_map(Entry::labels);
    if labels.any(|label| label.name.as_deref() == Some(name)) {
        return Err(GroupError::Taken { name: owned(), owner: "a label" });
    }
    Ok(())
}

/// Puts `groups` into the metadata of the archive.
fn keep(writer: &mut ArchiveWriter, groups: &Groups) -> Result<()> {
    let mut metadata = writer.archive().metadata()?;
    if groups.is_empty() {
        metadata.shift_remove(GROUPS_KEY);
    } else {
        metadata.insert(GROUPS_KEY.to_owned(), groups.to_json());
    }
    Ok(writer.set_metadata(&metadata)?)
}
