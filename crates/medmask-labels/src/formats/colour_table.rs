//! Colour tables, which Slicer and FreeSurfer have in common: label, name, red, green, blue and an alpha, between blanks.
//!
//! They differ in what the alpha says.

use std::collections::HashSet;
use std::fmt::Write;

use medmask_core::LabelMap;

use super::rows::{Row, collect, lines, parse_channel, parse_label};
use crate::error::Problem;
use crate::label_format::LabelFormat;

/// What the last column says.
#[derive(Clone, Copy)]
pub(super) enum Alpha {
    /// 255 is opaque.
    Opacity,
    /// 0 is opaque.
    Transparency,
}

impl Alpha {
    fn to_and_from_opacity(self, value: u8) -> u8 {
        match self {
            Self::Opacity => value,
            Self::Transparency => 255 - value,
        }
    }
}

/// The name may have blanks, too.
pub(super) fn parse(text: &str, alpha: Alpha) -> Result<LabelMap, Problem> {
    collect(lines(text).map(|(number, line)| (number, row(line, alpha))))
}

fn row(line: &str, alpha: Alpha) -> Result<Row<'_>, &'static str> {
    const EXPECTED: &str = "expected LABEL NAME R G B A";
    let (label, mut rest) = line.split_once(char::is_whitespace).ok_or(EXPECTED)?;
    let mut channels = [0; 4];
    for channel in channels.iter_mut().rev() {
        let (before, last) = rest.trim_end().rsplit_once(char::is_whitespace).ok_or(EXPECTED)?;
        *channel = parse_channel(last)?;
        rest = before;
    }
    channels[3] = alpha.to_and_from_opacity(channels[3]);
    Ok(Row { label: parse_label(label)?, name: rest.trim(), colour: Some(channels) })
}

/// Blanks in names become `_`, since they separate columns.
pub(super) fn format(
    labels: &LabelMap,
    format: LabelFormat,
    alpha: Alpha,
) -> Result<String, Problem> {
    let transparent = alpha.to_and_from_opacity(0);
    let mut text = String::from("# label name R G B A\n");
    if labels.name(0).is_none() {
        text = format!("{text}0 Background 0 0 0 {transparent}\n");
    }
    let mut names = HashSet::new();
    for entry in labels.entries() {
        let name = entry.name().split_whitespace().collect::<Vec<_>>().join("_");
        if name.is_empty() || !names.insert(name.clone()) {
            let reason = "without spaces it is empty or equals another name";
            return Err(Problem::Name { format, name: entry.name().to_owned(), reason });
        }
        let [red, green, blue, opacity] = entry.colour_or_distinct();
        let (label, alpha) = (entry.label(), alpha.to_and_from_opacity(opacity));
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "{label} {name} {red} {green} {blue} {alpha}");
    }
    Ok(text)
}
