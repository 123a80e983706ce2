//! `medmask stats`.

use std::path::PathBuf;

use clap::Args;
use medmask::medmask_archive::Label;
use medmask::{Entry, Space, select};
use serde_json::{Value, json};

use super::ls::{bounds_text, chosen, label_json};
use crate::failure::Result;
use crate::table::Table;
use crate::{opened, output};

/// Measure every label: voxels, mL, bounding box, centroid
#[derive(Args)]
#[command(long_about = "\
Measure every label: voxels, volume in mL, bounding box, and centroid in voxels (z, y, x) and in
the world (x, y, z; LPS+, mm).

Nothing is decoded: counts and sums stand in the archive's index. Boxes are half-open.")]
#[command(after_long_help = "\
EXAMPLES
  medmask stats case.mska
  medmask stats case.mska 'kidney_*' --csv > kidneys.csv")]
pub struct Stats {
    /// The archive
    archive: PathBuf,
    /// Names of entries, or patterns with * ? [ ] { } [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

impl Stats {
    pub fn run(self) -> Result {
        let archive = opened::open(&self.archive)?.archive;
        let names = if self.names.is_empty() {
            None
        } else {
            Some(select::entries(&archive, &self.names)?)
        };
        let entries = chosen(&archive, names.as_deref());
        let space = archive.space();
        if self.json {
            let entries: Vec<Value> = entries.map(|entry| entry_json(entry, space)).collect();
            output::print_json(&json!({"entries": entries}))
        } else if self.csv {
            output::print(&csv(entries, space).to_csv())
        } else {
            output::print(&table(entries, space).to_text())
        }
    }
}

/// Centroid in voxels (z, y, x) and in the world (x, y, z; LPS+, mm).
fn centroids(label: &Label<'_>, space: &Space) -> Option<[[f64; 3]; 2]> {
    let voxel = label.statistics?.centroid();
    Some([voxel, space.index_to_world(voxel)])
}

fn entry_json(entry: &Entry, space: &Space) -> Value {
    let label = |label: Label<'_>| {
        let mut value = label_json(&label, space);
        let centroids = centroids(&label, space);
        value["centroid_voxel"] = json!(centroids.map(|[voxel, _]| voxel));
        value["centroid_lps_mm"] = json!(centroids.map(|[_, world]| world));
        value
    };
    json!({"name": entry.name(), "labels": entry.labels().map(label).collect::<Vec<_>>()})
}

fn csv<'a>(entries: impl Iterator<Item = &'a Entry>, space: &Space) -> Table {
    let mut table = Table::new(&[
        "entry",
        "label_name",
        "label",
        "voxels",
        "volume_ml",
        "z0",
        "z1",
        "y0",
        "y1",
        "x0",
        "x1",
        "centroid_z",
        "centroid_y",
        "centroid_x",
        "centroid_lps_x_mm",
        "centroid_lps_y_mm",
        "centroid_lps_z_mm",
    ]);
    for entry in entries {
        for label in entry.labels() {
            let voxels = label.statistics.map_or(0, |known| known.voxels);
            let mut cells = vec![
                entry.name().to_owned(),
                label.name.to_owned(),
                label.label.to_string(),
                voxels.to_string(),
                space.volume_ml(voxels).to_string(),
            ];
            let bounds = label.statistics.map(|known| known.bounds);
            for axis in 0..3 {
                cells
                    .push(bounds.map_or_else(String::new, |bounds| bounds.start[axis].to_string()));
                cells.push(bounds.map_or_else(String::new, |bounds| bounds.end[axis].to_string()));
            }
            match centroids(&label, space) {
                Some(points) => cells.extend(points.as_flattened().iter().map(f64::to_string)),
                None => cells.resize(cells.len() + 6, String::new()),
            }
            table.row(cells);
        }
    }
    table
}

fn table<'a>(entries: impl Iterator<Item = &'a Entry>, space: &Space) -> Table {
    let mut table = Table::new(&[
        "ENTRY",
        "LABEL",
        ">VOXELS",
        ">ML",
        "BOX (Z, Y, X)",
        "CENTROID VOXEL (Z, Y, X)",
        "CENTROID MM (L, P, S)",
    ]);
    let point = |point: [f64; 3]| point.map(|number| format!("{number:.2}")).join(" ");
    for entry in entries {
        for label in entry.labels() {
            let voxels = label.statistics.map_or(0, |known| known.voxels);
            let [voxel, world] = centroids(&label, space)
                .map_or_else(|| ["-".to_owned(), "-".to_owned()], |points| points.map(point));
            table.row(vec![
                entry.name().to_owned(),
                label.name.to_owned(),
                output::count(voxels),
                format!("{:.2}", space.volume_ml(voxels)),
                label.statistics.map_or_else(|| "-".to_owned(), |known| bounds_text(&known.bounds)),
                voxel,
                world,
            ]);
        }
    }
    table
}
