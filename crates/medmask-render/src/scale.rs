//! The length of a scale bar.

/// The longest of 1, 2 and 5 mm times a power of ten that is at most `most_mm`.
pub(crate) fn bar_mm(most_mm: f64) -> f64 {
    let power = 10_f64.powf(most_mm.log10().floor());
    let steps = [5.0, 2.0, 1.0];
    steps.iter().map(|step| step * power).find(|mm| *mm <= most_mm).unwrap_or(power)
}

/// `50 mm`, or `5 cm` from 100 mm on.
pub(crate) fn named(mm: f64) -> String {
    if mm >= 100.0 { format!("{} cm", mm / 10.0) } else { format!("{mm} mm") }
}

#[cfg(test)]
mod tests {
    use super::bar_mm;

    #[test]
    fn bars_have_round_lengths() {
        for (most, mm) in [(7.9, 5.0), (1.0, 1.0), (99.0, 50.0), (250.0, 200.0), (0.34, 0.2)] {
            assert!((bar_mm(most) - mm).abs() < 1e-12, "{most}: {}", bar_mm(most));
        }
    }
}
