//! Damaged and made-up files: an error, never a panic, and no memory that the file does not justify.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use medmask_core::{LabelMap, Space, Voxels};
use medmask_nifti::{AssumeAffine, Note, Problem, ReadOptions, Reader, WriteOptions, write_mask};
use ndarray::Array3;
use proptest::prelude::*;

fn trap(name: &str) -> Vec<u8> {
    std::fs::read(common::workspace().join("testdata/nifti").join(name)).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// Reads all there is; whether there is an error does not matter.
fn read(bytes: &[u8]) {
    let mut options = ReadOptions::default();
    options.assume_affine = Some(AssumeAffine::Pixdim);
    options.max_voxels = 1 << 20;
    let mut reader = Reader::new(options);
    if let Ok(volume) = reader.read_bytes(bytes, Path::new("bytes")) {
        let voxels = volume.voxels();
        let runs = volume.runs();
        assert_eq!(voxels.is_ok(), runs.is_ok());
        if let (Ok(voxels), Ok(runs)) = (voxels, runs) {
            assert_eq!(medmask_core::Runs::from_voxels(&voxels), runs);
        }
    }
}

#[test]
fn every_byte_of_a_header_may_be_anything() {
    for name in ["plain.nii", "nifti_2.nii", "caret_0.nii", "float32_big_endian.nii"] {
        let whole = trap(name);
        for place in 0..whole.len().min(700) {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] = value;
                read(&bytes);
            }
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for name in ["plain.nii", "nifti_2.nii.gz", "caret_30_last.nii.gz", "members.nii.gz"] {
        let whole = trap(name);
        for len in 0..whole.len() {
            let mut reader = Reader::new(ReadOptions::default());
            let cut = reader.read_bytes(&whole[..len], Path::new("cut"));
            assert!(cut.is_err(), "{name} cut to {len} bytes");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_gzip_file_is_an_error_or_without_effect() {
    let whole = trap("int16.nii.gz");
    let mut reader = Reader::new(ReadOptions::default());
    let sound = reader.read_bytes(&whole, Path::new("sound")).unwrap().runs().unwrap();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut reader = Reader::new(ReadOptions::default());
        if let Ok(volume) = reader.read_bytes(&bytes, Path::new("flipped")) {
            assert_eq!(volume.runs().unwrap(), sound, "bit {bit}");
        }
    }
}

#[test]
fn an_extension_of_impossible_size_costs_names_but_no_voxel() {
    let mut bytes = trap("caret_0.nii");
    bytes[352..356].copy_from_slice(&i32::MAX.to_le_bytes());
    let mut reader = Reader::new(ReadOptions::default());
    let volume = reader.read_bytes(&bytes, Path::new("x")).unwrap();
    assert_eq!(volume.header().notes(), [Note::ExtensionsCutOff]);
    assert!(volume.header().label_names().is_empty());
    assert_eq!(volume.voxels().unwrap().get([2, 0, 4]), Some(2));
}

#[test]
fn a_label_table_keeps_what_can_be_used() {
    let xml = "<CaretExtension><VolumeInformation Index=\"1\"><LabelTable>\
        <Label Key=\"1\"><![CDATA[other volume]]></Label></LabelTable></VolumeInformation>\
        <VolumeInformation Index=\"0\"><LabelTable><Label Key=\"0\">???</Label>\
        <Label Key=\"3\" Red=\"1\" Green=\"0.5\" Blue=\"0\"> a &lt;b&gt; &#228; </Label>\
        <Label Key=\"-4\">negative</Label><Label Key=\"5\"></Label>\
        <Label Key=\"6\" Red=\"2\" Green=\"0\" Blue=\"0\">six</Label>\
        <Label Key=\"3\">again</Label></LabelTable></VolumeInformation></CaretExtension>";
    let mut bytes = trap("plain.nii");
    let mut extension = Vec::from(1_i32.to_le_bytes());
    let size = (xml.len() + 8).next_multiple_of(16);
    extension.extend((size as i32).to_le_bytes());
    extension.extend(6_i32.to_le_bytes());
    extension.extend(xml.as_bytes());
    extension.resize(4 + size, 0);
    bytes.splice(348..352, extension);
    bytes[108..112].copy_from_slice(&(352.0 + size as f32).to_le_bytes());
    let mut reader = Reader::new(ReadOptions::default());
    let volume = reader.read_bytes(&bytes, Path::new("x")).unwrap();
    let names = volume.header().label_names();
    let found: Vec<_> = names.iter().collect();
    assert_eq!(found, [("a <b> ä", 3), ("six", 6)]);
    assert_eq!(names.entry(3).unwrap().colour(), Some([255, 128, 0, 255]));
    assert_eq!(names.entry(6).unwrap().colour(), None);
    assert_eq!(volume.header().notes().len(), 3, "{:?}", volume.header().notes());
}

#[test]
fn compressed_data_that_goes_on_and_on_is_refused() {
    let mut bytes = trap("plain.nii");
    bytes.resize(bytes.len() + (20 << 20), 0);
    for compress in [gzip, bzip2, zstandard] {
        let mut reader = Reader::new(ReadOptions::default());
        let error = reader.read_bytes(&compress(&bytes), Path::new("long")).unwrap_err();
        assert!(matches!(error.problem, Problem::Surplus { .. }), "{error}");
    }
}

#[test]
fn a_zstandard_frame_gets_no_more_memory_than_is_usual() {
    let plain = trap("plain.nii");
    let framed = |window_log| {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(window_log).unwrap();
        encoder.include_contentsize(false).unwrap();
        encoder.write_all(&plain).unwrap();
        encoder.finish().unwrap()
    };
    for (window_log, max_memory, read) in
        [(27, None, true), (28, None, false), (20, Some(1 << 20), true), (27, Some(1 << 20), false)]
    {
        let mut options = ReadOptions::default();
        options.max_memory = max_memory;
        let mut reader = Reader::new(options);
        let bytes = framed(window_log);
        let volume = reader.read_bytes(&bytes, Path::new("window"));
        assert_eq!(volume.is_ok(), read, "{window_log} {max_memory:?}: {:?}", volume.err());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        front in proptest::collection::vec(any::<u8>(), 0..900),
        two in any::<bool>(),
        big in any::<bool>(),
    ) {
        read(&front);
        // The same with a size and magic that let the parsers start.
        let mut bytes = front;
        bytes.resize(bytes.len().max(600), 0);
        let (size, at, magic): (i32, usize, &[u8]) =
            if two { (540, 4, b"n+2\0\r\n\x1a\n") } else { (348, 344, b"n+1\0") };
        bytes[..4].copy_from_slice(&if big { size.to_be_bytes() } else { size.to_le_bytes() });
        bytes[at..at + magic.len()].copy_from_slice(magic);
        read(&bytes);
        for compress in [gzip, bzip2, zstandard] {
            let mut compressed = compress(&bytes);
            read(&compressed);
            let place = bytes.len() % compressed.len();
            compressed[place] ^= 4;
            read(&compressed);
        }
    }

    #[test]
    fn changed_bytes_of_sound_files_are_read_or_refused(
        changes in proptest::collection::vec((0_usize..1000, any::<u8>()), 1..8),
        name in prop::sample::select(&["caret_0.nii", "caret_nifti_2_big_endian.nii", "int64_big_endian.nii"][..]),
    ) {
        let mut bytes = trap(name);
        for (place, value) in changes {
            let len = bytes.len();
            bytes[place % len] = value;
        }
        read(&bytes);
        for compress in [gzip, bzip2, zstandard] {
            let mut compressed = compress(&bytes);
            read(&compressed);
            let place = bytes.len() % compressed.len();
            compressed[place] ^= 4;
            read(&compressed);
        }
    }

    #[test]
    fn any_voxels_come_back(
        shape in prop::array::uniform3(1_usize..7),
        seed in any::<u64>(),
        max in prop::sample::select(&[1_u32, 2, 255, 256, 65_535, 65_536, u32::MAX][..]),
        compress in any::<bool>(),
    ) {
        let mut state = seed | 1;
        let voxels: Voxels = Array3::from_shape_fn(shape, |_| {
            // xorshift
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if state % 3 == 0 { max - (state >> 32) as u32 % max.min(3) } else { 0 }
        }).into();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if compress { "a.nii.gz" } else { "a.nii" });
        let space = Space::of_shape(shape);
        write_mask(&path, &voxels, &LabelMap::new(), &space, &WriteOptions::default()).unwrap();
        let mut reader = Reader::new(ReadOptions::default());
        let volume = reader.read(&path).unwrap();
        prop_assert_eq!(volume.header().space(), &space);
        prop_assert_eq!(volume.runs().unwrap(), medmask_core::Runs::from_voxels(&voxels));
    }
}
