//! No circle between the files of a crate.
//!
//! A file uses the files that define what its paths name, in `use` and in code; a path that leads through a re-export counts for the
//! file behind it. Not counted: code of tests, `mod child;`, an import of a module as such, and what a file re-exports of the modules
//! below it unless its own code names it too.

mod modules;
mod resolve;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use self::resolve::{Found, Modules};
use super::files::shown;
use super::metadata;
use crate::run::Problem;

/// For each file the files that it uses, and by which names.
type Uses = BTreeMap<PathBuf, BTreeMap<PathBuf, BTreeSet<String>>>;

/// Files of a crate that use each other, directly or around, and paths that lead nowhere.
pub fn check() -> Result<Vec<String>, Problem> {
    let mut problems = Vec::new();
    for package in metadata::packages()? {
        for root in &package.roots {
            let modules = Modules(modules::modules(root)?);
            let uses = uses(&modules, &mut problems);
            problems.extend(circles(&uses).iter().map(|circle| described(circle, &uses)));
        }
    }
    Ok(problems)
}

/// Which file uses which; `problems` gets the paths that lead nowhere.
fn uses(modules: &Modules, problems: &mut Vec<String>) -> Uses {
    let mut uses = Uses::new();
    for (this, module) in modules.0.iter().enumerate() {
        let mut count = |path: &[String], found| match found {
            None => {
                let path = path.join("::");
                problems.push(format!("{}: {path} leads nowhere", shown(&module.file)));
            }
            Some(Found::Item(used, name)) if modules.0[used].file != module.file => {
                let of_file = uses.entry(module.file.clone()).or_default();
                of_file.entry(modules.0[used].file.clone()).or_default().insert(name);
            }
            Some(_) => {}
        };
        for import in &module.imports {
            let found = match modules.resolve(this, &import.path) {
                // `use module::*` takes what the module's own file defines.
                Some(Found::Module(used)) if import.name.is_none() => {
                    Some(Found::Item(used, "*".to_owned()))
                }
                found => found,
            };
            let below = matches!(found, Some(Found::Item(used, _)) if modules.is_below(used, this));
            let named = import.name.as_ref().is_some_and(|name| module.first_names.contains(name));
            if !(import.public && below) || named {
                count(&import.path, found);
            }
        }
        for path in &module.paths {
            count(path, modules.resolve(this, path));
        }
    }
    uses
}

/// Groups of files that all reach each other.
fn circles(uses: &Uses) -> Vec<BTreeSet<&Path>> {
    let reached: BTreeMap<&Path, BTreeSet<&Path>> =
        uses.keys().map(|file| (file.as_path(), reach(uses, file))).collect();
    let mut circles: Vec<BTreeSet<&Path>> = Vec::new();
    for (file, others) in &reached {
        if others.contains(file) && !circles.iter().any(|circle| circle.contains(file)) {
            let back =
                |other: &&&Path| reached.get(*other).is_some_and(|files| files.contains(file));
            circles.push(others.iter().filter(back).copied().collect());
        }
    }
    circles
}

/// What a file uses, and what those use, and so on; itself only where a way leads back.
fn reach<'a>(uses: &'a Uses, file: &Path) -> BTreeSet<&'a Path> {
    let mut reached = BTreeSet::new();
    let mut left = vec![file];
    while let Some(next) = left.pop() {
        for used in uses.get(next).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(used.as_path()) {
                left.push(used);
            }
        }
    }
    reached
}

fn described(circle: &BTreeSet<&Path>, uses: &Uses) -> String {
    let mut text = format!("{} files in a circle", circle.len());
    for file in circle {
        for (used, names) in uses.get(*file).into_iter().flatten() {
            if circle.contains(used.as_path()) {
                let names = names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                text += &format!("\n    {} uses {names} of {}", shown(file), shown(used));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circles and the problems of a crate with these files; of the circles the files' names.
    fn of(files: &[(&str, &str)]) -> (Vec<Vec<String>>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut problems = Vec::new();
        let modules = Modules(modules::modules(&folder.path().join(files[0].0)).unwrap());
        let uses = uses(&modules, &mut problems);
        let name = |file: &&Path| {
            file.strip_prefix(folder.path()).unwrap().to_string_lossy().replace('\\', "/")
        };
        let circles = circles(&uses).iter().map(|files| files.iter().map(name).collect()).collect();
        (circles, problems)
    }

    fn circles_of(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let (circles, problems) = of(files);
        assert!(problems.is_empty(), "{problems:?}");
        circles
    }

    #[test]
    fn a_re_export_is_no_use_unless_the_code_names_it() {
        let child = ("child.rs", "use super::Above;\npub struct Below(Above);");
        let parent = "mod child;\npub use child::Below;\npub struct Above;\n";
        assert!(circles_of(&[("lib.rs", parent), child]).is_empty());
        for named in ["fn f(_: Below) {}", "fn f() { g!(1, [child::Below]) }"] {
            let parent = format!("{parent}{named}");
            assert_eq!(circles_of(&[("lib.rs", &parent), child]), [["child.rs", "lib.rs"]]);
        }
    }

    #[test]
    fn the_file_behind_a_re_export_is_used() {
        let root = "mod a;\nmod b;\npub mod c { pub use crate::b::*; }\npub use a::A as Public;\n";
        let files = [
            ("lib.rs", root),
            ("a.rs", "use crate::c::B;\npub struct A(B);"),
            ("b/mod.rs", "mod d;\npub use d::B;"),
            ("b/d.rs", "pub struct B;\nfn f() { use crate::Public; }"),
        ];
        assert_eq!(circles_of(&files), [["a.rs", "b/d.rs"]]);
    }

    #[test]
    fn modules_as_such_and_tests_do_not_count() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\nuse b::b;\nfn f() { a::a(); b() }\n#[test]\nfn t() {}"),
            ("a.rs", "use crate::b;\npub fn a() { b::b() }"),
            (
                "b.rs",
                "use crate::a;\npub fn b() {}\n#[cfg(test)]\nmod tests { use crate::{a::a, f}; }\n\
                 struct S;\nimpl S { #[cfg(test)] fn g() { a::a() } }",
            ),
        ];
        assert!(circles_of(&files).is_empty());
    }

    #[test]
    fn a_path_that_leads_nowhere_is_told() {
        let (circles, problems) = of(&[("lib.rs", "use self::no::Such;\nuse std::no::Such as S;")]);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].ends_with("lib.rs: self::no::Such leads nowhere"), "{problems:?}");
        assert!(circles.is_empty());
    }

    #[test]
    fn a_macro_of_the_whole_crate_lies_in_its_own_file() {
        let files = [
            ("lib.rs", "mod a;\nmod b;"),
            ("a.rs", "#[macro_export]\nmacro_rules! m { () => { $crate::b::B } }"),
            ("b.rs", "pub struct B;\nfn f() { crate::m!() }"),
        ];
        assert_eq!(circles_of(&files), [["a.rs", "b.rs"]]);
    }
}
