//! Printing: results to standard output, remarks and errors to standard error.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use medmask::input::LeftOut;
use serde::Serialize;

use crate::failure::{Failure, Result};

/// How much is said: one of the constants below. It holds for the process, as its standard output does.
static LOUDNESS: AtomicU8 = AtomicU8::new(NORMAL);
const QUIET: u8 = 0;
const NORMAL: u8 = 1;
const VERBOSE: u8 = 2;

/// Sets how much is said from here on.
pub fn set_loudness(quiet: bool, verbose: bool) {
    let loudness = match (quiet, verbose) {
        (true, _) => QUIET,
        (_, true) => VERBOSE,
        _ => NORMAL,
    };
    LOUDNESS.store(loudness, Ordering::Relaxed);
}

/// Whether less is to be said.
pub fn is_quiet() -> bool {
    LOUDNESS.load(Ordering::Relaxed) == QUIET
}

fn is_verbose() -> bool {
    LOUDNESS.load(Ordering::Relaxed) == VERBOSE
}

/// Prints through `write`. That nobody reads on (`medmask ls case.mska | head`) is no failure.
pub fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints text.
pub fn print(text: &str) -> Result {
    print_with(|out| out.write_all(text.as_bytes()))
}

/// Tells what was done, for verbs whose result is a file; `--quiet` leaves it out.
pub fn done(text: &str) -> Result {
    if is_quiet() { Ok(()) } else { print(text) }
}

/// Asks on the terminal, and tells whether the answer is yes.
pub fn ask(question: &str) -> Result<bool> {
    let _ = write!(io::stderr(), "medmask: {} [y/N] ", one_line(question));
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.map_err(|error| Failure::new(format!("cannot read the answer: {error}")))?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

/// Prints JSON, indented.
pub fn print_json(value: &impl Serialize) -> Result {
    print_with(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        out.write_all(b"\n")
    })
}

/// A remark that is no error; `--quiet` leaves it out.
pub fn note(text: impl Display) {
    if is_quiet() {
        return;
    }
    let _ = writeln!(io::stderr(), "medmask: note: {}", one_line(&text.to_string()));
}

/// The time that all of it took, where more is to be said.
pub fn time_taken(time: Duration) {
    if is_verbose() {
        note(format!("{:.3} s", time.as_secs_f64()));
    }
}

/// Remarks on files; one that holds for many is printed once, but with `--verbose`.
pub fn notes(notes: &[(PathBuf, String)]) {
    let mut printed: Vec<&str> = Vec::new();
    for (path, text) in notes {
        if is_verbose() {
            note(format!("{}: {text}", path.display()));
            continue;
        }
        if printed.contains(&text.as_str()) {
            continue;
        }
        printed.push(text);
        let more = match notes.iter().filter(|(_, other)| other == text).count() - 1 {
            0 => String::new(),
            more => format!(" (and {} more)", plural(more, "file", "files")),
        };
        note(format!("{}{more}: {text}", path.display()));
    }
}

/// Remarks on what lies in folders of masks and is left out: one for each reason. What patterns leave out is left out on purpose.
pub fn note_left_out(left_out: &[(PathBuf, LeftOut)]) {
    let mut told: Vec<LeftOut> = vec![LeftOut::NotChosen];
    for (path, reason) in left_out {
        if told.contains(reason) {
            continue;
        }
        told.push(*reason);
        let more = left_out.iter().filter(|(_, other)| other == reason).count() - 1;
        let more =
            if more > 0 { format!(" (and {} more)", count(more as u64)) } else { String::new() };
        let hint = match reason {
            LeftOut::Folder => "; --recursive takes what is in them",
            _ => "",
        };
        note(format!("left out {}{more}: {reason}{hint}", path.display()));
    }
}

/// The one line that an error gets.
pub fn error(failure: &Failure) {
    let _ = writeln!(io::stderr(), "medmask: {}", one_line(&failure.to_string()));
}

/// A message in one line that nobody has to scroll through: of a text of more than 2,000 characters its beginning and its end,
/// where the reason stands. With `--verbose` all of it.
fn one_line(text: &str) -> String {
    const BEGINNING: usize = 1_500;
    const END: usize = 400;
    let count = text.chars().count();
    if count <= 2_000 || is_verbose() {
        return printable(text);
    }
    let beginning: String = text.chars().take(BEGINNING).collect();
    let end: String = text.chars().skip(count - END).collect();
    printable(&format!("{beginning} … {end} ({count} characters)"))
}

/// The text with blanks for what would break a line, steer the terminal, or turn the direction of what follows: names of files
/// and entries may hold all of it.
pub fn printable(text: &str) -> String {
    let steers =
        |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if steers(c) { ' ' } else { c }).collect()
}

/// Bytes as people read them: 1 KB is 1,000 bytes.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let digits = if size < 9.995 { 2 } else { usize::from(size < 99.95) };
    format!("{size:.digits$} {}", UNITS[unit])
}

/// How much smaller `now` bytes are than `before`, to be followed by what they are compared with.
pub fn times_smaller(before: u64, now: u64) -> String {
    let ratio = before as f64 / now as f64;
    match ratio {
        1.05.. => format!("{ratio:.1} times smaller than"),
        ..=0.95 => format!("{:.1} times larger than", 1.0 / ratio),
        _ => "about as large as".to_owned(),
    }
}

/// A whole number with commas between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A volume in mL, with two digits after the point and three that count for less than 1 mL.
pub fn millilitres(ml: f64) -> String {
    if ml == 0.0 || ml >= 0.995 || !ml.is_finite() {
        return format!("{ml:.2}");
    }
    let digits = (2.0 - ml.abs().log10().floor()).clamp(2.0, 9.0) as usize;
    format!("{ml:.digits$}")
}

/// A share from 0 to 1 in percent.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A time in milliseconds.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// `1 entry`, `2 entries`.
pub fn plural(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{bytes, count, millilitres, times_smaller};

    #[test]
    fn what_is_larger_is_not_called_smaller() {
        for (before, now, text) in [
            (1000, 100, "10.0 times smaller than"),
            (105, 100, "1.1 times smaller than"),
            (100, 100, "about as large as"),
            (100, 105, "about as large as"),
            (800, 1000, "1.2 times larger than"),
            (1, 1000, "1000.0 times larger than"),
        ] {
            assert_eq!(times_smaller(before, now), text);
        }
    }

    #[test]
    fn small_volumes_keep_three_digits() {
        for (ml, text) in [
            (0.0, "0.00"),
            (1234.567, "1234.57"),
            (0.999, "1.00"),
            (0.18, "0.180"),
            (0.003_382, "0.00338"),
            (1e-12, "0.000000000"),
        ] {
            assert_eq!(millilitres(ml), text);
        }
    }

    #[test]
    fn numbers_are_readable() {
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.00 KB"),
            (28_727, "28.7 KB"),
            (999_499, "999 KB"),
            (999_500, "1.00 MB"),
            (5_375_295, "5.38 MB"),
        ] {
            assert_eq!(bytes(number), text);
        }
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
