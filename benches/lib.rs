//! Shared inputs of the benchmarks: a case of many masks on one grid.

mod synthetic;

use std::path::{Path, PathBuf};

use medmask::adapter::Formats;
use medmask::input::{self, Input};
use medmask::medmask_core::{Run, RunsBuilder};
use medmask::medmask_nifti::{ReadOptions, Reader};
use medmask::{
    ArchiveWriter, Codec, Dtype, Durability, EntryOptions, LabelMap, Mask, Runs, Space,
    WriterOptions,
};
use ndarray::{Array3, s};

/// What went wrong, in words for the terminal.
pub type Problem = Box<dyn std::error::Error>;

/// Binary masks that share a space.
#[derive(Debug)]
pub struct Case {
    /// Where all of them lie.
    pub space: Space,
    /// Name and voxels (all of label 1), in the order of their names.
    pub masks: Vec<(String, Runs)>,
}

impl Case {
    /// The real case beside the repository where there is one, else a made-up case that is always the same.
    ///
    /// # Errors
    /// Where files of the real case cannot be read.
    pub fn load() -> Result<Self, Problem> {
        let folder = shared_folder();
        if folder.is_dir() {
            return Self::from_folder(&folder);
        }
        Self::made_up()
    }

    /// A case that is always the same.
    ///
    /// # Errors
    /// Where its space is not one.
    pub fn made_up() -> Result<Self, Problem> {
        let (space, masks) = synthetic::case()?;
        Ok(Self { space, masks })
    }

    /// The NIfTI masks of a folder, all on the space of the first.
    ///
    /// # Errors
    /// Where files cannot be read or have different shapes.
    pub fn from_folder(folder: &Path) -> Result<Self, Problem> {
        let mut reader = Reader::new(ReadOptions::default());
        let mut space = None;
        let mut masks = Vec::new();
        for Input { path, name, .. } in
            input::collect(&[folder.to_owned()], &Formats::default())?.inputs
        {
            let volume = reader.read(&path)?;
            let space = space.get_or_insert_with(|| volume.header().space().clone());
            if volume.shape() != space.shape() {
                return Err(format!("{} has another shape", path.display()).into());
            }
            masks.push((name, volume.runs()?));
        }
        let space = space.ok_or("the folder holds no masks")?;
        Ok(Self { space, masks })
    }

    /// Each label of a label map by itself, as a mask named `label_N`.
    #[must_use]
    pub fn of_label_map(labels: &Mask) -> Self {
        let masks = labels.to_runs().split().into_iter();
        let masks = masks.map(|(label, runs)| (format!("label_{label}"), runs)).collect();
        Self { space: labels.space().clone(), masks }
    }

    /// The same case with twice the voxels along each axis, by nearest neighbours: eight times the volume, four times the
    /// surface.
    ///
    /// # Errors
    /// Where the space becomes too large.
    pub fn doubled(&self) -> Result<Self, Problem> {
        let origin = self.space.index_to_world([-0.25; 3]);
        let shape = self.space.shape().map(|axis| axis * 2);
        let spacing = self.space.spacing().map(|mm| mm / 2.0);
        let space = Space::new(shape, spacing, origin, self.space.direction())?;
        let masks = self.masks.iter().map(|(name, runs)| (name.clone(), doubled(runs))).collect();
        Ok(Self { space, masks })
    }

    /// Writes the masks as an archive, each as an entry.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path, codec: Codec) -> Result<(), Problem> {
        let mut writer = ArchiveWriter::create(path, &self.space, options_of_writer())?;
        let options = EntryOptions::new().codec(codec);
        for (name, runs) in &self.masks {
            writer.add_runs(name, runs, &one_label(name)?, &options)?;
        }
        Ok(writer.finish()?)
    }

    /// The masks that have voxels.
    pub fn non_empty(&self) -> impl Iterator<Item = &(String, Runs)> {
        self.masks.iter().filter(|(_, runs)| !runs.is_empty())
    }

    /// The mask of the most voxels.
    ///
    /// # Errors
    /// A case without masks.
    pub fn largest(&self) -> Result<&(String, Runs), Problem> {
        let largest = self.masks.iter().max_by_key(|(_, runs)| runs.voxel_count());
        largest.ok_or_else(|| "the case has no masks".into())
    }

    /// The masks as dense voxels of bool with their names.
    ///
    /// # Errors
    /// A name that labels cannot have.
    pub fn dense(&self) -> Result<Vec<(String, Mask)>, Problem> {
        let dense = |(name, runs): &(String, Runs)| -> Result<_, Problem> {
            let voxels = runs.to_voxels(Dtype::Bool);
            Ok((name.clone(), Mask::new(voxels, one_label(name)?, self.space.clone())?))
        };
        self.masks.iter().map(dense).collect()
    }

    /// All masks painted into one volume in their order, the n-th with label n (from 1). Labels that are wholly painted
    /// over have no name, and the voxel type is the narrowest.
    ///
    /// # Errors
    /// A name that labels cannot have.
    pub fn merged(&self) -> Result<Mask, Problem> {
        let mut voxels = Array3::<u16>::zeros(self.space.shape());
        for (label, (_, runs)) in (1_u16..).zip(&self.masks) {
            for row in runs.rows() {
                for run in row.runs {
                    let x = run.start as usize..run.end as usize;
                    voxels.slice_mut(s![row.z as usize, row.y as usize, x]).fill(label);
                }
            }
        }
        let runs = Runs::from_array(voxels.view());
        let mut labels = LabelMap::new();
        for label in runs.labels() {
            labels.insert(self.masks[label as usize - 1].0.as_str(), label)?;
        }
        let dtype = Dtype::for_label(runs.max_label());
        Ok(Mask::new(runs.to_voxels(dtype), labels, self.space.clone())?)
    }
}

/// Without waiting for the disk, which is not what is measured.
#[must_use]
pub fn options_of_writer() -> WriterOptions {
    WriterOptions::new().overwrite(true).durability(Durability::Buffered)
}

/// `name` for label 1.
///
/// # Errors
/// A name that labels cannot have.
pub fn one_label(name: &str) -> Result<LabelMap, Problem> {
    let mut labels = LabelMap::new();
    labels.insert(name, 1)?;
    Ok(labels)
}

/// Where the real case lies, if anywhere.
#[must_use]
pub fn shared_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/totalsegmentator-s0000")
}

fn doubled(runs: &Runs) -> Runs {
    let mut builder = RunsBuilder::new(runs.shape().map(|axis| axis * 2));
    let [depth, height, _] = runs.shape().map(|axis| axis as u32 * 2);
    for z in 0..depth {
        for y in 0..height {
            for run in runs.row(z / 2, y / 2) {
                builder.push(z, y, Run { start: run.start * 2, end: run.end * 2, ..*run });
            }
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_case_has_eight_times_the_voxels_at_the_same_place() {
        let case = Case::made_up().unwrap();
        let doubled = case.doubled().unwrap();
        for ((_, runs), (_, larger)) in case.masks.iter().zip(&doubled.masks) {
            assert_eq!(larger.voxel_count(), runs.voxel_count() * 8);
        }
        let [low, high] =
            [case.space.index_to_world([-0.5; 3]), doubled.space.index_to_world([-0.5; 3])];
        assert!(low.iter().zip(high).all(|(a, b)| (a - b).abs() < 1e-9), "{low:?} {high:?}");
    }

    #[test]
    fn later_masks_are_painted_over_earlier_ones() {
        let shape = [1, 1, 4];
        let runs = |voxels: [u8; 4]| Runs::from_slice(&voxels, shape).unwrap();
        let masks = [("a", [1, 1, 0, 0]), ("b", [1, 1, 1, 0]), ("c", [0, 0, 1, 1])];
        let masks = masks.map(|(name, voxels)| (name.to_owned(), runs(voxels))).to_vec();
        let merged = Case { space: Space::of_shape(shape), masks }.merged().unwrap();
        assert_eq!([0, 1, 2, 3].map(|x| merged.voxels().get([0, 0, x])), [2, 2, 3, 3].map(Some));
        assert_eq!(merged.labels().get("b"), Some(2));
        assert_eq!(merged.labels().get("a"), None);
    }
}
