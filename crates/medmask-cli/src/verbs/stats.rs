//! `medmask stats`.

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;
use medmask::medmask_archive::Label;
use medmask::{AnyArchive, LabelStatistics, Space};
use serde_json::{Value, json};

use super::ls::{bounds_json, bounds_text};
use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::opened::{self, Listed};
use crate::table::Table;
use crate::{output, progress};

/// Measure every label: voxels, mL, bounding box, centroid
#[derive(Args)]
#[command(long_about = "\
Measure every label: voxels, volume in mL, bounding box, and centroid in voxels (z, y, x) and in
the world (x, y, z; LPS+, mm).

Of names nothing is decoded: counts and sums stand in the archive's index, and `verify --deep`
checks them. Expressions are computed; each is one mask of one label. Boxes are half-open.")]
#[command(after_long_help = "\
EXAMPLES
  medmask stats case.mska
  medmask stats case.mska 'kidney_*' --csv > kidneys.csv
  medmask stats case.mska 'rib_* + sternum' 'grow(tumour, 5) - tumour - liver'")]
pub struct Stats {
    /// The archive
    archive: PathBuf,
    /// Names of entries or labels, patterns with * ? [ ] { }, expressions, or groups [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

impl Stats {
    pub fn run(self) -> Result {
        let archive = opened::open_with(&self.archive, &self.memory.open_options())?;
        let entries = counted(&archive, &opened::chosen(&archive, &self.names)?)?;
        let space = archive.space();
        if self.json {
            let entries: Vec<Value> =
                entries.iter().map(|entry| entry_json(entry, space)).collect();
            output::print_json(&json!({"entries": entries}))
        } else if self.csv {
            output::print(&csv(&entries, space).to_csv())
        } else {
            output::print(&table(&entries, space).to_text())
        }
    }
}

/// An entry with what was counted of its labels.
struct CountedEntry {
    name: String,
    labels: Vec<CountedLabel>,
}

struct CountedLabel {
    /// `None` for voxels that were stored without one.
    name: Option<String>,
    number: u32,
    /// `None` where no voxel holds it.
    statistics: Option<LabelStatistics>,
}

impl CountedLabel {
    fn voxels(&self) -> u64 {
        self.statistics.map_or(0, |known| known.voxels)
    }

    /// Centroid in voxels (z, y, x) and in the world (x, y, z; LPS+, mm).
    fn centroids(&self, space: &Space) -> Option<[[f64; 3]; 2]> {
        let voxel = self.statistics?.centroid();
        Some([voxel, space.index_to_world(voxel)])
    }
}

/// Statistics from the index; of an expression, and of a file of version 1, which has none, from the voxels.
fn counted(archive: &AnyArchive, chosen: &[Listed<'_>]) -> Result<Vec<CountedEntry>> {
    let of_index_alone =
        |one: &Listed<'_>| archive.as_version2().is_some() && matches!(one, Listed::Entry(_));
    let bar = match chosen.iter().all(of_index_alone) {
        true => ProgressBar::hidden(),
        false => progress::bar(chosen.len()),
    };
    let mut all = Vec::with_capacity(chosen.len());
    for one in chosen {
        let name = one.name();
        bar.set_message(name.clone());
        let labels = match one {
            Listed::Entry(one) if archive.as_version2().is_some() => {
                one.labels().map(|label| of_index(&label)).collect()
            }
            Listed::Entry(one) => {
                let (runs, labels) = archive.get(&name)?.to_runs_with_labels()?;
                let statistics = runs.statistics();
                let chosen = labels.iter().filter(|(_, number)| one.has(*number));
                chosen.map(|(name, number)| of_voxels(name, number, &statistics)).collect()
            }
            Listed::Expression(mask) => {
                vec![of_voxels(&name, 1, &mask.to_runs(archive)?.statistics())]
            }
        };
        bar.inc(1);
        all.push(CountedEntry { name, labels });
    }
    bar.finish_and_clear();
    Ok(all)
}

fn of_index(label: &Label<'_>) -> CountedLabel {
    let name = label.name.as_deref().map(str::to_owned);
    CountedLabel { name, number: label.number, statistics: label.statistics }
}

fn of_voxels(name: &str, number: u32, statistics: &[LabelStatistics]) -> CountedLabel {
    let found = statistics.binary_search_by_key(&number, |known| known.label).ok();
    let statistics = found.map(|place| statistics[place]);
    CountedLabel { name: Some(name.to_owned()), number, statistics }
}

fn entry_json(entry: &CountedEntry, space: &Space) -> Value {
    let label = |label: &CountedLabel| {
        let centroids = label.centroids(space);
        json!({
            "name": label.name,
            "label": label.number,
            "voxels": label.voxels(),
            "volume_ml": space.volume_ml(label.voxels()),
            "bounds": label.statistics.map(|known| bounds_json(&known.bounds)),
            "centroid_voxel": centroids.map(|[voxel, _]| voxel),
            "centroid_lps_mm": centroids.map(|[_, world]| world),
        })
    };
    json!({"name": entry.name, "labels": entry.labels.iter().map(label).collect::<Vec<_>>()})
}

fn csv(entries: &[CountedEntry], space: &Space) -> Table {
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
        for label in &entry.labels {
            let voxels = label.voxels();
            let mut cells = vec![
                entry.name.clone(),
                label.name.clone().unwrap_or_default(),
                label.number.to_string(),
                voxels.to_string(),
                space.volume_ml(voxels).to_string(),
            ];
            let bounds = label.statistics.map(|known| known.bounds);
            for axis in 0..3 {
                cells
                    .push(bounds.map_or_else(String::new, |bounds| bounds.start[axis].to_string()));
                cells.push(bounds.map_or_else(String::new, |bounds| bounds.end[axis].to_string()));
            }
            match label.centroids(space) {
                Some(points) => cells.extend(points.as_flattened().iter().map(f64::to_string)),
                None => cells.resize(cells.len() + 6, String::new()),
            }
            table.row(cells);
        }
    }
    table
}

fn table(entries: &[CountedEntry], space: &Space) -> Table {
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
        for label in &entry.labels {
            let voxels = label.voxels();
            let [voxel, world] = label
                .centroids(space)
                .map_or_else(|| ["-".to_owned(), "-".to_owned()], |points| points.map(point));
            table.row(vec![
                entry.name.clone(),
                label.name.clone().unwrap_or_else(|| "-".to_owned()),
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
