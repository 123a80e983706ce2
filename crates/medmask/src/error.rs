//! What can go wrong between files and archives.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use medmask_archive::ArchiveError;
use medmask_core::{DistanceError, MarginError, MemoryError, ShapeMismatch, SpaceMismatch, quoted};
use medmask_files::FileError;
use medmask_render::RenderError;

use crate::groups::GroupError;
use crate::point_table::PointsProblem;
use crate::relabel_table::RelabelTableError;
use crate::selection::SelectionError;

/// The result of an operation on files and archives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why files could not be packed or entries not be extracted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The archive, or another file of medmask's own.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// An output that cannot be written, or must not be replaced.
    #[error(transparent)]
    Output(#[from] FileError),
    /// A text that chooses no mask.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// A group that cannot be kept or changed.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// A mask that cannot be grown or shrunk.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// A picture that cannot be drawn.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Two folders of segmentations that belong to no common case.
    #[error("{} and {} have no case in common; cases are called as their folders and files are", first.display(), second.display())]
    NoCommonCase {
        /// The folder of the references.
        first: PathBuf,
        /// The other folder.
        second: PathBuf,
    },
    /// Two masks of which it cannot be told how far they lie apart.
    #[error(transparent)]
    Distance(#[from] DistanceError),
    /// A file of another format. What `source` is depends on the [adapter](crate::adapter::Adapter): of NIfTI files it is a
    /// [`medmask_nifti::Problem`].
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, or with what is asked of it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The operating system could not do what was asked.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// `open`, `read`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file that is of no known format.
    #[error("{}: not a mask file: its name must end in {known}", path.display())]
    NotAMaskFile {
        /// The file.
        path: PathBuf,
        /// How names of mask files end.
        known: String,
    },
    /// A folder without mask files.
    #[error(
        "{}: no mask files ({known}) in this folder{}",
        path.display(),
        if *recursive { " or those inside it" } else { "; folders inside it are not searched" }
    )]
    EmptyFolder {
        /// The folder.
        path: PathBuf,
        /// How names of mask files end.
        known: String,
        /// Whether folders inside it were searched.
        recursive: bool,
    },
    /// A folder with mask files, none of which the patterns choose.
    #[error("{}: none of the mask files in this folder is chosen", path.display())]
    NoneChosen {
        /// The folder.
        path: PathBuf,
    },
    /// A name was given to a file of several masks that have names of their own.
    #[error("{}: it holds {masks} masks with names of their own, and {name} is for one", path.display(), name = quoted(name))]
    NameOfSeveral {
        /// The file.
        path: PathBuf,
        /// The name that was given.
        name: String,
        /// How many masks it holds.
        masks: usize,
    },
    /// A file that holds no mask.
    #[error("{}: holds no masks", path.display())]
    NoMasks {
        /// The file.
        path: PathBuf,
    },
    /// The caller set `stop` in the options. No output is there.
    #[error("stopped before the end")]
    Stopped,
    /// Every input was left out.
    #[error("none of the inputs could be packed")]
    NothingLeft {
        /// The inputs, and why.
        skipped: Vec<(PathBuf, Self)>,
    },
    /// Two masks would get the same name.
    #[error("{} and {} would both become the entry {name}", first.display(), second.display(), name = quoted(name))]
    DuplicateName {
        /// The name.
        name: String,
        /// The first file.
        first: PathBuf,
        /// The second file; the first one where that has the name twice.
        second: PathBuf,
    },
    /// Several masks hold no label but 1, and the table that was given has one name for it.
    #[error(
        "{} and {} hold no label but 1, which the table of labels calls {name} in all of them",
        first.display(), second.display(), name = quoted(name)
    )]
    SameLabelName {
        /// The first file.
        first: PathBuf,
        /// The second file.
        second: PathBuf,
        /// The name.
        name: String,
    },
    /// A file with many labels that nobody names, as an image has.
    #[error(
        "{}: {labels} labels have no names, more than {limit}: this looks like an image, not like a mask",
        path.display()
    )]
    ManyUnnamed {
        /// The file.
        path: PathBuf,
        /// Labels without names.
        labels: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// An entry of the mask's name is in the archive already.
    #[error("{}: {} already has an entry {name}", path.display(), archive.display(), name = quoted(name))]
    EntryExists {
        /// The input.
        path: PathBuf,
        /// The archive.
        archive: PathBuf,
        /// The entry's name.
        name: String,
    },
    /// An input lies in another space than the archive.
    #[error("{}: does not lie in the space of {}{}: {source}", path.display(), reference.display(), shared_by(*sharing))]
    SpaceMismatch {
        /// The input.
        path: PathBuf,
        /// The file that the space is from.
        reference: PathBuf,
        /// How many inputs share that space, where most of them decide; else 0.
        sharing: usize,
        /// Which part differs, and by how many mm.
        source: Box<SpaceMismatch>,
    },
    /// A name that is not Unicode text.
    #[error("{}: the file's name is not valid Unicode; rename the file", path.display())]
    NameNotUnicode {
        /// The file.
        path: PathBuf,
    },
    /// An entry's name gives a file name that file systems refuse.
    #[error("entry {name} cannot be the name of a file: {reason}", name = quoted(name))]
    FileName {
        /// The entry's name.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// Two entries give file names that some file systems take for the same.
    #[error(
        "entries {first} and {second} would become the same file where case and Unicode form of names do not count",
        first = quoted(first),
        second = quoted(second)
    )]
    FileNamesCollide {
        /// The first entry.
        first: String,
        /// The second entry.
        second: String,
    },
    /// The file of an entry has the name of another's in this folder, whose file system takes the two for one.
    #[error("entry {name} would become the same file as another one in this folder", name = quoted(name))]
    FileNameTaken {
        /// The entry that came later.
        name: String,
    },
    /// An output whose name does not say its format.
    #[error("{}: an output's name must end in {known}", path.display())]
    OutputFormat {
        /// The output.
        path: PathBuf,
        /// How names of outputs end.
        known: String,
    },
    /// An ending of file names that is that of no format which is written.
    #[error("no format is written to files that end in {suffix:?}; there are {known}")]
    UnknownSuffix {
        /// The ending.
        suffix: String,
        /// Those that there are.
        known: String,
    },
    /// A file whose header is to be taken over by a file of another format, or that has none which can be.
    #[error("{} has no header that {} could take over", reference.display(), output.display())]
    NoHeader {
        /// The file.
        reference: PathBuf,
        /// The output, or how its name ends.
        output: PathBuf,
    },
    /// Masks of different shapes, where one shape is needed.
    #[error("{}: shape {shape:?} (z, y, x), and the masks before it have {first:?}", path.display())]
    ShapesDiffer {
        /// The file.
        path: PathBuf,
        /// Its voxels along z, y and x.
        shape: [usize; 3],
        /// Those of the first.
        first: [usize; 3],
    },
    /// The voxels of a mask have another shape than its space, or than the masks that it is merged with.
    #[error("{name}: {source}", name = quoted(name))]
    MaskShape {
        /// The mask.
        name: String,
        /// Both shapes.
        source: ShapeMismatch,
    },
    /// A file that holds no image.
    #[error("{}: not an image that can be read: a NIfTI file is", path.display())]
    NotAnImage {
        /// The file.
        path: PathBuf,
    },
    /// An image lies on another grid than the masks beneath which it is to be measured.
    #[error("{}: the image does not lie on the grid of {}: {source}", path.display(), reference.display())]
    ImageSpace {
        /// The image.
        path: PathBuf,
        /// The archive.
        reference: PathBuf,
        /// Which part differs, and by how many mm.
        source: Box<SpaceMismatch>,
    },
    /// An image lies elsewhere than what is drawn over it.
    #[error("{}: the image does not cover what is drawn: masks reach {beyond_mm:.1} mm beyond it", path.display())]
    ImageElsewhere {
        /// The image.
        path: PathBuf,
        /// How far the masks reach beyond its outer faces, mm.
        beyond_mm: f64,
    },
    /// An image would take too much memory on the grid of the masks.
    #[error(
        "a grid of {shape:?} voxels (z, y, x) is too large for an image on it, which may have {most}"
    )]
    LargeGrid {
        /// Of the grid (z, y, x).
        shape: [usize; 3],
        /// Voxels of the largest one.
        most: usize,
    },
    /// A codec gave other voxels than it was given.
    #[error(
        "codec {codec} gave other voxels than those of {name}; this is a defect of medmask, please report it",
        name = quoted(name)
    )]
    NotLossless {
        /// The mask.
        name: String,
        /// The codec.
        codec: String,
    },
    /// A point with a coordinate that is no finite number.
    #[error("point {number} is {} {} {}, and coordinates are finite numbers", point[0], point[1], point[2])]
    NotAPoint {
        /// Which of the points, counted from 1.
        number: usize,
        /// Its coordinates (x, y, z).
        point: [f64; 3],
    },
    /// A line of a file of points that is none.
    #[error("{}, line {line}: {problem}", path.display())]
    Points {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: PointsProblem,
    },
    /// A table of numbers that lacks labels.
    #[error("there is no number for {}", listed(names))]
    NoNumber {
        /// The names that it lacks.
        names: Vec<String>,
    },
    /// A table of new names that cannot be used.
    #[error("{}: {source}", path.display())]
    RelabelTable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<RelabelTableError>,
    },
    /// A new number for an entry that has not exactly one label.
    #[error("the entry {name} has {labels} labels, and a number is for one; name it as entry/label", name = quoted(name))]
    NumberOfSeveral {
        /// The entry.
        name: String,
        /// How many it has.
        labels: usize,
    },
    /// One output for several entries, in a format that holds one mask in a file.
    #[error("{entries} entries cannot go into one file unless they are merged")]
    SeveralEntries {
        /// How many.
        entries: usize,
    },
}

impl Error {
    /// What an [adapter](crate::adapter::Adapter) found wrong with the file `path`. The message need not name the file.
    pub fn file(
        path: impl Into<PathBuf>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::File { path: path.into(), source: source.into() }
    }

    pub(crate) fn no_header(reference: &Path, output: &Path) -> Self {
        Self::NoHeader { reference: reference.to_owned(), output: output.to_owned() }
    }

    /// For `map_err`: an I/O error with what was being done to which file.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// How many share a space, for the text of an error.
fn shared_by(sharing: usize) -> String {
    if sharing > 1 { format!(", which {sharing} of the inputs share") } else { String::new() }
}

/// The first few of `names`.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let mut text = names
        .iter()
        .take(SHOWN)
        .map(|name| quoted(name).to_string())
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

/// For `map_err`: memory that work on the archive at `path` does not get.
pub(crate) fn refused_memory(path: &Path) -> impl FnOnce(MemoryError) -> Error {
    |error| ArchiveError::Format { path: path.to_owned(), entry: None, source: error.into() }.into()
}

/// [`Error::Stopped`] where `stop` is set.
pub(crate) fn check_stop(stop: &AtomicBool) -> Result<()> {
    if stop.load(Ordering::Relaxed) { Err(Error::Stopped) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stay_small() {
        assert!(size_of::<super::Error>() <= 104, "{}", size_of::<super::Error>());
    }
}
