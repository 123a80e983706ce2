//! Messages that say what is wrong, once, and what to do about it.

use medmask::Space;

use crate::files::{PACK, block, case, damage, fail, json, medmask, packed, space, succeed, write};

#[test]
fn shapes_that_differ_need_no_tolerance() {
    let (folder, masks) = case();
    let at = folder.path();
    let other = Space::of_shape([6, 7, 9]);
    let voxels = ndarray::Array3::from_elem([6, 7, 9], 1_u32);
    write(&masks.join("wide.nii.gz"), voxels, &[], &other);
    let outcome = medmask(at, &PACK);
    assert!(outcome.err.contains("[6, 7, 9] (z, y, x) differ"), "{outcome:?}");
    assert!(!outcome.err.contains("tolerance"), "{outcome:?}");
    // A place that differs does.
    std::fs::remove_file(masks.join("wide.nii.gz")).unwrap();
    let far = Space::new([6, 7, 8], [2.0, 1.5, 1.0], [11.0, -20.0, 30.0], space().direction());
    write(&masks.join("wide.nii.gz"), block([[0, 1]; 3], 1), &[], &far.unwrap());
    assert!(medmask(at, &PACK).err.contains("--tolerance-mm"));
}

#[test]
fn a_folder_that_is_missing_is_called_that_and_paths_come_once() {
    let (folder, _) = packed();
    let at = folder.path();
    for arguments in [
        &["extract", "case.mska", "liver", "-o", "none/x.nii"][..],
        &["pack", "masks", "-o", "none/x.nii"],
        &["labels", "case.mska", "-o", "none/x.nii"],
        &["labels", "case.mska", "lobes", "-o", "none/x.nii"],
        &["convert", "case.mska", "none/x.nii"],
        &["bench-codecs", "masks", "--codec", "raw", "--plot", "none/x.nii"],
    ] {
        let suffix = match arguments[0] {
            "extract" => "nii",
            "labels" => "json",
            "bench-codecs" => "svg",
            _ => "mska",
        };
        let output = format!("none/x.{suffix}");
        let arguments: Vec<&str> = arguments
            .iter()
            .map(|word| if *word == "none/x.nii" { &output } else { *word })
            .collect();
        let message =
            format!("medmask: cannot create {output}: there is no folder none; create it first\n");
        let outcome = medmask(at, &arguments);
        let errors = outcome.err.lines().filter(|line| !line.starts_with("medmask: note: "));
        let errors: Vec<&str> = errors.collect();
        assert_eq!((outcome.code, errors), (1, vec![message.trim_end()]), "{arguments:?}");
    }
    // Of a file that cannot be made for another reason the hidden name is not shown either.
    std::fs::write(at.join("file"), "").unwrap();
    let outcome = medmask(at, &["extract", "case.mska", "liver", "-o", "file/x.nii"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(
        !outcome.err.contains(".medmask-") && outcome.err.matches("x.nii").count() == 1,
        "{outcome:?}"
    );
}

#[test]
fn inputs_that_are_left_out_are_named_once() {
    let (folder, masks) = case();
    std::fs::write(masks.join("bad.nii"), "text").unwrap();
    let outcome = medmask(folder.path(), &[&PACK[..], &["--skip-bad"]].concat());
    assert_eq!(outcome.err.matches("bad.nii").count(), 1, "{outcome:?}");
    std::fs::write(folder.path().join("bad.mska"), "text").unwrap();
    for verb in ["stats", "ls", "info"] {
        let outcome = medmask(folder.path(), &[verb, "case.mska", "bad.mska"]);
        assert_eq!((outcome.code, outcome.err.matches("bad.mska").count()), (1, 1), "{outcome:?}");
    }
    // Where the error names no file, the archive is said.
    succeed(folder.path(), &["pack", "masks/lobes.nii.gz", "-o", "lobes.mska"]);
    let outcome = medmask(folder.path(), &["ls", "lobes.mska", "case.mska", "liver"]);
    assert!(outcome.err.starts_with("medmask: lobes.mska: no entry"), "{outcome:?}");
}

#[test]
fn a_damaged_chunk_names_its_mask_and_the_way_out() {
    let (folder, _) = packed();
    let at = folder.path();
    damage(&at.join("case.mska"), "lobes");
    for arguments in [
        &["extract", "case.mska", "lobes", "-o", "x.nii"][..],
        &["extract", "case.mska", "lobes/label_7", "-o", "x.nii"],
        &["extract", "case.mska", "-d", "out"],
        &["extract", "case.mska", "--merge", "-o", "x.nii"],
        &["extract", "case.mska", "lobes", "-o", "x.msk"],
        &["stats", "case.mska", "lobes + liver"],
        &["pack", "case.mska", "-o", "x.mska"],
    ] {
        let parts = [
            "case.mska: entry \"lobes\": chunk at byte ",
            "; `medmask repair` saves the other entries",
        ];
        fail(at, arguments, 1, &parts);
    }
    let verified = medmask(at, &["verify", "case.mska"]);
    assert!(verified.out.starts_with("case.mska: entry \"lobes\": chunk at byte "), "{verified:?}");
    assert!(verified.err.contains("`medmask repair` saves what is whole"), "{verified:?}");
    let repaired = medmask(at, &["repair", "case.mska", "-o", "saved.mska", "--json"]);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&repaired.out).unwrap()["lost"][0]["name"],
        "lobes"
    );
    // No repair is promised for version 1.
    succeed(at, &["convert", "saved.mska", "old.mska", "--format-version", "1"]);
    let mut old = std::fs::read(at.join("old.mska")).unwrap();
    let end = old.len() - 2;
    old[end..].copy_from_slice(b"xx");
    std::fs::write(at.join("old.mska"), old).unwrap();
    let verified = medmask(at, &["verify", "old.mska"]);
    assert!(verified.code == 1 && !verified.err.contains("repair"), "{verified:?}");
}

#[test]
fn a_label_is_called_one_and_its_entry_named() {
    let (folder, _) = packed();
    let at = folder.path();
    for name in ["label_7", "lobes/label_7"] {
        for arguments in [
            &["rm", "case.mska", name][..],
            &["mv", "case.mska", name, "x"],
            &["split", "case.mska", name],
        ] {
            fail(
                at,
                arguments,
                2,
                &["\"label_7\" is a label of the entry \"lobes\"; name a whole entry"],
            );
        }
    }
    assert_eq!(json(at, &["info", "case.mska", "--json"])["entry_count"], 4);
}

#[test]
fn files_of_other_programs_get_a_hint_to_the_way_out() {
    let (folder, _) = packed();
    let at = folder.path();
    for (suffix, program) in [
        ("seg.nrrd", "3D Slicer"),
        ("NRRD", "3D Slicer"),
        ("mgz", "mri_convert"),
        ("dcm", "segimage2itkimage"),
        ("mif", "mrconvert"),
    ] {
        let file = format!("x.{suffix}");
        std::fs::write(at.join(&file), "bytes of another program, which are not read").unwrap();
        fail(at, &["pack", &file, "-o", "x.mska"], 1, &[&file, program]);
        fail(at, &["add", "case.mska", &file], 1, &[&file, program]);
        fail(at, &["ls", &file], 1, &[&file, program]);
        let output = format!("y.{suffix}");
        let program = if suffix == "dcm" { "itkimage2segimage" } else { program };
        fail(at, &["extract", "case.mska", "liver", "-o", &output], 1, &[&output, program]);
    }
    fail(at, &["extract", "case.mska", "-d", "out", "--format", "mgz"], 2, &["mri_convert"]);
    fail(at, &["ls", "masks/liver.nii.gz"], 1, &["`medmask pack`"]);
}

#[test]
fn standard_input_and_pipes_are_refused_with_the_reason() {
    let (folder, _) = packed();
    let at = folder.path();
    for arguments in [
        &["pack", "-", "-o", "x.mska"][..],
        &["pack", "masks", "-o", "-"],
        &["ls", "-"],
        &["info", "case.mska", "-"],
        &["extract", "case.mska", "liver", "-o", "-"],
        &["extract", "-", "liver", "-o", "x.nii"],
        &["labels", "case.mska", "-o", "-"],
        &["at", "case.mska", "--points", "-"],
        &["diff", "case.mska", "-"],
    ] {
        fail(at, arguments, 2, &["- stands for standard input", "files alone", "./-"]);
    }
    assert!(!at.join("-").exists());
    #[cfg(unix)]
    {
        crate::files::pipe(&at.join("pipe.nii"));
        crate::files::pipe(&at.join("pipe.mska"));
        let parts = ["it is a pipe, not a file", "parts of files in any order"];
        fail(at, &["pack", "pipe.nii", "-o", "x.mska"], 1, &parts);
        fail(at, &["ls", "pipe.mska"], 1, &parts);
    }
}

#[test]
fn what_is_larger_is_called_so_and_drawings_are_svg() {
    let (folder, masks) = case();
    let at = folder.path();
    let said = succeed(at, &["pack", "masks/Gap.nii.gz", "-o", "x.mska"]);
    let bytes =
        [masks.join("Gap.nii.gz"), at.join("x.mska")].map(|path| path.metadata().unwrap().len());
    assert!(bytes[1] > bytes[0]);
    let ratio = format!(", {:.1} times larger than the ", bytes[1] as f64 / bytes[0] as f64);
    assert!(said.contains(&ratio), "{said}");
    for name in ["x.png", "x", "x.pdf"] {
        fail(at, &["bench-codecs", "masks", "--plot", name], 2, &[name, ".svg"]);
    }
    let text = succeed(at, &["bench-codecs", "masks", "--repeats", "1"]);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let headings: Vec<&str> =
        text.lines().nth(2).unwrap().split("  ").filter(|cell| !cell.is_empty()).collect();
    let distinct: std::collections::HashSet<_> = headings.iter().collect();
    assert_eq!(distinct.len(), 8, "{text}");
    for name in ["RATIO", "ENCODE, DECODE", "SLICE, MASK"] {
        assert!(text.contains(&format!("\n{name} ")), "{text}");
    }
}

#[test]
fn what_is_made_right_angled_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(&at.join("a.nii"), block([[0, 2]; 3], 1), &[], &space());
    // srow_x[1] of the header: x grows by 0.01 mm from row to row.
    let mut bytes = std::fs::read(at.join("a.nii")).unwrap();
    let sheared = f32::from_le_bytes(bytes[284..288].try_into().unwrap()) + 0.01;
    bytes[284..288].copy_from_slice(&sheared.to_le_bytes());
    std::fs::write(at.join("a.nii"), &bytes).unwrap();
    let said = medmask(at, &["pack", "a.nii", "-o", "a.mska"]);
    assert!(
        said.err.contains("made right-angled")
            && said.err.contains("an extracted file gets it back"),
        "{said:?}"
    );
    succeed(at, &["extract", "a.mska", "a", "-o", "b.nii"]);
    let back = std::fs::read(at.join("b.nii")).unwrap();
    assert_eq!(back[280..328], bytes[280..328]);
}
