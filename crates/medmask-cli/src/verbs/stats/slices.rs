//! The axial slices of a label, as `medmask stats --per-slice` prints them.

use medmask::MeasuredLabel;
use medmask::medmask_core::SliceAreas;
use serde_json::{Value, json};

use super::shape::axis_name;

/// Columns of CSV, after those that say of which label.
pub const CSV: [&str; 4] = ["axis", "slice", "slice_voxels", "area_mm2"];

/// Columns of the table.
pub const TEXT: [&str; 4] = ["AXIS", ">SLICE", ">VOXELS", ">MM2"];

pub fn json(slices: Option<&SliceAreas>) -> Value {
    let Some(slices) = slices else { return Value::Null };
    json!({
        "axis": axis_name(slices.axis),
        "first": slices.first,
        "voxels": slices.voxels,
        "area_mm2": slices.areas_mm2().collect::<Vec<_>>(),
    })
}

/// The cells of each slice of a label; none where no voxel holds it.
pub fn rows(label: &MeasuredLabel, area: impl Fn(f64) -> String) -> Vec<[String; 4]> {
    let Some(slices) = &label.slices else { return Vec::new() };
    let numbers = (slices.first..).zip(slices.voxels.iter().zip(slices.areas_mm2()));
    let cells = |(slice, (voxels, mm2)): (usize, (&u64, f64))| {
        let axis = axis_name(slices.axis).to_owned();
        [axis, slice.to_string(), voxels.to_string(), area(mm2)]
    };
    numbers.map(cells).collect()
}
