//! FreeSurfer's look-up table (`FreeSurferColorLUT.txt`, `.lut`).
//!
//! ```text
//! #No. Label Name:                R   G   B   A
//! 0   Unknown                     0   0   0   0
//! 2   Left-Cerebral-White-Matter  245 245 245 0
//! ```
//!
//! The last column is a transparency: 0 is opaque. A seventh one, of FreeSurfer 8, is a type of tissue and passed over.

use super::colour_table;
use super::columns::Table;
use super::format::Format;
use super::line::Alpha;
use super::values::comments_have;
use crate::label_format::LabelFormat;

/// What is written says what its last column is, so that it is recognised.
const HEAD: &str = "# LABEL NAME R G B A, where A is a transparency: 0 is opaque";

pub(super) const FORMAT: Format = Format {
    parse: |text| {
        let table = Table::of(text);
        table.collect(table.layout(false), Alpha::Transparency)
    },
    format: |labels| {
        colour_table::format(labels, LabelFormat::FreeSurfer, HEAD, Alpha::Transparency)
    },
};

/// Whether comments say that it is FreeSurfer's.
pub(super) fn is_named(text: &str) -> bool {
    ["transparency", "FreeSurferColorLUT", "TissueTypeSchema", "ctTType"]
        .iter()
        .any(|word| comments_have(text, word))
}
