//! Writing label volumes.

use std::path::Path;

use bytemuck::try_zeroed_vec;
use libdeflater::{CompressionLvl, Compressor};
use medmask_core::{Dtype, Held, LabelEntry, LabelMap, MaskError, Memory, MemoryError, Space};
use medmask_files::{check_output, write_whole};

use crate::extension::extension_bytes;
use crate::fields::{self, Fields};
use crate::file_names::Part;
use crate::geometry::fits_nifti_1;
use crate::label_table::{LABEL_TABLE_CODES, label_table_xml};
use crate::set_forms::set_forms;
use crate::{
    Compression, LabelSource, LengthUnit, NiftiError, NiftiVersion, Problem, SourceGeometry,
    WriteOptions, file_names,
};

/// Writes a label volume as `.nii.gz` or `.nii`, after its name. The file appears whole or not at all.
///
/// The voxel type is the narrowest of uint8, uint16 and uint32 that holds the labels present; intent_code
/// is 1002 (labels). Where all names are such as `label_7`, and there are several, no table of
/// them is written. Files are NIfTI-1 unless an axis is longer than 32,767 voxels, 32-bit numbers cannot hold the affine, or [`WriteOptions::like`] is NIfTI-2. No number of a header is infinite or NaN.
///
/// # Errors
/// Where the name is no NIfTI name, the file exists, the reference differs, or the disk refuses.
pub fn write_mask<'a>(
    path: &Path,
    source: impl Into<LabelSource<'a>>,
    labels: &LabelMap,
    space: &Space,
    options: &WriteOptions,
) -> Result<(), NiftiError> {
    write(path, source.into(), labels, space, options).map_err(NiftiError::at(path))
}

fn write(
    path: &Path,
    source: LabelSource<'_>,
    labels: &LabelMap,
    space: &Space,
    options: &WriteOptions,
) -> Result<(), Problem> {
    let compress = is_compressed_name(path)?;
    check_output(path, options.overwrite)?;
    let memory = Memory::new(options.max_memory);
    let (bytes, held) = file_bytes(source, labels, space, options, &memory)?;
    if !compress {
        return Ok(write_whole(path, &bytes, options.overwrite, options.durability)?);
    }
    let level =
        CompressionLvl::new(options.compression_level.into()).map_err(|_| Problem::DoesNotFit {
            what: "compression level",
            value: options.compression_level.to_string(),
        })?;
    let mut compressor = Compressor::new(level);
    let most = compressor.gzip_compress_bound(bytes.len());
    let (mut compressed, _held) = zeros(&memory, "the compressed volume", most as u64)?;
    #[expect(
        clippy::expect_used,
        reason = "too little room is the only way to fail, and this is the bound"
    )]
    let len = compressor.gzip_compress(&bytes, &mut compressed).expect("there is room");
    drop((bytes, held));
    Ok(write_whole(path, &compressed[..len], options.overwrite, options.durability)?)
}

/// Whether the name asks for gzip.
fn is_compressed_name(path: &Path) -> Result<bool, Problem> {
    match file_names::taken_apart(path) {
        Some(name) if name.part == Part::Single => match name.compression {
            None => Ok(false),
            Some(Compression::Gzip) => Ok(true),
            Some(_) => Err(Problem::OutputName),
        },
        _ => Err(Problem::OutputName),
    }
}

/// The whole file, before compression.
fn file_bytes<'m>(
    source: LabelSource<'_>,
    labels: &LabelMap,
    space: &Space,
    options: &WriteOptions,
    memory: &'m Memory,
) -> Result<(Vec<u8>, Held<'m>), Problem> {
    let shape = source.shape();
    if shape != space.shape() {
        return Err(MaskError::ShapeMismatch { voxels: shape, space: space.shape() }.into());
    }
    let mut fields = header_fields(space, options)?;
    let sample_bytes = match Dtype::for_label(source.max_label()) {
        Dtype::Bool | Dtype::U8 => set_datatype(&mut fields, 2, 1),
        Dtype::U16 => set_datatype(&mut fields, 512, 2),
        Dtype::U32 => set_datatype(&mut fields, 768, 4),
    };
    let after_header = extensions(source, labels, options, fields.version)?;
    let header_bytes = fields.version.header_bytes();
    let first_voxel = header_bytes + after_header.len();
    fields.vox_offset = first_voxel as u64;
    let voxels = shape.iter().fold(sample_bytes as u64, |all, n| all.saturating_mul(*n as u64));
    // A small archive may describe a volume that no memory holds.
    let length = voxels.saturating_add(first_voxel as u64);
    let (mut bytes, held) = zeros(memory, "the dense volume", length)?;
    bytes[..header_bytes].copy_from_slice(&fields::to_bytes(&fields)?);
    bytes[header_bytes..header_bytes + after_header.len()].copy_from_slice(&after_header);
    let samples = &mut bytes[first_voxel..];
    match sample_bytes {
        1 => source.paint(samples, |label| [label as u8]),
        2 => source.paint(samples, |label| (label as u16).to_le_bytes()),
        _ => source.paint(samples, u32::to_le_bytes),
    }
    Ok((bytes, held))
}

/// So many zeros, in pages that cost nothing before they are written.
fn zeros<'m>(
    memory: &'m Memory,
    what: &'static str,
    length: u64,
) -> Result<(Vec<u8>, Held<'m>), MemoryError> {
    let held = memory.hold(what, length)?;
    let zeros = usize::try_from(length).ok().and_then(|length| try_zeroed_vec(length).ok());
    Ok((zeros.ok_or_else(|| held.refused(length))?, held))
}

/// The bytes between header and voxels.
fn extensions(
    source: LabelSource<'_>,
    labels: &LabelMap,
    options: &WriteOptions,
    version: NiftiVersion,
) -> Result<Vec<u8>, Problem> {
    let xml;
    let mut extensions = Vec::new();
    // Names that were made for want of others need no table: they are made again. A single label would take another name.
    let made_up = || labels.entries().all(LabelEntry::is_made_up) && source.has_several_labels();
    if options.label_table && !labels.is_empty() && !made_up() {
        xml = label_table_xml(labels);
        extensions.extend(LABEL_TABLE_CODES.map(|code| (code, xml.as_str())));
    }
    extension_bytes(&extensions, version).ok_or_else(|| Problem::DoesNotFit {
        what: "label table of",
        value: format!("{} labels", labels.len()),
    })
}

fn set_datatype(fields: &mut Fields, datatype: i16, bytes: i16) -> usize {
    fields.datatype = datatype;
    fields.bitpix = bytes * 8;
    bytes as usize
}

/// The header without voxel type and extensions.
fn header_fields(space: &Space, options: &WriteOptions) -> Result<Fields, Problem> {
    let mut fields = Fields::empty();
    let mut geometry = options.geometry;
    let mut copied = false;
    if let Some(like) = &options.like {
        like.space().compare(space, options.tolerance_mm)?;
        fields = like.fields.clone();
        // Programs that ignore units would misplace anything but millimetres.
        let of_like = SourceGeometry::of(like);
        copied =
            like.has_form() && of_like.unit == LengthUnit::Millimetre && fields.has_finite_forms();
        geometry = Some(SourceGeometry { unit: LengthUnit::Millimetre, ..of_like });
    }
    let [z, y, x] = space.shape().map(|axis| axis as i64);
    fields.dim = [3, x, y, z, 1, 1, 1, 1];
    let affine = geometry.map_or_else(|| space.to_nifti_affine(), |geometry| geometry.affine);
    if fields.dim.iter().any(|axis| *axis > i64::from(i16::MAX))
        || !fits_nifti_1(&affine, space.shape())
    {
        fields.version = NiftiVersion::Two;
    }
    if !copied {
        set_forms(&mut fields, space, geometry.as_ref())?;
    }
    fields.single_file = true;
    (fields.scl_slope, fields.scl_inter) = (1.0, 0.0);
    (fields.cal_min, fields.cal_max) = (0.0, 0.0);
    fields.intent_code = crate::header::INTENT_LABEL;
    fields.intent_p = [0.0; 3];
    fields.clear_unused_that_are_not_finite();
    fields.intent_name = [0; 16];
    if let Some(text) = &options.descrip {
        let too_long = || Problem::DoesNotFit { what: "descrip", value: format!("{text:?}") };
        let mut descrip = [0; 80];
        descrip.get_mut(..text.len()).ok_or_else(too_long)?.copy_from_slice(text.as_bytes());
        fields.descrip = descrip;
    }
    Ok(fields)
}
