//! 3D Slicer's colour table (`.ctbl`).
//!
//! ```text
//! # Color table file
//! 0 Background 0 0 0 0
//! 1 tissue 128 174 128 255
//! ```

use medmask_core::LabelMap;

use super::colour_table::{self, Alpha};
use super::format::Format;
use crate::error::Problem;
use crate::label_format::LabelFormat;

/// Its text looks like FreeSurfer's, so that only a file's name tells it.
pub(super) const FORMAT: Format =
    Format { extensions: &["ctbl"], recognises: |_| false, parse, format };

fn parse(text: &str) -> Result<LabelMap, Problem> {
    colour_table::parse(text, Alpha::Opacity)
}

fn format(labels: &LabelMap) -> Result<String, Problem> {
    colour_table::format(labels, LabelFormat::Slicer, Alpha::Opacity)
}
