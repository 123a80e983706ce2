//! What is told of a file that opens although it is damaged.

use std::fmt;

use medmask_format::FormatError;

/// What is wrong with an archive that opens all the same, and which of its states was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Damage<'a> {
    /// What is wrong, and where.
    pub what: &'a FormatError,
    /// Which state was opened.
    pub standing: Standing,
}

/// How the state that was opened was found, and with that whether a writer may go on from it (SPEC.md, "Opening").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// By its slot, and no newer one is known. Where the other slot is damaged, a commit was cut off.
    Newest,
    /// The newest, by its trailer, since its slot is damaged. A writer writes the slot anew.
    SlotLost,
    /// The newest, by its trailer, since the front is damaged. Writers refuse the file.
    FrontLost,
    /// An older one, since the index of the newest is damaged. Writers refuse the file.
    NewerLost,
}

impl fmt::Display for Damage<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let served = match self.standing {
            Standing::Newest => "what was committed before that is whole",
            Standing::SlotLost => "the newest commit is whole, by its copy at the file's end",
            Standing::FrontLost => "the file is read by the copy at its end",
            Standing::NewerLost => "an older state is read, and newer masks are not in it",
        };
        write!(formatter, "{}; {served}", self.what)
    }
}
