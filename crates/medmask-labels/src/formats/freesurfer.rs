//! FreeSurfer's look-up table (`FreeSurferColorLUT.txt`, `.lut`).
//!
//! ```text
//! #No. Label Name:                R   G   B   A
//! 0   Unknown                     0   0   0   0
//! 2   Left-Cerebral-White-Matter  245 245 245 0
//! ```

use medmask_core::LabelMap;

use super::colour_table::{self, Alpha};
use super::format::Format;
use crate::error::Problem;
use crate::label_format::LabelFormat;

/// What looks like nothing else is taken for it, and an error then says in which line it is not.
pub(super) const FORMAT: Format =
    Format { extensions: &["lut"], recognises: |_| true, parse, format };

fn parse(text: &str) -> Result<LabelMap, Problem> {
    colour_table::parse(text, Alpha::Transparency)
}

fn format(labels: &LabelMap) -> Result<String, Problem> {
    colour_table::format(labels, LabelFormat::FreeSurfer, Alpha::Transparency)
}
