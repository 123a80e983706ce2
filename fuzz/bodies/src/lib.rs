//! What each fuzz target does with its input: a panic, an endless loop or too much memory is a finding.

mod codecs;

use std::path::Path;

use medmask_archive::{Archive, verify_archive, version1};
use medmask_core::{LabelMap, Space};
use medmask_format::front::{FRONT_LENGTH, PREAMBLE_LENGTH, SLOT_LENGTH, slot_offset};
use medmask_format::index::INDEX_PREFIX_LENGTH;
use medmask_labels::LabelFormat;
use medmask_nifti::{ReadOptions, Reader};

pub use codecs::{codec_context, codec_packed, codec_runs};

/// The most voxels of a volume that a target builds, so that it stays under its memory cap.
const MAX_VOXELS: usize = 1 << 22;

/// A target's name and body.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("archive", archive),
    ("codec_context", codec_context),
    ("codec_packed", codec_packed),
    ("codec_runs", codec_runs),
    ("labels", labels),
    ("nifti", nifti),
    ("space_json", space_json),
    ("version1", version1),
];

/// Opens an archive of version 2, checks it and loads what it holds. The checksums are put right first, since damage that they
/// find never reaches the code behind them.
pub fn archive(input: &[u8]) {
    let mut bytes = input.to_vec();
    mend_checksums(&mut bytes);
    for bytes in [input, &bytes] {
        let Ok(archive) = Archive::from_storage(bytes, "input") else { continue };
        let _ = verify_archive(&archive, true, |_, _| ());
        if archive.space().shape().iter().product::<usize>() <= MAX_VOXELS {
            for name in archive.names() {
                let _ = archive.get(name).map(|entry| entry.to_mask());
            }
        }
    }
}

/// Makes the checksums of front, slots, index records and blob headers those of their bytes.
fn mend_checksums(bytes: &mut [u8]) {
    if bytes.len() < FRONT_LENGTH {
        return;
    }
    for slot in (0..2).map(slot_offset) {
        let slot = slot as usize;
        let number =
            |at: usize| u64::from_le_bytes(std::array::from_fn(|n| bytes[slot + at + n])) as usize;
        let (offset, length) = (number(8), number(16));
        if length >= INDEX_PREFIX_LENGTH
            && let Some(record) =
                offset.checked_add(length).and_then(|end| bytes.get_mut(offset..end))
        {
            let sum = checksum(&[&record[..4], &record[8..]]);
            record[4..8].copy_from_slice(&sum);
            bytes[slot + 48..slot + 52].copy_from_slice(&sum);
        }
        let sum = checksum(&[&bytes[slot..slot + SLOT_LENGTH - 4]]);
        if bytes[slot..slot + SLOT_LENGTH].iter().any(|byte| *byte != 0) {
            bytes[slot + SLOT_LENGTH - 4..slot + SLOT_LENGTH].copy_from_slice(&sum);
        }
    }
    let sum = checksum(&[&bytes[..PREAMBLE_LENGTH - 4]]);
    bytes[PREAMBLE_LENGTH - 4..PREAMBLE_LENGTH].copy_from_slice(&sum);
    for start in FRONT_LENGTH..bytes.len().saturating_sub(12) {
        let length = u32::from_le_bytes(std::array::from_fn(|n| bytes[start + 4 + n])) as usize;
        if bytes[start..].starts_with(b"MSKB")
            && length >= 12
            && let Some(header) = bytes.get_mut(start..start.saturating_add(length))
        {
            let sum = checksum(&[&header[..8], &header[12..]]);
            header[8..12].copy_from_slice(&sum);
        }
    }
}

fn checksum(parts: &[&[u8]]) -> [u8; 4] {
    let mut hasher = crc32fast::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().to_le_bytes()
}

/// Opens a file of version 1.0 and loads what it holds.
pub fn version1(input: &[u8]) {
    if let Ok(reader) = version1::Reader::from_storage(input, "input.msk") {
        for name in reader.names() {
            let _ = reader.get(name).map(|mask| mask.to_mask());
        }
    }
}

/// Reads a NIfTI file, plain or compressed, with its extensions.
pub fn nifti(input: &[u8]) {
    let mut options = ReadOptions::default();
    options.max_voxels = MAX_VOXELS as u64;
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

/// Parses label tables of every format; what was parsed can be written, and gives the same again where the format can hold it.
pub fn labels(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for &format in LabelFormat::ALL {
        if let Ok(labels) = medmask_labels::parse(text, format)
            && let Ok(written) = medmask_labels::format(&labels, format)
        {
            let again = medmask_labels::parse(&written, format);
            assert!(
                again.is_ok_and(|again| again.len() == labels.len()),
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
