//! `cargo xtask compare`: medmask beside other formats, on the same masks and in the same run.
//!
//! Two programs hold the masks in memory, one in Rust and one in Python, and are asked in turns to write and read them.
//! What is measured against medmask 0.1.3 is measured in rounds, so that a busy machine slows both sides alike.

mod figures;
mod readme;
mod systems;
mod tables;
mod targets;
mod worker;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::demo::make_case;
use crate::python::environment;
use crate::run::{Problem, cargo, root, run, target};
use figures::Figures;
use systems::{CODECS, ORIGINAL, PEERS};
use worker::Worker;

/// In the order in which files come to be.
const OPERATIONS: [&str; 5] =
    ["write_masks", "write_merged", "read_masks", "read_one", "read_merged"];
/// How often the other systems read, unless one time takes longer than `LONG`. They write once: some take minutes.
const PEER_READS: usize = 3;
const LONG: Duration = Duration::from_secs(2);
const DEFAULT_ROUNDS: usize = 9;

struct Options {
    case: Option<PathBuf>,
    rounds: usize,
    json: Option<PathBuf>,
    write_readme: bool,
}

impl Options {
    fn parse(arguments: &[&str]) -> Result<Self, Problem> {
        let mut options =
            Self { case: None, rounds: DEFAULT_ROUNDS, json: None, write_readme: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match *argument {
                "--case" => options.case = Some(std::path::absolute(value()?)?),
                "--rounds" => options.rounds = value()?.parse()?,
                "--json" => options.json = Some(std::path::absolute(value()?)?),
                "--write-readme" => options.write_readme = true,
                _ => return Err(format!("compare has no option {argument}").into()),
            }
        }
        if options.rounds == 0 { Err("--rounds must be at least 1".into()) } else { Ok(options) }
    }
}

/// Measures, prints the tables and the targets, and writes what the options ask for.
pub fn compare(arguments: &[&str]) -> Result<(), Problem> {
    let options = Options::parse(arguments)?;
    let scratch = target().join("compare");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)?;
    }
    std::fs::create_dir_all(&scratch)?;
    let (what, folder) = case(&options, &scratch)?;
    let (mut ours, mut theirs) = start(&folder, &scratch)?;
    let described = describe(&mut ours, &mut theirs)?;
    let mut figures = Figures::new(what, described);
    measure_rounds(&mut figures, &mut ours, &mut theirs, options.rounds)?;
    measure_peers(&mut figures, &mut theirs)?;
    let tables = tables::markdown(&figures);
    println!("\n{tables}\n{}", targets::report(&figures));
    if let Some(path) = &options.json {
        std::fs::write(path, figures.to_json())?;
    }
    if options.write_readme {
        readme::write(&tables)?;
    }
    // Hundreds of megabytes that nobody needs any more.
    std::fs::remove_dir_all(&scratch)?;
    Ok(())
}

/// What the case is called, and the folder of its masks: the one asked for, the real one, or a made-up one.
fn case(options: &Options, scratch: &Path) -> Result<(String, PathBuf), Problem> {
    let shared = root().join("../shared/data/totalsegmentator-s0000");
    if let Some(folder) = &options.case {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        return Ok((format!("the masks in `{name}`"), folder.clone()));
    }
    if shared.is_dir() {
        return Ok(("case s0000 of the TotalSegmentator dataset".to_owned(), shared));
    }
    println!("there is no real case beside the repository; making one up");
    let folder = scratch.join("case");
    make_case(&folder, |_| {})?;
    Ok(("the made-up case of `cargo xtask demo`".to_owned(), folder))
}

/// Measures queries beside libraries of Python; `options` are those of `benches/compare/queries.py`.
pub fn queries(options: &[&str]) -> Result<(), Problem> {
    let mut command = Command::new(peers()?);
    command.current_dir(root()).arg("benches/compare/queries.py");
    run(command.arg("--ours").arg(program("compare_queries")?).args(options))
}

/// The interpreter that has the peers.
fn peers() -> Result<PathBuf, Problem> {
    environment("compare-python", "benches/compare/requirements.txt")
}

/// Builds a program of the benchmarks, and says where it is.
fn program(name: &str) -> Result<PathBuf, Problem> {
    let build = ["build", "--quiet", "--release", "--package", "medmask-benches", "--bin", name];
    run(cargo().args(build))?;
    let program = target().join("release").join(name);
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds and starts both programs.
fn start(folder: &Path, scratch: &Path) -> Result<(Worker, Worker), Problem> {
    let python = peers()?;
    let mut ours = Command::new(program("compare_medmask")?);
    ours.arg(folder).arg(scratch);
    let mut theirs = Command::new(python);
    theirs.arg(root().join("benches/compare/peers.py")).arg(folder).arg(scratch);
    Ok((Worker::start(ours)?, Worker::start(theirs)?))
}

/// What both programs found in the folder, which must be the same.
fn describe(ours: &mut Worker, theirs: &mut Worker) -> Result<Value, Problem> {
    let (found, described) = (ours.ask("describe")?, theirs.ask("describe")?);
    for (key, value) in found.as_object().into_iter().flatten() {
        if described[key] != *value {
            let other = &described[key];
            return Err(format!("{key} is {value} for medmask and {other} for nibabel").into());
        }
    }
    Ok(described)
}

fn measure_rounds(
    figures: &mut Figures,
    ours: &mut Worker,
    theirs: &mut Worker,
    rounds: usize,
) -> Result<(), Problem> {
    for round in 1..=rounds {
        println!("round {round} of {rounds}: medmask 0.1.3 and ours in turns");
        for operation in OPERATIONS.into_iter().chain(["pack"]) {
            figures.add(ORIGINAL, operation, &theirs.ask(&format!("{ORIGINAL} {operation}"))?);
            for codec in CODECS {
                figures.add(codec, operation, &ours.ask(&format!("{codec} {operation}"))?);
            }
        }
        for codec in CODECS {
            figures.add(codec, "decode_merged", &ours.ask(&format!("{codec} decode_merged"))?);
            figures.add(codec, "slices", &ours.ask(&format!("{codec} slices"))?);
        }
    }
    theirs.ask(&format!("{ORIGINAL} check"))?;
    CODECS.iter().try_for_each(|codec| ours.ask(&format!("{codec} check")).map(drop))
}

fn measure_peers(figures: &mut Figures, theirs: &mut Worker) -> Result<(), Problem> {
    for peer in PEERS {
        println!("{peer}");
        for operation in OPERATIONS {
            let repeats = if operation.starts_with("write") { 1 } else { PEER_READS };
            for _ in 0..repeats {
                let start = Instant::now();
                figures.add(peer, operation, &theirs.ask(&format!("{peer} {operation}"))?);
                if start.elapsed() > LONG {
                    break;
                }
            }
        }
        theirs.ask(&format!("{peer} check"))?;
    }
    Ok(())
}
