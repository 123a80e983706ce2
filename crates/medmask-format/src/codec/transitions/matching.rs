//! Which candidate becomes which transition: an edit distance. It chooses among correct descriptions and is no part of the format.

use super::candidates::Candidate;
use crate::codec::transition::Transition;

/// Rough costs in bits.
const GONE: u32 = 3;
const INSERTED: u32 = 12;
const RELABELLED: u32 = 10;

/// Rows with more pairs of candidates and transitions than this are matched at one go: noise, on which it would take long.
const MOST_PAIRS: usize = 1 << 13;

/// The cheapest last step to a pair of prefixes.
#[derive(Clone, Copy)]
enum Step {
    Match,
    Gone,
    Inserted,
}

/// Space that is used again.
#[derive(Default)]
pub(super) struct Matcher {
    last: Vec<Step>,
    costs: Vec<u32>,
}

impl Matcher {
    /// Replaces `matched` by the transition of `to` that each candidate becomes; `None` where it is gone.
    pub(super) fn find(
        &mut self,
        from: &[Candidate],
        to: &[Transition],
        matched: &mut Vec<Option<usize>>,
    ) {
        matched.clear();
        if from.len() == to.len() && from.iter().zip(to).all(|(from, to)| from.label == to.label) {
            matched.extend((0..to.len()).map(Some));
        } else if from.len() * to.len() > MOST_PAIRS {
            at_one_go(from, to, matched);
        } else {
            self.fill(from, to);
            self.trace(from.len(), to.len(), matched);
        }
    }

    fn fill(&mut self, from: &[Candidate], to: &[Transition]) {
        let columns = to.len() + 1;
        self.last.clear();
        self.costs.clear();
        self.last.resize(columns, Step::Inserted);
        self.costs.extend((0..columns).map(|column| INSERTED * column as u32));
        for from in from {
            let mut diagonal = self.costs[0];
            self.costs[0] += GONE;
            self.last.push(Step::Gone);
            for (column, to) in to.iter().enumerate() {
                let options = [
                    (diagonal + cost(from, to), Step::Match),
                    (self.costs[column + 1] + GONE, Step::Gone),
                    (self.costs[column] + INSERTED, Step::Inserted),
                ];
                let [mut best, others @ ..] = options;
                for other in others {
                    if other.0 < best.0 {
                        best = other;
                    }
                }
                diagonal = std::mem::replace(&mut self.costs[column + 1], best.0);
                self.last.push(best.1);
            }
        }
    }

    fn trace(&self, mut from: usize, mut to: usize, matched: &mut Vec<Option<usize>>) {
        let columns = to + 1;
        while from > 0 {
            match self.last[from * columns + to] {
                Step::Match => {
                    (from, to) = (from - 1, to - 1);
                    matched.push(Some(to));
                }
                Step::Gone => {
                    from -= 1;
                    matched.push(None);
                }
                Step::Inserted => to -= 1,
            }
        }
        matched.reverse();
    }
}

fn cost(from: &Candidate, to: &Transition) -> u32 {
    let by = from.at.abs_diff(to.at);
    let moves = match by {
        0 => 1,
        1..=5 => 2 + by,
        far => 8 + 2 * far.ilog2(),
    };
    if from.label == to.label { moves } else { moves + RELABELLED }
}

/// Takes for each candidate the next transition with its label that is near.
fn at_one_go(from: &[Candidate], to: &[Transition], matched: &mut Vec<Option<usize>>) {
    let mut next = 0;
    for candidate in from {
        while to.get(next).is_some_and(|to| to.at.saturating_add(5) < candidate.at) {
            next += 1;
        }
        let fits = to
            .get(next)
            .is_some_and(|to| to.label == candidate.label && to.at.abs_diff(candidate.at) <= 5);
        matched.push(fits.then_some(next));
        next += usize::from(fits);
    }
}
