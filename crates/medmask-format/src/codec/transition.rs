//! Rows as the places where their label changes (SPEC.md, "Codecs").

use medmask_voxel::Run;

use super::ChunkShape;

/// A place in a row where the label changes: from `at` on it is `label`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transition {
    pub(super) at: u32,
    pub(super) label: u32,
}

/// Replaces `transitions` by those of a row.
pub(super) fn transitions_of(row: &[Run], transitions: &mut Vec<Transition>) {
    transitions.clear();
    for run in row {
        let open = Transition { at: run.start, label: run.label };
        match transitions.last_mut() {
            Some(last) if last.at == run.start => *last = open,
            _ => transitions.push(open),
        }
        transitions.push(Transition { at: run.end, label: 0 });
    }
}

/// Replaces `runs` by those between a row's transitions.
#[inline]
pub(super) fn runs_of(transitions: &[Transition], runs: &mut Vec<Run>) {
    runs.clear();
    for pair in transitions.windows(2) {
        if let [open, close] = pair
            && open.label != 0
        {
            runs.push(Run { start: open.at, end: close.at, label: open.label });
        }
    }
}

/// Runs that all rows of a chunk may spell out together: what bounds a decoder's memory.
pub(super) fn most_runs(shape: ChunkShape) -> usize {
    let most =
        (shape.voxels() / 4).saturating_add(shape.rows().saturating_mul(2)).saturating_add(64);
    usize::try_from(most).unwrap_or(usize::MAX)
}
