//! Texts that choose: names, names in quotes, patterns.

use super::error::SelectionError;
use super::syntax_problem::SyntaxProblem;

/// What a text says before anybody looks for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text<'a> {
    /// A name without quotes, which may hold `/`.
    Name(&'a str),
    /// A name in quotes, and nothing else.
    Quoted(String),
    /// An entry and its label, of which at least one stands in quotes.
    Parts(String, String),
    /// A pattern.
    Pattern(&'a str),
}

impl<'a> Text<'a> {
    /// Reads `text`. In quotes `\"` stands for a quote and `\\` for a backslash.
    pub fn parse(text: &'a str) -> Result<Self, SelectionError> {
        if !text.contains('"') {
            let is_pattern = text.contains(['*', '?', '[', '{']);
            return Ok(if is_pattern { Self::Pattern(text) } else { Self::Name(text) });
        }
        let mut rest = Rest { text, at: 0 };
        let first = rest.part()?;
        if rest.remaining().is_empty() {
            return Ok(Self::Quoted(first));
        }
        rest.take('/').map_err(|at| rest.error(at, SyntaxProblem::AfterQuotes))?;
        let second = rest.part()?;
        if rest.remaining().is_empty() {
            Ok(Self::Parts(first, second))
        } else {
            Err(rest.error(rest.at, SyntaxProblem::AfterName))
        }
    }
}

/// A text and how much of it was read, in bytes.
struct Rest<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Rest<'a> {
    fn remaining(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, at: usize, problem: SyntaxProblem) -> SelectionError {
        SelectionError::syntax(self.text, at, problem)
    }

    fn take(&mut self, wanted: char) -> Result<(), usize> {
        if self.remaining().starts_with(wanted) {
            self.at += wanted.len_utf8();
            Ok(())
        } else {
            Err(self.at)
        }
    }

    /// A name in quotes, or without up to the next `/`.
    fn part(&mut self) -> Result<String, SelectionError> {
        let start = self.at;
        if self.take('"').is_err() {
            let length = self.remaining().find('/').unwrap_or(self.remaining().len());
            let name = &self.remaining()[..length];
            if let Some(quote) = name.find('"') {
                return Err(self.error(start + quote, SyntaxProblem::QuoteInside));
            }
            self.at += length;
            return Ok(name.to_owned());
        }
        let mut name = String::new();
        let mut escaped = false;
        for (index, letter) in self.remaining().char_indices() {
            match letter {
                '"' if !escaped => {
                    self.at += index + 1;
                    return Ok(name);
                }
                '\\' if !escaped => escaped = true,
                letter => {
                    if escaped && !matches!(letter, '"' | '\\') {
                        name.push('\\');
                    }
                    name.push(letter);
                    escaped = false;
                }
            }
        }
        Err(self.error(start, SyntaxProblem::QuoteNotClosed))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::Text;

    #[test]
    fn names_quotes_and_patterns_are_told_apart() {
        let parts = |a: &str, b: &str| Text::Parts(a.to_owned(), b.to_owned());
        for (text, read) in [
            ("liver", Text::Name("liver")),
            ("a/b/c", Text::Name("a/b/c")),
            ("rib_*", Text::Pattern("rib_*")),
            ("\"a b\"", Text::Quoted("a b".to_owned())),
            ("\"a/*\"", Text::Quoted("a/*".to_owned())),
            (r#""a\"b\\c\d""#, Text::Quoted(r#"a"b\c\d"#.to_owned())),
            ("\"a\"/b", parts("a", "b")),
            ("a/\"b/c\"", parts("a", "b/c")),
            ("\"a/b\"/\"c\"", parts("a/b", "c")),
        ] {
            assert_eq!(Text::parse(text).unwrap(), read, "{text}");
        }
    }

    #[test]
    fn bad_quotes_are_pointed_at() {
        for (text, message) in [
            ("\"liver", "\"\\\"liver\", character 1: this quote is not closed"),
            ("é\"b\"", "\"é\\\"b\\\"\", character 2: a quote stands at the start of a name"),
            ("\"a\"b", "\"\\\"a\\\"b\", character 4: a quoted name ends there, or goes on with /"),
            ("\"a\"/b/c", "\"\\\"a\\\"/b/c\", character 6: nothing may follow a quoted name"),
        ] {
            assert_eq!(Text::parse(text).unwrap_err().to_string(), message);
        }
    }
}
