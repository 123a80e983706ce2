//! What a caller decides about reading.

/// How to read NIfTI files.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Where the voxels lie if sform_code and qform_code are both 0. `None`: such files are refused.
    pub assume_affine: Option<AssumeAffine>,
    /// Which of qform and sform to take.
    pub form: FormChoice,
    /// Which volume of a file with a fourth axis to read, counted from 0. `None`: such files are refused.
    pub volume: Option<usize>,
    /// How far, in voxels, a corner of the volume may move when a sheared affine is replaced by the
    /// nearest one with right angles.
    pub max_shear_voxels: f64,
    /// How far from an integer a label may lie; below 0.5. Scaled and real numbers are seldom exact.
    pub label_tolerance: f64,
    /// Values that are background, as 0 is; NaN may be one of them. They are compared after scl_slope and scl_inter, to the tolerance.
    pub background: Vec<f64>,
    /// Most voxels one volume may have.
    pub max_voxels: u64,
    /// Most bytes of header extensions.
    pub max_extension_bytes: u64,
    /// Most bytes that the reading of one file may hold at once: the compressed file, its voxels as they are stored, and the runs or
    /// the dense voxels made of them. `None`: as many as the machine gives.
    pub max_memory: Option<u64>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            assume_affine: None,
            form: FormChoice::Standard,
            volume: None,
            max_shear_voxels: 0.05,
            label_tolerance: 1e-3,
            background: Vec::new(),
            max_voxels: 1 << 31,
            // The names of a hundred thousand labels, and the headers of other formats that some programs keep there.
            max_extension_bytes: 64 << 20,
            max_memory: None,
        }
    }
}

/// Where the voxels of a file without qform and sform lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AssumeAffine {
    /// Voxel axes along RAS+, voxel 0 at the origin, spacing from pixdim ("method 1" of NIfTI-1).
    Pixdim,
    /// As nibabel: spacing from pixdim, x towards the left, the volume's centre at the origin.
    Nibabel,
    /// As SimpleITK: voxel axes along LPS+, voxel 0 at the origin, spacing from pixdim.
    SimpleItk,
}

impl std::str::FromStr for AssumeAffine {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "pixdim" => Ok(Self::Pixdim),
            "nibabel" => Ok(Self::Nibabel),
            "simpleitk" => Ok(Self::SimpleItk),
            _ => Err(UnknownChoice { found: text.to_owned(), known: "pixdim, nibabel, simpleitk" }),
        }
    }
}

/// Which of qform and sform says where the voxels lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormChoice {
    /// The sform where sform_code > 0, else the qform where qform_code > 0.
    #[default]
    Standard,
    /// The sform, refused where sform_code is 0.
    Sform,
    /// The qform, refused where qform_code is 0. (SimpleITK takes it where sform_code is not 1.)
    Qform,
}

impl std::str::FromStr for FormChoice {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "standard" => Ok(Self::Standard),
            "sform" => Ok(Self::Sform),
            "qform" => Ok(Self::Qform),
            _ => Err(UnknownChoice { found: text.to_owned(), known: "standard, sform, qform" }),
        }
    }
}

/// A word that names none of the choices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is none of {known}")]
#[non_exhaustive]
pub struct UnknownChoice {
    /// The word.
    pub found: String,
    /// The choices.
    pub known: &'static str,
}
