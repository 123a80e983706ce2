//! medmask's side of `cargo xtask compare-queries`: answers what standard input asks, once for each line, with a line of JSON.
//!
//! A question is a query and a mask, such as `margin hip_left`. The answer holds the seconds from runs to runs, the seconds from a
//! dense crop to a dense crop of the same shape, and a number by which the other side's result is compared. One thread.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use medmask::medmask_core::{Bounds, Connectivity, Image, ImageValues, Voxels};
use medmask::{Dtype, Runs};
use medmask_benches::{Case, Problem};
use ndarray::Array3;
use serde_json::{Value, json};

/// Of grown masks, in mm.
const MARGIN_MM: f64 = 5.0;
/// Of surface Dice, in mm.
const TOLERANCE_MM: f64 = 2.0;
/// How near the voxels are that are counted where a distance is asked for, in mm.
const NEAR_MM: f64 = 50.0;

fn main() -> Result<(), Problem> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder] = &arguments[..] else {
        return Err("usage: compare_queries CASE-FOLDER".into());
    };
    let case = Case::from_folder(folder)?;
    for question in std::io::stdin().lines() {
        let answer =
            answer(&case, &question?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        let mut out = std::io::stdout().lock();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(case: &Case, question: &str) -> Result<Value, Problem> {
    let (query, name) = question.split_once(' ').ok_or("a question is a query and a mask")?;
    let runs = match name {
        "merged" => &case.merged()?.to_runs(),
        _ => &case.masks.iter().find(|(known, _)| known == name).ok_or("no such mask")?.1,
    };
    let spacing = case.space.spacing();
    match query {
        "margin" => {
            let reach = spacing.map(|mm| (MARGIN_MM / mm).ceil() as usize);
            let grow =
                |runs: &Runs| -> Result<Runs, Problem> { Ok(runs.grow(MARGIN_MM, spacing)?) };
            timed(runs, reach, grow, |grown| Ok(grown.voxel_count()))
        }
        "components" => {
            let find = |runs: &Runs| Ok(runs.components(Connectivity::Corners).runs().clone());
            timed(runs, [0; 3], find, |found| Ok(found.max_label().into()))
        }
        "holes" => {
            let fill = |runs: &Runs| Ok(runs.fill_holes());
            timed(runs, [0; 3], fill, |filled| Ok(filled.voxel_count()))
        }
        "union" => {
            let masks: Vec<&Runs> = case.masks.iter().map(|(_, runs)| runs).collect();
            let start = Instant::now();
            let all = Runs::union_all(&masks)?;
            let seconds = start.elapsed().as_secs_f64();
            Ok(json!({"seconds": seconds, "result": all.voxel_count()}))
        }
        "agreement" | "agreement_medpy" => agreement(runs, spacing, query == "agreement_medpy"),
        "distance" => {
            let mut others = case.non_empty().filter(|(known, _)| known != name);
            let (_, other) = others.next().ok_or("there is no other mask")?;
            let start = Instant::now();
            let apart = runs.separation(other, spacing, &[NEAR_MM])?.ok_or("a mask is empty")?;
            let seconds = start.elapsed().as_secs_f64();
            Ok(json!({"seconds": seconds, "result": apart.within[0].voxels}))
        }
        "image" => {
            let numbers = image(runs.shape());
            let image = Image::new(ImageValues::I16(numbers.view()));
            let start = Instant::now();
            let found = runs.grey_values(&image)?;
            let seconds = start.elapsed().as_secs_f64();
            let (_, grey) = found.first().ok_or("the mask is empty")?;
            let summary = grey.summary.ok_or("no voxel has a value")?;
            let thousandths = (summary.p95 * 1000.0).round() as u64;
            Ok(json!({"seconds": seconds, "result": thousandths}))
        }
        _ => Err(format!("no query is called {query}").into()),
    }
}

/// All measures of a mask and itself moved by (2, 1, 0) voxels (x, y, z), from runs; or the three that MedPy gives.
fn agreement(runs: &Runs, spacing: [f64; 3], medpy: bool) -> Result<Value, Problem> {
    let bounds = runs.bounds().ok_or("the mask is empty")?;
    // With room for the move, wherever the mask lies.
    let first = runs.crop(bounds).pad([0; 3], [0, 1, 2]);
    let second = runs.crop(bounds).pad([0, 1, 2], [0; 3]);
    let start = Instant::now();
    let dice = first.agreement(&second)?.dice().ok_or("the mask is empty")?;
    let found = first.surface_distances(&second, spacing)?.ok_or("the mask is empty")?;
    let (hd, pooled) = (found.hausdorff_mm(), found.pooled_percentile_mm(0.95));
    let all = [
        dice,
        hd,
        found.hausdorff_percentile_mm(0.95),
        pooled,
        found.pooled_mean_mm(),
        found.mean_of_means_mm(),
        found.surface_dice(TOLERANCE_MM),
    ];
    let seconds = start.elapsed().as_secs_f64();
    let asked = if medpy { vec![hd, pooled, found.pooled_mean_mm()] } else { all.to_vec() };
    let rounded: Vec<f64> = asked.iter().map(|value| (value * 1e6).round() / 1e6).collect();
    Ok(json!({"seconds": seconds, "result": rounded}))
}

/// The image that the other side makes, too.
fn image(shape: [usize; 3]) -> Array3<i16> {
    Array3::from_shape_fn(shape, |(z, y, x)| ((z * 7 + y * 3 + x * x) % 4096) as i16)
}

/// The time of `query` on runs, and on the dense voxels of their box and `reach` voxels around it.
fn timed(
    runs: &Runs,
    reach: [usize; 3],
    query: impl Fn(&Runs) -> Result<Runs, Problem>,
    number: impl Fn(&Runs) -> Result<u64, Problem>,
) -> Result<Value, Problem> {
    let tight = runs.bounds().ok_or("the mask is empty")?;
    let shape = runs.shape();
    let start = std::array::from_fn(|axis| tight.start[axis].saturating_sub(reach[axis]));
    let end = std::array::from_fn(|axis| (tight.end[axis] + reach[axis]).min(shape[axis]));
    let bounds = Bounds { start, end };
    let start = Instant::now();
    let found = query(runs)?;
    let seconds = start.elapsed().as_secs_f64();
    let dense: Voxels = runs.to_voxels_in(bounds, Dtype::U8);
    let start = Instant::now();
    let result = query(&Runs::from_voxels(&dense))?.to_voxels(Dtype::U8);
    let dense_seconds = start.elapsed().as_secs_f64();
    if Runs::from_voxels(&result).voxel_count() != found.voxel_count() {
        return Err("the crop gives another result".into());
    }
    Ok(json!({"seconds": seconds, "dense_seconds": dense_seconds, "result": number(&found)?}))
}
