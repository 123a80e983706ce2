//! Tables of columns between blanks: a label, a name, mostly a colour. How the columns are cut is decided for a table as a whole.

use std::collections::HashSet;

use super::format::Parsed;
use super::line::{Alpha, EXPECTED, Layout, Line, cells};
use super::values::{is_number, lines, parse_label};
use crate::parsed::{Collector, Note, Row};

/// The lines that begin with a label.
pub(super) struct Table<'a> {
    pub lines: Vec<Line<'a>>,
    /// Lines that do not.
    others: Vec<usize>,
    /// Whether a comment before the first line names an alpha; `None` where none names colours.
    named_alpha: Option<bool>,
}

impl<'a> Table<'a> {
    pub fn of(text: &'a str) -> Self {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for (number, text) in lines(text) {
            let cells = cells(text);
            match parse_label(cells[0]) {
                Ok(_) if cells.len() > 1 => found.push(Line { number, text, cells }),
                _ => others.push(number),
            }
        }
        Self { lines: found, others, named_alpha: named_alpha(text) }
    }

    /// How the table is cut.
    pub fn layout(&self, short_names: bool) -> Layout {
        let all = self.lines.len();
        let count =
            |fits: fn(&Line<'_>) -> bool| self.lines.iter().filter(|line| fits(line)).count();
        let four = count(|line| line.cut(Layout::Left).is_some());
        let three =
            count(|line| line.cut(Layout::Left).is_none() && line.cut(Layout::Opaque).is_some());
        if (four + three) * 2 < all {
            return self.layout_without_colour();
        }
        if short_names && self.has_short_names() {
            return Layout::Short;
        }
        if three >= four.max(1) || self.named_alpha == Some(false) {
            return Layout::Opaque;
        }
        // Where the names of many rows are alike, the numbers behind them belong to them.
        let alike = self.alike(Layout::Left);
        if self.named_alpha.is_none() && alike > 0 && alike * 2 >= four {
            let others = [Layout::Right, Layout::Opaque];
            let better = others.into_iter().find(|layout| self.alike(*layout) == 0);
            return better.unwrap_or(Layout::Left);
        }
        Layout::Left
    }

    fn layout_without_colour(&self) -> Layout {
        let numbers = |line: &Line<'_>| line.cut(Layout::NameAndNumbers).is_some();
        let apart = |line: &Line<'_>| line.name(&line.cells[1..]).is_err();
        // Of few rows with single blanks, the numbers may as well belong to the names.
        let clear = self.lines.len() > 2 || self.lines.iter().all(apart);
        if clear && self.lines.iter().all(numbers) && self.alike(Layout::NameAndNumbers) == 0 {
            return Layout::NameAndNumbers;
        }
        Layout::NameOnly
    }

    /// Whether all rows have two words before the colour, of which the first is the shorter one and both tell labels apart.
    fn has_short_names(&self) -> bool {
        let mut lengths = [0, 0];
        let mut names = [HashSet::new(), HashSet::new()];
        for line in &self.lines {
            let [_, short, name, red, green, blue, alpha] = line.cells[..] else { return false };
            if is_number(short)
                || is_number(name)
                || ![red, green, blue, alpha].into_iter().all(is_number)
            {
                return false;
            }
            for (place, word) in [short, name].into_iter().enumerate() {
                lengths[place] += word.len();
                names[place].insert((line.label(), word));
            }
        }
        let labels = self.lines.iter().map(Line::label).collect::<HashSet<_>>().len();
        let distinct = |place: usize| {
            let words: HashSet<&str> = names[place].iter().map(|(_, word)| *word).collect();
            words.len()
        };
        lengths[0] < lengths[1] && distinct(0) >= labels && distinct(1) >= labels
    }

    /// How many rows have the name of an earlier one, cut so.
    fn alike(&self, layout: Layout) -> usize {
        let mut names = HashSet::new();
        let cut = self.lines.iter().filter_map(|line| line.cut(layout));
        cut.filter(|cut| !names.insert(cut.name.join(" "))).count()
    }

    /// The labels, cut as `layout` says.
    pub fn collect(&self, layout: Layout, alpha: Alpha) -> Parsed {
        let mut table = Collector::default();
        for line in &self.others {
            table.garbled(*line, EXPECTED);
        }
        let mut further = false;
        for line in &self.lines {
            let row = line.cut(layout).ok_or(EXPECTED).and_then(|cut| {
                // FreeSurfer's seventh column is a type of tissue.
                further |= cut.rest.len() > usize::from(alpha == Alpha::Transparency);
                let name = line.name(cut.name)?;
                Ok((name, cut.colour(alpha)))
            });
            match row {
                Ok((name, colour)) => {
                    let (number, label) = (Some(line.number), line.label());
                    table.add(&Row { line: number, label, name, colour });
                }
                Err(reason) => table.garbled(line.number, reason),
            }
        }
        if further {
            table.note(Note::FurtherColumns);
        }
        table.finish()
    }
}

/// Whether the last comment before the first row that names red, green and blue names an alpha, too.
fn named_alpha(text: &str) -> Option<bool> {
    let comments =
        text.lines().map(str::trim).take_while(|line| line.is_empty() || line.starts_with('#'));
    let mut named = None;
    for comment in comments {
        let comment = comment.to_lowercase();
        let words: Vec<&str> = comment.split(|letter: char| !letter.is_alphanumeric()).collect();
        let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
        if has(&["r", "red"]) && has(&["g", "green"]) && has(&["b", "blue"]) {
            named = Some(has(&["a", "alpha", "opacity", "transparency", "t"]));
        }
    }
    named
}
