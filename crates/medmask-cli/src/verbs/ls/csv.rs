//! What `medmask ls` says, as CSV.

use medmask::{Dtype, LabelStatistics, Space};

use super::listing::{Line, Listing, Subject, bounds_json};
use crate::failure::Result;
use crate::output;
use crate::table::Table;

/// A row for each label, below the headings where these are not there yet.
pub fn print(listed: &Listing<'_>, is_first: bool, subject: Option<&Subject<'_>>) -> Result {
    let Listing { lines, space, .. } = listed;
    let mut headings = if subject.is_some() { vec!["subject", "archive"] } else { Vec::new() };
    headings.extend(["entry", "label_name", "label", "voxels", "volume_ml"]);
    headings.extend(["z0", "z1", "y0", "y1", "x0", "x1", "dtype", "codec", "stored_bytes"]);
    let subject = subject.map(|of| [of.name.to_owned(), of.archive.to_string_lossy().into_owned()]);
    let mut table = Table::new(&headings);
    let mut row = |cells: Vec<String>| {
        table.row(subject.iter().flatten().cloned().chain(cells).collect());
    };
    for line in lines {
        match line {
            Line::Entry(one) => {
                let (name, bytes) = (one.entry.name(), one.entry.stored_bytes());
                let stored =
                    [one.entry.dtype().map_or("", Dtype::name), one.entry.codec().unwrap_or("")];
                let mut with = |label: [String; 2], voxels, known: Option<&LabelStatistics>| {
                    let mut cells = vec![name.to_owned()];
                    cells.extend(label);
                    cells.extend(counted(voxels, known, space));
                    cells.extend(stored.map(str::to_owned));
                    cells.push(bytes.to_string());
                    row(cells);
                };
                for label in one.labels() {
                    let names =
                        [label.name.unwrap_or_default().into_owned(), label.number.to_string()];
                    with(names, label.voxels, label.statistics.as_ref());
                }
                // An entry without labels still has a line.
                if one.entry.labels().len() == 0 {
                    with(Default::default(), None, None);
                }
            }
            Line::Computed(name, known) => {
                let voxels = known.map_or(0, |known| known.voxels);
                let mut cells = vec![name.clone(), String::new(), "1".to_owned()];
                cells.extend(counted(Some(voxels), known.as_ref(), space));
                cells.extend([Dtype::Bool.name(), "", "0"].map(str::to_owned));
                row(cells);
            }
        }
    }
    output::print(&if is_first { table.to_csv() } else { table.to_csv_rows() })
}

/// Voxels, mL and box; empty where nobody has counted.
fn counted(voxels: Option<u64>, known: Option<&LabelStatistics>, space: &Space) -> Vec<String> {
    let text = |value: Option<String>| value.unwrap_or_default();
    let mut cells = vec![
        text(voxels.map(|voxels| voxels.to_string())),
        text(voxels.map(|voxels| space.volume_ml(voxels).to_string())),
    ];
    let bounds = known.map(|known| bounds_json(&known.bounds));
    let bounds = bounds.as_ref().map(|bounds| bounds.as_flattened());
    cells.extend((0..6).map(|place| text(bounds.map(|bounds| bounds[place].to_string()))));
    cells
}
