//! Tables on the terminal, and CSV.

/// Rows under a heading, columns aligned.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    heading: &'static str,
    right: bool,
}

impl Table {
    /// A table with these columns; a heading that starts with `>` is of a column of numbers, aligned to the right.
    pub fn new(headings: &[&'static str]) -> Self {
        let column = |heading: &&'static str| match heading.strip_prefix('>') {
            Some(heading) => Column { heading, right: true },
            None => Column { heading, right: false },
        };
        Self { columns: headings.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row with as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The lines for a terminal.
    pub fn to_text(&self) -> String {
        let width = |index: usize, column: &Column| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let widest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            widest.max(column.heading.chars().count())
        };
        let widths: Vec<usize> =
            self.columns.iter().enumerate().map(|(index, column)| width(index, column)).collect();
        let headings: Vec<String> =
            self.columns.iter().map(|column| column.heading.to_owned()).collect();
        let mut text = String::new();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), column) in row.iter().zip(&widths).zip(&self.columns) {
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                let (before, after) =
                    if column.right { (pad, String::new()) } else { (String::new(), pad) };
                line.push_str(&before);
                line.push_str(cell);
                line.push_str(&after);
                line.push_str("  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// The rows as CSV (RFC 4180, with line feeds), headings first.
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        let headings = self.columns.iter().map(|column| column.heading);
        push_csv(&mut text, headings);
        for row in &self.rows {
            push_csv(&mut text, row.iter().map(String::as_str));
        }
        text
    }
}

fn push_csv<'a>(text: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(cell);
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_line_up_and_csv_is_quoted() {
        let mut table = Table::new(&["name", ">voxels"]);
        table.row(vec!["colon, \"left\"".to_owned(), "7".to_owned()]);
        table.row(vec!["rib".to_owned(), "59305".to_owned()]);
        assert_eq!(
            table.to_text(),
            "name           voxels\ncolon, \"left\"       7\nrib             59305\n"
        );
        assert_eq!(table.to_csv(), "name,voxels\n\"colon, \"\"left\"\"\",7\nrib,59305\n");
    }
}
