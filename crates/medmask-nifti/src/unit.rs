//! Units of length.

use crate::Affine;
use crate::fields::Fields;

/// A unit of length of a header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LengthUnit {
    /// Also of files that name none.
    #[default]
    Millimetre,
    /// A thousand millimetres.
    Metre,
    /// A thousandth of a millimetre.
    Micrometre,
}

impl LengthUnit {
    /// All of them, with their codes in the lowest bits of xyzt_units, names, and lengths in mm.
    const ALL: [(Self, i32, &'static str, f64); 3] = [
        (Self::Millimetre, 2, "millimetre", 1.0),
        (Self::Metre, 1, "metre", 1000.0),
        (Self::Micrometre, 3, "micrometre", 0.001),
    ];

    /// The unit that a header names; `None` where its code is that of none.
    pub(crate) fn of(fields: &Fields) -> Option<Self> {
        let code = fields.xyzt_units & 7;
        let found = Self::ALL.into_iter().find(|(_, known, ..)| *known == code);
        found.map(|(unit, ..)| unit).or((code == 0).then_some(Self::Millimetre))
    }

    /// The unit of this [`name`](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, _, known, _)| *known == name).map(|(unit, ..)| unit)
    }

    /// `millimetre`, `metre` or `micrometre`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// How many mm it is long.
    #[must_use]
    pub fn millimetres(self) -> f64 {
        self.row().3
    }

    /// Its code in the lowest three bits of xyzt_units.
    pub(crate) fn code(self) -> i32 {
        self.row().1
    }

    fn row(self) -> (Self, i32, &'static str, f64) {
        Self::ALL.into_iter().find(|(unit, ..)| *unit == self).unwrap_or(Self::ALL[0])
    }

    /// An affine with numbers of this unit, in mm.
    pub(crate) fn in_mm(self, mut affine: Affine) -> Affine {
        if self != Self::Millimetre {
            let numbers = affine[..3].as_flattened_mut().iter_mut();
            numbers.for_each(|value| *value *= self.millimetres());
        }
        affine
    }
}
