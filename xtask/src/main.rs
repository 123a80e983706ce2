//! The project's tasks: `cargo xtask test`, `cargo xtask tidy`, `cargo xtask demo`, `cargo xtask compare`,
//! `cargo xtask compare-python`, `cargo xtask compare-queries`, `cargo xtask emulate`, `cargo xtask gallery`, `cargo xtask javascript`,
//! `cargo xtask python`, `cargo xtask viewer`, `cargo xtask wasm`, `cargo xtask wheel`.

mod compare;
mod demo;
mod emulate;
mod gallery;
mod python;
mod run;
mod test;
mod tidy;
mod viewer;
mod wasm;
mod wheel;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask TASK

  test   formatting, lints, documentation, tidiness, wasm, the demo, the Python package, and all tests with
         their Python peers
  tidy   arrows between crates, packages of others, circles between files, SPEC.md against the code,
         lengths of files and functions, links
  demo   makes a case of 117 masks in target/demo and runs the real commands on it
  compare [--case FOLDER] [--rounds N] [--json FILE] [--write-readme]
         measures medmask beside other formats on the same masks and on label maps of other kinds, and fills the
         README's tables
  compare --folder FOLDER [--peers NAME,…] [--rounds N] [--json FILE]
         bytes and reading times beside other formats, whose axes are put in their best order: of each label map in
         the folder as it is and as one mask for each label, and of each folder of masks in it also merged
  compare-python --case FOLDER [--rounds N] [--json FILE]
         measures the Python package beside medmask 0.1.3, nibabel and SimpleITK
  compare-queries --case FOLDER [--rounds N] [--json FILE]
         measures queries of masks beside scipy, connected-components-3d and numpy
  gallery
         draws the pictures of docs/gallery.md from a made-up case
  emulate
         the libraries' tests on a big-endian and on a 32-bit machine, through QEMU
  wheel [OPTION...]
         builds the wheel of the Python package into target/python-wheels; maturin gets the options
  python builds the wheel of the Python package, and tests it in an environment of its own
  wasm [--write]
         the crates that shall run in a browser compile for it, where this machine has what that needs, and the
         module of the npm package is what its source makes; or makes that module anew
  viewer fetches NiiVue by npm, and puts it where the next build of the command embeds it
  javascript
         tests of the npm package and of the page's scripts, in Node
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test::test(),
        ["tidy"] => tidy::tidy(),
        ["demo"] => demo::demo(),
        ["compare", ref options @ ..] => compare::compare(options),
        ["compare-queries", ref options @ ..] => compare::queries(options),
        ["gallery"] => gallery::gallery(),
        ["emulate"] => emulate::emulate(),
        ["wasm"] => wasm::wasm(),
        ["wasm", "--write"] => wasm::write(),
        ["viewer"] => viewer::viewer(),
        ["javascript"] => viewer::javascript(),
        ["python"] => wheel::test(),
        ["compare-python", ref options @ ..] => wheel::compare(options),
        ["wheel", ref options @ ..] => wheel::wheel(options),
        ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}
