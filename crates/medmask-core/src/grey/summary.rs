//! Numbers summed up: mean, deviation and percentiles.

use super::image::Grey;
use crate::percentile::percentile;

/// What the values of an image are beneath a structure.
///
/// Values that are infinite or not a number are left out and counted. Of what is left:
///
/// - the **mean**, and the **standard deviation** of a whole population: the root of the mean squared distance from the mean, divided by
///   n and not by n - 1 (numpy's `std` with its default `ddof=0`);
/// - **percentiles**, of which the median is the 50th: of the n sorted values that of rank q (n - 1) / 100, counted from 0, and between
///   two ranks on the straight line between them (numpy's default `linear`; definition 7 of Hyndman and Fan, 1996, "Sample Quantiles
///   in Statistical Packages").
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct GreyValues {
    /// How many voxels of the structure have a value that counts.
    pub voxels: u64,
    /// How many have one that is infinite or not a number.
    pub not_finite: u64,
    /// How many lie outside of the image, where that was brought onto the grid of the mask.
    pub outside: u64,
    /// What the values are, in the unit of the image; `None` where no voxel has one that counts.
    pub summary: Option<GreySummary>,
}

/// What values are, in the unit of the image; [`GreyValues`] has the definitions.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct GreySummary {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, divided by n.
    pub sd: f64,
    /// The 50th percentile.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// The 5th percentile.
    pub p5: f64,
    /// The 10th percentile.
    pub p10: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 95th percentile.
    pub p95: f64,
}

/// From this many values on, numbers of few kinds are counted and not sorted: going through the table of counts takes no longer then.
const WORTH_COUNTING: u64 = 1 << 12;

/// The numbers beneath one structure.
pub(super) enum Collected<T> {
    /// Each by itself.
    Listed(Vec<T>),
    /// How often each number occurs, ascending.
    Counted(Vec<u64>),
}

impl<T: Grey> Collected<T> {
    /// None yet, of a structure of `voxels`.
    pub fn new(voxels: u64) -> Self {
        if T::BINS > 0 && voxels >= WORTH_COUNTING {
            Self::Counted(vec![0; T::BINS])
        } else {
            Self::Listed(Vec::with_capacity(voxels.min(1 << 20) as usize))
        }
    }

    /// Takes finite numbers, and says how many others there were.
    pub fn add(&mut self, numbers: &[T]) -> u64 {
        match self {
            Self::Counted(counts) => {
                numbers.iter().for_each(|number| counts[number.bin()] += 1);
                0
            }
            Self::Listed(listed) => {
                let before = listed.len();
                listed.extend(numbers.iter().copied().filter(|number| number.is_finite()));
                (numbers.len() - (listed.len() - before)) as u64
            }
        }
    }

    /// How many there are, and what they are.
    pub fn finish(self) -> (u64, Option<GreySummary>) {
        match self {
            Self::Counted(counts) => {
                let voxels: u64 = counts.iter().sum();
                let present = (0..).zip(counts).filter(|(_, count)| *count > 0);
                let present: Vec<(f64, u64)> =
                    present.map(|(bin, count)| (T::of_bin(bin), count)).collect();
                (voxels, summary(&present, voxels))
            }
            Self::Listed(mut listed) => {
                listed.sort_unstable_by(T::compare);
                let voxels = listed.len() as u64;
                (voxels, summary(&Each(&listed), voxels))
            }
        }
    }
}

/// Numbers in ascending order.
trait Sorted {
    fn for_each(&self, each: impl FnMut(f64, u64));

    /// The number of a rank, counted from 0.
    fn at(&self, rank: u64) -> f64;
}

/// Numbers, each as often as it occurs.
struct Each<'a, T>(&'a [T]);

impl<T: Grey> Sorted for Each<'_, T> {
    fn for_each(&self, mut each: impl FnMut(f64, u64)) {
        self.0.iter().for_each(|number| each(number.to_f64(), 1));
    }

    fn at(&self, rank: u64) -> f64 {
        self.0[rank as usize].to_f64()
    }
}

/// Numbers with how often they occur.
impl Sorted for Vec<(f64, u64)> {
    fn for_each(&self, mut each: impl FnMut(f64, u64)) {
        self.iter().for_each(|(number, count)| each(*number, *count));
    }

    fn at(&self, rank: u64) -> f64 {
        let mut passed = 0;
        let reaches = |(_, count): &&(f64, u64)| {
            passed += count;
            passed > rank
        };
        self.iter().find(reaches).map_or(f64::NAN, |(number, _)| *number)
    }
}

fn summary(sorted: &impl Sorted, voxels: u64) -> Option<GreySummary> {
    let last = voxels.checked_sub(1)?;
    let (mut sum, mut squares) = (0.0, 0.0);
    // Beside the middle one, so that large numbers close to each other lose no digits.
    let middle = sorted.at(last / 2);
    sorted.for_each(|number, count| sum += (number - middle) * count as f64);
    let mean = middle + sum / voxels as f64;
    sorted.for_each(|number, count| squares += (number - mean).powi(2) * count as f64);
    let percentile = |percent: f64| percentile(voxels, percent / 100.0, |rank| sorted.at(rank));
    Some(GreySummary {
        mean,
        sd: (squares / voxels as f64).sqrt(),
        median: percentile(50.0),
        min: sorted.at(0),
        max: sorted.at(last),
        p5: percentile(5.0),
        p10: percentile(10.0),
        p90: percentile(90.0),
        p95: percentile(95.0),
    })
}

impl GreySummary {
    /// Of the values `slope` times these and `intercept` more.
    pub(super) fn scaled(self, slope: f64, intercept: f64) -> Self {
        let value = |number: f64| slope * number + intercept;
        let Self { mean, sd, median, min, max, p5, p10, p90, p95 } = self;
        // A negative slope turns their order round.
        let pair = |low, high| match slope < 0.0 {
            true => (value(high), value(low)),
            false => (value(low), value(high)),
        };
        let ((min, max), (p5, p95), (p10, p90)) = (pair(min, max), pair(p5, p95), pair(p10, p90));
        let (mean, sd, median) = (value(mean), sd * slope.abs(), value(median));
        Self { mean, sd, median, min, max, p5, p10, p90, p95 }
    }
}
