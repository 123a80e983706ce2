//! Numbers and lines that formats have in common.

/// The lines that are neither empty nor comments, trimmed, counted from 1.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// Whether a comment holds `word`.
pub(super) fn comments_have(text: &str, word: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with('#') && line.contains(word))
}

/// A label; also where a table of numbers wrote it as `7.0`.
pub(super) fn parse_label(text: &str) -> Result<u32, &'static str> {
    let whole = || {
        let number: f64 = text.parse().ok()?;
        (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number))
            .then_some(number as u32)
    };
    text.parse().ok().or_else(whole).ok_or("a label is a whole number, 0 to 4294967295")
}

/// Whether a cell is a number.
pub(super) fn is_number(text: &str) -> bool {
    // Names such as "nan" and "infinity" are none.
    text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

/// Red, green, blue or an alpha.
pub(super) fn parse_channel(text: &str) -> Option<u8> {
    parse_label(text).ok()?.try_into().ok()
}

/// A share from 0 to 1 as a channel.
pub(super) fn channel_of_share(text: &str) -> Option<u8> {
    let share: f64 = text.parse().ok()?;
    (0.0..=1.0).contains(&share).then(|| (share * 255.0).round() as u8)
}

/// `#RRGGBB`, opaque.
pub(super) fn parse_hex(text: &str) -> Option<[u8; 4]> {
    let digits = text.strip_prefix('#')?;
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue, 255])
}
