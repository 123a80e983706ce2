//! Labels that are none of a voxel's candidates (SPEC.md, "Context: other labels").

use medmask_voxel::{Held, Memory, MemoryError};

use super::coder::BitCoder;
use super::counter::Counter;
use super::number::{NumberModel, code_evenly};

/// How many bits a counter remembers at most.
const MEMORY: u32 = 255;
/// How many labels are remembered as recent.
const MOST_RECENT: usize = 255;
/// Near labels that are counted apart, and places among them.
const NEAR_COUNTS: usize = 4;
const NEAR_PLACES: usize = 7;

/// Labels that are known to lie around a voxel.
#[derive(Clone, Copy)]
pub(super) struct Nearby<'a> {
    /// Those that it is known not to have.
    pub(super) refused: &'a [u32],
    /// Others, the nearest first.
    pub(super) near: &'a [u32],
}

impl Nearby<'_> {
    fn contains(self, label: u32) -> bool {
        self.refused.contains(&label) || self.near.contains(&label)
    }

    /// No label is there twice.
    fn labels(&self) -> impl Iterator<Item = u32> {
        self.refused.iter().chain(self.near).copied()
    }
}

/// The adaptive model of labels that are none of the candidates, in chunks of several labels. Labels are numbers here.
pub(super) struct Others<'a> {
    labels: u32,
    unseen: Unseen,
    /// The label that was new last.
    newest: u32,
    /// Labels coded here as no near ones.
    recent: Recent,
    /// The last answers to whether a label is new, lowest bit last.
    news: usize,
    is_near: [Counter; NEAR_COUNTS],
    is_this: [Counter; NEAR_PLACES],
    is_new: [Counter; 4],
    /// By how the label that was new last was found: as neither of the two, the next, or the one before.
    is_next: [Counter; 3],
    is_before: [Counter; 3],
    found: usize,
    place: NumberModel,
    _held: Held<'a>,
}

impl<'a> Others<'a> {
    /// # Errors
    /// Where `memory` has none for some numbers for each label.
    pub(super) fn new(labels: usize, memory: &'a Memory) -> Result<Self, MemoryError> {
        let _held = hold(labels, memory)?;
        Ok(Self {
            labels: labels as u32,
            unseen: Unseen::new(labels as u32),
            newest: 0,
            recent: Recent::new(labels),
            news: 0,
            is_near: [Counter::EVEN; NEAR_COUNTS],
            is_this: [Counter::EVEN; NEAR_PLACES],
            is_new: [Counter::EVEN; 4],
            is_next: [Counter::EVEN; 3],
            is_before: [Counter::EVEN; 3],
            found: 0,
            place: NumberModel::new(),
            _held,
        })
    }

    /// Another one that knows the same.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(super) fn fork(&self, memory: &'a Memory) -> Result<Self, MemoryError> {
        let _held = hold(self.labels as usize, memory)?;
        Ok(Self {
            unseen: self.unseen.clone(),
            recent: self.recent.clone(),
            place: self.place.clone(),
            _held,
            ..*self
        })
    }

    /// Codes a label.
    pub(super) fn code<B: BitCoder>(
        &mut self,
        coder: &mut B,
        nearby: Nearby,
        actual: impl Fn() -> u32,
    ) -> u32 {
        if let Some(count) = nearby.near.len().checked_sub(1) {
            let counter = &mut self.is_near[count.min(NEAR_COUNTS - 1)];
            if counter.code(coder, MEMORY, || nearby.near.contains(&actual())) {
                return self.code_near(coder, nearby.near, actual);
            }
        }
        let label = if self.code_is_new(coder, &actual) {
            self.code_new(coder, actual)
        } else {
            self.code_recent(coder, nearby, actual)
        };
        self.recent.put_first(label);
        label
    }

    fn code_near<B: BitCoder>(
        &mut self,
        coder: &mut B,
        near: &[u32],
        actual: impl Fn() -> u32,
    ) -> u32 {
        let last = near.len() - 1;
        let place = (0..last).find(|place| {
            let counter = &mut self.is_this[(*place).min(NEAR_PLACES - 1)];
            counter.code(coder, MEMORY, || near[*place] == actual())
        });
        near[place.unwrap_or(last)]
    }

    fn code_is_new<B: BitCoder>(&mut self, coder: &mut B, actual: impl Fn() -> u32) -> bool {
        if self.unseen.list.is_empty() {
            return false;
        }
        let counter = &mut self.is_new[self.news];
        let is_new = counter.code(coder, MEMORY, || self.unseen.has(actual()));
        self.news = (self.news << 1 | usize::from(is_new)) & 3;
        is_new
    }

    fn code_new<B: BitCoder>(&mut self, coder: &mut B, actual: impl Fn() -> u32) -> u32 {
        let unseen = &mut self.unseen;
        let [next, before] = unseen.around(self.newest);
        let count = unseen.list.len() as u32;
        let [is_next, is_before] =
            [&mut self.is_next, &mut self.is_before].map(|counters| &mut counters[self.found]);
        let label = if count == 1 || is_next.code(coder, MEMORY, || actual() == next) {
            next
        } else if is_before.code(coder, MEMORY, || actual() == before) {
            before
        } else {
            unseen.list[code_evenly(coder, count, || unseen.place[actual() as usize]) as usize]
        };
        self.found = if label == next { 1 } else { 2 * usize::from(label == before) };
        unseen.remove(label);
        self.newest = label;
        label
    }

    fn code_recent<B: BitCoder>(
        &mut self,
        coder: &mut B,
        nearby: Nearby,
        actual: impl Fn() -> u32,
    ) -> u32 {
        let recent = &self.recent;
        let place = self.place.code(coder, || recent.place(actual(), nearby) as u32);
        let label = recent.at(place as usize, nearby);
        label.unwrap_or_else(|| code_evenly(coder, self.labels, actual))
    }
}

/// Counts what [`Recent`] and [`Unseen`] keep.
fn hold(labels: usize, memory: &Memory) -> Result<Held<'_>, MemoryError> {
    memory.hold("which labels of a chunk were seen", 17 * labels as u64 + 8)
}

/// Some labels, the last one first.
#[derive(Clone)]
struct Recent {
    list: Vec<u32>,
    /// For each label whether it is in `list`: in noise most that are asked about are not.
    has: Vec<bool>,
}

impl Recent {
    /// Background alone, which is never new.
    fn new(labels: usize) -> Self {
        Self { list: vec![0], has: (0..labels).map(|label| label == 0).collect() }
    }

    /// How many there are that are not nearby.
    fn count(&self, nearby: Nearby) -> usize {
        self.list.len() - nearby.labels().filter(|label| self.has[*label as usize]).count()
    }

    /// The place of a label among those that are not nearby, or how many there are.
    fn place(&self, label: u32, nearby: Nearby) -> usize {
        if !self.has[label as usize] {
            return self.count(nearby);
        }
        let before = self.list.iter().take_while(|recent| **recent != label);
        before.filter(|recent| !nearby.contains(**recent)).count()
    }

    /// The label of a place among those that are not nearby.
    fn at(&self, place: usize, nearby: Nearby) -> Option<u32> {
        if place >= self.count(nearby) {
            return None;
        }
        self.list.iter().filter(|label| !nearby.contains(**label)).nth(place).copied()
    }

    fn put_first(&mut self, label: u32) {
        let place = if std::mem::replace(&mut self.has[label as usize], true) {
            self.list.iter().position(|recent| *recent == label).unwrap_or_default()
        } else {
            if self.list.len() == MOST_RECENT
                && let Some(last) = self.list.pop()
            {
                self.has[last as usize] = false;
            }
            self.list.push(label);
            self.list.len() - 1
        };
        self.list[..=place].rotate_right(1);
    }
}

/// The labels that were not coded yet.
#[derive(Clone)]
struct Unseen {
    /// In an order that makes it quick to take any away.
    list: Vec<u32>,
    /// For each label its place in `list`, where it is there.
    place: Vec<u32>,
    upwards: Order,
    /// The same with each label taken from the number of labels.
    downwards: Order,
    labels: u32,
}

impl Unseen {
    /// All but background.
    fn new(labels: u32) -> Self {
        let order = Order::new(labels);
        Self {
            list: (1..labels).collect(),
            place: (0..labels).map(|label| label.saturating_sub(1)).collect(),
            upwards: order.clone(),
            downwards: order,
            labels,
        }
    }

    fn has(&self, label: u32) -> bool {
        self.upwards.has(label)
    }

    /// The next one from `label` up, or if there is none the least of all; and the next one from it down, or the greatest.
    /// There is one.
    fn around(&mut self, label: u32) -> [u32; 2] {
        let before = self.downwards.next(self.labels - label);
        [self.upwards.next(label), self.labels - before]
    }

    fn remove(&mut self, label: u32) {
        self.upwards.remove(label);
        self.downwards.remove(self.labels - label);
        let place = self.place[label as usize];
        self.list.swap_remove(place as usize);
        if let Some(moved) = self.list.get(place as usize) {
            self.place[*moved as usize] = place;
        }
    }
}

/// Which of some numbers are left: for each of them, and the number after the last, itself where it is, else one that is nearer to the
/// next that is.
#[derive(Clone)]
struct Order(Vec<u32>);

impl Order {
    /// The numbers from 1 to `end`, which is excluded.
    fn new(end: u32) -> Self {
        let mut order = Self((0..=end).collect());
        order.remove(0);
        order
    }

    fn has(&self, number: u32) -> bool {
        self.0[number as usize] == number
    }

    /// The next one from `number` on, or if there is none the least of all.
    fn next(&mut self, number: u32) -> u32 {
        let next = self.seek(number);
        if next as usize + 1 == self.0.len() { self.seek(0) } else { next }
    }

    /// The next one from `number` on, or the number after the last.
    fn seek(&mut self, mut number: u32) -> u32 {
        // Each step halves the way for those that come later: else numbers taken away in descending order would take quadratic time.
        while !self.has(number) {
            let next = self.0[self.0[number as usize] as usize];
            self.0[number as usize] = next;
            number = next;
        }
        number
    }

    fn remove(&mut self, number: u32) {
        self.0[number as usize] = number + 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{Nearby, Recent, Unseen};

    proptest! {
        #[test]
        fn recent_labels_are_those_of_a_list(
            steps in prop::collection::vec((prop::collection::vec(0..600_u32, 0..9), 0..600_u32), 0..600)
        ) {
            let mut recent = Recent::new(600);
            let mut list = vec![0];
            for (mut nearby, label) in steps {
                nearby.sort_unstable();
                nearby.dedup();
                nearby.retain(|near| *near != label);
                let (refused, near) = nearby.split_at(nearby.len() / 2);
                let possible: Vec<u32> =
                    list.iter().copied().filter(|label| !nearby.contains(label)).collect();
                let place = possible.iter().position(|recent| *recent == label);
                let nearby = Nearby { refused, near };
                prop_assert_eq!(recent.place(label, nearby), place.unwrap_or(possible.len()));
                for place in [0, possible.len() / 2, possible.len().saturating_sub(1), possible.len()] {
                    prop_assert_eq!(recent.at(place, nearby), possible.get(place).copied());
                }
                recent.put_first(label);
                list.retain(|recent| *recent != label);
                list.insert(0, label);
                list.truncate(255);
                prop_assert_eq!(&recent.list, &list);
            }
        }

        #[test]
        fn the_next_unseen_labels_are_those_of_a_set(
            labels in 2..60_u32,
            steps in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>(), 0..60_u32), 0..80)
        ) {
            let mut unseen = Unseen::new(labels);
            let mut set: BTreeSet<u32> = (1..labels).collect();
            for (take_next, index, from) in steps {
                let Some(least) = set.first().copied() else { break };
                let from = from % labels;
                let next = set.range(from..).next().copied().unwrap_or(least);
                let before = set.range(..=from).last().copied().or(set.last().copied());
                prop_assert_eq!(unseen.around(from).map(Some), [Some(next), before]);
                let taken = if take_next { next } else { unseen.list[index.index(unseen.list.len())] };
                prop_assert_eq!(unseen.list[unseen.place[taken as usize] as usize], taken);
                unseen.remove(taken);
                set.remove(&taken);
                prop_assert!((0..labels).all(|label| unseen.has(label) == set.contains(&label)));
                let mut list = unseen.list.clone();
                list.sort_unstable();
                prop_assert!(list.iter().eq(&set));
            }
        }
    }
}
