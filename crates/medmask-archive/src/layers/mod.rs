//! Entries that share a blob as labels of one volume (SPEC.md, "Layers"): which do in a file that is written.

mod arrangement;
mod group;
mod share;
mod unit;

use std::collections::HashMap;
use std::num::NonZero;

use medmask_format::codec::CodecId;

use crate::{Archive, ReadAt, Result};
use arrangement::Before;
pub(crate) use arrangement::{Arrangement, BlobKey};
use group::{MOST_LOADED, Made, grouped, made};
pub(crate) use share::share;
use unit::{Unit, units};

/// Whether entries that do not overlap are stored as labels of one volume. Each of them still loads alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layers {
    /// Where the file gets smaller by a hundredth and, unless the codec is `context`, no entry takes more than twice the bytes to load.
    #[default]
    Auto,
    /// Wherever entries of one codec do not overlap.
    Always,
    /// Nowhere.
    Never,
}

/// What part of the file layers have to save: entries then share the damage of a chunk, and take a read more.
const LEAST_GAIN: u64 = 100;

/// Who decides on layers, and with how many threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layering {
    /// `None` leaves blobs as they are, but for those that hold entries which are no longer there.
    pub layers: Option<Layers>,
    pub threads: NonZero<usize>,
}

/// Where the voxels of all entries of `source` shall stand. `length` says how long a file is.
pub(crate) fn arrange<S: ReadAt>(
    source: &Archive<S>,
    layering: Layering,
    mut length: impl FnMut(&Arrangement) -> Result<u64>,
) -> Result<Arrangement> {
    let mut arrangement = Arrangement::stored(source);
    let threads = layering.threads;
    let mut units = units(source)?;
    match layering.layers {
        None => kept(source, &units, threads, &mut arrangement)?,
        Some(Layers::Never) => arrangement.put_apart(source, &mut units, threads)?,
        Some(Layers::Always) => {
            let groups = grouped(source, units.iter(), threads, |_, _| true)?;
            for made in made(source, groups, threads)? {
                arrangement.put(made);
            }
            units.retain(|unit| !arrangement.is_made(unit));
            arrangement.put_apart(source, &mut units, threads)?;
        }
        Some(Layers::Auto) => {
            arrangement.put_apart(source, &mut units, threads)?;
            let apart = length(&arrangement)?;
            let made = promising(source, &units, threads)?;
            let before: Vec<Before> = made.into_iter().map(|made| arrangement.put(made)).collect();
            if !before.is_empty() && length(&arrangement)? + apart / LEAST_GAIN > apart {
                before.into_iter().rev().for_each(|before| arrangement.take_back(before));
            }
        }
    }
    Ok(arrangement)
}

/// Leaves blobs as they are, but for those of layers that hold more than the units: of what is left they are made anew.
fn kept<S: ReadAt>(
    source: &Archive<S>,
    units: &[Unit<'_>],
    threads: NonZero<usize>,
    arrangement: &mut Arrangement,
) -> Result<()> {
    let mut blobs: HashMap<_, Vec<Unit<'_>>> = HashMap::new();
    for unit in units.iter().filter(|unit| unit.is_layer()) {
        blobs.entry(unit.place).or_default().push(unit.clone());
    }
    for (place, mut left) in blobs {
        if unit::layers_of(source, place)?
            .iter()
            .all(|layer| left.iter().any(|unit| unit.entry.layer() == Some(*layer)))
        {
            continue;
        }
        let groups = grouped(source, left.iter(), threads, |_, _| true)?;
        for made in made(source, groups, threads)? {
            arrangement.put(made);
        }
        left.retain(|unit| !arrangement.is_made(unit));
        arrangement.put_apart(source, &mut left, threads)?;
    }
    Ok(())
}

/// Blobs of layers that are smaller than those of their entries, and that none of these takes too long to load from.
fn promising<'a, S: ReadAt>(
    source: &Archive<S>,
    units: &'a [Unit<'a>],
    threads: NonZero<usize>,
) -> Result<Vec<Made<'a>>> {
    // Most often no group is left by their boxes alone, and then nothing is decoded.
    let candidates = by_boxes(units);
    let groups = grouped(source, candidates.into_iter(), threads, loads_fast)?;
    let mut made = made(source, groups, threads)?;
    made.retain(|made| made.is_smaller() && made.loads_fast());
    Ok(made)
}

/// Units that have a companion, as far as boxes and bytes say.
fn by_boxes<'a>(units: &'a [Unit<'a>]) -> Vec<&'a Unit<'a>> {
    let mut groups: Vec<Vec<&Unit<'_>>> = Vec::new();
    for unit in units {
        let takes =
            |group: &&mut Vec<&Unit<'_>>| group[0].codec == unit.codec && loads_fast(group, unit);
        match groups.iter_mut().find(takes) {
            Some(group) => group.push(unit),
            None => groups.push(vec![unit]),
        }
    }
    let mut found: Vec<&Unit<'_>> =
        groups.into_iter().filter(|group| group.len() > 1).flatten().collect();
    found.sort_by_key(|unit| unit.entries[0]);
    found
}

/// Whether, with `unit` in `group`, each could load as fast as it may: what lies in the slices of its box is decoded with it.
fn loads_fast(group: &[&Unit<'_>], unit: &Unit<'_>) -> bool {
    if unit.codec.id() == CodecId::Context {
        return true;
    }
    let all = || group.iter().copied().chain([unit]);
    all().all(|one| {
        all().map(|other| other.bytes_beside(one)).sum::<u64>() <= MOST_LOADED * one.bytes
    })
}
