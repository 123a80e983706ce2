//! Two segmentations compared, and folders of them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use medmask::compare::{CaseOptions, CompareOptions, Ignored, compare_folders};
use medmask::medmask_core::{ComponentRule, Connectivity, Matching};
use medmask::{Error, Interpolation};
use pyo3::prelude::*;

use crate::errors::{exception, to_python};
use crate::files::{Steps, names as label_names};
use crate::reader::Reader;

/// What an archive is compared with.
#[derive(FromPyObject)]
pub(crate) enum Other<'py> {
    Open(Bound<'py, Reader>),
    Path(PathBuf),
}

/// What is measured, as a dictionary of Python has it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Asked {
    surface_tolerances_mm: Vec<f64>,
    components: bool,
    matching: String,
    min_voxels: u64,
    change: f64,
    connectivity: u32,
    resample: Option<String>,
    tolerance_mm: f64,
    ignore: Vec<String>,
}

impl Asked {
    pub fn to_options(&self) -> PyResult<CompareOptions> {
        let unsupported = |text: String| exception("UnsupportedError", text);
        let matching: Matching =
            self.matching.parse().map_err(|error| unsupported(format!("match: {error}")))?;
        let connectivity = Connectivity::try_from(self.connectivity)
            .map_err(|error| unsupported(error.to_string()))?;
        for number in self.surface_tolerances_mm.iter().chain([&self.change, &self.tolerance_mm]) {
            if !(number.is_finite() && *number >= 0.0) {
                return Err(unsupported(format!("{number} is no distance and no part")));
            }
        }
        let mut options = CompareOptions::default();
        options.surface_tolerances_mm.clone_from(&self.surface_tolerances_mm);
        let (min_voxels, change) = (self.min_voxels, self.change);
        let rule = ComponentRule { connectivity, matching, min_voxels, change };
        options.components = self.components.then_some(rule);
        options.resample = match self.resample.as_deref() {
            None => None,
            Some("nearest") => Some(Interpolation::Nearest),
            Some("linear") => Some(Interpolation::LabelLinear),
            Some(other) => {
                let text = format!("resample is \"nearest\", \"linear\" or None, not {other:?}");
                return Err(unsupported(text));
            }
        };
        options.tolerance_mm = self.tolerance_mm;
        options.ignored =
            Ignored::new(&self.ignore).map_err(|error| to_python(Error::from(error)))?;
        Ok(options)
    }
}

/// How the cases of the folder `second` differ from those of the folder `first`, as JSON.
#[pyfunction]
#[pyo3(signature = (first, second, names, asked, labels, progress))]
pub(crate) fn evaluate(
    py: Python<'_>,
    first: PathBuf,
    second: PathBuf,
    names: Vec<String>,
    asked: Asked,
    labels: Option<HashMap<String, u32>>,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    let mut options = asked.to_options()?;
    let mut case_options = CaseOptions::default();
    case_options.labels = label_names(labels.unwrap_or_default())?;
    let mut steps = Steps::new(progress);
    options.stop = Arc::clone(&steps.stop);
    let compared = py.detach(|| {
        compare_folders(&first, &second, &names, &case_options, &options, |name, count| {
            steps.total = count;
            steps.step(name);
        })
    });
    Ok(steps.finish(compared)?.to_json().to_string())
}
