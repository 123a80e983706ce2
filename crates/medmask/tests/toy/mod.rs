//! A format that exists for tests alone: JSON with several masks of one grid in one file, `.toy`.
//!
//! Every voxel is 1 mm; the file says where voxel 0 lies, and has a tag that only this format understands.

use std::path::Path;
use std::sync::Arc;

use medmask::adapter::{
    Adapter, DecodedMask, FileMask, FileOptions, MaskFile, MaskToWrite, Placement, Reason,
    Reference,
};
use medmask::medmask_core::{Run, RunsBuilder};
use medmask::medmask_files::check_output;
use medmask::{Error, LabelMap, Result, Runs, Space};
use serde_json::{Map, Value, json};

/// The format.
pub struct Toy;

const START: &str = "{\"toy\":";

/// A file of masks on a grid of `shape` (z, y, x): names, and the voxels along z, y and x.
pub fn write_toy(
    path: &Path,
    shape: [usize; 3],
    origin: [f64; 3],
    tag: &str,
    masks: &[(&str, Vec<u32>)],
) {
    let masks: Vec<Value> =
        masks.iter().map(|(name, voxels)| json!({"name": name, "voxels": voxels})).collect();
    let file = json!({"toy": 1, "shape": shape, "origin": origin, "tag": tag, "masks": masks});
    std::fs::write(path, file.to_string()).unwrap();
}

/// Origin, tag, and the masks of a file, for comparing.
pub fn read_toy(path: &Path) -> (Value, Value, Vec<(String, Vec<u32>)>) {
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let masks = file["masks"].as_array().unwrap().iter().map(|mask| {
        let voxels = serde_json::from_value(mask["voxels"].clone()).unwrap();
        (mask["name"].as_str().unwrap().to_owned(), voxels)
    });
    (file["origin"].clone(), file["tag"].clone(), masks.collect())
}

fn parse(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::file(path, error))
}

fn kept(file: &Value) -> Map<String, Value> {
    let kept = json!({"origin": file["origin"], "tag": file["tag"]});
    Map::from_iter([("toy".to_owned(), kept)])
}

fn runs_of(shape: [usize; 3], voxels: &[Value]) -> Option<Runs> {
    let mut builder = RunsBuilder::new(shape);
    let [_, height, width] = shape;
    for (place, voxel) in voxels.iter().enumerate() {
        let label = u32::try_from(voxel.as_u64()?).ok()?;
        let (row, x) = (place / width, (place % width) as u32);
        if label != 0 {
            let run = Run { start: x, end: x + 1, label };
            builder.push((row / height) as u32, (row % height) as u32, run);
        }
    }
    Some(builder.finish())
}

/// The grid of a file.
fn placement_of(path: &Path, file: &Value) -> Result<Placement> {
    let shape: [usize; 3] =
        serde_json::from_value(file["shape"].clone()).map_err(|error| Error::file(path, error))?;
    let placement = Toy.placement(&kept(file)["toy"], shape);
    placement.ok().flatten().ok_or_else(|| Error::file(path, "it lies nowhere"))
}

impl Adapter for Toy {
    fn key(&self) -> &'static str {
        "toy"
    }

    fn input_suffixes(&self) -> &'static [&'static str] {
        &[".toy", ".nii.toy"]
    }

    fn output_suffixes(&self) -> &'static [&'static str] {
        &[".toy"]
    }

    fn recognises_start(&self, start: &[u8]) -> bool {
        start.starts_with(START.as_bytes())
    }

    fn read(&self, path: &Path, name: &str) -> Result<MaskFile> {
        let file = parse(path)?;
        let placement = placement_of(path, &file)?;
        let mut masks = Vec::new();
        for mask in file["masks"].as_array().into_iter().flatten() {
            let part = mask["name"].as_str().unwrap_or_default();
            let voxels = mask["voxels"].as_array().map_or(&[][..], |voxels| voxels);
            let runs = runs_of(placement.space.shape(), voxels)
                .ok_or_else(|| Error::file(path, "a voxel is no label"))?;
            let mut decoded = DecodedMask::new(runs, LabelMap::new());
            decoded.metadata = kept(&file);
            masks.push(FileMask::new(format!("{name}/{part}"), placement.clone(), decoded));
        }
        let mut file = MaskFile::new(placement, masks);
        file.metadata.insert("made of".to_owned(), "toys".into());
        file.notes.push("it is a toy".to_owned());
        Ok(file)
    }

    fn read_reference(&self, path: &Path) -> Result<Reference> {
        let file = parse(path)?;
        let mut reference = Reference::new(path, self.key(), placement_of(path, &file)?);
        reference.metadata = kept(&file);
        reference.header = Some(Arc::new(file["tag"].clone()));
        Ok(reference)
    }

    fn placement(&self, kept: &Value, shape: [usize; 3]) -> Result<Option<Placement>, Reason> {
        let Some(origin) = kept.get("origin") else { return Ok(None) };
        let origin = serde_json::from_value(origin.clone())?;
        let direction = Space::of_shape(shape).direction();
        Ok(Some(Placement::of(Space::new(shape, [1.0; 3], origin, direction)?)))
    }

    fn write(&self, path: &Path, masks: &[MaskToWrite], options: &FileOptions) -> Result<()> {
        check_output(path, options.overwrite)?;
        let [first, ..] = masks else { return Err(Error::NoMasks { path: path.to_owned() }) };
        let like = options.like.as_ref().and_then(|like| like.header.as_ref());
        let tag = match like.and_then(|header| header.downcast_ref::<Value>()) {
            Some(tag) => tag.clone(),
            None => first.metadata.get("toy").map_or(Value::Null, |kept| kept["tag"].clone()),
        };
        let [depth, height, width] = first.runs.shape();
        let voxels = |mask: &MaskToWrite| -> Vec<u32> {
            let places = (0..depth * height * width)
                .map(|place| [place / width / height, place / width % height, place % width]);
            places.map(|place| mask.runs.at(place).unwrap_or(0)).collect()
        };
        let masks: Vec<(&str, Vec<u32>)> =
            masks.iter().map(|mask| (mask.name.as_str(), voxels(mask))).collect();
        let (shape, origin) = (first.runs.shape(), first.space.origin());
        write_toy(path, shape, origin, tag.as_str().unwrap_or("none"), &masks);
        Ok(())
    }
}
