//! How far apart two affines place a volume.
//!
//! [`Space::compare`](medmask_core::Space::compare) does the same for spaces, which have right angles. Affines of files may be slightly
//! sheared, and a check of their spaces alone would not see it.

use medmask_core::{SpaceMismatch, SpacePart};
use medmask_nifti::Affine;

/// The largest distance in mm between the outer corners, half a voxel beyond the centres, of a volume of `shape` (z, y, x) that
/// `first` and `second` place, where that is at most `tolerance_mm`.
pub(crate) fn compare(
    shape: [usize; 3],
    first: &Affine,
    second: &Affine,
    tolerance_mm: f64,
) -> Result<f64, SpaceMismatch> {
    let (corner, distance_mm) = furthest_corner(shape, first, second);
    if distance_mm <= tolerance_mm {
        return Ok(distance_mm);
    }
    let lengths = (column_lengths(first), column_lengths(second));
    let alone = |part, changed: Affine| (part, furthest_corner(shape, first, &changed).1);
    let mut moved = *first;
    (0..3).for_each(|row| moved[row][3] = second[row][3]);
    let parts = [
        alone(SpacePart::Origin, moved),
        alone(SpacePart::Spacing, scaled(first, first, lengths.0, lengths.1)),
        alone(SpacePart::Direction, scaled(first, second, lengths.1, lengths.0)),
    ];
    let (part, part_mm) = parts.into_iter().fold(parts[0], |a, b| if b.1 > a.1 { b } else { a });
    Err(SpaceMismatch::Position { part, part_mm, corner, distance_mm, tolerance_mm })
}

fn column_lengths(affine: &Affine) -> [f64; 3] {
    [0, 1, 2].map(|column| (0..3).map(|row| affine[row][column].powi(2)).sum::<f64>().sqrt())
}

/// The translation of `first` and the directions of `directions`, whose columns are `old` long, with columns that are `new` long.
fn scaled(first: &Affine, directions: &Affine, old: [f64; 3], new: [f64; 3]) -> Affine {
    let mut affine = *first;
    for row in 0..3 {
        for column in 0..3 {
            affine[row][column] = directions[row][column] / old[column] * new[column];
        }
    }
    affine
}

/// The corner voxel (z, y, x), and the distance of its outer corner.
fn furthest_corner(shape: [usize; 3], first: &Affine, second: &Affine) -> ([usize; 3], f64) {
    let mut furthest = ([0; 3], 0.0);
    for corner in 0..8 {
        let voxel: [usize; 3] =
            std::array::from_fn(|axis| if corner >> axis & 1 == 1 { shape[axis] - 1 } else { 0 });
        // NIfTI counts x, y, z.
        let index: [f64; 3] = std::array::from_fn(|axis| {
            let outwards = if corner >> (2 - axis) & 1 == 1 { 0.5 } else { -0.5 };
            voxel[2 - axis] as f64 + outwards
        });
        let place = |affine: &Affine, row: usize| {
            affine[row][3] + (0..3).map(|axis| affine[row][axis] * index[axis]).sum::<f64>()
        };
        let squares = (0..3).map(|row| (place(first, row) - place(second, row)).powi(2));
        let distance = squares.sum::<f64>().sqrt();
        if distance > furthest.1 {
            furthest = (voxel, distance);
        }
    }
    furthest
}

#[cfg(test)]
mod tests {
    use medmask_core::{Space, SpaceMismatch, SpacePart};

    use super::compare;

    #[test]
    fn affines_with_right_angles_are_compared_as_their_spaces() {
        let direction = [[0.0, 0.0, 1.0], [-0.6, 0.8, 0.0], [0.8, 0.6, 0.0]];
        let shape = [7, 50, 60];
        let space =
            |spacing, origin, direction| Space::new(shape, spacing, origin, direction).unwrap();
        let first = space([3.0, 1.0, 0.5], [10.0, -20.0, 30.0], direction);
        let turned = [[0.0, 0.0, 1.0], [-0.8, 0.6, 0.0], [0.6, 0.8, 0.0]];
        for second in [
            space([3.0, 1.0, 0.5], [10.5, -20.0, 30.0], direction),
            space([3.0, 1.1, 0.5], [10.0, -20.1, 30.0], direction),
            space([3.0, 1.0, 0.5], [10.0, -20.1, 30.0], turned),
        ] {
            let ours = |mm| compare(shape, &first.to_nifti_affine(), &second.to_nifti_affine(), mm);
            let (a, b) = (ours(1e3).unwrap(), first.compare(&second, 1e3).unwrap());
            assert!((a - b).abs() < 1e-9, "{a} {b}");
            let part = |mismatch| match mismatch {
                SpaceMismatch::Position { part, corner, .. } => (part, corner),
                other => panic!("{other}"),
            };
            assert_eq!(
                part(ours(0.1).unwrap_err()),
                part(first.compare(&second, 0.1).unwrap_err())
            );
        }
    }

    #[test]
    fn shear_counts() {
        let straight = Space::of_shape([10, 20, 31]).to_nifti_affine();
        let mut sheared = straight;
        // x' = x + y / 100: the corner at y = 19.5 or -0.5 moves by 0.195 mm at most.
        sheared[0][1] = 0.01;
        let distance = compare([10, 20, 31], &straight, &sheared, 0.2).unwrap();
        assert!((distance - 0.195).abs() < 1e-12, "{distance}");
        let error = compare([10, 20, 31], &straight, &sheared, 0.1).unwrap_err();
        assert!(matches!(error, SpaceMismatch::Position { part: SpacePart::Direction, .. }));
    }
}
