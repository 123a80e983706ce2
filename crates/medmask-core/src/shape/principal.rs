//! Eigenvectors of a symmetric matrix.

use crate::space::matrix::{Columns, Vector};

/// The eigenvectors of a symmetric matrix, that of the largest eigenvalue first; unit vectors whose largest component is positive. By
/// Jacobi's rotations (1846), which find orthogonal vectors also where eigenvalues are equal.
pub(super) fn principal_axes(mut matrix: [Vector; 3]) -> Columns {
    let mut vectors: Columns = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    // Each sweep squares what is left beside the diagonal: a handful is enough.
    for _ in 0..30 {
        let beside = matrix[0][1].abs() + matrix[0][2].abs() + matrix[1][2].abs();
        let diagonal = matrix[0][0].abs() + matrix[1][1].abs() + matrix[2][2].abs();
        if beside <= f64::EPSILON * f64::EPSILON * diagonal {
            break;
        }
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            rotate(&mut matrix, &mut vectors, p, q);
        }
    }
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| matrix[*b][*b].total_cmp(&matrix[*a][*a]));
    order.map(|n| facing_forward(vectors[n]))
}

/// Turns the axes p and q so that nothing is left beside the diagonal there.
fn rotate(matrix: &mut [Vector; 3], vectors: &mut Columns, p: usize, q: usize) {
    let beside = matrix[p][q];
    if beside == 0.0 {
        return;
    }
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * beside);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: f64, b: f64| (cosine * a - sine * b, sine * a + cosine * b);
    for row in matrix.iter_mut() {
        (row[p], row[q]) = turn(row[p], row[q]);
    }
    for rows in [matrix, vectors] {
        let (a, b) = (rows[p], rows[q]);
        rows[p] = std::array::from_fn(|n| turn(a[n], b[n]).0);
        rows[q] = std::array::from_fn(|n| turn(a[n], b[n]).1);
    }
}

fn facing_forward(vector: Vector) -> Vector {
    let largest = vector.into_iter().fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
    // Adding 0 turns -0 into 0.
    vector.map(|n| if largest < 0.0 { 0.0 - n } else { n + 0.0 })
}
