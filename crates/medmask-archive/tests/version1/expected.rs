//! What the real library says of a mask.

use std::collections::BTreeMap;

use medmask_core::{Mask, Space};
use serde_json::Value;

/// By file name, the masks of the file.
pub type Expected = BTreeMap<String, Vec<ExpectedMask>>;

pub struct ExpectedMask {
    pub name: String,
    pub dtype: String,
    pub shape: Vec<u64>,
    /// In C order.
    pub voxels: Vec<i64>,
    pub mapping: Vec<(String, i64)>,
    /// Voxel indices of the corners, and their places in the world, mm.
    pub corners: Vec<([f64; 3], [f64; 3])>,
}

pub fn parse(json: &[u8]) -> Expected {
    let files: Value = serde_json::from_slice(json).expect("the script prints JSON");
    let files = files.as_object().expect("an object of files");
    files
        .iter()
        .map(|(file, masks)| (file.clone(), array(masks).iter().map(mask).collect()))
        .collect()
}

fn mask(value: &Value) -> ExpectedMask {
    let mapping = value["mapping"].as_object().expect("an object of labels");
    ExpectedMask {
        name: value["name"].as_str().expect("a name").to_owned(),
        dtype: value["dtype"].as_str().expect("a type").to_owned(),
        shape: array(&value["shape"]).iter().filter_map(Value::as_u64).collect(),
        voxels: array(&value["voxels"]).iter().filter_map(Value::as_i64).collect(),
        mapping: mapping.iter().map(|(k, v)| (k.clone(), v.as_i64().unwrap())).collect(),
        corners: array(&value["corners"]).iter().map(|c| (point(&c[0]), point(&c[1]))).collect(),
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn point(value: &Value) -> [f64; 3] {
    std::array::from_fn(|axis| value[axis].as_f64().expect("a number"))
}

impl ExpectedMask {
    /// Checks voxels and places; `name` is for messages.
    pub fn assert_same(&self, mask: &Mask, name: &str) {
        let shape = mask.voxels().shape().map(|axis| axis as u64);
        assert_eq!(shape.as_slice(), self.shape, "{name}: shape");
        let voxels: Vec<i64> = indices(mask.space())
            .map(|index| mask.voxels().get(index).expect("inside").into())
            .collect();
        assert_eq!(voxels, self.voxels, "{name}: voxels");
        assert_eq!(self.corners.len(), 8, "{name}: corners");
        for (index, world) in &self.corners {
            let ours = mask.space().index_to_world(*index);
            let off = ours.iter().zip(world).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-9, "{name}: voxel {index:?} at {ours:?}, not at {world:?}");
        }
    }
}

/// All voxels of a space, in C order.
fn indices(space: &Space) -> impl Iterator<Item = [usize; 3]> + use<> {
    let [depth, height, width] = space.shape();
    (0..depth).flat_map(move |z| (0..height).flat_map(move |y| (0..width).map(move |x| [z, y, x])))
}
