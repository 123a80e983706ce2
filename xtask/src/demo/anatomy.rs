//! A trunk of 117 made-up structures under the names that segmentation tools give.
//!
//! Positions are (x, y, z) in mm, LPS+: x to the patient's left, y to the back, z to the head.

use super::shapes::{Point, Solid};

/// A structure: its name and its parts.
pub struct Structure {
    pub name: String,
    pub solids: Vec<Solid>,
}

const MIDDLE: f64 = 192.0;
/// Where the spine is, along y.
const SPINE: f64 = 190.0;

/// All 117.
pub fn structures() -> Vec<Structure> {
    let mut all = Vec::new();
    for (name, height, size) in vertebrae() {
        all.push(Structure { name, solids: vertebra(height, size) });
    }
    for (side, sign) in SIDES {
        for number in 1..=12_u8 {
            let name = format!("rib_{side}_{number}");
            all.push(Structure { name, solids: vec![rib(number, sign)] });
        }
        all.extend(PAIRED.iter().map(|(name, shape)| Structure {
            name: format!("{name}_{side}"),
            solids: vec![shape.solid(sign)],
        }));
    }
    all.extend(SINGLE.iter().map(|(name, shapes)| Structure {
        name: (*name).to_owned(),
        solids: shapes.iter().map(|shape| shape.solid(1.0)).collect(),
    }));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

const SIDES: [(&str, f64); 2] = [("left", 1.0), ("right", -1.0)];

/// Name, height (z) and relative size.
fn vertebrae() -> Vec<(String, f64, f64)> {
    let regions = [("S", 1), ("L", 5), ("T", 12), ("C", 7)];
    let names = regions.into_iter().flat_map(|(region, count)| {
        (1..=count).rev().map(move |number| format!("vertebrae_{region}{number}"))
    });
    let mut height = 110.0;
    names
        .enumerate()
        .map(|(place, name)| {
            let size = 1.0 - 0.024 * place as f64;
            height += 36.0 * size;
            (name, height - 18.0 * size, size)
        })
        .collect()
}

/// A body, a spinous process, two transverse processes, and an arch around the spinal cord.
fn vertebra(height: f64, size: f64) -> Vec<Solid> {
    let at = |x: f64, y: f64, z: f64| [MIDDLE + x * size, SPINE + y * size, height + z * size];
    let centre = at(0.0, 0.0, 0.0);
    let radii = [25.0, 18.0, 14.5].map(|radius| radius * size);
    let arch = [15.0, 13.0, 9.0].map(|radius| radius * size);
    vec![
        Solid::Ellipsoid { centre, radii, roughness: 0.08 },
        Solid::Shell { centre: at(0.0, 28.0, 0.0), radii: arch, thickness: 0.25 },
        Solid::Tube { path: vec![at(0.0, 40.0, 0.0), at(0.0, 62.0, -12.0)], radius: 5.0 * size },
        Solid::Tube { path: vec![at(12.0, 24.0, 0.0), at(38.0, 34.0, 4.0)], radius: 5.0 * size },
        Solid::Tube { path: vec![at(-12.0, 24.0, 0.0), at(-38.0, 34.0, 4.0)], radius: 5.0 * size },
    ]
}

/// From the spine around the chest, and down to the front.
fn rib(number: u8, sign: f64) -> Solid {
    let number = f64::from(number);
    let width = 95.0 + 45.0 * (1.0 - ((number - 7.0) / 7.0).powi(2));
    let height = 640.0 - 26.0 * number;
    // The last ribs end at the side.
    let steps = if number > 10.0 { 5 } else { 11 };
    let point = |step: u8| -> Point {
        // A half circle by its rational form, from the back (-1) to the front (1).
        let t = -1.0 + 0.18 * f64::from(step);
        let (side, front) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
        let down = 5.0 * f64::from(step);
        [MIDDLE + sign * (22.0 + width * side), 120.0 - 90.0 * front, height - down]
    };
    Solid::Tube { path: (0..steps).map(point).collect(), radius: 6.5 }
}

/// The form of a structure; x is counted from the middle, to the structure's own side.
enum Form {
    Blob(Point, Point),
    Tube(f64, &'static [Point]),
    Shell(f64, Point, Point),
}
use Form::{Blob, Shell, Tube};

impl Form {
    fn solid(&self, sign: f64) -> Solid {
        let place = |[x, y, z]: Point| [MIDDLE + sign * x, y, z];
        match self {
            Blob(centre, radii) => {
                Solid::Ellipsoid { centre: place(*centre), radii: *radii, roughness: 0.14 }
            }
            Tube(radius, path) => {
                Solid::Tube { path: path.iter().copied().map(place).collect(), radius: *radius }
            }
            Shell(thickness, centre, radii) => {
                Solid::Shell { centre: place(*centre), radii: *radii, thickness: *thickness }
            }
        }
    }
}

const PAIRED: [(&str, Form); 20] = [
    (
        "adrenal_gland",
        Tube(4.0, &[[38.0, 170.0, 375.0], [48.0, 180.0, 368.0], [60.0, 176.0, 360.0]]),
    ),
    ("autochthon", Tube(21.0, &[[34.0, 240.0, 120.0], [30.0, 236.0, 330.0], [24.0, 240.0, 640.0]])),
    (
        "brachiocephalic_vein",
        Tube(6.0, &[[6.0, 120.0, 590.0], [30.0, 116.0, 625.0], [44.0, 128.0, 640.0]]),
    ),
    ("clavicula", Tube(7.0, &[[14.0, 80.0, 640.0], [60.0, 70.0, 655.0], [110.0, 110.0, 665.0]])),
    (
        "common_carotid_artery",
        Tube(3.5, &[[14.0, 130.0, 610.0], [22.0, 140.0, 680.0], [26.0, 145.0, 760.0]]),
    ),
    ("femur", Tube(17.0, &[[88.0, 140.0, 90.0], [120.0, 140.0, 70.0], [116.0, 140.0, 0.0]])),
    ("gluteus_maximus", Blob([90.0, 232.0, 80.0], [62.0, 32.0, 66.0])),
    ("gluteus_medius", Blob([112.0, 190.0, 120.0], [34.0, 42.0, 46.0])),
    ("gluteus_minimus", Blob([108.0, 160.0, 112.0], [24.0, 26.0, 32.0])),
    ("hip", Shell(0.16, [86.0, 160.0, 120.0], [42.0, 58.0, 66.0])),
    ("humerus", Tube(13.0, &[[158.0, 130.0, 640.0], [172.0, 135.0, 560.0], [176.0, 140.0, 480.0]])),
    ("iliac_artery", Tube(5.0, &[[4.0, 150.0, 235.0], [36.0, 150.0, 180.0], [64.0, 110.0, 100.0]])),
    ("iliac_vena", Tube(6.5, &[[4.0, 162.0, 230.0], [38.0, 160.0, 176.0], [60.0, 116.0, 96.0]])),
    ("iliopsoas", Tube(20.0, &[[40.0, 180.0, 300.0], [58.0, 165.0, 200.0], [84.0, 120.0, 90.0]])),
    ("kidney", Blob([66.0, 185.0, 325.0], [30.0, 27.0, 52.0])),
    ("kidney_cyst", Blob([84.0, 180.0, 340.0], [11.0, 10.0, 12.0])),
    ("lung_lower_lobe", Blob([78.0, 185.0, 450.0], [54.0, 50.0, 95.0])),
    ("lung_upper_lobe", Blob([70.0, 130.0, 545.0], [50.0, 62.0, 88.0])),
    ("scapula", Shell(0.07, [105.0, 215.0, 575.0], [52.0, 26.0, 74.0])),
    (
        "subclavian_artery",
        Tube(4.5, &[[16.0, 140.0, 615.0], [50.0, 140.0, 650.0], [110.0, 130.0, 640.0]]),
    ),
];

const SINGLE: [(&str, &[Form]); 28] = [
    (
        "aorta",
        &[
            Tube(
                13.0,
                &[
                    [0.0, 120.0, 520.0],
                    [-14.0, 110.0, 570.0],
                    [0.0, 130.0, 600.0],
                    [24.0, 165.0, 590.0],
                ],
            ),
            Tube(
                11.0,
                &[
                    [24.0, 165.0, 590.0],
                    [22.0, 172.0, 480.0],
                    [8.0, 165.0, 330.0],
                    [2.0, 155.0, 235.0],
                ],
            ),
        ],
    ),
    ("atrial_appendage_left", &[Blob([44.0, 110.0, 530.0], [13.0, 15.0, 14.0])]),
    ("brachiocephalic_trunk", &[Tube(6.0, &[[-8.0, 122.0, 592.0], [-22.0, 130.0, 625.0]])]),
    ("brain", &[Blob([0.0, 130.0, 800.0], [66.0, 80.0, 45.0])]),
    (
        "colon",
        &[
            Tube(19.0, &[[-100.0, 130.0, 170.0], [-108.0, 135.0, 250.0], [-100.0, 110.0, 310.0]]),
            Tube(
                17.0,
                &[
                    [-100.0, 110.0, 310.0],
                    [-30.0, 60.0, 290.0],
                    [50.0, 62.0, 300.0],
                    [108.0, 130.0, 360.0],
                ],
            ),
            Tube(
                16.0,
                &[
                    [108.0, 130.0, 360.0],
                    [112.0, 150.0, 250.0],
                    [84.0, 130.0, 150.0],
                    [0.0, 170.0, 110.0],
                ],
            ),
        ],
    ),
    ("costal_cartilages", &[Shell(0.05, [0.0, 110.0, 470.0], [120.0, 88.0, 80.0])]),
    (
        "duodenum",
        &[Tube(
            11.0,
            &[
                [-20.0, 110.0, 330.0],
                [-46.0, 130.0, 310.0],
                [-40.0, 140.0, 265.0],
                [10.0, 145.0, 270.0],
            ],
        )],
    ),
    ("esophagus", &[Tube(7.5, &[[2.0, 165.0, 700.0], [6.0, 168.0, 560.0], [10.0, 150.0, 400.0]])]),
    ("gallbladder", &[Blob([-56.0, 90.0, 330.0], [13.0, 18.0, 22.0])]),
    ("heart", &[Blob([22.0, 105.0, 480.0], [56.0, 50.0, 58.0])]),
    (
        "inferior_vena_cava",
        &[Tube(11.0, &[[-18.0, 160.0, 235.0], [-22.0, 155.0, 350.0], [-20.0, 135.0, 440.0]])],
    ),
    (
        "liver",
        &[
            Blob([-62.0, 125.0, 385.0], [78.0, 74.0, 66.0]),
            Blob([10.0, 90.0, 385.0], [52.0, 36.0, 36.0]),
        ],
    ),
    ("lung_middle_lobe_right", &[Blob([-82.0, 105.0, 480.0], [42.0, 40.0, 44.0])]),
    (
        "pancreas",
        &[Tube(11.0, &[[-34.0, 125.0, 305.0], [10.0, 110.0, 325.0], [70.0, 145.0, 345.0]])],
    ),
    (
        "portal_vein_and_splenic_vein",
        &[Tube(6.0, &[[-30.0, 120.0, 360.0], [-8.0, 130.0, 325.0], [80.0, 155.0, 350.0]])],
    ),
    ("prostate", &[Blob([0.0, 150.0, 68.0], [20.0, 17.0, 18.0])]),
    (
        "pulmonary_vein",
        &[Tube(7.0, &[[-50.0, 150.0, 520.0], [0.0, 140.0, 525.0], [54.0, 150.0, 520.0]])],
    ),
    ("sacrum", &[Shell(0.3, [0.0, 215.0, 105.0], [42.0, 22.0, 48.0])]),
    ("skull", &[Shell(0.06, [0.0, 130.0, 800.0], [76.0, 92.0, 60.0])]),
    (
        "small_bowel",
        &[
            Tube(
                14.0,
                &[
                    [-60.0, 80.0, 240.0],
                    [60.0, 84.0, 250.0],
                    [50.0, 120.0, 215.0],
                    [-55.0, 110.0, 205.0],
                ],
            ),
            Tube(
                13.0,
                &[
                    [-55.0, 110.0, 205.0],
                    [-30.0, 80.0, 170.0],
                    [58.0, 90.0, 180.0],
                    [20.0, 125.0, 150.0],
                ],
            ),
        ],
    ),
    ("spinal_cord", &[Tube(6.0, &[[0.0, 216.0, 260.0], [0.0, 217.0, 480.0], [0.0, 212.0, 800.0]])]),
    ("spleen", &[Blob([98.0, 185.0, 390.0], [30.0, 42.0, 48.0])]),
    ("sternum", &[Tube(12.0, &[[0.0, 36.0, 450.0], [0.0, 34.0, 530.0], [0.0, 50.0, 620.0]])]),
    (
        "stomach",
        &[
            Blob([56.0, 115.0, 375.0], [42.0, 46.0, 54.0]),
            Tube(18.0, &[[46.0, 95.0, 345.0], [-6.0, 90.0, 330.0]]),
        ],
    ),
    ("superior_vena_cava", &[Tube(9.0, &[[-26.0, 120.0, 500.0], [-22.0, 116.0, 590.0]])]),
    (
        "thyroid_gland",
        &[
            Blob([18.0, 120.0, 690.0], [11.0, 12.0, 22.0]),
            Blob([-18.0, 120.0, 690.0], [11.0, 12.0, 22.0]),
        ],
    ),
    ("trachea", &[Shell(0.25, [0.0, 145.0, 640.0], [10.0, 10.0, 80.0])]),
    ("urinary_bladder", &[Blob([0.0, 115.0, 105.0], [42.0, 36.0, 30.0])]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_117_names_and_no_two_are_the_same() {
        let mut names: Vec<_> = structures().into_iter().map(|structure| structure.name).collect();
        names.dedup();
        assert_eq!(names.len(), 117);
    }
}
