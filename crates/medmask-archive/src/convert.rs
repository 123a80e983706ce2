//! Between the versions, and from one codec to another.

use std::path::Path;

use medmask_files::check_output;

use crate::encode::dtype_of;
use crate::one_writer::check_not_same;
use crate::{
    AnyArchive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, EntryOptions, OpenOptions,
    Result, WriterOptions, version1,
};

/// The version that a conversion writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetVersion {
    /// 1.0, for the Python package medmask 0.1.x. Metadata, colours and statistics have no place in it.
    Version1,
    /// 2.0.
    #[default]
    Version2,
}

/// Writes the masks of `input`, of either version, to `output`: a `.mska`, or a `.msk` where there is one mask. Of version 2
/// everything is kept: order, metadata, and what later versions may have added. Without a `codec` entries of version 2 keep
/// theirs, byte for byte, and others get the default. `progress` is told how many entries of how many are done.
///
/// # Errors
/// As opening and loading `input` and writing `output`; a file that exists is kept unless `options.overwrite`, and `input` always.
pub fn convert(
    input: &Path,
    output: &Path,
    version: TargetVersion,
    codec: Option<Codec>,
    options: WriterOptions,
    mut progress: impl FnMut(usize, usize),
) -> Result<()> {
    check_not_same(input, output)?;
    let reading = OpenOptions::new().max_memory(options.max_memory);
    let source = AnyArchive::open_with(input, &reading)?;
    let total = source.entries().len();
    if version == TargetVersion::Version1 {
        return to_version1(&source, output, options.overwrite, |done| progress(done, total));
    }
    let mut writer = ArchiveWriter::create(output, source.space(), options)?;
    if let AnyArchive::Version2(archive) = &source {
        writer.copy_archive_keys(archive);
    }
    for (done, name) in source.names().enumerate() {
        writer.add_encoded(match &source {
            AnyArchive::Version2(archive) => match codec {
                Some(codec) => archive.recoded(name, codec)?,
                None => archive.encoded(name)?,
            },
            AnyArchive::Version1(reader) => {
                let mask = reader.get(name)?.to_mask()?;
                let codec = codec.unwrap_or_default();
                let options = EntryOptions::new().codec(codec).dtype(Some(dtype_of(&mask)));
                EncodedEntry::new(name, &mask.to_runs(), mask.labels(), &options)?
            }
        })?;
        progress(done + 1, total);
    }
    writer.finish()
}

fn to_version1(
    source: &AnyArchive,
    output: &Path,
    overwrite: bool,
    mut progress: impl FnMut(usize),
) -> Result<()> {
    check_output(output, overwrite)?;
    let names: Vec<&str> = source.names().collect();
    if output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("msk")) {
        let [name] = names[..] else {
            return Err(ArchiveError::NotSingle { entries: names.len() });
        };
        version1::write_mask(output, &source.get(name)?.to_mask()?)?;
        progress(1);
        return Ok(());
    }
    let mut writer = version1::Writer::create(output, source.space())?;
    for (done, name) in names.into_iter().enumerate() {
        writer.add(name, &source.get(name)?.to_mask()?)?;
        progress(done + 1);
    }
    writer.finish()
}
