//! Which planes across one axis are coded (SPEC.md, "Codec: planes").

use medmask_voxel::Held;

use crate::FormatError;
use crate::bytes::{Fields, put_varint};

/// Longer patterns are not searched for: then each plane is told.
const LONGEST_PATTERN: usize = 32;

/// The planes across one axis that are coded: the first, and of those after it the ones that a repeating pattern tells. Each stands
/// for the planes up to the next one, too.
#[derive(Debug)]
pub(super) struct Axis {
    /// All planes.
    planes: u32,
    /// Planes of the pattern; 0 where all planes are coded.
    period: u32,
    /// Places in the pattern of the planes that are coded, ascending.
    coded: Vec<u32>,
}

impl Axis {
    /// The axis of planes of which `repeats` says which are as the one before. Some may be coded all the same.
    pub(super) fn choose(repeats: &[bool]) -> Self {
        let (planes, after) = (repeats.len() as u32, &repeats[1..]);
        let all = after.iter().filter(|repeats| **repeats).count();
        // A few planes that happen to be alike are not worth a pattern.
        if all < repeats.len().div_ceil(16) {
            return Self { planes, period: 0, coded: Vec::new() };
        }
        let pattern = |period: usize| -> Vec<bool> {
            let left_out = |place| after.iter().skip(place).step_by(period).all(|repeats| *repeats);
            (0..period).map(left_out).collect()
        };
        let takes_nearly_all = |pattern: &Vec<bool>| {
            let left_out = pattern.iter().cycle().take(after.len()).filter(|left_out| **left_out);
            left_out.count() as u64 * 20 >= all as u64 * 19
        };
        let patterns = (1..=LONGEST_PATTERN.min(after.len())).map(pattern);
        let pattern = patterns.into_iter().find(takes_nearly_all).unwrap_or_else(|| after.to_vec());
        let coded = (0..).zip(&pattern).filter(|(_, left_out)| !**left_out);
        Self {
            planes,
            period: pattern.len() as u32,
            coded: coded.map(|(place, _)| place).collect(),
        }
    }

    /// How many planes are coded.
    pub(super) fn count(&self) -> u32 {
        self.index(self.planes)
    }

    /// Where the coded plane `index` stands; behind the last one the end of the axis.
    #[inline]
    pub(super) fn place(&self, index: u32) -> u32 {
        if self.period == 0 {
            return index.min(self.planes);
        }
        let (Some(before), count) = (index.checked_sub(1), self.coded.len() as u32) else {
            return 0;
        };
        if count == 0 {
            return self.planes;
        }
        let place = u64::from(before / count) * u64::from(self.period);
        let place = place + u64::from(self.coded[(before % count) as usize]) + 1;
        place.min(self.planes.into()) as u32
    }

    /// The coded plane that stands for the plane at `place`; at the end of the axis the number of coded planes.
    #[inline]
    pub(super) fn index(&self, place: u32) -> u32 {
        if self.period == 0 {
            return place.min(self.planes);
        }
        let is_end = place >= self.planes;
        let Some(before) = place.min(self.planes - 1).checked_sub(1) else {
            return u32::from(is_end);
        };
        let in_pattern = self.coded.partition_point(|coded| *coded <= before % self.period);
        before / self.period * self.coded.len() as u32 + in_pattern as u32 + u32::from(is_end)
    }

    /// Appends three axes of which all planes are coded.
    pub(super) fn put_all(out: &mut Vec<u8>) {
        out.extend([0; 3]);
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        put_varint(out, self.period.into());
        let start = out.len();
        out.resize(start + self.period.div_ceil(8) as usize, 0xff);
        for place in &self.coded {
            out[start + *place as usize / 8] &= !(1 << (place % 8));
        }
        if !self.period.is_multiple_of(8)
            && let Some(last) = out[start..].last_mut()
        {
            *last &= (1 << (self.period % 8)) - 1;
        }
    }

    /// Reads the pattern of an axis of `planes` planes.
    pub(super) fn parse(
        fields: &mut Fields<'_>,
        planes: u32,
        held: &mut Held<'_>,
    ) -> Result<Self, FormatError> {
        let period = fields.varint_u32()?;
        if period >= planes.max(1) {
            return Err(fields.corrupt("a pattern is longer than its axis"));
        }
        let bits = fields.take(period.div_ceil(8) as usize)?;
        let is_coded = |place: &u32| bits[*place as usize / 8] >> (place % 8) & 1 == 0;
        let mut coded = Vec::new();
        held.reserve(&mut coded, (0..period).filter(is_coded).count())?;
        coded.extend((0..period).filter(is_coded));
        Ok(Self { planes, period, coded })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use medmask_voxel::Memory;
    use proptest::prelude::*;

    use super::*;

    /// The coded planes by their places, one after the other.
    fn listed(repeats: &[bool]) -> Vec<u32> {
        (0..)
            .zip(repeats)
            .filter(|(place, repeats)| *place == 0 || !**repeats)
            .map(|(place, _)| place)
            .collect()
    }

    fn check(axis: &Axis, coded: &[u32], planes: u32) {
        assert_eq!(axis.count(), coded.len() as u32);
        for (index, place) in (0..).zip(coded.iter().chain([&planes])) {
            assert_eq!(axis.place(index), *place);
        }
        for place in 0..planes {
            let stands = coded.iter().filter(|coded| **coded <= place).count() as u32 - 1;
            assert_eq!(axis.index(place), stands);
        }
        assert_eq!(axis.index(planes), coded.len() as u32);
    }

    proptest! {
        #[test]
        fn places_and_indices_are_those_of_a_list(
            pattern in prop::collection::vec(any::<bool>(), 0..20),
            planes in 1_u32..50,
        ) {
            let period = pattern.len().min(planes as usize - 1);
            let pattern = &pattern[..period];
            let repeats = |place: usize| period > 0 && place > 0 && pattern[(place - 1) % period];
            let coded = (0..).zip(pattern).filter(|(_, left_out)| !**left_out);
            let coded = coded.map(|(place, _)| place).collect();
            let axis = Axis { planes, period: period as u32, coded };
            let all: Vec<bool> = (0..planes as usize).map(repeats).collect();
            check(&axis, &listed(&all), planes);
            let mut bytes = Vec::new();
            axis.put(&mut bytes);
            prop_assert_eq!(bytes.len(), 1 + period.div_ceil(8));
            let memory = Memory::unlimited();
            let mut held = memory.hold("a test", 0).unwrap();
            let mut fields = Fields::new("chunk", &bytes, 0);
            check(&Axis::parse(&mut fields, planes, &mut held).unwrap(), &listed(&all), planes);
        }

        #[test]
        fn only_planes_that_repeat_are_left_out(mut repeats in prop::collection::vec(prop::bool::weighted(0.7), 1..90)) {
            repeats[0] = false;
            let axis = Axis::choose(&repeats);
            for (place, repeats) in (0..).zip(&repeats) {
                let is_coded = axis.place(axis.index(place)) == place;
                prop_assert!(is_coded || *repeats);
            }
        }
    }

    #[test]
    fn enlarged_axes_take_two_bytes() {
        // Each plane twice: of the planes after the first every other one, beginning with the next, repeats.
        let twice: Vec<bool> = (0..100).map(|place| place % 2 == 1).collect();
        let mut bytes = Vec::new();
        let axis = Axis::choose(&twice);
        axis.put(&mut bytes);
        assert_eq!((axis.count(), &bytes[..]), (50, &[2, 0b01][..]));
        // Without repeats nothing is said.
        let mut bytes = Vec::new();
        Axis::choose(&[false; 100]).put(&mut bytes);
        assert_eq!(bytes, [0]);
    }
}
