//! Lengths of functions.

use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use super::files::{shown, with_extension};
use crate::run::Problem;

const MOST_LINES: usize = 60;

/// Functions that are too long, those of tests among them.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    for path in with_extension("rs")? {
        let text = std::fs::read_to_string(&path)?;
        let file = syn::parse_file(&text).map_err(|error| format!("{}: {error}", shown(&path)))?;
        let mut functions = Functions::default();
        functions.visit_file(&file);
        for Function { name, line, lines } in functions.0 {
            if lines > MOST_LINES {
                let place = format!("{}:{line}", shown(&path));
                problems.push(format!("{place}: {name} has {lines} lines, more than {MOST_LINES}"));
            }
        }
    }
    Ok(problems)
}

#[derive(Debug, PartialEq)]
struct Function {
    name: String,
    /// Where it begins, from 1.
    line: usize,
    /// From `fn` to the last brace.
    lines: usize,
}

#[derive(Default)]
struct Functions(Vec<Function>);

impl Functions {
    fn add(&mut self, signature: &Signature, body: &Block) {
        let line = signature.fn_token.span.start().line;
        let end = body.brace_token.span.close().end().line;
        let name = signature.ident.to_string();
        self.0.push(Function { name, line, lines: end - line + 1 });
    }
}

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, function: &ItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &ImplItemFn) {
        self.add(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &TraitItemFn) {
        if let Some(body) = &function.default {
            self.add(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_of_all_kinds_are_measured() {
        let text = "/// Doc.\n#[inline]\npub fn a() {\n    fn inner() {}\n}\n\
                    trait T { fn b() {}\n fn none(); }\nimpl S {\n fn c(\n x: u8) {\n }\n}\n";
        let mut functions = Functions::default();
        functions.visit_file(&syn::parse_file(text).unwrap());
        let found: Vec<_> = functions.0.iter().map(|f| (&*f.name, f.line, f.lines)).collect();
        assert_eq!(found, [("a", 3, 3), ("inner", 4, 1), ("b", 6, 1), ("c", 9, 3)]);
    }
}
