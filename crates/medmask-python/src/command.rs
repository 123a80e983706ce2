//! The command `medmask`, which the wheel installs.

use std::ffi::OsString;

use medmask::CodecChoice;
use medmask::adapter::Formats;
use pyo3::prelude::*;

use crate::errors::exception;

/// Runs the command with `arguments`, of which the first is its name, and gives the exit status. Signals end the process from then
/// on, as they end the command.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<u8> {
    medmask_cli::remove_drafts_on_signals()?;
    Ok(py.detach(|| medmask_cli::run(arguments, &Formats::default())))
}

/// Refuses a text that names no codec.
#[pyfunction]
pub(crate) fn check_codec(text: &str) -> PyResult<()> {
    let choice = text.parse::<CodecChoice>();
    choice.map(drop).map_err(|error| exception("UnknownCodecError", error))
}
