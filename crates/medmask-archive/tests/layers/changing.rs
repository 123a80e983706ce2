//! Changing archives with layers.

use std::fs;

use medmask_archive::{
    Archive, ArchiveError, ArchiveWriter, Codec, EncodedEntry, EntryOptions, FormatError, Kind,
    Layers, convert, verify,
};
use medmask_core::{LabelMap, Space};
use medmask_format::front::{Front, LAYERS, SLOT_LENGTH, Trailer, slot_offset};

use crate::common::trailer_of;
use crate::{
    SHAPE, case, cuboid, encoded, expected, layers, named, open_to_change, options, voxels, write,
};

fn features(bytes: &[u8]) -> u32 {
    let slots = Front::parse(bytes).unwrap().slots;
    let slots = slots.into_iter().filter_map(|slot| slot.unwrap());
    slots.max_by_key(|slot| slot.generation).unwrap().reader_features
}

#[test]
fn entries_join_the_first_that_they_do_not_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &case(), Layers::Always);
    assert_eq!(layers(&path), [(1, 1), (2, 1), (0, 2), (0, 0), (3, 1)]);
    assert_eq!(voxels(&path), expected(&case()));
    let archive = Archive::open(&path).unwrap();
    let aorta = archive.get("aorta").unwrap();
    assert_eq!(
        aorta.label("aorta").unwrap().to_runs().unwrap().voxel_count(),
        case()[4].runs.voxel_count()
    );
    assert!(aorta.label("arch").unwrap().to_runs().unwrap().is_empty());
    assert_eq!(archive.shared_bytes(), 0);
    assert_eq!(archive.dead_bytes(), 0);
}

#[test]
fn what_is_taken_out_or_renamed_changes_rows_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &case(), Layers::Always);
    let blob = Archive::open(&path).unwrap().entry("spleen").unwrap().blob();
    let mut writer = open_to_change(&path, None);
    writer.remove("liver").unwrap();
    writer.rename("spleen", "milt").unwrap();
    // The name is free again, and what has it now has a blob of its own.
    let liver = named("liver", cuboid([5, 7, 0, 2, 0, 9], 1));
    writer.add_encoded(encoded(&liver)).unwrap();
    writer.commit().unwrap();
    drop(writer);
    let mut all = case();
    all.remove(0);
    all[0].name = "milt".to_owned();
    all.push(liver);
    assert_eq!(voxels(&path), expected(&all));
    let archive = Archive::open(&path).unwrap();
    assert_eq!(archive.entry("milt").unwrap().blob(), blob);
    assert!(archive.entry("liver").unwrap().layer().is_none());
    assert!(verify(&path, true, |_, _| ()).unwrap().problems.is_empty());
    drop(archive);

    // The old liver's voxels are in the blob until the file is written anew.
    let before = Archive::open(&path).unwrap().entry("aorta").unwrap().blob().unwrap();
    open_to_change(&path, None).compact().unwrap();
    assert_eq!(voxels(&path), expected(&all));
    let archive = Archive::open(&path).unwrap();
    assert!(archive.entry("aorta").unwrap().blob().unwrap().1 < before.1);
    assert_eq!(archive.entry("aorta").unwrap().blob(), archive.entry("milt").unwrap().blob());
    assert!(archive.entry("liver").unwrap().layer().is_none(), "nobody has asked for more layers");
    drop(archive);

    // One that is left alone of its blob has one of its own.
    let mut writer = open_to_change(&path, None);
    writer.remove("aorta").unwrap();
    writer.compact().unwrap();
    drop(writer);
    all.retain(|one| one.name != "aorta");
    assert_eq!(voxels(&path), expected(&all));
    assert!(layers(&path).iter().all(|(layer, _)| *layer == 0));
    assert_eq!(features(&fs::read(&path).unwrap()), 0);
}

#[test]
fn a_file_says_that_it_has_layers_and_others_must_refuse_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &case(), Layers::Never);
    assert_eq!(features(&fs::read(&path).unwrap()), 0);
    write(&path, &case(), Layers::Always);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(features(&bytes), LAYERS);
    let with = |features: u32| {
        let mut bytes = bytes.clone();
        let Front { kind, space, slots } = Front::parse(&bytes).unwrap();
        let mut slot = slots[0].clone().unwrap().unwrap();
        slot.reader_features = features;
        let trailer = trailer_of(&bytes);
        bytes.truncate(trailer);
        bytes.extend_from_slice(&Trailer { kind, space, slot }.to_bytes());
        bytes[slot_offset(0) as usize..][..SLOT_LENGTH].copy_from_slice(&slot.to_bytes());
        Archive::from_storage(bytes, "case.mska")
    };
    assert!(with(LAYERS).is_ok());
    // A reader that does not know a bit refuses the file.
    let refused = with(LAYERS | 1 << 5).unwrap_err();
    assert!(
        matches!(
            refused,
            ArchiveError::Format { source: FormatError::UnsupportedFeature { bits: 32, .. }, .. }
        ),
        "{refused}"
    );
    let refused = with(0).unwrap_err().to_string();
    assert!(refused.contains("an entry is in a layer, which its commit does not say"), "{refused}");

    // The bit goes with the last layer.
    let mut writer = open_to_change(&path, None);
    for name in ["liver", "spleen"] {
        writer.remove(name).unwrap();
        writer.commit().unwrap();
        assert_eq!(features(&fs::read(&path).unwrap()), LAYERS);
    }
    writer.remove("aorta").unwrap();
    writer.commit().unwrap();
    assert_eq!(features(&fs::read(&path).unwrap()), 0);
}

#[test]
fn a_layer_goes_to_another_file_on_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    write(&path, &case(), Layers::Always);
    let archive = Archive::open(&path).unwrap();
    let single = folder.path().join("spleen.msk");
    let mut writer =
        ArchiveWriter::create(&single, &Space::of_shape(SHAPE), options(None)).unwrap();
    writer.add_encoded(archive.encoded("spleen").unwrap().renamed("milt").unwrap()).unwrap();
    writer.finish().unwrap();
    let mask = Archive::open(&single).unwrap();
    assert_eq!(mask.kind(), Kind::SingleMask);
    assert_eq!(mask.get("milt").unwrap().to_runs().unwrap(), case()[1].runs);
    assert_eq!(features(&fs::read(&single).unwrap()), 0);

    let converted = folder.path().join("converted.mska");
    convert(&path, &converted, Default::default(), None, options(None), |_, _| ()).unwrap();
    assert_eq!(voxels(&converted), expected(&case()));
    let context = folder.path().join("context.mska");
    convert(&path, &context, Default::default(), Some(Codec::Context), options(None), |_, _| ())
        .unwrap();
    assert_eq!(voxels(&context), expected(&case()));
    assert_eq!(Archive::open(&context).unwrap().entry("spleen").unwrap().codec(), Some("context"));
    let version1 = folder.path().join("version1.mska");
    convert(
        &path,
        &version1,
        medmask_archive::TargetVersion::Version1,
        None,
        options(None),
        |_, _| (),
    )
    .unwrap();
    let old = medmask_archive::AnyArchive::open(&version1).unwrap();
    assert_eq!(old.get("aorta").unwrap().to_runs().unwrap(), case()[4].runs);
}

#[test]
fn layers_pay_where_masks_are_small_and_stay_apart_where_loading_would_take_long() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    // Vertebrae one above the other: each is loaded with the few that share its slices.
    let stack: Vec<_> = (0..5)
        .map(|place| {
            named(&format!("T{place}"), cuboid([place * 8, place * 8 + 8, 2, 9, 3, 11], 1))
        })
        .collect();
    let length = |all: &[crate::Named], layers| {
        write(&path, all, layers);
        (fs::read(&path).unwrap().len(), crate::layers(&path).iter().any(|(layer, _)| *layer > 0))
    };
    let context: Vec<_> =
        stack.iter().map(|one| crate::Named { codec: Codec::Context, ..one.clone() }).collect();
    let (apart, (auto, is_layered)) =
        (length(&context, Layers::Never).0, length(&context, Layers::Auto));
    assert!(auto < apart && is_layered, "{auto} of {apart}");
    // Side by side in the same slices, each would load with all others, and only the smallest codec takes that.
    let beside: Vec<_> = (0..5)
        .map(|place| {
            named(
                &format!("rib {place}"),
                crate::noise(SHAPE, [3, 40, place * 2, place * 2 + 2, 0, 14]),
            )
        })
        .collect();
    let (_, is_layered) = length(&beside, Layers::Auto);
    assert!(!is_layered);
    assert!(length(&beside, Layers::Always).1);
}

#[test]
fn several_labels_or_none_are_no_layer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut all = case();
    let two = cuboid([0, 3, 0, 3, 0, 3], 1);
    let mut writer =
        ArchiveWriter::create(&path, &Space::of_shape(SHAPE), options(Layers::Always)).unwrap();
    let mut labels = LabelMap::new();
    labels.insert("low", 1).unwrap();
    labels.insert("high", 2).unwrap();
    let volume = two.relabel(|_| 1);
    let mut both = medmask_core::RunsBuilder::new(SHAPE);
    for row in volume.rows() {
        for run in row.runs {
            both.push(row.z, row.y, medmask_core::Run { label: 1 + row.z % 2, ..*run });
        }
    }
    let both = both.finish();
    writer
        .add_encoded(EncodedEntry::new("both", &both, &labels, &EntryOptions::default()).unwrap())
        .unwrap();
    all.iter().for_each(|one| writer.add_encoded(encoded(one)).unwrap());
    writer.finish().unwrap();
    assert!(Archive::open(&path).unwrap().entry("both").unwrap().layer().is_none());
    all.push(named("both", both));
    assert_eq!(voxels(&path), expected(&all));
}
