//! Which label encloses a region.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::regions::{Region, Regions};

/// Ways from every region to the edge, over the fewest regions.
pub(super) struct Ways<'a> {
    regions: &'a Regions,
    background: u32,
    /// The next region on the way; itself where it is open.
    next: Vec<u32>,
    /// How many regions follow on the way.
    length: Vec<u32>,
    /// By which search each region was seen last, and from where it was reached.
    seen: Vec<(u64, u32)>,
    searches: u64,
}

impl<'a> Ways<'a> {
    pub fn new(regions: &'a Regions, background: u32) -> Self {
        let count = regions.list.len();
        let mut ways = Self {
            regions,
            background,
            next: vec![u32::MAX; count],
            length: vec![0; count],
            seen: vec![(0, 0); count],
            searches: 0,
        };
        let open = (0..count as u32).filter(|region| regions.list[*region as usize].open);
        let mut waiting: VecDeque<u32> = open.collect();
        for region in &waiting {
            ways.next[*region as usize] = *region;
        }
        while let Some(region) = waiting.pop_front() {
            for &other in regions.of(region) {
                if ways.next[other as usize] == u32::MAX {
                    ways.next[other as usize] = region;
                    ways.length[other as usize] = ways.length[region as usize] + 1;
                    waiting.push_back(other);
                }
            }
        }
        ways
    }

    /// With which label each region is filled; 0 where it is no hole.
    pub fn labels(mut self) -> Vec<u32> {
        let regions = self.regions;
        let label = |(number, region): (usize, &Region)| {
            if region.label == self.background { self.innermost(number as u32) } else { 0 }
        };
        regions.list.iter().enumerate().map(label).collect()
    }

    /// The innermost label that encloses a region; 0 where none does.
    fn innermost(&mut self, hole: u32) -> u32 {
        let own = self.regions.list[hole as usize].voxels;
        let mut found: Option<(u64, u32)> = None;
        // A label that encloses the hole lies on every way to the edge, and so on this one.
        let way = std::iter::successors(Some(hole), |region| {
            let next = self.next[*region as usize];
            (next != *region).then_some(next)
        });
        let mut candidates = self.labels_on(way);
        while let Some(label) = candidates.pop_front() {
            match self.enclosed(hole, label) {
                Ok(voxels) => {
                    found = Some(found.map_or((voxels, label), |known| known.min((voxels, label))));
                    // The hole itself is the least that can be enclosed.
                    if voxels == own {
                        break;
                    }
                }
                // It lies on this way to the edge, too.
                Err(way) => candidates.retain(|label| way.contains(label)),
            }
        }
        found.map_or(0, |(_, label)| label)
    }

    /// The labels of the regions of a way, each once.
    fn labels_on(&self, way: impl Iterator<Item = u32>) -> VecDeque<u32> {
        let mut labels = VecDeque::new();
        for region in way {
            let label = self.regions.list[region as usize].label;
            if label != self.background && !labels.contains(&label) {
                labels.push_back(label);
            }
        }
        labels
    }

    /// Voxels that can be reached from a region without meeting `label`.
    ///
    /// # Errors
    /// Where the edge is among them: the labels on a way to it.
    fn enclosed(&mut self, from: u32, label: u32) -> Result<u64, VecDeque<u32>> {
        self.searches += 1;
        let mut voxels = 0;
        // Those near the edge first: where it can be reached, it mostly is so soon.
        let mut waiting = BinaryHeap::from([Reverse((0, from))]);
        self.seen[from as usize] = (self.searches, from);
        while let Some(Reverse((_, region))) = waiting.pop() {
            let known = &self.regions.list[region as usize];
            if known.open {
                let way = std::iter::successors(Some(region), |region| {
                    let (_, before) = self.seen[*region as usize];
                    (before != *region).then_some(before)
                });
                return Err(self.labels_on(way));
            }
            voxels += known.voxels;
            for &other in self.regions.of(region) {
                let free = self.regions.list[other as usize].label != label;
                if free && self.seen[other as usize].0 != self.searches {
                    self.seen[other as usize] = (self.searches, region);
                    waiting.push(Reverse((self.length[other as usize], other)));
                }
            }
        }
        Ok(voxels)
    }
}
