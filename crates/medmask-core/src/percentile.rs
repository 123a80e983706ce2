//! Percentiles of sorted numbers.

/// The number at the share `share`, 0 to 1, of `count` ascending ones, of which there is one at least: that of rank share (n - 1), counted from
/// 0, and between two ranks on the straight line between them (numpy's default `linear`; definition 7 of Hyndman and Fan, 1996, "Sample
/// Quantiles in Statistical Packages"). `at` gives the number of a rank.
#[must_use]
pub fn percentile(count: u64, share: f64, mut at: impl FnMut(u64) -> f64) -> f64 {
    let rank = share.clamp(0.0, 1.0) * count.saturating_sub(1) as f64;
    let (low, high) = (at(rank.floor() as u64), at(rank.ceil() as u64));
    // From the nearer end, as numpy does it.
    let part = rank.fract();
    if part < 0.5 { low + (high - low) * part } else { high - (high - low) * (1.0 - part) }
}
