//! What the command is called with.

use clap::{CommandFactory, Parser};

use crate::help;
use crate::verbs::Verb;

/// Many segmentation masks in one small file.
#[derive(Parser)]
#[command(name = "medmask", version, arg_required_else_help = true)]
#[command(long_about = "\
Many segmentation masks in one small file.

An archive (.mska) holds the masks of one scan: each under its name, with the names of its labels,
overlapping as they like. One mask is loaded without the others, and every mask goes back to NIfTI
with the voxels and the affine it came with.")]
#[command(after_long_help = "\
EXAMPLES
  Pack a folder of masks, look into the archive, and take one mask out again:
    medmask pack segmentations/ -o case.mska
    medmask ls case.mska
    medmask extract case.mska liver -o liver.nii.gz

  Check that an archive is whole:
    medmask verify case.mska

EXIT STATUS
  0 all went well; 1 something failed; 2 wrong usage.

`medmask help VERB` explains a verb and gives examples.")]
pub struct Command {
    /// Say less: no notes, and no line that tells what was done
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = 900)]
    pub quiet: bool,
    /// Say more: notes for each file that they hold for, long messages in full, and the time taken
    #[arg(short, long, global = true, display_order = 900)]
    pub verbose: bool,
    #[command(subcommand)]
    pub verb: Verb,
}

impl Command {
    /// The command with help that fits the terminal.
    pub fn fitted() -> clap::Command {
        help::fitted(Self::command(), help::width())
    }
}
