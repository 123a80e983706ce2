//! Why names and labels cannot be joined or found.

use medmask_voxel::{quoted, shortened};

/// Why a name and a label cannot be joined, or a name or label was not found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelMapError {
    /// The name already has a label.
    #[error("name {name} already stands for label {label}", name = quoted(name))]
    NameTaken {
        /// The name.
        name: String,
        /// Its label.
        label: u32,
    },
    /// The label already has a name.
    #[error("label {label} already has the name {name}", name = quoted(name))]
    LabelTaken {
        /// The label.
        label: u32,
        /// Its name.
        name: String,
    },
    /// A name is empty or has control characters.
    #[error("{name} cannot be a name: it is empty or has control characters", name = quoted(name))]
    InvalidName {
        /// The name asked for.
        name: String,
    },
    /// No label has the name.
    #[error("no label has the name {name}{}", suggestion(.nearest.as_deref()), name = quoted(name))]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The known name most like it, where one is.
        nearest: Option<String>,
    },
    /// The label has no name.
    #[error("label {label} has no name")]
    UnknownLabel {
        /// The label asked for.
        label: u32,
    },
    /// Text is not the JSON of a label map.
    #[error("not the JSON of label names: {reason}", reason = shortened(reason))]
    Json {
        /// What the parser says.
        reason: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {}?", quoted(name)))
}
