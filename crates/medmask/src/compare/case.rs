//! One segmentation of one scan: an archive, a folder of mask files, or one file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use medmask_archive::{AnyArchive, Codec, Entropy, OpenOptions};
use medmask_core::LabelMap;
use tempfile::TempDir;

use crate::adapter::Formats;
use crate::file_names::is_archive_name;
use crate::input::{self, LeftOut};
use crate::{Error, PackOptions, Result};

/// How segmentations are read.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CaseOptions {
    /// The formats in use.
    pub formats: Formats,
    /// How archives are opened.
    pub open: OpenOptions,
    /// Names for the labels of files that do not name them.
    pub labels: LabelMap,
}

/// One segmentation of one scan, to be asked for its masks by name.
#[derive(Debug)]
pub struct Case {
    path: PathBuf,
    archive: Arc<AnyArchive>,
    is_file: bool,
    notes: Vec<(PathBuf, String)>,
    left_out: Vec<(PathBuf, LeftOut)>,
    /// Where the archive of files of other formats lies, as long as it is read.
    _folder: Option<TempDir>,
}

impl Case {
    /// Opens an archive (`.mska` or `.msk`), a folder of mask files, which are masks by the names of the files, or one mask file.
    /// Files of other formats are packed into an archive in the system's folder for temporary files, which is removed at the end.
    ///
    /// # Errors
    /// What opening an archive and [`pack`](crate::pack()) refuse.
    pub fn open(path: &Path, options: &CaseOptions) -> Result<Self> {
        if is_archive(path) {
            return Ok(Self::of(open_placed(path, options)?));
        }
        let input::Collected { inputs, left_out, .. } =
            input::collect(&[path.to_owned()], &options.formats)?;
        let folder = TempDir::new().map_err(Error::io("create", std::env::temp_dir()))?;
        let packed = folder.path().join("case.mska");
        let pack_options = PackOptions {
            formats: options.formats.clone(),
            labels: options.labels.clone(),
            // It is read once and thrown away.
            codec: Some(Codec::Runs { entropy: Entropy::None }),
            ..PackOptions::default()
        };
        let report = crate::pack(&inputs, &packed, &pack_options, |_| {})?;
        Ok(Self {
            path: path.to_owned(),
            archive: open_placed(&packed, options)?,
            is_file: !path.is_dir() && report.entries == 1,
            notes: report.notes,
            left_out,
            _folder: Some(folder),
        })
    }

    /// Of an archive that is open.
    #[must_use]
    pub fn of(archive: Arc<AnyArchive>) -> Self {
        let path = archive.path().to_owned();
        let damage = archive.damage().map(|damage| (path.clone(), damage.to_string()));
        let notes = damage.into_iter().collect();
        Self { path, archive, is_file: false, notes, left_out: Vec::new(), _folder: None }
    }

    /// What was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its masks.
    #[must_use]
    pub fn archive(&self) -> &AnyArchive {
        &self.archive
    }

    /// Whether it is a file that holds one mask, which is called as the file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// What is worth knowing of its files: file and remark.
    #[must_use]
    pub fn notes(&self) -> &[(PathBuf, String)] {
        &self.notes
    }

    /// What lies in the folder, may well hold masks and is not read.
    #[must_use]
    pub fn left_out(&self) -> &[(PathBuf, LeftOut)] {
        &self.left_out
    }
}

/// Opens an archive whose space reckons as the files of its masks had it.
fn open_placed(path: &Path, options: &CaseOptions) -> Result<Arc<AnyArchive>> {
    Ok(Arc::new(crate::open(path, &options.open, &options.formats)?))
}

/// Whether `path` is called as an archive is, and is no folder.
pub(super) fn is_archive(path: &Path) -> bool {
    is_archive_name(path) && !path.is_dir()
}
