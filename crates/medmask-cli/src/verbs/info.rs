//! `medmask info`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use medmask::medmask_archive::Kind;
use medmask::{Archive, Space};
use serde_json::{Value, json};

use crate::failure::Result;
use crate::opened::{self, Opened};
use crate::output::{self, plural};

/// Tell what an archive is: space, version, codecs, bytes
#[derive(Args)]
#[command(long_about = "\
Tell what an archive is: its space as people read it, format version, codecs, and what its bytes
are for.

Nothing is decoded. The affine is NIfTI's: from voxels (x, y, z) to the world, RAS+, in mm. All
else is in the archive's own terms: axes (z, y, x), world LPS+.")]
#[command(after_long_help = "\
EXAMPLES
  medmask info case.mska
  medmask info case.mska --json")]
pub struct Info {
    /// The archive
    archive: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What the entries that one codec was asked for need.
#[derive(Default)]
struct Total {
    entries: usize,
    bytes: u64,
}

impl Info {
    pub fn run(self) -> Result {
        let opened = opened::open(&self.archive)?;
        let archive = &opened.archive;
        let mut codecs: BTreeMap<&str, Total> = BTreeMap::new();
        let mut seen = std::collections::HashSet::new();
        for entry in archive.entries() {
            let total = codecs.entry(entry.codec().unwrap_or("none")).or_default();
            total.entries += 1;
            // Shared bytes count once.
            if entry.blob().is_some_and(|(offset, _)| seen.insert(offset)) {
                total.bytes += entry.stored_bytes();
            }
        }
        if self.json {
            output::print_json(&to_json(&opened, &codecs))
        } else {
            output::print(&to_text(&opened, &codecs))
        }
    }
}

fn to_json(opened: &Opened, codecs: &BTreeMap<&str, Total>) -> Value {
    let archive = &opened.archive;
    let codecs: serde_json::Map<String, Value> = codecs
        .iter()
        .map(|(name, total)| {
            ((*name).to_owned(), json!({"entries": total.entries, "bytes": total.bytes}))
        })
        .collect();
    json!({
        "path": archive.path().display().to_string(),
        "format_version": opened.format_version,
        "kind": kind(archive),
        "generation": archive.generation(),
        "space": space_json(archive.space()),
        "entry_count": archive.entries().len(),
        "non_empty_count": archive.entries().filter(|entry| !entry.is_empty()).count(),
        "file_bytes": opened.file_bytes,
        "dead_bytes": archive.dead_bytes(),
        "shared_bytes": archive.shared_bytes(),
        "codecs": codecs,
        "metadata": archive.metadata(),
        "damage": archive.damage().map(ToString::to_string),
    })
}

fn kind(archive: &Archive) -> &'static str {
    match archive.kind() {
        Kind::Archive => "archive",
        Kind::SingleMask => "mask",
    }
}

fn space_json(space: &Space) -> Value {
    json!({
        "shape": space.shape(),
        "spacing": space.spacing(),
        "origin": space.origin(),
        "direction": space.direction(),
        "axis_codes": space.axis_codes().xyz(),
        "obliqueness_degrees": space.obliqueness_degrees(),
        "voxel_volume_mm3": space.voxel_volume_mm3(),
        "affine_ras": space.to_nifti_affine(),
    })
}

fn to_text(opened: &Opened, codecs: &BTreeMap<&str, Total>) -> String {
    let Opened { archive, format_version, file_bytes } = opened;
    let filled = archive.entries().filter(|entry| !entry.is_empty()).count();
    let mut text = format!("{}\n", archive.path().display());
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<12}{value}");
    };
    line("format", format!("{format_version}, {}, commit {}", kind(archive), archive.generation()));
    let entries = plural(archive.entries().len(), "entry", "entries");
    line("entries", format!("{entries}, {} not empty", output::count(filled as u64)));
    line(
        "bytes",
        format!(
            "{} ({}); {} dead, {} saved by sharing",
            output::count(*file_bytes),
            output::bytes(*file_bytes),
            output::bytes(archive.dead_bytes()),
            output::bytes(archive.shared_bytes()),
        ),
    );
    for (name, total) in codecs.iter().filter(|(name, _)| **name != "none") {
        let entries = plural(total.entries, "entry", "entries");
        line(&format!("  {name}"), format!("{entries}, {}", output::bytes(total.bytes)));
    }
    space_lines(archive.space(), &mut line);
    for (key, value) in archive.metadata() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        line(&format!("  {key}"), value);
    }
    text
}

fn space_lines(space: &Space, line: &mut impl FnMut(&str, String)) {
    let numbers = |values: [f64; 3]| values.map(number).join(" ");
    let [z, y, x] = space.shape();
    line("shape", format!("{z} {y} {x} (z, y, x)"));
    line("spacing", format!("{} mm (z, y, x)", numbers(space.spacing())));
    line("origin", format!("{} mm (x, y, z; LPS+)", numbers(space.origin())));
    let hand = if space.is_left_handed() { "left-handed" } else { "right-handed" };
    line("axes", format!("{} (x, y, z run to), {hand}", space.axis_codes().xyz()));
    let degrees = space.obliqueness_degrees();
    let oblique = if degrees < 0.005 {
        "aligned with the world".to_owned()
    } else {
        format!("oblique by {degrees:.2} degrees")
    };
    line("direction", oblique);
    for (row, name) in space.to_nifti_affine()[..3].iter().zip(["affine (RAS)", "", ""]) {
        line(name, row.map(|value| format!("{:>12}", number(value))).join(""));
    }
}

/// Up to four decimals, without zeros at the end.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}
