//! Two segmentations of one scan, structure by structure, and folders of them, case by case.
//!
//! Measures are those of [`medmask_core`]: [`Agreement`](medmask_core::Agreement), [`SurfaceDistances`](medmask_core::SurfaceDistances)
//! and [`ComponentAgreement`](medmask_core::ComponentAgreement). `docs/measures.md` of the repository says which published tool gives
//! the same.

mod agreeing;
mod case;
mod cases;
mod ignored;
mod json;
mod means;
mod measured;
mod options;
mod structures;

use medmask_core::{Runs, Space, parallel};

use crate::error::check_stop;
use crate::{Error, Result};

pub(crate) use agreeing::agreeing;
pub use case::{Case, CaseOptions};
pub use cases::{CasesComparison, ComparedCase, compare_folders, holds_cases};
pub use ignored::Ignored;
pub use means::{Mean, means};
pub use measured::{ComparedMask, SurfaceMeasures};
pub use options::CompareOptions;
use structures::{Part, Structure, structures};

/// How two segmentations of one scan differ.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// The space of the first, on which all was compared.
    pub space: Space,
    /// Whether the second masks were brought onto it.
    pub resampled: bool,
    /// The structures that both have: in the order of the first, then of the second.
    pub masks: Vec<ComparedMask>,
    /// Names of structures that only the first has.
    pub only_in_first: Vec<String>,
    /// Names of structures that only the second has.
    pub only_in_second: Vec<String>,
}

impl Comparison {
    /// Whether both have the same structures with the same voxels.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.only_in_first.is_empty()
            && self.only_in_second.is_empty()
            && self.masks.iter().all(ComparedMask::is_equal)
    }
}

/// Compares the structures of `second` with those of `first`, the reference. Where `texts` choose masks, as in
/// [`select`](crate::select()), those alone; a text must choose something in one of both. `each` is told of every structure that was
/// compared.
///
/// Entries belong together by name, and their labels by name; where both have one label it need not have the same name. A structure
/// is called as its entry where the label has that name or is alone, else `entry/label`. A label without a name of its own, such as
/// `label_7`, that only one of two entries has counts as empty in the other one.
///
/// Structures are compared on as many threads as the process may run at once. Memory holds the runs of some entries, and for each
/// thread what [`Runs::surface_distances`] takes.
///
/// # Errors
/// [`Error::SpaceMismatch`] unless [`CompareOptions::resample`] is set, a text that chooses nothing in either, and damage.
pub fn compare(
    first: &Case,
    second: &Case,
    texts: &[impl AsRef<str>],
    options: &CompareOptions,
    mut each: impl FnMut(&str),
) -> Result<Comparison> {
    let found = matched(first, second, texts, options)?;
    let names = |only: Vec<(String, Part)>| only.into_iter().map(|(name, _)| name).collect();
    let mut comparison = Comparison {
        space: first.archive().space().clone(),
        resampled: found.resampled,
        masks: Vec::new(),
        only_in_first: names(found.first),
        only_in_second: names(found.second),
    };
    let (space, resampled) = (&comparison.space, found.resampled);
    let work = Work { first, second, space, resampled, options };
    // Structures of one entry are decoded together, and some entries at a time.
    let entries: Vec<&[Both]> = found.together.chunk_by(Both::are_of_one_entry).collect();
    let (some, mut masks) = (4 * parallel::available().get(), Vec::new());
    for some in entries.chunks(some) {
        check_stop(&options.stop)?;
        work.compare(some, |mask| {
            each(&mask.name);
            masks.push(mask);
        })?;
    }
    comparison.masks = masks;
    Ok(comparison)
}

/// Which structures are compared, and which stand alone.
struct Matched {
    resampled: bool,
    together: Vec<Both>,
    first: Vec<(String, Part)>,
    second: Vec<(String, Part)>,
}

fn matched(
    first: &Case,
    second: &Case,
    texts: &[impl AsRef<str>],
    options: &CompareOptions,
) -> Result<Matched> {
    let resampled = differ(first, second, options)?;
    let mut found =
        Matched { resampled, together: Vec::new(), first: Vec::new(), second: Vec::new() };
    for Structure { name, first, second } in structures(first, second, texts)? {
        match (first, second) {
            _ if options.ignored.contains(&name) => {}
            (Some(first), Some(second)) => found.together.push(Both { name, first, second }),
            (Some(first), None) => found.first.push((name, first)),
            (None, Some(second)) => found.second.push((name, second)),
            (None, None) => {}
        }
    }
    Ok(found)
}

/// A structure that both have.
struct Both {
    name: String,
    first: Part,
    second: Part,
}

impl Both {
    fn are_of_one_entry(&self, other: &Self) -> bool {
        self.first.is_of_entry_of(&other.first) && self.second.is_of_entry_of(&other.second)
    }
}

/// Whether the spaces differ and masks are to be resampled.
fn differ(first: &Case, second: &Case, options: &CompareOptions) -> Result<bool> {
    let [one, other] = [first, second].map(|case| case.archive().space());
    match one.compare(other, options.tolerance_mm) {
        Ok(_) => Ok(false),
        Err(_) if options.resample.is_some() => Ok(true),
        Err(source) => Err(Error::SpaceMismatch {
            path: second.path().to_owned(),
            reference: first.path().to_owned(),
            sharing: 0,
            source: Box::new(source),
        }),
    }
}

/// What it takes to compare structures.
struct Work<'a> {
    first: &'a Case,
    second: &'a Case,
    space: &'a Space,
    resampled: bool,
    options: &'a CompareOptions,
}

impl Work<'_> {
    /// Compares structures, which stand together by entries.
    fn compare(&self, entries: &[&[Both]], mut take: impl FnMut(ComparedMask)) -> Result<()> {
        let mut decoded = Vec::new();
        self.decode_all(entries, |both| decoded.push(both))?;
        let measure = |(name, [first, second]): (&str, [Runs; 2])| {
            ComparedMask::of(name, &first, &second, self.space, self.options)
        };
        parallel::for_each_ordered(
            decoded,
            parallel::available(),
            || measure,
            |mask| {
                take(mask);
                Ok(())
            },
        )
    }

    /// Decodes structures, which stand together by entries, on all cores, and hands them over in their order.
    fn decode_all<'b>(
        &self,
        entries: &[&'b [Both]],
        mut take: impl FnMut((&'b str, [Runs; 2])),
    ) -> Result<()> {
        let decode = |structures| self.decode(structures);
        parallel::for_each_ordered(
            entries.iter().copied(),
            parallel::available(),
            || decode,
            |some| {
                some.into_iter().for_each(&mut take);
                Ok(())
            },
        )
    }

    fn decode_first(&self, parts: &[&Part]) -> Result<Vec<Runs>> {
        Part::decode(parts, self.first.archive(), None)
    }

    /// On the grid of the first.
    fn decode_second(&self, parts: &[&Part]) -> Result<Vec<Runs>> {
        let target = self.options.resample.filter(|_| self.resampled);
        let target = target.map(|interpolation| (self.space, interpolation));
        Part::decode(parts, self.second.archive(), target)
    }

    /// The voxels of structures of the same two entries.
    fn decode<'b>(&self, structures: &'b [Both]) -> Result<Vec<(&'b str, [Runs; 2])>> {
        let firsts: Vec<&Part> = structures.iter().map(|one| &one.first).collect();
        let seconds: Vec<&Part> = structures.iter().map(|one| &one.second).collect();
        let first = self.decode_first(&firsts)?;
        let second = self.decode_second(&seconds)?;
        let both = first.into_iter().zip(second).map(|(first, second)| [first, second]);
        Ok(structures.iter().map(|one| one.name.as_str()).zip(both).collect())
    }
}
