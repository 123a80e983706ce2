//! What `medmask ls` says, as JSON.

use std::borrow::Cow;
use std::num::NonZeroU32;

use medmask::medmask_archive::Label;
use medmask::{Dtype, LabelStatistics, Space};
use serde::Serialize;
use serde_json::json;

use super::listing::{Line, Listing, Subject, bounds_json};
use crate::failure::Result;
use crate::opened::Chosen;
use crate::output;
use crate::verbs::group;

/// One entry at a time, so that memory does not grow with the archive. `head` stands before the object, and `subject` is what the
/// archive is called where there are several.
pub fn print(listed: &Listing<'_>, head: &str, subject: Option<&Subject<'_>>) -> Result {
    let Listing { lines, groups, space } = listed;
    output::print_with(|out| {
        write!(out, "{head}{{")?;
        if let Some(Subject { name, archive }) = subject {
            let (name, archive) = (json!(name), json!(archive.to_string_lossy()));
            write!(out, "\"subject\":{name},\"archive\":{archive},")?;
        }
        out.write_all(b"\"entries\":[")?;
        for (place, line) in lines.iter().enumerate() {
            out.write_all(if place > 0 { b",\n" } else { b"\n" })?;
            let json = match line {
                Line::Entry(one) => entry_json(one, space),
                Line::Computed(name, statistics) => computed_json(name, statistics.as_ref(), space),
            };
            serde_json::to_writer(&mut *out, &json)?;
        }
        out.write_all(b"\n],\n\"groups\":")?;
        serde_json::to_writer(&mut *out, &group::to_json(groups))?;
        out.write_all(b"}\n")
    })
}

/// What `ls` says of an entry. Structs rather than values: an entry may have 70,000 labels.
#[derive(Serialize)]
struct EntryJson<'a> {
    name: &'a str,
    dtype: Option<&'static str>,
    codec: Option<&'static str>,
    stored_bytes: u64,
    /// Its label in a blob of several entries.
    layer: Option<NonZeroU32>,
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

fn entry_json<'a>(one: &Chosen<'a>, space: &Space) -> EntryJson<'a> {
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
        layer: one.entry.layer(),
        labels: one.labels().map(label).collect(),
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
    EntryJson { name, dtype, codec: None, stored_bytes: 0, layer: None, labels: vec![label] }
}
