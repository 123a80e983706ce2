//! Writes the seeds of the fuzz targets to `fuzz/seeds` of the repository given: small valid inputs of every kind, by our own
//! writers. The targets `nifti` and `version1` start from `testdata`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use medmask_archive::{ArchiveWriter, Codec, Entropy, EntryOptions, WriterOptions};
use medmask_core::{LabelMap, Mask, Space};
use medmask_format::codec::{self, ChunkShape, DenseSource};
use medmask_format::front::{Front, Kind, SLOT_LENGTH, Slot, Trailer, slot_offset};
use medmask_format::index::INDEX_MAGIC;
use medmask_format::{Dtype, GridSpace};
use medmask_labels::LabelFormat;
use ndarray::Array3;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Depth, height and width bytes of the codec targets' inputs, and the voxels that they come to.
const AXES: [u8; 3] = [4, 9, 14];
const SHAPE: [usize; 3] = [5, 10, 15];

fn main() -> Result {
    let root = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: make_seeds REPOSITORY")?);
    let seeds = root.join("fuzz/seeds");
    codecs(&seeds)?;
    codecs_of_codecs(&seeds)?;
    archives(&seeds.join("archive"))?;
    texts(&seeds)
}

/// Two overlapping balls and a bar, as labels 1 to 3.
fn voxels(largest: u32) -> Vec<u32> {
    let [depth, height, width] = SHAPE;
    let index = |n: usize| (n / (height * width), n / width % height, n % width);
    let ball = |(z, y, x): (usize, usize, usize), centre: usize| {
        z.abs_diff(2).pow(2) + y.abs_diff(5).pow(2) + x.abs_diff(centre).pow(2) < 12
    };
    let label = |at: (usize, usize, usize)| match at {
        (_, 8, 2..12) => 3,
        at if ball(at, 9) => 2,
        at if ball(at, 5) => 1,
        _ => 0,
    };
    (0..depth * height * width).map(|n| label(index(n)).min(largest)).collect()
}

fn codecs(seeds: &Path) -> Result {
    let runs = |entropy| Codec::Runs { entropy };
    let targets: [(&str, &[Codec]); 4] = [
        ("codec_packed", &[Codec::Raw, Codec::Lz4, Codec::Zstd { level: 3 }]),
        (
            "codec_runs",
            &[
                runs(Entropy::None),
                runs(Entropy::Lz4),
                runs(Entropy::Zstd { level: 3 }),
                runs(Entropy::default()),
            ],
        ),
        ("codec_context", &[Codec::Context]),
        ("codec_transitions", &[Codec::Transitions]),
    ];
    for (target, codecs) in targets {
        for (number, codec) in codecs.iter().enumerate() {
            for (code, dtype) in
                [Dtype::Bool, Dtype::U8, Dtype::U16, Dtype::U32].into_iter().enumerate()
            {
                let mut input = vec![(number << 3 | code) as u8, AXES[0], AXES[1], AXES[2], 0];
                chunk(codec, dtype, &mut input)?;
                write(seeds, target, &format!("{number}-{}", dtype.name()), &input)?;
            }
            let there_and_back =
                [(number << 3 | 5) as u8, 4, 9, 14, 40, 3, 200, 200, 0, 130, 0, 0, 255];
            write(seeds, target, &format!("{number}-round-trip"), &there_and_back)?;
        }
    }
    // No encoder cuts chunks of so few voxels in the middle.
    let from_middle = [
        0x02, 11, 11, 11, 0, 0x1f, 0x02, 0x05, 0x1d, 0x50, 0x08, 0x2b, 0x6b, 0x86, 0xd8, 0x2e,
        0x82, 0xa1, 0xa9, 0x87, 0xa5, 0x1d, 0x6c, 0x18, 0x8a, 0x12, 0x4c, 0xb6, 0x35, 0xf2, 0xd0,
        0x54, 0x40, 0x69, 0x18, 0xf8, 0x2f, 0x7a, 0xd7, 0xd2, 0xa3, 0x7a, 0x84, 0xf8, 0xf9, 0x94,
        0x87, 0xa2, 0x94, 0x89, 0xd5, 0x4f,
    ];
    write(seeds, "codec_context", "0-from-middle", &from_middle)?;
    Ok(())
}

/// Codecs around others.
fn codecs_of_codecs(seeds: &Path) -> Result {
    // Each slice twice, of which the second is left out.
    for (number, codec) in [Codec::Raw, Codec::default(), Codec::Context].iter().enumerate() {
        let mut input = vec![1, 2 * SHAPE[0] as u8 - 1, AXES[1], AXES[2], 0];
        input.extend_from_slice(&[codec.id() as u8, 2, 0b01, 0, 0]);
        chunk(codec, Dtype::U8, &mut input)?;
        write(seeds, "codec_planes", &number.to_string(), &input)?;
    }
    write(
        seeds,
        "codec_planes",
        "round-trip",
        &[5, 23, 23, 23, 40, 3, 200, 200, 0, 130, 0, 0, 255],
    )?;
    // Two tiles along x, of which the first holds what the chunk does and the second nothing.
    for (number, codec) in [Codec::Raw, Codec::default(), Codec::Context].iter().enumerate() {
        let mut tile = Vec::new();
        chunk(codec, Dtype::U8, &mut tile)?;
        let mut input = vec![1, AXES[0], AXES[1], 2 * SHAPE[2] as u8 - 1, 0];
        input.extend([SHAPE[1] as u8, SHAPE[2] as u8, codec.id() as u8]);
        // A varint of two bytes.
        input.extend([tile.len() as u8 | 0x80, (tile.len() >> 7) as u8]);
        input.append(&mut tile);
        input.extend([0, 0]);
        write(seeds, "codec_tiles", &number.to_string(), &input)?;
    }
    Ok(())
}

fn chunk(codec: &Codec, dtype: Dtype, out: &mut Vec<u8>) -> Result {
    let [depth, height, width] = SHAPE;
    let voxels = voxels(dtype.max_label());
    let source = DenseSource::new(&voxels, height * width, width, width);
    let shape = ChunkShape { depth: depth as u32, height: height as u32, width: width as u32 };
    codec::encode(codec, &source, shape, dtype, out)?;
    Ok(())
}

fn archives(folder: &Path) -> Result {
    fs::create_dir_all(folder)?;
    let space = Space::of_shape(SHAPE);
    for (name, label) in [("binary.mska", 1), ("labels.mska", 3)] {
        let path = folder.join(name);
        let options = WriterOptions::new().overwrite(true);
        let mut writer = ArchiveWriter::create(&path, &space, options)?;
        let array = Array3::from_shape_vec(SHAPE, voxels(label))?;
        let mut labels = LabelMap::new();
        for number in 1..=label {
            labels.insert(format!("part {number}"), number)?;
        }
        let mask = Mask::new(array, labels, space.clone())?;
        for codec in [Codec::default(), Codec::Context, Codec::Raw] {
            writer.add_with(codec.id().name(), &mask, EntryOptions::new().codec(codec))?;
        }
        writer.finish()?;
        if label == 3 {
            let mut writer = ArchiveWriter::open(&path, WriterOptions::default())?;
            writer.remove("raw")?;
            writer.commit()?;
        }
    }
    plain_index(&folder.join("plain-index.mska"))
}

/// An index that is not compressed, so that its columns are changed. Of its checksums the fuzz target takes care.
fn plain_index(path: &Path) -> Result {
    let columns: [(u8, &[u8]); 9] = [
        (0, &[1]),                      // generation
        (6, b"{\"a\":1}\0{\"a\":2}\0"), // metadata
        (16, b"b\0c\0d\0f\0"),          // names
        (17, &[0, 0, 1, 0]),            // types
        (21, &[0, 0, 3, 1]),            // labels of each
        (22, &[0, 1, 1, 2]),            // metadata of each
        (32, &[0, 0, 0, 8, 3]),         // numbers of labels
        (33, &[0, 0, 5, 2, 11]),        // flags
        (34, b"e\0"),                   // names of labels
    ];
    let mut document = Vec::new();
    for (id, column) in columns {
        document.extend_from_slice(&[id, column.len() as u8]);
        document.extend_from_slice(column);
    }
    document.extend_from_slice(&[35, 4, 1, 2, 3, 4]);
    document.extend_from_slice(b"\x24\x07SCT\x001\0\0");
    let mut record = INDEX_MAGIC.to_vec();
    record.extend_from_slice(&[0; 5]);
    record.extend_from_slice(&[document.len() as u8, document.len() as u8, 0]);
    record.extend_from_slice(&document);
    let length = record.len() as u64;
    let space = Space::of_shape(SHAPE);
    let grid = GridSpace {
        shape: SHAPE.map(|axis| axis as u64),
        spacing: space.spacing(),
        origin: space.origin(),
        direction: space.direction(),
    };
    let mut bytes = Front::new_bytes(Kind::Archive, &grid);
    let front = bytes.len() as u64;
    let slot = Slot {
        generation: 1,
        index_offset: front,
        index_length: length,
        index_checksum: 0,
        file_length: front + length + Trailer::length_of(&grid) as u64,
        reader_features: 0,
        writer_features: 0,
    };
    let place = slot_offset(0) as usize;
    bytes[place..][..SLOT_LENGTH].copy_from_slice(&slot.to_bytes());
    bytes.extend_from_slice(&record);
    bytes.extend_from_slice(&Trailer { kind: Kind::Archive, space: grid, slot }.to_bytes());
    fs::write(path, bytes)?;
    Ok(())
}

fn texts(seeds: &Path) -> Result {
    let space = Space::of_shape(SHAPE).to_json();
    write(seeds, "space_json", "space.json", space.as_bytes())?;
    write(seeds, "space_json", "labels.json", br#"{"left lung":1,"right lung":700}"#)?;
    let mut labels = LabelMap::new();
    for (label, name) in [(1, "left_lung"), (7, "right_lung")] {
        labels.insert(name, label)?;
        labels.set_colour(label, Some([200, label as u8, 30, 255]))?;
    }
    for &format in LabelFormat::ALL {
        let text = medmask_labels::format(&labels, format)?;
        write(seeds, "labels", format.name(), text.as_bytes())?;
    }
    Ok(())
}

fn write(seeds: &Path, target: &str, name: &str, bytes: &[u8]) -> Result {
    fs::create_dir_all(seeds.join(target))?;
    fs::write(seeds.join(target).join(name), bytes)?;
    Ok(())
}
