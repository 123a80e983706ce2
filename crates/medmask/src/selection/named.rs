//! Groups: expressions that an archive keeps under a name.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::error::SelectionError;
use crate::masks::Masks;

/// The key of an archive's metadata under which its groups are: an object of names and expressions (SPEC.md, "Metadata of archives").
pub const GROUPS_KEY: &str = "medmask_groups";

/// The groups of an archive, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups(Vec<(String, String)>);

impl Groups {
    /// The groups of `archive`. A file of version 1 has none.
    ///
    /// # Errors
    /// [`SelectionError::Groups`] where something else stands in their place.
    pub fn of(archive: &impl Masks) -> Result<Self, SelectionError> {
        Self::read(archive.metadata_text())
    }

    /// The groups among the metadata of an archive, the text of a JSON object.
    pub(super) fn read(metadata: Option<&str>) -> Result<Self, SelectionError> {
        // All else is skipped: metadata of odd content may take much memory as values.
        let Some(metadata) = metadata.filter(|text| text.contains(GROUPS_KEY)) else {
            return Ok(Self::default());
        };
        let wrong = |reason: String| SelectionError::Groups { reason };
        let keys: BTreeMap<String, &RawValue> =
            serde_json::from_str(metadata).map_err(|error| wrong(error.to_string()))?;
        let Some(groups) = keys.get(GROUPS_KEY) else { return Ok(Self::default()) };
        let groups: Map<String, Value> =
            serde_json::from_str(groups.get()).map_err(|error| wrong(error.to_string()))?;
        let group = |(name, value): (String, Value)| match value {
            Value::String(expression) => Ok((name, expression)),
            _ => Err(wrong(format!("the expression of {name:?} is no text"))),
        };
        groups.into_iter().map(group).collect::<Result<_, _>>().map(Self)
    }

    /// Names and expressions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, expression)| (name.as_str(), expression.as_str()))
    }

    /// The expression of the group `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, expression)| expression)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the group `name` an expression; a new one comes last.
    pub(crate) fn set(&mut self, name: &str, expression: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => expression.clone_into(old),
            None => self.0.push((name.to_owned(), expression.to_owned())),
        }
    }

    /// Takes the group `name` away, and tells whether it was there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != name);
        self.0.len() < before
    }

    /// As the value of [`GROUPS_KEY`].
    pub(crate) fn to_json(&self) -> Value {
        let groups = self.iter().map(|(name, text)| (name.to_owned(), text.into()));
        Value::Object(groups.collect())
    }
}
