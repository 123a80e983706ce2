//! `medmask convert`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use medmask::adapter::Formats;
use medmask::medmask_archive::{TargetVersion, convert};
use medmask::{AnyArchive, CodecChoice, WriterOptions};

use crate::failure::{Failure, Result};
use crate::memory_limit::MemoryLimit;
use crate::opened::note_damage;
use crate::output_names::check_archive;
use crate::{output, progress};

/// Write an archive or mask in the other format version, or with another codec
#[derive(Args)]
#[command(long_about = "\
Write an archive or mask in the other format version, or with another codec.

Both versions are read. Version 1 is that of the Python package medmask 0.1; colours, metadata,
and the affines that masks came with have no place in it. A .msk holds exactly one mask.

From version 2 to version 2 every entry is copied as it is, unless --codec asks for another codec.")]
#[command(after_long_help = "\
EXAMPLES
  An archive of the Python package, made smaller:
    medmask convert old.mska new.mska

  For the Python package:
    medmask convert case.mska for-python.mska --format-version 1

  The smallest that this version can make:
    medmask convert case.mska small.mska --codec context")]
pub struct Convert {
    /// The file to read: .mska or .msk
    input: PathBuf,
    /// The file to write: .mska or .msk
    output: PathBuf,
    /// The format version to write
    #[arg(long, default_value = "2", value_name = "VERSION")]
    format_version: Version,
    /// Code voxels anew in this codec, which `medmask help pack` explains [default: as they are; the default codec where version 1 is read]
    #[arg(long, value_name = "CODEC")]
    codec: Option<CodecChoice>,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Replace the output if it is there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Version {
    /// Of the Python package medmask 0.1
    #[value(name = "1")]
    One,
    /// With checksums, statistics, and small
    #[value(name = "2")]
    Two,
}

impl Convert {
    pub fn run(self, formats: &Formats) -> Result {
        check_archive(&self.output, formats)?;
        if self.codec.is_some() && self.format_version == Version::One {
            return Err(Failure::usage("--codec is for version 2; version 1 has one codec"));
        }
        let version = match self.format_version {
            Version::One => TargetVersion::Version1,
            Version::Two => TargetVersion::Version2,
        };
        let options = WriterOptions::new().overwrite(self.force).max_memory(self.memory.bytes());
        let bar = progress::bar(0);
        let step = |done: usize, total: usize| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        };
        // Opened once more, to tell of damage.
        note_damage(&self.input, AnyArchive::open(&self.input)?.damage());
        let codec = self.codec.map(|choice| choice.0);
        let converted = convert(&self.input, &self.output, version, codec, options, step);
        bar.finish_and_clear();
        converted?;
        let bytes = |path: &PathBuf| path.metadata().map_or(0, |metadata| metadata.len());
        let (before, after) = (bytes(&self.input), bytes(&self.output));
        output::done(&format!(
            "{}: {}; {} was {}\n",
            self.output.display(),
            output::bytes(after),
            self.input.display(),
            output::bytes(before)
        ))
    }
}
