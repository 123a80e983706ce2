//! What `medmask stats` prints of a label: a value of JSON, and cells of CSV and of the table.

use medmask::medmask_core::AxisDirection;
use medmask::{MeasuredLabel, MeasuredMask, Space};
use serde_json::{Map, Value, json};

use super::options::StatsOptions;
use super::{grey, shape, slices};
use crate::output;
use crate::verbs::ls::{bounds_json, bounds_text};
use crate::world::{axes, in_world};

/// The centroid in the world, in the axes that were asked for.
fn centroid_mm(label: &MeasuredLabel, space: &Space, options: &StatsOptions) -> Option<[f64; 3]> {
    Some(in_world(label.centroid_lps_mm(space)?, options.ras))
}

fn touched(label: &MeasuredLabel, space: &Space) -> Vec<AxisDirection> {
    label.statistics.map_or_else(Vec::new, |known| space.faces_touched(&known.bounds))
}

/// An entry with its labels.
pub fn json(mask: &MeasuredMask, space: &Space, options: &StatsOptions) -> Value {
    let label = |label: &MeasuredLabel| {
        let known = label.statistics;
        let faces = touched(label, space);
        let mut value = Map::new();
        value.insert("name".into(), json!(label.name));
        value.insert("label".into(), json!(label.number));
        value.insert("voxels".into(), json!(label.voxels()));
        value.insert("volume_ml".into(), json!(space.volume_ml(label.voxels())));
        value.insert("bounds".into(), json!(known.map(|known| bounds_json(&known.bounds))));
        value.insert("centroid_voxel".into(), json!(known.map(|known| known.centroid())));
        let centroid = centroid_mm(label, space, options);
        value.insert(format!("centroid_{}_mm", axes(options.ras)), json!(centroid));
        let faces: Vec<_> = faces.into_iter().map(AxisDirection::name).collect();
        value.insert("touches_edge".into(), json!(faces));
        if let Some(sizes) = &label.components {
            value.insert("components".into(), json!({"count": sizes.len(), "voxels": sizes}));
        }
        if options.shape {
            value.insert("shape".into(), shape::json(label.shape.as_ref(), options.ras));
        }
        if options.per_slice {
            value.insert("slices".into(), slices::json(label.slices.as_ref()));
        }
        if options.image.image.is_some() {
            value.insert("image".into(), grey::json(label.grey));
        }
        Value::Object(value)
    };
    json!({"name": mask.name, "labels": mask.labels.iter().map(label).collect::<Vec<_>>()})
}

/// Headings of CSV, with those of the subject where there are several archives.
pub fn csv_headings(several: bool, options: &StatsOptions) -> Vec<&'static str> {
    let mut headings = if several { vec!["subject", "archive"] } else { Vec::new() };
    headings.extend(["entry", "label_name", "label"]);
    if options.per_slice {
        headings.extend(slices::CSV);
        return headings;
    }
    headings.extend(["voxels", "volume_ml", "z0", "z1", "y0", "y1", "x0", "x1"]);
    headings.extend(["centroid_voxel_z", "centroid_voxel_y", "centroid_voxel_x"]);
    headings.extend(match options.ras {
        true => ["centroid_ras_x_mm", "centroid_ras_y_mm", "centroid_ras_z_mm"],
        false => ["centroid_lps_x_mm", "centroid_lps_y_mm", "centroid_lps_z_mm"],
    });
    headings.push("touches_edge");
    if options.components {
        headings.extend(["components", "largest_component_voxels", "largest_component_ml"]);
    }
    headings.extend(options.shape.then_some(shape::CSV).iter().flatten());
    headings.extend(options.image.image.is_some().then_some(grey::CSV).iter().flatten());
    headings
}

/// Rows of CSV: one for each label, or for each slice of one.
pub fn csv_rows(mask: &MeasuredMask, space: &Space, options: &StatsOptions) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for label in &mask.labels {
        let name = label.name.clone().unwrap_or_default();
        let of_label = vec![mask.name.clone(), name, label.number.to_string()];
        if options.per_slice {
            let slices = slices::rows(label, |mm2| mm2.to_string());
            rows.extend(slices.into_iter().map(|cells| [&of_label[..], &cells].concat()));
        } else {
            rows.push([of_label, csv_cells(label, space, options)].concat());
        }
    }
    rows
}

fn csv_cells(label: &MeasuredLabel, space: &Space, options: &StatsOptions) -> Vec<String> {
    let (voxels, known) = (label.voxels(), label.statistics);
    let mut cells = vec![voxels.to_string(), space.volume_ml(voxels).to_string()];
    let bounds = known.map(|known| bounds_json(&known.bounds));
    let bounds = bounds.as_ref().map(|bounds| bounds.as_flattened());
    cells.extend((0..6).map(|n| bounds.map_or_else(String::new, |bounds| bounds[n].to_string())));
    for point in [known.map(|known| known.centroid()), centroid_mm(label, space, options)] {
        cells.extend((0..3).map(|n| point.map_or_else(String::new, |point| point[n].to_string())));
    }
    let faces: Vec<_> = touched(label, space).into_iter().map(AxisDirection::name).collect();
    cells.push(faces.join(" "));
    if let Some(sizes) = &label.components {
        let largest = sizes.first().copied().unwrap_or(0);
        let ml = space.volume_ml(largest);
        cells.extend([sizes.len().to_string(), largest.to_string(), ml.to_string()]);
    }
    if options.shape {
        cells.extend(shape::csv_cells(label.shape.as_ref()));
    }
    if options.image.image.is_some() {
        cells.extend(grey::csv_cells(label.grey));
    }
    cells
}

/// Headings of the table.
pub fn text_headings(several: bool, options: &StatsOptions) -> Vec<&'static str> {
    let mut headings = if several { vec!["SUBJECT"] } else { Vec::new() };
    headings.extend(["ENTRY", "LABEL"]);
    if options.per_slice {
        headings.extend(slices::TEXT);
        return headings;
    }
    headings.extend([">VOXELS", ">ML", "BOX (Z, Y, X)"]);
    headings.push("CENTROID VOXEL (Z, Y, X)");
    headings.push(if options.ras { "CENTROID MM (R, A, S)" } else { "CENTROID MM (L, P, S)" });
    headings.push("EDGE");
    if options.components {
        headings.extend([">PARTS", ">LARGEST ML"]);
    }
    headings.extend(options.shape.then_some(shape::TEXT).iter().flatten());
    headings.extend(options.image.image.is_some().then_some(grey::TEXT).iter().flatten());
    headings
}

/// Rows of the table: one for each label, or for each slice of one.
pub fn text_rows(mask: &MeasuredMask, space: &Space, options: &StatsOptions) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for label in &mask.labels {
        let name = label.name.clone().unwrap_or_else(|| "-".to_owned());
        let of_label = vec![mask.name.clone(), name];
        if options.per_slice {
            let slices = slices::rows(label, |mm2| format!("{mm2:.2}"));
            rows.extend(slices.into_iter().map(|cells| [&of_label[..], &cells].concat()));
        } else {
            rows.push([of_label, text_cells(label, space, options)].concat());
        }
    }
    rows
}

fn text_cells(label: &MeasuredLabel, space: &Space, options: &StatsOptions) -> Vec<String> {
    let point = |point: Option<[f64; 3]>| match point {
        None => "-".to_owned(),
        Some(point) => point.map(|number| format!("{number:.2}")).join(" "),
    };
    let known = label.statistics;
    let faces = touched(label, space);
    let mut cells = vec![
        output::count(label.voxels()),
        output::millilitres(space.volume_ml(label.voxels())),
        known.map_or_else(|| "-".to_owned(), |known| bounds_text(&known.bounds)),
        point(known.map(|known| known.centroid())),
        point(centroid_mm(label, space, options)),
        faces.into_iter().map(AxisDirection::letter).collect(),
    ];
    if let Some(sizes) = &label.components {
        let largest = sizes.first().copied().unwrap_or(0);
        cells.push(output::count(sizes.len() as u64));
        cells.push(output::millilitres(space.volume_ml(largest)));
    }
    if options.shape {
        cells.extend(shape::text_cells(label.shape.as_ref()));
    }
    if options.image.image.is_some() {
        cells.extend(grey::text_cells(label.grey));
    }
    cells
}
