//! What can be wrong with how an expression is written.

use medmask_core::quoted;

/// What is wrong at one character of a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxProblem {
    /// Quotes that are opened and not closed.
    #[error("this quote is not closed")]
    QuoteNotClosed,
    /// A quote in the middle of a name.
    #[error("a quote stands at the start of a name")]
    QuoteInside,
    /// Something other than `/` after a quoted name.
    #[error("a quoted name ends there, or goes on with /")]
    AfterQuotes,
    /// Something after a quoted entry and its label.
    #[error("nothing may follow a quoted name")]
    AfterName,
    /// Nothing where a mask should be.
    #[error("a mask is missing here")]
    NoMask,
    /// Two masks beside each other.
    #[error(
        "an operator is missing here: + & - or ^ between blanks; names with blanks stand in double quotes"
    )]
    NoOperator,
    /// An operator that touches a parenthesis.
    #[error("operators stand between blanks")]
    NoBlanks,
    /// A parenthesis that is opened and not closed.
    #[error("this parenthesis is not closed")]
    NotClosed,
    /// A parenthesis that is closed and was not opened.
    #[error("this parenthesis closes none")]
    NotOpened,
    /// A comma that is in no function.
    #[error("a comma stands between the mask and the number of a function only")]
    Comma,
    /// A function that there is not.
    #[error(
        "there is no function {name}{}; names with parentheses stand in double quotes",
        nearest.map(|nearest| format!("; did you mean {nearest}?")).unwrap_or_default(),
        name = quoted(name)
    )]
    UnknownFunction {
        /// The name.
        name: String,
        /// The most similar name of a function.
        nearest: Option<&'static str>,
    },
    /// Too few or too many numbers for a function.
    #[error("this function is called as {usage}")]
    Arguments {
        /// How it is called: `grow(x, mm)`.
        usage: &'static str,
    },
    /// A number that a function does not take.
    #[error("{found} is not the number of {usage}, where {wanted}", found = quoted(found))]
    Number {
        /// What stands there.
        found: String,
        /// How the function is called: `grow(x, mm)`.
        usage: &'static str,
        /// What it takes: `mm is a number from 0 on`.
        wanted: &'static str,
    },
    /// Parentheses and functions in each other, too many of them.
    #[error("parentheses are nested deeper than {limit} levels")]
    TooDeep {
        /// How many levels there may be.
        limit: usize,
    },
}
