//! Label maps and folders of masks of any kind, measured by bytes and by the time of reading.

use std::path::{Path, PathBuf};

use super::figures::Figures;
use super::made_up;
use super::programs::{describe, start};
use super::systems::SETTINGS;
use super::worker::Worker;
use crate::run::{Problem, root};

/// A label map, or a folder of masks.
pub struct Set {
    /// What it is called in tables.
    pub name: String,
    path: PathBuf,
}

/// What is measured for the README where it lies beside the repository, each a kind of its own.
const KNOWN: [(&str, &str); 6] = [
    ("totalsegmentator-s0000", "CT of a trunk, 1.5 mm"),
    ("totalsegmentator-s0000/urinary_bladder.nii.gz", "one organ of it"),
    ("variety/example_seg_mr.nii.gz", "MR of a trunk, 3 mm"),
    ("variety/nnunet_T300.nii.gz", "outline of a body, 3 mm"),
    ("variety/pan_spine_semantic.nii.gz", "MR of a spine, thick slices"),
    ("variety/cells_2d.nii.gz", "cells in one plane"),
];

/// More bytes than these are not unpacked as one mask for each label.
const MOST_BYTES: f64 = (1_u64 << 31) as f64;
/// Into more masks than these no label map is split.
const MOST_MASKS: u64 = 512;

/// What takes longer is read as often as this; what does not, once in each round.
const SLOW_READS: usize = 3;
const SLOW_SECONDS: f64 = 0.5;

/// In which form voxels are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Each mask by itself.
    Masks,
    /// All labels in one volume.
    Merged,
}

impl Form {
    /// The operation that writes it.
    pub fn write(self) -> &'static str {
        match self {
            Self::Masks => "write_masks",
            Self::Merged => "write_merged",
        }
    }

    /// The operation that reads all of it.
    pub fn read(self) -> &'static str {
        match self {
            Self::Masks => "read_masks",
            Self::Merged => "read_merged",
        }
    }

    fn check(self) -> &'static str {
        match self {
            Self::Masks => "check_masks",
            Self::Merged => "check_merged",
        }
    }

    /// Those in which a set is measured.
    pub fn all(figures: &Figures) -> Vec<Self> {
        let masks = figures.described["masks"].as_u64().unwrap_or(0);
        let bytes = figures.grid_voxels() * masks as f64;
        let split = (2..=MOST_MASKS).contains(&masks) && bytes <= MOST_BYTES;
        if split { vec![Self::Masks, Self::Merged] } else { vec![Self::Merged] }
    }
}

/// Each label map in `folder`, and each folder of masks in it.
pub fn of_folder(folder: &Path) -> Result<Vec<Set>, Problem> {
    let mut paths = Vec::new();
    for found in folder.read_dir()? {
        paths.push(found?.path());
    }
    paths.sort();
    let holds_masks = |path: &PathBuf| {
        let files = path.read_dir().into_iter().flatten().flatten();
        is_label_map(path) || files.map(|file| file.path()).any(|file| is_label_map(&file))
    };
    let sets = paths.into_iter().filter(holds_masks);
    let sets: Vec<Set> = sets.map(|path| Set { name: stem(&path), path }).collect();
    if sets.is_empty() {
        return Err(format!("{} holds no NIfTI files", folder.display()).into());
    }
    Ok(sets)
}

/// The sets for the README, as far as they are there, and a made-up one.
pub fn known(scratch: &Path) -> Result<Vec<Set>, Problem> {
    let shared = root().join("../shared/data");
    let known = KNOWN.map(|(path, name)| Set { name: name.to_owned(), path: shared.join(path) });
    let mut sets: Vec<Set> = known.into_iter().filter(|set| set.path.exists()).collect();
    let path = scratch.join("parcels.nii.gz");
    made_up::parcels(&path)?;
    sets.push(Set { name: "made-up parcels of a brain, 1 mm".to_owned(), path });
    Ok(sets)
}

fn is_label_map(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.is_file() && (name.ends_with(".nii.gz") || name.ends_with(".nii"))
}

fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.trim_end_matches(".gz").trim_end_matches(".nii").to_owned()
}

impl Set {
    /// Writes it by every system, and reads it in rounds in which each has its turn.
    pub fn measure(
        &self,
        scratch: &Path,
        rounds: usize,
        peers: &[&str],
    ) -> Result<Figures, Problem> {
        let (mut ours, mut theirs) =
            start(&self.path, scratch, &["--one-thread"], &["--best-order"])?;
        let described = describe(&mut ours, &mut theirs)?;
        let mut figures = Figures::new(self.name.clone(), described);
        for form in Form::all(&figures) {
            for setting in SETTINGS {
                write(&mut figures, &mut ours, setting, form)?;
            }
            for (place, peer) in (1..).zip(peers) {
                eprintln!("  {}: {peer}, {place} of {}", form.write(), peers.len());
                if let Err(problem) = write(&mut figures, &mut theirs, peer, form) {
                    figures.forget(peer, form.write());
                    figures.failures.push(format!("{}: {problem}", self.name));
                }
            }
            for round in 0..rounds {
                for setting in SETTINGS {
                    read(&mut figures, &mut ours, setting, form)?;
                }
                for peer in peers {
                    let is_slow = figures.seconds(peer, form.read()) > SLOW_SECONDS;
                    let is_written = figures.bytes(peer, form.write()) > 0;
                    if is_written && !(is_slow && round >= SLOW_READS) {
                        read(&mut figures, &mut theirs, peer, form)?;
                    }
                }
            }
        }
        Ok(figures)
    }
}

/// Writes, and checks that every voxel comes back.
fn write(
    figures: &mut Figures,
    worker: &mut Worker,
    system: &str,
    form: Form,
) -> Result<(), Problem> {
    let written = worker.ask(&format!("{system} {}", form.write()))?;
    figures.add(system, form.write(), &written);
    worker.ask(&format!("{system} {}", form.check())).map(drop)
}

fn read(
    figures: &mut Figures,
    worker: &mut Worker,
    system: &str,
    form: Form,
) -> Result<(), Problem> {
    figures.add(system, form.read(), &worker.ask(&format!("{system} {}", form.read()))?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_folder_holds_label_maps_and_folders_of_masks() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for name in ["b.nii.gz", "a.nii", "notes.txt"] {
            std::fs::write(place(name), "").unwrap();
        }
        std::fs::create_dir_all(place("case")).unwrap();
        std::fs::write(place("case/liver.nii.gz"), "").unwrap();
        std::fs::create_dir_all(place("empty")).unwrap();
        let names = of_folder(folder.path()).unwrap().into_iter().map(|set| set.name);
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "case"]);
        assert!(of_folder(&place("empty")).is_err());
    }

    #[test]
    fn a_label_map_of_many_labels_is_not_split() {
        let forms = |masks: u64, shape: [u64; 3]| {
            let described = json!({"masks": masks, "shape": shape});
            Form::all(&Figures::new(String::new(), described)).len()
        };
        assert_eq!(forms(1, [9, 9, 9]), 1);
        assert_eq!(forms(117, [179, 192, 294]), 2);
        assert_eq!(forms(10_000, [9, 9, 9]), 1);
        assert_eq!(forms(20, [512, 512, 512]), 1);
    }
}
