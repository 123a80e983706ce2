//! Distances within a margin, as whole numbers that no rounding changes.

/// Digits of a spacing that count: as many as files with 32 bits keep.
const DIGITS: i32 = 7;
/// By which part of it a margin may be exceeded.
pub(crate) const TOLERANCE: f64 = 1e-6;
/// Units that a margin has at most; its square fits 64 bits.
const LONGEST: f64 = 4e9;
/// More units than any margin has.
const FAR: u64 = u32::MAX as u64;

/// The distances between voxel centres along the axes, and the largest distance that counts.
///
/// The unit is a power of ten, so that 0.7 mm and 2.1 mm are whole numbers of it, and what is equally far by hand is so here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    /// From one voxel to the next along z, y and x, in units; at most `FAR`.
    steps: [u64; 3],
    /// The square of the margin, in units.
    square: u64,
    /// Voxels that the margin reaches along each axis.
    reach: [usize; 3],
}

impl Metric {
    /// Of voxels `spacing` mm (z, y, x) apart on a grid of `shape`.
    pub fn new(margin_mm: f64, spacing: [f64; 3], shape: [usize; 3]) -> Self {
        let side = |axis: usize| spacing[axis] * shape[axis] as f64;
        // No two voxels are as far apart, so that all larger margins are alike.
        let margin = margin_mm.min(side(0).hypot(side(1)).hypot(side(2)));
        let spacing = spacing.map(Decimal::of);
        let finest = spacing.iter().map(|mm| mm.exponent).min().unwrap_or(0);
        // Coarser where the margin would be too long.
        let unit = finest.max((margin / LONGEST).log10().ceil() as i32);
        let steps = spacing.map(|mm| mm.in_units_of(unit));
        let longest = (margin / 10_f64.powi(unit) * (1.0 + TOLERANCE)).min(FAR as f64) as u64;
        let reach = std::array::from_fn(|axis| {
            // A step of no units is nothing beside the margin.
            let voxels = longest.checked_div(steps[axis]).map(|voxels| voxels as usize);
            voxels.map_or(shape[axis], |voxels| voxels.min(shape[axis]))
        });
        Self { steps, square: longest * longest, reach }
    }

    /// Voxels that the margin reaches along each axis (z, y, x), at most those of the grid.
    pub fn reach(&self) -> [usize; 3] {
        self.reach
    }

    /// The square of the margin.
    pub fn square(&self) -> u64 {
        self.square
    }

    /// The square of the distance over `voxels` along `axis`, which the margin must reach.
    pub fn square_of(&self, axis: usize, voxels: usize) -> u64 {
        let distance = self.steps[axis] * voxels as u64;
        distance * distance
    }

    /// How many voxels along `axis` a distance of this square reaches, at most those of the grid.
    pub fn voxels_within(&self, axis: usize, square: u64) -> usize {
        let voxels = square.isqrt().checked_div(self.steps[axis]);
        voxels.map_or(self.reach[axis], |voxels| (voxels as usize).min(self.reach[axis]))
    }
}

/// `number` times ten to the power of `exponent`, where the number has [`DIGITS`] digits.
#[derive(Clone, Copy)]
struct Decimal {
    number: u64,
    exponent: i32,
}

impl Decimal {
    fn of(mm: f64) -> Self {
        let exponent = mm.log10().floor() as i32 + 1 - DIGITS;
        Self { number: (mm / 10_f64.powi(exponent)).round() as u64, exponent }
    }

    /// Whole units of ten to the power of `unit`; at most `FAR`.
    fn in_units_of(self, unit: i32) -> u64 {
        let power = |exponent: u32| 10_u64.checked_pow(exponent);
        let shift = self.exponent.abs_diff(unit);
        if self.exponent >= unit {
            let units = power(shift).and_then(|power| self.number.checked_mul(power));
            units.map_or(FAR, |units| units.min(FAR))
        } else {
            power(shift).map_or(0, |power| (self.number + power / 2) / power)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (voxels along z, y, x; spacing; margin): at the margin, and a little more than it.
    #[test]
    fn distances_that_equal_the_margin_are_within_it() {
        let cases = [
            ([0, 0, 3], [1.0, 1.0, 0.7], 2.1),
            ([0, 3, 4], [1.0, 1.171_875, 1.171_875], 5.859_375),
            ([0, 5, 0], [1.5, 1.500_000_1, 1.5], 7.5),
            ([3, 0, 0], [f64::from(0.7_f32), 9.0, 9.0], 2.1),
            ([0, 0, 500], [9.0, 9.0, 0.683_593_75], 341.796_875),
            ([1, 1, 1], [2.0, 3.0, 6.0], 7.0),
            ([0, 700, 0], [5.0, 1e-4, 5.0], 0.07),
        ];
        for (voxels, spacing, margin) in cases {
            let square = |margin_mm: f64| {
                let metric = Metric::new(margin_mm, spacing, [1000; 3]);
                let square: u64 = (0..3).map(|axis| metric.square_of(axis, voxels[axis])).sum();
                (square, metric.square())
            };
            let (distance, longest) = square(margin);
            assert!(distance <= longest, "{voxels:?} of {spacing:?} within {margin}");
            let (distance, longest) = square(margin * (1.0 - 3e-6));
            assert!(distance > longest, "{voxels:?} of {spacing:?} beyond {margin}");
        }
    }
}
