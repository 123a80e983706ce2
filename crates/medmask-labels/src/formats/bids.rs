//! The `dseg.tsv` of BIDS: columns between tabs, with a line of their names.
//!
//! ```text
//! index   name          color
//! 1       Gray Matter   #FF53BB
//! 2       White Matter  n/a
//! ```
//!
//! Columns come in any order; `color` may be missing, and others are passed over. It has no opacity.

use medmask_core::LabelMap;

use super::delimited;
use super::format::Format;
use super::writing::{check_trimmed, table};
use crate::error::Problem;
use crate::label_format::LabelFormat;

pub(super) const FORMAT: Format = Format { parse: delimited::parse, format };

fn format(labels: &LabelMap) -> Result<String, Problem> {
    let mut rows = vec![["index", "name", "color"].map(str::to_owned)];
    for entry in labels.entries() {
        check_trimmed(entry.name(), LabelFormat::Bids)?;
        let [red, green, blue, _] = entry.colour_or_distinct();
        let colour = format!("#{red:02X}{green:02X}{blue:02X}");
        rows.push([entry.label().to_string(), entry.name().to_owned(), colour]);
    }
    Ok(table(b'\t', &rows))
}
