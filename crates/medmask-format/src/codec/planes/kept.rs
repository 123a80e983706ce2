//! What is left of a chunk without its repeated planes.

use medmask_voxel::{Memory, Run, Source};

use super::axis::Axis;
use crate::FormatError;
use crate::codec::ChunkShape;
use crate::memory::zeros;

/// The coded planes of a chunk, as a chunk of their own.
pub(in crate::codec) struct Kept<'a> {
    source: &'a dyn Source,
    axes: [Axis; 3],
}

impl<'a> Kept<'a> {
    /// Leaves out of `source` the planes across z, y and x that are as the one before.
    ///
    /// # Errors
    /// [`FormatError::Memory`] where two slices do not fit into memory.
    pub(in crate::codec) fn of(
        source: &'a dyn Source,
        shape: ChunkShape,
    ) -> Result<Self, FormatError> {
        let ChunkShape { depth, height, width } = shape;
        let memory = Memory::unlimited();
        let what = "the repeated planes of a chunk";
        let changes = |planes: u32| zeros::<u8>(&memory, what, planes as usize);
        let [(mut z_changes, _z), (mut y_changes, _y), (mut x_changes, _x)] =
            [changes(depth)?, changes(height)?, changes(width)?];
        let (mut before, mut slice) = (Vec::<Vec<Run>>::new(), Vec::<Vec<Run>>::new());
        for (z, z_changes) in (0_u32..).zip(&mut z_changes) {
            let is_empty = source.is_empty(z);
            for y in 0..height as usize {
                if slice.len() <= y {
                    slice.push(Vec::new());
                }
                if is_empty {
                    slice[y].clear();
                } else {
                    source.row(z, y as u32, &mut slice[y]);
                }
                for run in &slice[y] {
                    x_changes[run.start as usize] = 1;
                    if run.end < width {
                        x_changes[run.end as usize] = 1;
                    }
                }
                // Most planes differ from the one before in an early row, and are compared no further.
                if y > 0 && y_changes[y] == 0 && slice[y] != slice[y - 1] {
                    y_changes[y] = 1;
                }
                if z > 0 && *z_changes == 0 && slice[y] != before[y] {
                    *z_changes = 1;
                }
            }
            std::mem::swap(&mut before, &mut slice);
        }
        let axes = [z_changes, y_changes, x_changes].map(|changes| {
            let places = changes.iter().enumerate();
            let repeats = places.map(|(place, changes)| place > 0 && *changes == 0);
            Axis::choose(&repeats.collect::<Vec<_>>())
        });
        Ok(Self { source, axes })
    }

    /// Its voxels along z, y and x.
    pub(in crate::codec) fn shape(&self) -> ChunkShape {
        let [depth, height, width] = [0, 1, 2].map(|axis| self.axes[axis].count());
        ChunkShape { depth, height, width }
    }

    /// Appends which planes are left out.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        self.axes.iter().for_each(|axis| axis.put(out));
    }
}

impl Source for Kept<'_> {
    fn row(&self, z: u32, y: u32, runs: &mut Vec<Run>) {
        let [z_axis, y_axis, x_axis] = &self.axes;
        self.source.row(z_axis.place(z), y_axis.place(y), runs);
        // Where a label changes the plane is coded.
        for run in runs {
            (run.start, run.end) = (x_axis.index(run.start), x_axis.index(run.end));
        }
    }

    fn is_empty(&self, z: u32) -> bool {
        self.source.is_empty(self.axes[0].place(z))
    }
}
