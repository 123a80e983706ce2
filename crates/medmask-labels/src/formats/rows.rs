//! What formats share that have one label on each line.

use medmask_core::LabelMap;

use crate::error::Problem;

/// One line's label.
pub(super) struct Row<'a> {
    pub label: u32,
    pub name: &'a str,
    /// Red, green, blue and opacity, each 0 to 255.
    pub colour: Option<[u8; 4]>,
}

/// Collects rows, each with its line, counted from 1. Label 0 is background and left out.
pub(super) fn collect<'a>(
    rows: impl Iterator<Item = (usize, Result<Row<'a>, &'static str>)>,
) -> Result<LabelMap, Problem> {
    let mut labels = LabelMap::new();
    for (line, row) in rows {
        let Row { label, name, colour } = row.map_err(|reason| Problem::Line { line, reason })?;
        if label == 0 {
            continue;
        }
        labels
            .insert(name, label)
            .and_then(|()| labels.set_colour(label, colour))
            .map_err(|source| Problem::Label { line, source })?;
    }
    Ok(labels)
}

/// The lines that are neither empty nor comments, trimmed, counted from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

pub(super) fn parse_label(text: &str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| "a label is a whole number, 0 to 4294967295")
}

/// Red, green, blue or an alpha.
pub(super) fn parse_channel(text: &str) -> Result<u8, &'static str> {
    text.parse().map_err(|_| "a colour is 0 to 255")
}
