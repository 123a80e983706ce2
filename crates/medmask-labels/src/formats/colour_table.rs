//! Writing the tables of columns: label, name, red, green, blue and an alpha, between blanks.

use std::collections::HashSet;
use std::fmt::Write;

use medmask_core::LabelMap;

use super::line::Alpha;
use crate::error::Problem;
use crate::label_format::LabelFormat;

/// The table behind its first line. Blanks in names become `_`, since they separate columns.
pub(super) fn format(
    labels: &LabelMap,
    format: LabelFormat,
    head: &str,
    alpha: Alpha,
) -> Result<String, Problem> {
    let transparent = alpha.to_and_from_opacity(0);
    let mut text = format!("{head}\n");
    if labels.name(0).is_none() {
        text = format!("{text}0 Background 0 0 0 {transparent}\n");
    }
    let mut names = HashSet::new();
    for entry in labels.entries() {
        let refused = |reason| Problem::Name { format, name: entry.name().to_owned(), reason };
        let name = entry.name().split_whitespace().collect::<Vec<_>>().join("_");
        if name.is_empty() || !names.insert(name.clone()) {
            return Err(refused("without spaces it is empty or equals another name"));
        }
        if name.contains('"') {
            return Err(refused("it has a quotation mark"));
        }
        let [red, green, blue, opacity] = entry.colour_or_distinct();
        let (label, alpha) = (entry.label(), alpha.to_and_from_opacity(opacity));
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "{label} {name} {red} {green} {blue} {alpha}");
    }
    Ok(text)
}
