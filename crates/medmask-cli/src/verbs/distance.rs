//! `medmask distance`.

use std::path::PathBuf;

use clap::Args;
use medmask::{Distance as Measured, distance, select_one};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::reading::not_negative;
use crate::table::Table;
use crate::world::{axes, in_world};
use crate::{opened, output};

/// Measure how far two structures lie apart
#[derive(Args)]
#[command(long_about = "\
Measure how far two structures lie apart, from voxel centre to voxel centre, in mm.

Tells the smallest distance, 0 where they share a voxel, and the two voxels; the largest distance
that a voxel of X has from Y and the other way round (the directed Hausdorff distances); and with
--within which share of X lies at most so far from Y.

Where all of X lies in Y, its largest distance is negative: minus the least depth, which is the
distance from a voxel of X to the nearest voxel that is not of Y. So -5 mm says that Y reaches 5 mm
beyond X everywhere. Outside of the volume nothing is of Y.

An entry of several labels counts as one structure.")]
#[command(after_long_help = "\
EXAMPLES
  medmask distance case.mska tumour aorta
  medmask distance case.mska tumour 'liver_vessels + vena_cava' --within 5,10
  medmask distance case.mska tumour ablation --json")]
pub struct Distance {
    /// The archive
    archive: PathBuf,
    /// The structure X: an entry, a label, entry/label, or an expression
    #[arg(value_name = "X")]
    first: String,
    /// The structure Y, as above
    #[arg(value_name = "Y")]
    second: String,
    /// Tell which share of X lies within so many mm of Y, with commas between several
    #[arg(long, value_name = "MM", value_delimiter = ',', value_parser = not_negative)]
    within: Vec<f64>,
    /// World coordinates in RAS+ (as NIfTI's) instead of LPS+
    #[arg(long)]
    ras: bool,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV: a row for each distance of --within
    #[arg(long)]
    csv: bool,
}

impl Distance {
    pub fn run(self) -> Result {
        let archive = opened::open_with(&self.archive, &self.memory.open_options())?;
        let (first, second) =
            (select_one(&archive, &self.first)?, select_one(&archive, &self.second)?);
        let measured = distance(&archive, &first, &second, &self.within)?;
        if self.json {
            output::print_json(&self.to_json(&measured))
        } else if self.csv {
            output::print(&self.csv(&measured).to_csv())
        } else {
            output::print(&self.table(&measured).to_text())
        }
    }

    /// The two nearest points in the world, in the axes that were asked for.
    fn points(&self, measured: &Measured) -> Option<[[f64; 3]; 2]> {
        Some(measured.nearest_lps_mm?.map(|point| in_world(point, self.ras)))
    }

    fn to_json(&self, measured: &Measured) -> Value {
        let apart = measured.apart.as_ref();
        let points = self.points(measured);
        let near = |which: usize| {
            let voxel = apart.map(|apart| apart.nearest[which]);
            json!({"voxel": voxel, format!("{}_mm", axes(self.ras)): points.map(|both| both[which])})
        };
        let within: Vec<Value> = match apart {
            Some(apart) => apart
                .within
                .iter()
                .map(|one| json!({"mm": one.mm, "voxels": one.voxels, "share": one.share}))
                .collect(),
            None => {
                self.within.iter().map(|mm| json!({"mm": mm, "voxels": 0, "share": null})).collect()
            }
        };
        json!({
            "first": measured.first,
            "second": measured.second,
            "first_voxels": measured.first_voxels,
            "second_voxels": measured.second_voxels,
            "smallest_mm": apart.map(|apart| apart.smallest_mm),
            "nearest": [near(0), near(1)],
            "first_to_second_mm": apart.map(|apart| apart.first_to_second_mm),
            "second_to_first_mm": apart.map(|apart| apart.second_to_first_mm),
            "within": within,
        })
    }

    /// A line for each measure.
    fn table(&self, measured: &Measured) -> Table {
        let apart = measured.apart.as_ref();
        let mm = |mm: Option<f64>| mm.map_or_else(|| "-".to_owned(), |mm| format!("{mm:.2}"));
        let mut table = Table::new(&["MEASURE", ">VALUE"]);
        let mut row = |name: String, value: String| table.row(vec![name, value]);
        row("smallest, mm".to_owned(), mm(apart.map(|apart| apart.smallest_mm)));
        row("largest from X to Y, mm".to_owned(), mm(apart.map(|apart| apart.first_to_second_mm)));
        row("largest from Y to X, mm".to_owned(), mm(apart.map(|apart| apart.second_to_first_mm)));
        let points = self.points(measured);
        for (which, name) in ["X", "Y"].into_iter().enumerate() {
            let voxel = apart.map(|apart| apart.nearest[which].map(|n| n.to_string()).join(" "));
            let missing = || "-".to_owned();
            row(format!("nearest voxel of {name}, z y x"), voxel.unwrap_or_else(missing));
            let point = points.map(|both| both[which].map(|n| format!("{n:.2}")).join(" "));
            row(format!("its centre, {}, mm", axes(self.ras)), point.unwrap_or_else(missing));
        }
        for (place, within) in self.within.iter().enumerate() {
            let share = apart.map(|apart| output::percent(apart.within[place].share));
            row(format!("of X within {within} mm of Y"), share.unwrap_or_else(|| "-".to_owned()));
        }
        table
    }

    /// A row for each distance of --within, or one.
    fn csv(&self, measured: &Measured) -> Table {
        let mut table = Table::new(&[
            "first",
            "second",
            "first_voxels",
            "second_voxels",
            "smallest_mm",
            "first_to_second_mm",
            "second_to_first_mm",
            "within_mm",
            "within_voxels",
            "within_share",
        ]);
        let apart = measured.apart.as_ref();
        let mm = |mm: Option<f64>| mm.map_or_else(String::new, |mm| mm.to_string());
        let cells = [
            measured.first.clone(),
            measured.second.clone(),
            measured.first_voxels.to_string(),
            measured.second_voxels.to_string(),
            mm(apart.map(|apart| apart.smallest_mm)),
            mm(apart.map(|apart| apart.first_to_second_mm)),
            mm(apart.map(|apart| apart.second_to_first_mm)),
        ];
        for (place, within) in self.within.iter().enumerate() {
            let found = apart.map(|apart| apart.within[place]);
            let voxels = found.map_or(0, |found| found.voxels).to_string();
            let last = [within.to_string(), voxels, mm(found.map(|found| found.share))];
            table.row([&cells[..], &last].concat());
        }
        if self.within.is_empty() {
            table.row([&cells[..], &[const { String::new() }; 3]].concat());
        }
        table
    }
}
