//! 3D Slicer's colour table (`.ctbl`, `.txt`).
//!
//! ```text
//! # Color table file
//! 0 Background 0 0 0 0
//! 1 tissue 128 174 128 255
//! ```
//!
//! The last column is an opacity: 255 is opaque. Further columns are passed over, as Slicer does.

use super::colour_table;
use super::columns::Table;
use super::format::Format;
use super::line::Alpha;
use crate::error::Problem;
use crate::label_format::LabelFormat;

const HEAD: &str = "# Color table file";
/// What Slicer writes before a continuous scale.
const SCALE: &str = "# Color procedural file";

pub(super) const FORMAT: Format = Format {
    parse: |text| {
        if text.trim_start().starts_with(SCALE) {
            let reason = "a continuous scale of colours, which names no labels";
            return Err(Problem::Line { line: 1, reason });
        }
        let table = Table::of(text);
        table.collect(table.layout(false), Alpha::Opacity)
    },
    format: |labels| colour_table::format(labels, LabelFormat::Slicer, HEAD, Alpha::Opacity),
};

/// Whether the text begins as Slicer's files do.
pub(super) fn is_named(text: &str) -> bool {
    let start = text.trim_start();
    start.starts_with(HEAD) || start.starts_with(SCALE)
}
