//! Volumes of more voxels than 32 bits count.
#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use medmask_core::{LabelMap, Space, Voxels};
use medmask_nifti::{Limit, Problem, ReadOptions, Reader, WriteOptions, write_mask};
use ndarray::Array3;

#[test]
#[ignore = "takes 2 GB of memory"]
fn a_volume_of_more_than_2_31_voxels_is_read_where_that_is_allowed() {
    const DIM: [i16; 3] = [1024, 1024, 2050];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pct.nii");
    let small = Voxels::from(Array3::<u8>::zeros([1, 1, 1]));
    let space = Space::of_shape([1, 1, 1]);
    write_mask(&path, &small, &LabelMap::new(), &space, &WriteOptions::default()).unwrap();
    let voxels: u64 = DIM.iter().map(|axis| *axis as u64).product();
    let mut file = File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(42)).unwrap();
    file.write_all(&DIM.map(i16::to_le_bytes).concat()).unwrap();
    // Nothing is on the disk between the header and the last voxel.
    file.set_len(352 + voxels).unwrap();
    file.seek(SeekFrom::Start(352 + voxels - 1)).unwrap();
    file.write_all(&[7]).unwrap();
    drop(file);
    let error = Reader::new(ReadOptions::default()).read(&path).map(|_| ()).unwrap_err();
    let limit = Limit::Voxels;
    assert!(matches!(error.problem, Problem::LimitExceeded { limit: found, .. } if found == limit));
    let mut options = ReadOptions::default();
    options.max_voxels = 1 << 32;
    let mut reader = Reader::new(options);
    let runs = reader.read(&path).unwrap().runs().unwrap();
    let last = DIM.map(|axis| axis as usize - 1);
    assert_eq!(runs.statistics().len(), 1);
    let only = runs.statistics()[0];
    assert_eq!((only.label, only.voxels), (7, 1));
    assert_eq!(only.bounds.start, [last[2], last[1], last[0]]);
}
