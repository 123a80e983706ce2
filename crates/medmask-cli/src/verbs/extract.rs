//! `medmask extract`.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use medmask::extract::{self, ExtractOptions, MaskToWrite, OutputFormat, Target};
use medmask::files::check_output;
use medmask::nifti::read_header;
use medmask::{Archive, Error, Interpolation, select};

use crate::failure::{Failure, Result};
use crate::output::{self, plural};
use crate::reading::Reading;
use crate::{opened, progress};

/// Write masks of an archive as NIfTI or .msk files
#[derive(Args)]
#[command(group(ArgGroup::new("where").required(true).args(["output", "directory"])))]
#[command(long_about = "\
Write masks of an archive as NIfTI or .msk files.

Each file gets the voxels, the affine and the codes of the file that its entry came from. With -d
every entry becomes a file of its name; characters that do not belong into the name of a file are
written as % and two digits. All files appear together, when all are whole.

--merge writes one volume of many labels, with their names in its header. Labels keep their
numbers where no two entries share one, and else are numbered from 1 in the order of the entries.
Where masks overlap the later entry wins.")]
#[command(after_long_help = "\
EXAMPLES
  One mask:
    medmask extract case.mska liver -o liver.nii.gz

  All masks, or some:
    medmask extract case.mska -d masks/
    medmask extract case.mska 'lung_*' 'rib_*' -d masks/ --format nii

  All masks as one volume with the names of its labels:
    medmask extract case.mska --merge -o combined.nii.gz

  On the grid of another scan:
    medmask extract case.mska liver -o liver.nii.gz --onto followup.nii.gz --interpolation linear")]
pub struct Extract {
    /// The archive
    archive: PathBuf,
    /// Names of entries, or patterns with * ? [ ] { } [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The file to write: .nii.gz, .nii or .msk
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The folder to write into
    #[arg(short, long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The format of the files in the folder
    #[arg(long, default_value = "nii.gz", conflicts_with = "output")]
    format: Format,
    /// Write one volume of many labels
    #[arg(long, conflicts_with = "directory")]
    merge: bool,
    /// Take the header of this NIfTI file, which lies in the same space
    #[arg(long, value_name = "REFERENCE", conflicts_with = "onto")]
    like: Option<PathBuf>,
    /// Bring the masks onto the grid of this NIfTI file
    #[arg(long, value_name = "REFERENCE")]
    onto: Option<PathBuf>,
    /// How labels are chosen between voxels
    #[arg(long, default_value = "nearest", requires = "onto", value_name = "METHOD")]
    interpolation: Method,
    #[command(flatten)]
    reading: Reading,
    /// Deflate level of .nii.gz, 1 (fast) to 12 (small)
    #[arg(long, default_value_t = 6, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(1..=12))]
    level: u8,
    /// Threads, each with up to three dense volumes [default: all cores]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    #[value(name = "nii.gz")]
    NiftiGz,
    #[value(name = "nii")]
    Nifti,
    Msk,
}

#[derive(Clone, Copy, ValueEnum)]
enum Method {
    /// The label of the nearest voxel
    Nearest,
    /// The label that linear interpolation gives the greatest share
    Linear,
}

impl From<Format> for OutputFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::NiftiGz => Self::NiftiGz,
            Format::Nifti => Self::Nifti,
            Format::Msk => Self::Msk,
        }
    }
}

impl Extract {
    pub fn run(self) -> Result {
        if self.like.is_some() && self.writes_msk() {
            return Err(Failure::usage("--like takes the header of a NIfTI file; a .msk has none"));
        }
        let archive = opened::open(&self.archive)?.archive;
        let names = select::entries(&archive, &self.names)?;
        let options = self.options()?;
        match (&self.output, &self.directory) {
            (Some(output), _) => self.to_file(&archive, &names, output, &options),
            (None, Some(folder)) => self.to_folder(&archive, &names, folder, &options),
            (None, None) => Ok(()),
        }
    }

    fn writes_msk(&self) -> bool {
        match &self.output {
            Some(path) => matches!(OutputFormat::of_path(path), Ok(OutputFormat::Msk)),
            None => matches!(self.format, Format::Msk),
        }
    }

    fn options(&self) -> Result<ExtractOptions> {
        let mut read = self.reading.options();
        // All volumes of a file lie on one grid.
        read.volume = Some(0);
        let header = |path: &Path| read_header(path, &read).map(Box::new);
        let interpolation = match self.interpolation {
            Method::Nearest => Interpolation::Nearest,
            Method::Linear => Interpolation::LabelLinear,
        };
        let mut options = ExtractOptions {
            target: match (&self.like, &self.onto) {
                (Some(like), _) => Target::Like(header(like)?),
                (None, Some(onto)) => Target::Onto(header(onto)?, interpolation),
                (None, None) => Target::Own,
            },
            compression_level: self.level,
            overwrite: self.force,
            ..ExtractOptions::default()
        };
        if let Some(jobs) = self.jobs {
            options.jobs = jobs;
        }
        Ok(options)
    }

    fn to_file(
        &self,
        archive: &Archive,
        names: &[String],
        path: &Path,
        options: &ExtractOptions,
    ) -> Result {
        OutputFormat::of_path(path)?;
        check_output(path, options.overwrite)?;
        let mask = match names {
            _ if self.merge => self.merged(archive, names, path)?,
            [name] => MaskToWrite::load(archive, name)?,
            _ => return Err(Error::SeveralEntries { entries: names.len() }.into()),
        };
        mask.write(path, options)?;
        output::print(&format!("{} written\n", path.display()))
    }

    fn merged(&self, archive: &Archive, names: &[String], path: &Path) -> Result<MaskToWrite> {
        let bar = progress::bar(names.len());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.split('.').next().filter(|name| !name.is_empty()).unwrap_or("merged");
        let merged = extract::merge(archive, names, name, |entry| {
            bar.set_message(entry.to_owned());
            bar.inc(1);
        });
        bar.finish_and_clear();
        let merged = merged?;
        if merged.painted_over > 0 {
            output::note(format!(
                "masks overlap: {} voxels of earlier entries were painted over by later ones",
                output::count(merged.painted_over)
            ));
        }
        Ok(merged.mask)
    }

    fn to_folder(
        &self,
        archive: &Archive,
        names: &[String],
        folder: &Path,
        options: &ExtractOptions,
    ) -> Result {
        let bar = progress::bar(names.len());
        let step = |name: &str| {
            bar.set_message(name.to_owned());
            bar.inc(1);
        };
        let files = extract::to_folder(archive, names, folder, self.format.into(), options, step);
        bar.finish_and_clear();
        let files = plural(files?.len(), "file", "files");
        output::print(&format!("{files} written into {}\n", folder.display()))
    }
}
