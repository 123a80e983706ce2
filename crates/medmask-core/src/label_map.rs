//! Names of labels.

/// Name to label and back; both are unique, and the order of insertion is kept.
///
/// Label 0 is background and has no name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelMap {
    entries: Vec<(String, u32)>,
}

/// Why a name and a label cannot be joined, or a name or label was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelMapError {
    /// The name already has a label.
    #[error("name {name:?} already stands for label {label}")]
    NameTaken {
        /// The name.
        name: String,
        /// Its label.
        label: u32,
    },
    /// The label already has a name.
    #[error("label {label} already has the name {name:?}")]
    LabelTaken {
        /// The label.
        label: u32,
        /// Its name.
        name: String,
    },
    /// Label 0 is background.
    #[error("label 0 is background and cannot have the name {name:?}")]
    Background {
        /// The name asked for.
        name: String,
    },
    /// A name is empty or has control characters.
    #[error("{name:?} cannot be a name: it is empty or has control characters")]
    InvalidName {
        /// The name asked for.
        name: String,
    },
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
    /// Where either is already taken, the label is 0, or the name is empty or has control characters.
    pub fn insert(&mut self, name: impl Into<String>, label: u32) -> Result<(), LabelMapError> {
        let name = name.into();
        if label == 0 {
            return Err(LabelMapError::Background { name });
        }
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(LabelMapError::InvalidName { name });
        }
        if let Some(label) = self.get(&name) {
            return Err(LabelMapError::NameTaken { name, label });
        }
        if let Some(taken) = self.name(label) {
            return Err(LabelMapError::LabelTaken { label, name: taken.to_owned() });
        }
        self.entries.push((name, label));
        Ok(())
    }

    /// The label of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.entries.iter().find(|(known, _)| known == name).map(|(_, label)| *label)
    }

    /// The name of `label`.
    #[must_use]
    pub fn name(&self, label: u32) -> Option<&str> {
        self.entries.iter().find(|(_, known)| *known == label).map(|(name, _)| name.as_str())
    }

    /// Names with their labels, in the order of insertion.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u32)> {
        self.entries.iter().map(|(name, label)| (name.as_str(), *label))
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
}
