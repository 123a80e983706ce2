//! One volume of labels, as its file stores them.

use medmask_core::{Mask, Run, Runs, RunsBuilder, Voxel, Voxels};
use ndarray::Array3;

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
}

impl<'a> Volume<'a> {
    pub(crate) fn new(header: Header, samples: Samples, raw: &'a [u8]) -> Self {
        Self { header, samples, raw }
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
    /// [`Problem::Label`] at the first voxel whose value is no label.
    pub fn runs(&self) -> Result<Runs, Problem> {
        if let Some(labels) = self.as_u8() {
            #[expect(clippy::expect_used, reason = "the reader has checked length and axes")]
            return Ok(Runs::from_slice(labels, self.shape()).expect("as many labels as voxels"));
        }
        let mut builder = RunsBuilder::new(self.shape());
        self.for_each_row(|z, y, row| {
            let mut x = 0;
            while let Some(start) = row[x..].iter().position(|label| *label != 0) {
                let start = x + start;
                let label = row[start];
                let len = row[start..].iter().take_while(|next| **next == label).count();
                x = start + len;
                builder.push(z as u32, y as u32, Run { start: start as u32, end: x as u32, label });
            }
        })?;
        Ok(builder.finish())
    }

    /// The dense voxels, (z, y, x), in the narrowest type that holds every label present.
    ///
    /// # Errors
    /// [`Problem::Label`] at the first voxel whose value is no label.
    pub fn voxels(&self) -> Result<Voxels, Problem> {
        let max = self.max_label()?;
        match max {
            0..=1 => Ok(Voxels::Bool(self.dense()?)),
            2..=0xff => Ok(Voxels::U8(self.dense()?)),
            0x100..=0xffff => Ok(Voxels::U16(self.dense()?)),
            _ => Ok(Voxels::U32(self.dense()?)),
        }
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
        self.for_each_row(|_, _, row| max = row.iter().copied().fold(max, u32::max))?;
        Ok(max)
    }

    fn dense<T: Voxel>(&self) -> Result<Array3<T>, Problem> {
        let shape = self.shape();
        let [_, height, width] = shape;
        // `vec!` of a zero takes zeroed pages; only rows with labels are written.
        let mut out = vec![T::default(); shape.iter().product()];
        if let Some(labels) = self.as_u8() {
            for (out, labels) in out.chunks_mut(ZERO_CHUNK).zip(labels.chunks(ZERO_CHUNK)) {
                if !all_zero(labels) {
                    out.iter_mut()
                        .zip(labels)
                        .for_each(|(out, label)| *out = T::from_label((*label).into()));
                }
            }
        } else {
            self.for_each_row(|z, y, row| {
                let start = (z * height + y) * width;
                let out = &mut out[start..start + width];
                out.iter_mut().zip(row).for_each(|(out, label)| *out = T::from_label(*label));
            })?;
        }
        #[expect(clippy::expect_used, reason = "it was made of that length above")]
        Ok(Array3::from_shape_vec(shape, out).expect("as many labels as voxels"))
    }

    /// Calls `visit` with z, y and the labels of each row that is not all background.
    fn for_each_row(&self, mut visit: impl FnMut(usize, usize, &[u32])) -> Result<(), Problem> {
        let [_, height, width] = self.shape();
        let row_bytes = width * self.samples.bytes();
        let skip_zeros = self.samples.zero_is_background();
        let mut labels = vec![0_u32; width];
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
