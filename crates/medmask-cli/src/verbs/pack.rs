//! `medmask pack` and `medmask add`.

pub mod label_table;
mod report;

use std::num::NonZero;
use std::path::PathBuf;

use clap::Args;
use medmask::adapter::{Formats, NiftiAdapter};
use medmask::input::{self, Collected, Input};
use medmask::{CodecChoice, PackOptions, Space};
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::output::{self, plural};
use crate::output_names::check_archive;
use crate::progress;
use crate::reading::{Reading, not_negative};
use label_table::{LabelFlags, LabelTable};
use report::Outcome;

/// Put masks into a new archive
#[derive(Args)]
#[command(long_about = "\
Put masks into a new archive.

Inputs are .nii, .nii.gz, .hdr with .img, .msk, and folders, of which every such file directly
inside is taken, sorted by name. An entry is called as its file, without the ending. Labels take the
names in the file's own label table, then those of --labels, which are kept also for labels that the
file does not hold. Without both a single label is called as its entry, and several label_N.

Archives (.mska) that are named are joined: their entries keep their names. Where two are called
alike, --prefix tells them apart. Entries of archives and .msk files are copied as they are, unless
--codec asks for another codec.

The archive's space is that of the first input; the others must lie in the same space, to
--tolerance-mm. Each entry keeps the affine of its own file, and `medmask extract` gives it back.

Where one input is bad nothing is written, unless --skip-bad leaves it out; of two with one name the
second is then bad. Where most are left out the exit status is 1, though the others are packed.

Codecs: runs (the default; small and fast), context (the smallest; slower), zstd or zstd:LEVEL, lz4,
raw. Behind runs stands Zstandard of level 15; runs:zstd:LEVEL, runs:adaptive (smaller, slower),
runs:lz4 and runs:none choose otherwise. Levels go from 1 to 22. `medmask bench-codecs` measures them
on your own masks.

Files of --labels: JSON of names and numbers, dataset.json of TotalSegmentator and nnU-Net, ITK-SNAP's
label description, Slicer's .ctbl and .csv, look-up tables of FreeSurfer, MRtrix and FSLeyes, FSL's
atlases, BIDS's dseg.tsv, and tables such as label,name. A note says which it was read as;
--labels-format reads it as another.")]
#[command(after_long_help = "\
EXAMPLES
  A folder of masks, one file each:
    medmask pack segmentations/ -o case.mska

  The smallest archive, with two threads:
    medmask pack segmentations/ -o case.mska --codec context --jobs 2

  A volume of many labels, whose names are in a file:
    medmask pack combined.nii.gz -o case.mska --labels dataset.json

  Two archives in one, with entries such as ct_liver and mr_liver:
    medmask pack ct.mska mr.mska -o both.mska --prefix ct_ --prefix mr_

  Everything that is good, and a list of what is not:
    medmask pack segmentations/ -o case.mska --skip-bad --json")]
pub struct Pack {
    /// Mask files, folders of them, or archives
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The archive to write: .mska, or .msk for a single mask
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the archive if there is one
    #[arg(long)]
    force: bool,
    /// Keep a text with the archive
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    metadata: Vec<(String, Value)>,
    #[command(flatten)]
    common: Common,
}

/// Put masks into an archive that is there
#[derive(Args)]
#[command(long_about = "\
Put masks into an archive that is there.

Inputs, names and flags are those of `medmask pack`. The masks must lie in the space of the
archive. Where one is bad the archive stays as it is, unless --skip-bad leaves it out.")]
#[command(after_long_help = "\
EXAMPLES
  medmask add case.mska lesion.nii.gz
  medmask add case.mska followup.mska --prefix followup_
  medmask add case.mska vessels/ --codec context")]
pub struct Add {
    /// The archive
    archive: PathBuf,
    /// Mask files, folders of them, or archives
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Flags of both.
#[derive(Args)]
struct Common {
    /// How voxels are coded; the long help names the codecs [default: runs; as they are where they come from archives and .msk]
    #[arg(long, value_name = "CODEC")]
    codec: Option<CodecChoice>,
    /// Put this before the names of all entries; or give it once for each INPUT, '' for none
    #[arg(long, value_name = "PREFIX")]
    prefix: Vec<String>,
    /// How far a corner of an input may lie from that of the first
    #[arg(long, default_value_t = Space::DEFAULT_TOLERANCE_MM, value_name = "MM", value_parser = not_negative)]
    tolerance_mm: f64,
    /// Threads, each with up to three dense volumes [default: all cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    #[command(flatten)]
    labels: LabelFlags,
    /// Leave out inputs that cannot be packed, and list them
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    reading: Reading,
    /// The volume of a file with a fourth axis, counted from 0
    #[arg(long, value_name = "N")]
    volume: Option<usize>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Pack {
    pub fn run(self, formats: &Formats) -> Result {
        check_archive(&self.output, formats)?;
        let table = self.common.labels.read()?;
        let mut options = self.common.options(formats, table.as_ref());
        let Collected { inputs, left_out, .. } =
            self.common.collect(&self.inputs, &options.formats)?;
        options.overwrite = self.force;
        for (key, value) in self.metadata {
            if options.metadata.insert(key.clone(), value).is_some() {
                return Err(Failure::usage(format!("--metadata {key} is given twice")));
            }
        }
        let bar = progress::bar(inputs.len());
        let step = |input: &Input| {
            bar.set_message(input.name.clone());
            bar.inc(1);
        };
        let report = medmask::pack(&inputs, &self.output, &options, step);
        bar.finish_and_clear();
        let outcome = Outcome {
            report: &report?,
            archive: &self.output,
            new: true,
            inputs: inputs.len(),
            left_out: &left_out,
            table: table.as_ref(),
        };
        self.common.print(&outcome)
    }
}

impl Add {
    pub fn run(self, formats: &Formats) -> Result {
        let table = self.common.labels.read()?;
        let options = self.common.options(formats, table.as_ref());
        let Collected { inputs, left_out, .. } =
            self.common.collect(&self.inputs, &options.formats)?;
        let bar = progress::bar(inputs.len());
        let step = |input: &Input| {
            bar.set_message(input.name.clone());
            bar.inc(1);
        };
        let report = medmask::add(&inputs, &self.archive, &options, step);
        bar.finish_and_clear();
        let outcome = Outcome {
            report: &report?,
            archive: &self.archive,
            new: false,
            inputs: inputs.len(),
            left_out: &left_out,
            table: table.as_ref(),
        };
        self.common.print(&outcome)
    }
}

impl Common {
    /// The inputs, with the prefixes of their entries.
    fn collect(&self, paths: &[PathBuf], formats: &Formats) -> Result<Collected> {
        if self.prefix.len() > 1 && self.prefix.len() != paths.len() {
            return Err(Failure::usage(format!(
                "--prefix is given {} times for {}; give it once, or once for each",
                self.prefix.len(),
                plural(paths.len(), "input", "inputs")
            )));
        }
        let mut all = Collected::default();
        for (place, path) in paths.iter().enumerate() {
            let prefix = self.prefix.get(place).or(self.prefix.first());
            let paths = std::slice::from_ref(path);
            let collected = input::collect_with(paths, formats, self.skip_bad)?;
            output::note_left_out(&collected.left_out);
            all.left_out.extend(collected.left_out);
            for mut input in collected.inputs {
                input.prefix = prefix.cloned().unwrap_or_default();
                all.inputs.push(input);
            }
        }
        Ok(all)
    }

    fn options(&self, formats: &Formats, table: Option<&LabelTable>) -> PackOptions {
        let mut options = PackOptions::default();
        options.codec = self.codec.map(|choice| choice.0);
        options.tolerance_mm = self.tolerance_mm;
        options.skip_bad = self.skip_bad;
        if let Some(jobs) = self.jobs {
            options.jobs = jobs;
        }
        options.max_made_names = self.labels.max_made_names;
        if let Some(table) = table {
            table.set(&mut options);
        }
        let mut read = self.reading.options();
        read.volume = self.volume;
        options.formats = self.reading.memory.formats(formats).with(NiftiAdapter::new(read));
        options
    }

    /// Prints the result; where most inputs were left out that is a failure, though what is left was packed.
    fn print(&self, outcome: &Outcome<'_>) -> Result {
        report::print_notes(outcome.report, self.tolerance_mm);
        if self.json {
            output::print_json(&report::to_json(outcome))?;
        } else {
            output::print(&report::to_text(outcome))?;
        }
        let skipped = outcome.report.skipped.len();
        if skipped * 2 <= outcome.inputs {
            return Ok(());
        }
        let inputs = plural(outcome.inputs, "input", "inputs");
        Err(Failure::new(format!(
            "most was left out: {} of {inputs}",
            output::count(skipped as u64)
        )))
    }
}

fn key_value(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.into())),
        _ => Err("it must be KEY=VALUE".to_owned()),
    }
}
