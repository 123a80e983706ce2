//! What writers have in common.

use csv::WriterBuilder;

use crate::error::Problem;
use crate::label_format::LabelFormat;

/// Refuses a name that readers of `format` take for another: they cut blanks off its ends, and `n/a` is none.
pub(super) fn check_trimmed(name: &str, format: LabelFormat) -> Result<(), Problem> {
    let reason = match name {
        _ if name.trim() != name => "it has blanks at its ends",
        "n/a" => "that stands for no name there",
        _ => return Ok(()),
    };
    Err(Problem::Name { format, name: name.to_owned(), reason })
}

/// Rows with quotes where they must be.
#[expect(clippy::expect_used, reason = "memory takes all bytes, and they are those of strings")]
pub(super) fn table<const N: usize>(delimiter: u8, rows: &[[String; N]]) -> String {
    let mut writer = WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("memory takes all bytes");
    }
    let bytes = writer.into_inner().expect("memory takes all bytes");
    String::from_utf8(bytes).expect("they are those of strings")
}
