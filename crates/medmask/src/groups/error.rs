//! What can be wrong with a group.

use medmask_core::quoted;

/// Why a group cannot be kept or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// No group has that name.
    #[error(
        "there is no group {name}{}",
        nearest.as_ref().map(|near| format!("; did you mean {}?", quoted(near))).unwrap_or_default(),
        name = quoted(name)
    )]
    NotFound {
        /// The name asked for.
        name: String,
        /// The most similar name that exists.
        nearest: Option<String>,
    },
    /// An entry, a label or a group has that name already.
    #[error("{name} is the name of {owner} already", name = quoted(name))]
    Taken {
        /// The name.
        name: String,
        /// `an entry`, `a label` or `a group`.
        owner: &'static str,
    },
    /// A name that would be read as something else.
    #[error("{name} cannot be the name of a group: {reason}", name = quoted(name))]
    Name {
        /// The name.
        name: String,
        /// Why.
        reason: &'static str,
    },
}
