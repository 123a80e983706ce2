//! Which structures of two segmentations belong together.

use std::borrow::Cow;
use std::collections::HashSet;

use medmask_archive::{AnyArchive, Entry, Label};
use medmask_core::{Interpolation, Runs, Space};

use super::case::Case;
use crate::Result;
use crate::selection::{Selection, SelectionError, select};

/// A structure by its name, and where the voxels of each side are.
pub(super) struct Structure {
    pub name: String,
    /// `None` where that side has no such structure.
    pub first: Option<Part>,
    pub second: Option<Part>,
}

/// Where the voxels of a structure are.
#[derive(Clone)]
pub(super) enum Part {
    /// All that an entry has.
    Entry(String),
    /// A label of an entry.
    Label(String, u32),
    /// An expression.
    Computed(Selection),
    /// The entry has no such label, and so no voxels of it.
    Nothing(String),
}

impl Part {
    fn entry(&self) -> Option<&str> {
        match self {
            Self::Entry(entry) | Self::Label(entry, _) | Self::Nothing(entry) => Some(entry),
            Self::Computed(_) => None,
        }
    }

    pub fn is_of_entry_of(&self, other: &Self) -> bool {
        self.entry().is_some() && self.entry() == other.entry()
    }

    /// The voxels of `parts` of one entry, or of one expression, on the archive's grid or brought onto `target`.
    #[expect(clippy::expect_used, reason = "what is decoded lies on the archive's grid")]
    pub fn decode(
        parts: &[&Self],
        archive: &AnyArchive,
        target: Option<(&Space, Interpolation)>,
    ) -> Result<Vec<Runs>> {
        let runs = match parts {
            [Self::Computed(selection), ..] => selection.to_runs(archive)?,
            [one, ..] => archive.get(one.entry().unwrap_or_default())?.to_runs()?,
            [] => return Ok(Vec::new()),
        };
        let runs = match target {
            Some((space, interpolation)) => runs
                .resample(archive.space(), space, interpolation)
                .expect("it lies on the archive's grid"),
            None => runs,
        };
        let shape = runs.shape();
        let mut labels = match parts {
            [Self::Entry(_) | Self::Computed(_)] => return Ok(vec![runs]),
            _ => runs.split(),
        };
        let mut part = |part: &&Self| match part {
            Self::Label(_, number) => labels.remove(number),
            _ => None,
        };
        Ok(parts.iter().map(|one| part(one).unwrap_or_else(|| Runs::empty(shape))).collect())
    }
}

/// The structures that `texts` choose in one of both, each once; without texts all.
pub(super) fn structures(
    first: &Case,
    second: &Case,
    texts: &[impl AsRef<str>],
) -> Result<Vec<Structure>> {
    let sides = Sides { first, second };
    let mut all = Vec::new();
    if texts.is_empty() {
        for entry in sides.entries() {
            all.extend(sides.of_entry(&entry).into_iter().map(|(_, structure)| structure));
        }
        return Ok(all);
    }
    let mut seen = HashSet::new();
    for text in texts {
        for structure in sides.chosen(text.as_ref())? {
            if seen.insert(structure.name.clone()) {
                all.push(structure);
            }
        }
    }
    Ok(all)
}

struct Sides<'a> {
    first: &'a Case,
    second: &'a Case,
}

/// The name of a label, and its number.
type Named = (String, u32);

impl<'a> Sides<'a> {
    /// Whether both are files of one mask, whose names say nothing.
    fn are_files(&self) -> bool {
        self.first.is_file() && self.second.is_file()
    }

    /// The names of all entries, in the order of the first and then of the second; of two files that of the first.
    fn entries(&self) -> Vec<String> {
        let names = |case: &Case| case.archive().names().map(str::to_owned).collect::<Vec<_>>();
        let mut all = names(self.first);
        if !self.are_files() {
            let known: HashSet<String> = all.iter().cloned().collect();
            all.extend(names(self.second).into_iter().filter(|name| !known.contains(name)));
        }
        all
    }

    /// The entries that are called `entry`.
    fn both(&self, entry: &str) -> [Option<&'a Entry>; 2] {
        let second = match self.are_files() {
            true => self.second.archive().entries().next(),
            false => self.second.archive().entry(entry).ok(),
        };
        [self.first.archive().entry(entry).ok(), second]
    }

    /// All structures of the entries that are called `entry`, with the names of their labels.
    fn of_entry(&self, entry: &str) -> Vec<(Option<String>, Structure)> {
        let both = self.both(entry);
        let labels = both.map(|entry| entry.map(labels_of));
        if labels.iter().flatten().all(|labels| labels.len() <= 1) {
            // The name of a file says which scan it is of; that of the label, where it has one, what it is.
            let label = labels.iter().flatten().flatten().next().filter(|_| self.are_files());
            let name = label.map_or(entry, |(name, _)| name).to_owned();
            let [first, second] =
                both.map(|entry| entry.map(|entry| Part::Entry(entry.name().to_owned())));
            return vec![(None, Structure { name, first, second })];
        }
        let labels = with_numbers_for_names(both, labels);
        let mut known = HashSet::new();
        let names = labels.iter().flatten().flatten().map(|(name, _)| name);
        let names = names.filter(|name| known.insert(name.as_str()));
        let structure = |label: &String| {
            let mut sides = both.iter().zip(&labels);
            let mut part =
                || sides.next().and_then(|(entry, labels)| part(label, *entry, labels.as_ref()));
            let (first, second) = (part(), part());
            let name = match self.are_files() || label == entry {
                true => label.clone(),
                false => format!("{entry}/{label}"),
            };
            (Some(label.clone()), Structure { name, first, second })
        };
        names.map(structure).collect()
    }

    /// What `text` chooses in one of both.
    fn chosen(&self, text: &str) -> Result<Vec<Structure>> {
        let [first, second] = [self.first, self.second].map(|case| select(case.archive(), &[text]));
        let (first, second) = match (first, second) {
            (Err(error), Err(other)) => {
                return Err(if is_absence(&error) { other } else { error }.into());
            }
            (first, second) => (present(first)?, present(second)?),
        };
        let entry_of = |selection: &Selection, is_second: bool| {
            let entry = selection.entry()?.to_owned();
            let renamed = is_second && self.are_files();
            Some(if renamed { self.entries().into_iter().next().unwrap_or(entry) } else { entry })
        };
        let mut all: Vec<Structure> = Vec::new();
        let sides =
            first.iter().map(|one| (one, false)).chain(second.iter().map(|one| (one, true)));
        for (selection, is_second) in sides {
            let Some(entry) = entry_of(selection, is_second) else {
                add_computed(&mut all, selection, is_second);
                continue;
            };
            let label = selection.label();
            let wanted = |(name, _): &(Option<String>, Structure)| {
                label.is_none() || name.is_none() || name.as_deref() == label
            };
            all.extend(self.of_entry(&entry).into_iter().filter(wanted).map(|(_, one)| one));
        }
        Ok(all)
    }
}

/// An expression is one structure, though both sides choose it.
fn add_computed(all: &mut Vec<Structure>, selection: &Selection, is_second: bool) {
    let (name, part) = (selection.name(), Some(Part::Computed(selection.clone())));
    match all.iter_mut().find(|known| is_second && known.name == name) {
        Some(known) => known.second = part,
        None if is_second => all.push(Structure { name, first: None, second: part }),
        None => all.push(Structure { name, first: part, second: None }),
    }
}

/// The labels of an entry but for the background; those without a name are called as they would be in an archive of ours.
fn labels_of(entry: &Entry) -> Vec<Named> {
    let labels = entry.labels().filter(|label| label.number != 0);
    let name = |label: Label<'_>| {
        let name = label.name.map_or_else(|| made_up(label.number), Cow::into_owned);
        (name, label.number)
    };
    labels.map(name).collect()
}

/// A label that is alone is called as its entry where nothing names it. Where the other side has several and none of that name, it
/// goes by its number.
fn with_numbers_for_names(
    both: [Option<&Entry>; 2],
    mut labels: [Option<Vec<Named>>; 2],
) -> [Option<Vec<Named>>; 2] {
    for side in 0..2 {
        let Some(entry) = both[side] else { continue };
        let has_name =
            |all: &Option<Vec<Named>>| all.iter().flatten().any(|(name, _)| name == entry.name());
        let other_has = has_name(&labels[1 - side]);
        if let Some([(name, number)]) = labels[side].as_deref_mut()
            && name == entry.name()
            && !other_has
        {
            *name = made_up(*number);
        }
    }
    labels
}

fn made_up(number: u32) -> String {
    format!("label_{number}")
}

/// Where the voxels of `label` are in an entry that has `labels`.
fn part(label: &str, entry: Option<&Entry>, labels: Option<&Vec<Named>>) -> Option<Part> {
    let (entry, labels) = (entry?.name().to_owned(), labels?);
    match labels.iter().find(|(name, _)| name == label) {
        Some((_, number)) => Some(Part::Label(entry, *number)),
        None if is_made_up(label) => Some(Part::Nothing(entry)),
        None => None,
    }
}

/// Whether a label has no name of its own but its number.
fn is_made_up(label: &str) -> bool {
    let number = label.strip_prefix("label_").and_then(|number| number.parse().ok());
    number.is_some_and(|number| made_up(number) == label)
}

fn is_absence(error: &SelectionError) -> bool {
    matches!(
        error.root(),
        SelectionError::NotFound { .. }
            | SelectionError::NoMatch { .. }
            | SelectionError::NoEntries
    )
}

/// What was chosen; nothing where a name is only in the other one.
fn present(chosen: Result<Vec<Selection>, SelectionError>) -> Result<Vec<Selection>> {
    match chosen {
        Err(error) if is_absence(&error) => Ok(Vec::new()),
        chosen => Ok(chosen?),
    }
}
