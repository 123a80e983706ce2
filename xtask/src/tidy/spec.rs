//! SPEC.md against the constants and the comments of the code.

use medmask_format::{blob, front, index, version1};

use super::files::{shown, with_extension};
use super::links::headings;
use crate::run::{Problem, root};

const SPEC: &str = "crates/medmask-format/SPEC.md";

/// For each section with tables of offsets: where its tables end, by the code.
const TABLES: [(&str, &[usize]); 5] = [
    ("Front", &[front::SLOTS_END]),
    ("Commit slots", &[front::SLOT_LENGTH]),
    ("Index record", &[index::INDEX_PREFIX_LENGTH]),
    ("Blob", &[blob::BLOB_PREFIX_LENGTH]),
    ("Version 1.0: headers", &[version1::MASK_HEADER_BYTES, version1::ARCHIVE_HEADER_BYTES]),
];

/// Tables that do not fit, and citations of sections that are not there.
pub fn check() -> Result<Vec<String>, Problem> {
    let spec = std::fs::read_to_string(root().join(SPEC))?;
    let mut problems = table_problems(&spec);
    let sections: Vec<_> = headings(&spec).collect();
    for path in with_extension("rs")? {
        for cited in citations(&std::fs::read_to_string(&path)?) {
            if !sections.contains(&cited.as_str()) {
                problems.push(format!("{}: SPEC.md has no section {cited:?}", shown(&path)));
            }
        }
    }
    Ok(problems)
}

fn table_problems(spec: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let tables = byte_tables(spec);
    for (section, lengths) in TABLES {
        let found: Vec<_> = tables.iter().filter(|table| table.section == section).collect();
        let ends: Vec<_> = found.iter().map(|table| table.end()).collect();
        if ends != lengths {
            problems
                .push(format!("{section:?} has tables of {ends:?} bytes, the code {lengths:?}"));
        }
    }
    for table in &tables {
        if !TABLES.iter().any(|(section, _)| *section == table.section) {
            problems.push(format!("no constant is compared with the table of {:?}", table.section));
        }
        for pair in table.rows.windows(2) {
            if pair[0].0 + pair[0].1.unwrap_or(0) != pair[1].0 {
                problems.push(format!("{:?}: what follows byte {}", table.section, pair[0].0));
            }
        }
    }
    problems
}

/// A table that starts with the columns offset and size.
struct ByteTable<'a> {
    section: &'a str,
    /// Offset, and size where it is fixed.
    rows: Vec<(usize, Option<usize>)>,
}

impl ByteTable<'_> {
    /// Bytes up to the first part without a fixed size.
    fn end(&self) -> usize {
        self.rows.last().map_or(0, |(offset, size)| offset + size.unwrap_or(0))
    }
}

fn byte_tables(spec: &str) -> Vec<ByteTable<'_>> {
    let mut tables = Vec::new();
    let (mut section, mut inside) = ("", false);
    for line in spec.lines() {
        if line.starts_with('#') {
            section = line.trim_start_matches('#').trim();
        }
        if line.starts_with("| offset | size |") {
            inside = true;
            tables.push(ByteTable { section, rows: Vec::new() });
        } else if !line.starts_with('|') {
            inside = false;
        } else if inside {
            let mut cells = line.split('|').skip(1).map(|cell| cell.trim().parse().ok());
            let (offset, size) = (cells.next().flatten(), cells.next().flatten());
            // Parts behind one without a fixed size have no offset.
            if let (Some(table), Some(offset)) = (tables.last_mut(), offset) {
                table.rows.push((offset, size));
            }
        }
    }
    tables
}

/// The sections that a Rust file cites, as `SPEC.md, "Front"`; the citation may go over a line's end.
fn citations(rust: &str) -> Vec<String> {
    let joined: Vec<_> =
        rust.lines().map(|line| line.trim().trim_start_matches(['/', '!'])).collect();
    let joined = joined.join(" ");
    let words = joined.split_whitespace().collect::<Vec<_>>().join(" ");
    words
        .split(concat!("SPEC.md,", " \""))
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_and_compared() {
        let table = "## Front\n| offset | size | type |\n|---|---|---|\n| 0 | 4 | u32 |\n| 5 | 3 | |\n| 8 | | x |\n";
        let problems = table_problems(table);
        assert!(problems.iter().any(|p| p == "\"Front\": what follows byte 0"), "{problems:?}");
        assert_eq!(byte_tables(table)[0].end(), 8);
        assert!(problems.iter().any(|p| p.contains("[8] bytes, the code [104]")), "{problems:?}");
    }

    #[test]
    fn citations_are_found_across_lines() {
        let rust =
            ["/// see (SPEC.md,\n    /// \"Index", "record\"). SPEC.md, \"Front\""].join("\n//! ");
        assert_eq!(citations(&rust), ["Index record", "Front"]);
    }
}
