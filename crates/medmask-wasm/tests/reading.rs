//! Reading an archive of which only the ranges are there that were asked for.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::ops::Range;

use medmask_archive::{Archive, ArchiveWriter};
use medmask_core::{LabelMap, Mask, Space};
use medmask_wasm::{Reader, ReaderError};
use ndarray::Array3;

const SHAPE: [usize; 3] = [20, 30, 40];

/// Entries of noise, each of 24,000 voxels, which no codec makes small.
fn archive() -> (tempfile::TempDir, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape(SHAPE);
    let mut writer = ArchiveWriter::create(&path, &space, Default::default()).unwrap();
    let mut state = 1_u32;
    for name in ["first", "second", "third"] {
        let voxels = Array3::from_shape_simple_fn(SHAPE, || {
            state = state.wrapping_mul(1_103_515_245).wrapping_add(12345);
            (state >> 16) as u8 % 3
        });
        let mut labels = LabelMap::new();
        labels.insert("one", 1).unwrap();
        labels.insert("two", 2).unwrap();
        writer.add(name, &Mask::new(voxels, labels, space.clone()).unwrap()).unwrap();
    }
    writer.finish().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, bytes)
}

/// Supplies what is missing of `file` until `call` succeeds; gives what was supplied, too.
fn supplied<T>(
    reader: &mut Reader,
    file: &[u8],
    call: impl Fn(&mut Reader) -> Result<T, ReaderError>,
) -> (T, Vec<Range<u64>>) {
    let mut asked = Vec::new();
    loop {
        match call(reader) {
            Err(ReaderError::Missing(ranges)) => {
                for range in ranges {
                    assert!(!asked.contains(&range), "{range:?} is asked for again");
                    let part = &file[range.start as usize..range.end as usize];
                    reader.supply(range.start, part.to_vec());
                    asked.push(range);
                }
            }
            other => return (other.unwrap(), asked),
        }
    }
}

#[test]
fn only_what_is_needed_is_asked_for() {
    let (folder, file) = archive();
    let archive = Archive::open(folder.path().join("case.mska")).unwrap();
    let mut reader = Reader::new(file.len() as u64);
    let (description, of_index) = supplied(&mut reader, &file, Reader::describe);
    let names: Vec<&str> = description.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["first", "second", "third"]);
    assert_eq!(description.affine, archive.space().to_nifti_affine());
    let length = |ranges: &[Range<u64>]| ranges.iter().map(|r| r.end - r.start).sum::<u64>();
    assert!(length(&of_index) < file.len() as u64 / 4, "{of_index:?} of {}", file.len());
    for name in names {
        let (runs, asked) = supplied(&mut reader, &file, |reader| reader.runs(name, None));
        let (offset, length) = archive.entry(name).unwrap().blob().unwrap();
        let ends: Vec<_> = asked.iter().map(|range| (range.start, range.end)).collect();
        assert_eq!(ends, [(offset, offset + length)]);
        // Painted one by one, against what a plain load gives.
        let mut voxels = vec![0_u8; SHAPE.iter().product()];
        for run in runs.chunks(3) {
            voxels[run[0] as usize..run[1] as usize].fill(run[2] as u8);
        }
        let mut expected = Array3::<u8>::zeros(SHAPE);
        archive.get(name).unwrap().read_into(&mut expected).unwrap();
        assert_eq!(voxels, expected.as_slice().unwrap());
        let (again, asked) = supplied(&mut reader, &file, |reader| reader.runs(name, Some(2)));
        assert!(asked.is_empty());
        let twos = expected.iter().filter(|label| **label == 2).count();
        assert_eq!(again.chunks(3).map(|run| run[1] - run[0]).sum::<u32>() as usize, twos);
        assert!(again.chunks(3).all(|run| run[2] == 1));
    }
}

#[test]
fn wrong_names_and_damage_are_errors() {
    let (folder, mut file) = archive();
    let archive = Archive::open(folder.path().join("case.mska")).unwrap();
    let (offset, length) = archive.entry("second").unwrap().blob().unwrap();
    file[(offset + length - 1) as usize] ^= 1;
    let mut reader = Reader::new(file.len() as u64);
    reader.supply(0, file);
    let error = |found: Result<Vec<u32>, ReaderError>| found.unwrap_err().to_string();
    assert!(error(reader.runs("secund", None)).contains("did you mean \"second\""));
    assert!(error(reader.runs("first", Some(7))).contains("no label"));
    assert!(error(reader.runs("second", None)).contains("second"));
    assert!(reader.runs("first", None).is_ok() && reader.runs("third", None).is_ok());
}
