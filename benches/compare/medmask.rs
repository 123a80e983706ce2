//! medmask's side of `cargo xtask compare`: does what standard input asks, once for each line, and answers with a line of JSON.
//!
//! A question is a codec and an operation, such as `runs read_masks`; the answer holds the seconds that it took (of each part
//! where it has parts) and, for what writes, the bytes of the file. One thread, but that a large mask is loaded with all cores.

use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Instant;

use medmask::input;
use medmask::medmask_core::{Bounds, Voxel, with_voxels};
use medmask::{
    Archive, ArchiveWriter, Codec, CodecChoice, EntryOptions, Mask, PackOptions, WriterOptions,
    pack,
};
use medmask_benches::{Case, Problem};
use ndarray::Array3;
use serde_json::{Value, json};

/// The case in memory, and where archives of it go.
struct Bench {
    folder: PathBuf,
    case: Case,
    masks: Vec<(String, Mask)>,
    merged: Mask,
    scratch: PathBuf,
}

fn main() -> Result<(), Problem> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, scratch] = &arguments[..] else {
        return Err("usage: compare_medmask CASE-FOLDER SCRATCH-FOLDER".into());
    };
    let case = Case::from_folder(folder)?;
    let bench = Bench {
        folder: folder.clone(),
        masks: case.dense()?,
        merged: case.merged()?,
        case,
        scratch: scratch.clone(),
    };
    for question in std::io::stdin().lines() {
        let answer =
            bench.answer(&question?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

impl Bench {
    fn answer(&self, question: &str) -> Result<Value, Problem> {
        let Some((codec, operation)) = question.split_once(' ') else {
            return Ok(self.description());
        };
        let CodecChoice(codec) = codec.parse()?;
        match operation {
            "write_masks" => self.write_masks(codec),
            "read_masks" => self.read_masks(codec),
            "read_one" => self.read_one(codec),
            "write_merged" => self.write_merged(codec),
            "read_merged" => self.read_merged(codec),
            "decode_merged" => self.decode_merged(codec),
            "slices" => self.slices(codec),
            "pack" => self.pack(codec),
            "check" => self.check(codec),
            _ => Err(format!("no operation is called {operation}").into()),
        }
    }

    /// What is measured, with checksums by which the other side's voxels are compared.
    fn description(&self) -> Value {
        let bytes = with_voxels!(self.merged.voxels(), array => {
            array.iter().map(|voxel| voxel.to_label() as u8).collect::<Vec<u8>>()
        });
        let voxels: u64 = self.case.masks.iter().map(|(_, runs)| runs.voxel_count()).sum();
        json!({
            "masks": self.masks.len(),
            "non_empty": self.case.non_empty().count(),
            "shape": self.case.space.shape(),
            "voxels": voxels,
            "labels": self.merged.labels().len(),
            "merged_crc32": crc32fast::hash(&bytes),
        })
    }

    /// From dense arrays in memory to an archive that is safe on disk.
    fn write_masks(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.masks_path(codec);
        let start = Instant::now();
        let mut writer = ArchiveWriter::create(&path, &self.case.space, overwriting())?;
        for (name, mask) in &self.masks {
            writer.add_with(name, mask, EntryOptions::new().codec(codec))?;
        }
        writer.finish()?;
        written(start, &path)
    }

    /// Opens, and loads every entry into a dense array that is kept.
    fn read_masks(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.masks_path(codec);
        let start = Instant::now();
        let archive = Archive::open(&path)?;
        let masks = archive
            .names()
            .map(|name| archive.get(name)?.to_mask())
            .collect::<Result<Vec<_>, _>>()?;
        let seconds = start.elapsed().as_secs_f64();
        drop(masks);
        Ok(json!({"seconds": [seconds]}))
    }

    /// Opens and loads one entry; each that has voxels in turn.
    fn read_one(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.masks_path(codec);
        let mut seconds = Vec::new();
        for (name, _) in self.case.non_empty() {
            let start = Instant::now();
            let mask = Archive::open(&path)?.get(name)?.to_mask()?;
            seconds.push(start.elapsed().as_secs_f64());
            drop(mask);
        }
        Ok(json!({"seconds": seconds}))
    }

    fn write_merged(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.merged_path(codec);
        let start = Instant::now();
        let mut writer = ArchiveWriter::create(&path, &self.case.space, overwriting())?;
        writer.add_with("merged", &self.merged, EntryOptions::new().codec(codec))?;
        writer.finish()?;
        written(start, &path)
    }

    fn read_merged(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.merged_path(codec);
        let start = Instant::now();
        let mask = Archive::open(&path)?.get("merged")?.to_mask()?;
        let seconds = start.elapsed().as_secs_f64();
        drop(mask);
        Ok(json!({"seconds": [seconds]}))
    }

    /// As `read_merged`, into memory that has been used before.
    fn decode_merged(&self, codec: Codec) -> Result<Value, Problem> {
        let mut target = Array3::from_elem(self.case.space.shape(), u8::MAX);
        let start = Instant::now();
        Archive::open(self.merged_path(codec))?.get("merged")?.read_into(&mut target)?;
        let seconds = start.elapsed().as_secs_f64();
        drop(target);
        Ok(json!({"seconds": [seconds]}))
    }

    /// Every slice of every entry that has voxels, dense, from an open archive.
    fn slices(&self, codec: Codec) -> Result<Value, Problem> {
        let archive = Archive::open(self.masks_path(codec))?;
        let [_, height, width] = self.case.space.shape();
        let mut seconds = Vec::new();
        for (name, runs) in self.case.non_empty() {
            let Some(bounds) = runs.bounds() else { continue };
            for z in bounds.start[0]..bounds.end[0] {
                let slice = Bounds { start: [z, 0, 0], end: [z + 1, height, width] };
                let start = Instant::now();
                let voxels = archive.get(name)?.region(slice)?.to_voxels()?;
                seconds.push(start.elapsed().as_secs_f64());
                drop(voxels);
            }
        }
        Ok(json!({"seconds": seconds}))
    }

    /// From a folder of NIfTI files to an archive that is safe on disk.
    fn pack(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.scratch.join("packed.mska");
        let jobs = NonZero::<usize>::MIN;
        let mut options = PackOptions::default();
        (options.codec, options.jobs, options.overwrite) = (Some(codec), jobs, true);
        let start = Instant::now();
        let inputs = input::collect(std::slice::from_ref(&self.folder), &options.formats)?.inputs;
        pack(&inputs, &path, &options, |_| ())?;
        written(start, &path)
    }

    /// That both files hold the voxels that went in.
    fn check(&self, codec: Codec) -> Result<Value, Problem> {
        let archive = Archive::open(self.masks_path(codec))?;
        if archive.names().len() != self.masks.len() {
            return Err("the archive has another number of masks".into());
        }
        for (name, mask) in &self.masks {
            if archive.get(name)?.to_mask()? != *mask {
                return Err(format!("{name} came back different").into());
            }
        }
        if Archive::open(self.merged_path(codec))?.get("merged")?.to_mask()? != self.merged {
            return Err("the merged volume came back different".into());
        }
        Ok(json!({}))
    }

    fn masks_path(&self, codec: Codec) -> PathBuf {
        self.scratch.join(format!("masks-{}.mska", codec.id().name()))
    }

    fn merged_path(&self, codec: Codec) -> PathBuf {
        self.scratch.join(format!("merged-{}.msk", codec.id().name()))
    }
}

fn overwriting() -> WriterOptions {
    WriterOptions::new().overwrite(true)
}

fn written(start: Instant, path: &Path) -> Result<Value, Problem> {
    let seconds = start.elapsed().as_secs_f64();
    Ok(json!({"seconds": [seconds], "bytes": path.metadata()?.len()}))
}
