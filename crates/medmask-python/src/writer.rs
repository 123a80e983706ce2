//! An archive of version 2 that is being written.

use std::mem;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use medmask::medmask_archive::{EncodedEntry, Kind, Unnamed};
use medmask::medmask_core::parallel;
use medmask::{
    ArchiveError, ArchiveWriter, CodecChoice, Dtype, Durability, EntryOptions, Runs, WriterOptions,
    groups, select, select_one,
};
use pyo3::prelude::*;

use crate::arrays;
use crate::errors::{exception, to_python};
use crate::memory::array_of;
use crate::queries::{self, At, Lying, Pair, points_in};
use crate::reader::{Chosen, chosen};
use crate::reading::{self, Corners, EntryInfo, Label, narrowed};
use crate::runs::{RunsData, connectivity};
use crate::space::{SpaceParts, parts_of, space_of};

/// The writer of a new archive, or of one that exists. Its lock is taken without the interpreter's, so that one thread may wait
/// for another's reading.
#[pyclass(frozen, module = "medmask._medmask")]
pub(crate) struct Writer {
    writer: Mutex<Option<ArchiveWriter>>,
    /// The process that made it. A child of a fork has the same file open, but it is not the child's to write or to throw away.
    process: u32,
}

impl Writer {
    fn new(writer: ArchiveWriter) -> Self {
        Self { writer: Mutex::new(Some(writer)), process: std::process::id() }
    }

    /// Does `work` with the writer, without the interpreter's lock.
    fn with<R: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut ArchiveWriter) -> medmask::Result<R> + Send,
    ) -> PyResult<R> {
        self.check_process()?;
        let done = py.detach(|| {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.as_mut().map(work)
        });
        done.ok_or_else(closed)?.map_err(to_python)
    }

    fn check_process(&self) -> PyResult<()> {
        if self.process == std::process::id() {
            return Ok(());
        }
        Err(exception("ClosedError", "the archive is being written by the parent of this process"))
    }

    fn take(&self) -> PyResult<ArchiveWriter> {
        self.check_process()?;
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        writer.ok_or_else(closed)
    }
}

fn closed() -> PyErr {
    exception("ClosedError", "the archive is closed")
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            // Dropped, it would delete the draft that the parent is writing.
            mem::forget(self.writer.lock().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

fn options(tolerance_mm: f64, durable: bool) -> WriterOptions {
    let durability = if durable { Durability::Full } else { Durability::Buffered };
    WriterOptions::new().tolerance_mm(tolerance_mm).durability(durability)
}

/// The names of a mask that comes without any: one label is named as the entry.
fn named_as(name: &str, runs: &Runs) -> Vec<(String, u32)> {
    match runs.labels()[..] {
        [] => vec![(name.to_owned(), 1)],
        [label] => vec![(name.to_owned(), label)],
        _ => Vec::new(),
    }
}

/// How an entry is stored.
pub(crate) fn entry_options(
    dtype: Dtype,
    codec: Option<&str>,
    unnamed: &str,
    metadata: Option<&str>,
) -> PyResult<EntryOptions> {
    let mut options = EntryOptions::new().dtype(Some(dtype));
    if let Some(codec) = codec {
        let choice: CodecChoice =
            codec.parse().map_err(|error| exception("UnknownCodecError", error))?;
        options = options.codec(choice.0);
    }
    if let Some(text) = metadata {
        let parsed = serde_json::from_str(text);
        options =
            options.metadata(parsed.map_err(|error| exception("InvalidMetadataError", error))?);
    }
    Ok(match unnamed {
        "name" => options.unnamed(Unnamed::Named),
        "keep" => options.unnamed(Unnamed::Kept),
        _ => options,
    })
}

#[pymethods]
impl Writer {
    /// A new archive, which has its name once it is finished.
    #[staticmethod]
    fn create(
        py: Python<'_>,
        path: PathBuf,
        space: SpaceParts,
        single: bool,
        overwrite: bool,
        tolerance_mm: f64,
        durable: bool,
    ) -> PyResult<Self> {
        let space = space_of(space)?;
        let kind = if single { Kind::SingleMask } else { Kind::Archive };
        let options = options(tolerance_mm, durable).overwrite(overwrite).kind(Some(kind));
        let made = py.detach(|| ArchiveWriter::create(path, &space, options));
        made.map(Self::new).map_err(to_python)
    }

    /// Refuses a mask whose `space` lies elsewhere than that of an archive that is to be started.
    #[staticmethod]
    fn check(
        archive: SpaceParts,
        space: SpaceParts,
        name: &str,
        tolerance_mm: f64,
    ) -> PyResult<()> {
        let compared = space_of(archive)?.compare(&space_of(space)?, tolerance_mm);
        let mismatch = |source| ArchiveError::SpaceMismatch { name: name.to_owned(), source };
        compared.map(drop).map_err(mismatch).map_err(to_python)
    }

    /// An archive that exists.
    #[staticmethod]
    #[pyo3(signature = (path, tolerance_mm, durable, keep_small=false))]
    fn open(
        py: Python<'_>,
        path: PathBuf,
        tolerance_mm: f64,
        durable: bool,
        keep_small: bool,
    ) -> PyResult<Self> {
        let options = options(tolerance_mm, durable).keep_small(keep_small);
        let opened = py.detach(|| ArchiveWriter::open(path, options));
        opened.map(Self::new).map_err(to_python)
    }

    #[expect(clippy::too_many_arguments, reason = "keywords in Python")]
    fn add(
        &self,
        py: Python<'_>,
        name: &str,
        array: &Bound<'_, PyAny>,
        is_bool: bool,
        labels: Option<Vec<(String, u32)>>,
        space: Option<SpaceParts>,
        codec: Option<&str>,
        unnamed: &str,
        metadata: Option<&str>,
    ) -> PyResult<()> {
        let space = space.map(space_of).transpose()?;
        self.check_process()?;
        let (runs, dtype) = arrays::runs_of(array, is_bool)?;
        let labels = arrays::label_map(labels.unwrap_or_else(|| named_as(name, &runs)))?;
        let largest = labels.iter().map(|(_, label)| label).max().unwrap_or(0);
        let dtype = dtype.max(Dtype::for_label(largest));
        let options = entry_options(dtype, codec, unnamed, metadata)?;
        self.with(py, |writer| {
            if let Some(space) = space {
                writer.check_space(name, &space)?;
            }
            Ok(writer.add_encoded(EncodedEntry::new(name, &runs, &labels, &options)?)?)
        })
    }

    fn remove(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |writer| Ok(writer.remove(name)?))
    }

    fn rename(&self, py: Python<'_>, old: &str, new: &str) -> PyResult<()> {
        self.with(py, |writer| groups::rename(writer, old, new).map(drop))
    }

    /// Names and expressions of the groups.
    fn groups(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        self.with(py, |writer| reading::groups(writer.archive()))
    }

    fn set_group(&self, py: Python<'_>, name: &str, expression: &str) -> PyResult<()> {
        self.with(py, |writer| groups::set(writer, name, expression))
    }

    fn remove_group(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |writer| groups::remove(writer, name))
    }

    /// Replaces the archive's metadata, JSON of an object.
    fn set_metadata(&self, py: Python<'_>, metadata: &str) -> PyResult<()> {
        let parsed: serde_json::Map<_, _> = serde_json::from_str(metadata)
            .map_err(|error| exception("InvalidMetadataError", error))?;
        self.with(py, |writer| Ok(writer.set_metadata(&parsed)?))
    }

    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, |writer| Ok(writer.commit()?))
    }

    /// Commits, and gives a new archive its name.
    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        let writer = self.take()?;
        py.detach(|| writer.finish()).map_err(to_python)
    }

    /// Ends without what was not committed.
    fn discard(&self, py: Python<'_>) -> PyResult<()> {
        let writer = self.take()?;
        py.detach(|| drop(writer));
        Ok(())
    }

    #[getter]
    fn space(&self, py: Python<'_>) -> PyResult<SpaceParts> {
        self.with(py, |writer| Ok(parts_of(writer.archive().space())))
    }

    #[getter]
    fn affine(&self, py: Python<'_>) -> PyResult<[[f64; 4]; 4]> {
        self.with(py, |writer| Ok(writer.archive().space().to_nifti_affine()))
    }

    /// The metadata of the archive as JSON.
    #[getter]
    fn metadata(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.with(py, |writer| Ok(writer.archive().metadata_text().map(str::to_owned)))
    }

    fn names(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        self.with(py, |writer| Ok(writer.archive().names().map(str::to_owned).collect()))
    }

    fn info(&self, py: Python<'_>, name: &str) -> PyResult<EntryInfo> {
        self.with(py, |writer| Ok(reading::info(writer.archive(), name)?))
    }

    /// The metadata of an entry as JSON.
    fn entry_metadata(&self, py: Python<'_>, name: &str) -> PyResult<String> {
        self.with(py, |writer| {
            Ok(serde_json::Value::Object(writer.archive().entry(name)?.metadata()?).to_string())
        })
    }

    fn select(&self, py: Python<'_>, texts: Vec<String>) -> PyResult<Vec<Chosen>> {
        self.with(py, |writer| Ok(select(writer.archive(), &texts)?.iter().map(chosen).collect()))
    }

    fn select_one(&self, py: Python<'_>, text: &str) -> PyResult<Chosen> {
        self.with(py, |writer| Ok(chosen(&select_one(writer.archive(), text)?)))
    }

    /// The voxels of an expression, or of any other text that chooses one mask.
    fn compute<'py>(&self, py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
        let voxels = self.with(py, |writer| reading::compute(writer.archive(), text))?;
        Ok(array_of(py, voxels))
    }

    /// The mask that a text chooses as runs, and the names of its labels.
    fn runs(&self, py: Python<'_>, text: &str) -> PyResult<(RunsData, Vec<(String, u32)>)> {
        let (runs, labels) = self.with(py, |writer| queries::runs(writer.archive(), text))?;
        Ok((runs.into(), labels))
    }

    fn overlap(&self, py: Python<'_>, names: Vec<String>) -> PyResult<Vec<Pair>> {
        self.with(py, |writer| queries::overlap(writer.archive(), &names))
    }

    fn within(
        &self,
        py: Python<'_>,
        within: Vec<String>,
        of: Vec<String>,
        neighbours: Option<u32>,
    ) -> PyResult<Vec<Lying>> {
        let components = neighbours.map(connectivity).transpose()?;
        self.with(py, |writer| queries::within(writer.archive(), &within, &of, components))
    }

    fn at(&self, py: Python<'_>, points: Vec<[f64; 3]>, given: &str) -> PyResult<Vec<At>> {
        let given = points_in(given)?;
        self.with(py, |writer| queries::at(writer.archive(), &points, given))
    }

    fn load<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        label: Option<Label>,
        region: Option<Corners>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let voxels = self.with(py, |writer| {
            Ok(narrowed(writer.archive(), name, label.as_ref(), region)?.to_voxels()?)
        })?;
        Ok(array_of(py, voxels))
    }

    fn load_all<'py>(
        &self,
        py: Python<'py>,
        wanted: Vec<(String, Option<Label>)>,
        threads: Option<NonZero<usize>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let threads = threads.unwrap_or_else(parallel::available);
        let loaded = self.with(py, |writer| {
            let mut loaded = Vec::with_capacity(wanted.len());
            let archive = writer.archive();
            let worker = || {
                |(name, label): &(String, Option<Label>)| {
                    narrowed(archive, name, label.as_ref(), None)?.to_voxels()
                }
            };
            let take = |voxels| {
                loaded.push(voxels);
                Ok(())
            };
            parallel::for_each_ordered(&wanted, threads, worker, take)?;
            Ok(loaded)
        })?;
        Ok(loaded.into_iter().map(|voxels| array_of(py, voxels)).collect())
    }
}
