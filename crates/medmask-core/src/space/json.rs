//! The JSON of the original's space.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Space, SpaceError};

/// The original's keys, in its order. `x_`, `y_` and `z_orientation` are the directions of axis 0, 1 and 2.
///
/// Unknown keys are refused, as the original refuses them: a misspelt key would silently give other geometry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpaceRecord {
    shape: [usize; 3],
    #[serde(default)]
    origin: [f64; 3],
    #[serde(default = "unit_spacing")]
    spacing: [f64; 3],
    #[serde(default = "first_axis")]
    x_orientation: [f64; 3],
    #[serde(default = "second_axis")]
    y_orientation: [f64; 3],
    #[serde(default = "third_axis")]
    z_orientation: [f64; 3],
}

fn unit_spacing() -> [f64; 3] {
    [1.0; 3]
}

fn first_axis() -> [f64; 3] {
    [1.0, 0.0, 0.0]
}

fn second_axis() -> [f64; 3] {
    [0.0, 1.0, 0.0]
}

fn third_axis() -> [f64; 3] {
    [0.0, 0.0, 1.0]
}

impl Space {
    /// The space as JSON with the keys of spacetransformer: `shape`, `origin`, `spacing` and
    /// `x_orientation`, `y_orientation`, `z_orientation`, which are the directions of axis 0, 1 and 2.
    ///
    /// Axes are written in this space's own order. Files of version 1 hold (x, y, z): write
    /// [`Space::reverse_axis_order`] there.
    #[must_use]
    pub fn to_json(&self) -> String {
        json!({
            "shape": self.shape,
            "origin": self.origin,
            "spacing": self.spacing,
            "x_orientation": self.direction[0],
            "y_orientation": self.direction[1],
            "z_orientation": self.direction[2],
        })
        .to_string()
    }

    /// Reads what [`Space::to_json`] or spacetransformer's `to_json` wrote. Without the other keys, a
    /// `shape` alone has spacing 1, origin 0 and axes 0, 1 and 2 along world x, y and z. Unknown keys are
    /// refused.
    ///
    /// # Errors
    /// Where the text is not such JSON, or as [`Space::new`].
    pub fn from_json(json: &str) -> Result<Self, SpaceError> {
        let record: SpaceRecord = serde_json::from_str(json)
            .map_err(|error| SpaceError::Json { reason: error.to_string() })?;
        record.try_into()
    }
}

impl TryFrom<SpaceRecord> for Space {
    type Error = SpaceError;

    fn try_from(record: SpaceRecord) -> Result<Self, SpaceError> {
        let direction = [record.x_orientation, record.y_orientation, record.z_orientation];
        Self::new(record.shape, record.spacing, record.origin, direction)
    }
}

impl Serialize for Space {
    /// As the object of [`Space::to_json`].
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SpaceRecord {
            shape: self.shape,
            origin: self.origin,
            spacing: self.spacing,
            x_orientation: self.direction[0],
            y_orientation: self.direction[1],
            z_orientation: self.direction[2],
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Space {
    /// As [`Space::from_json`].
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SpaceRecord::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}
