//! Which label a voxel has (SPEC.md, "Context: scan").

use medmask_voxel::{Memory, MemoryError};

use super::around::{Around, Candidates};
use super::cell::Cell;
use super::coder::BitCoder;
use super::others::{Nearby, Others};
use super::predictor::{Predictor, PriorUse, Question};

/// The adaptive model of one voxel's label.
pub(super) struct LabelModel<'a> {
    predictor: Predictor,
    /// In chunks of several labels: those that are no candidates.
    others: Option<Others<'a>>,
    memory: &'a Memory,
}

impl<'a> LabelModel<'a> {
    /// A model for a chunk of so many voxels and labels, background among these.
    ///
    /// # Errors
    /// As [`Others::new`].
    pub(super) fn new(
        voxels: u64,
        labels: usize,
        prior: PriorUse,
        memory: &'a Memory,
    ) -> Result<Self, MemoryError> {
        let several = labels > 2;
        let others = if several { Some(Others::new(labels, memory)?) } else { None };
        Ok(Self { predictor: Predictor::new(voxels, several, prior), others, memory })
    }

    /// Another one that knows the same.
    ///
    /// # Errors
    /// As [`Others::new`].
    pub(super) fn fork(&self) -> Result<Self, MemoryError> {
        let others = self.others.as_ref().map(|others| others.fork(self.memory)).transpose()?;
        Ok(Self { predictor: self.predictor.clone(), others, memory: self.memory })
    }

    /// Codes the label of voxel `x` after the eight `before` it.
    #[inline]
    pub(super) fn code<B: BitCoder, C: Cell>(
        &mut self,
        coder: &mut B,
        around: &Around<C>,
        z: usize,
        x: usize,
        before: &[C; 8],
        actual: impl Fn() -> C,
    ) -> C {
        let [.., left] = *before;
        let several = self.others.is_some();
        let mut ask = |label: C, rank: usize, coder: &mut B| {
            let neighbours = around.look(x, label, before);
            let background = label == C::default();
            let labels_around = if several { around.number(x, label, left) } else { 0 };
            let question = Question { z, background, rank, around: labels_around };
            self.predictor.code(coder, &neighbours, question, || actual() == label)
        };
        if ask(left, 0, coder) {
            return left;
        }
        let Some(others) = &mut self.others else {
            // Of two labels a no to one names the other.
            return C::from_number(1 - left.number());
        };
        let candidates = around.candidates(x, left);
        for (rank, label) in candidates.as_slice().iter().enumerate().skip(1) {
            if ask(*label, rank, coder) {
                return *label;
            }
        }
        code_other(others, coder, around, x, &candidates, actual)
    }
}

/// Codes a label that is none of `candidates`.
#[cold]
fn code_other<B: BitCoder, C: Cell>(
    others: &mut Others,
    coder: &mut B,
    around: &Around<C>,
    x: usize,
    candidates: &Candidates<C>,
    actual: impl Fn() -> C,
) -> C {
    let labels = around.near(x, candidates).map(C::number);
    let (refused, near) = labels.as_slice().split_at(candidates.as_slice().len());
    let nearby = Nearby { refused, near };
    C::from_number(others.code(coder, nearby, || actual().number()))
}
