//! Names of labels.

mod colour;
mod error;
mod json;
mod nearest;

pub use colour::distinct_colour;
pub use error::LabelMapError;
pub use nearest::nearest_name;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Name to label and back; both are unique, and the order of insertion is kept.
///
/// Label 0 is background. It mostly has no name and may have one; masks cannot be [given](crate::Mask::add_label) it. Look-ups take the same time however many labels there are.
///
/// ```
/// use medmask_core::LabelMap;
///
/// let mut labels = LabelMap::new();
/// labels.insert("liver", 5)?;
/// labels.insert("spleen", 1)?;
/// assert_eq!(labels.get("liver"), Some(5));
/// assert_eq!(labels.name(1), Some("spleen"));
/// assert_eq!(labels.to_json(), r#"{"liver":5,"spleen":1}"#);
/// assert!(labels.insert("tumour", 5).is_err());
/// # Ok::<(), medmask_core::LabelMapError>(())
/// ```
#[derive(Clone, Default)]
pub struct LabelMap {
    /// By place in the order, which grows and is never given twice.
    entries: BTreeMap<u64, LabelEntry>,
    places_of_names: HashMap<Arc<str>, u64>,
    places_of_labels: HashMap<u32, u64>,
    next_place: u64,
}

/// The maps of a [`LabelMap`] change together.
const KNOWN_PLACE: &str = "every name has an entry";

/// A label with its name and what else is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelEntry {
    name: Arc<str>,
    label: u32,
    colour: Option<[u8; 4]>,
    code: Option<LabelCode>,
}

/// What a label means in a terminology, as DICOM's coded entries say it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LabelCode {
    /// The terminology, such as `SCT` for SNOMED CT.
    pub scheme: String,
    /// The code in it, such as `10200004`.
    pub value: String,
    /// The meaning in words, such as `Liver`.
    pub meaning: String,
}

impl LabelEntry {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The label; 0 is background.
    #[must_use]
    pub fn label(&self) -> u32 {
        self.label
    }

    /// Red, green, blue and opacity, each 0 to 255.
    #[must_use]
    pub fn colour(&self) -> Option<[u8; 4]> {
        self.colour
    }

    /// Whether nothing is known of the label: its name is the one that [`LabelMap::name_unnamed`] makes, and it has neither colour nor
    /// code.
    #[must_use]
    pub fn is_made_up(&self) -> bool {
        self.colour.is_none() && self.code.is_none() && *self.name == *made_name(self.label)
    }

    /// The meaning in a terminology.
    #[must_use]
    pub fn code(&self) -> Option<&LabelCode> {
        self.code.as_ref()
    }
}

/// The name of a label that nobody named.
fn made_name(label: u32) -> String {
    format!("label_{label}")
}

impl LabelMap {
    /// No names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives `label` the name `name`.
    ///
    /// # Errors
    /// Where either is already taken, or the name is empty or has control characters.
    pub fn insert(&mut self, name: impl Into<String>, label: u32) -> Result<(), LabelMapError> {
        let name = name.into();
        self.check_new_name(&name)?;
        if let Some(taken) = self.name(label) {
            return Err(LabelMapError::LabelTaken { label, name: taken.to_owned() });
        }
        self.append(name.into(), label);
        Ok(())
    }

    /// Gives those of `labels` a name that have none: `label_7` for 7, and where that name is taken `label_7_2`,
    /// `label_7_3` and so on. Label 0 gets none. Returns what was added, in the order of `labels`.
    ///
    /// ```
    /// use medmask_core::LabelMap;
    ///
    /// let mut labels = LabelMap::new();
    /// labels.insert("label_7", 1)?;
    /// let made = labels.name_unnamed([0, 1, 7]);
    /// assert_eq!(made.len(), 1);
    /// assert_eq!(labels.name(7), Some("label_7_2"));
    /// # Ok::<(), medmask_core::LabelMapError>(())
    /// ```
    pub fn name_unnamed(&mut self, labels: impl IntoIterator<Item = u32>) -> Vec<LabelEntry> {
        let mut made = Vec::new();
        for label in labels {
            if label == 0 || self.places_of_labels.contains_key(&label) {
                continue;
            }
            let mut name = made_name(label);
            let mut number = 2_u32;
            while self.places_of_names.contains_key(name.as_str()) {
                name = format!("label_{label}_{number}");
                number += 1;
            }
            made.push(self.append(name.into(), label).clone());
        }
        made
    }

    /// Adds a name that is allowed, and neither it nor the label is there yet.
    fn append(&mut self, name: Arc<str>, label: u32) -> &LabelEntry {
        let place = self.next_place;
        self.next_place += 1;
        self.places_of_names.insert(Arc::clone(&name), place);
        self.places_of_labels.insert(label, place);
        let entry = LabelEntry { name, label, colour: None, code: None };
        self.entries.entry(place).or_insert(entry)
    }

    /// Takes the name of background out, for what knows labelled voxels only, and gives it.
    pub fn remove_background(&mut self) -> Option<String> {
        let name = self.name(0)?.to_owned();
        // Known, so that taking it out cannot fail.
        self.remove(&name).ok()?;
        Some(name)
    }

    /// Changes a name; its label and place stay.
    ///
    /// # Errors
    /// Where `name` is unknown, `new_name` stands for another label, is empty, or has control characters.
    #[expect(clippy::expect_used, reason = "names stand for places that have entries")]
    pub fn rename(&mut self, name: &str, new_name: impl Into<String>) -> Result<(), LabelMapError> {
        let new_name = new_name.into();
        let place = self.place(name)?;
        if new_name == name {
            return Ok(());
        }
        self.check_new_name(&new_name)?;
        let new_name: Arc<str> = new_name.into();
        let entry = self.entries.get_mut(&place).expect(KNOWN_PLACE);
        entry.name = Arc::clone(&new_name);
        self.places_of_names.remove(name);
        self.places_of_names.insert(new_name, place);
        Ok(())
    }

    /// Takes a name out and gives its label.
    ///
    /// # Errors
    /// Where the name is unknown.
    #[expect(clippy::expect_used, reason = "names stand for places that have entries")]
    pub fn remove(&mut self, name: &str) -> Result<u32, LabelMapError> {
        let place = self.place(name)?;
        self.places_of_names.remove(name);
        let entry = self.entries.remove(&place).expect(KNOWN_PLACE);
        self.places_of_labels.remove(&entry.label);
        Ok(entry.label)
    }

    /// Sets or clears the colour of a label: red, green, blue and opacity, each 0 to 255.
    ///
    /// # Errors
    /// Where the label has no name.
    pub fn set_colour(&mut self, label: u32, colour: Option<[u8; 4]>) -> Result<(), LabelMapError> {
        self.entry_mut(label)?.colour = colour;
        Ok(())
    }

    /// Sets or clears the terminology code of a label.
    ///
    /// # Errors
    /// Where the label has no name.
    pub fn set_code(&mut self, label: u32, code: Option<LabelCode>) -> Result<(), LabelMapError> {
        self.entry_mut(label)?.code = code;
        Ok(())
    }

    /// The label of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        let place = self.places_of_names.get(name)?;
        self.entries.get(place).map(|entry| entry.label)
    }

    /// The label of `name`.
    ///
    /// # Errors
    /// Where the name is unknown; the error suggests the known name most like it.
    pub fn require(&self, name: &str) -> Result<u32, LabelMapError> {
        self.get(name).ok_or_else(|| self.unknown(name))
    }

    /// The name of `label`.
    #[must_use]
    pub fn name(&self, label: u32) -> Option<&str> {
        self.entry(label).map(LabelEntry::name)
    }

    /// What is known of `label`.
    #[must_use]
    pub fn entry(&self, label: u32) -> Option<&LabelEntry> {
        self.entries.get(self.places_of_labels.get(&label)?)
    }

    /// `label` alone, with its name, colour and code, as the label `number`.
    ///
    /// # Errors
    /// Where the label is not there.
    pub fn only(&self, label: u32, number: u32) -> Result<Self, LabelMapError> {
        let known = self.entry(label).ok_or(LabelMapError::UnknownLabel { label })?;
        let mut only = Self::new();
        only.insert(known.name(), number)?;
        only.set_colour(number, known.colour())?;
        only.set_code(number, known.code().cloned())?;
        Ok(only)
    }

    /// The known name that a person who wrote `name` most probably meant: [`nearest_name`].
    #[must_use]
    pub fn nearest_name(&self, name: &str) -> Option<&str> {
        nearest_name(name, self.iter().map(|(known, _)| known))
    }

    /// Names with their labels, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        self.entries.values().map(|entry| (entry.name(), entry.label))
    }

    /// Everything known of each label, in the order of insertion.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &LabelEntry> {
        self.entries.values()
    }

    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn check_new_name(&self, name: &str) -> Result<(), LabelMapError> {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(LabelMapError::InvalidName { name: name.to_owned() });
        }
        match self.get(name) {
            Some(label) => Err(LabelMapError::NameTaken { name: name.to_owned(), label }),
            None => Ok(()),
        }
    }

    fn place(&self, name: &str) -> Result<u64, LabelMapError> {
        self.places_of_names.get(name).copied().ok_or_else(|| self.unknown(name))
    }

    fn entry_mut(&mut self, label: u32) -> Result<&mut LabelEntry, LabelMapError> {
        self.places_of_labels
            .get(&label)
            .and_then(|place| self.entries.get_mut(place))
            .ok_or(LabelMapError::UnknownLabel { label })
    }

    fn unknown(&self, name: &str) -> LabelMapError {
        let nearest = self.nearest_name(name).map(str::to_owned);
        LabelMapError::UnknownName { name: name.to_owned(), nearest }
    }
}

impl PartialEq for LabelMap {
    fn eq(&self, other: &Self) -> bool {
        self.entries.values().eq(other.entries.values())
    }
}

impl Eq for LabelMap {}

impl std::fmt::Debug for LabelMap {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.entries.values()).finish()
    }
}
