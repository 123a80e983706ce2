//! `medmask ls`.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::Args;
use medmask::groups::{self, Group};
use medmask::medmask_archive::Label;
use medmask::{AnyArchive, Bounds, Dtype, LabelStatistics, Space};
use serde::Serialize;

use super::group;
use crate::failure::Result;
use crate::opened::{self, Chosen, Listed};
use crate::output;
use crate::table::Table;

/// List the masks of an archive
#[derive(Args)]
#[command(long_about = "\
List the masks of an archive: labels, voxels, volume in mL, bounding box, type, codec and bytes.

All stands in the archive's index, but what expressions name and what is counted of many small
labels: these are decoded. Boxes are half-open, along z, y and x. Entries with equal voxels share their bytes, and each shows them.
The archive's groups come last, and what is missing for them.")]
#[command(after_long_help = "\
EXAMPLES
  medmask ls case.mska
  medmask ls case.mska 'lung_*' --json")]
pub struct Ls {
    /// The archive
    archive: PathBuf,
    /// Names of entries or labels, patterns with * ? [ ] { }, expressions, or groups [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Ls {
    pub fn run(self) -> Result {
        let archive = opened::open(&self.archive)?;
        let lines = opened::chosen(&archive, &self.names)?.into_iter();
        let lines = lines.map(|one| Line::of(one, &archive)).collect::<Result<Vec<_>>>()?;
        let groups = if self.names.is_empty() { groups_of(&archive) } else { Vec::new() };
        if self.json {
            print_json(&lines, &groups, archive.space())
        } else {
            print_table(&lines, archive.space())?;
            group::print_below(&groups)
        }
    }
}

/// What is listed.
enum Line<'a> {
    /// With its chosen labels, where they had to be counted.
    Entry(Chosen<'a>, Option<Vec<Label<'a>>>),
    /// The one label of an expression; no statistics where no voxel is labelled.
    Computed(String, Option<LabelStatistics>),
}

impl<'a> Line<'a> {
    fn of(listed: Listed<'a>, archive: &'a AnyArchive) -> Result<Self> {
        Ok(match listed {
            Listed::Entry(chosen) => {
                let counted = count(&chosen, archive)?;
                Self::Entry(chosen, counted)
            }
            Listed::Expression(mask) => {
                Self::Computed(mask.name(), mask.to_runs(archive)?.statistics().pop())
            }
        })
    }
}

/// The groups; where they cannot be read, the rest is listed all the same.
fn groups_of(archive: &AnyArchive) -> Vec<Group> {
    groups::resolved(archive).unwrap_or_else(|error| {
        output::note(error);
        Vec::new()
    })
}

/// One entry at a time, so that memory does not grow with the archive.
fn print_json(lines: &[Line<'_>], groups: &[Group], space: &Space) -> Result {
    output::print_with(|out| {
        out.write_all(b"{\"entries\":[")?;
        for (place, line) in lines.iter().enumerate() {
            out.write_all(if place > 0 { b",\n" } else { b"\n" })?;
            let json = match line {
                Line::Entry(one, counted) => entry_json(one, counted.as_deref(), space),
                Line::Computed(name, statistics) => computed_json(name, statistics.as_ref(), space),
            };
            serde_json::to_writer(&mut *out, &json)?;
        }
        out.write_all(b"\n],\n\"groups\":")?;
        serde_json::to_writer(&mut *out, &group::to_json(groups))?;
        out.write_all(b"}\n")
    })
}

/// The chosen labels, counted, where the index leaves that out. Files of version 1 never say, and to count there takes long.
fn count<'a>(one: &Chosen<'a>, archive: &'a AnyArchive) -> Result<Option<Vec<Label<'a>>>> {
    if one.entry.voxels().is_some() || archive.as_version2().is_none() {
        return Ok(None);
    }
    let labels = archive.get(one.entry.name())?.counted_labels()?.into_iter();
    Ok(Some(labels.filter(|label| one.has(label.number)).collect()))
}

fn labels_of<'a>(
    one: &Chosen<'a>,
    counted: Option<&[Label<'a>]>,
) -> impl Iterator<Item = Label<'a>> {
    let counted = counted.map(|labels| labels.iter().cloned());
    let known = counted.is_none().then(|| one.labels());
    counted.into_iter().flatten().chain(known.into_iter().flatten())
}

/// What `ls` says of an entry. Structs rather than values: an entry may have 70,000 labels.
#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    dtype: Option<&'static str>,
    codec: Option<&'static str>,
    stored_bytes: u64,
    labels: Vec<LabelJson<'a>>,
}

/// What `ls` says of a label. A file of version 1 has no statistics: there they are null.
#[derive(Serialize)]
struct LabelJson<'a> {
    name: Option<Cow<'a, str>>,
    label: u32,
    voxels: Option<u64>,
    volume_ml: Option<f64>,
    bounds: Option<[[usize; 2]; 3]>,
}

fn entry_json<'a>(one: &Chosen<'a>, counted: Option<&[Label<'a>]>, space: &Space) -> EntryJson<'a> {
    let label = |label: Label<'a>| LabelJson {
        name: label.name,
        label: label.number,
        voxels: label.voxels,
        volume_ml: label.voxels.map(|voxels| space.volume_ml(voxels)),
        bounds: label.statistics.map(|known| bounds_json(&known.bounds)),
    };
    EntryJson {
        name: one.entry.name(),
        dtype: one.entry.dtype().map(Dtype::name),
        codec: one.entry.codec(),
        stored_bytes: one.entry.stored_bytes(),
        labels: labels_of(one, counted).map(label).collect(),
    }
}

fn computed_json<'a>(
    name: &'a str,
    statistics: Option<&LabelStatistics>,
    space: &Space,
) -> EntryJson<'a> {
    let voxels = statistics.map_or(0, |known| known.voxels);
    let label = LabelJson {
        name: Some(name.into()),
        label: 1,
        voxels: Some(voxels),
        volume_ml: Some(space.volume_ml(voxels)),
        bounds: statistics.map(|known| bounds_json(&known.bounds)),
    };
    let dtype = Some(Dtype::Bool.name());
    EntryJson { name, dtype, codec: None, stored_bytes: 0, labels: vec![label] }
}

/// Start and end along z, y and x.
pub fn bounds_json(bounds: &Bounds) -> [[usize; 2]; 3] {
    [0, 1, 2].map(|axis| [bounds.start[axis], bounds.end[axis]])
}

/// Rows that are laid out together: an entry may have 70,000 labels, and a table takes a hundred times their memory.
const ROWS_TOGETHER: usize = 2000;

fn new_table() -> Table {
    Table::new(&[
        "ENTRY",
        "LABEL",
        ">NUMBER",
        ">VOXELS",
        ">ML",
        "BOX (Z, Y, X)",
        "TYPE",
        "CODEC",
        ">BYTES",
    ])
}

fn print_table(lines: &[Line<'_>], space: &Space) -> Result {
    let mut table = new_table();
    for line in lines {
        let (one, counted) = match line {
            Line::Entry(one, counted) => (one, counted.as_deref()),
            Line::Computed(name, statistics) => {
                let voxels = statistics.map_or(0, |known| known.voxels);
                let counted = counted_cells(voxels, statistics.as_ref(), space);
                let own = [name.clone(), "-".to_owned(), "1".to_owned()];
                let bool = Dtype::Bool.name();
                let stored = [bool, "-", "0"].map(str::to_owned);
                table.row(own.into_iter().chain(counted).chain(stored).collect());
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
        let labels =
            labels_of(one, counted).map(Some).chain((entry.labels().len() == 0).then_some(None));
        for label in labels {
            if table.len() >= ROWS_TOGETHER {
                output::print(&std::mem::replace(&mut table, new_table()).to_text())?;
            }
            let [name, dtype, codec, bytes] = of_entry;
            let [label, number, voxels, ml, bounds] = label_cells(label, space);
            table.row(vec![name, label, number, voxels, ml, bounds, dtype, codec, bytes]);
            of_entry = Default::default();
        }
    }
    output::print(&table.to_text())
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
    [output::count(voxels), format!("{:.2}", space.volume_ml(voxels)), bounds]
}

/// The label's name; `-` where it was stored without one.
pub fn name_of(label: &Label<'_>) -> String {
    label.name.as_deref().unwrap_or("-").to_owned()
}

/// `128:179 24:123 88:166`, along z, y and x.
pub fn bounds_text(bounds: &Bounds) -> String {
    let axis = |axis: usize| format!("{}:{}", bounds.start[axis], bounds.end[axis]);
    format!("{} {} {}", axis(0), axis(1), axis(2))
}
