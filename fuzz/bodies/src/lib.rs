//! What each fuzz target does with its input: a panic, an endless loop or too much memory is a finding.

mod codecs;
mod limits;
mod mend;

use std::path::Path;

use medmask_archive::{Archive, verify_archive, version1};
use medmask_core::{LabelMap, Space};
use medmask_labels::LabelFormat;
use medmask_nifti::{ReadOptions, Reader};

use limits::MAX_MEMORY;

pub use codecs::{
    codec_context, codec_packed, codec_planes, codec_runs, codec_tiles, codec_transitions,
};
pub use mend::mend_checksums;

/// The most voxels of a volume that a target builds, so that it stays under its memory cap.
const MAX_VOXELS: usize = 1 << 22;

/// A target's name and body.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("archive", archive),
    ("codec_context", codec_context),
    ("codec_packed", codec_packed),
    ("codec_planes", codec_planes),
    ("codec_runs", codec_runs),
    ("codec_tiles", codec_tiles),
    ("codec_transitions", codec_transitions),
    ("labels", labels),
    ("nifti", nifti),
    ("space_json", space_json),
    ("version1", version1),
];

/// Opens an archive of version 2, checks it and loads what it holds: as it is, and with its checksums put right.
pub fn archive(input: &[u8]) {
    let mut mended = input.to_vec();
    mend_checksums(&mut mended);
    for bytes in [input, &mended] {
        let Ok(mut archive) = Archive::from_storage(bytes, "input") else { continue };
        archive.set_max_memory(MAX_MEMORY);
        // Each row of a box takes time, also where it takes no bytes.
        let small = archive.space().shape().iter().product::<usize>() <= MAX_VOXELS;
        let _ = verify_archive(&archive, small, |_, _| ());
        if small {
            for name in archive.names() {
                let _ = archive.get(name).map(|entry| entry.to_mask());
                let _ = archive.get(name).map(|entry| entry.to_runs());
            }
        }
    }
}

/// Opens a file of version 1.0 and loads what it holds.
pub fn version1(input: &[u8]) {
    if let Ok(mut reader) = version1::Reader::from_storage(input, "input.msk") {
        reader.set_max_memory(MAX_MEMORY);
        for name in reader.names() {
            let _ = reader.get(name).map(|mask| mask.to_mask());
        }
    }
}

/// Reads a NIfTI file, plain or compressed, with its extensions.
pub fn nifti(input: &[u8]) {
    let mut options = ReadOptions::default();
    options.max_voxels = MAX_VOXELS as u64;
    options.max_memory = Some(MAX_MEMORY);
    let mut reader = Reader::new(options);
    if let Ok(volume) = reader.read_bytes(input, Path::new("input.nii")) {
        let (runs, voxels) = (volume.runs(), volume.voxels());
        if let (Ok(runs), Ok(voxels)) = (runs, voxels) {
            assert_eq!(
                runs,
                medmask_core::Runs::from_voxels(&voxels),
                "both ways give the same voxels"
            );
        }
    }
}

/// Parses label tables of every format; what was parsed can be written, and gives the same names again where the format can hold them.
pub fn labels(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let _any = medmask_labels::detect(Path::new("labels.txt"), text);
    for &format in LabelFormat::ALL {
        if let Ok(table) = medmask_labels::parse(text, format)
            && let Ok(written) = medmask_labels::format(&table.labels, format)
        {
            let again = medmask_labels::parse(&written, format);
            assert!(
                again.is_ok_and(|again| again.labels.len() == table.labels.len()),
                "{format:?} reads what it writes"
            );
        }
    }
}

/// Parses the JSON of spaces and of label maps.
pub fn space_json(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(space) = Space::from_json(text) {
        let again = Space::from_json(&space.to_json());
        assert!(again.is_ok_and(|again| again.shape() == space.shape()), "it reads what it writes");
    }
    if let Ok(labels) = LabelMap::from_json(text) {
        assert_eq!(LabelMap::from_json(&labels.to_json()), Ok(labels), "it reads what it writes");
    }
}
