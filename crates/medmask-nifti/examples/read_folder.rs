//! Reads every NIfTI file of a folder and prints the time: `read_folder FOLDER`.

use std::path::PathBuf;
use std::time::Instant;

use medmask_nifti::{ReadOptions, Reader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: read_folder FOLDER")?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    files.sort();
    let start = Instant::now();
    let mut reader = Reader::new(ReadOptions::default());
    let (mut voxels, mut labelled) = (0, 0);
    for file in &files {
        let volume = reader.read(file)?;
        voxels += volume.shape().iter().product::<usize>();
        labelled += usize::from(!volume.runs()?.is_empty());
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{} files, {labelled} not empty, {voxels} voxels: {seconds:.3} s", files.len());
    Ok(())
}
