//! Names of entries as names of files, so that nothing is ever written outside the folder (SPEC.md, "Names").

use std::collections::HashMap;
use std::path::Path;

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result};

/// Longest name of a file, in bytes, that file systems in use take.
const MAX_FILE_NAME: usize = 255;

/// Names that Windows gives to devices, whatever the extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// The file name of the entry `name` with `extension` (`.nii.gz` for example).
///
/// Characters that separate folders or that some file system refuses are written as `%` and the two hexadecimal digits
/// of each of their UTF-8 bytes, as in addresses: `/ \ : * ? " < > | %` and control characters anywhere, a dot at the
/// start, a dot or space at the end, and the first letter of a name that Windows gives to a device.
///
/// ```
/// use medmask::file_names::file_name;
///
/// assert_eq!(file_name("sub.01", ".nii.gz")?, "sub.01.nii.gz");
/// assert_eq!(file_name("../liver", ".nii")?, "%2E.%2Fliver.nii");
/// assert_eq!(file_name("aux", ".nii")?, "%61ux.nii");
/// # Ok::<(), medmask::Error>(())
/// ```
///
/// # Errors
/// [`Error::FileName`] where the result would be longer than 255 bytes.
pub fn file_name(name: &str, extension: &str) -> Result<String> {
    let last = name.chars().count().saturating_sub(1);
    let device = is_device(name);
    let mut out = String::with_capacity(name.len() + extension.len());
    for (place, letter) in name.chars().enumerate() {
        let escaped = letter.is_control()
            || "/\\:*?\"<>|%".contains(letter)
            || (place == 0 && (letter == '.' || device))
            || (place == last && matches!(letter, '.' | ' '));
        if escaped {
            let mut buffer = [0; 4];
            for byte in letter.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(letter);
        }
    }
    out.push_str(extension);
    if out.len() > MAX_FILE_NAME {
        let reason = "it would be longer than 255 bytes";
        return Err(Error::FileName { name: name.to_owned(), reason });
    }
    Ok(out)
}

/// The name of the entry that a file becomes which is called `file`, without its extension: what [`file_name`] escapes is undone. Where
/// that would not write it so, or no entry can be called so, the name is that of the file.
///
/// ```
/// use medmask::file_names::entry_name;
///
/// assert_eq!(entry_name("fat_50%25"), "fat_50%");
/// assert_eq!(entry_name("fat_50%"), "fat_50%");
/// assert_eq!(entry_name("a%20b"), "a%20b");
/// ```
#[must_use]
pub fn entry_name(file: &str) -> String {
    let written = |name: &String| {
        let written = file_name(name, "").is_ok_and(|written| written == file);
        written && !name.contains(char::is_control)
    };
    unescaped(file).filter(written).unwrap_or_else(|| file.to_owned())
}

/// With the bytes that `%` and two digits stand for; `None` where they are no text.
fn unescaped(file: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(file.len());
    let mut rest = file;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

/// The file names of several entries.
///
/// # Errors
/// As [`file_name`], and [`Error::FileNamesCollide`] where two differ in case (`ß` and `ss` too) or Unicode form alone, so that
/// some file system takes them for one.
pub fn file_names(names: &[String], extension: &str) -> Result<Vec<String>> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut files = Vec::with_capacity(names.len());
    for name in names {
        let file = file_name(name, extension)?;
        if let Some(first) = seen.insert(folded(&file), name) {
            let (first, second) = (first.to_owned(), name.clone());
            return Err(Error::FileNamesCollide { first, second });
        }
        files.push(file);
    }
    Ok(files)
}

/// Equal for all names that some file system takes for one: letters in full case folding, canonically decomposed.
fn folded(file: &str) -> String {
    let decomposed: String = file.nfd().collect();
    UniCase::unicode(decomposed).to_folded_case().nfd().collect()
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            matches!(rest, "¹" | "²" | "³")
                || (rest.len() == 1 && rest.bytes().all(|digit| digit.is_ascii_digit()))
        })
    };
    DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt")
}

/// Whether a name ends as those of archives and single masks do: `.mska` or `.msk`, in upper or lower case.
#[must_use]
pub fn is_archive_name(path: &Path) -> bool {
    let is = |suffix: &str| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(suffix));
    is("mska") || is("msk")
}

#[cfg(test)]
mod tests {
    use super::{entry_name, file_name, file_names};
    use crate::Error;

    #[test]
    fn no_name_leads_out_of_the_folder_or_is_refused_by_a_file_system() {
        for (name, file) in [
            ("liver", "liver"),
            ("rib left 1", "rib left 1"),
            ("Übergang_é", "Übergang_é"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
            ("/etc/passwd", "%2Fetc%2Fpasswd"),
            ("C:\\x", "C%3A\\x".replace('\\', "%5C").as_str()),
            ("a\0b", "a%00b"),
            ("a\u{85}b", "a%C2%85b"),
            (".hidden", "%2Ehidden"),
            ("ends. ", "ends.%20"),
            ("100%", "100%25"),
            ("nul", "%6Eul"),
            ("Com7.left", "%43om7.left"),
            ("common", "common"),
            ("com10", "com10"),
        ] {
            assert_eq!(file_name(name, "").unwrap(), file, "{name:?}");
            // No entry has control characters in its name.
            let entry = if name.contains(char::is_control) { file } else { name };
            assert_eq!(entry_name(file), entry, "{file:?}");
        }
        // What nobody here has written stays as it is.
        for name in ["50%", "a%2", "a%zz", "a%20b", "%2b", "a%2Fb%", "%FF%FE", "%+1", "%é", ".x"] {
            assert_eq!(entry_name(name), name);
            assert_eq!(entry_name(&file_name(name, "").unwrap()), name);
        }
        assert!(file_name(&"é".repeat(124), ".nii.gz").is_ok());
        assert!(file_name(&"é".repeat(125), ".nii.gz").is_err());
    }

    #[test]
    fn names_that_differ_in_case_or_unicode_form_alone_are_refused() {
        let names =
            |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for [first, second] in [
            ["liver", "Liver"],
            // Composed and decomposed, also where case differs, and with marks in either order.
            ["h\u{e9}patique", "he\u{301}patique"],
            ["\u{c9}tage", "e\u{301}tage"],
            ["a\u{323}\u{307}", "a\u{307}\u{323}"],
            ["\u{212b}", "\u{e5}"],
            // More than one letter.
            ["gro\u{df}", "GROSS"],
            ["gro\u{1e9e}", "gross"],
            ["\u{fb01}ssure", "fissure"],
            ["\u{3c3}\u{3c2}", "\u{3a3}\u{3a3}"],
            ["\u{390}", "\u{3b9}\u{308}\u{301}"],
        ] {
            let error = file_names(&names(&["spleen", first, "rib", second]), ".nii").unwrap_err();
            assert!(matches!(
                &error,
                Error::FileNamesCollide { first: one, second: two } if one == first && two == second
            ));
            let named = format!("{first:?} and {second:?}");
            assert!(error.to_string().contains(&named), "{error}");
        }
        for [first, second] in [["liver", "spleen"], ["e", "\u{e9}"], ["x2", "x\u{b2}"]] {
            assert!(file_names(&names(&[first, second]), ".nii").is_ok(), "{first} {second}");
        }
    }
}
