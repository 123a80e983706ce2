//! Four masks of one lung that overlap each other: lobes, segments, lesions, and the lung as a whole.
//!
//! Saves them as four `.msk` files and as one `.mska` archive, compares the sizes, loads single masks and single labels from
//! the archive, and says which lobe and which segment holds each lesion.
//!
//! ```text
//! cargo run --package medmask --example lung
//! ```

use std::error::Error;
use std::path::Path;

use medmask::{Archive, ArchiveWriter, Dtype, Mask, Space, WriterOptions};
use ndarray::{Array3, s};

/// A label: its name, and the box `[y0, y1, x0, x1]` that it fills.
type Label = (&'static str, [usize; 4]);

const LOBES: [Label; 5] = [
    ("left_upper_lobe", [10, 30, 10, 25]),
    ("left_lower_lobe", [35, 55, 10, 25]),
    ("right_upper_lobe", [10, 25, 40, 55]),
    ("right_middle_lobe", [30, 45, 40, 55]),
    ("right_lower_lobe", [50, 60, 40, 55]),
];

/// Later ones are painted over earlier ones.
const SEGMENTS: [Label; 10] = [
    ("LUL_S1", [10, 18, 10, 18]),
    ("LUL_S2", [18, 25, 12, 20]),
    ("LUL_S3", [22, 30, 17, 25]),
    ("LLL_S4", [35, 42, 10, 18]),
    ("LLL_S5", [42, 50, 12, 20]),
    ("LLL_S6", [48, 55, 17, 25]),
    ("RUL_S1", [10, 18, 40, 48]),
    ("RUL_S2", [18, 25, 42, 50]),
    ("RML_S4", [30, 38, 40, 48]),
    ("RML_S5", [38, 45, 42, 50]),
];

const LESIONS: [Label; 3] =
    [("nodule_1", [15, 20, 15, 20]), ("nodule_2", [40, 45, 15, 20]), ("mass_1", [25, 30, 45, 50])];

const WHOLE_LUNG: [Label; 1] = [("whole_lung", [8, 62, 8, 57])];

fn main() -> Result<(), Box<dyn Error>> {
    // One slice of 64 x 64 voxels, (z, y, x), of 1 mm.
    let space = Space::of_shape([1, 64, 64]);
    let masks = [
        ("lobes", build(&LOBES, &space)?),
        ("segments", build(&SEGMENTS, &space)?),
        ("lesions", build(&LESIONS, &space)?),
        ("whole_lung", build(&WHOLE_LUNG, &space)?),
    ];

    let folder = tempfile::tempdir()?;
    compare_sizes(&masks, &space, folder.path())?;

    let archive = Archive::open(folder.path().join("lung.mska"))?;
    println!("\nnames: {}", archive.names().collect::<Vec<_>>().join(", "));
    for (name, mask) in [&masks[0], &masks[2]] {
        let same = archive.get(name)?.to_mask()?.voxels() == mask.voxels();
        println!("{name} loaded alone: voxels {}", if same { "identical" } else { "DIFFERENT" });
    }
    for (name, label) in [("lobes", "left_upper_lobe"), ("lesions", "nodule_1")] {
        let voxels = archive.get(name)?.label(label)?.to_runs()?.voxel_count();
        println!("{label}: {voxels} voxels");
    }
    print_homes(&archive)
}

fn build(labels: &[Label], space: &Space) -> Result<Mask, Box<dyn Error>> {
    let mut mask = Mask::empty(Dtype::U8, space.clone());
    for (label, (name, [y0, y1, x0, x1])) in (1..).zip(labels) {
        let mut region = Array3::from_elem(space.shape(), false);
        region.slice_mut(s![0, *y0..*y1, *x0..*x1]).fill(true);
        mask.add_label(&region.view(), label, *name)?;
    }
    Ok(mask)
}

/// Writes each mask as a `.msk` file, and all as `lung.mska`.
fn compare_sizes(
    masks: &[(&str, Mask)],
    space: &Space,
    folder: &Path,
) -> Result<(), Box<dyn Error>> {
    let archive = folder.join("lung.mska");
    let mut writer = ArchiveWriter::create(&archive, space, WriterOptions::default())?;
    let mut single_files = 0;
    println!("{:<14} {:>6}", "file", "bytes");
    for (name, mask) in masks {
        let path = folder.join(format!("{name}.msk"));
        let mut single = ArchiveWriter::create(&path, space, WriterOptions::default())?;
        single.add(name, mask)?;
        single.finish()?;
        let bytes = path.metadata()?.len();
        println!("{:<14} {bytes:>6}", format!("{name}.msk"));
        single_files += bytes;
        writer.add(name, mask)?;
    }
    writer.finish()?;
    let archive = archive.metadata()?.len();
    println!("{:<14} {single_files:>6}\n{:<14} {archive:>6}", "all four", "lung.mska");
    if archive >= single_files {
        return Err("the archive should be smaller than the four files".into());
    }
    Ok(())
}

/// What share of each lesion lies in which lobe and in which segment.
fn print_homes(archive: &Archive) -> Result<(), Box<dyn Error>> {
    let lesions = archive.get("lesions")?.to_mask()?;
    for (lesion, _) in lesions.labels().iter() {
        let voxels = lesions.binary_by_names(&[lesion])?;
        println!("\n{lesion}, {} voxels:", count(&voxels));
        for part in ["lobes", "segments"] {
            let parts = archive.get(part)?.to_mask()?;
            let mut inside = false;
            for (name, _) in parts.labels().iter() {
                let shared = count(&(&voxels & &parts.binary_by_names(&[name])?));
                if shared > 0 {
                    inside = true;
                    println!("  {:.0} % in {name}", 100.0 * shared as f64 / count(&voxels) as f64);
                }
            }
            if !inside {
                println!("  in none of the {part}");
            }
        }
    }
    Ok(())
}

fn count(voxels: &Array3<bool>) -> usize {
    voxels.iter().filter(|voxel| **voxel).count()
}
