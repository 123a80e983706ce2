//! The cheapest steps that turn one row into another: an edit distance over transitions.

use super::row::Step;
use crate::codec::transition::Transition;

/// Rough costs in bits; they choose among correct edits and are no part of the format.
const DELETE: u32 = 2;
const INSERT: u32 = 12;
const RELABEL: u32 = 6;

/// Rows with more pairs of transitions than this are not aligned: noise, on which it would take long.
const MOST_PAIRS: usize = 1 << 13;

/// Space that alignments use again.
#[derive(Default)]
pub(super) struct Aligner {
    /// The cheapest last step to each pair of prefixes.
    last: Vec<Step>,
    costs: Vec<u32>,
}

impl Aligner {
    /// Replaces `steps` by those that lead from `from` to `to`, `End` included.
    pub(super) fn align(&mut self, from: &[Transition], to: &[Transition], steps: &mut Vec<Step>) {
        steps.clear();
        // Rows mostly differ in one place: what is equal on both sides of it needs no table.
        let pairs = || from.iter().zip(to);
        let front = pairs().take_while(|(from, to)| from == to).count();
        let (from, to) = (&from[front..], &to[front..]);
        let pairs = from.iter().rev().zip(to.iter().rev());
        let back = pairs.take_while(|(from, to)| from == to).count();
        steps.extend(std::iter::repeat_n(Step::Keep, front));
        self.align_middle(&from[..from.len() - back], &to[..to.len() - back], steps);
        steps.extend(std::iter::repeat_n(Step::Keep, back));
        // `End` leaves out what is left of the reference.
        while steps.last() == Some(&Step::Delete) {
            steps.pop();
        }
        steps.push(Step::End);
    }

    /// Aligns what is left when equal transitions at both ends are set aside.
    fn align_middle(&mut self, from: &[Transition], to: &[Transition], steps: &mut Vec<Step>) {
        if from.len() * to.len() > MOST_PAIRS {
            steps.extend(from.iter().map(|_| Step::Delete));
            steps.extend(to.iter().map(|_| Step::Insert));
        } else {
            let first = steps.len();
            self.fill(from, to);
            self.trace(from.len(), to.len(), steps);
            steps[first..].reverse();
        }
    }

    fn fill(&mut self, from: &[Transition], to: &[Transition]) {
        let columns = to.len() + 1;
        self.last.clear();
        self.last.resize(columns * (from.len() + 1), Step::End);
        self.costs.clear();
        self.costs.resize(columns, 0);
        for i in 0..=from.len() {
            let mut diagonal = 0;
            for j in 0..=to.len() {
                let above = self.costs[j];
                let mut best = (u32::MAX, Step::End);
                if i > 0 {
                    best = (above + DELETE, Step::Delete);
                }
                if j > 0 && self.costs[j - 1] + INSERT < best.0 {
                    best = (self.costs[j - 1] + INSERT, Step::Insert);
                }
                if i > 0 && j > 0 {
                    let (cost, step) = keep(from[i - 1], to[j - 1]);
                    if diagonal + cost < best.0 {
                        best = (diagonal + cost, step);
                    }
                }
                if i + j == 0 {
                    best.0 = 0;
                }
                diagonal = above;
                self.costs[j] = best.0;
                self.last[i * columns + j] = best.1;
            }
        }
    }

    /// Appends the steps, last one first.
    fn trace(&self, mut i: usize, mut j: usize, steps: &mut Vec<Step>) {
        let columns = j + 1;
        while i + j > 0 {
            let step = self.last[i * columns + j];
            steps.push(step);
            match step {
                Step::Delete => i -= 1,
                Step::Insert => j -= 1,
                Step::Keep | Step::Relabel | Step::End => {
                    i -= 1;
                    j -= 1;
                }
            }
        }
    }
}

fn keep(from: Transition, to: Transition) -> (u32, Step) {
    let distance = from.at.abs_diff(to.at);
    let cost = 1 + 2 * (u32::BITS - distance.leading_zeros());
    if from.label == to.label { (cost, Step::Keep) } else { (cost + RELABEL, Step::Relabel) }
}
