//! Archives on a small turned grid.

use medmask::{AnyArchive, ArchiveWriter, Bounds, LabelMap, Mask, Space, WriterOptions};
use ndarray::Array3;

use crate::dense::{SHAPE, SPACING};

pub fn space() -> Space {
    let direction = [[0.0, 0.0, 1.0], [-0.6, 0.8, 0.0], [0.8, 0.6, 0.0]];
    Space::new(SHAPE, SPACING, [10.0, -20.0, 30.0], direction).unwrap()
}

/// An archive of `entries`: names, labels and voxels.
pub fn archive(entries: &[(&str, &[&str], Array3<u8>)]) -> (tempfile::TempDir, AnyArchive) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut writer = ArchiveWriter::create(&path, &space(), WriterOptions::default()).unwrap();
    for (name, labels, voxels) in entries {
        let mut map = LabelMap::new();
        (1..).zip(*labels).for_each(|(number, label)| map.insert(*label, number).unwrap());
        writer.add(name, &Mask::new(voxels.clone(), map, space()).unwrap()).unwrap();
    }
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    (folder, archive)
}

/// A box of voxels, half-open (z, y, x).
pub fn block(start: [usize; 3], end: [usize; 3], label: u8) -> Array3<u8> {
    let bounds = Bounds { start, end };
    Array3::from_shape_fn(SHAPE, |(z, y, x)| if bounds.contains([z, y, x]) { label } else { 0 })
}
