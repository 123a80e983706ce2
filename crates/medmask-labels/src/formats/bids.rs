//! The `dseg.tsv` of BIDS: columns between tabs, with a line of their names.
//!
//! ```text
//! index   name          color
//! 1       Gray Matter   #FF53BB
//! 2       White Matter  n/a
//! ```
//!
//! Columns come in any order; `color` may be missing, and others are passed over. It has no opacity.

use std::fmt::Write;

use medmask_core::LabelMap;

use super::format::Format;
use super::rows::{Row, collect, parse_label};
use crate::error::Problem;

pub(super) const FORMAT: Format =
    Format { extensions: &["tsv"], recognises: has_column_index, parse, format };

fn has_column_index(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.split('\t').any(|column| column == "index"))
}

fn parse(text: &str) -> Result<LabelMap, Problem> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (number, head) = lines.next().unwrap_or((0, ""));
    let columns: Vec<&str> = head.split('\t').map(str::trim).collect();
    let column = |name| columns.iter().position(|column| *column == name);
    let (Some(index), Some(name)) = (column("index"), column("name")) else {
        let reason = "expected the columns index and name, separated by tabs";
        return Err(Problem::Line { line: number + 1, reason });
    };
    let color = column("color");
    collect(lines.map(|(number, line)| {
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        let row = || {
            let cell = |place: usize| cells.get(place).copied().ok_or("a column is missing");
            let colour = match color.and_then(|place| cells.get(place)) {
                None | Some(&("n/a" | "")) => None,
                Some(text) => Some(parse_hex(text).ok_or("a color is #RRGGBB")?),
            };
            Ok(Row { label: parse_label(cell(index)?)?, name: cell(name)?, colour })
        };
        (number + 1, row())
    }))
}

fn parse_hex(text: &str) -> Option<[u8; 4]> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue, 255])
}

fn format(labels: &LabelMap) -> Result<String, Problem> {
    let mut text = String::from("index\tname\tcolor\n");
    for entry in labels.entries() {
        let [red, green, blue, _] = entry.colour_or_distinct();
        // Writing to a string cannot fail.
        let _infallible =
            writeln!(text, "{}\t{}\t#{red:02X}{green:02X}{blue:02X}", entry.label(), entry.name());
    }
    Ok(text)
}
