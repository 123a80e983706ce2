//! How cost grows with the number of entries: `cargo run --release -p medmask-archive --example scale`.

use std::error::Error;
use std::time::{Duration, Instant};

use medmask_archive::{
    Archive, ArchiveWriter, Durability, EncodedEntry, EntryOptions, WriterOptions,
};
use medmask_core::{LabelMap, Run, Runs, RunsBuilder, Space};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A ball of `radius` voxels somewhere that depends on `seed`.
fn ball(shape: [usize; 3], radius: i64, seed: u64) -> Runs {
    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let centre = shape.map(|axis| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        radius + (random % (axis as u64 - 2 * radius as u64)) as i64
    });
    let mut builder = RunsBuilder::new(shape);
    for z in -radius..radius {
        for y in -radius..radius {
            let half = ((radius * radius - z * z - y * y).max(0) as f64).sqrt() as i64;
            let [z, y, x] = [centre[0] + z, centre[1] + y, centre[2]];
            if half > 0 {
                let run = Run { start: (x - half) as u32, end: (x + half) as u32, label: 1 };
                builder.push(z as u32, y as u32, run);
            }
        }
    }
    builder.finish()
}

fn entry(shape: [usize; 3], radius: i64, seed: u64) -> Result<EncodedEntry> {
    let name = format!("lesion_{seed}");
    let mut labels = LabelMap::new();
    labels.insert(name.as_str(), 1)?;
    Ok(EncodedEntry::new(&name, &ball(shape, radius, seed), &labels, &EntryOptions::default())?)
}

/// Adds 5,000 masks, each with a commit of its own.
fn append(durability: Durability) -> Result<()> {
    let shape = [64, 128, 128];
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("case.mska");
    ArchiveWriter::create(&path, &Space::of_shape(shape), WriterOptions::default())?.finish()?;
    let mut writer = ArchiveWriter::open(&path, WriterOptions::new().durability(durability))?;
    let mut times = Vec::new();
    let mut most_dead = 0.0_f64;
    for seed in 0..5000 {
        let entry = entry(shape, 6, seed)?;
        let start = Instant::now();
        writer.add_encoded(entry)?;
        writer.commit()?;
        times.push(start.elapsed());
        let archive = writer.archive();
        let live = archive.file_bytes() - archive.dead_bytes();
        most_dead = most_dead.max(archive.dead_bytes() as f64 / (live + (16 << 10)) as f64);
    }
    let mean = |times: &[Duration]| {
        times.iter().sum::<Duration>().as_secs_f64() * 1e3 / times.len() as f64
    };
    let median = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    let (first, last) = (&times[..200], &times[4800..]);
    println!(
        "{durability:?}: one add with its commit, masks 1-200: median {:.3} ms, mean {:.3}; masks 4,801-5,000: median {:.3} ms, mean {:.3}; \
         all 5,000: mean {:.3} ms, most {:.1} ms; dead space at most {:.2} of live + 16 KiB",
        median(first),
        mean(first),
        median(last),
        mean(last),
        mean(&times),
        times.iter().max().map_or(0.0, Duration::as_secs_f64) * 1e3,
        most_dead,
    );
    Ok(())
}

/// Opens an archive of 1,500 masks on a grid of 512 x 512 x 1000.
fn open() -> Result<()> {
    let shape = [1000, 512, 512];
    let folder = tempfile::tempdir_in(".")?;
    let path = folder.path().join("case.mska");
    let options = WriterOptions::new().durability(Durability::Buffered);
    let mut writer = ArchiveWriter::create(&path, &Space::of_shape(shape), options)?;
    for seed in 0..1500 {
        writer.add_encoded(entry(shape, 20, seed)?)?;
    }
    writer.finish()?;
    let mut best = Duration::MAX;
    let mut voxels = 0;
    for _ in 0..20 {
        let start = Instant::now();
        let archive = Archive::open(&path)?;
        voxels = archive.entries().filter_map(medmask_archive::Entry::voxels).sum::<u64>();
        best = best.min(start.elapsed());
    }
    let bytes = std::fs::metadata(&path)?.len();
    println!(
        "1,500 entries, {voxels} voxels, {bytes} bytes: open and list in {:.2} ms",
        best.as_secs_f64() * 1e3
    );
    Ok(())
}

fn main() -> Result<()> {
    append(Durability::Buffered)?;
    append(Durability::Full)?;
    open()
}
