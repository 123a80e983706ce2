//! The shape of a label, as `medmask stats` prints it.

use medmask::medmask_core::ShapeMeasures;
use serde_json::{Value, json};

use crate::world::{axes, in_world};

/// Columns of CSV.
pub const CSV: [&str; 11] = [
    "diameter_mm",
    "box_length_1_mm",
    "box_length_2_mm",
    "box_length_3_mm",
    "surface_area_mm2",
    "face_area_mm2",
    "axial_axis",
    "axial_slice",
    "axial_area_mm2",
    "axial_long_mm",
    "axial_across_mm",
];

/// Columns of the table.
pub const TEXT: [&str; 6] =
    [">DIAMETER MM", "BOX MM", ">SURFACE MM2", "AXIAL SLICE", ">AXIAL MM2", "AXIAL MM"];

/// The name of an array axis.
pub fn axis_name(axis: usize) -> &'static str {
    ["z", "y", "x"][axis]
}

pub fn json(shape: Option<&ShapeMeasures>, ras: bool) -> Value {
    let Some(shape) = shape else { return Value::Null };
    let (world, around, axial) = (axes(ras), shape.oriented_box, shape.axial);
    json!({
        "diameter_mm": shape.diameter.mm,
        "diameter_voxels": shape.diameter.ends,
        "oriented_box": {
            "lengths_mm": around.lengths_mm,
            format!("centre_{world}_mm"): in_world(around.centre_lps_mm, ras),
            format!("directions_{world}"): around.directions_lps.map(|one| in_world(one, ras)),
        },
        "surface_area_mm2": shape.surface_area_mm2,
        "face_area_mm2": shape.face_area_mm2,
        "axial": {
            "axis": axis_name(axial.axis),
            "slice": axial.index,
            "area_mm2": axial.area_mm2,
            "long_mm": axial.long.mm,
            "long_voxels": axial.long.ends,
            "across_mm": axial.across_mm,
        },
    })
}

pub fn csv_cells(shape: Option<&ShapeMeasures>) -> Vec<String> {
    let Some(shape) = shape else { return vec![String::new(); CSV.len()] };
    let axial = shape.axial;
    let mut cells = vec![shape.diameter.mm.to_string()];
    cells.extend(shape.oriented_box.lengths_mm.map(|mm| mm.to_string()));
    cells.extend([shape.surface_area_mm2, shape.face_area_mm2].map(|area| area.to_string()));
    cells.extend([axis_name(axial.axis).to_owned(), axial.index.to_string()]);
    cells.extend([axial.area_mm2, axial.long.mm, axial.across_mm].map(|mm| mm.to_string()));
    cells
}

pub fn text_cells(shape: Option<&ShapeMeasures>) -> Vec<String> {
    let Some(shape) = shape else { return vec!["-".to_owned(); TEXT.len()] };
    let (axial, mm) = (shape.axial, |mm: f64| format!("{mm:.2}"));
    vec![
        mm(shape.diameter.mm),
        shape.oriented_box.lengths_mm.map(mm).join(" x "),
        mm(shape.surface_area_mm2),
        format!("{} {}", axis_name(axial.axis), axial.index),
        mm(axial.area_mm2),
        format!("{} x {}", mm(axial.long.mm), mm(axial.across_mm)),
    ]
}
