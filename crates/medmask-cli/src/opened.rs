//! Opening an archive of either version for reading, and what of it was chosen.

use std::collections::HashSet;
use std::path::Path;
use std::slice;

use medmask::adapter::Formats;
use medmask::medmask_archive::{Damage, Label, ReadAt};
use medmask::medmask_core::quoted;
use medmask::{
    AnyArchive, ArchiveWriter, Entry, LabelMap, OpenOptions, SelectedPart, Selection,
    WriterOptions, merged_labels, select, selected_parts,
};

use crate::failure::Result;
use crate::output;

/// Opens the archive at `path`, and tells of damage that leaves an older state.
pub fn open(path: &Path) -> Result<AnyArchive> {
    open_with(path, &OpenOptions::new())
}

/// As [`open`], as `options` say.
pub fn open_with(path: &Path, options: &OpenOptions) -> Result<AnyArchive> {
    let archive = medmask::open(path, options, &Formats::default())?;
    note_damage(path, archive.damage());
    Ok(archive)
}

/// Opens the archive at `path` to change it, and tells of damage.
pub fn open_to_change(path: &Path) -> Result<ArchiveWriter> {
    open_to_change_with(path, WriterOptions::default())
}

/// As [`open_to_change`], with options of the writer.
pub fn open_to_change_with(path: &Path, options: WriterOptions) -> Result<ArchiveWriter> {
    let writer = ArchiveWriter::open(path, options)?;
    note_damage(path, writer.archive().damage());
    Ok(writer)
}

/// Tells of damage that left the archive at `path` readable.
pub fn note_damage(path: &Path, damage: Option<Damage<'_>>) {
    if let Some(damage) = damage {
        output::note(format!("{}: {damage}", path.display()));
    }
}

/// What a name of a listing stands for.
pub enum Listed<'a> {
    /// An entry, or labels of one.
    Entry(Chosen<'a>),
    /// A mask that is computed.
    Expression(Selection),
}

impl Listed<'_> {
    /// What the listing calls it.
    pub fn name(&self) -> String {
        match self {
            Self::Entry(chosen) => chosen.entry.name().to_owned(),
            Self::Expression(selection) => selection.name(),
        }
    }

    /// Names, numbers and colours of the chosen labels.
    pub fn label_map<S: ReadAt>(&self, archive: &AnyArchive<S>) -> Result<LabelMap> {
        match self {
            Self::Entry(chosen) => chosen.label_map(),
            Self::Expression(selection) => Ok(merged_labels(archive, slice::from_ref(selection))?),
        }
    }
}

/// An entry, and those of its labels that were chosen.
pub struct Chosen<'a> {
    pub entry: &'a Entry,
    /// Their numbers; `None` for all.
    labels: Option<HashSet<u32>>,
    /// All labels, where the index does not say how many voxels they have.
    counted: Option<Vec<Label<'a>>>,
}

impl<'a> Chosen<'a> {
    /// The chosen labels, in the order in which they were named.
    pub fn labels(&self) -> impl Iterator<Item = Label<'a>> {
        let counted = self.counted.iter().flatten().cloned();
        let known = self.counted.is_none().then(|| self.entry.labels());
        let labels = counted.chain(known.into_iter().flatten());
        labels.filter(|label| self.has(label.number))
    }

    /// Counts the voxels of the labels where the index leaves that out. Files of version 1 never say, and to count there takes long.
    pub fn count<S: ReadAt>(&mut self, archive: &'a AnyArchive<S>) -> Result {
        if self.entry.voxels().is_none() && archive.as_version2().is_some() {
            self.counted = Some(archive.get(self.entry.name())?.counted_labels()?);
        }
        Ok(())
    }

    pub fn has(&self, number: u32) -> bool {
        self.labels.as_ref().is_none_or(|labels| labels.contains(&number))
    }

    /// Keeps those of the chosen labels that are `wanted`.
    pub fn retain(&mut self, wanted: impl Fn(&Label<'a>) -> bool) {
        let kept = self.labels().filter(wanted).map(|label| label.number).collect();
        self.labels = Some(kept);
    }

    /// Names, numbers and colours of the chosen labels.
    pub fn label_map(&self) -> Result<LabelMap> {
        let mut labels = self.entry.label_map()?;
        let others = self.entry.labels().filter(|label| !self.has(label.number));
        for name in others.filter_map(|label| label.name) {
            labels.remove(&name).map_err(|error| {
                crate::failure::Failure::new(format!("{}: {error}", quoted(self.entry.name())))
            })?;
        }
        Ok(labels)
    }
}

/// What `texts` choose; labels that are chosen one after the other of one entry stand together. Without texts all entries, of which
/// there may be none.
pub fn chosen<'a, S: ReadAt>(
    archive: &'a AnyArchive<S>,
    texts: &[String],
) -> Result<Vec<Listed<'a>>> {
    if texts.is_empty() {
        let whole = |entry| Listed::Entry(Chosen { entry, labels: None, counted: None });
        return Ok(archive.entries().map(whole).collect());
    }
    let selections = select(archive, texts)?;
    let listed = |part: SelectedPart<'_>| match part {
        SelectedPart::Labels { entry, numbers: labels } => {
            Ok(Listed::Entry(Chosen { entry: archive.entry(entry)?, labels, counted: None }))
        }
        SelectedPart::Expression(selection) => Ok(Listed::Expression(selection.clone())),
    };
    selected_parts(&selections).into_iter().map(listed).collect()
}
