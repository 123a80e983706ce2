//! `medmask overlap`.

use std::path::PathBuf;

use clap::Args;
use medmask::medmask_core::Connectivity;
use medmask::{
    AnyArchive, Piece, Share, SharedPair, SharesWithin, select, shared_pairs, shares_within,
};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::table::Table;
use crate::verbs::stats::connectivity;
use crate::{opened, output};

/// Find structures that share voxels, or in which others some lie
#[derive(Args)]
#[command(long_about = "\
Find structures that share voxels, or in which others some lie.

Without --within all pairs that share voxels are listed: how many, their volume, and which share of
each structure they are. With --within and --of there is a line for each structure that one of
--within lies in, and a line `none` for its voxels that lie in none of them; --components tells its
connected components apart, by size.

An entry stands for each of its labels, which share no voxels among themselves. Structures that are
named by both --within and --of are looked for in the others of --of alone. Only what can overlap
is decoded, as boxes tell.")]
#[command(after_long_help = "\
EXAMPLES
  medmask overlap case.mska
  medmask overlap case.mska 'lung_*' heart --json
  medmask overlap case.mska --within lesions --of lobes
  medmask overlap case.mska --within tumour --components --of 'liver_segment_*' --csv")]
pub struct Overlap {
    /// The archive
    archive: PathBuf,
    /// Names of entries or labels, entry/label, patterns with * ? [ ] { }, or expressions [default: all]
    #[arg(value_name = "NAME", conflicts_with = "within")]
    names: Vec<String>,
    /// Whose shares are measured: names, as above
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "of")]
    within: Vec<String>,
    /// What they may lie in: names, as above
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "within")]
    of: Vec<String>,
    /// Tell connected components apart
    #[arg(long, requires = "within")]
    components: bool,
    /// How many neighbours a voxel has: 6 (faces), 18 (edges) or 26 (corners)
    #[arg(long, default_value = "26", requires = "components", value_name = "N", value_parser = connectivity)]
    connectivity: Connectivity,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

impl Overlap {
    pub fn run(self) -> Result {
        let archive = opened::open_with(&self.archive, &self.memory.open_options())?;
        if self.within.is_empty() {
            let pairs = shared_pairs(&archive, &select(&archive, &self.names)?)?;
            return self
                .print(&json!({"pairs": pairs_json(&pairs)}), &pairs_table(&pairs, self.csv));
        }
        let shares = self.shares(&archive)?;
        for name in &shares.left_out {
            output::note(format!("{name} is not looked for in itself"));
        }
        let table = shares_table(&shares.pieces, self.csv);
        self.print(&json!({"pieces": pieces_json(&shares.pieces)}), &table)
    }

    fn shares(&self, archive: &AnyArchive) -> Result<SharesWithin> {
        let within = select(archive, &self.within)?;
        let of = select(archive, &self.of)?;
        let components = self.components.then_some(self.connectivity);
        Ok(shares_within(archive, &within, &of, components)?)
    }

    fn print(&self, json: &Value, table: &Table) -> Result {
        if self.json {
            output::print_json(json)
        } else if self.csv {
            output::print(&table.to_csv())
        } else {
            output::print(&table.to_text())
        }
    }
}

fn pairs_json(pairs: &[SharedPair]) -> Vec<Value> {
    let pair = |pair: &SharedPair| {
        json!({
            "first": pair.first,
            "second": pair.second,
            "voxels": pair.voxels,
            "volume_ml": pair.volume_ml,
            "share_of_first": pair.share_of_first,
            "share_of_second": pair.share_of_second,
        })
    };
    pairs.iter().map(pair).collect()
}

fn pairs_table(pairs: &[SharedPair], csv: bool) -> Table {
    let mut table = Table::new(if csv {
        &["first", "second", "voxels", "volume_ml", "share_of_first", "share_of_second"]
    } else {
        &["FIRST", "SECOND", ">VOXELS", ">ML", ">OF FIRST", ">OF SECOND"]
    });
    for pair in pairs {
        let mut cells = vec![pair.first.clone(), pair.second.clone()];
        cells.extend(amount(pair.voxels, pair.volume_ml, csv));
        cells.extend([pair.share_of_first, pair.share_of_second].map(|part| share(part, csv)));
        table.row(cells);
    }
    table
}

fn pieces_json(pieces: &[Piece]) -> Vec<Value> {
    let share = |share: &Share| {
        json!({
            "name": share.name,
            "voxels": share.voxels,
            "volume_ml": share.volume_ml,
            "share": share.share,
        })
    };
    let piece = |piece: &Piece| {
        let Share { voxels, volume_ml, share: part, .. } = &piece.none;
        json!({
            "name": piece.name,
            "component": piece.component,
            "voxels": piece.voxels,
            "volume_ml": piece.volume_ml,
            "centroid_lps_mm": piece.centroid_lps_mm,
            "shares": piece.shares.iter().map(share).collect::<Vec<_>>(),
            "none": {"voxels": voxels, "volume_ml": volume_ml, "share": part},
        })
    };
    pieces.iter().map(piece).collect()
}

/// A line for each structure that a piece shares voxels with, and one for those that it shares with none.
fn shares_table(pieces: &[Piece], csv: bool) -> Table {
    let mut table = Table::new(if csv {
        &[
            "name",
            "component",
            "voxels",
            "volume_ml",
            "centroid_lps_x_mm",
            "centroid_lps_y_mm",
            "centroid_lps_z_mm",
            "of",
            "shared_voxels",
            "shared_volume_ml",
            "share",
        ]
    } else {
        &["WITHIN", ">ID", ">VOXELS", ">ML", "CENTROID MM (L, P, S)", "OF", ">SHARED", ">SHARE"]
    });
    for piece in pieces {
        let none = Some(&piece.none).filter(|none| none.voxels > 0 || piece.voxels == 0);
        for part in piece.shares.iter().chain(none) {
            let mut cells = piece_cells(piece, csv);
            cells.push(part.name.clone());
            let [voxels, volume_ml] = amount(part.voxels, part.volume_ml, csv);
            cells.push(voxels);
            cells.extend(csv.then_some(volume_ml));
            cells.push(share(part.share, csv));
            table.row(cells);
        }
    }
    table
}

fn piece_cells(piece: &Piece, csv: bool) -> Vec<String> {
    let missing = if csv { "" } else { "-" };
    let component = piece.component.map_or_else(|| missing.to_owned(), |number| number.to_string());
    let mut cells = vec![piece.name.clone(), component];
    cells.extend(amount(piece.voxels, piece.volume_ml, csv));
    match piece.centroid_lps_mm {
        Some(point) if csv => cells.extend(point.map(|mm| mm.to_string())),
        Some(point) => cells.push(point.map(|mm| format!("{mm:.2}")).join(" ")),
        None => cells.resize(cells.len() + if csv { 3 } else { 1 }, missing.to_owned()),
    }
    cells
}

/// Voxels and mL.
fn amount(voxels: u64, volume_ml: f64, csv: bool) -> [String; 2] {
    if csv {
        return [voxels.to_string(), volume_ml.to_string()];
    }
    [output::count(voxels), output::millilitres(volume_ml)]
}

/// A share from 0 to 1 as it is, or in percent.
fn share(share: f64, csv: bool) -> String {
    if csv { share.to_string() } else { output::percent(share) }
}
