//! What tables of tabs, commas or semicolons have in common: the columns, found by their names or by what stands in them.

use csv::{ReaderBuilder, StringRecord, Trim};
use medmask_core::LabelCode;

use super::format::Parsed;
use super::values::{is_number, lines, parse_channel, parse_hex, parse_label};
use crate::error::Problem;
use crate::parsed::{Collector, Colour, Row};

/// Names of the column with the labels, in the order of their weight. `label` may also be that of the names.
const LABELS: [&str; 11] = [
    "index",
    "labelvalue",
    "label_value",
    "label_id",
    "labelid",
    "roi_value",
    "id",
    "value",
    "number",
    "key",
    "label",
];
const NAMES: [&str; 11] = [
    "name",
    "label_name",
    "labelname",
    "roi_name",
    "region_name",
    "structure_name",
    "region",
    "structure",
    "roi",
    "description",
    "label",
];

/// Which columns hold what.
#[derive(Default)]
struct Columns {
    label: usize,
    name: usize,
    /// `#RRGGBB`.
    hex: Option<usize>,
    /// Red, green and blue, and maybe opacity, each 0 to 255.
    channels: Option<([usize; 3], Option<usize>)>,
    /// Scheme, value and meaning of a code.
    code: Option<[usize; 3]>,
}

/// Whether a text has columns of labels and names: it names them, or all rows are a number and a name.
pub(super) fn recognises(text: &str) -> bool {
    let head = lines(text).next().map_or("", |(_, line)| line);
    if !head.contains(['\t', ',', ';']) {
        return false;
    }
    let records = records(text, delimiter(text));
    records.first().is_some_and(|(_, head)| {
        Columns::named(head).is_some()
            || delimiter(text) != b'\t' && Columns::unnamed(&records).is_some()
    })
}

/// Whether the columns lie between tabs.
pub(super) fn has_tabs(text: &str) -> bool {
    delimiter(text) == b'\t'
}

/// Of the first line that is no comment.
fn delimiter(text: &str) -> u8 {
    let head = lines(text).next().map_or("", |(_, line)| line);
    let count = |separator: char| head.matches(separator).count();
    match head {
        _ if count('\t') > 0 => b'\t',
        _ if count(';') > count(',') => b';',
        _ => b',',
    }
}

/// Records with their lines. Quotes count where a cell starts with one, as all programs write them.
fn records(text: &str, delimiter: u8) -> Vec<(usize, StringRecord)> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let line = |record: &StringRecord| record.position().map_or(0, |place| place.line() as usize);
    // Text in memory is always read, and valid UTF-8.
    let records = reader.records().filter_map(Result::ok);
    records
        .map(|record| (line(&record), record))
        .filter(|(_, record)| record.iter().any(|cell| !cell.is_empty()) && !is_comment(record))
        .collect()
}

/// A line of the columns' names may begin as a comment.
fn is_comment(record: &StringRecord) -> bool {
    record.get(0).is_some_and(|cell| cell.starts_with('#')) && Columns::named(record).is_none()
}

pub(super) fn parse(text: &str) -> Parsed {
    let delimiter = delimiter(text);
    let records = records(text, delimiter);
    let Some((line, head)) = records.first() else { return Collector::default().finish() };
    let (columns, rows) = match Columns::named(head) {
        Some(columns) => (columns, &records[1..]),
        None => Columns::unnamed(&records).ok_or_else(|| no_columns(*line, delimiter))?,
    };
    let mut table = Collector::default();
    for (line, record) in rows {
        match columns.row(*line, record) {
            Ok(row) => {
                if table.add(&row)
                    && let Some(code) = columns.code(record)
                {
                    table.set_code(row.label, code);
                }
            }
            Err(reason) => table.garbled(*line, reason),
        }
    }
    table.finish()
}

/// `Label Value` and `#label_value` are one.
fn column_name(cell: &str) -> String {
    cell.trim_start_matches('#').trim().to_lowercase().replace([' ', '-'], "_")
}

fn no_columns(line: usize, delimiter: u8) -> Problem {
    let reason = match delimiter {
        b'\t' => "expected the columns index and name, separated by tabs",
        _ => "expected columns of labels and names, separated by tabs or commas",
    };
    Problem::Line { line, reason }
}

impl Columns {
    /// By the names of the columns.
    fn named(head: &StringRecord) -> Option<Self> {
        let names: Vec<String> = head.iter().map(column_name).collect();
        let find = |name: &str| names.iter().position(|known| known == name);
        let name = NAMES.iter().find_map(|known| find(known))?;
        let label = LABELS.iter().filter_map(|known| find(known)).find(|place| *place != name)?;
        let channel = |long: &str, short: &str| find(long).or_else(|| find(short));
        let rgb = [("color_r", "red", "r"), ("color_g", "green", "g"), ("color_b", "blue", "b")]
            .map(|(slicer, long, short)| find(slicer).or_else(|| channel(long, short)));
        let alpha = find("color_a").or_else(|| channel("alpha", "a"));
        let channels = match rgb {
            [Some(red), Some(green), Some(blue)] => Some(([red, green, blue], alpha)),
            _ => None,
        };
        let code = match ["scheme", "value", "meaning"].map(|part| {
            find(&format!("type_code{part}")).or_else(|| find(&format!("type_coding{part}")))
        }) {
            [Some(scheme), Some(value), Some(meaning)] => Some([scheme, value, meaning]),
            _ => None,
        };
        let hex = find("color").or_else(|| find("colour"));
        Some(Self { label, name, hex, channels, code })
    }

    /// By what stands in them, behind a line of other names for the columns or from the first line on; and the rows.
    fn unnamed(records: &[(usize, StringRecord)]) -> Option<(Self, &[(usize, StringRecord)])> {
        [records, records.get(1..)?].into_iter().find_map(|rows| Some((Self::of_rows(rows)?, rows)))
    }

    /// Of rows without names of columns: one that holds labels alone, and one with other text.
    fn of_rows(records: &[(usize, StringRecord)]) -> Option<Self> {
        let all = |place: usize, holds: fn(&str) -> bool| {
            records.iter().all(|(_, record)| record.get(place).is_some_and(holds))
        };
        if records.is_empty() {
            return None;
        }
        let label = (0..2).find(|place| all(*place, |cell| parse_label(cell).is_ok()))?;
        let name = (0..2).find(|place| all(*place, |cell| !cell.is_empty() && !is_number(cell)))?;
        let rgb = all(2, is_number) && all(3, is_number) && all(4, is_number);
        let alpha = all(5, is_number).then_some(5);
        Some(Self { label, name, channels: rgb.then_some(([2, 3, 4], alpha)), ..Self::default() })
    }

    fn row<'a>(&self, line: usize, record: &'a StringRecord) -> Result<Row<'a>, &'static str> {
        let cell = |place: usize| record.get(place).ok_or("a column is missing");
        let label = parse_label(cell(self.label)?)?;
        let name = match cell(self.name)? {
            "n/a" | "" => {
                self.code.and_then(|[_, _, meaning]| record.get(meaning)).unwrap_or_default()
            }
            name => name,
        };
        Ok(Row { line: Some(line), label, name, colour: self.colour(record) })
    }

    fn colour(&self, record: &StringRecord) -> Colour {
        let cell = |place: usize| record.get(place).filter(|cell| !matches!(*cell, "n/a" | ""));
        if let Some(text) = self.hex.and_then(cell) {
            return parse_hex(text).into();
        }
        let Some((rgb, alpha)) = self.channels else { return Colour::None };
        let [Some(red), Some(green), Some(blue)] = rgb.map(cell) else { return Colour::None };
        let channels = || {
            let [red, green, blue] = [red, green, blue].map(parse_channel);
            let alpha = alpha.and_then(cell).map_or(Some(255), parse_channel);
            Some([red?, green?, blue?, alpha?])
        };
        channels().into()
    }

    fn code(&self, record: &StringRecord) -> Option<LabelCode> {
        let [scheme, value, meaning] =
            self.code?.map(|place| record.get(place).unwrap_or_default().to_owned());
        (!scheme.is_empty() && !value.is_empty()).then_some(LabelCode { scheme, value, meaning })
    }
}
