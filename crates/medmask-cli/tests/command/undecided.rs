//! What NIfTI files leave open: the command names the flag that decides, and the flag decides.

use std::path::Path;

use crate::files::{fail, medmask, packed, succeed};

fn trap(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/nifti");
    folder.join(name).display().to_string()
}

#[test]
fn each_refusal_names_the_flag_that_decides() {
    let (folder, _) = packed();
    for (file, given, words, flag, decision) in [
        ("no_form.nii", &[][..], "both 0", "--assume-affine", &["--assume-affine", "nibabel"][..]),
        ("four_axes.nii.gz", &[], "3 volumes", "--volume", &["--volume", "2"]),
        ("shear_1e-1.nii", &[], "sheared", "--max-shear-voxels", &["--max-shear-voxels", "9"]),
        ("qform_only.nii", &["--form", "sform"], "asked for", "--form", &["--form", "standard"]),
        ("sform_nan.nii", &[], "srow_x is NaN", "--form", &["--form", "qform"]),
        ("sform_zero.nii", &[], "singular", "--form", &["--form", "qform"]),
    ] {
        let pack = ["pack", &trap(file), "-o", "new.mska", "--force"];
        fail(folder.path(), &[&pack[..], given].concat(), 1, &[file, words, flag]);
        succeed(folder.path(), &[&pack[..], decision].concat());
        let skipped = [&pack[..], given, &["masks", "--skip-bad", "--json"]].concat();
        let outcome = medmask(folder.path(), &skipped);
        for text in [&outcome.out, &outcome.err] {
            assert!(text.contains(words) && text.contains(flag), "{file}: {outcome:?}");
        }
    }
    let like = ["extract", "case.mska", "liver", "-o", "x.nii", "--like", &trap("plain.nii")];
    fail(folder.path(), &like, 1, &["the reference does not fit", "--onto"]);
    let onto = ["extract", "case.mska", "liver", "-o", "x.nii", "--onto", &trap("plain.nii")];
    succeed(folder.path(), &onto);
}

#[test]
fn forms_that_differ_and_units_come_back_as_they_were() {
    // pixdim[0] to pixdim[3]; codes, quaternion, offset and srow.
    const FIELDS: [std::ops::Range<usize>; 2] = [76..92, 252..328];
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["sform_1_wins", "sform_2", "sform_3", "sform_4", "metre", "micron"] {
        let source = std::fs::read(trap(&format!("{file}.nii"))).expect("the trap is there");
        for form in ["standard", "qform"] {
            let name = format!("{file}.nii");
            succeed(
                folder.path(),
                &["pack", &trap(&name), "-o", "a.mska", "--force", "--form", form],
            );
            succeed(folder.path(), &["extract", "a.mska", "-d", ".", "--format", "nii", "--force"]);
            let written = std::fs::read(folder.path().join(&name)).expect("it was written");
            // A file without a unit is in mm.
            assert_eq!(written[123], source[123].max(1) + u8::from(source[123] == 0), "{file}");
            for range in FIELDS.into_iter().filter(|_| file.starts_with("sform")) {
                assert_eq!(written[range.clone()], source[range], "{file} {form}");
            }
        }
    }
}
