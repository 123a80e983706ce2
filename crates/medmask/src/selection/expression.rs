//! Expressions as they are written: operators, parentheses and functions.

use std::ops::Range;

use medmask_core::nearest_name;

use super::error::SelectionError;
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

/// A function that there is.
struct Known {
    name: &'static str,
    usage: &'static str,
    /// What its number is; `None` where it has none.
    wanted: Option<&'static str>,
    takes: fn(f64) -> bool,
    /// Makes it of its number; `None` where that is missing.
    make: fn(Option<f64>) -> Option<Function>,
}

const FUNCTIONS: [Known; 6] = [
    Known {
        name: "largest",
        usage: "largest(x, n)",
        wanted: Some("n is a whole number from 1 on"),
        takes: |number| number >= 1.0 && number.fract() == 0.0,
        make: |number| Some(Function::Largest(number.unwrap_or(1.0) as usize)),
    },
    Known {
        name: "min_ml",
        usage: "min_ml(x, ml)",
        wanted: Some("ml is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::MinMl),
    },
    Known {
        name: "fill",
        usage: "fill(x)",
        wanted: None,
        takes: is_measure,
        make: |_| Some(Function::Fill),
    },
    Known {
        name: "grow",
        usage: "grow(x, mm)",
        wanted: Some("mm is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::Grow),
    },
    Known {
        name: "shrink",
        usage: "shrink(x, mm)",
        wanted: Some("mm is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::Shrink),
    },
    Known {
        name: "shell",
        usage: "shell(x, mm)",
        wanted: Some("mm is a number from 0 on"),
        takes: is_measure,
        make: |number| number.map(Function::Shell),
    },
];

fn is_measure(number: f64) -> bool {
    number.is_finite() && number >= 0.0
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::super::lexer::tokens;
    use super::Syntax;

    /// The expression with all its parentheses.
    fn shown(text: &str, syntax: &Syntax) -> String {
        match syntax {
            Syntax::Name(range) => text[range.clone()].to_owned(),
            Syntax::Call(function, argument) => format!("{function:?}[{}]", shown(text, argument)),
            Syntax::Chain(terms) => {
                let terms = terms
                    .iter()
                    .map(|(operator, term)| format!("{operator:?} {}", shown(text, term)));
                format!("<{}>", terms.collect::<Vec<_>>().join(", "))
            }
            Syntax::All(factors) => {
                let factors = factors.iter().map(|factor| shown(text, factor));
                format!("<{}>", factors.collect::<Vec<_>>().join(" & "))
            }
        }
    }

    fn read(text: &str) -> Result<String, String> {
        let syntax = Syntax::parse(text, &tokens(text)).map_err(|error| error.to_string())?;
        Ok(shown(text, &syntax))
    }

    #[test]
    fn and_binds_closest_and_the_rest_from_the_left() {
        for (text, expected) in [
            ("(a)", "a"),
            ("a + b - c", "<Union a, Union b, Difference c>"),
            ("a ^ b & c + d", "<Union a, Exclusive <b & c>, Union d>"),
            ("a & b & c", "<a & b & c>"),
            ("a - (b - c)", "<Union a, Difference <Union b, Difference c>>"),
            ("(a + b) & (c)", "<<Union a, Union b> & c>"),
            ("largest(a)", "Largest(1)[a]"),
            ("largest( a + b , 3 )", "Largest(3)[<Union a, Union b>]"),
            ("min_ml(a,0.1)", "MinMl(0.1)[a]"),
            ("fill(a) - shrink(a, 1e1)", "<Union Fill[a], Difference Shrink(10.0)[a]>"),
            ("grow(shell(a, 3), 0) - a", "<Union Grow(0.0)[Shell(3.0)[a]], Difference a>"),
            ("T1-w_+ - a/b.c", "<Union T1-w_+, Difference a/b.c>"),
            ("\"a + (b)\"/c - *_{x,y}", "<Union \"a + (b)\"/c, Difference *_{x,y}>"),
            ("grow - 5 + largest", "<Union grow, Difference 5, Union largest>"),
            ("\u{e9} \u{a0}+\ta", "<Union \u{e9}, Union a>"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, position, problem) in [
            ("", 1, "a mask is missing here"),
            ("a + ", 4, "a mask is missing here"),
            ("+ a", 1, "a mask is missing here"),
            ("a - - b", 5, "a mask is missing here"),
            ("a & ()", 6, "a mask is missing here"),
            ("\u{e9}\u{e9} b", 4, "an operator is missing here"),
            ("(a) b", 5, "an operator is missing here"),
            ("(a b)", 4, "an operator is missing here"),
            ("a + (b", 5, "this parenthesis is not closed"),
            ("grow(a, 5", 5, "this parenthesis is not closed"),
            ("a)", 2, "this parenthesis closes none"),
            ("(a) - b))", 8, "this parenthesis closes none"),
            ("(a)+ b", 4, "operators stand between blanks"),
            ("a +(b)", 3, "operators stand between blanks"),
            ("(a)+b", 4, "an operator is missing here"),
            ("a, b", 2, "a comma stands between"),
            ("(a, 5)", 3, "a comma stands between"),
            ("a + larges(b)", 5, "there is no function \"larges\"; did you mean largest?"),
            ("lung(left)", 1, "there is no function \"lung\"; names with parentheses stand in"),
            ("grow(a)", 1, "this function is called as grow(x, mm)"),
            ("grow()", 1, "this function is called as grow(x, mm)"),
            ("a - grow(a, 1, 2)", 5, "this function is called as grow(x, mm)"),
            ("fill(a, 3)", 9, "this function is called as fill(x)"),
            (
                "grow(a, -2)",
                9,
                "\"-2\" is not the number of grow(x, mm), where mm is a number from 0 on",
            ),
            ("grow(a, NaN)", 9, "\"NaN\" is not the number"),
            ("shell(a, inf)", 10, "\"inf\" is not the number"),
            ("shrink(a, b)", 11, "\"b\" is not the number"),
            ("shrink(a,)", 10, "\")\" is not the number"),
            ("min_ml(a, - 1)", 11, "\"-\" is not the number of min_ml(x, ml)"),
            ("largest(a, 0)", 12, "\"0\" is not the number of largest(x, n)"),
            ("largest(a, 1.5)", 12, "\"1.5\" is not the number"),
        ] {
            let error = read(text).unwrap_err();
            let start = format!("{text:?}, character {position}: {problem}");
            assert!(error.starts_with(&start), "{error}\n{start}");
        }
    }

    #[test]
    fn nesting_ends_where_the_stack_is_safe() {
        let nested = |levels: usize| format!("{}a{}", "fill(".repeat(levels), ")".repeat(levels));
        assert!(read(&nested(100)).is_ok());
        assert!(read(&nested(101)).unwrap_err().contains("deeper than 100 levels"));
        assert!(read(&"(".repeat(1_000_000)).unwrap_err().contains("deeper than 100 levels"));
    }

    #[test]
    fn of_a_long_text_the_place_is_shown() {
        let text = format!("{}b b + {}", "a + ".repeat(1000), "c".repeat(1000));
        let error = read(&text).unwrap_err();
        let expected = format!("…{:?}…, character 4003: an operator", &text[3963..4063]);
        assert!(error.starts_with(&expected), "{error}\n{expected}");
    }
}
