//! `extract`: files come back as they were, on the grid that is asked for, and nowhere else.

use medmask::medmask_nifti::{SourceGeometry, WriteOptions, write_mask};
use medmask::{Interpolation, LabelMap, Runs, Space, Voxels};

use crate::files::{
    SHAPE, block, case, fail, listing, medmask, packed, read, space, succeed, write,
};

#[test]
fn all_entries_come_back_voxel_for_voxel_with_their_affines() {
    let (folder, masks) = case();
    // An affine of its own within the tolerance, and codes of its own.
    let mut options = WriteOptions::default();
    let mut affine = space().to_nifti_affine();
    affine[0][3] += 0.0625;
    options.geometry = Some(SourceGeometry::new(affine, 0, 4));
    let voxels = Voxels::from(block([[0, 3], [0, 3], [0, 3]], 1));
    write_mask(&masks.join("own.nii.gz"), &voxels, &LabelMap::new(), &space(), &options).unwrap();
    succeed(folder.path(), &["pack", "masks", "-o", "case.mska"]);
    for (format, files) in [
        ("nii.gz", ["Gap.nii.gz", "liver.nii.gz", "lobes.nii.gz", "own.nii.gz", "sub.01.nii.gz"]),
        ("nii", ["Gap.nii", "liver.nii", "lobes.nii", "own.nii", "sub.01.nii"]),
    ] {
        let out = folder.path().join("made").join(format);
        let directory = format!("made/{format}");
        succeed(folder.path(), &["extract", "case.mska", "-d", &directory, "--format", format]);
        assert_eq!(listing(&out), files);
        let sources = ["Gap.nii.gz", "liver.nii.gz", "lobes.nii.gz", "own.nii.gz", "sub.01.nii"];
        for (file, source) in files.iter().zip(sources) {
            let ((runs, header), (source_runs, source)) =
                (read(&out.join(file)), read(&masks.join(source)));
            assert_eq!(runs, source_runs, "{file}");
            assert_eq!(SourceGeometry::of(&header), SourceGeometry::of(&source), "{file}");
        }
    }
    succeed(folder.path(), &["extract", "case.mska", "-d", "msk", "--format", "msk"]);
    succeed(folder.path(), &["pack", "msk", "-o", "again.mska"]);
    succeed(folder.path(), &["extract", "again.mska", "own", "-o", "own.nii"]);
    let ((runs, header), source) =
        (read(&folder.path().join("own.nii")), read(&masks.join("own.nii.gz")));
    assert_eq!((runs, SourceGeometry::of(&header)), (source.0, SourceGeometry::of(&source.1)));
}

#[test]
fn names_choose_entries_and_existing_files_are_kept() {
    let (folder, _) = packed();
    succeed(folder.path(), &["extract", "case.mska", "l*", "Gap", "liver", "-d", "out"]);
    assert_eq!(listing(&folder.path().join("out")), ["Gap.nii.gz", "liver.nii.gz", "lobes.nii.gz"]);
    std::fs::remove_file(folder.path().join("out/Gap.nii.gz")).unwrap();
    fail(
        folder.path(),
        &["extract", "case.mska", "-d", "out"],
        1,
        &["out/liver.nii.gz already exists", "--force"],
    );
    assert_eq!(listing(&folder.path().join("out")), ["liver.nii.gz", "lobes.nii.gz"]);
    succeed(folder.path(), &["extract", "case.mska", "-d", "out", "--force"]);
    assert_eq!(listing(&folder.path().join("out")).len(), 4);
    let exists = ["extract", "case.mska", "liver", "-o", "out/liver.nii.gz"];
    fail(folder.path(), &exists, 1, &["out/liver.nii.gz already exists", "--force"]);
    fail(
        folder.path(),
        &["extract", "case.mska", "liver", "-o", "liver.png"],
        1,
        &["liver.png", ".nii.gz"],
    );
    fail(
        folder.path(),
        &["extract", "case.mska", "-o", "x.nii"],
        2,
        &["4 entries", "-d DIR", "--merge"],
    );
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = medmask::ArchiveWriter::create(
        folder.path().join("evil.mska"),
        &space(),
        Default::default(),
    )
    .unwrap();
    let mask =
        medmask::Mask::new(Voxels::zeros(medmask::Dtype::Bool, SHAPE), LabelMap::new(), space())
            .unwrap();
    let absolute = format!("{}/absolute", folder.path().display());
    for name in ["../up", "a/b", "..", "nul", "C:\\x", absolute.as_str()] {
        writer.add(name, &mask).unwrap();
    }
    writer.finish().unwrap();
    succeed(folder.path(), &["extract", "evil.mska", "-d", "out/deep"]);
    assert_eq!(listing(folder.path()), ["evil.mska", "out"]);
    assert_eq!(listing(&folder.path().join("out")), ["deep"]);
    let files = listing(&folder.path().join("out/deep"));
    assert_eq!(files.len(), 6);
    for file in
        ["%2E%2E.nii.gz", "%2E.%2Fup.nii.gz", "%6Eul.nii.gz", "C%3A%5Cx.nii.gz", "a%2Fb.nii.gz"]
    {
        assert!(files.contains(&file.to_owned()), "{file} is not in {files:?}");
    }

    let mut writer = medmask::ArchiveWriter::create(
        folder.path().join("case.mska"),
        &space(),
        Default::default(),
    )
    .unwrap();
    writer.add("Liver", &mask).unwrap();
    writer.add("liver", &mask).unwrap();
    writer.finish().unwrap();
    fail(folder.path(), &["extract", "case.mska", "-d", "both"], 1, &["\"Liver\" and \"liver\""]);
    assert!(!folder.path().join("both").exists());
}

#[test]
fn merging_names_labels_and_lets_the_later_entry_win() {
    let (folder, masks) = packed();
    let merge = ["extract", "case.mska", "--merge", "-o", "all.nii.gz"];
    let outcome = medmask(folder.path(), &merge);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    // liver (60 voxels) under lobes (8 of it under label_7) and under sub.01 (z 3, y 2, x 4).
    let files =
        ["liver.nii.gz", "lobes.nii.gz", "sub.01.nii"].map(|file| read(&masks.join(file)).0);
    let [liver, lobes, sub] = files.map(|runs| runs.to_voxels(medmask::Dtype::U32));
    let (merged, header) = read(&folder.path().join("all.nii.gz"));
    let mut overwritten = 0;
    for z in 0..SHAPE[0] {
        for y in 0..SHAPE[1] {
            for x in 0..SHAPE[2] {
                let [liver, lobes, sub] =
                    [&liver, &lobes, &sub].map(|mask| mask.get([z, y, x]).unwrap());
                // Gap 1, liver 1: numbers clash, so that all are numbered anew: Gap 1, liver 2, lobes 3 to 5, sub.01 6.
                let lobes = match lobes {
                    2 => 3,
                    7 => 4,
                    300 => 5,
                    _ => 0,
                };
                let expected = match (sub, lobes, liver) {
                    (5, _, _) => 6,
                    (_, 0, 1) => 2,
                    (_, lobe, _) => lobe,
                };
                assert_eq!(merged.at([z, y, x]), Some(expected), "{z} {y} {x}");
                let layers = [liver, lobes, sub].iter().filter(|label| **label != 0).count();
                overwritten += layers.saturating_sub(1);
            }
        }
    }
    assert!(outcome.err.contains(&format!("overlap: {overwritten} voxels")), "{}", outcome.err);
    let names: Vec<_> = header.label_names().iter().collect();
    let expected =
        [("Gap", 1), ("liver", 2), ("label_2", 3), ("label_7", 4), ("label_300", 5), ("sub.01", 6)];
    assert_eq!(names, expected);
    // What was merged packs again under the same names.
    succeed(folder.path(), &["pack", "all.nii.gz", "-o", "all.mska"]);
    let labels = crate::files::json(folder.path(), &["labels", "all.mska"]);
    assert_eq!(labels["all"]["label_300"], 5);
    // Numbers that do not clash stay; label 7 lies inside the liver.
    for (first, second, labels) in
        [("liver", "lobes", &[1, 2, 7, 300][..]), ("lobes", "liver", &[1, 2, 300])]
    {
        let arguments =
            ["extract", "case.mska", first, second, "--merge", "-o", "two.nii", "--force"];
        succeed(folder.path(), &arguments);
        assert_eq!(read(&folder.path().join("two.nii")).0.labels(), labels);
    }
}

#[test]
fn references_give_the_header_or_the_grid() {
    let (folder, masks) = packed();
    let like =
        ["extract", "case.mska", "liver", "-o", "like.nii.gz", "--like", "masks/lobes.nii.gz"];
    succeed(folder.path(), &like);
    assert_eq!(read(&folder.path().join("like.nii.gz")).0, read(&masks.join("liver.nii.gz")).0);

    let direction = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
    let grid = Space::new([9, 20, 20], [1.5, 1.0, 1.0], [4.0, -22.0, 29.0], direction).unwrap();
    write(&folder.path().join("reference.nii"), ndarray::Array3::zeros([9, 20, 20]), &[], &grid);
    let source = read(&masks.join("liver.nii.gz")).0;
    for (method, interpolation) in
        [("nearest", Interpolation::Nearest), ("linear", Interpolation::LabelLinear)]
    {
        let arguments = [
            "extract",
            "case.mska",
            "liver",
            "-o",
            "onto.nii.gz",
            "--force",
            "--onto",
            "reference.nii",
            "--interpolation",
            method,
        ];
        succeed(folder.path(), &arguments);
        let (runs, header) = read(&folder.path().join("onto.nii.gz"));
        let own = read(&masks.join("liver.nii.gz")).1.space().clone();
        assert_eq!(runs, source.resample(&own, header.space(), interpolation).unwrap());
        assert!(runs != Runs::empty([9, 20, 20]) && header.space().compare(&grid, 1e-4).is_ok());
    }
    let refused = ["extract", "case.mska", "liver", "-o", "x.nii", "--like", "reference.nii"];
    fail(folder.path(), &refused, 1, &["the reference does not fit"]);
}

#[test]
fn a_sheared_reference_is_taken_where_the_user_says_so() {
    let (folder, _) = packed();
    let reference = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/nifti/shear_1e-2.nii")
        .display()
        .to_string();
    let arguments = ["extract", "case.mska", "liver", "-o", "onto.nii", "--onto", &reference];
    fail(
        folder.path(),
        &[&arguments[..], &["--max-shear-voxels", "0"]].concat(),
        1,
        &["--max-shear-voxels"],
    );
    succeed(folder.path(), &[&arguments[..], &["--max-shear-voxels", "1"]].concat());
}

#[test]
fn an_affine_in_metadata_that_no_file_can_hold_gives_way_to_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.mska");
    let mut labels = LabelMap::new();
    labels.insert("liver", 1).unwrap();
    let voxels = Voxels::from(block([[1, 2], [2, 4], [3, 6]], 1));
    let runs = medmask::Mask::new(voxels, labels.clone(), space()).unwrap().to_runs();
    let write = |number: f64| {
        let options = medmask::WriterOptions::new().overwrite(true);
        let mut writer = medmask::ArchiveWriter::create(&path, &space(), options).unwrap();
        let affine = [[number, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, number]];
        let kept = serde_json::json!({"affine": affine, "sform_code": 1, "qform_code": 1});
        let metadata = serde_json::Map::from_iter([("nifti".to_owned(), kept)]);
        let options = medmask::EntryOptions::new().metadata(metadata);
        writer.add_runs("liver", &runs, &labels, &options).unwrap();
        writer.finish().unwrap();
    };
    // Too large for 32 bits, for any number, and too small.
    for number in [1e300, 1e39, 1e-60, 0.0] {
        write(number);
        for arguments in [
            &["extract", "case.mska", "liver", "-o", "x.nii", "--force"][..],
            &["extract", "case.mska", "-d", ".", "--format", "nii", "--force"],
            &["extract", "case.mska", "--merge", "-o", "x.nii", "--force"],
            &["extract", "case.mska", "liver", "-o", "x.msk", "--force"],
        ] {
            let outcome = medmask(folder.path(), arguments);
            assert_eq!(outcome.code, 0, "{number} {arguments:?}: {outcome:?}");
            let note = "the mask lies where the archive says";
            assert!(outcome.err.contains(note), "{number} {arguments:?}: {outcome:?}");
        }
        for file in ["x.nii", "liver.nii"] {
            let (voxels, header) = read(&folder.path().join(file));
            assert_eq!(voxels, runs);
            assert!(header.space().compare(&space(), 1e-4).is_ok(), "{number}: {header:?}");
        }
        let msk = medmask::Archive::open(folder.path().join("x.msk")).unwrap();
        assert_eq!(*msk.space(), space());
    }
    // One that fits is given back.
    write(2.0);
    let outcome = medmask(folder.path(), &["extract", "case.mska", "liver", "-o", "own.nii"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(read(&folder.path().join("own.nii")).1.affine()[0], [2.0, 0.0, 0.0, 0.0]);
}
