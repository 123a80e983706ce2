//! A small body on a tilted, left-handed grid, and an image of it.

use std::path::Path;

use medmask::adapter::{ImageData, ImageFile};
use medmask::medmask_archive::WriterOptions;
use medmask::medmask_core::{Image, ImageValues};
use medmask::ndarray::Array3;
use medmask::{ArchiveWriter, EntryOptions, LabelMap, Runs, Space};

/// (z, y, x).
pub const SHAPE: [usize; 3] = [14, 24, 30];

/// z to the feet, y to the front, x to the right, each turned by 12 degrees: left-handed, with voxels of 5, 2 and 1.5 mm.
pub fn space() -> Space {
    let (sin, cos) = 12_f64.to_radians().sin_cos();
    let direction = [[0.0, 0.0, -1.0], [-sin, -cos, 0.0], [-cos, sin, 0.0]];
    Space::new(SHAPE, [5.0, 2.0, 1.5], [40.0, 30.0, 120.0], direction).unwrap()
}

/// Where, in voxels (z, y, x), a structure has its centre and how far it reaches.
type Ellipsoid = ([f64; 3], [f64; 3]);

/// The last one lies inside the first.
pub const STRUCTURES: [(&str, Ellipsoid); 4] = [
    ("liver", ([6.0, 13.0, 8.0], [4.5, 7.0, 7.0])),
    ("spleen", ([6.0, 8.0, 24.0], [3.0, 4.0, 4.0])),
    ("vertebrae_L1", ([7.0, 4.0, 15.0], [6.0, 3.0, 3.0])),
    ("tumour", ([7.0, 15.0, 8.0], [1.6, 2.5, 3.0])),
];

fn is_inside([z, y, x]: [usize; 3], (centre, reach): Ellipsoid) -> bool {
    let point = [z as f64, y as f64, x as f64];
    (0..3).map(|axis| ((point[axis] - centre[axis]) / reach[axis]).powi(2)).sum::<f64>() <= 1.0
}

pub fn voxels(ellipsoid: Ellipsoid) -> Array3<u8> {
    Array3::from_shape_fn(SHAPE, |(z, y, x)| u8::from(is_inside([z, y, x], ellipsoid)))
}

/// An archive of the structures, `moved` by so many voxels along x.
pub fn archive(path: &Path, moved: f64) {
    let mut writer = ArchiveWriter::create(path, &space(), WriterOptions::new()).unwrap();
    for (name, (centre, reach)) in STRUCTURES {
        let mut labels = LabelMap::new();
        labels.insert(name, 1).unwrap();
        let runs =
            Runs::from_array(voxels(([centre[0], centre[1], centre[2] + moved], reach)).view());
        writer.add_runs(name, &runs, &labels, &EntryOptions::default()).unwrap();
    }
    writer.finish().unwrap();
}

struct Numbers(Array3<i16>);

impl ImageData for Numbers {
    fn image(&self) -> Image<'_> {
        Image::new(ImageValues::I16(self.0.view()))
    }
}

/// A CT of it: air around a body that grows brighter to the left, with bone.
pub fn image() -> ImageFile {
    let value = |(z, y, x): (usize, usize, usize)| {
        let voxel = [z, y, x];
        if !is_inside(voxel, ([6.5, 11.5, 14.5], [20.0, 12.0, 15.5])) {
            -1000
        } else if is_inside(voxel, STRUCTURES[2].1) {
            400
        } else {
            90 - 6 * x as i16
        }
    };
    ImageFile::new(
        Path::new("ct.nii"),
        space(),
        Box::new(Numbers(Array3::from_shape_fn(SHAPE, value))),
    )
}
