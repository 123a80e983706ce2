//! How expressions are read, and what is said of those that cannot be.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::super::lexer::tokens;
use super::Syntax;

/// The expression with all its parentheses.
fn shown(text: &str, syntax: &Syntax) -> String {
    match syntax {
        Syntax::Name(range) => text[range.clone()].to_owned(),
        Syntax::Call(function, argument) => format!("{function:?}[{}]", shown(text, argument)),
        Syntax::Chain(terms) => {
            let terms =
                terms.iter().map(|(operator, term)| format!("{operator:?} {}", shown(text, term)));
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
