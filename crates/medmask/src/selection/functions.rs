//! The functions of expressions: their names, and the numbers that they take.

use super::tree::Function;

/// A function that there is.
pub(super) struct Known {
    pub name: &'static str,
    pub usage: &'static str,
    /// What its number is; `None` where it has none.
    pub wanted: Option<&'static str>,
    pub takes: fn(f64) -> bool,
    /// Makes it of its number; `None` where that is missing.
    pub make: fn(Option<f64>) -> Option<Function>,
}

/// All of them.
pub(super) const FUNCTIONS: [Known; 6] = [
    Known {
        name: "largest",
        usage: "largest(x, n)",
        wanted: Some("n is a whole number from 1 on"),
        takes: |number| number >= 1.0 && number.fract() == 0.0,
        make: |number| Some(Function::Largest(number.unwrap_or(1.0) as usize)),
    },
    Known {
        name: "min_ml",
        usage: "min_ml(x, ml)",
        wanted: Some("ml is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::MinMl),
    },
    Known {
        name: "fill",
        usage: "fill(x)",
        wanted: None,
        takes: is_measure,
        make: |_| Some(Function::Fill),
    },
    Known {
        name: "grow",
        usage: "grow(x, mm)",
        wanted: Some("mm is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::Grow),
    },
    Known {
        name: "shrink",
        usage: "shrink(x, mm)",
        wanted: Some("mm is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::Shrink),
    },
    Known {
        name: "shell",
        usage: "shell(x, mm)",
        wanted: Some("mm is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::Shell),
    },
];

fn is_measure(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}
