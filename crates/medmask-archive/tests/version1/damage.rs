//! Damaged files: errors, and never a panic. Without checksums some damage passes, so nothing is said of voxels.

use medmask_archive::ArchiveError;
use medmask_archive::version1::{Reader, Writer};

use crate::golden::folder;
use crate::{oblique, striped};

/// Opens and reads everything; the number of masks that could be read.
fn read_all(bytes: &[u8], name: &str) -> Result<usize, ArchiveError> {
    let reader = Reader::from_storage(bytes, name)?;
    Ok(reader.names().filter(|name| reader.get(name).unwrap().to_mask().is_ok()).count())
}

fn small_archive() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.mska");
    let space = oblique([2, 3, 4]);
    let mut writer = Writer::create(&path, &space).unwrap();
    writer.add("a", &striped::<u8>(&space, 3)).unwrap();
    writer.add("b", &striped::<bool>(&space, 1)).unwrap();
    writer.finish().unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let single = std::fs::read(folder().join("uint8.msk")).unwrap();
    for length in 0..single.len() {
        assert!(!matches!(read_all(&single[..length], "cut.msk"), Ok(1..)), "{length}");
    }
    let library = std::fs::read(folder().join("odd_mapping.mska")).unwrap();
    for length in 0..library.len() {
        assert!(!matches!(read_all(&library[..length], "cut.mska"), Ok(1..)), "{length}");
    }
    let ours = small_archive();
    for length in 0..ours.len() {
        assert!(read_all(&ours[..length], "cut.mska").is_err(), "{length}");
    }
}

#[test]
fn no_flipped_bit_panics() {
    let single = std::fs::read(folder().join("uint16.msk")).unwrap();
    for mut bytes in [single, small_archive()] {
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let _ = read_all(&bytes, "flipped");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn a_flipped_bit_in_voxels_we_wrote_never_gives_other_voxels() {
    let mut bytes = small_archive();
    let expected = striped::<u8>(&oblique([2, 3, 4]), 3);
    let voxels = {
        let reader = Reader::from_storage(bytes.as_slice(), "whole").unwrap();
        assert_eq!(reader.get("a").unwrap().to_mask().unwrap(), expected);
        reader.entry("a").unwrap().stored_bytes() as usize
    };
    let first = bytes.windows(7).position(|part| part == b"\x00\x05uint8").unwrap();
    for bit in first * 8..(first + voxels) * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let reader = Reader::from_storage(bytes.as_slice(), "flipped").unwrap();
        if let Ok(mask) = reader.get("a").unwrap().to_mask() {
            assert_eq!(mask, expected, "bit {bit}");
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        magic in proptest::sample::select(vec![b"MSK1\x01\0\0", b"MSKA\x01\0\0"]),
        rest in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
    ) {
        let _ = read_all(&[magic.as_slice(), &rest].concat(), "arbitrary");
    }
}
