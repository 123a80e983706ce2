//! How `medmask stats` prints what was measured.

use std::path::Path;

use medmask::{MeasuredMask, Space};
use serde_json::{Value, json};

use super::columns;
use super::options::StatsOptions;
use crate::failure::{Failure, Result};
use crate::output;
use crate::table::Table;

/// What was measured of one archive.
pub struct Measured<'a> {
    /// `None` where there is one archive.
    pub subject: Option<&'a str>,
    pub archive: &'a Path,
    pub space: &'a Space,
    pub masks: &'a [MeasuredMask],
}

/// Prints archive after archive, so that memory does not grow with a cohort.
pub struct Printer<'a> {
    form: Form,
    options: &'a StatsOptions,
    several: bool,
    /// How many archives were printed.
    printed: usize,
    /// The rows of all archives, which are laid out together.
    text: Option<Table>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
    Text,
}

impl<'a> Printer<'a> {
    pub fn new(json: bool, csv: bool, options: &'a StatsOptions, several: bool) -> Self {
        let form = match (json, csv) {
            (true, _) => Form::Json,
            (_, true) => Form::Csv,
            _ => Form::Text,
        };
        Self { form, options, several, printed: 0, text: None }
    }

    pub fn add(&mut self, measured: &Measured<'_>) -> Result {
        match self.form {
            Form::Json => {
                let entries = measured.masks.iter();
                let entries: Vec<Value> =
                    entries.map(|mask| columns::json(mask, measured.space, self.options)).collect();
                match measured.subject {
                    None => output::print_json(&json!({"entries": entries})),
                    Some(subject) => self.element(&json!({
                        "subject": subject,
                        "archive": measured.archive.to_string_lossy(),
                        "entries": entries,
                    })),
                }
            }
            Form::Csv => {
                let mut table = Table::new(&columns::csv_headings(self.several, self.options));
                for mask in measured.masks {
                    for mut cells in columns::csv_rows(mask, measured.space, self.options) {
                        if let Some(subject) = measured.subject {
                            let archive = measured.archive.to_string_lossy().into_owned();
                            cells.splice(0..0, [subject.to_owned(), archive]);
                        }
                        table.row(cells);
                    }
                }
                // One line of headings is enough.
                let csv = if self.printed > 0 { table.to_csv_rows() } else { table.to_csv() };
                self.printed += 1;
                output::print(&csv)
            }
            Form::Text => {
                self.add_text(measured);
                Ok(())
            }
        }
    }

    /// An archive that could not be measured: in JSON an element with the reason.
    pub fn add_failed(&mut self, subject: &str, archive: &Path, failure: &Failure) -> Result {
        if self.form != Form::Json {
            return Ok(());
        }
        self.element(&json!({
            "subject": subject,
            "archive": archive.to_string_lossy(),
            "error": failure.to_string(),
        }))
    }

    pub fn finish(self) -> Result {
        match self.form {
            Form::Json if self.several => output::print("\n]}\n"),
            Form::Text => {
                let empty = || Table::new(&columns::text_headings(self.several, self.options));
                let mut table = self.text.unwrap_or_else(empty);
                table.drop_repetition("ENTRY", "LABEL");
                output::print(&table.to_text())
            }
            _ => Ok(()),
        }
    }

    fn element(&mut self, value: &Value) -> Result {
        let before = if self.printed == 0 { "{\"archives\":[\n" } else { ",\n" };
        self.printed += 1;
        output::print(&format!("{before}{value}"))
    }

    fn add_text(&mut self, measured: &Measured<'_>) {
        let (several, options) = (self.several, self.options);
        let headings = || Table::new(&columns::text_headings(several, options));
        let table = self.text.get_or_insert_with(headings);
        for mask in measured.masks {
            for mut cells in columns::text_rows(mask, measured.space, options) {
                cells.splice(0..0, measured.subject.map(str::to_owned));
                table.row(cells);
            }
        }
    }
}
