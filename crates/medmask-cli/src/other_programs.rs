//! Files of other programs, which medmask does not read, and the way from them to those that it does.

use std::path::Path;

use medmask::Error;
use medmask::adapter::Formats;
use medmask::file_names::is_archive_name;
use medmask::medmask_archive::{ArchiveError, FormatError};

/// How names end, and what makes NIfTI of such files or of NIfTI such files.
const WAYS: [(&[&str], &str, &str); 4] = [
    (
        &[".seg.nrrd", ".nrrd", ".nhdr"],
        "; 3D Slicer makes NIfTI of it: Segmentations, Export to files, nii.gz",
        "; 3D Slicer reads .nii.gz as a segmentation",
    ),
    (
        &[".mgz", ".mgh"],
        "; FreeSurfer makes NIfTI of it: mri_convert FILE.mgz FILE.nii.gz",
        "; FreeSurfer makes it of NIfTI: mri_convert FILE.nii.gz FILE.mgz",
    ),
    (
        &[".dcm"],
        "; of a DICOM SEG dcmqi makes NIfTI: segimage2itkimage -t nifti",
        "; dcmqi makes a DICOM SEG of NIfTI: itkimage2segimage",
    ),
    (
        &[".mif", ".mif.gz"],
        "; MRtrix makes NIfTI of it: mrconvert FILE.mif FILE.nii.gz",
        "; MRtrix makes it of NIfTI: mrconvert FILE.nii.gz FILE.mif",
    ),
];

/// The way out, where the error is that a file is none of ours and its name says whose it is.
pub fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::NotAMaskFile { path, .. } => way(path, false),
        Error::OutputFormat { path, .. } => way(path, true),
        Error::UnknownSuffix { suffix, .. } => way(Path::new(&format!("x{suffix}")), true),
        Error::Archive(ArchiveError::Format { path, source: FormatError::NotMedmask, .. }) => {
            way(path, false)
                .or_else(|| is_packed(path).then_some("; `medmask pack` makes an archive of it"))
        }
        _ => None,
    }
}

fn way(path: &Path, output: bool) -> Option<&'static str> {
    let (_, from, to) = WAYS.iter().find(|(endings, ..)| ends(path, endings))?;
    Some(if output { to } else { from })
}

/// Whether the file is of a format that `pack` takes, and no archive.
fn is_packed(path: &Path) -> bool {
    !is_archive_name(path) && Formats::default().input(path).is_ok_and(|input| input.is_some())
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}
