//! Names of labels: version 1.0 lets pass what a [`LabelMap`] does not.

use std::fmt;

use medmask_core::{LabelMap, quoted};
use medmask_format::version1::Mapping;

/// A name of a version 1.0 file that could not be taken over as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelChange {
    /// A name was left out, since its label can be in no voxel, or is background and the name cannot be one.
    LeftOut {
        /// The name.
        name: String,
        /// Its label.
        label: i64,
    },
    /// A second name of one label was left out.
    SecondName {
        /// The name left out.
        name: String,
        /// The label of both.
        label: u32,
    },
    /// A name that is empty or has control characters was replaced.
    Renamed {
        /// The name in the file.
        name: String,
        /// Its label.
        label: u32,
        /// The name made for it.
        made: String,
    },
    /// A label in the voxels that had no name was given one.
    Named {
        /// The label.
        label: u32,
        /// The name made for it.
        made: String,
    },
}

impl fmt::Display for LabelChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut { name, label } => {
                let name = quoted(name);
                write!(f, "name {name} left out: no labelled voxel can have label {label}")
            }
            Self::SecondName { name, label } => {
                write!(f, "name {} left out: label {label} already has a name", quoted(name))
            }
            Self::Renamed { name, label, made } => {
                let (made, name) = (quoted(made), quoted(name));
                write!(f, "label {label} is now named {made}: {name} cannot be a name")
            }
            Self::Named { label, made } => {
                write!(f, "label {label} had no name and is now named {made:?}")
            }
        }
    }
}

/// The names of a file as a [`LabelMap`] in which each label of `present` has a name, and what had to be changed.
pub(super) fn label_map(mapping: &Mapping, present: &[u32]) -> (LabelMap, Vec<LabelChange>) {
    let mut labels = LabelMap::new();
    let mut changes = Vec::new();
    let mut unusable = Vec::new();
    for (name, label) in mapping.iter() {
        let name = name.to_owned();
        match u32::try_from(label) {
            Err(_) => changes.push(LabelChange::LeftOut { name, label }),
            Ok(label) if labels.name(label).is_some() => {
                changes.push(LabelChange::SecondName { name, label });
            }
            Ok(label) => {
                // Names are the keys of an object, so that none is there already.
                if labels.insert(name.as_str(), label).is_err() {
                    unusable.push((name, label));
                }
            }
        }
    }
    // Made names come last, so that they never take a name that the file has.
    for (name, label) in unusable {
        changes.push(match labels.name_unnamed([label]).first() {
            Some(made) => LabelChange::Renamed { name, label, made: made.name().to_owned() },
            // Background does without.
            None => LabelChange::LeftOut { name, label: label.into() },
        });
    }
    for made in labels.name_unnamed(present.iter().copied()) {
        changes.push(LabelChange::Named { label: made.label(), made: made.name().to_owned() });
    }
    (labels, changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_are_changed_and_reported() {
        let mapping = [
            ("background", 0),
            ("liver", 1),
            ("hepar", 1),
            ("ignore", -1),
            ("", 2),
            ("label_3", 9),
            ("left\nlung", 4),
        ]
        .into_iter()
        .collect();
        let (labels, changes) = label_map(&mapping, &[1, 3, 4]);
        let expected = [
            ("background", 0),
            ("liver", 1),
            ("label_3", 9),
            ("label_2", 2),
            ("label_4", 4),
            ("label_3_2", 3),
        ];
        assert_eq!(labels.iter().collect::<Vec<_>>(), expected);
        let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
        let expected = [
            "name \"hepar\" left out: label 1 already has a name",
            "name \"ignore\" left out: no labelled voxel can have label -1",
            "label 2 is now named \"label_2\": \"\" cannot be a name",
            "label 4 is now named \"label_4\": \"left\\nlung\" cannot be a name",
            "label 3 had no name and is now named \"label_3_2\"",
        ];
        assert_eq!(changes, expected);

        let (labels, changes) = label_map(&[("a\0", 0)].into_iter().collect(), &[]);
        assert!(labels.is_empty());
        assert_eq!(changes, [LabelChange::LeftOut { name: "a\0".into(), label: 0 }]);
    }
}
