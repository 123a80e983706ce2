//! The formats, one file each, and how the one of a file is found.
//!
//! A new format is a file here with a `FORMAT`, a variant of [`LabelFormat`] with its name, and a line in [`of`] and [`detect`].

mod bids;
mod colour_table;
mod columns;
mod csv_table;
mod dataset;
mod delimited;
mod entries;
mod format;
mod freesurfer;
mod fsl;
mod fsl_atlas;
mod itk_snap;
mod json;
mod line;
mod mrtrix;
mod slicer;
mod values;
mod writing;

use std::path::Path;

use crate::label_format::LabelFormat;
use columns::Table;
use format::Format;
use line::Layout;

/// What is known of `format`.
pub(crate) fn of(format: LabelFormat) -> &'static Format {
    match format {
        LabelFormat::Dataset => &dataset::FORMAT,
        LabelFormat::Json => &json::FORMAT,
        LabelFormat::Bids => &bids::FORMAT,
        LabelFormat::Csv => &csv_table::FORMAT,
        LabelFormat::ItkSnap => &itk_snap::FORMAT,
        LabelFormat::Slicer => &slicer::FORMAT,
        LabelFormat::FreeSurfer => &freesurfer::FORMAT,
        LabelFormat::Mrtrix => &mrtrix::FORMAT,
        LabelFormat::Fsl => &fsl::FORMAT,
        LabelFormat::FslAtlas => &fsl_atlas::FORMAT,
    }
}

/// The format of a file by its text and, where that leaves a choice, the ending of its name.
pub(crate) fn detect(path: &Path, text: &str) -> LabelFormat {
    let start = text.trim_start();
    if start.starts_with(['{', '[']) {
        return if entries::is_dataset(text) { LabelFormat::Dataset } else { LabelFormat::Json };
    }
    if start.starts_with('<') {
        return LabelFormat::FslAtlas;
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    match ending.as_str() {
        "json" => return LabelFormat::Json,
        "xml" => return LabelFormat::FslAtlas,
        "tsv" => return LabelFormat::Bids,
        "csv" => return by_delimiter(text),
        "ctbl" => return LabelFormat::Slicer,
        _ if slicer::is_named(text) => return LabelFormat::Slicer,
        _ if delimited::recognises(text) => return by_delimiter(text),
        _ => {}
    }
    match ending.as_str() {
        _ if itk_snap::recognises(text) => LabelFormat::ItkSnap,
        _ if fsl::recognises(text) => LabelFormat::Fsl,
        "label" if Table::of(text).lines.is_empty() => LabelFormat::ItkSnap,
        _ => of_columns(text),
    }
}

fn by_delimiter(text: &str) -> LabelFormat {
    if delimited::has_tabs(text) { LabelFormat::Bids } else { LabelFormat::Csv }
}

/// Of those with columns between blanks, which are alike but for what their last column says.
fn of_columns(text: &str) -> LabelFormat {
    let table = Table::of(text);
    let layout = table.layout(true);
    match layout {
        Layout::Short | Layout::NameOnly | Layout::NameAndNumbers => return LabelFormat::Mrtrix,
        _ if mrtrix::is_aal(text) => return LabelFormat::Mrtrix,
        _ if mrtrix::is_named(text) => return LabelFormat::Mrtrix,
        Layout::Opaque => return LabelFormat::FreeSurfer,
        Layout::Left | Layout::Right if freesurfer::is_named(text) => {
            return LabelFormat::FreeSurfer;
        }
        Layout::Left | Layout::Right => {}
    }
    // Few labels are transparent. Background is, and tells where neither end of the scale is met more often.
    let count = |alpha: &str, background: bool| {
        let lines = table.lines.iter().filter(|line| (line.label() == 0) == background);
        lines.filter(|line| line.alpha(layout) == Some(alpha)).count()
    };
    let opaque = (count("255", false), count("0", true));
    let transparent = (count("0", false), count("255", true));
    if opaque > transparent { LabelFormat::Mrtrix } else { LabelFormat::FreeSurfer }
}
