//! Files into an archive.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use medmask_archive::{
    Archive, ArchiveWriter, Codec, EncodedEntry, EntryOptions, ReadAt, WriterOptions,
};
use medmask_core::{AffineDifference, LabelMap, Space, SpaceMismatch, parallel};
use medmask_files::check_output;
use medmask_nifti::{Affine, ReadOptions};
use serde_json::{Map, Value};

use crate::content::ContentReader;
use crate::input::Input;
use crate::{Error, Result, source_geometry};

/// How files are packed.
#[derive(Clone, Debug)]
pub struct PackOptions {
    /// How voxels are coded.
    pub codec: Codec,
    /// How far, in mm, a corner of an input's volume may lie from where the archive's space has it.
    pub tolerance_mm: f64,
    /// Threads that read and encode. Each needs memory for up to three dense volumes.
    pub jobs: NonZero<usize>,
    /// Names for the labels of files that hold several and do not name them.
    pub labels: LabelMap,
    /// Free metadata of the archive.
    pub metadata: Map<String, Value>,
    /// Leaves out the inputs that cannot be packed, instead of packing nothing.
    pub skip_bad: bool,
    /// Whether a file at the output is replaced.
    pub overwrite: bool,
    /// How NIfTI files are read.
    pub read: ReadOptions,
}

impl Default for PackOptions {
    /// The default codec and tolerance, a thread for each core, nothing skipped and nothing replaced.
    fn default() -> Self {
        Self {
            codec: Codec::default(),
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            jobs: parallel::available(),
            labels: LabelMap::new(),
            metadata: Map::new(),
            skip_bad: false,
            overwrite: false,
            read: ReadOptions::default(),
        }
    }
}

/// What was packed.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PackReport {
    /// Entries that were written.
    pub entries: usize,
    /// Those of them that have labelled voxels.
    pub non_empty: usize,
    /// Bytes of the files that were packed.
    pub input_bytes: u64,
    /// Bytes of the archive, with what it held before.
    pub archive_bytes: u64,
    /// How many different affines the inputs have, all within the tolerance of the first's.
    pub geometries: usize,
    /// How far, in mm, the corner of an input that lies farthest is from where the first has it.
    pub largest_distance_mm: f64,
    /// What is worth knowing of inputs that were packed: file and remark.
    pub notes: Vec<(PathBuf, String)>,
    /// Inputs that were left out, and why.
    pub skipped: Vec<(PathBuf, Error)>,
}

/// Packs `inputs` into a new archive at `output`, which appears whole or not at all. Its space is that of the first
/// input, whose own affine the others are compared with. `progress` is called after each input, in their order.
///
/// Labels take the names in the file's own label table. Without one a single label is named for its file, and several take
/// the names of [`PackOptions::labels`], or else are called `label_7`. Voxels come back as they were; each entry keeps the
/// affine of its own file.
///
/// # Errors
/// An output that exists, and the first input that cannot be read or does not lie in the space of the first: nothing is
/// written then, unless [`PackOptions::skip_bad`] leaves such inputs out.
pub fn pack(
    inputs: &[Input],
    output: &Path,
    options: &PackOptions,
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    check_output(output, options.overwrite)?;
    let mut writer = None;
    let mut packing = Packing::new(options);
    packing.run(inputs, progress, |entry, space| {
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(new_writer(output, space, options)?),
        };
        Ok(writer.add_encoded(entry)?)
    })?;
    let Some(writer) = writer else { return Err(Error::NothingLeft) };
    finish(writer)?;
    packing.report(output)
}

/// Adds `inputs` to the archive at `path`. `progress` is called after each input, in their order.
///
/// # Errors
/// As [`pack`], and [`Error::EntryExists`]: the archive then is what it was before.
pub fn add(
    inputs: &[Input],
    path: &Path,
    options: &PackOptions,
    progress: impl FnMut(&Input),
) -> Result<PackReport> {
    let writer_options =
        WriterOptions { tolerance_mm: options.tolerance_mm, ..WriterOptions::default() };
    let mut writer = ArchiveWriter::open(path, writer_options)?;
    for input in inputs {
        if writer.archive().entry(&input.name).is_ok() {
            return Err(Error::EntryExists {
                path: input.path.clone(),
                archive: path.to_owned(),
                name: input.name.clone(),
            });
        }
    }
    let mut packing = Packing::new(options);
    packing.reference = Some(Reference::of_archive(writer.archive()));
    // Kept until all are known to be good, so that a bad input leaves the file as it is, byte for byte.
    let mut entries = Vec::new();
    packing.run(inputs, progress, |entry, _| {
        entries.push(entry);
        Ok(())
    })?;
    if entries.is_empty() {
        return Err(Error::NothingLeft);
    }
    entries.into_iter().try_for_each(|entry| writer.add_encoded(entry))?;
    finish(writer)?;
    packing.report(path)
}

fn new_writer(output: &Path, space: &Space, options: &PackOptions) -> Result<ArchiveWriter> {
    let writer_options = WriterOptions {
        overwrite: options.overwrite,
        tolerance_mm: options.tolerance_mm,
        ..WriterOptions::default()
    };
    let mut writer = ArchiveWriter::create(output, space, writer_options)?;
    writer.set_metadata(options.metadata.clone())?;
    Ok(writer)
}

fn finish(writer: ArchiveWriter) -> Result<()> {
    Ok(writer.finish()?)
}

/// An input ready to be written.
struct Encoded {
    entry: EncodedEntry,
    /// The space of its own file.
    space: Space,
    /// The affine of its own file, which the space may have straightened: voxel (x, y, z) to RAS+, mm.
    affine: Affine,
    notes: Vec<String>,
}

fn encode(reader: &mut ContentReader<'_>, input: &Input, codec: Codec) -> Result<Encoded> {
    let content = reader.read(input)?;
    let options =
        EntryOptions { codec, dtype: content.dtype, metadata: content.metadata, make_names: true };
    let entry = EncodedEntry::new(&input.name, &content.runs, &content.labels, &options)?;
    Ok(Encoded { entry, space: content.space, affine: content.affine, notes: content.notes })
}

/// The space that all inputs must lie in.
struct Reference {
    /// The file that it is from.
    path: PathBuf,
    space: Space,
    /// That file's own affine.
    affine: Affine,
}

impl Reference {
    /// The archive's space, as the file had it that the space was taken from. Where its entry is gone, the space itself: another
    /// entry's affine may be off by the tolerance already.
    fn of_archive<S: ReadAt>(archive: &Archive<S>) -> Self {
        let space = archive.space().clone();
        let mut geometries = archive.entries().filter_map(source_geometry::of_entry);
        let geometry =
            geometries.find(|geometry| source_geometry::space_of(geometry, &space) == space);
        let affine = geometry.map_or_else(|| space.to_nifti_affine(), |geometry| geometry.affine);
        Self { path: archive.path().to_owned(), space, affine }
    }
}

/// A run over the inputs, and what it has found so far.
struct Packing<'a> {
    options: &'a PackOptions,
    reference: Option<Reference>,
    affines: Vec<Affine>,
    report: PackReport,
}

impl<'a> Packing<'a> {
    fn new(options: &'a PackOptions) -> Self {
        Self { options, reference: None, affines: Vec::new(), report: PackReport::default() }
    }

    /// Encodes every input, and hands each with the archive's space to `write`.
    fn run(
        &mut self,
        inputs: &[Input],
        mut progress: impl FnMut(&Input),
        mut write: impl FnMut(EncodedEntry, &Space) -> Result<()>,
    ) -> Result<()> {
        let options = self.options;
        let worker = || {
            let mut reader = ContentReader::new(&options.read, &options.labels);
            // Inputs that cannot be read may be skipped, so that none ends the work here.
            move |input| Ok((input, encode(&mut reader, input, options.codec)))
        };
        let take = |(input, encoded): (&Input, Result<Encoded>)| {
            progress(input);
            match encoded.and_then(|encoded| self.accept(input, encoded)) {
                Ok((entry, space)) => write(entry, &space),
                Err(error) if options.skip_bad => {
                    self.report.skipped.push((input.path.clone(), error));
                    Ok(())
                }
                Err(error) => Err(error),
            }
        };
        parallel::for_each_ordered(inputs, options.jobs, worker, take)
    }

    /// Checks the space of an input, and counts it.
    fn accept(&mut self, input: &Input, encoded: Encoded) -> Result<(EncodedEntry, Space)> {
        let Encoded { entry, space, affine, notes } = encoded;
        let reference = self.reference.get_or_insert_with(|| Reference {
            path: input.path.clone(),
            space: space.clone(),
            affine,
        });
        let distance =
            compare(reference, &space, &affine, self.options.tolerance_mm).map_err(|source| {
                Error::SpaceMismatch {
                    path: input.path.clone(),
                    reference: reference.path.clone(),
                    source: Box::new(source),
                }
            })?;
        if !self.affines.contains(&affine) {
            self.affines.push(affine);
        }
        let report = &mut self.report;
        report.largest_distance_mm = report.largest_distance_mm.max(distance);
        report.entries += 1;
        report.non_empty += usize::from(entry.stored_bytes() > 0);
        report.input_bytes += input.file_bytes();
        report.notes.extend(notes.into_iter().map(|note| (input.path.clone(), note)));
        Ok((entry, reference.space.clone()))
    }

    fn report(self, archive: &Path) -> Result<PackReport> {
        let metadata = archive.metadata().map_err(Error::io("read", archive))?;
        let geometries = self.affines.len();
        Ok(PackReport { geometries, archive_bytes: metadata.len(), ..self.report })
    }
}

/// How far a corner of the two is apart, in mm.
fn compare(
    reference: &Reference,
    space: &Space,
    affine: &Affine,
    tolerance_mm: f64,
) -> Result<f64, SpaceMismatch> {
    let (first, second) = (reference.space.shape(), space.shape());
    if first != second {
        return Err(SpaceMismatch::Shape { first, second });
    }
    // Of the affines, not of the spaces, from which slight shear was taken out.
    let [z, y, x] = first;
    let mut difference = AffineDifference::between([x, y, z], &reference.affine, affine);
    difference.corner.reverse();
    difference.within(tolerance_mm)
}
