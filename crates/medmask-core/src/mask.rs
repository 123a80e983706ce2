//! A mask: voxels, names of labels, and where they lie.

use ndarray::{Array3, ArrayView3, Zip};

use crate::{
    Dtype, Interpolation, LabelMap, LabelMapError, Reorientation, Runs, Space, Voxel, Voxels,
    with_voxels,
};

/// A dense mask on its space, every label with a name.
///
/// ```
/// use medmask_core::{Dtype, Mask, Space};
/// use ndarray::Array3;
///
/// let mut mask = Mask::empty(Dtype::U8, Space::of_shape([2, 3, 4]));
/// mask.add_label(&Array3::from_elem((2, 3, 4), true).view(), 5, "liver")?;
/// assert_eq!(mask.binary_by_names(&["liver"])?.iter().filter(|voxel| **voxel).count(), 24);
/// assert_eq!(
///     mask.binary_by_names(&["livre"]).unwrap_err().to_string(),
///     "no label has the name \"livre\"; did you mean \"liver\"?"
/// );
/// # Ok::<(), medmask_core::MaskError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    voxels: Voxels,
    labels: LabelMap,
    space: Space,
}

/// Why parts do not make a mask, or a mask lacks what was asked for.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MaskError {
    /// The array and the space differ in shape.
    #[error("the voxels have shape {voxels:?} (z, y, x) and the space {space:?}")]
    ShapeMismatch {
        /// Of the array.
        voxels: [usize; 3],
        /// Of the space.
        space: [usize; 3],
    },
    /// Voxels hold labels without a name.
    #[error("{} of the labels in the voxels have no name: {}", .labels.len(), listed(.labels))]
    Unnamed {
        /// The labels, ascending.
        labels: Vec<u32>,
    },
    /// The voxel type is too narrow for a label.
    #[error("label {label} does not fit {}, whose largest is {}", .dtype.name(), .dtype.max_label())]
    LabelTooLarge {
        /// The label.
        label: u32,
        /// The mask's voxel type.
        dtype: Dtype,
    },
    /// Label 0 is background, and no voxel is given it.
    #[error("label 0 is background and cannot be added as {name:?}")]
    Background {
        /// The name asked for.
        name: String,
    },
    /// A name or label is unknown, taken or not allowed.
    #[error(transparent)]
    Label(#[from] LabelMapError),
}

fn listed(labels: &[u32]) -> String {
    const SHOWN: usize = 10;
    let mut text = labels.iter().take(SHOWN).map(u32::to_string).collect::<Vec<_>>().join(", ");
    if labels.len() > SHOWN {
        text.push_str(", …");
    }
    text
}

impl Mask {
    /// Joins voxels, names and space.
    ///
    /// # Errors
    /// Where the shapes differ or a label in the voxels has no name.
    pub fn new(
        voxels: impl Into<Voxels>,
        labels: LabelMap,
        space: Space,
    ) -> Result<Self, MaskError> {
        let voxels = voxels.into();
        check_shape(voxels.shape(), &space)?;
        let unnamed = unnamed(&voxels, &labels);
        if unnamed.is_empty() {
            Ok(Self { voxels, labels, space })
        } else {
            Err(MaskError::Unnamed { labels: unnamed })
        }
    }

    /// As [`Mask::new`], for a caller who knows which labels the voxels hold: `present` is believed, and the voxels, of which
    /// most may be memory that was never touched, are not read.
    ///
    /// # Errors
    /// Where the shapes differ or a label of `present` has no name.
    pub fn with_known_labels(
        voxels: Voxels,
        present: impl IntoIterator<Item = u32>,
        labels: LabelMap,
        space: Space,
    ) -> Result<Self, MaskError> {
        check_shape(voxels.shape(), &space)?;
        let unnamed: Vec<u32> =
            present.into_iter().filter(|label| labels.name(*label).is_none()).collect();
        if unnamed.is_empty() {
            Ok(Self { voxels, labels, space })
        } else {
            Err(MaskError::Unnamed { labels: unnamed })
        }
    }

    /// As [`Mask::new`], but labels in the voxels that have no name get one, as [`LabelMap::name_unnamed`] makes it.
    ///
    /// # Errors
    /// Where the shapes differ.
    pub fn with_made_names(
        voxels: impl Into<Voxels>,
        mut labels: LabelMap,
        space: Space,
    ) -> Result<Self, MaskError> {
        let voxels = voxels.into();
        check_shape(voxels.shape(), &space)?;
        labels.name_unnamed(voxels.labels());
        Ok(Self { voxels, labels, space })
    }

    /// A mask of one label, 1, named `name`: where `voxels` (z, y, x) are true.
    ///
    /// # Errors
    /// Where the shapes differ, or the name cannot be one.
    pub fn binary(
        voxels: Array3<bool>,
        name: impl Into<String>,
        space: Space,
    ) -> Result<Self, MaskError> {
        check_shape(voxels.dim().into(), &space)?;
        let mut labels = LabelMap::new();
        labels.insert(name, 1)?;
        Ok(Self { voxels: voxels.into(), labels, space })
    }

    /// All background, to be built up with [`Mask::add_label`].
    #[must_use]
    pub fn empty(dtype: Dtype, space: Space) -> Self {
        Self { voxels: Voxels::zeros(dtype, space.shape()), labels: LabelMap::new(), space }
    }

    /// Gives the voxels where `mask` (z, y, x) is true the label `label`, named `name`. Voxels that hold
    /// another label are painted over. Where an error is returned nothing has changed.
    ///
    /// # Errors
    /// Where the shapes differ, the label is 0 or too large for the voxel type, or the label or the name
    /// is already there.
    pub fn add_label(
        &mut self,
        mask: &ArrayView3<'_, bool>,
        label: u32,
        name: impl Into<String>,
    ) -> Result<(), MaskError> {
        let (z, y, x) = mask.dim();
        check_shape([z, y, x], &self.space)?;
        let dtype = self.dtype();
        if label > dtype.max_label() {
            return Err(MaskError::LabelTooLarge { label, dtype });
        }
        if label == 0 {
            return Err(MaskError::Background { name: name.into() });
        }
        self.labels.insert(name, label)?;
        with_voxels!(&mut self.voxels, array => paint(array, mask, label));
        Ok(())
    }

    /// The voxels of any of the labels with these names, (z, y, x).
    ///
    /// # Errors
    /// Where a name is unknown; the error suggests the nearest.
    pub fn binary_by_names<S: AsRef<str>>(&self, names: &[S]) -> Result<Array3<bool>, MaskError> {
        let labels: Result<Vec<u32>, LabelMapError> =
            names.iter().map(|name| self.labels.require(name.as_ref())).collect();
        Ok(self.select(labels?))
    }

    /// The voxels of any of these labels, (z, y, x); with 0, where background has a name, those of no label.
    ///
    /// # Errors
    /// Where a label has no name, and so cannot be in the mask.
    pub fn binary_by_labels(&self, labels: &[u32]) -> Result<Array3<bool>, MaskError> {
        if let Some(label) = labels.iter().find(|label| self.labels.name(**label).is_none()) {
            return Err(LabelMapError::UnknownLabel { label: *label }.into());
        }
        Ok(self.select(labels.to_vec()))
    }

    /// The voxels of any label, (z, y, x).
    #[must_use]
    pub fn to_binary(&self) -> Array3<bool> {
        self.voxels.select(|label| label != 0)
    }

    /// The sparse form of the voxels.
    #[must_use]
    pub fn to_runs(&self) -> Runs {
        Runs::from_voxels(&self.voxels)
    }

    /// The mask brought onto another space; the names stay, also of labels that no voxel has any more.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a mask is made only where both shapes are equal")]
    pub fn resample(&self, target: &Space, interpolation: Interpolation) -> Self {
        let runs = self.to_runs().resample(&self.space, target, interpolation);
        let runs = runs.expect("voxels and space of a mask have one shape");
        Self {
            voxels: runs.to_voxels(self.dtype()),
            labels: self.labels.clone(),
            space: target.clone(),
        }
    }

    /// The mask with its axes permuted and flipped; no voxel moves in the world.
    #[must_use]
    pub fn reorient(&self, reorientation: &Reorientation) -> Self {
        Self {
            voxels: reorientation.voxels(&self.voxels),
            labels: self.labels.clone(),
            space: reorientation.space(&self.space),
        }
    }

    /// The voxel type.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.voxels.dtype()
    }

    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.voxels.shape()
    }

    /// The dense voxels.
    #[must_use]
    pub fn voxels(&self) -> &Voxels {
        &self.voxels
    }

    /// The names of the labels.
    #[must_use]
    pub fn labels(&self) -> &LabelMap {
        &self.labels
    }

    /// Where the voxels lie.
    #[must_use]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The parts: voxels, names, space.
    #[must_use]
    pub fn into_parts(self) -> (Voxels, LabelMap, Space) {
        (self.voxels, self.labels, self.space)
    }

    fn select(&self, mut wanted: Vec<u32>) -> Array3<bool> {
        wanted.sort_unstable();
        // Neighbours mostly hold the same label, so the last answer mostly serves again.
        let (mut last, mut answer) = (0, wanted.first() == Some(&0));
        self.voxels.select(|label| {
            if label != last {
                (last, answer) = (label, wanted.binary_search(&label).is_ok());
            }
            answer
        })
    }
}

fn check_shape(voxels: [usize; 3], space: &Space) -> Result<(), MaskError> {
    let space = space.shape();
    if voxels == space { Ok(()) } else { Err(MaskError::ShapeMismatch { voxels, space }) }
}

fn unnamed(voxels: &Voxels, labels: &LabelMap) -> Vec<u32> {
    voxels.labels().into_iter().filter(|label| labels.name(*label).is_none()).collect()
}

fn paint<T: Voxel>(array: &mut Array3<T>, mask: &ArrayView3<'_, bool>, label: u32) {
    let value = T::from_label(label);
    Zip::from(array).and(mask).for_each(|voxel, inside| {
        if *inside {
            *voxel = value;
        }
    });
}
