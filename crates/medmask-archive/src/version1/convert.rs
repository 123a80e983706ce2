//! Between version 1.0's space and voxels and those of the core.

use medmask_core::{
    Dtype, Held, Memory, MemoryError, Space, SpaceError, Voxel, Voxels, with_voxels,
};
use medmask_format::version1::{Labels, LabelsRef, SpaceRecord};
use ndarray::{Array3, ArrayView3, Zip};

/// The space of the file for voxels in the usual order: axis n of the record is axis 2 - n of the array.
pub(super) fn core_space(record: &SpaceRecord) -> Result<Space, SpaceError> {
    let [x, y, z] = record.shape.map(|axis| usize::try_from(axis).unwrap_or(usize::MAX));
    let [dx, dy, dz] = record.spacing;
    let direction = [record.z_orientation, record.y_orientation, record.x_orientation];
    Space::new([z, y, x], [dz, dy, dx], record.origin, direction)
}

/// The space as the file has it.
pub(super) fn space_record(space: &Space) -> SpaceRecord {
    let [z, y, x] = space.shape().map(|axis| axis as u64);
    let [dz, dy, dx] = space.spacing();
    let [z_orientation, y_orientation, x_orientation] = space.direction();
    SpaceRecord {
        shape: [x, y, z],
        origin: space.origin(),
        spacing: [dx, dy, dz],
        x_orientation,
        y_orientation,
        z_orientation,
    }
}

/// How the axes of a blob of shape `blob` lie to those of a space of shape `space` (z, y, x).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AxisOrder {
    /// The usual order, (z, y, x).
    AsSpace,
    /// (x, y, z): the array was saved beside a space of the other order.
    Reversed,
}

impl AxisOrder {
    /// `None` where the shapes do not fit together in either order. Where both fit, it is the usual one: the
    /// original reads no other.
    pub fn of(blob: [u64; 3], space: [usize; 3]) -> Option<Self> {
        let [z, y, x] = space.map(|axis| axis as u64);
        if blob == [z, y, x] {
            Some(Self::AsSpace)
        } else if blob == [x, y, z] {
            Some(Self::Reversed)
        } else {
            None
        }
    }
}

/// Why the numbers of a blob give no voxels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoVoxels {
    /// The first label that is negative or above the largest `u32`.
    Label(i64),
    Memory(MemoryError),
}

impl From<MemoryError> for NoVoxels {
    fn from(error: MemoryError) -> Self {
        Self::Memory(error)
    }
}

/// Voxels of a blob as an array in the order of its space, of `shape` (z, y, x), and what they take.
pub(super) fn voxels(
    labels: Labels,
    shape: [usize; 3],
    order: AxisOrder,
    memory: &Memory,
) -> Result<(Voxels, Held<'_>), NoVoxels> {
    Ok(match labels {
        Labels::Bool(labels) => in_order(labels, shape, order, memory)?,
        Labels::U8(labels) => in_order(labels, shape, order, memory)?,
        Labels::U16(labels) => in_order(labels, shape, order, memory)?,
        Labels::U32(labels) => in_order(labels, shape, order, memory)?,
        Labels::I64(labels) => narrowest(labels, shape, order, memory)?,
    })
}

/// The same numbers, copied where the order is another.
fn in_order<T: Voxel>(
    labels: Vec<T>,
    shape: [usize; 3],
    order: AxisOrder,
    memory: &Memory,
) -> Result<(Voxels, Held<'_>), MemoryError>
where
    Voxels: From<Array3<T>>,
{
    let held = hold(&labels, memory)?;
    let array = array(labels, shape, order);
    if order == AxisOrder::AsSpace {
        return Ok((array.into(), held));
    }
    copied(T::DTYPE, &array.view(), T::to_label, memory)
}

/// As the narrowest type that holds all labels.
fn narrowest(
    labels: Vec<i64>,
    shape: [usize; 3],
    order: AxisOrder,
    memory: &Memory,
) -> Result<(Voxels, Held<'_>), NoVoxels> {
    let _held = hold(&labels, memory)?;
    let mut largest = 0;
    for label in &labels {
        largest = u32::try_from(*label).map_err(|_| NoVoxels::Label(*label))?.max(largest);
    }
    let (dtype, array) = (Dtype::for_label(largest), array(labels, shape, order));
    Ok(copied(dtype, &array.view(), |label| label as u32, memory)?)
}

/// Counts `labels`, which are there already.
fn hold<'m, T>(labels: &[T], memory: &'m Memory) -> Result<Held<'m>, MemoryError> {
    memory.hold("the voxels as they are stored", size_of_val(labels) as u64)
}

fn copied<'m, T: Copy>(
    dtype: Dtype,
    array: &ArrayView3<'_, T>,
    label: impl Fn(T) -> u32,
    memory: &'m Memory,
) -> Result<(Voxels, Held<'m>), MemoryError> {
    let (depth, height, width) = array.dim();
    let (mut voxels, held) = Voxels::zeros_within(dtype, [depth, height, width], memory)?;
    with_voxels!(&mut voxels, out => {
        Zip::from(out).and(array).for_each(|out, from| *out = Voxel::from_label(label(*from)));
    });
    Ok((voxels, held))
}

#[expect(
    clippy::expect_used,
    reason = "the decoder of the blob saw to it that there are as many labels as voxels"
)]
fn array<T>(labels: Vec<T>, shape: [usize; 3], order: AxisOrder) -> Array3<T> {
    let [z, y, x] = shape;
    let (stored, reversed) = match order {
        AxisOrder::AsSpace => ([z, y, x], false),
        AxisOrder::Reversed => ([x, y, z], true),
    };
    let array =
        Array3::from_shape_vec(stored, labels).expect("as many labels as the shape has voxels");
    if reversed { array.reversed_axes() } else { array }
}

/// Calls `encode` with the voxels in C order.
pub(super) fn with_labels<R>(voxels: &Voxels, encode: impl FnOnce(LabelsRef<'_>) -> R) -> R {
    match voxels {
        Voxels::Bool(array) => in_c_order(array, |labels| encode(LabelsRef::Bool(labels))),
        Voxels::U8(array) => in_c_order(array, |labels| encode(LabelsRef::U8(labels))),
        Voxels::U16(array) => in_c_order(array, |labels| encode(LabelsRef::U16(labels))),
        Voxels::U32(array) => in_c_order(array, |labels| encode(LabelsRef::U32(labels))),
    }
}

fn in_c_order<T: Copy, R>(array: &Array3<T>, use_them: impl FnOnce(&[T]) -> R) -> R {
    match array.as_slice() {
        Some(labels) => use_them(labels),
        None => use_them(&array.iter().copied().collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_order_wins_where_both_fit() {
        assert_eq!(AxisOrder::of([2, 3, 4], [2, 3, 4]), Some(AxisOrder::AsSpace));
        assert_eq!(AxisOrder::of([4, 3, 2], [2, 3, 4]), Some(AxisOrder::Reversed));
        assert_eq!(AxisOrder::of([4, 3, 4], [4, 3, 4]), Some(AxisOrder::AsSpace));
        assert_eq!(AxisOrder::of([3, 2, 4], [2, 3, 4]), None);
    }

    #[test]
    fn reversed_voxels_keep_their_places() {
        // Stored (x, y, z) = (3, 1, 2): the voxel at x 2, z 0 is number 4.
        let stored = Labels::U8(vec![0, 1, 2, 3, 4, 5]);
        let memory = Memory::new(Some(12));
        let (voxels, _held) = voxels(stored, [2, 1, 3], AxisOrder::Reversed, &memory).unwrap();
        assert_eq!(voxels.shape(), [2, 1, 3]);
        assert_eq!(voxels.get([0, 0, 2]), Some(4));
        assert_eq!(voxels.get([1, 0, 0]), Some(1));
    }

    #[test]
    fn wide_labels_take_the_narrowest_type_or_are_refused() {
        let of = |labels: &[i64]| {
            let shape = [1, 1, labels.len()];
            let (labels, memory) = (Labels::I64(labels.to_vec()), Memory::unlimited());
            voxels(labels, shape, AxisOrder::AsSpace, &memory).map(|(voxels, _)| voxels.dtype())
        };
        assert_eq!(of(&[0, 1]), Ok(Dtype::Bool));
        assert_eq!(of(&[0, 2]), Ok(Dtype::U8));
        assert_eq!(of(&[256, 2]), Ok(Dtype::U16));
        assert_eq!(of(&[u32::MAX.into()]), Ok(Dtype::U32));
        assert_eq!(of(&[1, -7, -8]), Err(NoVoxels::Label(-7)));
        assert_eq!(of(&[1 << 32]), Err(NoVoxels::Label(1 << 32)));
    }
}
