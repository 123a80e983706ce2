//! Tables of commas: 3D Slicer's (`LabelValue,Name,Color_R,…`), and those that people make, such as `label,name`.
//!
//! ```text
//! LabelValue,Name,Color_R,Color_G,Color_B,Color_A
//! 1,left_kidney,185,102,83,255
//! ```
//!
//! Columns come in any order. Without a line of their names the one of whole numbers holds the labels. A type that Slicer's table codes is
//! taken as the code of a label. Written is Slicer's, without codes.

use medmask_core::LabelMap;

use super::delimited;
use super::format::Format;
use super::writing::{check_trimmed, table};
use crate::error::Problem;
use crate::label_format::LabelFormat;

pub(super) const FORMAT: Format = Format { parse: delimited::parse, format };

fn format(labels: &LabelMap) -> Result<String, Problem> {
    let head = ["LabelValue", "Name", "Color_R", "Color_G", "Color_B", "Color_A"];
    let mut rows = vec![head.map(str::to_owned)];
    for entry in labels.entries() {
        let name = entry.name();
        check_trimmed(name, LabelFormat::Csv)?;
        if name.contains('"') {
            // Slicer's own reader takes none.
            let (format, name) = (LabelFormat::Csv, name.to_owned());
            return Err(Problem::Name { format, name, reason: "it has a quotation mark" });
        }
        let [red, green, blue, alpha] =
            entry.colour_or_distinct().map(|channel| channel.to_string());
        rows.push([entry.label().to_string(), name.to_owned(), red, green, blue, alpha]);
    }
    Ok(table(b',', &rows))
}
