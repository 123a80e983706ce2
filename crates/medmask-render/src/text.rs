//! Names as the embedded font can show them.

use any_ascii::any_ascii_char;

/// The font of all text, which has Latin, Greek and Cyrillic letters.
pub(crate) const FAMILY: &str = "DejaVu Sans";

/// The font's file.
pub(crate) fn font() -> &'static [u8] {
    dejavu::sans::regular()
}

/// The text with letters that the font lacks, such as those of Chinese and Japanese, written in Latin ones: 肝 becomes `Gan`.
pub(crate) fn readable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            shown.push(' ');
        } else if is_in_font(letter) {
            shown.push(letter);
        } else {
            shown.push_str(any_ascii_char(letter));
        }
    }
    shown
}

/// Latin, Greek, Cyrillic, and common signs.
fn is_in_font(letter: char) -> bool {
    matches!(letter, '\u{20}'..='\u{52f}' | '\u{2010}'..='\u{2027}' | '\u{2070}'..='\u{209c}' | '\u{20a0}'..='\u{20b1}' | '\u{2190}'..='\u{22ff}')
}

/// The text cut to `letters`, with `…` where it was.
pub(crate) fn cut(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::{cut, readable};

    #[test]
    fn names_stay_readable() {
        assert_eq!(readable("Größe_µm Аорта"), "Größe_µm Аорта");
        assert_eq!(readable("肝臓"), "GanZang");
        assert_eq!(readable("a\nb"), "a b");
        assert_eq!(cut("vertebrae", 5), "vert…");
    }
}
