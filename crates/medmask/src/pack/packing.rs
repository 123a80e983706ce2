//! One run over inputs, and whether they belong together.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use medmask_archive::{Archive, EncodedEntry, ReadAt};
use medmask_core::{Space, parallel, quoted};
use serde_json::{Map, Value};

use super::encode::{Encoded, encode};
use super::options::{PackOptions, PackReport, PlannedEntry};
use super::space::{Reference, compare};
use crate::adapter::{Input, Placement};
use crate::error::check_stop;
use crate::input::Names;
use crate::kept_place::kept_place;
use crate::{Error, Result};

/// An archive that is added to.
struct Existing {
    path: PathBuf,
    names: HashSet<String>,
}

/// A run over the inputs, and what it has found so far.
pub(super) struct Packing<'a> {
    options: &'a PackOptions,
    /// What the archive says of itself: of several that say something under one key the first counts.
    pub metadata: Map<String, Value>,
    existing: Option<Existing>,
    reference: Option<Reference>,
    /// Entries of the archive that others take the place of.
    pub replaced: Vec<String>,
    names: Names,
    /// The first input of which label 1 is the only one and got its name from the table that was given.
    one: Option<PathBuf>,
    affines: Vec<[[f64; 4]; 4]>,
    report: PackReport,
}

impl<'a> Packing<'a> {
    /// A run whose entries lie in the space `reference`; `None` for that of the first input.
    pub fn new(options: &'a PackOptions, reference: Option<Reference>) -> Self {
        Self {
            options,
            metadata: Map::new(),
            existing: None,
            reference,
            replaced: Vec::new(),
            names: Names::default(),
            one: None,
            affines: Vec::new(),
            report: PackReport::default(),
        }
    }

    /// A run whose entries are added to `archive`.
    pub fn into_archive<S: ReadAt>(archive: &Archive<S>, options: &'a PackOptions) -> Result<Self> {
        let path = archive.path().to_owned();
        let placement = kept_place(archive, &options.formats);
        let names = archive.names().map(str::to_owned).collect();
        let reference = Reference { path: path.clone(), placement, sharing: 0 };
        Ok(Self {
            metadata: archive.metadata()?,
            existing: Some(Existing { path, names }),
            ..Self::new(options, Some(reference))
        })
    }

    /// Encodes every input, and hands the entries of each with the archive's space to `write`, and itself.
    pub fn run(
        &mut self,
        inputs: &[Input],
        mut progress: impl FnMut(&Input),
        mut write: impl FnMut(&mut Self, &Input, Vec<EncodedEntry>, &Space) -> Result<()>,
    ) -> Result<()> {
        let options = self.options;
        let worker = || |input| Ok((input, encode(input, options)));
        let take = |(input, mut encoded): (&Input, Result<Encoded>)| {
            progress(input);
            check_stop(&options.stop)?;
            let one = encoded.as_mut().ok().and_then(|encoded| encoded.one.take());
            match encoded.and_then(|encoded| self.accept(input, encoded)) {
                Ok((entries, space)) => {
                    self.take_one(input, one)?;
                    write(self, input, entries, &space)
                }
                Err(error) if options.skip_bad => {
                    self.report.skipped.push((input.path.clone(), error));
                    Ok(())
                }
                Err(error) => Err(error),
            }
        };
        parallel::for_each_ordered(inputs, options.jobs, worker, take)
    }

    /// Checks where the masks of an input lie, and counts it.
    fn accept(&mut self, input: &Input, encoded: Encoded) -> Result<(Vec<EncodedEntry>, Space)> {
        let Encoded { entries, placement, placements, metadata, notes, one: _ } = encoded;
        let first = Reference { path: input.path.clone(), placement, sharing: 0 };
        let reference = self.reference.as_ref().unwrap_or(&first);
        let distances = placements.iter().map(|placement| {
            let distance = compare(&reference.placement, placement, self.options.tolerance_mm);
            distance.map_err(|source| Error::SpaceMismatch {
                path: input.path.clone(),
                reference: reference.path.clone(),
                sharing: reference.sharing,
                source: Box::new(source),
            })
        });
        let distances: Vec<f64> = distances.collect::<Result<_>>()?;
        self.take_names(input, &entries)?;
        // From here on the input counts.
        for Placement { affine, .. } in placements {
            if !self.affines.contains(&affine) {
                self.affines.push(affine);
            }
        }
        let report = &mut self.report;
        report.largest_distance_mm =
            distances.into_iter().fold(report.largest_distance_mm, f64::max);
        report.entries += entries.len();
        report.non_empty += entries.iter().filter(|entry| entry.stored_bytes() > 0).count();
        report.input_bytes += input.file_bytes();
        report.notes.extend(notes.into_iter().map(|note| (input.path.clone(), note)));
        let space = self.reference.get_or_insert(first).placement.space.clone();
        self.join_metadata(&input.path, metadata);
        Ok((entries, space))
    }

    fn join_metadata(&mut self, path: &Path, metadata: Map<String, Value>) {
        for (key, value) in metadata {
            match self.metadata.get(&key) {
                None => {
                    self.metadata.insert(key, value);
                }
                Some(known) if *known == value => {}
                Some(_) => {
                    let note =
                        format!("its metadata {} are left out: others came before", quoted(&key));
                    self.report.notes.push((path.to_owned(), note));
                }
            }
        }
    }

    /// Notes the names of an input's entries; none of them where one is not free.
    fn take_names(&mut self, input: &Input, entries: &[EncodedEntry]) -> Result<()> {
        for entry in entries {
            if let Some(existing) = &self.existing
                && existing.names.contains(entry.name())
                && !self.options.replace
            {
                return Err(Error::EntryExists {
                    path: input.path.clone(),
                    archive: existing.path.clone(),
                    name: entry.name().to_owned(),
                });
            }
            self.names.check(entry.name(), &input.path)?;
        }
        let mut own = Names::default();
        entries.iter().try_for_each(|entry| own.take(entry.name(), &input.path))?;
        let names = entries.iter().map(|entry| entry.name().to_owned());
        let existing = self.existing.as_ref();
        let taken = names.filter(|name| existing.is_some_and(|known| known.names.contains(name)));
        self.replaced.extend(taken);
        entries.iter().try_for_each(|entry| self.names.take(entry.name(), &input.path))
    }

    /// Most binary masks hold label 1 alone, and a table has one name for it: several such masks would be called alike.
    fn take_one(&mut self, input: &Input, name: Option<String>) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        match self.one.replace(input.path.clone()) {
            None => Ok(()),
            Some(first) => Err(Error::SameLabelName { first, second: input.path.clone(), name }),
        }
    }

    /// Notes what would be written of an input.
    pub fn plan(&mut self, path: &Path, entries: &[EncodedEntry]) {
        let planned = entries.iter().map(|entry| PlannedEntry {
            name: entry.name().to_owned(),
            path: path.to_owned(),
            labels: entry.labels(),
        });
        self.report.planned.extend(planned);
    }

    /// The report on a run that wrote nothing.
    pub fn into_plan(self) -> PackReport {
        let geometries = self.affines.len();
        let space_of = self.reference.map(|reference| reference.path).unwrap_or_default();
        PackReport { geometries, space_of, ..self.report }
    }

    /// The report on what is in `archive` now.
    pub fn report(self, archive: &Path) -> Result<PackReport> {
        let metadata = archive.metadata().map_err(Error::io("read", archive))?;
        Ok(PackReport { archive_bytes: metadata.len(), ..self.into_plan() })
    }

    /// [`Error::NothingLeft`], with the inputs and why they were left out.
    pub fn nothing_left(self) -> Error {
        Error::NothingLeft { skipped: self.report.skipped }
    }
}
