//! `medmask ls`.

use std::path::PathBuf;

use clap::Args;
use medmask::medmask_archive::{Label, ReadAt};
use medmask::{Archive, Entry, Space, select};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::table::Table;
use crate::{opened, output};

/// List the masks of an archive
#[derive(Args)]
#[command(long_about = "\
List the masks of an archive: labels, voxels, volume in mL, bounding box, type, codec and bytes.

Nothing is decoded: all of it stands in the archive's index. Boxes are half-open, along z, y and
x. Entries with equal voxels share their bytes, and each shows them.")]
#[command(after_long_help = "\
EXAMPLES
  medmask ls case.mska
  medmask ls case.mska 'lung_*' --json")]
pub struct Ls {
    /// The archive
    archive: PathBuf,
    /// Names of entries, or patterns with * ? [ ] { } [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Ls {
    pub fn run(self) -> Result {
        let archive = opened::open(&self.archive)?.archive;
        let names = if self.names.is_empty() {
            None
        } else {
            Some(select::entries(&archive, &self.names)?)
        };
        let chosen = chosen(&archive, names.as_deref());
        if self.json {
            print_json(chosen, archive.space())
        } else {
            print_table(chosen, archive.space())
        }
    }
}

/// The entries `names`, or all.
pub fn chosen<'a, S: ReadAt>(
    archive: &'a Archive<S>,
    names: Option<&'a [String]>,
) -> Box<dyn Iterator<Item = &'a Entry> + 'a> {
    match names {
        None => Box::new(archive.entries()),
        Some(names) => Box::new(names.iter().filter_map(|name| archive.entry(name).ok())),
    }
}

/// One entry at a time, so that memory does not grow with the archive.
fn print_json<'a>(entries: impl Iterator<Item = &'a Entry>, space: &Space) -> Result {
    output::print_with(|out| {
        out.write_all(b"{\"entries\":[")?;
        for (place, entry) in entries.enumerate() {
            out.write_all(if place > 0 { b",\n" } else { b"\n" })?;
            serde_json::to_writer(&mut *out, &entry_json(entry, space))?;
        }
        out.write_all(b"\n]}\n")
    })
}

fn entry_json(entry: &Entry, space: &Space) -> Value {
    json!({
        "name": entry.name(),
        "dtype": entry.dtype().name(),
        "codec": entry.codec(),
        "stored_bytes": entry.stored_bytes(),
        "labels": entry.labels().map(|label| label_json(&label, space)).collect::<Vec<_>>(),
    })
}

/// What `ls` and `stats` say of a label.
pub fn label_json(label: &Label<'_>, space: &Space) -> Value {
    let voxels = label.statistics.map_or(0, |known| known.voxels);
    json!({
        "name": label.name,
        "label": label.label,
        "voxels": voxels,
        "volume_ml": space.volume_ml(voxels),
        "bounds": label.statistics.map(|known| known.bounds).map(|bounds| {
            [0, 1, 2].map(|axis| [bounds.start[axis], bounds.end[axis]])
        }),
    })
}

fn print_table<'a>(entries: impl Iterator<Item = &'a Entry>, space: &Space) -> Result {
    let mut table = Table::new(&[
        "ENTRY",
        "LABEL",
        ">NUMBER",
        ">VOXELS",
        ">ML",
        "BOX (Z, Y, X)",
        "TYPE",
        "CODEC",
        ">BYTES",
    ]);
    for entry in entries {
        let mut of_entry = [
            entry.name().to_owned(),
            entry.dtype().name().to_owned(),
            entry.codec().unwrap_or("-").to_owned(),
            output::count(entry.stored_bytes()),
        ];
        // An entry without labels still has a line.
        let labels = entry.labels().map(Some).chain((entry.labels().len() == 0).then_some(None));
        for label in labels {
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
    let voxels = label.statistics.map_or(0, |known| known.voxels);
    [
        label.name.to_owned(),
        label.label.to_string(),
        output::count(voxels),
        format!("{:.2}", space.volume_ml(voxels)),
        label.statistics.map_or_else(|| "-".to_owned(), |known| bounds_text(&known.bounds)),
    ]
}

/// `128:179 24:123 88:166`, along z, y and x.
pub fn bounds_text(bounds: &medmask::Bounds) -> String {
    let axis = |axis: usize| format!("{}:{}", bounds.start[axis], bounds.end[axis]);
    format!("{} {} {}", axis(0), axis(1), axis(2))
}
