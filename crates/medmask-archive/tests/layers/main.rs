//! Entries that share a blob as labels of one volume.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "../common/mod.rs"]
mod common;

mod changing;
mod damage;
mod same;

use std::collections::BTreeMap;
use std::path::Path;

use medmask_archive::{
    Archive, ArchiveWriter, Codec, EncodedEntry, EntryOptions, Layers, WriterOptions,
};
use medmask_core::{Dtype, LabelMap, Run, Runs, RunsBuilder, Space};

const SHAPE: [usize; 3] = [140, 12, 14];

/// A mask under its name, with the number that its voxels have.
#[derive(Clone, Debug)]
struct Named {
    name: String,
    runs: Runs,
    codec: Codec,
}

/// The box `[z0, z1, y0, y1, x0, x1]`, of label `label`.
fn cuboid([z0, z1, y0, y1, x0, x1]: [u32; 6], label: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for (z, y) in (z0..z1).flat_map(|z| (y0..y1).map(move |y| (z, y))) {
        // Not quite a box, so that no two rows need be alike.
        let end = x1 - (z * 3 + y) % 2;
        if x0 < end {
            builder.push(z, y, Run { start: x0, end, label });
        }
    }
    builder.finish()
}

/// Half of the voxels of some slices, rows and columns, without any pattern.
fn noise(shape: [usize; 3], [z0, z1, y0, y1, x0, x1]: [u32; 6]) -> Runs {
    let mut builder = RunsBuilder::new(shape);
    let mut state = u64::from(z0 * 7 + y0 + 1);
    for (z, y) in (z0..z1).flat_map(|z| (y0..y1).map(move |y| (z, y))) {
        for x in x0..x1 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if state % 2 == 1 {
                builder.push(z, y, Run { start: x, end: x + 1, label: 1 });
            }
        }
    }
    builder.finish()
}

fn named(name: &str, runs: Runs) -> Named {
    Named { name: name.to_owned(), runs, codec: Codec::Transitions }
}

/// Three that do not overlap, one that overlaps the first, and one that is empty.
fn case() -> Vec<Named> {
    vec![
        named("liver", cuboid([2, 20, 1, 8, 2, 9], 1)),
        named("spleen", cuboid([10, 30, 1, 8, 9, 14], 1)),
        named("tumour", cuboid([4, 9, 2, 5, 4, 8], 1)),
        named("nothing", Runs::empty(SHAPE)),
        named("aorta", cuboid([0, 40, 9, 12, 5, 8], 7)),
    ]
}

fn encoded(one: &Named) -> EncodedEntry {
    let mut labels = LabelMap::new();
    labels.insert(one.name.clone(), one.runs.max_label().max(1)).unwrap();
    // A label that no voxel holds.
    if one.name == "aorta" {
        labels.insert("arch", 3).unwrap();
    }
    let options = EntryOptions::new().codec(one.codec);
    EncodedEntry::new(&one.name, &one.runs, &labels, &options).unwrap()
}

fn options(layers: impl Into<Option<Layers>>) -> WriterOptions {
    WriterOptions::new().layers(layers.into()).overwrite(true)
}

fn write(path: &Path, all: &[Named], layers: impl Into<Option<Layers>>) {
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(path, &space, options(layers)).unwrap();
    all.iter().for_each(|one| writer.add_encoded(encoded(one)).unwrap());
    writer.finish().unwrap();
}

fn open_to_change(path: &Path, layers: impl Into<Option<Layers>>) -> ArchiveWriter {
    ArchiveWriter::open(path, options(layers)).unwrap()
}

/// Names and voxels.
fn voxels(path: &Path) -> BTreeMap<String, Runs> {
    let archive = Archive::open(path).unwrap();
    let runs = |name: &str| archive.get(name).unwrap().to_runs().unwrap();
    archive.names().map(|name| (name.to_owned(), runs(name))).collect()
}

fn expected(all: &[Named]) -> BTreeMap<String, Runs> {
    all.iter().map(|one| (one.name.clone(), one.runs.clone())).collect()
}

/// Of each entry the layer, and where its blob stands among the blobs; 0 for none.
fn layers(path: &Path) -> Vec<(u32, usize)> {
    let archive = Archive::open(path).unwrap();
    let mut blobs = Vec::new();
    let place = |entry: &medmask_archive::Entry| {
        let layer = entry.layer().map_or(0, u32::from);
        let Some(blob) = entry.blob() else { return (layer, 0) };
        let known = blobs.iter().position(|known| *known == blob);
        let place = known.unwrap_or_else(|| {
            blobs.push(blob);
            blobs.len() - 1
        });
        (layer, place + 1)
    };
    archive.entries().map(place).collect()
}

/// The narrowest type.
fn dtype(runs: &Runs) -> Dtype {
    Dtype::for_label(runs.max_label().max(1))
}
