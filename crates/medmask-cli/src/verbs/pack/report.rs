//! How the result of packing is printed.

use std::path::{Path, PathBuf};

use medmask::input::LeftOut;
use medmask::{Error, PackReport, PlannedEntry};
use serde_json::{Value, json};

use super::label_table::LabelTable;
use crate::failure::{Failure, Result, text_of};
use crate::output::{self, plural};
use crate::table::Table;

/// Remarks on the inputs; one that holds for many is printed once.
fn print_notes(report: &PackReport, tolerance_mm: f64) {
    output::notes(&report.notes);
    if report.geometries > 1 {
        output::note(format!(
            "{} geometries, up to {:.3} mm apart, within tolerance {tolerance_mm} mm",
            report.geometries, report.largest_distance_mm
        ));
    }
    print_skipped(report);
}

fn print_skipped(report: &PackReport) {
    for (path, error) in &report.skipped {
        output::note(format!("left out {}: {}", path.display(), reason(path, error)));
    }
}

/// Why an input was left out, without its path, which stands beside.
fn reason(path: &Path, error: &Error) -> String {
    let text = text_of(error);
    let own = format!("{}: ", path.display());
    text.strip_prefix(&own).map_or_else(|| text.clone(), str::to_owned)
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
    /// Whether nothing was written.
    pub planned: bool,
}

impl Outcome<'_> {
    /// Prints the result; where most inputs were left out that is a failure, though what is left was packed.
    pub fn print(&self, as_json: bool, tolerance_mm: f64) -> Result {
        print_notes(self.report, tolerance_mm);
        if as_json {
            output::print_json(&to_json(self))?;
        } else {
            let text = to_text(self);
            if self.planned { output::print(&text)? } else { output::done(&text)? }
        }
        let is_bad = |reason: &LeftOut| *reason == LeftOut::NotUnicode;
        let bad_names = self.left_out.iter().filter(|(_, reason)| is_bad(reason)).count();
        let (skipped, inputs) = (self.report.skipped.len() + bad_names, self.inputs + bad_names);
        if skipped * 2 <= inputs {
            return Ok(());
        }
        let inputs = plural(inputs, "input", "inputs");
        let skipped = output::count(skipped as u64);
        Err(Failure::new(format!("most was left out: {skipped} of {inputs}")))
    }

    /// Prints why no input could be packed.
    pub fn print_reasons(&self, as_json: bool) -> Result {
        print_skipped(self.report);
        if as_json { output::print_json(&to_json(self)) } else { Ok(()) }
    }
}

/// The result as JSON, with what is worth knowing of the table of labels that was given.
fn to_json(outcome: &Outcome<'_>) -> Value {
    let Outcome { report, archive, table, .. } = outcome;
    let note = |(path, note): &(PathBuf, String)| json!({"path": path.display().to_string(), "note": note});
    let of_table = table.map(LabelTable::notes).unwrap_or_default();
    let notes: Vec<Value> = of_table.iter().chain(&report.notes).map(note).collect();
    let skip =
        |path: &Path, reason: String| json!({"path": path.display().to_string(), "reason": reason});
    let bad = report.skipped.iter().map(|(path, error)| skip(path, reason(path, error)));
    let others = outcome.left_out.iter().map(|(path, reason)| skip(path, reason.to_string()));
    let mut result = json!({
        "archive": archive.display().to_string(),
        "dry_run": outcome.planned,
        "entries": report.entries,
        "non_empty": report.non_empty,
        "input_bytes": report.input_bytes,
        "archive_bytes": report.archive_bytes,
        "labels": table.map(LabelTable::to_json),
        "space_of": report.space_of.display().to_string(),
        "geometries": report.geometries,
        "largest_distance_mm": report.largest_distance_mm,
        "notes": notes,
        "skipped": bad.chain(others).collect::<Vec<_>>(),
    });
    if outcome.planned {
        result["planned"] = report.planned.iter().map(planned_to_json).collect();
    }
    result
}

fn planned_to_json(entry: &PlannedEntry) -> Value {
    let label = |(name, label, voxels): &(String, u32, Option<u64>)| json!({"name": name, "label": label, "voxels": voxels});
    let labels: Vec<Value> = entry.labels.iter().map(label).collect();
    json!({"name": entry.name, "path": entry.path.display().to_string(), "labels": labels})
}

/// What would be packed, as a table.
fn plan_to_text(outcome: &Outcome<'_>) -> String {
    const SHOWN: usize = 8;
    let mut table = Table::new(&["ENTRY", "LABELS", "FILE"]);
    for PlannedEntry { name, path, labels, .. } in &outcome.report.planned {
        let shown = labels.iter().take(SHOWN).map(|(name, label, _)| format!("{label} {name}"));
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if labels.len() > SHOWN {
            shown.push_str(&format!(" and {} more", output::count((labels.len() - SHOWN) as u64)));
        }
        table.row(vec![name.clone(), shown, path.display().to_string()]);
    }
    let entries = plural(outcome.report.entries, "entry", "entries");
    let archive = outcome.archive.display();
    format!("{}{archive}: would get {entries}; nothing was written\n", table.to_text())
}

/// The result as one line, or as a table of what would be packed.
fn to_text(outcome: &Outcome<'_>) -> String {
    let Outcome { report, archive, new, .. } = *outcome;
    if outcome.planned {
        return plan_to_text(outcome);
    }
    let ratio = match report.archive_bytes {
        bytes if new && bytes > 0 => {
            let than = output::times_smaller(report.input_bytes, bytes);
            format!(", {than} the {} of the inputs", output::bytes(report.input_bytes))
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
