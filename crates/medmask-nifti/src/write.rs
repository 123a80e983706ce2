//! Writing label volumes.

use std::path::Path;

use libdeflater::{CompressionLvl, Compressor};
use medmask_core::{Dtype, LabelMap, Mask, Runs, Space, Voxels, with_voxels};
use medmask_files::{Durability, check_output, write_whole};

use crate::extension::extension_bytes;
use crate::fields::Fields;
use crate::geometry::{Form, set_forms};
use crate::label_table::{LABEL_TABLE_CODES, label_table_xml};
use crate::{Affine, Header, NiftiError, NiftiVersion, Note, Problem};

/// NIFTI_INTENT_LABEL: the voxels are labels.
const INTENT_LABEL: i32 = 1002;

/// How to write a NIfTI file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// Deflate level of `.nii.gz`, 1 (fast) to 12 (small).
    pub compression_level: u8,
    /// The affine and codes of the file that the mask came from, to be given back: the affine as the sform,
    /// codes above 0 as they were, a code of 0 as the other one where sform and qform can say the same.
    /// `None`: the affine of the mask's space, and code 1.
    pub geometry: Option<SourceGeometry>,
    /// A header to copy: geometry, description and all else that does not belong to the voxels' type or
    /// is unused in NIfTI-1. It must describe the mask's space. Lengths in other units become mm.
    pub like: Option<Box<Header>>,
    /// How far, in mm, a corner of the volume may lie from its place in `like`.
    pub tolerance_mm: f64,
    /// Whether the names of the labels are written into header extensions.
    pub label_table: bool,
    /// Free text, at most 80 bytes (field descrip).
    pub descrip: Option<String>,
    /// Whether an existing file is replaced.
    pub overwrite: bool,
    /// When the file must have reached the disk.
    pub durability: Durability,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            compression_level: 6,
            geometry: None,
            like: None,
            tolerance_mm: Space::DEFAULT_TOLERANCE_MM,
            label_table: true,
            descrip: None,
            overwrite: false,
            durability: Durability::Full,
        }
    }
}

/// An affine and the codes that came with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SourceGeometry {
    /// Voxel (x, y, z) to world RAS+, mm.
    pub affine: Affine,
    /// Field qform_code.
    pub qform_code: i32,
    /// Field sform_code.
    pub sform_code: i32,
}

impl SourceGeometry {
    /// The geometry that `header` was read with. Where sform and qform disagree, the one that was not taken has code 0.
    #[must_use]
    pub fn of(header: &Header) -> Self {
        let disagree = header.notes().iter().any(|note| matches!(note, Note::FormsDisagree { .. }));
        // Only one affine is kept, and the code of the form that said something else must not vouch for it.
        let kept = |form: Form, code: i32| if disagree && header.form() != form { 0 } else { code };
        Self {
            affine: header.affine(),
            qform_code: kept(Form::Qform, header.qform_code()),
            sform_code: kept(Form::Sform, header.sform_code()),
        }
    }
}

/// The voxels to write.
#[derive(Clone, Copy, Debug)]
pub enum LabelSource<'a> {
    /// Dense.
    Voxels(&'a Voxels),
    /// Sparse.
    Runs(&'a Runs),
}

impl<'a> From<&'a Voxels> for LabelSource<'a> {
    fn from(voxels: &'a Voxels) -> Self {
        Self::Voxels(voxels)
    }
}

impl<'a> From<&'a Mask> for LabelSource<'a> {
    fn from(mask: &'a Mask) -> Self {
        Self::Voxels(mask.voxels())
    }
}

impl<'a> From<&'a Runs> for LabelSource<'a> {
    fn from(runs: &'a Runs) -> Self {
        Self::Runs(runs)
    }
}

impl LabelSource<'_> {
    fn shape(&self) -> [usize; 3] {
        match self {
            Self::Voxels(voxels) => voxels.shape(),
            Self::Runs(runs) => runs.shape(),
        }
    }

    fn max_label(&self) -> u32 {
        match self {
            Self::Voxels(voxels) => with_voxels!(voxels, array => {
                array.iter().map(|voxel| medmask_core::Voxel::to_label(*voxel)).max().unwrap_or(0)
            }),
            Self::Runs(runs) => runs.max_label(),
        }
    }

    /// Writes the samples into `out`, which is zeroed and has `N` bytes for each voxel.
    fn paint<const N: usize>(&self, out: &mut [u8], sample: fn(u32) -> [u8; N]) {
        let (out, _) = out.as_chunks_mut::<N>();
        match self {
            Self::Voxels(voxels) => with_voxels!(voxels, array => {
                for (out, voxel) in out.iter_mut().zip(array) {
                    *out = sample(medmask_core::Voxel::to_label(*voxel));
                }
            }),
            Self::Runs(runs) => {
                let [_, height, width] = runs.shape();
                for row in runs.rows() {
                    let start = (row.z as usize * height + row.y as usize) * width;
                    for run in row.runs {
                        let range = start + run.start as usize..start + run.end as usize;
                        out[range].fill(sample(run.label));
                    }
                }
            }
        }
    }
}

/// Writes a label volume as `.nii.gz` or `.nii`, after its name. The file appears whole or not at all.
///
/// The voxel type is the narrowest of uint8, uint16 and uint32 that holds the labels present; intent_code
/// is 1002 (labels). Files are NIfTI-1 unless an axis is longer than 32,767 voxels or
/// [`WriteOptions::like`] is NIfTI-2.
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
    let bytes = file_bytes(source, labels, space, options)?;
    if !compress {
        return Ok(write_whole(path, &bytes, options.overwrite, options.durability)?);
    }
    let level =
        CompressionLvl::new(options.compression_level.into()).map_err(|_| Problem::DoesNotFit {
            what: "compression level",
            value: options.compression_level.to_string(),
        })?;
    let mut compressor = Compressor::new(level);
    let mut compressed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let len = compressor
        .gzip_compress(&bytes, &mut compressed)
        .map_err(|error| Problem::Gzip { reason: error.to_string() })?;
    drop(bytes);
    Ok(write_whole(path, &compressed[..len], options.overwrite, options.durability)?)
}

/// Whether the name asks for gzip.
fn is_compressed_name(path: &Path) -> Result<bool, Problem> {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
    match name {
        Some(name) if name.ends_with(".nii.gz") && name.len() > 7 => Ok(true),
        Some(name) if name.ends_with(".nii") && name.len() > 4 => Ok(false),
        _ => Err(Problem::OutputName),
    }
}

/// The whole file, before compression.
fn file_bytes(
    source: LabelSource<'_>,
    labels: &LabelMap,
    space: &Space,
    options: &WriteOptions,
) -> Result<Vec<u8>, Problem> {
    let shape = source.shape();
    if shape != space.shape() {
        return Err(
            medmask_core::MaskError::ShapeMismatch { voxels: shape, space: space.shape() }.into()
        );
    }
    let mut fields = fields(space, options)?;
    let sample_bytes = match Dtype::for_label(source.max_label()) {
        Dtype::Bool | Dtype::U8 => set_datatype(&mut fields, 2, 1),
        Dtype::U16 => set_datatype(&mut fields, 512, 2),
        Dtype::U32 => set_datatype(&mut fields, 768, 4),
    };
    let after_header = extensions(labels, options)?;
    let header_bytes = fields.version.header_bytes();
    let first_voxel = (header_bytes + after_header.len()).next_multiple_of(16);
    fields.vox_offset = first_voxel as u64;
    let voxels: usize = shape.iter().product();
    let length =
        voxels.checked_mul(sample_bytes).and_then(|length| length.checked_add(first_voxel));
    // A small archive may describe a volume that no memory holds.
    let mut bytes: Vec<u8> = length
        .and_then(|length| bytemuck::try_zeroed_vec(length).ok())
        .ok_or(Problem::TooLargeForMemory { voxels: voxels as u64 })?;
    bytes[..header_bytes].copy_from_slice(&fields.to_bytes()?);
    bytes[header_bytes..header_bytes + after_header.len()].copy_from_slice(&after_header);
    let samples = &mut bytes[first_voxel..];
    match sample_bytes {
        1 => source.paint(samples, |label| [label as u8]),
        2 => source.paint(samples, |label| (label as u16).to_le_bytes()),
        _ => source.paint(samples, u32::to_le_bytes),
    }
    Ok(bytes)
}

/// The bytes between header and voxels.
fn extensions(labels: &LabelMap, options: &WriteOptions) -> Result<Vec<u8>, Problem> {
    let xml;
    let mut extensions = Vec::new();
    if options.label_table && !labels.is_empty() {
        xml = label_table_xml(labels);
        extensions.extend(LABEL_TABLE_CODES.map(|code| (code, xml.as_str())));
    }
    extension_bytes(&extensions).ok_or_else(|| Problem::DoesNotFit {
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
fn fields(space: &Space, options: &WriteOptions) -> Result<Fields, Problem> {
    let mut fields = Fields::empty();
    let mut geometry = options.geometry;
    let mut copied = false;
    if let Some(like) = &options.like {
        like.space().compare(space, options.tolerance_mm)?;
        fields = like.fields.clone();
        geometry = Some(SourceGeometry::of(like));
        // Programs that ignore units would misplace anything but millimetres.
        copied = like.has_form() && like.is_in_mm();
    }
    let [z, y, x] = space.shape().map(|axis| axis as i64);
    fields.dim = [3, x, y, z, 1, 1, 1, 1];
    if fields.dim.iter().any(|axis| *axis > i64::from(i16::MAX)) {
        fields.version = NiftiVersion::Two;
    }
    if !copied {
        set_forms(&mut fields, space, geometry.as_ref());
    }
    fields.single_file = true;
    (fields.scl_slope, fields.scl_inter) = (1.0, 0.0);
    (fields.cal_min, fields.cal_max) = (0.0, 0.0);
    fields.intent_code = INTENT_LABEL;
    fields.intent_p = [0.0; 3];
    fields.intent_name = [0; 16];
    if let Some(text) = &options.descrip {
        let too_long = || Problem::DoesNotFit { what: "descrip", value: format!("{text:?}") };
        let mut descrip = [0; 80];
        descrip.get_mut(..text.len()).ok_or_else(too_long)?.copy_from_slice(text.as_bytes());
        fields.descrip = descrip;
    }
    Ok(fields)
}
