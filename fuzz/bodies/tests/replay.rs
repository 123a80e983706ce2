//! Replays the committed seeds and all inputs that once failed, a bounded number of variations of each included.

use std::fs;
use std::path::{Path, PathBuf};

use medmask_fuzz_bodies::TARGETS;

const VARIATIONS: usize = 200;

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn seeds_and_regressions() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for (name, body) in TARGETS {
        let seeds =
            ["fuzz/seeds", "testdata"].map(|folder| inputs(&root.join(folder).join(name))).concat();
        assert!(!seeds.is_empty(), "{name} has seeds");
        for file in seeds.iter().chain(&inputs(&root.join("testdata/regressions").join(name))) {
            let input = fs::read(file).unwrap();
            if input.is_empty() {
                continue;
            }
            body(&input);
            let mut random = 1_u64;
            for _ in 0..VARIATIONS.min(input.len() * 8) {
                // xorshift64: the same variations in every run.
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let mut variation = input.clone();
                variation[random as usize / 8 % input.len()] ^= 1 << (random % 8);
                body(&variation);
            }
        }
    }
}
