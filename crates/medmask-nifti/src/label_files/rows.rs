//! Label files with one label on each line.

use std::collections::HashSet;
use std::fmt::Write;

use medmask_core::{LabelEntry, LabelMap};

use super::{LabelFileFormat, LabelFileProblem};
use crate::label_table::distinct_colour;

/// What the last column of a colour table says.
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

/// One line's label.
struct Row<'a> {
    label: u32,
    name: &'a str,
    colour: Option<[u8; 4]>,
}

/// Collects rows, each with its line, counted from 1.
fn collect<'a>(
    rows: impl Iterator<Item = (usize, Result<Row<'a>, &'static str>)>,
) -> Result<LabelMap, LabelFileProblem> {
    let mut labels = LabelMap::new();
    for (line, row) in rows {
        let Row { label, name, colour } =
            row.map_err(|reason| LabelFileProblem::Line { line, reason })?;
        if label == 0 {
            continue;
        }
        labels
            .insert(name, label)
            .and_then(|()| labels.set_colour(label, colour))
            .map_err(|source| LabelFileProblem::Label { line, source })?;
    }
    Ok(labels)
}

/// The lines that are neither empty nor comments, counted from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

pub(super) fn parse_itk_snap(text: &str) -> Result<LabelMap, LabelFileProblem> {
    collect(lines(text).map(|(number, line)| (number, itk_snap_row(line))))
}

fn itk_snap_row(line: &str) -> Result<Row<'_>, &'static str> {
    const EXPECTED: &str = "expected IDX R G B A VIS MSH \"NAME\"";
    let (numbers, name) = line.split_once('"').ok_or(EXPECTED)?;
    let name = name.trim_end().strip_suffix('"').ok_or(EXPECTED)?;
    let columns: Vec<&str> = numbers.split_whitespace().collect();
    let [label, red, green, blue, opacity, _visible, _mesh] = columns[..] else {
        return Err(EXPECTED);
    };
    let channel = |text: &str| text.parse::<u8>().map_err(|_| "a colour is 0 to 255");
    let opacity: f64 = opacity.parse().map_err(|_| EXPECTED)?;
    if !(0.0..=1.0).contains(&opacity) {
        return Err("an opacity is 0 to 1");
    }
    let opacity = (opacity * 255.0).round() as u8;
    let colour = [channel(red)?, channel(green)?, channel(blue)?, opacity];
    Ok(Row { label: parse_label(label)?, name, colour: Some(colour) })
}

fn parse_label(text: &str) -> Result<u32, &'static str> {
    text.parse().map_err(|_| "a label is a whole number, 0 to 4294967295")
}

/// Label, name, red, green, blue and alpha, separated by spaces; the name may have spaces, too.
pub(super) fn parse_table(text: &str, alpha: Alpha) -> Result<LabelMap, LabelFileProblem> {
    collect(lines(text).map(|(number, line)| (number, table_row(line, alpha))))
}

fn table_row(line: &str, alpha: Alpha) -> Result<Row<'_>, &'static str> {
    const EXPECTED: &str = "expected LABEL NAME R G B A";
    let (label, mut rest) = line.split_once(char::is_whitespace).ok_or(EXPECTED)?;
    let mut channels = [0; 4];
    for channel in channels.iter_mut().rev() {
        let (before, last) = rest.trim_end().rsplit_once(char::is_whitespace).ok_or(EXPECTED)?;
        *channel = last.parse().map_err(|_| "a colour is 0 to 255")?;
        rest = before;
    }
    channels[3] = alpha.to_and_from_opacity(channels[3]);
    Ok(Row { label: parse_label(label)?, name: rest.trim(), colour: Some(channels) })
}

/// Tab-separated, with a line of column names.
pub(super) fn parse_bids(text: &str) -> Result<LabelMap, LabelFileProblem> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (number, head) = lines.next().unwrap_or((0, ""));
    let columns: Vec<&str> = head.split('\t').map(str::trim).collect();
    let column = |name| columns.iter().position(|column| *column == name);
    let (Some(index), Some(name)) = (column("index"), column("name")) else {
        let reason = "expected the columns index and name, separated by tabs";
        return Err(LabelFileProblem::Line { line: number + 1, reason });
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

fn colour_of(entry: &LabelEntry) -> [u8; 4] {
    entry.colour().unwrap_or_else(|| distinct_colour(entry.label()))
}

pub(super) fn format_itk_snap(labels: &LabelMap) -> Result<String, LabelFileProblem> {
    let mut text = String::from(
        "# ITK-SNAP label description\n\
         # IDX  R  G  B  A(0-1)  visible  in-mesh  \"name\"\n\
         0 0 0 0 0 0 0 \"Clear Label\"\n",
    );
    for entry in labels.entries() {
        let name = entry.name();
        if name.contains('"') {
            let (format, name) = (LabelFileFormat::ItkSnap, name.to_owned());
            return Err(LabelFileProblem::Name { format, name, reason: "it has a quotation mark" });
        }
        let [red, green, blue, alpha] = colour_of(entry);
        let (label, opacity) = (entry.label(), f64::from(alpha) / 255.0);
        // Writing to a string cannot fail.
        let _infallible =
            writeln!(text, "{label} {red} {green} {blue} {opacity:.4} 1 1 \"{name}\"");
    }
    Ok(text)
}

pub(super) fn format_table(
    labels: &LabelMap,
    format: LabelFileFormat,
    alpha: Alpha,
) -> Result<String, LabelFileProblem> {
    let opaque = alpha.to_and_from_opacity(0);
    let mut text = format!("# label name R G B A\n0 Background 0 0 0 {opaque}\n");
    let mut names = HashSet::new();
    for entry in labels.entries() {
        let name = entry.name().split_whitespace().collect::<Vec<_>>().join("_");
        if name.is_empty() || !names.insert(name.clone()) {
            let reason = "without spaces it is empty or equals another name";
            return Err(LabelFileProblem::Name { format, name: entry.name().to_owned(), reason });
        }
        let [red, green, blue, opacity] = colour_of(entry);
        let (label, alpha) = (entry.label(), alpha.to_and_from_opacity(opacity));
        // Writing to a string cannot fail.
        let _infallible = writeln!(text, "{label} {name} {red} {green} {blue} {alpha}");
    }
    Ok(text)
}

pub(super) fn format_bids(labels: &LabelMap) -> String {
    let mut text = String::from("index\tname\tcolor\n");
    for entry in labels.entries() {
        let [red, green, blue, _] = colour_of(entry);
        // Writing to a string cannot fail.
        let _infallible =
            writeln!(text, "{}\t{}\t#{red:02X}{green:02X}{blue:02X}", entry.label(), entry.name());
    }
    text
}
