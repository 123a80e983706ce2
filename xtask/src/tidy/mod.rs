//! `cargo xtask tidy`: what keeps the repository as ARCHITECTURE.md and SPEC.md say it is.
//!
//! Each check gives the problems that it found. All run as ordinary tests too.

mod arrows;
mod circles;
mod cited_tests;
mod dependencies;
mod files;
mod functions;
mod links;
mod metadata;
mod spec;

use crate::run::Problem;

/// Gives the problems that it found.
type Check = fn() -> Result<Vec<String>, Problem>;

/// Runs all checks and prints what they found.
pub fn tidy() -> Result<(), Problem> {
    let checks: [(&str, Check); 8] = [
        ("arrows between crates", arrows::check),
        ("packages of others", dependencies::check),
        ("circles between files", circles::check),
        ("SPEC.md and the code", spec::check),
        ("lengths of files", files::check),
        ("lengths of functions", functions::check),
        ("links", links::check),
        ("tests that documents name", cited_tests::check),
    ];
    let mut found = 0;
    for (name, check) in checks {
        let problems = check()?;
        println!("{name}: {}", if problems.is_empty() { "ok" } else { "NOT ok" });
        for problem in &problems {
            println!("  {problem}");
        }
        found += problems.len();
    }
    if found == 0 { Ok(()) } else { Err(format!("{found} problems of tidiness").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_clean(problems: Result<Vec<String>, Problem>) {
        let problems = problems.unwrap();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    #[test]
    fn crates_depend_as_the_picture_says() {
        assert_clean(arrows::check());
    }

    #[test]
    fn crates_do_without_what_they_must_not_have() {
        assert_clean(dependencies::check());
    }

    #[test]
    fn files_of_a_crate_use_each_other_in_no_circle() {
        assert_clean(circles::check());
    }

    #[test]
    fn the_specification_says_what_the_code_does() {
        assert_clean(spec::check());
    }

    #[test]
    fn rust_files_are_short() {
        assert_clean(files::check());
    }

    #[test]
    fn functions_are_short() {
        assert_clean(functions::check());
    }

    #[test]
    fn tests_that_documents_name_are_there() {
        assert_clean(cited_tests::check());
    }

    #[test]
    fn links_lead_somewhere() {
        assert_clean(links::check());
    }
}
