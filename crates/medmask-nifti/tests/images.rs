//! Images: any numbers, scaled, in any order of bytes, from files of any kind.
#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use medmask_core::{Image, LabelMap, Runs, Space, Voxels};
use medmask_nifti::{Problem, ReadOptions, WriteOptions, read_image, read_mask, write_mask};
use ndarray::Array3;

const SHAPE: [usize; 3] = [3, 4, 5];

/// A file of so many samples of a type (its code in the standard), scaled.
fn file(datatype: i16, samples: &[u8], slope: f32, intercept: f32) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain.nii");
    let voxels = Voxels::from(Array3::<u8>::zeros(SHAPE));
    let space = Space::of_shape(SHAPE);
    write_mask(&path, &voxels, &LabelMap::new(), &space, &WriteOptions::default()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(352);
    let bits = (samples.len() / 60 * 8) as i16;
    bytes[70..72].copy_from_slice(&datatype.to_le_bytes());
    bytes[72..74].copy_from_slice(&bits.to_le_bytes());
    bytes[112..116].copy_from_slice(&slope.to_le_bytes());
    bytes[116..120].copy_from_slice(&intercept.to_le_bytes());
    bytes.extend(samples);
    bytes
}

/// The values of an image in the order of its memory, x fastest.
fn values(image: &Image<'_>) -> Vec<f64> {
    let one = |place: usize| {
        let mut mask = vec![0_u8; 60];
        mask[place] = 1;
        let mask = Runs::from_slice(&mask, SHAPE).unwrap();
        mask.grey_values(image).unwrap()[0].1.summary.map_or(f64::NAN, |summary| summary.mean)
    };
    (0..60).map(one).collect()
}

fn read(path: &Path, bytes: &[u8]) -> Vec<f64> {
    std::fs::write(path, bytes).unwrap();
    values(&read_image(path, &ReadOptions::default()).unwrap().image())
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn numbers_of_every_type_are_scaled() {
    let folder = tempfile::tempdir().unwrap();
    let numbers: Vec<i16> = (0..60).map(|n| n * 2 - 40).collect();
    macro_rules! samples {
        ($type:ty) => {
            numbers.iter().flat_map(|n| (*n as $type).to_le_bytes()).collect::<Vec<u8>>()
        };
    }
    let wrapped = |bits: u32| -> Vec<f64> {
        // What a negative number is where the type has no sign.
        let above = 2_f64.powi(bits as i32);
        numbers.iter().map(|n| if *n < 0 { f64::from(*n) + above } else { f64::from(*n) }).collect()
    };
    let signed: Vec<f64> = numbers.iter().map(|n| f64::from(*n)).collect();
    for (code, samples, numbers) in [
        (2, samples!(u8), wrapped(8)),
        (4, samples!(i16), signed.clone()),
        (8, samples!(i32), signed.clone()),
        (16, samples!(f32), signed.clone()),
        (64, samples!(f64), signed.clone()),
        (256, samples!(i8), signed.clone()),
        (512, samples!(u16), wrapped(16)),
        (768, samples!(u32), wrapped(32)),
        (1024, samples!(i64), signed),
        (1280, samples!(u64), wrapped(64)),
    ] {
        for (slope, intercept) in [(1.0, 0.0), (0.0, 7.0), (1.0, -1024.0), (0.5, 10.25)] {
            // A slope of 0 means that there is no scaling.
            let wanted: Vec<f64> = match slope == 0.0 {
                true => numbers.clone(),
                false => {
                    numbers.iter().map(|n| n * f64::from(slope) + f64::from(intercept)).collect()
                }
            };
            let bytes = file(code, &samples, slope, intercept);
            assert_eq!(read(&folder.path().join("a.nii"), &bytes), wanted, "type {code}");
            assert_eq!(
                read(&folder.path().join("a.nii.gz"), &packed(&bytes)),
                wanted,
                "type {code}"
            );
            // Of several members nothing is inflated at once.
            let (first, second) = bytes.split_at(371);
            let both = [packed(first), packed(second)].concat();
            assert_eq!(read(&folder.path().join("a.nii.gz"), &both), wanted, "type {code}");
        }
    }
}

#[test]
fn no_number_is_a_value() {
    let folder = tempfile::tempdir().unwrap();
    let samples: Vec<u8> = (0..60)
        .flat_map(|n| (if n % 2 == 0 { f32::NAN } else { n as f32 }).to_le_bytes())
        .collect();
    let found = read(&folder.path().join("a.nii"), &file(16, &samples, 1.0, 0.0));
    for (n, value) in found.into_iter().enumerate() {
        assert!(if n % 2 == 0 { value.is_nan() } else { value == n as f64 });
    }
}

#[test]
fn the_highest_byte_may_come_first() {
    // Written by nibabel; as masks they are read by other code.
    let folder = common::workspace().join("testdata/nifti");
    let mut seen = 0;
    for file in folder.read_dir().unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "inter_exact.nii" {
            // Numbers beyond 2^53, which labels keep and real numbers do not.
            continue;
        }
        let (Ok((mask, _)), Ok(image)) =
            (read_mask(&path, &ReadOptions::default()), read_image(&path, &ReadOptions::default()))
        else {
            continue;
        };
        let runs = mask.to_runs();
        for (label, values) in runs.grey_values(&image.image()).unwrap() {
            let summary = values.summary.unwrap();
            assert!((summary.min - f64::from(label)).abs() < 1e-3, "{name}: {label} {summary:?}");
            assert!((summary.max - f64::from(label)).abs() < 1e-3, "{name}: {label} {summary:?}");
        }
        assert_eq!(image.header().space(), mask.space(), "{name}");
        seen += usize::from(name.contains("big"));
    }
    assert!(seen > 0, "there is a file with the highest byte first");
}

#[test]
fn what_is_no_image_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii");
    let mut options = ReadOptions::default();
    let problem = |bytes: &[u8], options: &ReadOptions| {
        std::fs::write(&path, bytes).unwrap();
        read_image(&path, options).unwrap_err().problem
    };
    let good = file(4, &[0; 120], 1.0, 0.0);
    assert!(matches!(problem(&good[..400], &options), Problem::Truncated { .. }));
    assert!(matches!(problem(&file(128, &[0; 180], 1.0, 0.0), &options), Problem::Datatype { .. }));
    let mut several = good;
    several[40..42].copy_from_slice(&4_i16.to_le_bytes());
    several[48..50].copy_from_slice(&2_i16.to_le_bytes());
    several.extend([1; 120]);
    assert!(matches!(problem(&several, &options), Problem::SeveralVolumes { .. }));
    options.volume = Some(1);
    std::fs::write(&path, &several).unwrap();
    let second = read_image(&path, &options).unwrap();
    assert_eq!(values(&second.image()), [257.0; 60]);
    options.max_memory = Some(100);
    assert!(matches!(problem(&several, &options), Problem::Memory(_)));
}
