//! The formats, one file each, and how the one of a file is found.
//!
//! A new format is a file here with a `FORMAT`, a variant of [`LabelFormat`] with its name, and a line in [`of`].

mod bids;
mod colour_table;
mod dataset;
mod entries;
mod format;
mod freesurfer;
mod itk_snap;
mod json;
mod rows;
mod slicer;

use std::path::Path;

use crate::label_format::LabelFormat;
use format::Format;

/// What is known of `format`.
pub(crate) fn of(format: LabelFormat) -> &'static Format {
    match format {
        LabelFormat::Dataset => &dataset::FORMAT,
        LabelFormat::Json => &json::FORMAT,
        LabelFormat::Bids => &bids::FORMAT,
        LabelFormat::ItkSnap => &itk_snap::FORMAT,
        LabelFormat::Slicer => &slicer::FORMAT,
        LabelFormat::FreeSurfer => &freesurfer::FORMAT,
    }
}

/// The format of a file by the ending of its name and, where that leaves a choice, its text.
pub(crate) fn detect(path: &Path, text: &str) -> LabelFormat {
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_named = |format: &LabelFormat| of(*format).extensions.contains(&ending.as_str());
    let named: Vec<LabelFormat> = LabelFormat::ALL.iter().copied().filter(is_named).collect();
    let candidates = if named.is_empty() { LabelFormat::ALL } else { &named };
    let recognised = candidates.iter().find(|format| (of(**format).recognises)(text));
    #[expect(
        clippy::expect_used,
        reason = "there are formats, and no ending of none of them gets here"
    )]
    *recognised.or(candidates.last()).expect("there is a format")
}
