//! One slice of a chest: four masks that overlap each other, with values that are known from how they are made.

use std::path::Path;

use medmask::Space;
use ndarray::{Array3, s};

use crate::files::{succeed, write};

/// A label of the mask with its number and its box, [y0, y1, x0, x1], half-open. Later labels are painted over earlier ones.
type Painted = (&'static str, u32, [usize; 4]);

const LOBES: [Painted; 5] = [
    ("left_upper_lobe", 1, [10, 30, 10, 25]),
    ("left_lower_lobe", 2, [35, 55, 10, 25]),
    ("right_upper_lobe", 3, [10, 25, 40, 55]),
    ("right_middle_lobe", 4, [30, 45, 40, 55]),
    ("right_lower_lobe", 5, [50, 60, 40, 55]),
];

const SEGMENTS: [Painted; 10] = [
    ("LUL_S1", 1, [10, 18, 10, 18]),
    ("LUL_S2", 2, [18, 25, 12, 20]),
    ("LUL_S3", 3, [22, 30, 17, 25]),
    ("LLL_S4", 4, [35, 42, 10, 18]),
    ("LLL_S5", 5, [42, 50, 12, 20]),
    ("LLL_S6", 6, [48, 55, 17, 25]),
    ("RUL_S1", 7, [10, 18, 40, 48]),
    ("RUL_S2", 8, [18, 25, 42, 50]),
    ("RML_S4", 9, [30, 38, 40, 48]),
    ("RML_S5", 10, [38, 45, 42, 50]),
];

const LESIONS: [Painted; 3] = [
    ("nodule_1", 1, [15, 20, 15, 20]),
    ("nodule_2", 2, [40, 45, 15, 20]),
    ("mass_1", 3, [25, 30, 45, 50]),
];

const WHOLE_LUNG: [Painted; 1] = [("whole_lung", 1, [8, 62, 8, 57])];

/// One of the masks: its name, its voxels (z, y, x), and the names of its labels.
pub struct LungMask {
    pub name: &'static str,
    pub voxels: Array3<u32>,
    pub labels: Vec<(&'static str, u32)>,
}

impl LungMask {
    /// What selections call its label `name`.
    pub fn full_name(&self, name: &str) -> String {
        if self.labels.len() == 1 { self.name.to_owned() } else { format!("{}/{name}", self.name) }
    }
}

/// The four masks, in the order in which they are in the archive.
pub fn masks() -> Vec<LungMask> {
    let masks: [(_, &[Painted]); 4] = [
        ("lesions", &LESIONS),
        ("lobes", &LOBES),
        ("segments", &SEGMENTS),
        ("whole_lung", &WHOLE_LUNG),
    ];
    let mask = |(name, painted): (&'static str, &[Painted])| {
        let mut voxels = Array3::zeros([1, 64, 64]);
        for (_, label, [y0, y1, x0, x1]) in painted {
            voxels.slice_mut(s![0, *y0..*y1, *x0..*x1]).fill(*label);
        }
        let labels = painted.iter().map(|(name, label, _)| (*name, *label)).collect();
        LungMask { name, voxels, labels }
    };
    masks.map(mask).into()
}

/// Packs the masks as `lung.mska`, with voxels of 1 mm.
pub fn pack(folder: &Path) -> Vec<LungMask> {
    let masks = masks();
    std::fs::create_dir(folder.join("lung")).unwrap();
    for mask in &masks {
        let path = folder.join(format!("lung/{}.nii.gz", mask.name));
        write(&path, mask.voxels.clone(), &mask.labels, &Space::of_shape([1, 64, 64]));
    }
    succeed(folder, &["pack", "lung", "-o", "lung.mska"]);
    masks
}
