//! Units that do not overlap, as one volume.

use std::collections::BTreeMap;
use std::num::{NonZero, NonZeroU32};

use medmask_core::{Dtype, Row, Run, Runs, RunsBuilder, parallel};
use medmask_format::blob::BlobHeader;
use medmask_format::codec::CodecId;
use medmask_format::index::EntryRow;

use super::unit::Unit;
use crate::encode::encode_chunks;
use crate::{Archive, ArchiveError, ReadAt, Result};

/// Bytes of runs that are held in any case; beyond them a byte for each voxel of the grid.
const HELD: u64 = 1 << 24;

/// How many times the bytes of its own blob an entry may take to load: a measure of time.
pub(super) const MOST_LOADED: u64 = 2;

/// Units that do not overlap.
pub(super) struct Group<'a> {
    units: Vec<&'a Unit<'a>>,
    /// Their runs by slice and row; each has its unit's layer as label.
    rows: BTreeMap<(u32, u32), Vec<Run>>,
}

impl<'a> Group<'a> {
    fn new() -> Self {
        Self { units: Vec::new(), rows: BTreeMap::new() }
    }

    /// Whether no voxel of `runs` is taken.
    fn is_free(&self, runs: &Runs) -> bool {
        runs.rows().all(|Row { z, y, runs }| {
            let taken = self.rows.get(&(z, y)).map_or(&[][..], Vec::as_slice);
            runs.iter().all(|run| {
                let next = taken.partition_point(|other| other.end <= run.start);
                taken.get(next).is_none_or(|other| run.end <= other.start)
            })
        })
    }

    fn add(&mut self, unit: &'a Unit<'a>, runs: &Runs) {
        self.units.push(unit);
        let label = self.units.len() as u32;
        for Row { z, y, runs } in runs.rows() {
            let row = self.rows.entry((z, y)).or_default();
            let is_behind = row.last().is_none_or(|last| last.end <= runs[0].start);
            row.extend(runs.iter().map(|run| Run { label, ..*run }));
            if !is_behind {
                row.sort_unstable_by_key(|run| run.start);
            }
        }
    }

    /// All in one, on a grid of `shape`.
    fn into_volume(self, shape: [usize; 3]) -> Runs {
        let mut volume = RunsBuilder::new(shape);
        for ((z, y), runs) in self.rows {
            runs.into_iter().for_each(|run| volume.push(z, y, run));
        }
        volume.finish()
    }
}

/// Puts each unit into the first group that it fits into, by `fits` and without sharing a voxel. Groups of one are left out.
pub(super) fn grouped<'a, S: ReadAt>(
    source: &Archive<S>,
    units: impl Iterator<Item = &'a Unit<'a>>,
    threads: NonZero<usize>,
    fits: impl Fn(&[&Unit<'_>], &Unit<'_>) -> bool,
) -> Result<Vec<Group<'a>>> {
    let voxels = source.space().shape().iter().map(|axis| *axis as u64).product();
    let mut left = HELD.max(voxels);
    let mut groups: Vec<Group<'a>> = Vec::new();
    let worker = || {
        |unit: &'a Unit<'a>| {
            let runs = unit.runs(source)?;
            Ok((unit, runs))
        }
    };
    parallel::for_each_ordered(units, threads, worker, |(unit, runs)| {
        let Some(runs) = runs else { return Ok::<_, ArchiveError>(()) };
        // What takes more memory than there is for it stays alone.
        let Some(rest) = left.checked_sub(runs.memory_bytes()) else { return Ok(()) };
        left = rest;
        let takes = |group: &&mut Group<'_>| {
            group.units[0].codec == unit.codec && fits(&group.units, unit) && group.is_free(&runs)
        };
        if let Some(group) = groups.iter_mut().find(takes) {
            group.add(unit, &runs);
        } else {
            let mut group = Group::new();
            group.add(unit, &runs);
            groups.push(group);
        }
        Ok(())
    })?;
    groups.retain(|group| group.units.len() > 1);
    Ok(groups)
}

/// A group with its blob.
pub(super) struct Made<'a> {
    /// Ascending by layer, from 1.
    pub units: Vec<&'a Unit<'a>>,
    pub blob: Vec<u8>,
    header: BlobHeader,
}

/// Encodes groups.
pub(super) fn made<'a, S: ReadAt>(
    source: &Archive<S>,
    groups: Vec<Group<'a>>,
    threads: NonZero<usize>,
) -> Result<Vec<Made<'a>>> {
    let mut all = Vec::with_capacity(groups.len());
    let worker = || |group| encoded(source, group);
    parallel::for_each_ordered(groups, threads, worker, |made| {
        all.extend(made);
        Ok(())
    })?;
    Ok(all)
}

fn encoded<'a, S: ReadAt>(source: &Archive<S>, group: Group<'a>) -> Result<Option<Made<'a>>> {
    let units = group.units.clone();
    let volume = group.into_volume(source.space().shape());
    let (Some(bounds), Some(first)) = (volume.bounds(), units.first()) else { return Ok(None) };
    let failed = |error| ArchiveError::entry(first.entry.name())(error);
    let dtype = Dtype::for_label(units.len() as u32);
    let (header, chunks) = encode_chunks(&volume, bounds, dtype, &first.codec).map_err(failed)?;
    drop(volume);
    let mut rows = Vec::new();
    for (layer, unit) in (1..).zip(&units) {
        let layer = NonZeroU32::new(layer);
        let entries = unit.entries.iter().filter_map(|place| source.entry_at(*place));
        rows.extend(entries.map(|entry| EntryRow { blob: None, layer, ..entry.row.clone() }));
    }
    let mut blob = header.to_bytes(&rows).map_err(failed)?;
    blob.extend_from_slice(&chunks);
    Ok(Some(Made { units, blob, header }))
}

impl Made<'_> {
    /// Whether it takes fewer bytes than the blobs of its units.
    pub(super) fn is_smaller(&self) -> bool {
        (self.blob.len() as u64) < self.units.iter().map(|unit| unit.bytes).sum()
    }

    /// Whether each unit loads as fast as it may: the chunks that its box meets have few bytes beside its own blob.
    pub(super) fn loads_fast(&self) -> bool {
        self.units.iter().all(|unit| {
            let bounds = unit.bounds;
            let meets = |at: usize, extent: u32, axis: usize| {
                at < bounds.end[axis] && bounds.start[axis] < at + extent as usize
            };
            let chunks = self.header.placed_chunks().filter(|place| {
                let shape = [place.shape.depth, place.shape.height, place.shape.width];
                (0..3).all(|axis| meets(place.at[axis] as usize, shape[axis], axis))
            });
            unit.codec.id() == CodecId::Context
                || chunks.map(|place| place.chunk.length).sum::<u64>() <= MOST_LOADED * unit.bytes
        })
    }
}
