//! `medmask man`.

use std::path::{Path, PathBuf};

use clap::Args;
use clap_mangen::Man as Page;
use medmask::medmask_files::{Durability, write_whole};

use crate::failure::{Failure, Result};
use crate::help;
use crate::output::{self, plural};

/// Columns that pages are laid out for.
const WIDTH: usize = 78;

/// Print a man page, or write all of them
#[derive(Args)]
#[command(after_long_help = "\
EXAMPLES
  medmask man | man -l -
  medmask man extract | man -l -
  medmask man -d ~/.local/share/man/man1")]
pub struct Man {
    /// The verb whose page is printed [default: the page of medmask itself]
    #[arg(value_name = "VERB", conflicts_with = "directory")]
    verb: Option<String>,
    /// Write the pages of medmask and all its verbs into this folder
    #[arg(short, long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Replace pages that are there
    #[arg(long, requires = "directory")]
    force: bool,
}

impl Man {
    pub fn run(self, command: clap::Command) -> Result {
        let mut command = help::fitted(command, WIDTH).disable_help_subcommand(true);
        command.build();
        if let Some(folder) = &self.directory {
            return write_all(&command, folder, self.force);
        }
        let page = match &self.verb {
            None => &command,
            Some(verb) => command
                .find_subcommand(verb)
                .ok_or_else(|| Failure::usage(format!("there is no verb {verb:?}")))?,
        };
        output::print(&text(page)?)
    }
}

/// The page, as the program man reads it.
fn text(command: &clap::Command) -> Result<String> {
    let mut page = Vec::new();
    let rendered = Page::new(command.clone()).render(&mut page);
    rendered.map_err(|error| Failure::new(format!("cannot lay out a page: {error}")))?;
    String::from_utf8(page).map_err(|error| Failure::new(format!("a page is no text: {error}")))
}

fn write_all(command: &clap::Command, folder: &Path, force: bool) -> Result {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new(format!("cannot create the folder {}: {error}", folder.display()))
    })?;
    let mut pages = 0;
    for command in command.get_subcommands().chain([command]) {
        let path = folder.join(Page::new(command.clone()).get_filename());
        write_whole(&path, text(command)?.as_bytes(), force, Durability::Buffered)?;
        pages += 1;
    }
    output::done(&format!("{} written into {}\n", plural(pages, "page", "pages"), folder.display()))
}
