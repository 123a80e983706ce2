//! Small files that ask for much memory, made by code.

use std::path::Path;

use medmask::medmask_archive::{EncodedEntry, version1};
use medmask::medmask_nifti::{WriteOptions, write_mask};
use medmask::{
    ArchiveWriter, Bounds, Dtype, LabelMap, LabelStatistics, Mask, Runs, Space, Voxels,
    WriterOptions,
};
use medmask_format::Run;
use medmask_format::blob::{BlobHeader, Chunk};
use medmask_format::codec::{self, ChunkShape, Codec, CodecId, Source};

fn labels() -> LabelMap {
    let mut labels = LabelMap::new();
    labels.insert("bomb", 1).unwrap();
    labels
}

/// Label 1 in a whole grid of `shape`, of whose rows each has so many voxels of it, with so great a sum of their places.
fn statistics(shape: [usize; 3], voxels_in_row: u64, sum_in_row: u64) -> LabelStatistics {
    let [depth, height, _] = shape.map(|axis| axis as u64);
    let up_to = |axis: u64| axis * (axis - 1) / 2;
    LabelStatistics {
        label: 1,
        voxels: depth * height * voxels_in_row,
        bounds: Bounds::of_shape(shape),
        sums: [
            up_to(depth) * height * voxels_in_row,
            up_to(height) * depth * voxels_in_row,
            depth * height * sum_in_row,
        ],
    }
}

/// An archive of one entry, whose box is the whole grid and whose only chunk is `chunk`.
fn archive(path: &Path, codec: CodecId, chunk: &[u8], statistics: LabelStatistics) {
    let shape = statistics.bounds.end;
    let [depth, height, width] = shape.map(|axis| axis as u32);
    let checksum = crc32fast::hash(chunk);
    let header = BlobHeader {
        dtype: Dtype::Bool,
        shape: shape.map(|axis| axis as u64),
        box_start: [0; 3],
        box_shape: [depth, height, width],
        slab_height: depth,
        chunks: vec![Chunk { codec: codec as u8, length: chunk.len() as u64, checksum }],
    };
    let entry = EncodedEntry::from_blob("bomb", &labels(), &[statistics], &header, chunk).unwrap();
    let space = Space::of_shape(shape);
    let mut writer = ArchiveWriter::create(path, &space, WriterOptions::new()).unwrap();
    writer.add_encoded(entry).unwrap();
    writer.finish().unwrap();
}

/// A number, 7 bits a byte (SPEC.md, "Byte streams").
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A chunk of `runs` out of its three streams, behind Zstandard.
fn streams(streams: [&[u8]; 3]) -> Vec<u8> {
    let mut chunk = vec![0x02];
    for stream in streams {
        let packed = zstd::bulk::compress(stream, 19).unwrap();
        number(&mut chunk, (stream.len() as u64) << 1 | 1);
        number(&mut chunk, packed.len() as u64);
        chunk.extend_from_slice(&packed);
    }
    chunk
}

/// The steps that make one run of a row that is `width` voxels long: two inserted transitions and the end.
fn full_row(width: u64) -> Vec<u8> {
    let mut steps = vec![3, 0, 3];
    number(&mut steps, width - 1);
    steps.push(4);
    steps
}

/// Operations: an edit for the first row, `by_row` for the others of its slice, `by_slice` for all of the others.
fn operations(depth: u64, height: u64, by_row: u8, by_slice: u8) -> Vec<u8> {
    let mut ops = vec![4];
    for (op, rows) in [(by_row, height - 1), (by_slice, (depth - 1) * height)] {
        if rows > 0 {
            ops.push(op | 31 << 3);
            number(&mut ops, rows - 32);
        }
    }
    ops
}

/// Rows of one voxel, each copied from the one before: some dozen bytes for `depth * height` rows.
pub fn copied_rows(path: &Path, depth: u64, height: u64) {
    let shape = [depth as usize, height as usize, 1];
    let chunk = streams([&operations(depth, height, 1, 0), &[], &full_row(1)]);
    archive(path, CodecId::Runs, &chunk, statistics(shape, 1, 0));
}

/// As many rows, each spelled out: the one before, moved by nothing.
pub fn moved_rows(path: &Path, depth: u64, height: u64) {
    let shape = [depth as usize, height as usize, 1];
    let moves = vec![0; 2 * ((depth * height) as usize - 1)];
    let chunk = streams([&operations(depth, height, 3, 2), &moves, &full_row(1)]);
    archive(path, CodecId::Runs, &chunk, statistics(shape, 1, 0));
}

/// One row whose voxels are all 1, packed at a bit each.
pub fn long_row(path: &Path, codec: CodecId, width: usize) {
    let voxels = vec![0xff; width / 8];
    let chunk = match codec {
        CodecId::Lz4 => lz4_flex::block::compress(&voxels),
        _ => zstd::bulk::compress(&voxels, 1).unwrap(),
    };
    let voxels = width as u64;
    archive(path, codec, &chunk, statistics([1, 1, width], voxels, voxels * (voxels - 1) / 2));
}

/// Bits 1 0 1 0 0 1 0 1 all over: three runs for eight voxels. Rows have eight voxels or a multiple.
pub fn many_runs(path: &Path, shape: [usize; 3]) {
    let [depth, height, width] = shape;
    let chunk = zstd::bulk::compress(&vec![0xa5; depth * height * width / 8], 1).unwrap();
    let bytes = width as u64 / 8;
    let sum = 14 * bytes + 32 * (bytes * (bytes - 1) / 2);
    archive(path, CodecId::Zstd, &chunk, statistics(shape, 4 * bytes, sum));
}

/// All voxels are 1.
struct Full(u32);

impl Source for Full {
    fn row(&self, _: u32, _: u32, runs: &mut Vec<Run>) {
        runs.clear();
        runs.push(Run { start: 0, end: self.0, label: 1 });
    }
}

/// A full box of the largest slices that `context` takes, or of some that are larger.
pub fn full_slices(path: &Path, [depth, height, width]: [usize; 3], claimed_height: usize) {
    let shape = ChunkShape { depth: depth as u32, height: height as u32, width: width as u32 };
    let mut chunk = Vec::new();
    let source = Full(shape.width);
    let codec = codec::encode(&Codec::Context, &source, shape, Dtype::Bool, &mut chunk).unwrap();
    let row = width as u64;
    let statistics = statistics([depth, claimed_height, width], row, row * (row - 1) / 2);
    archive(path, codec, &chunk, statistics);
}

/// A file of version 1 with so many voxels of background, a byte each.
pub fn version1(path: &Path, shape: [usize; 3]) {
    let voxels = Voxels::zeros(Dtype::U8, shape);
    let mask = Mask::new(voxels, LabelMap::new(), Space::of_shape(shape)).unwrap();
    version1::write_mask(path, &mask).unwrap();
}

/// A `.nii.gz` of so many voxels of background.
pub fn nifti(path: &Path, shape: [usize; 3]) {
    let mut options = WriteOptions::default();
    options.compression_level = 12;
    let space = Space::of_shape(shape);
    write_mask(path, &Runs::empty(shape), &LabelMap::new(), &space, &options).unwrap();
}
