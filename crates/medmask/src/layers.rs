//! What queries look at: structures, each a label or an expression, in layers that are decoded at once.

use std::collections::{BTreeSet, HashMap};

use medmask_archive::{Entry, Label};
use medmask_core::{Bounds, LabelEntry, LabelMap, LabelStatistics, Runs};

use crate::Result;
use crate::masks::Masks;
use crate::selection::{Selection, name_of_label};

/// A label or an expression, by the name that selections have for it.
#[derive(Clone, Debug)]
pub(crate) struct Structure {
    pub name: String,
    /// Its number in the voxels of its layer.
    pub label: u32,
    /// `None` where no voxel holds it.
    pub statistics: Option<LabelStatistics>,
    /// Red, green, blue and opacity, where the label has one of its own.
    pub colour: Option<[u8; 4]>,
}

impl Structure {
    pub fn voxels(&self) -> u64 {
        self.statistics.map_or(0, |known| known.voxels)
    }
}

/// Structures that have no voxel in common and are decoded together.
pub(crate) struct Layer<'a> {
    source: Source<'a>,
    /// What the index says of the structures; `None` for an expression and for a file of version 1, where only the voxels tell.
    known: Option<Vec<Structure>>,
    bounds: Option<Bounds>,
}

enum Source<'a> {
    Entry(&'a Entry, Wanted),
    Expression(Selection),
    /// What an expression gave, on the whole grid.
    Computed(Runs),
}

/// Which labels of an entry are wanted.
#[derive(Default)]
struct Wanted {
    /// Their numbers; `None` for all.
    only: Option<BTreeSet<u32>>,
    /// Numbers of labels that are not wanted in any case.
    except: BTreeSet<u32>,
}

impl Wanted {
    fn has(&self, label: u32) -> bool {
        let is_chosen = self.only.as_ref().is_none_or(|only| only.contains(&label));
        label != 0 && is_chosen && !self.except.contains(&label)
    }

    fn is_all(&self) -> bool {
        self.only.is_none() && self.except.is_empty()
    }

    fn is_nothing(&self) -> bool {
        self.only.as_ref().is_some_and(|only| only.is_subset(&self.except))
    }

    fn remove(&mut self, others: &Self) {
        match &others.only {
            None => self.only = Some(BTreeSet::new()),
            Some(only) => self.except.extend(only),
        }
    }
}

/// A layer that was decoded.
pub(crate) struct Decoded {
    /// The voxels, which hold the labels of the structures alone.
    pub runs: Runs,
    /// Ascending by label.
    pub structures: Vec<Structure>,
}

impl Decoded {
    /// The structure of a label that is in the runs.
    #[expect(clippy::expect_used, reason = "structures are made of the labels of the same voxels")]
    pub fn structure(&self, label: u32) -> &Structure {
        let place = self.structures.binary_search_by_key(&label, |structure| structure.label);
        &self.structures[place.expect("every label in the runs has its structure")]
    }
}

/// The structures that `selections` choose, each once, in layers. An entry stands for all its labels.
pub(crate) fn layers<'a>(
    archive: &'a impl Masks,
    selections: &[Selection],
) -> Result<Vec<Layer<'a>>> {
    let mut sources: Vec<Source<'a>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for selection in selections {
        let Some(entry) = selection.entry() else {
            sources.push(Source::Expression(selection.clone()));
            continue;
        };
        let place = *places.entry(entry).or_insert(sources.len());
        if place == sources.len() {
            let none_yet = Wanted { only: Some(BTreeSet::new()), ..Wanted::default() };
            sources.push(Source::Entry(archive.entry(entry)?, none_yet));
        }
        let Source::Entry(_, wanted) = &mut sources[place] else { continue };
        match (&mut wanted.only, selection.label_number()) {
            (Some(only), Some(number)) => drop(only.insert(number)),
            (only, None) => *only = None,
            (None, Some(_)) => {}
        }
    }
    sources.into_iter().map(|source| Layer::new(archive, source)).collect()
}

impl<'a> Layer<'a> {
    fn new(archive: &impl Masks, source: Source<'a>) -> Result<Self> {
        let bounds = match &source {
            Source::Entry(..) => Some(Bounds::of_shape(archive.space().shape())),
            Source::Expression(selection) => selection.bounds(archive)?,
            Source::Computed(runs) => runs.bounds(),
        };
        let mut layer = Self { source, known: None, bounds };
        if layer.entry().is_some_and(|entry| entry.voxels().is_some()) {
            layer.know(layer.named()?);
        }
        Ok(layer)
    }

    /// With an expression computed once, for whoever decodes several regions; all of its structure is then known.
    pub fn computed(mut self, archive: &impl Masks) -> Result<Self> {
        if let Source::Expression(selection) = &self.source {
            let runs = selection.to_runs(archive)?;
            let statistics = runs.statistics().first().copied();
            let name = selection.name();
            self.know(vec![Structure { name, label: 1, statistics, colour: None }]);
            self.source = Source::Computed(runs);
        }
        Ok(self)
    }

    fn know(&mut self, structures: Vec<Structure>) {
        let boxes = structures.iter().filter_map(|known| Some(known.statistics?.bounds));
        self.bounds = boxes.reduce(|a, b| a.union(&b));
        self.known = Some(structures);
    }

    /// Leaves out the labels that `other` has, too, and gives their names.
    pub fn without(&mut self, other: &Self) -> Vec<String> {
        let (Source::Entry(entry, wanted), Source::Entry(other, others)) =
            (&mut self.source, &other.source)
        else {
            return Vec::new();
        };
        if !std::ptr::eq(*entry, *other) {
            return Vec::new();
        }
        let is_in_both = |label: &Label<'_>| wanted.has(label.number) && others.has(label.number);
        let both = entry.labels().filter(is_in_both).filter_map(|label| label.name);
        let names = both.map(|name| name_of_label(entry, &name)).collect();
        wanted.remove(others);
        if wanted.is_nothing() {
            self.bounds = None;
        }
        if let Some(mut known) = self.known.take() {
            known.retain(|structure| wanted.has(structure.label));
            self.know(known);
        }
        names
    }

    /// Whether both are of one entry, whose labels share no voxel.
    pub fn is_of_entry(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Source::Entry(own, _), Source::Entry(other, _)) => std::ptr::eq(*own, *other),
            _ => false,
        }
    }

    /// The entry that it is of; `None` for an expression.
    pub fn entry(&self) -> Option<&'a Entry> {
        match &self.source {
            Source::Entry(entry, _) => Some(entry),
            Source::Expression(_) | Source::Computed(_) => None,
        }
    }

    /// The structures as far as the index names them, without statistics where it has none; of an expression none.
    pub fn named(&self) -> Result<Vec<Structure>> {
        match (&self.known, &self.source) {
            (Some(known), _) => Ok(known.clone()),
            (None, Source::Expression(_) | Source::Computed(_)) => Ok(Vec::new()),
            (None, Source::Entry(entry, wanted)) => {
                let mut names = entry.label_map()?;
                names.name_unnamed(entry.labels().map(|label| label.number));
                let statistics = entry.labels().filter_map(|label| label.statistics);
                Ok(structures(entry, wanted, &names, statistics))
            }
        }
    }

    /// What the index says of the structures; `None` where only the voxels tell.
    pub fn known(&self) -> Option<&[Structure]> {
        self.known.as_deref()
    }

    /// A box that holds the labelled voxels, tight where the structures are known; `None` where there are none.
    pub fn bounds(&self) -> Option<Bounds> {
        self.bounds
    }

    /// Boxes that hold the labelled voxels together, tight where the structures are known: then one for each.
    pub fn boxes(&self) -> Vec<Bounds> {
        match &self.known {
            Some(known) => known.iter().filter_map(|own| Some(own.statistics?.bounds)).collect(),
            None => self.bounds.into_iter().collect(),
        }
    }

    /// Whether a structure may have a voxel in `bounds`.
    pub fn may_reach(&self, bounds: &Bounds) -> bool {
        self.known.as_ref().is_none_or(|known| {
            let mut boxes = known.iter().filter_map(|structure| Some(structure.statistics?.bounds));
            boxes.any(|own| own.intersection(bounds).is_some())
        })
    }

    /// What there is of the layer where no voxel is looked at, on a grid of `shape` (z, y, x).
    pub fn without_voxels(&self, shape: [usize; 3]) -> Decoded {
        Decoded { runs: Runs::empty(shape), structures: self.known.clone().unwrap_or_default() }
    }

    /// Decodes the voxels of `region`, which count from its first voxel. What only the voxels tell is told of those of the region.
    pub fn decode(&self, archive: &impl Masks, region: Bounds) -> Result<Decoded> {
        match &self.source {
            Source::Entry(entry, wanted) => self.decode_entry(archive, entry, wanted, region),
            Source::Expression(selection) => {
                let runs = selection.to_runs(archive)?.crop(region);
                let statistics = runs.statistics().first().copied();
                let name = selection.name();
                let structures = vec![Structure { name, label: 1, statistics, colour: None }];
                Ok(Decoded { runs, structures })
            }
            Source::Computed(runs) => {
                let structures = self.known.clone().unwrap_or_default();
                Ok(Decoded { runs: runs.crop(region), structures })
            }
        }
    }

    fn decode_entry(
        &self,
        archive: &impl Masks,
        entry: &Entry,
        wanted: &Wanted,
        region: Bounds,
    ) -> Result<Decoded> {
        let reader = archive.get(entry.name())?.region(region)?;
        let narrowed = |runs: Runs| match wanted.is_all() {
            true => runs,
            false => runs.select(|label| wanted.has(label)),
        };
        if let Some(known) = &self.known {
            return Ok(Decoded { runs: narrowed(reader.to_runs()?), structures: known.clone() });
        }
        let (runs, names) = reader.to_runs_with_labels()?;
        let runs = narrowed(runs);
        Ok(Decoded { structures: structures(entry, wanted, &names, runs.statistics()), runs })
    }
}

/// The wanted labels of `entry` that have `names`, ascending by number.
fn structures(
    entry: &Entry,
    wanted: &Wanted,
    names: &LabelMap,
    statistics: impl IntoIterator<Item = LabelStatistics>,
) -> Vec<Structure> {
    let statistics: HashMap<u32, LabelStatistics> =
        statistics.into_iter().map(|known| (known.label, known)).collect();
    let structure = |(name, label): (&str, u32)| Structure {
        name: name_of_label(entry, name),
        label,
        statistics: statistics.get(&label).copied(),
        colour: names.entry(label).and_then(LabelEntry::colour),
    };
    let wanted = names.iter().filter(|(_, label)| wanted.has(*label));
    let mut structures: Vec<Structure> = wanted.map(structure).collect();
    structures.sort_unstable_by_key(|structure| structure.label);
    structures
}
