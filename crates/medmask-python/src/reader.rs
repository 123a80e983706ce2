//! A file that is open for reading.

use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use medmask::adapter::Formats;
use medmask::compare::{Case, CaseOptions, compare};
use medmask::medmask_archive::Kind;
use medmask::medmask_core::parallel;
use medmask::{AnyArchive, OpenOptions, Selection, select, select_one};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::compare::{Asked, Other};
use crate::errors::{exception, to_python};
use crate::memory::array_of;
use crate::page::{Shown, page};
use crate::pictures::{self, Drawing, Under};
use crate::queries::{self, At, Lying, Pair, points_in};
use crate::reading::{self, Corners, EntryInfo, Label};
use crate::runs::{RunsData, connectivity};
use crate::space::{SpaceParts, parts_of};
use crate::{arrays, reading::narrowed};

/// An entry, a label of it by number or nothing, and what the two are called. An expression has no entry.
pub(crate) type Chosen = (Option<String>, Option<u32>, String);

pub(crate) fn chosen(selection: &Selection) -> Chosen {
    let entry = selection.entry().map(str::to_owned);
    (entry, selection.label_number(), selection.name())
}

/// A file of version 1 or 2 that is open for reading.
///
/// The lock is held for no longer than it takes to count one more user of the archive, and by who holds the interpreter's
/// lock: a process that forks so never copies a lock that is held.
#[pyclass(frozen, module = "medmask._medmask")]
pub(crate) struct Reader {
    archive: Mutex<Option<Arc<AnyArchive>>>,
}

impl Reader {
    /// The archive, which stays open until the call that uses it has ended.
    fn archive(&self) -> PyResult<Arc<AnyArchive>> {
        let archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner).clone();
        archive.ok_or_else(|| exception("ClosedError", "the archive is closed"))
    }
}

#[pymethods]
impl Reader {
    #[new]
    fn new(py: Python<'_>, path: PathBuf, mmap: bool) -> PyResult<Self> {
        let options = if mmap {
            // SAFETY: whoever asks for a map promises what `OpenOptions::mapped` demands: the documentation of `medmask.open`
            // passes it on, and it is off unless asked for.
            #[expect(unsafe_code, reason = "mapping is unsafe by nature, and asked for by name")]
            unsafe {
                OpenOptions::new().mapped()
            }
        } else {
            OpenOptions::new()
        };
        let open = || medmask::open(path, &options, &Formats::default());
        let archive = py.detach(open).map_err(to_python)?;
        Ok(Self { archive: Mutex::new(Some(Arc::new(archive))) })
    }

    /// Gives the file back; calls that still read from it end first.
    fn close(&self) {
        let archive = self.archive.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(archive);
    }

    #[getter]
    fn version(&self) -> PyResult<&'static str> {
        Ok(self.archive()?.format_version())
    }

    /// Whether the file is of one mask (`.msk`).
    #[getter]
    fn is_single(&self) -> PyResult<bool> {
        Ok(self.archive()?.kind() == Kind::SingleMask)
    }

    #[getter]
    fn space(&self) -> PyResult<SpaceParts> {
        Ok(parts_of(self.archive()?.space()))
    }

    #[getter]
    fn affine(&self) -> PyResult<[[f64; 4]; 4]> {
        Ok(self.archive()?.space().to_nifti_affine())
    }

    #[getter]
    fn file_bytes(&self) -> PyResult<u64> {
        Ok(self.archive()?.file_bytes())
    }

    /// The metadata of the archive as JSON.
    #[getter]
    fn metadata(&self) -> PyResult<Option<String>> {
        let archive = self.archive()?;
        Ok(archive.metadata_text().map(str::to_owned))
    }

    /// What is wrong with the file beside its entries, and which state was opened.
    #[getter]
    fn damage(&self) -> PyResult<Option<String>> {
        Ok(self.archive()?.damage().map(|damage| damage.to_string()))
    }

    fn names(&self) -> PyResult<Vec<String>> {
        Ok(self.archive()?.names().map(str::to_owned).collect())
    }

    fn info(&self, name: &str) -> PyResult<EntryInfo> {
        reading::info(&*self.archive()?, name).map_err(to_python)
    }

    fn count(&self, py: Python<'_>, name: &str) -> PyResult<EntryInfo> {
        let archive = self.archive()?;
        py.detach(|| reading::count(&*archive, name)).map_err(to_python)
    }

    /// The metadata of an entry as JSON.
    fn entry_metadata(&self, name: &str) -> PyResult<String> {
        let archive = self.archive()?;
        let known = archive.entry(name).and_then(|entry| entry.metadata()).map_err(to_python)?;
        Ok(serde_json::Value::Object(known).to_string())
    }

    /// Where the blob of an entry stands: offset and length in bytes.
    fn blob(&self, name: &str) -> PyResult<Option<(u64, u64)>> {
        Ok(self.archive()?.entry(name).map_err(to_python)?.blob())
    }

    /// The names of a mask of version 1 as the file has them; `None` in version 2.
    fn mapping(&self, name: &str) -> PyResult<Option<Vec<(String, i64)>>> {
        match &*self.archive()? {
            AnyArchive::Version1(reader) => {
                let mapping = reader.mapping(name).map_err(to_python)?;
                let pairs = mapping.iter().map(|(name, label)| (name.to_owned(), label));
                Ok(Some(pairs.collect()))
            }
            AnyArchive::Version2(_) => Ok(None),
        }
    }

    fn select(&self, texts: Vec<String>) -> PyResult<Vec<Chosen>> {
        let archive = self.archive()?;
        let selections = select(&*archive, &texts).map_err(to_python)?;
        Ok(selections.iter().map(chosen).collect())
    }

    fn select_one(&self, text: &str) -> PyResult<Chosen> {
        let archive = self.archive()?;
        Ok(chosen(&select_one(&*archive, text).map_err(to_python)?))
    }

    /// The voxels of an expression, or of any other text that chooses one mask.
    fn compute<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let archive = self.archive()?;
        let voxels = py.detach(|| reading::compute(&*archive, text)).map_err(to_python)?;
        Ok(array_of(py, voxels))
    }

    /// Names and expressions of the groups.
    fn groups(&self) -> PyResult<Vec<(String, String)>> {
        reading::groups(&*self.archive()?).map_err(to_python)
    }

    /// The mask that a text chooses as runs, and the names of its labels.
    fn runs(&self, py: Python<'_>, text: &str) -> PyResult<(RunsData, Vec<(String, u32)>)> {
        let archive = self.archive()?;
        let (runs, labels) = py.detach(|| queries::runs(&*archive, text)).map_err(to_python)?;
        Ok((runs.into(), labels))
    }

    /// How `other`, an open archive or the path of one, of a folder or of a mask file, differs from this one, as JSON.
    fn diff(
        &self,
        py: Python<'_>,
        other: Other<'_>,
        names: Vec<String>,
        asked: Asked,
    ) -> PyResult<String> {
        let options = asked.to_options()?;
        let first = Case::of(self.archive()?);
        let second = match other {
            Other::Open(reader) => Ok(Case::of(reader.get().archive()?)),
            Other::Path(path) => Err(path),
        };
        let compared = py.detach(|| {
            let second = second.or_else(|path| Case::open(&path, &CaseOptions::default()))?;
            compare(&first, &second, &names, &options, |_| {})
        });
        Ok(compared.map_err(to_python)?.to_json().to_string())
    }

    /// A picture of what `names` choose as a PNG file; without names of all.
    fn picture<'py>(
        &self,
        py: Python<'py>,
        names: Vec<String>,
        under: Option<Under<'_>>,
        drawing: Drawing,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let (archive, options) = (self.archive()?, drawing.to_options()?);
        let under = under.map(Under::copied).transpose()?;
        let drawn = py.detach(|| pictures::png(&archive, &names, under, options));
        Ok(PyBytes::new(py, &drawn.map_err(to_python)?))
    }

    /// The page that shows what `names` choose, and a picture of it.
    fn page<'py>(
        &self,
        py: Python<'py>,
        names: Vec<String>,
        image: Option<PathBuf>,
        neurological: bool,
    ) -> PyResult<(String, Option<Bound<'py, PyBytes>>)> {
        let archive = self.archive()?;
        let (html, png) = py.detach(|| page(&archive, Shown { names, image, neurological }))?;
        Ok((html, png.map(|png| PyBytes::new(py, &png))))
    }

    fn overlap(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Vec<Pair>> {
        let archive = self.archive()?;
        py.detach(|| queries::overlap(&*archive, &names)).map_err(to_python)
    }

    fn within(
        &self,
        py: Python<'_>,
        within: Vec<String>,
        of: Vec<String>,
        neighbours: Option<u32>,
    ) -> PyResult<Vec<Lying>> {
        let archive = self.archive()?;
        let components = neighbours.map(connectivity).transpose()?;
        py.detach(|| queries::within(&*archive, &within, &of, components)).map_err(to_python)
    }

    fn at(&self, py: Python<'_>, points: Vec<[f64; 3]>, given: &str) -> PyResult<Vec<At>> {
        let archive = self.archive()?;
        let given = points_in(given)?;
        py.detach(|| queries::at(&*archive, &points, given)).map_err(to_python)
    }

    fn load<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        label: Option<Label>,
        region: Option<Corners>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let archive = self.archive()?;
        let reader = narrowed(&*archive, name, label.as_ref(), region).map_err(to_python)?;
        reading::load(py, &reader, label.as_ref(), region)
    }

    fn load_all<'py>(
        &self,
        py: Python<'py>,
        wanted: Vec<(String, Option<Label>)>,
        threads: Option<NonZero<usize>>,
    ) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
        let threads = threads.unwrap_or_else(parallel::available);
        reading::load_all(py, &*self.archive()?, &wanted, threads)
    }

    fn load_into(
        &self,
        name: &str,
        label: Option<Label>,
        region: Option<Corners>,
        array: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let archive = self.archive()?;
        let reader = narrowed(&*archive, name, label.as_ref(), region).map_err(to_python)?;
        arrays::fill(&reader, array)
    }
}
