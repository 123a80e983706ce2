//! What this crate writes, it reads; and an append that is cut off leaves the file as it was.

use medmask_archive::ArchiveError;
use medmask_archive::version1::{Reader, Writer, write_mask};
use medmask_core::{Mask, Space};

use crate::golden::folder;
use crate::{empty, oblique, striped};

pub fn every_type(space: &Space) -> [(&'static str, Mask); 5] {
    [
        ("bool", striped::<bool>(space, 1)),
        ("uint8", striped::<u8>(space, 3)),
        ("uint16", striped::<u16>(space, 3)),
        ("uint32", striped::<u32>(space, 3)),
        ("empty \u{1fac1}", empty(space)),
    ]
}

#[test]
fn every_type_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let space = oblique([5, 6, 13]);
    let path = folder.path().join("all.mska");
    let mut writer = Writer::create(&path, &space).unwrap();
    for (name, mask) in every_type(&space) {
        writer.add(name, &mask).unwrap();
        let single = folder.path().join(format!("{name}.msk"));
        write_mask(&single, &mask).unwrap();
        assert_eq!(Reader::open(&single).unwrap().get(name).unwrap().to_mask().unwrap(), mask);
    }
    assert!(!path.exists(), "nothing appears before the end");
    writer.finish().unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(*reader.space(), space);
    for (name, mask) in every_type(&space) {
        assert_eq!(reader.get(name).unwrap().to_mask().unwrap(), mask);
    }
}

#[test]
fn bad_names_and_other_spaces_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let space = oblique([2, 3, 4]);
    let mask = empty(&space);
    let mut writer = Writer::create(folder.path().join("case.mska"), &space).unwrap();
    for name in ["", "a\nb", "a\0"] {
        let error = writer.add(name, &mask).unwrap_err();
        assert!(matches!(error, ArchiveError::InvalidName { .. }), "{error}");
    }
    writer.add("a", &mask).unwrap();
    assert!(matches!(writer.add("a", &mask).unwrap_err(), ArchiveError::EntryExists { .. }));
    let moved = Space::new(space.shape(), space.spacing(), [0.0; 3], space.direction()).unwrap();
    let error = writer.add("b", &empty(&moved)).unwrap_err();
    assert!(matches!(error, ArchiveError::SpaceMismatch { .. }), "{error}");
    drop(writer);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn an_append_cut_anywhere_leaves_the_masks_that_were_there() {
    let folder_of_copy = tempfile::tempdir().unwrap();
    let path = folder_of_copy.path().join("unicode.mska");
    std::fs::copy(folder().join("unicode.mska"), &path).unwrap();
    let before = std::fs::read(&path).unwrap();
    let old = Reader::open(&path).unwrap();
    let old_names: Vec<_> = old.names().map(str::to_owned).collect();
    let added = striped::<u8>(old.space(), 3);

    let mut writer = Writer::append(&path).unwrap();
    let second = Writer::append(&path).unwrap_err();
    assert!(matches!(second, ArchiveError::Locked { .. }), "{second}");
    writer.add("added", &added).unwrap();
    assert_eq!(Reader::open(&path).unwrap().names().len(), old_names.len());
    writer.finish().unwrap();

    let after = std::fs::read(&path).unwrap();
    assert_eq!(before[90..], after[90..before.len()], "only the header changes in place");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.get("added").unwrap().to_mask().unwrap(), added);
    for name in &old_names {
        assert_eq!(
            reader.get(name).unwrap().to_mask().unwrap(),
            old.get(name).unwrap().to_mask().unwrap()
        );
    }
    for length in before.len()..=after.len() {
        let cut = [&before[..90], &after[90..length]].concat();
        let reader = Reader::from_storage(cut, "cut.mska").unwrap();
        assert_eq!(reader.names().collect::<Vec<_>>(), old_names);
        assert_eq!(
            reader.get(&old_names[0]).unwrap().to_mask().unwrap(),
            old.get(&old_names[0]).unwrap().to_mask().unwrap()
        );
    }
}
