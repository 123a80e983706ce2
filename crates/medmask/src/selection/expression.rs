//! Expressions as they are written: operators, parentheses and functions.

use std::ops::Range;

use medmask_core::nearest_name;

use super::error::SelectionError;
use super::functions::{FUNCTIONS, Known};
use super::lexer::{Kind, Token};
use super::syntax_problem::SyntaxProblem;
use super::tree::{Function, Operator};

/// Levels of parentheses and functions in each other.
const MAX_DEPTH: usize = 100;

/// An expression whose names nobody has looked up yet.
#[derive(Debug, PartialEq)]
pub(super) enum Syntax {
    /// A name or pattern: where it stands in the text, in bytes.
    Name(Range<usize>),
    Call(Function, Box<Syntax>),
    /// From left to right; the first term is joined to no voxel.
    Chain(Vec<(Operator, Syntax)>),
    /// The intersection of all.
    All(Vec<Syntax>),
}

impl Syntax {
    /// Reads `text`, which has these `tokens`.
    ///
    /// # Errors
    /// [`SelectionError::Syntax`].
    pub fn parse(text: &str, tokens: &[Token]) -> Result<Self, SelectionError> {
        let mut parser = Parser { text, tokens, next: 0, depth: 0 };
        let all = parser.chain()?;
        let problem = match parser.peek() {
            None => return Ok(all),
            Some(Kind::Close) => SyntaxProblem::NotOpened,
            Some(Kind::Comma) => SyntaxProblem::Comma,
            Some(_) => SyntaxProblem::NoOperator,
        };
        Err(parser.error(problem))
    }

    /// Where its names stand in the text, in bytes, from left to right.
    pub fn names(&self) -> Vec<Range<usize>> {
        match self {
            Self::Name(range) => vec![range.clone()],
            Self::Call(_, argument) => argument.names(),
            Self::Chain(terms) => terms.iter().flat_map(|(_, term)| term.names()).collect(),
            Self::All(factors) => factors.iter().flat_map(Self::names).collect(),
        }
    }
}

/// Reads tokens from left to right: `&` binds closest, the other operators from the left.
struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    next: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Kind> {
        self.tokens.get(self.next).map(|token| token.kind)
    }

    /// Where the next token starts, or the text ends.
    fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.trim_end().len(), |token| token.start)
    }

    /// What is wrong with the next token.
    fn error(&self, problem: SyntaxProblem) -> SelectionError {
        SelectionError::syntax(self.text, self.place(), problem)
    }

    fn word(&self, token: Token) -> &'a str {
        &self.text[token.start..token.end]
    }

    fn chain(&mut self) -> Result<Syntax, SelectionError> {
        let mut terms = vec![(Operator::Union, self.intersection()?)];
        while let Some(Kind::Operator(operator)) = self.peek() {
            self.operator()?;
            terms.push((operator, self.intersection()?));
        }
        Ok(if terms.len() == 1 { terms.remove(0).1 } else { Syntax::Chain(terms) })
    }

    fn intersection(&mut self) -> Result<Syntax, SelectionError> {
        let mut factors = vec![self.factor()?];
        while self.peek() == Some(Kind::And) {
            self.operator()?;
            factors.push(self.factor()?);
        }
        Ok(if factors.len() == 1 { factors.remove(0) } else { Syntax::All(factors) })
    }

    /// Goes over an operator, which stands between blanks.
    fn operator(&mut self) -> Result<(), SelectionError> {
        let Token { start, end, .. } = self.tokens[self.next];
        if self.text[..start].ends_with(')') || self.text[end..].starts_with('(') {
            return Err(self.error(SyntaxProblem::NoBlanks));
        }
        self.next += 1;
        Ok(())
    }

    fn factor(&mut self) -> Result<Syntax, SelectionError> {
        let token = self.tokens.get(self.next).copied();
        match token {
            Some(Token { kind: Kind::Word, start, end }) => {
                self.next += 1;
                Ok(Syntax::Name(start..end))
            }
            Some(Token { kind: Kind::Open, start, .. }) => {
                let all = self.nested(Self::chain)?;
                self.close(start)?;
                Ok(all)
            }
            Some(Token { kind: Kind::Function, .. }) => self.function(),
            _ => Err(self.error(SyntaxProblem::NoMask)),
        }
    }

    /// What `inner` reads behind the parenthesis that is next.
    fn nested(
        &mut self,
        inner: fn(&mut Self) -> Result<Syntax, SelectionError>,
    ) -> Result<Syntax, SelectionError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(SyntaxProblem::TooDeep { limit: MAX_DEPTH }));
        }
        self.next += 1;
        self.depth += 1;
        let inner = inner(self)?;
        self.depth -= 1;
        Ok(inner)
    }

    /// Goes over the `)` that belongs to the `(` at byte `open`.
    fn close(&mut self, open: usize) -> Result<(), SelectionError> {
        match self.peek() {
            Some(Kind::Close) => {
                self.next += 1;
                Ok(())
            }
            Some(Kind::Comma) => Err(self.error(SyntaxProblem::Comma)),
            Some(_) => Err(self.error(SyntaxProblem::NoOperator)),
            None => Err(SelectionError::syntax(self.text, open, SyntaxProblem::NotClosed)),
        }
    }

    fn function(&mut self) -> Result<Syntax, SelectionError> {
        let token = self.tokens[self.next];
        let name = self.word(token);
        let Some(known) = FUNCTIONS.iter().find(|known| known.name == name) else {
            let nearest = nearest_name(name, FUNCTIONS.iter().map(|known| known.name));
            let name = name.to_owned();
            return Err(self.error(SyntaxProblem::UnknownFunction { name, nearest }));
        };
        let usage = SyntaxProblem::Arguments { usage: known.usage };
        let wrong = SelectionError::syntax(self.text, token.start, usage);
        self.next += 1;
        let open = self.place();
        if self.tokens.get(self.next + 1).is_some_and(|token| token.kind == Kind::Close) {
            return Err(wrong);
        }
        let argument = self.nested(Self::chain)?;
        let number = self.number(known)?;
        if self.peek() == Some(Kind::Comma) {
            return Err(wrong);
        }
        self.close(open)?;
        let function = (known.make)(number).ok_or(wrong)?;
        Ok(Syntax::Call(function, Box::new(argument)))
    }

    /// The number after the mask, where there is one.
    fn number(&mut self, function: &Known) -> Result<Option<f64>, SelectionError> {
        if self.peek() != Some(Kind::Comma) {
            return Ok(None);
        }
        self.next += 1;
        let token = self.tokens.get(self.next).copied();
        let found = token.map_or("", |token| self.word(token));
        let number = found.parse().ok().filter(|number| (function.takes)(*number));
        let problem = match (function.wanted, number) {
            (Some(_), Some(_)) => {
                self.next += 1;
                return Ok(number);
            }
            (Some(wanted), None) => {
                SyntaxProblem::Number { found: found.to_owned(), usage: function.usage, wanted }
            }
            (None, _) => SyntaxProblem::Arguments { usage: function.usage },
        };
        Err(self.error(problem))
    }
}

#[cfg(test)]
mod tests;
