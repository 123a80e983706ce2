//! Which files are packed, and what their entries are called.

use std::path::PathBuf;

use clap::Args;
use medmask::adapter::Formats;
use medmask::input::{self, CollectOptions, Collected, Pattern};

use crate::failure::{Failure, Result};
use crate::output::{self, plural};

/// Flags that choose inputs and their names.
#[derive(Args)]
pub struct InputFlags {
    /// Put this before the names of all entries; or give it once for each INPUT, '' for none
    #[arg(long, value_name = "PREFIX")]
    prefix: Vec<String>,
    /// Take this file as the entry of that name
    #[arg(long, value_name = "NAME=FILE", value_parser = name_and_file)]
    name: Vec<(String, PathBuf)>,
    /// Search folders inside folders, too; entries are then called as their paths
    #[arg(short, long)]
    recursive: bool,
    /// Of files take only those whose names this pattern fits, such as '*_seg.nii*'; or another, where it is given more often
    #[arg(long, value_name = "GLOB")]
    include: Vec<Pattern>,
    /// Leave out files and folders whose names this pattern fits
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<Pattern>,
}

impl InputFlags {
    /// The inputs that `paths` and names stand for, with the prefixes of their entries. Tells what is left out.
    pub fn collect(
        &self,
        paths: &[PathBuf],
        formats: &Formats,
        skip_bad: bool,
    ) -> Result<Collected> {
        if self.prefix.len() > 1 && self.prefix.len() != paths.len() {
            return Err(Failure::usage(format!(
                "--prefix is given {} times for {}; give it once, or once for each",
                self.prefix.len(),
                plural(paths.len(), "input", "inputs")
            )));
        }
        let mut options = CollectOptions::default();
        options.skip_bad = skip_bad;
        options.recursive = self.recursive;
        options.include.clone_from(&self.include);
        options.exclude.clone_from(&self.exclude);
        let mut all = Collected::default();
        for (place, path) in paths.iter().enumerate() {
            let prefix = self.prefix.get(place).or(self.prefix.first());
            let paths = std::slice::from_ref(path);
            let collected = input::collect_with(paths, formats, &options)?;
            all.left_out.extend(collected.left_out);
            for mut input in collected.inputs {
                input.prefix = prefix.cloned().unwrap_or_default();
                all.inputs.push(input);
            }
        }
        for (name, file) in &self.name {
            all.inputs.push(input::named(name, file, formats)?);
        }
        output::note_left_out(&all.left_out);
        Ok(all)
    }
}

fn name_and_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), file.into()))
        }
        _ => Err("it must be NAME=FILE".to_owned()),
    }
}
