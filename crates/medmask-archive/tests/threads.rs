//! Large masks that several threads load together, against naive arrays.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZero;
use std::path::{Path, PathBuf};

use medmask_archive::{Archive, ArchiveWriter, Codec, EntryOptions, WriterOptions};
use medmask_core::{Bounds, LabelMap, Mask, Space, Voxels};
use ndarray::{Array3, s};

/// Many rows, and slabs enough for several threads with every codec.
const SHAPE: [usize; 3] = [200, 640, 24];

/// A leaning tube of label 2 around one of label 1; no labelled voxel in slices 60 to 119, so that some slabs are empty.
fn voxels() -> Array3<u8> {
    Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let distance = (y as f64 - 60.0 - z as f64).hypot(8.0 * (x as f64 - 12.0));
        match distance {
            _ if (60..120).contains(&z) => 0,
            near if near < 30.0 => 1,
            near if near < 50.0 => 2,
            _ => u8::from((y, x) == (0, 0) || [y, x] == [SHAPE[1] - 1, SHAPE[2] - 1]),
        }
    })
}

fn archive(folder: &Path, codec: Codec) -> PathBuf {
    let mut labels = LabelMap::new();
    labels.insert("lumen", 1).unwrap();
    labels.insert("wall", 2).unwrap();
    let mask = Mask::new(Voxels::from(voxels()), labels, Space::of_shape(SHAPE)).unwrap();
    let path = folder.join("case.mska");
    let options = WriterOptions::new().overwrite(true);
    let mut writer = ArchiveWriter::create(&path, mask.space(), options).unwrap();
    writer.add_with("tube", &mask, EntryOptions::new().codec(codec)).unwrap();
    writer.finish().unwrap();
    path
}

#[test]
fn any_number_of_threads_loads_the_same_voxels() {
    let folder = tempfile::tempdir().unwrap();
    for codec in [Codec::Transitions, Codec::Raw, Codec::Context] {
        let mut archive = Archive::open(archive(folder.path(), codec)).unwrap();
        for threads in [1, 2, 3, 64] {
            archive.set_threads(NonZero::new(threads).unwrap());
            let loaded = archive.get("tube").unwrap().to_mask().unwrap();
            assert_eq!(*loaded.voxels(), Voxels::from(voxels()), "{codec:?}, {threads} threads");

            let mut target = Array3::from_elem(SHAPE, 7_u16);
            archive.get("tube").unwrap().read_into(&mut target).unwrap();
            assert_eq!(target, voxels().mapv(u16::from), "{codec:?}, {threads} threads");

            let wall = archive.get("tube").unwrap().label("wall").unwrap().to_voxels().unwrap();
            assert_eq!(
                wall,
                voxels().mapv(|voxel| voxel == 2).into(),
                "{codec:?}, {threads} threads"
            );

            let region = Bounds { start: [3, 20, 5], end: [199, 300, 20] };
            let part = voxels().slice(s![3..199, 20..300, 5..20]).to_owned();
            let loaded = archive.get("tube").unwrap().region(region).unwrap().to_voxels().unwrap();
            assert_eq!(loaded, Voxels::from(part), "{codec:?}, {threads} threads");
        }
    }
}

#[test]
fn the_first_damaged_chunk_is_named_however_many_threads_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = archive(folder.path(), Codec::Raw);
    let mut bytes = std::fs::read(&path).unwrap();
    let (offset, length) = Archive::open(&path).unwrap().entry("tube").unwrap().blob().unwrap();
    let (offset, length) = (offset as usize, length as usize);
    bytes[offset + length - 1] ^= 1;
    bytes[offset + length / 3] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let mut archive = Archive::open(&path).unwrap();
    let messages = [1, 2, 5].map(|threads| {
        archive.set_threads(NonZero::new(threads).unwrap());
        archive.get("tube").unwrap().to_mask().unwrap_err().to_string()
    });
    assert!(messages[0].contains("its checksum does not match"), "{}", messages[0]);
    assert_eq!(messages[0], messages[1]);
    assert_eq!(messages[0], messages[2]);
}
