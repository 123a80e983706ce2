//! `medmask serve`.

use std::path::PathBuf;

use clap::Args;
use medmask_serve::{Case, PageError, Server};
use medmask_viewer::{Contents, Page, Source, ViewerError, is_built};

use crate::failure::{Failure, Result};
use crate::opened;
use crate::output::{self, plural};

/// Show the archives of a folder in the browser, of which it reads what is switched on
#[derive(Args)]
#[command(long_about = "\
Show the archives of a folder in the browser of this machine, for cases that are too large for a page
of their own: of a file those ranges are read that hold what is switched on.

The first page lists the .mska files of the folder and of the folders in it; each has the page that
`view --html` makes. Only these files are given out, and only on 127.0.0.1: whoever is logged in on
this machine can ask for them, nobody else can. Links are followed where they stay in the folder, and
what starts with a dot is hidden. Nothing is ever written. Ctrl-C ends it.")]
#[command(after_long_help = "\
EXAMPLES
  medmask serve cohort/
  medmask serve cohort/ --open
  medmask serve . --port 0")]
pub struct Serve {
    /// The folder
    folder: PathBuf,
    /// The port to listen on; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 8117)]
    port: u16,
    /// Open the list in the browser
    #[arg(long)]
    open: bool,
}

impl Serve {
    pub fn run(self) -> Result {
        let server = Server::bind(&self.folder, self.port, page)?;
        let address = server.address();
        output::print(&format!("{address}\n"))?;
        let archives = plural(server.archive_count(), "archive", "archives");
        output::note(format!("{archives} in {}; Ctrl-C ends it", self.folder.display()));
        if !is_built() {
            output::note(Failure::from(ViewerError::NotBuilt));
        }
        if self.open
            && let Err(error) = open::that_detached(&address)
        {
            output::note(format!("no browser could be started: {error}"));
        }
        Ok(server.run()?)
    }
}

/// The page of a case, which reads the file from its address.
fn page(case: &Case<'_>) -> Result<String, PageError> {
    html(case).map_err(|failure| failure.to_string().into())
}

fn html(case: &Case<'_>) -> Result<String> {
    let archive = opened::open(case.path)?;
    let contents = Contents::of_index(&archive, case.title)?;
    Ok(Page::new(contents, Source::Url(case.address.to_owned())).to_html()?)
}
