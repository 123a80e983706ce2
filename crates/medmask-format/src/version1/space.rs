//! The space of a file, as JSON (SPEC.md, "Version 1.0: space").

use serde::{Deserialize, Serialize};

use super::json;
use crate::FormatError;

/// Geometry as the file states it: axis n of each field belongs to axis n of (x, y, z), the reverse of the
/// order of the voxels' axes.
///
/// Only `shape` must be present. The others default to spacing 1 mm, origin 0 and the world's axes.
/// Unknown keys are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpaceRecord {
    /// Voxels along x, y and z.
    pub shape: [u64; 3],
    /// World position of voxel 0, mm.
    #[serde(default)]
    pub origin: [f64; 3],
    /// Voxel sizes along x, y and z, mm.
    #[serde(default = "one_millimetre")]
    pub spacing: [f64; 3],
    /// Unit vector of the x axis in the world.
    #[serde(default = "axis::<0>")]
    pub x_orientation: [f64; 3],
    /// Unit vector of the y axis in the world.
    #[serde(default = "axis::<1>")]
    pub y_orientation: [f64; 3],
    /// Unit vector of the z axis in the world.
    #[serde(default = "axis::<2>")]
    pub z_orientation: [f64; 3],
}

fn one_millimetre() -> [f64; 3] {
    [1.0; 3]
}

fn axis<const N: usize>() -> [f64; 3] {
    std::array::from_fn(|index| if index == N { 1.0 } else { 0.0 })
}

impl SpaceRecord {
    /// Parses the JSON, which starts at byte `offset` of the file.
    ///
    /// # Errors
    /// [`FormatError::Corrupt`] where it is not JSON or a field is missing or of the wrong kind.
    pub fn parse(bytes: &[u8], offset: u64) -> Result<Self, FormatError> {
        json::parse(bytes, "space", offset)
    }

    /// The JSON as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        json::to_bytes(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_fields_take_the_defaults_of_the_original() {
        let space = SpaceRecord::parse(br#"{"shape": [3, 4, 5]}"#, 0).unwrap();
        assert_eq!(space.shape, [3, 4, 5]);
        assert_eq!((space.origin, space.spacing), ([0.0; 3], [1.0; 3]));
        assert_eq!(space.y_orientation, [0.0, 1.0, 0.0]);
        assert_eq!(SpaceRecord::parse(&space.to_bytes(), 0).unwrap(), space);
    }

    #[test]
    fn errors_point_into_the_file() {
        let FormatError::Corrupt(at) = SpaceRecord::parse(br#"{"shape": [3, 4}"#, 100).unwrap_err()
        else {
            panic!("another error");
        };
        assert_eq!((at.section, at.offset), ("space", 115));
        assert!(SpaceRecord::parse(br#"{"shape": [3, -4, 5]}"#, 0).is_err());
        assert!(SpaceRecord::parse(br#"{"spacing": [3, 4, 5]}"#, 0).is_err());
    }
}
