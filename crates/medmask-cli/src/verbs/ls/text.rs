//! What `medmask ls` says, as a table.

use medmask::medmask_archive::Label;
use medmask::{Dtype, LabelStatistics, Space};

use super::listing::{Line, Listing, bounds_text, name_of};
use crate::failure::Result;
use crate::output;
use crate::table::Table;

/// Rows that are laid out together: an entry may have 70,000 labels, and a table takes a hundred times their memory.
const ROWS_TOGETHER: usize = 2000;

const HEADINGS: [&str; 9] =
    ["ENTRY", "LABEL", ">NUMBER", ">VOXELS", ">ML", "BOX (Z, Y, X)", "TYPE", "CODEC", ">BYTES"];

/// A table that is filled and printed part by part.
struct Parts {
    table: Table,
    /// Whether every label is called as its entry, so that a column says it all.
    repeat: bool,
}

impl Parts {
    fn print(&mut self) -> Result {
        let mut table = std::mem::replace(&mut self.table, Table::new(&HEADINGS));
        if self.repeat {
            table.remove("LABEL");
        }
        output::print(&table.to_text())
    }
}

pub fn print(listed: &Listing<'_>) -> Result {
    let Listing { lines, space, .. } = listed;
    let repeat = lines.iter().all(Line::repeats_its_name);
    let mut parts = Parts { table: Table::new(&HEADINGS), repeat };
    for line in lines {
        let one = match line {
            Line::Entry(one) => one,
            Line::Computed(name, statistics) => {
                let voxels = statistics.map_or(0, |known| known.voxels);
                let counted = counted_cells(voxels, statistics.as_ref(), space);
                let own = [name.clone(), "-".to_owned(), "1".to_owned()];
                let bool = Dtype::Bool.name();
                let stored = [bool, "-", "0"].map(str::to_owned);
                parts.table.row(own.into_iter().chain(counted).chain(stored).collect());
                continue;
            }
        };
        let entry = one.entry;
        let mut of_entry = [
            entry.name().to_owned(),
            entry.dtype().map_or("", Dtype::name).to_owned(),
            entry.codec().unwrap_or("-").to_owned(),
            output::count(entry.stored_bytes()),
        ];
        // An entry without labels still has a line.
        let labels = one.labels().map(Some).chain((entry.labels().len() == 0).then_some(None));
        for label in labels {
            if parts.table.len() >= ROWS_TOGETHER {
                parts.print()?;
            }
            let [name, dtype, codec, bytes] = of_entry;
            let [label, number, voxels, ml, bounds] = label_cells(label, space);
            parts.table.row(vec![name, label, number, voxels, ml, bounds, dtype, codec, bytes]);
            of_entry = Default::default();
        }
    }
    parts.print()
}

fn label_cells(label: Option<Label<'_>>, space: &Space) -> [String; 5] {
    let Some(label) = label else { return Default::default() };
    // Of a file of version 1 nothing is counted.
    let counted =
        label.voxels.map(|voxels| counted_cells(voxels, label.statistics.as_ref(), space));
    let [voxels, ml, bounds] = counted.unwrap_or_default();
    [name_of(&label), label.number.to_string(), voxels, ml, bounds]
}

/// Voxels, mL and box.
fn counted_cells(voxels: u64, statistics: Option<&LabelStatistics>, space: &Space) -> [String; 3] {
    let bounds = statistics.map_or_else(|| "-".to_owned(), |known| bounds_text(&known.bounds));
    [output::count(voxels), output::millilitres(space.volume_ml(voxels)), bounds]
}

impl Line<'_> {
    /// Whether no label tells more than the name does.
    fn repeats_its_name(&self) -> bool {
        match self {
            Self::Entry(one) => {
                let name = one.entry.name();
                one.labels().all(|label| label.name.as_deref() == Some(name))
            }
            Self::Computed(..) => true,
        }
    }
}
