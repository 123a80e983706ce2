//! ITK-SNAP's label description.
//!
//! ```text
//! # IDX  R  G  B  A(0-1)  visible  in-mesh  "name"
//! 0 0 0 0 0 0 0 "Clear Label"
//! 1 255 0 0 1 1 1 "left kidney"
//! ```

use std::fmt::Write;

use medmask_core::LabelMap;

use super::format::Format;
use super::rows::{Row, collect, lines, parse_channel, parse_label};
use crate::error::Problem;
use crate::label_format::LabelFormat;

pub(super) const FORMAT: Format =
    Format { extensions: &["label"], recognises: has_quotes, parse, format };

fn has_quotes(text: &str) -> bool {
    text.lines().any(|line| !line.starts_with('#') && line.contains('"'))
}

fn parse(text: &str) -> Result<LabelMap, Problem> {
    collect(lines(text).map(|(number, line)| (number, row(line))))
}

fn row(line: &str) -> Result<Row<'_>, &'static str> {
    const EXPECTED: &str = "expected IDX R G B A VIS MSH \"NAME\"";
    let (numbers, name) = line.split_once('"').ok_or(EXPECTED)?;
    let name = name.trim_end().strip_suffix('"').ok_or(EXPECTED)?;
    let columns: Vec<&str> = numbers.split_whitespace().collect();
    let [label, red, green, blue, opacity, _visible, _mesh] = columns[..] else {
        return Err(EXPECTED);
    };
    let opacity: f64 = opacity.parse().map_err(|_| EXPECTED)?;
    if !(0.0..=1.0).contains(&opacity) {
        return Err("an opacity is 0 to 1");
    }
    let opacity = (opacity * 255.0).round() as u8;
    let colour = [parse_channel(red)?, parse_channel(green)?, parse_channel(blue)?, opacity];
    Ok(Row { label: parse_label(label)?, name, colour: Some(colour) })
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
