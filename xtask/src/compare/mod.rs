//! `cargo xtask compare`: medmask beside other formats, on the same masks and in the same run.
//!
//! Two programs hold the masks in memory, one in Rust and one in Python, and are asked in turns to write and read them.
//! What is measured against medmask 0.1.3 is measured in rounds, so that a busy machine slows both sides alike. Beside one case
//! in full, label maps of any kind are measured by bytes and by the time of reading.

mod figures;
mod made_up;
mod programs;
mod ratios;
mod readme;
mod sets;
mod systems;
mod tables;
mod targets;
mod worker;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::demo::make_case;
use crate::run::{Problem, root, run, target};
use figures::Figures;
use programs::{describe, peers, program, start};
use systems::{CODECS, ORIGINAL, PEERS};
use worker::Worker;

/// In the order in which files come to be.
const OPERATIONS: [&str; 5] =
    ["write_masks", "write_merged", "read_masks", "read_one", "read_merged"];
const CHECKS: [&str; 2] = ["check_masks", "check_merged"];
/// How often the other systems read, unless one time takes longer than `LONG`. They write once: some take minutes.
const PEER_READS: usize = 3;
const LONG: Duration = Duration::from_secs(2);
const DEFAULT_ROUNDS: usize = 9;

struct Options {
    case: Option<PathBuf>,
    folder: Option<PathBuf>,
    rounds: usize,
    /// The other systems by which sets are measured.
    peers: Vec<&'static str>,
    json: Option<PathBuf>,
    write_readme: bool,
}

impl Options {
    fn parse(arguments: &[&str]) -> Result<Self, Problem> {
        let mut options = Self {
            case: None,
            folder: None,
            rounds: DEFAULT_ROUNDS,
            peers: PEERS.to_vec(),
            json: None,
            write_readme: false,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match *argument {
                "--case" => options.case = Some(std::path::absolute(value()?)?),
                "--folder" => options.folder = Some(std::path::absolute(value()?)?),
                "--peers" => options.peers = peers_named(value()?)?,
                "--rounds" => options.rounds = value()?.parse()?,
                "--json" => options.json = Some(std::path::absolute(value()?)?),
                "--write-readme" => options.write_readme = true,
                _ => return Err(format!("compare has no option {argument}").into()),
            }
        }
        if options.rounds == 0 {
            return Err("--rounds must be at least 1".into());
        }
        if options.folder.is_none() && options.peers.len() < PEERS.len() {
            return Err("--peers goes with --folder".into());
        }
        if options.folder.is_some() && (options.case.is_some() || options.write_readme) {
            return Err("--folder goes with neither --case nor --write-readme".into());
        }
        Ok(options)
    }
}

/// Those of the other systems that `names`, a list with commas, has.
fn peers_named(names: &str) -> Result<Vec<&'static str>, Problem> {
    let found = |name| PEERS.into_iter().find(|peer| *peer == name);
    let peers = names.split(',').map(|name| {
        found(name).ok_or_else(|| format!("{name} is none of {}", PEERS.join(", ")).into())
    });
    peers.collect()
}

/// Measures, prints the tables and the targets, and writes what the options ask for.
pub fn compare(arguments: &[&str]) -> Result<(), Problem> {
    let options = Options::parse(arguments)?;
    let scratch = target().join("compare");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)?;
    }
    std::fs::create_dir_all(&scratch)?;
    let measured = match &options.folder {
        Some(folder) => measure_sets(&sets::of_folder(folder)?, &scratch, &options)?,
        None => measure_all(&options, &scratch)?,
    };
    if let Some(path) = &options.json {
        let all: Vec<Value> = measured.iter().map(Figures::to_json).collect();
        std::fs::write(path, format!("{:#}\n", Value::from(all)))?;
    }
    // Hundreds of megabytes that nobody needs any more.
    std::fs::remove_dir_all(&scratch)?;
    Ok(())
}

/// One case in full and, unless it was asked for alone, sets of other kinds.
fn measure_all(options: &Options, scratch: &Path) -> Result<Vec<Figures>, Problem> {
    let (what, folder) = case(options, scratch)?;
    let figures = measure_case(what, &folder, scratch, options.rounds)?;
    let mut tables = tables::markdown(&figures);
    println!("\n{tables}\n{}", targets::report(&figures));
    let mut measured = vec![figures];
    if options.case.is_none() || options.write_readme {
        let kinds = measure_sets(&sets::known(scratch)?, scratch, options)?;
        tables += "\n";
        tables += &ratios::markdown(&kinds);
        measured.extend(kinds);
    }
    if options.write_readme {
        readme::write(&tables)?;
    }
    Ok(measured)
}

fn measure_case(
    what: String,
    folder: &Path,
    scratch: &Path,
    rounds: usize,
) -> Result<Figures, Problem> {
    let (mut ours, mut theirs) = start(folder, scratch, &[], &[])?;
    let described = describe(&mut ours, &mut theirs)?;
    let mut figures = Figures::new(what, described);
    measure_rounds(&mut figures, &mut ours, &mut theirs, rounds)?;
    measure_peers(&mut figures, &mut theirs)?;
    Ok(figures)
}

/// Measures sets and prints their tables. What cannot be measured is left out with a remark.
fn measure_sets(
    sets: &[sets::Set],
    scratch: &Path,
    options: &Options,
) -> Result<Vec<Figures>, Problem> {
    let mut measured = Vec::new();
    for (place, set) in (1..).zip(sets) {
        eprintln!("set {place} of {}: {}", sets.len(), set.name);
        match set.measure(scratch, options.rounds, &options.peers) {
            Ok(figures) => measured.push(figures),
            Err(problem) => eprintln!("left out: {}: {problem}", set.name),
        }
    }
    if measured.is_empty() {
        return Err("nothing could be measured".into());
    }
    println!("\n{}\n{}", ratios::markdown(&measured), ratios::bytes(&measured));
    Ok(measured)
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
    eprintln!("there is no real case beside the repository; making one up");
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

fn measure_rounds(
    figures: &mut Figures,
    ours: &mut Worker,
    theirs: &mut Worker,
    rounds: usize,
) -> Result<(), Problem> {
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}: medmask 0.1.3 and ours in turns");
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
    for check in CHECKS {
        theirs.ask(&format!("{ORIGINAL} {check}"))?;
        for codec in CODECS {
            ours.ask(&format!("{codec} {check}"))?;
        }
    }
    Ok(())
}

fn measure_peers(figures: &mut Figures, theirs: &mut Worker) -> Result<(), Problem> {
    for peer in PEERS {
        eprintln!("{peer}");
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
        for check in CHECKS {
            theirs.ask(&format!("{peer} {check}"))?;
        }
    }
    Ok(())
}
