//! Files into an archive.

mod encode;
mod names;
mod options;
mod packing;
mod space;

use std::path::Path;

use medmask_archive::{Archive, ArchiveWriter, Layers, WriterOptions};
use medmask_core::Space;
use medmask_files::check_output;

use crate::adapter::Input;
use crate::file_names::is_archive_name;
use crate::{Error, Result};
use packing::Packing;

pub use options::{PackOptions, PackReport, PlannedEntry};

/// Packs `inputs` into a new archive at `output`, which appears whole or not at all. Its space is that of
/// [`PackOptions::space_of`], or the one that most inputs share; with its affine the others are compared. `progress` is called after each
/// input, in their order.
///
/// Labels take the names in the file's own label table, then those of [`PackOptions::labels`], which are kept for labels that the file
/// does not hold, too. Without any a single label is named for its entry, and several are called `label_7`. Voxels come back as they
/// were; each entry keeps the affine of its own file.
///
/// Entries of medmask files are copied as they are, unless [`PackOptions::codec`] asks for another codec, or [`PackOptions::layers`] for
/// layers. The metadata of archives are joined: where several say something else under one key, the first counts, and [`PackOptions::metadata`] before all.
///
/// # Errors
/// An output that exists, two entries of one name, [`Error::SameLabelName`], and the first input that cannot be read or does not lie in the
/// space: nothing is written then, unless [`PackOptions::skip_bad`] leaves out inputs that cannot be read or lie elsewhere.
pub fn pack(
    inputs: &[Input],
    output: &Path,
    options: &PackOptions,
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    check_output(output, options.overwrite)?;
    let mut writer = None;
    let mut packing = Packing::new(options, space::chosen(inputs, options)?);
    packing.metadata.clone_from(&options.metadata);
    packing.run(inputs, progress, |_, _, entries, space| {
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(new_writer(inputs, output, space, options)?),
        };
        Ok(entries.into_iter().try_for_each(|entry| writer.add_encoded(entry))?)
    })?;
    let Some(mut writer) = writer else { return Err(packing.nothing_left()) };
    writer.set_metadata(&packing.metadata)?;
    writer.finish()?;
    packing.report(output)
}

/// Adds `inputs` to the archive at `path`. `progress` is called after each input, in their order.
///
/// # Errors
/// As [`pack`], and [`Error::EntryExists`] unless [`PackOptions::replace`] has new entries take the places of old ones: the archive then
/// is what it was before.
pub fn add(
    inputs: &[Input],
    path: &Path,
    options: &PackOptions,
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    let writer_options = WriterOptions::new().tolerance_mm(options.tolerance_mm);
    let mut writer = ArchiveWriter::open(path, writer_options)?;
    let damage = writer.archive().damage().map(|damage| damage.to_string());
    let mut packing = Packing::into_archive(writer.archive(), options)?;
    // Kept until all are known to be good, so that a bad input leaves the file as it is, byte for byte.
    let mut all = Vec::new();
    packing.run(inputs, progress, |_, _, entries, _| {
        all.extend(entries);
        Ok(())
    })?;
    if all.is_empty() {
        return Err(packing.nothing_left());
    }
    packing.replaced.iter().try_for_each(|name| writer.remove(name))?;
    all.into_iter().try_for_each(|entry| writer.add_encoded(entry))?;
    if packing.metadata != writer.archive().metadata()? {
        writer.set_metadata(&packing.metadata)?;
    }
    writer.finish()?;
    let mut report = packing.report(path)?;
    report.notes.extend(damage.map(|damage| (path.to_owned(), damage)));
    Ok(report)
}

/// What [`pack`] would do, without writing anything: the report has the entries in [`PackReport::planned`], and no bytes of an archive.
///
/// # Errors
/// As [`pack`].
pub fn plan_pack(
    inputs: &[Input],
    output: &Path,
    options: &PackOptions,
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    check_output(output, options.overwrite)?;
    planned(Packing::new(options, space::chosen(inputs, options)?), inputs, progress)
}

/// What [`add`] would do, without writing anything; as [`plan_pack`].
///
/// # Errors
/// As [`add`].
pub fn plan_add(
    inputs: &[Input],
    path: &Path,
    options: &PackOptions,
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    planned(Packing::into_archive(&Archive::open(path)?, options)?, inputs, progress)
}

fn planned(
    mut packing: Packing<'_>,
    inputs: &[Input],
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    packing.run(inputs, progress, |packing, input, entries, _| {
        packing.plan(&input.path, &entries);
        Ok(())
    })?;
    let report = packing.into_plan();
    match report.entries {
        0 => Err(Error::NothingLeft { skipped: report.skipped }),
        _ => Ok(report),
    }
}

fn new_writer(
    inputs: &[Input],
    output: &Path,
    space: &Space,
    options: &PackOptions,
) -> Result<ArchiveWriter> {
    // Entries that are copied as they are keep blobs of their own, too.
    let copies = options.codec.is_none() && inputs.iter().any(|one| is_archive_name(&one.path));
    let layers = Some(options.layers).filter(|layers| *layers != Layers::Auto || !copies);
    let writer_options = WriterOptions::new()
        .overwrite(options.overwrite)
        .tolerance_mm(options.tolerance_mm)
        .layers(layers)
        .threads(Some(options.jobs));
    Ok(ArchiveWriter::create(output, space, writer_options)?)
}
