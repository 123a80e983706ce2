//! Tables: on the terminal as wide as it is, in a pipe in full, and as CSV.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, presets};
use console::Term;

use crate::output::printable;

/// Blanks between columns.
const GAP: u16 = 2;
/// Columns of text keep so much of their cells before columns of numbers are shortened, too.
const LEAST_TEXT: u16 = 6;

/// Rows under a heading, columns aligned.
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    heading: String,
    right: bool,
}

impl Table {
    /// A table with these columns; a heading that starts with `>` is of a column of numbers, aligned to the right.
    pub fn new(headings: &[impl AsRef<str>]) -> Self {
        let column = |heading: &_| {
            let heading: &str = AsRef::as_ref(heading);
            let number = heading.strip_prefix('>');
            Column { heading: number.unwrap_or(heading).to_owned(), right: number.is_some() }
        };
        Self { columns: headings.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row with as many cells as there are columns.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The lines for standard output. On a terminal each fits its width: the widest columns of text are shortened, and end in `…`
    /// where they are. Elsewhere nothing is shortened, so that programs find the same text wherever they run.
    pub fn to_text(&self) -> String {
        self.to_width(Term::stdout().size_checked().map(|(_, columns)| columns))
    }

    /// The lines, shortened to `width` columns of a terminal; it takes about three for each column of the table to fit at all.
    fn to_width(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(line(self.columns.iter().map(|column| column.heading.as_str())));
        table.add_rows(self.rows.iter().map(|cells| line(cells.iter().map(String::as_str))));
        let last = self.columns.len().saturating_sub(1);
        for (place, (column, drawn)) in self.columns.iter().zip(table.column_iter_mut()).enumerate()
        {
            drawn.set_padding((0, if place < last { GAP } else { 0 }));
            if column.right {
                drawn.set_cell_alignment(CellAlignment::Right);
            }
        }
        if let Some(width) = width {
            table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
            self.keep_numbers(&mut table, width);
        }
        let mut text = table.trim_fmt();
        text.push('\n');
        text
    }

    /// Keeps columns of numbers from being shortened, where columns of text can give up enough.
    fn keep_numbers(&self, table: &mut comfy_table::Table, width: u16) {
        let needs = self.columns.iter().zip(table.column_max_content_widths());
        let least = needs.map(|(column, widest)| {
            usize::from(if column.right { widest } else { widest.min(LEAST_TEXT) })
        });
        let gaps = self.columns.len().saturating_sub(1) * usize::from(GAP);
        if least.sum::<usize>() + gaps > usize::from(width) {
            return;
        }
        for (column, drawn) in self.columns.iter().zip(table.column_iter_mut()) {
            if column.right {
                drawn.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }

    /// Takes the column `heading` out.
    pub fn remove(&mut self, heading: &str) {
        if let Some(place) = self.columns.iter().position(|column| column.heading == heading) {
            self.columns.remove(place);
            self.rows.iter_mut().for_each(|cells| drop(cells.remove(place)));
        }
    }

    /// Takes the column `copy` out where its cells are those of the column `of` in every row.
    pub fn drop_repetition(&mut self, of: &str, copy: &str) {
        let place =
            |heading: &str| self.columns.iter().position(|column| column.heading == heading);
        if let (Some(of), Some(from)) = (place(of), place(copy))
            && self.rows.iter().all(|cells| cells[of] == cells[from])
        {
            self.remove(copy);
        }
    }

    /// The rows as CSV (RFC 4180, with line feeds), headings first; names as they are.
    pub fn to_csv(&self) -> String {
        let headings = Table { columns: Vec::new(), rows: vec![self.headings()] };
        headings.to_csv_rows() + &self.to_csv_rows()
    }

    fn headings(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.heading.clone()).collect()
    }

    /// As [`to_csv`](Self::to_csv), without the headings.
    #[expect(clippy::expect_used, reason = "memory takes all that is written, and cells are UTF-8")]
    pub fn to_csv_rows(&self) -> String {
        let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let written = self.rows.iter().try_for_each(|row| csv.write_record(row));
        written.expect("memory takes all that is written");
        let bytes = csv.into_inner().expect("memory takes all that is written");
        String::from_utf8(bytes).expect("cells and commas are UTF-8")
    }
}

/// One line of a table, whatever its cells hold.
fn line<'a>(cells: impl Iterator<Item = &'a str>) -> Row {
    let mut row = Row::from(cells.map(printable).collect::<Vec<_>>());
    row.max_height(1);
    row
}

#[cfg(test)]
mod tests {
    use super::Table;

    fn table(rows: &[[&str; 3]]) -> Table {
        let mut table = Table::new(&["NAME", ">VOXELS", "BOX"]);
        rows.iter().for_each(|row| table.row(row.map(str::to_owned).to_vec()));
        table
    }

    #[test]
    fn columns_line_up_and_csv_is_quoted() {
        let mut table = Table::new(&["name", ">voxels"]);
        table.row(vec!["colon, \"left\"".to_owned(), "7".to_owned()]);
        table.row(vec!["rib\n1".to_owned(), "59305".to_owned()]);
        assert_eq!(
            table.to_width(None),
            "name           voxels\ncolon, \"left\"       7\nrib 1           59305\n"
        );
        assert_eq!(table.to_csv(), "name,voxels\n\"colon, \"\"left\"\"\",7\n\"rib\n1\",59305\n");
    }

    #[test]
    fn wide_and_combining_characters_take_the_columns_that_terminals_give_them() {
        let table = table(&[
            ["肝臓", "7", "0:1"],
            // The accents stand behind their letters, as macOS writes the names of files.
            ["re\u{301}tine\u{300}", "12", "1:2"],
            ["rein", "123", "2:4"],
        ]);
        let expected = "\
NAME    VOXELS  BOX
肝臓         7  0:1
re\u{301}tine\u{300}      12  1:2
rein       123  2:4
";
        assert_eq!(table.to_width(None), expected);
        assert_eq!(table.to_width(Some(19)), expected);
    }

    #[test]
    fn a_narrow_terminal_shortens_the_widest_text() {
        let table = table(&[
            ["lung_upper_lobe_left", "1,234,567", "0:100 20:30 5:7"],
            ["肝臓の右葉と左葉と尾状葉", "7", "-"],
        ]);
        let wide = "\
NAME                         VOXELS  BOX
lung_upper_lobe_left      1,234,567  0:100 20:30 5:7
肝臓の右葉と左葉と尾状葉          7  -
";
        assert_eq!(table.to_width(None), wide);
        assert_eq!(table.to_width(Some(52)), wide);
        // A character that is two columns wide is kept or left out as a whole.
        assert_eq!(
            table.to_width(Some(41)),
            "\
NAME                  VOXELS  BOX
lung_upper_lobe_…  1,234,567  0:100 20:3…
肝臓の右葉と左葉…          7  -
"
        );
        // Numbers are kept as long as text has room at all.
        let narrow = table.to_width(Some(26));
        assert!(narrow.contains("1,234,567") && narrow.contains("lung_u…"), "{narrow}");
        let narrowest = table.to_width(Some(20));
        assert!(!narrowest.contains("1,234,567"), "{narrowest}");
        for line in narrow.lines().chain(narrowest.lines()) {
            assert!(console::measure_text_width(line) <= 26, "{line}");
        }
        assert!(narrowest.lines().all(|line| console::measure_text_width(line) <= 20));
    }

    #[test]
    fn names_draw_nothing_else() {
        let table = table(&[["a\nb\r\u{1b}[31mc\u{9b}2J\u{202e}d\te", "1", ""]]);
        let text = table.to_width(None);
        assert_eq!(text.lines().count(), 2, "{text:?}");
        assert!(text.contains("a b  [31mc 2J d e"), "{text:?}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }

    #[test]
    fn a_column_that_says_nothing_new_is_dropped() {
        let mut same = table(&[["liver", "7", "liver"], ["spleen", "9", "spleen"]]);
        same.drop_repetition("NAME", "BOX");
        assert_eq!(same.to_width(None), "NAME    VOXELS\nliver        7\nspleen       9\n");
        let mut other = table(&[["liver", "7", "liver"], ["spleen", "9", "0:1"]]);
        other.drop_repetition("NAME", "BOX");
        assert_eq!(other.to_csv(), "NAME,VOXELS,BOX\nliver,7,liver\nspleen,9,0:1\n");
    }

    #[test]
    fn a_table_without_rows_has_its_headings() {
        assert_eq!(table(&[]).to_width(Some(80)), "NAME  VOXELS  BOX\n");
        assert_eq!(table(&[]).to_csv(), "NAME,VOXELS,BOX\n");
    }
}
