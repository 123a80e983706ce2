//! One line of a table of columns between blanks, and the ways to cut it.

use super::values::{is_number, parse_channel, parse_label};
use crate::parsed::Colour;

/// What the column behind red, green and blue says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    /// 255 is opaque.
    Opacity,
    /// 0 is opaque.
    Transparency,
}

impl Alpha {
    pub fn to_and_from_opacity(self, value: u8) -> u8 {
        match self {
            Self::Opacity => value,
            Self::Transparency => 255 - value,
        }
    }
}

/// How the cells of a row are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// LABEL NAME R G B A, and what may follow.
    Left,
    /// LABEL NAME R G B A, where a name may end in numbers.
    Right,
    /// LABEL NAME R G B.
    Opaque,
    /// LABEL SHORT NAME R G B A.
    Short,
    /// LABEL NAME.
    NameOnly,
    /// LABEL NAME, and numbers that are no colour.
    NameAndNumbers,
}

/// A line in cells.
pub(super) struct Line<'a> {
    pub number: usize,
    pub text: &'a str,
    pub cells: Vec<&'a str>,
}

pub(super) const EXPECTED: &str = "expected LABEL NAME R G B A";

/// The cells of a row, cut.
pub(super) struct Cut<'l, 'a> {
    pub name: &'l [&'a str],
    /// Red, green, blue and maybe an alpha; empty where the table has no colours.
    colour: &'l [&'a str],
    pub rest: &'l [&'a str],
}

impl Cut<'_, '_> {
    pub fn colour(&self, alpha: Alpha) -> Colour {
        if self.colour.is_empty() {
            return Colour::None;
        }
        let channels: Option<Vec<u8>> =
            self.colour.iter().map(|text| parse_channel(text)).collect();
        let colour = channels.and_then(|channels| match channels[..] {
            [red, green, blue] => Some([red, green, blue, 255]),
            [red, green, blue, last] => Some([red, green, blue, alpha.to_and_from_opacity(last)]),
            _ => None,
        });
        colour.into()
    }
}

impl<'a> Line<'a> {
    pub fn label(&self) -> u32 {
        // Lines begin with a label.
        parse_label(self.cells[0]).unwrap_or_default()
    }

    /// The last of red, green, blue and alpha, where the row has all.
    pub fn alpha(&self, layout: Layout) -> Option<&'a str> {
        self.cut(layout).and_then(|cut| cut.colour.get(3).copied())
    }

    pub fn cut(&self, layout: Layout) -> Option<Cut<'_, 'a>> {
        let cells = &self.cells[..];
        let numbers = |start: usize, count: usize| {
            cells
                .get(start..start + count)
                .is_some_and(|cells| cells.iter().all(|cell| is_number(cell)))
        };
        let (first, start, count) = match layout {
            Layout::Left => (1, (2..cells.len()).find(|start| numbers(*start, 4))?, 4),
            Layout::Right => (1, cells.len().checked_sub(4)?, 4),
            Layout::Opaque => (1, cells.len().checked_sub(3)?, 3),
            Layout::Short => (2, 3, 4),
            Layout::NameOnly => (1, cells.len(), 0),
            Layout::NameAndNumbers if cells.len() > 2 && numbers(2, cells.len() - 2) => (1, 2, 0),
            Layout::NameAndNumbers => return None,
        };
        if start <= first || !numbers(start, count) {
            return None;
        }
        let (colour, rest) = cells[start..].split_at(count);
        Some(Cut { name: &cells[first..start], colour, rest })
    }

    /// The words of a name as they stand in the line. Runs of blanks and tabs separate columns, so that a name has none.
    pub fn name(&self, words: &[&'a str]) -> Result<&'a str, &'static str> {
        let place = |word: &str| word.as_ptr() as usize - self.text.as_ptr() as usize;
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Err(EXPECTED) };
        let name = &self.text[place(first)..place(last) + last.len()];
        let single = |pair: &[&str]| place(pair[1]) - place(pair[0]) - pair[0].len() == 1;
        if words.windows(2).all(single) && !name.contains('\t') {
            return Ok(name);
        }
        Err("a name has single blanks only; more blanks, or a tab, begin another column")
    }
}

/// Words, and what stands between quotation marks.
pub(super) fn cells(line: &str) -> Vec<&str> {
    let (mut cells, mut rest) = (Vec::new(), line.trim());
    while !rest.is_empty() {
        let quoted = rest.strip_prefix('"').and_then(|inside| {
            let (cell, after) = inside.split_once('"')?;
            (!cell.is_empty() && (after.is_empty() || after.starts_with(char::is_whitespace)))
                .then_some((cell, after))
        });
        let (cell, after) = quoted
            .unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        cells.push(cell);
        rest = after.trim_start();
    }
    cells
}
