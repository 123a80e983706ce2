//! The names that an archive has, and what a text finds among them.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};
use medmask_archive::{Entry, Label};
use medmask_core::nearest_name;

use super::choice::{Chosen, Selection};
use super::error::SelectionError;
use super::named::Groups;
use super::text::Text;
use crate::masks::Masks;

/// The place of an entry, and the number of its label.
type LabelPlace = (usize, u32);

/// The names of an archive: entries, groups and labels.
pub(super) struct Catalogue<'a> {
    entries: Vec<&'a Entry>,
    by_name: HashMap<&'a str, usize>,
    /// What the archive keeps of itself, in which its groups are.
    metadata: Option<&'a str>,
    groups: OnceCell<Result<Groups, SelectionError>>,
    /// Where the labels of a name are.
    labels: OnceCell<HashMap<Cow<'a, str>, Vec<LabelPlace>>>,
}

/// What one name stands for.
#[derive(Debug)]
pub(super) enum Named {
    Mask(Selection),
    /// The name of a group.
    Group(String),
    Pattern(String),
}

impl<'a> Catalogue<'a> {
    pub fn new(archive: &'a impl Masks) -> Self {
        let entries: Vec<&Entry> = archive.entries().collect();
        let by_name = entries.iter().enumerate().map(|(place, entry)| (entry.name(), place));
        Self {
            by_name: by_name.collect(),
            entries,
            metadata: archive.metadata_text(),
            groups: OnceCell::new(),
            labels: OnceCell::new(),
        }
    }

    /// The names of `archive` with other groups than its own.
    pub fn with_groups(archive: &'a impl Masks, groups: Groups) -> Self {
        Self { groups: OnceCell::from(Ok(groups)), ..Self::new(archive) }
    }

    pub fn entries(&self) -> &[&'a Entry] {
        &self.entries
    }

    fn entry(&self, name: &str) -> Option<&'a Entry> {
        self.by_name.get(name).map(|place| self.entries[*place])
    }

    /// The groups, which are read where a name is no entry's.
    pub fn groups(&self) -> Result<&Groups, SelectionError> {
        let read = self.groups.get_or_init(|| Groups::read(self.metadata));
        read.as_ref().map_err(Clone::clone)
    }

    /// What is called exactly `text`: an entry, or else a group.
    pub fn exactly(&self, text: &str) -> Result<Option<Named>, SelectionError> {
        if let Some(entry) = self.entry(text) {
            return Ok(Some(Named::Mask(Selection::of_entry(entry))));
        }
        let group = self.groups()?.get(text);
        Ok(group.map(|_| Named::Group(text.to_owned())))
    }

    /// The label that is called exactly `name`: `entry/label`, where the entry's name may hold `/` too, or a label of one entry.
    pub fn label_exactly(&self, name: &str) -> Result<Option<Selection>, SelectionError> {
        let parts = name.match_indices('/').map(|(place, _)| (&name[..place], &name[place + 1..]));
        let found = parts.filter_map(|(entry, label)| self.label_of(entry, label)).next();
        found.map_or_else(|| self.label_anywhere(name), |label| Ok(Some(label)))
    }

    /// What the name or pattern `word` stands for.
    pub fn named(&self, word: &str) -> Result<Named, SelectionError> {
        if let Some(found) = self.exactly(word)? {
            return Ok(found);
        }
        match Text::parse(word)? {
            Text::Name(name) => self.there(self.label_exactly(name)?, || name.to_owned()),
            Text::Quoted(name) => match self.exactly(&name)? {
                Some(found) => Ok(found),
                None => self.there(self.label_anywhere(&name)?, || name),
            },
            Text::Parts(entry, label) => {
                self.there(self.label_of(&entry, &label), || format!("{entry}/{label}"))
            }
            Text::Pattern(pattern) => Ok(Named::Pattern(pattern.to_owned())),
        }
    }

    /// The mask that was found, or the error of the name that nothing has.
    fn there(
        &self,
        found: Option<Selection>,
        name: impl FnOnce() -> String,
    ) -> Result<Named, SelectionError> {
        found.map(Named::Mask).ok_or_else(|| self.not_found(&name()))
    }

    /// Where labels are called `name`, ascending.
    fn places(&self, name: &str) -> &[LabelPlace] {
        let labels = self.labels.get_or_init(|| {
            let mut labels: HashMap<_, Vec<_>> = HashMap::new();
            for (place, entry) in self.entries.iter().enumerate() {
                for label in entry.labels() {
                    if let Some(name) = label.name {
                        labels.entry(name).or_default().push((place, label.number));
                    }
                }
            }
            labels
        });
        labels.get(name).map_or(&[], Vec::as_slice)
    }

    fn label_of(&self, entry: &str, label: &str) -> Option<Selection> {
        let place = *self.by_name.get(entry)?;
        let places = self.places(label);
        let found = places.binary_search_by_key(&place, |(place, _)| *place).ok()?;
        Some(of(self.entries[place], label, places[found].1))
    }

    fn label_anywhere(&self, name: &str) -> Result<Option<Selection>, SelectionError> {
        let stored = self.places(name).iter().filter(|(_, number)| *number != 0);
        let found: Vec<&LabelPlace> = stored.collect();
        match found[..] {
            [] => Ok(None),
            [(place, number)] => Ok(Some(of(self.entries[*place], name, *number))),
            _ => {
                let full =
                    |(place, _): &&(usize, u32)| format!("{}/{name}", self.entries[*place].name());
                let candidates = found.iter().map(full).collect();
                Err(SelectionError::Ambiguous { name: name.to_owned(), candidates })
            }
        }
    }

    /// The entries that match a pattern or, where there are none, the labels.
    pub fn matching(&self, pattern: &str) -> Result<Vec<Selection>, SelectionError> {
        let glob = glob(pattern)?;
        let mut chosen: Vec<Selection> = Vec::new();
        for entry in &self.entries {
            if glob.is_match(entry.name()) {
                chosen.push(Selection::of_entry(entry));
            } else if pattern.contains('/') {
                let full = |label: &str| format!("{}/{label}", entry.name());
                let is_match = |label: &Label<'_>| {
                    is_stored(label)
                        && label.name.as_ref().is_some_and(|name| glob.is_match(full(name)))
                };
                let labels = entry.labels().filter(is_match);
                chosen
                    .extend(labels.filter_map(|label| Some(of(entry, &label.name?, label.number))));
            }
        }
        if chosen.is_empty() {
            chosen.extend(self.labels(|label| glob.is_match(label)));
        }
        if chosen.is_empty() {
            return Err(SelectionError::NoMatch { pattern: pattern.to_owned() });
        }
        Ok(chosen)
    }

    fn labels(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Selection> {
        let labels =
            self.entries.iter().flat_map(|entry| entry.labels().map(|label| (*entry, label)));
        let is_wanted = move |(_, label): &(_, Label<'_>)| {
            is_stored(label) && label.name.as_ref().is_some_and(|name| wanted(name))
        };
        labels.filter(is_wanted).filter_map(|(entry, label)| {
            let name = label.name?;
            Some(of(entry, &name, label.number))
        })
    }

    fn not_found(&self, name: &str) -> SelectionError {
        /// Longer names are nobody's, and take long to compare.
        const LONGEST: usize = 4096;
        if self.lacks_blanks(name) {
            return SelectionError::Unspaced { name: name.to_owned() };
        }
        let entries = self.entries.iter().map(|entry| entry.name().to_owned());
        let groups = self.groups().into_iter().flat_map(Groups::iter);
        let groups = groups.map(|(group, _)| group.to_owned());
        let labels = self.entries.iter().flat_map(|entry| {
            let names = entry.labels().filter_map(|label| label.name);
            names.flat_map(|name| [format!("{}/{name}", entry.name()), name.into_owned()])
        });
        let known = if name.len() > LONGEST {
            Vec::new()
        } else {
            entries.chain(groups).chain(labels).collect::<Vec<String>>()
        };
        let nearest = nearest_name(name, known.iter().map(String::as_str)).map(str::to_owned);
        SelectionError::NotFound { name: name.to_owned(), nearest }
    }

    /// Whether `text` looks like an expression whose blanks are missing: a part of it between operators is a name.
    fn lacks_blanks(&self, text: &str) -> bool {
        let is_name = |part: &str| {
            self.by_name.contains_key(part)
                || self.groups().is_ok_and(|groups| groups.get(part).is_some())
                || !self.places(part).is_empty()
        };
        text.contains(['+', '&', '-', '^'])
            && text.split(['+', '&', '-', '^']).any(|part| is_name(part.trim()))
    }
}

/// Whether the label is another than the background, which is chosen by no pattern, and by its full name to be refused.
fn is_stored(label: &Label<'_>) -> bool {
    label.number != 0
}

/// The label `name` of `entry`, which has that number.
fn of(entry: &Entry, name: &str, number: u32) -> Selection {
    Selection {
        mask: Chosen::Label {
            entry: entry.name().to_owned(),
            name: name.to_owned(),
            number,
            alone: entry.labels().len() == 1,
        },
    }
}

fn glob(pattern: &str) -> Result<GlobMatcher, SelectionError> {
    let glob = GlobBuilder::new(pattern).literal_separator(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| SelectionError::Pattern {
        pattern: pattern.to_owned(),
        reason: error.kind().to_string(),
    })
}
