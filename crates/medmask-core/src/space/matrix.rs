//! Three-by-three matrices and vectors.

pub(crate) type Vector = [f64; 3];
/// Three vectors: the columns of a matrix, or of an affine's linear part.
pub(crate) type Columns = [Vector; 3];

pub(crate) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(crate) fn norm(a: Vector) -> f64 {
    // Scaling first keeps the squares of very large and very small numbers finite and not zero.
    let largest = a.iter().fold(0.0_f64, |largest, n| largest.max(n.abs()));
    if a.iter().any(|n| n.is_nan()) {
        return f64::NAN;
    }
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let scaled = a.map(|n| n / largest);
    largest * dot(scaled, scaled).sqrt()
}

pub(crate) fn scale(a: Vector, factor: f64) -> Vector {
    a.map(|n| n * factor)
}

pub(crate) fn add(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|n| a[n] + b[n])
}

pub(crate) fn subtract(a: Vector, b: Vector) -> Vector {
    std::array::from_fn(|n| a[n] - b[n])
}

pub(crate) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(crate) fn determinant(columns: Columns) -> f64 {
    dot(columns[0], cross(columns[1], columns[2]))
}

/// The sum of the columns, each times its weight.
pub(crate) fn apply(columns: Columns, weights: Vector) -> Vector {
    std::array::from_fn(|row| (0..3).map(|n| columns[n][row] * weights[n]).sum())
}

/// The rows of the inverse, where the columns are not coplanar.
pub(crate) fn inverse_rows(columns: Columns) -> Columns {
    let determinant = determinant(columns);
    let [a, b, c] = columns;
    [cross(b, c), cross(c, a), cross(a, b)].map(|row| scale(row, 1.0 / determinant))
}

/// Largest difference of the columns' products from those of an orthonormal basis.
pub(crate) fn deviation_from_orthonormal(columns: Columns) -> f64 {
    let mut largest = 0.0_f64;
    for (n, a) in columns.into_iter().enumerate() {
        for (m, b) in columns.into_iter().enumerate() {
            let wanted = if n == m { 1.0 } else { 0.0 };
            largest = largest.max((dot(a, b) - wanted).abs());
        }
    }
    largest
}

/// The orthonormal basis nearest to `columns`, which are not coplanar: their polar factor, by Newton's
/// iteration (Higham 1986). The handedness is kept.
pub(crate) fn nearest_orthonormal(columns: Columns) -> Columns {
    let mut current = columns;
    // The iteration converges quadratically: columns that are not nearly coplanar need less than ten steps.
    for _ in 0..60 {
        let inverse_transposed = inverse_rows(current);
        let next: Columns = std::array::from_fn(|n| {
            std::array::from_fn(|row| 0.5 * (current[n][row] + inverse_transposed[n][row]))
        });
        let step = (0..3).map(|n| norm(subtract(next[n], current[n]))).fold(0.0, f64::max);
        current = next;
        if step < 1e-15 {
            break;
        }
    }
    current
}
