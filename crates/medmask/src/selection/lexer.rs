//! The words and signs of an expression.

use super::tree::Operator;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a pattern or a number.
    Word,
    /// A word right before `(`: the name of a function.
    Function,
    Open,
    Close,
    Comma,
    /// `+`, `-` or `^`.
    Operator(Operator),
    /// `&`, which binds closest.
    And,
}

/// A word or sign, and where it stands in the text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// The tokens of `text`, whatever it is. What a blank, a parenthesis or a comma ends is a word; names in quotes and the braces of
/// patterns may hold those.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(letter) = text[start..].chars().next() {
        if letter.is_whitespace() {
            start += letter.len_utf8();
            continue;
        }
        let (kind, length) = match letter {
            '(' => (Kind::Open, 1),
            ')' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            _ => {
                let length = word_length(&text[start..]);
                (kind_of_word(&text[start..], length), length)
            }
        };
        tokens.push(Token { kind, start, end: start + length });
        start += length;
    }
    tokens
}

/// Whether `tokens` are of an expression, not of a name alone.
pub(super) fn is_expression(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| !matches!(token.kind, Kind::Word | Kind::Comma))
}

fn kind_of_word(rest: &str, length: usize) -> Kind {
    match &rest[..length] {
        "+" => Kind::Operator(Operator::Union),
        "-" => Kind::Operator(Operator::Difference),
        "^" => Kind::Operator(Operator::Exclusive),
        "&" => Kind::And,
        _ if rest[length..].starts_with('(') => Kind::Function,
        _ => Kind::Word,
    }
}

fn word_length(rest: &str) -> usize {
    let (mut is_quoted, mut is_escaped, mut may_quote) = (false, false, true);
    let mut brackets = 0_usize;
    for (index, letter) in rest.char_indices() {
        if is_quoted {
            is_quoted = letter != '"' || is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            continue;
        }
        match letter {
            '"' if may_quote => is_quoted = true,
            '(' | ')' => return index,
            ',' if brackets == 0 => return index,
            letter if letter.is_whitespace() => return index,
            '{' | '[' => brackets += 1,
            '}' | ']' => brackets = brackets.saturating_sub(1),
            _ => {}
        }
        may_quote = letter == '/';
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn words_end_at_blanks_parentheses_and_commas_outside_of_quotes_and_braces() {
        for (text, words) in [
            ("a + b", &["a", "+", "b"][..]),
            ("  a+b\t-c ", &["a+b", "-c"]),
            ("grow(a/b, 2.5)", &["grow", "(", "a/b", ",", "2.5", ")"]),
            ("\"a (b), c\"/d & e", &["\"a (b), c\"/d", "&", "e"]),
            (r#"a/"b \" c" ^ d"#, &[r#"a/"b \" c""#, "^", "d"]),
            ("{a,b}_[cd] - é", &["{a,b}_[cd]", "-", "é"]),
            ("\"never closed + b", &["\"never closed + b"]),
        ] {
            let found = tokens(text);
            let found: Vec<&str> =
                found.iter().map(|token| &text[token.start..token.end]).collect();
            assert_eq!(found, words, "{text}");
        }
    }
}
