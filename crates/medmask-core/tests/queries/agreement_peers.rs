//! What MedPy, SimpleITK and scipy say of the same pairs of masks.
//!
//! `../peers/make_agreement_cases.py` writes the cases: a small sample is committed. With `MEDMASK_PYTHON` set to a Python that has
//! the three, all cases are made anew, and those of the real masks beside the repository too.

use serde::Deserialize;

use super::peers::{made_by, runs_of};

#[derive(Deserialize)]
struct Case {
    name: String,
    shape: [usize; 3],
    spacing: [f64; 3],
    first: Vec<usize>,
    second: Vec<usize>,
    dice: f64,
    #[serde(flatten)]
    surfaces: Option<Surfaces>,
}

#[derive(Deserialize)]
struct Surfaces {
    hd: f64,
    hd_itk: f64,
    hd95: f64,
    hd95_pooled: f64,
    assd: f64,
    masd: f64,
    nsd: Vec<(f64, f64)>,
}

#[test]
fn agreement_is_that_of_published_tools() {
    let cases: Vec<Case> = made_by("make_agreement_cases.py", "agreement_cases.json");
    assert!(cases.len() >= 6);
    for case in &cases {
        let [first, second] = [&case.first, &case.second].map(|voxels| runs_of(voxels, case.shape));
        let close = |found: f64, wanted: f64, what: &str| {
            let name = &case.name;
            assert!(
                (found - wanted).abs() <= 1e-9 * wanted.max(1.0),
                "{name}, {what}: {found} is not {wanted}"
            );
        };
        close(first.agreement(&second).unwrap().dice().unwrap(), case.dice, "Dice");
        let found = first.surface_distances(&second, case.spacing).unwrap();
        assert_eq!(found.is_some(), case.surfaces.is_some(), "{}", case.name);
        let Some((found, wanted)) = found.zip(case.surfaces.as_ref()) else { continue };
        close(found.hausdorff_mm(), wanted.hd, "HD of MedPy");
        close(found.hausdorff_mm(), wanted.hd_itk, "HD of SimpleITK");
        close(found.hausdorff_percentile_mm(0.95), wanted.hd95, "HD95");
        close(found.pooled_percentile_mm(0.95), wanted.hd95_pooled, "HD95 of MedPy");
        close(found.pooled_mean_mm(), wanted.assd, "ASSD of MedPy");
        close(found.mean_of_means_mm(), wanted.masd, "MASD");
        for (tolerance_mm, share) in &wanted.nsd {
            close(found.surface_dice(*tolerance_mm), *share, "surface Dice");
        }
    }
}
