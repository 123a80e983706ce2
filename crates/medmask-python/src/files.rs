//! Files of other formats into archives and back.

use std::collections::HashMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use medmask::adapter::{Formats, NiftiAdapter};
use medmask::input::{BadPattern, CollectOptions, Pattern};
use medmask::medmask_core::LabelMap;
use medmask::medmask_nifti::{ReadOptions, read_mask};
use medmask::{
    CodecChoice, Error, ExtractOptions, Layers, OpenOptions, PackOptions, input, select,
};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::errors::{exception, to_python};
use crate::memory::array_of;
use crate::space::{SpaceParts, parts_of};

/// Calls Python after each step, and ends the work where that raises, or where the user pressed Ctrl-C.
pub(crate) struct Steps {
    callback: Option<Py<PyAny>>,
    pub stop: Arc<AtomicBool>,
    raised: Option<PyErr>,
    done: usize,
    pub total: usize,
}

impl Steps {
    pub fn new(callback: Option<Py<PyAny>>) -> Self {
        Self { callback, stop: Arc::default(), raised: None, done: 0, total: 0 }
    }

    pub fn step(&mut self, name: &str) {
        self.done += 1;
        let arguments = (self.done, self.total, name);
        let outcome = Python::attach(|py| {
            if let Some(callback) = &self.callback {
                callback.call1(py, arguments)?;
            }
            py.check_signals()
        });
        if let Err(error) = outcome {
            self.raised = Some(error);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// What Python raised counts before what came of it.
    pub fn finish<T>(self, result: Result<T, Error>) -> PyResult<T> {
        match self.raised {
            Some(error) => Err(error),
            None => result.map_err(to_python),
        }
    }
}

/// Paths, and what there is to say of each.
type Remarks = Vec<(PathBuf, String)>;

/// What [`pack`] did: entries, those not empty, bytes before and after, the largest distance in mm, notes, files left out, and the file
/// that the space is from.
type Report = (usize, usize, u64, u64, f64, Remarks, Remarks, PathBuf);

/// Which files are packed: whether folders inside folders are searched, patterns of what is taken and what is left out, and files with names
/// of their own.
type Chosen = (bool, Vec<String>, Vec<String>, Vec<(String, PathBuf)>);

/// What is read of NIfTI files: a volume of several, or all of them; values that are background; how far labels may lie from integers, and
/// how far, in voxels, a corner may move where an affine is made right-angled.
type Reading = (Option<usize>, bool, Vec<f64>, Option<f64>, Option<f64>);

/// Packs files and folders into a new archive.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
pub(crate) fn pack(
    py: Python<'_>,
    paths: Vec<PathBuf>,
    output: PathBuf,
    codec: Option<&str>,
    layers: &str,
    tolerance_mm: Option<f64>,
    labels: Option<HashMap<String, u32>>,
    threads: Option<NonZero<usize>>,
    skip_bad: bool,
    overwrite: bool,
    space_of: Option<PathBuf>,
    chosen: Chosen,
    reading: Reading,
    progress: Option<Py<PyAny>>,
) -> PyResult<Report> {
    let mut steps = Steps::new(progress);
    let mut options = PackOptions::default();
    if let Some(codec) = codec {
        let choice: CodecChoice =
            codec.parse().map_err(|error| exception("UnknownCodecError", error))?;
        options.codec = Some(choice.0);
    }
    options.layers = when(layers)?;
    options.tolerance_mm = tolerance_mm.unwrap_or(options.tolerance_mm);
    options.jobs = threads.unwrap_or(options.jobs);
    options.labels = names(labels.unwrap_or_default())?;
    options.stop = Arc::clone(&steps.stop);
    (options.skip_bad, options.overwrite, options.space_of) = (skip_bad, overwrite, space_of);
    options.formats = reading_formats(options.formats, reading);
    let (recursive, include, exclude, named) = chosen;
    let mut collecting = CollectOptions::default();
    (collecting.skip_bad, collecting.recursive) = (skip_bad, recursive);
    (collecting.include, collecting.exclude) = (patterns(&include)?, patterns(&exclude)?);
    let packed = py.detach(|| {
        let mut collected = input::collect_with(&paths, &options.formats, &collecting)?;
        for (name, file) in &named {
            collected.inputs.push(input::named(name, file, &options.formats)?);
        }
        steps.total = collected.inputs.len();
        let report = medmask::pack(&collected.inputs, &output, &options, |input| {
            steps.step(&input.path.display().to_string());
        });
        Ok((report?, collected.left_out))
    });
    let (report, left_out) = steps.finish(packed)?;
    let skipped = report.skipped.into_iter().map(|(path, error)| (path, error.to_string()));
    let skipped = skipped.chain(left_out.into_iter().map(|(path, why)| (path, why.to_string())));
    Ok((
        report.entries,
        report.non_empty,
        report.input_bytes,
        report.archive_bytes,
        report.largest_distance_mm,
        report.notes,
        skipped.collect(),
        report.space_of,
    ))
}

/// When masks share a blob.
fn when(layers: &str) -> PyResult<Layers> {
    match layers {
        "auto" => Ok(Layers::Auto),
        "always" => Ok(Layers::Always),
        "never" => Ok(Layers::Never),
        other => {
            let refused = format!("layers are 'auto', 'always' or 'never', not '{other}'");
            Err(PyValueError::new_err(refused))
        }
    }
}

fn patterns(texts: &[String]) -> PyResult<Vec<Pattern>> {
    let parsed = texts.iter().map(|text| text.parse());
    parsed
        .collect::<Result<_, _>>()
        .map_err(|error| PyValueError::new_err(BadPattern::to_string(&error)))
}

/// `formats`, with NIfTI read so.
fn reading_formats(formats: Formats, reading: Reading) -> Formats {
    let (volume, all, background, label_tolerance, max_shear_voxels) = reading;
    let mut options = ReadOptions::default();
    (options.volume, options.background) = (volume, background);
    options.label_tolerance = label_tolerance.unwrap_or(options.label_tolerance);
    options.max_shear_voxels = max_shear_voxels.unwrap_or(options.max_shear_voxels);
    let nifti = NiftiAdapter::new(options);
    formats.with(if all { nifti.all_volumes() } else { nifti })
}

pub(crate) fn names(labels: HashMap<String, u32>) -> PyResult<LabelMap> {
    let mut labels: Vec<_> = labels.into_iter().collect();
    labels.sort_unstable_by_key(|(_, label)| *label);
    crate::arrays::label_map(labels)
}

/// The files that [`extract`] wrote, and what is worth knowing of masks: name and remark.
type Written = (Vec<PathBuf>, Vec<(String, String)>);

/// Writes masks of an archive as files: one to `file`, or each into `folder` as a file that ends in `suffix`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "keywords in Python")]
pub(crate) fn extract(
    py: Python<'_>,
    path: PathBuf,
    names: Vec<String>,
    output: PathBuf,
    suffix: Option<&str>,
    threads: Option<NonZero<usize>>,
    overwrite: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Written> {
    let mut steps = Steps::new(progress);
    let mut options = ExtractOptions::default();
    options.jobs = threads.unwrap_or(options.jobs);
    options.overwrite = overwrite;
    options.stop = Arc::clone(&steps.stop);
    let extracted = py.detach(|| {
        let archive = medmask::open(path, &OpenOptions::new(), &options.formats)?;
        let chosen = select(&archive, &names)?;
        steps.total = chosen.len();
        match (suffix, &chosen[..]) {
            (Some(suffix), _) => {
                let step = |name: &str| steps.step(name);
                medmask::extract_to_folder(&archive, &chosen, &output, suffix, &options, step)
            }
            (None, [one]) => medmask::extract(&archive, one, &output, &options),
            (None, _) => Err(Error::SeveralEntries { entries: chosen.len() }),
        }
    });
    let extracted = steps.finish(extracted)?;
    Ok((extracted.files, extracted.notes))
}

/// A mask of a NIfTI file: voxels (z, y, x), names and space.
type Volume<'py> = (Bound<'py, PyAny>, Vec<(String, u32)>, SpaceParts);

/// Reads a NIfTI file.
#[pyfunction]
pub(crate) fn read_nifti(py: Python<'_>, path: PathBuf) -> PyResult<Volume<'_>> {
    let read = py.detach(|| read_mask(&path, &ReadOptions::default()));
    let (mask, _) = read.map_err(|error| to_python(of_file(&path, error.problem)))?;
    let (voxels, labels, space) = mask.into_parts();
    let labels = labels.iter().map(|(name, label)| (name.to_owned(), label)).collect();
    Ok((array_of(py, voxels), labels, parts_of(&space)))
}

fn of_file(path: &Path, problem: medmask::medmask_nifti::Problem) -> Error {
    Error::file(path, problem)
}
