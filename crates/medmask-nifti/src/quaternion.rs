//! Rotations as NIfTI's quaternions: b, c and d of a + bi + cj + dk, with a >= 0 left out.

/// The rotation, row by row ("method 2" of the NIfTI-1 standard). The squares sum to 1 at most.
pub(crate) fn to_rotation([b, c, d]: [f64; 3]) -> [[f64; 3]; 3] {
    let a = (1.0 - (b * b + c * c + d * d)).max(0.0).sqrt();
    [
        [a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d), 2.0 * (b * d + a * c)],
        [2.0 * (b * c + a * d), a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b)],
        [2.0 * (b * d - a * c), 2.0 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ]
}

/// The determinant; negative where a matrix also mirrors.
pub(crate) fn determinant(m: &[[f64; 3]; 3]) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

/// The b, c, d of the unit quaternion with a >= 0 of a rotation. Reckoned from the largest component, so
/// that half turns stay exact.
pub(crate) fn of_rotation(r: &[[f64; 3]; 3]) -> [f64; 3] {
    let squares = [
        1.0 + r[0][0] + r[1][1] + r[2][2],
        1.0 + r[0][0] - r[1][1] - r[2][2],
        1.0 - r[0][0] + r[1][1] - r[2][2],
        1.0 - r[0][0] - r[1][1] + r[2][2],
    ];
    let mut largest = 0;
    for n in 1..4 {
        if squares[n] > squares[largest] {
            largest = n;
        }
    }
    let twice = squares[largest].max(0.0).sqrt();
    let half = 0.5 / twice;
    let (a, [b, c, d]) = match largest {
        0 => (
            twice / 2.0,
            [(r[2][1] - r[1][2]) * half, (r[0][2] - r[2][0]) * half, (r[1][0] - r[0][1]) * half],
        ),
        1 => (
            (r[2][1] - r[1][2]) * half,
            [twice / 2.0, (r[0][1] + r[1][0]) * half, (r[0][2] + r[2][0]) * half],
        ),
        2 => (
            (r[0][2] - r[2][0]) * half,
            [(r[0][1] + r[1][0]) * half, twice / 2.0, (r[1][2] + r[2][1]) * half],
        ),
        _ => (
            (r[1][0] - r[0][1]) * half,
            [(r[0][2] + r[2][0]) * half, (r[1][2] + r[2][1]) * half, twice / 2.0],
        ),
    };
    if a < 0.0 { [-b, -c, -d] } else { [b, c, d] }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{determinant, of_rotation, to_rotation};

    #[test]
    fn half_turns_are_exact() {
        for turn in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.6, 0.8], [0.0; 3]] {
            assert_eq!(of_rotation(&to_rotation(turn)), turn);
        }
    }

    proptest! {
        #[test]
        fn a_quaternion_comes_back_from_its_rotation(
            parts in prop::array::uniform4(-1.0_f64..1.0),
        ) {
            let norm = parts.iter().map(|part| part * part).sum::<f64>().sqrt();
            prop_assume!(norm > 1e-3);
            // A quaternion and its negative are the same rotation.
            let sign = if parts[0] < 0.0 { -1.0 } else { 1.0 };
            let [_, b, c, d] = parts.map(|part| sign * part / norm);
            let rotation = to_rotation([b, c, d]);
            prop_assert!((determinant(&rotation) - 1.0).abs() < 1e-12);
            for (back, part) in of_rotation(&rotation).into_iter().zip([b, c, d]) {
                prop_assert!((back - part).abs() < 1e-7, "{back} {part}");
            }
        }
    }
}
