//! Names in the expressions of groups.

use super::catalogue::{Catalogue, Named};
use super::choice::Selection;
use super::error::SelectionError;
use super::lexer::{is_expression, tokens};
use super::named::Groups;
use super::resolve::{group, names};
use super::text::Text;
use crate::masks::Masks;

/// The names of an archive as they are with other groups than its own.
pub(crate) struct GroupNames<'a>(Catalogue<'a>);

impl<'a> GroupNames<'a> {
    pub fn new(archive: &'a impl Masks, groups: Groups) -> Self {
        Self(Catalogue::with_groups(archive, groups))
    }

    /// What the group `name` chooses.
    pub fn mask(&self, name: &str) -> Result<Selection, SelectionError> {
        group(&self.0, name)
    }

    /// Why `name` is none for a group, if it is not: a name is what needs no quotes and has no parts.
    pub fn unfit(name: &str) -> Option<&'static str> {
        let is_plain = matches!(Text::parse(name), Ok(Text::Name(_)));
        if name.is_empty() || name.trim() != name {
            Some("it is empty, or has a blank at its start or end")
        } else if name.chars().any(char::is_control) {
            Some("it has control characters")
        } else if !is_plain || name.contains('/') || is_expression(&tokens(name)) {
            Some("it has / or quotes, or is a pattern or an expression")
        } else {
            None
        }
    }

    /// The expression `text` with the name `new` for the entry `old`; `None` where it does not name that.
    pub fn renamed(&self, text: &str, old: &str, new: &str) -> Option<String> {
        let mut renamed = String::new();
        let mut copied = 0;
        for range in names(&self.0, text) {
            if let Some(word) = self.renamed_word(&text[range.clone()], old, new) {
                renamed.push_str(&text[copied..range.start]);
                renamed.push_str(&word);
                copied = range.end;
            }
        }
        renamed.push_str(&text[copied..]);
        (copied > 0).then_some(renamed)
    }

    fn renamed_word(&self, word: &str, old: &str, new: &str) -> Option<String> {
        let Ok(Named::Mask(mask)) = self.0.named(word) else { return None };
        if mask.entry() != Some(old) {
            return None;
        }
        let Some(label) = mask.label() else { return Some(in_quotes(new)) };
        let is_label_alone = match Text::parse(word) {
            Ok(Text::Name(name)) => name == label,
            Ok(Text::Quoted(name)) => name == label,
            _ => false,
        };
        // An entry's only label takes the entry's new name where it had the old one.
        let label = if label == old && mask.name() == old { new } else { label };
        (!is_label_alone).then(|| format!("{}/{}", in_quotes(new), in_quotes(label)))
    }
}

/// The name as an expression takes it: in quotes where it might be read as something else.
fn in_quotes(name: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    if name.chars().all(is_plain) && name.contains(char::is_alphanumeric) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
