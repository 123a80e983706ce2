//! `medmask at`.

use std::path::PathBuf;

use clap::Args;
use medmask::{PointsIn, StructuresAt, read_points, select, structures_at};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::table::Table;
use crate::{opened, output};

/// Name the structures at a point, or at many
#[derive(Args)]
#[command(long_about = "\
Name the structures at a point, or at many.

A point is x y z in the world, in mm: LPS+, or RAS+ with --ras, as most NIfTI viewers show it. With
--voxel it is z y x in voxels, counted from 0 in the order in which the other verbs print them.
What counts is the voxel whose centre is nearest, and half-way between two the one of the higher
index. A point that is in no voxel is outside the volume.

--points reads a text file of a point in each line: three numbers between commas, tabs or blanks.
Empty lines, lines that begin with #, and a heading are left out.")]
#[command(after_long_help = "\
EXAMPLES
  medmask at case.mska 12.5 -30 105
  medmask at case.mska --ras -12.5 30 105 --json
  medmask at case.mska --voxel 40 128 130
  medmask at case.mska --points electrodes.csv --ras")]
pub struct At {
    /// The archive
    archive: PathBuf,
    /// The point: x y z in mm, or z y x with --voxel
    #[arg(
        value_names = ["X", "Y", "Z"],
        num_args = 3,
        allow_negative_numbers = true,
        required_unless_present = "points"
    )]
    point: Vec<f64>,
    /// A file of points, one in a line
    #[arg(long, value_name = "FILE", conflicts_with = "point")]
    points: Option<PathBuf>,
    /// Points are x y z in the world, LPS+ [default]
    #[arg(long, conflicts_with_all = ["ras", "voxel"])]
    lps: bool,
    /// Points are x y z in the world, RAS+
    #[arg(long, conflicts_with = "voxel")]
    ras: bool,
    /// Points are z y x in voxels
    #[arg(long)]
    voxel: bool,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl At {
    pub fn run(self) -> Result {
        let points = match &self.points {
            Some(path) => read_points(path)?,
            None => self.point.as_chunks().0.to_vec(),
        };
        let given = match self {
            Self { ras: true, .. } => PointsIn::Ras,
            Self { voxel: true, .. } => PointsIn::Voxels,
            _ => PointsIn::Lps,
        };
        let archive = opened::open_with(&self.archive, &self.memory.open_options())?;
        let all = select(&archive, &[""; 0])?;
        let found = structures_at(&archive, &all, &points, given)?;
        if self.json {
            let points: Vec<Value> = found.iter().map(point_json).collect();
            output::print_json(&json!({"points": points}))
        } else {
            output::print(&table(&found).to_text())
        }
    }
}

fn point_json(at: &StructuresAt) -> Value {
    json!({
        "lps_mm": at.lps_mm,
        "voxel": at.voxel,
        "inside": at.voxel.is_some(),
        "names": at.names,
    })
}

fn table(found: &[StructuresAt]) -> Table {
    let mut table = Table::new(&["POINT MM (L, P, S)", "VOXEL (Z, Y, X)", "STRUCTURES"]);
    for at in found {
        let point = at.lps_mm.map(|mm| format!("{mm:.2}")).join(" ");
        let cells = match at.voxel {
            None => ["-".to_owned(), "outside the volume".to_owned()],
            Some(voxel) => {
                let names = if at.names.is_empty() { "-".to_owned() } else { at.names.join(", ") };
                [voxel.map(|index| index.to_string()).join(" "), names]
            }
        };
        table.row([point].into_iter().chain(cells).collect());
    }
    table
}
