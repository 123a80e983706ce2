//! `cargo xtask demo`: a made-up case of 117 masks, the real commands on it, and what they save.

mod anatomy;
mod commands;
mod shapes;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

use medmask_core::{LabelMap, Runs, Space};
use medmask_nifti::{ReadOptions, Reader, WriteOptions, write_mask};

use crate::run::{Problem, built_command, target};
use commands::{STEPS, show};

/// The files whose sizes are compared.
const SIZES: [(&str, &str); 5] = [
    ("case", "117 .nii.gz files"),
    ("version1.mska", "archive of version 1, as the Python package writes it"),
    ("zstd.mska", "archive, --codec zstd:19"),
    ("case.mska", "archive, default codec"),
    ("smallest.mska", "archive, --codec context"),
];

/// Makes the case, runs the commands, compares the sizes.
pub fn demo() -> Result<(), Problem> {
    let folder = target().join("demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    println!(
        "This makes a case of 117 masks, runs the command on it, and compares sizes. It takes some seconds, and minutes the \
         first time, when the command is built."
    );
    println!("\n# Build the command");
    let medmask = built_command()?;
    let started = Instant::now();
    println!("\n# Make 117 masks of 256 x 192 x 160 voxels");
    make_case(&folder.join("case"), |done| show_progress(done, 117))?;
    println!("\n$ cd {}", folder.display());
    for step in &STEPS {
        println!("\n# {}", step.what);
        for arguments in step.commands {
            show(&medmask, &folder, arguments)?;
        }
    }
    for name in ["back/liver.nii.gz", "back/vertebrae_T7.nii.gz", "back/kidney_cyst_left.nii.gz"] {
        check_same(&folder, name)?;
    }
    print_sizes(&folder)?;
    println!(
        "\nThe files are in {}. Without the building it took {:.0} s.",
        folder.display(),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One line that counts, on a terminal.
fn show_progress(done: usize, all: usize) {
    if !std::io::stdout().is_terminal() {
        return;
    }
    let end = if done == all { "\n" } else { "" };
    print!("\r{done} of {all}{end}");
    // A count that is not shown is no failure.
    let _ = std::io::stdout().flush();
}

/// Writes 117 made-up masks as NIfTI files; `progress` is told how many are done.
pub fn make_case(folder: &Path, progress: impl Fn(usize)) -> Result<(), Problem> {
    std::fs::create_dir_all(folder)?;
    let world_axes = Space::of_shape([1; 3]).direction();
    let space = Space::new([160, 192, 256], [5.0, 1.5, 1.5], [0.0; 3], world_axes)?;
    for (seed, structure) in (1..).zip(anatomy::structures()) {
        let voxels = shapes::rasterise(&structure.solids, &space, seed);
        let runs = Runs::from_array(voxels.view());
        if runs.is_empty() {
            return Err(format!("{} has no voxels", structure.name).into());
        }
        let mut options = WriteOptions::default();
        options.label_table = false;
        let path = folder.join(format!("{}.nii.gz", structure.name));
        write_mask(&path, &runs, &LabelMap::new(), &space, &options)?;
        progress(seed as usize);
    }
    Ok(())
}

/// What came back from the archive is what went in, voxel for voxel.
fn check_same(folder: &Path, name: &str) -> Result<(), Problem> {
    let mut reader = Reader::new(ReadOptions::default());
    let mut voxels = |path: &Path| -> Result<Runs, Problem> { Ok(reader.read(path)?.runs()?) };
    let file_name = Path::new(name).file_name().unwrap_or_default();
    let (source, back) =
        (voxels(&folder.join("case").join(file_name))?, voxels(&folder.join(name))?);
    if source == back {
        println!("{name} has the voxels of its source.");
        Ok(())
    } else {
        Err(format!("{name} differs from its source").into())
    }
}

fn print_sizes(folder: &Path) -> Result<(), Problem> {
    let sources = bytes(&folder.join("case"))?;
    println!("\nWhat it saves:\n{:>10}  {:>7}", "bytes", "ratio");
    for (name, what) in SIZES {
        let size = bytes(&folder.join(name))?;
        println!("{size:>10}  {:>6.1}x  {what}", sources as f64 / size as f64);
    }
    Ok(())
}

/// Of a file, or of all files in a folder.
fn bytes(path: &Path) -> Result<u64, Problem> {
    if path.is_file() {
        return Ok(path.metadata()?.len());
    }
    let mut sum = 0;
    for entry in path.read_dir()? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}
