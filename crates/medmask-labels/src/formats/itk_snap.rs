//! ITK-SNAP's label description.
//!
//! ```text
//! # IDX  R  G  B  A(0-1)  visible  in-mesh  "name"
//! 0 0 0 0 0 0 0 "Clear Label"
//! 1 255 0 0 1 1 1 "left kidney"
//! ```

use std::fmt::Write;

use medmask_core::LabelMap;

use super::format::{Format, Parsed};
use super::values::{channel_of_share, is_number, lines, parse_channel, parse_label};
use crate::error::Problem;
use crate::label_format::LabelFormat;
use crate::parsed::{Collector, Row};

pub(super) const FORMAT: Format = Format { parse, format };

const EXPECTED: &str = "expected IDX R G B A VIS MSH \"NAME\"";

/// Whether the first row has seven numbers and then a name.
pub(super) fn recognises(text: &str) -> bool {
    lines(text).next().is_some_and(|(_, line)| columns(line).is_some())
}

/// Seven numbers and a name.
fn columns(line: &str) -> Option<([&str; 7], &str)> {
    let mut rest = line;
    let mut numbers = [""; 7];
    for number in &mut numbers {
        let (column, after) = rest.split_once(char::is_whitespace)?;
        if !is_number(column) {
            return None;
        }
        *number = column;
        rest = after.trim_start();
    }
    let quoted = rest.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
    Some((numbers, quoted.unwrap_or(rest)))
}

fn parse(text: &str) -> Parsed {
    let mut table = Collector::default();
    for (number, line) in lines(text) {
        match row(number, line) {
            Ok(row) => drop(table.add(&row)),
            Err(reason) => table.garbled(number, reason),
        }
    }
    table.finish()
}

fn row(number: usize, line: &str) -> Result<Row<'_>, &'static str> {
    let (numbers, name) = columns(line).ok_or(EXPECTED)?;
    let [label, red, green, blue, opacity, _visible, _mesh] = numbers;
    let colour = || {
        let [red, green, blue] = [red, green, blue].map(parse_channel);
        Some([red?, green?, blue?, channel_of_share(opacity)?])
    };
    Ok(Row { line: Some(number), label: parse_label(label)?, name, colour: colour().into() })
}

fn format(labels: &LabelMap) -> Result<String, Problem> {
    let mut text = String::from(
        "# ITK-SNAP label description\n\
         # IDX  R  G  B  A(0-1)  visible  in-mesh  \"name\"\n",
    );
    if labels.name(0).is_none() {
        text.push_str("0 0 0 0 0 0 0 \"Clear Label\"\n");
    }
    for entry in labels.entries() {
        let name = entry.name();
        if name.contains('"') {
            let (format, name) = (LabelFormat::ItkSnap, name.to_owned());
            return Err(Problem::Name { format, name, reason: "it has a quotation mark" });
        }
        let [red, green, blue, alpha] = entry.colour_or_distinct();
        let (label, opacity) = (entry.label(), f64::from(alpha) / 255.0);
        let shown = u8::from(label != 0);
        // Writing to a string cannot fail.
        let _infallible =
            writeln!(text, "{label} {red} {green} {blue} {opacity:.4} {shown} {shown} \"{name}\"");
    }
    Ok(text)
}
