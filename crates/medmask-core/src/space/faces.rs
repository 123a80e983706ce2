//! The faces of the volume that a structure reaches.

use super::{AxisDirection, Space};
use crate::Bounds;

impl Space {
    /// The faces of the volume that a structure with the box `bounds` (z, y, x) touches, each named for the direction in the body
    /// that it looks to. What touches one may go on beyond the scan, so that its volume is a lower limit.
    ///
    /// Along each array axis the face where the index is 0 comes first. An axis of one voxel has both.
    ///
    /// ```
    /// use medmask_core::{AxisDirection, Bounds, Space};
    ///
    /// let space = Space::of_shape([10, 20, 30]);
    /// let bounds = Bounds { start: [0, 5, 7], end: [4, 20, 29] };
    /// assert_eq!(space.faces_touched(&bounds), [AxisDirection::Inferior, AxisDirection::Posterior]);
    /// ```
    #[must_use]
    pub fn faces_touched(&self, bounds: &Bounds) -> Vec<AxisDirection> {
        let mut touched = Vec::new();
        for (axis, direction) in self.axis_codes().axes().into_iter().enumerate() {
            if bounds.start[axis] == 0 {
                touched.push(direction.opposite());
            }
            if bounds.end[axis] >= self.shape[axis] {
                touched.push(direction);
            }
        }
        touched
    }
}
