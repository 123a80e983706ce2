//! Bytes of a file to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::parsed::Note;

/// The text of a file, with lines that end in `\n`, and a note where the file does not say how its text is coded.
///
/// A byte order mark decides. Without one it is UTF-16 where every other one of the first bytes is 0, UTF-8 where it is valid UTF-8, and
/// else Windows-1252, which holds Latin-1.
pub(crate) fn decode(bytes: &[u8]) -> (String, Option<Note>) {
    let (encoding, note) = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => (encoding, None),
        None => guessed(bytes),
    };
    // Takes the byte order mark off.
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    (with_line_feeds(text), note)
}

fn guessed(bytes: &[u8]) -> (&'static Encoding, Option<Note>) {
    let (pairs, _) = bytes.as_chunks::<2>();
    let start = &pairs[..pairs.len().min(64)];
    let zeros = |place: usize| start.iter().filter(|pair| pair[place] == 0).count();
    // Digits and blanks of ASCII are more than half of any table.
    let encoding = match [zeros(0) * 2 > start.len(), zeros(1) * 2 > start.len()] {
        [true, false] => UTF_16BE,
        [false, true] => UTF_16LE,
        _ if std::str::from_utf8(bytes).is_ok() => return (UTF_8, None),
        _ => WINDOWS_1252,
    };
    (encoding, Some(Note::Encoding(encoding.name())))
}

fn with_line_feeds(text: Cow<'_, str>) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn texts_of_many_kinds_are_read() {
        let text = "1 Großhirn 1 2 3 255\n2 Brücke 4 5 6 255\n";
        let utf_16: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = utf_16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        // Its letters are code points below 256.
        let latin: Vec<u8> = text.chars().map(|letter| letter as u8).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), None),
            (marked(b"\xef\xbb\xbf", text.as_bytes()), None),
            (marked(b"\xff\xfe", &little), None),
            (marked(b"\xfe\xff", &big), None),
            (little, Some("UTF-16LE")),
            (big, Some("UTF-16BE")),
            (latin, Some("windows-1252")),
            (text.replace('\n', "\r").into_bytes(), None),
            (text.replace('\n', "\r\n").into_bytes(), None),
        ] {
            let (read, note) = decode(&bytes);
            assert_eq!(read, text, "{encoding:?}");
            assert_eq!(note.is_some(), encoding.is_some());
            if let (Some(note), Some(encoding)) = (note, encoding) {
                assert!(note.to_string().contains(encoding), "{note}");
            }
        }
        assert_eq!(decode(b"").0, "");
    }
}
