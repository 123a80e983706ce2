//! Changed chunks are reached: their checksums are mended, in the header and over it.

use std::fs;
use std::path::Path;

use medmask_archive::{Archive, ArchiveError, FormatError, verify_archive};
use medmask_fuzz_bodies::mend_checksums;

/// What is wrong with an archive, decoded and all, in words.
fn problems(bytes: &[u8]) -> Vec<String> {
    let archive = Archive::from_storage(bytes, "seed").unwrap();
    let found = verify_archive(&archive, true, |_, _| ());
    let text = |error: &ArchiveError| match error {
        ArchiveError::Format { source: FormatError::Corrupt(damage), .. } => damage.to_string(),
        other => other.to_string(),
    };
    found.problems.iter().map(|problem| text(&problem.error)).collect()
}

#[test]
fn a_changed_chunk_is_decoded_and_not_refused_for_its_checksum() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../seeds/archive");
    let mut reached = 0;
    for seed in fs::read_dir(seeds).unwrap() {
        let bytes = fs::read(seed.unwrap().path()).unwrap();
        let mut mended = bytes.clone();
        mend_checksums(&mut mended);
        // A seed that was made by hand comes without any.
        let whole = Archive::from_storage(&bytes[..], "seed").is_ok();
        assert!(!whole || mended == bytes, "of a file in order there is nothing to mend");
        let bytes = mended;
        let archive = Archive::from_storage(&bytes[..], "seed").unwrap();
        let blobs: Vec<_> = archive.entries().filter_map(|entry| entry.blob()).collect();
        for (offset, length) in blobs {
            // The last bytes of a blob are of its last chunk.
            let last = (offset + length) as usize;
            for place in last - 4..last {
                let mut changed = bytes.clone();
                changed[place] ^= 1;
                let refused = "its checksum does not match";
                let found = problems(&changed);
                assert!(found.iter().all(|problem| problem.ends_with(refused)), "{found:?}");
                mend_checksums(&mut changed);
                let found = problems(&changed);
                assert!(!found.iter().any(|problem| problem.contains("checksum")), "{found:?}");
                reached += usize::from(!found.is_empty());
            }
        }
    }
    assert!(reached > 10, "{reached} changes make a difference to voxels");
}

#[test]
fn a_blob_that_is_cut_off_or_no_blob_is_left_alone() {
    for tail in ["MSKB", "MSKB\x0c\0\0\0", "MSKB\x20\0\0\0\0\0\0\0\u{1}\u{1}", "MSKBMSKBMSKBMSKB"] {
        let mut bytes = [vec![0; 512], tail.as_bytes().to_vec()].concat();
        mend_checksums(&mut bytes);
        assert!(bytes.ends_with(tail.as_bytes()), "{tail:?}");
    }
}
