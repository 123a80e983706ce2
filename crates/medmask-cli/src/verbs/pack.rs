//! `medmask pack` and `medmask add`.

mod inputs;
pub mod label_table;
mod report;

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use medmask::adapter::{Formats, NiftiAdapter};
use medmask::input::{Collected, Input};
use medmask::{CodecChoice, Error, PackOptions, PackReport, Space};
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::output_names::check_archive;
use crate::progress;
use crate::reading::{Reading, not_negative};
use crate::verbs::layering::Layering;
use inputs::InputFlags;
use label_table::{LabelFlags, LabelTable};
use report::Outcome;

/// Put masks into a new archive
#[derive(Args)]
#[command(long_about = "\
Put masks into a new archive.

Inputs are .nii, .hdr with .img, each also with .gz, .bz2 or .zst, .msk, and folders, of which every
such file directly inside is taken, sorted by name. What else lies there is told; with --recursive
the folders inside are searched, too, and entries are called as left/lung. --include and --exclude
choose by pattern: of file names, or, with a /, of paths. An entry is called as its file, without the
ending, or as --name says. Labels take the names in the file's own label table, then those of
--labels, which are kept also for labels that the file does not hold. Without both a single label is
called as its entry, and several label_N. Of a file with a fourth axis --volume takes one volume and
--volumes all each as an entry of its own, NAME_0 and so on.

Archives (.mska) that are named are joined: their entries keep their names. Where two are called
alike, --prefix tells them apart. Entries of archives and .msk files are copied as they are, unless
--codec asks for another codec.

The archive's space is the one that most inputs share (of several the one that comes first), or that
of --space-of; all must lie in it, to --tolerance-mm. Each entry keeps the affine of its own file,
and `medmask extract` gives it back.

Where one input is bad nothing is written, unless --skip-bad leaves it out; of two with one name the
second is then bad. Where most are left out the exit status is 1, though the others are packed.
--dry-run reads all, says what would be packed and what left out, and writes nothing.

Codecs: default (small and fast), smallest (several times slower to read) and fastest (larger), or by
name transitions, context and runs, which these stand for, zstd or zstd:LEVEL, lz4, raw. Behind runs
stands Zstandard of level 15; runs:zstd:LEVEL, runs:lz4 and runs:none choose otherwise. Levels go from
1 to 22. `medmask bench-codecs` measures them on your own masks.

Masks that do not overlap may be stored as labels of one volume: --layers auto does so where the
archive gets smaller and, unless the codec is context, no mask takes much longer to load, but not where
entries are copied as they are; always and never decide otherwise. Each mask keeps its name and loads
alone.

Files of --labels: JSON of names and numbers, dataset.json of TotalSegmentator and nnU-Net, ITK-SNAP's
label description, Slicer's .ctbl and .csv, look-up tables of FreeSurfer, MRtrix and FSLeyes, FSL's
atlases, BIDS's dseg.tsv, and tables such as label,name. A note says which it was read as;
--labels-format reads it as another.")]
#[command(after_long_help = "\
EXAMPLES
  A folder of masks, one file each:
    medmask pack segmentations/ -o case.mska

  The smallest archive, with two threads:
    medmask pack segmentations/ -o case.mska --codec smallest --jobs 2

  A volume of many labels, whose names are in a file:
    medmask pack combined.nii.gz -o case.mska --labels dataset.json

  Two archives in one, with entries such as ct_liver and mr_liver:
    medmask pack ct.mska mr.mska -o both.mska --prefix ct_ --prefix mr_

  Everything that is good, and a list of what is not:
    medmask pack segmentations/ -o case.mska --skip-bad --json

  A tree of folders without its drafts, first to look at:
    medmask pack study/ -o study.mska --recursive --exclude 'draft*' --dry-run

  Every volume of a file with a fourth axis, and one file under another name:
    medmask pack onehot.nii.gz -o case.mska --volumes all
    medmask pack masks/ -o case.mska --name tumour=followup/seg.nii.gz")]
pub struct Pack {
    /// Mask files, folders of them, or archives
    #[arg(required_unless_present = "name", value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// The archive to write: .mska, or .msk for a single mask
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace the archive if there is one
    #[arg(long)]
    force: bool,
    /// The file in whose space all inputs must lie [default: the space that most of them share]
    #[arg(long, value_name = "FILE")]
    space_of: Option<PathBuf>,
    /// Keep a text with the archive
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    metadata: Vec<(String, Value)>,
    #[command(flatten)]
    layering: Layering,
    #[command(flatten)]
    common: Common,
}

/// Put masks into an archive that is there
#[derive(Args)]
#[command(long_about = "\
Put masks into an archive that is there.

Inputs, names and flags are those of `medmask pack`. The masks must lie in the space of the
archive. Where one is bad, or has the name of an entry that is there, the archive stays as it is,
unless --skip-bad leaves it out, or --replace puts it in the place of that entry.")]
#[command(after_long_help = "\
EXAMPLES
  medmask add case.mska lesion.nii.gz
  medmask add case.mska followup.mska --prefix followup_
  medmask add case.mska vessels/ --codec context
  medmask add case.mska liver.nii.gz --replace
  medmask add case.mska --name liver_second_reader=liver.nii.gz")]
pub struct Add {
    /// The archive
    archive: PathBuf,
    /// Mask files, folders of them, or archives
    #[arg(required_unless_present = "name", value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Put entries in the place of those that have their names
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    common: Common,
}

/// Flags of both.
#[derive(Args)]
struct Common {
    /// How voxels are coded; the long help names the codecs [default: default; as they are where they come from archives and .msk]
    #[arg(long, value_name = "CODEC")]
    codec: Option<CodecChoice>,
    #[command(flatten)]
    inputs: InputFlags,
    /// How far a corner of an input may lie from where the archive has it
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
    /// Say what would be packed, and write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    reading: Reading,
    /// The volume of a file with a fourth axis, counted from 0
    #[arg(long, value_name = "N")]
    volume: Option<usize>,
    /// Take each volume of a file with a fourth axis as an entry, NAME_0, NAME_1 and so on
    #[arg(long, value_name = "all", conflicts_with = "volume")]
    volumes: Option<Volumes>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Volumes {
    All,
}

/// What puts inputs into the archive, or says what it would do.
type Work =
    fn(&[Input], &Path, &PackOptions, &mut dyn FnMut(&Input)) -> medmask::Result<PackReport>;

impl Pack {
    pub fn run(self, formats: &Formats) -> Result {
        check_archive(&self.output, formats)?;
        let table = self.common.labels.read()?;
        let mut options = self.common.options(formats, table.as_ref());
        options.layers = self.layering.layers();
        options.overwrite = self.force;
        options.space_of = self.space_of;
        for (key, value) in self.metadata {
            if options.metadata.insert(key.clone(), value).is_some() {
                return Err(Failure::usage(format!("--metadata {key} is given twice")));
            }
        }
        let work: Work = match self.common.dry_run {
            true => |inputs, path, options, step| medmask::plan_pack(inputs, path, options, step),
            false => |inputs, path, options, step| medmask::pack(inputs, path, options, step),
        };
        let target = Target { archive: &self.output, new: true, table: table.as_ref() };
        self.common.run(&self.inputs, &options, work, &target)
    }
}

impl Add {
    pub fn run(self, formats: &Formats) -> Result {
        let table = self.common.labels.read()?;
        let mut options = self.common.options(formats, table.as_ref());
        options.replace = self.replace;
        let work: Work = match self.common.dry_run {
            true => |inputs, path, options, step| medmask::plan_add(inputs, path, options, step),
            false => |inputs, path, options, step| medmask::add(inputs, path, options, step),
        };
        let target = Target { archive: &self.archive, new: false, table: table.as_ref() };
        self.common.run(&self.inputs, &options, work, &target)
    }
}

/// What is written to, and with which names of labels.
struct Target<'a> {
    archive: &'a Path,
    /// Whether the archive is new.
    new: bool,
    table: Option<&'a LabelTable>,
}

impl Common {
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
        let nifti = NiftiAdapter::new(read);
        let nifti = match self.volumes {
            Some(Volumes::All) => nifti.all_volumes(),
            None => nifti,
        };
        options.formats = self.reading.memory.formats(formats).with(nifti);
        options
    }

    /// Does the work, and prints what came of it, also where nothing could be packed.
    fn run(
        &self,
        paths: &[PathBuf],
        options: &PackOptions,
        work: Work,
        target: &Target<'_>,
    ) -> Result {
        let Collected { inputs, left_out, .. } =
            self.inputs.collect(paths, &options.formats, self.skip_bad)?;
        let bar = progress::bar(inputs.len());
        let worked = work(&inputs, target.archive, options, &mut |input| {
            bar.set_message(input.name.clone());
            bar.inc(1);
        });
        bar.finish_and_clear();
        let Target { archive, new, table } = *target;
        let outcome = |report| Outcome {
            report,
            archive,
            new,
            inputs: inputs.len(),
            left_out: &left_out,
            table,
            planned: self.dry_run,
        };
        match worked {
            Err(Error::NothingLeft { skipped }) => {
                let mut report = PackReport::default();
                report.skipped = skipped;
                outcome(&report).print_reasons(self.json)?;
                Err(Error::NothingLeft { skipped: Vec::new() }.into())
            }
            worked => outcome(&worked?).print(self.json, self.tolerance_mm),
        }
    }
}

fn key_value(text: &str) -> Result<(String, Value), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.into())),
        _ => Err("it must be KEY=VALUE".to_owned()),
    }
}
