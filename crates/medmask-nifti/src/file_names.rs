//! Which file names are those of NIfTI files, and which two files make a pair.
//!
//! `.nii` holds header and voxels; of a pair `.hdr` holds the header and `.img` the voxels. Each may end in `.gz`, `.bz2` or `.zst`,
//! and upper case counts as lower case.
//!
//! ```
//! use medmask_nifti::Compression;
//! use medmask_nifti::file_names::{Part, taken_apart};
//!
//! let name = taken_apart("case/sub.01.nii.gz".as_ref()).unwrap();
//! assert_eq!((name.stem, name.part), ("sub.01".as_ref(), Part::Single));
//! assert_eq!(name.compression, Some(Compression::Gzip));
//! assert_eq!(taken_apart("case/notes.txt".as_ref()), None);
//! ```

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::Compression;

/// How names of files end that hold header and voxels and that are written: in lower case and with the dot.
pub const SINGLE_SUFFIXES: [&str; 2] = [".nii.gz", ".nii"];

/// How names of all NIfTI files end, those of pairs included: in lower case and with the dot.
pub const SUFFIXES: [&str; 12] = [
    ".nii.gz", ".nii", ".nii.bz2", ".nii.zst", ".hdr", ".hdr.gz", ".hdr.bz2", ".hdr.zst", ".img",
    ".img.gz", ".img.bz2", ".img.zst",
];

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// Header and voxels: `.nii`.
    Single,
    /// The header of a pair: `.hdr`.
    Header,
    /// The voxels of a pair: `.img`.
    Image,
}

impl Part {
    /// The ending in lower case, without the dot.
    fn ending(self) -> &'static str {
        match self {
            Self::Single => "nii",
            Self::Header => "hdr",
            Self::Image => "img",
        }
    }
}

/// The name of a NIfTI file, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileName<'a> {
    /// The name without its endings and without the folder; never empty.
    pub stem: &'a OsStr,
    /// What the file holds.
    pub part: Part,
    /// How the file is compressed by its name. What is in a file may differ: that is found by its first bytes.
    pub compression: Option<Compression>,
}

/// The name of the file that `path` leads to; `None` where it is not that of a NIfTI file.
#[must_use]
pub fn taken_apart(path: &Path) -> Option<FileName<'_>> {
    let ends = |path: &Path, ending: &str| {
        path.extension().is_some_and(|found| found.eq_ignore_ascii_case(ending))
    };
    let compression = Compression::ALL.into_iter().find(|known| ends(path, known.ending()));
    let inner = if compression.is_some() { Path::new(path.file_stem()?) } else { path };
    let part = [Part::Single, Part::Header, Part::Image]
        .into_iter()
        .find(|part| ends(inner, part.ending()))?;
    Some(FileName { stem: inner.file_stem()?, part, compression })
}

/// The header that belongs to the image file `path` of a pair, where it exists beside it.
#[must_use]
pub fn header_of_pair(path: &Path) -> Option<PathBuf> {
    partner(path, Part::Image, Part::Header)
}

/// The image file that belongs to the header `path` of a pair, where it exists beside it.
#[must_use]
pub fn image_of_pair(path: &Path) -> Option<PathBuf> {
    partner(path, Part::Header, Part::Image)
}

fn partner(path: &Path, from: Part, to: Part) -> Option<PathBuf> {
    let name = taken_apart(path).filter(|name| name.part == from)?;
    let compressed = Compression::ALL.map(|known| format!("{}.{}", to.ending(), known.ending()));
    let lower = || [to.ending().to_owned()].into_iter().chain(compressed.clone());
    lower()
        .chain(lower().map(|ending| ending.to_uppercase()))
        .map(|ending| {
            let mut file = name.stem.to_owned();
            file.push(".");
            file.push(ending);
            path.with_file_name(file)
        })
        .find(|file| file.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        use Compression::{Bzip2, Gzip, Zstandard};
        use Part::{Header, Image, Single};
        for (path, expected) in [
            ("liver.nii", Some(("liver", Single, None))),
            ("a/b.nii/sub.01.nii.gz", Some(("sub.01", Single, Some(Gzip)))),
            ("Über.NII.Gz", Some(("Über", Single, Some(Gzip)))),
            ("x.nii.bz2", Some(("x", Single, Some(Bzip2)))),
            ("x.Nii.ZST", Some(("x", Single, Some(Zstandard)))),
            ("x.hdr", Some(("x", Header, None))),
            ("x.HDR.GZ", Some(("x", Header, Some(Gzip)))),
            ("x.img", Some(("x", Image, None))),
            ("x.img.gz", Some(("x", Image, Some(Gzip)))),
            ("x.nii.nii", Some(("x.nii", Single, None))),
            ("._x.nii", Some(("._x", Single, None))),
            (".nii", None),
            (".nii.gz", None),
            (".img.gz", None),
            ("nii", None),
            ("x.gz", None),
            ("x.nii.gz.gz", None),
            ("x.nii.txt", None),
            ("x.seg.nrrd", None),
            ("", None),
            ("..", None),
        ] {
            let found = taken_apart(path.as_ref());
            let found =
                found.map(|name| (name.stem.to_str().unwrap(), name.part, name.compression));
            assert_eq!(found, expected, "{path:?}");
        }
    }

    #[test]
    fn the_suffixes_are_those_of_the_names() {
        for suffix in SUFFIXES {
            let path = format!("a.b{suffix}");
            let name = taken_apart(path.as_ref()).unwrap();
            assert_eq!(name.stem, "a.b", "{suffix}");
            let written =
                !matches!(name.compression, Some(Compression::Bzip2 | Compression::Zstandard));
            let single = name.part == Part::Single && written;
            assert_eq!(single, SINGLE_SUFFIXES.contains(&suffix), "{suffix}");
        }
    }

    #[test]
    fn pairs_find_each_other_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [
            "a.hdr",
            "a.img.gz",
            "B.HDR",
            "B.IMG",
            "d.hdr.zst",
            "d.img.bz2",
            "lone.img",
            "c.nii",
            "c.hdr",
        ] {
            std::fs::write(at(name), "").unwrap();
        }
        for (image, header) in
            [("a.img.gz", "a.hdr"), ("B.IMG", "B.HDR"), ("d.img.bz2", "d.hdr.zst")]
        {
            assert_eq!(header_of_pair(&at(image)), Some(at(header)));
            assert_eq!(image_of_pair(&at(header)), Some(at(image)));
        }
        for name in ["lone.img", "c.nii", "a.hdr", "none.img"] {
            assert_eq!(header_of_pair(&at(name)), None, "{name}");
        }
        for name in ["c.hdr", "c.nii", "a.img.gz", "none.hdr"] {
            assert_eq!(image_of_pair(&at(name)), None, "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_need_not_be_unicode() {
        use std::os::unix::ffi::OsStrExt;
        let name = OsStr::from_bytes(b"\xff.nii.gz");
        assert_eq!(taken_apart(name.as_ref()).unwrap().stem.as_bytes(), b"\xff");
        let folder = tempfile::tempdir().unwrap();
        let [image, header] =
            [b"\xff.img", b"\xff.hdr"].map(|name| folder.path().join(OsStr::from_bytes(name)));
        std::fs::write(&header, "").unwrap();
        assert_eq!(header_of_pair(&image), Some(header));
    }
}
