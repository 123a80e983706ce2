//! An entry in a layer is the same as one with a blob of its own.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use medmask_archive::{Archive, ArchiveWriter, Codec, Entropy, Layers, ReadAt, verify};
use medmask_core::{Bounds, Dtype, Runs, Space, Voxels};
use ndarray::Array3;
use proptest::prelude::*;

use crate::common::rows;
use crate::{Named, SHAPE, cuboid, dtype, layers, named, noise, open_to_change, options, write};

fn codec() -> impl Strategy<Value = Codec> {
    prop::sample::select(vec![
        Codec::Transitions,
        Codec::Context,
        Codec::Runs { entropy: Entropy::default() },
        Codec::Raw,
    ])
}

/// A part of the axis, some of whose voxels are never reached.
fn range(length: usize) -> impl Strategy<Value = [u32; 2]> {
    let length = length as u32;
    (0..length, 1..length / 2)
        .prop_map(move |(start, extent)| [start, (start + extent).min(length)])
}

fn masks() -> impl Strategy<Value = Vec<Named>> {
    let runs = (range(SHAPE[0]), range(SHAPE[1]), range(SHAPE[2]), 1..400_u32).prop_map(
        |([z0, z1], [y0, y1], [x0, x1], label)| {
            cuboid([z0, z1, y0, y1, x0, x1], label % 3 * 130 + 1)
        },
    );
    let one = prop_oneof![6 => runs, 1 => Just(Runs::empty(SHAPE))];
    let all = prop::collection::vec((one, codec()), 1..9);
    (all, any::<bool>()).prop_map(|(all, one_codec)| {
        let first = all[0].1;
        let mut all: Vec<Named> = all
            .into_iter()
            .enumerate()
            .map(|(place, (runs, codec))| {
                let codec = if one_codec { first } else { codec };
                Named { codec, ..named(&format!("mask {place}"), runs) }
            })
            .collect();
        let twin = Named { name: "twin".to_owned(), ..all[0].clone() };
        all.push(twin);
        all
    })
}

fn check_entry(layered: &Archive, one: &Named, region: Bounds) {
    let reader = layered.get(&one.name).unwrap();
    assert_eq!(reader.to_runs().unwrap(), one.runs, "{}", one.name);
    let dense = one.runs.to_voxels(dtype(&one.runs));
    assert_eq!(reader.to_voxels().unwrap(), dense);
    let mut array = Array3::from_elem(SHAPE, 9_u32);
    reader.read_into(&mut array).unwrap();
    assert_eq!(Runs::from_array(array.view()), one.runs);
    let part = reader.region(region).unwrap();
    assert_eq!(part.to_runs().unwrap(), one.runs.crop(region));
    assert_eq!(part.to_voxels().unwrap(), one.runs.crop(region).to_voxels(dtype(&one.runs)));
    let label = one.runs.max_label().max(1);
    assert_eq!(reader.label(label).unwrap().to_runs().unwrap(), one.runs.binary_of(label));
    let counted = reader.counted_labels().unwrap().into_iter().filter_map(|known| known.statistics);
    assert_eq!(counted.collect::<Vec<_>>(), one.runs.statistics());
}

/// No two entries of one blob share a voxel, and entries alone share one with each blob of their codec before.
fn check_groups(path: &Path, all: &[Named]) {
    let places = layers(path);
    let overlap = |a: &Runs, b: &Runs| {
        let [a, b] = [a, b].map(|runs| match runs.binary().to_voxels(Dtype::U8) {
            Voxels::U8(array) => array,
            _ => unreachable!(),
        });
        a.iter().zip(&b).any(|(a, b)| *a > 0 && *b > 0)
    };
    for (place, one) in all.iter().enumerate() {
        for before in 0..place {
            if places[before].1 == places[place].1 && places[place].1 > 0 {
                let equal = places[before] == places[place];
                assert_eq!(overlap(&all[before].runs, &one.runs), equal);
            }
        }
    }
    let eligible = |one: &&Named| one.codec != Codec::Raw && !one.runs.is_empty();
    let groups: HashSet<usize> =
        places.iter().map(|(_, blob)| *blob).filter(|blob| *blob > 0).collect();
    // Two blobs of one codec would be one, unless something in them overlaps.
    for (a, b) in
        groups.iter().flat_map(|a| groups.iter().map(move |b| (*a, *b))).filter(|(a, b)| a < b)
    {
        let of = |blob| {
            all.iter().zip(&places).filter(move |(_, place)| place.1 == blob).map(|(one, _)| one)
        };
        let alike = of(a).next().unwrap().codec == of(b).next().unwrap().codec
            // How `runs` was compressed does not show where the voxels are packed.
            && !matches!(of(a).next().unwrap().codec, Codec::Runs { .. });
        if alike && of(a).all(|one| eligible(&one)) {
            assert!(of(b).any(|one| of(a).any(|other| overlap(&one.runs, &other.runs))), "{all:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn layers_hold_what_separate_blobs_hold(
        all in masks(),
        (z, y, x) in (range(SHAPE[0]), range(SHAPE[1]), range(SHAPE[2])),
    ) {
        let region = Bounds {
            start: [z[0], y[0], x[0]].map(|start| start as usize),
            end: [z[1], y[1], x[1]].map(|end| end as usize),
        };
        let folder = tempfile::tempdir().unwrap();
        let [apart, path, copy, auto] =
            ["apart", "layered", "copy", "auto"].map(|name| folder.path().join(format!("{name}.mska")));
        write(&apart, &all, Layers::Never);
        write(&path, &all, Layers::Always);
        let layered = Archive::open(&path).unwrap();
        for one in &all {
            check_entry(&layered, one, region);
        }
        prop_assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
        check_groups(&path, &all);

        // Copied one by one, entries are what they would be without layers, byte for byte, also with other codecs around.
        let mut writer = ArchiveWriter::create(&copy, &Space::of_shape(SHAPE), options(None)).unwrap();
        for name in layered.names() {
            writer.add_encoded(layered.encoded(name).unwrap()).unwrap();
        }
        writer.finish().unwrap();
        prop_assert_eq!(fs::read(&copy).unwrap(), fs::read(&apart).unwrap());
        open_to_change(&path, Layers::Never).compact().unwrap();
        prop_assert_eq!(fs::read(&path).unwrap(), fs::read(&apart).unwrap());

        // What pays is never larger, wherever one comes from.
        write(&auto, &all, Layers::Auto);
        let bytes = fs::read(&auto).unwrap();
        prop_assert!(bytes.len() <= fs::read(&apart).unwrap().len());
        open_to_change(&path, Layers::Always).compact().unwrap();
        prop_assert_eq!(rows(&path).len(), all.len());
        open_to_change(&path, Layers::Auto).compact().unwrap();
        prop_assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

/// Bytes that remember which of them were read.
struct Noted {
    bytes: Vec<u8>,
    reads: Mutex<Vec<(u64, usize)>>,
}

impl ReadAt for Noted {
    fn size(&self) -> io::Result<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        self.reads.lock().unwrap().push((offset, length));
        self.bytes.read_at(offset, length)
    }
}

#[test]
fn a_layer_reads_the_chunks_that_its_box_meets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    // Noise, so that chunks are larger than the first 4 KiB of a blob, 60 slices each.
    let shape = [300, 20, 60];
    let all = [("low", 0, 60), ("middle", 60, 240), ("high", 240, 300)]
        .map(|(name, start, end)| named(name, noise(shape, [start, end, 0, 20, 0, 60])));
    let mut writer =
        ArchiveWriter::create(&path, &Space::of_shape(shape), options(Layers::Always)).unwrap();
    all.iter().for_each(|one| writer.add_encoded(crate::encoded(one)).unwrap());
    writer.finish().unwrap();
    let storage = Noted { bytes: fs::read(&path).unwrap(), reads: Mutex::default() };
    let archive = Archive::from_storage(storage, &path).unwrap();
    let (offset, length) = archive.entry("low").unwrap().blob().unwrap();
    let shares: Vec<u64> = archive.entries().map(medmask_archive::Entry::stored_bytes).collect();
    assert_eq!(shares.iter().sum::<u64>(), length);
    assert!(shares[0] == shares[2] || shares[0] + 1 == shares[2], "{shares:?}");
    archive.storage().reads.lock().unwrap().clear();
    for (one, chunks) in all.iter().zip([1, 3, 1]) {
        assert_eq!(archive.get(&one.name).unwrap().to_runs().unwrap(), one.runs);
        let reads = std::mem::take(&mut *archive.storage().reads.lock().unwrap());
        assert!(reads.iter().all(|(start, _)| (offset..offset + length).contains(start)));
        // The first 4 KiB, which have the table, and chunks of some 9 KB.
        let [(_, 4096), (_, read)] = reads[..] else { panic!("{reads:?} of {length}") };
        assert!((8900 * chunks..9300 * chunks).contains(&read), "{reads:?} of {length}");
    }
}
