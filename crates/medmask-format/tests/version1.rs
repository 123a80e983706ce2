//! Voxels of version 1.0: round trips, and bytes that no program wrote.
#![cfg(feature = "zstd")]
#![expect(clippy::unwrap_used, reason = "a helper outside the test functions")]

use medmask_format::version1::{
    ArchiveHeader, Blob, BlobHeader, DEFAULT_LEVEL, Index, Labels, LabelsRef, Mapping, MaskHeader,
    SpaceRecord, encode,
};
use medmask_format::{FormatError, Memory};
use proptest::prelude::*;

/// A mask's data as the format says, from parts, with no help of the crate under test.
fn blob(flag: u8, dtype: &str, shape: [i64; 3], voxels: &[u8]) -> Vec<u8> {
    let mut bytes = vec![flag, dtype.len() as u8];
    bytes.extend_from_slice(dtype.as_bytes());
    bytes.push(3);
    bytes.extend(shape.iter().flat_map(|axis| axis.to_le_bytes()));
    bytes.extend(zstd::bulk::compress(voxels, 3).unwrap());
    bytes
}

/// Decodes a mask's data, and checks them piece by piece, which finds the same.
fn decode(bytes: &[u8], offset: u64) -> Result<Blob, FormatError> {
    let decoded = Blob::decode(bytes, offset, &Memory::unlimited());
    let checked = Blob::check(bytes, offset, &Memory::unlimited());
    match (&decoded, checked) {
        (Ok(blob), Ok(wrong)) => {
            let Labels::I64(labels) = &blob.labels else {
                assert_eq!(wrong, None);
                return decoded;
            };
            let mut wide = labels.iter().filter(|label| u32::try_from(**label).is_err());
            assert_eq!(wrong, wide.next().copied());
        }
        (Err(error), Err(other)) => {
            assert_eq!(std::mem::discriminant(error), std::mem::discriminant(&other));
        }
        (decoded, checked) => unreachable!("{decoded:?} and {checked:?}"),
    }
    decoded
}

#[test]
fn what_decoding_holds_is_counted_and_limited() {
    let types =
        [("uint8", 1, 1), ("bool", 1, 2), ("uint16", 2, 4), ("int16", 2, 10), ("int64", 8, 16)];
    for (dtype, stored, held) in types {
        let bytes = blob(0, dtype, [1, 1, 1 << 20], &vec![0; stored << 20]);
        let decode = |limit| Blob::decode(&bytes, 0, &Memory::new(Some(limit)));
        assert!(decode(held << 20).is_ok(), "{dtype}");
        let error = decode((held << 20) - 1).unwrap_err();
        assert!(matches!(error, FormatError::Memory(_)), "{dtype}: {error}");
        // The window of so small a frame is the frame; a piece is 64 KiB.
        let memory = Memory::new(Some(((stored << 20) + (64 << 10)) as u64));
        assert_eq!(Blob::check(&bytes, 0, &memory), Ok(None), "{dtype}");
    }
}

#[test]
fn packed_bits_start_at_the_highest() {
    let bytes = blob(1, "bool", [1, 2, 5], &[0b1000_0001, 0b0100_0000]);
    let labels = decode(&bytes, 0).unwrap().labels;
    let mut expected = vec![false; 10];
    for set in [0, 7, 9] {
        expected[set] = true;
    }
    assert_eq!(labels, Labels::Bool(expected.clone()));
    let encoded = encode(LabelsRef::Bool(&expected), [1, 2, 5], DEFAULT_LEVEL).unwrap();
    let header = BlobHeader::parse(&encoded, 0).unwrap();
    assert_eq!(encoded[..header.bytes], bytes[..header.bytes]);
    assert_eq!(zstd::bulk::decompress(&encoded[header.bytes..], 9).unwrap(), [0x81, 0x40]);
}

#[test]
fn numbers_are_little_endian_unless_the_name_says_otherwise() {
    let decode = |dtype: &str, voxels: &[u8]| {
        let count = (voxels.len() / if dtype.ends_with("64") { 8 } else { 2 }) as i64;
        decode(&blob(0, dtype, [1, 1, count], voxels), 0).unwrap().labels
    };
    assert_eq!(decode("uint16", &[1, 2, 0, 255]), Labels::U16(vec![0x201, 0xff00]));
    assert_eq!(decode(">u2", &[1, 2, 0, 255]), Labels::I64(vec![0x102, 0xff]));
    assert_eq!(decode("int16", &[1, 0, 255, 255]), Labels::I64(vec![1, -1]));
    assert_eq!(decode("int64", &[5, 0, 0, 0, 0, 0, 0, 128]), Labels::I64(vec![i64::MIN + 5]));
    assert_eq!(decode("uint64", &[255; 8]), Labels::I64(vec![i64::MAX]));
}

#[test]
fn types_that_are_no_labels_are_refused() {
    for dtype in ["float32", "complex64", "<U1", "object", ""] {
        let error = decode(&blob(0, dtype, [1, 1, 1], &[0; 4]), 50).unwrap_err();
        assert!(matches!(error, FormatError::Corrupt(at) if at.offset == 52), "{dtype}");
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_inflated() {
    let zeros = vec![0; 1 << 24];
    for shape in [[1, 1, 1], [1 << 20, 1 << 19, 1], [1 << 40, 1 << 40, 2], [-1, 1, 1], [0, 1, 1]] {
        assert!(decode(&blob(0, "uint8", shape, &zeros), 0).is_err(), "{shape:?}");
    }
    // The same without a size in the frame's header.
    let mut streamed = blob(0, "uint8", [1, 1, 100], &[]);
    streamed.truncate(BlobHeader::parse(&streamed, 0).unwrap().bytes);
    streamed.extend(zstd::stream::encode_all(zeros.as_slice(), 3).unwrap());
    assert!(decode(&streamed, 0).is_err());
}

#[test]
fn an_array_that_does_not_fill_its_shape_is_not_encoded() {
    assert!(encode(LabelsRef::U8(&[1, 2, 3]), [1, 2, 2], DEFAULT_LEVEL).is_err());
    assert!(encode(LabelsRef::U8(&[]), [0, 2, 2], DEFAULT_LEVEL).is_err());
}

#[test]
fn what_is_cut_off_is_an_error() {
    let bytes = encode(LabelsRef::U16(&[3; 60]), [3, 4, 5], DEFAULT_LEVEL).unwrap();
    for length in 0..bytes.len() {
        assert!(decode(&bytes[..length], 0).is_err(), "{length}");
    }
}

#[test]
fn a_flipped_bit_in_voxels_that_this_crate_wrote_is_an_error() {
    let voxels: Vec<u8> = (0..=255).collect();
    let mut bytes = encode(LabelsRef::U8(&voxels), [4, 8, 8], DEFAULT_LEVEL).unwrap();
    let first = BlobHeader::parse(&bytes, 0).unwrap().bytes;
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let decoded = decode(&bytes, 0);
        // Magic, content and checksum are covered; the frame has bits that its reader ignores.
        if bit / 8 > first + 8 {
            assert!(decoded.is_err(), "bit {bit}");
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

fn shape_and<T>(voxel: T) -> impl Strategy<Value = ([u64; 3], Vec<T::Value>)>
where
    T: Strategy + Clone,
{
    (1..6_u64, 1..6_u64, 1..20_u64).prop_flat_map(move |(z, y, x)| {
        let count = (z * y * x) as usize;
        (Just([z, y, x]), prop::collection::vec(voxel.clone(), count))
    })
}

proptest! {
    #[test]
    fn bool_round_trips((shape, voxels) in shape_and(any::<bool>())) {
        let bytes = encode(LabelsRef::Bool(&voxels), shape, DEFAULT_LEVEL).unwrap();
        let decoded = decode(&bytes, 0).unwrap();
        prop_assert_eq!(decoded.header.shape, shape);
        prop_assert_eq!(decoded.labels, Labels::Bool(voxels));
    }

    #[test]
    fn u16_round_trips((shape, voxels) in shape_and(any::<u16>())) {
        let bytes = encode(LabelsRef::U16(&voxels), shape, DEFAULT_LEVEL).unwrap();
        prop_assert_eq!(decode(&bytes, 0).unwrap().labels, Labels::U16(voxels));
    }

    #[test]
    fn u32_round_trips((shape, voxels) in shape_and(any::<u32>())) {
        let bytes = encode(LabelsRef::U32(&voxels), shape, DEFAULT_LEVEL).unwrap();
        prop_assert_eq!(decode(&bytes, 0).unwrap().labels, Labels::U32(voxels));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), offset: u64) {
        let _ = (MaskHeader::parse(&bytes), ArchiveHeader::parse(&bytes));
        let _ = (SpaceRecord::parse(&bytes, offset), Mapping::parse(&bytes, offset));
        let _ = (Index::parse(&bytes, offset), decode(&bytes, offset));
    }

    #[test]
    fn damaged_voxels_never_panic(
        (shape, voxels) in shape_and(0..3_u8),
        at: prop::sample::Index,
        value: u8,
    ) {
        let mut bytes = encode(LabelsRef::U8(&voxels), shape, DEFAULT_LEVEL).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(decoded) = decode(&bytes, 0) {
            let Labels::U8(decoded) = decoded.labels else { panic!("another type") };
            prop_assert_eq!(decoded.len(), voxels.len());
        }
    }
}
