//! `medmask info`.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use medmask::medmask_archive::Kind;
use medmask::{AnyArchive, Archive, Entry, Space};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::archives::{self, Elements};
use crate::failure::{Failure, Result};
use crate::opened;
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
  medmask info case.mska --json
  medmask info cohort/*.mska")]
pub struct Info {
    /// The archives
    #[arg(required = true, value_name = "ARCHIVE")]
    archives: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Bytes of metadata that are printed for people.
const METADATA_SHOWN: usize = 1 << 16;

/// What the entries that one codec was asked for need.
#[derive(Default)]
struct Total {
    entries: usize,
    bytes: u64,
}

impl Info {
    pub fn run(self) -> Result {
        let mut elements = Elements::new(&self.archives);
        let mut printed = 0;
        let told = archives::for_each(&self.archives, "read", |path| {
            let archive = match opened::open(path) {
                Ok(archive) => archive,
                Err(failure) => {
                    if self.json {
                        elements.add_failed(path, &failure)?;
                    }
                    return Err(failure);
                }
            };
            let codecs = totals(&archive);
            if self.json {
                return elements.add(&to_json(&archive, &codecs)?);
            }
            let gap = if printed > 0 { "\n" } else { "" };
            printed += 1;
            output::print(&format!("{gap}{}", to_text(&archive, &codecs)))
        });
        if self.json {
            elements.finish()?;
        }
        told
    }
}

/// What the entries of each codec need.
fn totals(archive: &AnyArchive) -> BTreeMap<&str, Total> {
    let mut codecs: BTreeMap<&str, Total> = BTreeMap::new();
    let mut seen = HashSet::new();
    for entry in archive.entries() {
        let total = codecs.entry(entry.codec().unwrap_or("none")).or_default();
        total.entries += 1;
        // Shared bytes count once.
        if let Some((_, length)) = entry.blob().filter(|(offset, _)| seen.insert(*offset)) {
            total.bytes += length;
        }
    }
    codecs
}

/// What `info` says, with metadata as they are stored: read as values, odd ones would take fifty times their bytes.
#[derive(Serialize)]
struct InfoJson<'a> {
    #[serde(flatten)]
    known: Value,
    metadata: Option<&'a RawValue>,
}

fn to_json<'a>(archive: &'a AnyArchive, codecs: &BTreeMap<&str, Total>) -> Result<InfoJson<'a>> {
    let version2 = archive.as_version2();
    let codecs: serde_json::Map<String, Value> = codecs
        .iter()
        .map(|(name, total)| {
            ((*name).to_owned(), json!({"entries": total.entries, "bytes": total.bytes}))
        })
        .collect();
    let known = json!({
        "path": archive.path().display().to_string(),
        "format_version": archive.format_version(),
        "kind": kind(archive),
        "generation": version2.map(Archive::generation),
        "space": space_json(archive.space()),
        "entry_count": archive.entries().len(),
        "non_empty_count": non_empty(archive),
        "file_bytes": archive.file_bytes(),
        "dead_bytes": version2.map(Archive::dead_bytes),
        "shared_bytes": version2.map(Archive::shared_bytes),
        "codecs": codecs,
        "damage": archive.damage().map(|damage| damage.to_string()),
    });
    // Opening has checked that it is JSON.
    let metadata = match archive.as_version2() {
        Some(archive) => Some(raw(archive.metadata_text().unwrap_or("{}"))?),
        None => None,
    };
    Ok(InfoJson { known, metadata })
}

fn raw(json: &str) -> Result<&RawValue> {
    serde_json::from_str(json).map_err(|error| Failure::new(format!("metadata: {error}")))
}

/// How many entries have labelled voxels; a file of version 1 does not say.
fn non_empty(archive: &AnyArchive) -> Option<usize> {
    let counts: Option<Vec<u64>> = archive.entries().map(Entry::voxels).collect();
    Some(counts?.into_iter().filter(|voxels| *voxels > 0).count())
}

fn kind(archive: &AnyArchive) -> &'static str {
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

fn to_text(archive: &AnyArchive, codecs: &BTreeMap<&str, Total>) -> String {
    let mut text = format!("{}\n", archive.path().display());
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<15}{value}");
    };
    let mut format = format!("{}, {}", archive.format_version(), kind(archive));
    let mut entries = plural(archive.entries().len(), "entry", "entries");
    let file_bytes = archive.file_bytes();
    let mut bytes = format!("{} ({})", output::count(file_bytes), output::bytes(file_bytes));
    // Writing to a string cannot fail.
    if let Some(archive) = archive.as_version2() {
        let _ = write!(format, ", commit {}", archive.generation());
        let (dead, shared) = (archive.dead_bytes(), archive.shared_bytes());
        let (dead, shared) = (output::bytes(dead), output::bytes(shared));
        let _ = write!(bytes, "; {dead} dead, {shared} saved by sharing");
    } else {
        format.push_str(": without checksums and statistics; `medmask convert` makes it version 2");
    }
    if let Some(filled) = non_empty(archive) {
        let _ = write!(entries, ", {} not empty", output::count(filled as u64));
    }
    line("format", format);
    line("entries", entries);
    line("bytes", bytes);
    for (name, total) in codecs.iter().filter(|(name, _)| **name != "none") {
        let entries = plural(total.entries, "entry", "entries");
        line(&format!("  {name}"), format!("{entries}, {}", output::bytes(total.bytes)));
    }
    space_lines(archive.space(), &mut line);
    metadata_lines(archive.metadata_text().unwrap_or("{}"), &mut line);
    text
}

/// A line for each key, where that is not more than people read.
fn metadata_lines(metadata: &str, line: &mut impl FnMut(&str, String)) {
    let is_short = metadata.len() <= METADATA_SHOWN;
    match is_short.then(|| serde_json::from_str::<BTreeMap<String, Value>>(metadata)) {
        Some(Ok(keys)) => {
            for (key, value) in keys {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                line(&format!("  {key}"), value);
            }
        }
        _ => {
            let bytes = output::bytes(metadata.len() as u64);
            line("metadata", format!("{bytes}, which --json prints"));
        }
    }
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
