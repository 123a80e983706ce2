//! What can be asked of an archive, whether it is open for reading or being written.

use std::borrow::Cow;
use std::num::NonZero;

use medmask::groups::Groups;
use medmask::medmask_archive::{ArchiveError, EntryReader, ReadAt};
use medmask::medmask_core::{LabelStatistics, parallel};
use medmask::{Bounds, Dtype, Masks, Space, Voxels, select_one};
use pyo3::prelude::*;

use crate::errors::to_python;
use crate::memory::{self, Memory};

/// A box as Python gives and gets it: first voxel, and one past the last, (z, y, x).
pub(crate) type Corners = ([usize; 3], [usize; 3]);

/// Voxels, box, and centroid: in voxels (z, y, x), and in the world (LPS+, mm).
pub(crate) type Counted = (u64, Option<Corners>, Option<([f64; 3], [f64; 3])>);

/// A label: its name, its number, and what is counted of it.
type LabelInfo = (Option<String>, u32, Option<Counted>);

/// What is known of an entry without its voxels: type, codec, stored bytes, what is counted of all labels, and the labels.
pub(crate) type EntryInfo =
    (Option<&'static str>, Option<String>, u64, Option<Counted>, Vec<LabelInfo>);

/// A label by name or by number.
#[derive(FromPyObject)]
pub(crate) enum Label {
    Number(u32),
    Name(String),
}

/// The entry `name`, narrowed to a label and a box.
pub(crate) fn narrowed<'a, M: Masks>(
    masks: &'a M,
    name: &str,
    label: Option<&Label>,
    region: Option<Corners>,
) -> Result<EntryReader<'a, M::Storage>, ArchiveError> {
    let mut reader = masks.get(name)?;
    reader = match label {
        Some(Label::Number(number)) => reader.label(*number)?,
        Some(Label::Name(name)) => reader.label(name)?,
        None => reader,
    };
    match region {
        Some((start, end)) => reader.region(Bounds { start, end }),
        None => Ok(reader),
    }
}

/// The voxels of the one mask that `text` chooses.
pub(crate) fn compute<M: Masks>(masks: &M, text: &str) -> medmask::Result<Voxels> {
    select_one(masks, text)?.to_voxels(masks)
}

/// Names and expressions of the groups.
pub(crate) fn groups<M: Masks>(masks: &M) -> medmask::Result<Vec<(String, String)>> {
    let groups = Groups::of(masks)?;
    Ok(groups.iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}

/// What the index says of the entry `name`.
pub(crate) fn info<M: Masks>(masks: &M, name: &str) -> Result<EntryInfo, ArchiveError> {
    let entry = masks.get(name)?.entry();
    let space = masks.space();
    let labels = entry.labels().map(|label| {
        let known = label.voxels.map(|_| counted(space, label.statistics.iter()));
        (label.name.map(Cow::into_owned), label.number, known)
    });
    let all: Vec<LabelStatistics> = entry.labels().filter_map(|label| label.statistics).collect();
    let known = entry.voxels().map(|_| counted(space, all.iter()));
    let codec = entry.codec().map(str::to_owned);
    Ok((entry.dtype().map(Dtype::name), codec, entry.stored_bytes(), known, labels.collect()))
}

/// As [`info`], of an entry of version 1, whose voxels are decoded and counted.
pub(crate) fn count<M: Masks>(masks: &M, name: &str) -> Result<EntryInfo, ArchiveError> {
    let (dtype, codec, bytes, _, labels) = info(masks, name)?;
    let statistics = masks.get(name)?.to_runs()?.statistics();
    let space = masks.space();
    let count = |(name, number, _)| {
        let of_label = statistics.iter().filter(|known| known.label == number);
        (name, number, Some(counted(space, of_label)))
    };
    let all = counted(space, statistics.iter());
    Ok((dtype, codec, bytes, Some(all), labels.into_iter().map(count).collect()))
}

/// What all of `labels` have together.
pub(crate) fn counted<'a>(
    space: &Space,
    labels: impl Iterator<Item = &'a LabelStatistics>,
) -> Counted {
    let together = labels.copied().reduce(|all, label| all.with(&label));
    together.map_or((0, None, None), |known| {
        let (corners, centroid) = ((known.bounds.start, known.bounds.end), known.centroid());
        (known.voxels, Some(corners), Some((centroid, space.index_to_world(centroid))))
    })
}

/// Dense voxels as a new array.
pub(crate) fn load<'py, S: ReadAt>(
    py: Python<'py>,
    reader: &EntryReader<'_, S>,
    label: Option<&Label>,
    region: Option<Corners>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut memory = memory_for(py, reader, label, region)?;
    let view = memory.view();
    let voxels = py.detach(|| memory::read(reader, view)).map_err(to_python)?;
    Ok(memory.finish(py, voxels))
}

/// Dense voxels of many masks, read on up to `threads` threads.
pub(crate) fn load_all<'py, M: Masks>(
    py: Python<'py>,
    masks: &M,
    wanted: &[(String, Option<Label>)],
    threads: NonZero<usize>,
) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
    let readers: Result<Vec<_>, ArchiveError> =
        wanted.iter().map(|(name, label)| narrowed(masks, name, label.as_ref(), None)).collect();
    let readers = readers.map_err(to_python)?;
    let memories = readers.iter().zip(wanted);
    let mut memories: Vec<Memory<'_>> = memories
        .map(|(reader, (_, label))| memory_for(py, reader, label.as_ref(), None))
        .collect::<PyResult<_>>()?;
    let work: Vec<_> = readers.iter().zip(memories.iter_mut().map(Memory::view)).collect();
    let mut loaded = Vec::with_capacity(work.len());
    py.detach(|| {
        let worker = || |(reader, view)| memory::read(reader, view);
        let take = |voxels| {
            loaded.push(voxels);
            Ok(())
        };
        parallel::for_each_ordered(work, threads, worker, take)
    })
    .map_err(to_python)?;
    let arrays = memories.into_iter().zip(loaded);
    Ok(arrays.map(|(memory, voxels)| memory.finish(py, voxels)).collect())
}

fn memory_for<'py, S: ReadAt>(
    py: Python<'py>,
    reader: &EntryReader<'_, S>,
    label: Option<&Label>,
    region: Option<Corners>,
) -> PyResult<Memory<'py>> {
    let entry = reader.entry();
    let of_label = |known: &medmask::medmask_archive::Label<'_>| match label {
        Some(Label::Number(number)) => known.number == *number,
        Some(Label::Name(name)) => known.name.as_deref() == Some(name.as_str()),
        None => true,
    };
    let statistics = entry.labels().filter(of_label).filter_map(|label| label.statistics);
    let together = statistics.reduce(|all, label| all.with(&label));
    let whole = together.map(|known| known.bounds);
    let inside = match region {
        Some((start, end)) => whole
            .and_then(|bounds| bounds.intersection(&Bounds { start, end }))
            .map(|Bounds { start: first, end: last }| Bounds {
                start: std::array::from_fn(|axis| first[axis] - start[axis]),
                end: std::array::from_fn(|axis| last[axis] - start[axis]),
            }),
        None => whole,
    };
    let dtype = match label {
        // Of a file of version 1 the whole is decoded first, so that there is nothing to paint into.
        _ if entry.voxels().is_none() => None,
        Some(_) => Some(Dtype::Bool),
        None => entry.dtype(),
    };
    Memory::new(py, reader.shape(), dtype, inside, together.map_or(0, |known| known.voxels))
}
