//! Which values of an image are black and which are white.

/// Values of an image as greys: black up to half a width below the centre, white from half a width above it, and evenly between them, as
/// DICOM's function `LINEAR_EXACT` (PS3.3, C.11.2.1.3.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// The value that is half-way from black to white.
    pub centre: f64,
    /// How many values lie between black and white; more than 0.
    pub width: f64,
}

impl Window {
    /// Soft tissue in a CT, in Hounsfield units.
    pub const SOFT_TISSUE: Self = Self { centre: 40.0, width: 400.0 };

    /// Black at `low` and white at `high`; of width 1 where these are the same.
    #[must_use]
    pub fn between(low: f64, high: f64) -> Self {
        let width = if high > low { high - low } else { 1.0 };
        Self { centre: f64::midpoint(low, high), width }
    }

    /// The values that are black and white.
    #[must_use]
    pub fn ends(&self) -> [f64; 2] {
        [self.centre - self.width / 2.0, self.centre + self.width / 2.0]
    }

    /// The grey of a value, 0 to 255; black of what is not a number.
    #[must_use]
    pub fn grey(&self, value: f64) -> u8 {
        let share = (value - self.centre) / self.width + 0.5;
        // The conversion makes 0 of what is not a number.
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn greys_run_evenly_from_black_to_white() {
        let window = Window::SOFT_TISSUE;
        assert_eq!(window.ends(), [-160.0, 240.0]);
        for (value, grey) in
            [(-1000.0, 0), (-160.0, 0), (-60.0, 64), (40.0, 128), (240.0, 255), (3000.0, 255)]
        {
            assert_eq!(window.grey(value), grey, "{value}");
        }
        assert_eq!((window.grey(f64::NAN), window.grey(f64::INFINITY)), (0, 255));
        assert_eq!(Window::between(3.0, 3.0), Window { centre: 3.0, width: 1.0 });
    }
}
