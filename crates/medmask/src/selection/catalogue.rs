//! The names that an archive has, and what a text finds among them.

use std::collections::HashMap;

use globset::{GlobBuilder, GlobMatcher};
use medmask_archive::{Entry, Label};
use medmask_core::nearest_name;

use super::choice::{Chosen, Selection};
use super::error::SelectionError;
use super::text::Text;

/// The entries of an archive, found by name.
pub(super) struct Catalogue<'a> {
    entries: Vec<&'a Entry>,
    by_name: HashMap<&'a str, &'a Entry>,
}

impl<'a> Catalogue<'a> {
    pub fn new(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let entries: Vec<&Entry> = entries.into_iter().collect();
        let by_name = entries.iter().map(|entry| (entry.name(), *entry)).collect();
        Self { entries, by_name }
    }

    pub fn entries(&self) -> &[&'a Entry] {
        &self.entries
    }

    /// What `text` chooses: one mask, or several for a pattern.
    pub fn choose(&self, text: &str) -> Result<Vec<Selection>, SelectionError> {
        match self.choose_one(text) {
            Err(SelectionError::Several { pattern }) => self.matching(&pattern),
            one => Ok(vec![one?]),
        }
    }

    /// The mask that `text` chooses, which must be no pattern.
    pub fn choose_one(&self, text: &str) -> Result<Selection, SelectionError> {
        if let Some(entry) = self.by_name.get(text) {
            return Ok(Selection::of_entry(entry));
        }
        match Text::parse(text)? {
            Text::Name(name) => self.name(name),
            Text::Quoted(name) => match self.by_name.get(name.as_str()) {
                Some(entry) => Ok(Selection::of_entry(entry)),
                None => self.label_anywhere(&name),
            },
            Text::Parts(entry, label) => {
                let found = self.label_of(&entry, &label);
                found.ok_or_else(|| self.not_found(&format!("{entry}/{label}")))
            }
            Text::Pattern(pattern) => Err(SelectionError::Several { pattern: pattern.to_owned() }),
        }
    }

    /// `entry/label`, where the entry's name may hold `/` too, or a label of one entry.
    fn name(&self, name: &str) -> Result<Selection, SelectionError> {
        let parts = name.match_indices('/').map(|(place, _)| (&name[..place], &name[place + 1..]));
        let found = parts.filter_map(|(entry, label)| self.label_of(entry, label)).next();
        found.map_or_else(|| self.label_anywhere(name), Ok)
    }

    fn label_of(&self, entry: &str, label: &str) -> Option<Selection> {
        let entry = self.by_name.get(entry)?;
        let found = entry.labels().find(|known| known.name.as_deref() == Some(label))?;
        of(entry, &found)
    }

    fn label_anywhere(&self, name: &str) -> Result<Selection, SelectionError> {
        let mut found: Vec<Selection> = self.labels(|label| label == name).collect();
        match found.len() {
            0 => Err(self.not_found(name)),
            1 => Ok(found.remove(0)),
            _ => {
                let full = |chosen: &Selection| format!("{}/{name}", chosen.entry());
                let candidates = found.iter().map(full).collect();
                Err(SelectionError::Ambiguous { name: name.to_owned(), candidates })
            }
        }
    }

    fn matching(&self, pattern: &str) -> Result<Vec<Selection>, SelectionError> {
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
                chosen.extend(labels.filter_map(|label| of(entry, &label)));
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
        labels.filter(is_wanted).filter_map(|(entry, label)| of(entry, &label))
    }

    fn not_found(&self, name: &str) -> SelectionError {
        let entries = self.entries.iter().map(|entry| entry.name().to_owned());
        let labels = self.entries.iter().flat_map(|entry| {
            let names = entry.labels().filter_map(|label| label.name);
            names.flat_map(|name| [format!("{}/{name}", entry.name()), name.into_owned()])
        });
        let known: Vec<String> = entries.chain(labels).collect();
        let nearest = nearest_name(name, known.iter().map(String::as_str)).map(str::to_owned);
        SelectionError::NotFound { name: name.to_owned(), nearest }
    }
}

/// Whether the label is another than the background, which is chosen by no pattern, and by its full name to be refused.
fn is_stored(label: &Label<'_>) -> bool {
    label.number != 0
}

/// A label by its name; `None` for one that has none.
fn of(entry: &Entry, label: &Label<'_>) -> Option<Selection> {
    Some(Selection {
        mask: Chosen::Label {
            entry: entry.name().to_owned(),
            name: label.name.as_ref()?.clone().into_owned(),
            number: label.number,
            alone: entry.labels().len() == 1,
        },
    })
}

fn glob(pattern: &str) -> Result<GlobMatcher, SelectionError> {
    let glob = GlobBuilder::new(pattern).literal_separator(false).build();
    glob.map(|glob| glob.compile_matcher()).map_err(|error| SelectionError::Pattern {
        pattern: pattern.to_owned(),
        reason: error.kind().to_string(),
    })
}
