//! A limit of memory: a read is an error that says so, or gives what it gives without.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::num::NonZero;
use std::path::Path;

use medmask_archive::{
    AnyArchive, ArchiveWriter, Codec, EntryOptions, OpenOptions, Result, WriterOptions,
    verify_with, version1,
};
use medmask_core::{Bounds, LabelMap, Mask, Space};
use ndarray::Array3;

const SHAPE: [usize; 3] = [48, 64, 80];

/// Balls of three labels.
fn mask() -> Mask {
    let voxels = Array3::from_shape_fn(SHAPE, |(z, y, x)| {
        let near = |centre: [usize; 3], radius: usize| {
            let apart = [z.abs_diff(centre[0]), y.abs_diff(centre[1]), x.abs_diff(centre[2])];
            apart.iter().map(|n| n * n).sum::<usize>() < radius * radius
        };
        u16::from(near([20, 30, 30], 18)) + 299 * u16::from(near([26, 34, 50], 15))
    });
    let mut labels = LabelMap::new();
    for (name, label) in [("first", 1), ("second", 299), ("both", 300)] {
        labels.insert(name, label).unwrap();
    }
    Mask::new(voxels, labels, Space::of_shape(SHAPE)).unwrap()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let two = folder.join("two.mska");
    let mut writer = ArchiveWriter::create(&two, mask().space(), WriterOptions::new()).unwrap();
    let codecs = [
        ("raw", Codec::Raw),
        ("lz4", Codec::Lz4),
        ("zstd", Codec::Zstd { level: 3 }),
        ("runs", Codec::default()),
        ("transitions", Codec::Transitions),
        ("context", Codec::Context),
    ];
    for (name, codec) in codecs {
        writer.add_with(name, &mask(), EntryOptions::new().codec(codec)).unwrap();
    }
    writer.finish().unwrap();
    let one = folder.join("one.msk");
    version1::write_mask(&one, &mask()).unwrap();
    vec![two, one]
}

/// All that reads of an entry give: the same for each, or why there is none.
fn reads(archive: &AnyArchive, name: &str) -> Vec<(&'static str, Result<String>)> {
    let entry = || archive.get(name).unwrap();
    let region = Bounds { start: [10, 5, 7], end: [30, 60, 79] };
    let mut array = Array3::<u32>::zeros(SHAPE);
    let filled = entry().read_into(&mut array);
    let mut rows = Rows(String::new());
    let handed = entry().for_each_row(&mut rows);
    vec![
        ("mask", entry().to_mask().map(|mask| format!("{mask:?}"))),
        ("voxels", entry().to_voxels().map(|voxels| format!("{voxels:?}"))),
        ("runs", entry().to_runs().map(|runs| format!("{runs:?}"))),
        ("label", entry().label(300).unwrap().to_voxels().map(|voxels| format!("{voxels:?}"))),
        ("region", entry().region(region).unwrap().to_runs().map(|runs| format!("{runs:?}"))),
        ("array", filled.map(|()| format!("{array:?}"))),
        ("rows", handed.map(|()| rows.0)),
    ]
}

struct Rows(String);

impl medmask_core::Sink for Rows {
    fn row(&mut self, z: u32, y: u32, runs: &[medmask_core::Run]) -> std::ops::ControlFlow<()> {
        self.0 += &format!("{z} {y} {runs:?}");
        std::ops::ControlFlow::Continue(())
    }
}

#[test]
fn a_read_fails_for_its_limit_or_gives_what_it_gives_without() {
    let folder = tempfile::tempdir().unwrap();
    let four = NonZero::new(4).unwrap();
    for path in files(folder.path()) {
        let free = AnyArchive::open(&path).unwrap();
        let names: Vec<String> = free.names().map(str::to_owned).collect();
        for name in &names {
            let all = reads(&free, name);
            let (mut refused, mut given) = (0, 0);
            for limit in [0, 100, 10_000, 60_000, 250_000, 500_000, 1_000_000, 4_000_000] {
                let options = OpenOptions::new().max_memory(limit).threads(four);
                let archive = AnyArchive::open_with(&path, &options).unwrap();
                assert_eq!(archive.max_memory(), Some(limit));
                for ((what, expected), (_, read)) in all.iter().zip(reads(&archive, name)) {
                    match read {
                        Ok(read) => {
                            assert!(&read == expected.as_ref().unwrap(), "{name}: {what}");
                            given += 1;
                        }
                        Err(error) => {
                            let memory = error.as_memory().unwrap_or_else(|| {
                                unreachable!("{name}: {what} within {limit}: {error}")
                            });
                            assert_eq!(memory.limit(), Some(limit));
                            refused += 1;
                        }
                    }
                }
            }
            // Nothing is read in no memory, and all of it in four times the dense voxels, which take two bytes each.
            assert!(refused >= all.len() && given >= all.len(), "{name}: {refused} and {given}");
        }
    }
}

#[test]
fn dense_voxels_are_judged_by_their_shape_before_anything_is_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let [two, _] = &files(folder.path())[..] else { unreachable!() };
    let dense = (SHAPE.iter().product::<usize>() * 2) as u64;
    let archive = AnyArchive::open_with(two, &OpenOptions::new().max_memory(dense - 1)).unwrap();
    let error = archive.get("runs").unwrap().to_voxels().unwrap_err();
    assert_eq!(error.as_memory().unwrap().asked(), dense);
    let text = format!("the dense voxels would take {dense} bytes of memory");
    assert!(error.to_string().contains(&text), "{error}");
    // As runs they take less.
    assert!(archive.get("runs").unwrap().to_runs().is_ok());
}

#[test]
fn a_deep_check_counts_in_less_memory_than_the_runs_take() {
    let folder = tempfile::tempdir().unwrap();
    let [two, one] = &files(folder.path())[..] else { unreachable!() };
    let runs = AnyArchive::open(two).unwrap().get("runs").unwrap().to_runs().unwrap();
    let all = runs.run_count() as u64 * 12 + runs.rows().len() as u64 * 16;
    let limit = OpenOptions::new().max_memory(4 * all);
    let found = verify_with(two, &limit, true, |_, _| ()).unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let found = verify_with(one, &OpenOptions::new().max_memory(700_000), true, |_, _| ()).unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let found = verify_with(two, &OpenOptions::new().max_memory(0), true, |_, _| ()).unwrap();
    assert_eq!(found.problems.len(), 6);
    assert!(found.problems.iter().all(|problem| problem.error.as_memory().is_some()));
}
