//! Tests that documents name: [`name`](file.rs).

use super::files::{shown, with_extension};
use crate::run::Problem;

/// Tests that are not in the file that the link leads to. Whether the file is there is for the check of links.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    for path in with_extension("md")? {
        let text = std::fs::read_to_string(&path)?;
        for (name, file) in cited(&text) {
            let file = path.parent().unwrap_or(&path).join(file);
            let Ok(source) = std::fs::read_to_string(&file) else { continue };
            if !source.contains(&format!("fn {name}(")) {
                problems.push(format!("{}: no function {name} in {}", shown(&path), shown(&file)));
            }
        }
    }
    Ok(problems)
}

/// Names of functions and the files of Rust that they link to.
fn cited(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("[`").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once("`](")?;
        let (file, _) = rest.split_once(')')?;
        let is_function =
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        (is_function && file.ends_with(".rs")).then_some((name, file))
    })
}

#[cfg(test)]
mod tests {
    use super::cited;

    #[test]
    fn functions_in_files_of_rust_are_found() {
        let text =
            "[`a_test`](x/y.rs), [`Adapter`](y.rs) and [`crate`](z) [`b2`](../b.rs) [c](d.rs)";
        assert_eq!(cited(text).collect::<Vec<_>>(), [("a_test", "x/y.rs"), ("b2", "../b.rs")]);
    }
}
