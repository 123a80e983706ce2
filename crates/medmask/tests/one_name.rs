//! A file system that takes two names for one: no mask is lost in it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use medmask::adapter::{Adapter, FileOptions, Formats, MaskFile, MaskToWrite, Reference};
use medmask::medmask_files::write_whole;
use medmask::{
    AnyArchive, ArchiveWriter, Dtype, Error, ExtractOptions, LabelMap, Mask, Result, Space, Voxels,
    WriterOptions, extract_to_folder, select,
};

/// Writes the entries `one` and `other` as the same file, as such a file system would.
struct SameName;

impl Adapter for SameName {
    fn key(&self) -> &'static str {
        "same"
    }

    fn input_suffixes(&self) -> &'static [&'static str] {
        &[]
    }

    fn output_suffixes(&self) -> &'static [&'static str] {
        &[".same"]
    }

    fn read(&self, path: &Path, _name: &str) -> Result<MaskFile> {
        Err(Error::file(path, "it is only written"))
    }

    fn read_reference(&self, path: &Path) -> Result<Reference> {
        Err(Error::file(path, "it is only written"))
    }

    fn write(&self, path: &Path, masks: &[MaskToWrite], options: &FileOptions) -> Result<()> {
        let path = path
            .with_file_name(path.file_name().unwrap().to_str().unwrap().replace("other", "one"));
        Ok(write_whole(&path, masks[0].name.as_bytes(), options.overwrite, options.durability)?)
    }
}

#[test]
fn the_later_of_two_is_an_error_also_where_files_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let space = Space::of_shape([2, 3, 4]);
    let mut writer = ArchiveWriter::create(&path, &space, WriterOptions::default()).unwrap();
    let voxels = Voxels::zeros(Dtype::Bool, space.shape());
    let mask = Mask::new(voxels, LabelMap::new(), space).unwrap();
    for name in ["first", "one", "other"] {
        writer.add(name, &mask).unwrap();
    }
    writer.finish().unwrap();
    let archive = AnyArchive::open(&path).unwrap();
    let all = select(&archive, &[""; 0]).unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("one.same"), "kept").unwrap();
    let mut options = ExtractOptions::default();
    options.formats = Formats::none().with(SameName);
    options.overwrite = true;
    options.jobs = std::num::NonZero::<usize>::MIN;
    let refused = extract_to_folder(&archive, &all, &out, ".same", &options, |_| ()).unwrap_err();
    assert!(matches!(&refused, Error::FileNameTaken { name } if name == "other"), "{refused}");
    assert_eq!(std::fs::read(out.join("one.same")).unwrap(), b"kept");
    assert_eq!(out.read_dir().unwrap().count(), 1);
}
