//! Which way the axes of an array run in the body.

use std::fmt;
use std::str::FromStr;

use super::{Reorientation, Space, SpaceError};

/// A direction in the body, named for where it points to. Three axes have these six and no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AxisDirection {
    /// To the patient's left (world x grows in LPS+).
    Left,
    /// To the patient's right.
    Right,
    /// To the back (world y grows in LPS+).
    Posterior,
    /// To the front.
    Anterior,
    /// To the head (world z grows).
    Superior,
    /// To the feet.
    Inferior,
}

impl AxisDirection {
    const ALL: [[Self; 2]; 3] = [
        [Self::Left, Self::Right],
        [Self::Posterior, Self::Anterior],
        [Self::Superior, Self::Inferior],
    ];

    /// Its letter: L, R, P, A, S or I.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Left => 'L',
            Self::Right => 'R',
            Self::Posterior => 'P',
            Self::Anterior => 'A',
            Self::Superior => 'S',
            Self::Inferior => 'I',
        }
    }

    /// Its name: `left`, `right`, `posterior`, `anterior`, `superior` or `inferior`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Posterior => "posterior",
            Self::Anterior => "anterior",
            Self::Superior => "superior",
            Self::Inferior => "inferior",
        }
    }

    /// The opposite direction.
    #[must_use]
    pub fn opposite(self) -> Self {
        let [plus, minus] = Self::ALL[self.world_axis()];
        if self == plus { minus } else { plus }
    }

    /// The world axis (0 = x, 1 = y, 2 = z) that it runs along.
    #[must_use]
    pub fn world_axis(self) -> usize {
        match self {
            Self::Left | Self::Right => 0,
            Self::Posterior | Self::Anterior => 1,
            Self::Superior | Self::Inferior => 2,
        }
    }

    fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().flatten().find(|direction| direction.letter() == letter)
    }
}

/// For each array axis (z, y, x), the body direction nearest to that in which its index grows.
///
/// The letters say where an axis runs *to*, as in nibabel and ITK's `DICOMOrient`. Programs that say where it
/// comes *from* (ITK-SNAP's `RAI`) use the [opposite](AxisCodes::opposite) letters.
///
/// ```
/// use medmask_core::{AxisCodes, Space};
///
/// let codes = Space::of_shape([3, 4, 5]).axis_codes();
/// assert_eq!(codes.to_string(), "SPL"); // of z, y and x
/// assert_eq!(codes.xyz(), "LPS");
/// assert_eq!(codes.opposite().xyz(), "RAI");
/// assert_eq!("SPL".parse(), Ok(codes));
/// # Ok::<(), medmask_core::SpaceError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AxisCodes([AxisDirection; 3]);

impl AxisCodes {
    /// Arrays (z, y, x) whose x runs to the right, y to the front and z to the head: NIfTI's RAS+.
    pub const RAS: Self =
        Self([AxisDirection::Superior, AxisDirection::Anterior, AxisDirection::Right]);

    /// Arrays (z, y, x) whose x runs to the left, y to the back and z to the head: DICOM's LPS+.
    pub const LPS: Self =
        Self([AxisDirection::Superior, AxisDirection::Posterior, AxisDirection::Left]);

    /// The directions of the array axes (z, y, x).
    ///
    /// # Errors
    /// Where two of them run along the same world axis.
    pub fn new(axes: [AxisDirection; 3]) -> Result<Self, SpaceError> {
        let mut world_axes = axes.map(AxisDirection::world_axis);
        world_axes.sort_unstable();
        if world_axes == [0, 1, 2] {
            Ok(Self(axes))
        } else {
            let letters = axes.into_iter().map(AxisDirection::letter).collect();
            Err(SpaceError::AxisCodes { letters })
        }
    }

    /// From letters in the order (x, y, z), as nibabel's `RAS`.
    ///
    /// # Errors
    /// Where the letters are not one each of L or R, P or A, S or I.
    pub fn from_xyz(letters: &str) -> Result<Self, SpaceError> {
        letters.chars().rev().collect::<String>().parse()
    }

    /// The letters in the order (x, y, z), as nibabel's `aff2axcodes` gives them.
    #[must_use]
    pub fn xyz(&self) -> String {
        self.0.into_iter().rev().map(AxisDirection::letter).collect()
    }

    /// The directions of the array axes (z, y, x).
    #[must_use]
    pub fn axes(&self) -> [AxisDirection; 3] {
        self.0
    }

    /// Every axis the other way round.
    #[must_use]
    pub fn opposite(&self) -> Self {
        Self(self.0.map(AxisDirection::opposite))
    }

    /// The permutation and flips that take an array with these codes to one with the codes `target`.
    #[must_use]
    pub fn reorientation_to(&self, target: &Self) -> Reorientation {
        let mut order = [0; 3];
        let mut flips = [false; 3];
        for (axis, wanted) in target.0.into_iter().enumerate() {
            for (source, direction) in self.0.into_iter().enumerate() {
                if direction.world_axis() == wanted.world_axis() {
                    order[axis] = source;
                    flips[axis] = direction != wanted;
                }
            }
        }
        Reorientation::from_checked(order, flips)
    }
}

impl fmt::Display for AxisCodes {
    /// The letters of the array axes (z, y, x).
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [z, y, x] = self.0.map(AxisDirection::letter);
        write!(formatter, "{z}{y}{x}")
    }
}

impl FromStr for AxisCodes {
    type Err = SpaceError;

    /// From the letters of the array axes (z, y, x).
    fn from_str(letters: &str) -> Result<Self, SpaceError> {
        let directions: Option<Vec<_>> = letters.chars().map(AxisDirection::from_letter).collect();
        directions
            .and_then(|directions| <[AxisDirection; 3]>::try_from(directions).ok())
            .and_then(|axes| Self::new(axes).ok())
            .ok_or_else(|| SpaceError::AxisCodes { letters: letters.to_owned() })
    }
}

impl Space {
    /// The body direction nearest to each array axis. Each world axis is given to one array axis, the most
    /// clearly aligned first, as nibabel does.
    #[must_use]
    #[expect(clippy::expect_used, reason = "three axes take one each of three world axes")]
    pub fn axis_codes(&self) -> AxisCodes {
        let strength = |axis: usize| {
            self.direction[axis].iter().fold(0.0_f64, |largest, n| largest.max(n.abs()))
        };
        // In the order x, y, z where two are equally strong.
        let mut axes = [2, 1, 0];
        axes.sort_by(|a, b| strength(*b).total_cmp(&strength(*a)));
        let mut free = [true; 3];
        let mut codes = AxisCodes::LPS;
        for axis in axes {
            let vector = self.direction[axis];
            // The first of several, where they are equally near.
            let nearest = (0..3)
                .rev()
                .filter(|world| free[*world])
                .max_by(|a, b| vector[*a].abs().total_cmp(&vector[*b].abs()));
            let world = nearest.expect("each of three axes finds one of three free");
            free[world] = false;
            let [plus, minus] = AxisDirection::ALL[world];
            codes.0[axis] = if vector[world] < 0.0 { minus } else { plus };
        }
        codes
    }

    /// The array axis (0 for z, 1 for y, 2 for x) that runs nearest to the patient's long axis, from the feet to the head or back:
    /// axial slices lie across it.
    #[must_use]
    pub fn axial_axis(&self) -> usize {
        let axes = self.axis_codes().axes();
        axes.iter().position(|direction| direction.world_axis() == 2).unwrap_or(0)
    }

    /// The permutation and flips that bring this space nearest to `target`. [`AxisCodes::RAS`] gives the
    /// same axes as nibabel's `as_closest_canonical`.
    #[must_use]
    pub fn reorientation_to(&self, target: &AxisCodes) -> Reorientation {
        self.axis_codes().reorientation_to(target)
    }
}
