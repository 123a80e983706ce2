//! `medmask diff`.

mod csv;
mod options;
mod picture;
mod text;
mod trouble;

use std::path::PathBuf;

use clap::Args;
use medmask::Error;
use medmask::adapter::Formats;
use medmask::compare::{Case, CaseOptions, CompareOptions, compare, compare_folders, holds_cases};

use crate::failure::{Failure, Result};
use crate::reading::Reading;
use crate::verbs::pack::label_table::LabelFlags;
use crate::{output, progress};
use options::DiffOptions;
use picture::PictureFlags;
use trouble::text_of;

/// Compare two segmentations of one scan, or two folders of them
#[derive(Args)]
#[command(long_about = "\
Compare two segmentations of one scan, or two folders of them; the reference comes first.

FIRST and SECOND are archives, folders of mask files (masks go by the names of the files), or mask
files. Masks go together by name, and labels of one entry by theirs; a structure is called as its
entry where the label has that name or is alone, else entry/label. Where both are folders of
archives, or of folders, each of them is a case, and cases go together by name; --cases takes mask
files for cases, too.

Definitions: a surface voxel has a face to a voxel outside of the mask or to the edge of the volume;
distances are mm between centres of voxels.
  Dice, IoU   2 TP / (2 TP + FP + FN) and TP / (TP + FP + FN), in voxels
  HD          the largest distance from one surface to the other
  HD95        the larger of the two directed 95th percentiles (as MONAI and MetricsReloaded);
              --json and --csv have HD95 of both directions pooled (as MedPy and panoptica), too
  ASSD        the mean of the distances of both directions pooled; MASD is the mean of two means
  NSD         surface Dice: which share of both surfaces lies within --surface-tolerance-mm, counted
              in voxels, so that thick slices weigh more than their area
Where both masks are empty nothing but voxels is defined; where one is, Dice, IoU and NSD are 0 and
distances are not defined. What is not defined is null, and in no mean. docs/measures.md says which
published tools give the same.

--components matches the connected components of every structure one to one, the pair of the largest
IoU first. F1 is 2 TP / (2 TP + FP + FN), counted in components, SQ the mean IoU of matched pairs, and
PQ = F1 x SQ. With --match any or voxels:N each component is new, gone, merged, split, larger, smaller
or stable.

--picture draws where both agree (blue), what the first alone has (orange) and what the second alone
has (red), over all structures that are compared; colour-blind people tell the three apart.

EXIT STATUS
  0 both are equal: the same names with the same voxels; 1 they differ; 2 trouble.")]
#[command(after_long_help = "\
EXAMPLES
  medmask diff reference.mska prediction.mska
  medmask diff reference.mska prediction/ liver 'kidney_*' --surface-tolerance-mm 1,2 --json
  medmask diff references/ predictions/ --csv > agreement.csv
  medmask diff before.mska after.mska lesions --components --match any --change 20%
  medmask diff reference.mska prediction.mska liver --picture liver.png --image ct.nii.gz
  medmask diff --quiet a.mska b.mska && echo equal")]
pub struct Diff {
    /// The reference: an archive, a folder or a mask file
    first: PathBuf,
    /// What is compared with it
    second: PathBuf,
    /// Names of entries or labels, entry/label, patterns with * ? [ ] { }, or expressions [default: all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    #[command(flatten)]
    options: DiffOptions,
    #[command(flatten)]
    picture: PictureFlags,
    /// Take each archive, folder and mask file of two folders for a case
    #[arg(long)]
    cases: bool,
    #[command(flatten)]
    labels: LabelFlags,
    #[command(flatten)]
    reading: Reading,
    /// Print nothing: the exit status alone says whether both are equal
    #[arg(short, long, conflicts_with_all = ["json", "csv"])]
    quiet: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV: a row for each structure, then their means with how many they are of
    #[arg(long)]
    csv: bool,
}

impl Diff {
    pub fn run(self, formats: &Formats) -> Result {
        let equal = self.compare(formats).map_err(Failure::into_trouble)?;
        if equal { Ok(()) } else { Err(Failure::different()) }
    }

    /// Whether both are equal.
    fn compare(&self, formats: &Formats) -> Result<bool> {
        let mut case_options = CaseOptions::default();
        case_options.formats = self.reading.formats(formats);
        case_options.open = self.reading.memory.open_options();
        if let Some(table) = self.labels.read()? {
            case_options.labels = table.labels().clone();
        }
        let options = self.options.to_compare(self.quiet)?;
        let picture = self.picture.format()?;
        let are_cases = |path: &PathBuf| holds_cases(path, formats);
        if self.cases || are_cases(&self.first)? && are_cases(&self.second)? {
            if picture.is_some() {
                return Err(Failure::usage(
                    "a picture shows one case, and these are folders of cases",
                ));
            }
            return self.compare_cases(&case_options, &options);
        }
        let first = self.open(&self.first, &case_options)?;
        let second = self.open(&self.second, &case_options)?;
        let bar = progress::bar(first.archive().entries().len());
        let compared = compare(&first, &second, &self.names, &options, |name| {
            bar.set_message(name.to_owned());
            bar.inc(1);
        });
        let comparison = compared.map_err(|error| Failure::new(text_of(&error)))?;
        bar.finish_and_clear();
        self.picture.draw([&first, &second], &self.names, &options, &case_options.formats)?;
        if self.json {
            output::print_json(&comparison.to_json())?;
        } else if self.csv {
            output::print(&csv::of_one(&comparison))?;
        } else if !self.quiet {
            output::print(&text::of_one(&comparison))?;
        }
        Ok(comparison.is_equal())
    }

    fn open(&self, path: &std::path::Path, options: &CaseOptions) -> Result<Case> {
        let case = Case::open(path, options).map_err(|error| match error {
            Error::SpaceMismatch { .. } => Failure::new(format!(
                "{error}; --cases takes each file for the segmentation of another scan"
            )),
            error => error.into(),
        })?;
        output::note_left_out(case.left_out());
        output::notes(case.notes());
        Ok(case)
    }

    fn compare_cases(&self, case_options: &CaseOptions, options: &CompareOptions) -> Result<bool> {
        let bar = progress::bar(0);
        let cases = compare_folders(
            &self.first,
            &self.second,
            &self.names,
            case_options,
            options,
            |name, count| {
                bar.set_length(count as u64);
                bar.set_message(name.to_owned());
                bar.inc(1);
            },
        )?;
        bar.finish_and_clear();
        if self.json {
            output::print_json(&cases.to_json())?;
        } else if self.csv {
            output::print(&csv::of_cases(&cases))?;
        } else if !self.quiet {
            output::print(&text::of_cases(&cases))?;
        }
        let failed: Vec<_> = cases
            .cases
            .iter()
            .filter_map(|case| Some((case, case.result.as_ref().err()?)))
            .collect();
        for (case, error) in &failed {
            output::note(format!("{}: {}", case.name, text_of(error)));
        }
        match failed.len() {
            0 => Ok(cases.is_equal()),
            count => Err(Failure::new(format!(
                "{count} of {} could not be compared",
                output::plural(cases.cases.len(), "case", "cases")
            ))),
        }
    }
}
