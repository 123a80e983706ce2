//! A picture on the terminal.

use std::io::IsTerminal;

use console::Term;
use medmask::PictureOptions;
use medmask::medmask_render::{LegendRow, Picture};

use crate::failure::{Failure, Result};
use crate::output;

/// Lines of the terminal that titles, the legend and the next prompt take.
const BESIDE: usize = 10;
/// Columns of a panel that shows enough.
const PANEL: usize = 38;
/// Lines of the legend at most.
const LEGEND: usize = 6;

/// How pictures appear on this terminal.
pub struct Preview {
    columns: usize,
    lines: usize,
    way: Way,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    HalfBlocks,
    /// Without colours.
    Plain,
    Kitty,
}

impl Preview {
    /// For standard output.
    pub fn new() -> Result<Self> {
        if !std::io::stdout().is_terminal() {
            return Err(Failure::usage(
                "standard output is no terminal that could show the picture; -o names a file for it",
            ));
        }
        let (lines, columns) = Term::stdout().size_checked().unwrap_or((24, 80));
        let way = Way::by(|name| std::env::var(name).ok());
        Ok(Self { columns: usize::from(columns).max(8), lines: lines.into(), way })
    }

    /// Leaves as many slices as the terminal shows at once.
    pub fn fit(&self, options: &mut PictureOptions<'_>) {
        if self.way == Way::Kitty {
            return;
        }
        let in_row = self.in_row();
        // A slice is about as high as wide, and a cell twice as high.
        let lines_of_row = self.columns / in_row / 2 + 1;
        let rows = (self.lines.saturating_sub(BESIDE) / lines_of_row).max(1);
        options.slices = options.slices.min(in_row * rows);
    }

    fn in_row(&self) -> usize {
        (self.columns / PANEL).max(1)
    }

    /// Shows it.
    pub fn show(&self, mut picture: Picture) -> Result {
        let failed = |error| Failure::from(medmask::Error::from(error));
        if self.way == Way::Kitty {
            return output::print(&picture.to_kitty(self.columns).map_err(failed)?);
        }
        picture.style.columns = Some(self.in_row());
        let plain = self.way == Way::Plain;
        let mut text = picture.to_half_blocks(self.columns, plain).map_err(failed)?;
        text.push_str(&legend(&picture.legend, self.columns, plain));
        output::print(&text)
    }
}

impl Way {
    /// By the variables of the environment.
    fn by(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is = |name: &str, values: &[&str]| {
            variable(name).is_some_and(|value| values.contains(&value.as_str()))
        };
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        if is_set("NO_COLOR") || is("TERM", &["dumb"]) {
            Self::Plain
        } else if is_set("TMUX") || is_set("STY") {
            // What divides the terminal does not pass pictures on.
            Self::HalfBlocks
        } else if is("TERM", &["xterm-kitty", "xterm-ghostty"])
            || is("TERM_PROGRAM", &["WezTerm", "ghostty"])
        {
            Self::Kitty
        } else {
            Self::HalfBlocks
        }
    }
}

/// Names with their colours and volumes, in columns.
fn legend(rows: &[LegendRow], columns: usize, plain: bool) -> String {
    let texts: Vec<String> = rows
        .iter()
        .map(|row| {
            let volume = row.volume_text().map(|text| format!("  {text}")).unwrap_or_default();
            output::printable(&format!("{}{volume}", row.name))
        })
        .collect();
    let width = texts.iter().map(|text| console::measure_text_width(text)).max().unwrap_or(0);
    let in_line = (columns / (width + 4)).max(1);
    let mut out = String::new();
    for line in rows.iter().zip(&texts).collect::<Vec<_>>().chunks(in_line).take(LEGEND) {
        for (row, text) in line {
            let [red, green, blue] = row.colour;
            let square = match plain {
                true => "-".to_owned(),
                false => format!("\x1b[38;2;{red};{green};{blue}m■\x1b[0m"),
            };
            let text = console::truncate_str(text, columns.saturating_sub(2), "…");
            out.push_str(&format!(
                "{square} {}  ",
                console::pad_str(&text, width, console::Alignment::Left, None)
            ));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    if let more @ 1.. = rows.len().saturating_sub(in_line * LEGEND) {
        out.push_str(&format!("and {} more\n", output::count(more as u64)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::Way;

    #[test]
    fn the_environment_says_what_the_terminal_shows() {
        for (variables, way) in [
            (&[("TERM", "xterm-256color")][..], "half"),
            (&[("TERM", "xterm-kitty")], "kitty"),
            (&[("TERM_PROGRAM", "WezTerm")], "kitty"),
            (&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/tmux")], "half"),
            (&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], "plain"),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], "half"),
            (&[("TERM", "dumb")], "plain"),
            (&[], "half"),
        ] {
            let known = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let found = match Way::by(known) {
                Way::HalfBlocks => "half",
                Way::Plain => "plain",
                Way::Kitty => "kitty",
            };
            assert_eq!(found, way, "{variables:?}");
        }
    }
}
