//! Help that fits the terminal. Texts are written in lines of some length; here they are laid out for the length that there is.

use clap::Command;
use console::Term;

/// Columns where nobody says how many there are, and the most that are used: longer lines are hard to read.
const MOST: usize = 100;
/// Commands in examples are broken here, whatever the width, so that they are the same wherever they are copied from.
const EXAMPLE: usize = 78;

/// The columns for help: those of the terminal, or of the variable COLUMNS.
pub fn width() -> usize {
    let terminal = || Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let variable = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal().or_else(variable).filter(|columns| *columns > 0).unwrap_or(MOST).min(MOST)
}

/// The command and its verbs, with help of lines of `width` columns.
pub fn fitted(command: Command, width: usize) -> Command {
    let fit = |text: &clap::builder::StyledStr| laid_out(&text.to_string(), width);
    let about = command.get_long_about().map(fit);
    let after = command.get_after_long_help().map(fit);
    let mut command = command.term_width(width);
    if let Some(about) = about {
        command = command.long_about(about);
    }
    if let Some(after) = after {
        command = command.after_long_help(after);
    }
    command.mut_subcommands(|verb| fitted(verb, width))
}

/// A part of a text that stays together.
struct Block {
    /// The first line up to where the others start, below each other.
    head: String,
    words: String,
}

impl Block {
    fn new(line: &str) -> Self {
        let hang = hang(line);
        Self { head: line[..hang].to_owned(), words: line[hang..].to_owned() }
    }

    /// Whether `line` goes on where the block ends.
    fn goes_on(&self, line: &str) -> bool {
        let indent = indent(line);
        let is_item_alone = indent > 0 && indent == self.head.find(|c| c != ' ').unwrap_or(indent);
        indent == self.head.len() && !is_item_alone && !is_heading(&self.words)
    }

    fn lines(&self, width: usize) -> String {
        let is_command = self.words.starts_with("medmask ");
        if is_command {
            return broken_command(&self.head, &self.words);
        }
        let indent = " ".repeat(self.head.len());
        let mut text = self.head.clone();
        let mut column = self.head.len();
        for (place, word) in self.words.split(' ').enumerate() {
            let long = word.chars().count();
            if place > 0 && column + 1 + long > width {
                text.push('\n');
                text.push_str(&indent);
                column = indent.len();
            } else if place > 0 {
                text.push(' ');
                column += 1;
            }
            text.push_str(word);
            column += long;
        }
        text
    }
}

/// The text, in paragraphs and items of lines of `width` columns.
fn laid_out(text: &str, width: usize) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match &mut open {
            Some(block) if !line.is_empty() && block.goes_on(line) => {
                block.words.push(' ');
                block.words.push_str(line.trim_start());
            }
            _ => {
                out.extend(open.take().map(|block| block.lines(width)));
                match line {
                    "" => out.push(String::new()),
                    line => open = Some(Block::new(line)),
                }
            }
        }
    }
    out.extend(open.map(|block| block.lines(width)));
    out.join("\n")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Where what follows the first line starts: of an indented line of a term and its meaning, which several blanks part, at the meaning.
fn hang(line: &str) -> usize {
    let indent = indent(line);
    if indent == 0 {
        return 0;
    }
    let gap = line[indent..].find("  ").map(|gap| indent + gap);
    gap.map_or(indent, |gap| gap + self::indent(&line[gap..]))
}

/// EXAMPLES, EXIT STATUS.
fn is_heading(line: &str) -> bool {
    line.chars().all(|c| c.is_ascii_uppercase() || c == ' ')
}

/// A command of an example, with `\` at the ends of lines, as shells take it.
fn broken_command(head: &str, command: &str) -> String {
    let mut text = head.to_owned();
    let mut column = head.len();
    for (place, word) in shell_words(command).into_iter().enumerate() {
        let long = word.chars().count();
        if place > 0 && column + 1 + long > EXAMPLE - 2 {
            text.push_str(" \\\n");
            text.push_str(head);
            text.push_str("    ");
            column = head.len() + 4;
        } else if place > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(&word);
        column += long;
    }
    text
}

/// The words of a command; a text in quotes is one.
fn shell_words(command: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for part in command.split(' ') {
        match words.last_mut() {
            Some(word) if is_open => {
                word.push(' ');
                word.push_str(part);
            }
            _ => words.push(part.to_owned()),
        }
        is_open ^= part.matches('\'').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::laid_out;

    const TEXT: &str = "\
One sentence, which was
broken by hand.

Terms:
  Dice, IoU   twice the voxels of both, by
              those of each
  HD          a distance
EXIT STATUS
  0 all went well; 1 something failed";

    #[test]
    fn paragraphs_flow_and_meanings_stand_below_each_other() {
        let narrow = "\
One sentence, which
was broken by hand.

Terms:
  Dice, IoU   twice
              the
              voxels
              of
              both,
              by
              those
              of
              each
  HD          a
              distance
EXIT STATUS
  0 all went well; 1
  something failed";
        assert_eq!(laid_out(TEXT, 20), narrow);
        let wide = "\
One sentence, which was broken by hand.

Terms:
  Dice, IoU   twice the voxels of both, by those of each
  HD          a distance
EXIT STATUS
  0 all went well; 1 something failed";
        assert_eq!(laid_out(TEXT, 80), wide);
    }

    #[test]
    fn long_commands_are_broken_as_shells_take_them() {
        let names = "'lung_upper_lobe_left + lung_lower_lobe_left + lung_upper_lobe_right'";
        let text =
            format!("EXAMPLES\n  medmask stats a.mska\n  medmask stats b.mska {names} --csv");
        let expected = format!(
            "EXAMPLES\n  medmask stats a.mska\n  medmask stats b.mska \\\n      {names} \\\n      --csv"
        );
        assert_eq!(laid_out(&text, 40), expected);
    }
}
