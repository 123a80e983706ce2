//! `medmask stats`.

mod columns;
mod grey;
mod image;
mod options;
mod print;
mod shape;
mod slices;

use std::path::{Path, PathBuf};

use clap::Args;
use medmask::adapter::Formats;
use medmask::{MeasureOptions, MeasuredMask, Space, measure, select, sides_swapped};

use crate::archives::{self, ArchivesAndNames, subjects};
use crate::failure::Result;
use crate::memory_limit::MemoryLimit;
use crate::output;
use crate::{opened, progress};

pub use options::connectivity;
use options::{Sort, StatsOptions};
use print::{Measured, Printer};

/// Measure every label: voxels, mL, bounding box, centroid; its shape, and the values of an image
#[derive(Args)]
#[command(long_about = "\
Measure every label: voxels, volume in mL, bounding box, centroid in voxels (z, y, x) and in the
world (x, y, z; LPS+, mm), and the faces of the volume that it touches: what reaches a face may go
on beyond the scan, so that its volume is no volume of the whole structure.

Boxes are half-open: 3:7 holds voxels 3, 4, 5 and 6. Counts and sums stand in the archive's index,
and `verify --deep` checks them; voxels are decoded for --components, for expressions, and for
files of version 1. A note names structures whose name says left and that lie right of their twin.

--shape adds the largest diameter between two voxel centres, the box along the principal axes around
the whole voxels, the area of the smooth surface by Crofton's formula and that of the voxels' outer
faces, and the axial slice of the largest area with its longest diameter and how far the structure
reaches across that. Axial slices are those of the grid that lie across its axis nearest to the
patient's long one; --per-slice lists the area in each.

--image adds mean, standard deviation (divided by n), median, minimum, maximum and the percentiles 5,
10, 90 and 95 (linear between ranks, as numpy's) of a NIfTI image beneath each label, after scl_slope
and scl_inter. Values that are infinite or no number are left out and counted. docs/measures.md has
all definitions.")]
#[command(after_long_help = "\
EXAMPLES
  medmask stats case.mska
  medmask stats case.mska 'kidney_*' --csv > kidneys.csv
  medmask stats case.mska 'rib_* + sternum'
  medmask stats case.mska --non-empty --whole --sort voxels
  medmask stats case.mska liver 'liver - tumour' --image ct.nii.gz
  medmask stats case.mska tumour --shape --json
  medmask stats case.mska tumour --per-slice --csv > areas.csv
  medmask stats cohort/*/case.mska liver spleen --csv > cohort.csv")]
pub struct Stats {
    #[command(flatten)]
    inputs: ArchivesAndNames,
    #[command(flatten)]
    options: StatsOptions,
    #[command(flatten)]
    memory: MemoryLimit,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV: a row for each label, with the subject where there are several archives
    #[arg(long)]
    csv: bool,
}

impl Stats {
    pub fn run(self, formats: &Formats) -> Result {
        let (archives, names) = self.inputs.split()?;
        let mut printer = Printer::new(self.json, self.csv, &self.options, archives.len() > 1);
        let run = Run { names: &names, options: &self.options, memory: self.memory, formats };
        let [one] = &archives[..] else {
            return run.several(&archives, printer);
        };
        let (space, masks) = run.measured(one, false)?;
        printer.add(&Measured { subject: None, archive: one, space: &space, masks: &masks })?;
        printer.finish()
    }
}

/// What is asked of every archive.
struct Run<'a> {
    names: &'a [String],
    options: &'a StatsOptions,
    memory: MemoryLimit,
    formats: &'a Formats,
}

impl Run<'_> {
    /// Of archives that cannot be measured it tells, and goes on.
    fn several(&self, archives: &[PathBuf], mut printer: Printer<'_>) -> Result {
        let mut subjects = subjects(archives).into_iter();
        let bar = progress::bar(archives.len());
        let told = archives::for_each(archives, "measured", |archive| {
            let subject = subjects.next().unwrap_or_default();
            bar.set_message(subject.clone());
            let measured = self.measured(archive, true);
            bar.inc(1);
            match measured {
                Ok((space, masks)) => {
                    let subject = Some(subject.as_str());
                    printer.add(&Measured { subject, archive, space: &space, masks: &masks })
                }
                Err(failure) => {
                    printer.add_failed(&subject, archive, &failure)?;
                    Err(failure)
                }
            }
        });
        bar.finish_and_clear();
        printer.finish()?;
        told
    }

    /// The archive's space and what was chosen of it, measured, filtered and sorted.
    fn measured(&self, path: &Path, several: bool) -> Result<(Space, Vec<MeasuredMask>)> {
        let options = self.options;
        let archive = opened::open_with(path, &self.memory.open_options())?;
        let space = archive.space().clone();
        if self.names.is_empty() && archive.entries().len() == 0 {
            return Ok((space, Vec::new()));
        }
        let selections = select(&archive, self.names)?;
        let image = options.image.read(path, several, self.formats, self.memory)?;
        let mut measures = MeasureOptions::default();
        measures.components = options.components.then_some(options.connectivity);
        (measures.shape, measures.slices) = (options.shape, options.per_slice);
        (measures.image, measures.resample_image) = (image.as_ref(), options.image.resample_image);
        let bar = progress::bar(selections.len());
        let mut masks = measure(&archive, &selections, &measures, |name| {
            bar.set_message(name.to_owned());
            bar.inc(1);
        })?;
        bar.finish_and_clear();
        note_swapped(path, &masks, &space);
        filter(&mut masks, &space, options);
        if let Some(sort) = options.sort {
            sort_by(&mut masks, sort);
        }
        Ok((space, masks))
    }
}

fn note_swapped(path: &Path, masks: &[MeasuredMask], space: &Space) {
    for swapped in sides_swapped(masks, space) {
        output::note(format!(
            "{}: {} lies right of {}: a flipped mask, or a mistaken side",
            path.display(),
            swapped.left,
            swapped.right
        ));
    }
}

fn filter(masks: &mut Vec<MeasuredMask>, space: &Space, options: &StatsOptions) {
    let all = !(options.non_empty || options.cut || options.whole);
    if all {
        return;
    }
    for mask in masks.iter_mut() {
        mask.labels.retain(|label| match label.statistics {
            None => !options.non_empty && !options.cut && !options.whole,
            Some(known) => {
                let cut = !space.faces_touched(&known.bounds).is_empty();
                !(options.cut && !cut || options.whole && cut)
            }
        });
    }
    masks.retain(|mask| !mask.labels.is_empty());
}

fn sort_by(masks: &mut [MeasuredMask], sort: Sort) {
    match sort {
        Sort::Name => {
            masks.sort_by(|a, b| a.name.cmp(&b.name));
            masks.iter_mut().for_each(|mask| mask.labels.sort_by(|a, b| a.name.cmp(&b.name)));
        }
        Sort::Voxels => {
            let voxels = |mask: &MeasuredMask| -> u64 {
                mask.labels.iter().fold(0, |sum, label| sum.saturating_add(label.voxels()))
            };
            masks.sort_by_key(|mask| std::cmp::Reverse(voxels(mask)));
            for mask in masks {
                mask.labels.sort_by_key(|label| std::cmp::Reverse(label.voxels()));
            }
        }
    }
}
