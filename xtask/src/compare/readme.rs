//! The README's block of figures, which nobody types.

use crate::run::{Problem, root};

const BEGIN: &str = "<!-- figures -->";
const END: &str = "<!-- /figures -->";

/// Puts `figures` into README.md.
pub fn write(figures: &str) -> Result<(), Problem> {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path)?;
    let text = replaced(&text, figures).ok_or(format!("README.md lacks {BEGIN} or {END}"))?;
    std::fs::write(&path, text)?;
    println!("README.md has the new figures");
    Ok(())
}

/// The text with another block between the marks.
fn replaced(text: &str, block: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", block.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_block_changes() {
        let text = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        assert_eq!(replaced(&text, "new\n").unwrap(), format!("a\n{BEGIN}\nnew\n{END}\nb\n"));
        assert_eq!(replaced("a", "new"), None);
    }
}
