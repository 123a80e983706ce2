//! One volume of labels, as its file stores them.

use medmask_core::{
    Dtype, Mask, Memory, Runs, RunsCollector, Sink, Voxel, Voxels, for_each_run, with_voxels,
};
use ndarray::Array3;

use crate::budget::Budget;
use crate::samples::Samples;
use crate::{Header, Problem};

/// Voxels that are skipped at once where all are 0: a page of memory.
const ZERO_CHUNK: usize = 4096;

/// A volume of labels that borrows its bytes from the [`Reader`](crate::Reader) which read it.
#[derive(Debug)]
pub struct Volume<'a> {
    header: Header,
    samples: Samples,
    /// The samples, x fastest; as many as the shape asks for.
    raw: &'a [u8],
    budget: Budget,
}

impl<'a> Volume<'a> {
    pub(crate) fn new(header: Header, samples: Samples, raw: &'a [u8], budget: Budget) -> Self {
        Self { header, samples, raw, budget }
    }

    /// Header, geometry and label names.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Header, geometry and label names, kept.
    #[must_use]
    pub fn into_header(self) -> Header {
        self.header
    }

    /// Header, the rule that reads the samples, and the samples.
    pub(crate) fn into_parts(self) -> (Header, Samples, &'a [u8]) {
        (self.header, self.samples, self.raw)
    }

    /// Voxels along z, y and x.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.header.space.shape()
    }

    /// The labels themselves, (z, y, x) in C order, where the file stores them as plain bytes.
    #[must_use]
    pub fn as_u8(&self) -> Option<&'a [u8]> {
        self.samples.are_labels().then_some(self.raw)
    }

    /// The sparse form, without a dense copy.
    ///
    /// # Errors
    /// [`Problem::Label`] at the first voxel whose value is no label, and [`Problem::Memory`].
    pub fn runs(&self) -> Result<Runs, Problem> {
        self.budget.within(|memory| {
            if let Some(labels) = self.as_u8() {
                return Ok(Runs::from_slice_within(labels, self.shape(), memory)?);
            }
            let mut collector = RunsCollector::new(self.shape(), memory)?;
            let mut runs = Vec::new();
            let mut held = memory.hold("the runs of a row", 0)?;
            held.reserve(&mut runs, self.shape()[2])?;
            self.for_each_row(memory, |z, y, row| {
                runs.clear();
                for_each_run(row, |run| runs.push(run));
                // Once it takes no more, it says so when it is finished.
                let _flow = collector.row(z as u32, y as u32, &runs);
            })?;
            Ok(collector.finish()?)
        })
    }

    /// The dense voxels, (z, y, x), in the narrowest type that holds every label present.
    ///
    /// # Errors
    /// [`Problem::Label`] at the first voxel whose value is no label, and [`Problem::Memory`].
    pub fn voxels(&self) -> Result<Voxels, Problem> {
        let dtype = Dtype::for_label(self.max_label()?);
        self.budget.within(|memory| {
            let (mut voxels, _held) = Voxels::zeros_within(dtype, self.shape(), memory)?;
            with_voxels!(&mut voxels, array => self.fill(array, memory))?;
            Ok(voxels)
        })
    }

    /// The largest label present; 0 where all is background.
    ///
    /// # Errors
    /// [`Problem::Label`] at the first voxel whose value is no label.
    pub fn max_label(&self) -> Result<u32, Problem> {
        if let Some(labels) = self.as_u8() {
            return Ok(labels.iter().copied().max().unwrap_or(0).into());
        }
        let mut max = 0;
        self.budget.within(|memory| {
            self.for_each_row(memory, |_, _, row| max = row.iter().copied().fold(max, u32::max))
        })?;
        Ok(max)
    }

    /// Puts the labels into background.
    #[expect(clippy::expect_used, reason = "a new array is in C order")]
    fn fill<T: Voxel>(&self, array: &mut Array3<T>, memory: &Memory) -> Result<(), Problem> {
        let [_, height, width] = self.shape();
        // Only rows with labels are written, so that the pages of others cost nothing.
        let out = array.as_slice_mut().expect("a new array is in C order");
        if let Some(labels) = self.as_u8() {
            for (out, labels) in out.chunks_mut(ZERO_CHUNK).zip(labels.chunks(ZERO_CHUNK)) {
                if !all_zero(labels) {
                    out.iter_mut()
                        .zip(labels)
                        .for_each(|(out, label)| *out = T::from_label((*label).into()));
                }
            }
            return Ok(());
        }
        self.for_each_row(memory, |z, y, row| {
            let start = (z * height + y) * width;
            let out = &mut out[start..start + width];
            out.iter_mut().zip(row).for_each(|(out, label)| *out = T::from_label(*label));
        })
    }

    /// Calls `visit` with z, y and the labels of each row that is not all background.
    fn for_each_row(
        &self,
        memory: &Memory,
        mut visit: impl FnMut(usize, usize, &[u32]),
    ) -> Result<(), Problem> {
        let [_, height, width] = self.shape();
        let row_bytes = width * self.samples.bytes();
        let skip_zeros = self.samples.zero_is_background();
        let mut labels = Vec::new();
        let mut held = memory.hold("the labels of a row", 0)?;
        held.reserve(&mut labels, width)?;
        labels.resize(width, 0_u32);
        for (index, raw) in self.raw.chunks_exact(row_bytes).enumerate() {
            if skip_zeros && all_zero(raw) {
                continue;
            }
            let (z, y) = (index / height, index % height);
            self.samples.decode(raw, &mut labels).map_err(|bad| Problem::Label {
                voxel: [z, y, bad.index],
                value: bad.value,
                problem: bad.problem,
            })?;
            visit(z, y, &labels);
        }
        Ok(())
    }

    /// The dense mask, with the names of the header's label table; labels that it lacks get one (`label_7`).
    ///
    /// # Errors
    /// [`Problem::Label`] at the first voxel whose value is no label.
    pub fn to_mask(&self) -> Result<Mask, Problem> {
        let Header { label_names, space, .. } = &self.header;
        Ok(Mask::with_made_names(self.voxels()?, label_names.clone(), space.clone())?)
    }
}

/// Whether all bytes are 0, looked at in blocks that fill vector registers.
fn all_zero(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<64>();
    blocks.iter().all(|block| block.iter().fold(0, |all, byte| all | byte) == 0)
        && rest.iter().all(|byte| *byte == 0)
}
