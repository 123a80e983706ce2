//! Geometry and resampling against the answers of SimpleITK, nibabel and the original.
//!
//! `peers/make_cases.py` writes the cases: a small sample is committed. With `MEDMASK_PYTHON` set to a Python that
//! has the peers, all cases are made anew and checked.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failure is a failed test"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use medmask_core::{
    AxisCodes, Bounds, GridAlignment, Interpolation, ItkGeometry, RotationCentre, Runs,
    ShapeRounding, Space, SpacingFit,
};
use serde::Deserialize;

const TOLERANCE_MM: f64 = 1e-4;

#[derive(Deserialize)]
struct Cases {
    geometry: Vec<GeometryCase>,
    original: Vec<OriginalCase>,
    resample: Vec<ResampleCase>,
}

#[derive(Deserialize)]
struct Itk {
    size: [usize; 3],
    spacing: [f64; 3],
    origin: [f64; 3],
    direction: [f64; 9],
}

#[derive(Deserialize)]
struct GeometryCase {
    #[serde(flatten)]
    itk: Itk,
    affine: [[f64; 4]; 4],
    itk_corners: [[f64; 3]; 8],
    nibabel_corners_ras: [[f64; 3]; 8],
    probe_xyz: [f64; 3],
    itk_probe: [f64; 3],
    codes_xyz: String,
    canonical_shape: [usize; 3],
    canonical_affine: [[f64; 4]; 4],
    obliqueness: f64,
    itk_lps_size: [usize; 3],
    itk_lps_origin: [f64; 3],
    itk_lps_direction: [f64; 9],
    original_json: String,
}

#[derive(Deserialize)]
struct OriginalCase {
    space: String,
    reversed: String,
    swapped_0_2: String,
    permuted_1_2_0: String,
    #[serde(rename = "box")]
    bounds: [[usize; 2]; 3],
    cropped: String,
    new_shape: [usize; 3],
    reshaped: String,
    new_spacing: [f64; 3],
    respaced_exact: String,
    respaced: String,
    float_box: [[f64; 2]; 3],
    cropped_between: String,
    factor: [f64; 3],
    zoomed_floor: String,
    zoomed_round: String,
    zoomed_ceil: String,
    rotated_1_by_33: String,
    rotated_2_by_90_about_origin: String,
    end: [f64; 3],
    physical_span: [f64; 3],
    dicom: [f64; 6],
    points: Vec<[f64; 3]>,
    points_world: Vec<[f64; 3]>,
    contained: Vec<bool>,
}

#[derive(Deserialize)]
struct ResampleCase {
    kind: String,
    source: Itk,
    target: Itk,
    voxels: Vec<usize>,
    nearest: Vec<usize>,
    label_linear: Vec<usize>,
    linear_half: Option<Vec<usize>>,
}

fn cases() -> &'static Cases {
    static CASES: OnceLock<Cases> = OnceLock::new();
    CASES.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        let text = match std::env::var_os("MEDMASK_PYTHON") {
            None => {
                eprintln!(
                    "MEDMASK_PYTHON is not set: only the committed sample of cases is checked"
                );
                std::fs::read_to_string(folder.join("cases.json")).unwrap()
            }
            Some(python) => {
                let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join("core-peer-cases.json");
                let status = Command::new(python)
                    .arg(folder.join("make_cases.py"))
                    .arg(&made)
                    .arg("--full")
                    .status()
                    .unwrap();
                assert!(status.success());
                std::fs::read_to_string(made).unwrap()
            }
        };
        serde_json::from_str(&text).unwrap()
    })
}

fn space(itk: &Itk) -> Space {
    let Itk { size, origin, spacing, direction } = *itk;
    Space::from_itk(&ItkGeometry { size, origin, spacing, direction }).unwrap()
}

fn assert_near<'a>(
    found: impl IntoIterator<Item = &'a f64>,
    wanted: impl IntoIterator<Item = &'a f64>,
    what: &str,
) {
    let (found, wanted): (Vec<_>, Vec<_>) =
        (found.into_iter().collect(), wanted.into_iter().collect());
    assert_eq!(found.len(), wanted.len(), "{what}");
    let near = found.iter().zip(&wanted).all(|(a, b)| (*a - *b).abs() <= TOLERANCE_MM);
    assert!(near, "{what}: {found:?} is not {wanted:?}");
}

/// Equal in shape, and in spacing, origin and direction to within rounding.
fn assert_same(found: &Space, json: &str, what: &str) {
    let wanted = Space::from_json(json).unwrap();
    let distance = found.compare(&wanted, 1e-9).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(distance <= 1e-9, "{what}");
}

fn to_ras([x, y, z]: [f64; 3]) -> [f64; 3] {
    [-x, -y, z]
}

#[test]
fn positions_agree_with_simpleitk_and_nibabel() {
    for case in &cases().geometry {
        let space = space(&case.itk);
        let [x, y, z] = case.itk.size;
        assert_eq!(space.shape(), [z, y, x]);
        assert_near(space.corners().as_flattened(), case.itk_corners.as_flattened(), "corners");
        let imported = Space::from_nifti_affine(case.itk.size, case.affine).unwrap();
        let ras = imported.corners().map(to_ras);
        assert_near(ras.as_flattened(), case.nibabel_corners_ras.as_flattened(), "RAS corners");
        assert!(imported.compare(&space, TOLERANCE_MM).is_ok());
        assert_near(space.to_nifti_affine().as_flattened(), case.affine.as_flattened(), "affine");
        let again = Space::from_nifti_affine(case.itk.size, imported.to_nifti_affine()).unwrap();
        assert!(again.compare(&imported, 1e-9).is_ok());

        let [x, y, z] = case.probe_xyz;
        assert_near(&space.index_to_world([z, y, x]), &case.itk_probe, "probe");
        assert_near(&space.world_to_index(case.itk_probe), &[z, y, x], "probe back");

        let itk = space.to_itk();
        assert_eq!((itk.size, itk.spacing), (case.itk.size, case.itk.spacing));
        assert_eq!((itk.origin, itk.direction), (case.itk.origin, case.itk.direction));
        let determinant_sign = space.is_left_handed();
        let [a, b, c] =
            [0, 1, 2].map(|n| [case.affine[0][n], case.affine[1][n], case.affine[2][n]]);
        let determinant = a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1])
            + c[0] * (a[1] * b[2] - a[2] * b[1]);
        assert_eq!(determinant_sign, determinant < 0.0);
    }
}

#[test]
fn orientations_agree_with_simpleitk_and_nibabel() {
    for case in &cases().geometry {
        let space = space(&case.itk);
        assert_eq!(space.axis_codes().xyz(), case.codes_xyz);
        assert!((space.obliqueness_degrees() - case.obliqueness).abs() < 1e-5);

        let ras = space.reorient(&space.reorientation_to(&AxisCodes::RAS));
        let [z, y, x] = ras.shape();
        assert_eq!([x, y, z], case.canonical_shape);
        let affine = ras.to_nifti_affine();
        assert_near(affine.as_flattened(), case.canonical_affine.as_flattened(), "canonical");

        // Where axes lie near 45 degrees ITK may choose others than nibabel; then there is nothing to compare.
        let lps = space.reorient(&space.reorientation_to(&AxisCodes::LPS)).to_itk();
        if case.obliqueness < 30.0 {
            assert_eq!(lps.size, case.itk_lps_size);
            assert_near(&lps.origin, &case.itk_lps_origin, "ITK's LPS origin");
            assert_near(&lps.direction, &case.itk_lps_direction, "ITK's LPS direction");
        }
    }
}

#[test]
fn the_originals_json_is_read_and_written() {
    for case in &cases().geometry {
        let original = Space::from_json(&case.original_json).unwrap();
        let ours = space(&case.itk).reverse_axis_order();
        assert_eq!(original, ours);
        let numbers = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(Space::from_json(&ours.to_json()).unwrap(), ours);
        let (written, read) = (numbers(&ours.to_json()), numbers(&case.original_json));
        let keys = |value: &serde_json::Value| {
            value.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(keys(&written), keys(&read));
    }
}

#[test]
fn the_original_reads_our_json() {
    let Some(python) = std::env::var_os("MEDMASK_PYTHON") else {
        eprintln!("skipped: MEDMASK_PYTHON is not set");
        return;
    };
    let spaces: Vec<Space> = cases().geometry.iter().map(|case| space(&case.itk)).collect();
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/read_spaces.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = spaces.iter().map(|space| space.to_json() + "\n").collect();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let read: Vec<Space> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| Space::from_json(line).unwrap())
        .collect();
    assert_eq!(read, spaces);
}

#[test]
fn changes_agree_with_the_original_where_it_is_right() {
    for case in &cases().original {
        let space = Space::from_json(&case.space).unwrap();
        assert_same(&space.reverse_axis_order(), &case.reversed, "reverse_axis_order");
        assert_same(&space.swap(0, 2).unwrap(), &case.swapped_0_2, "swap");
        assert_same(&space.permute([1, 2, 0]).unwrap(), &case.permuted_1_2_0, "permute");
        let [start, end] = [0, 1].map(|n| case.bounds.map(|side| side[n]));
        assert_same(&space.crop(Bounds { start, end }).unwrap(), &case.cropped, "crop");
        let reshaped = space.with_shape(case.new_shape, GridAlignment::Centres).unwrap();
        assert_same(&reshaped, &case.reshaped, "with_shape");
        let exact = space.with_spacing(case.new_spacing, SpacingFit::Spacing).unwrap();
        assert_same(&exact, &case.respaced_exact, "with_spacing");
        let fitted = space.with_spacing(case.new_spacing, SpacingFit::Extent).unwrap();
        assert_same(&fitted, &case.respaced, "with_spacing, same extent");
        let [start, end] = [0, 1].map(|n| case.float_box.map(|side| side[n]));
        let between = space.crop_between(start, end, case.new_shape).unwrap();
        assert_same(&between, &case.cropped_between, "crop_between");
        for (rounding, wanted) in [
            (ShapeRounding::Floor, &case.zoomed_floor),
            (ShapeRounding::Nearest, &case.zoomed_round),
            (ShapeRounding::Ceil, &case.zoomed_ceil),
        ] {
            let zoomed = space.zoom(case.factor, rounding, GridAlignment::Centres).unwrap();
            assert_same(&zoomed, wanted, "zoom");
        }
        let turned = space.rotate(1, 33.0, RotationCentre::Volume).unwrap();
        assert_same(&turned, &case.rotated_1_by_33, "rotate");
        let turned = space.rotate(2, 90.0, RotationCentre::Origin).unwrap();
        assert_same(&turned, &case.rotated_2_by_90_about_origin, "rotate about the origin");
        assert_near(&space.end(), &case.end, "end");
        assert_near(&space.physical_span(), &case.physical_span, "physical_span");
        assert_points(&space, case);
    }
}

fn assert_points(space: &Space, case: &OriginalCase) {
    // Theirs is (x, y, z), ours takes the rows and columns of (z, y, x) arrays.
    assert_eq!(space.reverse_axis_order().to_dicom_orientation(), case.dicom);
    for (n, point) in case.points.iter().enumerate() {
        assert_near(&space.index_to_world(*point), &case.points_world[n], "points");
        assert_eq!(space.contains_index(*point), case.contained[n]);
    }
    assert_eq!(space.indices_to_world(&case.points).len(), case.points.len());
    let back = space.world_to_indices(&case.points_world);
    assert_near(back.as_flattened(), case.points.as_flattened(), "points back");
}

fn volume(run_lengths: &[usize], space: &Space) -> Vec<u8> {
    let voxels: Vec<u8> = run_lengths
        .chunks_exact(2)
        .flat_map(|run| std::iter::repeat_n(u8::try_from(run[0]).unwrap(), run[1]))
        .collect();
    assert_eq!(voxels.len(), space.shape().iter().product::<usize>());
    voxels
}

#[test]
fn resampling_agrees_with_simpleitk() {
    for case in &cases().resample {
        let (source, target) = (space(&case.source), space(&case.target));
        let runs = |lengths: &[usize], space: &Space| {
            Runs::from_slice(&volume(lengths, space), space.shape()).unwrap()
        };
        let mask = runs(&case.voxels, &source);
        let nearest = mask.resample(&source, &target, Interpolation::Nearest).unwrap();
        assert_equal(&nearest, &runs(&case.nearest, &target), &case.kind, "nearest");
        let linear = mask.resample(&source, &target, Interpolation::LabelLinear).unwrap();
        assert_equal(&linear, &runs(&case.label_linear, &target), &case.kind, "label linear");
        if let Some(half) = &case.linear_half {
            assert_equal(&linear, &runs(half, &target), &case.kind, "linear, at least 0.5");
        }
        assert!(!nearest.is_empty() && !linear.is_empty(), "{}: a case says something", case.kind);
    }
}

fn assert_equal(found: &Runs, wanted: &Runs, kind: &str, method: &str) {
    let differing = found.combine(wanted, |a, b| u32::from(a != b)).unwrap().voxel_count();
    assert_eq!(differing, 0, "{kind}, {method}: of {} voxels", wanted.voxel_count());
}
