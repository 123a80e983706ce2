//! Axes permuted and flipped, for a space, its arrays and its runs alike.

use ndarray::{Array3, ArrayView3, Axis};

use super::{Space, SpaceError, matrix};
use crate::{Bounds, Dtype, Run, Runs, RunsBuilder, Voxels, with_voxels};

/// A permutation of the axes, followed by flips: axis n of the result is axis `order[n]` of the source, and
/// runs backwards where `flips[n]`.
///
/// No voxel moves in the world: applied to an array and to its [`Space`], both fit together as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reorientation {
    order: [usize; 3],
    flips: [bool; 3],
}

impl Reorientation {
    /// Leaves everything as it is.
    pub const IDENTITY: Self = Self { order: [0, 1, 2], flips: [false; 3] };

    /// Takes axis `order[n]` of the source as axis n, backwards where `flips[n]`.
    ///
    /// # Errors
    /// Where `order` is not a permutation of 0, 1 and 2.
    pub fn new(order: [usize; 3], flips: [bool; 3]) -> Result<Self, SpaceError> {
        let mut sorted = order;
        sorted.sort_unstable();
        if sorted == [0, 1, 2] {
            Ok(Self { order, flips })
        } else {
            Err(SpaceError::Axes { axes: order })
        }
    }

    pub(super) fn from_checked(order: [usize; 3], flips: [bool; 3]) -> Self {
        Self { order, flips }
    }

    /// For each axis of the result, the source's axis.
    #[must_use]
    pub fn order(&self) -> [usize; 3] {
        self.order
    }

    /// For each axis of the result, whether it runs backwards.
    #[must_use]
    pub fn flips(&self) -> [bool; 3] {
        self.flips
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// What undoes this.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let mut inverse = Self::IDENTITY;
        for (axis, source) in self.order.into_iter().enumerate() {
            inverse.order[source] = axis;
            inverse.flips[source] = self.flips[axis];
        }
        inverse
    }

    /// This, and then `next`.
    #[must_use]
    pub fn then(&self, next: &Self) -> Self {
        Self {
            order: next.order.map(|axis| self.order[axis]),
            flips: std::array::from_fn(|axis| self.flips[next.order[axis]] != next.flips[axis]),
        }
    }

    /// The shape that an array of `shape` gets.
    #[must_use]
    pub fn shape(&self, shape: [usize; 3]) -> [usize; 3] {
        self.order.map(|axis| shape[axis])
    }

    /// The index that the voxel `index` of an array of `shape` gets.
    #[must_use]
    pub fn index(&self, index: [usize; 3], shape: [usize; 3]) -> [usize; 3] {
        std::array::from_fn(|axis| {
            let source = self.order[axis];
            if self.flips[axis] { shape[source] - 1 - index[source] } else { index[source] }
        })
    }

    /// A view of the same voxels in the new order; nothing is copied.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn view<'a, T>(&self, array: ArrayView3<'a, T>) -> ArrayView3<'a, T> {
        let mut view = array.permuted_axes(self.order);
        for axis in (0..3).filter(|axis| self.flips[*axis]) {
            view.invert_axis(Axis(axis));
        }
        view
    }

    /// An array in the new order, in C order in memory.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn array<T: Clone>(&self, array: ArrayView3<'_, T>) -> Array3<T> {
        self.view(array).as_standard_layout().into_owned()
    }

    /// Voxels in the new order.
    #[must_use]
    pub fn voxels(&self, voxels: &Voxels) -> Voxels {
        with_voxels!(voxels, array => self.array(array.view()).into())
    }

    /// Runs in the new order. Where x stays x this costs the runs alone; otherwise memory is needed for
    /// the dense voxels of their bounding box.
    #[must_use]
    pub fn runs(&self, runs: &Runs) -> Runs {
        let shape = self.shape(runs.shape());
        let Some(bounds) = runs.bounds() else { return Runs::empty(shape) };
        if self.order[2] == 2 {
            return self.runs_along_x(runs);
        }
        let first = self.index(bounds.start, runs.shape());
        let last = self.index(bounds.end.map(|end| end - 1), runs.shape());
        let offset = std::array::from_fn(|axis| first[axis].min(last[axis]) as i64);
        let dense = runs.to_voxels_in(bounds, Dtype::Bool);
        with_voxels!(&dense, array => Runs::from_array(self.view(array.view())))
            .shifted(offset, shape)
    }

    fn runs_along_x(&self, runs: &Runs) -> Runs {
        let source_shape = runs.shape();
        let mut rows: Vec<_> = runs
            .rows()
            .map(|row| (self.index([row.z as usize, row.y as usize, 0], source_shape), row.runs))
            .collect();
        rows.sort_unstable_by_key(|([z, y, _], _)| (*z, *y));
        let width = source_shape[2] as u32;
        let mut builder = RunsBuilder::new(self.shape(source_shape));
        for ([z, y, _], runs) in rows {
            let (z, y) = (z as u32, y as u32);
            if self.flips[2] {
                for run in runs.iter().rev() {
                    let (start, end) = (width - run.end, width - run.start);
                    builder.push(z, y, Run { start, end, label: run.label });
                }
            } else {
                runs.iter().for_each(|run| builder.push(z, y, *run));
            }
        }
        builder.finish()
    }

    /// The box that a box of an array of `shape` becomes.
    #[must_use]
    pub fn bounds(&self, bounds: Bounds, shape: [usize; 3]) -> Bounds {
        let place = |axis: usize| {
            let source = self.order[axis];
            let (start, end) = (bounds.start[source], bounds.end[source]);
            if self.flips[axis] {
                (shape[source] - end, shape[source] - start)
            } else {
                (start, end)
            }
        };
        Bounds {
            start: std::array::from_fn(|n| place(n).0),
            end: std::array::from_fn(|n| place(n).1),
        }
    }

    /// The space of the reordered array: every voxel stays where it is in the world.
    #[must_use]
    pub fn space(&self, space: &Space) -> Space {
        let mut origin = space.origin;
        let mut direction = self.order.map(|axis| space.direction[axis]);
        let last = space.last_index();
        let steps = space.steps();
        for axis in (0..3).filter(|axis| self.flips[*axis]) {
            let source = self.order[axis];
            origin = matrix::add(origin, matrix::scale(steps[source], last[source]));
            direction[axis] = direction[axis].map(|n| 0.0 - n);
        }
        Space {
            shape: self.shape(space.shape),
            spacing: self.order.map(|axis| space.spacing[axis]),
            origin,
            direction,
            slant: space.slant.map(|steps| {
                let turned = |axis: usize| if self.flips[axis] { -1.0 } else { 1.0 };
                std::array::from_fn(|axis| matrix::scale(steps[self.order[axis]], turned(axis)))
            }),
        }
    }
}
