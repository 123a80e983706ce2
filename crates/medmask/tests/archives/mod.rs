//! Small archives, and packing them.

use std::path::{Path, PathBuf};

use medmask::input::collect;
use medmask::medmask_archive::EncodedEntry;
use medmask::medmask_core::{Run, RunsBuilder};
use medmask::{
    ArchiveWriter, Codec, EntryOptions, Error, LabelMap, PackOptions, PackReport, Runs, Space,
    WriterOptions, pack,
};
use serde_json::{Value, json};

use crate::common::SHAPE;

pub fn runs(seed: u32) -> Runs {
    let mut builder = RunsBuilder::new(SHAPE);
    for z in 0..8 {
        for y in 0..6 {
            let start = (seed + z * y) % 4;
            builder.push(z, y, Run { start, end: start + 1 + seed % 3, label: 1 });
        }
    }
    builder.finish()
}

pub fn labels(names: &[(&str, u32)]) -> LabelMap {
    let mut labels = LabelMap::new();
    names.iter().for_each(|(name, label)| labels.insert(*name, *label).unwrap());
    labels
}

pub fn space(z: f64) -> Space {
    Space::new(SHAPE, [1.0; 3], [0.0, 0.0, z], Space::of_shape(SHAPE).direction()).unwrap()
}

/// An archive of entries of the names `names` with `codec`, whose voxel 0 lies at `z` mm.
pub fn write_archive(path: &Path, names: &[&str], codec: Codec, z: f64, metadata: &Value) {
    let mut writer = ArchiveWriter::create(path, &space(z), WriterOptions::default()).unwrap();
    for (seed, name) in names.iter().enumerate() {
        let options = EntryOptions::new().codec(codec);
        let labels = labels(&[(*name, 1)]);
        let entry = EncodedEntry::new(name, &runs(seed as u32), &labels, &options).unwrap();
        writer.add_encoded(entry).unwrap();
    }
    writer.set_metadata(metadata.as_object().unwrap()).unwrap();
    writer.finish().unwrap();
}

pub fn pack_with(
    paths: &[PathBuf],
    prefixes: &[&str],
    output: &Path,
    options: &PackOptions,
) -> Result<PackReport, Error> {
    let mut inputs = collect(paths, &options.formats)?.inputs;
    for (input, prefix) in inputs.iter_mut().zip(prefixes) {
        (*prefix).clone_into(&mut input.prefix);
    }
    pack(&inputs, output, options, |_| ())
}

pub struct Case {
    pub folder: tempfile::TempDir,
}

impl Case {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `a.mska` in `context` and `b.mska` in `raw`, 0.05 mm apart.
    pub fn with_archives() -> Self {
        let case = Self::new();
        let metadata = json!({"site": "north", "of": "a"});
        write_archive(&case.at("a.mska"), &["liver", "rib"], Codec::Context, 0.0, &metadata);
        let metadata = json!({"site": "north", "of": "b", "more": 1});
        write_archive(&case.at("b.mska"), &["aorta", "vein"], Codec::Raw, 0.05, &metadata);
        case
    }
}
