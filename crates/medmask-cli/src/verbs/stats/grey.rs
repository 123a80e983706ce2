//! The values of an image beneath a label, as `medmask stats` prints them.

use medmask::medmask_core::{GreySummary, GreyValues};
use serde_json::{Map, Value, json};

/// Keys in JSON and, after `image_`, in CSV.
const KEYS: [&str; 9] = ["mean", "sd", "median", "min", "max", "p5", "p10", "p90", "p95"];

/// Columns of CSV.
pub const CSV: [&str; 12] = [
    "image_voxels",
    "image_not_finite",
    "image_outside",
    "image_mean",
    "image_sd",
    "image_median",
    "image_min",
    "image_max",
    "image_p5",
    "image_p10",
    "image_p90",
    "image_p95",
];

/// Columns of the table.
pub const TEXT: [&str; 5] = [">MEAN", ">SD", ">MEDIAN", ">P5", ">P95"];

fn figures(grey: Option<GreyValues>) -> [Option<f64>; 9] {
    let Some(summary) = grey.and_then(|grey| grey.summary) else { return [None; 9] };
    let GreySummary { mean, sd, median, min, max, p5, p10, p90, p95, .. } = summary;
    [mean, sd, median, min, max, p5, p10, p90, p95].map(Some)
}

/// Voxels with a value, without one, and outside of the image.
fn counts(grey: Option<GreyValues>) -> [u64; 3] {
    grey.map_or([0; 3], |grey| [grey.voxels, grey.not_finite, grey.outside])
}

pub fn json(grey: Option<GreyValues>) -> Value {
    let [voxels, not_finite, outside] = counts(grey);
    let mut value = Map::new();
    for (key, figure) in KEYS.into_iter().zip(figures(grey)) {
        value.insert(key.into(), json!(figure));
    }
    value.insert("voxels".into(), json!(voxels));
    value.insert("not_finite".into(), json!(not_finite));
    value.insert("outside".into(), json!(outside));
    Value::Object(value)
}

pub fn csv_cells(grey: Option<GreyValues>) -> impl Iterator<Item = String> {
    let figures = figures(grey).map(|figure| figure.map_or_else(String::new, |n| n.to_string()));
    counts(grey).map(|count| count.to_string()).into_iter().chain(figures)
}

pub fn text_cells(grey: Option<GreyValues>) -> [String; 5] {
    let [mean, sd, median, _, _, p5, _, _, p95] = figures(grey);
    let shown = |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), |n| format!("{n:.2}"));
    [mean, sd, median, p5, p95].map(shown)
}
