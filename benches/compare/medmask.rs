//! medmask's side of `cargo xtask compare`: does what standard input asks, once for each line, and answers with a line of JSON.
//!
//! A question is a codec and an operation, such as `runs read_masks`; the answer holds the seconds that it took (of each part
//! where it has parts) and, for what writes, the bytes of the file. One thread, but that a large mask is loaded with all cores
//! unless `--one-thread` is given. What is measured is a folder of masks, or one label map.

use std::cell::OnceCell;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Instant;

use medmask::input;
use medmask::medmask_core::{Bounds, LabelMap, Voxel, with_voxels};
use medmask::medmask_nifti::{ReadOptions, read_mask};
use medmask::{
    Archive, ArchiveWriter, Codec, CodecChoice, EntryOptions, Mask, OpenOptions, PackOptions,
    WriterOptions, pack,
};
use medmask_benches::{Case, Problem};
use ndarray::Array3;
use serde_json::{Value, json};

/// The case in memory, and where archives of it go.
struct Bench {
    path: PathBuf,
    /// Of a label map not before they are asked for, since there may be thousands.
    masks: OnceCell<Masks>,
    merged: Mask,
    scratch: PathBuf,
    options: OpenOptions,
}

/// The masks by themselves, sparse and dense.
struct Masks {
    case: Case,
    dense: Vec<(String, Mask)>,
}

fn main() -> Result<(), Problem> {
    let mut arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut options = OpenOptions::new();
    if arguments.first().is_some_and(|first| first.as_os_str() == "--one-thread") {
        arguments.remove(0);
        options = options.threads(NonZero::<usize>::MIN);
    }
    let [path, scratch] = &arguments[..] else {
        return Err("usage: compare_medmask [--one-thread] FOLDER-OR-FILE SCRATCH-FOLDER".into());
    };
    let bench = Bench::new(path, scratch, options)?;
    for question in std::io::stdin().lines() {
        let answer =
            bench.answer(&question?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

impl Masks {
    fn new(case: Case) -> Result<Self, Problem> {
        Ok(Self { dense: case.dense()?, case })
    }
}

impl Bench {
    fn new(path: &Path, scratch: &Path, options: OpenOptions) -> Result<Self, Problem> {
        let masks = OnceCell::new();
        let merged = if path.is_dir() {
            let read = Masks::new(Case::from_folder(path)?)?;
            masks.get_or_init(|| read).case.merged()?
        } else {
            let (voxels, _, space) = read_mask(path, &ReadOptions::default())?.0.into_parts();
            Mask::with_made_names(voxels, LabelMap::new(), space)?
        };
        Ok(Self { path: path.to_owned(), masks, merged, scratch: scratch.to_owned(), options })
    }

    fn masks(&self) -> Result<&Masks, Problem> {
        if let Some(masks) = self.masks.get() {
            return Ok(masks);
        }
        let masks = Masks::new(Case::of_label_map(&self.merged))?;
        Ok(self.masks.get_or_init(|| masks))
    }

    fn open(&self, path: &Path) -> Result<Archive, Problem> {
        Ok(Archive::open_with(path, &self.options)?)
    }

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
            "check_masks" => self.check_masks(codec),
            "check_merged" => self.check_merged(codec),
            _ => Err(format!("no operation is called {operation}").into()),
        }
    }

    /// What is measured, with checksums by which the other side's voxels are compared.
    fn description(&self) -> Value {
        let (crc32, labelled) = with_voxels!(self.merged.voxels(), array => {
            let (mut hasher, mut labelled) = (crc32fast::Hasher::new(), 0_u64);
            for label in array.iter().map(|voxel| voxel.to_label()) {
                hasher.update(&label.to_le_bytes());
                labelled += u64::from(label != 0);
            }
            (hasher.finalize(), labelled)
        });
        let labels = self.merged.labels().len();
        let (masks, non_empty, voxels) =
            self.masks.get().map_or((labels, labels, labelled), |Masks { case, .. }| {
                let voxels = case.masks.iter().map(|(_, runs)| runs.voxel_count()).sum();
                (case.masks.len(), case.non_empty().count(), voxels)
            });
        json!({
            "masks": masks,
            "non_empty": non_empty,
            "shape": self.merged.shape(),
            "voxels": voxels,
            "labels": labels,
            "merged_crc32": crc32,
        })
    }

    /// From dense arrays in memory to an archive that is safe on disk.
    fn write_masks(&self, codec: Codec) -> Result<Value, Problem> {
        let (path, masks) = (self.masks_path(codec), &self.masks()?.dense);
        let start = Instant::now();
        let mut writer = ArchiveWriter::create(&path, self.merged.space(), overwriting())?;
        for (name, mask) in masks {
            writer.add_with(name, mask, EntryOptions::new().codec(codec))?;
        }
        writer.finish()?;
        written(start, &path)
    }

    /// Opens, and loads every entry into a dense array that is kept.
    fn read_masks(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.masks_path(codec);
        let start = Instant::now();
        let archive = self.open(&path)?;
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
        for (name, _) in self.masks()?.case.non_empty() {
            let start = Instant::now();
            let mask = self.open(&path)?.get(name)?.to_mask()?;
            seconds.push(start.elapsed().as_secs_f64());
            drop(mask);
        }
        Ok(json!({"seconds": seconds}))
    }

    fn write_merged(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.merged_path(codec);
        let start = Instant::now();
        let mut writer = ArchiveWriter::create(&path, self.merged.space(), overwriting())?;
        writer.add_with("merged", &self.merged, EntryOptions::new().codec(codec))?;
        writer.finish()?;
        written(start, &path)
    }

    fn read_merged(&self, codec: Codec) -> Result<Value, Problem> {
        let path = self.merged_path(codec);
        let start = Instant::now();
        let mask = self.open(&path)?.get("merged")?.to_mask()?;
        let seconds = start.elapsed().as_secs_f64();
        drop(mask);
        Ok(json!({"seconds": [seconds]}))
    }

    /// As `read_merged`, into memory that has been used before.
    fn decode_merged(&self, codec: Codec) -> Result<Value, Problem> {
        let mut target = Array3::from_elem(self.merged.shape(), u8::MAX);
        let start = Instant::now();
        self.open(&self.merged_path(codec))?.get("merged")?.read_into(&mut target)?;
        let seconds = start.elapsed().as_secs_f64();
        drop(target);
        Ok(json!({"seconds": [seconds]}))
    }

    /// Every slice of every entry that has voxels, dense, from an open archive.
    fn slices(&self, codec: Codec) -> Result<Value, Problem> {
        let archive = self.open(&self.masks_path(codec))?;
        let [_, height, width] = self.merged.shape();
        let mut seconds = Vec::new();
        for (name, runs) in self.masks()?.case.non_empty() {
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
        let inputs = input::collect(std::slice::from_ref(&self.path), &options.formats)?.inputs;
        pack(&inputs, &path, &options, |_| ())?;
        written(start, &path)
    }

    /// That the archive holds the voxels that went in.
    fn check_masks(&self, codec: Codec) -> Result<Value, Problem> {
        let archive = self.open(&self.masks_path(codec))?;
        let masks = &self.masks()?.dense;
        if archive.names().len() != masks.len() {
            return Err("the archive has another number of masks".into());
        }
        for (name, mask) in masks {
            if archive.get(name)?.to_mask()? != *mask {
                return Err(format!("{name} came back different").into());
            }
        }
        Ok(json!({}))
    }

    fn check_merged(&self, codec: Codec) -> Result<Value, Problem> {
        if self.open(&self.merged_path(codec))?.get("merged")?.to_mask()? != self.merged {
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
