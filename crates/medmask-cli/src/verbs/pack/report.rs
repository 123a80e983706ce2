//! How the result of packing is printed.

use std::path::{Path, PathBuf};

use medmask::PackReport;
use medmask::input::LeftOut;
use serde_json::{Value, json};

use super::label_table::LabelTable;
use crate::failure::text_of;
use crate::output::{self, plural};

/// Remarks on the inputs; one that holds for many is printed once.
pub fn print_notes(report: &PackReport, tolerance_mm: f64) {
    output::notes(&report.notes);
    if report.geometries > 1 {
        output::note(format!(
            "{} geometries, up to {:.3} mm apart, within tolerance {tolerance_mm} mm",
            report.geometries, report.largest_distance_mm
        ));
    }
    for (path, error) in &report.skipped {
        let reason = text_of(error);
        output::note(format!("left out {}: {reason}", path.display()));
    }
}

/// What was packed, and from what.
pub struct Outcome<'a> {
    pub report: &'a PackReport,
    pub archive: &'a Path,
    /// Whether the archive is new.
    pub new: bool,
    /// How many inputs there were.
    pub inputs: usize,
    /// What lay in folders and was left out.
    pub left_out: &'a [(PathBuf, LeftOut)],
    /// The table of labels that was given.
    pub table: Option<&'a LabelTable>,
}

/// The result as JSON, with what is worth knowing of the table of labels that was given.
pub fn to_json(outcome: &Outcome<'_>) -> Value {
    let Outcome { report, archive, table, .. } = outcome;
    let note = |(path, note): &(PathBuf, String)| json!({"path": path.display().to_string(), "note": note});
    let of_table = table.map(LabelTable::notes).unwrap_or_default();
    let notes: Vec<Value> = of_table.iter().chain(&report.notes).map(note).collect();
    let skip =
        |path: &Path, reason: String| json!({"path": path.display().to_string(), "reason": reason});
    let bad = report.skipped.iter().map(|(path, error)| skip(path, text_of(error)));
    let others = outcome.left_out.iter().map(|(path, reason)| skip(path, reason.to_string()));
    json!({
        "archive": archive.display().to_string(),
        "entries": report.entries,
        "non_empty": report.non_empty,
        "input_bytes": report.input_bytes,
        "archive_bytes": report.archive_bytes,
        "labels": table.map(LabelTable::to_json),
        "geometries": report.geometries,
        "largest_distance_mm": report.largest_distance_mm,
        "notes": notes,
        "skipped": bad.chain(others).collect::<Vec<_>>(),
    })
}

/// The result as one line.
pub fn to_text(outcome: &Outcome<'_>) -> String {
    let Outcome { report, archive, new, .. } = *outcome;
    let ratio = match report.archive_bytes {
        bytes if new && bytes > 0 => {
            let ratio = report.input_bytes as f64 / bytes as f64;
            let inputs = output::bytes(report.input_bytes);
            format!(", {ratio:.1} times smaller than the {inputs} of the inputs")
        }
        _ => String::new(),
    };
    format!(
        "{}: {}{}, {} not empty; {}{ratio}\n",
        archive.display(),
        plural(report.entries, "entry", "entries"),
        if new { "" } else { " added" },
        output::count(report.non_empty as u64),
        output::bytes(report.archive_bytes),
    )
}
