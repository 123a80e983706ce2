//! The private module `medmask._medmask`: what the Python sources beside it need of the Rust crates.
//!
//! It turns arguments, results and errors; what it does is in [`medmask`] and [`medmask_cli`]. Arrays are (z, y, x). Whatever
//! reads, decodes, encodes or writes runs without the interpreter's lock.

#![allow(clippy::needless_pass_by_value, reason = "arguments come from Python by value")]

mod arrays;
mod command;
mod compare;
mod errors;
mod files;
mod measures;
mod memory;
mod page;
mod pictures;
mod queries;
mod reader;
mod reading;
mod runs;
mod space;
mod version1;
mod writer;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _medmask {
    #[pymodule_export]
    use super::command::{check_codec, run_command};
    #[pymodule_export]
    use super::compare::evaluate;
    #[pymodule_export]
    use super::files::{extract, pack, read_nifti};
    #[pymodule_export]
    use super::measures::{
        ImageData, grey_values, grey_values_of_image, separation, shape_measures, slice_areas,
    };
    #[pymodule_export]
    use super::reader::Reader;
    #[pymodule_export]
    use super::runs::RunsData;
    #[pymodule_export]
    use super::space::{
        affine_of_space, check_same_space, faces_touched, space_of_affine, voxel_ml,
    };
    #[pymodule_export]
    use super::version1::{decode_blob, encode_blob, write_version1};
    #[pymodule_export]
    use super::writer::Writer;
    use super::*;

    /// The version of the package, and of the workspace that it is built from.
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// Panics, so that a test can see how that looks in Python.
    #[pyfunction]
    #[expect(clippy::panic, reason = "the test of what a defect looks like")]
    fn panic_for_a_test() {
        panic!("a defect");
    }
}
