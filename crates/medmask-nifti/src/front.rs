//! What precedes the voxels: header and extensions, checked.

use std::io::Read;

use medmask_core::{LabelMap, Memory, Space};

use crate::extension::parse_extensions;
use crate::fields::{self, Fields, NIFTI_1_BYTES, NIFTI_2_BYTES};
use crate::geometry::{choose_affine, space_of};
use crate::inflate::{Window, fill};
use crate::label_table::{LabelTable, parse_label_table};
use crate::samples::Samples;
use crate::stream::read_problem;
use crate::{Header, Limit, Note, Problem, ReadOptions};

/// What the names of a label table take, for each of its bytes, at most about.
const BYTES_PER_TABLE_BYTE: u64 = 16;

/// Most volumes of one file that are read one after the other.
const MAX_VOLUMES: u64 = 1 << 16;

/// Header and extensions as they stand in the file.
pub(crate) struct Front {
    fields: Fields,
    /// Whether the voxels follow in the same file.
    pub single_file: bool,
    /// The bytes between header and voxels: extensions.
    after_header: Vec<u8>,
}

/// Where the samples lie in the file, and what they are.
pub(crate) struct Layout {
    pub samples: Samples,
    pub window: Window,
}

impl Front {
    /// Reads up to the first voxel; of a pair, the whole header file. A file named `.nii` is taken as
    /// single even if its magic is that of a pair, as nibabel and SimpleITK do.
    pub(crate) fn read(
        input: &mut impl Read,
        options: &ReadOptions,
        named_single: bool,
    ) -> Result<Self, Problem> {
        let mut head = [0; NIFTI_2_BYTES];
        let mut filled = fill(input, &mut head[..NIFTI_1_BYTES])?;
        if head.starts_with(&540_i32.to_le_bytes()) || head.starts_with(&540_i32.to_be_bytes()) {
            filled += fill(input, &mut head[filled..])?;
        }
        let fields = fields::parse(&head[..filled])?;
        let first_voxel = fields.version.header_bytes() as u64 + 4;
        let single_file = fields.single_file || (named_single && fields.vox_offset >= first_voxel);
        if single_file && fields.vox_offset < first_voxel {
            return Err(Problem::Field {
                field: "vox_offset",
                value: fields.vox_offset.to_string(),
                reason: "the first voxel lies within the header (352 is the least, 544 in NIfTI-2)",
            });
        }
        let after_header = if single_file {
            let wanted = fields.vox_offset - filled as u64;
            let bytes = read_extensions(input, wanted, options)?;
            if (bytes.len() as u64) < wanted {
                let found = (filled + bytes.len()) as u64;
                return Err(Problem::Truncated { expected: fields.vox_offset, found });
            }
            bytes
        } else {
            read_extensions(input, options.max_extension_bytes, options)?
        };
        Ok(Self { fields, single_file, after_header })
    }

    /// How many volumes the file holds, of those that could be read one after the other.
    pub(crate) fn volumes(&self, options: &ReadOptions) -> Result<u64, Problem> {
        let (limit, allowed) = (Limit::Volumes, MAX_VOLUMES);
        match shape(&self.fields, options)?.1 {
            asked if asked > allowed => Err(Problem::LimitExceeded { limit, asked, allowed }),
            volumes => Ok(volumes),
        }
    }

    /// The header's meaning under `options`.
    pub(crate) fn header(&self, options: &ReadOptions) -> Result<(Header, Layout), Problem> {
        let samples = Samples::new(&self.fields, options)?;
        let (shape, volumes) = shape(&self.fields, options)?;
        let window = self.window(shape, volumes, samples.bytes() as u64, options)?;
        let (affine, form, mut notes) = choose_affine(&self.fields, shape, options)?;
        let space = space_of(&affine, form, shape, options, &mut notes)?;
        // Short names take many times their bytes.
        let names = self.after_header.len() as u64 * BYTES_PER_TABLE_BYTE;
        let memory = Memory::new(options.max_memory);
        let _tried = memory.try_out("the label table", names)?;
        let label_names = self.label_names(options, &mut notes);
        let header =
            Header { fields: self.fields.clone(), space, affine, form, label_names, notes };
        Ok((header, Layout { samples, window }))
    }

    /// The names of the first extension that holds a label table of the chosen volume.
    fn label_names(&self, options: &ReadOptions, notes: &mut Vec<Note>) -> LabelMap {
        let (extensions, cut_off) = parse_extensions(&self.after_header, self.fields.byte_order);
        if cut_off {
            notes.push(Note::ExtensionsCutOff);
        }
        let volume = options.volume.unwrap_or(0);
        let table = extensions.iter().find_map(|content| parse_label_table(content, volume));
        let LabelTable { names, problems } = table.unwrap_or_default();
        notes.extend(problems.into_iter().map(|reason| Note::LabelTable { reason }));
        names
    }

    /// The axes, as the header gives them.
    fn dim(&self) -> String {
        format!("{:?}", &self.fields.dim[1..=self.fields.dim[0] as usize])
    }

    /// The bytes of the chosen volume within its file.
    fn window(
        &self,
        shape: [usize; 3],
        volumes: u64,
        sample_bytes: u64,
        options: &ReadOptions,
    ) -> Result<Window, Problem> {
        let chosen = match options.volume {
            None if volumes > 1 => {
                return Err(Problem::SeveralVolumes { volumes, dim: self.dim() });
            }
            None => 0,
            Some(asked) if asked as u64 >= volumes => {
                return Err(Problem::NoSuchVolume { asked, volumes });
            }
            Some(asked) => asked as u64,
        };
        let volume = shape.iter().map(|axis| *axis as u64).product::<u64>() * sample_bytes;
        let window = || {
            let before = chosen.checked_mul(volume)?;
            let rest = (volumes - 1 - chosen).checked_mul(volume)?;
            let skip = self.fields.vox_offset.checked_add(before)?;
            skip.checked_add(volume)?.checked_add(rest)?;
            Some(Window { skip, len: usize::try_from(volume).ok()?, rest })
        };
        window().ok_or_else(|| Problem::Field {
            field: "dim",
            value: self.dim(),
            reason: "no file is that long",
        })
    }
}

fn read_extensions(
    input: &mut impl Read,
    wanted: u64,
    options: &ReadOptions,
) -> Result<Vec<u8>, Problem> {
    if wanted > options.max_extension_bytes {
        return Err(Problem::LimitExceeded {
            limit: Limit::ExtensionBytes,
            asked: wanted,
            allowed: options.max_extension_bytes,
        });
    }
    let mut bytes = Vec::new();
    // Grows with what is really there, whatever the header says.
    input.take(wanted).read_to_end(&mut bytes).map_err(read_problem)?;
    Ok(bytes)
}

/// The shape (z, y, x) and the number of volumes.
fn shape(fields: &Fields, options: &ReadOptions) -> Result<([usize; 3], u64), Problem> {
    const NAMES: [&str; 8] =
        ["dim[0]", "dim[1]", "dim[2]", "dim[3]", "dim[4]", "dim[5]", "dim[6]", "dim[7]"];
    let mut axes = [1_u64; 7];
    for n in 1..=fields.dim[0] as usize {
        axes[n - 1] =
            u64::try_from(fields.dim[n]).ok().filter(|axis| *axis > 0).ok_or_else(|| {
                Problem::Field {
                    field: NAMES[n],
                    value: fields.dim[n].to_string(),
                    reason: "an axis has at least one voxel",
                }
            })?;
    }
    let product = |axes: &[u64]| axes.iter().try_fold(1_u64, |all, axis| all.checked_mul(*axis));
    let voxels = product(&axes[..3]).unwrap_or(u64::MAX);
    let limit = options.max_voxels.min(Space::MAX_VOXELS);
    if voxels > limit || axes[..3].iter().any(|axis| i32::try_from(*axis).is_err()) {
        return Err(Problem::LimitExceeded { limit: Limit::Voxels, asked: voxels, allowed: limit });
    }
    let volumes = product(&axes[3..]).unwrap_or(u64::MAX);
    Ok(([axes[2] as usize, axes[1] as usize, axes[0] as usize], volumes))
}
