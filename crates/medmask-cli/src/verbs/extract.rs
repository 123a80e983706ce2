//! `medmask extract`.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use medmask::adapter::{Formats, MaskToWrite};
use medmask::medmask_files::check_output;
use medmask::{
    AnyArchive, Error, ExtractOptions, Interpolation, Selection, Target, extract,
    extract_to_folder, merge, select,
};

use crate::failure::Result;
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
written as % and two digits. All files appear together, when all are whole. Into a .msk file an
entry is copied as it is, codec and all.

Expressions join masks: a + b has the voxels of either, a & b those of both, a - b those of a that
are not of b, a ^ b those of one alone; & binds closest, the others from the left, and all stand
between blanks. Parentheses, and functions of a mask: largest(x), largest(x, 3), min_ml(x, 0.1),
fill(x), grow(x, 5), shrink(x, 2) and shell(x, 3), in mL and mm. Names with blanks stand in double
quotes. `medmask group` keeps an expression under a name.

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

  The lungs without a nodule, and 5 mm around a tumour outside of the liver:
    medmask extract case.mska 'lung_* - nodule' -o lungs.nii.gz
    medmask extract case.mska 'grow(tumour, 5) - tumour - liver' -o margin.nii.gz

  One mask as it is stored:
    medmask extract case.mska liver -o liver.msk

  All masks as one volume with the names of its labels:
    medmask extract case.mska --merge -o combined.nii.gz

  On the grid of another scan:
    medmask extract case.mska liver -o liver.nii.gz --onto followup.nii.gz --interpolation linear")]
pub struct Extract {
    /// The archive
    archive: PathBuf,
    /// Names of entries or labels, patterns with * ? [ ] { }, expressions, or groups [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The file to write: .nii.gz, .nii or .msk
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The folder to write into
    #[arg(short, long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The format of the files in the folder: nii.gz, nii, msk
    #[arg(long, default_value = "nii.gz", conflicts_with = "output")]
    format: String,
    /// Write one volume of many labels
    #[arg(long, conflicts_with = "directory")]
    merge: bool,
    /// Take the header of this file of the same format, which lies in the same space
    #[arg(long, value_name = "REFERENCE", conflicts_with = "onto")]
    like: Option<PathBuf>,
    /// Bring the masks onto the grid of this file
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
pub enum Method {
    /// The label of the nearest voxel
    Nearest,
    /// The label that linear interpolation gives the greatest share
    Linear,
}

impl From<Method> for Interpolation {
    fn from(method: Method) -> Self {
        match method {
            Method::Nearest => Self::Nearest,
            Method::Linear => Self::LabelLinear,
        }
    }
}

impl Extract {
    pub fn run(self, formats: &Formats) -> Result {
        let archive = opened::open_with(&self.archive, &self.reading.memory.open_options())?;
        let chosen = select(&archive, &self.names)?;
        let options = self.options(formats)?;
        match (&self.output, &self.directory) {
            (Some(output), _) => self.to_file(&archive, &chosen, output, &options),
            (None, Some(folder)) => self.to_folder(&archive, &chosen, folder, &options),
            (None, None) => Ok(()),
        }
    }

    fn options(&self, formats: &Formats) -> Result<ExtractOptions> {
        let mut options = ExtractOptions::default();
        options.formats = self.reading.formats(formats);
        let reference = |path: &Path| options.formats.read_reference(path);
        options.target = match (&self.like, &self.onto) {
            (Some(like), _) => Target::Like(reference(like)?),
            (None, Some(onto)) => Target::Onto(reference(onto)?, self.interpolation.into()),
            (None, None) => Target::Own,
        };
        options.compression_level = self.level;
        options.overwrite = self.force;
        options.max_memory = self.reading.memory.bytes();
        if let Some(jobs) = self.jobs {
            options.jobs = jobs;
        }
        Ok(options)
    }

    fn to_file(
        &self,
        archive: &AnyArchive,
        chosen: &[Selection],
        path: &Path,
        options: &ExtractOptions,
    ) -> Result {
        options.formats.output(path)?;
        check_output(path, options.overwrite)?;
        match chosen {
            _ if self.merge => self.merged(archive, chosen, path, options)?.write(path, options)?,
            [one] => print_notes(&extract(archive, one, path, options)?.notes),
            _ => return Err(Error::SeveralEntries { entries: chosen.len() }.into()),
        }
        output::done(&format!("{} written\n", path.display()))
    }

    fn merged(
        &self,
        archive: &AnyArchive,
        chosen: &[Selection],
        path: &Path,
        options: &ExtractOptions,
    ) -> Result<MaskToWrite> {
        let bar = progress::bar(chosen.len());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let name = name.split('.').next().filter(|name| !name.is_empty()).unwrap_or("merged");
        let merged = merge(archive, chosen, name, &options.formats, |entry| {
            bar.set_message(entry.to_owned());
            bar.inc(1);
        });
        bar.finish_and_clear();
        let merged = merged?;
        print_notes(&merged.notes);
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
        archive: &AnyArchive,
        chosen: &[Selection],
        folder: &Path,
        options: &ExtractOptions,
    ) -> Result {
        let bar = progress::bar(chosen.len());
        let step = |name: &str| {
            bar.set_message(name.to_owned());
            bar.inc(1);
        };
        let suffix = format!(".{}", self.format.trim_start_matches('.'));
        let extracted = extract_to_folder(archive, chosen, folder, &suffix, options, step);
        bar.finish_and_clear();
        let extracted = extracted?;
        print_notes(&extracted.notes);
        let files = plural(extracted.files.len(), "file", "files");
        output::done(&format!("{files} written into {}\n", folder.display()))
    }
}

fn print_notes(notes: &[(String, String)]) {
    for (name, note) in notes {
        output::note(format!("{name}: {note}"));
    }
}
