//! Voxels on their way to a file.

use medmask_core::{Mask, Runs, Voxels, with_voxels};

/// The voxels to write.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum LabelSource<'a> {
    /// Dense.
    Voxels(&'a Voxels),
    /// Sparse.
    Runs(&'a Runs),
}

impl<'a> From<&'a Voxels> for LabelSource<'a> {
    fn from(voxels: &'a Voxels) -> Self {
        Self::Voxels(voxels)
    }
}

impl<'a> From<&'a Mask> for LabelSource<'a> {
    fn from(mask: &'a Mask) -> Self {
        Self::Voxels(mask.voxels())
    }
}

impl<'a> From<&'a Runs> for LabelSource<'a> {
    fn from(runs: &'a Runs) -> Self {
        Self::Runs(runs)
    }
}

impl LabelSource<'_> {
    /// Voxels along z, y and x.
    pub(crate) fn shape(&self) -> [usize; 3] {
        match self {
            Self::Voxels(voxels) => voxels.shape(),
            Self::Runs(runs) => runs.shape(),
        }
    }

    pub(crate) fn max_label(&self) -> u32 {
        match self {
            Self::Voxels(voxels) => with_voxels!(voxels, array => {
                array.iter().map(|voxel| medmask_core::Voxel::to_label(*voxel)).max().unwrap_or(0)
            }),
            Self::Runs(runs) => runs.max_label(),
        }
    }

    /// Whether two voxels have different labels, background left out.
    pub(crate) fn has_several_labels(&self) -> bool {
        fn differ(labels: impl Iterator<Item = u32>) -> bool {
            let mut labels = labels.filter(|label| *label != 0);
            labels.next().is_some_and(|first| labels.any(|label| label != first))
        }
        match self {
            Self::Voxels(voxels) => with_voxels!(voxels, array => {
                differ(array.iter().map(|voxel| medmask_core::Voxel::to_label(*voxel)))
            }),
            Self::Runs(runs) => {
                differ(runs.rows().flat_map(|row| row.runs.iter().map(|run| run.label)))
            }
        }
    }

    /// Writes the samples into `out`, which is zeroed and has `N` bytes for each voxel.
    pub(crate) fn paint<const N: usize>(&self, out: &mut [u8], sample: fn(u32) -> [u8; N]) {
        let (out, _) = out.as_chunks_mut::<N>();
        match self {
            Self::Voxels(voxels) => with_voxels!(voxels, array => {
                for (out, voxel) in out.iter_mut().zip(array) {
                    *out = sample(medmask_core::Voxel::to_label(*voxel));
                }
            }),
            Self::Runs(runs) => {
                let [_, height, width] = runs.shape();
                for row in runs.rows() {
                    let start = (row.z as usize * height + row.y as usize) * width;
                    for run in row.runs {
                        let range = start + run.start as usize..start + run.end as usize;
                        out[range].fill(sample(run.label));
                    }
                }
            }
        }
    }
}
