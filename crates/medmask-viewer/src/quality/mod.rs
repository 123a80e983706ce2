//! One page for the quality control of many cases.
//!
//! The page is written case after case, so that memory does not grow with a cohort. What cases, files and structures are called is data to
//! it, never HTML: it stands in blocks of JSON, and a policy allows the page's own script and style by their checksums and nothing else.

mod case;
mod names;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use html_escape::encode_text;
use indexmap::IndexSet;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use case::Case;
use case::CaseJson;
pub use names::Names;

use crate::text::json;

const HEAD: &str = include_str!("head.html");
const TAIL: &str = include_str!("tail.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    "'use strict';\n(() => {\n",
    include_str!("numbers.js"),
    include_str!("csv.js"),
    include_str!("verdicts.js"),
    include_str!("table.js"),
    include_str!("page.js"),
    "})();\n"
);

/// A page that is being written.
pub struct QualityPage<W> {
    out: W,
    /// The names of structures of all cases, in the order in which they were first met: the columns.
    structures: IndexSet<String>,
}

impl<W: Write> QualityPage<W> {
    /// Begins a page. `title` names it, and the CSV that is saved from it.
    ///
    /// # Errors
    /// Where `out` cannot be written.
    pub fn begin(mut out: W, title: &str) -> io::Result<Self> {
        let policy = format!(
            "default-src 'none'; img-src data:; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            checksum(SCRIPT),
            checksum(STYLE)
        );
        // The title last: it may hold what stands for the others.
        let head = HEAD.replace("@POLICY@", &policy).replace("@STYLE@", STYLE);
        out.write_all(head.replace("@TITLE@", &encode_text(title)).as_bytes())?;
        Ok(Self { out, structures: IndexSet::new() })
    }

    /// Adds a case: a row.
    ///
    /// # Errors
    /// Where the page cannot be written.
    pub fn add(&mut self, case: &Case) -> io::Result<()> {
        let column =
            |(name, ml): &(String, f64)| (self.structures.insert_full(name.clone()).0, *ml);
        let volumes = case.volumes_ml.iter().map(column).collect();
        let json = CaseJson { case, volumes, picture: case.picture_png.as_deref() };
        self.block("class=\"case\"", &json)
    }

    /// Ends the page, and gives back what it was written to.
    ///
    /// # Errors
    /// Where the page cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        let structures = std::mem::take(&mut self.structures);
        self.block("id=\"structures\"", &structures)?;
        self.out.write_all(TAIL.replace("@SCRIPT@", SCRIPT).as_bytes())?;
        Ok(self.out)
    }

    /// Data of the page: no text in it ends the block.
    fn block(&mut self, attribute: &str, data: &impl Serialize) -> io::Result<()> {
        let json = json(data)?;
        writeln!(self.out, "<script type=\"application/json\" {attribute}>{json}</script>")
    }
}

/// As policies name a script or a style.
fn checksum(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}
