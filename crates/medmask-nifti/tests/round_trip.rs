//! Write, read: voxels, names of files and geometry come back.

#![allow(clippy::unwrap_used, reason = "a failure is a failed test")]

mod common;

use medmask_core::{LabelMap, Runs, Space, Voxels};
use medmask_nifti::{
    FileError, FormChoice, NiftiError, Problem, ReadOptions, Reader, SourceGeometry, WriteOptions,
    read_header, read_mask, write_mask,
};
use ndarray::Array3;

fn oblique() -> Space {
    // 30 degrees about z, anisotropic.
    let (s, c) = (0.5, 0.75_f64.sqrt());
    let direction = [[0.0, 0.0, 1.0], [-s, c, 0.0], [c, s, 0.0]];
    Space::new([3, 4, 5], [4.0, 3.0, 2.0], [10.0, -20.0, 30.0], direction).unwrap()
}

fn pattern(max: u32) -> Voxels {
    Array3::from_shape_fn(
        [3, 4, 5],
        |(z, y, x)| if (x + y + z) % 2 == 0 { max - (x as u32) } else { 0 },
    )
    .into()
}

#[test]
fn voxels_and_space_come_back_from_every_type_and_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sub.01.nii.gz", "sub.01.nii", "UPPER.NII.GZ"] {
        for (max, dtype) in
            [(7, "uint8"), (300, "uint16"), (16_777_217, "uint32"), (u32::MAX, "uint32")]
        {
            let path = folder.path().join(format!("{max}-{name}"));
            let voxels = pattern(max);
            write_mask(&path, &voxels, &LabelMap::new(), &oblique(), &WriteOptions::default())
                .unwrap();
            let mut reader = Reader::new(ReadOptions::default());
            let volume = reader.read(&path).unwrap();
            let read = volume.voxels().unwrap();
            assert_eq!(read.dtype().name(), dtype);
            for ((z, y, x), label) in
                ndarray::indices([3, 4, 5]).into_iter().map(|at| (at, voxels.get(at.into())))
            {
                assert_eq!(read.get([z, y, x]), label);
            }
            assert_eq!(volume.runs().unwrap(), Runs::from_voxels(&voxels));
            let (a, b) = (volume.header().space(), oblique());
            for axis in 0..3 {
                assert!((a.spacing()[axis] - b.spacing()[axis]).abs() < 1e-5);
                assert!((a.origin()[axis] - b.origin()[axis]).abs() < 1e-5);
                for c in 0..3 {
                    assert!((a.direction()[axis][c] - b.direction()[axis][c]).abs() < 1e-5);
                }
            }
            assert_eq!(volume.header().notes(), &[]);
            assert_eq!(volume.header().intent_code(), 1002);
        }
    }
}

#[test]
fn an_existing_file_is_kept_unless_overwriting_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii.gz");
    std::fs::write(&path, b"mine").unwrap();
    let space = Space::of_shape([3, 4, 5]);
    let write =
        |options: &WriteOptions| write_mask(&path, &pattern(7), &LabelMap::new(), &space, options);
    let error = write(&WriteOptions::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::Output(FileError::Exists { .. })), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    let mut options = WriteOptions::default();
    options.overwrite = true;
    write(&options).unwrap();
    assert!(read_mask(&path, &ReadOptions::default()).is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn the_sample_case_comes_back_with_its_own_affines() {
    let Some(data) = common::sample_case() else { return };
    let files = std::fs::read_dir(data).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.nii.gz");
    let mut reader = Reader::new(ReadOptions::default());
    let (mut count, mut labelled) = (0, 0);
    for file in files {
        let path = file.unwrap().path();
        let volume = reader.read(&path).unwrap();
        let runs = volume.runs().unwrap();
        count += 1;
        labelled += usize::from(!runs.is_empty());
        if count % 10 != 0 && runs.is_empty() {
            continue;
        }
        let header = volume.into_header();
        let mut options = WriteOptions::default();
        options.overwrite = true;
        options.geometry = Some(SourceGeometry::of(&header));
        write_mask(&out, &runs, &LabelMap::new(), header.space(), &options).unwrap();
        let again = read_header(&out, &ReadOptions::default()).unwrap();
        assert_eq!(again.affine(), header.affine());
        assert_eq!((again.qform_code(), again.sform_code()), (2, 2));
        assert_eq!(reader.read(&out).unwrap().runs().unwrap(), runs);
    }
    assert_eq!((count, labelled), (117, 21));
}

#[test]
fn the_header_of_a_reference_is_copied_but_for_the_voxels() {
    let traps = common::workspace().join("testdata/nifti");
    let folder = tempfile::tempdir().unwrap();
    // The unused byte "regular"; dim, intent and voxel type; vox_offset, scl_slope and scl_inter.
    let own = [38..39, 40..74, 108..120];
    for file in ["sform_2.nii", "qform_only.nii", "sform_only.nii", "plain.nii"] {
        let reference = std::fs::read(traps.join(file)).unwrap();
        let like = read_header(&traps.join(file), &ReadOptions::default()).unwrap();
        let out = folder.path().join(file);
        let mut options = WriteOptions::default();
        options.like = Some(Box::new(like.clone()));
        let voxels: Voxels = Array3::<u16>::from_elem([3, 4, 5], 300).into();
        write_mask(&out, &voxels, &LabelMap::new(), like.space(), &options).unwrap();
        let written = std::fs::read(&out).unwrap();
        for place in 0..348 {
            if !own.iter().any(|range| range.contains(&place)) {
                assert_eq!(written[place], reference[place], "{file}: byte {place}");
            }
        }
    }
}

#[test]
fn a_reference_elsewhere_or_of_another_shape_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let like = folder.path().join("like.nii");
    let space = Space::of_shape([3, 4, 5]);
    write_mask(&like, &pattern(7), &LabelMap::new(), &space, &WriteOptions::default()).unwrap();
    let like = read_header(&like, &ReadOptions::default()).unwrap();
    let mut options = WriteOptions::default();
    options.like = Some(Box::new(like));
    let out = folder.path().join("out.nii");
    let moved = Space::new([3, 4, 5], [1.0; 3], [0.0, 0.0, 0.2], space.direction()).unwrap();
    let error = write_mask(&out, &pattern(7), &LabelMap::new(), &moved, &options).unwrap_err();
    assert!(error.to_string().contains("origin differs by 0.2"), "{error}");
    let larger = Voxels::zeros(medmask_core::Dtype::U8, [3, 4, 6]);
    let error = write_mask(&out, &larger, &LabelMap::new(), &Space::of_shape([3, 4, 6]), &options)
        .unwrap_err();
    assert!(matches!(error.problem, Problem::Reference { .. }), "{error}");
    assert!(!out.exists());
}

#[test]
fn an_axis_too_long_for_nifti_1_makes_nifti_2() {
    let folder = tempfile::tempdir().unwrap();
    let mut voxels = Array3::<u8>::zeros([1, 2, 40_000]);
    voxels[[0, 1, 39_999]] = 9;
    let space = Space::of_shape([1, 2, 40_000]);
    let path = folder.path().join("long.nii.gz");
    let voxels = Voxels::from(voxels);
    let mut names = LabelMap::new();
    names.insert("nine", 9).unwrap();
    write_mask(&path, &voxels, &names, &space, &WriteOptions::default()).unwrap();
    let (mask, header) = read_mask(&path, &ReadOptions::default()).unwrap();
    assert_eq!(header.version(), medmask_nifti::NiftiVersion::Two);
    assert_eq!((mask.voxels(), mask.space()), (&voxels, &space));
    assert_eq!(mask.labels().name(9), Some("nine"));
}

#[test]
fn names_and_colours_come_back_and_unnamed_labels_get_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("named.nii.gz");
    let mut names = LabelMap::new();
    for label in 2..=7 {
        names.insert(format!("]]> <{label}> & Größe"), label).unwrap();
        names.set_colour(label, Some([label as u8, 255, 1, 128])).unwrap();
    }
    let mut options = WriteOptions::default();
    options.descrip = Some("made by a test".to_owned());
    write_mask(&path, &pattern(7), &names, &oblique(), &options).unwrap();
    let header = read_header(&path, &ReadOptions::default()).unwrap();
    assert_eq!(header.label_names(), &names);
    assert_eq!((header.notes(), header.descrip().as_str()), (&[][..], "made by a test"));

    options.label_table = false;
    options.overwrite = true;
    write_mask(&path, &pattern(7), &names, &oblique(), &options).unwrap();
    let (mask, header) = read_mask(&path, &ReadOptions::default()).unwrap();
    assert!(header.label_names().is_empty());
    assert_eq!(mask.labels().name(7), Some("label_7"));
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let space = Space::of_shape([3, 4, 5]);
    let refuse = |path: &str, voxels: &Voxels, options: &WriteOptions| {
        let path = folder.path().join(path);
        let error = write_mask(&path, voxels, &LabelMap::new(), &space, options).unwrap_err();
        assert_eq!(error.path, path);
        error.problem
    };
    let options = WriteOptions::default();
    for name in ["a.nrrd", "a.gz", ".nii.gz", ".nii", "nii"] {
        assert!(matches!(refuse(name, &pattern(7), &options), Problem::OutputName), "{name}");
    }
    let unwritable = refuse("none/a.nii", &pattern(7), &options);
    assert!(matches!(unwritable, Problem::Output(FileError::NoFolder { .. })), "{unwritable}");
    let other = Voxels::zeros(medmask_core::Dtype::U8, [3, 4, 6]);
    assert!(matches!(refuse("a.nii", &other, &options), Problem::Mask { .. }));
    let mut options = WriteOptions::default();
    options.compression_level = 13;
    assert!(matches!(refuse("a.nii.gz", &pattern(7), &options), Problem::DoesNotFit { .. }));
    options = WriteOptions::default();
    options.descrip = Some("x".repeat(81));
    assert!(matches!(refuse("a.nii", &pattern(7), &options), Problem::DoesNotFit { .. }));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn errors_stay_small() {
    assert!(size_of::<Problem>() <= 72, "{}", size_of::<Problem>());
    assert!(size_of::<NiftiError>() <= 96, "{}", size_of::<NiftiError>());
}

#[test]
fn a_source_gets_its_own_numbers_and_codes_back() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.nii.gz");
    // A code of 0 becomes the other one.
    for (file, codes) in [
        ("plain.nii", (1, 1)),
        ("sform_2.nii", (1, 2)),
        ("qform_only.nii", (1, 1)),
        ("sform_only.nii", (1, 1)),
        ("shear_1e-2.nii", (1, 1)),
        ("nifti_2.nii", (1, 1)),
    ] {
        let path = common::workspace().join("testdata/nifti").join(file);
        let mut reader = Reader::new(ReadOptions::default());
        let volume = reader.read(&path).unwrap();
        let header = volume.header();
        let mut options = WriteOptions::default();
        options.overwrite = true;
        options.geometry = Some(SourceGeometry::of(header));
        let runs = volume.runs().unwrap();
        write_mask(&out, &runs, &LabelMap::new(), header.space(), &options).unwrap();
        let again = read_header(&out, &ReadOptions::default()).unwrap();
        let rounded = header.affine().map(|row| row.map(|value| f64::from(value as f32)));
        assert_eq!(again.affine(), rounded, "{file}");
        assert_eq!((again.qform_code(), again.sform_code()), codes, "{file}");
    }
}

#[test]
fn forms_that_differ_and_units_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.nii");
    // pixdim[0] to pixdim[3]; codes, quaternion, offset and srow.
    let fields = [76..92, 252..328];
    let sources = [1, 2, 3, 4].map(|code| match code {
        1 => "sform_1_wins.nii".to_owned(),
        code => format!("sform_{code}.nii"),
    });
    let sources = sources.into_iter().chain(["metre.nii".to_owned(), "micron.nii".to_owned()]);
    for (file, form) in sources
        .flat_map(|file| [FormChoice::Sform, FormChoice::Qform].map(|form| (file.clone(), form)))
    {
        let path = common::workspace().join("testdata/nifti").join(&file);
        let mut options = ReadOptions::default();
        options.form = form;
        let mut reader = Reader::new(options);
        let volume = reader.read(&path).unwrap();
        let header = volume.header();
        let mut options = WriteOptions::default();
        options.overwrite = true;
        options.geometry = Some(SourceGeometry::of(header));
        let runs = volume.runs().unwrap();
        write_mask(&out, &runs, &LabelMap::new(), header.space(), &options).unwrap();
        let (source, written) = (std::fs::read(&path).unwrap(), std::fs::read(&out).unwrap());
        // Of two forms that say the same one is reckoned from the other, in 32 bits.
        let exact = file.starts_with("sform");
        for range in fields.clone() {
            if exact {
                assert_eq!(written[range.clone()], source[range], "{file} {form:?}");
            }
        }
        // A file that names no unit is in mm.
        let unit = if source[123] == 0 { 2 } else { source[123] };
        assert_eq!(written[123], unit, "{file}");
        let again = read_header(&out, &ReadOptions::default()).unwrap();
        let original = read_header(&path, &ReadOptions::default()).unwrap();
        let off = again
            .affine()
            .as_flattened()
            .iter()
            .zip(original.affine().as_flattened())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(off < 1e-5, "{file} {form:?}: {off}");
    }
}

#[test]
fn an_affine_of_no_grid_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii");
    for bad in [f64::NAN, 1e308, 0.0] {
        let row =
            |axis: usize| std::array::from_fn(|column| if column == axis { bad } else { 0.0 });
        let mut options = WriteOptions::default();
        options.geometry =
            Some(SourceGeometry::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]], 1, 1));
        let space = Space::of_shape([3, 4, 5]);
        let written = write_mask(&path, &pattern(7), &LabelMap::new(), &space, &options);
        let refused = written.unwrap_err().problem;
        assert!(matches!(refused, Problem::SourceAffine { .. }), "{bad}: {refused}");
        assert!(!path.exists());
    }
}

/// The numbers of a NIfTI-1 header, at the places that the standard gives them.
fn numbers_of_nifti_1(bytes: &[u8]) -> Vec<f32> {
    assert_eq!(bytes[..4], 348_i32.to_le_bytes());
    let places = (56..68).step_by(4).chain((76..120).step_by(4)).chain((124..140).step_by(4));
    let number = |place: usize| f32::from_le_bytes(bytes[place..place + 4].try_into().unwrap());
    places.chain((256..328).step_by(4)).map(number).collect()
}

#[test]
fn what_32_bits_cannot_hold_is_written_as_nifti_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.nii");
    let write = |space: &Space, affine: Option<[[f64; 4]; 4]>| {
        let mut options = WriteOptions::default();
        options.overwrite = true;
        options.geometry = affine.map(|affine| SourceGeometry::new(affine, 0, 2));
        write_mask(&path, &pattern(7), &LabelMap::new(), space, &options).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let header = read_header(&path, &ReadOptions::default()).unwrap();
        (bytes, header.affine())
    };
    let far = |origin, spacing| {
        Space::new([3, 4, 5], [spacing; 3], [origin; 3], oblique().direction()).unwrap()
    };
    for (origin, spacing) in [(1e300, 1.0), (-4e38, 1.0), (0.0, 1e39), (0.0, 1e-50), (0.0, 1e300)] {
        let space = far(origin, spacing);
        let (bytes, affine) = write(&space, None);
        assert_eq!(bytes[..4], 540_i32.to_le_bytes(), "{origin} {spacing}");
        assert_eq!(affine, space.to_nifti_affine());
        // srow of NIfTI-2: three rows of four doubles.
        let srow: Vec<f64> = bytes[400..496]
            .chunks(8)
            .map(|number| f64::from_le_bytes(number.try_into().unwrap()))
            .collect();
        assert_eq!(srow, affine[..3].as_flattened());
        let (bytes, affine) = write(&oblique(), Some(space.to_nifti_affine()));
        assert_eq!((&bytes[..4], affine), (&540_i32.to_le_bytes()[..], space.to_nifti_affine()));
    }
    for (origin, spacing) in [(3e38, 1.0), (0.0, 1e-30)] {
        let (bytes, _) = write(&far(origin, spacing), None);
        assert!(numbers_of_nifti_1(&bytes).iter().all(|number| number.is_finite()));
    }
}

#[test]
fn what_is_not_finite_in_a_reference_is_not_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let (reference, path) = (folder.path().join("reference.nii"), folder.path().join("a.nii"));
    let affine = oblique().to_nifti_affine();
    let mut options = WriteOptions::default();
    options.geometry = Some(SourceGeometry::new(affine, 0, 2));
    write_mask(&reference, &pattern(7), &LabelMap::new(), &oblique(), &options).unwrap();
    let mut bytes = std::fs::read(&reference).unwrap();
    bytes[252..254].fill(0);
    // pixdim of axes 4 to 7, slice_duration and toffset; of the unset qform the quaternion and an offset.
    let places = (92..108).step_by(4).chain([132, 136]).chain((256..272).step_by(4));
    for (place, bad) in places.zip([f32::NAN, f32::INFINITY].into_iter().cycle()) {
        bytes[place..place + 4].copy_from_slice(&bad.to_le_bytes());
    }
    std::fs::write(&reference, &bytes).unwrap();
    let mut options = WriteOptions::default();
    let header = read_header(&reference, &ReadOptions::default()).unwrap();
    options.like = Some(Box::new(header.clone()));
    write_mask(&path, &pattern(7), &LabelMap::new(), &oblique(), &options).unwrap();
    let numbers = numbers_of_nifti_1(&std::fs::read(&path).unwrap());
    assert!(numbers.iter().all(|number| number.is_finite()), "{numbers:?}");
    assert_eq!(read_header(&path, &ReadOptions::default()).unwrap().affine(), header.affine());
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = read_header(folder.path(), &ReadOptions::default()).unwrap_err();
    assert!(matches!(error.problem, Problem::Io { .. }), "{error}");
}
